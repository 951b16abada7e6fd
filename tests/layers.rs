//! Layers from the manifest to the account: published where something differs and never otherwise, given to the functions that
//! name them, and pruned.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use lambdactl_tests::http::{Recorder, answer};
use lambdactl_tests::python::{Peer, Python};
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const HEAD: &str = "name: shop\nregion: us-west-2\nlayers:\n  - {LayerName: common, Content: ./common, CompatibleRuntimes: [python3.13], \
                    versions: {keep: 2}}\ndefaults: {Runtime: python3.13, Handler: app.handler, \
                    Role: 'arn:aws:iam::123456789012:role/r', Code: ./src}\nfunctions:\n";
const SHARED: &str = "  - {FunctionName: one, Layers: ['${layer:common}']}\n  - {FunctionName: two, Layers: ['${layer:common}']}\n  \
                      - {FunctionName: alone}\n";
const ARN: &str = "arn:aws:lambda:us-west-2:123456789012:layer:common";

/// A folder with a layer and functions, and an emulator for it.
struct Place {
    server: Emulator,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["src", "common/python"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("src/app.py"), "def handler(event, context): pass\n").unwrap();
        let place = Self { server: Emulator::start(), folder };
        place.write(&format!("{HEAD}{SHARED}"));
        place.content("one");
        place
    }

    fn write(&self, manifest: &str) {
        fs::write(self.folder.path().join("lambda.yaml"), manifest).unwrap();
    }

    fn content(&self, text: &str) {
        fs::write(self.folder.path().join("common/python/common.py"), format!("text = '{text}'\n")).unwrap();
    }

    fn run_at(&self, endpoint: &str, arguments: &str) -> Ran {
        let arguments = arguments.split_whitespace().chain(["--rate", "0", "--get-function-rate", "0"]);
        lambdactl(self.folder.path()).args(arguments).against(endpoint).run()
    }

    fn run(&self, arguments: &str) -> Ran {
        self.run_at(&self.server.endpoint, arguments)
    }

    /// Plans or applies; returns what it says.
    fn json(&self, arguments: &str) -> Value {
        self.run(&format!("{arguments} --format json")).exits(0).json()
    }

    fn apply(&self, flags: &str) -> Value {
        self.json(&format!("apply --yes {flags}"))
    }

    /// Plans again: there is nothing to do.
    fn is_settled(&self, flags: &str) {
        self.run(&format!("plan --detailed-exitcode {flags}")).exits(0);
    }

    /// Calls since the last look.
    fn calls(&self, operation: &str) -> u64 {
        self.server.take_requests()[operation]["answered"].as_u64().unwrap_or_default()
    }

    fn get(&self, path: &str) -> Value {
        let host = self.server.endpoint.trim_start_matches("http://");
        let authorization = "AWS4-HMAC-SHA256 Credential=test/20261126/us-west-2/lambda/aws4_request, \
                             SignedHeaders=host, Signature=0";
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
        );
        serde_json::from_str(&lambdactl_tests::http::exchange(host, &request)).unwrap()
    }

    /// The numbers of the layer's versions, the newest first.
    fn versions(&self) -> Vec<u64> {
        let answer = self.get("/2018-10-31/layers/common/versions");
        answer["LayerVersions"].as_array().unwrap().iter().filter_map(|version| version["Version"].as_u64()).collect()
    }

    /// The ARN of the first layer that a function has.
    fn layer_of(&self, function: &str) -> Value {
        self.get(&format!("/2015-03-31/functions/{function}"))["Configuration"]["Layers"][0]["Arn"].clone()
    }
}

fn statuses(report: &Value) -> Vec<&str> {
    report["functions"].as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect()
}

