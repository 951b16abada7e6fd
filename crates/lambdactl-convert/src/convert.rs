use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::converted::{ConvertError, Converted, Tool};
use crate::notes::{Found, Notes};
use crate::reference::{self, by_defaults, finished, names_in};
use crate::surroundings::Surroundings;
use crate::{answers, cloudformation, document, fit, lambroll, recognise, serverless, terraform};

/// Letters of the longest name of a manifest.
const LONGEST_NAME: usize = 128;

/// Converts a file, whichever of the known tools it is of.
///
/// # Errors
/// Where it cannot be parsed, is of no known tool, or has no functions.
pub fn convert(bytes: &[u8], surroundings: &Surroundings<'_>) -> Result<Converted, ConvertError> {
    let text = recognise::text_of(bytes, surroundings.file)?;
    let document = document::parse(text)?;
    let tool = tool_of(&document).map_err(|error| match error {
        ConvertError::Unknown => recognise::why_not(text).unwrap_or(error),
        error => error,
    })?;
    let mut notes = Notes::default();
    let found = match tool {
        Tool::Lambroll => lambroll::functions(&document, surroundings, &mut notes),
        Tool::Answer => answers::functions(&document, &mut notes),
        Tool::CloudFormation => cloudformation::functions(&document, surroundings, &mut notes),
        Tool::Serverless => serverless::functions(&document, surroundings, &mut notes)?,
        Tool::Terraform => terraform::functions(&document, surroundings, &mut notes),
    };
    if surroundings.stack.is_some() && !matches!(tool, Tool::CloudFormation | Tool::Serverless) {
        notes.left_out("--stack", "no stack is made of such a file");
    }
    if found.functions.is_empty() {
        return Err(ConvertError::NoFunctions(tool));
    }
    Ok(converted(tool, found, notes))
}

fn converted(tool: Tool, found: Found, mut notes: Notes) -> Converted {
    let mut functions = found.functions;
    functions.iter_mut().for_each(|function| fit::fit(function, &mut notes));
    notes.about(None);
    let name = found.name.or_else(|| {
        let first = functions.first()?.get("FunctionName")?.as_str()?;
        notes.guessed(
            "name",
            "the manifest is called like its first function: write the name that you want before you apply",
        );
        Some(first.to_owned())
    });
    let mut finish = |value: Value| {
        finished(value, &mut |text| match by_defaults(text) {
            Some((text, names)) => {
                notes.guessed(
                    names.join(", "),
                    "a dollar sign stands before it, and takes a reference's meaning away: its default is written",
                );
                text
            }
            None => {
                let found = notes.unknown("value", "VALUE", reference::shown(text), "");
                found.as_str().unwrap_or_default().to_owned()
            }
        })
    };
    let mut all = |maps: Vec<Map<String, Value>>| -> Vec<Map<String, Value>> {
        let finish_all = |map: Map<String, Value>| map.into_iter().map(|(key, value)| (key, finish(value))).collect();
        maps.into_iter().map(finish_all).collect()
    };
    let layers = all(found.layers);
    let functions = all(functions);
    let name = name.map(|name| finish(json!(name))).and_then(|name| name.as_str().and_then(name_of));
    let written = json!([name, layers, functions]);
    let (mut used, mut environment) = (BTreeSet::new(), BTreeSet::new());
    names_in(&written, "var", &mut used);
    names_in(&written, "env", &mut environment);
    if notes.is_full() {
        notes.tell_that_full();
    }
    let mut unknowns = notes.unknowns;
    unknowns.retain(|unknown| used.contains(&unknown.name));
    Converted {
        tool,
        name,
        region: found.region,
        layers,
        functions,
        files: notes.files,
        ignored: notes.ignored,
        unknowns,
        environment: environment.into_iter().collect(),
        notes: notes.found,
    }
}

/// A text as the name of a manifest; nothing where it is not like one.
fn name_of(text: &str) -> Option<String> {
    let name = text.rsplit(":function:").next().unwrap_or_default();
    let outside = name.split("${").enumerate().map(|(index, part)| match index {
        0 => part,
        _ => part.split_once('}').map_or("", |(_, rest)| rest),
    });
    let is_plain =
        outside.flat_map(str::chars).all(|letter| letter.is_ascii_alphanumeric() || "_.:/=+@- ".contains(letter));
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '$');
    (is_plain && begins && name.len() <= LONGEST_NAME).then(|| name.to_owned())
}

fn tool_of(document: &Value) -> Result<Tool, ConvertError> {
    let has = |key: &str| document.get(key).is_some();
    if has("sops") && document["sops"].get("mac").is_some() {
        return Err(ConvertError::Form("it is encrypted by sops: convert what `sops decrypt FILE` prints"));
    }
    if has("Resources") {
        Ok(Tool::CloudFormation)
    } else if has("service") && has("provider") {
        Ok(Tool::Serverless)
    } else if has("terraform_version") || has("planned_values") || has("prior_state") {
        Ok(Tool::Terraform)
    } else if answers::is_one(document) {
        Ok(Tool::Answer)
    } else if has("FunctionName") || (has("Runtime") && has("Role")) {
        Ok(Tool::Lambroll)
    } else if is_manifest(document) {
        Err(ConvertError::Manifest)
    } else {
        Err(ConvertError::Unknown)
    }
}

/// Whether it is a manifest: other tools have lists of functions, too.
fn is_manifest(document: &Value) -> bool {
    let members = ["Runtime", "Role", "Handler", "Code", "PackageType"];
    let is_one = |function: &Value| members.iter().any(|member| function.get(member).is_some());
    match document.get("functions") {
        Some(Value::Array(functions)) => {
            functions.iter().any(|function| function.get("FunctionName").is_some() || is_one(function))
        }
        Some(Value::Object(functions)) => functions.values().any(is_one),
        _ => false,
    }
}
