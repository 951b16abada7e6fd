//! The form of references. Only a text that has it is repeated in a message, since any other may be a part of a value.

use std::borrow::Cow;
use std::ops::Range;

use lambdactl_schema::ReferenceKind;

use crate::reach::is_credential;

/// References within references: more than anybody writes.
const DEEPEST: usize = 8;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// As it is, with `$${` read.
    Text(Cow<'a, str>),
    /// A reference.
    Reference(Reference<'a>),
}

/// A reference, in whose name or default others may stand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    pub(crate) kind: ReferenceKind,
    /// What stands behind the colon.
    pub(crate) name: Vec<Part<'a>>,
    /// What stands behind `:-`.
    pub(crate) default: Option<Vec<Part<'a>>>,
    /// A `?` stands behind the name.
    pub(crate) is_optional: bool,
}

/// Why a text with a `${` in it cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// A `${` without its `}`.
    Open,
    /// A `${` that begins no reference. What stands there is not told.
    NoReference,
    /// The name is one of credentials, which nothing resolves.
    Credential(String),
}

/// Takes a text apart.
pub(crate) fn parse(text: &str) -> Result<Vec<Part<'_>>, Malformed> {
    parts(text, 0)
}

fn parts(text: &str, depth: usize) -> Result<Vec<Part<'_>>, Malformed> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, reference) = rest.split_at(at);
        if let Some(literal) = before.strip_suffix('$') {
            found.push(Part::Text(Cow::Owned(format!("{literal}${{"))));
            rest = &reference[2..];
            continue;
        }
        let end = closing(&reference[2..]).ok_or(Malformed::Open)? + 2;
        if !before.is_empty() {
            found.push(Part::Text(before.into()));
        }
        found.push(Part::Reference(Reference::parse(&reference[2..end], depth)?));
        rest = &reference[end + 1..];
    }
    if !rest.is_empty() {
        found.push(Part::Text(rest.into()));
    }
    Ok(found)
}

/// Finds the brace that closes one that is open already: braces within count.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// Finds the `:-` that begins a default: one within braces is that of another reference.
fn default_in(text: &str) -> Option<usize> {
    let mut open = 0usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            ':' if open == 0 && text[at..].starts_with(":-") => return Some(at),
            _ => {}
        }
    }
    None
}

impl<'a> Reference<'a> {
    /// Reads what stands between `${` and `}`.
    fn parse(text: &'a str, depth: usize) -> Result<Self, Malformed> {
        let (word, rest) = match text.split_once(':') {
            Some((word, rest)) => (word, Some(rest)),
            None => (text, None),
        };
        let kind = ReferenceKind::of_word(word).filter(|_| depth < DEEPEST).ok_or(Malformed::NoReference)?;
        let Some(rest) = rest.filter(|_| kind.has_argument()) else {
            let is_whole = rest.is_none() && !kind.has_argument();
            let reference = Self { kind, name: Vec::new(), default: None, is_optional: false };
            return if is_whole { Ok(reference) } else { Err(Malformed::NoReference) };
        };
        let row = kind.row();
        let inner = |text: &'a str| parts(text, depth + 1);
        let (name, default) = match default_in(rest).filter(|_| row.has_default) {
            Some(at) => (&rest[..at], Some(inner(&rest[at + 2..])?)),
            None => (rest, None),
        };
        let optional = name.strip_suffix('?').filter(|_| row.has_default && default.is_none());
        let name = inner(optional.unwrap_or(name))?;
        // One that a reference has a part in is known once that is resolved.
        let is_good = match name.as_slice() {
            [] => false,
            [Part::Text(name)] => row.argument.takes(name),
            _ => true,
        };
        if !is_good {
            return Err(Malformed::NoReference);
        }
        if let Some(name) = fixed(&name).filter(|name| kind == ReferenceKind::Env && is_credential(name)) {
            return Err(Malformed::Credential(name.to_owned()));
        }
        Ok(Self { kind, name, default, is_optional: optional.is_some() })
    }
}

