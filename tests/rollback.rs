//! `lambdactl rollback`: an alias is moved only from where it was seen to a version that works, and the report is true.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use lambdactl_tests::http::{Recorder, answer, exchange, send};
use lambdactl_tests::python::write_manifest;
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const ALIAS: &str = "/2015-03-31/functions/f/aliases/live";

fn declare(folder: &Path, more: Value) {
    let mut function = json!({
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }, "Publish": true,
        "Aliases": { "live": { "FunctionVersion": "published" } },
    });
    function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    write_manifest(folder, &json!({ "region": "us-east-1", "functions": [function] }));
}

fn run(folder: &Path, endpoint: &str, arguments: &str) -> Ran {
    lambdactl(folder).args(arguments.split(' ')).against(endpoint).run()
}

/// A function with three versions, and its alias on the newest.
fn account(arguments: &[&str]) -> (tempfile::TempDir, Emulator) {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start_with(arguments);
    for (timeout, token, key, words) in [
        (3, "hunter2-the-first", "app.zip", "first"),
        (9, "hunter2-the-first", "app.zip", "first"),
        (9, "hunter2-the-other", "other.zip", "second \u{1b}[31m"),
    ] {
        let more = json!({
            "Timeout": timeout, "Environment": { "Variables": { "TOKEN": token } }, "Description": words.replace('\u{1b}', ""),
            "Code": { "S3Bucket": "my-bucket", "S3Key": key },
        });
        declare(folder.path(), more);
        run(folder.path(), &server.endpoint, "apply --yes --quiet --update").exits(0);
    }
    server.take_requests();
    (folder, server)
}

fn alias(server: &Emulator) -> Value {
    serde_json::from_str(&send(&server.endpoint, "GET", ALIAS)).unwrap()
}

