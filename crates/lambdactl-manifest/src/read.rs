use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use lambdactl_schema::rules::Severity;
use lambdactl_schema::{Desired, Home, Policy, Validator, rules};

use crate::defaults;
use crate::diagnostic::{Diagnostic, SyntaxError};
use crate::document::{Document, FunctionEntry, Surroundings, take_apart};
use crate::format::Format;
use crate::function::{ReadFunction, read_function};
use crate::head::Head;
use crate::input::{Input, Loaded, load};
use crate::keys::plain_path;
use crate::layers::{self, read_layer};
use crate::node::{Kind, Node};
use crate::packages::Packages;
use crate::reach::Reach;
use crate::references::{Unknown, UnknownValues, Values};
use crate::source::Source;
use crate::span::SourceId;
use crate::together::take_once;
use crate::{json, toml, yaml};

/// What to read, what references may refer to, and how strictly to judge.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The manifests.
    pub inputs: Vec<Input>,
    /// The environment, for `${env:NAME}`.
    pub environment: BTreeMap<String, String>,
    /// The variables of the command line, for `${var:NAME}`.
    pub variables: BTreeMap<String, String>,
    /// Folders beside the manifest's own that `${file:PATH}` may read from.
    pub allowed_folders: Vec<PathBuf>,
    /// How strictly to judge, and by which day.
    pub policy: Policy,
    /// What becomes of references that cannot be resolved here.
    pub unknown: UnknownValues,
}

/// What came out of reading.
#[derive(Debug)]
pub struct Reading {
    /// What the manifests ask for; to be used only when there are no errors. Values that are not known are `*` in texts,
    /// and any other value of their type: with [`UnknownValues::Noted`] these functions are not to be planned with.
    pub desired: Desired,
    /// Every function that has a name, with or without errors, in the order of the manifests.
    pub declared: Vec<Declared>,
    /// The texts, for excerpts.
    pub sources: Vec<Source>,
    /// Everything that is wrong, by file and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// A function that a manifest declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name, or the reference to the environment or a file that brings it in.
    pub name: String,
    /// Where it is declared.
    pub source: SourceId,
}

impl Reading {
    /// Whether there are no errors.
    pub fn is_valid(&self) -> bool {
        self.diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
    }
}

/// A file that was parsed.
struct File {
    id: SourceId,
    name: String,
    reach: Reach,
}

impl File {
    fn surroundings<'a>(
        &'a self,
        options: &'a ReadOptions,
        validator: &'a Validator,
        packages: &'a Packages,
    ) -> Surroundings<'a> {
        let ReadOptions { environment, variables, .. } = options;
        let values = Values { environment, variables, reach: &self.reach, unknown: options.unknown };
        Surroundings { source: self.id, file: &self.name, values, validator, packages, head: None }
    }
}

/// Reads manifests, checks every function and returns all that is wrong at once.
///
/// Never fails and never panics: a file that cannot be read is a diagnostic like any other.
pub fn read(options: &ReadOptions) -> Reading {
    let validator = Validator::new(options.policy);
    let packages = Packages::default();
    let (loaded, mut diagnostics) = load(&options.inputs);
    let mut sources = Vec::with_capacity(loaded.len());
    let mut files = Vec::with_capacity(loaded.len());
    for Loaded { source, format, folder } in loaded {
        let reach = Reach::new(folder, &options.allowed_folders);
        let file = File { id: SourceId(sources.len()), name: source.name.clone(), reach };
        let mut documents = Vec::new();
        for root in parse(&source, file.id, format, &mut diagnostics) {
            documents.push(take_apart(root, &file.surroundings(options, &validator, &packages), &mut diagnostics));
        }
        sources.push(source);
        files.push((file, documents));
    }

    // What the heads say holds for the functions of every file, so it comes first.
    let documents = files.iter().flat_map(|(_, documents)| documents);
    let mut head = Head::agreed(documents, &sources, &mut diagnostics);
    let mut unknown = Vec::new();
    // Functions of every file may name layers of any.
    let mut layers = Vec::new();
    for (file, documents) in &mut files {
        let surroundings = Surroundings { head: Some(&head), ..file.surroundings(options, &validator, &packages) };
        for entry in documents.iter_mut().flat_map(|document| std::mem::take(&mut document.layers)) {
            let mut layer = read_layer(entry, &surroundings, &mut diagnostics);
            unknown.append(&mut layer.unknown);
            layers.push((file.id, layer));
        }
    }
    let layers = layers::take_once(layers, &mut head, &sources, &mut diagnostics);
    let head = head;
    let mut functions = Vec::new();
    for (file, documents) in files {
        let surroundings = Surroundings { head: Some(&head), ..file.surroundings(options, &validator, &packages) };
        for mut document in documents {
            unknown.append(&mut document.unknown);
            unknown.append(&mut document.resolved_defaults.unknown);
            let entries = std::mem::take(&mut document.functions);
            defaults::report_unused(&document, &entries, &surroundings, &mut diagnostics);
            let read = read_functions(entries, &document, &head.home(), &surroundings, &mut diagnostics);
            functions.extend(read.into_iter().map(|function| (file.id, function)));
            defaults::check(&document, &surroundings, &mut diagnostics);
        }
    }
    let named = |(source, function): &(SourceId, ReadFunction)| {
        Some(Declared { name: function.label.clone()?, source: *source })
    };
    let declared = functions.iter().filter_map(named).collect();
    unknown.extend(functions.iter_mut().flat_map(|(_, function)| std::mem::take(&mut function.unknown)));
    diagnostics.extend(note_of(&unknown, &sources));
    let functions = take_once(functions, &sources, &mut diagnostics);
    let Head { name, region, account, update, artifacts, layers: _, has_unknown_layers: _, origins } = head;
    tidy(&mut diagnostics);
    let desired = Desired { name, region, account, update, artifacts, origins, layers, functions };
    Reading { desired, declared, sources, diagnostics }
}

