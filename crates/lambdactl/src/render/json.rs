//! The JSON forms. Fields are a contract: scripts rely on them.

use lambdactl_apply::ApplyReport;
use lambdactl_diff::{Action, Change, Plan};
use lambdactl_manifest::{Diagnostic, Position, Reading};
use serde_json::{Map, Value, json};

use super::layers;
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

/// Renders the changes of a function or a layer.
fn changes(changes: &[Change]) -> Vec<Value> {
    let one = |change: &Change| {
        json!({
            "path": change.path,
            "before": if change.sensitive { &None } else { &change.before },
            "after": if change.sensitive { &None } else { &change.after },
            "sensitive": change.sensitive,
        })
    };
    changes.iter().map(one).collect()
}

/// Renders a plan. What there is to say of a layer stands in the notes of the whole.
pub(crate) fn plan(plan: &Plan, api_calls: u64) -> Text {
    versioned(plan_members(plan, api_calls))
}

/// Puts the version of the format before what an object has.
pub(crate) fn versioned(members: Value) -> Text {
    let mut object = Map::from_iter([("format_version".to_owned(), json!(FORMAT_VERSION))]);
    if let Value::Object(members) = members {
        object.extend(members);
    }
    Text::json(&Value::Object(object))
}

/// What a location has come to: what there is to say of it, or why there is nothing.
pub(crate) struct OfLocation<'a> {
    pub(crate) name: &'a str,
    /// Code and message of the error.
    pub(crate) error: Option<(&'a str, &'a str)>,
    /// The members of the object of a run with one location.
    pub(crate) members: Value,
}

/// Renders what was done in several locations: one object for each, and their sums.
pub(crate) fn of_locations(locations: Vec<OfLocation<'_>>) -> Text {
    let mut summary: Map<String, Value> = Map::new();
    let mut api_calls = 0;
    let mut listed = Vec::with_capacity(locations.len());
    for OfLocation { name, error, members } in locations {
        api_calls += members["api_calls"].as_u64().unwrap_or_default();
        for (key, count) in members["summary"].as_object().into_iter().flatten() {
            let sum = summary.get(key).and_then(Value::as_u64).unwrap_or_default();
            summary.insert(key.clone(), json!(sum + count.as_u64().unwrap_or_default()));
        }
        let error = error.map(|(code, message)| json!({ "code": code, "message": message }));
        let mut object = Map::from_iter([("location".to_owned(), json!(name)), ("error".to_owned(), json!(error))]);
        if let Value::Object(members) = members {
            object.extend(members);
        }
        listed.push(Value::Object(object));
    }
    versioned(json!({ "locations": listed, "summary": summary, "api_calls": api_calls }))
}

/// Returns the members of a plan's object.
pub(crate) fn plan_members(plan: &Plan, api_calls: u64) -> Value {
    let functions: Vec<Value> = plan
        .functions
        .iter()
        .map(|function| {
            let mut notes = function.notes.clone();
            if let Action::Refused(refusal) = &function.action {
                notes.insert(0, format!("{}: {}", refusal.reason.as_str(), refusal.message));
            }
            json!({
                "name": function.name,
                "action": function.action.as_str(),
                "state": function.state,
                "changes": changes(&function.changes),
                "notes": notes,
            })
        })
        .collect();
    let layers: Vec<Value> = plan
        .layers
        .iter()
        .map(|layer| {
            json!({
                "name": layer.name,
                "action": layer.action.as_str(),
                "changes": changes(&layer.changes),
                "version": layer.version,
            })
        })
        .collect();
    let notes: Vec<String> = plan.notes.iter().cloned().chain(layers::notes_in_words(plan)).collect();
    let summary = plan.summary();
    json!({
        "account": plan.account,
        "region": plan.region,
        "functions": functions,
        "layers": layers,
        "notes": notes,
        "summary": {
            "create": summary.create,
            "update": summary.update,
            "replace": summary.replace,
            "delete": summary.delete,
            "drift": summary.drift,
            "unchanged": summary.unchanged,
        },
        "api_calls": api_calls,
    })
}

/// Renders what an apply did.
pub(crate) fn report(report: &ApplyReport, api_calls: u64) -> Text {
    versioned(report_members(report, api_calls))
}

/// Returns the members of a report's object.
pub(crate) fn report_members(report: &ApplyReport, api_calls: u64) -> Value {
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
    let layers: Vec<Value> = report
        .layers
        .iter()
        .map(|layer| {
            let error = layer.error.as_ref().map(|error| json!({ "code": error.code, "message": error.message }));
            json!({
                "name": layer.name,
                "status": layer.status.as_str(),
                "version": layer.version,
                "error": error,
            })
        })
        .collect();
    let totals = report.totals();
    json!({
        "functions": functions,
        "layers": layers,
        "summary": {
            "applied": totals.applied,
            "unchanged": totals.unchanged,
            "drift": totals.drift,
            "failed": totals.failed,
            "skipped": totals.skipped,
        },
        "api_calls": api_calls,
    })
}
