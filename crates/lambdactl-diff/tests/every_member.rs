//! Every member of CreateFunction in every state: what matches the account is no difference, what does not is exactly
//! one, and a member that is left out means the service's default.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};

use lambdactl_diff::{Change, CodeSigning, CurrentFunction, CurrentState, PlanOptions, Tags, plan};
use lambdactl_schema::{Desired, FunctionSpec, members};
use serde_json::{Map, Value, json};

/// Not compared: it names the function, or tells the call that creates it what else to do.
const NOT_COMPARED: [&str; 3] = ["FunctionName", "Publish", "PublishTo"];

/// One member with two values, neither of them the default.
struct Row {
    member: &'static str,
    one: Value,
    other: Value,
    /// What differs between the two values.
    path: &'static str,
    /// Makes the answer's shape of a value; the member is absent from an answer otherwise.
    answered: fn(&Value, &mut Account),
}

/// What the account says about the function.
#[derive(Clone)]
struct Account {
    configuration: Value,
    code: Value,
    tags: BTreeMap<String, String>,
    code_signing: String,
}

/// The answer to a function with nothing but what it must have: the members that the service fills in, as recorded.
fn account() -> Account {
    let configuration = json!({
        "Architectures": ["x86_64"], "CodeSha256": "sha", "CodeSize": 276, "Description": "",
        "EphemeralStorage": { "Size": 512 }, "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "FunctionName": "f", "LastModified": "2025-11-25T02:26:42.000+0000", "LastUpdateStatus": "Successful",
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/f" }, "MemorySize": 128, "PackageType": "Zip",
        "RevisionId": "1", "Role": "arn:aws:iam::123456789012:role/r",
        "RuntimeVersionConfig": { "RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:0123" },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" }, "State": "Active", "Timeout": 3,
        "TracingConfig": { "Mode": "PassThrough" }, "Version": "$LATEST"
    });
    Account { configuration, code: json!({}), tags: BTreeMap::new(), code_signing: String::new() }
}

/// The member comes back as it was sent.
macro_rules! as_sent {
    ($member:literal) => {
        |value, account| account.configuration[$member] = value.clone()
    };
}

fn row(member: &'static str, one: Value, other: Value, path: &'static str, answered: fn(&Value, &mut Account)) -> Row {
    Row { member, one, other, path, answered }
}

