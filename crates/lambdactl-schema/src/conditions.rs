use serde_json::{Value, json};

use crate::limits;
use crate::rules::{self, Rule};

/// A rule between members that JSON Schema can say, so that editors show it too.
pub(crate) struct Condition {
    /// The rule that a violation of the schema breaks.
    pub(crate) rule: &'static Rule,
    /// A schema for the whole function.
    pub(crate) schema: Value,
}

/// Returns the conditions in the order in which they stand under `allOf`.
pub(crate) fn conditions() -> Vec<Condition> {
    let image = json!({ "properties": { "PackageType": { "const": "Image" } }, "required": ["PackageType"] });
    let has = |member: &str| json!({ "required": [member] });
    let code = |schema: Value| json!({ "properties": { "Code": schema } });
    // A source that has none of the members of the other two.
    let only = |required: &[&str], forbidden: &[&str]| {
        let others: Vec<_> = forbidden.iter().map(|member| json!({ "required": [member] })).collect();
        json!({ "required": required, "not": { "anyOf": others } })
    };
    vec![
        Condition {
            rule: &rules::ZIP_NEEDS_RUNTIME,
            schema: json!({ "if": image, "else": { "required": ["Runtime", "Handler"] } }),
        },
        Condition {
            rule: &rules::IMAGE_FORBIDS,
            schema: json!({
                "if": image,
                // An empty list of layers says nothing, and the service takes it.
                "then": { "properties": { "Runtime": false, "Handler": false, "Layers": { "maxItems": 0 } } }
            }),
        },
        Condition {
            rule: &rules::ONE_CODE_SOURCE,
            // A path (a string) is one source.
            schema: code(json!({
                "if": { "type": "object" },
                "then": { "oneOf": [
                    only(&["ZipFile"], &["S3Bucket", "S3Key", "S3ObjectVersion", "S3ObjectStorageMode", "ImageUri"]),
                    only(&["S3Bucket", "S3Key"], &["ZipFile", "ImageUri"]),
                    only(&["ImageUri"], &["ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion", "S3ObjectStorageMode"]),
                ] }
            })),
        },
        Condition {
            rule: &rules::CODE_FITS_PACKAGE,
            schema: json!({
                "if": image,
                "then": code(json!({ "type": "object", "properties": { "ZipFile": false, "S3Bucket": false, "S3Key": false } })),
                "else": code(json!({ "properties": { "ImageUri": false } }))
            }),
        },
        Condition {
            rule: &rules::IMAGE_CONFIG_NEEDS_IMAGE,
            schema: json!({ "if": image, "else": { "properties": { "ImageConfig": { "maxProperties": 0 } } } }),
        },
        Condition {
            rule: &rules::ORDINARY_LIMIT,
            schema: json!({
                "if": has("CapacityProviderConfig"),
                "else": { "properties": {
                    "Timeout": { "maximum": limits::ORDINARY_TIMEOUT },
                    "MemorySize": { "maximum": limits::ORDINARY_MEMORY }
                } }
            }),
        },
        Condition {
            rule: &rules::ORDINARY_STORAGE,
            schema: json!({
                "if": has("AcceleratorConfig"),
                "else": { "properties": { "EphemeralStorage": { "properties": {
                    "Size": { "maximum": limits::ORDINARY_STORAGE }
                } } } }
            }),
        },
    ]
}
