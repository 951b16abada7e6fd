//! What a manifest means, in each of its forms.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_manifest::{Input, ReadOptions, Reading, read};
use lambdactl_schema::ArchiveSource;
use serde_json::{Value, json};
use sha2::Digest;

fn options(inputs: Vec<Input>) -> ReadOptions {
    ReadOptions {
        inputs,
        environment: BTreeMap::from([("TOKEN".into(), "s3cret".into()), ("MEMORY".into(), "512".into())]),
        variables: BTreeMap::from([("stage".into(), "prod".into())]),
        ..ReadOptions::default()
    }
}

fn read_text(text: &str) -> Reading {
    read(&options(vec![Input::Standard(text.as_bytes().to_vec())]))
}

fn read_path(path: &Path) -> Reading {
    read(&options(vec![Input::Path(path.to_owned())]))
}

/// The requests of a reading that must be valid.
fn requests(reading: &Reading) -> Vec<Value> {
    assert!(reading.is_valid(), "{:#?}", reading.diagnostics);
    reading.desired.functions.iter().map(|spec| Value::Object(spec.request.members())).collect()
}

/// `line:column code message` of everything that is wrong.
fn found(reading: &Reading) -> Vec<String> {
    reading
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let at = diagnostic.place.map_or_else(String::new, |place| {
                let position = reading.sources[place.source.0].position(place.span.start);
                format!("{}:{} ", position.line, position.column)
            });
            format!("{at}{} {}", diagnostic.rule.code, diagnostic.message)
        })
        .collect()
}

const YAML: &str = r#"
version: 1
name: payments
region: us-west-2
account: "012345678901"
defaults:
  Runtime: python3.13
  Role: arn:aws:iam::123456789012:role/lambda-role
  Tags: {team: payments}
  Environment: {Variables: {STAGE: "${var:stage}"}}
functions:
  - FunctionName: resize-image
    Handler: app.handler
    Code: {S3Bucket: my-bucket, S3Key: app.zip}
    MemorySize: ${env:MEMORY}
    Environment: {Variables: {TOKEN: "${env:TOKEN}"}}
  - FunctionName: report
    Handler: report.handler
    Runtime: nodejs24.x
    Tags: {team: reports, tier: "1"}
    Code: {S3Bucket: my-bucket, S3Key: report.zip}
    ignore: [/Timeout]
    protect: true
"#;

const TOML: &str = r#"
version = 1
name = "payments"
region = "us-west-2"
account = "012345678901"

[defaults]
Runtime = "python3.13"
Role = "arn:aws:iam::123456789012:role/lambda-role"
Tags = { team = "payments" }
Environment.Variables.STAGE = "${var:stage}"

[[functions]]
FunctionName = "resize-image"
Handler = "app.handler"
Code = { S3Bucket = "my-bucket", S3Key = "app.zip" }
MemorySize = "${env:MEMORY}"
Environment.Variables.TOKEN = "${env:TOKEN}"

[functions.report]
"#;

fn resize_image() -> Value {
    json!({
        "FunctionName": "resize-image", "Runtime": "python3.13",
        "Role": "arn:aws:iam::123456789012:role/lambda-role", "Handler": "app.handler",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }, "MemorySize": 512,
        "Environment": { "Variables": { "STAGE": "prod", "TOKEN": "s3cret" } },
        "Tags": { "team": "payments" }
    })
}

#[test]
fn defaults_are_merged_by_key_and_references_take_the_members_type() {
    let reading = read_text(YAML);
    let requests = requests(&reading);
    assert_eq!(requests[0], resize_image());
    assert_eq!(requests[1]["Runtime"], "nodejs24.x");
    assert_eq!(requests[1]["Tags"], json!({ "team": "reports", "tier": "1" }));
    assert_eq!(requests[1]["Environment"]["Variables"], json!({ "STAGE": "prod" }));
    let desired = &reading.desired;
    assert_eq!(desired.name.as_deref(), Some("payments"));
    assert_eq!(desired.account.as_deref(), Some("012345678901"));
    assert_eq!(desired.functions[1].ignore, ["/Timeout"]);
    assert!(desired.functions[1].protect && !desired.functions[0].protect);
}

