//! A manifest as it is after defaults and references, to be written out again without a secret in it.

use std::collections::BTreeSet;

use lambdactl_schema::{Pointer, Shape, Validator, ValueType, expected_type};
use serde_json::{Map, Value};

use crate::beside;
use crate::document::is_bare_request;
use crate::function::{is_taken_from_defaults, merge};
use crate::input::{Loaded, load};
use crate::keys::plain_path;
use crate::node::{Entry, Kind, Node};
use crate::reach::Reach;
use crate::read::{ReadOptions, parse};
use crate::references::{Outcome, UnknownValues, Values, outcome, repeatable, typed, without_defaults};
use crate::source::Source;
use crate::span::{SourceId, Span};

/// A manifest that was written out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// One manifest with the functions of all files. No value of a secret place is in it.
    pub manifest: Value,
    /// The values that stand in the manifests where secrets do, and references in their place.
    pub hidden: Vec<Hidden>,
    /// Where values came from that do not stand where they are used.
    pub origins: Vec<ValueOrigin>,
}

/// A value that is not shown, and what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// The function or layer; nothing for the manifest's head.
    pub owner: Option<String>,
    /// Where it stands, such as `Environment.Variables.TOKEN`.
    pub member: String,
    /// The reference that stands there now.
    pub reference: String,
    /// Only the default of a reference was left out.
    pub is_default: bool,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueOrigin {
    /// The function or layer; nothing for the manifest's head.
    pub owner: Option<String>,
    /// Where it is used, such as `Timeout`.
    pub member: String,
    /// The manifest's own text, where references brought the value in; their defaults are left out.
    pub text: Option<String>,
    /// File and line of the defaults, where it stands there.
    pub defaults: Option<String>,
}

/// Writes manifests out: defaults merged, and references resolved as far as their values are known here. To be called for
/// manifests that [`read`](crate::read) has found to be valid.
///
/// What stands where secrets do stays a reference; a value that is written there becomes one.
pub fn render(options: &ReadOptions) -> Rendered {
    let validator = Validator::new(options.policy);
    let mut rendered = Rendered { manifest: Value::Object(Map::new()), ..Rendered::default() };
    let (mut layers, mut functions) = (Vec::new(), Vec::new());
    let mut names = BTreeSet::new();
    for (index, Loaded { source, format, folder }) in load(&options.inputs).0.into_iter().enumerate() {
        let reach = Reach::new(folder, &options.allowed_folders);
        let ReadOptions { environment, variables, .. } = options;
        let values = Values { environment, variables, reach: &reach, unknown: UnknownValues::Noted };
        for root in parse(&source, SourceId(index), format, &mut Vec::new()) {
            let mut page = Page {
                source: &source,
                values: &values,
                schema: validator.function_schema(),
                names: &mut names,
                rendered: &mut rendered,
            };
            page.document(root, &mut layers, &mut functions);
        }
    }
    for (key, items) in [("layers", layers), ("functions", functions)] {
        if !items.is_empty() {
            rendered.manifest[key] = Value::Array(items);
        }
    }
    rendered
}

/// What one document is written out with.
struct Page<'a> {
    source: &'a Source,
    values: &'a Values<'a>,
    /// The schema of a function, for the types of references.
    schema: &'a Value,
    /// The names of references that were given out.
    names: &'a mut BTreeSet<String>,
    rendered: &'a mut Rendered,
}

/// What a value belongs to.
struct Owner<'a> {
    name: Option<String>,
    shape: &'static Shape,
    schema: &'a Value,
    /// What is written for it, and the defaults under it.
    own: Option<(&'a Node, Option<&'a Node>)>,
}