fn rows() -> Vec<Row> {
    let provider = |concurrency: u32| {
        json!({ "LambdaManagedInstancesCapacityProviderConfig": {
            "CapacityProviderArn": "arn:aws:lambda:us-east-1:123456789012:capacity-provider:pool",
            "PerExecutionEnvironmentMaxConcurrency": concurrency
        } })
    };
    let runtime = |alias: &str| json!({ "RuntimeArn": "arn:aws:lambda:us-east-1:123456789012:runtime/mine", "RuntimeAlias": alias });
    let mount = |path: &str| json!([{ "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1", "LocalMountPath": path }]);
    vec![
        row("Runtime", json!("python3.13"), json!("python3.14"), "/Runtime", as_sent!("Runtime")),
        row("Handler", json!("a.b"), json!("a.c"), "/Handler", as_sent!("Handler")),
        row("Description", json!("one"), json!("other"), "/Description", as_sent!("Description")),
        row("Timeout", json!(30), json!(60), "/Timeout", as_sent!("Timeout")),
        row("MemorySize", json!(256), json!(512), "/MemorySize", as_sent!("MemorySize")),
        row("PackageType", json!("Image"), json!("Container"), "/PackageType", as_sent!("PackageType")),
        row("Architectures", json!(["arm64"]), json!(["riscv64"]), "/Architectures", as_sent!("Architectures")),
        row(
            "KMSKeyArn",
            json!("arn:aws:kms:::key/1"),
            json!("arn:aws:kms:::key/2"),
            "/KMSKeyArn",
            as_sent!("KMSKeyArn"),
        ),
        row(
            "EphemeralStorage",
            json!({ "Size": 1024 }),
            json!({ "Size": 2048 }),
            "/EphemeralStorage/Size",
            as_sent!("EphemeralStorage"),
        ),
        row(
            "TracingConfig",
            json!({ "Mode": "Active" }),
            json!({ "Mode": "Sampled" }),
            "/TracingConfig/Mode",
            as_sent!("TracingConfig"),
        ),
        row(
            "DeadLetterConfig",
            json!({ "TargetArn": "arn:aws:sqs:::a" }),
            json!({ "TargetArn": "arn:aws:sqs:::b" }),
            "/DeadLetterConfig/TargetArn",
            as_sent!("DeadLetterConfig"),
        ),
        row(
            "Environment",
            json!({ "Variables": { "STAGE": "one" } }),
            json!({ "Variables": { "STAGE": "other" } }),
            "/Environment/Variables/STAGE",
            as_sent!("Environment"),
        ),
        row(
            "VpcConfig",
            json!({ "SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"] }),
            json!({ "SubnetIds": ["subnet-1", "subnet-3"], "SecurityGroupIds": ["sg-1"] }),
            "/VpcConfig/SubnetIds",
            |value, account| {
                let mut answer = value.clone();
                answer["SubnetIds"].as_array_mut().unwrap().reverse();
                answer["VpcId"] = json!("vpc-1");
                answer["Ipv6AllowedForDualStack"] = json!(false);
                account.configuration["VpcConfig"] = answer;
            },
        ),
        row("FileSystemConfigs", mount("/mnt/a"), mount("/mnt/b"), "/FileSystemConfigs", as_sent!("FileSystemConfigs")),
        row("Layers", json!(["arn:l:1", "arn:m:1"]), json!(["arn:l:2", "arn:m:1"]), "/Layers", |value, account| {
            let layer = |arn: &Value| json!({ "Arn": arn, "CodeSize": 7, "SigningJobArn": "arn:job" });
            account.configuration["Layers"] = value.as_array().unwrap().iter().map(layer).collect();
        }),
        row(
            "ImageConfig",
            json!({ "Command": ["a"] }),
            json!({ "Command": ["b"] }),
            "/ImageConfig/Command",
            |value, account| {
                account.configuration["ImageConfigResponse"] = json!({ "ImageConfig": value });
            },
        ),
        row(
            "SnapStart",
            json!({ "ApplyOn": "PublishedVersions" }),
            json!({ "ApplyOn": "Always" }),
            "/SnapStart/ApplyOn",
            |value, account| {
                account.configuration["SnapStart"] = json!({ "ApplyOn": value["ApplyOn"], "OptimizationStatus": "Off" })
            },
        ),
        row(
            "LoggingConfig",
            json!({ "LogGroup": "mine" }),
            json!({ "LogGroup": "yours" }),
            "/LoggingConfig/LogGroup",
            |value, account| account.configuration["LoggingConfig"]["LogGroup"] = value["LogGroup"].clone(),
        ),
        row(
            "CapacityProviderConfig",
            provider(2),
            provider(4),
            "/CapacityProviderConfig/LambdaManagedInstancesCapacityProviderConfig/PerExecutionEnvironmentMaxConcurrency",
            |value, account| {
                // What such a function has by default is another thing (read from an emulator's source).
                let config = &mut account.configuration;
                config["CapacityProviderConfig"] = value.clone();
                config["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"]["ExecutionEnvironmentMemoryGiBPerVCpu"] =
                    json!(2.0);
                config["MemorySize"] = json!(2048);
                config["LoggingConfig"] = json!({
                    "LogFormat": "JSON", "LogGroup": "/aws/lambda/f", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"
                });
            },
        ),
        row(
            "DurableConfig",
            json!({ "ExecutionTimeout": 60 }),
            json!({ "ExecutionTimeout": 90 }),
            "/DurableConfig/ExecutionTimeout",
            |value, account| {
                account.configuration["DurableConfig"] =
                    json!({ "ExecutionTimeout": value["ExecutionTimeout"], "RetentionPeriodInDays": 14 });
            },
        ),
        row(
            "TenancyConfig",
            json!({ "TenantIsolationMode": "PER_TENANT" }),
            json!({ "TenantIsolationMode": "PER_CALL" }),
            "/TenancyConfig/TenantIsolationMode",
            as_sent!("TenancyConfig"),
        ),
        row("RuntimeConfig", runtime("a"), runtime("b"), "/RuntimeConfig/RuntimeAlias", as_sent!("RuntimeConfig")),
        row(
            "AcceleratorConfig",
            json!({ "AcceleratorMemorySize": 8 }),
            json!({ "AcceleratorMemorySize": 16 }),
            "/AcceleratorConfig/AcceleratorMemorySize",
            as_sent!("AcceleratorConfig"),
        ),
        row(
            "CodeSigningConfigArn",
            json!("arn:csc:1"),
            json!("arn:csc:2"),
            "/CodeSigningConfigArn",
            |value, account| {
                account.code_signing = value.as_str().unwrap().to_owned();
            },
        ),
    ]
}

