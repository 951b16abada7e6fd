use anstyle::Style;
use lambdactl_aws::{AliasOverview, MappingOverview, Overview};
use lambdactl_diff::Listed;
use lambdactl_reconcile::{AccountStatus, FunctionStatus};
use lambdactl_schema::shares;
use serde_json::{Value, json};

use super::json::versioned;
use super::style::{BOLD, DIM, GREEN, RED, YELLOW, count};
use super::words::LocationNote;
use crate::text::{Text, text};

/// The longest name that has the rest of its row behind it: with it a row has 80 columns at most.
const NAME: usize = 36;
/// What stands where nothing is known.
const UNKNOWN: &str = "?";
/// What stands where there is nothing.
const NOTHING: &str = "-";

/// Renders the status of functions as a table: a row for each, below it its aliases and what feeds it.
pub(crate) fn render(status: &AccountStatus, location_note: LocationNote, api_calls: u64) -> Text {
    let names = status.functions.iter().map(|function| function.name.chars().count());
    let width = names.filter(|length| *length <= NAME).max().unwrap_or_default().max("FUNCTION".len());
    let mut text = Text::default();
    if !status.functions.is_empty() {
        let (state, update, version, drift) = ("STATE", "LAST UPDATE", "VERSION", "DRIFT");
        let name = format!("{:<width$}", "FUNCTION");
        text += text!("{0}{1}  {2:<10}  {3:<11}  {4:<8}  {5}{0:#}\n", BOLD, name, state, update, version, drift);
        text += status.functions.iter().map(|function| row(function, width)).collect::<Text>();
        text += Text::own("\n");
    }
    let of = |matches: fn(&FunctionStatus) -> bool| status.functions.iter().filter(|one| matches(one)).count();
    let parts = [
        (of(|one| one.overview.is_none()), "missing"),
        (of(|one| one.overview.is_some() && one.has_drifted == Some(true)), "drifted"),
        (of(|one| one.has_drifted.is_none()), "not compared"),
        (of(|one| one.has_drifted == Some(false) && !one.is_partly_compared), "as the manifest says"),
        (
            of(|one| one.has_drifted == Some(false) && one.is_partly_compared),
            "as the manifest says as far as it was compared",
        ),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    let parts = if parts.is_empty() { "none in the manifest".to_owned() } else { parts.join(", ") };
    let (functions, requests) = (count(status.functions.len(), "function"), count(api_calls as usize, "request"));
    text += text!("{0}{1}{0:#}: {2}. {3}.{4}\n", BOLD, functions, parts, requests, location_note.as_str());
    text
}

fn row(function: &FunctionStatus, width: usize) -> Text {
    let FunctionStatus { name, state, last_update, overview, has_drifted, is_partly_compared: _, failure } = function;
    let mut text = match name.chars().count() > width {
        true => text!("{}\n{}", name, " ".repeat(width)),
        false => text!("{}", format!("{name:<width$}")),
    };
    let Some(Overview { version, aliases, mappings }) = overview else {
        text += text!("  {0}{1:<10}{0:#}  {2:<11}  {2:<8}  {3}yes{3:#}\n", RED, "missing", NOTHING, YELLOW);
        return text;
    };
    let (style, drift) = match has_drifted {
        Some(true) => (YELLOW, "yes"),
        Some(false) => (GREEN, "no"),
        None => (YELLOW, "unknown"),
    };
    let state_style = if failure.is_some() { RED } else { Style::new() };
    let version = match version {
        Listed::Yes(numbers) => numbers.first().map_or(NOTHING, String::as_str),
        Listed::No(_) => UNKNOWN,
    };
    let (state, update) = (state.as_deref().unwrap_or(UNKNOWN), last_update.as_deref().unwrap_or(NOTHING));
    text +=
        text!("  {0}{1:<10}{0:#}  {2:<11}  {3:<8}  {4}{5}{4:#}\n", state_style, state, update, version, style, drift);
    text += lines(aliases, "aliases", |alias| {
        text!("  alias {}: {}\n", alias.name, shares(&alias.version, &alias.weights))
    });
    text += lines(mappings, "event source mappings", mapping);
    text
}

fn lines<T>(listed: &Listed<T>, what: &str, line: impl Fn(&T) -> Text) -> Text {
    match listed {
        Listed::Yes(things) => things.iter().map(line).collect(),
        Listed::No(reason) => text!("  {0}{1} could not be read: {2}{0:#}\n", YELLOW, what, reason),
    }
}

fn mapping(mapping: &MappingOverview) -> Text {
    let MappingOverview { uuid, source, state, qualifier } = mapping;
    let to = qualifier.as_ref().map(|alias| format!(" to {alias}")).unwrap_or_default();
    text!("  mapping from {0}{1}: {2}  {3}{4}{3:#}\n", short(source), to, state, DIM, uuid)
}

/// Shows an ARN as its service and the resource there.
fn short(source: &str) -> String {
    let parts: Vec<&str> = source.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, service, _, _, resource] => format!("{service} {resource}"),
        _ if source.is_empty() => "an unknown source".to_owned(),
        _ => source.to_owned(),
    }
}

