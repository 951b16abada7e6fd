//! CloudFormation templates, with the functions of SAM and its `Globals`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::intrinsics::Template;
use crate::names::is_member;
use crate::notes::{Found, Notes, missing_role};

const PLAIN: &str = "AWS::Lambda::Function";
const SAM: &str = "AWS::Serverless::Function";

/// The sections of a template that are read, or say nothing.
const READ: [&str; 7] =
    ["AWSTemplateFormatVersion", "Description", "Globals", "Mappings", "Parameters", "Resources", "Transform"];

pub(crate) fn functions(document: &Value, notes: &mut Notes) -> Found {
    let template = Template {
        parameters: &document["Parameters"],
        mappings: &document["Mappings"],
        resources: &document["Resources"],
        region: None,
        has_references: false,
        depth: Default::default(),
    };
    let mut functions = Vec::new();
    let mut others: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, resource) in document["Resources"].as_object().into_iter().flatten() {
        let kind = resource["Type"].as_str().unwrap_or_default();
        if kind != PLAIN && kind != SAM {
            others.entry(kind).or_default().push(id);
            continue;
        }
        let mut properties = resource["Properties"].clone();
        if kind == SAM {
            properties = merged(&document["Globals"]["Function"], &properties);
        }
        notes.about(Some(id));
        for (key, _) in resource.as_object().into_iter().flatten() {
            match key.as_str() {
                "Type" | "Properties" => {}
                "Metadata" => {
                    notes.left_out(key, "what SAM builds is to be built before; `Code` is what came out of it")
                }
                "DependsOn" => notes.left_out(key, "functions of a manifest depend on nothing"),
                _ => notes.left_out(key, "a manifest has no such thing"),
            }
        }
        functions.push(function(id, kind == SAM, &properties, &template, notes));
    }
    notes.about(None);
    for (kind, ids) in others {
        notes.left_out(format!("Resources ({kind})"), &format!("not a Lambda function: {}", ids.join(", ")));
    }
    for (section, _) in document.as_object().into_iter().flatten() {
        if !READ.contains(&section.as_str()) {
            notes.left_out(section, "a manifest has no such thing");
        }
    }
    for (kind, _) in document["Globals"].as_object().into_iter().flatten().filter(|(kind, _)| *kind != "Function") {
        notes.left_out(format!("Globals.{kind}"), "not about functions");
    }
    Found { region: None, functions }
}

/// SAM's way of merging globals: maps by key, lists one after the other, anything else replaced.
fn merged(globals: &Value, own: &Value) -> Value {
    match (globals, own) {
        (Value::Object(globals), Value::Object(own)) if !is_call(own) => {
            let mut result = globals.clone();
            for (key, value) in own {
                let value = globals.get(key).map_or_else(|| value.clone(), |global| merged(global, value));
                result.insert(key.clone(), value);
            }
            Value::Object(result)
        }
        (Value::Array(globals), Value::Array(own)) => globals.iter().chain(own).cloned().collect(),
        (globals, Value::Null) => globals.clone(),
        (_, own) => own.clone(),
    }
}

fn is_call(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}

fn function(
    id: &str,
    is_sam: bool,
    properties: &Value,
    template: &Template<'_>,
    notes: &mut Notes,
) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, written) in properties.as_object().into_iter().flatten() {
        // What stays behind is not worked out: its notes would puzzle.
        if let Some(why) = other_resource(name, is_sam) {
            notes.left_out(name, why);
            continue;
        }
        if name == "Environment" {
            blank_variables(written, notes);
        }
        let value = template.resolve(written, name, notes);
        if value.is_null() {
            continue;
        }
        match (name.as_str(), value) {
            ("KmsKeyArn", value) => _ = members.insert("KMSKeyArn".into(), value),
            ("Code", Value::Object(code)) if code.contains_key("ZipFile") => inline(id, name, &mut members, notes),
            ("InlineCode", _) => inline(id, name, &mut members, notes),
            ("CodeUri", value) => _ = members.insert("Code".into(), code_of(value)),
            ("ImageUri", value) => _ = members.insert("Code".into(), json!({ "ImageUri": value })),
            ("Tracing", value) => _ = members.insert("TracingConfig".into(), json!({ "Mode": value })),
            ("DeadLetterQueue", value) if value["TargetArn"].is_null() => {
                notes.left_out(name, "it has no TargetArn");
            }
            ("DeadLetterQueue", value) => {
                _ = members.insert("DeadLetterConfig".into(), json!({ "TargetArn": value["TargetArn"] }));
            }
            ("PublishToLatestPublished", Value::Bool(true)) => {
                _ = members.insert("PublishTo".into(), json!("LATEST_PUBLISHED"));
            }
            ("Tags", Value::Array(tags)) => {
                let tags =
                    tags.iter().map(|tag| (tag["Key"].as_str().unwrap_or_default().to_owned(), tag["Value"].clone()));
                _ = members.insert("Tags".into(), Value::Object(tags.collect()));
            }
            (name, value) if is_member(name) => _ = members.insert(name.into(), value),
            (name, _) => notes.left_out(name, "the CreateFunction API has no such member"),
        }
    }
    if members.get("PackageType").is_some_and(|kind| kind == "Image")
        || members.get("Code").is_some_and(|code| code.get("ImageUri").is_some())
    {
        members.insert("PackageType".into(), json!("Image"));
        for name in ["Runtime", "Handler", "Layers"] {
            if members.shift_remove(name).is_some() {
                notes.left_out(name, "a container image brings its own");
            }
        }
    }
    for pointer in [["Environment", "Variables"].as_slice(), &["Tags"]] {
        texts_only(&mut members, pointer);
    }
    if !members.contains_key("FunctionName") {
        notes.add("FunctionName", format!("CloudFormation makes a name of the stack's; called {id} here: write the real one to manage a function that exists"));
        members.insert("FunctionName".into(), json!(id));
    }
    if !members.contains_key("Role") {
        let made = if is_sam { "SAM makes a role of Policies" } else { "the template names none" };
        members.insert("Role".into(), missing_role(id, notes, made));
    }
    if !members.contains_key("Code") {
        let why = if properties["PackageType"] == "Image" {
            members.insert("Code".into(), json!({ "ImageUri": format!("${{var:{id}ImageUri}}") }));
            format!("SAM builds the image; pass --var {id}ImageUri=URI")
        } else {
            members.insert("Code".into(), json!("."));
            "the template names none: taken from the manifest's folder".to_owned()
        };
        notes.add("Code", why);
    }
    members
}

