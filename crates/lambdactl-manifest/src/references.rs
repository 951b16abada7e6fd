//! `${env:NAME}`, `${var:NAME}`, `${file:PATH}` and `${layer:NAME}` in string values.
//!
//! References are resolved in the tree, after parsing, so a value can never change the document's structure; what a
//! reference brings in is not searched for further references. A name or a default may hold some, which are resolved first.

mod syntax;

use std::collections::BTreeMap;

use lambdactl_schema::{Origin, Origins, Pointer, UNKNOWN, ValueType, expected_type, layer_reference, rules};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::keys::plain_path;
use crate::node::{Kind, Node};
use crate::reach::{OUTSIDE, Reach, is_credential};
use crate::references::syntax::{Malformed, Part, Reference, is_own_variable, is_path, is_variable, parse};
use crate::span::{SourceId, Span};

pub(crate) use syntax::{defaults_in, references_alone, repeatable};

/// What becomes of a text with references in a manifest that is written out again.
pub(crate) enum Outcome {
    /// Its value is known.
    Known {
        /// The value, without the type that its place wants.
        text: String,
        /// The text is one reference and nothing else.
        is_whole: bool,
        /// The text is made of references alone: no part of a value stands in it.
        is_bare: bool,
    },
    /// It is not known here, or only when the account is read.
    Open {
        /// The text is made of references alone.
        is_bare: bool,
    },
}

/// Returns what a text with references comes to; nothing where it is wrong.
pub(crate) fn outcome(text: &str, values: &Values<'_>) -> Option<Outcome> {
    let parts = parse(text).ok()?;
    let is_whole = matches!(parts.as_slice(), [Part::Reference(_)]);
    let is_bare = parts.iter().all(|part| matches!(part, Part::Reference(_)));
    let expanded = expand(&parts, values).ok()?;
    Some(match expanded.is_unknown || expanded.layer.is_some() {
        true => Outcome::Open { is_bare },
        false => Outcome::Known { text: expanded.text, is_whole, is_bare },
    })
}

/// Returns a text with references as it is written, without what stands in them for unset variables, and whether something
/// was left out.
pub(crate) fn without_defaults(text: &str) -> Option<(String, bool)> {
    let shown = repeatable(text)?;
    let plain = shown.replace(":-…}", "}");
    let is_shorter = plain != *shown;
    Some((plain, is_shorter))
}

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
    /// Whether the tree is a function's, or the defaults', whose `Layers` may name layers of the manifest.
    pub(crate) has_layers: bool,
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
    /// The layers of the manifest that it names.
    pub(crate) layers: Vec<NamedLayer>,
}

