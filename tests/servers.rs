//! The main job against two Lambda API servers that nobody here wrote, moto and ministack.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;

use lambdactl_tests::http::Recorder;
use lambdactl_tests::python::{Peer, Python, small_zip, write_manifest};
use lambdactl_tests::{Emulator, lambdactl};
use serde_json::{Map, Value, json};

/// Members that a server does not give back as they were sent, by its own fault; as `Member` or `Code.Member`.
const MOTO_DROPS: &[&str] = &[
    "AcceleratorConfig",
    "CapacityProviderConfig",
    "Code.S3ObjectStorageMode",
    "Code.SourceKMSKeyArn",
    "CodeSigningConfigArn",
    "DeadLetterConfig",
    "DurableConfig",
    "FileSystemConfigs",
    "LoggingConfig",
    "PublishTo",
    "RuntimeConfig",
    "SnapStart",
    "TenancyConfig",
];
const MINISTACK_DROPS: &[&str] = &["AcceleratorConfig", "CodeSigningConfigArn", "PublishTo", "RuntimeConfig"];

const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-role";

/// Functions that use every member between them.
fn functions(layer: &str) -> Vec<Value> {
    let (zip, _) = small_zip();
    vec![
        json!({
            "FunctionName": "everything", "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
            "Code": { "ZipFile": zip, "SourceKMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/source" },
            "Description": "all of it", "Timeout": 30, "MemorySize": 256, "Publish": false, "PackageType": "Zip",
            "VpcConfig": { "SubnetIds": ["subnet-b", "subnet-a"], "SecurityGroupIds": ["sg-1"] },
            "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:us-east-1:123456789012:failed" },
            "Environment": { "Variables": { "STAGE": "test", "EMPTY": "" } },
            "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/environment",
            "TracingConfig": { "Mode": "Active" }, "Tags": { "team": "payments", "tier": "1" }, "Layers": [layer],
            "FileSystemConfigs": [{
                "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
                "LocalMountPath": "/mnt/data"
            }],
            "Architectures": ["arm64"], "EphemeralStorage": { "Size": 1024 }, "SnapStart": { "ApplyOn": "None" },
            "LoggingConfig": {
                "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN", "LogGroup": "mine"
            },
            "DurableConfig": { "ExecutionTimeout": 60, "RetentionPeriodInDays": 7 }
        }),
        json!({
            "FunctionName": "image", "PackageType": "Image", "Role": ROLE,
            "Code": { "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1" },
            "ImageConfig": { "EntryPoint": ["/run"], "Command": ["a", "b"], "WorkingDirectory": "/srv" }
        }),
        json!({
            "FunctionName": "from-s3", "Runtime": "nodejs24.x", "Handler": "index.handler", "Role": ROLE,
            "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }
        }),
        json!({
            "FunctionName": "tenants", "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
            "Code": { "ZipFile": zip }, "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" }
        }),
        json!({
            "FunctionName": "managed", "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
            "Code": { "ZipFile": zip }, "MemorySize": 4096, "LoggingConfig": { "LogFormat": "JSON" },
            "CapacityProviderConfig": { "LambdaManagedInstancesCapacityProviderConfig": {
                "CapacityProviderArn": "arn:aws:lambda:us-east-1:123456789012:capacity-provider:pool",
                "PerExecutionEnvironmentMaxConcurrency": 8, "ExecutionEnvironmentMemoryGiBPerVCpu": 4.0
            } }
        }),
    ]
}

fn without(mut functions: Vec<Value>, dropped: &[&str]) -> Vec<Value> {
    for function in &mut functions {
        for member in dropped {
            let (parent, key) = match member.split_once('.') {
                Some((parent, key)) => (&mut function[parent], key),
                None => (&mut *function, *member),
            };
            parent.as_object_mut().unwrap().remove(key);
        }
    }
    functions
}

