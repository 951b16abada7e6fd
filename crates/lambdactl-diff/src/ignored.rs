//! What `ignore` says belongs to someone else.

use serde_json::{Value, json};

/// Whether a path is one of the ignored ones, or lies in one.
pub(crate) fn is_ignored(path: &str, ignored: &[String]) -> bool {
    ignored.iter().any(|ignored| within(path, ignored).is_some())
}

/// Returns what of an ignored pointer lies within a path: the rest of it, from its `/` on.
pub(crate) fn below<'a>(path: &str, ignored: &'a str) -> Option<&'a str> {
    within(ignored, path).filter(|rest| !rest.is_empty())
}

fn within<'a>(inner: &'a str, outer: &str) -> Option<&'a str> {
    inner.strip_prefix(outer).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Makes what a pointer names in a value what it is in the account, present or absent.
pub(crate) fn keep(value: &mut Value, pointer: &str, current: Option<&Value>) {
    let mut place = value;
    let mut names = pointer.split('/').skip(1).map(|name| name.replace("~1", "/").replace("~0", "~")).peekable();
    while let Some(name) = names.next() {
        let Value::Object(members) = place else { return };
        match (names.peek(), current) {
            (None, Some(current)) => {
                members.insert(name, current.clone());
                return;
            }
            (None, None) => {
                members.shift_remove(&name);
                return;
            }
            (Some(_), Some(_)) => place = members.entry(name).or_insert_with(|| json!({})),
            (Some(_), None) => match members.get_mut(&name) {
                Some(inner) => place = inner,
                None => return,
            },
        }
    }
}
