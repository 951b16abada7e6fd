//! What is wrong in several stages and locations, told once.

use std::collections::{BTreeSet, HashMap};

use lambdactl_schema::{Desired, rules};

use crate::diagnostic::Diagnostic;
use crate::pass::Pass;
use crate::reading::FunctionPlace;
use crate::references::Unknown;
use crate::source::Source;
use crate::span::Place;

/// What was found in each stage and location.
#[derive(Default)]
pub(crate) struct Fold {
    desired: Desired,
    places: Vec<(FunctionPlace, Option<String>)>,
    seen: BTreeSet<FunctionPlace>,
    unknown: Vec<Unknown>,
    noted: BTreeSet<(usize, u32, String)>,
    /// The stages and locations that were read, in order.
    passes: Vec<(Option<String>, Option<String>)>,
    /// What was found, in order, and where each of it is.
    found: Vec<Finding>,
    index: HashMap<Key, usize>,
    /// What is about the whole.
    rest: Vec<Diagnostic>,
}

/// What all of them come to.
pub(crate) struct Folded {
    pub(crate) desired: Desired,
    pub(crate) places: Vec<(FunctionPlace, Option<String>)>,
    pub(crate) unknown: Vec<Unknown>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// What makes two diagnostics one.
type Key = (Option<Place>, &'static str, String, String, String, Option<String>);

/// A diagnostic, and the passes that have it.
struct Finding {
    diagnostic: Diagnostic,
    passes: BTreeSet<usize>,
}

impl Fold {
    pub(crate) fn is_empty(&self) -> bool {
        self.passes.is_empty()
    }

    /// Whether so much is wrong that nobody reads more of it.
    pub(crate) fn is_full(&self) -> bool {
        const MOST: usize = 100_000;
        self.passes.len() > 1 && self.found.len() > MOST
    }

    /// Adds what a pass has found.
    pub(crate) fn add(&mut self, stage: Option<&str>, pass: Pass) {
        let Pass { desired, places, diagnostics, unknown, location, .. } = pass;
        let index = self.passes.len();
        if index == 0 {
            self.desired = desired;
        }
        self.passes.push((stage.map(str::to_owned), location.map(|location| location.name)));
        for place in places {
            if self.seen.insert(place.0.clone()) {
                self.places.push(place);
            }
        }
        for unknown in unknown {
            // The same value, in whatever stage.
            if self.noted.insert((unknown.source.0, unknown.span.start, unknown.text.clone())) {
                self.unknown.push(unknown);
            }
        }
        for diagnostic in diagnostics {
            let Diagnostic { place, rule, file, message, path, function, .. } = &diagnostic;
            let key = (*place, rule.code, file.clone(), message.clone(), path.clone(), function.clone());
            let place = *self.index.entry(key).or_insert(self.found.len());
            if place == self.found.len() {
                self.found.push(Finding { diagnostic, passes: BTreeSet::new() });
            }
            self.found[place].passes.insert(index);
        }
    }

    /// Says that not all of them were read.
    pub(crate) fn tell_too_much(&mut self, sources: &[Source]) {
        let file = sources.first().map(|source| source.name.clone()).unwrap_or_default();
        let count = self.passes.len();
        let message =
            format!("the manifest is too large to be checked for more than {count} of its stages and locations");
        let help = "check one at a time, with `--stage NAME` and `--location NAME`";
        self.rest.push(Diagnostic::file(&rules::STAGE, file, message).help(help));
    }

    /// Returns what was read in the first pass, what was declared and is not known in any, and what is wrong.
    pub(crate) fn finish(self) -> Folded {
        let Self { desired, places, unknown, passes, found, rest, .. } = self;
        let all_stages: BTreeSet<&String> = passes.iter().filter_map(|(stage, _)| stage.as_ref()).collect();
        let named = |Finding { mut diagnostic, passes: having }: Finding| {
            if having.len() == passes.len() {
                return diagnostic;
            }
            let having: Vec<&(Option<String>, Option<String>)> = having.iter().map(|index| &passes[*index]).collect();
            let stages: BTreeSet<&String> = having.iter().filter_map(|(stage, _)| stage.as_ref()).collect();
            let of_stages = passes
                .iter()
                .filter(|(stage, _)| stage.is_none() || stage.as_ref().is_some_and(|stage| stages.contains(stage)));
            let is_every_location = of_stages.count() == having.len();
            if stages.len() < all_stages.len() {
                diagnostic.stages.extend(stages.into_iter().cloned());
            }
            if !is_every_location {
                diagnostic.locations.extend(having.iter().filter_map(|(_, location)| location.clone()));
            }
            diagnostic
        };
        let mut diagnostics: Vec<Diagnostic> = found.into_iter().map(named).collect();
        diagnostics.extend(rest);
        Folded { desired, places, unknown, diagnostics }
    }
}
