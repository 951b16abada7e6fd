//! One reading of all documents: for one stage and one location.

use std::collections::BTreeSet;

use lambdactl_schema::{Desired, Home, Validator, rules};

use crate::defaults;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, FunctionEntry, take_apart};
use crate::function::{ReadFunction, read_function};
use crate::head::Head;
use crate::layers::{self, read_layer};
use crate::locations::{matching, none_matches};
use crate::packages::Packages;
use crate::parsed::{Parsed, Root};
use crate::prelude::{Prelude, settle};
use crate::reading::{FunctionPlace, ReadOptions};
use crate::references::{Ledger, Run, Unknown, Values};
use crate::source::Source;
use crate::span::{Place, SourceId};
use crate::stages::{Overlay, choose};
use crate::surroundings::Surroundings;
use crate::together::take_once;
use lambdactl_schema::Location;

/// What every pass of a reading needs.
pub(crate) struct Reader<'a> {
    options: &'a ReadOptions,
    pub(crate) validator: Validator,
    packages: Packages,
    pub(crate) ledger: Ledger,
}

/// Which stage and location a pass is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choice<'a> {
    pub(crate) stage: Option<&'a str>,
    /// The location, by its number among those that the options ask for. Absent: there must be one at most.
    pub(crate) location: Option<usize>,
}

/// What came out of a pass.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    pub(crate) desired: Desired,
    /// Where each function is declared, with its name, where a message may repeat that.
    pub(crate) places: Vec<(FunctionPlace, Option<String>)>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Values that are not known here.
    pub(crate) unknown: Vec<Unknown>,
    /// The names of all locations.
    all_locations: Vec<String>,
    /// The locations that the options ask for.
    pub(crate) locations: Vec<Location>,
    /// The one that it is about.
    pub(crate) location: Option<Location>,
}

/// Documents whose stage and location are known.
pub(crate) struct Settled {
    pub(crate) documents: Vec<(Root, Overlay, Prelude)>,
    pub(crate) run: Run,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(options: &'r ReadOptions) -> Self {
        let (validator, packages) = (Validator::new(options.policy), Packages::default());
        Self { options, validator, packages, ledger: Ledger::default() }
    }

    /// Reads documents.
    pub(crate) fn pass(&self, parsed: &Parsed, roots: Vec<Root>, choice: Choice<'_>) -> Pass {
        let mut pass = Pass::default();
        let Some(Settled { documents: settled, run }) = self.settle(parsed, roots, choice, &mut pass) else {
            return pass;
        };
        let mut documents = Vec::with_capacity(settled.len());
        for (root, overlay, prelude) in settled {
            let surroundings = self.surroundings(parsed, root.source, &run);
            let before = pass.diagnostics.len();
            let document = take_apart(root, overlay, prelude, &surroundings, &mut pass.diagnostics);
            document.overlay.rename(&mut pass.diagnostics[before..]);
            documents.push(document);
        }
        self.read_documents(parsed, documents, &run, &mut pass);
        pass
    }

