//! Applies through everything that goes wrong: each function is created once, and what the report says is true.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const FUNCTION: &str = "Runtime: python3.13, Handler: app.handler, \
                        Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: my-bucket, S3Key: app.zip}";

fn write_manifest(folder: &Path, count: usize) {
    let mut manifest = String::from("name: faults\nregion: us-east-1\nfunctions:\n");
    for index in 0..count {
        writeln!(manifest, "  - {{FunctionName: function-{index}, {FUNCTION}, MemorySize: {}}}", 128 + index).unwrap();
    }
    fs::write(folder.join("lambda.yaml"), manifest).unwrap();
}

fn run(folder: &Path, endpoint: &str, arguments: &[&str]) -> Ran {
    // The pace is the matter of another test.
    lambdactl(folder)
        .args(arguments)
        .args(["--rate", "0", "--get-function-rate", "0", "--format", "json"])
        .against(endpoint)
        .run()
}

fn created(requests: &Value) -> u64 {
    requests["CreateFunction"]["answered"].as_u64().unwrap_or_default()
}

/// With `FAULTS_ALL` set, 20 seeds of 50 functions for each fault: some minutes.
#[test]
fn every_fault_ends_in_every_function_created_once() {
    let faults: [&[&str]; 6] = [
        &["throttle=0.3"],
        &["error=0.2"],
        &["error-after=0.2"],
        &["drop-before=0.2"],
        &["drop-after=0.2"],
        &["throttle=0.1", "error=0.1", "error-after=0.1", "drop-before=0.1", "drop-after=0.1"],
    ];
    let (seeds, count) = if std::env::var_os("FAULTS_ALL").is_some() { (20, 50) } else { (1, 20) };
    for (kinds, seed) in faults.iter().flat_map(|kinds| (0..seeds).map(move |seed| (kinds, seed))) {
        let folder = tempfile::tempdir().unwrap();
        // Three functions were there before, and one of them is another than the manifest's.
        write_manifest(folder.path(), 3);
        let text = fs::read_to_string(folder.path().join("lambda.yaml")).unwrap();
        fs::write(folder.path().join("lambda.yaml"), text.replace("MemorySize: 129", "MemorySize: 999")).unwrap();
        lambdactl(folder.path()).args(["apply", "--yes", "--local", "--quiet"]).run().exits(0);
        write_manifest(folder.path(), count);

        let data = folder.path().join(".lambdactl");
        let seed = seed.to_string();
        let mut arguments = vec!["--data", data.to_str().unwrap(), "--seed", &seed];
        arguments.extend(kinds.iter().flat_map(|kind| ["--fault", kind]));
        let server = Emulator::start_with(&arguments);
        // A fault may well be the end of one run; another run goes on from there.
        let has_ended = (0..8).any(|_| {
            let ran = run(folder.path(), &server.endpoint, &["apply", "--yes"]);
            if ran.stdout.is_empty() {
                return false;
            }
            let report = ran.json();
            let rows = report["functions"].as_array().unwrap();
            let names: BTreeSet<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
            assert_eq!((rows.len(), names.len()), (count, count), "{kinds:?} {seed}");
            let failed = rows.iter().filter(|row| row["status"] == "failed").count();
            assert_eq!(ran.code, i32::from(failed > 0), "{kinds:?} {seed}: {}", ran.stdout);
            failed == 0
        });
        assert!(has_ended, "{kinds:?} {seed}");
        drop(server);

        let plan = lambdactl(folder.path()).args(["plan", "--local", "--format", "json"]).run().exits(0).json();
        assert_eq!(plan["summary"]["unchanged"], count - 1, "{kinds:?} {seed}: {plan}");
        let drift = &plan["functions"][1];
        assert_eq!(
            (&drift["action"], &drift["changes"][0]["before"]),
            (&json!("drift"), &json!(999)),
            "{kinds:?} {seed}"
        );
    }
}

#[test]
fn throttles_alone_never_cost_a_function() {
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), 20);
    let server = Emulator::start_with(&["--fault", "throttle=0.6"]);
    let report = run(folder.path(), &server.endpoint, &["apply", "--yes"]).exits(0).json();
    assert_eq!(report["summary"]["applied"], 20);
}

