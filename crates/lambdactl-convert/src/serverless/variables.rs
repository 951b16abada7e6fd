//! The variables of the Serverless Framework: `${self:custom.table}`, `${opt:stage, 'dev'}` and others.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use lambdactl_schema::{ReferenceKind, partitions};
use serde_json::{Value, json};

use super::sources::{Source, literal, source, sources};
use crate::document;
use crate::intrinsics::as_text;
use crate::names::variable;
use crate::notes::Notes;
use crate::reference::{by_defaults, environment, is_in, key_of_secret, look_up, parameter, split};
use crate::surroundings::Surroundings;

/// In place of the signs of what is no variable of the framework, while a text is worked on.
const OTHER_OPEN: char = '\u{3}';
const OTHER_CLOSE: char = '\u{4}';

/// Look-ups that one value may take, and how many of them within each other: variables may refer to themselves.
const MOST_STEPS: usize = 10_000;
const DEEPEST: usize = 50;

/// Letters that the texts of one value may have.
const LONGEST: usize = 1 << 20;

/// Other files that are read at most, and their bytes together.
const MOST_FILES: usize = 100;
const MOST_BYTES: usize = 8 << 20;

/// Words in the names of files whose values are not carried over.
const SECRETS: [&str; 4] = [".env", "secret", "credential", "password"];

/// A service, and what its variables refer to.
pub(super) struct Service<'a> {
    pub(super) document: &'a Value,
    surroundings: &'a Surroundings<'a>,
    /// The stage that look-ups are taken for.
    default_stage: String,
    /// The stage, as a reference.
    pub(super) stage: String,
    pub(super) region: Option<String>,
    files: RefCell<Files>,
    taken: Cell<usize>,
    depth: Cell<usize>,
    /// Whether stage and region are just being found out: options say nothing then.
    is_beginning: Cell<bool>,
}

#[derive(Default)]
struct Files {
    read: BTreeMap<String, Result<Value, String>>,
    bytes: usize,
}

impl<'a> Service<'a> {
    pub(super) fn of(document: &'a Value, surroundings: &'a Surroundings<'a>, notes: &mut Notes) -> Self {
        let mut service = Self {
            document,
            surroundings,
            default_stage: "dev".into(),
            stage: "dev".into(),
            region: None,
            files: RefCell::default(),
            taken: Cell::new(0),
            depth: Cell::new(0),
            is_beginning: Cell::new(true),
        };
        let provider = service.shallow(&document["provider"], "provider", notes);
        let mark = notes.mark();
        let written = service.value(&provider["stage"], "provider.stage", notes);
        notes.without_notes_since(&mark);
        let written = as_text(&written).unwrap_or_else(|| "dev".to_owned());
        service.default_stage = by_defaults(&written).map_or_else(|| "dev".to_owned(), |(stage, _)| stage);
        let is_of_environment =
            is_in(&written) && !provider["stage"].as_str().is_some_and(|text| text.contains("opt:"));
        service.stage = if is_of_environment {
            written
        } else {
            environment("STAGE", Some(&service.default_stage)).unwrap_or_else(|| service.default_stage.clone())
        };
        let default = &service.default_stage;
        notes.guessed("provider.stage", format!("the stage is {}; without a variable it is {default}", service.stage));
        let mark = notes.mark();
        let region = service.value(&provider["region"], "provider.region", notes);
        notes.back_to(&mark);
        service.is_beginning.set(false);
        service.region = match (surroundings.region, &region) {
            (Some(region), _) => Some(region.to_owned()),
            (None, Value::Null) => {
                notes.guessed("provider.region", "the framework's default, us-east-1");
                Some("us-east-1".to_owned())
            }
            (None, region) => {
                let found = region.as_str().and_then(by_defaults);
                match found {
                    Some((found, names)) => {
                        if !names.is_empty() || provider["region"].as_str().is_some_and(|text| text.contains("${")) {
                            notes.guessed(
                                "provider.region",
                                format!("taken as {found}; convert with --region for another one"),
                            );
                        }
                        Some(found)
                    }
                    None => {
                        notes.must(
                            "provider.region",
                            "it is not known here: convert with --region, or write `region` into the manifest",
                        );
                        None
                    }
                }
            }
        };
        service
    }

    /// Works out the variables of a value, all the way down. What only the framework knows becomes a reference, and a note.
    pub(super) fn value(&self, value: &Value, path: &str, notes: &mut Notes) -> Value {
        self.taken.set(0);
        finished(self.within(value, path, notes))
    }

