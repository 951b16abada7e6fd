//! Every member that can be changed, from every state into every other: the account follows, exactly the necessary calls
//! are sent, and the next plan is empty.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::path::Path;

use lambdactl_tests::http::{Recorder, send};
use lambdactl_tests::python::{Peer, Python, write_manifest};
use lambdactl_tests::{Emulator, lambdactl};
use serde_json::{Map, Value, json};

/// The one role that servers are told of.
const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-role";
/// The members that moto changes when it is told to: it drops all others without a word.
const MOTO_CHANGES: &[&str] =
    &["Code", "Description", "Environment", "Handler", "MemorySize", "Runtime", "Tags", "Timeout", "VpcConfig"];
/// The members that ministack does not change or does not keep.
const MINISTACK_DROPS: &[&str] = &["AcceleratorConfig", "RuntimeConfig", "CodeSigningConfigArn"];

const SETTINGS: &[&str] = &["UpdateFunctionConfiguration"];
const CODE: &[&str] = &["UpdateFunctionCode"];
/// Two zip archives with one file each.
const ZIPS: [&str; 2] = [
    "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAAEAAAAYS5weWFQSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAABAAAAAAAAAAAAAAApAEAAAAAYS5weVBLBQYAAAAAAQABADIAAAAjAAAAAAA=",
    "UEsDBBQAAAAAAAAAIQD5775xAQAAAAEAAAAEAAAAYS5weWJQSwECFAMUAAAAAAAAACEA+e++cQEAAAABAAAABAAAAAAAAAAAAAAApAEAAAAAYS5weVBLBQYAAAAAAQABADIAAAAjAAAAAAA=",
];

/// A function that differs from others in one member.
struct Row {
    member: &'static str,
    /// What else it needs.
    base: Value,
    /// The state without the member; nothing where it must be there.
    absent: Option<Value>,
    one: Value,
    other: Value,
    /// The calls of a change between two values, of an addition and of a removal.
    calls: [&'static [&'static str]; 3],
}

fn row(member: &'static str, one: Value, other: Value) -> Row {
    Row { member, base: json!({}), absent: Some(Value::Null), one, other, calls: [SETTINGS; 3] }
}

