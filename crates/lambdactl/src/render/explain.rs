//! What `lambdactl explain` says about a rule or a member: the program's own words, all of them.

use std::borrow::Cow;

use lambdactl_diff::fields::{self, ChangedBy};
use lambdactl_schema::preflight;
use lambdactl_schema::rules::{self, Rule};
use lambdactl_schema::runtimes::{CALENDAR_DATE, dates};
use lambdactl_schema::{Kind, MappingChange, MappingMember, Member, Operation, Place, members};
use serde_json::Value;

use super::style::{BOLD, count};

/// Where lines are folded.
const WIDTH: usize = 80;

/// Renders a rule.
pub(crate) fn rule(rule: &Rule) -> String {
    let Rule { code, title, about, severity, help, source, members } = rule;
    let mut text = format!("{BOLD}{code}{BOLD:#} ({}): {title}\n\n", severity.as_str());
    text += &paragraph(&about.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "));
    text.push('\n');
    if let Some(help) = help {
        text += &row("help", help);
    }
    if !members.is_empty() {
        text += &row("members", &members.join(", "));
    }
    text += &row("source", source);
    text
}

/// Renders a member.
pub(crate) fn member(member: &Member) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#}: {}\n\n", member.name(), kind(&member.schema));
    text += &paragraph(member.schema["description"].as_str().unwrap_or_default());
    text.push('\n');
    for limit in limits(&member.schema) {
        text += &row("limit", &limit);
    }
    match &member.schema["examples"][0] {
        Value::Null => {}
        Value::String(example) => text += &row("example", example),
        example => text += &row("example", &example.to_string()),
    }
    if let Some(values) = member.schema["enum"].as_array().or_else(|| member.schema["items"]["enum"].as_array()) {
        text += &values_of(member, values);
    }
    let inside: Vec<String> = members()
        .into_iter()
        .filter(|other| is_inside(member, other))
        .filter_map(|mut other| other.path.pop())
        .collect();
    if !inside.is_empty() {
        text += &row("members", &inside.join(", "));
    }
    text += &row("required", required(member));
    if member.of_function {
        text += &of_the_api(member);
    }
    text
}

/// What holds for members of CreateFunction and not for lambdactl's own keys.
fn of_the_api(member: &Member) -> String {
    let [top, rest @ ..] = member.path.as_slice() else { return String::new() };
    let place = Place::of(&format!("/{}", member.path.join("/")));
    let own_name = member.path.last().is_some_and(|name| name.starts_with(|first: char| first.is_ascii_lowercase()));
    if let Some(place) = place {
        return beside(member, &place, own_name);
    }
    if own_name {
        return row("source", "the manifest's format");
    }
    let mut text = String::new();
    if !member.required {
        text += &row("absent", &absent(top, rest));
    }
    text += &row("change", &change(top));
    for rule in rules::ALL.iter().chain(found(rest.is_empty())).filter(|rule| rule.members.contains(&top.as_str())) {
        text += &row("rule", &format!("{}: {}", rule.code, rule.title));
    }
    text + &row("source", "the service's model of CreateFunction, and recorded answers of the service")
}

/// What `plan --verify` finds, which is said of a member as a whole.
fn found(is_whole: bool) -> impl Iterator<Item = &'static &'static Rule> {
    preflight::ALL.iter().filter(move |_| is_whole)
}

/// What holds for what stands beside a function.
fn beside(member: &Member, place: &Place, is_own: bool) -> String {
    let kind = place.kind.row();
    let mut text = String::new();
    if !member.required && place.members.is_empty() {
        text += &row("absent", "not looked at: what the account has stays as it is");
    }
    let names = |operations: &[Operation]| -> String {
        operations.iter().map(|operation| operation.name()).collect::<Vec<_>>().join(" or ")
    };
    let changes = (!kind.changes.is_empty()).then(|| format!("by {}", names(kind.changes)));
    let removes = (!kind.removes.is_empty()).then(|| format!("with --prune, by {}", names(kind.removes)));
    let mapped = (place.kind == Kind::EventSourceMappings).then(|| place.members.first()).flatten();
    text += &match mapped.and_then(|member| MappingMember::of(member)) {
        Some(member) => row("sources", &sources(member)) + &row("change", of_mapping(member, &place.members)),
        None => row("change", &changes.into_iter().chain(removes).collect::<Vec<_>>().join("; taken away ")),
    };
    for rule in rules::ALL.iter().chain(found(place.members.is_empty())).filter(|rule| rule.members.contains(&kind.key))
    {
        text += &row("rule", &format!("{}: {}", rule.code, rule.title));
    }
    let source = match is_own {
        true => "the manifest's format".to_owned(),
        false => format!("the service's model of {}, and recorded answers of the service", names(&kind.changes[..1])),
    };
    text + &row("source", &source)
}

/// The sources that take a member of an event source mapping.
fn sources(member: &MappingMember) -> String {
    member.sources.iter().map(|source| source.title()).collect::<Vec<_>>().join(", ")
}

