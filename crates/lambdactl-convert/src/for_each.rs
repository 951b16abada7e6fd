//! `Fn::ForEach` of CloudFormation's language extensions: written out, as CloudFormation does before anything else.

use serde_json::{Map, Value, json};

use crate::notes::Notes;

/// Entries that are written at most, and loops within each other.
const MOST: usize = 2_000;
const DEEPEST: usize = 5;

const SIGN: &str = "Fn::ForEach::";

/// Writes the loops of a section out, wherever they stand in it.
pub(crate) fn written_out(section: &Value, parameters: &Value, notes: &mut Notes) -> Value {
    let mut left = MOST;
    Loops { parameters, left: &mut left }.value(section, 0, notes)
}

struct Loops<'a> {
    parameters: &'a Value,
    left: &'a mut usize,
}

impl Loops<'_> {
    fn value(&mut self, value: &Value, depth: usize, notes: &mut Notes) -> Value {
        match value {
            Value::Object(members) => {
                let mut result = Map::new();
                for (key, value) in members {
                    match key.strip_prefix(SIGN) {
                        Some(name) => {
                            let found = self.entries(name, value, depth, notes);
                            result.extend(found.unwrap_or_else(|| {
                                notes.must(key, "left out: the list that it goes through is not known here; convert what `aws cloudformation get-template --template-stage Processed` prints");
                                Map::new()
                            }));
                        }
                        None => _ = result.insert(key.clone(), self.value(value, depth, notes)),
                    }
                }
                Value::Object(result)
            }
            Value::Array(items) => items.iter().map(|item| self.value(item, depth, notes)).collect(),
            other => other.clone(),
        }
    }

    fn entries(&mut self, name: &str, call: &Value, depth: usize, notes: &mut Notes) -> Option<Map<String, Value>> {
        let identifier = call[0].as_str()?;
        let body = call[2].as_object()?;
        let items = match &call[1] {
            Value::Array(items) => items.clone(),
            other => {
                let parameter = other["Ref"].as_str()?;
                let default = self.parameters[parameter]["Default"].as_str()?;
                notes.guessed_of_file(
                    format!("Parameters.{parameter}"),
                    format!("its default is what Fn::ForEach::{name} goes through"),
                );
                default.split(',').map(|item| json!(item.trim())).collect()
            }
        };
        let mut result = Map::new();
        for item in items {
            let item = match item {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Bool(value) => value.to_string(),
                _ => return None,
            };
            if depth >= DEEPEST || *self.left < body.len() {
                notes.must(format!("{SIGN}{name}"), "left out in part: it goes through more than convert writes out");
                break;
            }
            *self.left -= body.len();
            let filled = filled(&Value::Object(body.clone()), identifier, &item);
            if let Value::Object(entries) = self.value(&filled, depth + 1, notes) {
                result.extend(entries);
            }
        }
        Some(result)
    }
}

/// Puts an item in the place of a loop's identifier: in keys, in texts, and for `Ref`.
fn filled(value: &Value, identifier: &str, item: &str) -> Value {
    let letters: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
    let text =
        |text: &str| text.replace(&format!("${{{identifier}}}"), item).replace(&format!("&{{{identifier}}}"), &letters);
    match value {
        Value::String(own) => json!(text(own)),
        Value::Array(items) => items.iter().map(|one| filled(one, identifier, item)).collect(),
        Value::Object(members) if members.len() == 1 && members.get("Ref").is_some_and(|name| name == identifier) => {
            json!(item)
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (text(key), filled(value, identifier, item))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loops_are_written_out_within_each_other() {
        let section = json!({"Fn::ForEach::All": ["N", ["a", "b-c"], {
            "F${N}": {"X": {"Ref": "N"}, "Fn::ForEach::In": ["M", {"Ref": "P"}, {"K&{N}${M}": "${N}/${M} ${Other}"}]}
        }], "G": 1});
        let found = written_out(&section, &json!({"P": {"Default": "x, y"}}), &mut Notes::default());
        let wanted = json!({
            "Fa": {"X": "a", "Kax": "a/x ${Other}", "Kay": "a/y ${Other}"},
            "Fb-c": {"X": "b-c", "Kbcx": "b-c/x ${Other}", "Kbcy": "b-c/y ${Other}"}, "G": 1,
        });
        assert_eq!(found, wanted);
    }

    #[test]
    fn loops_without_end_end() {
        let inner = |body: Value| json!({"Fn::ForEach::L": ["N", (0..100).collect::<Vec<_>>(), body]});
        let mut section = json!({"K${N}": 1});
        for _ in 0..20 {
            section = inner(section);
        }
        let mut notes = Notes::default();
        written_out(&section, &Value::Null, &mut notes);
        assert!(!notes.found.is_empty());
        written_out(
            &json!({"Fn::ForEach::L": "x", "Fn::ForEach::M": ["a", {"Ref": "b"}, {}]}),
            &Value::Null,
            &mut notes,
        );
    }
}
