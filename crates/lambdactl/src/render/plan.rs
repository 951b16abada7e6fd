use std::fmt::Write;

use anstyle::Style;
use lambdactl_diff::{Action, Change, ChangeKind, FunctionPlan, Plan};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::style::{BOLD, DIM, GREEN, RED, YELLOW, count};

/// Characters of a value that stand on a line.
const SHOWN: usize = 80;

/// Renders a plan for people: what differs, and nothing else.
pub(crate) fn render(plan: &Plan, api_calls: u64) -> String {
    let account = plan.account.as_ref().map(|account| format!(", account {account}")).unwrap_or_default();
    let mut text = format!("{BOLD}Plan for {}{account}{BOLD:#}\n\n", plan.region);
    let shown =
        plan.functions.iter().filter(|function| function.action != Action::Unchanged || !function.notes.is_empty());
    let mut any = false;
    for function in shown {
        function_lines(&mut text, function);
        text.push('\n');
        any = true;
    }
    let summary = plan.summary();
    let mut parts = vec![format!("{} to create", summary.create)];
    if summary.drift > 0 {
        parts.push(format!("{} drifted", summary.drift));
    }
    parts.push(format!("{} unchanged", summary.unchanged));
    if !any && summary.unchanged > 0 {
        text.push_str("The account is as the manifest says.\n");
    }
    let _ = writeln!(text, "{BOLD}Plan{BOLD:#}: {}. {}.", parts.join(", "), count(api_calls as usize, "request"));
    if summary.drift > 0 {
        let _ = writeln!(text, "Functions that exist are left alone: apply will not mend the drift.");
    }
    text
}

fn function_lines(text: &mut String, function: &FunctionPlan) {
    let (style, word) = match function.action {
        Action::Create(_) => (GREEN, "will be created"),
        Action::Drift => (YELLOW, "exists and differs"),
        Action::Unchanged => (DIM, "is unchanged"),
    };
    let _ = writeln!(text, "{style}{} {}{style:#} {DIM}{word}{DIM:#}", function.action.symbol(), function.name);
    let width = function.changes.iter().map(|change| member(change).chars().count()).max().unwrap_or(0);
    for change in &function.changes {
        change_lines(text, change, width, matches!(function.action, Action::Create(_)));
    }
    for note in &function.notes {
        let _ = writeln!(text, "    {DIM}note: {note}{DIM:#}");
    }
}

fn change_lines(text: &mut String, change: &Change, width: usize, creating: bool) {
    let name = member(change);
    if creating {
        let after = if change.sensitive { "(sensitive)".to_owned() } else { shown(change.after.as_ref()) };
        let _ = writeln!(text, "    {name:<width$}  {after}");
        return;
    }
    let (style, sign) = match change.kind {
        ChangeKind::Added => (GREEN, '+'),
        ChangeKind::Removed => (RED, '-'),
        ChangeKind::Changed => (YELLOW, '~'),
    };
    if let Some(lines) = line_diff(change) {
        let _ = writeln!(text, "  {style}{sign}{style:#} {name}");
        text.push_str(&lines);
        return;
    }
    let value = match (change.sensitive, change.kind) {
        (true, ChangeKind::Added) => "(sensitive) only in the manifest".to_owned(),
        (true, ChangeKind::Removed) => "(sensitive) only in the account".to_owned(),
        (true, ChangeKind::Changed) => "(sensitive) differs".to_owned(),
        (false, _) => format!("{} → {}", shown(change.before.as_ref()), shown(change.after.as_ref())),
    };
    let _ = writeln!(text, "  {style}{sign}{style:#} {name:<width$}  {value}");
}

/// Lists, and texts of several lines, are clearer line by line.
fn line_diff(change: &Change) -> Option<String> {
    let lines = |value: Option<&Value>| match value {
        None => Some(String::new()),
        Some(Value::Array(items)) => Some(items.iter().map(|item| format!("{}\n", shown(Some(item)))).collect()),
        Some(Value::String(text)) if text.contains('\n') => Some(format!("{}\n", text.trim_end_matches('\n'))),
        Some(_) => None,
    };
    if change.sensitive {
        return None;
    }
    let (before, after) = (lines(change.before.as_ref())?, lines(change.after.as_ref())?);
    let mut text = String::new();
    for line in TextDiff::from_lines(&before, &after).iter_all_changes() {
        let (style, sign) = match line.tag() {
            ChangeTag::Delete => (RED, '-'),
            ChangeTag::Insert => (GREEN, '+'),
            ChangeTag::Equal => (Style::new(), ' '),
        };
        let _ = writeln!(text, "        {style}{sign} {}{style:#}", line.to_string_lossy().trim_end_matches('\n'));
    }
    Some(text)
}

/// `/Environment/Variables/STAGE` as people write it.
fn member(change: &Change) -> String {
    change
        .path
        .trim_start_matches('/')
        .split('/')
        .map(|part| part.replace("~1", "/").replace("~0", "~"))
        .collect::<Vec<_>>()
        .join(".")
}

fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "(default)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let printable: String = text.chars().map(|letter| if letter.is_control() { '␣' } else { letter }).collect();
    if printable.chars().count() > SHOWN { printable.chars().take(SHOWN).chain(['…']).collect() } else { printable }
}
