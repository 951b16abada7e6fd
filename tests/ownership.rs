//! Whose functions are: nothing of another manifest is touched, and nothing is deleted that others may need.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

fn write(folder: &Path, name: Option<&str>, functions: &[Value]) {
    let mut manifest = json!({ "region": "us-east-1", "functions": functions });
    if let Some(name) = name {
        manifest["name"] = json!(name);
    }
    fs::write(folder.join("lambda.json"), manifest.to_string()).unwrap();
}

fn function(name: &str) -> Value {
    json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }
    })
}

fn run(folder: &Path, server: &Emulator, arguments: &[&str]) -> Ran {
    lambdactl(folder).args(arguments).args(["--rate", "0"]).against(&server.endpoint).run()
}

/// Sends what lambdactl itself never sends.
fn post(server: &Emulator, path: &str, body: &Value) {
    let host = server.endpoint.trim_start_matches("http://");
    let body = body.to_string();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

#[test]
fn adopted_functions_are_owned_and_claims_of_two_manifests_are_an_error_that_names_both() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Emulator::start();
    write(ours.path(), None, &[function("a"), function("b")]);
    run(ours.path(), &server, &["apply", "--yes", "--quiet"]).exits(0);
    let nameless = run(ours.path(), &server, &["adopt", "--yes"]).exits(1);
    assert!(nameless.stderr.contains("no `name:`"), "{}", nameless.stderr);

    write(ours.path(), Some("ours"), &[function("a"), function("b"), function("missing")]);
    let asked = run(ours.path(), &server, &["adopt"]).exits(1);
    assert!(asked.stderr.contains("pass --yes"), "{}", asked.stderr);
    let adopted = run(ours.path(), &server, &["adopt", "--yes", "--format", "json"]).exits(0).json();
    let statuses: Vec<&Value> = adopted["functions"].as_array().unwrap().iter().map(|row| &row["status"]).collect();
    assert_eq!(statuses, ["adopted", "adopted", "missing"]);
    server.take_requests();
    run(ours.path(), &server, &["adopt", "--yes"]).exits(0);
    assert!(server.take_requests()["TagResource"].is_null(), "adopted once");

    write(theirs.path(), Some("theirs"), &[function("a")]);
    for command in [&["plan"][..], &["apply", "--yes", "--update"], &["adopt", "--yes"]] {
        let claimed = run(theirs.path(), &server, command).exits(1);
        let text = format!("{}{}", claimed.stdout, claimed.stderr);
        assert!(text.contains("belongs to the manifest `ours`, and this is `theirs`"), "{command:?}: {text}");
    }
    let requests = server.take_requests();
    assert!(requests["TagResource"].is_null() && requests["UpdateFunctionConfiguration"].is_null(), "{requests}");
}

