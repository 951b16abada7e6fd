//! The calls of an update: their order, what they carry, and what they leave as it is.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_diff::{Action, CurrentFunction, CurrentState, FunctionPlan, PlanOptions, RefusalReason, plan};
use lambdactl_schema::{Call, Desired, FunctionSpec, Operation, Origins};
use serde_json::{Map, Value, json};

fn merged(base: Value, extra: Value) -> Map<String, Value> {
    let mut members = base.as_object().unwrap().clone();
    members.extend(extra.as_object().unwrap().clone());
    members
}

/// Plans function `f`, given what the manifest and the account have beyond a plain function.
fn planned(wanted: Value, current: Value, ignore: &[&str], options: &PlanOptions) -> FunctionPlan {
    let plain = json!({
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r"
    });
    let code = json!({ "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" } });
    let request = merged(Value::Object(merged(plain.clone(), code)), wanted);
    let spec = FunctionSpec {
        request: serde_json::from_value(Value::Object(request)).unwrap(),
        code_sha256: Some("new".into()),
        code_size: None,
        archive: None,
        ignore: ignore.iter().map(|pointer| (*pointer).to_owned()).collect(),
        protect: false,
        origins: Origins::default(),
        notes: Vec::new(),
    };
    let configuration = merged(plain, merged(json!({ "CodeSha256": "new", "RevisionId": "1" }), current).into());
    let function = CurrentFunction { configuration, code: Some(Map::new()), ..CurrentFunction::default() };
    let desired = Desired { functions: vec![spec], ..Desired::default() };
    let state = CurrentState { functions: [("f".to_owned(), function)].into(), ..CurrentState::default() };
    plan(&desired, &state, options).functions.remove(0)
}

fn steps(wanted: Value, current: Value, ignore: &[&str]) -> Vec<Call> {
    let options = PlanOptions { update: true, ..PlanOptions::default() };
    match planned(wanted, current, ignore, &options).action {
        Action::Update(steps) => steps,
        other => panic!("{other:?}"),
    }
}

fn operations(steps: &[Call]) -> Vec<&str> {
    steps.iter().map(|call| call.operation.name()).collect()
}

fn settings(steps: &[Call]) -> Value {
    let found = steps.iter().find(|call| call.operation == Operation::UpdateFunctionConfiguration);
    found.map(|call| Value::Object(call.members.clone())).unwrap_or_default()
}

#[test]
fn settings_go_before_code_unless_layers_are_added() {
    let (old, layer) = (json!({ "CodeSha256": "old" }), "arn:aws:lambda:us-east-1:123456789012:layer:x:1");
    let both = ["UpdateFunctionConfiguration", "UpdateFunctionCode"];
    assert_eq!(operations(&steps(json!({ "Timeout": 9, "Publish": true }), old.clone(), &[]))[..2], both);
    let added = steps(json!({ "Layers": [layer] }), old, &[]);
    assert_eq!(operations(&added), ["UpdateFunctionCode", "UpdateFunctionConfiguration"]);
    let fewer = json!({ "CodeSha256": "old", "Layers": [{ "Arn": layer, "CodeSize": 1 }] });
    assert_eq!(operations(&steps(json!({}), fewer, &[])), both);
}

#[test]
fn what_belongs_to_someone_else_is_sent_as_it_is() {
    let variables = |pairs: Value| json!({ "Environment": { "Variables": pairs } });
    let wanted = variables(json!({ "MINE": "new", "BOTH": "manifest" }));
    let current = variables(json!({ "MINE": "old", "BOTH": "account", "THEIRS": "x" }));
    let ignore = ["/Environment/Variables/BOTH", "/Environment/Variables/THEIRS", "/Environment/Variables/NONE"];
    assert_eq!(
        settings(&steps(wanted, current, &ignore)),
        variables(json!({ "MINE": "new", "BOTH": "account", "THEIRS": "x" }))
    );
    let current = json!({ "LoggingConfig": { "LogFormat": "Text", "LogGroup": "theirs" } });
    let wanted = json!({ "LoggingConfig": { "LogFormat": "JSON", "SystemLogLevel": "WARN" } });
    assert_eq!(
        settings(&steps(wanted, current, &["/LoggingConfig/LogGroup"])),
        json!({ "LoggingConfig": {
            "LogFormat": "JSON", "SystemLogLevel": "WARN", "ApplicationLogLevel": "INFO", "LogGroup": "theirs"
        } })
    );
}

#[test]
fn environment_goes_along_with_the_key_that_encrypts_it() {
    let environment = json!({ "Environment": { "Variables": { "A1": "x" } } });
    let wanted = merged(environment.clone(), json!({ "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1" }));
    assert_eq!(settings(&steps(Value::Object(wanted.clone()), environment, &[])), Value::Object(wanted));
}

#[test]
fn code_of_someone_else_is_never_sent_for_the_architecture() {
    let options = PlanOptions { update: true, ..PlanOptions::default() };
    let plan = planned(json!({ "Architectures": ["arm64"] }), json!({}), &["/Code"], &options);
    assert!(matches!(&plan.action, Action::Refused(refusal) if refusal.reason == RefusalReason::Ignored), "{plan:?}");
}

#[test]
fn debug_form_of_a_call_shows_no_value() {
    let steps = steps(json!({ "Environment": { "Variables": { "TOKEN": "s3cret" } } }), json!({}), &[]);
    let shown = format!("{steps:?}");
    assert!(!shown.contains("s3cret") && shown.contains("Environment"), "{shown}");
}

#[test]
fn drift_is_left_alone_without_a_word() {
    let plan = planned(json!({ "Timeout": 9 }), json!({}), &[], &PlanOptions::default());
    assert_eq!(plan.action, Action::Drift);
}
