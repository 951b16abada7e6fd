//! Keys that can be none.

use lambdactl_schema::{MANIFEST_KEYS, plain_name, rules};

use crate::diagnostic::SyntaxError;
use crate::node::{Kind, Node, escape, unescape};
use crate::span::Span;

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

/// A document without any of the manifest's own keys, and with one of the API's, is one CreateFunction request.
pub(crate) fn is_bare_request(root: &Node) -> bool {
    let has = |key: &&str| root.get(key).is_some();
    !MANIFEST_KEYS.iter().any(&has) && ["FunctionName", "Code", "Role", "Runtime"].iter().any(has)
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
