use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

use crate::beside::BesideKeys;
use crate::conditions::conditions;
use crate::kinds::{Kind, Level, Nature};
use crate::layer::{OwnLayerKeys, PublishLayerVersionRequest};
use crate::limits;
use crate::manifest::{Head, NOT_OF_STAGES, OwnKeys};
use crate::references::{reference_forms, reference_pattern};
use crate::request::CreateFunctionRequest;

/// Returns the JSON Schema (draft 2020-12) of CreateFunction's request, with the rules between its members.
pub fn function_schema() -> Value {
    let mut schema = generate::<CreateFunctionRequest>();
    schema["allOf"] = conditions().into_iter().map(|condition| condition.schema).collect();
    schema
}

/// Returns the schema of a function as it stands in a manifest once defaults and references are gone: the request, what
/// stands beside the function, and lambdactl's own keys. What must not be there, a `null`, is no part of it.
pub(crate) fn entry_schema() -> Value {
    let mut schema = function_schema();
    for mut keys in [generate::<BesideKeys>(), generate::<OwnKeys>()] {
        for part in ["properties", "$defs"] {
            if let Value::Object(members) = keys[part].take() {
                object(&mut schema[part]).extend(members);
            }
        }
    }
    schema
}

/// Returns the schema of a layer as it stands in a manifest once references are gone: the request, and lambdactl's own keys.
pub(crate) fn layer_schema() -> Value {
    let mut schema = generate::<PublishLayerVersionRequest>();
    let mut keys = generate::<OwnLayerKeys>();
    for part in ["properties", "$defs"] {
        if let Value::Object(members) = keys[part].take() {
            object(&mut schema[part]).extend(members);
        }
    }
    schema
}

/// Returns the schema of a manifest's head: its own keys, and the layers and functions without a look inside.
pub(crate) fn head_schema() -> Value {
    let mut schema = generate::<Head>();
    let properties = object(&mut schema["properties"]);
    properties.insert(
        "defaults".into(),
        json!({
            "description": "Members that every function has unless it says otherwise: maps are merged by key, anything else is replaced.",
            "type": "object"
        }),
    );
    properties.insert(
        "stages".into(),
        json!({
            "description": "What is different in each stage, by its name: any key of the manifest but `version` and `stages`. Maps are merged by key, anything else is replaced, `null` takes out. `--stage NAME` chooses one.",
            "type": "object"
        }),
    );
    properties.insert(
        "layers".into(),
        json!({
            "description": "The layers that the manifest publishes: a list, or a map from name to the rest. Functions name them as `${layer:NAME}` in `Layers`.",
            "type": ["array", "object"]
        }),
    );
    properties.insert(
        "functions".into(),
        json!({
            "description": "The functions: a list, or a map from name to the rest.",
            "type": ["array", "object"]
        }),
    );
    schema["required"] = json!(["functions"]);
    schema
}

