//! `lambdactl invoke`: what a function answers, and what becomes of a call that is refused or lost.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use lambdactl_tests::http::{Recorder, answer};
use lambdactl_tests::python::write_manifest;
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

fn function(more: Value) -> Value {
    let mut function = json!({
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }, "Publish": true,
        "Aliases": { "live": { "FunctionVersion": "published" } }
    });
    function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    function
}

/// An account with a function.
fn account(arguments: &[&str], more: Value) -> (tempfile::TempDir, Emulator) {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start_with(arguments);
    write_manifest(folder.path(), &json!({ "region": "us-east-1", "functions": [function(more)] }));
    run(folder.path(), &server.endpoint, &["apply", "--yes", "--quiet"]).exits(0);
    server.take_requests();
    (folder, server)
}

fn run(folder: &Path, endpoint: &str, arguments: &[&str]) -> Ran {
    lambdactl(folder).args(arguments).against(endpoint).run()
}

#[test]
fn payload_comes_back_byte_for_byte_and_the_rest_is_beside_it() {
    let (folder, server) = account(&["--invoke", "echo"], json!({}));
    let payload = "{\"id\":  1, \"text\": \"ä\u{1b}\\u001b\"}\n\n".replace('\u{1b}', "");
    let called = run(folder.path(), &server.endpoint, &["invoke", "f", "--payload", &payload]).exits(0);
    assert_eq!(called.stdout, payload);
    assert!(called.stderr.starts_with("f answered by version $LATEST in "), "{}", called.stderr);
    assert!(!called.stderr.contains("log"), "{}", called.stderr);

    fs::write(folder.path().join("event.json"), "[1, 2]").unwrap();
    let arguments = ["invoke", "f", "--qualifier", "live", "--payload", "@event.json", "--tail"];
    let called = run(folder.path(), &server.endpoint, &arguments).exits(0);
    assert_eq!(called.stdout, "[1, 2]");
    assert!(called.stderr.contains("f answered by version 1 in "), "{}", called.stderr);
    assert!(called.stderr.contains("end of the log:\nSTART RequestId: "), "{}", called.stderr);

    let read =
        lambdactl(folder.path()).args(["invoke", "f", "--payload", "@-"]).input("\"x\"").against(&server.endpoint);
    assert_eq!(read.run().exits(0).stdout, "\"x\"");
    let nothing = run(folder.path(), &server.endpoint, &["invoke", "f"]).exits(0);
    assert_eq!(nothing.stdout, "{}", "what the emulator answers to nothing");
}

#[test]
fn events_and_dry_runs_answer_nothing() {
    let (folder, server) = account(&[], json!({}));
    let event = run(folder.path(), &server.endpoint, &["invoke", "f", "--async", "--payload", "{}"]).exits(0);
    assert_eq!(event.stdout, "");
    assert!(event.stderr.contains("put into the queue"), "{}", event.stderr);
    let dry = run(folder.path(), &server.endpoint, &["invoke", "f", "--dry-run"]).exits(0);
    assert_eq!(dry.stdout, "");
    assert!(dry.stderr.contains("it was not run"), "{}", dry.stderr);
    let missing = run(folder.path(), &server.endpoint, &["invoke", "f", "--qualifier", "old", "--dry-run"]).exits(1);
    assert!(
        missing.stderr.contains("Function not found") && missing.stderr.contains("--qualifier"),
        "{}",
        missing.stderr
    );
    for both in [["--async", "--dry-run"], ["--tail", "--async"], ["--tail", "--dry-run"]] {
        let arguments = ["invoke", "f", both[0], both[1]];
        assert!(run(folder.path(), &server.endpoint, &arguments).exits(1).stderr.contains("cannot be used with"));
    }
}

#[test]
fn a_function_that_fails_is_exit_1_with_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answer.json");
    let error = r#"{"errorMessage": "no such order", "errorType": "KeyError"}"#;
    fs::write(&path, error).unwrap();
    let (folder, server) = account(&["--invoke", path.to_str().unwrap()], json!({}));
    let called = run(folder.path(), &server.endpoint, &["invoke", "f"]).exits(1);
    assert_eq!(called.stdout, error);
    assert!(called.stderr.contains("error: the function failed (Unhandled)"), "{}", called.stderr);
    assert!(called.stderr.contains("--tail shows"), "{}", called.stderr);
}

