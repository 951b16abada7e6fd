use std::collections::HashMap;

use lambdactl_manifest::{Diagnostic, Reading};
use lambdactl_schema::rules::Severity;

use crate::render::parts::functions;

/// Sorts what was found by manifest and function, both in the order in which they were read.
pub(super) fn suites(reading: &Reading) -> Vec<Suite<'_>> {
    let mut suites = Suites::default();
    for source in reading.sources.iter() {
        suites.file(&source.name);
    }
    for function in &reading.declared {
        suites.function(&reading.sources[function.source.0].name, &function.name);
    }
    for diagnostic in &reading.diagnostics {
        let functions = functions(diagnostic);
        if functions.is_empty() {
            suites.file(&diagnostic.file).cases[0].found.push(diagnostic);
        }
        for function in functions {
            suites.function(&diagnostic.file, function).found.push(diagnostic);
        }
    }
    suites.list
}

/// What is wrong in one manifest.
pub(super) struct Suite<'a> {
    pub(super) file: &'a str,
    /// The first is the manifest itself.
    pub(super) cases: Vec<Case<'a>>,
}

/// What is wrong with one function, or with a manifest beside its functions.
pub(super) struct Case<'a> {
    pub(super) name: &'a str,
    pub(super) found: Vec<&'a Diagnostic>,
}

impl Case<'_> {
    /// Returns what is as bad as that.
    pub(super) fn of(&self, severity: Severity) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter().copied().filter(move |diagnostic| diagnostic.severity == severity)
    }
}

/// The suites in order, and the place of each case in them.
#[derive(Default)]
struct Suites<'a> {
    list: Vec<Suite<'a>>,
    files: HashMap<&'a str, usize>,
    functions: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Suites<'a> {
    fn file(&mut self, file: &'a str) -> &mut Suite<'a> {
        let index = *self.files.entry(file).or_insert_with(|| {
            self.list.push(Suite { file, cases: vec![Case { name: file, found: Vec::new() }] });
            self.list.len() - 1
        });
        &mut self.list[index]
    }

    fn function(&mut self, file: &'a str, name: &'a str) -> &mut Case<'a> {
        let known = self.functions.get(&(file, name)).copied();
        let cases = &mut self.file(file).cases;
        let index = known.unwrap_or(cases.len());
        if known.is_none() {
            cases.push(Case { name, found: Vec::new() });
            self.functions.insert((file, name), index);
        }
        &mut self.file(file).cases[index]
    }
}
