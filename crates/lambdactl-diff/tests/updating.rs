//! The calls of an update: their order, what they carry, and what they leave as it is.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use lambdactl_diff::{
    Action, CodeSigning, CurrentFunction, CurrentState, FunctionPlan, PlanOptions, RefusalReason, Tags, plan,
};
use lambdactl_schema::{Call, Desired, FunctionSpec, Operation};
use serde_json::{Map, Value, json};

fn merged(base: Value, extra: Value) -> Map<String, Value> {
    let mut members = base.as_object().unwrap().clone();
    members.extend(extra.as_object().unwrap().clone());
    members
}

/// What the manifest and the account have in common.
fn plain() -> Value {
    json!({ "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r" })
}

/// Plans function `f`, given what the manifest and the account have beyond a plain function.
fn planned(wanted: Value, current: Value, ignore: &[&str], options: &PlanOptions) -> FunctionPlan {
    planned_beside(wanted, current, CurrentFunction::default(), ignore, options)
}

/// The same with what the account has beside the function's configuration and code.
fn planned_beside(
    wanted: Value,
    current: Value,
    beside: CurrentFunction,
    ignore: &[&str],
    options: &PlanOptions,
) -> FunctionPlan {
    let code = json!({ "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" } });
    let mut request = merged(Value::Object(merged(plain(), code)), wanted);
    request.retain(|_, value| !value.is_null());
    let is_image = request.get("PackageType") == Some(&json!("Image"));
    let spec = FunctionSpec {
        code_sha256: (!is_image).then(|| "new".into()),
        ignore: ignore.iter().map(|pointer| (*pointer).to_owned()).collect(),
        ..FunctionSpec::of(serde_json::from_value(Value::Object(request)).unwrap())
    };
    let mut configuration = merged(plain(), merged(json!({ "CodeSha256": "new", "RevisionId": "1" }), current).into());
    let code = configuration.shift_remove("Code").and_then(|code| code.as_object().cloned()).unwrap_or_default();
    let function = CurrentFunction { configuration, code: Some(code), ..beside };
    let desired = Desired { functions: vec![spec], ..Desired::default() };
    let state = CurrentState { functions: [("f".to_owned(), function)].into(), ..CurrentState::default() };
    plan(&desired, &state, options).functions.remove(0)
}

fn update() -> PlanOptions {
    PlanOptions { update: true, ..PlanOptions::default() }
}

fn steps_of(plan: FunctionPlan) -> Vec<Call> {
    match plan.action {
        Action::Update(steps) => steps,
        other => panic!("{other:?}"),
    }
}

fn steps(wanted: Value, current: Value, ignore: &[&str]) -> Vec<Call> {
    steps_of(planned(wanted, current, ignore, &update()))
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
    assert_eq!(
        settings(&steps(Value::Object(wanted.clone()), environment.clone(), &[])),
        Value::Object(wanted.clone())
    );
    // And back to the service's own key.
    let without_key = merged(environment.clone(), json!({ "KMSKeyArn": "" }));
    assert_eq!(settings(&steps(environment.clone(), Value::Object(wanted), &[])), Value::Object(without_key));
    // Without the key it stays where it is: nothing of it differs.
    let longer = Value::Object(merged(environment.clone(), json!({ "Timeout": 9 })));
    assert_eq!(settings(&steps(longer, environment, &[])), json!({ "Timeout": 9 }));
}

#[test]
fn environment_that_cannot_be_read_is_not_wiped() {
    let error = json!({ "Error": { "ErrorCode": "AccessDeniedException", "Message": "no" } });
    let current =
        json!({ "Environment": error, "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1", "Timeout": 3 });
    for wanted in [json!({}), json!({ "Environment": { "Variables": { "A1": "x" } } })] {
        let wanted = Value::Object(merged(wanted, json!({ "Timeout": 9 })));
        assert_eq!(settings(&steps(wanted, current.clone(), &[])), json!({ "Timeout": 9, "KMSKeyArn": "" }));
    }
}