fn put(server: &Emulator, body: &Value) {
    let (host, body) = (server.endpoint.trim_start_matches("http://").to_owned(), body.to_string());
    let length = body.len();
    let head = format!("PUT {ALIAS} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    exchange(&host, &(head + &body));
}

#[test]
fn candidates_are_shown_without_a_value_and_the_alias_is_moved() {
    let (folder, server) = account(&[]);
    let asked = run(folder.path(), &server.endpoint, "rollback f --alias live").exits(1);
    assert!(asked.stdout.starts_with("Alias live of f names version 3.\n\n*    3  20"), "{}", asked.stdout);
    let lines: Vec<&str> = asked.stdout.lines().collect();
    assert!(lines[2].ends_with("where it is now"), "{}", asked.stdout);
    assert_eq!(lines[3], "        second [31m");
    assert!(lines[4].starts_with("     2  20") && lines[4].ends_with("Description, Environment"), "{}", asked.stdout);
    assert!(
        lines[6].ends_with("Description, Timeout, Environment") || lines[6].contains("Timeout"),
        "{}",
        asked.stdout
    );
    assert!(!asked.stdout.contains("hunter2") && !asked.stdout.contains("TOKEN"), "{}", asked.stdout);
    assert!(asked.stdout.lines().all(|line| line.chars().count() <= 100), "{}", asked.stdout);
    assert!(asked.stderr.contains("pass --to with the number of one of them"), "{}", asked.stderr);
    let unasked = run(folder.path(), &server.endpoint, "rollback f --alias live --to 1").exits(1);
    assert!(unasked.stderr.contains("pass --yes"), "{}", unasked.stderr);
    assert!(server.take_requests()["UpdateAlias"].is_null());

    let moved = run(folder.path(), &server.endpoint, "rollback f --alias live --to 1 --yes").exits(0);
    assert!(
        moved.stdout.starts_with("Moved: alias live of f names version 1; before, version 3.\n"),
        "{}",
        moved.stdout
    );
    assert_eq!(alias(&server)["FunctionVersion"], "1");
    let again = run(folder.path(), &server.endpoint, "rollback f --alias live --to 1 --yes").exits(1);
    assert!(again.stderr.contains("names version 1 already"), "{}", again.stderr);
}

#[test]
fn what_is_said_about_the_next_apply_is_so() {
    let (folder, server) = account(&[]);
    let last = json!({
        "Timeout": 9, "Environment": { "Variables": { "TOKEN": "hunter2-the-other" } }, "Description": "second [31m",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "other.zip" },
    });
    let with = |more: Value| {
        let mut all = last.clone();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    run(folder.path(), &server.endpoint, "rollback f --alias live --to 2 --yes").exits(0);
    let plan = run(folder.path(), &server.endpoint, "plan --format json --detailed-exitcode").exits(2).json();
    assert_eq!(plan["functions"][0]["changes"][0]["path"], "/Aliases/live/FunctionVersion", "{plan}");
    for more in [
        json!({ "Aliases": { "live": { "FunctionVersion": "2" } } }),
        json!({ "ignore": ["/Aliases/live/FunctionVersion"] }),
    ] {
        declare(folder.path(), with(more));
        run(folder.path(), &server.endpoint, "apply --update --yes --quiet").exits(0);
        assert_eq!(alias(&server)["FunctionVersion"], "2");
        run(folder.path(), &server.endpoint, "plan --detailed-exitcode").exits(0);
    }
}

#[test]
fn weights_go_away_also_where_the_version_stays() {
    let (folder, server) = account(&[]);
    let weights = json!({ "FunctionVersion": "2", "RoutingConfig": { "AdditionalVersionWeights": { "3": 0.25 } } });
    put(&server, &weights);
    let shown = run(folder.path(), &server.endpoint, "rollback f --alias live").exits(1).stdout;
    assert!(shown.contains("names version 2 (75%) and version 3 (25%)."), "{shown}");
    run(folder.path(), &server.endpoint, "rollback f --alias live --to 2 --yes").exits(0);
    assert_eq!((&alias(&server)["FunctionVersion"], &alias(&server)["RoutingConfig"]), (&json!("2"), &Value::Null));
    put(&server, &weights);
    run(folder.path(), &server.endpoint, "rollback f --alias live --to 3 --yes").exits(0);
    assert_eq!((&alias(&server)["FunctionVersion"], &alias(&server)["RoutingConfig"]), (&json!("3"), &Value::Null));
}

#[test]
fn nothing_is_moved_to_what_is_not_there_or_does_not_work() {
    let (folder, server) = account(&[]);
    for (arguments, words) in [
        ("rollback f --alias live --to 7 --yes", "there is no version 7 of `f`; nothing was changed"),
        ("rollback f --alias none --to 1 --yes", "there is no alias `none` of a function `f` in us-east-1"),
        ("rollback g --alias live --to 1 --yes", "there is no alias `live` of a function `g`"),
        ("rollback f --alias live --to $LATEST --yes", "write the number of a published version"),
        ("rollback f --alias 1 --to 1 --yes", "not digits alone"),
        ("rollback f --to 1", "--alias"),
    ] {
        let refused = run(folder.path(), &server.endpoint, arguments).exits(1);
        assert!(refused.stderr.contains(words), "{arguments}: {}", refused.stderr);
    }
    let missing = run(folder.path(), &server.endpoint, "rollback f --alias live --to 7 --yes").exits(1);
    assert!(missing.stderr.contains("there are 3, 2, 1"), "{}", missing.stderr);
    let failing = Recorder::between(server.endpoint.trim_start_matches("http://"), |request, ask| {
        let answered = ask();
        if !request.starts_with("GET /2015-03-31/functions/f?Qualifier=1 ") {
            return answered;
        }
        let body = answered.split_once("\r\n\r\n").unwrap().1;
        let body = body.replace("\"State\":\"Active\"", "\"State\":\"Failed\",\"StateReasonCode\":\"InvalidSubnet\"");
        answer("200 OK", "", &body)
    });
    let failed = run(folder.path(), &failing.endpoint, "rollback f --alias live --to 1 --yes").exits(1);
    assert!(failed.stderr.contains("version 1 of `f` does not work: InvalidSubnet"), "{}", failed.stderr);
    assert!(server.take_requests()["UpdateAlias"].is_null());
    assert_eq!(alias(&server)["FunctionVersion"], "3");
}

/// Whether the service did it before its answer was lost, did not, or someone else came first: what is said is what is so.
#[test]
fn lost_answers_and_moves_of_others_are_reported_as_they_are() {
    let is_update = |request: &str| request.starts_with("PUT ");
    for (case, words, code, left) in [
        ("done", "note: the service's answer was lost; the alias was read again", 0, "1"),
        ("undone", "alias `live` was not moved: it names version 3, after this answer", 1, "3"),
        ("moved", "someone else changed alias `live` meanwhile, and it was left alone: it names version 2 now", 1, "2"),
        ("unreadable", "whether alias `live` was moved is not known", 1, "1"),
    ] {
        let (folder, server) = account(&[]);
        let (address, updates) = (server.endpoint.trim_start_matches("http://").to_owned(), AtomicUsize::new(0));
        let endpoint = address.clone();
        let between = Recorder::between(&address, move |request, ask| {
            let is_later = updates.load(Ordering::Relaxed) > 0;
            if is_update(request) {
                updates.fetch_add(1, Ordering::Relaxed);
            }
            match case {
                "done" | "unreadable" if is_update(request) => {
                    ask();
                    String::new()
                }
                "undone" if is_update(request) => answer("503 Service Unavailable", "", "{\"message\":\"no\"}"),
                "unreadable" if is_later => {
                    answer("403 Forbidden", "x-amzn-errortype: AccessDeniedException\r\n", "{}")
                }
                "moved" if is_update(request) => {
                    let body = "{\"FunctionVersion\":\"2\"}";
                    exchange(
                        &endpoint,
                        &format!(
                            "PUT {ALIAS} HTTP/1.1\r\nHost: {endpoint}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                            body.len()
                        ),
                    );
                    ask()
                }
                _ => ask(),
            }
        });
        let ran = run(folder.path(), &between.endpoint, "rollback f --alias live --to 1 --yes").exits(code);
        assert!(ran.stderr.contains(words), "{case}: {}", ran.stderr);
        assert_eq!(alias(&server)["FunctionVersion"], left, "{case}");
        let sent = between.lines().iter().filter(|line| line.starts_with("PUT ")).count();
        assert_eq!(sent, 1, "{case}: never sent again");
    }
}
