//! What a plan shows of values: of secrets nothing, and in public what the manifest says.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use lambdactl_diff::{Change, CurrentFunction, CurrentState, FunctionPlan, PlanOptions, Secrets, Tags, plan};
use lambdactl_schema::{Desired, FunctionSpec, Origin, Origins};
use serde_json::{Value, json};

const SECRET: &str = "Hx7kQ2vZp9sL4mWd";

fn desired(extra: Value, origins: &[(&str, &str)]) -> Desired {
    let mut request = json!({
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "S3Bucket": "abc", "S3Key": "k" }
    });
    for (key, value) in extra.as_object().unwrap() {
        request[key] = value.clone();
    }
    let mut spec_origins = Origins::default();
    for (path, text) in origins {
        spec_origins.insert(*path, Origin { text: (*text).to_owned(), from_outside: true, ..Origin::default() });
    }
    let spec = FunctionSpec {
        origins: spec_origins,
        notes: vec!["the code is packaged from outside".to_owned()],
        ..FunctionSpec::of(serde_json::from_value(request).unwrap())
    };
    Desired { functions: vec![spec], ..Desired::default() }
}

fn planned(desired: &Desired, current: Option<Value>) -> FunctionPlan {
    let functions = current.into_iter().map(|configuration| {
        let tags = Tags::Known(BTreeMap::from([("a".to_owned(), SECRET.to_owned())]));
        let configuration = configuration.as_object().unwrap().clone();
        ("f".to_owned(), CurrentFunction { configuration, tags, ..CurrentFunction::default() })
    });
    let state = CurrentState { region: "us-east-1".into(), functions: functions.collect(), ..CurrentState::default() };
    plan(desired, &state, &PlanOptions::default()).functions.remove(0)
}

fn public(function: &FunctionPlan) -> String {
    let changes: Vec<Change> = function.changes.iter().map(|change| change.as_public().into_owned()).collect();
    let sides = |change: &Change| format!("{} {:?} {:?}", change.path, change.before, change.after);
    format!("{} {:?}", function.as_public_name(), changes.iter().map(sides).collect::<Vec<_>>())
}

#[test]
fn what_is_not_known_is_a_secret() {
    for extra in [
        json!({ "Secrets": { "TOKEN": SECRET } }),
        json!({ "DB_PASSWORD": SECRET }),
        json!({ "envVars": [{ "Name": "A", "Value": SECRET }] }),
        json!({ "Weird": { "Deep": [{ "er": SECRET }] } }),
        json!({ "VpcConfig": { "SubnetIds": ["s"], "SecurityGroupIds": ["g"], "Key": SECRET } }),
        json!({ "Environment": { "Variables": { "A": SECRET } } }),
        json!({ "Environment": { "Vars": { "A": SECRET } } }),
        json!({ "Code": { "S3Bucket": "abc", "S3Key": "k", "Token": SECRET } }),
        json!({ "FileSystemConfigs": [{ "Arn": "a", "LocalMountPath": "/mnt/a", "Token": SECRET }] }),
    ] {
        let desired = desired(extra.clone(), &[]);
        for current in [None, Some(json!({ "FunctionName": "f", "Runtime": "python3.13" }))] {
            let function = planned(&desired, current);
            // The members of code that the service does not repeat are not compared.
            let is_compared = function.function_arn.is_none() && extra.get("Code").is_none();
            assert!(!is_compared || function.changes.iter().any(|change| change.sensitive), "{extra}");
            assert!(!format!("{:?}", function.changes).contains(SECRET), "{extra}");
        }
    }
    // What is known is shown.
    let function = planned(&desired(json!({ "Timeout": 5, "Tags": { "b": "c" } }), &[]), None);
    assert!(function.changes.iter().all(|change| !change.sensitive), "{:#?}", function.changes);
}

