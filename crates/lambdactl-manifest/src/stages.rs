//! The chosen stage of a document, merged into what holds for all stages: maps by key, anything else is replaced, and `null` takes
//! out. Nodes are moved, so that each value keeps its place in the text.

use std::collections::{BTreeSet, HashMap};

use lambdactl_schema::limits;
use lambdactl_schema::rules::{self, Rule};
use lambdactl_schema::{NOT_OF_STAGES, Pointer, nearest, plain_name};

use crate::beside;
use crate::diagnostic::Diagnostic;
use crate::keys::plain_path;
use crate::node::{Entry, Kind, Node, escape, unescape};
use crate::parsed::Root;
use crate::span::{SourceId, Span};

/// What became of a document's stages.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    /// The names of its stages, in its order.
    pub(crate) names: Vec<String>,
    /// The stage that was merged, if it has one.
    pub(crate) stage: Option<String>,
    /// What is wrong with it.
    pub(crate) problems: Vec<Problem>,
    /// Which functions, and which layers, are not in this stage, by their index.
    pub(crate) left_out: BTreeSet<(&'static str, usize)>,
    /// What of the document the stage says.
    layered: Layered,
}

/// Something that is wrong with a stage.
#[derive(Debug)]
pub(crate) struct Problem {
    rule: &'static Rule,
    span: Span,
    path: String,
    message: String,
    help: Option<String>,
    /// Without a stage nothing else can be said of the document.
    pub(crate) is_unsettled: bool,
}

impl Problem {
    fn new(span: Span, path: impl Into<String>, message: impl Into<String>) -> Self {
        let (path, message) = (path.into(), message.into());
        Self { rule: &rules::STAGE, span, path, message, help: None, is_unsettled: false }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Makes a diagnostic of it, which names the chosen stage where it is about that.
    pub(crate) fn into_diagnostic(self, stage: Option<&String>, source: SourceId, file: &str) -> Diagnostic {
        let Self { rule, span, path, message, help, is_unsettled: _ } = self;
        let is_within = |stage: &&String| path.starts_with(&format!("/stages/{}/", escape(stage)));
        let stages = stage.into_iter().filter(is_within).cloned().collect();
        let diagnostic = Diagnostic::file(rule, file, message).at(source, span).path(path);
        Diagnostic { help, stages, ..diagnostic }
    }
}

impl Overlay {
    /// Returns the stage's own pointer of what stands at a pointer, where the stage says it.
    pub(crate) fn written(&self, pointer: &str) -> Option<String> {
        self.stage.as_ref()?;
        let mut here = &self.layered;
        let mut written = here.from.clone()?;
        let mut segments = pointer.split('/').skip(1);
        loop {
            if here.is_moved {
                segments.for_each(|segment| written.extend(["/", segment]));
                return Some(written);
            }
            let segment = segments.next()?;
            here = here.below.get(&*unescape(segment))?;
            match &here.from {
                Some(from) => written.clone_from(from),
                None => written.extend(["/", segment]),
            }
        }
    }

    /// Gives diagnostics of what a stage says the stage's own pointers, and notes in them which stage it is.
    pub(crate) fn rename(&self, diagnostics: &mut [Diagnostic]) {
        let Some(stage) = &self.stage else { return };
        for diagnostic in diagnostics {
            if let Some(written) = self.written(&diagnostic.path) {
                diagnostic.path = written;
                diagnostic.stages.insert(stage.clone());
            }
        }
    }

    /// Whether it is known what the document says.
    pub(crate) fn is_settled(&self) -> bool {
        self.problems.iter().all(|problem| !problem.is_unsettled)
    }