    /// The same of the value itself: what is in a map or a list stays as it is written.
    pub(super) fn shallow(&self, value: &Value, path: &str, notes: &mut Notes) -> Value {
        match value {
            Value::String(text) if text.contains("${") => self.value(value, path, notes),
            other => other.clone(),
        }
    }

    fn within(&self, value: &Value, path: &str, notes: &mut Notes) -> Value {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::String(text) => self.expand(text, path, notes),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                items.map(|(index, item)| self.within(item, &below(&index.to_string()), notes)).collect()
            }
            Value::Object(members) => Value::Object(
                members.iter().map(|(name, value)| (name.clone(), self.within(value, &below(name), notes))).collect(),
            ),
            other => other.clone(),
        }
    }

    fn expand(&self, text: &str, path: &str, notes: &mut Notes) -> Value {
        let mut text = text.to_owned();
        // The innermost comes first: the last `${` before the first `}` that closes one.
        while let Some((start, end)) = innermost(&text) {
            self.taken.set(self.taken.get() + 1);
            if self.taken.get() > MOST_STEPS || self.depth.get() > DEEPEST || text.len() > LONGEST {
                notes.must(path, "left out: its variables refer to each other without end");
                return Value::Null;
            }
            let expression = &text[start + 2..end];
            let parts = sources(expression);
            let is_variable = parts.first().is_some_and(|first| literal(first).is_some() || source(first).is_some());
            if !is_variable {
                text = format!("{}{OTHER_OPEN}{expression}{OTHER_CLOSE}{}", &text[..start], &text[end + 1..]);
                continue;
            }
            self.depth.set(self.depth.get() + 1);
            let found = self.first_of(&parts, path, notes);
            self.depth.set(self.depth.get() - 1);
            let value = found.unwrap_or_else(|| {
                if self.is_beginning.get() {
                    return Value::Null;
                }
                let what = format!("${{{expression}}}, which refers to nothing in this file");
                let name = source(parts[0]).map_or(parts[0], |source| source.address);
                notes.unknown(name, "VALUE", what, path)
            });
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

    /// Looks a variable up: its sources one after the other, until one has a value.
    fn first_of(&self, parts: &[&str], path: &str, notes: &mut Notes) -> Option<Value> {
        let (first, rest) = parts.split_first()?;
        if let Some(value) = literal(first) {
            return Some(value);
        }
        let Some(source) = source(first) else { return self.first_of(rest, path, notes) };
        match self.of_source(&source, rest, path, notes) {
            Some(value) if !value.is_null() => Some(value),
            _ if rest.is_empty() => None,
            _ => self.first_of(rest, path, notes),
        }
    }

    fn of_source(&self, source: &Source<'_>, rest: &[&str], path: &str, notes: &mut Notes) -> Option<Value> {
        match (source.kind, source.address) {
            ("opt", "stage" | "region") if self.is_beginning.get() => None,
            ("sls" | "opt", "stage") => Some(json!(self.stage)),
            ("aws" | "opt", "region") => Some(json!(self.region_text())),
            ("self", "provider.stage") if !self.is_beginning.get() => Some(json!(self.stage)),
            ("self", "provider.region") if !self.is_beginning.get() => Some(json!(self.region_text())),
            ("self", address) => {
                let address = self.address(address, path, notes)?;
                self.walk(self.document, &address, path, notes)
            }
            ("aws", "partition") => Some(json!(partitions::of(self.region.as_deref().unwrap_or_default()).name)),
            ("aws", "accountId") => Some(json!(notes.account())),
            ("env", name) => self.of_environment(name, rest, path, notes),
            ("opt", name) => {
                let name = variable(name);
                notes.guessed(
                    path,
                    format!("the option --{} is read from the environment variable {name}", source.address),
                );
                self.of_environment(&name, rest, path, notes)
            }
            ("param", name) => {
                let stage = self.default_stage.as_str();
                let places = [
                    format!("params.{stage}.{name}"),
                    format!("stages.{stage}.params.{name}"),
                    format!("params.default.{name}"),
                    format!("stages.default.params.{name}"),
                ];
                let found = places.iter().find_map(|place| self.walk(self.document, place, path, notes));
                if found.is_some() {
                    notes.guessed_of_file(format!("params.{name}"), format!("taken for the stage {stage}"));
                    return found;
                }
                (rest.is_empty()).then(|| self.elsewhere(source, rest, path, notes))
            }
            ("file", _) => self.of_file(source, rest, path, notes),
            ("strToBool", _) => Some(json!(matches!(source.argument, Some("true" | "1" | "'true'" | "\"true\"")))),
            _ => Some(match self.look_up(source).filter(|_| rest.is_empty()) {
                Some(reference) => json!(reference),
                None => self.elsewhere(source, rest, path, notes),
            }),
        }
    }

    /// A parameter of Systems Manager or an output of a stack, where a manifest looks it up as the framework does.
    fn look_up(&self, source: &Source<'_>) -> Option<String> {
        if source.argument.is_some_and(|region| self.region.as_deref() != Some(region)) {
            return None;
        }
        match source.kind {
            // How versions 1 and 2 ask for what is decrypted.
            "ssm" => parameter(source.address.strip_suffix("~true").unwrap_or(source.address)),
            "cf" => match split(source.address, ".").as_slice() {
                [stack, output] => look_up(ReferenceKind::Stack, &format!("{stack}#{output}")),
                _ => None,
            },
            _ => None,
        }
    }

    fn region_text(&self) -> String {
        self.region.clone().unwrap_or_else(|| environment("AWS_REGION", None).unwrap_or_default())
    }

    /// A variable of the environment, with what comes behind as its default.
    fn of_environment(&self, name: &str, rest: &[&str], path: &str, notes: &mut Notes) -> Option<Value> {
        if rest.is_empty() {
            return environment(name, None).map(|reference| json!(reference));
        }
        let default = match self.first_of(rest, path, notes) {
            Some(Value::Array(items)) => json!(items).to_string(),
            Some(value) => as_text(&value).unwrap_or_default(),
            None => String::new(),
        };
        if let Some(reference) = environment(name, Some(&default)) {
            return Some(json!(reference));
        }
        notes
            .must(path, format!("its default cannot be written into a reference: set the environment variable {name}"));
        environment(name, None).map(|reference| json!(reference))
    }

    /// What only the framework can look up.
    fn elsewhere(&self, source: &Source<'_>, rest: &[&str], path: &str, notes: &mut Notes) -> Value {
        let fallback = match rest {
            [] => String::new(),
            rest => format!(", else {}", rest.join(", ")),
        };
        let name = match source.address {
            "" => source.argument.unwrap_or(source.kind),
            address => address,
        };
        let why = match rest {
            [] => ": it is in another region, or not as a manifest can name it",
            _ => "; a look-up of a manifest has no fall-back",
        };
        let (form, why) = match source.kind {
            "ssm" => ("SECRET", why),
            "cf" => ("VALUE", why),
            _ => ("VALUE", ""),
        };
        let what = format!("${{{}}}, which only the framework looks up{fallback}{why}", source.written);
        notes.unknown(name, form, what, path)
    }

    /// An address whose references are taken by their defaults, such as the stage.
    fn address(&self, address: &str, path: &str, notes: &mut Notes) -> Option<String> {
        if !is_in(address) {
            return Some(address.to_owned());
        }
        let (decided, names) = by_defaults(address)?;
        let parent: Vec<&str> = address.split('.').take_while(|segment| !is_in(segment)).collect();
        let own = decided.split('.').nth(parent.len()).unwrap_or_default().to_owned();
        let mark = notes.mark();
        let around = self.walk(self.document, &parent.join("."), path, notes);
        notes.back_to(&mark);
        let others: Vec<String> = around
            .as_ref()
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|map| map.keys())
            .filter(|key| **key != own)
            .take(10)
            .cloned()
            .collect();
        let others =
            if others.is_empty() { String::new() } else { format!("; the file has {}, too", others.join(", ")) };
        notes.guessed_of_file(parent.join("."), format!("looked up by {}: taken for {own}{others}", names.join(", ")));
        Some(decided)
    }

    /// Follows an address; texts on the way are worked out.
    fn walk(&self, from: &Value, address: &str, path: &str, notes: &mut Notes) -> Option<Value> {
        let mut here = Cow::Borrowed(from);
        let segments: Vec<&str> = address.split('.').filter(|segment| !segment.is_empty()).collect();
        for (index, segment) in segments.iter().enumerate() {
            if here.is_string() {
                here = Cow::Owned(self.within(&here, path, notes));
            }
            // The framework reads a secret's JSON.
            if let Some(key) = here.as_str().and_then(|text| key_of_secret(text, &segments[index..].join("."))) {
                return Some(json!(key));
            }
            here = match here {
                Cow::Borrowed(value) => Cow::Borrowed(entry(value, segment)?),
                Cow::Owned(value) => Cow::Owned(entry(&value, segment)?.clone()),
            };
        }
        let found = self.within(&here, path, notes);
        (!found.is_null()).then_some(found)
    }

    fn of_file(&self, source: &Source<'_>, rest: &[&str], path: &str, notes: &mut Notes) -> Option<Value> {
        let written = source.argument.unwrap_or_default().trim_matches(['\'', '"']);
        let Some((name, names)) = by_defaults(written) else { return Some(self.elsewhere(source, rest, path, notes)) };
        if !names.is_empty() {
            notes.guessed_of_file(
                name.clone(),
                format!("the file is chosen by {}: taken by its default", names.join(", ")),
            );
        }
        let name = name.trim_start_matches("./").to_owned();
        match self.file(&name) {
            Ok(value) => {
                let address = self.address(source.address, path, notes)?;
                self.walk(&value, &address, path, notes)
            }
            Err(_) if !rest.is_empty() => {
                notes.guessed_of_file(name, "not read: what the service says for that case is taken");
                None
            }
            Err(reason) => {
                let wanted = if source.address.is_empty() { name.as_str() } else { source.address };
                let what = format!("${{{}}}: {reason}", source.written);
                Some(notes.unknown(wanted, "VALUE", what, path))
            }
        }
    }

    /// Reads another file, once.
    fn file(&self, name: &str) -> Result<Value, String> {
        if let Some(found) = self.files.borrow().read.get(name) {
            return found.clone();
        }
        let lower = name.to_ascii_lowercase();
        let is = |ends: &[&str]| ends.iter().any(|end| lower.ends_with(end));
        let found = if SECRETS.iter().any(|word| lower.contains(word)) {
            Err("the file is not read: its name says that it has secrets".to_owned())
        } else if is(&[".js", ".cjs", ".mjs", ".ts"]) {
            Err("the file is a program, which is not run".to_owned())
        } else if self.files.borrow().read.len() >= MOST_FILES || self.files.borrow().bytes > MOST_BYTES {
            Err("more files than convert reads".to_owned())
        } else {
            (self.surroundings.read)(name).and_then(|text| {
                self.files.borrow_mut().bytes += text.len();
                match is(&[".yml", ".yaml", ".json"]) {
                    true => document::parse(&text).map_err(|error| error.to_string()),
                    false => Ok(json!(text.trim_end_matches(['\n', '\r']))),
                }
            })
        };
        self.files.borrow_mut().read.insert(name.to_owned(), found.clone());
        found
    }
}

