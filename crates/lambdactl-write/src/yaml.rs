//! YAML of a value: block style, short things on one line.

use std::fmt::Write;

use serde_json::{Map, Value};

/// Characters of a list or map up to which it stands on its key's line.
const SHORT: usize = 80;

/// Writes a map as a document.
pub(crate) fn write(document: &Value) -> String {
    let mut text = String::new();
    if let Value::Object(members) = document {
        map(&mut text, members, 0, true);
    }
    text
}

fn map(text: &mut String, members: &Map<String, Value>, depth: usize, is_root: bool) {
    for (index, (key, value)) in members.iter().enumerate() {
        // The first entry of a list's item stands behind its dash.
        if index > 0 || depth == 0 {
            let _ = write!(text, "{:1$}", "", depth);
        }
        if is_root && index > 0 && !matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)) {
            text.push('\n');
        }
        text.push_str(&scalar(key));
        text.push(':');
        entry(text, value, depth, is_root);
    }
}

fn entry(text: &mut String, value: &Value, depth: usize, is_root: bool) {
    if !is_root && let Some(short) = on_one_line(value) {
        let _ = writeln!(text, " {short}");
        return;
    }
    match value {
        Value::Object(members) if !members.is_empty() => {
            let _ = write!(text, "\n{:1$}", "", depth + 2);
            map(text, members, depth + 2, false);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            for (index, item) in items.iter().enumerate() {
                if is_root && index > 0 {
                    text.push('\n');
                }
                let _ = write!(text, "{:1$}- ", "", depth + 2);
                match item {
                    Value::Object(members) if !members.is_empty() => map(text, members, depth + 4, false),
                    Value::Object(_) | Value::Array(_) => text.push_str(&format!("{}\n", flow(item))),
                    item => text.push_str(&format!("{}\n", leaf(item, scalar))),
                }
            }
        }
        value @ (Value::Object(_) | Value::Array(_)) => text.push_str(&format!(" {}\n", flow(value))),
        value => text.push_str(&format!(" {}\n", leaf(value, scalar))),
    }
}

/// Returns a short list of plain values, or a map of one, as it stands behind its key.
fn on_one_line(value: &Value) -> Option<String> {
    let is_leaf = |value: &Value| !value.is_object() && !value.is_array();
    let is_short = match value {
        Value::Array(items) => items.iter().all(is_leaf),
        Value::Object(members) => members.len() == 1 && members.values().all(is_leaf),
        _ => false,
    };
    is_short.then(|| flow(value)).filter(|text| text.chars().count() <= SHORT)
}

fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let entries = members.iter().map(|(key, value)| format!("{}: {}", flow_scalar(key), flow(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        leaf_value => leaf(leaf_value, flow_scalar),
    }
}

fn leaf(value: &Value, string: fn(&str) -> String) -> String {
    match value {
        Value::String(text) => string(text),
        other => other.to_string(),
    }
}

/// Writes a text in a block, without quotes where every reader takes it for what it is.
fn scalar(text: &str) -> String {
    // In a block, braces inside a text are letters like any others.
    if is_plain(text, |letter| "{}[],".contains(letter)) { text.to_owned() } else { quoted(text) }
}

/// Writes a text between brackets or braces.
fn flow_scalar(text: &str) -> String {
    if is_plain(text, |_| false) { text.to_owned() } else { quoted(text) }
}

/// Whether a text needs no quotes. What might be a number, a date or a word with a meaning, in any version of YAML, gets
/// them.
fn is_plain(text: &str, allowed: fn(char) -> bool) -> bool {
    const WORDS: [&str; 11] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"];
    let begins_well = text.starts_with(|first: char| first.is_alphabetic() || "/$_".contains(first))
        || text.starts_with("./")
        || text.starts_with("../");
    let is_letter = |letter: char| letter.is_alphanumeric() || "_-./:@+=$%~()*;'\"! ".contains(letter);
    begins_well
        && text.chars().all(|letter| is_letter(letter) || allowed(letter))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !WORDS.contains(&text.to_lowercase().as_str())
}

/// Writes a text in double quotes, where everything can be escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            letter if letter.is_ascii_graphic() || letter == ' ' || letter.is_alphanumeric() => quoted.push(letter),
            // Controls, what some readers take for line ends or marks, and what an editor would not show.
            letter if letter.escape_debug().len() > 1 && u32::from(letter) > 0xffff => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(letter));
            }
            letter if letter.escape_debug().len() > 1 => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn manifest_reads_as_people_write_it() {
        let manifest = json!({
            "version": 1, "account": "123456789012",
            "defaults": {"Runtime": "python3.13", "Tags": {"team": "payments", "cost": "0012"}},
            "functions": [
                {"FunctionName": "a", "Code": {"S3Bucket": "b", "S3Key": "k: 1"}, "Layers": ["x:1", "y:2"]},
                {"FunctionName": "b", "EphemeralStorage": {"Size": 1024}, "Description": "", "Environment":
                    {"Variables": {"TOKEN": "${env:TOKEN}", "YES": "yes"}}},
            ]
        });
        assert_eq!(
            write(&manifest),
            r#"version: 1
account: "123456789012"

defaults:
  Runtime: python3.13
  Tags:
    team: payments
    cost: "0012"

functions:
  - FunctionName: a
    Code:
      S3Bucket: b
      S3Key: "k: 1"
    Layers: [x:1, y:2]

  - FunctionName: b
    EphemeralStorage: {Size: 1024}
    Description: ""
    Environment:
      Variables:
        TOKEN: ${env:TOKEN}
        "YES": "yes"
"#
        );
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            any::<String>(),
            "[ -~]{0,12}",
            // What a terminal, a CI server or a reader of YAML, TOML or references could obey.
            "[\\x00-\\x1f\\x7f-\\u{a0}\\u{200b}-\\u{202e}\\u{2028}\\u{2066}-\\u{2069}\\u{feff}\\u{e0001}-\\u{e007f}:#${}\\[\\]'\"\\\\ -]{0,8}",
            prop::sample::select(vec![
                "yes",
                "0123",
                "1e3",
                "~",
                "null",
                "- a",
                "a: b",
                "a #b",
                "#",
                "2024-01-01",
                ".5"
            ])
            .prop_map(str::to_owned),
        ];
        let leaf = prop_oneof![
            text.clone().prop_map(Value::String),
            any::<i32>().prop_map(|number| json!(number)),
            any::<bool>().prop_map(Value::Bool),
        ];
        // No key of a manifest has a control character.
        let keys = text.clone().prop_filter("a key", |key| {
            !key.contains(|letter: char| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}'))
        });
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map(keys.clone(), inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        // A failing case is printed whole, so no file of seeds is kept.
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn two_parsers_read_what_was_written(members in prop::collection::btree_map("[A-Za-z]{1,8}", value(), 1..5)) {
            let document = json!(members);
            let text = write(&document);
            let second: Value = serde_yaml::from_str(&text).unwrap();
            prop_assert_eq!(&second, &document, "{}", text);
            let first = lambdactl_manifest::parse_text("x.yaml", &text, lambdactl_manifest::Format::Yaml);
            let first = first.map(|roots| roots[0].to_value()).ok();
            prop_assert_eq!(first.as_ref(), Some(&document), "{}", text);
        }
    }
}
