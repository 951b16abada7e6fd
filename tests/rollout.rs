//! Rollouts: whatever happens on the way, the alias is where the report says, and the next apply goes on from there.
#![allow(clippy::unwrap_used, missing_docs)]

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use lambdactl_tests::http::{Recorder, answer, exchange, send};
use lambdactl_tests::python::write_manifest;
use lambdactl_tests::{Emulator, Lambdactl, Ran, lambdactl};
use serde_json::{Value, json};

const ALIAS: &str = "/2015-03-31/functions/f/aliases/live";
/// The calls that a rollout of two steps moves its alias with.
const MOVES: usize = 3;

/// Sends a request with a body and returns the body of the answer.
fn request(endpoint: &str, method: &str, path: &str, target: Option<&str>, body: &Value) -> String {
    let (host, body) = (endpoint.trim_start_matches("http://"), body.to_string());
    let target = target.map_or_else(String::new, |target| {
        format!("Content-Type: application/x-amz-json-1.0\r\nX-Amz-Target: GraniteServiceVersion20100801.{target}\r\n")
    });
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{target}");
    exchange(host, &format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()))
}

fn set_alarm(endpoint: &str, name: &str, state: &str) {
    let body = json!({ "AlarmName": name, "StateValue": state, "StateReason": "5 errors in a minute" });
    let answer = request(endpoint, "POST", "/", Some("SetAlarmState"), &body);
    assert!(answer.is_empty(), "{answer}");
}

fn alias_at(endpoint: &str) -> (String, Value) {
    let alias: Value = serde_json::from_str(&send(endpoint, "GET", ALIAS)).unwrap();
    let weights = alias["RoutingConfig"]["AdditionalVersionWeights"].clone();
    (alias["FunctionVersion"].as_str().unwrap().to_owned(), if weights.is_null() { json!({}) } else { weights })
}

/// What happens to a request: nothing, or something before its answer is passed on.
type Hook = dyn Fn(usize, &str, String) -> String + Send + Sync;

/// A function whose alias `live` is at version 1, and a manifest that wants another version there.
struct Place {
    folder: tempfile::TempDir,
    server: Emulator,
    recorder: Recorder,
    /// Answered moves of the alias.
    moves: Arc<AtomicUsize>,
}

impl Place {
    fn new() -> Self {
        Self::with(&[], |_, _, answer| answer)
    }

    /// `hook` is given the number of a move, the server's address, and the answer.
    fn with(arguments: &[&str], hook: impl Fn(usize, &str, String) -> String + Send + Sync + 'static) -> Self {
        let server = Emulator::start_with(arguments);
        let moves = Arc::new(AtomicUsize::new(0));
        let address = server.endpoint.trim_start_matches("http://").to_owned();
        let (count, endpoint): (_, String) = (Arc::clone(&moves), server.endpoint.clone());
        let hook: Box<Hook> = Box::new(hook);
        let recorder = Recorder::between(&address, move |request, ask| {
            let answer = ask();
            if !request.starts_with(&format!("PUT {ALIAS} ")) || !answer.starts_with("HTTP/1.1 200") {
                return answer;
            }
            hook(count.fetch_add(1, Ordering::SeqCst) + 1, &endpoint, answer)
        });
        let place = Self { folder: tempfile::tempdir().unwrap(), server, recorder, moves };
        for alarm in ["errors", "latency"] {
            let body = json!({ "AlarmName": alarm, "MetricName": "Errors", "Namespace": "AWS/Lambda" });
            let answer = request(&place.server.endpoint, "POST", "/", Some("PutMetricAlarm"), &body);
            assert!(answer.is_empty(), "{answer}");
        }
        place.declare(json!({}));
        place.apply(&[]).exits(0);
        assert_eq!(place.alias(), ("1".to_owned(), json!({})));
        place.declare(json!({ "Timeout": 9 }));
        place.recorder.clear();
        place
    }

