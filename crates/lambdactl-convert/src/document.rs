use serde_json::{Map, Value, json};
use serde_yaml::value::TaggedValue;

use crate::converted::ConvertError;
use crate::json::{parse_json, with_templates_in_texts};
use crate::recognise::why_not;
use crate::yaml_1_1::{Words, rewritten};

/// Levels of brackets that are read. The parser's time grows with the square of them.
const DEEPEST: usize = 100;

/// Reads YAML or JSON. The short forms of CloudFormation's functions become their long ones: `!Ref X` is `{Ref: X}`. Characters
/// that stand for references on the way become the one for what cannot be shown.
pub(crate) fn parse(text: &str) -> Result<Value, ConvertError> {
    let mut value = parsed(text).map_err(|error| match error {
        ConvertError::Syntax(_) => why_not(text).unwrap_or(error),
        error => error,
    })?;
    without_marks(&mut value);
    Ok(value)
}

fn parsed(text: &str) -> Result<Value, ConvertError> {
    let text = text.trim_start_matches('\u{feff}');
    if nesting(text) > DEEPEST {
        return Err(ConvertError::Syntax(format!("brackets are nested more than {DEEPEST} levels deep")));
    }
    if text.trim_start().starts_with('{') {
        let found = parse_json(&rewritten(text, Words::Numbers));
        // Braces begin maps of YAML, too.
        return match found {
            Err(ConvertError::Syntax(error)) if text.contains("{{") => {
                let texts = with_templates_in_texts(text).and_then(|text| parse_json(&text).ok());
                texts.ok_or(ConvertError::Syntax(error))
            }
            Err(ConvertError::Syntax(error)) => read(text).map_err(|_| ConvertError::Syntax(error)),
            found => found,
        };
    }
    let value = read(&rewritten(text, Words::Numbers))?;
    // A template, which is read by the rules of an earlier YAML.
    if value["Resources"].is_object() {
        return read(&rewritten(&rewritten(text, Words::Numbers), Words::Booleans));
    }
    Ok(value)
}

fn read(text: &str) -> Result<Value, ConvertError> {
    let mut value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| {
        let message = error.to_string();
        match message.split_once("duplicate entry with key \"").and_then(|(_, rest)| rest.split_once('"')) {
            Some((key, _)) => ConvertError::Twice(key.to_owned()),
            None => ConvertError::Syntax(message),
        }
    })?;
    value.apply_merge().map_err(|error| ConvertError::Syntax(error.to_string()))?;
    plain(value)
}

/// Characters that stand for signs of references while values are worked on.
const MARKS: std::ops::RangeInclusive<char> = '\u{1}'..='\u{4}';

fn without_marks(value: &mut Value) {
    let is_mark = |letter: char| MARKS.contains(&letter);
    match value {
        Value::String(text) if text.contains(is_mark) => *text = text.replace(is_mark, "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(without_marks),
        Value::Object(members) => {
            if members.keys().any(|key| key.contains(is_mark)) {
                let renamed = std::mem::take(members).into_iter();
                members.extend(renamed.map(|(key, value)| (key.replace(is_mark, "\u{fffd}"), value)));
            }
            members.values_mut().for_each(without_marks);
        }
        _ => {}
    }
}

/// The most brackets that are open at a time; those in texts count as well.
fn nesting(text: &str) -> usize {
    let mut open: usize = 0;
    let mut most = 0;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

fn plain(value: serde_yaml::Value) -> Result<Value, ConvertError> {
    Ok(match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(value) => Value::Bool(value),
        serde_yaml::Value::Number(number) => serde_json::to_value(number).unwrap_or_default(),
        serde_yaml::Value::String(text) => Value::String(text),
        serde_yaml::Value::Sequence(items) => Value::Array(items.into_iter().map(plain).collect::<Result<_, _>>()?),
        serde_yaml::Value::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                let key = match plain(key)? {
                    Value::String(key) => key,
                    Value::Array(_) | Value::Object(_) => {
                        return Err(ConvertError::Syntax("a key is a list or a map".to_owned()));
                    }
                    other => other.to_string(),
                };
                map.insert(key, plain(value)?);
            }
            Value::Object(map)
        }
        serde_yaml::Value::Tagged(tagged) => {
            let TaggedValue { tag, value } = *tagged;
            let tag = tag.to_string();
            let name = tag.trim_start_matches('!');
            let value = plain(value)?;
            match (name, value) {
                ("Ref" | "Condition", value) => json!({ name: value }),
                // `!GetAtt Role.Arn` is a list with two items.
                ("GetAtt", Value::String(text)) => {
                    let parts: Vec<&str> = text.splitn(2, '.').collect();
                    json!({ "Fn::GetAtt": parts })
                }
                (name, value) => json!({ format!("Fn::{name}"): value }),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_yaml_1_1() {
        let template = "Resources: {F: {Properties: {A: on, B: 'on', C: No}}}\n";
        let properties = &parse(template).unwrap()["Resources"]["F"]["Properties"];
        assert_eq!(*properties, json!({ "A": true, "B": "on", "C": false }));
        assert_eq!(parse("functions: {f: {a: on}}\n").unwrap()["functions"]["f"]["a"], "on");
    }

    #[test]
    fn short_forms_become_long_ones() {
        let text = "a: !Ref X\nb: !GetAtt R.Arn\nc: !Sub ['${X}', {X: 1}]\nd: !Join ['-', [!Ref A, b]]\n";
        let wanted = json!({
            "a": {"Ref": "X"}, "b": {"Fn::GetAtt": ["R", "Arn"]}, "c": {"Fn::Sub": ["${X}", {"X": 1}]},
            "d": {"Fn::Join": ["-", [{"Ref": "A"}, "b"]]},
        });
        assert_eq!(parse(text).unwrap(), wanted);
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse("a: [1\n").is_err());
        assert!(matches!(parse("a: 1\na: 2\n"), Err(ConvertError::Twice(key)) if key == "a"));
        assert!(matches!(parse("{\"b\": {\"a\": 1, \"a\": 2}}"), Err(ConvertError::Twice(key)) if key == "a"));
        assert_eq!(parse("{a: 1, b: [x]}").unwrap(), json!({"a": 1, "b": ["x"]}));
    }

    #[test]
    fn large_numbers_keep_their_digits() {
        let number = "18446744073709551616";
        for text in [format!("a: {number}\nb: 1\n"), format!("{{\"a\": {number}, \"b\": 1}}")] {
            assert_eq!(parse(&text).unwrap(), json!({"a": number, "b": 1}));
        }
        assert_eq!(parse("\"a\": \"\\x01x\\x02\"\n").unwrap(), json!({"a": "\u{fffd}x\u{fffd}"}));
    }
}