#[test]
fn nothing_is_sent_that_the_service_would_refuse() {
    let (folder, server) = account(&["--invoke", "echo"], json!({}));
    for (arguments, words) in [
        (
            &["invoke", "f", "--payload", "{hunter2}"][..],
            "the payload is no JSON: key must be a string at line 1 column 2",
        ),
        (&["invoke", "f", "--payload", "@none.json"], "cannot read the payload none.json"),
        (&["invoke", "arn:aws:lambda:us-east-1:123456789012:function:f"], "it is an ARN"),
        (&["invoke", "f:live"], "a version or an alias is said by a flag"),
        (&["invoke", "f", "--qualifier", "a/b"], "write the number of a version"),
    ] {
        let refused = run(folder.path(), &server.endpoint, arguments).exits(1);
        assert!(refused.stderr.contains(words), "{arguments:?}: {}", refused.stderr);
        assert!(!refused.stderr.contains("hunter2"), "{}", refused.stderr);
    }
    assert!(server.take_requests()["Invoke"].is_null());
}

#[test]
fn a_lost_answer_is_not_asked_for_again() {
    let (folder, server) = account(&["--invoke", "echo"], json!({}));
    let lost = Recorder::between(server.endpoint.trim_start_matches("http://"), |_, ask| {
        ask();
        String::new()
    });
    let called = run(folder.path(), &lost.endpoint, &["invoke", "f", "--payload", "{}"]).exits(1);
    assert!(called.stderr.contains("whether the function ran is not known"), "{}", called.stderr);
    assert_eq!(server.take_requests()["Invoke"]["answered"], 1);
    let portal = Recorder::start(|_| answer("200 OK", "Content-Type: text/html\r\n", "<html>log in</html>"));
    let called = run(folder.path(), &portal.endpoint, &["invoke", "f"]).exits(1);
    assert_eq!(called.stdout, "");
    assert!(called.stderr.contains("answered with HTML or XML"), "{}", called.stderr);
    assert_eq!(portal.lines().len(), 1);
}

#[test]
fn what_a_terminal_or_a_server_would_obey_does_not_get_to_it() {
    let headers = "X-Amz-Executed-Version: 7\r\nX-Amz-Function-Error: Bad::stop-commands::x\r\nX-Amz-Log-Result: Ojpub3RpY2U6OnglBxtbMko=\r\n";
    let service = Recorder::start(move |_| answer("200 OK", headers, "\n::stop-commands::x\n"));
    let folder = tempfile::tempdir().unwrap();
    let called = lambdactl(folder.path())
        .args(["invoke", "f", "--tail"])
        .against(&service.endpoint)
        .env("GITHUB_ACTIONS", "true")
        .run()
        .exits(1);
    for stream in [&called.stdout, &called.stderr] {
        assert!(
            !stream.contains('\u{1b}') && !stream.lines().any(|line| line.trim_start().starts_with("::")),
            "{stream}"
        );
    }
    assert!(called.stderr.contains("(Unhandled)"), "{}", called.stderr);
}

#[test]
fn local_echoes_and_a_manifest_says_where() {
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), &json!({ "region": "eu-west-1", "functions": [function(json!({}))] }));
    let local = |arguments: &[&str]| lambdactl(folder.path()).args(arguments).args(["--local"]).run();
    local(&["apply", "--yes", "--quiet"]).exits(0);
    for named in [&["-f", "lambda.json"][..], &[]] {
        let called = local(&[&["invoke", "f", "--payload", "[1]"], named].concat()).exits(0);
        assert_eq!(called.stdout, "[1]");
    }
    // Whoever says a region means no manifest that merely stands here.
    let elsewhere = local(&["invoke", "f", "--payload", "[1]", "--region", "us-east-1"]).exits(1);
    assert!(elsewhere.stderr.contains("check the name, --qualifier, --region"), "{}", elsewhere.stderr);
    write_manifest(
        folder.path(),
        &json!({ "region": "eu-west-1", "account": "999999999999", "functions": [function(json!({}))] }),
    );
    let other = local(&["invoke", "f", "-f", "lambda.json"]).exits(1);
    assert!(other.stderr.contains("the manifest is for account 999999999999"), "{}", other.stderr);
}
