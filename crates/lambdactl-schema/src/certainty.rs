//! Whether a rule is broken whatever the values are that are not known here.

use serde_json::{Value, json};

use crate::compiled::validator;
use crate::origins::Origins;
use crate::pointer::Pointer;

/// Whether a function satisfies a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    No,
    /// That depends on a value that is not known.
    Maybe,
    Yes,
}

/// Whether a function breaks a rule between its members, whatever is not known of it.
pub(crate) fn is_broken(schema: &Value, function: &Value, origins: &Origins) -> bool {
    truth(schema, function, &mut Pointer::default(), origins) == Truth::No
}

fn truth(schema: &Value, value: &Value, path: &mut Pointer, origins: &Origins) -> Truth {
    let keywords = match schema {
        Value::Bool(true) => return Truth::Yes,
        Value::Bool(false) => return Truth::No,
        Value::Object(keywords) => keywords,
        _ => return Truth::Maybe,
    };
    let is_unknown = origins.is_unknown(path.as_str());
    if !is_unknown && !origins.has_unknown_within(path.as_str()) {
        return of(validator(schema).is_valid(value));
    }
    let mut all = Truth::Yes;
    for (keyword, wanted) in keywords {
        let each = |path: &mut Pointer| -> Vec<Truth> {
            wanted.as_array().into_iter().flatten().map(|schema| truth(schema, value, path, origins)).collect()
        };
        let one = match keyword.as_str() {
            "then" | "else" => Truth::Yes,
            "if" => {
                let mut branch =
                    |name: &str| keywords.get(name).map_or(Truth::Yes, |schema| truth(schema, value, path, origins));
                let (then, otherwise) = (branch("then"), branch("else"));
                match truth(wanted, value, path, origins) {
                    Truth::Yes => then,
                    Truth::No => otherwise,
                    Truth::Maybe if then == otherwise => then,
                    Truth::Maybe => Truth::Maybe,
                }
            }
            "not" => not(truth(wanted, value, path, origins)),
            "allOf" => each(path).into_iter().min().unwrap_or(Truth::Yes),
            "anyOf" => each(path).into_iter().max().unwrap_or(Truth::No),
            "oneOf" => {
                let each = each(path);
                let count = |truth| each.iter().filter(|one| **one == truth).count();
                match (count(Truth::Yes), count(Truth::Maybe)) {
                    (1, 0) => Truth::Yes,
                    (0 | 1, 1..) => Truth::Maybe,
                    _ => Truth::No,
                }
            }
            _ if is_unknown => Truth::Maybe,
            "properties" => {
                let schemas = wanted.as_object().into_iter().flatten();
                schemas.fold(Truth::Yes, |all, (member, schema)| {
                    let Some(value) = value.get(member) else { return all };
                    let outer = path.enter(member);
                    let one = truth(schema, value, path, origins);
                    path.leave(outer);
                    all.min(one)
                })
            }
            // What is there, and how many there are, is known of a map or list with unknown values in it.
            "type" | "required" | "minItems" | "maxItems" | "maxProperties" | "propertyNames" => {
                of(validator(&json!({ keyword: wanted })).is_valid(value))
            }
            _ => Truth::Maybe,
        };
        all = all.min(one);
    }
    all
}

fn of(holds: bool) -> Truth {
    if holds { Truth::Yes } else { Truth::No }
}

fn not(truth: Truth) -> Truth {
    match truth {
        Truth::No => Truth::Yes,
        Truth::Maybe => Truth::Maybe,
        Truth::Yes => Truth::No,
    }
}