/// Returns the schema of a manifest file as editors use it.
///
/// It is laxer than [`crate::Validator`] in two ways, because it sees the file before anything is resolved: every
/// constrained value may be a `${…}` reference instead, and where the file has `defaults`, what a function must have
/// is left to `lambdactl validate`.
pub fn manifest_schema() -> Value {
    let mut entry = entry_schema();
    let mut definitions = entry.as_object_mut().and_then(|entry| entry.remove("$defs")).unwrap_or_else(|| json!({}));
    allow_references(&mut definitions);
    object(&mut entry).remove("$schema");
    entry["title"] = json!("Function");
    let all_of = object(&mut entry).remove("allOf");
    allow_references(&mut entry);
    let mut alias = definitions["Alias"].take();
    allow_absence(&mut alias["properties"], Level::has_alias, &mut definitions);
    or_null(&mut alias["properties"]["RoutingConfig"]);
    definitions["Alias"] = alias;
    allow_absence(&mut entry["properties"], Level::has_function, &mut definitions);
    or_path(
        &mut entry["properties"]["Code"],
        "Path, from the manifest's folder, of a .zip archive, of a folder to package, or, for a runtime of one's own, of a program.",
    );

    let mut partial = entry.clone();
    partial["title"] = json!("Members of a function");
    object(&mut partial).remove("required");
    if let Some(mut all_of) = all_of {
        allow_references(&mut all_of);
        entry["allOf"] = all_of;
    }
    // Editors may put the schema's address into a JSON file.
    let mut bare = entry.clone();
    bare["title"] = json!("CreateFunction request");
    bare["properties"]["$schema"] = json!({ "type": "string" });
    let mut named = entry.clone();
    named["title"] = json!("Function without its name");
    named["required"] = json!(["Role", "Code"]);

    let definitions_map = object(&mut definitions);
    definitions_map.insert(
        "Reference".into(),
        json!({
            "description": format!("A value with references in it: {}.", reference_forms()),
            "type": "string",
            "pattern": reference_pattern()
        }),
    );
    definitions_map.insert("Function".into(), entry);
    definitions_map.insert("BareFunction".into(), bare);
    definitions_map.insert("NamedFunction".into(), named);
    definitions_map.insert("Members".into(), partial);
    let mut layer = layer_schema();
    if let Some(Value::Object(mut own)) = object(&mut layer).remove("$defs") {
        own.values_mut().for_each(allow_references);
        // Some are those of functions.
        own.into_iter().for_each(|(name, definition)| {
            definitions_map.entry(name).or_insert(definition);
        });
    }
    object(&mut layer).remove("$schema");
    layer["title"] = json!("Layer");
    allow_references(&mut layer);
    or_path(
        &mut layer["properties"]["Content"],
        "Path, from the manifest's folder, of a .zip archive or of a folder to package.",
    );
    let mut named_layer = layer.clone();
    named_layer["title"] = json!("Layer without its name");
    named_layer["required"] = json!(["Content"]);
    definitions_map.insert("Layer".into(), layer);
    definitions_map.insert("NamedLayer".into(), named_layer);

    let list_or_map = |key: &str, item: &str, named: &str| {
        json!({ "properties": { key: {
            "if": { "type": "array" },
            "then": { "items": { "$ref": format!("#/$defs/{item}") } },
            "else": { "additionalProperties": { "$ref": format!("#/$defs/{named}") } }
        } } })
    };
    let mut head = head_schema();
    if let Some(Value::Object(mut own)) = object(&mut head).remove("$defs") {
        own.values_mut().for_each(|definition| allow_references(&mut definition["properties"]));
        definitions_map.extend(own);
    }
    head["description"] = json!("A manifest: the functions that should exist, and what holds for all of them.");
    allow_references(&mut head["properties"]);
    head["properties"]["defaults"]["$ref"] = json!("#/$defs/Members");
    head["properties"]["$schema"] = json!({ "type": "string" });
    object(&mut head).remove("$schema");
    object(&mut head).remove("title");
    head["if"] = json!({ "required": ["defaults"] });
    head["then"] = list_or_map("functions", "Members", "Members");
    head["else"] = list_or_map("functions", "Function", "NamedFunction");
    definitions_map.insert("StageMembers".into(), stage_members(&definitions_map["Members"]));
    definitions_map.insert("Stage".into(), stage(&head));
    head["properties"]["stages"]["additionalProperties"] =
        json!({ "anyOf": [{ "$ref": "#/$defs/Stage" }, { "type": "null" }] });
    head["properties"]["stages"]["propertyNames"] = json!({ "pattern": limits::OWN_NAME });
    definitions_map.insert("Manifest".into(), head);

    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lambdactl manifest",
        "description": "The Lambda functions that should exist, or one bare CreateFunction request.",
        "if": { "required": ["FunctionName"] },
        "then": { "$ref": "#/$defs/BareFunction" },
        "else": { "$ref": "#/$defs/Manifest" },
        "$defs": definitions
    })
}