/// Returns a member of a server's answer in the request's shape; what a server spells as nothing is null.
fn given_back(answer: &Value, member: &str) -> Value {
    let configuration = &answer["Configuration"];
    match member {
        "Tags" => answer["Tags"].clone(),
        "ImageConfig" => configuration["ImageConfigResponse"]["ImageConfig"].clone(),
        "Layers" => configuration["Layers"].as_array().unwrap().iter().map(|layer| layer["Arn"].clone()).collect(),
        "SnapStart" => json!({ "ApplyOn": configuration["SnapStart"]["ApplyOn"] }),
        "VpcConfig" => {
            let sorted = |list: &str| {
                let items: BTreeSet<_> = configuration["VpcConfig"][list]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|id| id.as_str().unwrap())
                    .collect();
                json!(items)
            };
            json!({ "SubnetIds": sorted("SubnetIds"), "SecurityGroupIds": sorted("SecurityGroupIds") })
        }
        member => configuration[member].clone(),
    }
}

fn assert_given_back(sent: &Value, answer: &Value) {
    let name = &sent["FunctionName"];
    for (member, wanted) in sent.as_object().unwrap() {
        match member.as_str() {
            // An instruction; nothing comes back.
            "Publish" => {}
            "Code" => assert_code(name, wanted, answer),
            "VpcConfig" => {
                let mut sorted = wanted.clone();
                sorted["SubnetIds"] = json!(["subnet-a", "subnet-b"]);
                assert_eq!(given_back(answer, member), sorted, "{name} {member}");
            }
            "LoggingConfig" => {
                // The service fills the rest in.
                let got = given_back(answer, member);
                for (key, value) in wanted.as_object().unwrap() {
                    assert_eq!(&got[key], value, "{name} {member}.{key}");
                }
            }
            _ => assert_eq!(&given_back(answer, member), wanted, "{name} {member}"),
        }
    }
}

fn assert_code(name: &Value, code: &Value, answer: &Value) {
    if code["ZipFile"].is_string() {
        assert_eq!(answer["Configuration"]["CodeSha256"], small_zip().1, "{name} Code.ZipFile");
    }
    for member in ["ImageUri", "SourceKMSKeyArn"] {
        if code[member].is_string() {
            assert_eq!(answer["Code"][member], code[member], "{name} Code.{member}");
        }
    }
}

/// Requests that could change something; STS is asked by POST and changes nothing.
fn mutating(proxy: &Recorder) -> Vec<String> {
    let reads = |line: &String| line.starts_with("GET ") || line.starts_with("HEAD ") || line == "POST / HTTP/1.1";
    proxy.lines().into_iter().filter(|line| !reads(line)).collect()
}

