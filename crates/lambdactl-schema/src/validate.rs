use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::certainty;
use crate::compiled::validator;
use crate::conditions::{Condition, conditions};
use crate::json_schema::{entry_schema, head_schema, layer_schema};
use crate::kinds::Kind;
use crate::messages::{Subject, Words, describe, name_of, plain_name, show, show_origin, unknown_key};
use crate::origins::Origins;
use crate::rules::{self, Severity};
use crate::violation::{Anchor, Home, Policy, Violation};
use crate::{checks, ignored};

/// Checks functions, layers and manifest heads against the schema made from the request types, and functions against the
/// rules that no schema can say.
pub struct Validator {
    policy: Policy,
    schemas: &'static Schemas,
}

/// What functions and heads are checked against, made once.
struct Schemas {
    entry: Compiled,
    head: Compiled,
    layer: Compiled,
    /// The members of the entry schema's `allOf`.
    conditions: Vec<Condition>,
}

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| Schemas {
    entry: Compiled::of(entry_schema()),
    head: Compiled::of(head_schema()),
    layer: Compiled::of(layer_schema()),
    conditions: conditions(),
});

/// What is checked, and against what.
#[derive(Clone, Copy)]
struct Checked<'a> {
    compiled: &'a Compiled,
    instance: &'a Value,
    /// What it is: `function`, `layer` or `manifest`.
    owner: &'a str,
    origins: &'a Origins,
}

struct Compiled {
    schema: Value,
    /// Of the schema without keys that most instances do not have, which takes a fraction of the time to make.
    plain: OnceLock<jsonschema::Validator>,
    whole: OnceLock<jsonschema::Validator>,
}

impl Compiled {
    fn of(schema: Value) -> Self {
        Self { schema, plain: OnceLock::new(), whole: OnceLock::new() }
    }

    /// Returns the validator of an instance. What stands beside functions is most of their schema.
    fn of_instance(&self, instance: &Value) -> &jsonschema::Validator {
        let has_rare = |key: &String| is_rare(key);
        match instance.as_object().is_some_and(|members| members.keys().any(has_rare)) {
            true => self.whole.get_or_init(|| validator(&self.schema)),
            false => self.plain.get_or_init(|| validator(&without_rare(&self.schema))),
        }
    }
}

/// Whether a key is one that most functions or manifests do not have: of what stands beside a function, or at the head.
fn is_rare(key: &str) -> bool {
    const OF_HEADS: [&str; 5] = ["artifacts", "layers", "locations", "stages", "variables"];
    OF_HEADS.contains(&key) || Kind::ALL.iter().any(|kind| kind.is_beside() && kind.row().key == key)
}

/// A schema without rare keys: to an instance that has none of them it says the same.
fn without_rare(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.retain(|key, _| !is_rare(key));
    }
    schema
}

impl Validator {
    /// Makes a validator; the first one of a process compiles the schemas.
    pub fn new(policy: Policy) -> Self {
        Self { policy, schemas: &SCHEMAS }
    }

    /// Whether members that are not known here are let through.
    pub fn allows_unknown(&self) -> bool {
        self.policy.allow_unknown
    }

    /// Returns everything that is wrong with a function whose defaults are merged and references resolved.
    pub fn check_function(&self, function: &Value, home: &Home<'_>) -> Vec<Violation> {
        self.check_resolved(function, home, Default::default())
    }

    /// Does the same for a function with values that references brought in: messages name the references.
    pub fn check_resolved(&self, function: &Value, home: &Home<'_>, origins: &Origins) -> Vec<Violation> {
        let mut found = self.check(&self.schemas.entry, function, "function", origins);
        found.extend(checks::check(function, home, &self.policy, origins));
        found.extend(ignored::check(function, &self.schemas.entry.schema, &self.policy, origins));
        found
    }

    /// Returns what is wrong with members that functions share. What is missing, and what does not go together, only
    /// a whole function can tell.
    pub fn check_defaults(&self, defaults: &Value, origins: &Origins) -> Vec<Violation> {
        let mut found = self.check(&self.schemas.entry, defaults, "function", origins);
        found.retain(|violation| violation.rule != &rules::MISSING_MEMBER || violation.pointer.contains('/'));
        found.retain(|violation| self.schemas.conditions.iter().all(|condition| condition.rule != violation.rule));
        found
    }

