//! What is wrong with a document's defaults, apart from the functions that use them.

use lambdactl_schema::{Anchor, rules};

use crate::beside;
use crate::controls::report_controls;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, FunctionEntry};
use crate::keys::plain_path;
use crate::layers::report_undeclared;
use crate::node::{Entry, Kind, Node, escape};
use crate::surroundings::Surroundings;

/// Checks what no function has shown to be wrong: defaults of a manifest without functions, or overridden everywhere.
pub(crate) fn check(document: &Document, surroundings: &Surroundings<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(defaults) = &document.defaults else { return };
    report_controls(defaults, None, surroundings, diagnostics);
    report_undeclared(&document.resolved_defaults.layers, "/defaults", None, surroundings, diagnostics);
    let mut members = defaults.to_value();
    beside::label(&mut members);
    beside::take_absent(&mut members);
    for violation in surroundings.validator.check_defaults(&members, &document.resolved_defaults.origins) {
        if document.resolved_defaults.failed.contains(&violation.pointer) {
            continue;
        }
        let (span, path) = match &violation.anchor {
            Anchor::Value => (defaults.pointer(&violation.pointer).map(|node| node.span), String::new()),
            Anchor::Key(key) => (
                defaults.pointer(&violation.pointer).and_then(|node| node.entry(key)).map(|entry| entry.key_span),
                format!("/{}", escape(key)),
            ),
        };
        let mut diagnostic = Diagnostic::file(violation.rule, surroundings.file, violation.message)
            .at(surroundings.source, span.unwrap_or(defaults.span))
            .path(format!("/defaults{}{path}", violation.pointer));
        diagnostic.help = violation.help;
        // `Code: ./app.zip` as a default is judged where it is used.
        if !(violation.pointer == "/Code" && defaults.get("Code").is_some_and(|code| code.as_str().is_some())) {
            diagnostics.push(diagnostic);
        }
    }
}

/// Reports the defaults that every function has a value of its own for.
pub(crate) fn report_unused(
    document: &Document,
    functions: &[FunctionEntry],
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(defaults) = &document.defaults else { return };
    if functions.is_empty() {
        return;
    }
    let mut unused = Vec::new();
    let functions: Vec<&Node> = functions.iter().map(|entry| &entry.node).collect();
    search(defaults, &functions, "", &mut unused);
    for (entry, path) in unused {
        let message = format!("the default `{}` is used by no function", plain_path(&path)[1..].replace('/', "."));
        diagnostics.push(
            Diagnostic::file(&rules::UNUSED_DEFAULT, surroundings.file, message)
                .at(surroundings.source, entry.key_span)
                .path(format!("/defaults{path}")),
        );
    }
}

/// Looks for entries of a map of defaults that each of these maps overrides: a map by its own entries, anything else
/// by its key.
fn search<'a>(defaults: &'a Node, owns: &[&Node], path: &str, unused: &mut Vec<(&'a Entry, String)>) {
    for entry in defaults.entries() {
        // Stops at the first function that has none: for most defaults that is the very first.
        let Some(owns) = owns.iter().map(|own| own.get(&entry.key)).collect::<Option<Vec<_>>>() else { continue };
        // An anchor in the defaults that a function refers to is used, if by another way.
        if owns.iter().any(|own| own.span == entry.value.span) {
            continue;
        }
        let path = format!("{path}/{}", escape(&entry.key));
        let is_map = |node: &Node| matches!(node.kind, Kind::Map(_));
        if is_map(&entry.value) && !entry.value.entries().is_empty() && owns.iter().any(|own| is_map(own)) {
            // A function that has no map here overrides the whole default, and uses none of its entries.
            let maps: Vec<&Node> = owns.into_iter().filter(|own| is_map(own)).collect();
            search(&entry.value, &maps, &path, unused);
        } else {
            unused.push((entry, path));
        }
    }
}
