//! References, such as `${env:NAME}`, in string values.
//!
//! References are resolved in the tree, after parsing, so a value can never change the document's structure; what a
//! reference brings in is not searched for further references. A name or a default may hold some, which are resolved first.

mod expand;
mod syntax;
mod values;

use lambdactl_schema::{Origin, Origins, Pointer, ValueType, expected_type, rules};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::keys::plain_path;
use crate::node::{Kind, Node};
use crate::references::expand::{Expanded, Unresolved, expand, wrong};
use crate::references::syntax::{Part, parse};
use crate::span::{SourceId, Span};

pub(crate) use syntax::{defaults_in, references_alone, repeatable, variables_in};
pub use values::UnknownValues;
pub(crate) use values::{Ledger, Run, Values, Variable, VariableState, Variables};

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
    // A secret is written out nowhere.
    Some(match expanded.is_unknown || expanded.is_secret || expanded.layer.is_some() {
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

/// A value that is not known here.
#[derive(Debug)]
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

impl<'a> Context<'a> {
    /// The head of a manifest, whose keys are texts.
    pub(crate) fn of_head(source: SourceId, file: &'a str) -> Self {
        Self { source, file, path: "", function: None, schema: &Value::Null, has_layers: false }
    }
}

/// What became of the references of a tree. The pointers are of the tree.
#[derive(Default)]
pub(crate) struct Resolved {
    /// Those that could not be resolved.
    pub(crate) failed: Vec<String>,
    /// What stands in the manifest for those that were; of `Environment`, whose values no message has, secrets only.
    pub(crate) origins: Origins,
    /// Values that are not known here.
    pub(crate) unknown: Vec<Unknown>,
    /// The layers of the manifest that it names.
    pub(crate) layers: Vec<NamedLayer>,
}

impl Resolved {
    /// Adds what became of the references of another part of the same tree.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.failed.append(&mut other.failed);
        self.unknown.append(&mut other.unknown);
        self.layers.append(&mut other.layers);
        for (pointer, origin) in other.origins.iter() {
            self.origins.insert(pointer, origin.clone());
        }
        for pointer in other.origins.unknown() {
            self.origins.insert_unknown(pointer);
        }
    }
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

/// The pointer of a document's variables: what they stand for is judged where it stands.
pub(crate) const VARIABLES: &str = "/variables";

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
            _ if expanded.is_secret && context.path != VARIABLES && (!context.has_layers || path.as_str() == "/FunctionName") => Err(wrong(
                "a secret stands where everybody sees it",
                "what a manifest says of itself, names and layers are shown and written everywhere: give it a value that is no secret",
            )),
            _ => Ok(expanded),
        });
        match expanded {
            Ok(Expanded { layer: Some(name), text: reference, from_outside, .. }) => {
                let shown = repeatable(text).unwrap_or_default().into_owned();
                let pointer = path.as_str().to_owned();
                if from_outside {
                    resolved
                        .origins
                        .insert(&pointer, Origin { text: shown.clone(), from_outside, ..Origin::default() });
                }
                // Its ARN is known once the account is read: nothing is said of the value until then.
                resolved.origins.insert_unknown(&pointer);
                resolved.layers.push(NamedLayer { name, shown, pointer, span: node.span });
                node.kind = Kind::String(reference);
            }
            Ok(expanded) => {
                let pointer = path.as_str();
                if expanded.references > 0 && (expanded.is_secret || !pointer.starts_with("/Environment/")) {
                    let text = repeatable(text).unwrap_or_default().into_owned();
                    let Expanded { from_outside, is_secret, .. } = expanded;
                    resolved.origins.insert(pointer, Origin { text, from_outside, is_secret });
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
            // Said where it stands.
            Err(Unresolved::Said) => resolved.failed.push(path.as_str().to_owned()),
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
mod tests;
