use serde_json::{Map, Value};

use crate::action::{Change, ChangeKind};
use crate::fields;
use crate::secrets::Secrets;

/// Returns the differences of two maps in the same form, down to values and lists.
pub(crate) fn changes(before: &Map<String, Value>, after: &Map<String, Value>, secrets: &Secrets) -> Vec<Change> {
    let mut comparison = Comparison { secrets, found: Vec::new() };
    comparison.maps(before, after, "");
    comparison.found
}

/// Returns every value of a map as an addition.
pub(crate) fn additions(after: &Map<String, Value>, secrets: &Secrets) -> Vec<Change> {
    changes(&Map::new(), after, secrets)
}

/// Makes a change of a member that is no secret.
pub(crate) fn change(path: String, before: Option<Value>, after: Option<Value>) -> Change {
    let kind = kind(before.as_ref(), after.as_ref());
    Change { path, kind, before, after, sensitive: false }
}

fn kind(before: Option<&Value>, after: Option<&Value>) -> ChangeKind {
    match (before, after) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    }
}

struct Comparison<'a> {
    secrets: &'a Secrets,
    found: Vec<Change>,
}

impl Comparison<'_> {
    fn maps(&mut self, before: &Map<String, Value>, after: &Map<String, Value>, path: &str) {
        let gone = before.keys().filter(|key| !after.contains_key(*key));
        for key in after.keys().chain(gone) {
            let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
            self.values(before.get(key), after.get(key), path);
        }
    }

    fn values(&mut self, before: Option<&Value>, after: Option<&Value>, path: String) {
        let empty = Map::new();
        let as_map = |value: Option<&'_ Value>| value.is_none() || matches!(value, Some(Value::Object(_)));
        if as_map(before) && as_map(after) {
            let inner = |value: Option<&Value>| value.and_then(Value::as_object).cloned();
            let (before, after) = (inner(before), inner(after));
            self.maps(before.as_ref().unwrap_or(&empty), after.as_ref().unwrap_or(&empty), &path);
        } else if !same(before, after) {
            self.found.push(if fields::is_sensitive(&path) {
                let stand_in = |value: Option<&Value>| value.and_then(|value| self.secrets.stand_in(value));
                let kind = kind(before, after);
                Change { path, kind, before: stand_in(before), after: stand_in(after), sensitive: true }
            } else {
                change(path, before.cloned(), after.cloned())
            });
        }
    }
}

/// `2` and `2.0` are one number; serde_json keeps them apart.
fn same(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (before, after) {
        (Some(Value::Number(before)), Some(Value::Number(after))) => before.as_f64() == after.as_f64(),
        _ => before == after,
    }
}
