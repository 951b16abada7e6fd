use serde_json::{Value, json};

use crate::limits;
use crate::request::Runtime;
use crate::rules::{self, Rule};
use crate::runtimes::{supports_managed_instances, supports_snap_start};

/// A rule between members that JSON Schema can say, so that editors show it too.
pub(crate) struct Condition {
    /// The rule that a violation of the schema breaks.
    pub(crate) rule: &'static Rule,
    /// What a value is that it refuses, as the end of a sentence: "which is not …".
    pub(crate) refused: Option<&'static str>,
    /// A schema for the whole function.
    pub(crate) schema: Value,
}

/// Returns the conditions in the order in which they stand under `allOf`.
pub(crate) fn conditions() -> Vec<Condition> {
    let mut all = package();
    all.extend(limits_of_ordinary_functions());
    all.extend(network_and_logs());
    all.extend(features());
    all.extend(names_and_targets());
    all
}

fn condition(rule: &'static Rule, schema: Value) -> Condition {
    Condition { rule, refused: None, schema }
}

/// A function that has a member.
fn has(member: &str) -> Value {
    json!({ "required": [member] })
}

/// A function whose member, a map, satisfies a schema.
fn inside(member: &str, schema: Value) -> Value {
    json!({ "properties": { member: schema } })
}

/// A function that has a member with a value in it.
fn says(member: &str, inner: &str, value: &str) -> Value {
    json!({
        "required": [member],
        "properties": { member: { "required": [inner], "properties": { inner: { "const": value } } } }
    })
}

fn package() -> Vec<Condition> {
    let image = json!({ "properties": { "PackageType": { "const": "Image" } }, "required": ["PackageType"] });
    // A source that has none of the members of the other two.
    let only = |required: &[&str], forbidden: &[&str]| {
        let others: Vec<_> = forbidden.iter().map(|member| has(member)).collect();
        json!({ "required": required, "not": { "anyOf": others } })
    };
    vec![
        condition(&rules::ZIP_NEEDS_RUNTIME, json!({ "if": image, "else": { "required": ["Runtime", "Handler"] } })),
        condition(
            &rules::IMAGE_FORBIDS,
            json!({
                "if": image,
                // An empty list of layers says nothing, and the service takes it.
                "then": { "properties": { "Runtime": false, "Handler": false, "Layers": { "maxItems": 0 } } }
            }),
        ),
        condition(
            &rules::ONE_CODE_SOURCE,
            // A path (a string) is one source.
            inside(
                "Code",
                json!({
                    "if": { "type": "object" },
                    "then": { "oneOf": [
                        only(&["ZipFile"], &["S3Bucket", "S3Key", "S3ObjectVersion", "S3ObjectStorageMode", "ImageUri"]),
                        only(&["S3Bucket", "S3Key"], &["ZipFile", "ImageUri"]),
                        only(&["ImageUri"], &["ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion", "S3ObjectStorageMode"]),
                    ] }
                }),
            ),
        ),
        condition(
            &rules::CODE_FITS_PACKAGE,
            json!({
                "if": image,
                "then": inside("Code", json!({
                    "type": "object", "properties": { "ZipFile": false, "S3Bucket": false }
                })),
                "else": inside("Code", json!({ "properties": { "ImageUri": false } }))
            }),
        ),
        condition(
            &rules::IMAGE_CONFIG_NEEDS_IMAGE,
            json!({ "if": image, "else": inside("ImageConfig", json!({ "maxProperties": 0 })) }),
        ),
    ]
}

fn limits_of_ordinary_functions() -> Vec<Condition> {
    vec![
        condition(
            &rules::ORDINARY_LIMIT,
            json!({
                "if": has("CapacityProviderConfig"),
                "else": { "properties": {
                    "Timeout": { "maximum": limits::ORDINARY_TIMEOUT },
                    "MemorySize": { "maximum": limits::ORDINARY_MEMORY }
                } }
            }),
        ),
        condition(
            &rules::ORDINARY_STORAGE,
            json!({
                "if": has("AcceleratorConfig"),
                "else": inside("EphemeralStorage", json!({
                    "properties": { "Size": { "maximum": limits::ORDINARY_STORAGE } }
                }))
            }),
        ),
    ]
}