#[test]
fn toml_and_json_mean_the_same() {
    let toml = TOML.split("[functions.report]").next().unwrap();
    assert_eq!(requests(&read_text(toml)), [resize_image()]);

    let yaml: Value = serde_yaml::from_str(YAML).unwrap();
    let json = serde_json::to_string_pretty(&yaml).unwrap();
    assert_eq!(requests(&read_text(&json)), requests(&read_text(YAML)));
}

#[test]
fn functions_may_be_a_map_and_a_document_may_be_one_request() {
    let function = "{Runtime: python3.13, Handler: a.b, Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: abc, S3Key: k}}";
    let map = requests(&read_text(&format!("functions:\n  one: {function}\n  two: {function}\n")));
    assert_eq!(map.iter().map(|request| request["FunctionName"].clone()).collect::<Vec<_>>(), ["one", "two"]);

    let bare = function.replace("{Runtime", "{FunctionName: bare, Runtime");
    let documents = requests(&read_text(&format!("--- {bare}\n--- {}\n---\n", bare.replace("bare", "other"))));
    assert_eq!(documents.iter().map(|request| request["FunctionName"].clone()).collect::<Vec<_>>(), ["bare", "other"]);
    assert_eq!(documents[0].get("Timeout"), None);

    let json = r#"{"$schema": "lambda.schema.json", "FunctionName": "a", "Runtime": "python3.13", "Handler": "a.b",
                   "Role": "arn:aws:iam::123456789012:role/r", "Code": {"S3Bucket": "abc", "S3Key": "k"}}"#;
    assert_eq!(requests(&read_text(json)).len(), 1);
}

#[test]
fn folder_is_read_by_name_and_code_from_beside_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    zip.start_file("a.py", options).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    fs::write(folder.path().join("app.zip"), &zip).unwrap();
    fs::write(folder.path().join("role"), "arn:aws:iam::123456789012:role/r\n").unwrap();
    let function = |name: &str, code: &str| {
        format!("FunctionName: {name}\nRuntime: python3.13\nHandler: a.b\nRole: ${{file:role}}\nCode: {code}\n")
    };
    fs::write(folder.path().join("b.yaml"), function("b", "./app.zip")).unwrap();
    fs::write(folder.path().join("a.yml"), function("a", "{ZipFile: fileb://app.zip}")).unwrap();
    fs::write(folder.path().join("notes.txt"), "not a manifest").unwrap();
    let reading = read_path(folder.path());
    let requests = requests(&reading);
    assert_eq!(requests[0]["FunctionName"], "a");
    assert_eq!(requests[0]["Role"], "arn:aws:iam::123456789012:role/r");
    assert_eq!(requests[0]["Code"], requests[1]["Code"]);
    // The archive stays in its file until it is sent.
    assert_eq!(reading.desired.functions[0].archive, Some(ArchiveSource::File(folder.path().join("app.zip"))));
    assert_eq!(requests[0]["Code"], json!({}));
    let digest = STANDARD.encode(sha2::Sha256::digest(&zip));
    assert_eq!(reading.desired.functions[0].code_sha256.as_ref(), Some(&digest));
    assert_eq!(reading.desired.functions[1].code_sha256.as_ref(), Some(&digest));
}

#[test]
fn every_problem_is_reported_at_its_place() {
    let reading = read_text(
        "defaults:\n  Runtime: python3.13\n  Timeout: 0\nfunctions:\n  - FunctionName: a\n    Timout: 5\n    \
         Handler: x\n    Code: {S3Bucket: abc, S3Key: k}\n  - FunctionName: b\n    MemorySize: lots\n    Role: r\n    \
         Handler: x\n    Code: {S3Bucket: abc, S3Key: k}\n",
    );
    assert_eq!(
        found(&reading),
        [
            "3:12 L014 `Timeout` is 0, which is below the minimum of 1",
            "5:19 L011 `Role` is missing",
            "6:5 L010 unknown key `Timout`",
            "10:17 L012 `MemorySize` must be a whole number, but is a string",
            "11:11 L016 `Role` is \"r\", which does not have the required form",
        ]
    );
    assert_eq!(reading.diagnostics[0].path, "/defaults/Timeout");
    assert_eq!(reading.diagnostics[0].function.as_deref(), Some("a"));
    assert_eq!(reading.diagnostics[0].also, ["b"]);
    assert_eq!(reading.diagnostics[2].path, "/functions/0/Timout");
    assert_eq!(reading.diagnostics[3].function.as_deref(), Some("b"));
}

