use serde_json::{Map, Value};
use thiserror::Error;

/// The tools whose files are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// lambroll's `function.json`, and any other request of CreateFunction.
    Lambroll,
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
            Self::CloudFormation => "CloudFormation template",
            Self::Serverless => "Serverless Framework service",
            Self::Terraform => "Terraform plan or state",
        }
    }
}

/// What came out of a file.
#[derive(Clone, PartialEq)]
pub struct Converted {
    /// What the file was taken for.
    pub tool: Tool,
    /// The region, when the file says one.
    pub region: Option<String>,
    /// The functions, in the words of the CreateFunction API. Texts have references in them.
    pub functions: Vec<Map<String, Value>>,
    /// Everything that a reader should know.
    pub notes: Vec<Note>,
}

/// Something that was not carried over, or only in another form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
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