fn actions(plan: &Value) -> Vec<&str> {
    plan["functions"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect()
}

#[test]
fn layer_is_published_once_and_functions_share_it() {
    let place = Place::new();
    let plan = place.json("plan");
    assert_eq!(
        (&plan["layers"][0]["action"], &plan["layers"][0]["version"]),
        (&json!("create"), &Value::Null),
        "{plan}"
    );
    let is_layers = |change: &&Value| change["path"] == "/Layers";
    let change = plan["functions"][0]["changes"].as_array().unwrap().iter().find(is_layers).unwrap();
    assert_eq!(change["after"], json!(["${layer:common}"]));
    let _ = place.server.take_requests();

    let report = place.apply("");
    assert_eq!(report["layers"], json!([{ "name": "common", "status": "applied", "version": 1, "error": null }]));
    assert_eq!(statuses(&report), ["applied"; 3]);
    assert_eq!(place.calls("PublishLayerVersion"), 1);
    for function in ["one", "two"] {
        assert_eq!(place.layer_of(function), format!("{ARN}:1"));
    }
    assert_eq!(place.layer_of("alone"), Value::Null);

    let again = place.apply("");
    assert_eq!(again["layers"][0]["status"], "unchanged");
    assert_eq!(statuses(&again), ["unchanged"; 3]);
    place.apply("--update");
    assert_eq!(place.calls("PublishLayerVersion"), 0, "nothing differs");
    place.is_settled("--update --prune");
    let plan = place.json("plan");
    assert_eq!(plan["layers"], json!([{ "name": "common", "action": "unchanged", "changes": [], "version": 1 }]));
}

#[test]
fn changed_content_drifts_until_it_may_be_updated() {
    let place = Place::new();
    place.apply("");
    place.content("two");
    place.run("plan --detailed-exitcode").exits(2);
    let plan = place.json("plan");
    assert_eq!((&plan["layers"][0]["action"], &plan["layers"][0]["version"]), (&json!("drift"), &json!(1)));
    assert_eq!(plan["layers"][0]["changes"][0]["path"], "/Content/CodeSha256");
    assert_eq!(actions(&plan), ["unchanged"; 3], "the old version stays in use");
    assert_eq!(place.apply("")["layers"][0]["status"], "drift");
    assert_eq!(place.versions(), [1]);

    let plan = place.json("plan --update");
    assert_eq!(plan["layers"][0]["action"], "create");
    assert_eq!(actions(&plan), ["update", "update", "unchanged"]);
    let report = place.apply("--update");
    assert_eq!((&report["layers"][0]["status"], &report["layers"][0]["version"]), (&json!("applied"), &json!(2)));
    assert_eq!((place.layer_of("one"), place.layer_of("two")), (json!(format!("{ARN}:2")), json!(format!("{ARN}:2"))));
    place.is_settled("--update");

    // Another member is another version, too; the order of runtimes is none.
    let manifest = format!("{HEAD}{SHARED}");
    place.write(&manifest.replace("[python3.13], versions", "[python3.13, python3.12], Description: new, versions"));
    let paths: Vec<Value> = place.json("plan")["layers"][0]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["path"].clone())
        .collect();
    assert_eq!(paths, ["/Description", "/CompatibleRuntimes"]);
    place.apply("--update");
    place.write(&manifest.replace("[python3.13], versions", "[python3.12, python3.13], Description: new, versions"));
    place.is_settled("--update");
    assert_eq!(place.versions(), [3, 2, 1]);
}

#[test]
fn old_versions_go_with_prune_and_never_one_that_is_used() {
    let place = Place::new();
    place.apply("");
    // This one stays with version 1, by its ARN.
    place.write(&format!("{HEAD}{}", SHARED.replacen("${layer:common}", &format!("{ARN}:1"), 1)));
    for text in ["two", "three", "four"] {
        place.content(text);
        place.apply("--update");
    }
    assert_eq!(place.versions(), [4, 3, 2, 1], "none goes by itself");
    let plan = place.json("plan --prune");
    assert_eq!(plan["layers"][0]["action"], "delete");
    assert_eq!(
        plan["layers"][0]["changes"],
        json!([{ "path": "/versions", "before": ["2"], "after": null, "sensitive": false }])
    );
    let notes = plan["notes"].to_string();
    assert!(notes.contains("of code storage are used: ") && notes.contains("1 old version of layers"), "{notes}");
    assert!(!notes.contains("at least"), "{notes}");
    place.run("plan --prune --detailed-exitcode").exits(2);
    place.is_settled("");
    // Who chooses functions does not see what the others use.
    place.is_settled("--prune --target two");

    // Published and pruned at once: the newest two are the one that comes and the one before.
    place.content("five");
    let report = place.apply("--update --prune");
    assert_eq!(report["layers"], json!([{ "name": "common", "status": "applied", "version": 5, "error": null }]));
    assert_eq!(place.versions(), [5, 4, 1]);
    assert_eq!(place.layer_of("one"), format!("{ARN}:1"));
    place.is_settled("--update --prune");
}

