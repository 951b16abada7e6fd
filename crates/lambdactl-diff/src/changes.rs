use lambdactl_schema::{Pointer, Shape};
use serde_json::{Map, Value};

use crate::action::{Change, ChangeKind, DIGEST};
use crate::secrets::Secrets;

/// Returns the differences of a function's two maps in the same form, down to values and lists.
pub(crate) fn changes(
    function: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    secrets: &Secrets,
) -> Vec<Change> {
    let mut comparison = Comparison { function, secrets, path: Pointer::default(), found: Vec::new() };
    comparison.maps(Some(before), Some(after));
    comparison.found
}

/// Returns every value of a function's map as an addition.
pub(crate) fn additions(function: &str, after: &Map<String, Value>, secrets: &Secrets) -> Vec<Change> {
    changes(function, &Map::new(), after, secrets)
}

/// Makes a change of a member that is no secret.
pub(crate) fn change(path: String, before: Option<Value>, after: Option<Value>) -> Change {
    let kind = kind(before.as_ref(), after.as_ref());
    Change { path, kind, before, after, sensitive: false, public: None }
}

fn kind(before: Option<&Value>, after: Option<&Value>) -> ChangeKind {
    match (before, after) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    }
}

struct Comparison<'a> {
    function: &'a str,
    secrets: &'a Secrets,
    path: Pointer,
    found: Vec<Change>,
}

impl Comparison<'_> {
    /// Compares the entries of two maps; an absent map has none.
    fn maps(&mut self, before: Option<&Map<String, Value>>, after: Option<&Map<String, Value>>) {
        let gone = before.into_iter().flat_map(Map::keys).filter(|key| entry(after, key).is_none());
        for key in after.into_iter().flat_map(Map::keys).chain(gone) {
            let outer = self.path.enter(key);
            self.values(entry(before, key), entry(after, key));
            self.path.leave(outer);
        }
    }

    fn values(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let is_map = |value: Option<&Value>| value.is_none_or(Value::is_object);
        if is_map(before) && is_map(after) {
            self.maps(before.and_then(Value::as_object), after.and_then(Value::as_object));
        } else if !same(before, after) {
            let path = self.path.as_str().to_owned();
            self.found.push(if is_sensitive(&path, before, after) {
                let place = (self.function, path.as_str());
                let stand_in = |value: Option<&Value>| value.and_then(|value| self.secrets.stand_in(place, value));
                let kind = kind(before, after);
                let (before, after) = (stand_in(before), stand_in(after));
                Change { path, kind, before, after, sensitive: true, public: None }
            } else {
                change(path, before.cloned(), after.cloned())
            });
        }
    }
}

/// Whether a change is of what is never shown: the values of environment variables, and whatever is not known to be no
/// secret.
pub(crate) fn is_sensitive(path: &str, before: Option<&Value>, after: Option<&Value>) -> bool {
    let can_show = |value: &Value| Shape::of_function().can_show(path, value);
    path != DIGEST && !before.into_iter().chain(after).all(can_show)
}

fn entry<'a>(map: Option<&'a Map<String, Value>>, key: &str) -> Option<&'a Value> {
    map.and_then(|map| map.get(key))
}

/// `2` and `2.0` are one number; serde_json keeps them apart.
fn same(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (before, after) {
        (Some(Value::Number(before)), Some(Value::Number(after))) => before.as_f64() == after.as_f64(),
        _ => before == after,
    }
}
