//! The form of references. Only a text that has it is repeated in a message, since any other may be a part of a value.

use std::borrow::Cow;
use std::ops::Range;

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
pub(crate) enum Reference<'a> {
    /// `${env:NAME}`, `${env:NAME:-default}`, `${env:NAME?}`.
    Env { name: Vec<Part<'a>>, default: Option<Vec<Part<'a>>>, is_optional: bool },
    /// `${var:NAME}`.
    Var(Vec<Part<'a>>),
    /// `${file:PATH}`.
    File(Vec<Part<'a>>),
    /// `${layer:NAME}`.
    Layer(Vec<Part<'a>>),
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
        let (kind, rest) = text.split_once(':').filter(|_| depth < DEEPEST).ok_or(Malformed::NoReference)?;
        let inner = |text: &'a str| parts(text, depth + 1);
        match kind {
            "env" => {
                let (name, default) = match default_in(rest) {
                    Some(at) => (&rest[..at], Some(inner(&rest[at + 2..])?)),
                    None => (rest, None),
                };
                let optional = name.strip_suffix('?').filter(|_| default.is_none());
                let name = inner(optional.unwrap_or(name))?;
                check(&name, is_variable)?;
                if let Some(name) = fixed(&name).filter(|name| is_credential(name)) {
                    return Err(Malformed::Credential(name.to_owned()));
                }
                Ok(Self::Env { name, default, is_optional: optional.is_some() })
            }
            "var" => {
                let name = inner(rest)?;
                check(&name, is_own_variable)?;
                Ok(Self::Var(name))
            }
            "file" => {
                let path = inner(rest)?;
                check(&path, is_path)?;
                Ok(Self::File(path))
            }
            "layer" => {
                let name = inner(rest)?;
                check(&name, is_own_variable)?;
                Ok(Self::Layer(name))
            }
            _ => Err(Malformed::NoReference),
        }
    }
}

/// Checks a name that no reference has a part in; the others are known once those are resolved.
fn check(name: &[Part<'_>], is_one: fn(&str) -> bool) -> Result<(), Malformed> {
    let is_good = match name {
        [] => false,
        [Part::Text(name)] => is_one(name),
        _ => true,
    };
    if is_good { Ok(()) } else { Err(Malformed::NoReference) }
}

fn fixed<'a>(name: &'a [Part<'_>]) -> Option<&'a str> {
    match name {
        [Part::Text(name)] => Some(name),
        _ => None,
    }
}

/// Whether a text can be the name of a variable of the environment.
pub(crate) fn is_variable(text: &str) -> bool {
    is_name(text, "_-.()")
}

/// Whether a text can be the name of a variable of the command line.
pub(crate) fn is_own_variable(text: &str) -> bool {
    is_name(text, "_-.")
}

/// Whether a text can be a path.
pub(crate) fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.contains("${") && !text.chars().any(char::is_control)
}

fn is_name(text: &str, signs: &str) -> bool {
    const LONGEST: usize = 128;
    !text.is_empty()
        && text.len() <= LONGEST
        && text.chars().all(|letter| letter.is_alphanumeric() || signs.contains(letter))
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
            Part::Reference(reference) => {
                let (kind, name, end) = match reference {
                    Reference::Env { name, default: Some(_), .. } => ("env", name, ":-…}"),
                    Reference::Env { name, is_optional: true, .. } => ("env", name, "?}"),
                    Reference::Env { name, .. } => ("env", name, "}"),
                    Reference::Var(name) => ("var", name, "}"),
                    Reference::File(path) => ("file", path, "}"),
                    Reference::Layer(name) => ("layer", name, "}"),
                };
                shown.push_str(&format!("${{{kind}:"));
                write(name, shown);
                shown.push_str(end);
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
        assert_eq!(repeatable("${env:X?}").as_deref(), Some("${env:X?}"));
        assert_eq!(repeatable("a-$${x").as_deref(), Some("a-$${x"));
        assert_eq!(repeatable("a-${x"), None);
        assert_eq!(repeatable("a-${x}"), None);
        assert_eq!(repeatable("plain").as_deref(), Some("plain"));
        assert_eq!(references_alone("db://u:hunter2@${env:HOST}/${env:X:-hunter2}"), "…${env:HOST}…${env:X:-…}");
        assert_eq!(references_alone("hunter2"), "…");
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
