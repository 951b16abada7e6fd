//! Keys that can be none.

use lambdactl_schema::{plain_name, rules};

use crate::diagnostic::{Diagnostic, SyntaxError};
use crate::document::Surroundings;
use crate::node::{Entry, Kind, Node, escape, unescape};
use crate::source::Span;

/// Returns a JSON pointer whose keys are cut where they are no names: such a key may hold a value that has lost its way.
/// The keys of tags are texts of the user's own, and are values that are shown.
pub(crate) fn plain_path(path: &str) -> String {
    let mut is_tag = false;
    let plain = |segment: &str| {
        let kept = is_tag;
        is_tag = segment == "Tags";
        match kept {
            true => segment.to_owned(),
            false => escape(&plain_name(&unescape(segment))),
        }
    };
    path.split('/').map(plain).collect::<Vec<_>>().join("/")
}

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

/// Says that a map has a key twice.
pub(crate) fn duplicate(key: &str, span: Span) -> SyntaxError {
    SyntaxError {
        rule: &rules::DUPLICATE_KEY,
        message: format!("duplicate key `{}`", plain_name(key)),
        help: rules::DUPLICATE_KEY.help.map(str::to_owned),
        span,
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

/// Finds the first key of YAML without a `:`. In braces a value that has lost its key is one.
pub(crate) fn find_bare(node: &Node, text: &str) -> Option<SyntaxError> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find_map(|entry| {
            let is_bare = matches!(entry.value.kind, Kind::Null)
                && text.get(entry.key_span.end as usize..).is_some_and(|rest| !rest.trim_start().starts_with(':'));
            if is_bare { Some(bare(entry.key_span)) } else { find_bare(&entry.value, text) }
        }),
        Kind::List(items) => items.iter().find_map(|item| find_bare(item, text)),
        _ => None,
    }
}

fn bare(span: Span) -> SyntaxError {
    SyntaxError {
        rule: &rules::SYNTAX,
        message: "a key without a `:` behind it".to_owned(),
        help: Some("write `KEY: VALUE`, with a blank behind the `:`".to_owned()),
        span,
    }
}