/// Returns the schema of one stage: the manifest's own keys, with members of functions that it declares.
fn stage(head: &Value) -> Value {
    let mut properties = head["properties"].clone();
    object(&mut properties).retain(|key, _| !NOT_OF_STAGES.contains(&key.as_str()));
    for key in ["name", "region", "account", "locations", "update", "artifacts", "variables", "layers"] {
        or_null(&mut properties[key]);
    }
    let changed = json!({ "anyOf": [{ "$ref": "#/$defs/StageMembers" }, { "type": "null" }] });
    properties["defaults"]["$ref"] = json!("#/$defs/StageMembers");
    properties["functions"] = json!({
        "description": "What is different in functions of the manifest, by their names; `null`: the function is not in this stage.",
        "type": ["array", "object"],
        "items": { "$ref": "#/$defs/StageMembers" },
        "additionalProperties": changed,
    });
    json!({
        "description": "What is different in a stage.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false
    })
}

/// Returns the schema of a function's members of which `null` takes each out.
fn stage_members(members: &Value) -> Value {
    let or_null = |key: &String| {
        let own = format!("#/$defs/Members/properties/{key}");
        (key.clone(), json!({ "anyOf": [{ "$ref": own }, { "type": "null" }] }))
    };
    let properties: Map<String, Value> =
        members["properties"].as_object().into_iter().flatten().map(|(key, _)| or_null(key)).collect();
    json!({
        "title": "Members of a function in a stage",
        "type": "object",
        "properties": properties,
        "additionalProperties": false
    })
}

/// Returns the text of `schemas/lambda.schema.json`.
pub fn rendered_manifest_schema() -> String {
    format!("{:#}\n", manifest_schema())
}

/// The type that a member wants, as far as it matters for a reference's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list of texts, which a reference can stand for as JSON.
    Texts,
    /// Another list or a map, which a reference cannot stand for.
    Structure,
    /// A text, or whatever a member takes that is not known.
    Text,
}

/// Returns the type that the function schema wants at a path of keys and indices.
pub fn expected_type<'a>(schema: &Value, path: impl IntoIterator<Item = &'a str>) -> ValueType {
    let mut here = schema;
    for segment in path {
        here = resolve(schema, here);
        here = match here["type"].as_str() {
            Some("array") => &here["items"],
            _ if !here["properties"][segment].is_null() => &here["properties"][segment],
            _ => &here["additionalProperties"],
        };
    }
    match resolve(schema, here)["type"].as_str() {
        Some("integer") => ValueType::Integer,
        Some("number") => ValueType::Number,
        Some("boolean") => ValueType::Boolean,
        Some("array") if resolve(schema, &resolve(schema, here)["items"])["type"] == "string" => ValueType::Texts,
        Some("array" | "object") => ValueType::Structure,
        _ => ValueType::Text,
    }
}

pub(crate) fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => root.pointer(pointer).unwrap_or(&Value::Null),
        None => schema,
    }
}

fn generate<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(without_null));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Takes `null` out of optional members: a member is absent or has a value, and a list of alternatives would hide the
/// values of an enumeration from the errors.
fn without_null(schema: &mut Schema) {
    let Some(members) = schema.as_object_mut() else { return };
    // Rust's widths are no business of the manifest.
    members.remove("format");
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            members["type"] = only.clone();
        }
    }
    if let Some(Value::Array(alternatives)) = members.get("anyOf")
        && let [Value::Object(only), null] = alternatives.as_slice()
        && *null == json!({ "type": "null" })
    {
        let only = only.clone();
        members.remove("anyOf");
        members.extend(only);
    }
}

/// Lets every constrained scalar be a reference instead.
fn allow_references(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(allow_references),
        Value::Object(members) => {
            if is_constrained_scalar(members) {
                let description = members.remove("description");
                let examples = members.remove("examples");
                let own = Value::Object(std::mem::take(members));
                members.extend(description.map(|value| ("description".to_owned(), value)));
                members.extend(examples.map(|value| ("examples".to_owned(), value)));
                members.insert("anyOf".into(), json!([own, { "$ref": "#/$defs/Reference" }]));
                return;
            }
            for (key, value) in members {
                // Names are keys, and keys hold no references. What a value must not be, a reference is not.
                if key != "propertyNames" && key != "not" {
                    allow_references(value);
                }
            }
        }
        _ => {}
    }
}