/// A reference to a layer of the manifest.
pub(crate) struct NamedLayer {
    /// Its name.
    pub(crate) name: String,
    /// The manifest's own text.
    pub(crate) shown: String,
    /// JSON pointer in the tree.
    pub(crate) pointer: String,
    pub(crate) span: Span,
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
    leave_out(node, values);
    visit(node, &mut Pointer::default(), &mut |node, path| {
        let Kind::String(text) = &node.kind else { return };
        if !text.contains("${") {
            return;
        }
        let parsed = parse(text).map_err(Unresolved::from);
        let is_whole = matches!(parsed.as_deref(), Ok([Part::Reference(_)]));
        let expanded = parsed.and_then(|parts| expand(&parts, values));
        let expanded = expanded.and_then(|expanded| match &expanded.layer {
            Some(_) if !(is_whole && context.has_layers && is_layer_item(path)) => Err(wrong(
                "`${layer:NAME}` stands where no layer can",
                "it is a whole item of a function's `Layers`, or of those in `defaults`: `Layers: [\"${layer:NAME}\"]`",
            )),
            _ => Ok(expanded),
        });
        match expanded {
            Ok(Expanded { layer: Some(name), text: reference, from_outside, .. }) => {
                let shown = repeatable(text).unwrap_or_default().into_owned();
                let pointer = path.as_str().to_owned();
                if from_outside {
                    resolved.origins.insert(&pointer, Origin { text: shown.clone(), from_outside });
                }
                // Its ARN is known once the account is read: nothing is said of the value until then.
                resolved.origins.insert_unknown(&pointer);
                resolved.layers.push(NamedLayer { name, shown, pointer, span: node.span });
                node.kind = Kind::String(reference);
            }
            Ok(expanded) => {
                let pointer = path.as_str();
                if expanded.references > 0 && !pointer.starts_with("/Environment/") {
                    let text = repeatable(text).unwrap_or_default().into_owned();
                    resolved.origins.insert(pointer, Origin { text, from_outside: expanded.from_outside });
                }
                let of_schema = expected_type(context.schema, path.segments());
                let wanted = if is_whole { of_schema } else { ValueType::Text };
                // A map is none, whatever the text turns out to be; what holds an archive may be a path.
                let can_be = match of_schema {
                    ValueType::Structure => matches!(pointer, "/Code" | "/Content"),
                    ValueType::Texts => is_whole,
                    _ => true,
                };
                if expanded.is_unknown && can_be {
                    resolved.origins.insert_unknown(pointer);
                    resolved.unknown.push(Unknown {
                        path: format!("{}{pointer}", context.path),
                        member: plain_path(pointer).trim_start_matches('/').replace('/', "."),
                        text: match pointer.starts_with("/Environment/") {
                            true => references_alone(text),
                            false => repeatable(text).unwrap_or_default().into_owned(),
                        }
                        .chars()
                        .take(SHOWN)
                        .collect(),
                        source: context.source,
                        span: node.span,
                    });
                }
                node.kind = typed(expanded.text, wanted, node.span);
            }
            // Taken out before.
            Err(Unresolved::Absent) => {}
            Err(Unresolved::Wrong(message, help)) => {
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

/// Whether a path leads to an item of `Layers`.
fn is_layer_item(path: &Pointer) -> bool {
    let index = path.as_str().strip_prefix("/Layers/");
    index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Takes out the entries of maps and lists whose variables may be unset, and are.
fn leave_out(node: &mut Node, values: &Values<'_>) {
    let is_absent = |node: &Node| {
        let Kind::String(text) = &node.kind else { return false };
        text.contains("?}") && parse(text).is_ok_and(|parts| matches!(expand(&parts, values), Err(Unresolved::Absent)))
    };
    match &mut node.kind {
        Kind::Map(entries) => {
            entries.retain(|entry| !is_absent(&entry.value));
            entries.iter_mut().for_each(|entry| leave_out(&mut entry.value, values));
        }
        Kind::List(items) => {
            items.retain(|item| !is_absent(item));
            items.iter_mut().for_each(|item| leave_out(item, values));
        }
        _ => {}
    }
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

/// What a text with references comes to.
#[derive(Default)]
struct Expanded {
    text: String,
    /// How many references there are.
    references: usize,
    /// One of them is no variable of the command line.
    from_outside: bool,
    /// One of them is not known here, and `*` stands for it.
    is_unknown: bool,
    /// The layer of the manifest that one of them names.
    layer: Option<String>,
}

/// Why a text has no value.
#[derive(Debug)]
enum Unresolved {
    /// It is wrong, or refers to what is not there; what to do about it.
    Wrong(String, String),
    /// A variable that may be unset is: what it stands in is left out.
    Absent,
}

fn wrong(message: impl Into<String>, help: impl Into<String>) -> Unresolved {
    Unresolved::Wrong(message.into(), help.into())
}

impl From<Malformed> for Unresolved {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::Open => wrong("a `${` without its `}`", "close it, or write `$${` for a literal `${`"),
            // Does not say what stands there: whoever writes a secret with a `${` in it does not mean a reference.
            Malformed::NoReference => wrong(
                "a `${` that begins no reference",
                "`${env:NAME}`, `${env:NAME:-default}`, `${env:NAME?}`, `${var:NAME}`, `${file:PATH}` and `${layer:NAME}` are \
                 references; write `$${` for a literal `${`",
            ),
            Malformed::Credential(name) => is_never_resolved(&name),
        }
    }
}

fn is_never_resolved(name: &str) -> Unresolved {
    wrong(
        format!("`${{env:{name}}}` is never resolved: it holds credentials of whoever runs lambdactl"),
        "a manifest must not read it; give the function a role, or pass what it needs under another name",
    )
}

fn expand(parts: &[Part<'_>], values: &Values<'_>) -> Result<Expanded, Unresolved> {
    let mut expanded = Expanded::default();
    for part in parts {
        match part {
            Part::Text(text) => expanded.text.push_str(text),
            Part::Reference(reference) => {
                expanded.references += 1;
                expanded.from_outside |= !matches!(reference, Reference::Var(_) | Reference::Layer(_));
                lookup(reference, values, &mut expanded)?;
            }
        }
    }
    Ok(expanded)
}

impl Expanded {
    /// Takes what a name or a default has come to: its text is given back, not added. Nothing where that is not known.
    fn inner(&mut self, parts: &[Part<'_>], values: &Values<'_>) -> Result<Option<String>, Unresolved> {
        let Expanded { text, references: _, from_outside, is_unknown, layer } = expand(parts, values)?;
        if layer.is_some() {
            return Err(wrong(
                "`${layer:NAME}` stands within another reference",
                "it is a whole item of a function's `Layers`",
            ));
        }
        self.from_outside |= from_outside;
        self.is_unknown |= is_unknown;
        Ok(if is_unknown { None } else { Some(text) })
    }
}

/// Adds what a reference stands for. What it brings in is not searched for further references.
fn lookup(reference: &Reference<'_>, values: &Values<'_>, expanded: &mut Expanded) -> Result<(), Unresolved> {
    let (written, has_form): (_, fn(&str) -> bool) = match reference {
        Reference::Env { name, .. } => (name, is_variable),
        Reference::Var(name) => (name, is_own_variable),
        Reference::File(path) => (path, is_path),
        Reference::Layer(name) => (name, is_own_variable),
    };
    let Some(name) = expanded.inner(written, values)? else {
        // What is made of a part that is not known is not known itself.
        expanded.text.push_str(UNKNOWN);
        return Ok(());
    };
    if !has_form(&name) {
        return Err(Malformed::NoReference.into());
    }
    match reference {
        Reference::Layer(_) => {
            expanded.text.push_str(&layer_reference(&name));
            expanded.layer = Some(name);
        }
        Reference::Env { default, is_optional, .. } => {
            if is_credential(&name) {
                return Err(is_never_resolved(&syntax::shown(written)));
            }
            // As in a shell, `:-` also stands in for a variable that is set and empty.
            match (values.environment.get(&name), default) {
                (Some(value), default) if !value.is_empty() || default.is_none() => expanded.text.push_str(value),
                (_, Some(default)) => {
                    let default = expanded.inner(default, values)?;
                    expanded.text.push_str(default.as_deref().unwrap_or(UNKNOWN));
                }
                (_, None) if values.unknown == UnknownValues::Noted => {
                    expanded.is_unknown = true;
                    expanded.text.push_str(UNKNOWN);
                }
                (_, None) if *is_optional => return Err(Unresolved::Absent),
                (_, None) => {
                    let shown = syntax::shown(written);
                    return Err(wrong(
                        format!("the environment variable `{shown}` is not set"),
                        format!("set it, or give a default: `${{env:{shown}:-…}}`"),
                    ));
                }
            }
        }
        Reference::Var(_) => {
            let value = values.variables.get(&name).ok_or_else(|| {
                let shown = syntax::shown(written);
                wrong(format!("there is no variable `{shown}`"), format!("pass `--var {shown}=VALUE`"))
            })?;
            expanded.text.push_str(value);
        }
        Reference::File(_) => {
            let text = values.reach.read_text(&name).map_err(|reason| {
                let help = if reason == OUTSIDE {
                    "put the file into the manifest's folder, or pass `--allow-file FOLDER` with a folder that it is in"
                } else {
                    "paths start from the manifest's folder"
                };
                wrong(format!("cannot read `${{file:{}}}`: {reason}", syntax::shown(written)), help)
            })?;
            expanded.text.push_str(&text);
        }
    }
    Ok(())
}

/// Gives a reference's text the type that the schema wants; a text that has not that form stays one, and is refused
/// by the schema.
pub(crate) fn typed(text: String, wanted: ValueType, span: Span) -> Kind {
    let trimmed = text.trim();
    match wanted {
        ValueType::Integer => trimmed.parse::<i64>().ok().map(|value| Kind::Number(value.into())),
        ValueType::Number => trimmed.parse().ok().and_then(serde_json::Number::from_f64).map(Kind::Number),
        ValueType::Boolean => trimmed.parse().ok().map(Kind::Bool),
        // A list of texts is written as JSON where one variable has all of it.
        ValueType::Texts => {
            let items: Option<Vec<String>> = serde_json::from_str(trimmed).ok();
            let item = |text| Node { span, kind: Kind::String(text) };
            items.map(|items| Kind::List(items.into_iter().map(item).collect()))
        }
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
        let variables =
            pairs(&[("n", "7"), ("name", "STAGE"), ("forbidden", "GITHUB_TOKEN"), ("dollar", "${env:STAGE}")]);
        let reach = Reach::new(PathBuf::from("."), &[]);
        let values =
            Values { environment: &environment, variables: &variables, reach: &reach, unknown: UnknownValues::Refused };
        match parse(text).map_err(Unresolved::from).and_then(|parts| expand(&parts, &values)) {
            Ok(expanded) => Ok(expanded.text),
            Err(Unresolved::Wrong(message, _)) => Err(message),
            Err(Unresolved::Absent) => Err("absent".to_owned()),
        }
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
    fn references_within_references_are_resolved_first() {
        assert_eq!(expanded("${env:NONE:-${env:STAGE}}").unwrap(), "prod");
        assert_eq!(expanded("${env:NONE:-a-${env:NONE:-b-${var:n}}-c}").unwrap(), "a-b-7-c");
        assert_eq!(expanded("${env:${var:name}}").unwrap(), "prod");
        assert_eq!(expanded("${env:NONE:-$${x}}").unwrap(), "${x}");
        assert_eq!(expanded("${env:NONE:-{\"a\":{}}}").unwrap(), "{\"a\":{}}");
        assert_eq!(expanded("${env:STAGE:-{\"a\":{}}}").unwrap(), "prod");
        // What is not needed need not be there, and what a reference brings in is text.
        assert_eq!(expanded("${env:STAGE:-${env:NONE}}").unwrap(), "prod");
        assert_eq!(expanded("${env:NONE:-${var:dollar}}").unwrap(), "${env:STAGE}");
        assert!(expanded("${env:${var:dollar}}").is_err());
        assert!(expanded("${env:STAGE:-${nothing}}").is_err());
    }

    #[test]
    fn optional_variable_is_absent_or_what_it_is() {
        assert_eq!(expanded("${env:STAGE?}").unwrap(), "prod");
        assert_eq!(expanded("${env:EMPTY?}").unwrap(), "");
        assert_eq!(expanded("${env:NONE?}").unwrap_err(), "absent");
        assert_eq!(expanded("a-${env:NONE:-${env:NEITHER?}}").unwrap_err(), "absent");
        assert!(expanded("${env:NONE?:-x}").is_err() && expanded("${env:?}").is_err());
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
        assert!(expanded("${env:${var:forbidden}}").unwrap_err().contains("is never resolved"));
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
    }
}