    /// Returns everything that is wrong with a manifest beside its functions.
    pub fn check_head(&self, head: &Value, origins: &Origins) -> Vec<Violation> {
        self.check(&self.schemas.head, head, "manifest", origins)
    }

    /// Returns everything that is wrong with a layer whose references are resolved and whose content is read.
    pub fn check_layer(&self, layer: &Value, origins: &Origins) -> Vec<Violation> {
        let found = self.check(&self.schemas.layer, layer, "layer", origins);
        checks::check_layer(layer, found, origins)
    }

    /// Returns the schema that layers are checked against.
    pub fn layer_schema(&self) -> &Value {
        &self.schemas.layer.schema
    }

    /// Returns the schema that functions are checked against.
    pub fn function_schema(&self) -> &Value {
        &self.schemas.entry.schema
    }

    fn check(&self, compiled: &Compiled, instance: &Value, owner: &str, origins: &Origins) -> Vec<Violation> {
        let validator = compiled.of_instance(instance);
        if validator.is_valid(instance) {
            return Vec::new();
        }
        let mut found = Vec::new();
        let checked = Checked { compiled, instance, owner, origins };
        for error in validator.iter_errors(instance) {
            self.translate(&checked, &error, &mut found);
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

    fn translate(&self, checked: &Checked<'_>, error: &ValidationError<'_>, found: &mut Vec<Violation>) {
        let Checked { compiled, instance, owner, origins } = *checked;
        let pointer = error.instance_path().to_string();
        let condition = self.condition(compiled, error);
        // Nothing is said of a value that is not known, nor that members do not go together where that depends on one.
        let depends = |condition: &Condition| !certainty::is_broken(&condition.schema, instance, origins);
        if origins.is_unknown(&pointer) || (!origins.are_known() && condition.is_some_and(depends)) {
            return;
        }
        let value = instance.pointer(&pointer).unwrap_or(&Value::Null);
        let member = if pointer.is_empty() { format!("the {owner}") } else { name_of(&pointer) };
        let inside = match (pointer.is_empty(), owner) {
            // Where the function is, the diagnostic says anyway.
            (true, "function") => String::new(),
            _ => format!(" in {member}"),
        };
        let origin = origins.text(&pointer);
        let shown = (!is_secret(&pointer)).then(|| origin.map_or_else(|| show(value), show_origin));
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = known_keys(&compiled.schema, error);
                for key in unexpected {
                    let words = unknown_key(key, &known, &inside);
                    // Keys of lambdactl's own are lower-case: one that is not known here is known nowhere.
                    let of_the_api = owner != "manifest" && key.starts_with(|first: char| first.is_ascii_uppercase());
                    found.push(Violation {
                        severity: self.unknown(of_the_api),
                        ..violation(words, pointer.clone(), Anchor::Key(key.clone()))
                    });
                }
            }
            ValidationErrorKind::PropertyNames { error: inner } => {
                let key = inner.instance().as_str().unwrap_or_default().to_owned();
                let shown_key = if is_secret(&pointer) { plain_name(&key) } else { key.escape_debug().to_string() };
                let name = format!("the name `{shown_key}`{inside}");
                let words = match condition.and_then(|condition| condition.refused.map(|refused| (condition, refused)))
                {
                    Some((condition, refused)) => condition.words(format!("{name} {refused}")),
                    None => {
                        let value = Value::String(key.clone());
                        let subject = Subject { member: &name, value: &value, shown: None, is_written: false };
                        describe(inner.kind(), &subject)
                    }
                };
                found.push(violation(words, pointer, Anchor::Key(key)));
            }
            ValidationErrorKind::Required { property } => {
                let property = property.as_str().unwrap_or_default();
                let message = format!("`{property}` is missing{inside}");
                let words = match condition {
                    Some(condition) => condition.words(message),
                    None => Words { rule: &rules::MISSING_MEMBER, message, help: None },
                };
                found.push(violation(words, pointer, Anchor::Value));
            }
            kind => {
                let is_written = origin.is_none() && !is_secret(&pointer);
                let subject = Subject { member: &member, value, shown: shown.as_deref(), is_written };
                let mut words = describe(kind, &subject);
                if let ValidationErrorKind::Pattern { pattern } = kind
                    && let Some(example) = example(&compiled.schema, error)
                {
                    words.help = Some(format!("for example `{example}`; it must match {pattern}"));
                }
                if let Some(condition) = condition {
                    let message = match condition.refused.filter(|_| !is_refusal(kind)) {
                        Some(refused) => {
                            format!("{member} is {}, {refused}", shown.as_deref().unwrap_or("set"))
                        }
                        None if is_refusal(kind) => condition.rule.title.to_owned(),
                        None => words.message,
                    };
                    words = condition.words(message);
                }
                let severity = match kind {
                    ValidationErrorKind::Enum { .. } => self.unknown(owner != "manifest"),
                    _ => words.rule.severity,
                };
                found.push(Violation { severity, ..violation(words, pointer, Anchor::Value) });
            }
        }
    }

