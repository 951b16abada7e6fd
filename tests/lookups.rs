//! Values that live elsewhere, looked up on a server that nobody here wrote: moto.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

use lambdactl_tests::http::Recorder;
use lambdactl_tests::python::{Peer, Python, small_zip, write_manifest};
use lambdactl_tests::{Ran, lambdactl};
use serde_json::{Value, json};

fn run(folder: &Path, endpoint: &str, arguments: &[&str]) -> Ran {
    let ran = lambdactl(folder).args(arguments).args(["--rate", "0"]).against(endpoint).run();
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    ran
}

fn manifest(variables: Value, description: &str) -> Value {
    let (zip, _) = small_zip();
    json!({ "region": "us-east-1", "functions": [{
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Code": { "ZipFile": zip },
        "Role": "${tfstate:s3://my-bucket/states/app.tfstate#role}", "Description": description,
        "Environment": { "Variables": variables }
    }] })
}

#[test]
fn values_are_looked_up_once_and_secrets_are_hidden() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::moto(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    python.run("peer.py", &["lookups", &endpoint, "21"], &Value::Null);
    let proxy = Recorder::in_front_of(&peer.address);
    let folder = tempfile::tempdir().unwrap();
    let mut variables = json!({
        "TOKEN": "${ssm:/app/token}", "PASSWORD": "${secret:app/db#password}", "PORT": "${secret:app/db#deep.port}",
        "STATE": "x-${tfstate:s3://my-bucket/states/app.tfstate#token}"
    });
    for number in 0..21 {
        variables[format!("P{number}")] = json!(format!("${{ssm:/app/p{number}}}"));
    }
    write_manifest(folder.path(), &manifest(variables, "${stack:network#Text} ${stack:network#Other} ${ssm:/app/p0}"));

    run(folder.path(), &proxy.endpoint, &["validate"]).exits(0);
    assert_eq!(proxy.requests(), [] as [&str; 0], "nothing is looked up without need");
    let plan = run(folder.path(), &proxy.endpoint, &["plan", "--format", "json"]).exits(0).json();
    let changes = plan["functions"][0]["changes"].as_array().unwrap();
    let change = |path: &str| changes.iter().find(|change| change["path"] == path).unwrap();
    assert_eq!(change("/Description")["after"], "of the stack a & b value-0");
    assert_eq!(change("/Role")["after"], "arn:aws:iam::123456789012:role/lambda-role");
    let asked = |what: &str| proxy.requests().iter().filter(|request| request.contains(what)).count();
    assert_eq!(asked("AmazonSSM.GetParameters"), 3, "22 parameters, ten at a time");
    assert_eq!(asked("secretsmanager.GetSecretValue"), 1, "one secret, two keys");
    assert_eq!(asked("Action=DescribeStacks"), 1);
    assert_eq!(asked("GET /my-bucket/states/app.tfstate"), 1);

    run(folder.path(), &endpoint, &["apply", "--yes"]).exits(0);
    let read = python.run("peer.py", &["read", &endpoint, "f"], &Value::Null);
    let variables = &read["f"]["Configuration"]["Environment"]["Variables"];
    assert_eq!((&variables["PASSWORD"], &variables["PORT"]), (&json!("hunter2-secret"), &json!("5432")));
    assert_eq!((&variables["TOKEN"], &variables["STATE"]), (&json!("hunter2-parameter"), &json!("x-hunter2-state")));
    run(folder.path(), &endpoint, &["plan", "--detailed-exitcode"]).exits(0);
    run(folder.path(), &endpoint, &["plan", "--show-values"]).exits(0);
}

