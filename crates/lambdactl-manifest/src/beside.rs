//! What a manifest writes of what stands beside a function: one form for maps and lists, and `null` for what must not be there.

use lambdactl_schema::kinds::{Kind, Nature};
use lambdactl_schema::{Beside, Pointer, Slot};
use serde_json::Value;

use crate::node::{Entry, Kind as NodeKind, Node};

/// Writes lists of named things as maps from their names, and numbers of versions as texts, as the API has them. What has
/// another form stays as it is, for the schema to judge. Returns the pointers of versions that were numbers.
pub(crate) fn in_one_form(function: &mut Node) -> Vec<String> {
    in_maps(function);
    let mut numbers = Vec::new();
    let Some(aliases) = entry_mut(function, Kind::Aliases.row().key) else { return numbers };
    let NodeKind::Map(aliases) = &mut aliases.kind else { return numbers };
    for Entry { key: name, value: alias, .. } in aliases {
        if let Some(version) = entry_mut(alias, "FunctionVersion")
            && let NodeKind::Number(number) = &version.kind
        {
            version.kind = NodeKind::String(number.to_string());
            numbers.push(format!("{}/FunctionVersion", Slot::function().named(name.as_str()).path(Kind::Aliases)));
        }
    }
    numbers
}

/// Writes lists of named things as maps from their names.
pub(crate) fn in_maps(function: &mut Node) {
    for kind in Kind::ALL {
        name_things(kind, function);
    }
    let Some(NodeKind::Map(aliases)) = entry_mut(function, Kind::Aliases.row().key).map(|node| &mut node.kind) else {
        return;
    };
    for Entry { value: alias, .. } in aliases {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.row().level.has_alias()) {
            name_things(kind, alias);
        }
    }
}

fn name_things(kind: Kind, owner: &mut Node) {
    let Nature::Things { name } = kind.row().nature else { return };
    let Some(things) = entry_mut(owner, kind.row().key) else { return };
    let NodeKind::List(items) = &things.kind else { return };
    let is_named = |item: &Node| item.get(name).is_some_and(|name| name.as_str().is_some());
    let names = || items.iter().filter_map(|item| item.get(name).and_then(Node::as_str));
    let is_once = names().all(|name| names().filter(|other| *other == name).count() == 1);
    if !items.iter().all(is_named) || !is_once {
        return;
    }
    let entries = items.iter().cloned().filter_map(|mut item| {
        let NodeKind::Map(members) = &mut item.kind else { return None };
        let place = members.iter().position(|entry| entry.key == name)?;
        let named = members.remove(place).value;
        Some(Entry { key: named.as_str()?.to_owned(), key_span: named.span, value: item })
    });
    things.kind = NodeKind::Map(entries.collect());
}

fn entry_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let NodeKind::Map(entries) = &mut node.kind else { return None };
    entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
}

/// Writes lists of what the service names as maps, from their indices: a list in a function replaces what the defaults say, so
/// that this is done when both are one.
pub(crate) fn label(function: &mut Value) {
    let label_of = |owner: &mut Value, of_alias: bool| {
        for kind in Kind::ALL.into_iter().filter(|kind| kind.row().nature == Nature::Labelled) {
            let level = kind.row().level;
            let has = if of_alias { level.has_alias() } else { level.has_function() };
            let Some(things) = owner.get_mut(kind.row().key).filter(|things| has && things.is_array()) else {
                continue;
            };
            let items = things.as_array_mut().map(std::mem::take).unwrap_or_default();
            let entries = items.into_iter().enumerate().map(|(index, item)| (index.to_string(), item));
            *things = Value::Object(entries.collect());
        }
    };
    label_of(function, false);
    if let Some(Value::Object(aliases)) = function.get_mut(Kind::Aliases.row().key) {
        aliases.values_mut().for_each(|alias| label_of(alias, true));
    }
}

/// Whether a `null` at a pointer says that something must not be there, rather than take away what the defaults say.
pub(crate) fn says_absent(pointer: &str) -> bool {
    let segments: Vec<&str> = pointer.split('/').skip(1).collect();
    let find = |key: &str, of_alias: bool| {
        let is_meant = |kind: &Kind| {
            let level = kind.row().level;
            kind.is_beside() && if of_alias { level.has_alias() } else { level.has_function() }
        };
        Kind::ALL.into_iter().filter(is_meant).find(|kind| kind.row().key == key).map(|kind| kind.row().nature)
    };
    let is_thing_or_setting = |nature: Nature| nature != Nature::Remains;
    // What the service names is known by its source: that none of it must be there cannot be said of one.
    let is_things = |nature: Nature| matches!(nature, Nature::Things { .. });
    match segments.as_slice() {
        [key] => find(key, false).is_some_and(is_thing_or_setting),
        [key, _] => find(key, false).is_some_and(is_things),
        [aliases, _, key] if *aliases == Kind::Aliases.row().key => {
            *key == "RoutingConfig" || find(key, true).is_some_and(is_thing_or_setting)
        }
        [aliases, _, key, _] if *aliases == Kind::Aliases.row().key => find(key, true).is_some_and(is_things),
        _ => false,
    }
}

/// Takes what must not be there out of a function, and returns where it was: nothing is required of it, and no rule is about
/// it.
pub(crate) fn take_absent(function: &mut Value) -> Vec<String> {
    let mut found = Vec::new();
    take(function, &mut Pointer::default(), &mut found);
    found
}

fn take(value: &mut Value, pointer: &mut Pointer, found: &mut Vec<String>) {
    /// Segments of the deepest such place: a permission of an alias.
    const DEEPEST: usize = 4;
    let Value::Object(members) = value else { return };
    members.retain(|key, value| {
        let outer = pointer.enter(key);
        let is_absent = value.is_null() && says_absent(pointer.as_str());
        if is_absent {
            found.push(pointer.as_str().to_owned());
        } else if pointer.segments().count() < DEEPEST {
            take(value, pointer, found);
        }
        pointer.leave(outer);
        !is_absent
    });
}

/// Puts back what must not be there.
pub(crate) fn put_back(beside: &mut Beside, absent: &[String]) {
    for pointer in absent {
        let mut names = pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).peekable();
        let mut here = &mut beside.0;
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                here.insert(name, Value::Null);
                break;
            }
            let inner = here.entry(name).or_insert_with(|| Value::Object(Default::default()));
            let Value::Object(inner) = inner else { break };
            here = inner;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_must_not_be_there_is_taken_out_and_put_back() {
        let written = json!({
            "FunctionName": "f",
            "Timeout": null,
            "RecursiveLoop": null,
            "FunctionUrlConfig": { "AuthType": "AWS_IAM", "Cors": null },
            "Permissions": { "a": null, "b": { "Principal": "*", "Action": null } },
            "Aliases": { "gone": null, "live": { "RoutingConfig": null, "Description": null, "Permissions": { "c/d": null } } },
            "versions": null
        });
        let mut function = written.clone();
        let absent = take_absent(&mut function);
        assert_eq!(
            absent,
            [
                "/RecursiveLoop",
                "/Permissions/a",
                "/Aliases/gone",
                "/Aliases/live/RoutingConfig",
                "/Aliases/live/Permissions/c~1d"
            ]
        );
        assert!(function["versions"].is_null() && function["Aliases"]["live"]["Description"].is_null());
        let mut beside = Beside::take(function.as_object_mut().expect("a map"));
        put_back(&mut beside, &absent);
        for key in ["RecursiveLoop", "Permissions", "Aliases", "FunctionUrlConfig"] {
            assert_eq!(beside.0[key], written[key], "{key}");
        }
    }
}
