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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of `{"a": 1, "b": "x", "list": [1, 2]}` where these pointers are not known.
    fn verdict(schema: &Value, unknown: &[&str]) -> Truth {
        let mut origins = Origins::default();
        for pointer in unknown {
            origins.insert_unknown(*pointer);
        }
        let value = json!({ "a": 1, "b": "x", "list": [1, 2] });
        let verdict = truth(schema, &value, &mut Pointer::default(), &origins);
        assert_eq!(is_broken(schema, &value, &origins), verdict == Truth::No, "{schema}");
        verdict
    }

    #[test]
    fn every_keyword_is_certain_or_not() {
        use Truth::{Maybe, No, Yes};
        let one = |a: i64| json!({ "properties": { "a": { "const": a } } });
        let b = |b: &str| json!({ "properties": { "b": { "const": b } } });
        let with = |keyword: &str, wanted: Value| json!({ keyword: wanted });
        for (schema, known, without_a) in [
            (json!(true), Yes, Yes),
            (json!(false), No, No),
            (json!({}), Yes, Yes),
            (one(1), Yes, Maybe),
            (one(2), No, Maybe),
            (b("x"), Yes, Yes),
            (b("y"), No, No),
            (with("not", one(1)), No, Maybe),
            (with("not", one(2)), Yes, Maybe),
            (with("not", b("x")), No, No),
            (with("not", b("y")), Yes, Yes),
            (with("allOf", json!([one(1), b("x")])), Yes, Maybe),
            (with("allOf", json!([one(1), b("y")])), No, No),
            (with("allOf", json!([b("x"), b("x")])), Yes, Yes),
            (with("anyOf", json!([one(2), b("x")])), Yes, Yes),
            (with("anyOf", json!([one(2), b("y")])), No, Maybe),
            (with("anyOf", json!([b("y"), b("z")])), No, No),
            (with("oneOf", json!([b("x"), b("y")])), Yes, Yes),
            (with("oneOf", json!([b("y"), b("z")])), No, No),
            (with("oneOf", json!([one(1), b("y")])), Yes, Maybe),
            (with("oneOf", json!([one(1), b("x")])), No, Maybe),
            (with("oneOf", json!([b("x"), b("x"), one(1)])), No, No),
            (with("oneOf", json!([b("x"), b("x")])), No, No),
            (json!({ "if": b("x"), "then": b("y"), "else": true }), No, No),
            (json!({ "if": b("y"), "then": b("y"), "else": b("z") }), No, No),
            (json!({ "if": b("y"), "then": b("y"), "else": b("x") }), Yes, Yes),
            (json!({ "if": b("y"), "then": b("y") }), Yes, Yes),
            (json!({ "if": one(1), "then": b("y"), "else": b("x") }), No, Maybe),
            (json!({ "if": one(1), "then": b("y"), "else": b("z") }), No, No),
            (json!({ "if": one(1), "then": b("x"), "else": b("x") }), Yes, Yes),
            // What is there is known, if not what it is.
            (with("required", json!(["a"])), Yes, Yes),
            (with("required", json!(["c"])), No, No),
            (with("type", json!("object")), Yes, Yes),
            (with("type", json!("array")), No, No),
            (with("maxProperties", json!(2)), No, No),
            (with("propertyNames", json!({ "maxLength": 1 })), No, No),
            (with("minProperties", json!(1)), Yes, Maybe),
        ] {
            assert_eq!(verdict(&schema, &[]), known, "{schema}");
            assert_eq!(verdict(&schema, &["/a"]), without_a, "{schema}");
        }
    }

    #[test]
    fn lists_with_unknown_items_have_a_length() {
        let list = |schema: Value| json!({ "properties": { "list": schema } });
        for (schema, verdict_of_list) in [
            (json!({ "minItems": 2 }), Truth::Yes),
            (json!({ "maxItems": 1 }), Truth::No),
            (json!({ "items": { "type": "string" } }), Truth::Maybe),
        ] {
            assert_eq!(verdict(&list(schema), &["/list/0"]), verdict_of_list);
        }
        // Of a list that is not known as a whole nothing is said, but what is so whatever it is.
        assert_eq!(verdict(&list(json!({ "maxItems": 1 })), &["/list"]), Truth::Maybe);
        assert_eq!(verdict(&list(json!({ "allOf": [false] })), &["/list"]), Truth::No);
    }
}
