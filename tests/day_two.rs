//! Rolling out, looking, calling, taking back and deleting, against two servers that nobody here wrote, moto and ministack.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use lambdactl_tests::http::exchange;
use lambdactl_tests::python::{Peer, Python, write_manifest};
use lambdactl_tests::{Ran, lambdactl};
use serde_json::{Value, json};

const APP: &str = "def handler(event, context):\n    if event.get('fail'):\n        raise ValueError('told to fail')\n    \
                   return {'version': context.function_version, 'event': event}\n";

struct Place {
    folder: tempfile::TempDir,
    peer: Peer,
}

impl Place {
    fn run(&self, arguments: &[&str]) -> Ran {
        lambdactl(self.folder.path()).args(arguments).against(&format!("http://{}", self.peer.address)).run()
    }

    fn declare(&self, timeout: u32) {
        declare(self.folder.path(), timeout);
    }

    /// Calls CloudWatch, as boto3 speaks to it.
    fn alarm(&self, operation: &str, members: &Value) {
        let (address, body) = (&self.peer.address, members.to_string());
        let answer = exchange(
            address,
            &format!(
                "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.0\r\n\
                 X-Amz-Target: GraniteServiceVersion20100801.{operation}\r\n\
                 Authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/monitoring/aws4_request\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        );
        assert!(!answer.contains("__type"), "{answer}");
    }

    fn status(&self) -> Value {
        self.run(&["status", "--format", "json"]).exits(0).json()["functions"][0].clone()
    }

    fn assert_at(&self, version: &str, drift: bool) {
        let status = self.status();
        assert_eq!(status["aliases"], json!([{ "name": "live", "version": version, "weights": {} }]), "{status}");
        assert_eq!(status["drift"], drift, "{status}");
    }
}

fn declare(folder: &Path, timeout: u32) {
    let rollout = json!({
        "steps": [{ "weight": 0.1, "wait": "50ms" }, { "weight": 0.5, "wait": "50ms" }], "alarms": ["errors"],
    });
    let function = json!({
        "FunctionName": "orders", "Runtime": "python3.13", "Handler": "app.handler", "Code": "./src", "Publish": true,
        "Role": "arn:aws:iam::123456789012:role/lambda-role", "Timeout": timeout,
        "Aliases": { "live": { "FunctionVersion": "published", "rollout": rollout } },
    });
    write_manifest(folder, &json!({ "name": "shop", "region": "us-east-1", "functions": [function] }));
}

/// What every server is asked; `calls` is for one that runs functions.
fn day_two(python: &Python, peer: Peer, calls: impl Fn(&Place)) {
    python.run("peer.py", &["prepare", &format!("http://{}", peer.address)], &Value::Null);
    let place = Place { folder: tempfile::tempdir().unwrap(), peer };
    fs::create_dir(place.folder.path().join("src")).unwrap();
    fs::write(place.folder.path().join("src/app.py"), APP).unwrap();
    place.declare(10);
    let missing = place.status();
    assert_eq!((&missing["state"], &missing["drift"]), (&json!(null), &json!(true)), "{missing}");
    place.run(&["apply", "--yes", "--quiet"]).exits(0);
    place.assert_at("1", false);

    // Without its alarm a rollout does not begin.
    place.declare(20);
    let refused = place.run(&["apply", "--yes", "--update"]).exits(1);
    assert!(refused.stdout.contains("CloudWatch has no alarm errors"), "{}", refused.stdout);
    place.assert_at("1", true);
    place.alarm(
        "PutMetricAlarm",
        &json!({
            "AlarmName": "errors", "MetricName": "Errors", "Namespace": "AWS/Lambda", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
        }),
    );
    let state = |value: &str| json!({ "AlarmName": "errors", "StateValue": value, "StateReason": "a test" });
    place.alarm("SetAlarmState", &state("ALARM"));
    let refused = place.run(&["apply", "--yes", "--update"]).exits(1);
    assert!(refused.stdout.contains("alarm `errors` went off (a test)"), "{}", refused.stdout);
    place.alarm("SetAlarmState", &state("OK"));
    let applied = place.run(&["apply", "--yes", "--update"]).exits(0);
    assert!(applied.stderr.contains("alias live sends 50% of its calls to version 2 for 50 ms"), "{}", applied.stderr);
    place.assert_at("2", false);
    place.run(&["plan", "--detailed-exitcode"]).exits(0);
    calls(&place);

    let moved = place.run(&["rollback", "orders", "--alias", "live", "--to", "1", "--yes"]).exits(0);
    assert!(
        moved.stdout.starts_with("Moved: alias live of orders names version 1; before, version 2."),
        "{}",
        moved.stdout
    );
    place.assert_at("1", true);
    let unknown = place.run(&["rollback", "orders", "--alias", "live", "--to", "9", "--yes"]).exits(1);
    assert!(unknown.stderr.contains("help: "), "{}", unknown.stderr);
    place.run(&["apply", "--yes", "--update", "--quiet"]).exits(0);
    place.assert_at("2", false);

    let deleted = place.run(&["delete", "orders", "--yes"]).exits(0);
    assert!(deleted.stdout.contains("lost with it: versions 1, 2; alias live"), "{}", deleted.stdout);
    assert_eq!(place.status()["state"], Value::Null);
}

#[test]
fn moto() {
    let Some(python) = Python::provision() else { return };
    // It runs no function without containers.
    day_two(&python, Peer::moto(&python), |_| {});
}

#[test]
fn ministack() {
    let Some(python) = Python::provision() else { return };
    day_two(&python, Peer::ministack(&python), |place| {
        let called = place.run(&["invoke", "orders", "--qualifier", "live", "--payload", r#"{"a": 1}"#]).exits(0);
        let answer: Value = serde_json::from_str(&called.stdout).unwrap();
        assert_eq!(answer, json!({ "version": "2", "event": { "a": 1 } }));
        assert!(called.stderr.starts_with("orders answered by version 2 in "), "{}", called.stderr);
        let failed = place.run(&["invoke", "orders", "--payload", r#"{"fail": true}"#]).exits(1);
        assert!(failed.stdout.contains("told to fail") && failed.stderr.contains("(Unhandled)"), "{}", failed.stderr);
        place.run(&["invoke", "orders", "--dry-run"]).exits(0);
        place.run(&["invoke", "orders", "--async"]).exits(0);
        let missing = place.run(&["invoke", "nothing"]).exits(1);
        assert!(missing.stderr.contains("help: "), "{}", missing.stderr);
    });
}