fn rows() -> Vec<Row> {
    let provider = |concurrency: u32| {
        json!({ "LambdaManagedInstancesCapacityProviderConfig": {
            "CapacityProviderArn": "arn:aws:lambda:us-east-1:123456789012:capacity-provider:pool",
            "PerExecutionEnvironmentMaxConcurrency": concurrency
        } })
    };
    let vpc = |subnets: Value| json!({ "SubnetIds": subnets, "SecurityGroupIds": ["sg-1"] });
    let mount = |path: &str| {
        json!([{
            "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
            "LocalMountPath": path
        }])
    };
    let layer = |number: u32| format!("arn:aws:lambda:us-east-1:123456789012:layer:tools:{number}");
    let key = |number: u32| format!("arn:aws:kms:us-east-1:123456789012:key/{number}");
    let queue = |name: &str| json!({ "TargetArn": format!("arn:aws:sqs:us-east-1:123456789012:{name}") });
    let image = |tag: &str| json!({ "ImageUri": format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/app:{tag}") });
    let signing = |letter: &str| {
        json!(format!("arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-{}", letter.repeat(17)))
    };
    let runtime = |alias: &str| json!({ "RuntimeArn": "arn:aws:lambda:us-east-1:123456789012:runtime/mine", "RuntimeAlias": alias });
    let is_image = json!({ "PackageType": "Image", "Runtime": null, "Handler": null, "Code": image("1") });
    let managed = json!({ "MemorySize": 2048, "LoggingConfig": { "LogFormat": "JSON" } });
    let needed = |row: Row| Row { absent: None, ..row };
    vec![
        needed(row("Role", json!("arn:aws:iam::123456789012:role/one"), json!("arn:aws:iam::123456789012:role/other"))),
        needed(row("Runtime", json!("python3.13"), json!("python3.14"))),
        needed(row("Handler", json!("a.b"), json!("a.c"))),
        row("Description", json!("one"), json!("other")),
        row("Timeout", json!(30), json!(60)),
        row("MemorySize", json!(256), json!(512)),
        row("EphemeralStorage", json!({ "Size": 1024 }), json!({ "Size": 2048 })),
        row("Environment", json!({ "Variables": { "STAGE": "one" } }), json!({ "Variables": { "OTHER": "two" } })),
        row("KMSKeyArn", json!(key(1)), json!(key(2))),
        Row {
            base: json!({ "Environment": { "Variables": { "STAGE": "one" } } }),
            ..row("KMSKeyArn", json!(key(1)), json!(key(2)))
        },
        row("VpcConfig", vpc(json!(["subnet-1", "subnet-2"])), vpc(json!(["subnet-3"]))),
        row(
            "VpcConfig",
            vpc(json!(["subnet-1"])),
            json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "Ipv6AllowedForDualStack": true }),
        ),
        row("DeadLetterConfig", queue("one"), queue("other")),
        row("Layers", json!([layer(1)]), json!([layer(2)])),
        Row {
            base: json!({ "VpcConfig": vpc(json!(["subnet-1"])) }),
            ..row("FileSystemConfigs", mount("/mnt/one"), mount("/mnt/other"))
        },
        Row {
            base: is_image.clone(),
            ..row("ImageConfig", json!({ "Command": ["a"], "EntryPoint": ["x"] }), json!({ "Command": ["b"] }))
        },
        row("LoggingConfig", json!({ "LogGroup": "mine" }), json!({ "LogFormat": "JSON", "SystemLogLevel": "WARN" })),
        row(
            "LoggingConfig",
            json!({ "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG" }),
            json!({ "LogFormat": "JSON", "SystemLogLevel": "WARN" }),
        ),
        needed(row("DurableConfig", json!({ "ExecutionTimeout": 60 }), {
            json!({ "ExecutionTimeout": 90, "RetentionPeriodInDays": 7 })
        })),
        Row { base: managed, ..needed(row("CapacityProviderConfig", provider(2), provider(4))) },
        Row {
            base: json!({ "Runtime": "custom", "RuntimeConfig": runtime("zero") }),
            ..needed(row("RuntimeConfig", runtime("one"), runtime("other")))
        },
        row("AcceleratorConfig", json!({ "AcceleratorMemorySize": 1024 }), json!({ "AcceleratorMemorySize": 2048 })),
        // These two have one value besides the default.
        row("TracingConfig", json!({ "Mode": "Active" }), json!({ "Mode": "Active" })),
        row("SnapStart", json!({ "ApplyOn": "PublishedVersions" }), json!({ "ApplyOn": "PublishedVersions" })),
        Row { calls: [CODE; 3], ..row("Architectures", json!(["arm64"]), json!(["arm64"])) },
        Row { calls: [CODE; 3], ..needed(row("Code", json!({ "ZipFile": ZIPS[0] }), json!({ "ZipFile": ZIPS[1] }))) },
        Row { base: is_image, calls: [CODE; 3], ..needed(row("Code", image("1"), image("2"))) },
        Row {
            absent: Some(json!({ "ZipFile": ZIPS[0] })),
            calls: [CODE; 3],
            ..row(
                "Code",
                json!({ "ZipFile": ZIPS[0], "SourceKMSKeyArn": key(1) }),
                json!({ "ZipFile": ZIPS[0], "SourceKMSKeyArn": key(2) }),
            )
        },
        Row {
            // Absent tags are nobody's business, so that an empty map is what takes them away.
            absent: Some(json!({})),
            calls: [&["UntagResource", "TagResource"], &["TagResource"], &["UntagResource"]],
            ..row("Tags", json!({ "one": "1" }), json!({ "other": "2" }))
        },
        Row {
            absent: Some(json!({})),
            calls: [&["TagResource"], &["TagResource"], &["UntagResource"]],
            ..row("Tags", json!({ "one": "1" }), json!({ "one": "2" }))
        },
        Row {
            calls: [
                &["PutFunctionCodeSigningConfig"],
                &["PutFunctionCodeSigningConfig"],
                &["DeleteFunctionCodeSigningConfig"],
            ],
            ..row("CodeSigningConfigArn", signing("a"), signing("b"))
        },
        Row {
            base: json!({ "Publish": true }),
            calls: [&["UpdateFunctionConfiguration", "PublishVersion"]; 3],
            ..row("Description", json!("one"), json!("other"))
        },
    ]
}

/// The states of a row in an order that has every pair of them.
fn states(row: &Row) -> Vec<Value> {
    let (one, other) = (row.one.clone(), row.other.clone());
    match &row.absent {
        None => vec![one.clone(), other.clone(), one],
        Some(absent) => {
            let absent = absent.clone();
            vec![absent.clone(), one.clone(), other.clone(), absent.clone(), other, one, absent]
        }
    }
}

