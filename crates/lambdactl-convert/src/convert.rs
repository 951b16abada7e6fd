use serde_json::Value;

use crate::converted::{ConvertError, Converted, Tool};
use crate::notes::{Found, Notes};
use crate::{cloudformation, document, lambroll, serverless, terraform};

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
