//! Publishing is state: with `Publish: true` a function whose newest version is not as its `$LATEST` gets another one, however
//! the two came to differ, and a version that does not work is said.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use lambdactl_tests::http::{Recorder, answer};
use lambdactl_tests::python::{Peer, Python, write_manifest};
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-role";

/// A folder with a function, and a server for it.
struct Place {
    endpoint: String,
    folder: tempfile::TempDir,
}

impl Place {
    fn new(endpoint: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        let place = Self { endpoint: endpoint.to_owned(), folder };
        place.code("one");
        place
    }

    fn code(&self, text: &str) {
        fs::write(self.folder.path().join("src/app.py"), format!("def handler(e, c): return '{text}'\n")).unwrap();
    }

    fn write(&self, more: &Value) {
        let mut function = json!({
            "FunctionName": "worker", "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE, "Code": "./src",
        });
        function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        write_manifest(self.folder.path(), &json!({ "region": "us-east-1", "functions": [function] }));
    }

    fn run_at(&self, endpoint: &str, arguments: &[&str]) -> Ran {
        lambdactl(self.folder.path()).args(arguments).args(["--rate", "0"]).against(endpoint).run()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_at(&self.endpoint, arguments)
    }

    /// The numbers of the published versions, and their members with this name.
    fn versions(&self, member: &str) -> Vec<(String, Value)> {
        let path = "/2015-03-31/functions/worker/versions";
        let host = self.endpoint.trim_start_matches("http://");
        let authorization = "AWS4-HMAC-SHA256 Credential=test/20261126/us-east-1/lambda/aws4_request, \
                             SignedHeaders=host, Signature=0";
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
        );
        let answer: Value = serde_json::from_str(&lambdactl_tests::http::exchange(host, &request)).unwrap();
        let published = answer["Versions"].as_array().unwrap().iter().filter(|version| version["Version"] != "$LATEST");
        published.map(|version| (version["Version"].as_str().unwrap().to_owned(), version[member].clone())).collect()
    }

    /// What a plan under `--update` shows.
    fn paths(&self) -> Vec<String> {
        let plan = self.run(&["plan", "--update", "--format", "json"]).exits(0).json();
        let changes = plan["functions"][0]["changes"].as_array().unwrap().iter();
        changes.map(|change| change["path"].as_str().unwrap().to_owned()).collect()
    }
}

/// However `$LATEST` and the newest version came to differ, the next apply publishes, and the plan after it is empty.
fn every_way_to_lack_a_version_is_mended(place: &Place) {
    let address = place.endpoint.trim_start_matches("http://");
    place.write(&json!({}));
    place.run(&["apply", "--yes", "--quiet"]).exits(0);
    assert_eq!(place.versions("Timeout").len(), 0);

    // `Publish` was added to a function that exists: drift, until it may be updated.
    place.write(&json!({ "Publish": true }));
    assert_eq!(place.paths(), ["/Publish"]);
    let drift = place.run(&["apply", "--yes", "--format", "json"]).exits(0).json();
    assert_eq!(drift["functions"][0]["status"], "drift");
    place.run(&["plan", "--detailed-exitcode"]).exits(2);
    place.run(&["apply", "--yes", "--update", "--quiet"]).exits(0);
    assert_eq!(place.versions("Timeout"), [("1".into(), json!(3))]);
    assert_eq!(place.paths(), [""; 0]);

    // The code took effect, and the publishing after it did not.
    place.code("two");
    let refuses = AtomicBool::new(true);
    let proxy = Recorder::between(address, move |request, ask| {
        let publishes = request.starts_with("POST ") && request.contains("/worker/versions ");
        if publishes && refuses.swap(false, Ordering::Relaxed) {
            let body = r#"{"Type":"User","message":"Code storage limit exceeded."}"#;
            return answer("400 Bad Request", "x-amzn-errortype: CodeStorageExceededException\r\n", body);
        }
        ask()
    });
    let failed = place.run_at(&proxy.endpoint, &["apply", "--yes", "--update", "--format", "json"]).exits(1).json();
    let message = failed["functions"][0]["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("PublishVersion") && message.contains("done before that: UpdateFunctionCode"),
        "{message}"
    );
    assert_eq!(place.paths(), ["/Publish"]);
    let applied = place.run(&["apply", "--yes", "--update", "--format", "json"]).exits(0).json();
    assert_eq!(applied["functions"][0]["status"], "applied");
    assert_eq!(place.versions("Timeout").len(), 2);
    assert_eq!(place.paths(), [""; 0]);

    // Settings were changed and published by nobody: killed, or done in the console.
    place.write(&json!({ "Timeout": 9 }));
    place.run(&["apply", "--yes", "--update", "--quiet"]).exits(0);
    place.write(&json!({ "Timeout": 9, "Publish": true }));
    assert_eq!(place.paths(), ["/Publish"]);
    place.run(&["apply", "--yes", "--update", "--quiet"]).exits(0);
    assert_eq!(place.versions("Timeout").last().unwrap(), &("3".into(), json!(9)));
    assert_eq!(place.paths(), [""; 0]);
}

#[test]
fn lacking_version_is_published_on_moto() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::moto(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    every_way_to_lack_a_version_is_mended(&Place::new(&endpoint));
}

#[test]
fn lacking_version_is_published_on_ministack() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::ministack(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    every_way_to_lack_a_version_is_mended(&Place::new(&endpoint));
}