fn entry<'a>(value: &'a Value, segment: &str) -> Option<&'a Value> {
    match value {
        Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
        map => map.get(segment),
    }
}

/// Finds the variable that ends first, and so has none within it.
fn innermost(text: &str) -> Option<(usize, usize)> {
    closed(text, true).or_else(|| closed(text, false))
}

/// Finds the first brace that closes a variable. A brace in quotes closes none; a value that was put in can have a single quote,
/// so that the quotes are not looked at where they lead nowhere.
fn closed(text: &str, has_quotes: bool) -> Option<(usize, usize)> {
    let mut starts: Vec<usize> = Vec::new();
    let mut quote = None;
    for (index, letter) in text.char_indices() {
        match (quote, letter) {
            (_, '$') if text[index..].starts_with("${") => {
                starts.push(index);
                quote = None;
            }
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if has_quotes && !starts.is_empty() => quote = Some(letter),
            (None, '}') => {
                if let Some(start) = starts.pop() {
                    return Some((start, index));
                }
            }
            _ => {}
        }
    }
    None
}

/// Gives what is no variable of the framework its signs back.
fn finished(value: Value) -> Value {
    match value {
        Value::String(text) => json!(text.replace(OTHER_OPEN, "${").replace(OTHER_CLOSE, "}")),
        Value::Array(items) => items.into_iter().map(finished).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, finished(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn innermost_variable_ends_at_its_own_brace() {
        for (text, wanted) in [
            ("a${b:c}d", Some("b:c")),
            ("${a:${b:c}}", Some("b:c")),
            ("${env:X, 'a}b'}", Some("env:X, 'a}b'")),
            ("${env:X, \"it's\"}", Some("env:X, \"it's\"")),
            ("${self:it's}", Some("self:it's")),
            ("} ${a", None),
        ] {
            assert_eq!(innermost(text).map(|(start, end)| &text[start + 2..end]), wanted, "{text}");
        }
    }
}
