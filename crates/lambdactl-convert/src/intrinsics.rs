//! CloudFormation's functions: what can be known is put in, and what only the stack knows becomes a reference.

use std::cell::Cell;

use lambdactl_schema::ReferenceKind;
use lambdactl_schema::partitions::{self, Partition};
use serde_json::{Map, Value, json};

use crate::dynamic::dynamic;
use crate::names::variable;
use crate::notes::Notes;
use crate::reference::{by_defaults, environment, look_up, parameter};
use crate::resources::{Returns, named_type};
use crate::surroundings::Stack;

/// What references within a template can refer to.
pub(crate) struct Template<'a> {
    pub(crate) parameters: &'a Value,
    pub(crate) mappings: &'a Value,
    pub(crate) conditions: &'a Value,
    pub(crate) resources: &'a Value,
    /// The region, where the file or the user says it.
    pub(crate) region: Option<&'a str>,
    /// The stack that was made of the template, where the user says one.
    pub(crate) stack: Option<&'a Stack>,
    /// How many values are being worked out within each other, and how many for one property: a template may refer to itself.
    pub(crate) depth: Cell<usize>,
    pub(crate) steps: Cell<usize>,
    /// Whether one of them had no end.
    pub(crate) is_endless: Cell<bool>,
}

/// Values that are worked out within each other at most, and for one property.
const DEEPEST: usize = 200;
const MOST_STEPS: usize = 50_000;

/// Types of stacks within a stack.
const NESTED: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];

/// Characters of a call that stand in a message.
const SHOWN: usize = 80;

