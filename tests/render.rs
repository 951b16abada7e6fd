//! `lambdactl render`: the manifest after defaults and references, without a secret.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use lambdactl_tests::{Ran, lambdactl};
use serde_json::{Value, json};

const MANIFEST: &str = r#"
name: shop
region: ${env:REGION:-us-west-2}
defaults:
  Runtime: python3.13
  Role: arn:aws:iam::123456789012:role/${var:role}
  Tags: {team: payments}
  Environment: {Variables: {STAGE: "${env:STAGE:-hunter2-default}", SHARED: hunter2-shared}}
layers:
  common: {Content: {S3Bucket: my-bucket, S3Key: "${var:role}.zip"}}
functions:
  hello:
    Handler: app.handler
    Code: {S3Bucket: my-bucket, S3Key: "${env:KEY}"}
    Timeout: ${env:TIMEOUT}
    MemorySize: ${env:MEMORY}
    Description: costs $${x} ${var:role}
    Layers: ["${layer:common}"]
    FunctionUrlConfig: null
    Environment:
      Variables:
        TOKEN: ${env:TOKEN}
        DATABASE: postgres://user:hunter2-in-between@${env:HOST}/
        PLAIN: hunter2-plain
        NUMBER: "hunter2-${var:role}"
        VARIABLE: ${var:role}
  other: {PackageType: Image, Runtime: null, Code: {ImageUri: "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1"}}
"#;

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let environment = [("KEY", "a${b"), ("TIMEOUT", "9"), ("TOKEN", "hunter2-token")];
    let command = lambdactl(folder).args(["render", "--var", "role=hunted"]).args(arguments);
    let ran = environment.iter().fold(command, |command, (name, value)| command.env(name, value)).run();
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    ran
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lambda.yaml"), MANIFEST).unwrap();
    folder
}

#[test]
fn defaults_and_references_are_gone_and_secrets_stay_references() {
    let rendered = run(folder().path(), &["--format", "json"]).exits(0);
    assert_eq!(
        rendered.json(),
        json!({
            "name": "shop", "region": "us-west-2",
            "layers": [{ "LayerName": "common", "Content": { "S3Bucket": "my-bucket", "S3Key": "hunted.zip" } }],
            "functions": [
                {
                    "FunctionName": "hello", "Runtime": "python3.13", "Handler": "app.handler",
                    "Role": "arn:aws:iam::123456789012:role/hunted",
                    "Code": { "S3Bucket": "my-bucket", "S3Key": "a$${b" },
                    "Timeout": 9, "MemorySize": "${env:MEMORY}", "Description": "costs $${x} hunted",
                    "Layers": ["${layer:common}"], "Tags": { "team": "payments" }, "FunctionUrlConfig": null,
                    "Environment": { "Variables": {
                        "STAGE": "${env:STAGE}", "SHARED": "${env:LAMBDA_HELLO_SHARED}", "TOKEN": "${env:TOKEN}",
                        "DATABASE": "${env:LAMBDA_HELLO_DATABASE}", "PLAIN": "${env:LAMBDA_HELLO_PLAIN}",
                        "NUMBER": "${env:LAMBDA_HELLO_NUMBER}", "VARIABLE": "${var:role}",
                    } },
                },
                {
                    "FunctionName": "other", "PackageType": "Image", "Role": "arn:aws:iam::123456789012:role/hunted",
                    "Code": { "ImageUri": "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1" },
                    "Tags": { "team": "payments" },
                    "Environment": { "Variables": { "STAGE": "${env:STAGE}", "SHARED": "${env:LAMBDA_OTHER_SHARED}" } },
                },
            ],
        })
    );
    for words in [
        "note: hello: the value of Environment.Variables.PLAIN is not shown, because it may be a secret: ${env:LAMBDA_HELLO_PLAIN}",
        "note: hello: the default of the reference in Environment.Variables.STAGE is not shown",
        "`Environment.Variables.DATABASE` is `…${env:HOST}…`",
    ] {
        assert!(rendered.stderr.contains(words), "{}", rendered.stderr);
    }
}

#[test]
fn what_is_rendered_is_a_manifest_that_renders_to_itself() {
    let folder = folder();
    let in_json = run(folder.path(), &["--format", "json"]).exits(0).json();
    for (format, name) in [("yaml", "again.yaml"), ("toml", "again.toml"), ("json", "again.json")] {
        let rendered = run(folder.path(), &["--format", format]).exits(0);
        fs::write(folder.path().join(name), &rendered.stdout).unwrap();
        let again = run(folder.path(), &["--format", format, "-f", name]).exits(0);
        assert_eq!(again.stdout, rendered.stdout, "{format}");
        let mut wanted = in_json.clone();
        if format == "toml" {
            assert!(rendered.stderr.contains("TOML has no way"), "{}", rendered.stderr);
            wanted["functions"][0].as_object_mut().unwrap().remove("FunctionUrlConfig");
        }
        assert_eq!(run(folder.path(), &["--format", "json", "-f", name]).exits(0).json(), wanted, "{format}");
    }
}

#[test]
fn origins_are_told_to_those_who_ask() {
    let folder = folder();
    let rendered = run(folder.path(), &["-v"]).exits(0);
    for line in [
        "hello: Runtime comes from the defaults, lambda.yaml:5",
        "hello: Role comes from the defaults, lambda.yaml:6, written as arn:aws:iam::123456789012:role/${var:role}",
        "hello: Timeout comes from a reference, written as ${env:TIMEOUT}",
        "region comes from a reference, written as ${env:REGION:-…}",
    ] {
        assert!(rendered.stderr.lines().any(|told| told == line), "{line}: {}", rendered.stderr);
    }
    assert!(!run(folder.path(), &[]).exits(0).stderr.contains("comes from"));
}

#[test]
fn several_files_are_one_manifest_and_a_wrong_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let function = |name: &str| {
        format!(
            "FunctionName: {name}, Role: 'arn:aws:iam::123456789012:role/r', Code: {{S3Bucket: my-bucket, S3Key: k}}, Handler: a.b"
        )
    };
    fs::write(
        folder.path().join("a.yaml"),
        format!("defaults: {{Runtime: python3.13}}\nfunctions: [{{{}}}]\n", function("a")),
    )
    .unwrap();
    fs::write(folder.path().join("b.yaml"), format!("{{{}, Runtime: python3.12}}\n", function("b"))).unwrap();
    let both = lambdactl(folder.path()).args(["render", ".", "--format", "json"]).run().exits(0).json();
    let runtimes: Vec<&Value> =
        both["functions"].as_array().unwrap().iter().map(|function| &function["Runtime"]).collect();
    assert_eq!(runtimes, ["python3.13", "python3.12"]);
    fs::write(folder.path().join("a.yaml"), "functions: [{FunctionName: a}]\n").unwrap();
    let wrong = lambdactl(folder.path()).args(["render", "."]).run().exits(1);
    assert_eq!(wrong.stdout, "");
    assert!(wrong.stderr.contains("error["), "{}", wrong.stderr);
}