    fn declare(&self, more: Value) {
        let rollout = json!({
            "steps": [{ "weight": 0.1, "wait": "100ms" }, { "weight": 0.5, "wait": "100ms" }], "alarms": ["errors", "latency"],
        });
        let mut function = json!({
            "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
            "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }, "Publish": true,
            "Aliases": { "live": { "FunctionVersion": "published", "rollout": rollout } },
        });
        function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        write_manifest(self.folder.path(), &json!({ "region": "us-east-1", "functions": [function] }));
    }

    fn command(&self, arguments: &[&str]) -> Lambdactl {
        lambdactl(self.folder.path())
            .args(arguments)
            .args(["--rate", "0", "--get-function-rate", "0"])
            .against(&self.recorder.endpoint)
    }

    fn apply(&self, arguments: &[&str]) -> Ran {
        self.command(&["apply", "--yes", "--update", "--format", "json"]).args(arguments).run()
    }

    fn alias(&self) -> (String, Value) {
        alias_at(&self.server.endpoint)
    }

    /// The moves so far, as version and weights.
    fn moved(&self) -> Vec<(String, Value)> {
        let moves =
            self.recorder.requests().into_iter().filter(|request| request.starts_with(&format!("PUT {ALIAS} ")));
        let of = |request: String| {
            let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
            assert!(body["RevisionId"].is_string(), "{body}");
            let weights = body["RoutingConfig"]["AdditionalVersionWeights"].clone();
            (body["FunctionVersion"].as_str().unwrap().to_owned(), if weights.is_null() { json!({}) } else { weights })
        };
        moves.map(of).collect()
    }

    fn versions(&self) -> usize {
        let listed = send(&self.server.endpoint, "GET", "/2015-03-31/functions/f/versions");
        serde_json::from_str::<Value>(&listed).unwrap()["Versions"].as_array().unwrap().len() - 1
    }

