//! One manifest in several accounts and regions, against a server that nobody here wrote: moto.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use lambdactl_tests::http::Recorder;
use lambdactl_tests::python::{Peer, Python, small_zip, write_manifest};
use lambdactl_tests::{Ran, lambdactl};
use serde_json::{Value, json};

const ACCOUNTS: [&str; 3] = ["111122223333", "222233334444", "333344445555"];

/// A location in an account, by its number, and a region.
fn location(name: &str, account: usize, region: &str) -> Value {
    let role = format!("arn:aws:iam::{}:role/deploy", ACCOUNTS[account]);
    json!({ "name": name, "region": region, "account": ACCOUNTS[account], "roleArn": role, "externalId": "x-1" })
}

fn manifest(locations: &[Value]) -> Value {
    let (zip, _) = small_zip();
    json!({
        "name": "shop",
        "locations": locations,
        "defaults": {
            "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::${account}:role/lambda-role",
            "Code": { "ZipFile": zip }, "Tags": { "location": "${location:name}" }
        },
        "functions": [{ "FunctionName": "everywhere" }, { "FunctionName": "in-europe", "locations": ["eu*"] }]
    })
}

fn run(folder: &Path, endpoint: &str, arguments: &[&str]) -> Ran {
    lambdactl(folder).args(arguments).args(["--rate", "0", "--format", "json"]).against(endpoint).run()
}

fn mutating(proxy: &Recorder) -> Vec<String> {
    let reads = |line: &String| line.starts_with("GET ") || line.starts_with("HEAD ") || line == "POST / HTTP/1.1";
    proxy.lines().into_iter().filter(|line| !reads(line)).collect()
}

#[test]
fn one_apply_creates_in_every_account_and_region_what_should_be_there() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::moto(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &[&["accounts", &endpoint], &ACCOUNTS[..]].concat(), &Value::Null);
    let proxy = Recorder::in_front_of(&peer.address);
    let folder = tempfile::tempdir().unwrap();
    let mut locations = vec![
        location("use1", 0, "us-east-1"),
        location("euw1", 0, "eu-west-1"),
        location("eu-other", 1, "eu-west-1"),
        location("use1-third", 2, "us-east-1"),
    ];
    // The guard of one says another account than its role is of.
    locations[3]["account"] = json!("999999999999");
    write_manifest(folder.path(), &manifest(&locations));

    let applied = run(folder.path(), &proxy.endpoint, &["apply", "--yes", "--quiet"]).exits(1).json();
    let of = |report: &Value, member: &str| -> Vec<Value> {
        report["locations"].as_array().unwrap().iter().map(|location| location[member].clone()).collect()
    };
    assert_eq!(of(&applied, "location"), ["use1", "euw1", "eu-other", "use1-third"]);
    assert_eq!(applied["summary"]["applied"], 5, "{applied:#}");
    assert_eq!(of(&applied, "error")[..3], [Value::Null, Value::Null, Value::Null]);
    let last = &applied["locations"][3];
    assert_eq!((&last["error"]["code"], &last["functions"]), (&json!("WrongAccount"), &json!([])), "{last}");
    let calls: u64 = of(&applied, "api_calls").iter().map(|calls| calls.as_u64().unwrap()).sum();
    assert_eq!(applied["api_calls"], calls);

    let places =
        ["111122223333/us-east-1", "111122223333/eu-west-1", "222233334444/eu-west-1", "333344445555/us-east-1"];
    let listed = python.run("peer.py", &[&["listed", &endpoint], &places[..]].concat(), &Value::Null);
    let arns = |account: &str, region: &str, names: &[&str]| -> Value {
        names.iter().map(|name| json!(format!("arn:aws:lambda:{region}:{account}:function:{name}"))).collect()
    };
    assert_eq!(listed[places[0]], arns(ACCOUNTS[0], "us-east-1", &["everywhere"]));
    assert_eq!(listed[places[1]], arns(ACCOUNTS[0], "eu-west-1", &["everywhere", "in-europe"]));
    assert_eq!(listed[places[2]], arns(ACCOUNTS[1], "eu-west-1", &["everywhere", "in-europe"]));
    assert_eq!(listed[places[3]], json!([]));

    // Once the guard is right, only that one is left to do; then nothing is.
    locations[3]["account"] = json!(ACCOUNTS[2]);
    write_manifest(folder.path(), &manifest(&locations));
    let applied = run(folder.path(), &proxy.endpoint, &["apply", "--yes", "--quiet"]).exits(0).json();
    assert_eq!(
        (&applied["summary"]["applied"], &applied["summary"]["unchanged"]),
        (&json!(1), &json!(5)),
        "{applied:#}"
    );
    proxy.clear();
    let planned = run(folder.path(), &proxy.endpoint, &["plan", "--detailed-exitcode"]).exits(0).json();
    assert_eq!(planned["summary"]["unchanged"], 6);
    assert_eq!(of(&planned, "account"), [ACCOUNTS[0], ACCOUNTS[0], ACCOUNTS[1], ACCOUNTS[2]]);
    run(folder.path(), &proxy.endpoint, &["apply", "--yes", "--quiet"]).exits(0);
    assert_eq!(mutating(&proxy), [] as [&str; 0]);

    // With one location the output is that of a manifest without any.
    let one = run(folder.path(), &proxy.endpoint, &["plan", "--location", "use1"]).exits(0).json();
    assert_eq!((&one["account"], &one["locations"]), (&json!(ACCOUNTS[0]), &Value::Null));
}