/// Says in one warning what was not looked at, at the place of the first.
fn note_of(unknown: &[Unknown], sources: &[Source]) -> Option<Diagnostic> {
    /// Values that a message names.
    const NAMED: usize = 10;
    let first = unknown.iter().min_by_key(|unknown| (unknown.source, unknown.span.start))?;
    let mut names = Vec::new();
    let mut seen = BTreeSet::new();
    for Unknown { member, text, .. } in unknown {
        if seen.insert((member, text)) {
            names.push(format!("`{}` is `{}`", member.escape_debug(), text.escape_debug()));
        }
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("not known here and not looked at: {}{more}", names.join(", "));
    Some(
        Diagnostic::file(&rules::UNKNOWN_VALUE, &sources[first.source.0].name, message)
            .at(first.source, first.span)
            .path(first.path.clone()),
    )
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
    Err(Box::new(Reading { desired: Desired::default(), declared: Vec::new(), sources: vec![source], diagnostics }))
}

/// Reads the functions of a document, on as many threads as are worth their while.
fn read_functions(
    mut entries: Vec<FunctionEntry>,
    document: &Document,
    home: &Home<'_>,
    surroundings: &Surroundings<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<ReadFunction> {
    /// Functions that take about as long as a thread's start is worth.
    const LEAST: usize = 200;
    let read = |entries: Vec<FunctionEntry>| {
        let mut diagnostics = Vec::new();
        let functions: Vec<_> = entries
            .into_iter()
            .map(|entry| read_function(entry, document, home, surroundings, &mut diagnostics))
            .collect();
        (functions, diagnostics)
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(entries.len() / LEAST).max(1);
    let share = entries.len().div_ceil(threads).max(1);
    let mut parts = Vec::with_capacity(threads);
    while entries.len() > share {
        parts.push(entries.split_off(entries.len() - share));
    }
    let results = std::thread::scope(|scope| {
        let others: Vec<_> = parts.into_iter().map(|part| scope.spawn(|| read(part))).collect();
        let mut results = vec![read(entries)];
        for other in others.into_iter().rev() {
            results.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    });
    let mut functions = Vec::new();
    for (read, found) in results {
        functions.extend(read);
        diagnostics.extend(found);
    }
    functions
}

/// Returns the documents of a text.
pub(crate) fn parse(source: &Source, id: SourceId, format: Format, diagnostics: &mut Vec<Diagnostic>) -> Vec<Node> {
    let parsed = match format {
        Format::Yaml => yaml::parse(source),
        Format::Toml => toml::parse(source),
        Format::Json => json::parse(source),
    };
    match parsed {
        Ok(mut roots) => {
            // `---` at the end of a file opens a document with nothing in it.
            roots.retain(|root| !matches!(root.kind, Kind::Null));
            if roots.is_empty() {
                let message = "the file has nothing but comments";
                diagnostics.push(
                    Diagnostic::file(&rules::UNREADABLE, &source.name, message)
                        .help("`functions:` and a list of functions is the least"),
                );
            }
            roots
        }
        Err(SyntaxError { rule, message, help, span }) => {
            let mut diagnostic = Diagnostic::file(rule, &source.name, message).at(id, span);
            diagnostic.help = help;
            diagnostics.push(diagnostic);
            Vec::new()
        }
    }
}

/// Sorts by place, and folds what one value breaks in many functions into one diagnostic.
pub(crate) fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    for diagnostic in diagnostics.iter_mut() {
        diagnostic.path = plain_path(&diagnostic.path);
    }
    diagnostics.sort_by_cached_key(|diagnostic| {
        let place = diagnostic.place.map_or((0, 0, 0), |place| (1, place.source.0, place.span.start));
        (place, diagnostic.rule.code, diagnostic.message.clone())
    });
    diagnostics.dedup_by(|later, first| {
        let same = first.place.is_some()
            && first.place == later.place
            && first.rule == later.rule
            && first.message == later.message;
        if same && later.function != first.function {
            first.also.extend(later.function.take());
        }
        same
    });
}
