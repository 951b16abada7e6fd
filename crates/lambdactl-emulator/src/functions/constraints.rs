//! The front end's checks of a create request against the model: types first, then constraints, all
//! failures in one answer.
//!
//! Limits are from the service's model; texts are from recorded answers where there is one, and
//! built like them elsewhere.

use serde_json::{Map, Value};

use crate::functions::patterns::{
    ARCHITECTURE, KEY_ARN, LAYER, ROLE, SECURITY_GROUP, SUBNET, is_architecture, is_arn_or_empty, is_handler, is_layer,
    is_log_group, is_role, is_security_group, is_subnet, is_variable_name,
};
use crate::names::{create_name_failures, validation_errors};
use crate::service_error::ServiceError;

/// The type that a member must have.
enum Kind {
    Text,
    Texts,
    TextMap,
    Integer,
    Number,
    Bool,
    Object,
    Objects,
}

/// What a value must satisfy.
enum Check {
    /// Present, when the structure around it is.
    Required,
    FunctionName,
    OneOf(&'static [&'static str]),
    /// Smallest and largest value.
    Range(f64, f64),
    /// Smallest and largest number of characters, items or entries.
    Length(usize, usize),
    Pattern(&'static str, fn(&str) -> bool),
    /// The text of the constraint on each item.
    Items(&'static str, fn(&str) -> bool),
    Keys(&'static str, fn(&str) -> bool),
}

use Check::{FunctionName, Items, Keys, Length, OneOf, Pattern, Range, Required};
use Kind::{Bool, Integer, Number, Object, Objects, Text, TextMap, Texts};

const RULES: &[(&str, Kind, &[Check])] = &[
    ("FunctionName", Text, &[Required, FunctionName]),
    ("Role", Text, &[Required, Pattern(ROLE, is_role)]),
    ("Code", Object, &[Required]),
    ("Code.ZipFile", Text, &[]),
    ("Code.S3Bucket", Text, &[Length(3, 63)]),
    ("Code.S3Key", Text, &[Length(1, 1024)]),
    ("Code.S3ObjectVersion", Text, &[Length(1, 1024)]),
    ("Code.ImageUri", Text, &[]),
    ("Code.SourceKMSKeyArn", Text, &[Pattern(KEY_ARN, is_arn_or_empty)]),
    ("Runtime", Text, &[]),
    ("Handler", Text, &[Length(0, 128), Pattern(r"[^\s]+", is_handler)]),
    ("Description", Text, &[Length(0, 256)]),
    ("PackageType", Text, &[OneOf(&["Image", "Zip"])]),
    ("Publish", Bool, &[]),
    ("PublishTo", Text, &[OneOf(&["LATEST_PUBLISHED"])]),
    ("Timeout", Integer, &[Range(1.0, 900.0)]),
    ("MemorySize", Integer, &[Range(128.0, 32768.0)]),
    ("EphemeralStorage", Object, &[]),
    ("EphemeralStorage.Size", Integer, &[Required, Range(512.0, 10240.0)]),
    ("Architectures", Texts, &[Length(1, 1), Items(ARCHITECTURE, is_architecture)]),
    ("Environment", Object, &[]),
    ("Environment.Variables", TextMap, &[Keys("[a-zA-Z]([a-zA-Z0-9_])+", is_variable_name)]),
    ("KMSKeyArn", Text, &[Pattern(KEY_ARN, is_arn_or_empty)]),
    ("DeadLetterConfig", Object, &[]),
    ("DeadLetterConfig.TargetArn", Text, &[Pattern(KEY_ARN, is_arn_or_empty)]),
    ("TracingConfig", Object, &[]),
    ("TracingConfig.Mode", Text, &[OneOf(&["Active", "PassThrough"])]),
    ("VpcConfig", Object, &[]),
    ("VpcConfig.SubnetIds", Texts, &[Length(0, 16), Items(SUBNET, is_subnet)]),
    ("VpcConfig.SecurityGroupIds", Texts, &[Length(0, 5), Items(SECURITY_GROUP, is_security_group)]),
    ("VpcConfig.Ipv6AllowedForDualStack", Bool, &[]),
    ("Layers", Texts, &[Items(LAYER, is_layer)]),
    ("FileSystemConfigs", Objects, &[Length(0, 1)]),
    ("ImageConfig", Object, &[]),
    ("ImageConfig.EntryPoint", Texts, &[Length(0, 1500)]),
    ("ImageConfig.Command", Texts, &[Length(0, 1500)]),
    ("ImageConfig.WorkingDirectory", Text, &[Length(0, 1000)]),
    ("SnapStart", Object, &[]),
    ("SnapStart.ApplyOn", Text, &[OneOf(&["PublishedVersions", "None"])]),
    ("LoggingConfig", Object, &[]),
    ("LoggingConfig.LogFormat", Text, &[OneOf(&["JSON", "Text"])]),
    ("LoggingConfig.ApplicationLogLevel", Text, &[OneOf(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])]),
    ("LoggingConfig.SystemLogLevel", Text, &[OneOf(&["DEBUG", "INFO", "WARN"])]),
    ("LoggingConfig.LogGroup", Text, &[Length(1, 512), Pattern(r"[\.\-_/#A-Za-z0-9]+", is_log_group)]),
    ("Tags", TextMap, &[]),
    ("CodeSigningConfigArn", Text, &[Length(0, 200)]),
    ("DurableConfig", Object, &[]),
    ("DurableConfig.ExecutionTimeout", Integer, &[Range(1.0, 31_622_400.0)]),
    ("DurableConfig.RetentionPeriodInDays", Integer, &[Range(1.0, 90.0)]),
    ("TenancyConfig", Object, &[]),
    ("TenancyConfig.TenantIsolationMode", Text, &[Required, OneOf(&["PER_TENANT"])]),
    ("CapacityProviderConfig", Object, &[]),
    ("CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig", Object, &[Required]),
    (
        "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn",
        Text,
        &[Required, Length(1, 140)],
    ),
    (
        "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.PerExecutionEnvironmentMaxConcurrency",
        Integer,
        &[Range(1.0, 1600.0)],
    ),
    (
        "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.ExecutionEnvironmentMemoryGiBPerVCpu",
        Number,
        &[Range(2.0, 8.0)],
    ),
];

/// Checks a create request, whose nulls were removed, against the model.
pub(crate) fn check_model(request: &Map<String, Value>) -> Result<(), ServiceError> {
    for (path, kind, _) in RULES {
        if let Some(value) = member(request, path) {
            check_type(value, kind)?;
        }
    }
    let mut failures = Vec::new();
    for (path, _, checks) in RULES {
        for check in *checks {
            failures.extend(failure(request, path, check));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(validation_errors(&failures)) }
}

/// The value at a dotted path.
fn member<'a>(request: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut names = path.split('.');
    let first = request.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

/// Refuses another JSON type. The words are not verified against the service.
fn check_type(value: &Value, kind: &Kind) -> Result<(), ServiceError> {
    let (found, wanted) = match kind {
        Text if !value.is_string() => (value, "a String"),
        Integer if !value.is_i64() && !value.is_u64() => (value, "an Integer"),
        Number if !value.is_number() => (value, "a Double"),
        Bool if !value.is_boolean() => (value, "a Boolean"),
        Object if !value.is_object() => (value, "a structure"),
        TextMap => match value.as_object() {
            None => (value, "a map"),
            Some(map) => match map.values().find(|value| !value.is_string()) {
                Some(value) => (value, "a String"),
                None => return Ok(()),
            },
        },
        Texts | Objects => match value.as_array() {
            None => (value, "a list"),
            Some(items) => {
                let wanted = |item: &&Value| match kind {
                    Texts => !item.is_string(),
                    _ => !item.is_object(),
                };
                match items.iter().find(wanted) {
                    Some(item) => (item, if matches!(kind, Texts) { "a String" } else { "a structure" }),
                    None => return Ok(()),
                }
            }
        },
        Text | Integer | Number | Bool | Object => return Ok(()),
    };
    let found = match found {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    Err(ServiceError::serialization(&format!("{found} can not be converted to {wanted}")))
}

fn failure(request: &Map<String, Value>, path: &str, check: &Check) -> Vec<String> {
    let value = member(request, path);
    let Some(value) = value else {
        let structure = path.rsplit_once('.').map(|(structure, _)| structure);
        let expected = structure.is_none_or(|structure| member(request, structure).is_some());
        return match check {
            Required if expected => vec![format!(
                "Value null at '{}' failed to satisfy constraint: Member must not be null",
                lower_camel(path)
            )],
            _ => Vec::new(),
        };
    };
    let must = match check {
        Required => None,
        FunctionName => return value.as_str().map(create_name_failures).unwrap_or_default(),
        OneOf(allowed) => {
            let fits = value.as_str().is_some_and(|value| allowed.contains(&value));
            (!fits).then(|| format!("satisfy enum value set: [{}]", allowed.join(", ")))
        }
        Range(least, most) => {
            let number = value.as_f64().unwrap_or_default();
            let most = largest(request, path, *most);
            if number < *least {
                Some(format!("have value greater than or equal to {least}"))
            } else {
                (number > most).then(|| format!("have value less than or equal to {most}"))
            }
        }
        Length(least, most) => {
            let length = length(value);
            if length < *least {
                Some(format!("have length greater than or equal to {least}"))
            } else {
                (length > *most).then(|| format!("have length less than or equal to {most}"))
            }
        }
        Pattern(pattern, matches) => {
            let fits = value.as_str().is_some_and(matches);
            (!fits).then(|| format!("satisfy regular expression pattern: {pattern}"))
        }
        Items(constraint, matches) => {
            let fits = |item: &Value| item.as_str().is_some_and(matches);
            let fit = value.as_array().is_some_and(|items| items.iter().all(fits));
            (!fit).then(|| format!("satisfy constraint: {constraint}"))
        }
        Keys(pattern, matches) => {
            let fit = value.as_object().is_some_and(|map| map.keys().all(|key| matches(key)));
            // The map's values are secrets; the service hides them in this text too (not verified).
            return if fit {
                Vec::new()
            } else {
                vec![format!(
                    "Value '*** Sensitive Data Redacted ***' at '{}' failed to satisfy \
                     constraint: Map keys must satisfy constraint: [Member must satisfy regular \
                     expression pattern: {pattern}]",
                    lower_camel(path)
                )]
            };
        }
    };
    let at = lower_camel(path);
    let text = |must| format!("Value '{}' at '{at}' failed to satisfy constraint: Member must {must}", printed(value));
    must.map(text).into_iter().collect()
}

/// Some limits are wider for special functions (the service's model of November 2026).
fn largest(request: &Map<String, Value>, path: &str, most: f64) -> f64 {
    match path {
        "Timeout" if request.contains_key("CapacityProviderConfig") => 5400.0,
        "EphemeralStorage.Size" if request.contains_key("AcceleratorConfig") => 32768.0,
        _ => most,
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    }
}

/// A value as the service prints it: text bare, lists as `[a, b]`.
fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(printed).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// `VpcConfig.SubnetIds` as `vpcConfig.subnetIds`; a leading abbreviation is lowered as one
/// (`kmsKeyArn`).
fn lower_camel(path: &str) -> String {
    let lower = |name: &str| {
        let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
        let lowered = if capitals > 1 && capitals < name.len() { capitals - 1 } else { capitals };
        format!("{}{}", name[..lowered].to_ascii_lowercase(), &name[lowered..])
    };
    path.split('.').map(lower).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_printed_as_the_service_prints_them() {
        assert_eq!(lower_camel("VpcConfig.SubnetIds"), "vpcConfig.subnetIds");
        assert_eq!(lower_camel("KMSKeyArn"), "kmsKeyArn");
        assert_eq!(lower_camel("Code.S3Bucket"), "code.s3Bucket");
    }
}
