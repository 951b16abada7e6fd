//! What counts as a difference: every way in which the service's answer differs from the request and means the same,
//! and a real change next to it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use lambdactl_diff::{Action, CodeSigning, CurrentFunction, CurrentState, FunctionPlan, PlanOptions, Tags, plan};
use lambdactl_schema::{Desired, FunctionSpec};
use serde_json::{Value, json};

fn request(extra: Value) -> Value {
    let mut request = json!({
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "S3Bucket": "abc", "S3Key": "k" }
    });
    merge(&mut request, extra);
    request
}

/// The service's answer to that request: what it fills in, as recorded.
fn answer(extra: Value) -> Value {
    let mut answer = json!({
        "Architectures": ["x86_64"], "CodeSha256": "sha", "CodeSize": 276, "Description": "",
        "EphemeralStorage": { "Size": 512 }, "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "FunctionName": "f", "Handler": "a.b", "LastModified": "2025-11-25T02:26:42.000+0000",
        "LastUpdateStatus": "Successful", "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/f" },
        "MemorySize": 128, "PackageType": "Zip", "RevisionId": "1", "Role": "arn:aws:iam::123456789012:role/r",
        "Runtime": "python3.13", "RuntimeVersionConfig": { "RuntimeVersionArn": "arn" },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" }, "State": "Active", "Timeout": 3,
        "TracingConfig": { "Mode": "PassThrough" }, "Version": "$LATEST"
    });
    merge(&mut answer, extra);
    answer
}

fn merge(into: &mut Value, extra: Value) {
    for (key, value) in extra.as_object().unwrap() {
        into[key] = value.clone();
    }
}

fn spec(request: Value) -> FunctionSpec {
    FunctionSpec::of(serde_json::from_value(request).unwrap())
}

fn current(answer: Value) -> CurrentFunction {
    CurrentFunction { configuration: answer.as_object().unwrap().clone(), ..CurrentFunction::default() }
}

fn compare(spec: FunctionSpec, current: CurrentFunction) -> FunctionPlan {
    let desired = Desired { functions: vec![spec], ..Desired::default() };
    let state = CurrentState {
        account: None,
        region: "us-east-1".into(),
        functions: BTreeMap::from([("f".to_owned(), current)]),
        ..CurrentState::default()
    };
    plan(&desired, &state, &PlanOptions::default()).functions.remove(0)
}

fn paths(function: &FunctionPlan) -> Vec<&str> {
    function.changes.iter().map(|change| change.path.as_str()).collect()
}

