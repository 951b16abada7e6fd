//! The emulator's command: against boto3, which knows nothing of emulators (pages of tags, and patience with a throttle),
//! and its end.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use lambdactl_tests::python::Python;
use lambdactl_tests::{Emulator, Lambdactl, http, lambdactl, lambdactl_after};
use serde_json::{Value, json};

#[test]
fn boto3_pages_through_tags_and_is_patient_with_the_quotas() {
    let Some(python) = Python::provision() else { return };
    let emulator = Emulator::start_with(&["--quota", "aws", "--latency", "1ms"]);
    let result = python.run("throttled.py", &[&emulator.endpoint], &Value::Null);

    assert_eq!(result["pages"], json!([["tagged-0"], ["tagged-1"], ["tagged-2"]]));
    assert_eq!(result["tags"], json!([{ "Key": "number", "Value": "0" }]));
    // Every call came through in the end, and boto3 tried again exactly where it was refused. How often that was is a
    // question of the machine's speed.
    let requests = emulator.take_requests();
    for (operation, calls) in [("ListFunctions", "listed"), ("GetResources", "searched")] {
        let (calls, counted) = (&result[calls], &requests[operation]);
        assert_eq!(calls["done"], counted["answered"], "{operation}: {requests}");
        assert_eq!(calls["repeated"], counted["throttled"], "{operation}: {requests}");
    }
}

fn served(command: Lambdactl) -> (Child, String) {
    served_with(command, &[])
}

/// Starts the command and returns it with the address that it answers at.
fn served_with(command: Lambdactl, arguments: &[&str]) -> (Child, String) {
    let mut child = command.args(["emulator", "--port", "0"]).args(arguments).spawn();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit('/').next().unwrap().to_owned();
    (child, address)
}

fn slow_clients(address: &str) -> Vec<TcpStream> {
    let beginnings = [
        "GET /20",
        "GET /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\nX-A: ",
        "POST /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
        "GET /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ];
    let connect = |text: &&str| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    beginnings.iter().map(connect).collect()
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
}

/// Waits for the end and returns the exit code; kills what does not end.
fn end(mut child: Child) -> Option<i32> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(20) {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status.code().unwrap_or(-1));
        }
        sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    None
}

#[cfg(unix)]
#[test]
fn every_signal_ends_it_whatever_clients_do() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["INT", "TERM", "HUP"] {
        let command = || served_with(lambdactl(folder.path()), &["--data", "state", "--fault", "stall=1"]);
        let (child, address) = command();
        let _clients = slow_clients(&address);
        signal(&child, name);
        assert_eq!(end(child), Some(0), "{name}");

        // The store is free again: nobody waits for it.
        let (child, address) = command();
        let _clients = slow_clients(&address);
        sleep(Duration::from_millis(200));
        let began = Instant::now();
        signal(&child, name);
        sleep(Duration::from_millis(200));
        signal(&child, name);
        assert_eq!(end(child), Some(0), "{name}, twice");
        assert!(began.elapsed() < Duration::from_secs(3), "{name}, twice: {:?}", began.elapsed());
    }
}

#[cfg(unix)]
#[test]
fn signal_to_one_that_nobody_asks_anything_ends_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (child, address) = served(lambdactl(folder.path()));
    // An idle connection is no request.
    let _idle = TcpStream::connect(address).unwrap();
    let began = Instant::now();
    signal(&child, "TERM");
    assert_eq!(end(child), Some(0));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[cfg(unix)]
#[test]
fn slow_clients_and_few_files_keep_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    for files in [64, 20] {
        let (child, address) = served(lambdactl_after(folder.path(), &format!("ulimit -n {files}")));
        let _slow: Vec<_> = (0..16).flat_map(|_| slow_clients(&address)).collect();
        for _ in 0..3 {
            let began = Instant::now();
            let answer = http::send(&format!("http://{address}"), "GET", "/2015-03-31/functions");
            assert!(answer.contains("Functions"), "{answer}");
            assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
        }
        signal(&child, "TERM");
        assert_eq!(end(child), Some(0));
    }
}

/// What invocations answer can come from a file, which is read before anything is served.
#[cfg(unix)]
#[test]
fn invocations_answer_what_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("answer.json"), r#"{"status":"ok"}"#).unwrap();
    std::fs::write(folder.path().join("broken.json"), "secret-{").unwrap();
    for (file, text) in [("broken.json", "broken.json is no JSON"), ("none.json", "none.json cannot be read")] {
        let ended = lambdactl(folder.path()).args(["emulator", "--port", "0", "--invoke", file]).run();
        let ended = ended.exits(1);
        assert!(ended.stderr.contains(text) && !ended.stderr.contains("secret"), "{}", ended.stderr);
    }
    let (child, address) = served_with(lambdactl(folder.path()), &["--invoke", "answer.json"]);
    let endpoint = format!("http://{address}");
    let missing = http::send(&endpoint, "POST", "/2015-03-31/functions/f/invocations");
    assert!(missing.contains("Function not found"), "{missing}");
    signal(&child, "TERM");
    assert_eq!(end(child), Some(0));
}
