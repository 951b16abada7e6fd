use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::{cloudformation, document, lambroll, serverless, terraform};

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

/// What is collected on the way.
pub(crate) struct Notes {
    found: Vec<Note>,
    function: Option<String>,
}

impl Notes {
    /// Notes that nobody reads.
    pub(crate) fn none() -> Self {
        Self { found: Vec::new(), function: None }
    }

    /// The notes that follow are about a function, or about none.
    pub(crate) fn about(&mut self, function: Option<&str>) {
        self.function = function.map(str::to_owned);
    }

    /// Adds one, unless it is there already.
    pub(crate) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let note = Note { function: self.function.clone(), path: path.into(), message: message.into() };
        if !self.found.contains(&note) {
            self.found.push(note);
        }
    }

    /// Says that a member has no place in a manifest.
    pub(crate) fn left_out(&mut self, path: impl Into<String>, why: &str) {
        self.add(path, format!("left out: {why}"));
    }
}

/// Functions of a file, before their notes are known to be complete.
pub(crate) struct Found {
    pub(crate) region: Option<String>,
    pub(crate) functions: Vec<Map<String, Value>>,
}

/// Converts a text, whichever of the known tools it is of.
///
/// # Errors
/// Where it cannot be parsed, is of no known tool, or has no functions.
pub fn convert(text: &str) -> Result<Converted, ConvertError> {
    let document = document::parse(text)?;
    let is_manifest = document.get("functions").is_some() && document.get("service").is_none();
    let tool = tool_of(&document).ok_or(if is_manifest { ConvertError::Manifest } else { ConvertError::Unknown })?;
    let mut notes = Notes::none();
    let Found { region, functions } = match tool {
        Tool::Lambroll => lambroll::functions(&document, &mut notes),
        Tool::CloudFormation => cloudformation::functions(&document, &mut notes),
        Tool::Serverless => serverless::functions(&document, &mut notes),
        Tool::Terraform => terraform::functions(&document, &mut notes),
    };
    if functions.is_empty() {
        return Err(ConvertError::NoFunctions(tool));
    }
    Ok(Converted { tool, region, functions, notes: notes.found })
}

fn tool_of(document: &Value) -> Option<Tool> {
    let has = |key: &str| document.get(key).is_some();
    if has("Resources") {
        Some(Tool::CloudFormation)
    } else if has("service") && has("provider") {
        Some(Tool::Serverless)
    } else if has("terraform_version") || has("planned_values") || has("prior_state") {
        Some(Tool::Terraform)
    } else if has("FunctionName") || (has("Runtime") && has("Role")) {
        Some(Tool::Lambroll)
    } else {
        None
    }
}

/// Returns where a role is that only the other tool knows.
pub(crate) fn missing_role(name: &str, notes: &mut Notes, made_by: &str) -> Value {
    let variable = format!("{}RoleArn", crate::names::variable(name));
    notes.add("Role", format!("{made_by}; pass the ARN of a role: --var {variable}=ARN"));
    json!(format!("${{var:{variable}}}"))
}