#[test]
fn what_the_service_fills_in_is_no_difference() {
    let cases = [
        (json!({}), json!({})),
        (json!({ "Timeout": 3, "MemorySize": 128, "Description": "" }), json!({})),
        (
            json!({ "Layers": ["arn:l:1", "arn:l:2"] }),
            json!({ "Layers": [{ "Arn": "arn:l:1", "CodeSize": 1 }, { "Arn": "arn:l:2" }] }),
        ),
        (
            json!({ "VpcConfig": { "SubnetIds": ["subnet-b", "subnet-a"], "SecurityGroupIds": ["sg-1"] } }),
            json!({ "VpcConfig": { "SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1", "Ipv6AllowedForDualStack": false } }),
        ),
        (
            json!({}),
            json!({ "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": false } }),
        ),
        (json!({ "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [] } }), json!({ "VpcConfig": null })),
        (
            json!({}),
            json!({ "Environment": { "Variables": {} }, "Layers": [], "KMSKeyArn": "", "DeadLetterConfig": null }),
        ),
        (json!({ "DeadLetterConfig": { "TargetArn": "" }, "KMSKeyArn": "", "FileSystemConfigs": [] }), json!({})),
        (json!({ "Environment": { "Variables": {} } }), json!({})),
        (
            json!({ "LoggingConfig": { "LogFormat": "JSON" } }),
            json!({ "LoggingConfig": { "LogFormat": "JSON", "LogGroup": "/aws/lambda/f", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO" } }),
        ),
        (
            json!({ "LoggingConfig": { "LogGroup": "mine" } }),
            json!({ "LoggingConfig": { "LogFormat": "Text", "LogGroup": "mine" } }),
        ),
        (
            json!({ "SnapStart": { "ApplyOn": "PublishedVersions" } }),
            json!({ "SnapStart": { "ApplyOn": "PublishedVersions", "OptimizationStatus": "Off" } }),
        ),
        (
            json!({ "ImageConfig": { "Command": ["x"] } }),
            json!({ "ImageConfigResponse": { "ImageConfig": { "Command": ["x"] } } }),
        ),
        (json!({ "Publish": true }), json!({})),
        (
            json!({ "DurableConfig": { "ExecutionTimeout": 60 } }),
            json!({ "DurableConfig": { "ExecutionTimeout": 60, "RetentionPeriodInDays": 14 } }),
        ),
        (
            json!({ "MemorySize": 2048, "LoggingConfig": { "LogFormat": "JSON" }, "CapacityProviderConfig": { "LambdaManagedInstancesCapacityProviderConfig": { "CapacityProviderArn": "arn" } } }),
            json!({ "MemorySize": 2048, "LoggingConfig": { "LogFormat": "JSON", "LogGroup": "/aws/lambda/f", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO" },
                "CapacityProviderConfig": { "LambdaManagedInstancesCapacityProviderConfig": { "CapacityProviderArn": "arn", "PerExecutionEnvironmentMaxConcurrency": 16, "ExecutionEnvironmentMemoryGiBPerVCpu": 2 } } }),
        ),
        (
            json!({ "Environment": { "Variables": { "EMPTY": "" } } }),
            json!({ "Environment": { "Variables": { "EMPTY": "" } } }),
        ),
    ];
    for (wanted, answered) in cases {
        let function = compare(spec(request(wanted.clone())), current(answer(answered)));
        assert_eq!(function.action, Action::Unchanged, "{wanted}: {:?}", function.changes);
    }
}

#[test]
fn one_changed_member_is_exactly_one_difference() {
    let cases = [
        (json!({ "Timeout": 4 }), json!({}), "/Timeout"),
        (json!({}), json!({ "Timeout": 4 }), "/Timeout"),
        (json!({ "Role": "arn:aws:iam::123456789012:role/s" }), json!({}), "/Role"),
        (
            json!({ "Layers": ["arn:l:2", "arn:l:1"] }),
            json!({ "Layers": [{ "Arn": "arn:l:1" }, { "Arn": "arn:l:2" }] }),
            "/Layers",
        ),
        (json!({}), json!({ "Layers": [{ "Arn": "arn:l:1" }] }), "/Layers"),
        (json!({ "EphemeralStorage": { "Size": 1024 } }), json!({}), "/EphemeralStorage/Size"),
        (json!({ "TracingConfig": { "Mode": "Active" } }), json!({}), "/TracingConfig/Mode"),
        (json!({ "LoggingConfig": { "LogGroup": "mine" } }), json!({}), "/LoggingConfig/LogGroup"),
        (json!({ "Architectures": ["arm64"] }), json!({}), "/Architectures"),
        (json!({ "Environment": { "Variables": { "EMPTY": "" } } }), json!({}), "/Environment/Variables/EMPTY"),
        (
            json!({ "VpcConfig": { "SubnetIds": ["subnet-a"], "Ipv6AllowedForDualStack": true } }),
            json!({ "VpcConfig": { "SubnetIds": ["subnet-a"] } }),
            "/VpcConfig/Ipv6AllowedForDualStack",
        ),
        (
            json!({ "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" } }),
            json!({}),
            "/TenancyConfig/TenantIsolationMode",
        ),
        (json!({}), json!({ "KMSKeyArn": "arn:aws:kms:x" }), "/KMSKeyArn"),
    ];
    for (wanted, answered, path) in cases {
        let function = compare(spec(request(wanted.clone())), current(answer(answered)));
        assert_eq!(paths(&function), [path], "{wanted}");
        assert_eq!(function.action, Action::Drift);
    }
}

#[test]
fn environment_values_are_in_no_change() {
    let wanted = request(json!({ "Environment": { "Variables": { "A1": "s3cret-a", "B1": "s3cret-b" } } }));
    let answered = answer(json!({ "Environment": { "Variables": { "B1": "s3cret-c", "C1": "s3cret-d" } } }));
    let function = compare(spec(wanted), current(answered));
    assert_eq!(
        paths(&function),
        ["/Environment/Variables/A1", "/Environment/Variables/B1", "/Environment/Variables/C1"]
    );
    assert!(
        function.changes.iter().all(|change| change.sensitive && change.before.is_none() && change.after.is_none())
    );
    assert!(!format!("{function:?}").contains("s3cret"));
}

#[test]
fn environment_that_cannot_be_read_is_not_compared() {
    let wanted = request(json!({ "Environment": { "Variables": { "A1": "x" } } }));
    let answered =
        answer(json!({ "Environment": { "Error": { "ErrorCode": "AccessDeniedException", "Message": "no" } } }));
    let function = compare(spec(wanted), current(answered));
    assert_eq!(function.action, Action::Unchanged);
    assert!(function.notes.iter().any(|note| note.contains("AccessDeniedException")), "{:?}", function.notes);
}

#[test]
fn tags_are_compared_only_where_declared_and_never_those_of_aws() {
    let tags = |pairs: &[(&str, &str)]| {
        Tags::Known(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    };
    let with = |tags: Tags| CurrentFunction { tags, ..current(answer(json!({}))) };
    let theirs = [("aws:cloudformation:stack-name", "s"), ("lambdactl:manifest", "m"), ("team", "x")];
    assert_eq!(compare(spec(request(json!({}))), with(tags(&theirs))).action, Action::Unchanged);
    let same = json!({ "Tags": { "team": "x" } });
    assert_eq!(compare(spec(request(same.clone())), with(tags(&theirs))).action, Action::Unchanged);
    assert_eq!(paths(&compare(spec(request(json!({ "Tags": {} }))), with(tags(&theirs)))), ["/Tags/team"]);
    let unknown = compare(spec(request(same)), with(Tags::Unknown("AccessDenied".into())));
    assert_eq!((unknown.action, unknown.notes.len()), (Action::Unchanged, 2));
}

#[test]
fn code_is_compared_by_digest_where_there_is_one() {
    let zip = |sha: &str| FunctionSpec {
        code_sha256: Some(sha.into()),
        code_size: None,
        archive: None,
        ..spec(request(json!({ "Code": { "ZipFile": "UEs=" } })))
    };
    assert_eq!(compare(zip("sha"), current(answer(json!({})))).action, Action::Unchanged);
    assert_eq!(paths(&compare(zip("other"), current(answer(json!({}))))), ["/Code/CodeSha256"]);
    let s3 = compare(spec(request(json!({}))), current(answer(json!({}))));
    assert!(s3.notes[0].contains("was not compared"), "{:?}", s3.notes);

    let resolved = json!({ "ResolvedS3Object": { "S3Bucket": "abc", "S3Key": "k", "S3ObjectVersion": "1" } });
    let referring = || CurrentFunction { code: resolved.as_object().cloned(), ..current(answer(json!({}))) };
    assert_eq!(compare(spec(request(json!({}))), referring()).action, Action::Unchanged);
    let moved = json!({ "Code": { "S3Bucket": "abc", "S3Key": "other", "S3ObjectVersion": "1" } });
    assert_eq!(paths(&compare(spec(request(moved)), referring())), ["/Code/S3Key"]);

    let digest = "a".repeat(64);
    let image = |uri: &str| {
        let mut request = request(json!({ "PackageType": "Image", "Code": { "ImageUri": uri } }));
        request.as_object_mut().unwrap().retain(|key, _| key != "Runtime" && key != "Handler");
        spec(request)
    };
    let answered = || {
        let mut answer = answer(json!({ "PackageType": "Image", "CodeSha256": digest }));
        answer.as_object_mut().unwrap().retain(|key, _| key != "Runtime" && key != "Handler");
        let code = json!({ "ImageUri": "repo:1", "ResolvedImageUri": format!("repo@sha256:{digest}") });
        CurrentFunction { code: code.as_object().cloned(), ..current(answer) }
    };
    assert_eq!(compare(image("repo:1"), answered()).action, Action::Unchanged);
    assert_eq!(compare(image(&format!("repo@sha256:{digest}")), answered()).action, Action::Unchanged);
    assert_eq!(paths(&compare(image("repo:2"), answered())), ["/Code/ImageUri"]);
}

#[test]
fn code_signing_is_compared_when_it_was_read() {
    let wanted = || spec(request(json!({ "CodeSigningConfigArn": "arn:a" })));
    let with = |code_signing: CodeSigning| CurrentFunction { code_signing, ..current(answer(json!({}))) };
    assert_eq!(compare(wanted(), with(CodeSigning::Arn("arn:a".into()))).action, Action::Unchanged);
    assert_eq!(paths(&compare(wanted(), with(CodeSigning::Arn(String::new())))), ["/CodeSigningConfigArn"]);
    assert_eq!(compare(wanted(), with(CodeSigning::Unknown("no".into()))).notes.len(), 2);
}

#[test]
fn ignored_members_are_left_out() {
    let mut wanted = spec(request(json!({ "Timeout": 4, "Environment": { "Variables": { "A1": "x" } } })));
    wanted.ignore = vec!["/Timeout".into(), "/Environment".into()];
    assert_eq!(compare(wanted, current(answer(json!({})))).action, Action::Unchanged);
}

#[test]
fn missing_function_is_planned_with_its_whole_request() {
    let desired =
        Desired { name: Some("payments".into()), functions: vec![spec(request(json!({})))], ..Desired::default() };
    let plan = plan(
        &desired,
        &CurrentState { region: "us-east-1".into(), ..CurrentState::default() },
        &PlanOptions::default(),
    );
    let Action::Create(request) = &plan.functions[0].action else { panic!("{plan:?}") };
    assert_eq!(request.tags.as_ref().unwrap()["lambdactl:manifest"], "payments");
    assert_eq!(plan.summary().create, 1);
    assert!(plan.has_calls() && !plan.is_empty());
}

#[test]
fn members_that_nobody_here_knows_are_no_difference() {
    let newer = json!({
        "Priority": { "Class": 3 },
        "VpcConfig": { "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1", "Gateway": "x" },
        "FileSystemConfigs": [{ "Arn": "arn:fs", "LocalMountPath": "/mnt/x", "Cache": true }],
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/f", "Sampling": 0.5 },
        "Environment": { "Variables": { "NEW": "x" } }
    });
    let plain = json!({
        "VpcConfig": { "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] },
        "FileSystemConfigs": [{ "Arn": "arn:fs", "LocalMountPath": "/mnt/x" }],
        "Environment": { "Variables": { "NEW": "x" } }
    });
    assert_eq!(paths(&compare(spec(request(plain)), current(answer(newer.clone())))), [] as [&str; 0]);
    // Unless the manifest has them, by way of `--allow-unknown`.
    let wanted = json!({
        "Priority": { "Class": 4 },
        "VpcConfig": { "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "Gateway": "y" },
        "FileSystemConfigs": [{ "Arn": "arn:fs", "LocalMountPath": "/mnt/x", "Cache": true }]
    });
    assert_eq!(
        paths(&compare(spec(request(wanted)), current(answer(newer)))),
        ["/VpcConfig/Gateway", "/Priority/Class", "/Environment/Variables/NEW"]
    );
}

#[test]
fn ignored_members_are_kept_apart() {
    let mut ignoring = spec(request(json!({ "Timeout": 5, "Environment": { "Variables": { "MINE": "a" } } })));
    ignoring.ignore = vec!["/Timeout".into(), "/Environment/Variables/THEIRS".into()];
    let theirs = answer(json!({ "Timeout": 9, "Environment": { "Variables": { "MINE": "a", "THEIRS": "b" } } }));
    let compared = compare(ignoring, current(theirs));
    assert_eq!(compared.action, Action::Unchanged);
    let ignored: Vec<_> = compared.ignored.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(ignored, ["/Timeout", "/Environment/Variables/THEIRS"]);
    assert!(compared.ignored[1].sensitive);
}

#[test]
fn function_of_a_list_is_compared_by_its_digest() {
    let digest = "0f".repeat(32);
    let image = |uri: &str| {
        let mut wanted = request(json!({ "PackageType": "Image", "Code": { "ImageUri": uri } }));
        wanted.as_object_mut().unwrap().retain(|member, _| member != "Runtime" && member != "Handler");
        spec(wanted)
    };
    let mut listed = answer(json!({ "PackageType": "Image", "CodeSha256": digest }));
    listed.as_object_mut().unwrap().retain(|member, _| member != "Runtime" && member != "Handler");
    assert_eq!(paths(&compare(image(&format!("repo@sha256:{digest}")), current(listed.clone()))), [] as [&str; 0]);
    let other = compare(image(&format!("repo@sha256:{}", "1f".repeat(32))), current(listed));
    assert_eq!(paths(&other), ["/Code/ImageUri"]);
    assert_eq!(other.changes[0].before, Some(json!(format!("sha256:{digest}"))));
}