fn changes(members: &Map<String, Value>, account: &Account) -> Vec<Change> {
    let mut request =
        json!({ "FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": { "ZipFile": "" } });
    request.as_object_mut().unwrap().extend(members.clone());
    let spec =
        FunctionSpec { code_sha256: Some("sha".into()), ..FunctionSpec::of(serde_json::from_value(request).unwrap()) };
    let current = CurrentFunction {
        configuration: account.configuration.as_object().unwrap().clone(),
        code: account.code.as_object().cloned(),
        tags: Tags::Known(account.tags.clone()),
        code_signing: CodeSigning::Arn(account.code_signing.clone()),
        ..CurrentFunction::default()
    };
    let desired = Desired { functions: vec![spec], ..Desired::default() };
    let state = CurrentState { functions: [("f".to_owned(), current)].into(), ..CurrentState::default() };
    plan(&desired, &state, &PlanOptions::default()).functions.remove(0).changes
}

fn paths(member: Option<(&str, &Value)>, account: &Account) -> Vec<String> {
    let members = member.map(|(name, value)| (name.to_owned(), value.clone())).into_iter().collect();
    changes(&members, account).into_iter().map(|change| change.path).collect()
}

#[test]
fn every_member_is_compared_in_every_state() {
    for Row { member, one, other, path, answered } in rows() {
        let has = |value: &Value| {
            let mut account = account();
            answered(value, &mut account);
            account
        };
        let within = |found: &[String]| {
            found.iter().all(|found| found == &format!("/{member}") || found.starts_with(&format!("/{member}/")))
        };
        assert_eq!(paths(Some((member, &one)), &has(&one)), [""; 0], "{member}: as wanted");
        assert_eq!(paths(Some((member, &other)), &has(&one)), [path], "{member}: another value");
        let added = paths(Some((member, &one)), &account());
        assert!(
            !added.is_empty() && added.iter().any(|found| within(std::slice::from_ref(found))),
            "{member} added: {added:?}"
        );
        let removed = paths(None, &has(&one));
        assert!(removed.iter().any(|found| within(std::slice::from_ref(found))), "{member} removed: {removed:?}");
        // A capacity provider brings other defaults with it; every other member changes alone.
        assert!(
            member == "CapacityProviderConfig" || (within(&added) && within(&removed)),
            "{member}: {added:?} {removed:?}"
        );
    }
    assert_eq!(paths(None, &account()), [""; 0]);
}

#[test]
fn member_that_comes_as_null_is_absent() {
    for Row { member, one, path, .. } in rows() {
        let mut account = account();
        let has = account.configuration.as_object_mut().unwrap();
        // What the service fills in is never null.
        has.entry(member).or_insert(Value::Null);
        has.insert("ImageConfigResponse".into(), Value::Null);
        assert_eq!(paths(None, &account), [""; 0], "{member}");
        let added = paths(Some((member, &one)), &account);
        assert!(
            added.iter().any(|found| found == path || path.starts_with(&format!("{found}/"))),
            "{member}: {added:?}"
        );
    }
}

#[test]
fn code_role_and_tags_are_compared_by_rules_of_their_own() {
    let mut other = account();
    other.configuration["CodeSha256"] = json!("another");
    assert_eq!(paths(None, &other), ["/Code/CodeSha256"]);
    let mut other = account();
    other.configuration["Role"] = json!("arn:aws:iam::123456789012:role/other");
    assert_eq!(paths(None, &other), ["/Role"]);
    let mut tagged = account();
    tagged.tags = BTreeMap::from([("team".into(), "a".into()), ("aws:cloudformation:stack-name".into(), "s".into())]);
    assert_eq!(paths(None, &tagged), [""; 0], "absent tags are nobody's business");
    assert_eq!(paths(Some(("Tags", &json!({}))), &tagged), ["/Tags/team"]);
    assert_eq!(paths(Some(("Tags", &json!({ "team": "a" }))), &tagged), [""; 0]);
    assert_eq!(paths(Some(("Tags", &json!({ "team": "b" }))), &tagged), ["/Tags/team"]);
}

#[test]
fn no_member_is_forgotten() {
    let apart = ["Code", "Role", "Tags"];
    let covered: BTreeSet<&str> = rows().iter().map(|row| row.member).chain(NOT_COMPARED).chain(apart).collect();
    let all = members();
    let known: BTreeSet<&str> = all
        .iter()
        .filter(|member| member.of_function && !member.is_beside() && member.path.len() == 1)
        .map(|member| member.path[0].as_str())
        .filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
        .collect();
    assert_eq!(covered, known);
}
