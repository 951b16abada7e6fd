//! A manifest as it is after defaults and references, to be written out again without a secret in it.

use std::collections::{BTreeMap, BTreeSet};

use lambdactl_schema::{Pointer, Shape, ValueType, expected_type};
use serde_json::{Map, Value};

use crate::beside;
use crate::function::{is_taken_from_defaults, merge};
use crate::keys::{is_bare_request, plain_path};
use crate::locations::matches;
use crate::node::{Entry, Kind, Node, escape};
use crate::parsed::Parsed;
use crate::pass::{Choice, Pass, Reader, Settled};
use crate::reading::ReadOptions;
use crate::references::{Outcome, UnknownValues, Values, outcome, repeatable, typed, variables_in, without_defaults};
use crate::source::Source;
use crate::span::Span;
use crate::stages::Overlay;
use crate::variables;

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
    /// The layer that says it, with file and line, where that is not the function itself: the defaults, or a stage.
    pub layer: Option<String>,
}

/// Writes manifests out: defaults merged, and references resolved as far as their values are known here. To be called for
/// manifests that [`read`](crate::read) has found to be valid.
///
/// What stands where secrets do stays a reference; a value that is written there becomes one.
pub fn render(options: &ReadOptions) -> Rendered {
    let mut parsed = Parsed::of(&options.inputs, &options.allowed_folders);
    let roots = std::mem::take(&mut parsed.roots);
    let options = ReadOptions { unknown: UnknownValues::Noted, ..options.clone() };
    let reader = Reader::new(&options);
    let mut pass = Pass::default();
    let choice = Choice { stage: options.stage.as_deref(), location: None };
    let mut rendered = Rendered { manifest: Value::Object(Map::new()), ..Rendered::default() };
    let Some(Settled { documents, run }) = reader.settle(&parsed, roots, choice, &mut pass) else { return rendered };
    let (mut layers, mut functions) = (Vec::new(), Vec::new());
    let (mut names, mut variables) = (BTreeSet::new(), BTreeMap::new());
    for (root, overlay, prelude) in documents {
        let surroundings = reader.surroundings(&parsed, root.source, &run);
        let mut entry = prelude.variables.clone();
        let own = entry
            .as_mut()
            .map(|entry| variables::of_document(&mut entry.value, &overlay, &surroundings, &mut Vec::new()));
        let own = own.unwrap_or_default();
        let values = Values { own: Some(&own), ..surroundings.values };
        let mut page = Page {
            source: surroundings.text,
            values: &values,
            schema: reader.validator.function_schema(),
            overlay: &overlay,
            location: pass.location.as_ref().map(|location| location.name.as_str()),
            written: prelude.variables.as_ref().map(|entry| &entry.value),
            variables: &mut variables,
            names: &mut names,
            rendered: &mut rendered,
        };
        page.document(root.node, prelude.written, &mut layers, &mut functions);
    }
    if !variables.is_empty() {
        rendered.manifest["variables"] =
            Value::Object(variables.into_iter().map(|(name, (_, value))| (name, value)).collect());
    }
    if !layers.is_empty() {
        rendered.manifest["layers"] = Value::Array(layers);
    }
    // A manifest has some, be it none.
    rendered.manifest["functions"] = Value::Array(functions);
    rendered
}

/// What one document is written out with.
struct Page<'a> {
    source: &'a Source,
    values: &'a Values<'a>,
    /// The schema of a function, for the types of references.
    schema: &'a Value,
    overlay: &'a Overlay,
    /// The location that it is written out for.
    location: Option<&'a str>,
    /// The document's variables as they are written.
    written: Option<&'a Node>,
    /// The variables that references name which stay, as they are written, and as they are written out.
    variables: &'a mut BTreeMap<String, (Value, Value)>,
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
    /// Its pointer in the document.
    path: String,
}

