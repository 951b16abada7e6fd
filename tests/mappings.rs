//! Event source mappings through the program: those of others, those that AWS changes by itself, those that move, answers that
//! are lost, and what may not be read.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use lambdactl_tests::http::{Recorder, answer, exchange, send};
use lambdactl_tests::python::{Peer, Python, write_manifest};
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:orders";
const LIST: &str = "/2015-03-31/event-source-mappings";

/// A function with a version and an alias, and what more stands beside it.
fn function(name: &str, more: Value) -> Value {
    let mut function = json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }, "Publish": true
    });
    function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    function
}

fn of_alias(mappings: Value) -> Value {
    json!({ "Aliases": { "live": { "FunctionVersion": "published", "EventSourceMappings": mappings } } })
}

fn declare(folder: &Path, functions: &[Value]) {
    write_manifest(folder, &json!({ "name": "ours", "region": "us-east-1", "functions": functions }));
}

fn run(folder: &Path, endpoint: &str, arguments: &str) -> Ran {
    lambdactl(folder)
        .args(arguments.split(' '))
        .args(["--format", "json", "--rate", "0", "--get-function-rate", "0"])
        .against(endpoint)
        .run()
}

/// The row of the first function.
fn row(ran: &Ran) -> Value {
    ran.json()["functions"][0].take()
}

fn post(endpoint: &str, path: &str, body: &Value) -> Value {
    let (host, body) = (endpoint.trim_start_matches("http://"), body.to_string());
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    serde_json::from_str(&exchange(host, &request)).unwrap()
}

/// The mappings that the server has.
fn mappings(endpoint: &str) -> Vec<Value> {
    let listed: Value = serde_json::from_str(&send(endpoint, "GET", LIST)).unwrap();
    listed["EventSourceMappings"].as_array().unwrap().clone()
}