    /// Starts an apply and kills it after so many moves. Returns whether it was still running.
    fn kill_after(&self, moves: usize) -> bool {
        let mut child = self.command(&["apply", "--yes", "--update"]).spawn();
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            if child.try_wait().unwrap().is_some() {
                child.wait().unwrap();
                return false;
            }
            if self.moves.load(Ordering::SeqCst) >= moves {
                child.kill().unwrap();
                child.wait().unwrap();
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("apply did not end");
    }

    /// The one row of a report, with its error's code and message.
    fn failure(ran: &Ran) -> (String, String) {
        let report = ran.json();
        let error = &report["functions"][0]["error"];
        let text = |member: &str| error[member].as_str().unwrap_or_default().to_owned();
        (text("code"), text("message"))
    }
}

fn part(weight: f64) -> (String, Value) {
    ("1".to_owned(), json!({ "2": weight }))
}

fn plain(version: &str) -> (String, Value) {
    (version.to_owned(), json!({}))
}

#[test]
fn steps_are_taken_one_after_the_other() {
    let place = Place::new();
    let plan = place.command(&["plan", "--update", "--format", "json", "--detailed-exitcode"]).run().exits(2).json();
    let notes = plan["functions"][0]["notes"].to_string();
    let told =
        "moves from version 1 to the version that is published in 2 steps over 200 ms, watched by errors, latency";
    assert!(notes.contains(told), "{notes}");
    // Nobody asked for a change.
    let drifted = place.command(&["apply", "--yes", "--format", "json"]).run().exits(0).json();
    assert_eq!(drifted["functions"][0]["status"], "drift");
    assert!(place.moved().is_empty());

    place.server.take_requests();
    let ran = place.apply(&[]).exits(0);
    assert_eq!(place.moved(), [part(0.1), part(0.5), plain("2")]);
    assert_eq!(place.alias(), plain("2"));
    for line in [
        "f: alias live sends 10% of its calls to version 2 for 100 ms",
        "f: alias live sends 50% of its calls to version 2 for 100 ms",
        "f: alias live sends 100% of its calls to version 2\n",
    ] {
        assert!(ran.stderr.contains(line), "{}", ran.stderr);
    }
    // Once before anything moves, and in the middle and at the end of each step.
    assert!(place.server.take_requests()["DescribeAlarms"]["answered"].as_u64().unwrap() >= 3);
    place.command(&["plan", "--detailed-exitcode"]).run().exits(0);
}

#[test]
fn a_killed_rollout_is_gone_on_with() {
    for moves in 1..=MOVES {
        let place = Place::new();
        assert!(place.kill_after(moves) || moves == MOVES);
        let reached = place.alias();
        assert_eq!(reached, [part(0.1), part(0.5), plain("2")][moves - 1].clone());
        let code = place.command(&["plan", "--detailed-exitcode"]).run().code;
        assert_eq!(code, if moves == MOVES { 0 } else { 2 });
        place.recorder.clear();
        let ran = place.apply(&[]).exits(0);
        assert_eq!(place.moved(), [part(0.1), part(0.5), plain("2")][moves..], "{}", ran.stderr);
        assert_eq!((place.alias(), place.versions()), (plain("2"), 2));
        place.command(&["plan", "--detailed-exitcode"]).run().exits(0);
    }
}

#[test]
fn twenty_kills_at_any_moment_lose_nothing() {
    let place = Place::new();
    // Numbers that look random, and are the same in every run.
    let mut dice: u64 = 20_261_127;
    let mut version = 1;
    let mut killed = 0;
    for round in 0..400 {
        if killed == 20 {
            break;
        }
        if place.alias() == plain(&version.to_string()) && place.versions() == version {
            version += 1;
            place.declare(json!({ "Timeout": 10 + round }));
        }
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut child = place.command(&["apply", "--yes", "--update"]).spawn();
        std::thread::sleep(Duration::from_millis((dice >> 33) % 900));
        killed += usize::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        // The alias is at one of its stations, whatever was cut off.
        let (main, weights) = place.alias();
        let old = (version - 1).to_string();
        let stations = [json!({}), json!({ version.to_string(): 0.1 }), json!({ version.to_string(): 0.5 })];
        assert!(
            (main == old && stations.contains(&weights)) || (main == version.to_string() && weights == json!({})),
            "{round}: {main} {weights}"
        );
        assert!([version - 1, version].contains(&place.versions()), "{round}");
    }
    assert_eq!(killed, 20);
    place.apply(&[]).exits(0);
    assert_eq!((place.alias(), place.versions()), (plain(&version.to_string()), version));
    place.command(&["plan", "--detailed-exitcode"]).run().exits(0);
}

#[test]
fn an_alarm_moves_the_alias_back() {
    for alarm_after in 1..MOVES {
        let place = Place::with(&[], move |moves, server, answer| {
            if moves == alarm_after {
                set_alarm(server, "latency", "ALARM");
            }
            answer
        });
        set_alarm(&place.server.endpoint, "errors", "OK");
        let ran = place.apply(&[]).exits(1);
        let (code, message) = Place::failure(&ran);
        assert_eq!(code, "Alarm");
        assert!(
            message.contains("alarm `latency` went off (5 errors in a minute); alias `live` is back at version 1"),
            "{message}"
        );
        assert_eq!(place.alias(), plain("1"));
        assert_eq!(place.moved().last(), Some(&plain("1")));

        // It is not begun again while the alarm lasts, and begins anew afterwards, without another version.
        let ran = place.apply(&[]).exits(1);
        assert!(Place::failure(&ran).1.contains("before alias `live` was moved"), "{}", ran.stdout);
        assert_eq!(place.alias(), plain("1"));
        set_alarm(&place.server.endpoint, "latency", "OK");
        place.moves.store(100, Ordering::SeqCst);
        place.apply(&[]).exits(0);
        assert_eq!((place.alias(), place.versions()), (plain("2"), 2));
    }
}

#[test]
fn an_alarm_that_went_off_while_nobody_watched_moves_the_alias_back() {
    let place = Place::new();
    assert!(place.kill_after(1));
    set_alarm(&place.server.endpoint, "errors", "ALARM");
    let ran = place.apply(&[]).exits(1);
    assert!(Place::failure(&ran).1.contains("alias `live` is back at version 1"), "{}", ran.stdout);
    assert_eq!(place.alias(), plain("1"));
}

#[test]
fn alarms_are_there_before_anything_moves() {
    let place = Place::new();
    place.declare(json!({
        "Timeout": 9,
        "Aliases": { "live": { "FunctionVersion": "published",
            "rollout": { "steps": [{ "weight": 0.1, "wait": "100ms" }], "alarms": ["errors", "typo"] } } },
    }));
    let ran = place.apply(&[]).exits(1);
    let (code, message) = Place::failure(&ran);
    assert_eq!(code, "AlarmMissing");
    assert!(message.contains("CloudWatch has no alarm typo") && message.contains("go to version 1"), "{message}");
    // Nothing at all was changed, and a person is told what to do.
    assert_eq!((place.alias(), place.moved().len(), place.versions()), (plain("1"), 0, 1));
    let told = place.command(&["apply", "--yes", "--update"]).run().exits(1);
    assert!(told.stdout.contains("rollout.alarms"), "{}", told.stdout);
}

#[test]
fn whoever_else_moves_the_alias_has_it() {
    for after in 1..MOVES {
        let place = Place::with(&[], move |moves, server, answer| {
            if moves == after {
                let body = json!({ "FunctionVersion": "1", "RoutingConfig": {}, "Description": "hands off" });
                request(server, "PUT", ALIAS, None, &body);
            }
            answer
        });
        let ran = place.apply(&[]).exits(1);
        let (code, message) = Place::failure(&ran);
        assert_eq!(code, "Moved");
        assert!(
            message.contains("someone else moved alias `live`") && message.contains("go to version 1"),
            "{message}"
        );
        assert_eq!((place.alias(), place.moved().len()), (plain("1"), after + 1));
        assert!(send(&place.server.endpoint, "GET", ALIAS).contains("hands off"));
    }
}

#[test]
fn lost_answers_and_throttles_change_nothing() {
    for lost in 1..=MOVES {
        let place = Place::with(&[], move |moves, _, answer| if moves == lost { String::new() } else { answer });
        place.apply(&[]).exits(0);
        assert_eq!(place.moved(), [part(0.1), part(0.5), plain("2")]);
        assert_eq!((place.alias(), place.versions()), (plain("2"), 2));
    }
    let place = Place::with(&["--fault", "throttle=0.4"], |_, _, answer| answer);
    place.apply(&[]).exits(0);
    assert_eq!((place.alias(), place.versions()), (plain("2"), 2));
    assert_eq!(place.moved().last(), Some(&plain("2")));
}

#[test]
fn a_service_that_refuses_in_the_middle_leaves_the_alias_where_the_report_says() {
    let refused = Arc::new(AtomicUsize::new(0));
    let server = Emulator::start();
    let front = {
        let (refused, address) = (Arc::clone(&refused), server.endpoint.trim_start_matches("http://").to_owned());
        Recorder::between(&address, move |request, ask| {
            let is_alarms = request.contains("DescribeAlarms");
            if is_alarms && refused.fetch_add(1, Ordering::SeqCst) == 2 {
                let body = r#"{"__type":"AccessDeniedException","message":"not any more"}"#;
                return answer("400 Bad Request", "Content-Type: application/x-amz-json-1.0\r\n", body);
            }
            ask()
        })
    };
    let place = Place { folder: tempfile::tempdir().unwrap(), server, recorder: front, moves: Arc::default() };
    for alarm in ["errors", "latency"] {
        request(&place.server.endpoint, "POST", "/", Some("PutMetricAlarm"), &json!({ "AlarmName": alarm }));
    }
    place.declare(json!({}));
    place.apply(&[]).exits(0);
    place.declare(json!({ "Timeout": 9 }));
    let ran = place.apply(&[]).exits(1);
    let (code, message) = Place::failure(&ran);
    assert_eq!(code, "AccessDeniedException", "{message}");
    assert!(message.contains("its calls go to version 1 (90%) and version 2 (10%)"), "{message}");
    assert_eq!(place.alias(), part(0.1));
    place.apply(&[]).exits(0);
    assert_eq!(place.alias(), plain("2"));
}

#[cfg(unix)]
#[test]
fn an_interruption_stays_or_goes_back() {
    for (flags, moves, expected) in [
        (&[][..], 1, part(0.1)),
        (&["--on-interrupt", "stay"], 2, part(0.5)),
        (&["--on-interrupt", "back"], 1, plain("1")),
        (&["--on-interrupt", "back"], 2, plain("1")),
    ] {
        let place = Place::new();
        place.declare(json!({
            "Timeout": 9,
            "Aliases": { "live": { "FunctionVersion": "published", "rollout": { "steps": [
                { "weight": 0.1, "wait": if moves == 1 { "60s" } else { "1ms" } }, { "weight": 0.5, "wait": "60s" },
            ] } } },
        }));
        let child = place.command(&["apply", "--yes", "--update", "--format", "json"]).args(flags).spawn();
        let end = Instant::now() + Duration::from_secs(50);
        while place.moves.load(Ordering::SeqCst) < moves && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(1));
        assert!(Instant::now() < end, "an interruption does not wait for the step");
        let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
        let message = report["functions"][0]["error"]["message"].as_str().unwrap().to_owned();
        let place_told = match expected.1.as_object().unwrap().values().next() {
            None => "alias `live` is back at version 1".to_owned(),
            Some(weight) => format!("version 2 ({}%)", weight.as_f64().unwrap() * 100.0),
        };
        assert!(message.starts_with("interrupted: ") && message.contains(&place_told), "{message}");
        assert_eq!(place.alias(), expected);
    }
}