#[test]
fn declared_functions_are_named_as_in_what_is_wrong_with_them() {
    let reading = read_text(
        "functions:\n- FunctionName: ${var:stage}-a\n  Role: ${var:none}\n- {FunctionName: b}\n- {Timeout: 3}\n\
         - {FunctionName: b}\n",
    );
    let names: Vec<&str> = reading.declared.iter().map(|declared| declared.name.as_str()).collect();
    assert_eq!(names, ["prod-a", "b", "b"]);
    let unresolved = reading.diagnostics.iter().find(|diagnostic| diagnostic.rule.code == "L005").unwrap();
    assert_eq!(unresolved.function.as_deref(), Some("prod-a"));
}

#[test]
fn values_of_anchors_are_pointed_at_where_they_stand() {
    let reading = read_text(
        "defaults: &d\n  Role: arn:aws:iam::123456789012:role/r\n  Timeout: 901\nfunctions:\n  - <<: *d\n    \
         FunctionName: a\n    Runtime: python3.13\n    Handler: x\n    Code: {S3Bucket: abc, S3Key: k}\n",
    );
    assert_eq!(found(&reading), ["3:12 L025 `Timeout` is 901, which is above the maximum of 900"]);
}

#[test]
fn yaml_words_and_numbers_stay_what_they_look_like() {
    let reading = read_text(
        "functions:\n  a:\n    Runtime: python3.13\n    Handler: on\n    Description: no\n    \
         Role: arn:aws:iam::123456789012:role/r\n    Code: {S3Bucket: abc, S3Key: 0755}\n    \
         Environment: {Variables: {COUNTRY: NO, ZIP: 01234, LONG: 1_000}}\n",
    );
    let request = &requests(&reading)[0];
    assert_eq!(request["Description"], "no");
    assert_eq!(request["Code"]["S3Key"], "0755");
    assert_eq!(request["Environment"]["Variables"], json!({ "COUNTRY": "NO", "ZIP": "01234", "LONG": "1_000" }));
    let words = ["no", "on", "Y", "n", "Off", "YES", "2024-01-02", "2001-12-14t21:59:43.10-05:00", "12:30:45", "~x"];
    for word in words {
        let reading = read_text(&with_variables(&format!("{{WORD: {word}}}")));
        assert_eq!(requests(&reading)[0]["Environment"]["Variables"]["WORD"], json!(word));
    }
}

/// A manifest of one function with these variables, written as YAML.
fn with_variables(variables: &str) -> String {
    format!(
        "functions:\n  a:\n    Runtime: python3.13\n    Handler: a.b\n    Role: arn:aws:iam::123456789012:role/r\n    \
         Code: {{S3Bucket: abc, S3Key: k}}\n    Environment:\n      Variables: {variables}\n"
    )
}

#[test]
fn variable_that_is_no_text_is_refused_where_it_stands() {
    let quotes = Some("put it in quotes");
    for (value, kind, help) in [
        ("8080", "number", quotes),
        ("1.50", "number", quotes),
        ("true", "boolean", quotes),
        ("[a, b]", "list", None),
        ("{a: b}", "map", None),
    ] {
        let reading = read_text(&with_variables(&format!("{{PORT: {value}}}")));
        let message = format!("8:25 L012 `Environment.Variables.PORT` must be a string, but is a {kind}");
        assert_eq!(found(&reading), [message], "{value}");
        assert_eq!(reading.diagnostics[0].help.as_deref(), help, "{value}");
    }
}