#[test]
fn a_mapping_that_the_service_disabled_is_drift_with_its_words_and_an_error_when_it_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start_with(&["--failing", "mapping=f"]);
    declare(folder.path(), &[function("f", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes").exits(0);
    declare(folder.path(), &[function("f", json!({ "EventSourceMappings": [{ "EventSourceArn": QUEUE }] }))]);
    let ran = run(folder.path(), &server.endpoint, "apply --yes").exits(1);
    let row_of = row(&ran);
    assert_eq!(row_of["error"]["code"], "MappingDisabled", "{row_of}");
    assert!(row_of["error"]["message"].as_str().unwrap().contains("PROBLEM"), "{row_of}");
    let plan = row(&run(folder.path(), &server.endpoint, "plan --update").exits(0));
    assert_eq!(plan["changes"][0]["path"], "/EventSourceMappings/0/Enabled", "{plan}");
    assert_eq!((&plan["changes"][0]["before"], &plan["changes"][0]["after"]), (&json!(false), &json!(true)));
    assert!(plan["notes"].to_string().contains("PROBLEM"), "{plan}");
    // One try in each apply, and no more.
    server.take_requests();
    run(folder.path(), &server.endpoint, "apply --yes --update").exits(1);
    let requests = server.take_requests();
    assert_eq!(requests["UpdateEventSourceMapping"]["answered"], 1, "{requests}");
}

#[test]
fn one_queue_feeds_two_functions_and_moves_between_a_function_and_its_alias() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start_with(&["--updating", "20ms"]);
    let one = json!([{ "EventSourceArn": QUEUE, "BatchSize": 5 }]);
    let own = json!({ "EventSourceMappings": one });
    declare(folder.path(), &[function("f", own.clone()), function("g", own.clone())]);
    run(folder.path(), &server.endpoint, "apply --yes").exits(0);
    assert_eq!(mappings(&server.endpoint).len(), 2);
    let uuid = |endpoint: &str| {
        let all = mappings(endpoint);
        let mine = all.iter().find(|one| one["FunctionArn"].as_str().unwrap().contains(":function:f")).unwrap().clone();
        (mine["UUID"].clone(), mine["FunctionArn"].as_str().unwrap().rsplit(':').next().unwrap().to_owned())
    };
    let (first, fed) = uuid(&server.endpoint);
    assert_eq!(fed, "f");
    for (more, fed) in [(of_alias(one.clone()), "live"), (own.clone(), "f")] {
        declare(folder.path(), &[function("f", more), function("g", own.clone())]);
        let plan = row(&run(folder.path(), &server.endpoint, "plan --update").exits(0));
        let alias = run(folder.path(), &server.endpoint, "apply --yes --update").exits(0);
        assert_eq!(uuid(&server.endpoint), (first.clone(), fed.to_owned()), "{plan} {}", alias.stdout);
        let plan = run(folder.path(), &server.endpoint, "plan --update --prune").exits(0);
        assert_eq!(plan.json()["summary"]["unchanged"], 2, "{}", plan.stdout);
    }
}

/// Whether AWS takes both is not known; the emulator refuses the second one, and the report says so in its words.
#[test]
fn a_function_and_its_alias_with_one_queue_are_a_warning_and_what_the_service_says() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start();
    let mut both = of_alias(json!([{ "EventSourceArn": QUEUE }]));
    both["EventSourceMappings"] = json!([{ "EventSourceArn": QUEUE }]);
    declare(folder.path(), &[function("f", both)]);
    let ran = run(folder.path(), &server.endpoint, "apply --yes").exits(1);
    assert!(ran.stderr.contains("warning[L085]"), "{}", ran.stderr);
    let message = row(&ran)["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("already exists"), "{message}");
    assert_eq!(mappings(&server.endpoint).len(), 1);
    // What is refused is not tried without end.
    server.take_requests();
    run(folder.path(), &server.endpoint, "apply --yes").exits(1);
    let requests = server.take_requests();
    assert_eq!(requests["CreateEventSourceMapping"]["answered"], 2, "{requests}");
}

#[test]
fn what_was_left_by_a_function_of_that_name_is_made_what_the_manifest_says() {
    let folder = tempfile::tempdir().unwrap();
    for (left, calls) in [
        (json!({ "EventSourceArn": QUEUE, "FunctionName": "f", "BatchSize": 3 }), "UpdateEventSourceMapping"),
        (json!({ "EventSourceArn": QUEUE, "FunctionName": "f", "BatchSize": 5 }), ""),
    ] {
        let server = Emulator::start_with(&["--updating", "20ms"]);
        declare(folder.path(), &[function("f", json!({}))]);
        run(folder.path(), &server.endpoint, "apply --yes").exits(0);
        post(&server.endpoint, LIST, &left);
        send(&server.endpoint, "DELETE", "/2015-03-31/functions/f");
        assert_eq!(mappings(&server.endpoint).len(), 1);
        server.take_requests();
        declare(
            folder.path(),
            &[function("f", json!({ "EventSourceMappings": [{ "EventSourceArn": QUEUE, "BatchSize": 5 }] }))],
        );
        run(folder.path(), &server.endpoint, "apply --yes").exits(0);
        let requests = server.take_requests();
        assert_eq!(!requests["UpdateEventSourceMapping"].is_null(), !calls.is_empty(), "{requests}");
        let there = mappings(&server.endpoint);
        assert_eq!((there.len(), &there[0]["BatchSize"]), (1, &json!(5)));
        let plan = row(&run(folder.path(), &server.endpoint, "plan --update --prune").exits(0));
        assert_eq!(plan["action"], "unchanged", "{plan}");
    }
}

#[test]
fn mappings_of_others_are_adopted_by_what_they_are_and_never_pruned() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start();
    declare(folder.path(), &[function("f", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes").exits(0);
    let queue = |number: usize| format!("{QUEUE}{number}");
    post(&server.endpoint, LIST, &json!({ "EventSourceArn": queue(1), "FunctionName": "f", "BatchSize": 7 }));
    post(
        &server.endpoint,
        LIST,
        &json!({ "EventSourceArn": queue(2), "FunctionName": "f", "Tags": { "lambdactl:manifest": "theirs" } }),
    );
    declare(
        folder.path(),
        &[function(
            "f",
            json!({ "EventSourceMappings": [
        { "EventSourceArn": queue(1) }, { "EventSourceArn": queue(3), "Enabled": false }
    ] }),
        )],
    );
    let plan = row(&run(folder.path(), &server.endpoint, "plan").exits(0));
    assert_eq!(plan["action"], "update", "{plan}");
    run(folder.path(), &server.endpoint, "apply --yes").exits(0);
    let plan = row(&run(folder.path(), &server.endpoint, "plan --update").exits(0));
    assert_eq!(
        plan["changes"],
        json!([{ "path": "/EventSourceMappings/0/BatchSize", "before": 7, "after": 10, "sensitive": false }])
    );
    // Of the three only the one that lambdactl made is its own.
    declare(folder.path(), &[function("f", json!({ "EventSourceMappings": [] }))]);
    let plan = row(&run(folder.path(), &server.endpoint, "plan").exits(0));
    assert_eq!(plan["action"], "unchanged", "{plan}");
    run(folder.path(), &server.endpoint, "apply --yes --prune --max-deletes 0").exits(1);
    assert_eq!(mappings(&server.endpoint).len(), 3);
    run(folder.path(), &server.endpoint, "apply --yes --prune").exits(0);
    let left: Vec<Value> = mappings(&server.endpoint).iter().map(|one| one["EventSourceArn"].clone()).collect();
    assert_eq!(left, [json!(queue(1)), json!(queue(2))]);
    // `null` says that none must be there, whose it may be.
    declare(folder.path(), &[function("f", json!({ "EventSourceMappings": null }))]);
    run(folder.path(), &server.endpoint, "apply --yes --prune").exits(0);
    assert_eq!(mappings(&server.endpoint), [] as [Value; 0]);
}

#[test]
fn mappings_that_the_manifest_made_go_with_the_function() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start_with(&["--updating", "20ms"]);
    let fed = |more: Value| function("f", json!({ "EventSourceMappings": [more] }));
    declare(folder.path(), &[fed(json!({ "EventSourceArn": QUEUE })), function("g", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes").exits(0);
    declare(folder.path(), &[function("g", json!({}))]);
    post(&server.endpoint, LIST, &json!({ "EventSourceArn": format!("{QUEUE}2"), "FunctionName": "f" }));
    let plan = run(folder.path(), &server.endpoint, "plan --prune").exits(0);
    assert!(plan.stdout.contains("it may be in use: event source mapping"), "{}", plan.stdout);
    let other = mappings(&server.endpoint).into_iter().find(|one| one["EventSourceArn"] != QUEUE).unwrap();
    send(&server.endpoint, "DELETE", &format!("{LIST}/{}", other["UUID"].as_str().unwrap()));
    let plan = run(folder.path(), &server.endpoint, "plan --prune").exits(0);
    assert!(plan.stdout.contains("deleted before it: event source mapping"), "{}", plan.stdout);
    run(folder.path(), &server.endpoint, "apply --yes --prune").exits(0);
    assert_eq!(mappings(&server.endpoint), [] as [Value; 0]);
    assert!(send(&server.endpoint, "GET", "/2015-03-31/functions/f").contains("not found"));
}

/// Loses the answer of one call that changes a mapping, after or before it took effect.
#[test]
fn lost_answers_of_mappings_do_nothing_twice() {
    for (verb, lost_before) in
        [("POST", false), ("POST", true), ("PUT", false), ("PUT", true), ("DELETE", false), ("DELETE", true)]
    {
        let server = Emulator::start_with(&["--updating", "20ms"]);
        let seen = AtomicUsize::new(0);
        let losing = Recorder::between(server.endpoint.trim_start_matches("http://"), move |request, ask| {
            let is_meant = request.starts_with(verb) && request.contains("event-source-mappings");
            match is_meant && seen.fetch_add(1, Ordering::Relaxed) == 0 {
                true if lost_before => String::new(),
                true => {
                    ask();
                    String::new()
                }
                false => ask(),
            }
        });
        let folder = tempfile::tempdir().unwrap();
        let mut state = json!({ "EventSourceMappings": [{ "EventSourceArn": QUEUE, "BatchSize": 5 }] });
        declare(folder.path(), &[function("f", json!({}))]);
        run(folder.path(), &losing.endpoint, "apply --yes").exits(0);
        declare(folder.path(), &[function("f", state.clone())]);
        run(folder.path(), &losing.endpoint, "apply --yes").exits(0);
        state["EventSourceMappings"][0]["BatchSize"] = json!(6);
        declare(folder.path(), &[function("f", state)]);
        run(folder.path(), &losing.endpoint, "apply --yes --update").exits(0);
        let there = mappings(&server.endpoint);
        assert_eq!((there.len(), &there[0]["BatchSize"]), (1, &json!(6)), "{verb} {lost_before}");
        declare(folder.path(), &[function("f", json!({ "EventSourceMappings": null }))]);
        run(folder.path(), &losing.endpoint, "apply --yes --prune").exits(0);
        assert_eq!(mappings(&server.endpoint), [] as [Value; 0], "{verb} {lost_before}");
    }
}

/// A mapping, and a statement, that are taken away and made anew: in between they are missing.
#[test]
fn lost_answers_in_the_middle_of_a_renewal_end_as_it_was_shown() {
    for (path, lost_before) in
        [("event-source-mappings", true), ("event-source-mappings", false), ("/policy", true), ("/policy", false)]
    {
        let server = Emulator::start_with(&["--updating", "20ms"]);
        let seen = AtomicUsize::new(0);
        let losing = Recorder::between(server.endpoint.trim_start_matches("http://"), move |request, ask| {
            // The second one: the first is that of the creation.
            let is_meant = request.starts_with("POST") && request.lines().next().unwrap().contains(path);
            match is_meant && seen.fetch_add(1, Ordering::Relaxed) == 1 {
                true if lost_before => String::new(),
                true => {
                    ask();
                    String::new()
                }
                false => ask(),
            }
        });
        let state = |word: &str| {
            function(
                "f",
                json!({
                    "EventSourceMappings": [{
                        "SelfManagedEventSource": { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["a.example.com:9092"] } },
                        "Topics": ["audit"], "SelfManagedKafkaEventSourceConfig": { "ConsumerGroupId": word },
                        "SourceAccessConfigurations": [{ "Type": "BASIC_AUTH", "URI": "s" }]
                    }],
                    "Permissions": { "s3": { "Principal": "s3.amazonaws.com", "SourceAccount": "123456789012", "SourceArn": format!("arn:aws:s3:::{word}") } }
                }),
            )
        };
        let folder = tempfile::tempdir().unwrap();
        declare(folder.path(), &[state("one")]);
        run(folder.path(), &losing.endpoint, "apply --yes").exits(0);
        declare(folder.path(), &[state("other")]);
        run(folder.path(), &losing.endpoint, "apply --yes --update").exits(0);
        let plan = row(&run(folder.path(), &losing.endpoint, "plan --update --prune").exits(0));
        assert_eq!(plan["action"], "unchanged", "{path} {lost_before}: {plan}");
    }
}

#[test]
fn a_mapping_that_is_still_in_the_making_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Emulator::start_with(&["--pending", "1s"]);
    declare(folder.path(), &[function("f", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes").exits(0);
    declare(folder.path(), &[function("f", json!({ "EventSourceMappings": [{ "EventSourceArn": QUEUE }] }))]);
    run(folder.path(), &server.endpoint, "apply --yes --no-wait").exits(0);
    assert_eq!(mappings(&server.endpoint)[0]["State"], "Creating");
    let ran = row(&run(folder.path(), &server.endpoint, "apply --yes").exits(0));
    assert_eq!(
        (&ran["status"], &mappings(&server.endpoint)[0]["State"]),
        (&json!("unchanged"), &json!("Enabled")),
        "{ran}"
    );
}

#[test]
fn what_may_not_be_read_is_a_note_and_the_rest_is_planned() {
    let server = Emulator::start();
    let denying = Recorder::between(server.endpoint.trim_start_matches("http://"), |request, ask| {
        match request.starts_with("GET /2015-03-31/event-source-mappings") {
            true => answer("403 Forbidden", "x-amzn-errortype: AccessDeniedException\r\n", r#"{"Message":"no"}"#),
            false => ask(),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    declare(folder.path(), &[function("f", json!({}))]);
    run(folder.path(), &server.endpoint, "apply --yes").exits(0);
    declare(
        folder.path(),
        &[function("f", json!({ "Timeout": 9, "EventSourceMappings": [{ "EventSourceArn": QUEUE }] }))],
    );
    let plan = row(&run(folder.path(), &denying.endpoint, "plan --update").exits(0));
    assert_eq!(plan["action"], "update", "{plan}");
    assert!(plan["notes"].to_string().contains("AccessDeniedException"), "{plan}");
}

/// A server that takes two mappings of one source: what AWS itself refuses today may be there from before.
#[test]
fn two_of_one_source_are_an_error_until_a_uuid_decides() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::ministack(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    let folder = tempfile::tempdir().unwrap();
    let of = |mapping: Value| declare(folder.path(), &[function("f", json!({ "EventSourceMappings": [mapping] }))]);
    of(json!({ "EventSourceArn": QUEUE }));
    run(folder.path(), &endpoint, "apply --yes").exits(0);
    post(&endpoint, LIST, &json!({ "EventSourceArn": QUEUE, "FunctionName": "f" }));
    let there = mappings(&endpoint);
    assert_eq!(there.len(), 2);
    let ran = run(folder.path(), &endpoint, "plan").exits(1);
    for mapping in &there {
        assert!(ran.stdout.contains(mapping["UUID"].as_str().unwrap()), "{}", ran.stdout);
    }
    of(json!({ "EventSourceArn": QUEUE, "UUID": there[1]["UUID"], "BatchSize": 3 }));
    run(folder.path(), &endpoint, "apply --yes --update").exits(0);
    let sizes: Vec<Value> = mappings(&endpoint).iter().map(|one| one["BatchSize"].clone()).collect();
    assert_eq!(sizes, [json!(10), json!(3)]);
}