/// Says which variables have nothing as their value: CloudFormation refuses such a template.
fn blank_variables(environment: &Value, notes: &mut Notes) {
    let variables = environment["Variables"].as_object().into_iter().flatten();
    for (name, _) in variables.filter(|(_, value)| value.is_null()) {
        notes.left_out(format!("Environment.Variables.{name}"), "it has no value; write \"\" for an empty text");
    }
}

/// Makes the values of a map texts, as CloudFormation does.
fn texts_only(members: &mut Map<String, Value>, path: &[&str]) {
    let mut map = Some(members);
    for name in path {
        map = map.and_then(|map| map.get_mut(*name)).and_then(Value::as_object_mut);
    }
    for value in map.into_iter().flat_map(Map::values_mut) {
        if matches!(value, Value::Number(_) | Value::Bool(_)) {
            *value = json!(value.to_string());
        }
    }
}

/// Code within the template: the service wants an archive.
fn inline(id: &str, path: &str, members: &mut Map<String, Value>, notes: &mut Notes) {
    notes.add(path, format!("code within the template is for CloudFormation only: put it into the folder {id}"));
    members.insert("Code".into(), json!(format!("./{id}")));
}

/// SAM's `CodeUri`: a path, `s3://BUCKET/KEY`, or a map.
fn code_of(value: Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix("s3://").and_then(|rest| rest.split_once('/')) {
            Some((bucket, key)) => json!({ "S3Bucket": bucket, "S3Key": key }),
            None => json!(text),
        },
        Value::Object(map) => {
            let names = [("Bucket", "S3Bucket"), ("Key", "S3Key"), ("Version", "S3ObjectVersion")];
            let members = names.iter().filter_map(|(sam, api)| Some(((*api).to_owned(), map.get(*sam)?.clone())));
            Value::Object(members.collect())
        }
        other => other,
    }
}

/// Why a property is none of the function's own: it makes another resource, or sets what takes another call.
fn other_resource(name: &str, is_sam: bool) -> Option<&'static str> {
    const ANOTHER_CALL: &str = "not part of CreateFunction; set it once with the AWS CLI, lambdactl leaves it alone";
    const SAM_MAKES: &str = "SAM makes other resources of it; keep it in a template";
    match name {
        "ReservedConcurrentExecutions" | "RuntimeManagementConfig" | "RecursiveLoop" | "FunctionScalingConfig" => {
            Some(ANOTHER_CALL)
        }
        "Events" | "EventInvokeConfig" | "FunctionUrlConfig" | "DeploymentPreference" if is_sam => Some(SAM_MAKES),
        "ProvisionedConcurrencyConfig"
        | "AutoPublishAlias"
        | "AutoPublishCodeSha256"
        | "AutoPublishAliasAllProperties"
        | "VersionDescription"
        | "VersionDeletionPolicy"
            if is_sam =>
        {
            Some("versions and aliases are not managed; `Publish: true` publishes a version at each change")
        }
        "Policies" | "PermissionsBoundary" | "AssumeRolePolicyDocument" | "RolePath" | "PolicyDocument" if is_sam => {
            Some("roles are not managed; the function's `Role` is")
        }
        "PropagateTags" if is_sam => Some("tags are written on the function only"),
        _ => None,
    }
}
