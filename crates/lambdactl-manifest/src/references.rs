//! `${env:NAME}`, `${var:NAME}` and `${file:PATH}` in string values.
//!
//! References are resolved in the tree, after parsing, so a value can never change the document's structure; what a
//! reference brings in is not searched for further references.

use std::borrow::Cow;
use std::collections::BTreeMap;

use lambdactl_schema::{Origin, Origins, Pointer, UNKNOWN, ValueType, expected_type, rules};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::keys::plain_path;
use crate::node::{Kind, Node};
use crate::reach::{OUTSIDE, Reach, is_credential};
use crate::source::{SourceId, Span};

/// What references are resolved from.
pub(crate) struct Values<'a> {
    pub(crate) environment: &'a BTreeMap<String, String>,
    pub(crate) variables: &'a BTreeMap<String, String>,
    pub(crate) reach: &'a Reach,
    pub(crate) unknown: UnknownValues,
}

/// What becomes of a reference to an environment variable that is not set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownValues {
    /// It is an error: functions are planned with.
    #[default]
    Refused,
    /// Its value is not known here, and one warning says so: functions are checked only.
    Noted,
}

/// A value that is not known here.
pub(crate) struct Unknown {
    /// JSON pointer in the document.
    pub(crate) path: String,
    /// What it is called in a message, such as `Role`.
    pub(crate) member: String,
    /// The manifest's own text, without defaults.
    pub(crate) text: String,
    pub(crate) source: SourceId,
    pub(crate) span: Span,
}

/// Where a tree stands, for diagnostics.
pub(crate) struct Context<'a> {
    pub(crate) source: SourceId,
    pub(crate) file: &'a str,
    /// JSON pointer of the tree in its document.
    pub(crate) path: &'a str,
    pub(crate) function: Option<&'a str>,
    /// The schema of the tree, for the types of references.
    pub(crate) schema: &'a Value,
}

/// What became of the references of a tree. The pointers are of the tree.
#[derive(Default)]
pub(crate) struct Resolved {
    /// Those that could not be resolved.
    pub(crate) failed: Vec<String>,
    /// What stands in the manifest for those that were; nothing of `Environment`, whose values no message has.
    pub(crate) origins: Origins,
    /// Values that are not known here.
    pub(crate) unknown: Vec<Unknown>,
}

/// Characters of a text that a message about what is not known shows.
const SHOWN: usize = 60;

/// Resolves the references of a tree in place.
pub(crate) fn resolve(
    node: &mut Node,
    values: &Values<'_>,
    context: &Context<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Resolved {
    let mut resolved = Resolved::default();
    visit(node, &mut Pointer::default(), &mut |node, path| {
        let Kind::String(text) = &node.kind else { return };
        if !text.contains("${") {
            return;
        }
        match expand(text, values) {
            Ok(expanded) => {
                let pointer = path.as_str();
                if expanded.references > 0 && !pointer.starts_with("/Environment/") {
                    let text = without_defaults(text).into_owned();
                    resolved.origins.insert(pointer, Origin { text, from_outside: expanded.from_outside });
                }
                let wanted =
                    if expanded.whole { expected_type(context.schema, path.segments()) } else { ValueType::Text };
                // A list or a map is none, whatever the text turns out to be; `Code` may be a path.
                let is_text =
                    pointer == "/Code" || expected_type(context.schema, path.segments()) != ValueType::Structure;
                if expanded.is_unknown && is_text {
                    resolved.origins.insert_unknown(pointer);
                    resolved.unknown.push(Unknown {
                        path: format!("{}{pointer}", context.path),
                        member: plain_path(pointer).trim_start_matches('/').replace('/', "."),
                        text: without_defaults(text).chars().take(SHOWN).collect(),
                        source: context.source,
                        span: node.span,
                    });
                }
                node.kind = typed(expanded.text, wanted);
            }
            Err((message, help)) => {
                let pointer = path.as_str().to_owned();
                let mut diagnostic = Diagnostic::file(&rules::REFERENCE, context.file, message)
                    .at(context.source, node.span)
                    .path(format!("{}{pointer}", context.path))
                    .function(context.function);
                diagnostic.help = Some(help);
                diagnostics.push(diagnostic);
                resolved.failed.push(pointer);
            }
        }
    });
    resolved
}

fn visit(node: &mut Node, path: &mut Pointer, leaf: &mut impl FnMut(&mut Node, &Pointer)) {
    match &mut node.kind {
        Kind::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let outer = path.enter_item(index);
                visit(item, path, leaf);
                path.leave(outer);
            }
        }
        Kind::Map(entries) => {
            for entry in entries {
                let outer = path.enter(&entry.key);
                visit(&mut entry.value, path, leaf);
                path.leave(outer);
            }
        }
        _ => leaf(node, path),
    }
}

