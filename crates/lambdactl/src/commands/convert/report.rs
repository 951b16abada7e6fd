//! What there is to say about a conversion, grouped by what it asks of the reader.

use std::collections::HashMap;
use std::path::Path;

use lambdactl_convert::{Ask, Converted, Note, Unknown};
use serde_json::{Value, json};

use crate::text::{Text, text};

/// What is the same for several functions, and the functions.
struct Line<'a> {
    note: &'a Note,
    functions: Vec<&'a str>,
}

fn lines(notes: &[Note], ask: Ask) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for note in notes.iter().filter(|note| note.ask == ask) {
        let place = *places.entry((&note.path, &note.message)).or_insert(lines.len());
        if place == lines.len() {
            lines.push(Line { note, functions: Vec::new() });
        }
        lines[place].functions.extend(note.function.as_deref());
    }
    lines
}

fn title(ask: Ask) -> &'static str {
    match ask {
        Ask::MustDo => "You must look at this:",
        Ask::LeftOut => "This was left out:",
        Ask::Guessed => "This was guessed:",
    }
}

/// The command that plans the manifest, with everything that it needs.
pub(super) fn command(converted: &Converted, out: Option<&Path>) -> String {
    let environment: String = converted.environment.iter().map(|name| format!("{name}=VALUE ")).collect();
    let file = out.map_or_else(|| "lambda.yaml".to_owned(), |path| quoted(&path.display().to_string()));
    let variables: String =
        converted.unknowns.iter().map(|unknown| format!(" --var {}={}", unknown.name, unknown.form)).collect();
    format!("{environment}lambdactl plan -f {file}{variables}")
}

/// Where something stands: `create, list: provider.environment`.
fn place(functions: &[&str], path: &str) -> String {
    let functions = functions.join(", ");
    match (functions.is_empty(), path.is_empty()) {
        (false, false) => format!("{functions}: {path}: "),
        (false, true) => format!("{functions}: "),
        (true, false) => format!("{path}: "),
        (true, true) => String::new(),
    }
}

/// Where a variable is used, at most once for each path.
fn places(unknown: &Unknown) -> String {
    let mut by_path: Vec<(&str, Vec<&str>)> = Vec::new();
    for (function, path) in &unknown.places {
        match by_path.iter_mut().find(|(known, _)| known == path) {
            Some((_, functions)) => functions.extend(function.as_deref()),
            None => by_path.push((path, function.as_deref().into_iter().collect())),
        }
    }
    let one = |(path, functions): &(&str, Vec<&str>)| match functions.is_empty() {
        true => (*path).to_owned(),
        false => format!("{} of {}", path, functions.join(", ")),
    };
    by_path.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let is_plain = path.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./".contains(letter));
    if is_plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// The report for people.
pub(super) fn text(converted: &Converted, notes: &[Note], command: &str) -> Text {
    let mut report = Text::default();
    for ask in Ask::ALL {
        let lines = lines(notes, ask);
        if !lines.is_empty() {
            report += text!("{}\n", title(ask));
        }
        for Line { note, functions } in lines {
            report += text!("  {}{}\n", place(&functions, &note.path), note.message);
        }
    }
    if !converted.unknowns.is_empty() || !converted.environment.is_empty() {
        report += Text::own("These values are not in the file:\n");
    }
    for name in &converted.environment {
        report += text!("  {} in the environment\n", name);
    }
    for unknown in &converted.unknowns {
        let places = places(unknown);
        let places = if places.is_empty() { String::new() } else { format!(" ({places})") };
        report += text!("  --var {}={}: {}{}\n", unknown.name, unknown.form, unknown.what, places);
    }
    report += text!("Next: {}\n", command);
    report
}

/// The report for programs.
pub(super) fn json(converted: &Converted, notes: &[Note], command: &str) -> Value {
    let notes: Vec<Value> = Ask::ALL
        .into_iter()
        .flat_map(|ask| lines(notes, ask))
        .map(|Line { note, functions }| {
            json!({ "ask": note.ask.as_str(), "functions": functions, "path": note.path, "message": note.message })
        })
        .collect();
    let variables = converted.unknowns.iter().map(|unknown| {
        let places = unknown.places.iter().map(|(function, path)| json!({ "function": function, "path": path }));
        json!({ "name": unknown.name, "form": unknown.form, "what": unknown.what, "places": places.collect::<Vec<_>>() })
    });
    json!({
        "format_version": 1,
        "tool": converted.tool.as_str(),
        "functions": converted.functions.len(),
        "layers": converted.layers.len(),
        "notes": notes,
        "variables": variables.collect::<Vec<_>>(),
        "environment": converted.environment,
        "command": command,
    })
}