#[test]
fn new_role_is_waited_for_and_said_so() {
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), 3);
    let server = Emulator::start_with(&["--role-lag", "3s", "--pending", "1s"]);
    let ran = run(folder.path(), &server.endpoint, &["apply", "--yes"]).exits(0);
    assert_eq!(ran.json()["summary"]["applied"], 3);
    assert!(ran.stderr.contains("waiting for the role to be usable"), "{}", ran.stderr);
}

#[test]
fn waiting_holds_up_no_creation() {
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), 12);
    let server = Emulator::start_with(&["--pending", "4s"]);
    let began = std::time::Instant::now();
    run(folder.path(), &server.endpoint, &["apply", "--yes", "--parallelism", "1"]).exits(0);
    // One after the other they would take 48 seconds.
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(created(&server.take_requests()), 12);
    let not_ready = run(folder.path(), &server.endpoint, &["plan", "--detailed-exitcode"]).exits(0).json();
    assert_eq!(not_ready["summary"]["unchanged"], 12);
}

/// Starts an apply that takes a while, and returns it once it has begun to create.
#[cfg(unix)]
fn begun(folder: &Path, server: &Emulator) -> std::process::Child {
    let arguments = ["apply", "--yes", "--format", "json", "--rate", "10"];
    let child = lambdactl(folder).args(arguments).against(&server.endpoint).spawn();
    let has_begun = (0..600).any(|_| {
        let counts = lambdactl_tests::http::send(&server.endpoint, "GET", "/_emulator/requests");
        std::thread::sleep(Duration::from_millis(50));
        created(&serde_json::from_str(&counts).unwrap()) >= 5
    });
    assert!(has_begun, "nothing was created in 30 seconds");
    child
}

#[cfg(unix)]
fn signal(child: &std::process::Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn first_signal_finishes_what_is_in_flight_and_reports() {
    for name in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        write_manifest(folder.path(), 60);
        let server = Emulator::start_with(&["--pending", "1s"]);
        let child = begun(folder.path(), &server);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let applied = report["summary"]["applied"].as_u64().unwrap();
        assert_eq!(applied + report["summary"]["skipped"].as_u64().unwrap(), 60, "{report}");
        assert!(applied >= 5 && report["summary"]["skipped"] != 0, "{report}");
        assert_eq!(created(&server.take_requests()), applied, "what was sent is what is reported");
        let rest = run(folder.path(), &server.endpoint, &["apply", "--yes"]).exits(0).json();
        assert_eq!(rest["summary"]["applied"].as_u64().unwrap() + applied, 60);
    }
}

#[cfg(unix)]
#[test]
fn second_signal_and_a_kill_leave_nothing_that_the_next_apply_cannot_finish() {
    for hard in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        write_manifest(folder.path(), 60);
        let server = Emulator::start_with(&["--pending", "60s"]);
        let mut child = begun(folder.path(), &server);
        if hard {
            signal(&child, "-KILL");
        } else {
            signal(&child, "-INT");
            std::thread::sleep(Duration::from_millis(500));
            signal(&child, "-INT");
        }
        // Functions are pending for a minute: only an end at once is soon.
        for _ in 0..400 {
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(child.try_wait().unwrap().is_some_and(|status| !status.success()));
        run(folder.path(), &server.endpoint, &["apply", "--yes", "--no-wait"]).exits(0);
        assert_eq!(created(&server.take_requests()), 60, "each was created once");
        run(folder.path(), &server.endpoint, &["plan", "--detailed-exitcode"]).exits(0);
    }
}

#[test]
fn reading_ends_with_the_timeout_though_everything_is_throttled() {
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), 2);
    let server = Emulator::start_with(&["--fault", "throttle=1"]);
    let began = std::time::Instant::now();
    let ran = run(folder.path(), &server.endpoint, &["apply", "--yes", "--timeout", "2s"]).exits(1);
    assert!(ran.stderr.contains("TooManyRequestsException"), "{}", ran.stderr);
    // Without the limit it takes ten minutes.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}