fn fixed<'a>(name: &'a [Part<'_>]) -> Option<&'a str> {
    match name {
        [Part::Text(name)] => Some(name),
        _ => None,
    }
}

/// Returns a text that may hold references as a message can repeat it, without what stands in them for unset variables, which
/// may be a secret; nothing where a reference has not the form of one.
pub(crate) fn repeatable(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains("${") {
        return Some(Cow::Borrowed(text));
    }
    let mut shown = String::with_capacity(text.len());
    write(&parse(text).ok()?, &mut shown);
    Some(Cow::Owned(shown))
}

/// Returns the references of a text as a message can repeat them, and nothing of what stands between them: in a variable of the
/// environment that is a part of its value.
pub(crate) fn references_alone(text: &str) -> String {
    let mut shown = String::new();
    for part in parse(text).unwrap_or_default() {
        match part {
            Part::Text(_) => shown.push('…'),
            reference => write(&[reference], &mut shown),
        }
    }
    shown
}

/// Returns the names of variables that a text refers to, as far as no reference has a part in them.
pub(crate) fn variables_in(text: &str) -> Vec<String> {
    fn collect(parts: &[Part<'_>], found: &mut Vec<String>) {
        for part in parts {
            let Part::Reference(Reference { kind, name, default, .. }) = part else { continue };
            match fixed(name).filter(|_| *kind == ReferenceKind::Var) {
                Some(name) => found.push(name.to_owned()),
                None => collect(name, found),
            }
            collect(default.as_deref().unwrap_or_default(), found);
        }
    }
    let mut found = Vec::new();
    collect(&parse(text).unwrap_or_default(), &mut found);
    found
}

/// Returns a name as it is written: what a reference within it stands for may be a secret.
pub(crate) fn shown(name: &[Part<'_>]) -> String {
    let mut shown = String::new();
    write(name, &mut shown);
    shown
}

fn write(parts: &[Part<'_>], shown: &mut String) {
    for part in parts {
        match part {
            Part::Text(text) => shown.push_str(&text.replace("${", "$${")),
            Part::Reference(Reference { kind, name, default, is_optional }) => {
                shown.push_str("${");
                shown.push_str(kind.row().word);
                if kind.has_argument() {
                    shown.push(':');
                }
                write(name, shown);
                shown.push_str(match (default, is_optional) {
                    (Some(_), _) => ":-…}",
                    (None, true) => "?}",
                    (None, false) => "}",
                });
            }
        }
    }
}

/// Returns the ranges of what stands in a text's references for unset variables, also where it is broken.
pub(crate) fn defaults_in(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("${env:").map(|at| from + at) {
        let inner = at + 2;
        let end = closing(&text[inner..]).map_or(text.len(), |end| inner + end);
        match default_in(&text[inner..end]) {
            Some(default) => {
                found.push(inner + default + 2..end);
                from = end;
            }
            None => from = inner,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_part_of_a_value_is_not_repeated() {
        assert_eq!(repeatable("a-${env:X:-hunter2}-${var:n}").as_deref(), Some("a-${env:X:-…}-${var:n}"));
        assert_eq!(repeatable("${env:${var:n}:-${env:B:-hunter2}}").as_deref(), Some("${env:${var:n}:-…}"));
        assert_eq!(repeatable("${layer:${var:n}-common}").as_deref(), Some("${layer:${var:n}-common}"));
        assert_eq!(repeatable("${layer:a b}"), None);
        assert_eq!(repeatable("${stage}-${location:name}").as_deref(), Some("${stage}-${location:name}"));
        assert_eq!(repeatable("${secret:${stage}/db#key}").as_deref(), Some("${secret:${stage}/db#key}"));
        for broken in ["${stage:x}", "${stage:}", "${region-x}", "${location}", "${ssm}", "${stack:x}", "${var:x:-y}"] {
            assert_eq!(repeatable(broken), None, "{broken}");
        }
        assert_eq!(repeatable("${env:X?}").as_deref(), Some("${env:X?}"));
        assert_eq!(repeatable("a-$${x").as_deref(), Some("a-$${x"));
        assert_eq!(repeatable("a-${x"), None);
        assert_eq!(repeatable("a-${x}"), None);
        assert_eq!(repeatable("plain").as_deref(), Some("plain"));
        assert_eq!(references_alone("db://u:hunter2@${env:HOST}/${env:X:-hunter2}"), "…${env:HOST}…${env:X:-…}");
        assert_eq!(references_alone("hunter2"), "…");
        assert_eq!(variables_in("${var:a}-${env:${var:b}:-${var:c}}-${var:d-${stage}}$${var:e}"), ["a", "b", "c"]);
        assert_eq!(defaults_in("${env:A:-bc}${env:D}${env:E:-f"), [9..11, 29..30]);
        assert_eq!(defaults_in("${env:A:-{\"a\":{}}} ${env:B:-${env:C:-d}}"), [9..17, 28..39]);
        assert_eq!(defaults_in("${env:${env:A:-x}}").first(), Some(&(15..16)));
    }

    #[test]
    fn depth_has_an_end() {
        let nested = |depth: usize| format!("{}x{}", "${env:A:-".repeat(depth), "}".repeat(depth));
        assert!(parse(&nested(8)).is_ok());
        assert_eq!(parse(&nested(9)), Err(Malformed::NoReference));
        assert_eq!(parse(&"${env:A:-".repeat(100_000)), Err(Malformed::Open));
    }
}
