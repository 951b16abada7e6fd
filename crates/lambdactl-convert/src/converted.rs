use serde_json::{Map, Value};
use thiserror::Error;

/// The tools whose files are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// lambroll's `function.json`, and any other request of CreateFunction.
    Lambroll,
    /// What `aws lambda get-function`, `get-function-configuration` or `list-functions` prints.
    Answer,
    /// A CloudFormation template, with or without the SAM transform.
    CloudFormation,
    /// A `serverless.yml`.
    Serverless,
    /// The JSON of `terraform show -json`, or a state file.
    Terraform,
}

impl Tool {
    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lambroll => "lambroll function",
            Self::Answer => "Lambda API answer",
            Self::CloudFormation => "CloudFormation template",
            Self::Serverless => "Serverless Framework service",
            Self::Terraform => "Terraform plan or state",
        }
    }

    /// Whether its files hold what the account has, values of environment variables included.
    pub fn has_values_of_the_account(self) -> bool {
        matches!(self, Self::Answer | Self::Terraform)
    }
}

/// What came out of a file. Texts of head, layers and functions have references in them.
#[derive(Clone, PartialEq)]
pub struct Converted {
    /// What the file was taken for.
    pub tool: Tool,
    /// The manifest's name, where the file says what could be one.
    pub name: Option<String>,
    /// The region, when the file says one.
    pub region: Option<String>,
    /// Layers of the manifest, in the words of PublishLayerVersion.
    pub layers: Vec<Map<String, Value>>,
    /// The functions, in the words of the CreateFunction API, with what stands beside each.
    pub functions: Vec<Map<String, Value>>,
    /// Files that the manifest needs beside it: code that stood within a template.
    pub files: Vec<File>,
    /// Lines of a `.lambdaignore` that keeps out of archives what the tool keeps out.
    pub ignored: Vec<String>,
    /// What only the other tool knows: each is a `${var:NAME}`, told once.
    pub unknowns: Vec<Unknown>,
    /// Variables of the environment that a reference needs and that have no default.
    pub environment: Vec<String>,
    /// Everything else that a reader should know.
    pub notes: Vec<Note>,
}

/// A file to be written beside the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its folder, a single name of letters, digits, `-` and `_`.
    pub folder: String,
    /// Its name.
    pub name: &'static str,
    /// What it has.
    pub text: String,
}

/// A value that is not in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The name of the variable.
    pub name: String,
    /// What kind of value it takes, such as `ARN`.
    pub form: &'static str,
    /// What it stands for, and why it is not known.
    pub what: String,
    /// Where it is used: functions, and paths in the file's words.
    pub places: Vec<(Option<String>, String)>,
}

/// What a note asks of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ask {
    /// Without it, the manifest does not do what the file did.
    MustDo,
    /// A manifest has no place for it.
    LeftOut,
    /// It may be meant otherwise.
    Guessed,
}

impl Ask {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 3] = [Self::MustDo, Self::LeftOut, Self::Guessed];

    /// Returns its name in a report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MustDo => "must_do",
            Self::LeftOut => "left_out",
            Self::Guessed => "guessed",
        }
    }
}

/// Something that was not carried over, or only in another form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// What it asks.
    pub ask: Ask,
    /// The function it is about, if it is about one.
    pub function: Option<String>,
    /// Where it stands in the file, in the file's words.
    pub path: String,
    /// What became of it, and what to do.
    pub message: String,
}

/// Why a file could not be converted.
#[derive(Debug, Error)]
pub enum ConvertError {
    /// It is neither YAML nor JSON.
    #[error("it is neither YAML nor JSON: {0}")]
    Syntax(String),
    /// A key stands twice in a map.
    #[error("the key `{0}` stands twice in a map, and tools take one or the other: take one of them out")]
    Twice(String),
    /// A file of a kind that is told by its first bytes.
    #[error("{0}")]
    Form(&'static str),
    /// A service of another cloud.
    #[error("the service is for `{0}`, not for AWS")]
    OtherCloud(String),
    /// Where functions should be stands something that cannot be read.
    #[error("its functions stand elsewhere ({0}): convert what `serverless print` writes")]
    Elsewhere(String),
    /// It is nothing that is known.
    #[error("it is no file of lambroll, SAM, CloudFormation, the Serverless Framework, or `terraform show -json`")]
    Unknown,
    /// There is nothing to convert.
    #[error("it is a manifest already")]
    Manifest,
    /// It has no functions.
    #[error("the {} has no Lambda functions; those in other files are not read: let its tool write them into one", .0.as_str())]
    NoFunctions(Tool),
}
