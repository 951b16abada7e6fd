//! Code in S3 is compared, by its checksum, its size or the tag that says which object it was, against servers that keep objects;
//! and what could not be compared is said.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use lambdactl_tests::http::Recorder;
use lambdactl_tests::python::{Peer, Python, write_manifest};
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-role";

/// A server that keeps functions and objects, and a manifest for it.
struct Place<'a> {
    python: &'a Python,
    endpoint: String,
    folder: tempfile::TempDir,
}

impl<'a> Place<'a> {
    fn new(python: &'a Python, endpoint: &str) -> Self {
        Self { python, endpoint: endpoint.to_owned(), folder: tempfile::tempdir().unwrap() }
    }

    fn put(&self, key: &str, letter: &str, checksum: &str) -> Value {
        self.python.run("peer.py", &["put", &self.endpoint, key, letter, checksum], &Value::Null)["version"].clone()
    }

    fn write(&self, code: &Value, more: &Value) {
        let mut function = json!({
            "FunctionName": "s3f", "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE, "Code": code,
        });
        function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        write_manifest(self.folder.path(), &json!({ "region": "us-east-1", "functions": [function] }));
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        lambdactl(self.folder.path()).args(arguments).args(["--rate", "0"]).against(&self.endpoint).run()
    }

    /// The paths of what a plan shows of the function.
    fn changes(&self) -> Vec<String> {
        let plan = self.run(&["plan", "--format", "json"]).exits(0).json();
        let changes = plan["functions"][0]["changes"].as_array().unwrap().iter();
        changes.map(|change| change["path"].as_str().unwrap().to_owned()).collect()
    }

    /// Applies what the plan shows, after which it is empty.
    fn update(&self) {
        let applied = self.run(&["apply", "--yes", "--update", "--format", "json"]).exits(0).json();
        assert_eq!(applied["summary"]["applied"], 1, "{applied}");
        let plan = self.run(&["plan", "--detailed-exitcode"]).exits(0);
        assert!(plan.stdout.contains("The account is as the manifest says.\n"), "{}", plan.stdout);
    }

    fn tag(&self) -> Value {
        let answer = self.python.run("peer.py", &["read", &self.endpoint, "s3f"], &Value::Null);
        answer["s3f"]["Tags"]["lambdactl:code"].clone()
    }
}

fn object(key: &str) -> Value {
    json!({ "S3Bucket": "my-bucket", "S3Key": key })
}

/// Every way in which code in S3 becomes another, and how each is seen.
fn every_change_is_seen(place: &Place<'_>, keeps_checksums: bool) {
    place.put("1.zip", "a", "none");
    place.write(&object("1.zip"), &json!({}));
    let created = place.run(&["apply", "--yes", "--format", "json"]).exits(0).json();
    assert_eq!(created["summary"]["applied"], 1);
    let first = place.tag();
    assert!(first.as_str().is_some_and(|tag| tag.len() == 32), "{first}");
    assert_eq!(place.changes(), [""; 0]);

    // Overwritten under its key, with as many bytes.
    place.put("1.zip", "b", "none");
    assert_eq!(place.changes(), ["/Code/S3Key"]);
    place.update();
    assert_ne!(place.tag(), first);

    // Another key, with as many bytes.
    place.put("2.zip", "c", "none");
    place.write(&object("2.zip"), &json!({}));
    assert_eq!(place.changes(), ["/Code/S3Key"]);
    place.update();

    // Other bytes. A second change is sent along.
    place.put("2.zip", "a longer one", "none");
    place.write(&object("2.zip"), &json!({ "Timeout": 9 }));
    assert_eq!(place.changes(), ["/Timeout", "/Code/CodeSize"]);
    place.update();

    if keeps_checksums {
        // A checksum decides whatever the tag says: the same bytes under another key are no change.
        place.put("3.zip", "a longer one", "sha256");
        place.write(&object("3.zip"), &json!({ "Timeout": 9 }));
        assert_eq!(place.changes(), [""; 0]);
        place.put("3.zip", "another one!", "sha256");
        assert_eq!(place.changes(), ["/Code/CodeSha256"]);
        place.update();
    }

    // What is packaged instead says so by its digest, and leaves no tag behind that would speak of an object.
    fs::create_dir(place.folder.path().join("src")).unwrap();
    fs::write(place.folder.path().join("src/app.py"), "def handler(event, context): pass\n").unwrap();
    place.write(&json!("src"), &json!({ "Timeout": 9 }));
    place.update();
    assert_eq!(place.tag(), Value::Null);
}

