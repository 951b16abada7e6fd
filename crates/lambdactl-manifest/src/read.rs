use std::sync::Arc;

use lambdactl_schema::Desired;

use crate::diagnostic::Diagnostic;
use crate::everywhere::{Fold, Folded};
use crate::format::Format;
use crate::input::{Input, Loaded, load};
use crate::node::Node;
use crate::parsed::{Parsed, Root, parse};
use crate::pass::{Choice, Pass, Reader, note_of};
use crate::reading::{Declared, FunctionPlace, ReadOptions, Reading};
use crate::source::Source;
use crate::span::SourceId;
use crate::stages::names_of;
use crate::tidy::tidy;

/// Reads manifests, checks every function and returns all that is wrong at once: for one stage and one location, which the options
/// must say where the manifests have several.
///
/// Never fails and never panics: a file that cannot be read is a diagnostic like any other.
pub fn read(options: &ReadOptions) -> Reading {
    let mut parsed = Parsed::of(&options.inputs, &options.allowed_folders);
    let reader = Reader::new(options);
    let roots = std::mem::take(&mut parsed.roots);
    let stages = names_of(&roots);
    let Pass { mut desired, places, mut diagnostics, unknown, .. } =
        reader.pass(&parsed, roots, Choice { stage: options.stage.as_deref(), location: None });
    diagnostics.extend(note_of(&unknown, &parsed.sources));
    let Parsed { sources, diagnostics: first, .. } = parsed;
    diagnostics.extend(first);
    desired.lookups = reader.ledger.wanted();
    tidy(&mut diagnostics);
    let stage = options.stage.clone().filter(|_| !stages.is_empty());
    let declared = declared(&places);
    Reading { desired, stage, stages, declared, places, sources: Arc::new(sources), diagnostics }
}

/// Reads manifests for every stage and every location that the options do not leave out, and returns all that is wrong at once. What
/// is the same everywhere is said once; what is not says where it is.
///
/// The functions of the result are those of the first stage and location: it is not to be planned with.
pub fn read_everywhere(options: &ReadOptions) -> Reading {
    read_all(options, options.stage.is_none(), &mut |_| {})
}

/// Reads manifests for each location that the options do not leave out. Returns what is wrong, each thing once, and a reading for each
/// location, in the order of the manifest; where the manifests have none, there is one for wherever the run is.
pub fn read_each(options: &ReadOptions) -> (Reading, Vec<Reading>) {
    let mut each = Vec::new();
    let told =
        read_all(options, false, &mut |pass| each.push((std::mem::take(&mut pass.desired), pass.places.clone())));
    let one = |(desired, places): (Desired, Vec<_>)| Reading {
        desired,
        stage: told.stage.clone(),
        stages: told.stages.clone(),
        declared: declared(&places),
        places,
        sources: Arc::clone(&told.sources),
        diagnostics: Vec::new(),
    };
    let each = each.into_iter().map(one).collect();
    (told, each)
}

/// Reads manifests for every location, and for every stage where none is chosen and all are meant.
fn read_all(options: &ReadOptions, every_stage: bool, keep: &mut dyn FnMut(&mut Pass)) -> Reading {
    let mut parsed = Parsed::of(&options.inputs, &options.allowed_folders);
    let reader = Reader::new(options);
    let mut roots = std::mem::take(&mut parsed.roots);
    let names = names_of(&roots);
    let stages: Vec<Option<&str>> = match every_stage && !names.is_empty() {
        true => names.iter().map(|name| Some(name.as_str())).collect(),
        false => vec![options.stage.as_deref()],
    };
    let is_one = stages.len() == 1 && !has_locations(&roots);
    let size: usize = parsed.sources.iter().map(|source| source.text.len()).sum();
    let mut fold = Fold::default();
    let mut cost = 0;
    'stages: for stage in stages {
        for location in 0.. {
            cost += size;
            if fold.is_full() || (cost > MOST_READ.max(size * AT_LEAST) && !fold.is_empty()) {
                fold.tell_too_much(&parsed.sources);
                break 'stages;
            }
            let roots = if is_one { std::mem::take(&mut roots) } else { roots.clone() };
            let mut pass = reader.pass(&parsed, roots, Choice { stage, location: Some(location) });
            let count = pass.locations.len();
            keep(&mut pass);
            fold.add(stage, pass);
            if location + 1 >= count {
                break;
            }
        }
    }
    let Folded { mut desired, places, unknown, mut diagnostics } = fold.finish();
    diagnostics.extend(note_of(&unknown, &parsed.sources));
    let Parsed { sources, diagnostics: first, .. } = parsed;
    diagnostics.extend(first);
    tidy(&mut diagnostics);
    let stage = options.stage.clone().filter(|_| !names.is_empty());
    desired.lookups = reader.ledger.wanted();
    let (declared, sources) = (declared(&places), Arc::new(sources));
    Reading { desired, stage, stages: names, declared, places, sources, diagnostics }
}

/// Bytes of manifests that are read for all stages and locations together, some seconds' worth, and how many of these are read
/// however large the manifests are.
const MOST_READ: usize = 1 << 26;
const AT_LEAST: usize = 30;

/// Returns the functions that have a name.
fn declared(places: &[(FunctionPlace, Option<String>)]) -> Vec<Declared> {
    let named =
        |(place, name): &(FunctionPlace, Option<String>)| Some(Declared { name: name.clone()?, source: place.source });
    places.iter().filter_map(named).collect()
}

/// Whether a document, or a stage of it, may say several locations.
fn has_locations(roots: &[Root]) -> bool {
    let says = |node: &Node| node.get("locations").is_some();
    roots.iter().any(|root| {
        let stages = root.node.get("stages").map(Node::entries).unwrap_or_default();
        says(&root.node) || stages.iter().any(|stage| says(&stage.value))
    })
}

/// The text of a manifest, not parsed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The file's name as the user gave it: a path, or `<stdin>`.
    pub name: String,
    /// The text, without a byte order mark.
    pub text: String,
    /// Its language.
    pub format: Format,
}

/// Reads the texts of manifests; what cannot be read comes back as diagnostics.
pub fn texts(inputs: &[Input]) -> (Vec<Text>, Vec<Diagnostic>) {
    let (loaded, diagnostics) = load(inputs);
    let text = |Loaded { source, format, .. }: Loaded| Text { name: source.name, text: source.text, format };
    (loaded.into_iter().map(text).collect(), diagnostics)
}

/// Parses a text without judging what it says: its documents, or a reading that says why there are none.
///
/// # Errors
/// A reading with the syntax error, ready to be shown.
pub fn parse_text(name: &str, text: &str, format: Format) -> Result<Vec<Node>, Box<Reading>> {
    let source = Source::new(name.to_owned(), text.to_owned(), format);
    let mut diagnostics = Vec::new();
    let roots = parse(&source, SourceId(0), format, &mut diagnostics);
    if diagnostics.is_empty() {
        return Ok(roots);
    }
    Err(Box::new(Reading { sources: Arc::new(vec![source]), diagnostics, ..Reading::default() }))
}