impl Page<'_> {
    fn document(&mut self, root: Node, settled: Vec<Entry>, layers: &mut Vec<Value>, functions: &mut Vec<Value>) {
        if settled.is_empty() && is_bare_request(&root) {
            functions.push(self.function(root, None, String::new()));
            return;
        }
        let Kind::Map(entries) = root.kind else { return };
        let mut defaults = None;
        let mut listed = Vec::new();
        for Entry { key, mut value, .. } in settled.into_iter().chain(entries) {
            match key.as_str() {
                "$schema" => {}
                "locations" => self.leave_location(&mut value),
                _ => {}
            }
            match key.as_str() {
                "$schema" => {}
                "defaults" => defaults = Some(value).filter(|value| matches!(value.kind, Kind::Map(_))),
                "functions" | "layers" => listed.push((key, value)),
                _ => {
                    let mut head = Map::from_iter([(key.clone(), value.to_value())]).into();
                    let owner = Owner {
                        name: None,
                        shape: Shape::of_manifest(),
                        schema: &Value::Null,
                        own: None,
                        path: String::new(),
                    };
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
            for (path, node) in items(value, &key, self.overlay) {
                match key.as_str() {
                    "layers" => layers.push(self.layer(&node, path)),
                    _ => {
                        let (hidden, origins) = (self.rendered.hidden.len(), self.rendered.origins.len());
                        let function = self.function(node, defaults.as_ref(), path);
                        match self.is_here(&function) {
                            true => functions.push(function),
                            false => {
                                self.rendered.hidden.truncate(hidden);
                                self.rendered.origins.truncate(origins);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Leaves the location that it is written out for.
    fn leave_location(&self, locations: &mut Node) {
        if let (Kind::List(items), Some(location)) = (&mut locations.kind, self.location) {
            items.retain(|item| {
                let name = item.get("name").and_then(Node::as_str).unwrap_or_default();
                match outcome(name, self.values) {
                    Some(Outcome::Known { text, .. }) => text == location,
                    _ => true,
                }
            });
        }
    }

    /// Whether a function is in the location that it is written out for.
    fn is_here(&self, function: &Value) -> bool {
        let patterns = function["locations"].as_array();
        let (Some(patterns), Some(location)) = (patterns, self.location) else { return true };
        patterns.iter().filter_map(Value::as_str).any(|pattern| matches(pattern, location))
    }

    fn function(&mut self, mut node: Node, defaults: Option<&Node>, path: String) -> Value {
        beside::in_one_form(&mut node);
        let mut merged = merge(defaults, &node, &mut Pointer::default());
        let name = node.get("FunctionName").and_then(Node::as_str).and_then(repeatable);
        let owner = Owner {
            name: name.map(|name| name.into_owned()),
            shape: Shape::of_function(),
            schema: self.schema,
            own: Some((&node, defaults)),
            path,
        };
        self.visit(&mut merged, &mut Pointer::default(), &owner);
        merged
    }

    fn layer(&mut self, node: &Node, path: String) -> Value {
        let mut layer = node.to_value();
        let name = node.get("LayerName").and_then(Node::as_str).and_then(repeatable);
        let name = name.map(|name| name.into_owned());
        let owner = Owner { name, shape: Shape::of_layer(), schema: &Value::Null, own: Some((node, None)), path };
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
        let kept = without_defaults(text).filter(|_| self.keep_variables(text));
        let Some((kept, has_lost_default)) = kept else {
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

    /// Writes out the variables of the manifest that a reference names which stays. Not where another document has written another
    /// one by that name.
    fn keep_variables(&mut self, text: &str) -> bool {
        let Some(written) = self.written else { return true };
        let named = variables_in(text);
        // Which one another reference leads to is not known: it may be any.
        let all = text.contains("${var:${");
        let is_named = |entry: &&Entry| all || named.contains(&entry.key);
        for entry in written.entries().iter().filter(is_named) {
            if self.values.variables.contains_key(&entry.key) {
                continue;
            }
            let owner =
                Owner { name: None, shape: Shape::of_manifest(), schema: &Value::Null, own: None, path: String::new() };
            let raw = entry.value.to_value();
            match self.variables.get(&entry.key) {
                Some((known, _)) if *known == raw => continue,
                Some(_) => return false,
                None => {}
            }
            let mut value = raw.clone();
            let pointer = format!("/variables/{}", escape(&entry.key));
            self.scalar(&mut value, &pointer, &owner);
            self.variables.insert(entry.key.clone(), (raw, value));
        }
        true
    }

    fn note_origin(&mut self, path: &str, owner: &Owner<'_>, text: Option<&str>) {
        let layer = owner.own.and_then(|(own, defaults)| {
            let from_defaults =
                defaults.filter(|_| is_taken_from_defaults(own, path)).and_then(|all| all.pointer(path));
            let (node, base) = match from_defaults {
                Some(node) => (node, "/defaults"),
                None => (own.pointer(path)?, owner.path.as_str()),
            };
            let of_stage = self.overlay.written(&format!("{base}{path}")).and(self.overlay.stage.as_ref());
            let what = match (from_defaults.is_some(), of_stage) {
                (true, None) => "the defaults".to_owned(),
                (true, Some(stage)) => format!("the defaults of the stage {stage}"),
                (false, Some(stage)) => format!("the stage {stage}"),
                (false, None) => return None,
            };
            let line = self.source.position(node.span.start).line;
            Some(format!("{what}, {}:{line}", self.source.name))
        });
        let text = text.and_then(repeatable).map(|text| text.into_owned());
        if text.is_some() || layer.is_some() {
            let (owner, member) = (owner.name.clone(), member(path));
            self.rendered.origins.push(ValueOrigin { owner, member, text, layer });
        }
    }
}

/// The items of a list, or of a map from names, which become members, with their pointers. Those that are not in the stage are left
/// out.
fn items(node: Node, key: &str, overlay: &Overlay) -> Vec<(String, Node)> {
    let name = if key == "layers" { "LayerName" } else { "FunctionName" };
    let is_here = |index: usize| !overlay.leaves_out(key, index);
    match node.kind {
        Kind::List(items) => {
            let items = items.into_iter().enumerate().filter(|(index, _)| is_here(*index));
            items.map(|(index, node)| (format!("/{key}/{index}"), node)).collect()
        }
        Kind::Map(entries) => {
            let entries = entries.into_iter().enumerate().filter(|(index, _)| is_here(*index));
            entries.map(|(_, entry)| (format!("/{key}/{}", escape(&entry.key)), named(entry, name))).collect()
        }
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
