use lambdactl_apply::{ApplyReport, Outcome, Status};

use super::layers;
use super::style::{BOLD, GREEN, RED, YELLOW, count};
use super::words::{LocationNote, done};
use crate::text::{Text, text};

/// Renders what an apply did: each function that was changed or failed, and the totals.
pub(crate) fn render(report: &ApplyReport, location_note: LocationNote, api_calls: u64) -> Text {
    let mut text = layers::outcomes(&report.layers);
    for function in &report.functions {
        let arn = function.function_arn.as_deref().unwrap_or_default();
        let (style, word, rest) = match function.status {
            Status::Applied if function.action == "delete" => (RED, done(function.action), ""),
            Status::Applied => (GREEN, done(function.action), arn),
            Status::Failed => (RED, "failed", ""),
            Status::Skipped => (YELLOW, "skipped", ""),
            Status::Unchanged | Status::Drift => continue,
        };
        text += text!("  {0}{1:<8}{0:#} {2:<24} {3}\n", style, word, function.name, rest);
        if let Some(error) = &function.error {
            text += text!("           {}\n", error.message);
            if let Some(help) = &error.help {
                text += text!("           = help: {}\n", help);
            }
        }
    }
    let totals = report.totals();
    let applied = |action: &str| {
        let of_action = |function: &&Outcome| function.status == Status::Applied && function.action == action;
        report.functions.iter().filter(of_action).count()
    };
    let mut parts: Vec<String> = [
        (applied("create"), "created"),
        (applied("update"), "updated"),
        (applied("replace"), "replaced"),
        (applied("delete"), "deleted"),
        (totals.failed, "failed"),
        (totals.skipped, "skipped"),
        (totals.drift, "drifted and left alone"),
        (totals.unchanged, "unchanged"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, word)| format!("{number} {word}"))
    .collect();
    parts.extend(layers::totals(&report.layers));
    let is_idle = totals.applied + totals.failed + totals.skipped == 0 && !layers::is_something_done(&report.layers);
    let verdict = if is_idle { "Nothing to do" } else { "Applied" };
    let parts = if parts.is_empty() { "no functions in the manifest".to_owned() } else { parts.join(", ") };
    let functions = if text.is_empty() { text } else { text!("\n{}\n", text) };
    let requests = count(api_calls as usize, "request");
    text!("{0}{1}{2}{1:#}: {3}. {4}.{5}\n", functions, BOLD, verdict, parts, requests, location_note.as_str())
}
