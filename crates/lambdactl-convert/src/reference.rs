//! References of lambdactl while values are worked on.
//!
//! Each stands between two characters that no file may have ([`OPEN`], [`CLOSE`]), so that texts of a file are what they are
//! until the end, when [`finished`] gives references their signs and takes from texts what looks like one.

use std::collections::BTreeSet;

use lambdactl_schema::ReferenceKind;
use serde_json::{Value, json};

/// Begins a reference, in place of `${`.
pub(crate) const OPEN: char = '\u{1}';
/// Ends one, in place of `}`.
pub(crate) const CLOSE: char = '\u{2}';

/// References within each other that are worked out.
const DEEPEST: usize = 50;

/// A reference to a variable of the environment, whose default may have references; nothing where it would not mean what it
/// says: a name or a default can end the reference, or begin another.
pub(crate) fn environment(name: &str, default: Option<&str>) -> Option<String> {
    let is_name = !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
    let is_default = default.is_none_or(|text| is_balanced(text) && !text.contains("${") && !text.contains("$\u{1}"));
    (is_name && is_default).then(|| match default {
        Some(default) => format!("{OPEN}env:{name}:-{default}{CLOSE}"),
        None => format!("{OPEN}env:{name}{CLOSE}"),
    })
}

/// Whether each brace is closed: those within a default count.
fn is_balanced(text: &str) -> bool {
    let mut open = 0usize;
    for letter in text.chars() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return false,
            '}' => open -= 1,
            _ => {}
        }
    }
    open == 0
}

/// A reference to a variable of the command line. The name is one that `notes` has given.
pub(crate) fn variable(name: &str) -> String {
    format!("{OPEN}var:{name}{CLOSE}")
}

/// A reference to a layer of the manifest.
pub(crate) fn layer(name: &str) -> String {
    format!("{OPEN}layer:{name}{CLOSE}")
}

/// Where Systems Manager has the secrets of Secrets Manager.
const SECRETS_AS_PARAMETERS: &str = "/aws/reference/secretsmanager/";

/// A reference to what a service or a file of another tool has, in whose argument references may stand; nothing where a manifest
/// cannot name it.
pub(crate) fn look_up(kind: ReferenceKind, argument: &str) -> Option<String> {
    let mut plain = String::new();
    for (text, depth) in by_depth(argument) {
        match depth {
            0 if text.contains(['{', '}', '$']) => return None,
            0 => plain.push_str(text),
            // Some text stands there, whatever it is.
            _ if !plain.ends_with('x') => plain.push('x'),
            _ => {}
        }
    }
    (is_closed(argument) && kind.row().argument.takes(&plain))
        .then(|| format!("{OPEN}{}:{argument}{CLOSE}", kind.row().word))
}

/// A reference to a parameter of Systems Manager, or to the secret that has its name.
pub(crate) fn parameter(name: &str) -> Option<String> {
    match name.strip_prefix(SECRETS_AS_PARAMETERS) {
        Some(id) => look_up(ReferenceKind::Secret, id),
        None => look_up(ReferenceKind::Ssm, name),
    }
}

/// A key of a secret, where a text is a whole secret and nothing else.
pub(crate) fn key_of_secret(text: &str, key: &str) -> Option<String> {
    let id = text.strip_prefix(OPEN)?.strip_prefix("secret:")?.strip_suffix(CLOSE)?;
    let is_whole = is_closed(id) && split_once(id, "#").is_none();
    is_whole.then(|| look_up(ReferenceKind::Secret, &format!("{id}#{key}"))).flatten()
}

/// Splits a text at a sign, but not within references.
pub(crate) fn split<'a>(text: &'a str, sign: &str) -> Vec<&'a str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((part, after)) = split_once(rest, sign) {
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// Splits a text at the first sign that stands in no reference.
pub(crate) fn split_once<'a>(text: &'a str, sign: &str) -> Option<(&'a str, &'a str)> {
    let mut depth = 0usize;
    for (index, letter) in text.char_indices() {
        match letter {
            OPEN => depth += 1,
            CLOSE => depth = depth.saturating_sub(1),
            _ if depth == 0 && text[index..].starts_with(sign) => {
                return Some((&text[..index], &text[index + sign.len()..]));
            }
            _ => {}
        }
    }
    None
}

/// Whether each reference that begins in a text ends there, and no other.
fn is_closed(text: &str) -> bool {
    let mut depth = 0usize;
    for letter in text.chars() {
        match letter {
            OPEN => depth += 1,
            CLOSE if depth == 0 => return false,
            CLOSE => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

/// The pieces of a text, each with the number of references that it stands in.
fn by_depth(text: &str) -> Vec<(&str, usize)> {
    let (mut pieces, mut from, mut depth) = (Vec::new(), 0, 0usize);
    for (index, letter) in text.char_indices().filter(|(_, letter)| [OPEN, CLOSE].contains(letter)) {
        pieces.push((&text[from..index], depth));
        depth = if letter == OPEN { depth + 1 } else { depth.saturating_sub(1) };
        from = index + letter.len_utf8();
    }
    pieces.push((&text[from..], depth));
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

/// A text as people may read it while it is worked on.
pub(crate) fn shown(text: &str) -> String {
    text.replace(OPEN, "${").replace(CLOSE, "}")
}

/// Whether a text has a reference.
pub(crate) fn is_in(text: &str) -> bool {
    text.contains(OPEN)
}

/// Whether a text has a reference to what a service or a file of another tool has.
pub(crate) fn is_look_up(text: &str) -> bool {
    let kinds = text.split(OPEN).skip(1).filter_map(|part| ReferenceKind::of_word(part.split(':').next()?));
    kinds.into_iter().any(ReferenceKind::is_lookup)
}

/// The text with each reference's default in its place, and the names that were decided so; nothing where one has no default.
pub(crate) fn by_defaults(text: &str) -> Option<(String, Vec<String>)> {
    let mut text = text.to_owned();
    let mut names = Vec::new();
    for _ in 0..DEEPEST {
        let Some(end) = text.find(CLOSE) else { return Some((text, names)) };
        let start = text[..end].rfind(OPEN)?;
        let (name, default) = text[start + 1..end].strip_prefix("env:")?.split_once(":-")?;
        names.push(name.to_owned());
        text = format!("{}{default}{}", &text[..start], &text[end + 1..]);
    }
    None
}

/// Gives references their signs. A text with a dollar sign right before a reference, which would take its meaning away, becomes
/// what `instead` makes of it.
pub(crate) fn finished(value: Value, instead: &mut dyn FnMut(&str) -> String) -> Value {
    match value {
        Value::String(text) => {
            let text = if text.contains("$\u{1}") { instead(&text) } else { text };
            json!(text.replace("${", "$${").replace(OPEN, "${").replace(CLOSE, "}"))
        }
        Value::Array(items) => items.into_iter().map(|item| finished(item, instead)).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, finished(value, instead))).collect())
        }
        other => other,
    }
}