/// A reference that has the form of one: only such a text is repeated, since any other may be a part of a value.
#[derive(Debug, PartialEq, Eq)]
enum Reference<'a> {
    Env { name: &'a str, default: Option<&'a str> },
    Var(&'a str),
    File(&'a str),
}

impl<'a> Reference<'a> {
    /// Reads what stands between `${` and `}`.
    fn parse(text: &'a str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        match kind {
            "env" => {
                let (name, default) = match name.split_once(":-") {
                    Some((name, default)) => (name, Some(default)),
                    None => (name, None),
                };
                let is_text = default.is_none_or(|default| !default.contains("${"));
                (is_name(name, "_-.()") && is_text).then_some(Self::Env { name, default })
            }
            "var" => is_name(name, "_-.").then_some(Self::Var(name)),
            "file" => {
                let is_path = !name.is_empty() && !name.contains("${") && !name.chars().any(char::is_control);
                is_path.then_some(Self::File(name))
            }
            _ => None,
        }
    }
}

fn is_name(text: &str, signs: &str) -> bool {
    const LONGEST: usize = 128;
    !text.is_empty()
        && text.len() <= LONGEST
        && text.chars().all(|letter| letter.is_alphanumeric() || signs.contains(letter))
}

/// Returns a text with its references and without what stands in them for unset variables: that may be a secret.
fn without_defaults(text: &str) -> Cow<'_, str> {
    if !text.contains(":-") {
        return Cow::Borrowed(text);
    }
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, reference, after)) = next_reference(rest) {
        result.push_str(before);
        match Reference::parse(reference) {
            Some(Reference::Env { name, default: Some(_) }) => result.push_str(&format!("${{env:{name}:-…}}")),
            _ => result.push_str(&format!("${{{reference}}}")),
        }
        rest = after;
    }
    result.push_str(rest);
    Cow::Owned(result)
}

/// Returns a text that may hold references as a message can repeat it; nothing where a reference has not the form of one.
pub(crate) fn repeatable(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains("${") {
        return Some(Cow::Borrowed(text));
    }
    let mut rest = text;
    while let Some((_, reference, after)) = next_reference(rest) {
        Reference::parse(reference)?;
        rest = after;
    }
    let is_whole = !rest.replace("$${", "").contains("${");
    is_whole.then(|| without_defaults(text))
}

/// Returns the ranges of what stands in a text's references for unset variables.
pub(crate) fn defaults_in(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("${env:").map(|at| from + at) {
        let end = text[at..].find('}').map_or(text.len(), |end| at + end);
        if let Some(default) = text[at..end].find(":-") {
            found.push(at + default + 2..end);
        }
        from = end.max(at + 1);
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
    found
}

/// Returns what stands before the next reference, in it and behind it; a `$${` is none.
fn next_reference(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find("${")?;
        if text[..at].ends_with('$') {
            from = at + 2;
            continue;
        }
        let end = at + text[at..].find('}')?;
        return Some((&text[..at], &text[at + 2..end], &text[end + 1..]));
    }
}

