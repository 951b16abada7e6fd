//! What is taken out of a service's words, and what stays.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use lambdactl_schema::{CreateFunctionRequest, Desired, FunctionSpec, Redaction};
use serde_json::{Value, json};

const SECRET: &str = "hunter2-very-secret";

fn redaction(values: &[(&str, &str)]) -> Redaction {
    let mut redaction = Redaction::default();
    for (name, value) in values {
        redaction.learn(name, value);
    }
    redaction
}

fn masked(values: &[(&str, &str)], text: &str) -> String {
    redaction(values).mask(text).into_owned()
}

fn percent(text: &str, upper: bool) -> String {
    text.bytes().map(|byte| if upper { format!("%{byte:02X}") } else { format!("%{byte:02x}") }).collect()
}

fn unicode_escapes(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// The spellings in which a value can come back.
fn spellings(value: &str) -> Vec<String> {
    let json = serde_json::to_string(value).unwrap();
    let json = json[1..json.len() - 1].to_owned();
    let named: String = value
        .chars()
        .map(|character| match character {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '/' => "&sol;".to_owned(),
            'é' => "&eacute;".to_owned(),
            other => other.to_string(),
        })
        .collect();
    let numbers: String = value.chars().map(|character| format!("&#{};", u32::from(character))).collect();
    let hexadecimal: String = value.chars().map(|character| format!("&#x{:X};", u32::from(character))).collect();
    let mut all = vec![
        value.to_owned(),
        json.clone(),
        json.replace('/', "\\/"),
        serde_json::to_string(&json).unwrap(),
        unicode_escapes(value),
        named,
        numbers,
        hexadecimal,
        percent(value, true),
        percent(value, false),
        value.replace('%', "%25").replace(' ', "+").replace('/', "%2F"),
        percent(&json, true),
    ];
    for prefix in ["", "a", "ab", "é"] {
        for suffix in ["", "z", "zz"] {
            let bytes = format!("{prefix}{value}{suffix}");
            all.push(STANDARD.encode(&bytes));
            all.push(URL_SAFE_NO_PAD.encode(&bytes));
        }
    }
    all.push(percent(&STANDARD.encode(value), true));
    all
}

#[test]
fn values_are_hidden_in_every_spelling() {
    for value in [SECRET, "a \"b\" \\c/d&e<f>g%20h", "pässwörd-éééé-ßßßß", "p😀ss😀word😀", "first line\nsecond line"]
    {
        for spelling in spellings(value) {
            for text in [spelling.clone(), format!("bad value '{spelling}'!"), format!("{{\"K\":\"{spelling}\"}}")] {
                let shown = masked(&[("TOKEN", value)], &text);
                assert!(!shown.contains(&spelling), "{text}\n{shown}");
                assert!(shown.contains("(sensitive)"), "{text}\n{shown}");
            }
        }
    }
    assert_eq!(masked(&[("TOKEN", SECRET)], "bad value hunter2-very-secret!"), "bad value (sensitive)!");
}

#[test]
fn every_run_of_eight_characters_is_hidden() {
    for start in 0..=SECRET.len() - 8 {
        for end in start + 8..=SECRET.len() {
            let text = format!("cut [{}]", &SECRET[start..end]);
            assert_eq!(masked(&[("TOKEN", SECRET)], &text), "cut [(sensitive)]");
        }
    }
    // Fewer tell little, and would hide words of every text.
    assert_eq!(masked(&[("TOKEN", SECRET)], "cut [hunter2]"), "cut [hunter2]");
}

#[test]
fn single_lines_of_a_value_are_hidden() {
    let key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0\nab\n-----END KEY-----\n";
    assert_eq!(masked(&[("KEY", key)], "line 2 is kqhkiG9w0."), "line 2 is (sensitive).");
    assert_eq!(masked(&[("KEY", key)], "KEY has a line ab."), "KEY has a line (sensitive).");
}

#[test]
fn short_values_are_hidden_where_their_variable_is_named() {
    let values = [("PIN", "1234"), ("MODE", "on")];
    assert_eq!(masked(&values, "variable PIN=1234 is bad"), "variable PIN=(sensitive) is bad");
    assert_eq!(masked(&values, "{\"PIN\":\"1234\"}"), "{\"PIN\":\"(sensitive)\"}");
    assert_eq!(masked(&values, "MODE: on, not one"), "MODE: (sensitive), not one");
    assert_eq!(masked(&values, "status 1234, depending on it"), "status 1234, depending on it");
    assert_eq!(masked(&values, "PINS 1234"), "PINS 1234");
    assert_eq!(masked(&values, "'1234' is bad"), "'(sensitive)' is bad");
    let mut redaction = redaction(&values);
    redaction.open("on");
    assert_eq!(redaction.mask("MODE is 'on', PIN 1234"), "MODE is 'on', PIN (sensitive)");
}

#[test]
fn map_that_was_too_large_is_not_repeated() {
    let text = "exceeded the 4KB limit. String measured: {\"A\":\"x\"}";
    assert_eq!(masked(&[], text), "exceeded the 4KB limit. String measured: (sensitive)");
}

#[test]
fn long_text_is_cut_and_nested_one_is_hidden() {
    let shown = masked(&[], &"é".repeat(100_000));
    assert!(shown.len() < 20_000 && shown.ends_with(" (cut)"), "{}", shown.len());
    let mut nested = "a\u{e9}b".to_owned();
    for _ in 0..6 {
        nested = STANDARD.encode(format!("{nested} {nested} %25%2525 &amp;amp; \\\\u0041"));
    }
    // Whatever it is, it ends.
    masked(&[("TOKEN", SECRET)], &nested.repeat(20));
}

fn desired(members: Value) -> Arc<Desired> {
    let mut request =
        json!({ "FunctionName": "payments-worker", "Role": "arn:aws:iam::123456789012:role/payments", "Code": {} });
    request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let request: CreateFunctionRequest = serde_json::from_value(request).unwrap();
    let spec = FunctionSpec::of(request);
    Arc::new(Desired { functions: vec![spec], ..Desired::default() })
}

#[test]
fn manifest_tells_what_is_secret_and_what_is_open() {
    let mut redaction = Redaction::default();
    redaction.learn_desired(desired(json!({
        "Description": "handles the orders of production",
        "Environment": { "Variables": { "STAGE": "production", "ROLE": "arn:aws:iam::123456789012:role/payments", "TOKEN": SECRET } },
        "VpcConfig": { "SubnetIds": ["subnet-0123456789"], "Unheard": "of-a-secret-kind" },
        "Enviroment": { "Variables": { "OTHER": "misspelt-secret" } },
    })));
    for (text, expected) in [
        (
            "role arn:aws:iam::123456789012:role/payments cannot be assumed",
            "role arn:aws:iam::123456789012:role/payments cannot be assumed",
        ),
        ("no subnet subnet-0123456789", "no subnet subnet-0123456789"),
        ("production and hunter2-very-secret", "production and (sensitive)"),
        ("of-a-secret-kind", "(sensitive)"),
        ("misspelt-secret", "(sensitive)"),
    ] {
        assert_eq!(redaction.mask(text), expected);
    }
}

#[test]
fn values_are_not_in_the_debug_form() {
    let mut redaction = redaction(&[("TOKEN", SECRET), ("PIN", "1234")]);
    redaction.mask("");
    let shown = format!("{redaction:?}");
    assert!(!shown.contains("hunter") && !shown.contains("1234"), "{shown}");
}