fn main_job(python: &Python, peer: &Peer, dropped: &[&str]) {
    let endpoint = format!("http://{}", peer.address);
    let prepared = python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    let proxy = Recorder::in_front_of(&peer.address);
    let folder = tempfile::tempdir().unwrap();
    let mut sent = without(functions(prepared["layer"].as_str().unwrap()), dropped);
    let run = |sent: &[Value], arguments: &[&str]| {
        write_manifest(folder.path(), &json!({ "account": "123456789012", "region": "us-east-1", "functions": sent }));
        lambdactl(folder.path()).args(arguments).args(["--format", "json"]).against(&proxy.endpoint).run()
    };

    let applied = run(&sent, &["apply", "--yes"]).exits(0).json();
    assert_eq!(applied["summary"]["applied"], sent.len());
    let names: Vec<String> =
        sent.iter().map(|function| function["FunctionName"].as_str().unwrap().to_owned()).collect();
    let mut arguments = vec!["read", &endpoint];
    arguments.extend(names.iter().map(String::as_str));
    let answers = python.run("peer.py", &arguments, &Value::Null);
    for function in &sent {
        assert_given_back(function, &answers[function["FunctionName"].as_str().unwrap()]);
    }

    proxy.clear();
    // What is there is imported, code included, and planned as it is.
    let import = ["import", "--show-values", "--download-code", "code", "--out", "imported.yaml"];
    let imported = lambdactl(folder.path()).args(import).against(&proxy.endpoint).run().exits(0);
    let plan =
        lambdactl(folder.path()).args(["plan", "-f", "imported.yaml", "--format", "json"]).against(&proxy.endpoint);
    let plan = plan.run().exits(0).json();
    assert_eq!(plan["summary"]["unchanged"], sent.len(), "{plan}\n{}", imported.stderr);

    let again = run(&sent, &["apply", "--yes"]).exits(0).json();
    assert_eq!(again["summary"]["unchanged"], sent.len(), "{again}");
    assert_eq!(mutating(&proxy), [] as [&str; 0]);
    assert!(!proxy.lines().is_empty());
    let planned = run(&sent, &["plan", "--detailed-exitcode"]).exits(0).json();
    assert_eq!(planned["summary"]["unchanged"], sent.len());

    proxy.clear();
    sent[2]["Timeout"] = json!(77);
    let planned = run(&sent, &["plan", "--detailed-exitcode"]).exits(2).json();
    assert_eq!(planned["functions"][2]["changes"][0]["path"], "/Timeout");
    let drifted = run(&sent, &["apply", "--yes"]).exits(0).json();
    assert_eq!(drifted["functions"][2]["status"], "drift");
    assert_eq!(mutating(&proxy), [] as [&str; 0]);
    let answer = python.run("peer.py", &["read", &endpoint, &names[2]], &Value::Null);
    assert_eq!(answer[&names[2]]["Configuration"]["Timeout"], 3);

    proxy.clear();
    write_manifest(folder.path(), &json!({ "account": "999999999999", "region": "us-east-1", "functions": sent }));
    let refused = lambdactl(folder.path()).args(["apply", "--yes"]).against(&proxy.endpoint).run().exits(1);
    assert!(refused.stderr.contains("999999999999"), "{refused:?}");
    assert_eq!(proxy.lines(), ["POST / HTTP/1.1"]);
}

#[test]
fn main_job_on_moto_comes_back_member_by_member_and_is_done_once() {
    let Some(python) = Python::provision() else { return };
    main_job(&python, &Peer::moto(&python), MOTO_DROPS);
}

#[test]
fn main_job_on_ministack_comes_back_member_by_member_and_is_done_once() {
    let Some(python) = Python::provision() else { return };
    main_job(&python, &Peer::ministack(&python), MINISTACK_DROPS);
}

#[test]
fn every_function_is_created_once_on_moto_though_answers_are_lost() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::moto(&python);
    python.run("peer.py", &["prepare", &format!("http://{}", peer.address)], &Value::Null);
    let proxy = Recorder::lossy_in_front_of(&peer.address);
    let folder = tempfile::tempdir().unwrap();
    let (zip, _) = small_zip();
    let function = |index: usize| {
        json!({
            "FunctionName": format!("function-{index}"), "Runtime": "python3.13", "Handler": "a.b", "Role": ROLE,
            "Code": { "ZipFile": zip }, "MemorySize": 128 + index
        })
    };
    let functions: Vec<Value> = (0..30).map(function).collect();
    write_manifest(folder.path(), &json!({ "region": "us-east-1", "functions": functions }));
    let run = |arguments: &[&str], endpoint: &str| {
        lambdactl(folder.path()).args(arguments).args(["--rate", "0", "--format", "json"]).against(endpoint).run()
    };
    let applied = run(&["apply", "--yes"], &proxy.endpoint).exits(0).json();
    assert_eq!(applied["summary"]["applied"], 30, "{applied}");
    let creates = proxy.lines().iter().filter(|line| line.starts_with("POST /2015")).count();
    assert_eq!(creates, 30, "a lost answer is no reason to send again what took effect");
    let planned = run(&["plan", "--detailed-exitcode"], &format!("http://{}", peer.address)).exits(0).json();
    assert_eq!(planned["summary"]["unchanged"], 30);
}

