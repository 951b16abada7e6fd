//! What `terraform show -json` prints of a plan or a state, and state files: `aws_lambda_function` in all modules.

use serde_json::{Map, Value, json};

use crate::intrinsics::literal;
use crate::names::variable;
use crate::notes::{Found, Notes};

const FUNCTION: &str = "aws_lambda_function";

/// Attributes that say nothing which a manifest would: the provider computes them, or they steer the provider.
const OF_THE_PROVIDER: [&str; 23] = [
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

pub(crate) fn functions(document: &Value, notes: &mut Notes) -> Found {
    let mut resources = Vec::new();
    let mut others = Vec::new();
    let root =
        ["planned_values", "values"].iter().map(|key| &document[*key]["root_module"]).find(|root| root.is_object());
    match root {
        Some(root) => module(root, &mut resources, &mut others),
        None => state(document, &mut resources, &mut others),
    }
    let functions: Vec<_> = resources
        .into_iter()
        .map(|(address, attributes)| {
            notes.about(Some(&address));
            function(&address, &attributes, notes)
        })
        .collect();
    notes.about(None);
    others.sort_unstable();
    let mut kinds = others.clone();
    kinds.dedup();
    for kind in kinds {
        let count = others.iter().filter(|other| **other == kind).count();
        notes.left_out(kind, &format!("not a Lambda function: {count} of them"));
    }
    // The provider's own setting, or where the functions are.
    let region = functions.iter().find_map(|(region, _)| region.clone());
    Found { region, functions: functions.into_iter().map(|(_, members)| members).collect() }
}

fn module(module: &Value, found: &mut Vec<(String, Value)>, others: &mut Vec<String>) {
    for resource in module["resources"].as_array().into_iter().flatten().filter(|resource| resource["mode"] != "data") {
        let kind = resource["type"].as_str().unwrap_or_default();
        if kind == FUNCTION {
            found.push((resource["address"].as_str().unwrap_or_default().to_owned(), resource["values"].clone()));
        } else {
            others.push(kind.to_owned());
        }
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        self::module(child, found, others);
    }
}

/// The format of state files, version 4.
fn state(document: &Value, found: &mut Vec<(String, Value)>, others: &mut Vec<String>) {
    for resource in document["resources"].as_array().into_iter().flatten().filter(|resource| resource["mode"] != "data")
    {
        let kind = resource["type"].as_str().unwrap_or_default();
        let name = resource["name"].as_str().unwrap_or_default();
        let module = resource["module"].as_str().map(|module| format!("{module}.")).unwrap_or_default();
        for instance in resource["instances"].as_array().into_iter().flatten() {
            if kind == FUNCTION {
                let key = match &instance["index_key"] {
                    Value::Null => String::new(),
                    key => format!("[{key}]"),
                };
                found.push((format!("{module}{kind}.{name}{key}"), instance["attributes"].clone()));
            } else {
                others.push(kind.to_owned());
            }
        }
    }
}

fn function(address: &str, attributes: &Value, notes: &mut Notes) -> (Option<String>, Map<String, Value>) {
    let mut members = Map::new();
    let name = text(&attributes["function_name"])
        .unwrap_or_else(|| json!(literal(address.rsplit('.').next().unwrap_or_default())));
    members.insert("FunctionName".into(), name);
    let tags = [&attributes["tags_all"], &attributes["tags"]].into_iter().find(|tags| is_something(tags));
    if let Some(tags) = tags {
        members.insert("Tags".into(), api(tags, Shape::Data));
    }
    members.insert("Code".into(), code(address, attributes, notes));
    for (attribute, value) in attributes.as_object().into_iter().flatten() {
        if !is_something(value) || OF_THE_PROVIDER.contains(&attribute.as_str()) || is_code(attribute) {
            continue;
        }
        match (attribute.as_str(), value) {
            ("kms_key_arn", value) => _ = members.insert("KMSKeyArn".into(), api(value, Shape::Structure)),
            ("environment", value) => {
                members.insert("Environment".into(), json!({ "Variables": api(&value[0]["variables"], Shape::Data) }));
            }
            ("file_system_config", value) => {
                members.insert("FileSystemConfigs".into(), json!([api(&value[0], Shape::Structure)]));
            }
            ("durable_config", value) => {
                let mut config = Map::new();
                for (attribute, member) in
                    [("execution_timeout", "ExecutionTimeout"), ("retention_period", "RetentionPeriodInDays")]
                {
                    if is_something(&value[0][attribute]) {
                        config.insert(member.into(), value[0][attribute].clone());
                    }
                }
                members.insert("DurableConfig".into(), Value::Object(config));
            }
            ("reserved_concurrent_executions", value) => {
                if value != &json!(-1) {
                    notes.left_out(
                        attribute,
                        "not part of CreateFunction; what is set stays, lambdactl leaves it alone",
                    );
                }
            }
            (_, value) if crate::names::is_member(&pascal(attribute)) => {
                let value = match value {
                    // A block is a list of one.
                    Value::Array(items) if items.first().is_some_and(Value::is_object) => {
                        api(&items[0], Shape::Structure)
                    }
                    value => api(value, Shape::Structure),
                };
                members.insert(pascal(attribute), value);
            }
            (attribute, _) => notes.left_out(attribute, "the CreateFunction API has no such member"),
        }
    }
    // A block with nothing in it says nothing.
    members.retain(|_, value| is_something(value) && value != &json!({ "Variables": null }));
    if !members.contains_key("Role") {
        members.insert(
            "Role".into(),
            crate::notes::missing_role(
                address.rsplit('.').next().unwrap_or_default(),
                notes,
                "the plan does not know it yet",
            ),
        );
    }
    // arn:aws:lambda:REGION:ACCOUNT:function:NAME
    let region = attributes["region"].as_str().or_else(|| attributes["arn"].as_str()?.split(':').nth(3));
    (region.map(str::to_owned), members)
}

fn is_code(attribute: &str) -> bool {
    ["s3_bucket", "s3_key", "s3_object_version", "image_uri", "source_kms_key_arn"].contains(&attribute)
}

fn code(address: &str, attributes: &Value, notes: &mut Notes) -> Value {
    let mut code = Map::new();
    for (attribute, member) in [
        ("s3_bucket", "S3Bucket"),
        ("s3_key", "S3Key"),
        ("s3_object_version", "S3ObjectVersion"),
        ("image_uri", "ImageUri"),
        ("source_kms_key_arn", "SourceKMSKeyArn"),
    ] {
        if let Some(value) = text(&attributes[attribute]) {
            code.insert(member.into(), value);
        }
    }
    match text(&attributes["filename"]) {
        Some(path) if code.is_empty() => {
            notes.add("filename", "paths start from the manifest's folder; name the folder that the archive is made of, and lambdactl makes it");
            path
        }
        Some(path) => {
            code.insert("ZipFile".into(), json!(format!("fileb://{}", path.as_str().unwrap_or_default())));
            Value::Object(code)
        }
        None if code.is_empty() => {
            let name = variable(address.rsplit('.').next().unwrap_or_default());
            notes.add("filename", format!("the plan does not know the code yet; pass --var {name}Code=PATH"));
            json!(format!("${{var:{name}Code}}"))
        }
        None => Value::Object(code),
    }
}

/// What the service says within a structure, and nobody can ask for.
const OF_THE_SERVICE: [&str; 2] = ["vpc_id", "optimization_status"];

/// Whether names within a value are attributes, or someone's data.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Structure,
    Data,
}

/// Returns a value in the words of the API.
fn api(value: &Value, shape: Shape) -> Value {
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
        Value::String(text) => json!(literal(text)),
        other => other.clone(),
    }
}

fn pascal(attribute: &str) -> String {
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
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

fn text(value: &Value) -> Option<Value> {
    value.as_str().filter(|text| !text.is_empty()).map(|text| json!(literal(text)))
}