fn network_and_logs() -> Vec<Condition> {
    let filled = |list: &str| json!({ "required": [list], "properties": { list: { "minItems": 1 } } });
    let one_needs_other = |one: &str, other: &str| json!({ "if": filled(one), "then": filled(other) });
    let text = says("LoggingConfig", "LogFormat", "Text");
    let text_by_default = json!({ "allOf": [
        { "not": has("CapacityProviderConfig") },
        inside("LoggingConfig", json!({ "not": has("LogFormat") })),
    ] });
    vec![
        condition(
            &rules::VPC_LISTS,
            inside(
                "VpcConfig",
                json!({ "allOf": [
                one_needs_other("SubnetIds", "SecurityGroupIds"),
                one_needs_other("SecurityGroupIds", "SubnetIds"),
                // "Ipv6AllowedForDualStack cannot be true without subnet or security groups"
                {
                    "if": {
                        "required": ["Ipv6AllowedForDualStack"],
                        "properties": { "Ipv6AllowedForDualStack": { "const": true } }
                    },
                    "then": { "allOf": [filled("SubnetIds"), filled("SecurityGroupIds")] }
                },
            ] }),
            ),
        ),
        condition(
            &rules::FILE_SYSTEM_NEEDS_VPC,
            json!({
                "if": {
                    "required": ["VpcConfig"],
                    "properties": { "VpcConfig": { "anyOf": [filled("SubnetIds"), filled("SecurityGroupIds")] } }
                },
                "else": { "properties": { "FileSystemConfigs": { "maxItems": 0 } } }
            }),
        ),
        condition(
            &rules::LOG_LEVEL_NEEDS_JSON,
            json!({
                "if": { "anyOf": [text, text_by_default] },
                "then": inside("LoggingConfig", json!({
                    "properties": { "ApplicationLogLevel": false, "SystemLogLevel": false }
                }))
            }),
        ),
    ]
}

fn features() -> Vec<Condition> {
    // What is not known here may well be supported.
    let unsupported = |supports: fn(&str) -> bool| {
        let names: Vec<_> = Runtime::KNOWN.iter().filter(|name| **name != "custom" && !supports(name)).collect();
        json!({ "not": { "enum": names } })
    };
    let snap_start = says("SnapStart", "ApplyOn", "PublishedVersions");
    vec![
        Condition {
            refused: Some("which SnapStart does not support"),
            ..condition(
                &rules::SNAP_START_RUNTIME,
                json!({ "if": snap_start, "then": inside("Runtime", unsupported(supports_snap_start)) }),
            )
        },
        Condition {
            refused: Some("and SnapStart takes at most 512"),
            ..condition(
                &rules::SNAP_START_EXCLUDES,
                json!({
                    "if": snap_start,
                    "then": { "properties": {
                        "EphemeralStorage": { "properties": { "Size": { "maximum": limits::SNAP_START_STORAGE } } },
                        "FileSystemConfigs": { "maxItems": 0 },
                        "TenancyConfig": false
                    } }
                }),
            )
        },
        Condition {
            refused: Some("which Lambda Managed Instances do not run"),
            ..condition(
                &rules::MANAGED_RUNTIME,
                json!({
                    "if": has("CapacityProviderConfig"),
                    "then": inside("Runtime", unsupported(supports_managed_instances))
                }),
            )
        },
        Condition {
            refused: Some("and functions of a capacity provider log JSON"),
            ..condition(
                &rules::MANAGED_LOGS_JSON,
                json!({
                    "if": has("CapacityProviderConfig"),
                    "then": inside("LoggingConfig", inside("LogFormat", json!({ "not": { "const": "Text" } })))
                }),
            )
        },
        condition(&rules::DURABLE_NEEDS_TIMEOUT, inside("DurableConfig", json!({ "required": ["ExecutionTimeout"] }))),
    ]
}

fn names_and_targets() -> Vec<Condition> {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    vec![
        Condition {
            refused: Some("is reserved"),
            ..condition(
                &rules::RESERVED_VARIABLE,
                inside(
                    "Environment",
                    inside(
                        "Variables",
                        json!({
                            "propertyNames": { "not": { "enum": limits::RESERVED_VARIABLES } }
                        }),
                    ),
                ),
            )
        },
        Condition {
            refused: Some("is reserved"),
            ..condition(
                &rules::RESERVED_TAG,
                inside("Tags", json!({ "propertyNames": { "not": { "pattern": limits::RESERVED_TAG } } })),
            )
        },
        Condition {
            refused: Some("which is neither an SQS queue nor an SNS topic"),
            ..condition(
                &rules::DEAD_LETTER_TARGET,
                inside("DeadLetterConfig", inside("TargetArn", text(limits::DEAD_LETTER_TARGET))),
            )
        },
        Condition {
            refused: Some("which is an alias"),
            ..condition(
                &rules::KEY_ALIAS,
                inside("KMSKeyArn", json!({ "not": { "type": "string", "pattern": limits::KEY_ALIAS } })),
            )
        },
        Condition {
            refused: Some("which is not in a private ECR repository"),
            ..condition(&rules::IMAGE_REPOSITORY, inside("Code", inside("ImageUri", text(limits::PRIVATE_IMAGE))))
        },
    ]
}
