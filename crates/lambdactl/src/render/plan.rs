use std::collections::BTreeMap;

use anstyle::Style;
use lambdactl_diff::{Action, Change, ChangeKind, FunctionPlan, Plan};
use lambdactl_schema::Place;
use lambdactl_schema::kinds::Nature;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::style::{BOLD, DIM, GREEN, RED, YELLOW, count};
use super::words::{LocationNote, as_the_manifest_says, counts, planned};
use crate::text::{Text, clean, text};

/// Characters of a value that stand on a line.
const SHOWN: usize = 80;

/// Renders a plan for people: what differs, and nothing else; with `verbose`, also what was told to be ignored.
pub(crate) fn render(plan: &Plan, location_note: LocationNote, api_calls: u64, verbose: bool) -> Text {
    let account = plan.account.as_ref().map(|account| text!(", account {}", account)).unwrap_or_default();
    let mut text = text!("{0}Plan for {1}{2}{3}{0:#}\n\n", BOLD, plan.region, account, location_note.as_str());
    let is_shown = |function: &&FunctionPlan| {
        let has_more = !function.ignored.is_empty() || !function.undeclared.is_empty();
        function.action != Action::Unchanged || (verbose && has_more)
    };
    for function in plan.functions.iter().filter(is_shown) {
        text += function_lines(function, verbose);
        text += Text::own("\n");
    }
    text += notes_of_others(plan.functions.iter().filter(|function| !is_shown(function)));
    text += notes_of_account(plan);
    if plan.is_empty() && !plan.functions.is_empty() {
        text += Text::own(as_the_manifest_says(plan));
        text += Text::own("\n");
    }
    text += text!("{0}Plan{0:#}: {1}. {2}.\n", BOLD, counts(plan), count(api_calls as usize, "request"));
    if plan.functions.iter().any(|function| function.action == Action::Drift) {
        text += Text::own("Functions that exist are left alone: only `apply --update` mends the drift.\n");
    }
    text
}