#[test]
fn tag_of_an_image_is_applied_as_the_digest_that_it_means_now() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::moto(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    let push = |layers: &str| {
        let pushed = python.run("peer.py", &["push", &endpoint, layers], &Value::Null);
        pushed["digest"].as_str().unwrap().to_owned()
    };
    let folder = tempfile::tempdir().unwrap();
    let repository = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";
    let image = |name: &str, tag: &str| {
        let code = json!({ "ImageUri": format!("{repository}:{tag}") });
        json!({ "FunctionName": name, "PackageType": "Image", "Role": ROLE, "Code": code })
    };
    let run = |arguments: &[&str]| lambdactl(folder.path()).args(arguments).against(&endpoint).run();
    // Made when the registry had no such tag, so it keeps the tag itself.
    write_manifest(folder.path(), &json!({ "region": "us-east-1", "functions": [image("early", "1")] }));
    run(&["apply", "--yes", "--quiet"]).exits(0);
    let functions = [image("tagged", "1"), image("unpushed", "none")];
    write_manifest(folder.path(), &json!({ "region": "us-east-1", "functions": functions }));

    let first = push("1");
    let plan = run(&["plan", "--format", "json"]).exits(0).json();
    let change = json!({
        "path": "/Code/ImageUri", "before": null, "after": format!("{repository}@{first}"), "sensitive": false
    });
    assert!(plan["functions"][0]["changes"].as_array().unwrap().contains(&change), "{plan}");
    let plan = run(&["plan"]).exits(0).stdout;
    assert!(plan.contains("the image's tag was compared, not the image: the registry has no tag `none`"), "{plan}");
    run(&["apply", "--yes", "--quiet"]).exits(0);
    let read = || python.run("peer.py", &["read", &endpoint, "tagged"], &Value::Null);
    assert_eq!(read()["tagged"]["Code"]["ImageUri"], format!("{repository}@{first}"));
    run(&["plan", "--detailed-exitcode"]).exits(0);

    let second = push("2");
    assert_ne!(first, second);
    let plan = run(&["plan", "--update", "--format", "json"]).exits(0).json();
    let change = json!({
        "path": "/Code/ImageUri", "before": format!("{repository}@{first}"),
        "after": format!("{repository}@{second}"), "sensitive": false
    });
    assert_eq!(plan["functions"][0]["changes"], json!([change]), "the tag has moved");
    run(&["apply", "--update", "--yes", "--quiet"]).exits(0);
    assert_eq!(read()["tagged"]["Code"]["ImageUri"], format!("{repository}@{second}"));
    run(&["plan", "--detailed-exitcode"]).exits(0);

    // What is imported is what runs, whatever a tag means by now.
    run(&["import", "--out", "imported.yaml"]).exits(0);
    let imported = std::fs::read_to_string(folder.path().join("imported.yaml")).unwrap();
    assert!(imported.contains("/app:none") && !imported.contains("/app:1"), "{imported}");
    run(&["plan", "-f", "imported.yaml", "--detailed-exitcode"]).exits(0);
}

#[test]
fn boto3_works_with_the_emulator_unchanged() {
    let Some(python) = Python::provision() else { return };
    let emulator = Emulator::start();
    let result = python.run("peer.py", &["exercise", &emulator.endpoint], &Value::Null);
    let expected: Map<String, Value> = Map::from_iter([
        ("state".to_owned(), json!("Pending")),
        ("duplicate".to_owned(), json!("Function already exist: from-boto3")),
        ("listed".to_owned(), json!(["from-boto3"])),
        ("tags".to_owned(), json!({ "team": "x" })),
        ("reserved".to_owned(), json!([5, null])),
        ("gone".to_owned(), json!(true)),
    ]);
    assert_eq!(result, Value::Object(expected));
}
