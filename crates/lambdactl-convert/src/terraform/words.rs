//! The words of the AWS provider, and what the API calls them.

use serde_json::{Value, json};

/// The type of functions.
pub(super) const FUNCTION: &str = "aws_lambda_function";

/// Attributes that say nothing which a manifest would: the provider computes them, or they steer the provider.
pub(super) const OF_THE_PROVIDER: [&str; 23] = [
    "arn",
    "id",
    "invoke_arn",
    "response_streaming_invoke_arn",
    "last_modified",
    "qualified_arn",
    "qualified_invoke_arn",
    "version",
    "source_code_hash",
    "source_code_size",
    "code_sha256",
    "signing_job_arn",
    "signing_profile_version_arn",
    "tags_all",
    "region",
    "skip_destroy",
    "timeouts",
    "replace_security_groups_on_destroy",
    "replacement_security_group_ids",
    "function_name",
    "tags",
    "filename",
    "vpc_id",
];

/// Whether an attribute says where code is.
pub(super) fn is_code(attribute: &str) -> bool {
    ["s3_bucket", "s3_key", "s3_object_version", "image_uri", "source_kms_key_arn"].contains(&attribute)
}

/// What the service says within a structure, and nobody can ask for.
const OF_THE_SERVICE: [&str; 2] = ["vpc_id", "optimization_status"];

/// Whether names within a value are attributes, or someone's data.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Structure,
    Data,
}

/// Returns a value in the words of the API.
pub(super) fn api(value: &Value, shape: Shape) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(name, value)| {
                    shape == Shape::Data || (is_something(value) && !OF_THE_SERVICE.contains(&name.as_str()))
                })
                .map(|(name, value)| {
                    let name = if shape == Shape::Data { name.clone() } else { pascal(name) };
                    // A block within a block is a list of one, too.
                    match value {
                        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
                            (name, api(&items[0], shape))
                        }
                        value => (name, api(value, shape)),
                    }
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(|item| api(item, shape)).collect(),
        other => other.clone(),
    }
}

/// The API's name of an attribute.
pub(super) fn pascal(attribute: &str) -> String {
    // The one member whose words are not spelt as the provider's would be.
    if attribute == "execution_environment_memory_gib_per_vcpu" {
        return "ExecutionEnvironmentMemoryGiBPerVCpu".to_owned();
    }
    attribute
        .split('_')
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            format!("{}{rest}", first.to_uppercase())
        })
        .collect()
}

/// What the provider writes for nothing: null, an empty text or list, `false`.
pub(super) fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

/// A text that says something.
pub(super) fn text(value: &Value) -> Option<Value> {
    value.as_str().filter(|text| !text.is_empty()).map(|text| json!(text))
}
