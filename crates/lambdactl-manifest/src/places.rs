//! Where members stand, for what is found after a manifest was read: nobody keeps the trees of a valid one, so its texts are
//! parsed once more.

use std::rc::Rc;

use lambdactl_schema::Anchor;
use lambdactl_schema::rules::Rule;

use crate::beside;
use crate::diagnostic::Diagnostic;
use crate::document::{is_bare_request, take};
use crate::function::Placing;
use crate::node::{Kind, Node, escape};
use crate::read::{Reading, parse, tidy};
use crate::span::SourceId;

/// A function or a layer, by its number among those of the reading's `desired`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declaration {
    /// A function.
    Function(usize),
    /// A layer.
    Layer(usize),
}

/// Something that was found about a member.
#[derive(Clone, Debug)]
pub struct Found {
    /// What kind of thing it is.
    pub rule: &'static Rule,
    /// Whose member it is.
    pub declaration: Declaration,
    /// JSON pointer of the member there.
    pub pointer: String,
    /// What was found, as a fragment.
    pub message: String,
}

/// Gives what was found its places in the manifests, sorted and folded like all diagnostics. The reading must be a valid one:
/// then each entry of a list in the texts is one of `desired`.
pub fn located(reading: &Reading, found: Vec<Found>) -> Vec<Diagnostic> {
    if found.is_empty() {
        return Vec::new();
    }
    let (functions, layers) = entries(reading);
    // A name that no message may repeat is missing there.
    let declared = Some(&reading.declared).filter(|declared| declared.len() == functions.len());
    let mut diagnostics: Vec<Diagnostic> = found
        .into_iter()
        .map(|Found { rule, declaration, pointer, message }| {
            let (entry, function) = match declaration {
                Declaration::Function(index) => {
                    (functions.get(index), declared.and_then(|declared| declared.get(index)))
                }
                Declaration::Layer(index) => (layers.get(index), None),
            };
            let function = function.map(|declared| declared.name.as_str());
            let Some(Entry { source, path, node, defaults }) = entry else {
                return Diagnostic::file(rule, "", message).function(function);
            };
            let placing = Placing { node, defaults: defaults.as_deref(), path };
            let (span, path) = placing.of(&pointer, &Anchor::Value);
            let file = reading.sources[source.0].name.as_str();
            Diagnostic::file(rule, file, message).at(*source, span).path(path).function(function)
        })
        .collect();
    tidy(&mut diagnostics);
    diagnostics
}

/// A function or a layer as it is written.
struct Entry {
    source: SourceId,
    path: String,
    node: Node,
    defaults: Option<Rc<Node>>,
}

/// Returns the functions and the layers of all texts.
fn entries(reading: &Reading) -> (Vec<Entry>, Vec<Entry>) {
    let (mut functions, mut layers) = (Vec::new(), Vec::new());
    for (index, text) in reading.sources.iter().enumerate() {
        let source = SourceId(index);
        for mut root in parse(text, source, text.format, &mut Vec::new()) {
            take(&mut root, "$schema");
            if is_bare_request(&root) {
                _ = beside::in_one_form(&mut root);
                functions.push(Entry { source, path: String::new(), node: root, defaults: None });
                continue;
            }
            let mut defaults = take(&mut root, "defaults").map(|entry| entry.value);
            defaults.iter_mut().for_each(|defaults| _ = beside::in_one_form(defaults));
            let defaults = defaults.map(Rc::new);
            for (key, found) in [("functions", &mut functions), ("layers", &mut layers)] {
                let defaults = defaults.as_ref().filter(|_| key == "functions");
                let listed = take(&mut root, key).map(|entry| entry.value);
                found.extend(items(listed, key).into_iter().map(|(path, mut node)| {
                    _ = beside::in_one_form(&mut node);
                    Entry { source, path, node, defaults: defaults.cloned() }
                }));
            }
        }
    }
    (functions, layers)
}

/// Returns the items of a list, or of a map from names, with their pointers.
fn items(listed: Option<Node>, key: &str) -> Vec<(String, Node)> {
    match listed.map(|node| node.kind) {
        Some(Kind::List(items)) => {
            items.into_iter().enumerate().map(|(index, node)| (format!("/{key}/{index}"), node)).collect()
        }
        Some(Kind::Map(entries)) => {
            // One that says nothing of its own is best pointed at by its name.
            let placed = |entry: crate::node::Entry| match entry.value.kind {
                Kind::Map(_) => entry.value,
                _ => Node { span: entry.key_span, kind: Kind::Map(Vec::new()) },
            };
            entries.into_iter().map(|entry| (format!("/{key}/{}", escape(&entry.key)), placed(entry))).collect()
        }
        _ => Vec::new(),
    }
}