/// The names of references of one kind in a finished value, `env` or `var`; of `env` those without a default.
pub(crate) fn names_in(value: &Value, kind: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let sign = format!("${{{kind}:");
            let mut rest = text.as_str();
            while let Some(start) = rest.find(&sign) {
                let is_text = rest[..start].ends_with('$');
                rest = &rest[start + sign.len()..];
                let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                let name = &rest[..end.unwrap_or(rest.len())];
                if !is_text && rest[name.len()..].starts_with('}') {
                    found.insert(name.to_owned());
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names_in(item, kind, found)),
        Value::Object(members) => members.values().for_each(|value| names_in(value, kind, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reference_means_what_it_says_or_is_none() {
        let written = |reference: Option<String>| reference.map(|text| finished(json!(text), &mut |_| unreachable!()));
        assert_eq!(written(environment("A_1", None)), Some(json!("${env:A_1}")));
        assert_eq!(written(environment("A", Some("x y"))), Some(json!("${env:A:-x y}")));
        let inner = environment("B", Some("z"));
        assert_eq!(written(environment("A", inner.as_deref())), Some(json!("${env:A:-${env:B:-z}}")));
        assert_eq!(written(environment("A", Some("{\"k\":{}}"))), Some(json!("${env:A:-{\"k\":{}}}")));
        for (name, default) in [
            ("A}B", None),
            ("A", Some("{")),
            ("A", Some("}{")),
            ("A;b", None),
            ("", None),
            ("A", Some("a}b")),
            ("A", Some("${env:B")),
        ] {
            assert_eq!(environment(name, default), None);
        }
    }

    #[test]
    fn look_ups_have_the_form_that_a_manifest_takes() {
        let stage = environment("STAGE", Some("a b")).unwrap();
        for (kind, argument, wanted) in [
            (ReferenceKind::Ssm, "/a/b:3".to_owned(), Some("${ssm:/a/b:3}")),
            (ReferenceKind::Ssm, format!("/{stage}/b"), Some("${ssm:/${env:STAGE:-a b}/b}")),
            (ReferenceKind::Ssm, "/a b".to_owned(), None),
            (ReferenceKind::Ssm, format!("/${stage}"), None),
            (ReferenceKind::Ssm, String::new(), None),
            (ReferenceKind::Secret, format!("{}#k", variable("v")), Some("${secret:${var:v}#k}")),
            (ReferenceKind::Secret, "a#k}".to_owned(), None),
            (ReferenceKind::Stack, format!("n-{stage}#Out"), Some("${stack:n-${env:STAGE:-a b}#Out}")),
            (ReferenceKind::Stack, "n".to_owned(), None),
        ] {
            let found = look_up(kind, &argument);
            let found = found.map(|text| finished(json!(text), &mut |_| unreachable!()));
            assert_eq!(found, wanted.map(|text| json!(text)), "{argument}");
        }
        assert_eq!(parameter("/aws/reference/secretsmanager/db"), look_up(ReferenceKind::Secret, "db"));
        let secret = look_up(ReferenceKind::Secret, &format!("{stage}/db")).unwrap();
        assert_eq!(key_of_secret(&secret, "a.b"), look_up(ReferenceKind::Secret, &format!("{stage}/db#a.b")));
        assert_eq!(key_of_secret(&format!("{secret}{secret}"), "a"), None);
        assert_eq!(key_of_secret(&key_of_secret(&secret, "a").unwrap(), "b"), None);
        assert_eq!(split(&format!("a{}:b", environment("A", Some("x:y")).unwrap()), ":").len(), 2);
        assert_eq!(look_up(ReferenceKind::Ssm, "a\u{1}env:X"), None);
    }

    #[test]
    fn text_is_no_reference_and_defaults_stand_for_references() {
        let text = format!("${{env:X}} {}", variable("v"));
        assert_eq!(finished(json!(text), &mut |_| unreachable!()), "$${env:X} ${var:v}");
        let inner = environment("B", Some("z")).unwrap();
        let text = format!("a-{}", environment("A", Some(&inner)).unwrap());
        assert_eq!(by_defaults(&text), Some(("a-z".to_owned(), vec!["B".to_owned(), "A".to_owned()])));
        assert_eq!(by_defaults(&variable("v")), None);
        let mut names = BTreeSet::new();
        names_in(&json!(["${env:A}-${env:B:-x}", "$${env:C}", "${env:D:-${env:E}}"]), "env", &mut names);
        assert_eq!(names, ["A".to_owned(), "E".to_owned()].into());
    }
}