    /// Merges the stage into documents, and finds out where they are applied to: that holds for all that comes after it. Nothing
    /// where a choice is missing.
    pub(crate) fn settle(
        &self,
        parsed: &Parsed,
        roots: Vec<Root>,
        choice: Choice<'_>,
        pass: &mut Pass,
    ) -> Option<Settled> {
        let mut run = Run { stage: choice.stage.map(str::to_owned), ..Run::default() };
        let diagnostics = &mut pass.diagnostics;
        let mut documents: Vec<(Root, Overlay, Prelude)> = Vec::with_capacity(roots.len());
        let mut is_settled = true;
        for mut root in roots {
            let mut overlay = choose(&mut root.node, choice.stage);
            is_settled &= overlay.is_settled();
            let file = &parsed.sources[root.source.0].name;
            let problems = std::mem::take(&mut overlay.problems);
            let stage = overlay.stage.as_ref();
            let told = problems.into_iter().map(|problem| problem.into_diagnostic(stage, root.source, file));
            diagnostics.extend(told);
            documents.push((root, overlay, Prelude::default()));
        }
        if !is_settled {
            return None;
        }
        for (root, overlay, prelude) in &mut documents {
            let surroundings = self.surroundings(parsed, root.source, &run);
            let before = diagnostics.len();
            *prelude = settle(&mut root.node, overlay, &surroundings, diagnostics);
            overlay.rename(&mut diagnostics[before..]);
        }
        let says = |(root, _, prelude): &(Root, Overlay, Prelude)| {
            let place = Place { source: root.source, span: prelude.locations_span };
            (!prelude.locations.is_empty()).then(|| (place, prelude.locations.clone()))
        };
        let declared: Vec<(Place, Vec<Location>)> = documents.iter().filter_map(says).collect();
        self.choose_location(parsed, &declared, choice, pass);
        let is_missing = !self.options.locations.is_empty() && pass.locations.is_empty();
        if is_missing || (choice.location.is_none() && pass.locations.len() > 1) {
            return None;
        }
        let first =
            |said: fn(&Prelude) -> Option<&String>| documents.iter().find_map(|(_, _, prelude)| said(prelude)).cloned();
        run.region = first(|prelude| prelude.region.as_ref()).or_else(|| self.options.region.clone());
        run.account = first(|prelude| prelude.account.as_ref());
        if let Some(location) = &pass.location {
            run.location = Some(location.name.clone());
            run.region = Some(location.region.clone()).filter(|region| !region.is_empty());
            run.account = location.account.clone().or(run.account);
        }
        Some(Settled { documents, run })
    }