    /// Whether a function or a layer is not in this stage.
    pub(crate) fn leaves_out(&self, key: &str, index: usize) -> bool {
        !self.left_out.is_empty() && self.left_out.contains(&(key, index))
    }
}

/// Returns the names of all stages of documents.
pub(crate) fn names_of(roots: &[Root]) -> BTreeSet<String> {
    let stages = roots.iter().filter_map(|root| root.node.get("stages")).flat_map(Node::entries);
    stages.map(|entry| entry.key.clone()).filter(|name| is_own_name(name)).take(limits::STAGES).collect()
}

/// Merges a stage into a document that has stages. One without stays as it is, whatever the stage.
pub(crate) fn choose(root: &mut Node, stage: Option<&str>) -> Overlay {
    let mut overlay = Overlay::default();
    let Kind::Map(entries) = &mut root.kind else { return overlay };
    let Some(at) = entries.iter().position(|entry| entry.key == "stages") else { return overlay };
    let Entry { key_span, value: Node { span, kind }, .. } = entries.remove(at);
    let unsettled = |problem: Problem| Problem { is_unsettled: true, ..problem };
    let Kind::Map(stages) = kind else {
        let problem = Problem::new(span, "/stages", "`stages` is a map from names to what is different in each");
        overlay.problems.push(unsettled(problem.help("for example `stages: {dev: {}, prod: {region: eu-west-1}}`")));
        return overlay;
    };
    for Entry { key, key_span, .. } in &stages {
        if !is_own_name(key) {
            let message = format!("`{}` cannot be the name of a stage", plain_name(key));
            let help = "it is made of up to 64 letters, digits, `_`, `.` and `-`, and begins with a letter or a digit";
            overlay.problems.push(Problem::new(*key_span, format!("/stages/{}", escape(key)), message).help(help));
        }
    }
    overlay.names = stages.iter().map(|entry| entry.key.clone()).filter(|name| is_own_name(name)).collect();
    if stages.is_empty() || stages.len() > limits::STAGES {
        let message = format!("there are {} stages, and a manifest has 1 to {}", stages.len(), limits::STAGES);
        overlay.problems.push(unsettled(Problem::new(key_span, "/stages", message)));
        return overlay;
    }
    let listed = overlay.names.join(", ");
    let Some(stage) = stage else {
        let problem = Problem::new(key_span, "/stages", "the manifest has stages, and none is chosen");
        let help = format!("pass `--stage NAME` or set LAMBDACTL_STAGE; there are: {listed}");
        overlay.problems.push(unsettled(problem.help(help)));
        return overlay;
    };
    let Some(chosen) = stages.into_iter().find(|entry| entry.key == stage) else {
        let problem =
            Problem::new(key_span, "/stages", format!("the manifest has no stage `{}`", stage.escape_debug()));
        let help = match nearest(stage, overlay.names.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`? There are: {listed}"),
            None => format!("there are: {listed}"),
        };
        overlay.problems.push(unsettled(problem.help(help)));
        return overlay;
    };
    let base = format!("/stages/{}", escape(stage));
    overlay.stage = Some(stage.to_owned());
    match chosen.value.kind {
        // Nothing is different in it.
        Kind::Null => {}
        Kind::Map(layer) => merge_stage(root, layer, &base, &mut overlay),
        _ => overlay.problems.push(
            Problem::new(chosen.value.span, base, format!("the stage `{stage}` is no map"))
                .help("it has the keys of a manifest that are different in it, such as `variables`"),
        ),
    }
    overlay
}

/// Whether a text can be the name of a stage or a location.
pub(crate) fn is_own_name(text: &str) -> bool {
    /// As in [`limits::OWN_NAME`].
    const LONGEST: usize = 64;
    text.len() <= LONGEST
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// Merges what a stage says, key by key.
fn merge_stage(root: &mut Node, layer: Vec<Entry>, base: &str, overlay: &mut Overlay) {
    let Overlay { problems, left_out, layered, .. } = overlay;
    let (mut functions, mut layers, mut rest) = (None, None, Vec::new());
    for mut entry in layer {
        let path = format!("{base}/{}", escape(&entry.key));
        match entry.key.as_str() {
            key if NOT_OF_STAGES.contains(&key) => {
                let problem = Problem::new(entry.key_span, path, format!("a stage cannot set `{key}`"));
                problems.push(problem.help("it holds for the whole file: take it out of the stage"));
            }
            "functions" => functions = Some((entry.value, path)),
            // A list takes the place of all layers.
            "layers" if matches!(entry.value.kind, Kind::Map(_)) => layers = Some((entry, path)),
            "defaults" => {
                // One form for both, so that what one writes as a list and the other as a map is merged by name.
                beside::in_maps(&mut entry.value);
                entry_mut(root, "defaults").into_iter().for_each(beside::in_maps);
                rest.push(entry);
            }
            _ => rest.push(entry),
        }
    }
    layered.from = Some(base.to_owned());
    let mut merge = Merge { problems, lower: Lower::Head, from: base.to_owned() };
    merge.maps(root, rest, layered, &mut Pointer::default());
    if let Some((entry, path)) = layers {
        let mut listing = Listing { key: "layers", name: "LayerName", path, problems, left_out };
        listing.merge_layers(root, entry, layered.under("layers"));
    }
    if let Some((node, path)) = functions {
        let mut listing = Listing { key: "functions", name: "FunctionName", path, problems, left_out };
        listing.merge_functions(root, node, layered.under("functions"));
    }
}

fn entry_mut<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    let Kind::Map(entries) = &mut node.kind else { return None };
    entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
}

/// Which values of a document its stage says.
#[derive(Debug, Default)]
struct Layered {
    /// The stage says this one, and all that is in it.
    is_moved: bool,
    /// Where it stands in the document, where that is not below what stands above it.
    from: Option<String>,
    below: HashMap<String, Layered>,
}

impl Layered {
    fn under(&mut self, key: &str) -> &mut Self {
        self.below.entry(key.to_owned()).or_default()
    }
}

/// What `null` takes out a value of.
#[derive(Clone, Copy)]
enum Lower<'a> {
    /// The manifest's own keys, and layers.
    Head,
    /// A function over these defaults.
    Function(Option<&'a Node>),
}

impl Lower<'_> {
    /// Whether a `null` stays one: it says that something must not be there, or takes away what the defaults say.
    fn keeps(self, within: &str) -> bool {
        match self {
            Self::Head => within.strip_prefix("/defaults").is_some_and(beside::says_absent),
            Self::Function(defaults) => {
                beside::says_absent(within) || defaults.is_some_and(|defaults| defaults.pointer(within).is_some())
            }
        }
    }
}

struct Merge<'a> {
    problems: &'a mut Vec<Problem>,
    lower: Lower<'a>,
    /// Where in the document the stage says it.
    from: String,
}

impl Merge<'_> {
    /// Merges entries into a map.
    fn maps(&mut self, base: &mut Node, over: Vec<Entry>, layered: &mut Layered, within: &mut Pointer) {
        /// Entries that are looked through as fast as an index is made.
        const FEW: usize = 16;
        let Kind::Map(entries) = &mut base.kind else { return };
        let index: Option<HashMap<String, usize>> = (entries.len() > FEW)
            .then(|| entries.iter().enumerate().map(|(index, entry)| (entry.key.clone(), index)).collect());
        let (mut gone, mut added) = (BTreeSet::new(), Vec::new());
        for entry in over {
            let position = match &index {
                Some(index) => index.get(&entry.key).copied(),
                None => entries.iter().position(|own| own.key == entry.key),
            };
            let outer = within.enter(&entry.key);
            match position {
                None => {
                    layered.under(&entry.key).is_moved = true;
                    added.push(entry);
                }
                Some(at) if matches!(entry.value.kind, Kind::Null) && !self.lower.keeps(within.as_str()) => {
                    gone.insert(at);
                }
                Some(at) => match (&entries[at].value.kind, entry.value.kind) {
                    (Kind::Map(own), Kind::Map(over)) => {
                        if over.is_empty() && !own.is_empty() {
                            self.tell_empty(entry.key_span, within.as_str());
                        }
                        self.maps(&mut entries[at].value, over, layered.under(&entry.key), within);
                    }
                    (_, kind) => {
                        layered.under(&entry.key).is_moved = true;
                        entries[at].key_span = entry.key_span;
                        entries[at].value = Node { span: entry.value.span, kind };
                    }
                },
            }
            within.leave(outer);
        }
        if !gone.is_empty() {
            let mut index = 0..;
            entries.retain(|_| index.next().is_some_and(|index| !gone.contains(&index)));
        }
        entries.extend(added);
    }

    fn tell_empty(&mut self, span: Span, within: &str) {
        let message = format!("`{}` is an empty map, and changes nothing", plain_path(within)[1..].replace('/', "."));
        let problem = Problem::new(span, format!("{}{within}", self.from), message);
        let help = "`null` takes the whole map out, and `KEY: null` one entry";
        self.problems.push(Problem { rule: &rules::EMPTY_MAP, ..problem }.help(help));
    }
}

/// Functions or layers, and what a stage says of them.
struct Listing<'a> {
    key: &'static str,
    /// The member with the name.
    name: &'static str,
    /// Where the stage says it.
    path: String,
    problems: &'a mut Vec<Problem>,
    left_out: &'a mut BTreeSet<(&'static str, usize)>,
}

/// What a stage says of one function or layer.
struct Change {
    name: String,
    name_span: Span,
    node: Node,
    path: String,
}

impl Listing<'_> {
    /// Merges what a stage says of functions, each of which the manifest must declare.
    fn merge_functions(&mut self, root: &mut Node, node: Node, layered: &mut Layered) {
        let changes = self.changes(node);
        let Some(mut functions) = entry_mut(root, self.key).map(std::mem::take) else {
            return self.tell_undeclared(&changes, &HashMap::new());
        };
        let declared = self.declared(&functions);
        let (known, unknown): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|change| declared.contains_key(&change.name));
        self.tell_undeclared(&unknown, &declared);
        let defaults = root.get("defaults");
        for change in known {
            let index = declared[&change.name];
            if let Some((node, segment)) = item_mut(&mut functions, index) {
                self.merge_one(node, index, change, Lower::Function(defaults), layered.under(&segment));
            }
        }
        if let Some(place) = entry_mut(root, self.key) {
            *place = functions;
        }
    }

    /// Merges what a stage says of layers; one that is not declared is added.
    fn merge_layers(&mut self, root: &mut Node, entry: Entry, layered: &mut Layered) {
        let Kind::Map(entries) = &mut root.kind else { return };
        let Some(layers) = entries.iter_mut().find(|own| own.key == self.key).map(|own| &mut own.value) else {
            layered.is_moved = true;
            entries.push(entry);
            return;
        };
        let declared = self.declared(layers);
        for change in self.changes(entry.value) {
            if let Some(index) = declared.get(&change.name).copied() {
                if let Some((node, segment)) = item_mut(layers, index) {
                    self.merge_one(node, index, change, Lower::Head, layered.under(&segment));
                }
                continue;
            }
            let Change { name, name_span, mut node, path } = change;
            let segment = match &mut layers.kind {
                Kind::List(items) => {
                    if let Kind::Map(members) = &mut node.kind
                        && members.iter().all(|member| member.key != self.name)
                    {
                        let value = Node { span: name_span, kind: Kind::String(name) };
                        members.insert(0, Entry { key: self.name.to_owned(), key_span: name_span, value });
                    }
                    items.push(node);
                    (items.len() - 1).to_string()
                }
                Kind::Map(entries) => {
                    entries.push(Entry { key: name.clone(), key_span: name_span, value: node });
                    name
                }
                _ => continue,
            };
            let added = layered.under(&segment);
            (added.is_moved, added.from) = (true, Some(path));
        }
    }

    fn merge_one(&mut self, node: &mut Node, index: usize, change: Change, lower: Lower<'_>, layered: &mut Layered) {
        let Change { name, name_span, node: mut over, path } = change;
        layered.from = Some(path.clone());
        match &over.kind {
            Kind::Null => _ = self.left_out.insert((self.key, index)),
            Kind::Map(_) => {
                if matches!(node.kind, Kind::Null) {
                    // `report:` and nothing else: everything comes from the defaults.
                    node.kind = Kind::Map(Vec::new());
                }
                beside::in_maps(node);
                beside::in_maps(&mut over);
                if let Kind::Map(over) = over.kind {
                    let mut merge = Merge { problems: self.problems, lower, from: path };
                    merge.maps(node, over, layered, &mut Pointer::default());
                }
            }
            _ => {
                let problem =
                    Problem::new(over.span, path, format!("what the stage says of `{}` is no map", plain_name(&name)));
                let problem = problem.help("it has the members that are different, or is `null`: not in this stage");
                self.problems.push(Problem { span: name_span, ..problem });
            }
        }
    }

    /// Returns the index of each name.
    fn declared(&self, listed: &Node) -> HashMap<String, usize> {
        let names: Vec<Option<&str>> = match &listed.kind {
            Kind::List(items) => items.iter().map(|item| item.get(self.name).and_then(Node::as_str)).collect(),
            Kind::Map(entries) => entries.iter().map(|entry| Some(entry.key.as_str())).collect(),
            _ => Vec::new(),
        };
        let mut declared = HashMap::with_capacity(names.len());
        for (index, name) in names.into_iter().enumerate() {
            if let Some(name) = name {
                declared.entry(name.to_owned()).or_insert(index);
            }
        }
        declared
    }

    /// Takes apart what a stage says: a map from names, or a list of things that say their names.
    fn changes(&mut self, node: Node) -> Vec<Change> {
        let path = |segment: &str| format!("{}/{segment}", self.path);
        match node.kind {
            Kind::Map(entries) => entries
                .into_iter()
                .map(|Entry { key, key_span, value }| {
                    let path = path(&escape(&key));
                    Change { name: key, name_span: key_span, node: value, path }
                })
                .collect(),
            Kind::List(items) => {
                let mut changes = Vec::with_capacity(items.len());
                for (index, node) in items.into_iter().enumerate() {
                    let path = path(&index.to_string());
                    match node.get(self.name).map(|name| (name.as_str().map(str::to_owned), name.span)) {
                        Some((Some(name), name_span)) => changes.push(Change { name, name_span, node, path }),
                        _ => {
                            let message = format!("`{}` is missing", self.name);
                            let problem = Problem::new(node.span, path, message);
                            self.problems.push(problem.help("say which function of the manifest it is about"));
                        }
                    }
                }
                changes
            }
            // An empty one changes nothing.
            Kind::Null => Vec::new(),
            _ => {
                let problem = Problem::new(node.span, self.path.clone(), format!("`{}` is no map", self.key));
                self.problems.push(problem.help("it has names, and below each what is different in this stage"));
                Vec::new()
            }
        }
    }

    fn tell_undeclared(&mut self, changes: &[Change], declared: &HashMap<String, usize>) {
        /// Names for which one is looked for that is like them: that takes as long as there are functions.
        const LIKELY: usize = 20;
        for (count, Change { name, name_span, path, .. }) in changes.iter().enumerate() {
            let mut names: Vec<&str> = Vec::new();
            if count < LIKELY {
                names.extend(declared.keys().map(String::as_str));
                names.sort_unstable();
            }
            let help = match nearest(name, names) {
                Some(likely) => format!("did you mean `{}`?", plain_name(likely)),
                None => "declare it under `functions` of the manifest; a stage names it as it is written there".into(),
            };
            let message = format!("the manifest declares no function `{}`", plain_name(name));
            self.problems.push(Problem::new(*name_span, path.clone(), message).help(help));
        }
    }
}

/// Returns a function or a layer by its index, and what its pointer ends in.
fn item_mut(listed: &mut Node, index: usize) -> Option<(&mut Node, String)> {
    match &mut listed.kind {
        Kind::List(items) => items.get_mut(index).map(|item| (item, index.to_string())),
        Kind::Map(entries) => entries.get_mut(index).map(|entry| (&mut entry.value, entry.key.clone())),
        _ => None,
    }
}
