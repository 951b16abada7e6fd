//! Updates, replacements and prunes through everything that goes wrong, and two at a time: what the reports say is true,
//! and the account ends as the manifest says.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";
/// Two zip archives with one file each.
const ZIPS: [&str; 2] = [
    "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAAEAAAAYS5weWFQSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAABAAAAAAAAAAAAAAApAEAAAAAYS5weVBLBQYAAAAAAQABADIAAAAjAAAAAAA=",
    "UEsDBBQAAAAAAAAAIQD5775xAQAAAAEAAAAEAAAAYS5weWJQSwECFAMUAAAAAAAAACEA+e++cQEAAAABAAAABAAAAAAAAAAAAAAApAEAAAAAYS5weVBLBQYAAAAAAQABADIAAAAjAAAAAAA=",
];

fn function(name: &str, zip: usize, memory: u32, tag: &str) -> Value {
    json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": ROLE, "MemorySize": memory,
        "Code": { "ZipFile": ZIPS[zip] }, "Tags": { tag: "x" }, "Publish": true
    })
}

fn image(name: &str) -> Value {
    let uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1";
    json!({ "FunctionName": name, "PackageType": "Image", "Role": ROLE, "Code": { "ImageUri": uri } })
}

fn write(folder: &Path, name: &str, functions: &[Value]) {
    let manifest = json!({ "name": name, "region": "us-east-1", "functions": functions });
    fs::write(folder.join("lambda.json"), manifest.to_string()).unwrap();
}

/// What was there: functions to be changed, replaced and pruned, and one of another manifest.
fn before(folder: &Path) {
    write(folder, "others", &[function("theirs", 0, 128, "a")]);
    lambdactl(folder).args(["apply", "--yes", "--local", "--quiet"]).run().exits(0);
    let mut functions: Vec<Value> = (0..6).map(|index| function(&format!("update-{index}"), 0, 128, "a")).collect();
    functions.extend((0..2).map(|index| function(&format!("replace-{index}"), 0, 128, "a")));
    functions.extend((0..3).map(|index| function(&format!("prune-{index}"), 0, 128, "a")));
    functions.push(function("same", 0, 128, "a"));
    write(folder, "ours", &functions);
    lambdactl(folder).args(["apply", "--yes", "--local", "--quiet"]).run().exits(0);
}

fn after(folder: &Path) {
    let mut functions: Vec<Value> = (0..6).map(|index| function(&format!("update-{index}"), 1, 256, "b")).collect();
    functions.extend((0..2).map(|index| image(&format!("replace-{index}"))));
    functions.extend((0..2).map(|index| function(&format!("create-{index}"), 0, 128, "a")));
    functions.push(function("same", 0, 128, "a"));
    write(folder, "ours", &functions);
}

const EVERYTHING: [&str; 6] = ["--update", "--replace", "replace-0", "--replace", "replace-1", "--prune"];

fn run(folder: &Path, endpoint: &str, arguments: &[&str]) -> Ran {
    lambdactl(folder)
        .args(arguments)
        .args(EVERYTHING)
        .args(["--rate", "0", "--get-function-rate", "0", "--format", "json"])
        .against(endpoint)
        .run()
}

/// The actions that are left, by function.
fn left(folder: &Path) -> BTreeMap<String, String> {
    let plan = lambdactl(folder).args(["plan", "--local", "--format", "json"]).args(EVERYTHING).run();
    assert_eq!(plan.code, 0, "{plan:?}");
    let plan = plan.json();
    let rows = plan["functions"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| (text(&row["name"]), text(&row["action"]))).filter(|(_, action)| action != "unchanged").collect()
}