#[test]
fn without_waiting_each_apply_takes_a_step() {
    let place = Place::new();
    for expected in [part(0.1), part(0.5), plain("2")] {
        let report = place.apply(&["--no-wait"]).exits(0).json();
        assert_eq!(place.alias(), expected);
        let notes = report["functions"][0]["notes"].to_string();
        assert_eq!(notes.contains("the next `apply --update` goes on"), expected != plain("2"), "{report}");
    }
    place.command(&["plan", "--detailed-exitcode"]).run().exits(0);
}

#[test]
fn a_newer_version_begins_again_from_the_old_one() {
    let place = Place::new();
    assert!(place.kill_after(2));
    place.declare(json!({ "Timeout": 11 }));
    let plan = place.command(&["plan", "--update"]).run();
    let told = "version 2 has 50% now, and another is newer: it begins again from version 1";
    assert!(
        plan.stdout.replace("\n", " ").split_whitespace().collect::<Vec<_>>().join(" ").contains(told),
        "{}",
        plan.stdout
    );
    place.recorder.clear();
    place.apply(&[]).exits(0);
    let third = |weight: f64| ("1".to_owned(), json!({ "3": weight }));
    assert_eq!(place.moved(), [plain("1"), third(0.1), third(0.5), plain("3")]);
    assert_eq!(place.alias(), plain("3"));
}

#[test]
fn versions_that_cannot_share_calls_are_refused_in_the_plan() {
    for (member, value) in [
        ("Role", json!("arn:aws:iam::123456789012:role/another")),
        ("DeadLetterConfig", json!({ "TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead" })),
    ] {
        let place = Place::new();
        place.declare(json!({ "Timeout": 9, member: value }));
        let plan = place.command(&["plan", "--update"]).run();
        let text = format!("{}{}", plan.stdout, plan.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&format!("cannot divide calls between versions whose {member} differ")), "{text}");
        place.apply(&[]).exits(1);
        assert_eq!((place.alias(), place.versions()), (plain("1"), 1));
    }
}