#[test]
fn what_references_brought_in_is_the_reference_in_public() {
    let desired = desired(
        json!({
            "Description": SECRET, "Tags": { "a": "x", "t": SECRET }, "Timeout": 77,
            "Layers": ["arn:one", SECRET], "VpcConfig": { "SubnetIds": ["subnet-z", SECRET], "SecurityGroupIds": ["g"] },
            "Code": { "S3Bucket": "abc", "S3Key": SECRET }
        }),
        &[
            ("/Description", "${file:x}"),
            ("/Tags/t", "${env:T}"),
            ("/Timeout", "${env:N}"),
            ("/Layers/1", "${env:L}"),
            ("/VpcConfig/SubnetIds/1", "${env:S}"),
            ("/Code/S3Key", "${env:K}"),
            ("/FunctionName", "${env:F}"),
        ],
    );
    let current = json!({
        "FunctionName": "f", "Description": "Hx7kQ2vZ-before", "Layers": [{ "Arn": SECRET }], "Timeout": 3,
        "VpcConfig": { "SubnetIds": [SECRET], "SecurityGroupIds": ["g"] }, "LoggingConfig": { "LogGroup": "g" }
    });
    for current in [None, Some(current)] {
        let function = planned(&desired, current.clone());
        let text = public(&function);
        for reference in ["${file:x}", "${env:T}", "${env:N}", "${env:L}", "${env:S}"] {
            assert!(text.contains(reference), "{reference}: {text}");
        }
        assert!(!text.contains("77") && text.contains("arn:one") && text.contains("subnet-z"), "{text}");
        // The account's own tag `a` is nothing that a reference has to do with.
        assert!(!text.replace(&format!("/Tags/a Some(String(\\\"{SECRET}\\\"))"), "").contains("Hx7kQ2vZ"), "{text}");
        assert!(text.starts_with("${env:F} "), "{text}");
        assert!(current.is_none() || text.contains("/aws/lambda/${env:F}"), "{text}");
        // A terminal and JSON show them.
        assert!(format!("{:?}", function.changes).contains(SECRET));
        assert_eq!(function.name, "f");
    }
}

#[test]
fn name_of_the_manifest_is_named_by_its_reference() {
    let mut desired = desired(json!({}), &[]);
    desired.name = Some(SECRET.to_owned());
    desired
        .origins
        .insert("/name", Origin { text: "${env:OWNER}".to_owned(), from_outside: true, ..Origin::default() });
    let text = public(&planned(&desired, None));
    assert!(text.contains("${env:OWNER}") && !text.contains(SECRET), "{text}");
}

#[test]
fn notes_of_the_manifest_are_no_sign_of_what_could_not_be_compared() {
    let mut desired = desired(json!({}), &[]);
    desired.functions[0].code_sha256 = Some("sha".to_owned());
    let function = planned(&desired, None);
    assert_eq!(function.notes, ["the code is packaged from outside"]);
    assert!(!function.is_partly_compared);
    let function = planned(&desired, Some(json!({ "FunctionName": "f", "CodeSha256": "sha" })));
    assert_eq!(function.notes, ["the code is packaged from outside"]);
    assert!(!function.is_partly_compared);
    let broken = json!({ "FunctionName": "f", "CodeSha256": "sha", "Environment": { "Error": { "ErrorCode": "x" } } });
    let function = planned(&desired, Some(broken));
    assert_eq!(function.notes.len(), 2);
    assert!(function.is_partly_compared);
}

/// Also within the structures of a list, which is compared as a whole.
#[test]
fn references_within_lists_of_structures_are_named() {
    let mounts = json!({ "FileSystemConfigs": [{ "Arn": SECRET, "LocalMountPath": "/mnt/data" }] });
    let desired = desired(mounts, &[("/FileSystemConfigs/0/Arn", "${env:MOUNT}")]);
    let function = planned(&desired, Some(json!({ "FunctionName": "f" })));
    let text = public(&function);
    assert!(text.contains("${env:MOUNT}") && text.contains("/mnt/data"), "{text}");
    assert!(
        !text.replace(&format!("/Tags/a Some(String(\"{SECRET}\"))"), "").contains("\"Arn\": String(\"Hx7"),
        "{text}"
    );
}

#[test]
fn looked_up_secrets_are_hidden_wherever_they_stand_also_from_whoever_asks_for_values() {
    let mut spec = FunctionSpec::of(
        serde_json::from_value(json!({
            "FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Runtime": "python3.13", "Handler": "a.b",
            "Code": { "S3Bucket": "b", "S3Key": "k" }, "Description": "hunter2", "Environment": { "Variables": { "PASS": "hunter2", "OPEN": "x" } }
        }))
        .unwrap(),
    );
    for pointer in ["/Description", "/Environment/Variables/PASS"] {
        let origin = Origin { text: "${secret:a}".to_owned(), from_outside: true, is_secret: true };
        spec.origins.insert(pointer, origin);
    }
    let desired = Desired { functions: vec![spec], ..Desired::default() };
    let options = PlanOptions { secrets: Secrets::Shown, ..PlanOptions::default() };
    let plan = plan(&desired, &CurrentState::default(), &options);
    let changes = &plan.functions[0].changes;
    let change = |path: &str| changes.iter().find(|change| change.path == path).unwrap();
    for path in ["/Description", "/Environment/Variables/PASS"] {
        assert!(change(path).sensitive && change(path).after.is_none() && change(path).public.is_none(), "{path}");
    }
    assert_eq!(change("/Environment/Variables/OPEN").after, Some(json!("x")));
}