fn function(index: usize, row: &Row, state: &Value) -> Value {
    let mut function = json!({
        "Runtime": "python3.13", "Handler": "a.b", "Role": ROLE,
        "Code": { "ZipFile": ZIPS[0] }, "FunctionName": format!("f{index}")
    });
    let members = function.as_object_mut().unwrap();
    members.extend(row.base.as_object().unwrap().clone());
    members.insert(row.member.to_owned(), state.clone());
    members.retain(|_, value| !value.is_null());
    function
}

/// Returns the calls that changed something, by function.
fn changes(recorder: &Recorder) -> BTreeMap<String, Vec<&'static str>> {
    let mut changes: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for line in recorder.lines() {
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let parts: Vec<&str> = path.trim_start_matches('/').split(['/', '?']).collect();
        let operation = match (method, parts.as_slice()) {
            ("PUT", [_, "functions", _, "configuration"]) => "UpdateFunctionConfiguration",
            ("PUT", [_, "functions", _, "code"]) => "UpdateFunctionCode",
            ("POST", [_, "functions", _, "versions"]) => "PublishVersion",
            ("PUT", [_, "functions", _, "code-signing-config"]) => "PutFunctionCodeSigningConfig",
            ("DELETE", [_, "functions", _, "code-signing-config"]) => "DeleteFunctionCodeSigningConfig",
            ("POST", [_, "tags", _]) => "TagResource",
            ("DELETE", [_, "tags", ..]) => "UntagResource",
            ("POST", [""]) | ("GET", _) => continue,
            _ => panic!("another call: {line}"),
        };
        let name = if parts[1] == "tags" { parts[2].rsplit("%3A").next().unwrap() } else { parts[2] };
        changes.entry(name.to_owned()).or_default().push(operation);
    }
    changes
}

fn run(folder: &Path, endpoint: &str, arguments: &[&str]) -> Value {
    let ran = lambdactl(folder)
        .args(arguments)
        .args(["--update", "--format", "json", "--rate", "0", "--get-function-rate", "0"])
        .against(endpoint)
        .run();
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    ran.json()
}

/// What the account says about a member, in the words of the request.
fn answered(endpoint: &str, name: &str, member: &str) -> Value {
    let get = |path: String| serde_json::from_str::<Value>(&send(endpoint, "GET", &path)).unwrap();
    let answer = get(format!("/2015-03-31/functions/{name}"));
    let configuration = &answer["Configuration"];
    match member {
        "Tags" => answer["Tags"].clone(),
        "CodeSigningConfigArn" => {
            get(format!("/2020-06-30/functions/{name}/code-signing-config"))["CodeSigningConfigArn"].clone()
        }
        "Layers" => {
            configuration["Layers"].as_array().into_iter().flatten().map(|layer| layer["Arn"].clone()).collect()
        }
        "ImageConfig" => configuration["ImageConfigResponse"]["ImageConfig"].clone(),
        "Code" => answer["Code"].clone(),
        member => configuration[member].clone(),
    }
}

/// Whether an answer has everything that was asked for; the service may have filled in more.
fn holds(wanted: &Value, answer: &Value) -> bool {
    let archive_or_same = |(member, wanted): (&String, &Value)| member == "ZipFile" || holds(wanted, &answer[member]);
    match wanted {
        Value::Object(members) => members.iter().all(archive_or_same),
        wanted => wanted == answer,
    }
}

#[test]
fn every_member_goes_from_every_state_into_every_other() {
    // Few enough at a time to be read one by one: a list does not say which key encrypts an archive.
    let mut rows = rows();
    let rest = rows.split_off(rows.len() / 2);
    go_through(&rows);
    go_through(&rest);
}

