//! `lambdactl delete`: what the manifest declares and owns, and nothing of others.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use lambdactl_tests::http::{Recorder, exchange, send};
use lambdactl_tests::python::write_manifest;
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:orders";

fn function(name: &str, more: Value) -> Value {
    let mut function = json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" },
        "Environment": { "Variables": { "TOKEN": "hunter2-very-secret" } }
    });
    function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    function
}

fn declare(folder: &Path, name: Option<&str>, functions: &[Value]) {
    let mut manifest = json!({ "region": "us-east-1", "functions": functions });
    if let Some(name) = name {
        manifest["name"] = json!(name);
    }
    write_manifest(folder, &manifest);
}

fn run(folder: &Path, endpoint: &str, arguments: &str) -> Ran {
    let ran = lambdactl(folder).args(arguments.split(' ')).args(["--rate", "0"]).against(endpoint).run();
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    ran
}

fn post(endpoint: &str, path: &str, body: &Value) {
    let (host, body) = (endpoint.trim_start_matches("http://"), body.to_string());
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    exchange(host, &(head + &body));
}

fn whole() -> Value {
    json!({
        "Publish": true, "Aliases": { "live": { "FunctionVersion": "published", "FunctionUrlConfig": { "AuthType": "AWS_IAM" } } },
        "EventSourceMappings": [{ "EventSourceArn": QUEUE }],
    })
}

#[test]
fn function_goes_with_what_the_manifest_made_of_it_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start_with(&["--updating", "50ms"]);
    declare(folder.path(), Some("ours"), &[function("whole", whole()), function("other", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet").exits(0);
    let between = Recorder::in_front_of(server.endpoint.trim_start_matches("http://"));
    let unasked = run(folder.path(), &between.endpoint, "delete whole").exits(1);
    assert!(unasked.stdout.contains("- whole will be deleted"), "{}", unasked.stdout);
    assert!(unasked.stdout.contains("lost with it: version 1; alias live; function URL"), "{}", unasked.stdout);
    assert!(unasked.stdout.contains("deleted before it: event source mapping "), "{}", unasked.stdout);
    assert!(unasked.stderr.contains("pass --yes"), "{}", unasked.stderr);
    assert!(!between.lines().iter().any(|line| line.starts_with("DELETE")));

    let report = run(folder.path(), &between.endpoint, "delete whole --yes --format json").exits(0).json();
    assert_eq!(report["functions"].as_array().unwrap().len(), 1);
    let row = &report["functions"][0];
    assert_eq!((&row["action"], &row["status"], &row["error"]), (&json!("delete"), &json!("applied"), &Value::Null));
    let lines = between.lines();
    let deletions: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].starts_with("DELETE ")).collect();
    assert_eq!(deletions.len(), 2, "{lines:?}");
    assert!(lines[deletions[0]].starts_with("DELETE /2015-03-31/event-source-mappings/"), "{lines:?}");
    let asked = &lines[deletions[0]..deletions[1]];
    assert!(
        asked.iter().any(|line| line.starts_with("GET /2015-03-31/event-source-mappings/")),
        "it is waited for: {lines:?}"
    );
    assert!(lines[deletions[1]].starts_with("DELETE /2015-03-31/functions/whole "), "{lines:?}");

    let again = run(folder.path(), &server.endpoint, "delete whole --yes").exits(0);
    assert!(again.stdout.contains("Nothing to do: 1 unchanged"), "{}", again.stdout);
    assert!(again.stdout.contains("there is no such function"), "{}", again.stdout);
    let plan = run(folder.path(), &server.endpoint, "plan --format json").exits(0).json();
    assert_eq!(
        (&plan["functions"][0]["action"], &plan["functions"][1]["action"]),
        (&json!("create"), &json!("unchanged"))
    );
}

#[test]
fn what_is_protected_or_used_or_not_the_manifests_stays() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start();
    declare(folder.path(), None, &[function("nobodys", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet").exits(0);
    declare(folder.path(), Some("theirs"), &[function("theirs", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet").exits(0);
    let protected = function("protected", json!({ "protect": true }));
    let own = [function("plain", json!({})), function("aliased", json!({})), function("mapped", json!({})), protected];
    declare(folder.path(), Some("ours"), &own);
    run(folder.path(), &server.endpoint, "apply --yes --quiet").exits(0);
    let alias = json!({ "Name": "live", "FunctionVersion": "$LATEST" });
    post(&server.endpoint, "/2015-03-31/functions/aliased/aliases", &alias);
    let mapping = json!({ "FunctionName": "mapped", "EventSourceArn": QUEUE });
    post(&server.endpoint, "/2015-03-31/event-source-mappings", &mapping);
    let mut all = own.to_vec();
    all.extend([function("nobodys", json!({})), function("theirs", json!({})), function("missing", json!({}))]);
    // What only the tag protects is protected, too.
    all[3]["protect"] = json!(false);
    declare(folder.path(), Some("ours"), &all);
    server.take_requests();

    let report = run(folder.path(), &server.endpoint, "delete --all --yes --format json").exits(1).json();
    let rows: Vec<(&str, &str, &str)> = report["functions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |value: &'static str| row.pointer(value).and_then(Value::as_str).unwrap_or_default();
            (text("/name"), text("/status"), text("/error/code"))
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("plain", "applied", ""),
            ("aliased", "drift", "InUse"),
            ("mapped", "drift", "InUse"),
            ("protected", "drift", "Protected"),
            ("nobodys", "failed", "NotOwned"),
            ("theirs", "failed", "Claimed"),
            ("missing", "unchanged", ""),
        ]
    );
    let shown = run(folder.path(), &server.endpoint, "delete nobodys theirs --yes").exits(1);
    assert!(shown.stdout.contains("it does not carry the tag of the manifest `ours`"), "{}", shown.stdout);
    assert!(shown.stdout.contains("it belongs to the manifest `theirs`, and this is `ours`"), "{}", shown.stdout);
    assert_eq!(server.take_requests()["DeleteFunction"]["answered"], 1);

    run(folder.path(), &server.endpoint, "delete aliased mapped protected --force --yes").exits(1);
    let requests = server.take_requests();
    assert_eq!(requests["DeleteFunction"]["answered"], 2, "{requests}");
    assert!(requests["DeleteEventSourceMapping"].is_null(), "it is not the manifest's: {requests}");
    assert!(
        send(&server.endpoint, "GET", "/2015-03-31/functions/protected").contains("\"FunctionName\":\"protected\"")
    );
}

#[test]
fn mistakes_delete_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start();
    declare(folder.path(), Some("ours"), &[function("orders", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes --quiet").exits(0);
    server.take_requests();
    for (arguments, words) in [
        ("delete order --yes", "did you mean `orders`?"),
        ("delete orders unknown-name --yes", "the manifest has no function `unknown-name`"),
        ("delete --yes", "NAME"),
        ("delete orders --all --yes", "cannot be used with"),
        ("delete orders --yes -f none.json", "none.json"),
    ] {
        let refused = run(folder.path(), &server.endpoint, arguments).exits(1);
        assert!(refused.stderr.contains(words), "{arguments}: {}", refused.stderr);
    }
    declare(folder.path(), None, &[function("orders", json!({}))]);
    let nameless = run(folder.path(), &server.endpoint, "delete orders --yes").exits(1);
    assert!(
        nameless.stderr.contains("the manifest has no `name:`") && nameless.stderr.contains("adopt"),
        "{}",
        nameless.stderr
    );
    assert!(server.take_requests().as_object().unwrap().is_empty(), "nothing was even read");
}
