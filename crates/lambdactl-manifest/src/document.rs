use lambdactl_schema::{Origin, plain_name, rules};
use serde_json::json;

use crate::beside;
use crate::diagnostic::Diagnostic;
use crate::keys::is_bare_request;
use crate::node::{Entry, Kind, Node, escape};
use crate::parsed::Root;
use crate::prelude::Prelude;
use crate::references::{self, Context, Resolved, Unknown, Values, Variables};
use crate::span::{SourceId, Span};
use crate::stages::Overlay;
use crate::surroundings::Surroundings;
use crate::variables;

/// One document, taken apart: its head, its defaults and its functions.
pub(crate) struct Document {
    pub(crate) source: SourceId,
    /// Its number among those of its file.
    pub(crate) index: usize,
    /// What its stage says.
    pub(crate) overlay: Overlay,
    pub(crate) variables: Variables,
    pub(crate) name: Option<Setting>,
    pub(crate) region: Option<Setting>,
    pub(crate) account: Option<Setting>,
    pub(crate) update: Option<Setting>,
    /// `artifacts`: bucket, prefix, key and account.
    pub(crate) artifacts: [Option<Setting>; 4],
    pub(crate) defaults: Option<Node>,
    /// What became of the references in the defaults.
    pub(crate) resolved_defaults: Resolved,
    /// Values of the head that are not known here.
    pub(crate) unknown: Vec<Unknown>,
    pub(crate) layers: Vec<FunctionEntry>,
    pub(crate) functions: Vec<FunctionEntry>,
}

/// A value of the head.
pub(crate) struct Setting {
    pub(crate) value: String,
    /// What stands in the manifest, where a reference brought the value in.
    pub(crate) origin: Option<Origin>,
    pub(crate) span: Span,
}

impl Setting {
    /// Returns the value as a message shows it.
    pub(crate) fn shown(&self) -> String {
        self.origin.as_ref().map_or_else(|| self.value.escape_debug().to_string(), |origin| origin.text.clone())
    }
}

/// A function or a layer as it stands in the document.
pub(crate) struct FunctionEntry {
    /// JSON pointer in the document.
    pub(crate) path: String,
    pub(crate) node: Node,
}

