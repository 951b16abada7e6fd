//! What stands beside a function, put where the manifest has it: on the function, or on one of its aliases.

use lambdactl_schema::MAPPING_MEMBERS;
use serde_json::{Map, Value, json};

use crate::names::label;
use crate::notes::Notes;

pub(crate) type Members = Map<String, Value>;

/// Aliases and versions point to versions that only the tool numbers; the newest one is what it would make.
pub(crate) const NEWEST: &str = "published";

/// Makes a function publish versions, and an alias of the newest one. Returns the alias.
pub(crate) fn published_alias<'a>(function: &'a mut Members, name: &str) -> &'a mut Members {
    function.insert("Publish".into(), json!(true));
    let alias = entry(function, "Aliases", name);
    alias.entry("FunctionVersion").or_insert(json!(NEWEST));
    alias
}

/// Where the manifest has what hangs on a function or on an alias of it.
pub(crate) fn place<'a>(function: &'a mut Members, alias: Option<&str>) -> &'a mut Members {
    match alias {
        Some(alias) => entry(function, "Aliases", alias),
        None => function,
    }
}

/// Puts an entry into one of the maps of a place; a label that is there already gets a number.
pub(crate) fn put(place: &mut Members, key: &str, wanted: &str, value: Value) {
    let map = place.entry(key).or_insert_with(|| json!({}));
    let Some(map) = map.as_object_mut() else { return };
    let wanted = label(wanted);
    let mut name = wanted.clone();
    let mut count = 1;
    while map.contains_key(&name) {
        count += 1;
        name = format!("{wanted}-{count}");
    }
    map.insert(name, value);
}

fn entry<'a>(place: &'a mut Members, key: &str, name: &str) -> &'a mut Members {
    let map = place.entry(key).or_insert_with(|| json!({}));
    if !map.is_object() {
        *map = json!({});
    }
    let entries = map.as_object_mut().expect("it was made a map");
    let entry = entries.entry(name).or_insert_with(|| json!({}));
    if !entry.is_object() {
        *entry = json!({});
    }
    entry.as_object_mut().expect("it was made a map")
}

/// Keeps of a mapping what CreateEventSourceMapping has, and says the rest.
pub(crate) fn mapping(members: Members, path: &str, notes: &mut Notes) -> Value {
    only(members, &|name| name == "Tags" || MAPPING_MEMBERS.iter().any(|member| member.name == name), path, notes)
}

/// Keeps of a structure the members that a manifest has, and says the rest.
pub(crate) fn only(members: Members, is_known: &dyn Fn(&str) -> bool, path: &str, notes: &mut Notes) -> Value {
    let mut kept = Members::new();
    for (name, value) in members {
        if is_known(&name) {
            kept.insert(name, value);
        } else {
            notes.left_out(format!("{path}.{name}"), "a manifest has no such member");
        }
    }
    Value::Object(kept)
}

/// The members of a function URL.
pub(crate) const URL: [&str; 3] = ["AuthType", "InvokeMode", "Cors"];

/// The members of the settings of asynchronous calls.
pub(crate) const INVOKE: [&str; 3] = ["MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"];

/// Makes a map of a list of `{Key, Value}`.
pub(crate) fn tags_of(value: Value) -> Value {
    match value {
        Value::Array(tags) => {
            let tag = |tag: Value| (tag["Key"].as_str().unwrap_or_default().to_owned(), tag["Value"].clone());
            Value::Object(tags.into_iter().map(tag).collect())
        }
        other => other,
    }
}

/// Weights of an alias: CloudFormation's list, or the API's map.
pub(crate) fn weights_of(value: &Value) -> Option<Value> {
    match &value["AdditionalVersionWeights"] {
        Value::Array(items) => {
            let weight = |item: &Value| {
                let version =
                    item["FunctionVersion"].as_str().map_or_else(|| item["FunctionVersion"].to_string(), str::to_owned);
                (version, item["FunctionWeight"].clone())
            };
            Some(json!({ "AdditionalVersionWeights": items.iter().map(weight).collect::<Map<_, _>>() }))
        }
        Value::Object(map) => Some(json!({ "AdditionalVersionWeights": map })),
        _ => None,
    }
}