/// Another version of an object under one key.
fn versions_are_told_apart(place: &Place<'_>) {
    place.python.run("peer.py", &["keep-versions", &place.endpoint], &Value::Null);
    let [old, new] = ["a", "b"].map(|letter| place.put("kept.zip", letter, "none"));
    let code = |version: &Value| {
        let mut code = object("kept.zip");
        code["S3ObjectVersion"] = version.clone();
        code
    };
    place.write(&code(&old), &json!({}));
    place.run(&["apply", "--yes", "--quiet", "--update"]).exits(0);
    assert_eq!(place.changes(), [""; 0]);
    place.write(&code(&new), &json!({}));
    assert_eq!(place.changes(), ["/Code/S3Key"]);
    place.update();
}

#[test]
fn every_change_of_an_object_is_seen_on_moto() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::moto(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    every_change_is_seen(&Place::new(&python, &endpoint), true);
    versions_are_told_apart(&Place::new(&python, &endpoint));
}

#[test]
fn every_change_of_an_object_is_seen_on_ministack() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::ministack(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    every_change_is_seen(&Place::new(&python, &endpoint), true);
    versions_are_told_apart(&Place::new(&python, &endpoint));
}

#[test]
fn every_change_of_an_object_is_seen_on_the_emulator() {
    let Some(python) = Python::provision() else { return };
    let emulator = Emulator::start();
    every_change_is_seen(&Place::new(&python, &emulator.endpoint), true);
}

fn write_unseen(folder: &Path) {
    write_manifest(
        folder,
        &json!({ "region": "us-east-1", "functions": [{
            "FunctionName": "s3f", "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
            "Code": object("nowhere.zip"),
        }] }),
    );
}

#[test]
fn what_was_not_compared_is_said_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    write_unseen(folder.path());
    let run = |arguments: &[&str]| lambdactl(folder.path()).args(arguments).args(["--local"]).run().exits(0);
    run(&["apply", "--yes", "--quiet"]);
    let said = "the code is in S3 and was not compared: the object could not be looked at: there is no such object";
    let plan = run(&["plan", "--update", "--detailed-exitcode"]).stdout;
    assert!(plan.contains(&format!("note: function s3f: {said}")), "{plan}");
    assert!(plan.contains("The account is as the manifest says, as far as it was compared."), "{plan}");
    let applied = run(&["apply", "--yes", "--update"]).stdout;
    assert!(applied.contains(said) && applied.contains("Nothing to do: 1 unchanged"), "{applied}");
    for command in [&["plan", "--format", "json"][..], &["apply", "--yes", "--format", "json"]] {
        assert_eq!(run(command).json()["functions"][0]["notes"], json!([said]), "{command:?}");
    }
    let markdown = run(&["plan", "--format", "markdown"]).stdout;
    assert!(markdown.contains(&format!("  - `s3f`: `{said}`")), "{markdown}");
    assert!(
        markdown.contains("as far as it was compared") && markdown.contains("--local: nothing reaches AWS"),
        "{markdown}"
    );
}

#[test]
fn one_object_is_looked_at_once_and_beside_the_quotas_of_lambda() {
    let folder = tempfile::tempdir().unwrap();
    let functions: Vec<Value> = (0..20)
        .map(|index| {
            json!({
                "FunctionName": format!("f{index}"), "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
                "Code": object("shared.zip"),
            })
        })
        .collect();
    write_manifest(folder.path(), &json!({ "region": "us-east-1", "functions": functions }));
    let emulator = Emulator::start();
    let proxy = Recorder::in_front_of(emulator.endpoint.trim_start_matches("http://"));
    lambdactl(folder.path()).args(["plan", "--format", "json"]).against(&proxy.endpoint).run().exits(0);
    let heads = proxy.lines().iter().filter(|line| line.starts_with("HEAD /my-bucket/shared.zip")).count();
    assert_eq!((heads, proxy.lines().len()), (1, 21), "{:?}", proxy.lines());
}
