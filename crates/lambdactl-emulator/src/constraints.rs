//! The front end's checks of a request against the model: types first, then constraints, all failures in one answer.
//!
//! Texts are from recorded answers where there is one, and built like them elsewhere.

use serde_json::{Map, Value};

use crate::names::{create_name_failures, validation_errors};
use crate::service_error::ServiceError;

/// What the model says of a member: its path, its type, and what its value must satisfy. `Filters[].Pattern` stands for the
/// member of each item of a list.
pub(crate) type Rule = (&'static str, Kind, &'static [Check]);

/// The type that a member must have.
pub(crate) enum Kind {
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
pub(crate) enum Check {
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

/// Checks a request, whose nulls were removed, against the model.
pub(crate) fn check_rules(rules: &[Rule], request: &Map<String, Value>) -> Result<(), ServiceError> {
    for (path, kind, _) in rules {
        for value in places(request, path).into_iter().filter_map(|place| place.value) {
            check_type(value, kind)?;
        }
    }
    let mut failures = Vec::new();
    for (path, _, checks) in rules {
        for place in places(request, path) {
            for check in *checks {
                failures.extend(failure(request, path, &place, check));
            }
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(validation_errors(&failures)) }
}

/// Where a member may stand: in a structure that is there.
struct Place<'a> {
    /// As texts name it.
    at: String,
    value: Option<&'a Value>,
}

/// The places that a path stands for: one for each item of a list on the way.
fn places<'a>(request: &'a Map<String, Value>, path: &str) -> Vec<Place<'a>> {
    let joined = |at: &str, name: &str| match at {
        "" => lower_camel(name),
        _ => format!("{at}.{}", lower_camel(name)),
    };
    let mut structures = vec![(String::new(), request)];
    let (parents, member) = path.rsplit_once('.').unwrap_or(("", path));
    for name in parents.split('.').filter(|name| !name.is_empty()) {
        let mut found = Vec::new();
        for (at, structure) in structures {
            match name.strip_suffix("[]") {
                None => {
                    let inner = structure.get(name).and_then(Value::as_object);
                    found.extend(inner.map(|inner| (joined(&at, name), inner)));
                }
                Some(name) => {
                    let items = structure.get(name).and_then(Value::as_array).into_iter().flatten();
                    found.extend((1..).zip(items).filter_map(|(number, item)| {
                        Some((format!("{}.{number}.member", joined(&at, name)), item.as_object()?))
                    }));
                }
            }
        }
        structures = found;
    }
    let place = |(at, structure): (String, &'a Map<String, Value>)| Place {
        at: joined(&at, member),
        value: structure.get(member),
    };
    structures.into_iter().map(place).collect()
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

fn failure(request: &Map<String, Value>, path: &str, Place { at, value }: &Place, check: &Check) -> Vec<String> {
    let Some(value) = *value else {
        return match check {
            Required => vec![format!("Value null at '{at}' failed to satisfy constraint: Member must not be null")],
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
                    "Value '*** Sensitive Data Redacted ***' at '{at}' failed to satisfy \
                     constraint: Map keys must satisfy constraint: [Member must satisfy regular \
                     expression pattern: {pattern}]"
                )]
            };
        }
    };
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

/// `SubnetIds` as `subnetIds`; a leading abbreviation is lowered as one (`kmsKeyArn`).
fn lower_camel(name: &str) -> String {
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let lowered = if capitals > 1 && capitals < name.len() { capitals - 1 } else { capitals };
    format!("{}{}", name[..lowered].to_ascii_lowercase(), &name[lowered..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_named_as_the_service_names_them() {
        let request = json!({ "VpcConfig": {}, "FilterCriteria": { "Filters": [{ "Pattern": "a" }, {}] } });
        let named = |path: &str| {
            let found = places(request.as_object().expect("an object"), path);
            found.into_iter().map(|place| (place.at, place.value.is_some())).collect::<Vec<_>>()
        };
        let place = |at: &str, is_there: bool| (at.to_owned(), is_there);
        assert_eq!(named("VpcConfig.SubnetIds"), [place("vpcConfig.subnetIds", false)]);
        assert_eq!(named("KMSKeyArn"), [place("kmsKeyArn", false)]);
        assert_eq!(named("Code.S3Bucket"), []);
        let filters = "filterCriteria.filters";
        assert_eq!(
            named("FilterCriteria.Filters[].Pattern"),
            [place(&format!("{filters}.1.member.pattern"), true), place(&format!("{filters}.2.member.pattern"), false)]
        );
    }
}
