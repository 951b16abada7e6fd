//! The variables of a document: what `${var:NAME}` stands for where the command line does not say it.

use crate::diagnostic::Diagnostic;
use crate::node::{Entry, Kind, Node, escape};
use crate::references::{self, Context, Resolved, VARIABLES, Values, Variable, VariableState, Variables};
use crate::stages::Overlay;
use crate::surroundings::Surroundings;

/// Resolves the references in a document's variables, in place, and returns what the variables stand for.
pub(crate) fn of_document(
    variables: &mut Node,
    overlay: &Overlay,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Variables {
    let mut found = Variables::default();
    // None of them can refer to another: what one stands for is never searched, and has an end.
    let values = Values { own: None, ..surroundings.values };
    let context = Context {
        source: surroundings.source,
        file: surroundings.file,
        path: VARIABLES,
        function: None,
        schema: &serde_json::Value::Null,
        has_layers: false,
    };
    let Resolved { failed, origins, .. } = references::resolve(variables, &values, &context, diagnostics);
    for Entry { key, value: node, .. } in variables.entries() {
        let pointer = format!("/{}", escape(key));
        let value = match &node.kind {
            Kind::String(text) => text.clone(),
            Kind::Number(number) => number.to_string(),
            Kind::Bool(value) => value.to_string(),
            // The schema says so.
            Kind::Null | Kind::List(_) | Kind::Map(_) => String::new(),
        };
        let is_wrong = failed.contains(&pointer) || matches!(node.kind, Kind::Null | Kind::List(_) | Kind::Map(_));
        let state = match is_wrong {
            true => VariableState::Wrong,
            false if origins.unknown().any(|unknown| unknown == pointer) => VariableState::Unknown,
            false => VariableState::Known,
        };
        let line = surroundings.text.position(node.span.start).line;
        let stage = overlay.written(&format!("/variables{pointer}")).and(overlay.stage.as_ref());
        let stage = stage.map(|stage| format!("stage `{stage}`, ")).unwrap_or_default();
        let variable = Variable {
            value,
            state,
            from_outside: origins.outside(&pointer).is_some(),
            is_secret: origins.is_secret(&pointer),
            place: format!("{stage}{}:{line}", surroundings.file),
        };
        found.0.insert(key.clone(), variable);
    }
    found
}