impl Page<'_> {
    fn document(&mut self, root: Node, layers: &mut Vec<Value>, functions: &mut Vec<Value>) {
        if is_bare_request(&root) {
            functions.push(self.function(root, None));
            return;
        }
        let Kind::Map(entries) = root.kind else { return };
        let mut defaults = None;
        let mut listed = Vec::new();
        for Entry { key, value, .. } in entries {
            match key.as_str() {
                "$schema" => {}
                "defaults" => defaults = Some(value).filter(|value| matches!(value.kind, Kind::Map(_))),
                "functions" | "layers" => listed.push((key, value)),
                _ => {
                    let mut head = Map::from_iter([(key.clone(), value.to_value())]).into();
                    let owner = Owner { name: None, shape: Shape::of_manifest(), schema: &Value::Null, own: None };
                    self.visit(&mut head, &mut Pointer::default(), &owner);
                    let value = head[&key].take();
                    if self.rendered.manifest.get(&key).is_none() {
                        self.rendered.manifest[key] = value;
                    }
                }
            }
        }
        if let Some(defaults) = &mut defaults {
            beside::in_one_form(defaults);
        }
        for (key, value) in listed {
            for node in items(value, if key == "layers" { "LayerName" } else { "FunctionName" }) {
                match key.as_str() {
                    "layers" => layers.push(self.layer(&node)),
                    _ => functions.push(self.function(node, defaults.as_ref())),
                }
            }
        }
    }

    fn function(&mut self, mut node: Node, defaults: Option<&Node>) -> Value {
        beside::in_one_form(&mut node);
        let mut merged = merge(defaults, &node, &mut Pointer::default());
        let name = node.get("FunctionName").and_then(Node::as_str).and_then(repeatable);
        let owner = Owner {
            name: name.map(|name| name.into_owned()),
            shape: Shape::of_function(),
            schema: self.schema,
            own: Some((&node, defaults)),
        };
        self.visit(&mut merged, &mut Pointer::default(), &owner);
        merged
    }

    fn layer(&mut self, node: &Node) -> Value {
        let mut layer = node.to_value();
        let name = node.get("LayerName").and_then(Node::as_str).and_then(repeatable);
        let name = name.map(|name| name.into_owned());
        let owner = Owner { name, shape: Shape::of_layer(), schema: &Value::Null, own: None };
        self.visit(&mut layer, &mut Pointer::default(), &owner);
        layer
    }

    fn visit(&mut self, value: &mut Value, path: &mut Pointer, owner: &Owner<'_>) {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    let outer = path.enter(key);
                    self.visit(member, path, owner);
                    path.leave(outer);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    let outer = path.enter_item(index);
                    self.visit(item, path, owner);
                    path.leave(outer);
                }
            }
            Value::Null => {}
            scalar => self.scalar(scalar, path.as_str(), owner),
        }
    }

    fn scalar(&mut self, value: &mut Value, path: &str, owner: &Owner<'_>) {
        let text = value.as_str().filter(|text| text.contains("${")).map(str::to_owned);
        let Some(text) = text else {
            if !owner.shape.can_show(path, value) {
                *value = self.hide(path, owner);
            }
            return self.note_origin(path, owner, None);
        };
        match outcome(&text, self.values) {
            Some(Outcome::Known { text: known, is_whole, is_bare }) => {
                let wanted = expected_type(owner.schema, path.split('/').skip(1));
                let wanted = if is_whole { wanted } else { ValueType::Text };
                // What it brings in is text, and is no reference where it is read again.
                let span = Span { start: 0, end: 0 };
                let known = Node { span, kind: typed(known.replace("${", "$${"), wanted, span) }.to_value();
                match (owner.shape.can_show(path, &known), is_bare) {
                    (true, _) => {
                        *value = known;
                        self.note_origin(path, owner, Some(&text));
                    }
                    (false, true) => self.keep(value, &text, path, owner),
                    (false, false) => *value = self.hide(path, owner),
                }
            }
            Some(Outcome::Open { is_bare }) if is_bare || owner.shape.can_show(path, &Value::from("")) => {
                self.keep(value, &text, path, owner);
            }
            Some(Outcome::Open { .. }) | None => *value = self.hide(path, owner),
        }
    }

    /// Leaves a reference as it is, but for its default: that is a value.
    fn keep(&mut self, value: &mut Value, text: &str, path: &str, owner: &Owner<'_>) {
        let Some((kept, has_lost_default)) = without_defaults(text) else {
            *value = self.hide(path, owner);
            return;
        };
        if has_lost_default {
            let (owner, member) = (owner.name.clone(), member(path));
            self.rendered.hidden.push(Hidden { owner, member, reference: kept.clone(), is_default: true });
        }
        *value = Value::String(kept);
        self.note_origin(path, owner, None);
    }

    /// Returns the reference that stands for a value that is not shown.
    fn hide(&mut self, path: &str, owner: &Owner<'_>) -> Value {
        let member = member(path);
        let last = member.strip_prefix("Environment.Variables.").unwrap_or(&member);
        let wanted = ["LAMBDA", owner.name.as_deref().unwrap_or("MANIFEST"), last].map(letters).join("_");
        let numbered = (2..).map(|number| format!("{wanted}_{number}"));
        let name = [wanted.clone()].into_iter().chain(numbered).find(|name| !self.names.contains(name));
        let name = name.unwrap_or(wanted);
        self.names.insert(name.clone());
        let reference = format!("${{env:{name}}}");
        let owner = owner.name.clone();
        self.rendered.hidden.push(Hidden { owner, member, reference: reference.clone(), is_default: false });
        Value::String(reference)
    }

    fn note_origin(&mut self, path: &str, owner: &Owner<'_>, text: Option<&str>) {
        let defaults = owner.own.and_then(|(own, defaults)| {
            let span = defaults?.pointer(path)?.span;
            let line = self.source.position(span.start).line;
            is_taken_from_defaults(own, path).then(|| format!("{}:{line}", self.source.name))
        });
        let text = text.and_then(repeatable).map(|text| text.into_owned());
        if text.is_some() || defaults.is_some() {
            let (owner, member) = (owner.name.clone(), member(path));
            self.rendered.origins.push(ValueOrigin { owner, member, text, defaults });
        }
    }
}

/// The items of a list, or of a map from names, which become members.
fn items(node: Node, name: &str) -> Vec<Node> {
    match node.kind {
        Kind::List(items) => items,
        Kind::Map(entries) => entries.into_iter().map(|entry| named(entry, name)).collect(),
        _ => Vec::new(),
    }
}

fn named(entry: Entry, name: &str) -> Node {
    let Entry { key, key_span, value: Node { span, kind } } = entry;
    let mut members = match kind {
        Kind::Map(members) => members,
        _ => Vec::new(),
    };
    if members.iter().all(|member| member.key != name) {
        let value = Node { span: key_span, kind: Kind::String(key) };
        members.insert(0, Entry { key: name.to_owned(), key_span, value });
    }
    Node { span, kind: Kind::Map(members) }
}

/// Writes a pointer as people read it.
fn member(path: &str) -> String {
    plain_path(path).trim_start_matches('/').replace('/', ".")
}

/// Makes a text a part of a variable's name.
fn letters(text: &str) -> String {
    /// Characters that are kept.
    const LONGEST: usize = 40;
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    text.chars().take(LONGEST).map(letter).collect()
}
