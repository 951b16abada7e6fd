//! What the machine forms of diagnostics have in common.

use std::collections::HashSet;

use lambdactl_manifest::{Diagnostic, Position, Reading};

/// Returns where a diagnostic begins, and the position after its end; nothing for a file that cannot be read.
pub(super) fn range(diagnostic: &Diagnostic, reading: &Reading) -> Option<(Position, Position)> {
    let place = diagnostic.place?;
    let source = &reading.sources[place.source.0];
    let start = source.position(place.span.start);
    // Parsers count in their own ways: an end inside a character has no column of its own.
    Some((start, source.position(place.span.end).max(start)))
}

/// Returns what is wrong and, on a line of its own, what to do about it.
pub(super) fn message_and_help(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

/// Returns the functions that a diagnostic concerns, each once.
pub(super) fn functions(diagnostic: &Diagnostic) -> Vec<&str> {
    // Two functions of one name are an error, and can share a value that is another.
    let mut seen = HashSet::new();
    diagnostic.function.iter().chain(&diagnostic.also).map(String::as_str).filter(|name| seen.insert(*name)).collect()
}
