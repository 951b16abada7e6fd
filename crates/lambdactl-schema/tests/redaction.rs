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

/// Of a text in brackets, what is shown when its secret is `hunter2 & söns`.
fn shown_of(text: &str) -> String {
    masked(&[("TOKEN", "hunter2 & söns")], &format!("[{text}]"))
}

#[test]
fn each_spelling_is_hidden_from_end_to_end_and_no_further() {
    let braces = |text: &str| text.chars().map(|letter| format!("\\u{{{:x}}}", u32::from(letter))).collect::<String>();
    for text in [
        "hunter2 & söns".to_owned(),
        braces("hunter2 & söns"),
        "hunter2 \\x26 s\\xf6ns".to_owned(),
        "hunter2 &amp; s&ouml;ns".to_owned(),
        "hunter2+%26+s%C3%B6ns".to_owned(),
        "hunter2+&+söns".to_owned(),
    ] {
        assert_eq!(shown_of(&text), "[(sensitive)]", "{text}");
    }
    // Base64 has three bytes in four characters: the first and the last may be those of neighbours, too.
    let around = STANDARD.encode("the word of today is hunter2 & söns, and that of tomorrow another");
    let shown = shown_of(&around);
    let (before, after) = shown.split_once("(sensitive)").unwrap();
    assert!(around.starts_with(&before[1..]) && around.ends_with(&after[..after.len() - 1]), "{shown}");
    let hidden = around.len() - (before.len() - 1) - (after.len() - 1);
    assert!((20..=24).contains(&hidden), "{shown}");
    // A slash is a character of base64: in a path it stands around what is encoded.
    let encoded = STANDARD.encode("hunter2 & söns");
    assert_eq!(shown_of(&format!("GET /{encoded}/ failed")), "[GET /(sensitive)/ failed]");
}

#[test]
fn what_is_no_spelling_stays_as_it_is() {
    for text in [
        "100%25 of + and \\n, &amp; all",
        "%C3xB6ns %C3 %zz %",
        "\\u{110000} \\u{zz} \\u12 \\x4 \\",
        "&nothing; & &#xzz;",
    ] {
        assert_eq!(shown_of(text), format!("[{text}]"));
    }
    // A byte of UTF-8 by itself is no character, whatever follows.
    assert_eq!(masked(&[("TOKEN", "hunter2ö")], "hunter2%C3xB6"), "hunter2%C3xB6");
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
    // Blanks are no value.
    assert_eq!(masked(&[("PIN", "  ")], "PIN  is bad"), "PIN  is bad");
    let mut redaction = redaction(&values);
    redaction.open("on");
    assert_eq!(redaction.mask("MODE is 'on', PIN 1234"), "MODE is 'on', PIN (sensitive)");
}

#[test]
fn what_is_open_is_shown_even_where_it_is_a_secret_as_well() {
    // Of seven characters a text is a word, of eight and more it is known by its runs.
    for value in ["staging", "staging1", "staging12"] {
        let mut redaction = redaction(&[("STAGE", value)]);
        assert_eq!(redaction.mask(&format!("STAGE is '{value}'")), "STAGE is '(sensitive)'");
        redaction.open(value);
        assert_eq!(redaction.mask(&format!("STAGE is '{value}'")), format!("STAGE is '{value}'"));
    }
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
    // What has spellings within spellings on and on is not read to its end, and nobody knows what it says.
    let spellings = "\\\\\\\\ &amp;amp;amp; %252525 +";
    let endless = format!("{} {spellings}", STANDARD.encode(format!("{spellings} {}", "word ".repeat(2_300))));
    assert_eq!(masked(&[("TOKEN", SECRET)], &endless), "(sensitive)");
    assert_eq!(masked(&[("TOKEN", SECRET)], spellings), spellings);
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
fn places_of_code_are_open_and_archives_are_passed_over() {
    // Variables may say the same.
    let mut redaction = redaction(&[("BUCKET", "payments-artifacts"), ("KEY", "api/payments-worker.zip")]);
    let in_bucket = json!({ "S3Bucket": "payments-artifacts", "S3Key": "api/payments-worker.zip" });
    redaction.learn_desired(desired(json!({ "Code": in_bucket })));
    redaction.learn_desired(desired(json!({ "Code": { "ZipFile": "UEsDBBQAAAAIAAAAIQ" } })));
    for text in ["no key api/payments-worker.zip in payments-artifacts", "read UEsDBBQAAAAIAAAAIQ"] {
        assert_eq!(redaction.mask(text), text);
    }
}

#[test]
fn values_are_not_in_the_debug_form() {
    let mut redaction = redaction(&[("TOKEN", SECRET), ("PIN", "1234")]);
    redaction.mask("");
    let shown = format!("{redaction:?}");
    assert!(!shown.contains("hunter") && !shown.contains("1234"), "{shown}");
}
