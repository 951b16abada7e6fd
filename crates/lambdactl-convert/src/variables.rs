//! The variables of the Serverless Framework: `${self:custom.table}`, `${opt:stage, 'dev'}` and others.

use lambdactl_schema::partitions;
use serde_json::{Value, json};

use crate::intrinsics::literal;
use crate::names::{environment, variable};
use crate::notes::Notes;

/// References of lambdactl while a text is worked on: `${` and `}` belong to the framework until the end.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// Look-ups that one value may take, and how many of them within each other: variables may refer to themselves.
const MOST_STEPS: usize = 10_000;
const DEEPEST: usize = 50;

/// The look-ups of one value so far.
#[derive(Default)]
struct Steps {
    taken: usize,
    depth: usize,
}

/// A service, and what its variables refer to.
pub(crate) struct Service<'a> {
    pub(crate) document: &'a Value,
    /// The stage, as a reference.
    pub(crate) stage: String,
    region: Option<String>,
}

impl<'a> Service<'a> {
    pub(crate) fn of(document: &'a Value, notes: &mut Notes) -> Self {
        let provider = &document["provider"];
        // `${opt:stage, 'dev'}` and a plain text say what the default is.
        let written = provider["stage"].as_str().unwrap_or("dev");
        let quoted = |text: &str| text.split(['\'', '"']).nth(1).map(str::to_owned);
        let default =
            if written.contains("${") { quoted(written).unwrap_or_else(|| "dev".into()) } else { written.into() };
        notes.add("provider.stage", format!("the stage is read from the environment variable STAGE, else {default}"));
        let region = provider["region"]
            .as_str()
            .and_then(|written| if written.contains("${") { quoted(written) } else { Some(written.to_owned()) });
        let stage = environment("STAGE", Some(&default)).unwrap_or_else(|| "${env:STAGE}".to_owned());
        Self { document, stage, region }
    }
}

/// Resolves the variables of a value. What only the framework knows becomes a reference, and a note.
pub(crate) fn resolve(value: &Value, service: &Service<'_>, path: &str, notes: &mut Notes) -> Value {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| resolve(item, service, &below(&index.to_string()), notes)).collect()
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                // Texts of CloudFormation have variables of their own.
                .map(|(name, value)| match name.as_str() {
                    "Fn::Sub" => (name.clone(), value.clone()),
                    _ => (name.clone(), resolve(value, service, &below(name), notes)),
                })
                .collect(),
        ),
        leaf => finished(within(leaf, service, path, notes, &mut Steps::default())),
    }
}

/// Resolves what a variable stands for, as part of the same value.
fn within(value: &Value, service: &Service<'_>, path: &str, notes: &mut Notes, steps: &mut Steps) -> Value {
    match value {
        Value::String(text) => expand(text, service, path, notes, steps),
        Value::Array(items) => items.iter().map(|item| within(item, service, path, notes, steps)).collect(),
        Value::Object(members) => {
            let one = |(name, value): (&String, &Value)| (name.clone(), within(value, service, path, notes, steps));
            Value::Object(members.iter().map(one).collect())
        }
        other => other.clone(),
    }
}

/// Gives lambdactl's references their signs back.
fn finished(value: Value) -> Value {
    match value {
        // What is left of the framework's own signs is text.
        Value::String(text) => json!(literal(&text).replace(OPEN, "${").replace(CLOSE, "}")),
        Value::Array(items) => items.into_iter().map(finished).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, finished(value))).collect())
        }
        other => other,
    }
}

fn expand(text: &str, service: &Service<'_>, path: &str, notes: &mut Notes, steps: &mut Steps) -> Value {
    if text.contains([OPEN, CLOSE]) {
        notes.left_out(path, "it has control characters");
        return Value::Null;
    }
    let mut text = text.to_owned();
    // The innermost comes first: the last `${` before the first `}` that closes one.
    while let Some((start, end)) = innermost(&text) {
        steps.taken += 1;
        if steps.taken > MOST_STEPS || steps.depth > DEEPEST {
            notes.left_out(path, "its variables refer to each other without end");
            return Value::Null;
        }
        steps.depth += 1;
        let value = lookup(&text[start + 2..end], service, path, notes, steps);
        steps.depth -= 1;
        if start == 0 && end + 1 == text.len() {
            return value;
        }
        let piece = match value {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        };
        text = format!("{}{piece}{}", &text[..start], &text[end + 1..]);
    }
    json!(text)
}

fn innermost(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(end) = text[from..].find('}').map(|end| from + end) {
        if let Some(start) = text[..end].rfind("${") {
            return Some((start, end));
        }
        from = end + 1;
    }
    None
}

/// Looks a variable up: its sources one after the other, until one has a value.
fn lookup(expression: &str, service: &Service<'_>, path: &str, notes: &mut Notes, steps: &mut Steps) -> Value {
    let sources: Vec<&str> = expression.split(',').map(str::trim).collect();
    for (index, source) in sources.iter().enumerate() {
        let fallback = sources.get(index + 1).map(|next| next.trim_matches(['\'', '"']));
        let is_literal = |text: &str| {
            text.starts_with(['\'', '"']) || text.parse::<f64>().is_ok() || text == "true" || text == "false"
        };
        if is_literal(source) {
            let bare = source.trim_matches(['\'', '"']);
            return if source.starts_with(['\'', '"']) {
                json!(bare)
            } else {
                serde_json::from_str(bare).unwrap_or_default()
            };
        }
        let (kind, address) = source.split_once(':').unwrap_or((source, ""));
        let fallback = fallback.filter(|_| is_literal(sources[index + 1]));
        let or_fallback = |name: &str| environment(name, fallback).map(|found| own(&found));
        match (kind, address) {
            ("self", address) => {
                let found = address.split('.').try_fold(service.document, |value, segment| value.get(segment));
                if let Some(found) = found.filter(|found| !found.is_null()) {
                    return within(found, service, path, notes, steps);
                }
            }
            ("sls" | "opt", "stage") => {
                return own(&service.stage);
            }
            ("aws" | "opt", "region") => {
                return match &service.region {
                    Some(region) => json!(region),
                    None => reference("env:AWS_REGION"),
                };
            }
            ("aws", "partition") => {
                return own(partitions::of(service.region.as_deref().unwrap_or_default()).name);
            }
            ("aws", "accountId") => {
                notes.add(path, "the account is read from the environment: set AWS_ACCOUNT_ID");
                return reference("env:AWS_ACCOUNT_ID");
            }
            ("env", name) if or_fallback(name).is_some() => return or_fallback(name).unwrap_or_default(),
            ("opt", name) => {
                notes
                    .add(path, format!("the option --{name} is read from the environment variable {}", variable(name)));
                return or_fallback(&variable(name)).unwrap_or_else(|| reference(&format!("env:{}", variable(name))));
            }
            (_, _) => {
                let name = variable(if address.is_empty() { kind } else { address });
                notes.add(path, format!("${{{source}}} is looked up by the framework only; pass --var {name}=VALUE"));
                return reference(&format!("var:{name}"));
            }
        }
    }
    let name = variable(expression.split(',').next().unwrap_or_default());
    notes.add(path, format!("${{{expression}}} refers to nothing in this file; pass --var {name}=VALUE"));
    reference(&format!("var:{name}"))
}

/// Hides a reference of lambdactl until the framework's are worked out.
fn own(reference: &str) -> Value {
    json!(reference.replace("${", &OPEN.to_string()).replace('}', &CLOSE.to_string()))
}

fn reference(what: &str) -> Value {
    json!(format!("{OPEN}{what}{CLOSE}"))
}