#[test]
fn only_the_layers_of_the_chosen_functions_are_looked_at() {
    let place = Place::new();
    let plan = place.json("plan --target alone");
    assert_eq!(plan["layers"], json!([]));
    place.apply("--target alone");
    assert_eq!(place.versions(), [0; 0]);
    let report = place.apply("--target two");
    assert_eq!(report["layers"][0]["version"], 1);
    assert_eq!(place.layer_of("two"), format!("{ARN}:1"));
}

#[test]
fn failed_layer_holds_up_only_the_functions_that_need_it() {
    let place = Place::new();
    let address = place.server.endpoint.trim_start_matches("http://").to_owned();
    let proxy = Recorder::between(&address, move |request, ask| {
        if request.starts_with("POST /2018-10-31/layers/") {
            let body = r#"{"Type":"User","message":"Code storage limit exceeded."}"#;
            return answer("400 Bad Request", "x-amzn-errortype: CodeStorageExceededException\r\n", body);
        }
        ask()
    });
    let report = place.run_at(&proxy.endpoint, "apply --yes --format json").exits(1).json();
    let layer = &report["layers"][0];
    assert_eq!((&layer["status"], &layer["error"]["code"]), (&json!("failed"), &json!("CodeStorageExceededException")));
    assert_eq!(statuses(&report), ["skipped", "skipped", "applied"]);
    let message = report["functions"][0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("layer `common`"), "{message}");
    assert_eq!(report["functions"][0]["error"]["code"], "LayerFailed");
    assert_eq!(statuses(&place.apply("")), ["applied", "applied", "unchanged"]);
}

/// Every answer of PublishLayerVersion is lost on its way, once: whether the call was executed is looked up.
#[test]
fn lost_answer_publishes_no_second_version() {
    for executes in [true, false] {
        let place = Place::new();
        let address = place.server.endpoint.trim_start_matches("http://").to_owned();
        let count = AtomicUsize::new(0);
        let proxy = Recorder::between(&address, move |request, ask| {
            let is_first =
                request.starts_with("POST /2018-10-31/layers/") && count.fetch_add(1, Ordering::Relaxed) == 0;
            match (is_first, executes) {
                (true, true) => {
                    ask();
                    String::new()
                }
                (true, false) => String::new(),
                (false, _) => ask(),
            }
        });
        let report = place.run_at(&proxy.endpoint, "apply --yes --format json").exits(0).json();
        assert_eq!(report["layers"], json!([{ "name": "common", "status": "applied", "version": 1, "error": null }]));
        assert_eq!(place.versions(), [1], "executed: {executes}");
        assert_eq!(place.layer_of("one"), format!("{ARN}:1"));
        place.is_settled("--update");
    }
}

