use serde_json::{Map, Value};

use crate::action::{Change, ChangeKind};
use crate::fields;

/// Returns the differences of two maps in the same form, down to values and lists.
pub(crate) fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
    let mut found = Vec::new();
    compare_maps(before, after, "", &mut found);
    found
}

/// Returns every value of a map as an addition.
pub(crate) fn additions(after: &Map<String, Value>) -> Vec<Change> {
    changes(&Map::new(), after)
}

/// Makes a change, leaving a secret's values out.
pub(crate) fn change(path: String, before: Option<Value>, after: Option<Value>) -> Change {
    let kind = match (&before, &after) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    if fields::is_sensitive(&path) {
        Change { path, kind, before: None, after: None, sensitive: true }
    } else {
        Change { path, kind, before, after, sensitive: false }
    }
}

fn compare_maps(before: &Map<String, Value>, after: &Map<String, Value>, path: &str, found: &mut Vec<Change>) {
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    for key in after.keys().chain(gone) {
        let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
        compare(before.get(key), after.get(key), path, found);
    }
}

fn compare(before: Option<&Value>, after: Option<&Value>, path: String, found: &mut Vec<Change>) {
    let empty = Map::new();
    let as_map = |value: Option<&'_ Value>| value.is_none() || matches!(value, Some(Value::Object(_)));
    if as_map(before) && as_map(after) {
        let inner = |value: Option<&Value>| value.and_then(Value::as_object).cloned();
        let (before, after) = (inner(before), inner(after));
        compare_maps(before.as_ref().unwrap_or(&empty), after.as_ref().unwrap_or(&empty), &path, found);
    } else if !same(before, after) {
        found.push(change(path, before.cloned(), after.cloned()));
    }
}

/// `2` and `2.0` are one number; serde_json keeps them apart.
fn same(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (before, after) {
        (Some(Value::Number(before)), Some(Value::Number(after))) => before.as_f64() == after.as_f64(),
        _ => before == after,
    }
}
