//! Keys with control characters.

use lambdactl_schema::rules;

use crate::diagnostic::Diagnostic;
use crate::node::{Entry, Kind, Node};
use crate::surroundings::Surroundings;

/// Reports the keys of a tree that no name of the service can have, where those that are not known are let through.
pub(crate) fn report_controls(
    node: &Node,
    function: Option<&str>,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if surroundings.validator.allows_unknown() {
        let report = |entry: &Entry| {
            let message = "a key has a line end or another control character in it";
            Diagnostic::file(&rules::SHAPE, surroundings.file, message)
                .at(surroundings.source, entry.key_span)
                .function(function)
                .help("write the key on one line")
        };
        diagnostics.extend(with_control(node).into_iter().map(report));
    }
}

/// Returns the keys with a control character in them, where keys that are not known are let through: the service has no such
/// name, and neither terminals nor logs show it as it is.
fn with_control(node: &Node) -> Vec<&Entry> {
    let is_control = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
    match &node.kind {
        Kind::Map(entries) => entries
            .iter()
            .flat_map(|entry| {
                let own = entry.key.contains(is_control).then_some(entry);
                own.into_iter().chain(with_control(&entry.value))
            })
            .collect(),
        Kind::List(items) => items.iter().flat_map(with_control).collect(),
        _ => Vec::new(),
    }
}
