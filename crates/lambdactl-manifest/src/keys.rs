//! Keys that can be none.

use lambdactl_schema::{plain_name, rules};

use crate::diagnostic::SyntaxError;
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

/// Says that a map has a key twice.
pub(crate) fn duplicate(key: &str, span: Span) -> SyntaxError {
    SyntaxError {
        rule: &rules::DUPLICATE_KEY,
        message: format!("duplicate key `{}`", plain_name(key)),
        help: rules::DUPLICATE_KEY.help.map(str::to_owned),
        span,
    }
}

/// Finds the first key with a control character in it. The service has no such name, and neither terminals nor logs
/// show it as it is.
pub(crate) fn find_control(node: &Node) -> Option<SyntaxError> {
    find(node, &|entry| {
        // Of the characters beyond ASCII only a few are looked at closely.
        let suspicious = entry.key.bytes().any(|byte| byte < b' ' || byte == 0x7f || byte == 0xc2 || byte == 0xe2);
        let is_control = |letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
        (suspicious && entry.key.contains(is_control)).then(|| {
            refused(entry, "a key has a line end or another control character in it", "write the key on one line")
        })
    })
}

/// Finds the first key of YAML without a `:`. In braces a value that has lost its key is one.
pub(crate) fn find_bare(node: &Node, text: &str) -> Option<SyntaxError> {
    find(node, &|entry| {
        let is_bare = matches!(entry.value.kind, Kind::Null)
            && text.get(entry.key_span.end as usize..).is_some_and(|rest| !rest.trim_start().starts_with(':'));
        is_bare
            .then(|| refused(entry, "a key without a `:` behind it", "write `KEY: VALUE`, with a blank behind the `:`"))
    })
}

fn find(node: &Node, check: &impl Fn(&Entry) -> Option<SyntaxError>) -> Option<SyntaxError> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().find_map(|entry| check(entry).or_else(|| find(&entry.value, check))),
        Kind::List(items) => items.iter().find_map(|item| find(item, check)),
        _ => None,
    }
}

fn refused(entry: &Entry, message: &str, help: &str) -> SyntaxError {
    let (message, help) = (message.to_owned(), Some(help.to_owned()));
    SyntaxError { rule: &rules::SYNTAX, message, help, span: entry.key_span }
}