/// What an update makes of a member of an event source mapping.
fn of_mapping(member: &MappingMember, path: &[String]) -> &'static str {
    const ANEW: &str = "only by another mapping: delete and create";
    match member.changes {
        _ if path.get(1).is_some_and(|inner| member.fixed.contains(&inner.as_str())) => ANEW,
        MappingChange::Reset(_) => "in place, by UpdateEventSourceMapping; the default where it is left out",
        MappingChange::Kept => {
            "in place, by UpdateEventSourceMapping; what it was where it is left out, because nothing is known that resets it"
        }
        MappingChange::Past => "none: it counts when the mapping is created",
        MappingChange::Fixed => ANEW,
        MappingChange::Other if member.name == "Tags" => "in place, by TagResource and UntagResource",
        MappingChange::Other => "none: it says which mapping is meant",
    }
}

fn is_inside(outer: &Member, inner: &Member) -> bool {
    // Entries of a map with names of the user's own stand under `*`.
    let of_entries = inner.path.get(outer.path.len()).is_some_and(|name| name == "*");
    inner.of_function == outer.of_function
        && inner.path.len() == outer.path.len() + 1 + usize::from(of_entries)
        && inner.path.starts_with(&outer.path)
}

fn required(member: &Member) -> &'static str {
    match (member.required, member.path.as_slice()) {
        (true, [_]) => "yes",
        (true, _) => "yes, where what it stands in is given",
        (false, [only]) if only == "Runtime" || only == "Handler" => "for zip packages",
        _ => "no",
    }
}

fn absent(top: &str, rest: &[String]) -> String {
    if fields::changed_by(top) == ChangedBy::Nothing {
        return "nothing".to_owned();
    }
    if top == "Tags" {
        return "tags are nobody's business here: none is added, changed or removed".to_owned();
    }
    let mut default = fields::default_of(top);
    for segment in rest {
        default = default[segment].take();
    }
    match default {
        Value::Null => "nothing: where the service has a value, the plan shows it as a difference".to_owned(),
        Value::String(text) => format!("the service's default, {text}"),
        value => format!("the service's default, {value}"),
    }
}

fn change(top: &str) -> Cow<'static, str> {
    Cow::Borrowed(match fields::changed_by(top) {
        ChangedBy::Configuration => "in place, by UpdateFunctionConfiguration",
        ChangedBy::Code => "in place, by UpdateFunctionCode",
        ChangedBy::Beside(kind) => {
            let operations: Vec<&str> = kind.row().changes.iter().map(|operation| operation.name()).collect();
            return Cow::Owned(format!("in place, by {}", operations.join(" or ")));
        }
        ChangedBy::Replacement => "only by replacing the function: delete and create",
        ChangedBy::ReplacementWhenAddedOrRemoved => {
            "what is in it in place, by UpdateFunctionConfiguration; adding or removing it only by replacing the function"
        }
        ChangedBy::Nothing => "none: it is the function's identity, or an instruction to the call that creates it",
    })
}

fn kind(schema: &Value) -> &'static str {
    match schema["type"].as_str() {
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "true or false",
        Some("array") => "a list",
        Some("object") => "a map",
        Some("string") => "a text",
        _ if !schema["const"].is_null() => "a constant",
        _ => "a list or a map",
    }
}

/// Puts the limits of a schema into words.
fn limits(schema: &Value) -> Vec<String> {
    let range = |least: &str, most: &str, unit: &str| {
        let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
        match (&schema[least], &schema[most]) {
            (Value::Null, Value::Null) => None,
            (least, Value::Null) => Some(format!("at least {least}{unit}")),
            (Value::Null, most) => Some(format!("at most {most}{unit}")),
            (least, most) => Some(format!("{least} to {most}{unit}")),
        }
    };
    let constant = (!schema["const"].is_null()).then(|| format!("only {}", schema["const"]));
    let mut found: Vec<String> = [
        constant,
        range("minimum", "maximum", ""),
        range("minLength", "maxLength", "characters"),
        range("minItems", "maxItems", "items"),
        range("minProperties", "maxProperties", "entries"),
    ]
    .into_iter()
    .flatten()
    .collect();
    for (schema, what) in [
        (schema, ""),
        (&schema["items"], "each item "),
        (&schema["propertyNames"], "each key "),
        (&schema["additionalProperties"], "each value "),
    ] {
        if let Some(pattern) = schema["pattern"].as_str() {
            found.push(format!("{what}matches {pattern}"));
        }
    }
    found
}

/// Lists an enumeration; runtimes with what AWS has announced for them.
fn values_of(member: &Member, values: &[Value]) -> String {
    let names: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
    if member.path != ["Runtime"] {
        return row("values", &names.join(", "));
    }
    let mut text = row("values", &format!("{}, with AWS's dates as of {CALENDAR_DATE}", count(names.len(), "runtime")));
    for name in names {
        text += &match dates(name) {
            Some(dates) => {
                format!(
                    "{:INDENT$}{name:16}deprecated {}, no creation from {}\n",
                    "", dates.deprecated, dates.create_blocked
                )
            }
            None => format!("{:INDENT$}{name}\n", ""),
        };
    }
    text
}

const INDENT: usize = 10;

fn row(name: &str, value: &str) -> String {
    let folded = fold(value, WIDTH - INDENT).join(&format!("\n{:INDENT$}", ""));
    format!("{name:INDENT$}{folded}\n")
}

fn paragraph(text: &str) -> String {
    fold(text, WIDTH - 2).iter().map(|line| format!("  {line}\n")).collect()
}

fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