#[test]
fn member_that_is_taken_out_is_reset() {
    let nothing = || json!({});
    let vpc = json!({
        "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1", "Ipv6AllowedForDualStack": true
    });
    // What the manifest says of the member by then, what the account has, and what is sent.
    for (member, wanted, current, sent) in [
        ("Description", nothing(), json!("one"), json!("")),
        ("Timeout", nothing(), json!(30), json!(3)),
        ("MemorySize", nothing(), json!(256), json!(128)),
        ("EphemeralStorage", nothing(), json!({ "Size": 1024 }), json!({ "Size": 512 })),
        ("Environment", nothing(), json!({ "Variables": { "A1": "x" } }), json!({ "Variables": {} })),
        (
            "Environment",
            json!({ "Environment": { "Variables": {} } }),
            json!({ "Variables": { "A1": "x" } }),
            json!({ "Variables": {} }),
        ),
        ("KMSKeyArn", nothing(), json!("arn:aws:kms:us-east-1:123456789012:key/1"), json!("")),
        ("DeadLetterConfig", nothing(), json!({ "TargetArn": "arn:aws:sqs:::q" }), json!({ "TargetArn": "" })),
        ("FileSystemConfigs", nothing(), json!([{ "Arn": "arn:fs", "LocalMountPath": "/mnt/x" }]), json!([])),
        ("TracingConfig", nothing(), json!({ "Mode": "Active" }), json!({ "Mode": "PassThrough" })),
        (
            "SnapStart",
            nothing(),
            json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "Off" }),
            json!({ "ApplyOn": "None" }),
        ),
        ("Layers", nothing(), json!([{ "Arn": "arn:l:1", "CodeSize": 1 }]), json!([])),
        ("Layers", json!({ "Layers": [] }), json!([{ "Arn": "arn:l:1", "CodeSize": 1 }]), json!([])),
        // The group's own name: without it, the other group would stay.
        (
            "LoggingConfig",
            nothing(),
            json!({ "LogFormat": "Text", "LogGroup": "mine" }),
            json!({ "LogFormat": "Text", "LogGroup": "/aws/lambda/f" }),
        ),
        (
            "LoggingConfig",
            nothing(),
            json!({ "LogFormat": "JSON", "LogGroup": "mine", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN" }),
            json!({ "LogFormat": "Text", "LogGroup": "/aws/lambda/f" }),
        ),
        // The flag would stay where only the lists are sent, and the service refuses it without subnets.
        (
            "VpcConfig",
            nothing(),
            vpc.clone(),
            json!({ "SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false }),
        ),
        (
            "VpcConfig",
            json!({ "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [] } }),
            vpc,
            json!({ "SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": false }),
        ),
    ] {
        let calls = steps(wanted.clone(), json!({ (member): current }), &[]);
        assert_eq!(operations(&calls), ["UpdateFunctionConfiguration"], "{member}");
        assert_eq!(settings(&calls), json!({ (member): sent }), "{member}: {wanted}");
    }
}

#[test]
fn layers_are_sent_in_the_order_of_the_manifest() {
    let current = json!({ "Layers": [{ "Arn": "arn:l:1" }, { "Arn": "arn:m:1" }] });
    let wanted = json!({ "Layers": ["arn:m:1", "arn:l:1"] });
    assert_eq!(settings(&steps(wanted.clone(), current, &[])), wanted);
}

#[test]
fn instruction_set_alone_takes_the_code_along() {
    let uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1";
    let object = json!({ "S3Bucket": "my-bucket", "S3Key": "app.zip" });
    let image = json!({ "PackageType": "Image", "Runtime": null, "Handler": null, "Code": { "ImageUri": uri } });
    let (arm64, x86_64) = (json!(["arm64"]), json!(["x86_64"]));
    for (code, current, sent) in [
        (json!({}), json!({}), object),
        (json!({ "Code": { "ZipFile": "" } }), json!({}), json!({ "ZipFile": "" })),
        (image.clone(), image, json!({ "ImageUri": uri })),
    ] {
        let with = |base: &Value, value: &Value| Value::Object(merged(base.clone(), json!({ "Architectures": value })));
        for (wanted, had, expected) in [
            (with(&code, &arm64), with(&current, &x86_64), &arm64),
            // A line that goes means the service's default.
            (code.clone(), with(&current, &arm64), &x86_64),
        ] {
            let calls = steps(wanted.clone(), had, &[]);
            assert_eq!(operations(&calls), ["UpdateFunctionCode"], "{wanted}");
            let body = Value::Object(merged(sent.clone(), json!({ "Architectures": expected })));
            assert_eq!(Value::Object(calls[0].members.clone()), body, "{wanted}");
        }
    }
}

#[test]
fn key_of_the_code_is_emptied_only_where_it_goes() {
    let key = |id: u32| format!("arn:aws:kms:us-east-1:123456789012:key/{id}");
    let object = json!({ "S3Bucket": "my-bucket", "S3Key": "app.zip" });
    let with_key = |id: u32| Value::Object(merged(object.clone(), json!({ "SourceKMSKeyArn": key(id) })));
    for (wanted, current, sent) in [
        (object.clone(), json!({ "Code": with_key(1) }), json!("")),
        (with_key(2), json!({ "Code": with_key(1) }), json!(key(2))),
        (with_key(2), json!({ "Code": object }), json!(key(2))),
        // Another member goes, and new code comes.
        (object.clone(), json!({ "Code": object, "CodeSha256": "old", "Description": "one" }), Value::Null),
    ] {
        let calls = steps(json!({ "Code": wanted }), current.clone(), &[]);
        let code = calls.iter().find(|call| call.operation == Operation::UpdateFunctionCode).unwrap();
        assert_eq!(code.members.get("SourceKMSKeyArn").unwrap_or(&Value::Null), &sent, "{current}");
    }
}

#[test]
fn tags_that_the_manifest_no_longer_has_go_and_no_others() {
    let tags = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let calls = |wanted: Value, current: &[(&str, &str)]| -> Vec<(&str, Value)> {
        let account = CurrentFunction { tags: Tags::Known(tags(current)), ..CurrentFunction::default() };
        let steps = steps_of(planned_beside(json!({ "Tags": wanted }), json!({}), account, &[], &update()));
        steps.into_iter().map(|call| (call.operation.name(), Value::Object(call.members))).collect()
    };
    let untag = |keys: &[&str]| ("UntagResource", json!({ "tagKeys": keys }));
    let tag = |tags: Value| ("TagResource", json!({ "Tags": tags }));
    let current = [("team", "a"), ("a/b~c", "x"), ("stage", "prod")];
    for (wanted, expected) in [
        (json!({ "stage": "prod" }), vec![untag(&["a/b~c", "team"])]),
        (
            json!({ "team": "b", "stage": "prod", "new": "n" }),
            vec![untag(&["a/b~c"]), tag(json!({ "new": "n", "team": "b" }))],
        ),
        (json!({ "team": "a", "a/b~c": "y", "stage": "prod" }), vec![tag(json!({ "a/b~c": "y" }))]),
    ] {
        assert_eq!(calls(wanted.clone(), &current), expected, "{wanted}");
    }
}

#[test]
fn who_may_sign_is_changed_before_the_code_that_is_signed() {
    let old = || json!({ "CodeSha256": "old", "Timeout": 9 });
    let arn = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-1";
    let main = ["UpdateFunctionConfiguration", "UpdateFunctionCode"];
    for (wanted, has, first) in [
        (json!({ "CodeSigningConfigArn": arn }), "", "PutFunctionCodeSigningConfig"),
        (json!({ "CodeSigningConfigArn": arn }), "arn:other", "PutFunctionCodeSigningConfig"),
        (json!({}), arn, "DeleteFunctionCodeSigningConfig"),
    ] {
        let account = CurrentFunction { code_signing: CodeSigning::Arn(has.into()), ..CurrentFunction::default() };
        let calls = steps_of(planned_beside(wanted, old(), account, &[], &update()));
        assert_eq!(operations(&calls), [&[first], &main[..]].concat(), "{has}");
    }
}

#[test]
fn what_only_a_creation_can_set_is_refused_by_name() {
    let uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1";
    let image = json!({ "PackageType": "Image", "Runtime": null, "Handler": null, "Code": { "ImageUri": uri } });
    let durable = json!({ "DurableConfig": { "ExecutionTimeout": 60, "RetentionPeriodInDays": 14 } });
    let tenants = json!({ "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" } });
    for (wanted, current, member) in [
        (json!({}), image.clone(), "PackageType"),
        (image, json!({}), "PackageType"),
        (json!({}), durable.clone(), "DurableConfig"),
        (durable.clone(), json!({}), "DurableConfig"),
        (json!({}), tenants.clone(), "TenancyConfig"),
        (tenants, json!({}), "TenancyConfig"),
    ] {
        let refused = planned(wanted.clone(), current.clone(), &[], &update());
        let Action::Refused(refusal) = &refused.action else { panic!("{member}: {refused:?}") };
        assert_eq!(refusal.reason, RefusalReason::NeedsReplacement, "{member}");
        let words = format!("{member} is set when a function is created, and never changed");
        assert!(refusal.message.starts_with(&words) && refusal.help.contains("--replace"), "{refusal:?}");
        let named = PlanOptions { replace: vec!["f".into()], ..update() };
        let replaced = planned(wanted, current, &[], &named);
        assert!(matches!(&replaced.action, Action::Replace(_)), "{member}: {replaced:?}");
    }
    // What is in it can be changed in place.
    let longer = json!({ "DurableConfig": { "ExecutionTimeout": 90 } });
    assert_eq!(operations(&steps(longer, durable, &[])), ["UpdateFunctionConfiguration"]);
}

#[test]
fn code_of_someone_else_is_never_sent_for_the_architecture() {
    let plan = planned(json!({ "Architectures": ["arm64"] }), json!({}), &["/Code"], &update());
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