    /// How bad it is when something is not known here that the service may know.
    fn unknown(&self, of_the_api: bool) -> Severity {
        if self.policy.allow_unknown && of_the_api { Severity::Warning } else { Severity::Error }
    }

    /// Returns the condition that failed, if it was one.
    fn condition(&self, compiled: &Compiled, error: &ValidationError<'_>) -> Option<&Condition> {
        if !std::ptr::eq(compiled, &self.schemas.entry) {
            return None;
        }
        let path = error.schema_path().to_string();
        let index = path.strip_prefix("/allOf/")?.split('/').next()?.parse::<usize>().ok()?;
        self.schemas.conditions.get(index)
    }
}

impl Condition {
    fn words(&self, message: String) -> Words {
        Words { rule: self.rule, message, help: self.rule.help.map(str::to_owned) }
    }
}

impl Default for Validator {
    fn default() -> Self {
        Self::new(Policy::default())
    }
}

fn violation(words: Words, pointer: String, anchor: Anchor) -> Violation {
    let Words { rule, message, help } = words;
    Violation { rule, severity: rule.severity, message, help, pointer, anchor }
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
            | ValidationErrorKind::AnyOf { .. }
    )
}

/// Values of environment variables are secrets.
fn is_secret(pointer: &str) -> bool {
    pointer.starts_with("/Environment")
}

/// Returns the keys that the failed schema knows, for "did you mean".
fn known_keys<'a>(schema: &'a Value, error: &ValidationError<'_>) -> Vec<&'a str> {
    let failed = failed_schema(schema, error, 1);
    failed["properties"].as_object().map(|members| members.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// Returns a value that the failed schema would take; for an item of a list, one of the list's examples.
fn example<'a>(schema: &'a Value, error: &ValidationError<'_>) -> Option<&'a str> {
    let of_value = failed_schema(schema, error, 1)["examples"][0].as_str();
    of_value.or_else(|| failed_schema(schema, error, 2)["examples"][0][0].as_str())
}

/// Returns the schema whose keyword failed, or one that it stands in: `above` segments up.
fn failed_schema<'a>(schema: &'a Value, error: &ValidationError<'_>, above: usize) -> &'a Value {
    let path = error.schema_path().to_string();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    // The path runs through `$ref`s, which a JSON pointer does not follow: walk it.
    let mut here = schema;
    for segment in &segments[..segments.len().saturating_sub(above)] {
        here = match *segment {
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
    here
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// To what has no key beside a function both say the same; what has one is judged by the whole.
    #[test]
    fn both_parts_of_the_schema_say_the_same_of_what_both_know() {
        let schema = entry_schema();
        let (plain, whole) = (validator(&without_rare(&schema)), validator(&schema));
        let function = json!({ "FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Runtime": "python3.13",
            "Handler": "a.b", "Code": { "S3Bucket": "bucket", "S3Key": "k" } });
        for (key, value) in [
            ("Timeout", json!(3)),
            ("Timeout", json!(0)),
            ("Timout", json!(3)),
            ("Role", json!(7)),
            ("Tags", json!([])),
        ] {
            let mut instance = function.clone();
            instance[key] = value;
            let said = |validator: &jsonschema::Validator| -> Vec<String> {
                validator.iter_errors(&instance).map(|error| format!("{}: {error}", error.schema_path())).collect()
            };
            assert_eq!(said(&plain), said(&whole), "{instance}");
        }
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_beside() && kind.row().level.has_function()) {
            let mut more = function.clone();
            more[kind.row().key] = json!({});
            assert!(!plain.is_valid(&more), "{kind:?}");
            assert!(!std::ptr::eq(SCHEMAS.entry.of_instance(&more), SCHEMAS.entry.of_instance(&function)), "{kind:?}");
        }
    }
}
