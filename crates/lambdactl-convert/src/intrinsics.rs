//! CloudFormation's functions: what can be known is put in, and what only the stack knows becomes a reference.

use std::cell::Cell;

use lambdactl_schema::partitions::{self, Partition};
use serde_json::{Map, Value, json};

use crate::names::{environment, variable};
use crate::notes::Notes;

/// What references within a template can refer to.
pub(crate) struct Template<'a> {
    pub(crate) parameters: &'a Value,
    pub(crate) mappings: &'a Value,
    pub(crate) resources: &'a Value,
    /// The region, where the file says it.
    pub(crate) region: Option<&'a str>,
    /// Whether texts may have references of lambdactl already; otherwise nothing in them may look like one.
    pub(crate) has_references: bool,
    /// How many values are being worked out within each other: a template may refer to itself.
    pub(crate) depth: Cell<usize>,
}

/// Values that are worked out within each other at most.
const DEEPEST: usize = 200;

impl Template<'_> {
    /// Resolves a value. Null means that nothing came of it; a note says so.
    pub(crate) fn resolve(&self, value: &Value, path: &str, notes: &mut Notes) -> Value {
        if self.depth.get() > DEEPEST {
            notes.left_out(path, "it refers to itself");
            return Value::Null;
        }
        self.depth.set(self.depth.get() + 1);
        let resolved = self.worked_out(value, path, notes);
        self.depth.set(self.depth.get() - 1);
        resolved
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
            Value::String(text) if !self.has_references => json!(literal(text)),
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
            "FindInMap" => {
                let keys = argument.as_array().cloned().unwrap_or_default();
                let keys: Vec<Value> = keys.iter().map(|key| self.resolve(key, path, notes)).collect();
                let found = keys.iter().try_fold(self.mappings, |map, key| map.get(key.as_str()?));
                found.map(|found| self.resolve(found, path, notes))
            }
            "ImportValue" => {
                let name = self.resolve(argument, path, notes);
                name.as_str().map(|name| self.unknown(&variable(name), &format!("the export {name}"), path, notes))
            }
            _ => None,
        };
        found.unwrap_or_else(|| {
            notes.left_out(
                path,
                &format!("Fn::{function} cannot be worked out here; write its value into the manifest"),
            );
            Value::Null
        })
    }

    /// What `Ref` stands for.
    fn reference(&self, name: &str, path: &str, notes: &mut Notes) -> Value {
        if let Some(pseudo) = name.strip_prefix("AWS::") {
            return match pseudo {
                "Region" => json!(self.region.map_or("${env:AWS_REGION}".to_owned(), str::to_owned)),
                "AccountId" => {
                    notes.add(path, "the account is read from the environment: set AWS_ACCOUNT_ID");
                    json!("${env:AWS_ACCOUNT_ID}")
                }
                "Partition" => json!(self.partition().name),
                "URLSuffix" => json!(self.partition().dns_suffix),
                // Takes the member out, as CloudFormation does.
                "NoValue" => Value::Null,
                _ => self.unknown(&variable(pseudo), name, path, notes),
            };
        }
        let parameter = &self.parameters[name];
        if parameter.is_object() {
            return match &parameter["Default"] {
                Value::Null => self.unknown(&variable(name), &format!("the parameter {name}"), path, notes),
                default => {
                    let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
                    let Some(reference) = environment(name, Some(&default)) else {
                        notes.add(path, format!("the default of the parameter {name} stands for it"));
                        return json!(literal(&default));
                    };
                    notes.add(
                        path,
                        format!("the parameter {name} is read from the environment variable {name}, else {default}"),
                    );
                    json!(reference)
                }
            };
        }
        match self.physical_name(name) {
            Some(physical) => self.resolve(&physical, path, notes),
            None => self.unknown(&variable(name), &format!("the resource {name}"), path, notes),
        }
    }

    /// Where the region is not known, the partition of most.
    fn partition(&self) -> &'static Partition {
        partitions::of(self.region.unwrap_or_default())
    }

    /// What `Fn::GetAtt` stands for: the ARN of a role with a name is known.
    fn attribute(&self, resource: &str, attribute: &str, path: &str, notes: &mut Notes) -> Value {
        let kind = self.resources[resource]["Type"].as_str().unwrap_or_default();
        if let ("AWS::IAM::Role", "Arn", Some(name)) = (kind, attribute, self.physical_name(resource))
            && let Value::String(name) = self.resolve(&name, path, notes)
        {
            let role_path = literal(self.resources[resource]["Properties"]["Path"].as_str().unwrap_or("/"));
            let account = self.reference("AWS::AccountId", path, notes);
            let (partition, account) = (self.partition().name, account.as_str().unwrap_or_default());
            return json!(format!("arn:{partition}:iam::{account}:role{role_path}{name}"));
        }
        let name = format!("{}{}", variable(resource), variable(attribute));
        self.unknown(&name, &format!("{attribute} of the resource {resource}"), path, notes)
    }

    /// The name that a template gives to one of its resources, where `Ref` returns that.
    fn physical_name(&self, resource: &str) -> Option<Value> {
        let resource = self.resources.get(resource)?;
        let member = match resource["Type"].as_str()? {
            "AWS::IAM::Role" => "RoleName",
            "AWS::S3::Bucket" => "BucketName",
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::Lambda::Function" | "AWS::Serverless::Function" => "FunctionName",
            "AWS::Logs::LogGroup" => "LogGroupName",
            "AWS::Kinesis::Stream" => "Name",
            _ => return None,
        };
        resource["Properties"].get(member).cloned()
    }

    fn unknown(&self, name: &str, what: &str, path: &str, notes: &mut Notes) -> Value {
        notes.add(path, format!("{what} is not known here; pass --var {name}=VALUE"));
        json!(format!("${{var:{name}}}"))
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
                json!(format!("$${{{kept}}}"))
            } else if let Some(value) = own.get(name) {
                self.resolve(value, path, notes)
            } else if let Some((resource, attribute)) = name.split_once('.') {
                self.attribute(resource, attribute, path, notes)
            } else {
                self.reference(name, path, notes)
            };
            let value = as_text(&value)?;
            // A dollar sign before a reference would take its meaning away.
            if value.starts_with("${") && result.ends_with('$') {
                return None;
            }
            result.push_str(&value);
            rest = &rest[end + 1..];
        }
        result.push_str(rest);
        Some(json!(result))
    }

    fn join(&self, argument: &Value, path: &str, notes: &mut Notes) -> Option<Value> {
        let separator = argument[0].as_str()?;
        let items = argument[1].as_array()?;
        let parts: Option<Vec<String>> = items.iter().map(|item| as_text(&self.resolve(item, path, notes))).collect();
        Some(json!(parts?.join(separator)))
    }
}

/// A text of the template that is no call: nothing in it may look like a reference of lambdactl.
pub(crate) fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}
