use serde_json::{Map, Value, json};

use crate::beside::declare;
use crate::current::{CodeSigning, CurrentFunction, Tags};
use crate::health::Health;
use crate::known::Known;
use crate::{normal, tags};

/// How a manifest declares a function that exists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declaration {
    /// The members, service defaults left out. `Code` says what the service tells: an image, an object that the function
    /// refers to, a key; the archive of other functions is for the caller to find.
    ///
    /// Holds the values of environment variables.
    pub members: Map<String, Value>,
    /// What could not be read.
    pub notes: Vec<String>,
}

/// Returns what a manifest must say for a function so that comparing the two finds no difference.
pub fn declaration(current: &CurrentFunction) -> Declaration {
    let known = Known::new();
    let mut notes = Vec::new();
    match current.health() {
        Health::Failed(reason) => notes.push(format!(
            "the service could not set it up, and it cannot be used: {reason}; `apply --replace` deletes it and creates \
             it again"
        )),
        Health::UpdateFailed(reason) => {
            notes.push(format!("its last update failed, and what it says may be from before that: {reason}"));
        }
        Health::Unknown | Health::Ready | Health::Pending(_) | Health::Updating(_) | Health::Deleting => {}
    }
    let mut members = normal::as_request(&current.configuration, known.members());
    known.forget_others(&mut members, &Map::new());
    let mut ignore = Vec::new();
    if let Some(error) = current.configuration.get("Environment").and_then(|environment| environment.get("Error")) {
        let code = error["ErrorCode"].as_str().unwrap_or("unknown error");
        notes.push(format!("the environment could not be read ({code}); it is ignored until you declare it"));
        members.shift_remove("Environment");
        ignore.push("/Environment");
    }
    let mut members = normal::shortest(members);
    members.insert("Code".into(), Value::Object(code(current)));
    match &current.tags {
        Tags::Known(tags) => {
            let tags: Map<String, Value> =
                tags::declared(tags).map(|(key, value)| (key.clone(), json!(value))).collect();
            if !tags.is_empty() {
                members.insert("Tags".into(), Value::Object(tags));
            }
        }
        Tags::Unknown(reason) => notes.push(format!("the tags could not be read, and are left out: {reason}")),
    }
    match &current.code_signing {
        CodeSigning::Arn(arn) if !arn.is_empty() => _ = members.insert("CodeSigningConfigArn".into(), json!(arn)),
        CodeSigning::Unknown(reason) => {
            notes.push(format!("the code signing configuration could not be read, and is left out: {reason}"));
        }
        CodeSigning::Arn(_) | CodeSigning::NotRead => {}
    }
    members.extend(declare(current, &mut notes));
    if !ignore.is_empty() {
        members.insert("ignore".into(), json!(ignore));
    }
    if current.is_protected() {
        members.insert("protect".into(), json!(true));
    }
    Declaration { members, notes }
}

fn code(current: &CurrentFunction) -> Map<String, Value> {
    let told = current.code.clone().unwrap_or_default();
    let mut code = Map::new();
    if let Some(Value::Object(object)) = told.get("ResolvedS3Object") {
        for member in ["S3Bucket", "S3Key", "S3ObjectVersion"] {
            if let Some(value) = object.get(member).filter(|value| value.is_string()) {
                code.insert(member.into(), value.clone());
            }
        }
        code.insert("S3ObjectStorageMode".into(), json!("REFERENCE"));
    } else if let Some(uri) = told.get("ImageUri").filter(|uri| uri.is_string()) {
        code.insert("ImageUri".into(), uri.clone());
    }
    if let Some(key) = told.get("SourceKMSKeyArn").filter(|key| key.as_str().is_some_and(|key| !key.is_empty())) {
        code.insert("SourceKMSKeyArn".into(), key.clone());
    }
    code
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_the_service_fills_in_is_left_out() {
        let configuration = json!({
            "FunctionName": "f", "FunctionArn": "arn:aws:lambda:us-west-2:123456789012:function:f",
            "Runtime": "python3.13", "Role": "r", "Handler": "h", "Timeout": 3, "MemorySize": 256, "Description": "",
            "PackageType": "Zip", "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512},
            "TracingConfig": {"Mode": "PassThrough"}, "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""},
            "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN",
                "LogGroup": "/aws/lambda/f"},
            "Layers": [{"Arn": "l", "CodeSize": 1}], "RevisionId": "x", "State": "Active",
            "Environment": {"Variables": {"EMPTY": ""}}, "SomethingNew": {"x": 1}
        });
        let Value::Object(configuration) = configuration else { unreachable!() };
        let tags = BTreeMap::from([
            ("aws:cloudformation:stack-name".to_owned(), "s".to_owned()),
            ("lambdactl:manifest".to_owned(), "m".to_owned()),
            ("lambdactl:protect".to_owned(), "true".to_owned()),
            ("team".to_owned(), "t".to_owned()),
        ]);
        let current = CurrentFunction { configuration, tags: Tags::Known(tags), ..CurrentFunction::default() };
        assert_eq!(
            Value::Object(declaration(&current).members),
            json!({
                "FunctionName": "f", "Runtime": "python3.13", "Role": "r", "Handler": "h", "Code": {},
                "MemorySize": 256, "Environment": {"Variables": {"EMPTY": ""}}, "Tags": {"team": "t"}, "Layers": ["l"],
                "LoggingConfig": {"LogFormat": "JSON", "SystemLogLevel": "WARN"}, "protect": true
            })
        );
    }

    #[test]
    fn what_comes_as_null_is_not_declared() {
        let Value::Object(configuration) = json!({
            "FunctionName": "f", "Role": "r", "PackageType": "Image", "Runtime": null, "Handler": null,
            "Description": null, "Environment": null, "VpcConfig": null, "Layers": null, "KMSKeyArn": null,
            "DeadLetterConfig": null, "FileSystemConfigs": null, "ImageConfigResponse": null, "SnapStart": null,
            "TracingConfig": null, "LoggingConfig": null, "Timeout": 3, "MemorySize": 128
        }) else {
            unreachable!()
        };
        let Value::Object(code) = json!({ "ImageUri": "u", "ResolvedS3Object": null, "SourceKMSKeyArn": null }) else {
            unreachable!()
        };
        let current = CurrentFunction { configuration, code: Some(code), ..CurrentFunction::default() };
        assert_eq!(
            Value::Object(declaration(&current).members),
            json!({ "FunctionName": "f", "Role": "r", "PackageType": "Image", "Code": { "ImageUri": "u" } })
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_and_left_to_the_account() {
        let Value::Object(configuration) = json!({
            "FunctionName": "f", "Role": "r", "Runtime": "python3.13", "Handler": "h",
            "Environment": { "Error": { "ErrorCode": "AccessDeniedException", "Message": "no" } }
        }) else {
            unreachable!()
        };
        let code_signing = CodeSigning::Unknown("not in this region".to_owned());
        let current = CurrentFunction { configuration, code_signing, ..CurrentFunction::default() };
        let Declaration { members, notes } = declaration(&current);
        assert_eq!(members.get("ignore"), Some(&json!(["/Environment"])));
        assert!(!members.contains_key("Environment") && !members.contains_key("CodeSigningConfigArn"), "{members:?}");
        for words in ["environment could not be read (AccessDeniedException)", "not in this region"] {
            assert!(notes.iter().any(|note| note.contains(words)), "{words}: {notes:?}");
        }
    }
}
