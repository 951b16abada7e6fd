//! Where code is, in the words of SAM and of the API.

use serde_json::{Map, Value, json};

/// What is to be done about a source that SAM would build.
pub(super) const NOT_BUILT: &str = "it is the source, which SAM builds: run `sam build` and convert `.aws-sam/build/template.yaml`, or make sure that nothing has to be installed or compiled";

/// A path, `s3://BUCKET/KEY`, or a map in the words of SAM or of the API.
pub(super) fn code_of(value: Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            Some((bucket, key)) => {
                let (key, version) = match key.split_once("?versionId=") {
                    Some((key, version)) => (key, Some(version)),
                    None => (key, None),
                };
                let mut code =
                    Map::from_iter([("S3Bucket".to_owned(), json!(bucket)), ("S3Key".to_owned(), json!(key))]);
                code.extend(version.map(|version| ("S3ObjectVersion".to_owned(), json!(version))));
                Value::Object(code)
            }
            None => json!(text),
        },
        Value::Object(map) => {
            let name = |name: String| match name.as_str() {
                "Bucket" => "S3Bucket".to_owned(),
                "Key" => "S3Key".to_owned(),
                "Version" => "S3ObjectVersion".to_owned(),
                _ => name,
            };
            Value::Object(map.into_iter().map(|(own, value)| (name(own), value)).collect())
        }
        other => other,
    }
}
