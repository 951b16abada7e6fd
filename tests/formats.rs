//! The forms of `validate` for other programs, as other people's readers see them. The JSON form is the measure.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;

use lambdactl_tests::python::Python;
use lambdactl_tests::{Ran, lambdactl};
use serde_json::{Value, json};

/// A name in which every special character of one of the forms stands.
const YAML: &str = "größe, 100%: <a>.yaml";

const MISTAKES: &str = r#"defaults:
  Runtime: python3.13
  Handler: app.handler
  Role: arn:aws:iam::123456789012:role/r
  Code: {S3Bucket: my-bucket, S3Key: app.zip}
  Timeout: 0
nmae: payments
functions:
  - {FunctionName: resize, Description: "größer 😀", Timout: 5, Role: "r&<d>"}
  - FunctionName: "${var:STAGE}-report"
    Architectures:
      - arm64
      - x86_64
    Environment: {Variables: {TOKEN: "s3cret", OTHER: "${env:NOT_SET}"}}
  - {FunctionName: fine, Timeout: 5}
"#;

fn mistakes() -> [(&'static str, String); 2] {
    let good = json!({
        "Runtime": "python3.13", "Handler": "app.handler", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" },
    });
    let function = |name: &str, more: Value| {
        let mut function = good.clone();
        function["FunctionName"] = json!(name);
        function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        function
    };
    let json = json!({ "functions": [
        function("fine", json!({})),
        function("odd", json!({ "a,b:c\u{202e}[31m\u{ffff}]]>%0A": 1, "MemorySize": "lots" })),
        function("good", json!({})),
        { "Runtime": "python3.13" },
    ] });
    [(YAML, MISTAKES.to_owned()), ("b.json", json.to_string())]
}

/// Validates manifests, and one that is not there, in one of the forms.
fn validate(manifests: &[(&str, String)], format: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let mut command =
        lambdactl(folder.path()).args(["validate", "--strict", "--var", "STAGE=prod", "--format", format]);
    for (name, text) in manifests {
        fs::write(folder.path().join(name), text).unwrap();
        command = command.args(["-f", name]);
    }
    let ran = command.args(["-f", "nowhere.yaml"]).run().exits(1);
    assert!(!ran.stdout.contains("s3cret") && ran.stderr.is_empty(), "{ran:?}");
    ran
}

fn diagnostics() -> Vec<Value> {
    let found = validate(&mistakes(), "json").json()["diagnostics"].as_array().unwrap().clone();
    assert!(found.len() >= 10, "{found:#?}");
    found
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn message_and_help(diagnostic: &Value) -> String {
    let help = diagnostic["help"].as_str().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("{}{help}", text(&diagnostic["message"]))
}

fn has_place(diagnostic: &Value) -> bool {
    diagnostic["file"] != "nowhere.yaml"
}

#[test]
fn sarif_says_what_json_says() {
    let log = validate(&mistakes(), "sarif").json();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let expected = diagnostics();
    assert_eq!(results.len(), expected.len());
    for (result, diagnostic) in results.iter().zip(&expected) {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!((&result["ruleId"], &rule["id"]), (&diagnostic["code"], &diagnostic["code"]));
        assert_eq!(result["level"], diagnostic["severity"]);
        let message = text(&result["message"]["text"]).replace("{{", "{").replace("}}", "}");
        assert_eq!(message, message_and_help(diagnostic));
        let physical = &result["locations"][0]["physicalLocation"];
        let uri = text(&physical["artifactLocation"]["uri"]);
        assert_eq!(uri == "gr%C3%B6%C3%9Fe%2C%20100%25%3A%20%3Ca%3E.yaml", diagnostic["file"] == YAML, "{uri}");
        let region = has_place(diagnostic).then(|| {
            json!({
                "startLine": diagnostic["line"], "startColumn": diagnostic["column"],
                "endLine": diagnostic["end_line"], "endColumn": diagnostic["end_column"],
            })
        });
        assert_eq!(physical.get("region"), region.as_ref());
        let logical = &result["locations"][0]["logicalLocations"][0];
        assert_eq!(logical["name"], diagnostic["function"]);
        if !logical.is_null() {
            assert_eq!(logical["fullyQualifiedName"], diagnostic["path"]);
        }
    }
    let fingerprints: BTreeMap<&str, &Value> =
        results.iter().map(|result| (text(&result["partialFingerprints"]["lambdactl/v1"]), result)).collect();
    assert_eq!(fingerprints.len(), results.len());
    let everything = log.to_string();
    assert!(everything.contains("{{12}}") && !everything.contains("snippet"), "{everything}");
}

#[test]
fn sarif_is_valid_by_the_published_schema() {
    let Some(python) = Python::provision() else { return };
    let log = validate(&mistakes(), "sarif").json();
    let empty = validate(&[], "sarif").json();
    // A judge that takes everything would be none.
    let mut wrong = log.clone();
    wrong["runs"][0]["results"][0]["level"] = json!("fatal");
    let errors = python.run("formats.py", &["sarif"], &json!([log, empty, wrong]));
    assert_eq!((&errors[0], &errors[1]), (&json!([]), &json!([])));
    assert_eq!(errors[2].as_array().unwrap().len(), 1, "{errors}");
}

/// Reads a workflow command as GitHub's runner does: properties, then data.
fn command(line: &str) -> Option<(&str, BTreeMap<String, String>, String)> {
    let (head, data) = line.strip_prefix("::")?.split_once("::")?;
    let (name, properties) = head.split_once(' ')?;
    let plain = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
    let properties = properties.split(',').map(|property| {
        let (name, value) = property.split_once('=').unwrap();
        (name.to_owned(), plain(&value.replace("%3A", ":").replace("%2C", ",")).replace("%25", "%"))
    });
    Some((name, properties.collect(), plain(data).replace("%25", "%")))
}

#[test]
fn github_commands_read_back_as_what_json_says() {
    let ran = validate(&mistakes(), "github");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let (verdict, commands) = lines.split_last().unwrap();
    let expected = diagnostics();
    assert_eq!(*verdict, format!("invalid: {} errors in 3 files", expected.len()));
    assert_eq!(commands.len(), expected.len());
    for (line, diagnostic) in commands.iter().zip(&expected) {
        let (name, properties, message) = command(line).unwrap();
        let mut wanted = BTreeMap::from([("file", &diagnostic["file"]), ("title", &diagnostic["code"])]);
        if has_place(diagnostic) {
            wanted.extend(["line", "col"].into_iter().zip([&diagnostic["line"], &diagnostic["column"]]));
            wanted.insert("endLine", &diagnostic["end_line"]);
            if diagnostic["line"] == diagnostic["end_line"] {
                wanted.insert("endColumn", &diagnostic["end_column"]);
            }
        }
        let wanted: BTreeMap<String, String> = wanted
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.as_str().map_or(value.to_string(), str::to_owned)))
            .collect();
        assert_eq!((name, properties), (text(&diagnostic["severity"]), wanted));
        // What would steer a terminal is left out of a log.
        assert_eq!(message, message_and_help(diagnostic).replace("\u{1b}[31m\u{0}", ""));
    }
}