struct Expanded {
    text: String,
    /// The value is one reference and nothing else.
    whole: bool,
    /// How many references there are.
    references: usize,
    /// One of them is no variable of the command line.
    from_outside: bool,
    /// One of them is not known here, and `*` stands for it.
    is_unknown: bool,
}

type Unresolved = (String, String);

fn expand(text: &str, values: &Values<'_>) -> Result<Expanded, Unresolved> {
    let mut result = Expanded {
        text: String::with_capacity(text.len()),
        whole: false,
        references: 0,
        from_outside: false,
        is_unknown: false,
    };
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, reference) = rest.split_at(at);
        if let Some(literal) = before.strip_suffix('$') {
            result.text.push_str(literal);
            result.text.push_str("${");
            rest = &reference[2..];
            continue;
        }
        let Some(end) = reference.find('}') else {
            return Err(("a `${` without its `}`".into(), "close it, or write `$${` for a literal `${`".into()));
        };
        let Some(reference_here) = Reference::parse(&reference[2..end]) else { return Err(not_a_reference()) };
        let value = match lookup(&reference_here, values)? {
            Some(value) => value,
            None => {
                result.is_unknown = true;
                UNKNOWN.into()
            }
        };
        rest = &reference[end + 1..];
        result.whole = at == 0 && result.text.is_empty() && result.references == 0 && rest.is_empty();
        result.references += 1;
        result.from_outside |= !matches!(reference_here, Reference::Var(_));
        result.text.push_str(before);
        result.text.push_str(&value);
    }
    result.text.push_str(rest);
    Ok(result)
}

/// Returns what a reference stands for; nothing where that is not known here, and need not be.
fn lookup<'a>(reference: &Reference<'a>, values: &Values<'a>) -> Result<Option<Cow<'a, str>>, Unresolved> {
    match *reference {
        Reference::Env { name, .. } if is_credential(name) => Err((
            format!("`${{env:{name}}}` is never resolved: it holds credentials of whoever runs lambdactl"),
            "a manifest must not read it; give the function a role, or pass what it needs under another name".into(),
        )),
        // As in a shell, `:-` also stands in for a variable that is set and empty.
        Reference::Env { name, default } => match (values.environment.get(name), default) {
            (Some(value), default) if !value.is_empty() || default.is_none() => Ok(Some(value.into())),
            (_, Some(default)) => Ok(Some(default.into())),
            _ if values.unknown == UnknownValues::Noted => Ok(None),
            _ => Err((
                format!("the environment variable `{name}` is not set"),
                format!("set it, or give a default: `${{env:{name}:-…}}`"),
            )),
        },
        Reference::Var(name) => values
            .variables
            .get(name)
            .map(|value| Some(value.into()))
            .ok_or_else(|| (format!("there is no variable `{name}`"), format!("pass `--var {name}=VALUE`"))),
        Reference::File(name) => values.reach.read_text(name).map(|text| Some(text.into())).map_err(|reason| {
            let help = if reason == OUTSIDE {
                "put the file into the manifest's folder, or pass `--allow-file FOLDER` with a folder that it is in"
            } else {
                "paths start from the manifest's folder"
            };
            (format!("cannot read `${{file:{name}}}`: {reason}"), help.to_owned())
        }),
    }
}

/// Does not say what stands there: whoever writes a secret with a `${` in it does not mean a reference.
fn not_a_reference() -> Unresolved {
    (
        "a `${` that begins no reference".to_owned(),
        "`${env:NAME}`, `${env:NAME:-default}`, `${var:NAME}` and `${file:PATH}` are references; write `$${` for a literal `${`"
            .to_owned(),
    )
}