#[test]
fn prune_deletes_what_is_its_own_and_needed_by_nobody() {
    let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Emulator::start();
    write(theirs.path(), Some("theirs"), &[function("theirs")]);
    run(theirs.path(), &server, &["apply", "--yes", "--quiet"]).exits(0);
    write(theirs.path(), None, &[function("nobodys")]);
    run(theirs.path(), &server, &["apply", "--yes", "--quiet"]).exits(0);
    let mut protected = function("protected");
    protected["protect"] = json!(true);
    let all = [function("kept"), function("gone"), function("aliased"), function("mapped"), protected];
    write(ours.path(), Some("ours"), &all);
    run(ours.path(), &server, &["apply", "--yes", "--quiet"]).exits(0);
    post(&server, "/2015-03-31/functions/aliased/aliases", &json!({ "Name": "live", "FunctionVersion": "$LATEST" }));
    let queue = "arn:aws:sqs:us-east-1:123456789012:q";
    post(&server, "/2015-03-31/event-source-mappings", &json!({ "FunctionName": "mapped", "EventSourceArn": queue }));
    post(
        &server,
        "/2015-03-31/functions/gone/policy",
        &json!({ "StatementId": "events", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com" }),
    );

    write(ours.path(), Some("ours"), &all[..1]);
    let plan = run(ours.path(), &server, &["plan", "--prune"]).exits(0).stdout;
    assert!(plan.contains("- gone will be deleted"), "{plan}");
    assert!(plan.contains("lost with it: policy statement events"), "{plan}");
    assert!(plan.contains("it may be in use: alias live"), "{plan}");
    assert!(plan.contains("it may be in use: event source mapping"), "{plan}");
    assert!(plan.contains("and it is protected"), "{plan}");
    assert!(!plan.contains("theirs") && !plan.contains("nobodys"), "{plan}");

    let many = run(ours.path(), &server, &["apply", "--prune", "--yes", "--max-deletes", "0"]).exits(1);
    assert!(many.stderr.contains("--max-deletes is 0; nothing was changed"), "{}", many.stderr);
    server.take_requests();
    let report = run(ours.path(), &server, &["apply", "--prune", "--yes", "--format", "json"]).exits(0).json();
    let row = |name: &str| report["functions"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
    assert_eq!((&row("gone")["action"], &row("gone")["status"]), (&json!("delete"), &json!("applied")));
    assert_eq!((&row("aliased")["status"], &row("aliased")["error"]["code"]), (&json!("drift"), &json!("InUse")));
    assert_eq!(row("protected")["error"]["code"], "Protected");
    assert_eq!(server.take_requests()["DeleteFunction"]["answered"], 1);

    run(ours.path(), &server, &["apply", "--prune", "--force", "--yes"]).exits(0);
    assert_eq!(server.take_requests()["DeleteFunction"]["answered"], 2, "aliased and mapped; protected stays");
    write(ours.path(), None, &all[..1]);
    let nameless = run(ours.path(), &server, &["plan", "--prune"]).exits(1);
    assert!(nameless.stderr.contains("give the manifest a `name:`"), "{}", nameless.stderr);
}

#[test]
fn replacement_is_done_when_named_and_says_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start();
    write(folder.path(), None, &[function("a"), function("b")]);
    run(folder.path(), &server, &["apply", "--yes", "--quiet"]).exits(0);
    post(&server, "/2021-10-31/functions/a/url", &json!({ "AuthType": "NONE" }));
    post(&server, "/2015-03-31/functions/a/aliases", &json!({ "Name": "live", "FunctionVersion": "$LATEST" }));
    let mut tenants = function("a");
    tenants["TenancyConfig"] = json!({ "TenantIsolationMode": "PER_TENANT" });
    let mut changed = function("b");
    changed["Timeout"] = json!(9);
    write(folder.path(), None, &[tenants, changed]);

    let report = run(folder.path(), &server, &["apply", "--update", "--yes", "--format", "json"]).exits(1).json();
    assert_eq!(report["functions"][0]["error"]["code"], "NeedsReplacement");
    assert_eq!(report["functions"][1]["status"], "applied", "the rest goes on");
    let plan = run(folder.path(), &server, &["plan", "--replace", "a"]).exits(0).stdout;
    assert!(plan.contains("± a will be deleted and created again"), "{plan}");
    assert!(plan.contains("TenancyConfig is set when a function is created, and never changed"), "{plan}");
    assert!(plan.contains("alias live; function URL https://"), "{plan}");
    let misspelt = run(folder.path(), &server, &["plan", "--replace", "aa"]).exits(1);
    assert!(misspelt.stderr.contains("did you mean `a`?"), "{}", misspelt.stderr);
    let report = run(folder.path(), &server, &["apply", "--replace", "a", "--yes", "--format", "json"]).exits(0).json();
    let first = &report["functions"][0];
    assert_eq!((&first["action"], &first["status"]), (&json!("replace"), &json!("applied")));
    run(folder.path(), &server, &["plan", "--detailed-exitcode"]).exits(0);
}