#[test]
fn values_of_variables_are_kept_byte_for_byte() {
    let values = json!({
        "JSON": r#"{"a": [1, "two", null], "b": "\\n"}"#, "QUOTES": r#"it's "quoted" \ and 'so on'"#, "COMMAS": "a, b,,c",
        "LINES": "one\n\n  two\r\nthree\n", "TABS": "\ta\tb\t", "DOLLAR": "$HOME $$ ${x} $${y}", "EMOJI": "😀 é e\u{301} ß",
        "EMPTY": "", "BLANKS": "  a  ", "HASH": "a # b: c", "STARS": "*a &b !c %d @e `f`",
    });
    // A `${` is written with one more `$`.
    let escaped = serde_json::to_string(&values).unwrap().replace("${", "$${");
    let yaml = with_variables(&escaped);
    assert_eq!(requests(&read_text(&yaml))[0]["Environment"]["Variables"], values);
    let block = "\n        LINES: |\n          one\n\n            two\n        FOLDED: >-\n          a\n          b\n        SINGLE: 'it''s'\n";
    assert_eq!(
        requests(&read_text(&with_variables(block)))[0]["Environment"]["Variables"],
        json!({ "LINES": "one\n\n  two\n", "FOLDED": "a b", "SINGLE": "it's" })
    );
    let document: Value = serde_yaml::from_str(&yaml).unwrap();
    let toml = toml::to_string(&document).unwrap();
    assert_eq!(requests(&read_text(&toml))[0]["Environment"]["Variables"], values, "{toml}");
    let json = document.to_string();
    assert_eq!(requests(&read_text(&json))[0]["Environment"]["Variables"], values);
}

#[test]
fn archive_that_no_request_can_carry_is_found_while_reading() {
    let folder = tempfile::tempdir().unwrap();
    let archive = fs::File::create(folder.path().join("app.zip")).unwrap();
    let manifest = "functions: [{FunctionName: a, Runtime: python3.13, Handler: a.b, \
                    Role: 'arn:aws:iam::123456789012:role/r', Code: ./app.zip}]\n";
    let wrong = |bytes: u64, head: &str| {
        // A file with holes takes no room.
        archive.set_len(bytes).unwrap();
        fs::write(folder.path().join("lambda.yaml"), format!("{head}{manifest}")).unwrap();
        let reading = read_path(&folder.path().join("lambda.yaml"));
        let [diagnostic] = reading.diagnostics.as_slice() else { panic!("{:?}", reading.diagnostics) };
        (diagnostic.rule.code, diagnostic.message.clone(), diagnostic.help.clone().unwrap_or_default())
    };
    let (code, message, help) = wrong(52_428_801, "");
    assert_eq!(code, "L044");
    assert!(message.ends_with("has 52428801 bytes, and a request may carry 52428800"), "{message}");
    assert!(help.contains("artifacts: {bucket: …}"), "{help}");
    // At the limit, and beyond it by way of a bucket, only what is in it counts.
    for (bytes, head) in [(52_428_800, ""), (52_428_801, "artifacts: {bucket: my-bucket}\n")] {
        assert!(wrong(bytes, head).1.ends_with("is not a zip archive"), "{bytes} {head}");
    }
}

#[test]
fn disagreements_between_documents_name_both_places() {
    let function = "{Runtime: python3.13, Handler: a.b, Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: abc, S3Key: k}}";
    let text = format!(
        "region: us-west-2\nfunctions:\n  same: {function}\n---\nregion: us-east-1\nfunctions:\n  same: {function}\n"
    );
    assert_eq!(
        found(&read_text(&text)),
        [
            "5:9 L008 `region` is `us-east-1` here and `us-west-2` at <stdin>:1",
            "7:3 L004 a function `same` is already declared at <stdin>:3",
        ]
    );
}

#[test]
fn whole_number_is_one_however_it_is_written() {
    let text = |number: &str| {
        format!(
            "functions: [{{FunctionName: a, Runtime: python3.13, Handler: x, Role: 'arn:aws:iam::123456789012:role/r', \
             Code: {{S3Bucket: abc, S3Key: k}}, Timeout: {number}, EphemeralStorage: {{Size: 5.12e2}}}}]"
        )
    };
    let reading = read_text(&text("30.0"));
    assert!(reading.is_valid(), "{:?}", reading.diagnostics);
    assert_eq!(reading.desired.functions[0].request.timeout, Some(30));
    assert_eq!(reading.desired.functions[0].request.ephemeral_storage.as_ref().unwrap().size, 512);
    assert!(!read_text(&text("30.5")).is_valid());
    assert!(!read_text(&text("1e300")).is_valid());
}