    pub(crate) fn surroundings<'a>(&'a self, parsed: &'a Parsed, source: SourceId, run: &'a Run) -> Surroundings<'a> {
        let ReadOptions { environment, variables, looked_up, unknown, .. } = self.options;
        let text = &parsed.sources[source.0];
        let values = Values {
            environment,
            variables,
            own: None,
            run,
            looked_up,
            ledger: &self.ledger,
            reach: &parsed.reaches[source.0],
            unknown: *unknown,
        };
        let (validator, packages) = (&self.validator, &self.packages);
        Surroundings { source, file: &text.name, text, values, validator, packages, head: None }
    }

    /// Finds the locations that are asked for, and the one that the pass is about.
    fn choose_location(
        &self,
        parsed: &Parsed,
        declared: &[(Place, Vec<Location>)],
        choice: Choice<'_>,
        pass: &mut Pass,
    ) {
        let patterns = &self.options.locations;
        let (first, all) = match declared {
            [(place, locations), ..] => (Some(*place), locations.as_slice()),
            [] => (None, &[][..]),
        };
        let file = |place: Option<Place>| {
            let source = parsed.sources.get(place.map_or(0, |place| place.source.0));
            source.map(|source| source.name.clone()).unwrap_or_default()
        };
        let at = |diagnostic: Diagnostic, place: Option<Place>| match place {
            Some(Place { source, span }) => diagnostic.at(source, span).path("/locations"),
            None => diagnostic,
        };
        for (place, _) in declared.iter().filter(|(_, locations)| locations != all) {
            let message = format!("`locations` are others here than in {}", file(first));
            let diagnostic = Diagnostic::file(&rules::CONFLICT, file(Some(*place)), message);
            pass.diagnostics.push(at(diagnostic, Some(*place)));
        }
        pass.locations = matching(all, patterns).cloned().collect();
        if !patterns.is_empty() && pass.locations.is_empty() {
            pass.diagnostics.push(at(none_matches(&file(first), patterns, all), first));
        }
        pass.location = match (choice.location, pass.locations.as_slice()) {
            (Some(index), locations) => locations.get(index).cloned(),
            (None, [only]) => Some(only.clone()),
            (None, []) => None,
            (None, several) => {
                let names: Vec<&str> = several.iter().map(|location| location.name.as_str()).collect();
                let message = "the manifest has several locations, and one is needed here";
                let help = format!("pass `--location NAME`; there are: {}", names.join(", "));
                pass.diagnostics.push(at(Diagnostic::file(&rules::LOCATION, file(first), message).help(help), first));
                None
            }
        };
        pass.all_locations = all.iter().map(|location| location.name.clone()).collect();
    }

    /// Reads the layers and functions of documents that were taken apart.
    fn read_documents(&self, parsed: &Parsed, mut documents: Vec<Document>, run: &Run, pass: &mut Pass) {
        let Pass { diagnostics, unknown, .. } = pass;
        let sources = &parsed.sources;
        // What the heads say holds for the functions of every file, so it comes first.
        let mut head = Head::agreed(documents.iter(), sources, diagnostics);
        if let Some(location) = &pass.location {
            head.settle_in(location);
        }
        // Functions of every file may name layers of any.
        let mut layers = Vec::new();
        for document in &mut documents {
            let entries = std::mem::take(&mut document.layers);
            let surroundings = self.surroundings(parsed, document.source, run);
            let surroundings = surroundings.within(&document.variables, &head);
            let before = diagnostics.len();
            for entry in entries {
                let mut layer = read_layer(entry, &surroundings, diagnostics);
                unknown.append(&mut layer.unknown);
                layers.push((document.source, layer));
            }
            document.overlay.rename(&mut diagnostics[before..]);
        }
        let layers = layers::take_once(layers, &mut head, sources, diagnostics);
        head.locations = std::mem::take(&mut pass.all_locations);
        head.location = pass.location.as_ref().map(|location| location.name.clone());
        let head = head;
        let mut functions = Vec::new();
        for mut document in documents {
            let of_head = document.unknown.drain(..).chain(document.resolved_defaults.unknown.drain(..));
            unknown.extend(of_head.map(|unknown| renamed(unknown, &document.overlay)));
            let entries = std::mem::take(&mut document.functions);
            let surroundings = self.surroundings(parsed, document.source, run);
            let surroundings = surroundings.within(&document.variables, &head);
            let before = diagnostics.len();
            defaults::report_unused(&document, &entries, &surroundings, diagnostics);
            let mut read = read_functions(entries, &document, &head.home(), &surroundings, diagnostics);
            defaults::check(&document, &surroundings, diagnostics);
            document.overlay.rename(&mut diagnostics[before..]);
            read.retain(|function| !function.is_elsewhere);
            let of_functions = read.iter_mut().flat_map(|function| std::mem::take(&mut function.unknown));
            unknown.extend(of_functions.map(|unknown| renamed(unknown, &document.overlay)));
            let (source, document) = (document.source, document.index);
            let place = |path: &String| FunctionPlace { source, document, path: path.clone() };
            pass.places.extend(read.iter().map(|function| (place(&function.path), function.label.clone())));
            functions.extend(read.into_iter().map(|function| (source, function)));
        }
        let functions = take_once(functions, sources, diagnostics);
        let Head {
            name,
            region,
            account,
            update,
            artifacts,
            layers: _,
            has_unknown_layers: _,
            locations: _,
            location: _,
            origins,
        } = head;
        let location = pass.location.clone();
        let lookups = Vec::new();
        pass.desired =
            Desired { name, region, account, location, update, artifacts, origins, lookups, layers, functions };
    }
}

/// Gives what is not known the pointer of the stage that says it.
fn renamed(unknown: Unknown, overlay: &Overlay) -> Unknown {
    let path = overlay.written(&unknown.path).unwrap_or(unknown.path);
    Unknown { path, ..unknown }
}

/// Says in one warning what was not looked at, at the place of the first.
pub(crate) fn note_of(unknown: &[Unknown], sources: &[Source]) -> Option<Diagnostic> {
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
