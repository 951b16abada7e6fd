//! Layers of a template, and references to them.

use std::collections::BTreeMap;

use lambdactl_schema::is_layer_name;
use serde_json::{Map, Value, json};

use super::code::{NOT_BUILT, code_of};
use crate::intrinsics::Template;
use crate::names::label;
use crate::notes::Notes;
use crate::reference;

const PLAIN: &str = "AWS::Lambda::LayerVersion";
const SAM: &str = "AWS::Serverless::LayerVersion";

/// Properties that are members of PublishLayerVersion.
const MEMBERS: [&str; 4] = ["Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"];

/// The names of layers in the manifest by their logical ids.
pub(super) type Names = BTreeMap<String, String>;

pub(super) fn is_layer(kind: &str) -> bool {
    kind == PLAIN || kind == SAM
}

/// Reads the layers.
pub(super) fn layers(globals: &Value, template: &Template<'_>, notes: &mut Notes) -> (Names, Vec<Map<String, Value>>) {
    let mut names = Names::new();
    let mut layers: Vec<Map<String, Value>> = Vec::new();
    for (id, resource) in template.resources.as_object().into_iter().flatten() {
        let kind = resource["Type"].as_str().unwrap_or_default();
        if !is_layer(kind)
            || resource["Condition"].as_str().is_some_and(|name| template.condition(name, notes) == Some(false))
        {
            continue;
        }
        notes.about(None);
        let of = format!("Resources.{id}");
        let properties = match kind {
            SAM => super::globals::merged(globals, &resource["Properties"]),
            _ => resource["Properties"].clone(),
        };
        let wanted = template.decided(&properties["LayerName"], &of, notes);
        let name = wanted
            .as_ref()
            .and_then(Value::as_str)
            .filter(|name| is_layer_name(name))
            .map_or_else(|| label(id), str::to_owned);
        if layers.iter().any(|layer| layer["LayerName"] == name.as_str()) {
            notes.must(of, format!("left out: there is another layer with the name {name}"));
            continue;
        }
        let content = match kind {
            SAM => template.resolve(&properties["ContentUri"], &format!("{of}.ContentUri"), notes),
            _ => template.resolve(&properties["Content"], &format!("{of}.Content"), notes),
        };
        let content = code_of(content);
        if content.is_null() {
            notes.must(of, "left out: it has no content that is known here");
            continue;
        }
        if kind == SAM && content.is_string() && !resource["Metadata"]["SamResourceId"].is_string() {
            notes.must(format!("{of}.ContentUri"), NOT_BUILT);
        }
        let mut layer = Map::from_iter([("LayerName".to_owned(), json!(name)), ("Content".to_owned(), content)]);
        for (property, written) in properties.as_object().into_iter().flatten() {
            match property.as_str() {
                "LayerName" | "Content" | "ContentUri" | "IgnoreGlobals" => {}
                "RetentionPolicy" => notes.left_out(
                    format!("{of}.{property}"),
                    "old versions stay unless `versions: {keep: N}` says otherwise",
                ),
                member if MEMBERS.contains(&member) => {
                    let value = template.resolve(written, &format!("{of}.{property}"), notes);
                    if !value.is_null() {
                        layer.insert(member.to_owned(), value);
                    }
                }
                _ => notes.left_out(format!("{of}.{property}"), "a layer of a manifest has no such member"),
            }
        }
        names.insert(id.clone(), name);
        layers.push(layer);
    }
    (names, layers)
}

/// Puts references to layers of the manifest in the place of the template's.
pub(super) fn referred(value: &Value, names: &Names) -> Value {
    let own = |value: &Value| {
        let id = match value.as_object().filter(|map| map.len() == 1)?.iter().next()? {
            (name, Value::String(id)) if name == "Ref" => id.as_str(),
            (name, Value::String(text)) if name == "Fn::Sub" => text.strip_prefix("${")?.strip_suffix('}')?,
            (name, Value::Array(parts)) if name == "Fn::GetAtt" => parts.first()?.as_str()?,
            _ => return None,
        };
        names.get(id.trim_end_matches(".LayerVersionArn")).map(|name| json!(reference::layer(name)))
    };
    if let Some(reference) = own(value) {
        return reference;
    }
    match value {
        Value::Array(items) => items.iter().map(|item| referred(item, names)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), referred(value, names))).collect())
        }
        other => other.clone(),
    }
}
