//! What holds for every text that is converted: what is written can be read, and means the same in all three languages.

use lambdactl_convert::{Converted, Surroundings, convert};
use lambdactl_diff::fields::default_of;
use lambdactl_manifest::{Format, Node, parse_text};
use lambdactl_write::{Style, manifest};
use serde_json::{Map, Value, json};

/// Converts a text, writes what came out, reads it back, and panics when something does not hold.
pub(crate) fn check(text: &[u8]) {
    let Ok(converted) = convert(text, &Surroundings::NONE) else { return };
    let Converted { region, name, layers, functions, notes, .. } = converted;
    assert!(!functions.is_empty());
    assert!(notes.iter().all(|note| !note.message.is_empty()));
    let mut head = Map::from_iter([("version".to_owned(), json!(1))]);
    if let Some(region) = &region {
        head.insert("region".into(), json!(region));
    }
    if let Some(name) = &name {
        head.insert("name".into(), json!(name));
    }
    if !layers.is_empty() {
        head.insert("layers".into(), json!(layers));
    }
    for format in [Format::Yaml, Format::Json, Format::Toml] {
        for show_values in [true, false] {
            let style = Style { format, show_values, has_references: true, service_default: &default_of };
            let written = manifest(head.clone(), functions.clone(), style);
            let read = parse_text("converted", &written.text, format);
            let read = read.unwrap_or_else(|reading| panic!("{:?}\n{}", reading.diagnostics, written.text));
            let [read] = &read[..] else { panic!("{} documents\n{}", read.len(), written.text) };
            let read = Node::to_value(read);
            assert_eq!(read.get("region").and_then(Value::as_str), region.as_deref());
            check_meaning(&read, &functions, show_values, &written.text);
        }
    }
}

/// Puts what the values of environment variables were replaced by in their place, where that is a reference.
fn hide(function: &mut Map<String, Value>, written: &Value) {
    let environment = function.get_mut("Environment");
    let Some(Value::Object(variables)) = environment.and_then(|environment| environment.get_mut("Variables")) else {
        return;
    };
    for (name, value) in variables.iter_mut().filter(|(_, value)| value.is_string()) {
        let written = &written["Environment"]["Variables"][name.as_str()];
        if written.as_str().is_some_and(|text| text.starts_with("${env:") && text.ends_with('}')) {
            *value = written.clone();
        }
    }
}

/// Functions with their defaults are the functions that were converted.
fn check_meaning(read: &Value, functions: &[Map<String, Value>], has_values: bool, text: &str) {
    let empty = Vec::new();
    let written = read["functions"].as_array().unwrap_or(&empty);
    assert_eq!(written.len(), functions.len(), "{text}");
    for (written, function) in written.iter().zip(functions) {
        let mut merged = read.get("defaults").cloned().unwrap_or_else(|| json!({}));
        merge(&mut merged, written);
        let mut function = function.clone();
        if !has_values {
            hide(&mut function, &merged);
        }
        for (member, value) in merged.as_object().into_iter().flatten() {
            let wanted = function.get(member).cloned().unwrap_or_else(|| default_of(member));
            assert!(same(value, &wanted), "{member}: {value} is not {wanted}\n{text}");
        }
        for (member, value) in &function {
            assert!(same(&merged[member.as_str()], value), "{member}: {value} is lost\n{text}");
        }
    }
}

/// Maps by key, anything else replaced.
fn merge(into: &mut Value, value: &Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(members)) => {
            for (key, value) in members {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, value) => *into = value.clone(),
    }
}

/// Equal, where null and nothing are one: TOML has no null.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let null = Value::Null;
            one.keys()
                .chain(other.keys())
                .all(|key| same(one.get(key).unwrap_or(&null), other.get(key).unwrap_or(&null)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Null, Value::Object(members)) | (Value::Object(members), Value::Null) => {
            members.values().all(Value::is_null)
        }
        (one, other) => one == other,
    }
}