/// With `FAULTS_ALL` set, 20 seeds for each fault: some minutes.
#[test]
fn what_every_fault_leaves_behind_is_what_the_report_says() {
    let faults: [&[&str]; 6] = [
        &["throttle=0.3"],
        &["error=0.2"],
        &["error-after=0.2"],
        &["drop-before=0.2"],
        &["drop-after=0.2"],
        &["throttle=0.1", "error=0.1", "error-after=0.1", "drop-before=0.1", "drop-after=0.1"],
    ];
    let seeds = if std::env::var_os("FAULTS_ALL").is_some() { 20 } else { 1 };
    for (kinds, seed) in faults.iter().flat_map(|kinds| (0..seeds).map(move |seed| (kinds, seed))) {
        let folder = tempfile::tempdir().unwrap();
        before(folder.path());
        after(folder.path());
        let data = folder.path().join(".lambdactl");
        // A fault may well be the end of one run; another run goes on from there.
        let has_ended = (0..8).any(|round| {
            let seed = (seed * 100 + round).to_string();
            let mut arguments = vec!["--data", data.to_str().unwrap(), "--seed", &seed, "--updating", "30ms"];
            arguments.extend(kinds.iter().flat_map(|kind| ["--fault", kind]));
            let server = Emulator::start_with(&arguments);
            let ran = run(folder.path(), &server.endpoint, &["apply", "--yes"]);
            drop(server);
            let left = left(folder.path());
            if ran.stdout.is_empty() {
                assert_eq!(ran.code, 1, "{kinds:?} {seed}: {}", ran.stderr);
                return false;
            }
            let report = ran.json();
            for row in report["functions"].as_array().unwrap() {
                let (name, status) = (row["name"].as_str().unwrap(), row["status"].as_str().unwrap());
                match status {
                    "applied" | "unchanged" => {
                        assert_eq!(left.get(name), None, "{kinds:?} {seed}: {row}\n{}", ran.stderr);
                    }
                    // What depends on a function could not be seen, so it is kept.
                    "drift" => assert_eq!(row["error"]["code"], "InUse", "{row}"),
                    "failed" => assert!(row["error"]["message"].is_string(), "{row}"),
                    other => panic!("{other}: {row}"),
                }
            }
            let failed = report["summary"]["failed"].as_u64().unwrap();
            assert_eq!(ran.code, i32::from(failed > 0), "{kinds:?} {seed}: {}", ran.stdout);
            failed == 0 && report["summary"]["drift"] == 0
        });
        assert!(has_ended, "{kinds:?} {seed}");
        assert_eq!(left(folder.path()), BTreeMap::new(), "{kinds:?} {seed}");
        write(folder.path(), "others", &[function("theirs", 0, 128, "a")]);
        lambdactl(folder.path()).args(["plan", "--local", "--detailed-exitcode"]).run().exits(0);
    }
}

#[test]
fn two_applies_at_a_time_end_as_the_manifest_says() {
    for round in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        before(folder.path());
        after(folder.path());
        let data = folder.path().join(".lambdactl");
        let server = Emulator::start_with(&["--data", data.to_str().unwrap(), "--updating", "50ms"]);
        let arguments = ["apply", "--yes", "--rate", "0", "--get-function-rate", "0", "--format", "json"];
        let begin = || lambdactl(folder.path()).args(arguments).args(EVERYTHING).against(&server.endpoint).spawn();
        let first = begin();
        std::thread::sleep(std::time::Duration::from_millis(30 * round));
        let second = begin();
        let outputs = [first.wait_with_output().unwrap(), second.wait_with_output().unwrap()];
        let mut applied: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for output in &outputs {
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            for row in report["functions"].as_array().unwrap() {
                let (name, action) = (row["name"].as_str().unwrap(), row["action"].as_str().unwrap());
                match row["status"].as_str().unwrap() {
                    "applied" => applied.entry(name.to_owned()).or_default().push(action.to_owned()),
                    "unchanged" => {}
                    // The other one was quicker; what it did is its own report's.
                    "failed" => assert!(
                        ["Moved", "ResourceConflictException", "Conflict"]
                            .contains(&row["error"]["code"].as_str().unwrap()),
                        "{row}"
                    ),
                    other => panic!("{other}: {row}"),
                }
            }
        }
        for (name, actions) in &applied {
            let once = actions.iter().filter(|action| ["create", "delete"].contains(&action.as_str())).count();
            assert!(once <= 1, "{name}: {actions:?}");
        }
        let last = run(folder.path(), &server.endpoint, &["apply", "--yes"]).exits(0);
        drop(server);
        assert_eq!(left(folder.path()), BTreeMap::new(), "{}", last.stdout);
    }
}

#[test]
fn function_that_someone_changes_is_planned_again_once_and_never_beyond_what_was_shown() {
    let folder = tempfile::tempdir().unwrap();
    before(folder.path());
    after(folder.path());
    let data = folder.path().join(".lambdactl");
    let server = Emulator::start_with(&["--data", data.to_str().unwrap()]);
    let plan = folder.path().join("plan");
    let plan_file = plan.to_str().unwrap();
    let ran =
        lambdactl(folder.path()).args(["plan", "--out", plan_file]).args(EVERYTHING).against(&server.endpoint).run();
    assert_eq!(ran.code, 0, "{ran:?}");
    // A saved plan is applied as it was reviewed, or not at all.
    let other = tempfile::tempdir().unwrap();
    write(other.path(), "ours", &[function("same", 0, 512, "a")]);
    lambdactl(other.path()).args(["apply", "--update", "--yes", "--quiet"]).against(&server.endpoint).run().exits(0);
    let refused = lambdactl(folder.path()).args(["apply", plan_file]).against(&server.endpoint).run().exits(1);
    assert!(refused.stderr.contains("`same`: it was changed in the account"), "{}", refused.stderr);
    lambdactl(folder.path())
        .args(["plan", "--out", plan_file])
        .args(EVERYTHING)
        .against(&server.endpoint)
        .run()
        .exits(0);
    let applied =
        lambdactl(folder.path()).args(["apply", plan_file, "--format", "json"]).against(&server.endpoint).run();
    assert_eq!(applied.code, 0, "{applied:?}");
    drop(server);
    assert_eq!(left(folder.path()), BTreeMap::new());
}
