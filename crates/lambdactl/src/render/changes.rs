//! Differences, for people at a terminal and for comments.

use std::fmt::Write;

use anstyle::Style;
use lambdactl_diff::{Action, Change, ChangeKind, FunctionPlan};
use lambdactl_schema::Place;
use lambdactl_schema::kinds::Nature;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::style::{GREEN, RED, YELLOW};
use crate::text::{Text, clean, text};

/// Characters of a value that stand on a line.
const SHOWN: usize = 80;

/// Renders changes one below the other.
pub(super) fn changes(changes: &[Change], creating: bool) -> Text {
    changes.iter().map(|change| change_lines(change, width(changes), creating)).collect()
}

/// Returns the width of the longest name.
pub(super) fn width(changes: &[Change]) -> usize {
    changes.iter().map(|change| member(change).chars().count()).max().unwrap_or(0)
}

/// Renders a change.
pub(super) fn change_lines(change: &Change, width: usize, creating: bool) -> Text {
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

pub(super) fn padded(name: &str, width: usize) -> String {
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
fn line_diff(change: &Change) -> Option<Vec<(ChangeTag, String)>> {
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
fn is_whole(change: &Change) -> bool {
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

fn shown(value: Option<&Value>) -> String {
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

/// Returns the changes of a function as lines that anyone may read, without colours.
pub(super) fn public_lines(function: &FunctionPlan) -> String {
    let mut lines = String::new();
    let is_left =
        |change: &&Change| function.left.contains(&change.path) && matches!(function.action, Action::Update(_));
    for change in function.changes.iter().filter(|change| !is_left(change)) {
        plain_lines(&mut lines, change, matches!(function.action, Action::Create(_)));
    }
    for change in function.changes.iter().filter(is_left) {
        let change = change.as_public();
        let _ = writeln!(lines, "  {}: {} (left as it is)", member(&change), values(&change));
    }
    lines
}

/// Writes a change as lines of a comment, without colours.
pub(super) fn plain_lines(text: &mut String, change: &Change, creating: bool) {
    // A comment is public: what references brought in stands as the reference.
    let change = change.as_public();
    let change = change.as_ref();
    let name = member(change);
    if creating && !change.sensitive && !is_whole(change) {
        let _ = writeln!(text, "+ {name}: {}", shown(change.after.as_ref()));
    } else if let Some(lines) = line_diff(change) {
        let _ = writeln!(text, "  {name}:");
        for (tag, line) in lines {
            let sign = match tag {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            let _ = writeln!(text, "{sign}     {line}");
        }
    } else if change.sensitive {
        let sign = match change.kind {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed => '!',
        };
        let _ = writeln!(text, "{sign} {name}: {}", if creating { "(sensitive)".to_owned() } else { values(change) });
    } else {
        for (sign, value) in [('-', &change.before), ('+', &change.after)] {
            if let Some(value) = value {
                let _ = writeln!(text, "{sign} {name}: {}", shown(Some(value)));
            }
        }
    }
}
