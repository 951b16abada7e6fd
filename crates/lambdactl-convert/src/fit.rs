//! Values in the types that the API wants: tools take numbers in quotes, and a manifest does not.

use std::collections::HashMap;
use std::sync::OnceLock;

use lambdactl_schema::members;
use serde_json::{Map, Value, json};

use crate::notes::Notes;
use crate::reference;

/// What a member takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Whole,
    Fraction,
    Truth,
    Text,
    Texts,
    /// A map, or a list of maps: no reference can stand for it.
    Structure,
    Other,
}

/// The types by the names from the function down, `*` for names of the user's own.
fn types() -> &'static HashMap<String, Type> {
    static TYPES: OnceLock<HashMap<String, Type>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let type_of = |schema: &Value| match schema["type"].as_str() {
            Some("integer") => Type::Whole,
            Some("number") => Type::Fraction,
            Some("boolean") => Type::Truth,
            Some("string") => Type::Text,
            Some("array") if schema["items"]["type"] == "string" => Type::Texts,
            Some("array" | "object") => Type::Structure,
            None if schema["enum"].is_array() => Type::Text,
            _ => Type::Other,
        };
        let members = members().into_iter().filter(|member| member.of_function);
        let mut types: HashMap<String, Type> =
            members.map(|member| (member.path.join("."), type_of(&member.schema))).collect();
        for map in ["Environment.Variables.*", "Tags.*"] {
            types.insert(map.to_owned(), Type::Text);
        }
        // A path, too.
        types.insert("Code".to_owned(), Type::Other);
        types
    })
}

/// Brings the values of a function into their types, where that changes nothing of what they say. A reference in the place of a
/// structure is taken out and said.
pub(crate) fn fit(function: &mut Map<String, Value>, notes: &mut Notes) {
    notes.about(function.get("FunctionName").and_then(Value::as_str).map(reference::shown).as_deref());
    fit_members(function, "", notes);
}

fn fit_members(members: &mut Map<String, Value>, path: &str, notes: &mut Notes) {
    members.retain(|name, value| {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let own = below(name);
        let own = if path.is_empty() || types().contains_key(&own) { own } else { below("*") };
        if types().get(&own) == Some(&Type::Structure) && value.as_str().is_some_and(reference::is_in) {
            notes.must(below(name), "lost: what it is depends on what is not known here, and no variable can stand for it; write it by hand");
            return false;
        }
        // What is looked up is a text, and no list.
        if types().get(&own) == Some(&Type::Texts)
            && let Some(text) = value.as_str().filter(|text| reference::is_look_up(text))
        {
            let what = format!("{}, of which other tools make a list", reference::shown(text));
            *value = notes.unknown(name, "LIST-AS-JSON", what, &below(name));
        }
        fit_value(value, &own, notes);
        true
    });
}

fn fit_value(value: &mut Value, path: &str, notes: &mut Notes) {
    match value {
        Value::Object(members) => fit_members(members, path, notes),
        Value::Array(items) => {
            let count = items.len();
            items.retain(|item| !item.is_null());
            if items.len() < count {
                notes.must(path, "left out: a `null` in the list, which says nothing");
            }
            let is_of_texts = types().get(path) == Some(&Type::Texts);
            for item in items {
                match item {
                    Value::Number(_) | Value::Bool(_) if is_of_texts => *item = json!(item.to_string()),
                    item => fit_value(item, path, notes),
                }
            }
        }
        leaf => {
            let fitting = match (types().get(path), &*leaf) {
                (Some(Type::Whole), Value::String(text)) => text.trim().parse::<i64>().ok().map(|number| json!(number)),
                (Some(Type::Fraction), Value::String(text)) => {
                    text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| json!(number))
                }
                (Some(Type::Truth), Value::String(text)) => match text.to_ascii_lowercase().as_str() {
                    "true" => Some(json!(true)),
                    "false" => Some(json!(false)),
                    _ => None,
                },
                (Some(Type::Text), Value::Number(_) | Value::Bool(_)) => Some(json!(leaf.to_string())),
                _ => None,
            };
            if let Some(fitting) = fitting {
                *leaf = fitting;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_numbers_become_numbers_and_texts_stay_texts() {
        let Value::Object(mut function) = json!({
            "Timeout": "30", "MemorySize": "512", "EphemeralStorage": {"Size": "1024"}, "Publish": "true",
            "Handler": 5, "Environment": {"Variables": {"N": 3, "Timeout": "1"}}, "Tags": {"a": true},
            "VpcConfig": {"SubnetIds": ["1"], "Ipv6AllowedForDualStack": "false"}, "Description": "30",
            "Aliases": {"live": {"FunctionVersion": 3, "ProvisionedConcurrentExecutions": "2"}},
            "EventSourceMappings": {"q": {"BatchSize": "10", "Enabled": "True"}},
        }) else {
            unreachable!()
        };
        let mut notes = Notes::default();
        fit(&mut function, &mut notes);
        assert!(notes.found.is_empty());
        let wanted = json!({
            "Timeout": 30, "MemorySize": 512, "EphemeralStorage": {"Size": 1024}, "Publish": true,
            "Handler": "5", "Environment": {"Variables": {"N": "3", "Timeout": "1"}}, "Tags": {"a": "true"},
            "VpcConfig": {"SubnetIds": ["1"], "Ipv6AllowedForDualStack": false}, "Description": "30",
            "Aliases": {"live": {"FunctionVersion": "3", "ProvisionedConcurrentExecutions": 2}},
            "EventSourceMappings": {"q": {"BatchSize": 10, "Enabled": true}},
        });
        assert_eq!(Value::Object(function), wanted);
    }

    #[test]
    fn nothing_in_a_list_is_left_out_and_said() {
        let Value::Object(mut function) = json!({"VpcConfig": {"SubnetIds": ["a", null]}, "Layers": [[null]]}) else {
            unreachable!()
        };
        let mut notes = Notes::default();
        fit(&mut function, &mut notes);
        assert_eq!(Value::Object(function), json!({"VpcConfig": {"SubnetIds": ["a"]}, "Layers": [[]]}));
        assert_eq!(notes.found.len(), 2);
    }

    #[test]
    fn what_is_looked_up_is_no_list() {
        let group = reference::parameter("/group").unwrap();
        let Value::Object(mut function) =
            json!({"VpcConfig": {"SubnetIds": reference::parameter("/subnets"), "SecurityGroupIds": [group]}})
        else {
            unreachable!()
        };
        let mut notes = Notes::default();
        fit(&mut function, &mut notes);
        let wanted = json!({"SubnetIds": reference::variable("SubnetIds"), "SecurityGroupIds": [group]});
        assert_eq!(function["VpcConfig"], wanted);
        assert_eq!((notes.unknowns.len(), notes.unknowns[0].form), (1, "LIST-AS-JSON"));
    }

    #[test]
    fn reference_stands_for_no_structure() {
        let unknown = reference::variable("v");
        let Value::Object(mut function) = json!({
            "VpcConfig": unknown, "Environment": {"Variables": unknown}, "Layers": unknown, "Code": unknown, "Tags": {"a": unknown},
            "Aliases": {"live": {"RoutingConfig": unknown, "Description": unknown}},
        }) else {
            unreachable!()
        };
        let mut notes = Notes::default();
        fit(&mut function, &mut notes);
        let wanted = json!({
            "Environment": {}, "Layers": unknown, "Code": unknown, "Tags": {"a": unknown},
            "Aliases": {"live": {"Description": unknown}},
        });
        assert_eq!(Value::Object(function), wanted);
        assert_eq!(notes.found.len(), 3);
    }
}