#[test]
fn junit_is_read_by_a_reader_of_junit() {
    let Some(python) = Python::provision() else { return };
    let xml = validate(&mistakes(), "junit").stdout;
    let read = &python.run("formats.py", &["junit"], &json!([xml]))[0];
    let expected = diagnostics();
    let suites = read["suites"].as_array().unwrap();
    let names = |list: &Value| list.as_array().unwrap().iter().map(|one| text(&one["name"]).to_owned()).collect();
    let suite_names: Vec<String> = names(&read["suites"]);
    assert_eq!(suite_names, [YAML, "b.json", "nowhere.yaml"]);
    let first: Vec<String> = names(&suites[0]["cases"]);
    assert_eq!(first, [YAML, "resize", "prod-report", "fine"]);
    let second: Vec<String> = names(&suites[1]["cases"]);
    assert_eq!(second, ["b.json", "fine", "odd", "good"]);
    assert_eq!((&read["tests"], &read["failures"]), (&json!(9), &json!(7)));

    // `Timeout` is wrong in the defaults, and fails both functions that have it from there.
    let shared = |name: &str| {
        let cases = suites[0]["cases"].as_array().unwrap();
        let case = cases.iter().find(|case| case["name"] == name).unwrap();
        case["failures"].as_array().unwrap().iter().any(|failure| text(&failure[1]).starts_with("`Timeout` is 0"))
    };
    assert!(shared("resize") && shared("prod-report") && !shared("fine"));
    for diagnostic in &expected {
        let suite = suites.iter().find(|suite| suite["name"] == diagnostic["file"]).unwrap();
        let owner = if diagnostic["function"].is_null() { &diagnostic["file"] } else { &diagnostic["function"] };
        let case = suite["cases"].as_array().unwrap().iter().find(|case| case["name"] == *owner).unwrap();
        assert_eq!(case["classname"], diagnostic["file"]);
        let clean = |text: &str| text.replace(['\u{0}', '\u{1b}', '\u{ffff}'], "\u{fffd}");
        let message = clean(text(&diagnostic["message"]));
        let failures = case["failures"].as_array().unwrap();
        let failure = failures.iter().find(|failure| failure[1] == message.as_str()).unwrap();
        assert_eq!(failure[0], diagnostic["code"]);
        let place = match has_place(diagnostic) {
            true => format!("{}:{}:{}: ", text(&diagnostic["file"]), diagnostic["line"], diagnostic["column"]),
            false => format!("{}: ", text(&diagnostic["file"])),
        };
        assert!(text(&failure[2]).starts_with(&place), "{failure}");
    }
}

#[test]
fn every_form_ends_with_0_for_a_valid_manifest() {
    let manifest = "functions:\n  a: {Runtime: python3.13, Handler: x, Role: 'arn:aws:iam::123456789012:role/r', \
                    Code: {S3Bucket: abc, S3Key: k}}\n";
    let folder = tempfile::tempdir().unwrap();
    for (format, expected) in [
        ("human", "valid: 1 function in 1 file\n"),
        ("json", r#""valid":true"#),
        ("sarif", r#""results":[]"#),
        ("github", "valid: 1 function in 1 file\n"),
        ("junit", r#"tests="2" failures="0""#),
    ] {
        let validate = lambdactl(folder.path()).args(["validate", "-f", "-", "--format", format]);
        let ran = validate.input(manifest).run().exits(0);
        assert!(ran.stdout.contains(expected) && !ran.stdout.contains("::"), "{ran:?}");
    }
}