/// Renders the status of functions, for machines.
pub(crate) fn json(status: &AccountStatus, api_calls: u64) -> Text {
    versioned(members(status, api_calls))
}

/// Returns the members of a status's object.
pub(crate) fn members(status: &AccountStatus, api_calls: u64) -> Value {
    let functions: Vec<Value> = status.functions.iter().map(one).collect();
    json!({
        "account": status.account,
        "region": status.region,
        "functions": functions,
        "api_calls": api_calls,
    })
}

fn one(function: &FunctionStatus) -> Value {
    let FunctionStatus { name, state, last_update, overview, has_drifted, is_partly_compared: _, failure: _ } =
        function;
    let Overview { version, aliases, mappings } = overview.clone().unwrap_or_default();
    let aliases: Vec<Value> = listed(aliases)
        .map(|AliasOverview { name, version, weights }| json!({ "name": name, "version": version, "weights": weights }))
        .collect();
    let mappings: Vec<Value> = listed(mappings)
        .map(|MappingOverview { uuid, source, state, qualifier: _ }| json!({ "uuid": uuid, "source": source, "state": state }))
        .collect();
    json!({
        "name": name,
        "state": state,
        "last_update": last_update,
        "version": listed(version).next(),
        "aliases": aliases,
        "mappings": mappings,
        "drift": has_drifted,
    })
}

fn listed<T>(listed: Listed<T>) -> impl Iterator<Item = T> {
    match listed {
        Listed::Yes(things) => things.into_iter(),
        Listed::No(_) => Vec::new().into_iter(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_short() {
        assert_eq!(short("arn:aws:sqs:us-east-1:123456789012:orders"), "sqs orders");
        assert_eq!(short("arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/x:y"), "dynamodb table/t/stream/x:y");
        assert_eq!(short("broker-1:9092,broker-2:9092"), "broker-1:9092,broker-2:9092");
    }

    #[test]
    fn a_row_has_80_columns_at_most_where_the_name_is_short() {
        let function = |length: usize| FunctionStatus {
            name: "n".repeat(length),
            state: Some("Active".to_owned()),
            last_update: Some("Successful".to_owned()),
            overview: Some(Overview::default()),
            has_drifted: None,
            is_partly_compared: false,
            failure: None,
        };
        for length in [1, NAME, NAME + 1, 140] {
            let shown = anstream::adapter::strip_str(row(&function(length), NAME).as_str()).to_string();
            assert!(shown.lines().all(|line| line.chars().count() <= 80.max(length)), "{shown}");
            assert_eq!(shown.lines().count(), if length > NAME { 2 } else { 1 }, "{shown}");
        }
    }
}