/// With `FAULTS_ALL` set, five seeds.
#[test]
fn emulators_own_faults_publish_each_version_once() {
    let seeds: &[&str] = if std::env::var_os("FAULTS_ALL").is_some() { &["1", "2", "3", "4", "5"] } else { &["1"] };
    for seed in seeds {
        let place = Place::new();
        let faults = ["throttle=0.1", "error=0.1", "error-after=0.2", "drop-before=0.1", "drop-after=0.2"];
        let data = place.folder.path().join(".lambdactl");
        let mut arguments = vec!["--data", data.to_str().unwrap(), "--seed", seed];
        arguments.extend(faults.iter().flat_map(|fault| ["--fault", fault]));
        let server = Emulator::start_with(&arguments);
        let has_ended = (0..10).any(|_| place.run_at(&server.endpoint, "apply --yes --quiet").code == 0);
        assert!(has_ended, "{seed}");
        drop(server);
        let plan = place.json("plan --local --update");
        assert_eq!(plan["layers"][0]["version"], 1, "{seed}: {plan}");
        assert_eq!(actions(&plan), ["unchanged"; 3], "{seed}: {plan}");
    }
}

/// The layer is there, and the apply ended before the functions were: the next one publishes nothing.
#[test]
fn apply_that_ended_after_publishing_is_gone_on_with() {
    let place = Place::new();
    let address = place.server.endpoint.trim_start_matches("http://").to_owned();
    let proxy = Recorder::between(&address, move |request, ask| {
        if request.starts_with("POST /2015-03-31/functions ") {
            return answer("403 Forbidden", "x-amzn-errortype: AccessDeniedException\r\n", "{\"Message\":\"no\"}");
        }
        ask()
    });
    place.run_at(&proxy.endpoint, "apply --yes --quiet").exits(1);
    assert_eq!(place.versions(), [1]);
    let report = place.apply("");
    assert_eq!((&report["layers"][0]["status"], &report["layers"][0]["version"]), (&json!("unchanged"), &json!(1)));
    assert_eq!(statuses(&report), ["applied"; 3]);
    assert_eq!(place.layer_of("one"), format!("{ARN}:1"));
    assert_eq!(place.versions(), [1]);

    // The same in the middle of an update: the new version is there, and the functions are not moved yet.
    place.content("two");
    let proxy = Recorder::between(&address, move |request, ask| {
        if request.starts_with("PUT /2015-03-31/functions/") {
            return answer("403 Forbidden", "x-amzn-errortype: AccessDeniedException\r\n", "{\"Message\":\"no\"}");
        }
        ask()
    });
    place.run_at(&proxy.endpoint, "apply --yes --update --prune --quiet").exits(1);
    assert_eq!(place.versions(), [2, 1], "nothing is pruned before everything else is done");
    place.apply("--update --prune");
    assert_eq!(place.versions(), [2, 1]);
    assert_eq!(place.layer_of("two"), format!("{ARN}:2"));
    place.is_settled("--update --prune");
}

#[test]
fn layer_that_may_not_be_read_is_said_and_fails_nothing_else() {
    let place = Place::new();
    place.apply("--target two");
    let address = place.server.endpoint.trim_start_matches("http://").to_owned();
    let proxy = Recorder::between(&address, move |request, ask| {
        if request.contains(" /2018-10-31/layers/") {
            return answer("403 Forbidden", "x-amzn-errortype: AccessDeniedException\r\n", "{\"Message\":\"no\"}");
        }
        ask()
    });
    let plan = place.run_at(&proxy.endpoint, "plan --update --format json").exits(0).json();
    assert_eq!(actions(&plan), ["drift", "unchanged", "create"]);
    assert_eq!(plan["layers"][0]["action"], "unchanged");
    let notes = plan["notes"].to_string();
    assert!(
        notes.contains("layer common: its versions could not be read") && notes.contains("AccessDenied"),
        "{notes}"
    );
    let refused = plan["functions"][0]["notes"][0].as_str().unwrap();
    assert!(refused.contains("LayerUnknown") && refused.contains("`common`"), "{refused}");
    let report = place.run_at(&proxy.endpoint, "apply --yes --format json").exits(1).json();
    assert_eq!(statuses(&report), ["failed", "unchanged", "applied"]);
    assert_eq!(place.versions(), [1]);
}

