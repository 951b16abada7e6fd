use std::collections::BTreeMap;

use lambdactl_diff::{Action, Change, FunctionPlan, Plan};

use super::changes::{change_lines, member, padded, values, width};
use super::layers;
use super::style::{BOLD, DIM, GREEN, RED, YELLOW, count};
use super::words::{LocationNote, as_the_manifest_says, counts, planned};
use crate::text::{Text, text};

/// Renders a plan for people: what differs, and nothing else; with `verbose`, also what was told to be ignored.
pub(crate) fn render(plan: &Plan, location_note: LocationNote, api_calls: u64, verbose: bool) -> Text {
    let account = plan.account.as_ref().map(|account| text!(", account {}", account)).unwrap_or_default();
    let mut text = text!("{0}Plan for {1}{2}{3}{0:#}\n\n", BOLD, plan.region, account, location_note.as_str());
    let is_shown = |function: &&FunctionPlan| {
        let has_more = !function.ignored.is_empty() || !function.undeclared.is_empty();
        function.action != Action::Unchanged || (verbose && has_more)
    };
    text += layers::lines(plan);
    for function in plan.functions.iter().filter(is_shown) {
        text += function_lines(function, verbose);
        text += Text::own("\n");
    }
    text += notes_of_others(plan.functions.iter().filter(|function| !is_shown(function)));
    text += notes_of_account(plan);
    if plan.is_empty() && !(plan.functions.is_empty() && plan.layers.is_empty()) {
        text += Text::own(as_the_manifest_says(plan));
        text += Text::own("\n");
    }
    text += text!("{0}Plan{0:#}: {1}. {2}.\n", BOLD, counts(plan), count(api_calls as usize, "request"));
    if plan.functions.iter().any(|function| function.action == Action::Drift) {
        text += Text::own("Functions that exist are left alone: only `apply --update` mends the drift.\n");
    }
    text += layers::about_drift(plan);
    text
}

/// Renders a plan before it is carried out: of one with nothing in it only what there is to say all the same.
pub(crate) fn before(plan: &Plan, location_note: LocationNote, api_calls: u64, verbose: bool) -> Text {
    match plan.is_empty() {
        false => render(plan, location_note, api_calls, verbose),
        true => notes(plan),
    }
}

/// Renders what there is to say although nothing differs: what could not be compared, above all.
fn notes(plan: &Plan) -> Text {
    let mut notes = layers::notes(plan);
    notes += notes_of_others(plan.functions.iter());
    notes += notes_of_account(plan);
    notes
}

fn notes_of_account(plan: &Plan) -> Text {
    plan.notes.iter().map(|note| text!("{0}note: {1}{0:#}\n", DIM, note)).collect()
}

/// Says once what holds for many functions that are not shown.
fn notes_of_others<'a>(functions: impl Iterator<Item = &'a FunctionPlan>) -> Text {
    let mut notes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for function in functions {
        for note in &function.notes {
            notes.entry(note).or_default().push(&function.name);
        }
    }
    let line = |(note, names): (&str, Vec<&str>)| {
        let whose = match names.as_slice() {
            [only] => format!("function {only}"),
            names => count(names.len(), "function"),
        };
        text!("{0}note: {1}: {2}{0:#}\n", DIM, whose, note)
    };
    notes.into_iter().map(line).collect()
}

fn function_lines(function: &FunctionPlan, verbose: bool) -> Text {
    let style = match function.action {
        Action::Create(_) => GREEN,
        Action::Update(_) | Action::Drift => YELLOW,
        Action::Replace(_) | Action::Delete { .. } | Action::Refused(_) => RED,
        Action::Unchanged => DIM,
    };
    let word = planned(&function.action);
    let symbol = function.action.symbol();
    let mut text = text!("{0}{1} {2}{0:#} {3}{4}{3:#}\n", style, symbol, function.name, DIM, word);
    let width = width(&function.changes);
    let is_left =
        |change: &&Change| function.left.contains(&change.path) && matches!(function.action, Action::Update(_));
    for change in function.changes.iter().filter(|change| !is_left(change)) {
        text += change_lines(change, width, matches!(function.action, Action::Create(_)));
    }
    for change in function.changes.iter().filter(is_left) {
        text += text!("  {0}· {1}  {2} (left as it is){0:#}\n", DIM, padded(&member(change), width), values(change));
    }
    for undeclared in function.undeclared.iter().filter(|_| verbose) {
        text += text!("  {0}· {1}{0:#}\n", DIM, undeclared);
    }
    for change in function.ignored.iter().filter(|_| verbose) {
        text += text!("  {0}· {1}  {2} (ignored){0:#}\n", DIM, member(change), values(change));
    }
    if let Action::Refused(refusal) = &function.action {
        text += text!("    {0}refused{0:#}: {1}\n    = help: {2}\n", RED, refusal.message, refusal.help);
    }
    for (index, detail) in function.details.iter().enumerate() {
        let start = if index == 0 { "package: " } else { "  " };
        text += text!("    {0}{1}{2}{0:#}\n", DIM, start, detail);
    }
    for note in &function.notes {
        // What becomes open to everyone is not to be missed.
        text += match note.strip_prefix("PUBLIC: ") {
            Some(rest) => text!("    {0}PUBLIC{0:#}: {1}\n", RED, rest),
            None => text!("    {0}note: {1}{0:#}\n", DIM, note),
        };
    }
    text
}