#[test]
fn what_cannot_be_looked_up_says_why_at_its_place() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::moto(&python);
    let endpoint = format!("http://{}", peer.address);
    python.run("peer.py", &["prepare", &endpoint], &Value::Null);
    python.run("peer.py", &["lookups", &endpoint, "1"], &Value::Null);
    let folder = tempfile::tempdir().unwrap();
    for (reference, wanted) in [
        ("${ssm:/app/none}", "there is no such parameter"),
        ("${secret:app/none}", "ResourceNotFoundException"),
        ("${secret:app/db#none}", "there is no such key"),
        ("${secret:app/binary}", "it is binary, and a manifest has texts"),
        ("${stack:none#A}", "ValidationError"),
        ("${stack:network#None}", "there is no such output"),
        ("${tfstate:s3://my-bucket/none#a}", "NoSuchKey"),
        ("${tfstate:s3://my-bucket/app.zip#a}", "it is no JSON"),
    ] {
        write_manifest(folder.path(), &manifest(json!({ "VALUE": reference }), "x"));
        let ran = run(folder.path(), &endpoint, &["plan"]).exits(1);
        assert!(ran.stderr.contains(wanted) && ran.stderr.contains("error[L005]"), "{reference}: {}", ran.stderr);
        assert!(ran.stderr.contains("VALUE"), "{}", ran.stderr);
    }
}

#[test]
fn convert_asks_a_stack_for_what_it_has_made() {
    let Some(python) = Python::provision() else { return };
    let peer = Peer::moto(&python);
    let endpoint = format!("http://{}", peer.address);
    let folder = tempfile::tempdir().unwrap();
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole"
    }] });
    let attribute = |id: &str| json!({ "Fn::GetAtt": [id, "Arn"] });
    let template = json!({ "Resources": {
        "F": { "Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "python3.13", "Handler": "index.handler", "Role": attribute("Role"),
            "Code": { "ZipFile": "def handler(event, context): return 1" },
            "Environment": { "Variables": {
                "QUEUE": { "Ref": "Queue" }, "QUEUE_ARN": attribute("Queue"), "TOPIC": { "Ref": "Topic" },
                "TABLE": { "Ref": "Table" }, "TABLE_ARN": attribute("Table"), "STACK": { "Fn::Sub": "${AWS::StackName}-x" },
            } },
        } },
        "Role": { "Type": "AWS::IAM::Role", "Properties": { "Path": "/app/", "AssumeRolePolicyDocument": trust } },
        "Queue": { "Type": "AWS::SQS::Queue", "Properties": {} },
        "Topic": { "Type": "AWS::SNS::Topic", "Properties": {} },
        "Table": { "Type": "AWS::DynamoDB::Table", "Properties": {
            "AttributeDefinitions": [{ "AttributeName": "k", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "k", "KeyType": "HASH" }], "BillingMode": "PAY_PER_REQUEST",
        } },
    } });
    let file = folder.path().join("template.json");
    std::fs::write(&file, template.to_string()).unwrap();
    let stack = python.run("peer.py", &["stack", &endpoint, "shop", file.to_str().unwrap()], &Value::Null);

    let convert = ["convert", "template.json", "--stack", "shop", "--out", "lambda.json"];
    let ran = lambdactl(folder.path()).args(convert).against(&endpoint).run().exits(0);
    assert!(!ran.stderr.contains("--var"), "{}", ran.stderr);
    let written: Value = serde_json::from_slice(&std::fs::read(folder.path().join("lambda.json")).unwrap()).unwrap();
    let function = &written["functions"][0];
    let account = |value: &Value| json!(value.as_str().unwrap().replace("${env:AWS_ACCOUNT_ID}", "123456789012"));
    assert_eq!(function["FunctionName"], stack["name"]);
    assert_eq!(account(&function["Role"]), stack["arns"]["Role"]);
    let variables = &function["Environment"]["Variables"];
    for (name, wanted) in [
        ("QUEUE", &stack["made"]["Queue"]),
        ("QUEUE_ARN", &stack["arns"]["Queue"]),
        ("TOPIC", &stack["made"]["Topic"]),
        ("TABLE", &stack["made"]["Table"]),
        ("TABLE_ARN", &stack["arns"]["Table"]),
        ("STACK", &json!("shop-x")),
    ] {
        assert_eq!(&account(&variables[name]), wanted, "{name}");
        assert_eq!(wanted, &stack["variables"][name], "{name}");
    }
    let missing = ["convert", "template.json", "--stack", "other"];
    let ran = lambdactl(folder.path()).args(missing).against(&endpoint).run();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("other") && ran.stderr.contains("ListStackResources"), "{}", ran.stderr);
}