#[test]
fn lacking_version_is_published_on_the_emulator() {
    let emulator = Emulator::start();
    let place = Place::new(&emulator.endpoint);
    every_way_to_lack_a_version_is_mended(&place);
    // A description is a part of the configuration, and alone makes a version, too.
    place.write(&json!({ "Timeout": 9, "Publish": true, "Description": "new" }));
    place.run(&["apply", "--yes", "--update", "--quiet"]).exits(0);
    assert_eq!(place.versions("Description").last().unwrap(), &("4".into(), json!("new")));
    assert_eq!(place.paths(), [""; 0]);
    // Tags are none.
    place.write(&json!({ "Timeout": 9, "Publish": true, "Description": "new", "Tags": { "team": "a" } }));
    assert_eq!(place.paths(), ["/Tags/team"]);
    place.run(&["apply", "--yes", "--update", "--quiet"]).exits(0);
    assert_eq!(place.versions("Description").len(), 4);
}

/// Answers a request for a version with a state of its own.
fn with_failed_version(address: &str) -> Recorder {
    let failed = |answer: &str, state: &str| {
        answer.replacen(r#""State":"Active""#, state, 1).replacen("Content-Length", "X-Length", 1).replacen(
            "content-length",
            "x-length",
            1,
        )
    };
    Recorder::between(address, move |request, ask| {
        if request.starts_with("POST ") && request.contains("/worker/versions ") {
            return failed(&ask(), r#""State":"Pending","StateReasonCode":"Creating""#);
        }
        if request.starts_with("GET ") && request.contains("Qualifier=") {
            return failed(
                &ask(),
                r#""State":"Failed","StateReasonCode":"FunctionError","StateReason":"the handler failed""#,
            );
        }
        ask()
    })
}

#[test]
fn version_that_fails_is_waited_for_and_said_until_another_one_works() {
    let emulator = Emulator::start();
    let place = Place::new(&emulator.endpoint);
    let settings = json!({ "Publish": true, "SnapStart": { "ApplyOn": "PublishedVersions" } });
    place.write(&settings);
    place.run(&["apply", "--yes", "--quiet"]).exits(0);
    place.code("two");
    let proxy = with_failed_version(emulator.endpoint.trim_start_matches("http://"));
    let no_wait = place.run_at(&proxy.endpoint, &["apply", "--yes", "--update", "--no-wait", "--format", "json"]);
    let no_wait = no_wait.exits(0).json();
    assert_eq!(
        no_wait["functions"][0]["status"], "applied",
        "what is to be changed is, and nobody waits for the version"
    );

    let emulator = Emulator::start();
    let place = Place::new(&emulator.endpoint);
    place.write(&settings);
    place.run(&["apply", "--yes", "--quiet"]).exits(0);
    place.code("two");
    let applied = place.run(&["apply", "--yes", "--update", "--quiet"]).exits(0);
    assert!(applied.stdout.contains("1 updated"), "{}", applied.stdout);
    let proxy = with_failed_version(emulator.endpoint.trim_start_matches("http://"));
    for command in [&["apply", "--yes", "--format", "json"][..], &["apply", "--yes", "--update", "--format", "json"]] {
        let row = place.run_at(&proxy.endpoint, command).exits(1).json()["functions"][0].clone();
        assert_eq!((&row["status"], &row["error"]["code"]), (&json!("failed"), &json!("FunctionError")), "{row}");
        let message = row["error"]["message"].as_str().unwrap();
        assert!(message.contains("could not set version 2 up: FunctionError: the handler failed"), "{message}");
    }
    let plan = place.run_at(&proxy.endpoint, &["plan"]).exits(1);
    assert!(plan.stdout.contains("could not set version 2 up"), "{}", plan.stdout);

    // A change publishes another version, which is waited for and fails as well.
    place.code("three");
    let row = place.run_at(&proxy.endpoint, &["apply", "--yes", "--update", "--format", "json"]).exits(1).json();
    let message = row["functions"][0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("could not set version 3 up"), "{message}");
    assert!(message.contains("done before that: UpdateFunctionCode, PublishVersion"), "{message}");
}

/// Who deletes old versions wants to know what for.
#[test]
fn old_versions_that_go_are_counted_in_code_storage() {
    let emulator = Emulator::start();
    let place = Place::new(&emulator.endpoint);
    for text in ["one", "two", "three"] {
        place.code(text);
        place.write(&json!({ "Publish": true, "versions": { "keep": 1 } }));
        place.run(&["apply", "--yes", "--update"]).exits(0);
    }
    let sizes = place.versions("CodeSize");
    assert_eq!(sizes.len(), 3, "{sizes:?}");
    let bytes = |versions: &[(String, Value)]| versions.iter().map(|(_, size)| size.as_u64().unwrap()).sum::<u64>();
    let freed = format!("{} bytes are those of 2 old versions of functions, which are deleted", bytes(&sizes[..2]));
    let plan = place.run(&["plan", "--prune"]).exits(0).stdout;
    assert!(plan.contains(&freed) && plan.contains(" of 75.0 GB of code storage are used: "), "{plan}");
    assert!(!place.run(&["plan"]).exits(0).stdout.contains("code storage"));
    // Not being allowed to see the account's settings keeps nobody from pruning.
    let address = emulator.endpoint.trim_start_matches("http://");
    let denied = Recorder::between(address, |request, ask| match request.contains("/account-settings") {
        true => answer("403 Forbidden", "x-amzn-ErrorType: AccessDeniedException\r\n", r#"{"message":"no"}"#),
        false => ask(),
    });
    let plan = place.run_at(&denied.endpoint, &["plan", "--prune"]).exits(0).stdout;
    assert!(plan.contains("could not be asked (AccessDeniedException)") && plan.contains(&freed), "{plan}");
    place.run(&["apply", "--yes", "--prune"]).exits(0);
    assert_eq!(place.versions("CodeSize").len(), 1);
    assert!(!place.run(&["plan", "--prune"]).exits(0).stdout.contains("code storage"));
}