#[test]
fn saved_plan_holds_layers() {
    let place = Place::new();
    place.run("plan --out reviewed.plan").exits(0);
    place.content("two");
    let refused = place.run("apply reviewed.plan").exits(1);
    assert!(refused.stderr.contains("layer `common`: the manifest or the content"), "{}", refused.stderr);
    place.content("one");
    place.run("apply reviewed.plan --quiet").exits(0);
    assert_eq!(place.versions(), [1]);
    place.content("two");
    place.run("plan --update --out reviewed.plan").exits(0);
    place.apply("--update");
    let refused = place.run("apply reviewed.plan").exits(1);
    assert!(refused.stderr.contains("layer `common`: its versions were changed"), "{}", refused.stderr);
    assert_eq!(place.versions(), [2, 1]);
}

#[test]
fn plan_names_layers_for_people_and_in_comments() {
    let place = Place::new();
    let plan = place.run("plan").exits(0).stdout;
    assert!(plan.contains("+ layer common will be published") && plan.contains("1 layer to publish"), "{plan}");
    let comment = place.run("plan --format markdown").exits(0).stdout;
    assert!(
        comment.contains("- 1 layer will be published.") && comment.contains("<code>+ layer common</code>"),
        "{comment}"
    );
    let report = place.run("apply --yes").exits(0).stdout;
    assert!(report.contains("published layer common") && report.contains("1 layer published"), "{report}");
    place.content("two");
    let plan = place.run("plan").exits(0).stdout;
    assert!(plan.contains("! layer common differs, and version 1 stays in use"), "{plan}");
    assert!(place.run("plan --format markdown").exits(0).stdout.contains("1 layer differs from the manifest"));
}

#[test]
fn content_in_s3_is_compared_by_what_s3_says() {
    let place = Place::new();
    let artifacts = format!("artifacts: {{bucket: my-artifacts, prefix: layers/}}\n{HEAD}{SHARED}");
    place.write(&artifacts);
    assert_eq!(place.apply("")["layers"][0]["status"], "applied");
    place.is_settled("--update");
    // An object that was put there by someone else, of which the service says no more than a size.
    let object =
        format!("{HEAD}{SHARED}").replace("Content: ./common", "Content: {S3Bucket: others, S3Key: common.zip}");
    place.write(&object);
    let plan = place.json("plan");
    let notes = plan["notes"].to_string();
    assert!(notes.contains("the content is in S3 and was not compared"), "{notes}");
    assert_eq!(plan["layers"][0]["action"], "unchanged");
}

/// Publishes, updates and prunes at a server that nobody here wrote.
fn layers_live_at(endpoint: &str) {
    let place = Place::new();
    // Not every server has a tagging API, which knows what a manifest of a name owns.
    let manifest = format!("{HEAD}{SHARED}").replace("name: shop\n", "");
    let manifest = manifest.replace("us-west-2", "us-east-1").replace("role/r'", "role/lambda-role'");
    place.write(&manifest);
    let run = |arguments: &str| place.run_at(endpoint, arguments);
    let settled = |flags: &str| {
        let plan = run(&format!("plan --detailed-exitcode --format json {flags}"));
        assert_eq!(plan.code, 0, "{endpoint}: {}", plan.stdout);
    };
    let first = run("apply --yes --format json").exits(0).json();
    assert_eq!((&first["layers"][0]["status"], &first["layers"][0]["version"]), (&json!("applied"), &json!(1)));
    settled("--update");
    for (text, version) in [("two", 2), ("three", 3), ("four", 4)] {
        place.content(text);
        run("plan --detailed-exitcode").exits(2);
        let report = run("apply --yes --update --format json").exits(0).json();
        assert_eq!(report["layers"][0]["version"], version, "{endpoint}: {report}");
        settled("--update");
    }
    run("plan --prune --detailed-exitcode").exits(2);
    run("apply --yes --prune --quiet").exits(0);
    settled("--update --prune");
}

#[test]
fn layers_live_at_moto() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::moto(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    layers_live_at(&endpoint);
}

#[test]
fn layers_live_at_ministack() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::ministack(&python);
    layers_live_at(&format!("http://{}", peer.address));
}
