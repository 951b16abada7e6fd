//! The JSON forms. Fields are a contract: scripts rely on them.

use lambdactl_apply::ApplyReport;
use lambdactl_diff::{Action, Plan};
use lambdactl_manifest::{Diagnostic, Position, Reading};
use serde_json::{Value, json};

use super::parts::range;
use crate::text::Text;

const FORMAT_VERSION: u32 = 1;

/// Renders what `validate` found.
pub(crate) fn validation(reading: &Reading) -> Text {
    let diagnostics: Vec<Value> = reading.diagnostics.iter().map(|found| diagnostic(found, reading)).collect();
    Text::json(&json!({ "format_version": FORMAT_VERSION, "valid": reading.is_valid(), "diagnostics": diagnostics }))
}

fn diagnostic(diagnostic: &Diagnostic, reading: &Reading) -> Value {
    // A file that cannot be read has no place; its beginning stands for it.
    let beginning = Position { line: 1, column: 1 };
    let (start, end) = range(diagnostic, reading).unwrap_or((beginning, beginning));
    json!({
        "severity": diagnostic.severity.as_str(),
        "code": diagnostic.rule.code,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "file": diagnostic.file,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "path": diagnostic.path,
        "function": diagnostic.function,
    })
}

/// Renders a plan.
pub(crate) fn plan(plan: &Plan, api_calls: u64) -> Text {
    let functions: Vec<Value> = plan
        .functions
        .iter()
        .map(|function| {
            let changes: Vec<Value> = function
                .changes
                .iter()
                .map(|change| {
                    json!({
                        "path": change.path,
                        "before": if change.sensitive { &None } else { &change.before },
                        "after": if change.sensitive { &None } else { &change.after },
                        "sensitive": change.sensitive,
                    })
                })
                .collect();
            let mut notes = function.notes.clone();
            if let Action::Refused(refusal) = &function.action {
                notes.insert(0, format!("{}: {}", refusal.reason.as_str(), refusal.message));
            }
            json!({
                "name": function.name,
                "action": function.action.as_str(),
                "state": function.state,
                "changes": changes,
                "notes": notes,
            })
        })
        .collect();
    let summary = plan.summary();
    Text::json(&json!({
        "format_version": FORMAT_VERSION,
        "account": plan.account,
        "region": plan.region,
        "functions": functions,
        "notes": plan.notes,
        "summary": {
            "create": summary.create,
            "update": summary.update,
            "replace": summary.replace,
            "delete": summary.delete,
            "drift": summary.drift,
            "unchanged": summary.unchanged,
        },
        "api_calls": api_calls,
    }))
}

/// Renders what an apply did.
pub(crate) fn report(report: &ApplyReport, api_calls: u64) -> Text {
    let functions: Vec<Value> = report
        .functions
        .iter()
        .map(|function| {
            let error = function.error.as_ref().map(|error| json!({ "code": error.code, "message": error.message }));
            json!({
                "name": function.name,
                "action": function.action,
                "status": function.status.as_str(),
                "function_arn": function.function_arn,
                "notes": function.notes,
                "error": error,
            })
        })
        .collect();
    let totals = report.totals();
    Text::json(&json!({
        "format_version": FORMAT_VERSION,
        "functions": functions,
        "summary": {
            "applied": totals.applied,
            "unchanged": totals.unchanged,
            "drift": totals.drift,
            "failed": totals.failed,
            "skipped": totals.skipped,
        },
        "api_calls": api_calls,
    }))
}
