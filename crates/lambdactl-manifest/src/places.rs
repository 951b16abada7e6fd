//! Where members stand, for what is found after a manifest was read: nobody keeps the trees of a valid one, so its texts are
//! parsed once more.

use std::collections::HashMap;

use lambdactl_schema::Anchor;
use lambdactl_schema::rules::Rule;

use crate::beside;
use crate::diagnostic::Diagnostic;
use crate::function::Placing;
use crate::keys::is_bare_request;
use crate::node::{Kind, Node, escape};
use crate::parsed::parse;
use crate::reading::{FunctionPlace, Reading};
use crate::span::SourceId;
use crate::stages::{Overlay, choose};
use crate::tidy::tidy;

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

/// Gives what was found its places in the manifests, sorted and folded like all diagnostics. The reading must be a valid one.
pub fn located(reading: &Reading, found: Vec<Found>) -> Vec<Diagnostic> {
    if found.is_empty() {
        return Vec::new();
    }
    let Written { documents, functions, layers } = Written::of(reading);
    let mut diagnostics: Vec<Diagnostic> = found
        .into_iter()
        .map(|Found { rule, declaration, pointer, message }| {
            let (entry, function) = match declaration {
                Declaration::Function(index) => match reading.places.get(index) {
                    Some((place, name)) => (functions.get(place), name.as_deref()),
                    None => (None, None),
                },
                Declaration::Layer(index) => (layers.get(index), None),
            };
            let Some(Entry { document, path, node }) = entry else {
                return Diagnostic::file(rule, "", message).function(function);
            };
            let Document { source, overlay, defaults } = &documents[*document];
            let defaults = defaults.as_ref().filter(|_| matches!(declaration, Declaration::Function(_)));
            let placing = Placing { node, defaults, path };
            let (span, path) = placing.of(&pointer, &Anchor::Value);
            let file = reading.sources[source.0].name.as_str();
            let mut diagnostic = Diagnostic::file(rule, file, message).at(*source, span).path(path).function(function);
            overlay.rename(std::slice::from_mut(&mut diagnostic));
            diagnostic
        })
        .collect();
    tidy(&mut diagnostics);
    diagnostics
}

/// A function or a layer as it is written, in a document by its number.
struct Entry {
    document: usize,
    path: String,
    node: Node,
}

struct Document {
    source: SourceId,
    overlay: Overlay,
    defaults: Option<Node>,
}

/// What all texts have in them.
#[derive(Default)]
struct Written {
    documents: Vec<Document>,
    functions: HashMap<FunctionPlace, Entry>,
    layers: Vec<Entry>,
}

impl Written {
    fn of(reading: &Reading) -> Self {
        let mut written = Self::default();
        for (index, text) in reading.sources.iter().enumerate() {
            let source = SourceId(index);
            for (number, mut root) in parse(text, source, text.format, &mut Vec::new()).into_iter().enumerate() {
                let overlay = choose(&mut root, reading.stage.as_deref());
                let document = written.documents.len();
                root.take("$schema");
                if is_bare_request(&root) {
                    _ = beside::in_one_form(&mut root);
                    let entry = Entry { document, path: String::new(), node: root };
                    let place = FunctionPlace { source, document: number, path: String::new() };
                    written.functions.insert(place, entry);
                    written.documents.push(Document { source, overlay, defaults: None });
                    continue;
                }
                let mut defaults = root.take("defaults").map(|entry| entry.value);
                defaults.iter_mut().for_each(|defaults| _ = beside::in_one_form(defaults));
                for (path, mut node) in items(root.take("functions").map(|entry| entry.value), "functions", &overlay) {
                    _ = beside::in_one_form(&mut node);
                    let place = FunctionPlace { source, document: number, path: path.clone() };
                    written.functions.insert(place, Entry { document, path, node });
                }
                let layers = items(root.take("layers").map(|entry| entry.value), "layers", &overlay);
                written.layers.extend(layers.into_iter().map(|(path, node)| Entry { document, path, node }));
                written.documents.push(Document { source, overlay, defaults });
            }
        }
        written
    }
}

/// Returns the items of a list, or of a map from names, with their pointers.
fn items(listed: Option<Node>, key: &str, overlay: &Overlay) -> Vec<(String, Node)> {
    let is_here = |index: usize| !overlay.leaves_out(key, index);
    match listed.map(|node| node.kind) {
        Some(Kind::List(items)) => {
            let items = items.into_iter().enumerate().filter(|(index, _)| is_here(*index));
            items.map(|(index, node)| (format!("/{key}/{index}"), node)).collect()
        }
        Some(Kind::Map(entries)) => {
            // One that says nothing of its own is best pointed at by its name.
            let placed = |entry: crate::node::Entry| match entry.value.kind {
                Kind::Map(_) => entry.value,
                _ => Node { span: entry.key_span, kind: Kind::Map(Vec::new()) },
            };
            let entries = entries.into_iter().enumerate().filter(|(index, _)| is_here(*index));
            entries.map(|(_, entry)| (format!("/{key}/{}", escape(&entry.key)), placed(entry))).collect()
        }
        _ => Vec::new(),
    }
}
