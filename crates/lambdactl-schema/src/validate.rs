use std::collections::BTreeSet;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, ValidationError};
use serde_json::Value;

use crate::conditions::conditions;
use crate::json_schema::{entry_schema, head_schema};
use crate::messages::{Words, describe, show, unknown_key};
use crate::rules::{self, Rule};

/// Checks functions and manifest heads against the schema made from the request types.
pub struct Validator {
    entry: Compiled,
    head: Compiled,
    /// The rule of each member of the entry schema's `allOf`.
    condition_rules: Vec<&'static Rule>,
}

struct Compiled {
    schema: Value,
    validator: jsonschema::Validator,
}

/// One broken rule of one function or manifest head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: &'static Rule,
    /// What is wrong, as a fragment; never the value of an environment variable.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// JSON pointer of the value, or of the map that holds (or lacks) the key.
    pub pointer: String,
    /// What to point at.
    pub anchor: Anchor,
}

/// What a violation points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The value itself.
    Value,
    /// A key of the map.
    Key(String),
}

impl Validator {
    /// Compiles the schemas; about a millisecond.
    pub fn new() -> Self {
        Self {
            entry: compile(entry_schema()),
            head: compile(head_schema()),
            condition_rules: conditions().into_iter().map(|condition| condition.rule).collect(),
        }
    }

    /// Returns everything that is wrong with a function whose defaults are merged and references resolved.
    pub fn check_function(&self, function: &Value) -> Vec<Violation> {
        self.check(&self.entry, function, "function")
    }

    /// Returns what is wrong with members that functions share. What is missing, and what does not go together, only
    /// a whole function can tell.
    pub fn check_defaults(&self, defaults: &Value) -> Vec<Violation> {
        let mut found = self.check(&self.entry, defaults, "function");
        found.retain(|violation| violation.rule != &rules::MISSING_MEMBER || violation.pointer.contains('/'));
        found.retain(|violation| !self.condition_rules.contains(&violation.rule));
        found
    }

    /// Returns everything that is wrong with a manifest beside its functions.
    pub fn check_head(&self, head: &Value) -> Vec<Violation> {
        self.check(&self.head, head, "manifest")
    }

    /// Returns the schema that functions are checked against.
    pub fn function_schema(&self) -> &Value {
        &self.entry.schema
    }

    fn check(&self, compiled: &Compiled, instance: &Value, owner: &str) -> Vec<Violation> {
        if compiled.validator.is_valid(instance) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for error in compiled.validator.iter_errors(instance) {
            self.translate(compiled, instance, &error, owner, &mut found);
        }
        // One value, one word: an empty name is too short, and need not hear that it has the wrong form as well.
        // Conditions come last in the schema, so what is wrong with the value itself is what stays.
        let mut said = BTreeSet::new();
        found.retain(|violation| {
            let scalar = instance.pointer(&violation.pointer).is_some_and(|value| !value.is_object());
            !scalar || violation.anchor != Anchor::Value || said.insert(violation.pointer.clone())
        });
        found
    }