fn go_through(rows: &[Row]) {
    let server = Emulator::start_with(&["--updating", "20ms"]);
    let recorder = Recorder::in_front_of(server.endpoint.trim_start_matches("http://"));
    let folder = tempfile::tempdir().unwrap();
    let states: Vec<Vec<Value>> = rows.iter().map(states).collect();
    let rounds = states.iter().map(Vec::len).max().unwrap();
    let mut absent: Map<String, Value> = Map::new();
    for round in 0..rounds {
        let state = |index: usize| &states[index][round.min(states[index].len() - 1)];
        let functions: Vec<Value> =
            rows.iter().enumerate().map(|(index, row)| function(index, row, state(index))).collect();
        write_manifest(folder.path(), &json!({ "region": "us-east-1", "functions": functions }));
        if round == 0 {
            run(folder.path(), &server.endpoint, &["apply", "--yes"]);
        } else {
            recorder.clear();
            run(folder.path(), &recorder.endpoint, &["apply", "--yes"]);
            let sent = changes(&recorder);
            for (index, row) in rows.iter().enumerate() {
                let before = &states[index][(round - 1).min(states[index].len() - 1)];
                let [change, add, remove] = row.calls;
                let expected = match (before == state(index), &row.absent) {
                    (true, _) => &[],
                    (_, Some(absent)) if before == absent => add,
                    (_, Some(absent)) if state(index) == absent => remove,
                    _ => change,
                };
                let sent = sent.get(&format!("f{index}")).cloned().unwrap_or_default();
                assert_eq!(sent, expected, "{} from {before} to {}", row.member, state(index));
            }
        }
        for (index, row) in rows.iter().enumerate() {
            let name = format!("f{index}");
            let answer = answered(&server.endpoint, &name, row.member);
            if row.absent.as_ref() == Some(state(index)) {
                // What it was before anything was ever set, in whichever way "none" is spelt.
                let is_none = |value: &Value| match value {
                    Value::Null => true,
                    Value::Object(members) => members.values().all(|value| {
                        *value == json!([]) || *value == json!(false) || *value == json!("") || *value == json!({})
                    }),
                    Value::Array(items) => items.is_empty(),
                    _ => false,
                };
                let first = absent.entry(name).or_insert_with(|| answer.clone());
                let mut both = [first.clone(), answer];
                both.iter_mut().filter_map(Value::as_object_mut).for_each(|members| drop(members.remove("Location")));
                let same = both[0] == both[1] || both.iter().all(is_none);
                assert!(same, "{}: {} is not {}", row.member, both[1], both[0]);
            } else {
                assert!(holds(state(index), &answer), "{}: {answer} is not {}", row.member, state(index));
            }
        }
        let plan = run(folder.path(), &server.endpoint, &["plan"]);
        let left: Vec<&Value> =
            plan["functions"].as_array().unwrap().iter().filter(|function| function["action"] != "unchanged").collect();
        assert!(left.is_empty(), "round {round}: {left:?}");
    }
}

/// Goes through the states with nothing to look at but the plan: what a server does with a call is its own matter.
fn go_through_elsewhere(address: &str, rows: &[Row]) {
    let endpoint = format!("http://{address}");
    let folder = tempfile::tempdir().unwrap();
    let states: Vec<Vec<Value>> = rows.iter().map(states).collect();
    for round in 0..states.iter().map(Vec::len).max().unwrap() {
        let state = |index: usize| &states[index][round.min(states[index].len() - 1)];
        let functions: Vec<Value> =
            rows.iter().enumerate().map(|(index, row)| function(index, row, state(index))).collect();
        write_manifest(folder.path(), &json!({ "region": "us-east-1", "functions": functions }));
        let report = run(folder.path(), &endpoint, &["apply", "--yes"]);
        if round > 0 {
            let rows = report["functions"].as_array().unwrap().iter().enumerate();
            for (index, row) in rows {
                let changes = states[index].get(round).is_some_and(|state| *state != states[index][round - 1]);
                assert_eq!(row["status"], if changes { "applied" } else { "unchanged" }, "{row}: {}", state(index));
            }
        }
        let plan = run(folder.path(), &endpoint, &["plan"]);
        let rows = plan["functions"].as_array().unwrap().iter();
        let left: Vec<&Value> = rows.filter(|function| function["action"] != "unchanged").collect();
        assert!(left.is_empty(), "round {round}: {left:?}");
    }
}

#[test]
fn servers_of_other_people_follow_as_far_as_they_keep_members() {
    let Some(python) = Python::provision() else { return };
    let is_image = |row: &Row| row.base["PackageType"] == "Image" || row.one["SourceKMSKeyArn"].is_string();
    let moto = Peer::moto(&python);
    python.run("peer.py", &["prepare", &format!("http://{}", moto.address)], &Value::Null);
    let kept: Vec<Row> =
        rows().into_iter().filter(|row| MOTO_CHANGES.contains(&row.member) && !is_image(row)).collect();
    assert!(kept.len() >= 9, "{}", kept.len());
    go_through_elsewhere(&moto.address, &kept);

    let ministack = Peer::ministack(&python);
    python.run("peer.py", &["prepare", &format!("http://{}", ministack.address)], &Value::Null);
    let mut kept: Vec<Row> = rows().into_iter().filter(|row| !MINISTACK_DROPS.contains(&row.member)).collect();
    assert!(kept.len() >= 25, "{}", kept.len());
    let rest = kept.split_off(kept.len() / 2);
    go_through_elsewhere(&ministack.address, &kept);
    let ministack = Peer::ministack(&python);
    python.run("peer.py", &["prepare", &format!("http://{}", ministack.address)], &Value::Null);
    go_through_elsewhere(&ministack.address, &rest);
}
