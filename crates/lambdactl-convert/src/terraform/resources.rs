//! The resources of a plan or a state, with what a plan does not know yet in its place.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::resource::{Resource, without_keys};
use super::unknown;
use crate::notes::Notes;

/// Modules within each other.
const DEEPEST: usize = 50;

/// Returns the managed resources of all modules.
pub(super) fn resources(document: &Value, notes: &mut Notes) -> Vec<Resource> {
    let mut found = Vec::new();
    let root =
        ["planned_values", "values"].iter().map(|key| &document[*key]["root_module"]).find(|root| root.is_object());
    match root {
        Some(root) => module(root, 0, &mut found),
        None => state(document, &mut found),
    }
    let mut configuration = BTreeMap::new();
    configured(&document["configuration"]["root_module"], "", 0, &mut configuration);
    let changes: BTreeMap<&str, &Value> = document["resource_changes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|change| Some((change["address"].as_str()?, &change["change"]["after_unknown"])))
        .collect();
    for resource in &mut found {
        if !resource.values.is_object() {
            resource.values = json!({});
        }
        let base = without_keys(&resource.address);
        resource.expressions = configuration.get(base.as_str()).map_or(Value::Null, |found| (*found).clone());
        if !resource.kind.starts_with("aws_lambda_") {
            continue;
        }
        if let Some(unknown) = changes.get(resource.address.as_str()) {
            let is_function = resource.kind == super::words::FUNCTION;
            notes.about(is_function.then_some(resource.address.as_str()));
            unknown::fill(resource, unknown, notes);
        }
    }
    notes.about(None);
    found
}

fn module(module: &Value, depth: usize, found: &mut Vec<Resource>) {
    if depth > DEEPEST {
        return;
    }
    for resource in module["resources"].as_array().into_iter().flatten().filter(|resource| resource["mode"] != "data") {
        let address = resource["address"].as_str().unwrap_or_default().to_owned();
        let within = module["address"].as_str().map(|address| format!("{address}.")).unwrap_or_default();
        found.push(Resource {
            kind: resource["type"].as_str().unwrap_or_default().to_owned(),
            values: resource["values"].clone(),
            expressions: Value::Null,
            module: within,
            address,
        });
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        self::module(child, depth + 1, found);
    }
}

/// The format of state files, version 4.
fn state(document: &Value, found: &mut Vec<Resource>) {
    for resource in document["resources"].as_array().into_iter().flatten().filter(|resource| resource["mode"] != "data")
    {
        let kind = resource["type"].as_str().unwrap_or_default();
        let name = resource["name"].as_str().unwrap_or_default();
        let module = resource["module"].as_str().map(|module| format!("{module}.")).unwrap_or_default();
        for instance in resource["instances"].as_array().into_iter().flatten() {
            let key = match &instance["index_key"] {
                Value::Null => String::new(),
                key => format!("[{key}]"),
            };
            found.push(Resource {
                address: format!("{module}{kind}.{name}{key}"),
                kind: kind.to_owned(),
                values: instance["attributes"].clone(),
                expressions: Value::Null,
                module: module.clone(),
            });
        }
    }
}

/// The expressions of all resources, by their addresses without keys.
fn configured<'a>(module: &'a Value, within: &str, depth: usize, found: &mut BTreeMap<String, &'a Value>) {
    if depth > DEEPEST {
        return;
    }
    for resource in module["resources"].as_array().into_iter().flatten() {
        if let Some(address) = resource["address"].as_str() {
            found.insert(format!("{within}{address}"), &resource["expressions"]);
        }
    }
    for (name, call) in module["module_calls"].as_object().into_iter().flatten() {
        configured(&call["module"], &format!("{within}module.{name}."), depth + 1, found);
    }
}