/// Takes a document apart; what is wrong with it beside its functions goes to `diagnostics`.
pub(crate) fn take_apart(
    root: Root,
    overlay: Overlay,
    prelude: Prelude,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Document {
    let Root { source: _, index, node: mut root } = root;
    let shape = |span: Span, message: &str| {
        Diagnostic::file(&rules::SHAPE, surroundings.file, message).at(surroundings.source, span)
    };
    let mut document = Document {
        source: surroundings.source,
        index,
        overlay,
        variables: Variables::default(),
        name: None,
        region: None,
        account: None,
        update: None,
        artifacts: [const { None }; 4],
        defaults: None,
        resolved_defaults: Resolved::default(),
        unknown: Vec::new(),
        layers: Vec::new(),
        functions: Vec::new(),
    };
    let Kind::Map(_) = root.kind else {
        let message = "the document is not a map of keys and values";
        diagnostics.push(shape(root.span, message).help("`functions:` and a list of functions is the least"));
        return document;
    };
    // Written by editors, and nobody's business here.
    root.take("$schema");
    if is_bare_request(&root) {
        document.functions.push(FunctionEntry { path: String::new(), node: root });
        return document;
    }

    let layers = root.take("layers");
    let functions = root.take("functions");
    let defaults = root.take("defaults");
    let head_context = Context::of_head(surroundings.source, surroundings.file);
    let Prelude { entries, resolved: of_prelude, variables, .. } = prelude;
    let mut kept = entries;
    let mut own = Variables::default();
    if let Some(mut entry) = variables {
        own = variables::of_document(&mut entry.value, &document.overlay, surroundings, diagnostics);
        kept.push(entry);
    }
    let values = Values { own: Some(&own), ..surroundings.values };
    let surroundings = &Surroundings { values, ..*surroundings };
    let mut resolved = references::resolve(&mut root, &surroundings.values, &head_context, diagnostics);
    resolved.append(of_prelude);
    if let Kind::Map(entries) = &mut root.kind {
        entries.append(&mut kept);
    }
    let taken: Vec<&Entry> = layers.iter().chain(&functions).chain(&defaults).collect();
    check_head(&root, &taken, &resolved, surroundings, diagnostics);
    document.unknown = std::mem::take(&mut resolved.unknown);
    let setting = |pointer: &str| {
        // Nothing is compared with a region or an account that is not known.
        let is_place = matches!(pointer, "/region" | "/account");
        if is_place && resolved.origins.unknown().any(|unknown| unknown == pointer) {
            return None;
        }
        let node = root.pointer(pointer)?;
        let value = match &node.kind {
            Kind::String(text) => text.clone(),
            Kind::Bool(value) => value.to_string(),
            _ => return None,
        };
        let origin = resolved.origins.iter().find(|(path, _)| *path == pointer).map(|(_, origin)| origin.clone());
        Some(Setting { value, origin, span: node.span })
    };
    document.name = setting("/name");
    document.region = setting("/region");
    document.account = setting("/account");
    document.update = setting("/update");
    document.artifacts =
        ["/artifacts/bucket", "/artifacts/prefix", "/artifacts/kmsKey", "/artifacts/account"].map(setting);

    if let Some(Entry { value: mut defaults, .. }) = defaults.filter(|entry| matches!(entry.value.kind, Kind::Map(_))) {
        let schema = surroundings.validator.function_schema();
        let context = Context { path: "/defaults", schema, has_layers: true, ..head_context };
        // A number in the defaults is read in the same way; its warning is for functions.
        _ = beside::in_one_form(&mut defaults);
        document.resolved_defaults = references::resolve(&mut defaults, &surroundings.values, &context, diagnostics);
        if let Some(entry) = defaults.entry("FunctionName") {
            diagnostics.push(
                shape(entry.key_span, "a name cannot be a default: every function has its own")
                    .path("/defaults/FunctionName"),
            );
        }
        document.defaults = Some(defaults);
    }
    if let Some(entry) = layers {
        document.layers = entries_of(entry.value, &LAYERS, &document.overlay, surroundings, diagnostics);
    }
    if let Some(entry) = functions {
        document.functions = entries_of(entry.value, &FUNCTIONS, &document.overlay, surroundings, diagnostics);
    }
    document.variables = own;
    document
}

fn check_head(
    root: &Node,
    taken: &[&Entry],
    resolved: &Resolved,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // Layers, functions and defaults are judged one by one: the head needs to know their outer shape only.
    let mut head = root.to_value();
    let outer = |node: &Node| match node.kind {
        Kind::List(_) => json!([]),
        Kind::Map(_) => json!({}),
        _ => node.to_value(),
    };
    for entry in taken {
        head[&entry.key] = outer(&entry.value);
    }
    for violation in surroundings.validator.check_head(&head, &resolved.origins) {
        if resolved.failed.contains(&violation.pointer) {
            continue;
        }
        let taken = taken.iter().find(|entry| violation.pointer == format!("/{}", entry.key));
        let (span, path) = match &violation.anchor {
            lambdactl_schema::Anchor::Key(key) => {
                (root.entry(key).map_or(root.span, |entry| entry.key_span), format!("/{}", escape(key)))
            }
            lambdactl_schema::Anchor::Value => {
                let span = match taken {
                    Some(entry) => entry.value.span,
                    None => root.pointer(&violation.pointer).map_or(root.span, |node| node.span),
                };
                (span, violation.pointer.clone())
            }
        };
        let mut diagnostic = Diagnostic::file(violation.rule, surroundings.file, violation.message)
            .at(surroundings.source, span)
            .path(path);
        diagnostic.help = violation.help;
        diagnostics.push(diagnostic);
    }
}

/// A key whose value is a list, or a map from names.
struct Listing {
    key: &'static str,
    /// The member with the name.
    name: &'static str,
    /// What one is called.
    one: &'static str,
}

const FUNCTIONS: Listing = Listing { key: "functions", name: "FunctionName", one: "function" };
const LAYERS: Listing = Listing { key: "layers", name: "LayerName", one: "layer" };

fn entries_of(
    node: Node,
    listing: &Listing,
    overlay: &Overlay,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<FunctionEntry> {
    let above = listing.key;
    match node.kind {
        Kind::List(items) => items
            .into_iter()
            .enumerate()
            .filter(|(index, _)| !overlay.leaves_out(above, *index))
            .map(|(index, node)| FunctionEntry { path: format!("/{above}/{index}"), node })
            .collect(),
        Kind::Map(entries) => entries
            .into_iter()
            .enumerate()
            .filter(|(index, _)| !overlay.leaves_out(above, *index))
            .map(|(_, entry)| {
                let path = format!("/{above}/{}", escape(&entry.key));
                FunctionEntry { node: named(entry, &path, listing, surroundings, diagnostics), path }
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Gives a function or a layer of the map form its name.
fn named(
    entry: Entry,
    path: &str,
    listing: &Listing,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Node {
    let Listing { name, one, .. } = listing;
    let Entry { key, key_span, value: mut node } = entry;
    if matches!(node.kind, Kind::Null) {
        // `report:` and nothing else: everything comes from the defaults.
        node.kind = Kind::Map(Vec::new());
    }
    if let Kind::Map(members) = &mut node.kind {
        match members.iter().find(|member| member.key == *name) {
            Some(own) if own.value.as_str() != Some(&key) => diagnostics.push(
                Diagnostic::file(
                    &rules::SHAPE,
                    surroundings.file,
                    format!("the key `{}` is the {one}'s name, and here is another", plain_name(&key)),
                )
                .at(surroundings.source, own.value.span)
                .path(format!("{path}/{name}"))
                .function(Some(key.as_str()).filter(|_| listing.key == FUNCTIONS.key))
                .help(format!("remove `{name}`, or make it equal to the key")),
            ),
            Some(_) => {}
            None => members.insert(
                0,
                Entry { key: (*name).to_owned(), key_span, value: Node { span: key_span, kind: Kind::String(key) } },
            ),
        }
    }
    node
}
