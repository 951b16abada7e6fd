//! `lambdactl reconcile`: what is edited or drifts is brought to where the manifest wants it, whatever happens on the way, and
//! nothing is done where nothing has changed.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use lambdactl_tests::http::{Recorder, answer, exchange, try_exchange};
use lambdactl_tests::python::Python;
use lambdactl_tests::{Emulator, lambdactl};
use serde_json::{Value, json};

const REGION: &str = "us-west-2";

/// A folder with a manifest, and an emulator.
struct Place {
    folder: tempfile::TempDir,
    server: Emulator,
}

/// A running `lambdactl reconcile`, killed when dropped.
struct Running {
    child: Child,
    log: PathBuf,
    /// Where its server answers, as `127.0.0.1:PORT`.
    address: String,
}

impl Place {
    fn new(arguments: &[&str]) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), server: Emulator::start_with(arguments) }
    }

    /// Writes a manifest of so many functions, beside its place and renamed, as editors and git do.
    fn declare(&self, count: usize, more: &str) {
        let mut text = format!("name: shop\nregion: {REGION}\nfunctions:\n");
        for index in 0..count {
            writeln!(
                text,
                "  - {{FunctionName: f{index}, Runtime: python3.13, Handler: a.b, Role: 'arn:aws:iam::123456789012:role/r', \
                 Code: {{S3Bucket: my-bucket, S3Key: k}}, Tags: {{team: a}}{}}}",
                if index == 0 { more } else { "" }
            )
            .unwrap();
        }
        self.write(&text);
    }

    fn write(&self, text: &str) {
        let beside = self.folder.path().join("lambda.yaml.new");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, self.folder.path().join("lambda.yaml")).unwrap();
    }

    fn start(&self, arguments: &[&str]) -> Running {
        self.start_against(&self.server.endpoint, arguments)
    }

    fn start_against(&self, endpoint: &str, arguments: &[&str]) -> Running {
        let log = self.folder.path().join("log");
        fs::write(&log, "").unwrap();
        let mut child = lambdactl(self.folder.path())
            .args(["reconcile", "--update", "--listen", "127.0.0.1:0", "--rate", "0", "--get-function-rate", "0"])
            .args(arguments)
            .against(endpoint)
            .spawn_logging(&log);
        let end = Instant::now() + Duration::from_secs(30);
        let address = loop {
            let text = fs::read_to_string(&log).unwrap();
            let line = text.split_once("listening on http://").and_then(|(_, rest)| rest.split_once('\n'));
            if let Some((address, _)) = line {
                break address.to_owned();
            }
            assert!(Instant::now() < end && child.try_wait().unwrap().is_none(), "{text}");
            std::thread::sleep(Duration::from_millis(5));
        };
        Running { child, log, address }
    }

    /// Calls the emulator as for the region.
    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let (host, body) = (self.server.endpoint.trim_start_matches("http://"), body.to_string());
        let scope = format!("AWS4-HMAC-SHA256 Credential=a/20260101/{REGION}/lambda/aws4_request");
        let length = body.len();
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: {scope}\r\n");
        // Faults of the server meet these calls, too.
        let answer = try_exchange(host, &format!("{head}Content-Length: {length}\r\n\r\n{body}"));
        answer.and_then(|answer| serde_json::from_str(&answer).ok()).unwrap_or(Value::Null)
    }

    fn function(&self, name: &str) -> Value {
        self.send("GET", &format!("/2015-03-31/functions/{name}"), &json!({}))["Configuration"].clone()
    }

    fn drift(&self, name: &str, timeout: u32) {
        let changed =
            self.send("PUT", &format!("/2015-03-31/functions/{name}/configuration"), &json!({ "Timeout": timeout }));
        assert_eq!(changed["Timeout"], timeout, "{changed}");
    }

    fn wait_for(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while !is_so() {
            assert!(Instant::now() < end, "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Running {
    fn get(&self, path: &str) -> String {
        let address = &self.address;
        exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
    }

    fn metric(&self, line: &str) -> Option<f64> {
        self.get("/metrics").lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok())
    }

    fn passes(&self) -> u64 {
        self.metric("lambdactl_passes_total{location=\"\",kind=\"full\",result=\"ok\"}").unwrap_or_default() as u64
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    fn signal(&self, name: &str) {
        Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
    }

    /// Waits for the end, and returns the exit code.
    fn end(mut self) -> i32 {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(Instant::now() < end, "{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until so many passes have ended well.
    fn wait_for_passes(&self, count: u64) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.passes() < count {
            assert!(Instant::now() < end, "{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mutating(requests: &Value) -> Vec<String> {
    let names = requests.as_object().unwrap().keys();
    names.filter(|name| !["Get", "List"].iter().any(|verb| name.starts_with(verb))).cloned().collect()
}

#[test]
fn edits_and_drift_are_mended_and_quiet_passes_change_nothing() {
    let place = Place::new(&[]);
    place.declare(3, "");
    let running = place.start(&["--interval", "400ms", "--settle", "100ms"]);
    place.wait_for("creation", || place.function("f2")["FunctionName"] == "f2");
    running.wait_for_passes(2);
    place.server.take_requests();
    let before = running.passes();
    running.wait_for_passes(before + 3);
    assert_eq!(mutating(&place.server.take_requests()), [] as [&str; 0]);

    place.declare(3, ", Timeout: 30");
    place.wait_for("the edit", || place.function("f0")["Timeout"] == 30);
    place.drift("f1", 77);
    place.wait_for("the drift", || place.function("f1")["Timeout"] == 3);
    place.wait_for("its line", || running.log().contains("f1: brought back: Timeout"));
    let log = running.log();
    assert!(log.contains("f0: updated: Timeout"), "{log}");
    assert_eq!(log.matches("f0: created").count(), 1, "{log}");
    assert_eq!(running.metric("lambdactl_drift_corrected_total{location=\"\"}"), Some(1.0));
    assert_eq!(running.metric("lambdactl_functions{location=\"\",state=\"ready\"}"), Some(3.0));
    assert_eq!((running.get("/healthz"), running.get("/readyz")), ("ok\n".to_owned(), "ok\n".to_owned()));
    running.signal("TERM");
    assert_eq!(running.end(), 0);
}

#[test]
fn edits_and_drift_are_mended_under_faults() {
    let faults = ["throttle=0.1", "error=0.05", "error-after=0.05", "drop-before=0.05", "drop-after=0.05"];
    let arguments: Vec<&str> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let place = Place::new(&arguments);
    place.declare(8, "");
    let running = place.start(&["--interval", "400ms", "--settle", "100ms", "--prune"]);
    running.wait_for_passes(1);
    let timeout = |name: &str| place.function(name)["Timeout"].as_u64();
    for round in 1..=6_u64 {
        let count = 8 - usize::try_from(round % 2).unwrap();
        place.declare(count, &format!(", Timeout: {}", 100 + round));
        place.wait_for("the edit", || timeout("f0") == Some(100 + round));
        place.send("PUT", "/2015-03-31/functions/f1/configuration", &json!({ "Timeout": 77 }));
        place.wait_for("the drift", || timeout("f1") == Some(3));
    }
    place.wait_for("the end", || {
        let listed = place.send("GET", "/2015-03-31/functions/", &json!({}));
        listed["Functions"].as_array().is_some_and(|functions| functions.len() == 8)
    });
    running.signal("TERM");
    assert_eq!(running.end(), 0);
}

/// Two minutes with an edit each second: the longer run, an hour, is a bench.
#[cfg(target_os = "linux")]
#[test]
fn memory_stays_as_it_is() {
    const SECONDS: u32 = 120;
    let place = Place::new(&[]);
    place.declare(100, "");
    let running = place.start(&["--interval", "500ms", "--settle", "100ms"]);
    running.wait_for_passes(2);
    let memory = || running.metric("process_resident_memory_bytes").unwrap();
    let mut settled = 0.0;
    for second in 0..SECONDS {
        place.declare(100, &format!(", Timeout: {}, Environment: {{Variables: {{A: value-{second}}}}}", 10 + second));
        std::thread::sleep(Duration::from_secs(1));
        if second == SECONDS / 4 {
            settled = memory();
        }
    }
    let grown = memory() / settled;
    println!(
        "{:.1} MB after {} passes, {grown:.3} times what it was after a quarter",
        memory() / 1e6,
        running.passes()
    );
    assert!(grown < 1.1, "{grown}");
}

#[test]
fn one_function_among_a_thousand_costs_no_more_than_a_plan() {
    let place = Place::new(&[]);
    place.declare(1000, "");
    let setup =
        lambdactl(place.folder.path()).args(["apply", "--yes", "--quiet", "--rate", "0", "--get-function-rate", "0"]);
    setup.args(["--parallelism", "32"]).against(&place.server.endpoint).run().exits(0);
    let running = place.start(&["--interval", "1h"]);
    running.wait_for_passes(1);
    place.server.take_requests();
    let first: f64 = running
        .get("/metrics")
        .lines()
        .filter(|line| line.starts_with("lambdactl_aws_requests_total"))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    place.drift("f500", 99);
    running.signal("HUP");
    place.wait_for("the drift", || place.function("f500")["Timeout"] == 3);
    running.wait_for_passes(2);
    let requests = place.server.take_requests();
    // This test's own: one change, and looks at the function.
    let sent = || {
        let metrics = running.get("/metrics");
        let lines = metrics.lines().filter(|line| line.starts_with("lambdactl_aws_requests_total")).map(str::to_owned);
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>()
    };
    let mended = sent() - first;
    println!(
        "a pass over 1,000 functions that mends one: {mended} requests; the first one, which counts them: {first}"
    );
    assert!(mended <= 35.0, "{mended}");
    let own = ["UpdateFunctionConfiguration", "GetFunction"];
    assert!(mutating(&requests).iter().all(|name| own.contains(&name.as_str())), "{requests}");
    running.signal("HUP");
    running.wait_for_passes(3);
    println!("one that changes nothing: {}", sent() - first - mended);
}

#[test]
fn health_is_asked_for_in_shares_between_the_passes() {
    let place = Place::new(&["--failing", "create=f37"]);
    place.declare(40, "");
    let running = place.start(&["--interval", "600ms"]);
    let shares = || {
        let metrics = running.get("/metrics");
        metrics.matches("kind=\"share\"").count()
    };
    place.wait_for("a share", || shares() > 0);
    place.wait_for("the function that does not work", || running.log().contains("f37: "));
    // A pass over lists, which do not say it, does not take it back.
    let before = running.passes();
    running.wait_for_passes(before + 2);
    assert_eq!(running.metric("lambdactl_functions{location=\"\",state=\"failed\"}"), Some(1.0));
    assert_eq!(running.log().matches("f37: ").count(), 1, "{}", running.log());
}

#[test]
fn twenty_kills_lose_and_double_nothing() {
    let place = Place::new(&["--pending", "30ms", "--updating", "30ms"]);
    let mut dice: u64 = 27;
    for round in 0..20_u64 {
        place.declare(6 + usize::try_from(round % 3).unwrap(), &format!(", Timeout: {}", 10 + round));
        let running = place.start(&["--interval", "200ms", "--settle", "50ms", "--prune"]);
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_millis((dice >> 33) % 400));
        running.signal("KILL");
        assert_eq!(running.end(), -1);
    }
    place.declare(7, ", Timeout: 40");
    let running = place.start(&["--interval", "300ms", "--settle", "50ms", "--prune"]);
    place.wait_for("the end", || place.function("f0")["Timeout"] == 40 && place.function("f7").is_null());
    running.wait_for_passes(2);
    let listed = place.send("GET", "/2015-03-31/functions/", &json!({}));
    assert_eq!(listed["Functions"].as_array().unwrap().len(), 7, "{listed}");
    drop(running);
    lambdactl(place.folder.path())
        .args(["plan", "--detailed-exitcode", "--prune"])
        .against(&place.server.endpoint)
        .run()
        .exits(0);
}

#[test]
fn it_ends_with_0_whatever_it_is_doing() {
    // While it reads, while it creates, while it waits for a function, while it waits for the next pass.
    for (arguments, wait) in
        [(&["--latency", "3s"][..], 500), (&["--latency", "200ms"], 700), (&["--pending", "2s"], 700), (&[], 1500)]
    {
        let place = Place::new(arguments);
        place.declare(3, "");
        let running = place.start(&["--interval", "1h"]);
        std::thread::sleep(Duration::from_millis(wait));
        running.signal("TERM");
        // A look at the account that takes a minute is given up: an end is waited for half of that.
        assert_eq!(running.end(), 0, "{arguments:?}");
    }
    let place = Place::new(&[]);
    place.write("functions: [");
    let running = place.start(&["--interval", "1h"]);
    place.wait_for("the error", || running.log().contains("not valid"));
    running.signal("INT");
    assert_eq!(running.end(), 0);
}

#[test]
fn an_invalid_manifest_is_told_once_and_changes_nothing() {
    let place = Place::new(&[]);
    place.declare(2, "");
    let running = place.start(&["--interval", "200ms", "--settle", "50ms", "--prune", "--max-deletes", "5"]);
    running.wait_for_passes(1);
    place.server.take_requests();
    for (text, told) in [("functions: [", "not valid"), ("name: shop\nfunctions: [{FunctionNam: x}]\n", "FunctionNam")]
    {
        place.write(text);
        place.wait_for("the error", || running.log().contains(told));
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(running.metric("lambdactl_manifest_valid"), Some(0.0));
    }
    fs::remove_file(place.folder.path().join("lambda.yaml")).unwrap();
    place.wait_for("the error", || running.log().contains("no manifest here"));
    let log = running.log();
    assert_eq!(log.matches("not valid: nothing is changed").count(), 3, "{log}");
    assert_eq!(mutating(&place.server.take_requests()), [] as [&str; 0]);
    // It lives, and goes on.
    assert_eq!((running.get("/healthz"), running.get("/readyz")), ("ok\n".to_owned(), "ok\n".to_owned()));
    place.declare(2, ", Timeout: 8");
    place.wait_for("the edit", || place.function("f0")["Timeout"] == 8);
    assert!(running.log().contains("the manifests are valid again"));
}

#[test]
fn a_wrong_start_is_tried_again_and_ready_only_then() {
    let place = Place::new(&[]);
    let running = place.start(&["--interval", "300ms", "--settle", "50ms"]);
    std::thread::sleep(Duration::from_millis(500));
    assert!(running.get("/readyz").contains("no pass"), "{}", running.get("/readyz"));
    assert_eq!(running.get("/healthz"), "ok\n");
    place.declare(1, "");
    place.wait_for("creation", || place.function("f0")["FunctionName"] == "f0");
    place.wait_for("readiness", || running.get("/readyz") == "ok\n");
}

#[test]
fn a_service_that_fails_is_tried_again_more_and_more_rarely() {
    let place = Place::new(&[]);
    place.declare(1, "");
    let refusing = Recorder::start(|_| {
        answer("403 Forbidden", "x-amzn-ErrorType: AccessDeniedException\r\n", r#"{"message":"not for you"}"#)
    });
    let running = place.start_against(&refusing.endpoint, &["--interval", "1h"]);
    place.wait_for("the error", || running.log().contains("not for you"));
    let failed =
        || running.metric("lambdactl_passes_total{location=\"\",kind=\"full\",result=\"failed\"}").unwrap_or_default();
    // The second try comes after five seconds.
    std::thread::sleep(Duration::from_secs(7));
    assert!((2.0..=3.0).contains(&failed()), "{}", failed());
    assert_eq!(running.log().matches("not for you").count(), 1, "{}", running.log());
}

#[test]
fn deletions_above_the_limit_are_held_and_drift_is_only_told_where_nobody_asked() {
    let place = Place::new(&[]);
    place.declare(5, "");
    let running = place.start(&["--interval", "300ms", "--settle", "50ms", "--prune", "--max-deletes", "2"]);
    running.wait_for_passes(1);
    place.declare(1, ", Timeout: 50");
    place.wait_for("the hold", || running.log().contains("held: 4 functions would be deleted"));
    assert_eq!(place.function("f0")["Timeout"], 3, "nothing of the pass is done");
    assert_eq!(place.function("f4")["FunctionName"], "f4");
    drop(running);

    let place = Place::new(&[]);
    place.declare(2, "");
    let running = place.start(&["--interval", "300ms", "--plan-only"]);
    place.wait_for("the plan", || running.log().contains("f1: differs in"));
    running.wait_for_passes(3);
    assert_eq!(running.log().matches("f1: differs").count(), 1, "{}", running.log());
    assert_eq!(mutating(&place.server.take_requests()), [] as [&str; 0]);
    assert_eq!(running.metric("lambdactl_functions{location=\"\",state=\"drifted\"}"), Some(2.0));
}

#[test]
fn a_fight_is_seen_and_slowed() {
    let place = Place::new(&[]);
    place.declare(2, "");
    let running = place.start(&["--interval", "200ms"]);
    running.wait_for_passes(1);
    for round in 0..6 {
        place.drift("f1", 100 + round);
        place.wait_for("the correction", || place.function("f1")["Timeout"] == 3);
    }
    place.drift("f1", 200);
    place.wait_for("the quarrel", || running.log().contains("f1: somebody else changes /Timeout back each time"));
    assert_eq!(place.function("f1")["Timeout"], 200);
    assert_eq!(running.metric("lambdactl_functions{location=\"\",state=\"held\"}"), Some(1.0));
    // An edit settles it.
    place.declare(2, ", Timeout: 4");
    place.wait_for("the edit", || place.function("f1")["Timeout"] == 3);
}

#[test]
fn once_is_an_apply() {
    let place = Place::new(&[]);
    place.declare(2, "");
    let once = |arguments: &[&str]| {
        lambdactl(place.folder.path())
            .args(["reconcile", "--once"])
            .args(arguments)
            .against(&place.server.endpoint)
            .run()
    };
    once(&[]).exits(0);
    assert_eq!(place.function("f1")["FunctionName"], "f1");
    place.declare(2, ", Timeout: 9");
    let drift = once(&[]).exits(0);
    assert!(drift.stderr.contains("f0: differs in Timeout, and is left alone without --update"), "{}", drift.stderr);
    once(&["--update"]).exits(0);
    assert_eq!(place.function("f0")["Timeout"], 9);
    place.write("functions: [");
    once(&[]).exits(1);
    place.declare(2, ", Role: 'arn:aws:iam::123456789012:role/r', MemorySize: 64");
    once(&[]).exits(1);
    let json = lambdactl(place.folder.path())
        .args(["reconcile", "--once", "--plan-only", "--log-format", "json"])
        .against(&place.server.endpoint)
        .run();
    assert_eq!(json.code, 1);
    let other = lambdactl(place.folder.path()).args(["reconcile", "-f", "-"]).run().exits(1);
    assert!(other.stderr.contains("standard input can be read once only"), "{}", other.stderr);
}

#[test]
fn the_server_answers_its_own_names_only_and_a_taken_port_is_an_error() {
    let place = Place::new(&[]);
    place.declare(1, "");
    let running = place.start(&["--interval", "1h", "--allow-host", "status.example.org"]);
    running.wait_for_passes(1);
    let ask =
        |head: &str| exchange(&running.address, &format!("GET /metrics HTTP/1.1\r\n{head}Connection: close\r\n\r\n"));
    for (head, is_answered) in [
        ("Host: evil.example\r\n", false),
        ("Host: status.example.org\r\n", true),
        ("Host: localhost\r\nOrigin: http://evil.example\r\n", false),
        ("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n", false),
        ("Host: localhost\r\n", true),
    ] {
        assert_eq!(ask(head).contains("lambdactl_passes_total"), is_answered, "{head}");
    }
    let taken = lambdactl(place.folder.path()).args(["reconcile", "--listen", &running.address]).run().exits(1);
    assert!(taken.stderr.contains(&format!("cannot listen on {}", running.address)), "{}", taken.stderr);
}

#[test]
fn the_page_says_how_everything_stands_and_shows_no_secret() {
    let place = Place::new(&["--failing", "update=f1"]);
    let secret = "hunter2-of-the-page";
    let with =
        |timeout: u32| format!(", Timeout: {timeout}, Environment: {{Variables: {{TOKEN: {secret}-{timeout}}}}}");
    place.declare(3, &with(3));
    let running = place.start(&["--interval", "300ms", "--settle", "50ms"]);
    running.wait_for_passes(1);
    place.declare(3, &with(9));
    place.wait_for("the edit", || place.function("f0")["Timeout"] == 9);
    place.drift("f1", 50);
    place.wait_for("the failure", || running.log().contains("f1: "));
    place.wait_for("the page", || {
        running.get("/").contains("last update failed") || running.get("/").contains("failed")
    });
    let page = running.get("/");
    assert!(page.contains("<!doctype html>") || page.contains("<!DOCTYPE html>"), "{page}");
    for text in ["shop", "us-west-2", "123456789012", "f0", "f1", "f2", "is as the manifest says"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for told in [page, running.get("/metrics"), running.log()] {
        assert!(!told.contains("hunter2"), "{told}");
    }
    let address = &running.address;
    let head = Command::new("python3")
        .args([
            "-c",
            "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).headers)",
            &format!("http://{address}/"),
        ])
        .output();
    if let Ok(head) = head {
        let head = String::from_utf8_lossy(&head.stdout).to_lowercase();
        assert!(
            head.contains("content-security-policy: default-src 'none'") && head.contains("frame-ancestors 'none'"),
            "{head}"
        );
    }
    let foreign = exchange(address, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    assert!(!foreign.contains("shop"), "{foreign}");
}

#[test]
fn prometheus_reads_the_metrics() {
    let Some(python) = Python::provision() else { return };
    let place = Place::new(&[]);
    place.declare(2, "");
    let running = place.start(&["--interval", "200ms"]);
    running.wait_for_passes(2);
    let samples = python.run("metrics.py", &[], &json!(running.get("/metrics")));
    let value = |name: &str, label: &str, wanted: &str| {
        let found = samples.as_array().unwrap().iter().find(|sample| sample[0] == name && sample[1][label] == wanted);
        found.unwrap_or_else(|| panic!("{name} {label}={wanted}: {samples}"))[2].as_f64().unwrap()
    };
    assert_eq!(value("lambdactl_functions", "state", "ready"), 2.0);
    assert!(value("lambdactl_passes_total", "result", "ok") >= 2.0);
    assert_eq!(value("lambdactl_aws_requests_total", "operation", "CreateFunction"), 2.0);
    assert!(value("lambdactl_pass_duration_seconds_count", "location", "") >= 2.0);
    assert_eq!(value("lambdactl_build", "version", env!("CARGO_PKG_VERSION")), 1.0);
}

#[test]
fn systemd_is_told() {
    let place = Place::new(&[]);
    place.declare(1, "");
    let path = place.folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut child = lambdactl(place.folder.path())
        .args(["reconcile", "--interval", "1h"])
        .env("NOTIFY_SOCKET", &path)
        .against(&place.server.endpoint)
        .spawn();
    let receive = || {
        let mut buffer = [0; 64];
        let length = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    assert_eq!(receive(), "READY=1");
    assert_eq!(receive(), "WATCHDOG=1");
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    while receive() != "STOPPING=1" {}
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