/// Lets what stands beside a function or an alias be `null`, and several things be a list that says their names.
fn allow_absence(properties: &mut Value, is_meant: fn(Level) -> bool, definitions: &mut Value) {
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_beside() && is_meant(kind.row().level)) {
        let row = kind.row();
        let member = &mut properties[row.key];
        if let Nature::Things { name } = row.nature {
            let one = definition(&member["additionalProperties"]).to_owned();
            let listed = format!("Listed{one}");
            let mut item = definitions[&one].clone();
            item["properties"][name] = json!({ "type": "string", "description": "Its name." });
            let required = item["required"].as_array_mut().expect("it has required members");
            required.push(json!(name));
            definitions[&listed] = item;
            or_null(&mut member["additionalProperties"]);
            let map = member.take();
            *member = json!({
                "description": map["description"],
                "if": { "type": "array" },
                "then": { "items": { "$ref": format!("#/$defs/{listed}") } },
                "else": map,
            });
        }
        if row.nature == Nature::Labelled {
            let map = member.take();
            *member = json!({
                "description": map["description"],
                "if": { "type": "array" },
                "then": { "items": map["additionalProperties"] },
                "else": map,
            });
        }
        if row.nature != Nature::Remains {
            or_null(member);
        }
    }
}

/// Lets a member that is a type of its own be a path instead.
fn or_path(member: &mut Value, description: &str) {
    let own = member.take();
    *member = json!({
        "description": own["description"],
        "anyOf": [
            { "type": "string", "minLength": 1, "description": description },
            { "$ref": own["$ref"] },
        ]
    });
}

/// Returns the name of the definition that a schema refers to.
fn definition(schema: &Value) -> &str {
    let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/"));
    reference.expect("entries of things are a type of their own")
}

/// Lets a member be `null`, too.
fn or_null(member: &mut Value) {
    let description = member.as_object_mut().and_then(|member| member.remove("description"));
    let own = member.take();
    *member = json!({ "anyOf": [own, { "type": "null" }] });
    if let Some(description) = description {
        member["description"] = description;
    }
}

fn is_constrained_scalar(members: &Map<String, Value>) -> bool {
    match members.get("type").and_then(Value::as_str) {
        Some("integer" | "number" | "boolean") => true,
        Some("string") => {
            ["pattern", "enum", "maxLength", "const"].iter().any(|keyword| members.contains_key(*keyword))
        }
        _ => false,
    }
}

fn object(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().expect("generated schemas are objects")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_members_have_no_null_and_no_width() {
        let text = function_schema().to_string();
        assert!(!text.contains("null"), "{text}");
        assert!(!manifest_schema().to_string().contains("int64"));
    }

    #[test]
    fn reference_takes_the_type_of_its_place() {
        let schema = function_schema();
        let at = |path: &[&str]| expected_type(&schema, path.iter().copied());
        assert_eq!(at(&["Timeout"]), ValueType::Integer);
        assert_eq!(at(&["EphemeralStorage", "Size"]), ValueType::Integer);
        assert_eq!(at(&["Publish"]), ValueType::Boolean);
        assert_eq!(at(&["Environment", "Variables", "PORT"]), ValueType::Text);
        assert_eq!(at(&["Layers", "0"]), ValueType::Text);
        let provider = ["CapacityProviderConfig", "LambdaManagedInstancesCapacityProviderConfig"];
        assert_eq!(at(&[provider[0], provider[1], "ExecutionEnvironmentMemoryGiBPerVCpu"]), ValueType::Number);
        assert_eq!(at(&["NoSuchMember", "Size"]), ValueType::Text);
    }
}
