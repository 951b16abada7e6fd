//! `lambdactl status`: one table of what a manifest's functions are in an account.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use lambdactl_tests::http::{Recorder, answer};
use lambdactl_tests::python::write_manifest;
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:orders";

/// A function with a version, an alias and a queue that feeds it.
fn function(name: &str, more: Value) -> Value {
    let mut function = json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }, "Environment": { "Variables": { "TOKEN": "hunter2-very-secret" } }
    });
    function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    function
}

fn declare(folder: &Path, functions: &[Value]) {
    write_manifest(folder, &json!({ "region": "us-east-1", "functions": functions }));
}

fn run(folder: &Path, endpoint: &str, arguments: &str) -> Ran {
    let rates = ["--rate", "0", "--get-function-rate", "0"];
    lambdactl(folder).args(arguments.split(' ')).args(rates).against(endpoint).run()
}

fn whole() -> Value {
    json!({
        "Publish": true,
        "Aliases": { "live": { "FunctionVersion": "published" } },
        "EventSourceMappings": [{ "EventSourceArn": QUEUE }],
    })
}

#[test]
fn status_tells_state_version_aliases_mappings_and_drift() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start();
    declare(folder.path(), &[function("whole", whole()), function("plain", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet").exits(0);
    let plain = function("plain", json!({ "Timeout": 9 }));
    declare(folder.path(), &[function("whole", whole()), plain, function("missing", json!({}))]);
    server.take_requests();
    let status = run(folder.path(), &server.endpoint, "status --format json").exits(0).json();
    let requests = server.take_requests();
    assert_eq!(requests["GetFunction"]["answered"], 4, "three functions, and the newest version of one: {requests}");
    assert_eq!(requests["ListAliases"]["answered"], 2, "{requests}");
    assert_eq!(requests["ListVersionsByFunction"]["answered"], 2, "{requests}");
    assert_eq!(requests["ListEventSourceMappings"]["answered"], 1, "{requests}");

    let mut uuid = status["functions"][0]["mappings"][0]["uuid"].clone();
    assert_eq!(uuid.as_str().unwrap().len(), 36);
    let api_calls = &status["api_calls"];
    assert_eq!(
        status,
        json!({
            "format_version": 1, "account": "123456789012", "region": "us-east-1", "api_calls": api_calls,
            "functions": [
                {
                    "name": "whole", "state": "Active", "last_update": "Successful", "version": "1",
                    "aliases": [{ "name": "live", "version": "1", "weights": {} }],
                    "mappings": [{ "uuid": uuid.take(), "source": QUEUE, "state": "Enabled" }],
                    "drift": false
                },
                {
                    "name": "plain", "state": "Active", "last_update": "Successful", "version": null,
                    "aliases": [], "mappings": [], "drift": true
                },
                {
                    "name": "missing", "state": null, "last_update": null, "version": null,
                    "aliases": [], "mappings": [], "drift": true
                }
            ]
        })
    );

    let shown = run(folder.path(), &server.endpoint, "status").exits(0);
    let mapping = status["functions"][0]["mappings"][0]["uuid"].as_str().unwrap();
    let table = format!(
        "\
FUNCTION  STATE       LAST UPDATE  VERSION   DRIFT
whole     Active      Successful   1         no
  alias live: version 1
  mapping from sqs orders: Enabled  {mapping}
plain     Active      Successful   -         yes
missing   missing     -            -         yes

3 functions: 1 missing, 1 drifted, 1 as the manifest says as far as it was compared. {api_calls} requests.
"
    );
    assert_eq!(shown.stdout, table);
    assert!(!shown.stdout.contains("hunter2"));
}

#[test]
fn aliases_that_nobody_declared_are_shown_with_their_weights() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start();
    declare(folder.path(), &[function("f", json!({ "Publish": true }))]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet").exits(0);
    declare(folder.path(), &[function("f", json!({ "Publish": true, "Timeout": 9 }))]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet --update").exits(0);
    let alias = json!({ "Aliases": { "live": {
        "FunctionVersion": "1", "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.1 } },
    } } });
    let mut with = function("f", json!({ "Publish": true, "Timeout": 9 }));
    with.as_object_mut().unwrap().extend(alias.as_object().unwrap().clone());
    declare(folder.path(), &[with]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet --update").exits(0);
    declare(folder.path(), &[function("f", json!({ "Timeout": 9 }))]);
    let status = run(folder.path(), &server.endpoint, "status --format json").exits(0).json();
    let row = &status["functions"][0];
    assert_eq!(row["version"], "2");
    assert_eq!(row["aliases"], json!([{ "name": "live", "version": "1", "weights": { "2": 0.1 } }]));
    assert_eq!(row["drift"], false);
    let shown = run(folder.path(), &server.endpoint, "status").exits(0).stdout;
    assert!(shown.contains("  alias live: version 1 (90%) and version 2 (10%)\n"), "{shown}");
}

#[test]
fn what_may_not_be_read_is_an_error_that_names_the_actions() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start();
    declare(folder.path(), &[function("f", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet").exits(0);
    let denied = r#"{"message":"not authorized"}"#;
    let proxy = Recorder::between(server.endpoint.trim_start_matches("http://"), move |request, ask| {
        match request.lines().next().unwrap_or_default() {
            line if line.contains("/aliases") || line.contains("/event-source-mappings") => {
                answer("403 Forbidden", "x-amzn-errortype: AccessDeniedException\r\n", denied)
            }
            _ => ask(),
        }
    });
    let status = run(folder.path(), &proxy.endpoint, "status").exits(1);
    assert!(status.stdout.contains("  aliases could not be read: AccessDeniedException\n"), "{}", status.stdout);
    assert!(status.stdout.contains("f         Active"), "{}", status.stdout);
    for words in ["the aliases of `f`: AccessDeniedException", "the event source mappings of `f`", "lambda:ListAliases"]
    {
        assert!(status.stderr.contains(words), "{}", status.stderr);
    }
}

#[test]
fn a_function_that_does_not_work_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start_with(&["--failing", "create=f:InvalidSubnet"]);
    declare(folder.path(), &[function("f", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet").exits(1);
    let status = run(folder.path(), &server.endpoint, "status").exits(1);
    assert!(status.stdout.contains("Failed"), "{}", status.stdout);
    assert!(status.stderr.contains("function `f`") && status.stderr.contains("= help:"), "{}", status.stderr);
}