    fn translate(
        &self,
        compiled: &Compiled,
        instance: &Value,
        error: &ValidationError<'_>,
        owner: &str,
        found: &mut Vec<Violation>,
    ) {
        let pointer = error.instance_path().to_string();
        let value = instance.pointer(&pointer).unwrap_or(&Value::Null);
        let member = name_of(&pointer, owner);
        let inside = match (pointer.is_empty(), owner) {
            // Where the function is, the diagnostic says anyway.
            (true, "function") => String::new(),
            _ => format!(" in {member}"),
        };
        let shown = (!is_secret(&pointer)).then(|| show(value));
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = known_keys(&compiled.schema, error);
                for key in unexpected {
                    let words = unknown_key(key, &known, &inside);
                    found.push(violation(words, pointer.clone(), Anchor::Key(key.clone())));
                }
            }
            ValidationErrorKind::PropertyNames { error: inner } => {
                let key = inner.instance().as_str().unwrap_or_default().to_owned();
                let name = format!("the name `{key}`{inside}");
                let words = describe(inner.kind(), &name, &Value::String(key.clone()), None);
                found.push(violation(words, pointer, Anchor::Key(key)));
            }
            ValidationErrorKind::Required { property } => {
                let property = property.as_str().unwrap_or_default();
                let condition = self.condition(compiled, error);
                found.push(Violation {
                    rule: condition.unwrap_or(&rules::MISSING_MEMBER),
                    message: format!("`{property}` is missing{inside}"),
                    help: condition.and_then(|rule| rule.help).map(str::to_owned),
                    pointer,
                    anchor: Anchor::Value,
                });
            }
            kind => {
                let mut words = describe(kind, &member, value, shown.as_deref());
                if let Some(rule) = self.condition(compiled, error) {
                    words.rule = rule;
                    words.help = rule.help.map(str::to_owned);
                    if is_refusal(kind) {
                        words.message = rule.title.to_owned();
                    }
                }
                found.push(violation(words, pointer, Anchor::Value));
            }
        }
    }

    /// Returns the rule whose condition failed, if it was a condition.
    fn condition(&self, compiled: &Compiled, error: &ValidationError<'_>) -> Option<&'static Rule> {
        if !std::ptr::eq(compiled, &self.entry) {
            return None;
        }
        let path = error.schema_path().to_string();
        let index = path.strip_prefix("/allOf/")?.split('/').next()?.parse::<usize>().ok()?;
        self.condition_rules.get(index).copied()
    }
}

impl Default for Validator {
    fn default() -> Self {
        Self::new()
    }
}

fn compile(schema: Value) -> Compiled {
    let validator = jsonschema::options()
        // Linear time for every pattern, whatever the text.
        .with_pattern_options(PatternOptions::regex())
        .build(&schema)
        .expect("the generated schema is valid: a test builds it");
    Compiled { schema, validator }
}

fn violation(words: Words, pointer: String, anchor: Anchor) -> Violation {
    Violation { rule: words.rule, message: words.message, help: words.help, pointer, anchor }
}

/// Whether the keyword only says "not this": then the rule's own words are the better message.
fn is_refusal(kind: &ValidationErrorKind) -> bool {
    matches!(
        kind,
        ValidationErrorKind::OneOfNotValid { .. }
            | ValidationErrorKind::OneOfMultipleValid { .. }
            | ValidationErrorKind::FalseSchema
            | ValidationErrorKind::MaxItems { limit: 0 }
            | ValidationErrorKind::MaxProperties { limit: 0 }
    )
}

/// Values of environment variables are secrets.
fn is_secret(pointer: &str) -> bool {
    pointer.starts_with("/Environment")
}

/// Returns the keys that the failed schema knows, for "did you mean".
fn known_keys<'a>(schema: &'a Value, error: &ValidationError<'_>) -> Vec<&'a str> {
    let path = error.schema_path().to_string();
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    // The path runs through `$ref`s, which a JSON pointer does not follow: walk it.
    let mut here = schema;
    for segment in parent.split('/').skip(1) {
        here = match segment {
            "$ref" => match here["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
                Some(pointer) => schema.pointer(pointer).unwrap_or(&Value::Null),
                None => &Value::Null,
            },
            segment => match here {
                Value::Array(items) => segment.parse::<usize>().ok().and_then(|index| items.get(index)),
                other => other.get(segment.replace("~1", "/").replace("~0", "~")),
            }
            .unwrap_or(&Value::Null),
        };
    }
    here["properties"].as_object().map(|members| members.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// Returns a name for the value at a pointer: `Timeout`, `Layers[0]`, `EphemeralStorage.Size`.
fn name_of(pointer: &str, owner: &str) -> String {
    if pointer.is_empty() {
        return format!("the {owner}");
    }
    let mut name = String::new();
    for segment in pointer.split('/').skip(1) {
        let segment = segment.replace("~1", "/").replace("~0", "~");
        if segment.bytes().all(|byte| byte.is_ascii_digit()) {
            name.push_str(&format!("[{segment}]"));
        } else {
            if !name.is_empty() {
                name.push('.');
            }
            name.push_str(&segment);
        }
    }
    format!("`{name}`")
}
