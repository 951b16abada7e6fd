//! What `terraform show -json` prints of a plan or a state, and state files: `aws_lambda_function` in all modules, and what stands
//! beside functions.

mod resource;
mod words;

mod unknown;

mod resources;

mod beside;

use serde_json::{Map, Value, json};

use crate::beside::Members;
use crate::names::variable;
use crate::notes::{Found, Notes, missing_role};
use crate::surroundings::Surroundings;

use resource::Resource;
use resources::resources;
use words::{FUNCTION, OF_THE_PROVIDER, Shape, api, is_code, is_something, pascal, text};

pub(crate) fn functions(document: &Value, surroundings: &Surroundings<'_>, notes: &mut Notes) -> Found {
    let all = resources(document, notes);
    let mut regions: Vec<(String, Option<String>)> = Vec::new();
    let mut owners = Vec::new();
    for resource in all.iter().filter(|resource| resource.kind == FUNCTION) {
        notes.about(Some(&resource.address));
        let members = function(&resource.address, &resource.values, notes);
        regions.push((resource.address.clone(), region_of(resource)));
        owners.push(beside::Owner { address: &resource.address, members });
    }
    notes.about(None);
    let layers = beside::attach(&mut owners, &all, notes);
    let others: Vec<&str> =
        all.iter().map(|one| one.kind.as_str()).filter(|kind| *kind != FUNCTION && !beside::is_read(kind)).collect();
    if !others.is_empty() {
        let mut kinds = others.clone();
        kinds.sort_unstable();
        kinds.dedup();
        let counted = kinds.iter().map(|kind| match others.iter().filter(|other| *other == kind).count() {
            1 => (*kind).to_owned(),
            count => format!("{kind} ({count})"),
        });
        notes.left_out("resources", format!("not managed by lambdactl: {}", counted.collect::<Vec<_>>().join(", ")));
    }
    let region = region(document, surroundings, &regions, notes);
    let functions = owners.into_iter().map(|owner| owner.members).collect();
    Found { name: None, region, layers, functions }
}

/// The region of a resource: its own, or that of its ARN, `arn:aws:lambda:REGION:ACCOUNT:function:NAME`.
fn region_of(resource: &Resource) -> Option<String> {
    let values = &resource.values;
    let region = values["region"].as_str().or_else(|| values["arn"].as_str()?.split(':').nth(3));
    region.filter(|region| !region.is_empty() && !region.contains('\u{1}')).map(str::to_owned)
}

/// The manifest's region: what the user says, where the functions are, or what the provider is configured for.
fn region(
    document: &Value,
    surroundings: &Surroundings<'_>,
    regions: &[(String, Option<String>)],
    notes: &mut Notes,
) -> Option<String> {
    let configured =
        document["configuration"]["provider_config"].as_object().into_iter().flatten().find_map(|(key, provider)| {
            let region = provider["expressions"]["region"]["constant_value"].as_str();
            region.filter(|_| key == "aws" || provider["name"] == "aws").map(str::to_owned)
        });
    let found = regions.iter().find_map(|(_, region)| region.clone());
    let chosen = surroundings.region.map(str::to_owned).or(found).or(configured)?;
    let elsewhere: Vec<String> = regions
        .iter()
        .filter_map(|(address, region)| {
            region.as_ref().filter(|region| **region != chosen).map(|region| format!("{address} ({region})"))
        })
        .collect();
    if !elsewhere.is_empty() {
        notes.must(
            "region",
            format!(
                "a manifest has one region, {chosen} here: move these into one of their own: {}",
                elsewhere.join(", ")
            ),
        );
    }
    Some(chosen)
}

fn function(address: &str, attributes: &Value, notes: &mut Notes) -> Members {
    let mut members = Members::new();
    let short = address.rsplit('.').next().unwrap_or_default();
    let name = text(&attributes["function_name"]).unwrap_or_else(|| {
        notes.must("function_name", format!("the plan does not know it yet: called {short} here"));
        json!(short)
    });
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
                    members.insert("ReservedConcurrentExecutions".into(), value.clone());
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
        members.insert("Role".into(), missing_role(short, notes, "the plan does not know it yet"));
    }
    members
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
            notes.guessed("filename", "paths start from the manifest's folder; name the folder that the archive is made of, and lambdactl makes it");
            path
        }
        Some(path) => {
            code.insert("ZipFile".into(), json!(format!("fileb://{}", path.as_str().unwrap_or_default())));
            Value::Object(code)
        }
        None if code.is_empty() => {
            let name = variable(address.rsplit('.').next().unwrap_or_default());
            notes.unknown(
                &format!("{name}Code"),
                "PATH",
                format!("the code of {name}, which the plan does not know yet"),
                "filename",
            )
        }
        None => Value::Object(code),
    }
}
