//! What the AWS CLI prints of functions that exist: `get-function`, `get-function-configuration` and `list-functions`.

use serde_json::{Map, Value, json};

use crate::names::{is_member, variable};
use crate::notes::{Found, Notes};

/// Members that only answers have.
const OF_ANSWERS: [&str; 17] = [
    "FunctionArn",
    "CodeSize",
    "CodeSha256",
    "LastModified",
    "Version",
    "RevisionId",
    "State",
    "StateReason",
    "StateReasonCode",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
    "MasterArn",
    "SigningProfileVersionArn",
    "SigningJobArn",
    "RuntimeVersionConfig",
    "ConfigSha256",
];

/// Members within structures that nobody can ask for.
const INSIDE: [(&str, &str); 3] =
    [("VpcConfig", "VpcId"), ("SnapStart", "OptimizationStatus"), ("Environment", "Error")];

pub(crate) fn is_one(document: &Value) -> bool {
    let is_configuration = |value: &Value| {
        value.get("FunctionArn").is_some()
            && ["CodeSha256", "LastModified", "RevisionId"].iter().any(|key| value.get(key).is_some())
    };
    is_configuration(document)
        || is_configuration(&document["Configuration"])
        || document["Functions"].as_array().is_some_and(|all| all.first().is_some_and(is_configuration))
}

pub(crate) fn functions(document: &Value, notes: &mut Notes) -> Found {
    notes.must("", "this is what the account has: `lambdactl import` reads it there, with code, tags and what stands beside functions");
    let mut region = None;
    let mut functions = Vec::new();
    let answers = match document["Functions"].as_array() {
        Some(all) => all.iter().map(|one| json!({ "Configuration": one })).collect(),
        None if document.get("Configuration").is_some() => vec![document.clone()],
        None => vec![json!({ "Configuration": document })],
    };
    for answer in &answers {
        let configuration = &answer["Configuration"];
        let name = configuration["FunctionName"].as_str().unwrap_or_default();
        notes.about(Some(name));
        let arn = configuration["FunctionArn"].as_str();
        let own = arn.and_then(|arn| arn.split(':').nth(3)).map(str::to_owned);
        match (&region, own) {
            (None, own) => region = own,
            (Some(region), Some(own)) if *region != own => notes
                .must("FunctionArn", format!("it is in {own}, and a manifest has one region: convert it by itself")),
            _ => {}
        }
        functions.push(function(answer, notes));
    }
    Found { name: None, region, layers: Vec::new(), functions }
}

fn function(answer: &Value, notes: &mut Notes) -> Map<String, Value> {
    let configuration = &answer["Configuration"];
    let mut members = Map::new();
    for (name, value) in configuration.as_object().into_iter().flatten() {
        match name.as_str() {
            _ if value.is_null() || *value == json!("") || *value == json!([]) || *value == json!({}) => {}
            name if OF_ANSWERS.contains(&name) => {}
            "Layers" => {
                let arn = |layer: &Value| if layer.is_object() { layer["Arn"].clone() } else { layer.clone() };
                members.insert(name.clone(), value.as_array().into_iter().flatten().map(arn).collect());
            }
            "ImageConfigResponse" => match &value["ImageConfig"] {
                Value::Null => {}
                config => _ = members.insert("ImageConfig".into(), config.clone()),
            },
            name if is_member(name) => {
                let mut value = value.clone();
                for (structure, member) in INSIDE.iter().filter(|(structure, _)| *structure == name) {
                    let removed = value.as_object_mut().and_then(|map| map.shift_remove(*member));
                    if *structure == "Environment" && removed.is_some() {
                        notes.must(
                            "Environment.Error",
                            "the account could not read the variables: they are missing here",
                        );
                    }
                }
                if !is_default(name, &value) {
                    members.insert(name.to_owned(), value);
                }
            }
            name => notes.left_out(name, "the CreateFunction API has no such member"),
        }
    }
    let name = members.get("FunctionName").and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = match answer["Code"]["ImageUri"].as_str() {
        Some(uri) => json!({ "ImageUri": uri }),
        None if members.get("PackageType").is_some_and(|kind| kind == "Image") => {
            json!({ "ImageUri": notes.unknown(&format!("{}ImageUri", variable(&name)), "URI", format!("the image of {name}"), "Code") })
        }
        None => notes.unknown(
            &format!("{}Code", variable(&name)),
            "PATH",
            format!("the code of {name}, which answers do not have"),
            "Code",
        ),
    };
    members.insert("Code".into(), code);
    if let Some(tags) = answer["Tags"].as_object() {
        let own = tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
        members.insert("Tags".into(), Value::Object(own.map(|(key, value)| (key.clone(), value.clone())).collect()));
    }
    let reserved = &answer["Concurrency"]["ReservedConcurrentExecutions"];
    if !reserved.is_null() {
        members.insert("ReservedConcurrentExecutions".into(), reserved.clone());
    }
    members
}

/// What an answer says of a structure that nobody has asked for.
fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "SnapStart" => value["ApplyOn"] == "None",
        "TracingConfig" => value["Mode"] == "PassThrough",
        "VpcConfig" => value["SubnetIds"].as_array().is_none_or(Vec::is_empty),
        "PackageType" => value == "Zip",
        _ => false,
    }
}
