use std::collections::BTreeSet;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use lambdactl_manifest::{Diagnostic, Place, Reading};
use lambdactl_schema::rules::Severity;

use super::style::{BOLD, GREEN, RED, count};
use crate::text::{Text, clean, text};

/// A line longer than this is not drawn: a manifest may be one line of JSON.
const LONGEST_LINE: usize = 500;

/// Renders everything that was found, and a verdict.
pub(crate) fn render(reading: &Reading) -> Text {
    let mut text = render_problems(reading);
    if reading.is_valid() {
        let (word, counts) = verdict(reading);
        text += text!("{0}{1}{0:#}: {2}\n", GREEN, word, counts);
    }
    text
}

/// Returns the verdict in one word, and how much it is about: `2 errors and 1 warning in 1 file`.
pub(super) fn verdict(reading: &Reading) -> (&'static str, String) {
    let of = |severity| reading.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let found: Vec<String> = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, noun)| count(number, noun))
        .collect();
    if reading.is_valid() {
        let functions = count(reading.function_count(), "function");
        let warnings = found.first().map(|warnings| format!(", {warnings}")).unwrap_or_default();
        return ("valid", format!("{functions} in {}{warnings}", count(reading.sources.len(), "file")));
    }
    let files: BTreeSet<&str> = reading.diagnostics.iter().map(|diagnostic| diagnostic.file.as_str()).collect();
    ("invalid", format!("{} in {}", found.join(" and "), count(files.len(), "file")))
}

/// Renders everything that was found; nothing when nothing was.
pub(crate) fn render_problems(reading: &Reading) -> Text {
    let mut text = drawn(&reading.diagnostics, reading);
    if !reading.is_valid() {
        let (word, counts) = verdict(reading);
        text += text!("{0}{1}{2}{1:#}{0:#}: {3}\n", RED, BOLD, word, counts);
    }
    text
}

/// Renders what was found in the account about a manifest that is valid; nothing when nothing was.
pub(crate) fn render_findings(findings: &[Diagnostic], reading: &Reading) -> Text {
    let mut text = drawn(findings, reading);
    if !findings.is_empty() {
        text += text!("{0}{1}not ready{1:#}{0:#}: {2}\n", RED, BOLD, count(findings.len(), "finding"));
    }
    text
}

fn drawn(diagnostics: &[Diagnostic], reading: &Reading) -> Text {
    let renderer = Renderer::styled();
    let mut text = Text::default();
    for diagnostic in diagnostics {
        text += Text::drawn(&renderer.render(&[group(diagnostic, reading)]));
        text += Text::own("\n\n");
    }
    text
}

/// Draws a diagnostic. The library takes some texts as they are, so each is cleaned before.
fn group<'a>(diagnostic: &'a Diagnostic, reading: &'a Reading) -> Group<'a> {
    let message = clean::line(&diagnostic.message);
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = match diagnostic.place {
        Some(place) => {
            let title = level.primary_title(message).id(diagnostic.rule.code);
            with_excerpt(Group::with_title(title), diagnostic, place, reading)
        }
        None => {
            let title = level.primary_title(format!("{}: {message}", clean::line(&diagnostic.file)));
            Group::with_title(title.id(diagnostic.rule.code))
        }
    };
    if let Some(function) = &diagnostic.function {
        let also = match diagnostic.also.len() {
            0 => String::new(),
            others => format!(" and {}", count(others, "other function")),
        };
        group = group.element(Level::NOTE.message(format!("in function `{}`{also}", clean::line(function))));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(clean::line(help)));
    }
    group
}

/// Draws the first line of a place. Values of environment variables in it are asterisks.
fn with_excerpt<'a>(group: Group<'a>, diagnostic: &'a Diagnostic, place: Place, reading: &'a Reading) -> Group<'a> {
    let source = &reading.sources[place.source.0];
    let position = source.position(place.span.start);
    let (line, line_start) = source.line(position.line);
    if line.len() > LONGEST_LINE {
        let origin = annotate_snippets::Origin::path(clean::line(&diagnostic.file)).line(position.line);
        return group.element(origin.char_column(position.column));
    }
    // Parsers count in their own ways: a place inside a character is the character's beginning.
    let start = line.floor_char_boundary((place.span.start - line_start) as usize);
    let end = line.floor_char_boundary(place.span.end.saturating_sub(line_start) as usize).max(start);
    // A value that goes on for several lines is pointed at where it begins.
    let end =
        if end == start { line[start..].chars().next().map_or(start, |first| start + first.len_utf8()) } else { end };
    let (line, [start, end]) = clean::excerpt(&line, [start, end]);
    group.element(
        Snippet::source(line)
            .line_start(position.line)
            .path(clean::line(&diagnostic.file))
            .annotation(AnnotationKind::Primary.span(start..end)),
    )
}