/// Gives a reference's text the type that the schema wants; a text that has not that form stays one, and is refused
/// by the schema.
fn typed(text: String, wanted: ValueType) -> Kind {
    let trimmed = text.trim();
    match wanted {
        ValueType::Integer => trimmed.parse::<i64>().ok().map(|value| Kind::Number(value.into())),
        ValueType::Number => trimmed.parse().ok().and_then(serde_json::Number::from_f64).map(Kind::Number),
        ValueType::Boolean => trimmed.parse().ok().map(Kind::Bool),
        ValueType::Structure | ValueType::Text => None,
    }
    .unwrap_or(Kind::String(text))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let pairs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let environment = pairs(&[
            ("STAGE", "prod"),
            ("EMPTY", ""),
            ("NESTED", "${env:STAGE}"),
            ("GITHUB_TOKEN", "t0ken"),
            ("ACTIONS_RUNTIME_TOKEN", "t0ken"),
        ]);
        let variables = pairs(&[("n", "7")]);
        let reach = Reach::new(PathBuf::from("."), &[]);
        let unknown = UnknownValues::Refused;
        let values = Values { environment: &environment, variables: &variables, reach: &reach, unknown };
        expand(text, &values).map(|expanded| expanded.text).map_err(|(message, _)| message)
    }

    #[test]
    fn references_are_replaced_and_nothing_else() {
        assert_eq!(expanded("fn-${env:STAGE}-${var:n}").unwrap(), "fn-prod-7");
        assert_eq!(expanded("$LATEST $5 $${env:STAGE}").unwrap(), "$LATEST $5 ${env:STAGE}");
        assert_eq!(expanded("${env:NONE:-a:b}").unwrap(), "a:b");
        assert_eq!(expanded("${env:EMPTY:-x}${env:EMPTY}").unwrap(), "x");
        assert_eq!(expanded("${env:NESTED}").unwrap(), "${env:STAGE}");
    }

    #[test]
    fn what_cannot_be_resolved_says_why() {
        assert_eq!(expanded("${env:NONE}").unwrap_err(), "the environment variable `NONE` is not set");
        assert_eq!(expanded("${var:x}").unwrap_err(), "there is no variable `x`");
        assert!(expanded("${file:/nowhere}").unwrap_err().starts_with("cannot read `${file:/nowhere}`"));
    }

    #[test]
    fn credentials_are_not_resolved_in_any_form() {
        for text in [
            "${env:GITHUB_TOKEN}",
            "x-${env:GITHUB_TOKEN}",
            "${env:GITHUB_TOKEN:-none}",
            "${env:ACTIONS_RUNTIME_TOKEN}",
            "${env:AWS_SECRET_ACCESS_KEY}",
            "${env:AWS_SESSION_TOKEN:-}",
        ] {
            let error = expanded(text).unwrap_err();
            assert!(error.contains("is never resolved") && !error.contains("t0ken"), "{error}");
        }
        assert!(expanded("${env:${env:STAGE}}").is_err());
        assert!(expanded("${env:STAGE:-${env:GITHUB_TOKEN}}").is_err());
    }

    #[test]
    fn what_may_be_a_part_of_a_value_is_not_repeated() {
        for text in [
            "${hunter2}",
            "pass${hunter2",
            "${env:hunter 2}",
            "${env:}",
            "${env:a}${hunter2}",
            "${AWS::hunter2}",
            "${hunter2:x}",
            "${var:hunter2\n}",
            "${file:hunter2\u{1b}}",
        ] {
            let error = expanded(text);
            assert!(!error.clone().is_err_and(|error| error.contains("hunter2")), "{error:?}");
            assert!(error.is_err(), "{text}");
        }
        assert_eq!(repeatable("a-${env:X:-hunter2}-${var:n}").as_deref(), Some("a-${env:X:-…}-${var:n}"));
        assert_eq!(repeatable("a-$${x").as_deref(), Some("a-$${x"));
        assert_eq!(repeatable("a-${x"), None);
        assert_eq!(repeatable("a-${x}"), None);
        assert_eq!(repeatable("plain").as_deref(), Some("plain"));
        assert_eq!(defaults_in("${env:A:-bc}${env:D}${env:E:-f"), [9..11, 29..30]);
    }
}
