//! What a comment on a pull request says of values that references brought in: the manifest's own text.

use lambdactl_schema::{FunctionSpec, OWNER_TAG, Origins};
use serde_json::{Map, Value, json};

use crate::action::{Change, Sides};

/// What stands for a value of the account where the manifest's comes from outside: it is likely an earlier one of those.
const ANOTHER: &str = "(another value)";

/// Gives the changes of a function their public sides.
pub(crate) fn name_origins(changes: &mut [Change], spec: &FunctionSpec, of_manifest: &Origins) {
    hide_secrets(changes, spec);
    let owner = of_manifest.outside("/name");
    if changes.is_empty() || (spec.origins.is_empty() && owner.is_none()) {
        return;
    }
    let mut members = spec.request.members();
    members.extend(spec.beside.0.clone());
    let names = Names { spec, owner, members };
    for change in changes.iter_mut().filter(|change| !change.sensitive) {
        change.public = names.sides(change).map(Box::new);
    }
}

/// Hides the changes of what a secret is a part of, wherever it stands: a person who asks for values is shown those that the manifest
/// or the environment has, and not those of a service that keeps secrets.
fn hide_secrets(changes: &mut [Change], spec: &FunctionSpec) {
    let within = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    for change in changes {
        if spec.origins.secrets().any(|secret| within(secret, &change.path) || within(&change.path, secret)) {
            *change = Change { before: None, after: None, sensitive: true, public: None, ..change.clone() };
        }
    }
}

struct Names<'a> {
    spec: &'a FunctionSpec,
    /// What the manifest says for its name, where a reference brought that in.
    owner: Option<&'a str>,
    members: Map<String, Value>,
}

impl Names<'_> {
    fn sides(&self, change: &Change) -> Option<Sides> {
        let Change { path, before, after, .. } = change;
        let owner = self.owner.filter(|_| path.strip_prefix("/Tags/") == Some(OWNER_TAG));
        if let Some(text) = owner.or_else(|| self.spec.origins.outside(path)) {
            let text = after.as_ref().map(|_| json!(text));
            return Some(Sides { before: before.as_ref().map(|_| json!(ANOTHER)), after: text });
        }
        let inner: Vec<(Value, &str)> = self
            .spec
            .origins
            .iter()
            .filter(|(pointer, origin)| {
                origin.from_outside && pointer.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
            })
            .filter_map(|(pointer, origin)| Some((self.value(pointer)?.clone(), origin.text.as_str())))
            .collect();
        let name = self.spec.origins.outside("/FunctionName").filter(|_| path == "/LoggingConfig/LogGroup");
        if inner.is_empty() && name.is_none() {
            return None;
        }
        let public = |side: &Option<Value>| {
            let mut side = side.clone()?;
            replace(&mut side, &inner);
            // The default group is named after the function.
            if let (Some(text), Value::String(group)) = (name, &mut side) {
                *group = group.replace(&self.spec.request.function_name, text);
            }
            Some(side)
        };
        Some(Sides { before: public(before), after: public(after) })
    }

    fn value(&self, pointer: &str) -> Option<&Value> {
        let (first, rest) = match pointer[1..].split_once('/') {
            Some((first, rest)) => (first, format!("/{rest}")),
            None => (&pointer[1..], String::new()),
        };
        self.members.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(&rest)
    }
}

/// Puts the texts in the place of the values, wherever these stand: lists are sorted before they are compared.
fn replace(value: &mut Value, texts: &[(Value, &str)]) {
    if let Some((_, text)) = texts.iter().find(|(original, _)| original == value) {
        *value = json!(text);
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, texts)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, texts)),
        _ => {}
    }
}
