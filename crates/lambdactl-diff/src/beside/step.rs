//! What a comparison of what stands beside a function finds.

use lambdactl_schema::kinds::Kind;
use lambdactl_schema::{Pointer, Slot};
use serde_json::{Map, Value};

use crate::action::Change;
use crate::changes::{change, is_sensitive};

/// Something beside a function that is not as its manifest says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) kind: Kind,
    pub(crate) slot: Slot,
    pub(crate) turn: Turn,
    /// What is there, in the form in which it is compared.
    pub(crate) before: Option<Value>,
    /// What is there, in the service's words.
    pub(crate) answer: Option<Value>,
    /// What the manifest wants, in the same form, with what belongs to someone else as it is.
    pub(crate) wanted: Option<Value>,
    /// What the calls send for it: where both sides are compared in a form that says less, the manifest's own words.
    pub(crate) sent: Option<Value>,
    /// What else has to be done to a policy for it.
    pub(crate) policy: Vec<Policy>,
    /// The differences by path; none where those of its alias say it.
    pub(crate) changes: Vec<Change>,
}

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It is missing.
    Comes,
    /// It is another.
    Differs,
    /// It is another, and only a new one in its place will do.
    Renewed,
    /// It must not be there.
    Goes,
}

/// A change of a policy that makes a URL public, or not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Policy {
    /// A statement by its id.
    Add(String, Value),
    /// The id of a statement.
    Remove(String),
}

/// The version that `published` names once an apply is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// One that exists.
    Number(String),
    /// One that is still to be published.
    Coming,
    /// There is none, and none is published.
    Missing,
    /// The versions could not be read, for this reason.
    Unknown(String),
}

/// What a comparison found beside a function.
#[derive(Default)]
pub(crate) struct Steps {
    pub(crate) steps: Vec<Step>,
    /// Differences in what belongs to someone else.
    pub(crate) ignored: Vec<Change>,
    /// What could not be compared.
    pub(crate) uncompared: Vec<String>,
    /// What is there, and no business of the manifest.
    pub(crate) undeclared: Vec<String>,
    /// What cannot be told from another: nothing can be done about the function.
    pub(crate) unclear: Vec<String>,
    /// UUIDs of event source mappings that the service still works on.
    pub(crate) settling: Vec<String>,
    /// What is made anew, and why.
    pub(crate) renewals: Vec<String>,
    /// What else there is to say.
    pub(crate) notes: Vec<String>,
}

/// Names a thing in a sentence.
pub(crate) fn place(kind: Kind, slot: &Slot) -> String {
    let mut text = kind.row().title.to_owned();
    if let Some(name) = &slot.name {
        text += &format!(" `{name}`");
    }
    if let Some(alias) = &slot.qualifier {
        text += &format!(" of alias `{alias}`");
    }
    text
}

/// Returns the differences of two forms, down to values and lists.
pub(crate) fn differences(path: &str, before: Option<&Value>, wanted: Option<&Value>) -> Vec<Change> {
    let mut found = Vec::new();
    let mut pointer = Pointer::default();
    collect(path, &mut pointer, before, wanted, &mut found);
    found
}

fn collect(base: &str, pointer: &mut Pointer, before: Option<&Value>, wanted: Option<&Value>, found: &mut Vec<Change>) {
    let map = |side: Option<&Value>| side.and_then(Value::as_object).cloned();
    let is_map = |side: Option<&Value>| side.is_none_or(Value::is_object);
    if is_map(before) && is_map(wanted) {
        let (before, wanted): (Map<_, _>, Map<_, _>) =
            (map(before).unwrap_or_default(), map(wanted).unwrap_or_default());
        let gone = before.keys().filter(|key| !wanted.contains_key(*key));
        for key in wanted.keys().chain(gone) {
            let outer = pointer.enter(key);
            collect(base, pointer, before.get(key), wanted.get(key), found);
            pointer.leave(outer);
        }
    } else if !is_same(before, wanted) {
        found.push(difference(format!("{base}{}", pointer.as_str()), before.cloned(), wanted.cloned()));
    }
}

/// Makes a change; members that this build does not know may hold secrets.
pub(crate) fn difference(path: String, before: Option<Value>, after: Option<Value>) -> Change {
    let sensitive = is_sensitive(&path, before.as_ref(), after.as_ref());
    let plain = change(path, before, after);
    if sensitive { Change { before: None, after: None, sensitive, ..plain } } else { plain }
}

/// Weights are parts of one: what comes back may differ in its last digit.
fn is_same(before: Option<&Value>, wanted: Option<&Value>) -> bool {
    match (before, wanted) {
        (Some(Value::Number(before)), Some(Value::Number(wanted))) => {
            let difference = before.as_f64().unwrap_or_default() - wanted.as_f64().unwrap_or_default();
            difference.abs() < 1e-9
        }
        _ => before == wanted,
    }
}
