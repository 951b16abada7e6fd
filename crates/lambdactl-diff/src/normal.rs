//! One form for both sides: what the service fills in is filled in, what it reorders is sorted, what it spells in
//! several ways (absent, null, empty) is absent.

use lambdactl_schema::Pointer;
use serde_json::{Map, Value};

use crate::fields::{self, Compared, RULES};

/// Brings a request into the form in which it is compared.
pub(crate) fn from_request(members: Map<String, Value>) -> Map<String, Value> {
    complete(members)
}

/// Brings a configuration of the service into the same form. `known` are the members of a request.
pub(crate) fn from_answer<'a>(
    configuration: &Map<String, Value>,
    known: impl IntoIterator<Item = &'a str>,
) -> Map<String, Value> {
    complete(as_request(configuration, known))
}

/// Returns the members of a configuration in the places and shapes of a request.
pub(crate) fn as_request<'a>(
    configuration: &Map<String, Value>,
    known: impl IntoIterator<Item = &'a str>,
) -> Map<String, Value> {
    let mut members = Map::new();
    for member in known {
        let rule = fields::rule(member);
        let value = match rule.and_then(|rule| rule.answered_at) {
            Some((outer, rest)) => configuration.get(outer).and_then(|outer| outer.get(rest)),
            None => configuration.get(member),
        };
        let Some(value) = value else { continue };
        let value = match rule.and_then(|rule| rule.from_answer) {
            Some(from_answer) => from_answer(value.clone()),
            None => value.clone(),
        };
        members.insert(member.to_owned(), value);
    }
    members
}

/// Takes out of a request what says nothing, and what the service would fill in anyway: what is left means the same.
pub(crate) fn shortest(mut members: Map<String, Value>) -> Map<String, Value> {
    prune(&mut members, &mut Pointer::default());
    let meaning = complete(members.clone());
    for path in leaves(&members, "") {
        let mut shorter = members.clone();
        remove(&mut shorter, &path);
        prune(&mut shorter, &mut Pointer::default());
        if complete(shorter.clone()) == meaning {
            members = shorter;
        }
    }
    members
}

/// The paths of everything that is no structure, of members that are compared. Entries of maps of data are no leaves:
/// taking one out always changes something.
fn leaves(members: &Map<String, Value>, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (member, value) in members {
        if path.is_empty() && fields::rule(member).is_some_and(|rule| rule.compared != Compared::Yes) {
            continue;
        }
        let path = format!("{path}/{member}");
        match value {
            Value::Object(inner) if !fields::is_data(&path) => found.extend(leaves(inner, &path)),
            _ => found.push(path),
        }
    }
    found
}

fn remove(members: &mut Map<String, Value>, path: &str) {
    match path[1..].split_once('/') {
        None => _ = members.shift_remove(&path[1..]),
        Some((first, rest)) => {
            if let Some(Value::Object(inner)) = members.get_mut(first) {
                remove(inner, &format!("/{rest}"));
            }
        }
    }
}

fn complete(mut members: Map<String, Value>) -> Map<String, Value> {
    prune(&mut members, &mut Pointer::default());
    for rule in RULES {
        if let Some(default) = rule.default.map(|default| default(&members)).filter(|default| !default.is_null()) {
            fill(members.entry(rule.member).or_insert(Value::Null), default);
        }
        for set in rule.sets {
            if let Some(Value::Array(items)) = members.get_mut(rule.member).and_then(|value| value.pointer_mut(set)) {
                items.sort_by(|left, right| left.as_str().cmp(&right.as_str()));
                items.dedup();
            }
        }
    }
    members.retain(|member, _| fields::rule(member).is_none_or(|rule| rule.compared == Compared::Yes));
    members
}

/// Fills in what is absent, part by part.
fn fill(value: &mut Value, default: Value) {
    match (value, default) {
        (Value::Object(members), Value::Object(defaults)) => {
            for (member, default) in defaults {
                fill(members.entry(member).or_insert(Value::Null), default);
            }
        }
        (value @ Value::Null, default) => *value = default,
        _ => {}
    }
}

/// Takes out what says nothing. `false` is the only default of a flag of the API that is compared.
fn prune(members: &mut Map<String, Value>, path: &mut Pointer) {
    members.retain(|member, value| {
        if let Value::Object(inner) = value {
            let outer = path.enter(member);
            if !fields::is_data(path.as_str()) {
                prune(inner, path);
            }
            path.leave(outer);
        }
        match value {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(inner) => !inner.is_empty(),
            Value::Bool(true) | Value::Number(_) => true,
        }
    });
}