/// Renders what there is to say although nothing differs: what could not be compared, above all.
pub(crate) fn notes(plan: &Plan) -> Text {
    let mut notes = notes_of_others(plan.functions.iter());
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
    let width = function.changes.iter().map(|change| member(change).chars().count()).max().unwrap_or(0);
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

fn change_lines(change: &Change, width: usize, creating: bool) -> Text {
    let name = member(change);
    if creating && !is_whole(change) {
        let after = if change.sensitive { secret(change.after.as_ref()) } else { shown(change.after.as_ref()) };
        return text!("    {}  {}\n", padded(&name, width), after);
    }
    let (style, sign) = match change.kind {
        ChangeKind::Added => (GREEN, '+'),
        ChangeKind::Removed => (RED, '-'),
        ChangeKind::Changed => (YELLOW, '~'),
    };
    if let Some(lines) = line_diff(change) {
        let mut text = text!("  {0}{1}{0:#} {2}\n", style, sign, name);
        for (tag, line) in lines {
            let (style, sign) = match tag {
                ChangeTag::Delete => (RED, '-'),
                ChangeTag::Insert => (GREEN, '+'),
                ChangeTag::Equal => (Style::new(), ' '),
            };
            text += text!("        {0}{1} {2}{0:#}\n", style, sign, line);
        }
        return text;
    }
    text!("  {0}{1}{0:#} {2}  {3}\n", style, sign, padded(&name, width), values(change))
}

fn padded(name: &str, width: usize) -> String {
    format!("{name:<width$}")
}

/// Returns both sides of a change on one line.
pub(super) fn values(change: &Change) -> String {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    match (change.sensitive, change.kind) {
        // Entries of a map of the user's own have no default.
        (false, ChangeKind::Removed) if change.path.starts_with("/Tags/") => format!("{} → (none)", shown(before)),
        (false, ChangeKind::Added) if change.path.starts_with("/Tags/") => format!("(none) → {}", shown(after)),
        // What stands beside a function and has a default was compared with that.
        (false, ChangeKind::Removed) if Place::of(&change.path).is_some() => format!("{} → (none)", shown(before)),
        (false, ChangeKind::Added) if Place::of(&change.path).is_some() => format!("(none) → {}", shown(after)),
        (false, _) => format!("{} → {}", shown(before), shown(after)),
        (true, ChangeKind::Added) => format!("{} only in the manifest", secret(after)),
        (true, ChangeKind::Removed) => format!("{} only in the account", secret(before)),
        (true, ChangeKind::Changed) => match (before, after) {
            (Some(before), Some(after)) => {
                format!("(sensitive) changed {} → {}", shown(Some(before)), shown(Some(after)))
            }
            _ => "(sensitive) changed".to_owned(),
        },
    }
}

/// A fingerprint, or the value where it was asked for.
fn secret(stand_in: Option<&Value>) -> String {
    stand_in.map_or_else(|| "(sensitive)".to_owned(), |stand_in| format!("(sensitive) {}", shown(Some(stand_in))))
}

/// Returns the lines, each clean, of a change that is clearer line by line: lists, texts of several lines, JSON in a text.
pub(super) fn line_diff(change: &Change) -> Option<Vec<(ChangeTag, String)>> {
    if change.sensitive {
        return None;
    }
    let json = |value: Option<&Value>| match value {
        None => Some(String::new()),
        Some(Value::String(text)) => {
            let inner: Value =
                serde_json::from_str(text).ok().filter(|inner: &Value| inner.is_object() || inner.is_array())?;
            Some(format!("{inner:#}\n"))
        }
        Some(_) => None,
    };
    let lines = |value: Option<&Value>| match value {
        None => Some(String::new()),
        Some(Value::Object(_)) => Some(leaves(value)),
        Some(Value::Array(items)) => Some(items.iter().map(|item| format!("{}\n", shown(Some(item)))).collect()),
        Some(Value::String(text)) if text.contains('\n') => Some(format!("{}\n", text.trim_end_matches('\n'))),
        Some(_) => None,
    };
    let both = |form: &dyn Fn(Option<&Value>) -> Option<String>| {
        Some((form(change.before.as_ref())?, form(change.after.as_ref())?))
    };
    let (before, after) = both(&json).or_else(|| both(&lines))?;
    let diff = TextDiff::from_lines(&before, &after);
    let lines = diff.iter_all_changes();
    // A text's own line ends are those of the comparison; whatever else ends a line somewhere is shown.
    let clean = |line: &str| clean::line(line.trim_end_matches('\n')).into_owned();
    Some(lines.map(|line| (line.tag(), clean(&line.to_string_lossy()))).collect())
}

/// Whether something beside the function comes or goes as a whole: it has a line for each of its members.
pub(super) fn is_whole(change: &Change) -> bool {
    let is_map = |value: &Option<Value>| value.as_ref().is_some_and(Value::is_object);
    change.kind != ChangeKind::Changed && !change.sensitive && (is_map(&change.before) || is_map(&change.after))
}

/// Returns the members of a map, each on a line.
fn leaves(value: Option<&Value>) -> String {
    fn collect(path: &str, value: &Value, lines: &mut String) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(&path, value, lines);
            }),
            value => *lines += &format!("{}: {}\n", clean::line(path), shown(Some(value))),
        }
    }
    let mut lines = String::new();
    value.iter().for_each(|value| collect("", value, &mut lines));
    lines
}

/// `/Environment/Variables/STAGE` as people write it, on one line. What stands beside the function is called by its name.
pub(super) fn member(change: &Change) -> String {
    let text = match Place::of(&change.path) {
        Some(place) => label(&place),
        None => {
            let parts = change.path.trim_start_matches('/').split('/');
            parts.map(|part| part.replace("~1", "/").replace("~0", "~")).collect::<Vec<_>>().join(".")
        }
    };
    clean::line(&text).into_owned()
}

/// Names what stands beside a function, and the member of it: `alias live  permission api  SourceArn`.
fn label(place: &Place) -> String {
    let Place { kind, slot, members } = place;
    let row = kind.row();
    let own = match row.nature {
        Nature::Setting => [&[row.key.to_owned()], members.as_slice()].concat().join("."),
        _ => {
            let name = slot.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
            let members = if members.is_empty() { String::new() } else { format!("  {}", members.join(".")) };
            format!("{}{name}{members}", row.title)
        }
    };
    match &slot.qualifier {
        Some(alias) => format!("alias {alias}  {own}"),
        None => own,
    }
}

pub(super) fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "(default)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let mut letters = text.chars();
    let start: String = letters.by_ref().take(SHOWN).collect();
    let rest = if letters.next().is_some() { "…" } else { "" };
    format!("{}{rest}", clean::line(&start))
}