impl Template<'_> {
    /// Resolves a value. Null means that the template takes it out.
    pub(crate) fn resolve(&self, value: &Value, path: &str, notes: &mut Notes) -> Value {
        let depth = self.depth.get();
        if depth == 0 {
            self.steps.set(0);
        }
        self.steps.set(self.steps.get() + 1);
        if depth > DEEPEST || self.steps.get() > MOST_STEPS {
            self.is_endless.set(true);
            return Value::Null;
        }
        self.depth.set(depth + 1);
        let resolved = self.worked_out(value, path, notes);
        self.depth.set(depth);
        if depth > 0 {
            return resolved;
        }
        self.tell_of_end(path, notes);
        dynamic(resolved, self.region, path, notes)
    }

    /// Says that something has no end; notes that are taken back cannot hide it.
    fn tell_of_end(&self, path: &str, notes: &mut Notes) {
        if self.depth.get() == 0 && self.is_endless.take() {
            notes.must(path, "left out: it refers to itself, or is too large to be worked out");
        }
    }

    fn worked_out(&self, value: &Value, path: &str, notes: &mut Notes) -> Value {
        match value {
            Value::Object(members) if members.len() == 1 => {
                let (name, argument) = members.iter().next().expect("there is one");
                match name.as_str() {
                    "Ref" => self.reference(argument.as_str().unwrap_or_default(), path, notes),
                    function if function.starts_with("Fn::") => self.call(&function[4..], argument, path, notes),
                    _ => self.map(members, path, notes),
                }
            }
            Value::Object(members) => self.map(members, path, notes),
            Value::Array(items) => {
                let items = items.iter().enumerate();
                let resolved = items.map(|(index, item)| self.resolve(item, &format!("{path}.{index}"), notes));
                Value::Array(resolved.filter(|item| !item.is_null()).collect())
            }
            other => other.clone(),
        }
    }

    fn map(&self, members: &Map<String, Value>, path: &str, notes: &mut Notes) -> Value {
        let mut resolved = Map::new();
        for (name, value) in members {
            let value = self.resolve(value, &format!("{path}.{name}"), notes);
            if !value.is_null() {
                resolved.insert(name.clone(), value);
            }
        }
        Value::Object(resolved)
    }

    fn call(&self, function: &str, argument: &Value, path: &str, notes: &mut Notes) -> Value {
        let mark = notes.mark();
        let found = match function {
            "Sub" => self.sub(argument, path, notes),
            "GetAtt" => match argument {
                Value::Array(parts) => {
                    let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
                    parts.split_first().map(|(resource, rest)| self.attribute(resource, &rest.join("."), path, notes))
                }
                Value::String(text) => {
                    let (resource, attribute) = text.split_once('.').unwrap_or((text, ""));
                    Some(self.attribute(resource, attribute, path, notes))
                }
                _ => None,
            },
            "Join" => self.join(argument, path, notes),
            "FindInMap" => self.find_in_map(argument, path, notes),
            "If" => self.choice(argument, path, notes),
            "Select" => self.select(argument, path, notes),
            "Split" => self.list(&json!({ "Fn::Split": argument }), path, notes).map(Value::Array),
            "Length" => self.list(argument, path, notes).map(|items| json!(items.len())),
            "ToJsonString" => {
                let value = self.resolve(argument, path, notes);
                let text = value.to_string();
                (!text.contains("\\u0001")).then(|| json!(text))
            }
            "ImportValue" => {
                let name = self.resolve(argument, path, notes);
                let stack = "`${stack:STACK#OUTPUT}` looks it up where you say which stack exports it";
                name.as_str().map(|name| {
                    notes.unknown(name, "VALUE", format!("the export {name} of another stack: {stack}"), path)
                })
            }
            _ => None,
        };
        found.unwrap_or_else(|| {
            notes.back_to(&mark);
            self.beyond(function, argument, path, notes)
        })
    }

    /// What cannot be worked out.
    fn beyond(&self, function: &str, argument: &Value, path: &str, notes: &mut Notes) -> Value {
        let call = format!("Fn::{function} of {argument}");
        let shown: String = call.chars().take(SHOWN).collect();
        let more = if shown.len() < call.len() { "…" } else { "" };
        let wanted = path.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or("value");
        let what = format!("{shown}{more}, which cannot be worked out here");
        notes.unknown_as(wanted, &call, "VALUE", what, path)
    }

    /// What `Ref` stands for.
    fn reference(&self, name: &str, path: &str, notes: &mut Notes) -> Value {
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return match pseudo {
                "Region" => json!(self.region_text()),
                "AccountId" => json!(notes.account()),
                "Partition" => json!(self.partition().name),
                "URLSuffix" => json!(self.partition().dns_suffix),
                // Takes the member out, as CloudFormation does.
                "NoValue" => Value::Null,
                "StackName" if self.stack.is_some() => json!(self.stack.map(|stack| stack.name.as_str())),
                "StackName" => notes.unknown("StackName", "NAME", "the stack's name", path),
                _ => notes.unknown(pseudo, "VALUE", name.to_owned(), path),
            };
        }
        if self.parameters[name].is_object() {
            return self.parameter(name, path, notes);
        }
        if let Some((physical, _)) = self.made(name) {
            return json!(physical);
        }
        let kind = self.resources[name]["Type"].as_str().unwrap_or_default();
        let known = named_type(kind).and_then(|row| match row.returns {
            Returns::Name => self.physical_name(name, path, notes).map(|name| json!(name)),
            Returns::Arn => self.arn(name, path, notes).map(|arn| json!(arn)),
            Returns::Url => {
                let queue = self.physical_name(name, path, notes)?;
                let (region, suffix) = (self.region_text(), self.partition().dns_suffix);
                Some(json!(format!("https://sqs.{region}.{suffix}/{}/{queue}", notes.account())))
            }
        });
        known.unwrap_or_else(|| {
            let what = if kind.is_empty() {
                format!("{name}, which this file does not have")
            } else {
                format!("the resource {name} ({kind})")
            };
            notes.unknown(name, "VALUE", what, path)
        })
    }

    fn parameter(&self, name: &str, path: &str, notes: &mut Notes) -> Value {
        let parameter = &self.parameters[name];
        let kind = parameter["Type"].as_str().unwrap_or_default();
        let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
        if let Some(of) = kind.strip_prefix("AWS::SSM::Parameter::Value<") {
            return self.looked_up(name, of, path, notes);
        }
        if parameter["NoEcho"] == json!(true) || parameter["NoEcho"] == json!("true") {
            if let Some(reference) = environment(name, None) {
                notes.must_of_file(
                    format!("Parameters.{name}"),
                    format!("a secret (NoEcho), whose default is not written: set the environment variable {name}"),
                );
                return json!(reference);
            }
            return notes.unknown(name, "SECRET", format!("the parameter {name}, a secret (NoEcho)"), path);
        }
        let default = match &parameter["Default"] {
            Value::Null => {
                let form = if is_list { "LIST-AS-JSON" } else { "VALUE" };
                return notes.unknown(name, form, format!("the parameter {name}"), path);
            }
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let written = if is_list { json!(items_of(&default)).to_string() } else { default.clone() };
        let of = format!("Parameters.{name}");
        if let Some(reference) = environment(name, Some(&written)) {
            notes.guessed_of_file(of, format!("read from the environment variable {name}, else {written}"));
            return json!(reference);
        }
        notes.guessed_of_file(of, "its default stands for it");
        if is_list { json!(items_of(&default)) } else { json!(default) }
    }

    /// A parameter whose value stands in Systems Manager, and of which the template has the name.
    fn looked_up(&self, name: &str, of: &str, path: &str, notes: &mut Notes) -> Value {
        if of.starts_with("List<") || of == "CommaDelimitedList>" {
            let what =
                format!("the parameter {name}, a list that is looked up in Systems Manager, where it is no JSON");
            return notes.unknown(name, "LIST-AS-JSON", what, path);
        }
        let mark = notes.mark();
        let found = match self.parameters[name]["Default"].as_str() {
            Some(default) => environment(name, Some(default)).inspect(|_| {
                let read =
                    format!("its name in Systems Manager is read from the environment variable {name}, else {default}");
                notes.guessed_of_file(format!("Parameters.{name}"), read);
            }),
            None => {
                let what = format!("the name in Systems Manager that the parameter {name} has");
                notes.unknown(name, "NAME", what, path).as_str().map(str::to_owned)
            }
        };
        if let Some(reference) = found.and_then(|inner| parameter(&inner)) {
            return json!(reference);
        }
        notes.back_to(&mark);
        notes.unknown(name, "VALUE", format!("the parameter {name}, which is looked up in Systems Manager"), path)
    }

    fn region_text(&self) -> String {
        self.region.map_or_else(|| environment("AWS_REGION", None).unwrap_or_default(), str::to_owned)
    }

    /// Where the region is not known, the partition of most.
    fn partition(&self) -> &'static Partition {
        partitions::of(self.region.unwrap_or_default())
    }

    /// What `Fn::GetAtt` stands for: the ARN of what has a name is known.
    fn attribute(&self, resource: &str, attribute: &str, path: &str, notes: &mut Notes) -> Value {
        let kind = self.resources[resource]["Type"].as_str().unwrap_or_default();
        if let Some(output) = attribute.strip_prefix("Outputs.").filter(|_| NESTED.contains(&kind)) {
            let mark = notes.mark();
            let what = format!("the name of the nested stack {resource}");
            let stack = match self.made(resource) {
                Some((physical, _)) => json!(physical),
                None => notes.unknown(resource, "STACK", what, path),
            };
            let argument = format!("{}#{output}", stack.as_str().unwrap_or_default());
            if let Some(reference) = look_up(ReferenceKind::Stack, &argument) {
                return json!(reference);
            }
            notes.back_to(&mark);
        }
        let known = match attribute {
            "Arn" | "TopicArn" => self.arn(resource, path, notes),
            "QueueName" | "TopicName" => self.physical_name(resource, path, notes),
            _ => None,
        };
        known.map_or_else(
            || {
                let name = format!("{}{}", variable(resource), variable(attribute));
                let form = if attribute.ends_with("Arn") { "ARN" } else { "VALUE" };
                notes.unknown(&name, form, format!("{attribute} of the resource {resource}"), path)
            },
            |text| json!(text),
        )
    }

    /// What the stack has made of a resource: its physical id and its type.
    pub(crate) fn made(&self, resource: &str) -> Option<(&str, &str)> {
        self.stack?.made(resource, self.resources[resource]["Type"].as_str())
    }

    pub(crate) fn arn(&self, resource: &str, path: &str, notes: &mut Notes) -> Option<String> {
        let made = self.made(resource);
        let kind = self.resources[resource]["Type"].as_str().or(made.map(|(_, kind)| kind))?;
        let row = named_type(kind).filter(|row| !row.arn.is_empty())?;
        if let Some((arn, _)) = made.filter(|_| row.returns == Returns::Arn) {
            return Some(arn.to_owned());
        }
        let mark = notes.mark();
        let name = self.physical_name(resource, path, notes)?;
        let written = &self.resources[resource]["Properties"]["Path"];
        let folder = if written.is_null() { json!("/") } else { self.resolve(written, path, notes) };
        let Some(folder) = folder.as_str() else {
            notes.back_to(&mark);
            return None;
        };
        let mut arn = format!("arn:{}:{}", self.partition().name, row.arn);
        for (sign, value) in [
            ("{region}", self.region_text()),
            ("{account}", notes.account()),
            ("{path}", folder.to_owned()),
            ("{name}", name),
        ] {
            arn = arn.replacen(sign, &value, 1);
        }
        Some(arn)
    }

    /// The name that a template gives to one of its resources. Functions have one in the manifest, whatever the stack's is.
    fn physical_name(&self, resource: &str, path: &str, notes: &mut Notes) -> Option<String> {
        if let Some((physical, kind)) = self.made(resource) {
            return match named_type(kind)?.returns {
                Returns::Name => Some(physical.to_owned()),
                Returns::Arn => physical.rsplit(':').next().map(str::to_owned),
                Returns::Url => physical.rsplit('/').next().map(str::to_owned),
            };
        }
        let found = self.resources.get(resource)?;
        let kind = found["Type"].as_str()?;
        let name = found["Properties"].get(named_type(kind)?.name);
        match name {
            Some(name) => self.resolve(name, path, notes).as_str().map(str::to_owned),
            None => None,
        }
    }

    fn sub(&self, argument: &Value, path: &str, notes: &mut Notes) -> Option<Value> {
        let (text, own) = match argument {
            Value::String(text) => (text.as_str(), &Value::Null),
            Value::Array(parts) => (parts.first()?.as_str()?, parts.get(1).unwrap_or(&Value::Null)),
            _ => return None,
        };
        let mut result = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let end = start + rest[start..].find('}')?;
            result.push_str(&rest[..start]);
            let name = rest[start + 2..end].trim();
            let value = if let Some(kept) = name.strip_prefix('!') {
                json!(format!("${{{kept}}}"))
            } else if let Some(value) = own.get(name) {
                self.resolve(value, path, notes)
            } else if let Some((resource, attribute)) = name.split_once('.') {
                self.attribute(resource, attribute, path, notes)
            } else {
                self.reference(name, path, notes)
            };
            result.push_str(&as_text(&value)?);
            rest = &rest[end + 1..];
        }
        result.push_str(rest);
        Some(json!(result))
    }

    fn join(&self, argument: &Value, path: &str, notes: &mut Notes) -> Option<Value> {
        let separator = argument[0].as_str()?;
        let parts: Option<Vec<String>> = self.list(&argument[1], path, notes)?.iter().map(as_text).collect();
        Some(json!(parts?.join(separator)))
    }

    /// The items of a list, where they are known one by one.
    fn list(&self, value: &Value, path: &str, notes: &mut Notes) -> Option<Vec<Value>> {
        if let Some(split) = value.get("Fn::Split") {
            let separator = split[0].as_str().filter(|separator| !separator.is_empty())?;
            let text = self.decided(&split[1], path, notes)?;
            return Some(text.as_str()?.split(separator).map(|part| json!(part)).collect());
        }
        if let Some(name) = value["Ref"].as_str().filter(|name| self.parameters[*name].is_object()) {
            let text = self.decided(&json!({ "Ref": name }), path, notes)?;
            return match text.as_str().map(serde_json::from_str::<Value>) {
                Some(Ok(Value::Array(items))) => Some(items),
                _ => None,
            };
        }
        match self.resolve(value, path, notes) {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    fn select(&self, argument: &Value, path: &str, notes: &mut Notes) -> Option<Value> {
        let index = self.decided(&argument[0], path, notes)?;
        let index = index.as_u64().or_else(|| index.as_str()?.parse().ok())?;
        self.list(&argument[1], path, notes)?.into_iter().nth(usize::try_from(index).ok()?)
    }

    fn find_in_map(&self, argument: &Value, path: &str, notes: &mut Notes) -> Option<Value> {
        let arguments = argument.as_array()?;
        let mut found = self.mappings;
        for key in arguments.iter().take(3) {
            let key = as_text(&self.decided(key, path, notes)?)?;
            let Some(next) = found.get(&key) else {
                let default = arguments.get(3)?.get("DefaultValue")?;
                return Some(self.resolve(default, path, notes));
            };
            found = next;
        }
        Some(self.resolve(found, path, notes))
    }

    fn choice(&self, argument: &Value, path: &str, notes: &mut Notes) -> Option<Value> {
        let name = argument[0].as_str()?;
        let side = match self.condition(name, notes)? {
            true => argument.get(1)?,
            false => argument.get(2)?,
        };
        Some(self.resolve(side, path, notes))
    }

    /// Whether a condition holds with the parameters' defaults; nothing where it depends on what is not known.
    pub(crate) fn condition(&self, name: &str, notes: &mut Notes) -> Option<bool> {
        let mark = notes.mark();
        let mut names = Vec::new();
        let found = self.truth(&json!({ "Condition": name }), &mut names, notes, 0);
        notes.back_to(&mark);
        let found = found?;
        names.sort_unstable();
        names.dedup();
        let by = match names.as_slice() {
            [] => String::new(),
            names => format!(" with the defaults of {}", names.join(", ")),
        };
        notes.guessed_of_file(format!("Conditions.{name}"), format!("taken as {found}{by}"));
        Some(found)
    }

    fn truth(&self, value: &Value, names: &mut Vec<String>, notes: &mut Notes, depth: usize) -> Option<bool> {
        let (function, argument) = value.as_object().filter(|map| map.len() == 1)?.iter().next()?;
        if depth > DEEPEST || self.steps.get() > MOST_STEPS {
            return None;
        }
        self.steps.set(self.steps.get() + 1);
        let mut each = |notes: &mut Notes| -> Vec<Option<bool>> {
            let items = argument.as_array().into_iter().flatten();
            items.map(|item| self.truth(item, names, notes, depth + 1)).collect()
        };
        match function.as_str() {
            "Condition" => {
                let condition = self.conditions.get(argument.as_str()?)?;
                self.truth(condition, names, notes, depth + 1)
            }
            "Fn::Not" => each(notes).first().copied().flatten().map(|found| !found),
            "Fn::And" => match each(notes) {
                found if found.contains(&Some(false)) => Some(false),
                found => found.into_iter().collect::<Option<Vec<_>>>().map(|_| true),
            },
            "Fn::Or" => match each(notes) {
                found if found.contains(&Some(true)) => Some(true),
                found => found.into_iter().collect::<Option<Vec<_>>>().map(|_| false),
            },
            "Fn::Equals" => {
                let mut side = |value: &Value| {
                    let resolved = as_text(&self.resolve(value, "Conditions", notes))?;
                    let (text, by) = by_defaults(&resolved)?;
                    names.extend(by);
                    Some(text)
                };
                let (left, right) = (side(&argument[0])?, side(&argument[1])?);
                Some(left == right)
            }
            _ => None,
        }
    }

    /// A value that something else depends on: with the defaults of parameters, which a note says.
    pub(crate) fn decided(&self, value: &Value, path: &str, notes: &mut Notes) -> Option<Value> {
        let mark = notes.mark();
        let depth = self.depth.get();
        if depth == 0 {
            self.steps.set(0);
        }
        self.depth.set(depth + 1);
        let resolved = self.resolve(value, path, notes);
        self.depth.set(depth);
        notes.back_to(&mark);
        self.tell_of_end(path, notes);
        let resolved =
            if resolved.is_string() && depth == 0 { dynamic(resolved, self.region, path, notes) } else { resolved };
        let Value::String(text) = resolved else { return Some(resolved) };
        let (text, names) = by_defaults(&text)?;
        for name in names {
            notes.guessed_of_file(format!("Parameters.{name}"), format!("its default decides {path}"));
        }
        Some(json!(text))
    }
}

/// The items of a parameter of a list type.
fn items_of(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Whether a map is a call of one of CloudFormation's functions.
pub(crate) fn is_call(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.keys().all(|key| key == "Ref" || key.starts_with("Fn::"))
}
