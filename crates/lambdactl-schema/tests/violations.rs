//! Every limit at its edge: what the schema refuses, what it takes, and what it says.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_schema::{Anchor, Home, Validator, rules};
use serde_json::{Value, json};

fn function() -> Value {
    json!({
        "FunctionName": "resize-image",
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }
    })
}

/// Sets the value at a pointer, making maps on the way; `null` removes it.
fn with(mut function: Value, pointer: &str, value: Value) -> Value {
    let (parents, last) = pointer.rsplit_once('/').unwrap();
    let mut here = &mut function;
    for segment in parents.split('/').skip(1) {
        here = &mut here[segment];
    }
    if value.is_null() {
        here.as_object_mut().unwrap().remove(last);
    } else {
        here[last] = value;
    }
    function
}

fn codes(function: &Value) -> Vec<&'static str> {
    Validator::default()
        .check_function(function, &Home::default())
        .into_iter()
        .map(|violation| violation.rule.code)
        .collect()
}

/// The one violation of a function.
fn only(function: &Value) -> lambdactl_schema::Violation {
    let mut found = Validator::default().check_function(function, &Home::default());
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn plain_function_is_taken() {
    assert_eq!(codes(&function()), [] as [&str; 0]);
}

#[test]
fn every_limit_is_taken_at_its_edge_and_refused_beyond() {
    let text = |length: usize| json!("x".repeat(length));
    let layers = |count: u32| {
        json!(
            (0..count)
                .map(|index| format!("arn:aws:lambda:us-west-2:123456789012:layer:l{index}:3"))
                .collect::<Vec<_>>()
        )
    };
    let tags = |count: usize| Value::Object((0..count).map(|index| (format!("key{index}"), json!("value"))).collect());
    let layer = "arn:aws:lambda:us-west-2:123456789012:layer:tools:3";
    let arn = |length: usize| json!(format!("arn:aws:kms:{}", "x".repeat(length - "arn:aws:kms:".len())));
    let provider = |member: &str, value: Value| {
        let mut config = json!({
            "CapacityProviderArn": "arn:aws:lambda:us-west-2:123456789012:capacity-provider:pool"
        });
        config[member] = value;
        json!({ "LambdaManagedInstancesCapacityProviderConfig": config })
    };
    let edges: Vec<(&str, Value, Value, &str)> = vec![
        ("/FunctionName", text(64), text(65), "L015"),
        ("/FunctionName", text(1), json!(""), "L015"),
        ("/FunctionName", json!("a-b_C9"), json!("a.b"), "L016"),
        ("/Handler", text(128), text(129), "L015"),
        ("/Handler", json!("a::b/c.d"), json!("a b"), "L016"),
        ("/Description", text(256), text(257), "L015"),
        ("/Timeout", json!(1), json!(0), "L014"),
        ("/Timeout", json!(900), json!(901), "L025"),
        ("/MemorySize", json!(128), json!(127), "L014"),
        ("/MemorySize", json!(10_240), json!(10_241), "L025"),
        ("/EphemeralStorage", json!({ "Size": 512 }), json!({ "Size": 511 }), "L014"),
        ("/EphemeralStorage", json!({ "Size": 10_240 }), json!({ "Size": 10_241 }), "L026"),
        ("/Tags", tags(50), tags(51), "L015"),
        ("/Tags", json!({ "k".repeat(128): "" }), json!({ "k".repeat(129): "" }), "L015"),
        ("/Tags", json!({ "k": "v".repeat(256) }), json!({ "k": "v".repeat(257) }), "L015"),
        ("/Tags", json!({ "ключ +-=._:/@": "значение" }), json!({ "key!": "" }), "L016"),
        ("/Layers", layers(5), layers(6), "L015"),
        ("/Layers", json!([layer]), json!(["arn:aws:lambda:us-west-2:123456789012:layer:tools"]), "L016"),
        ("/Architectures", json!(["arm64"]), json!([]), "L015"),
        ("/Architectures", json!(["x86_64"]), json!(["x86_64", "arm64"]), "L015"),
        ("/Architectures", json!(["arm64"]), json!(["ARM64"]), "L013"),
        (
            "/Role",
            json!("arn:aws-us-gov:iam::123456789012:role/x"),
            json!("junk arn:aws:iam::123456789012:role/x"),
            "L016",
        ),
        ("/KMSKeyArn", json!(""), json!("alias/key"), "L016"),
        ("/KMSKeyArn", arn(10_000), arn(10_001), "L015"),
        (
            "/VpcConfig",
            json!({ "SubnetIds": vec!["subnet-1"; 16], "SecurityGroupIds": ["sg-1"] }),
            json!({ "SubnetIds": vec!["subnet-1"; 17], "SecurityGroupIds": ["sg-1"] }),
            "L015",
        ),
        (
            "/VpcConfig",
            json!({ "SecurityGroupIds": vec!["sg-A1"; 5], "SubnetIds": ["subnet-1"] }),
            json!({ "SecurityGroupIds": vec!["sg-A1"; 6], "SubnetIds": ["subnet-1"] }),
            "L015",
        ),
        (
            "/VpcConfig",
            json!({ "SubnetIds": ["subnet-0a"], "SecurityGroupIds": ["sg-1"] }),
            json!({ "SubnetIds": ["subnet-0A"], "SecurityGroupIds": ["sg-1"] }),
            "L016",
        ),
        ("/Environment", json!({ "Variables": { "A1": "" } }), json!({ "Variables": { "A": "" } }), "L016"),
        ("/LoggingConfig", json!({ "LogGroup": "g".repeat(512) }), json!({ "LogGroup": "g".repeat(513) }), "L015"),
        ("/LoggingConfig", json!({ "LogFormat": "JSON" }), json!({ "LogFormat": "Json" }), "L013"),
        (
            "/DurableConfig",
            json!({ "ExecutionTimeout": 31_622_400 }),
            json!({ "ExecutionTimeout": 31_622_401 }),
            "L014",
        ),
        (
            "/DurableConfig",
            json!({ "RetentionPeriodInDays": 90, "ExecutionTimeout": 1 }),
            json!({ "RetentionPeriodInDays": 91, "ExecutionTimeout": 1 }),
            "L014",
        ),
        ("/DeadLetterConfig", json!({ "TargetArn": "" }), json!({ "TargetArn": "queue" }), "L016"),
        ("/TracingConfig", json!({ "Mode": "Active" }), json!({ "Mode": "active" }), "L013"),
        ("/SnapStart", json!({ "ApplyOn": "None" }), json!({ "ApplyOn": "All" }), "L013"),
        (
            "/TenancyConfig",
            json!({ "TenantIsolationMode": "PER_TENANT" }),
            json!({ "TenantIsolationMode": "SHARED" }),
            "L013",
        ),
        ("/Code", json!({ "S3Bucket": "abc", "S3Key": "k" }), json!({ "S3Bucket": "ab", "S3Key": "k" }), "L015"),
        ("/Code", json!({ "S3Bucket": "abc", "S3Key": "k" }), json!({ "S3Bucket": "abc.", "S3Key": "k" }), "L016"),
        ("/Runtime", json!("nodejs24.x"), json!("nodejs99.x"), "L013"),
        ("/Publish", json!(true), json!("true"), "L012"),
        ("/PublishTo", json!("LATEST_PUBLISHED"), json!("LATEST"), "L013"),
        ("/ignore", json!(["/Code", "/Environment/Variables/FOO"]), json!(["Code"]), "L016"),
        (
            "/CapacityProviderConfig",
            provider("ExecutionEnvironmentMemoryGiBPerVCpu", json!(8)),
            provider("ExecutionEnvironmentMemoryGiBPerVCpu", json!(8.5)),
            "L014",
        ),
        (
            "/CapacityProviderConfig",
            provider("PerExecutionEnvironmentMaxConcurrency", json!(1600)),
            provider("PerExecutionEnvironmentMaxConcurrency", json!(1601)),
            "L014",
        ),
    ];
    for (pointer, taken, refused, code) in edges {
        assert_eq!(codes(&with(function(), pointer, taken.clone())), [] as [&str; 0], "{pointer} {taken}");
        assert_eq!(codes(&with(function(), pointer, refused.clone())), [code], "{pointer} {refused}");
    }
}

#[test]
fn file_system_limits_hold_at_their_edge() {
    let mount = |arn: &str, path: String| {
        let vpc = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] });
        let mount = json!([{ "Arn": arn, "LocalMountPath": path }]);
        codes(&with(with(function(), "/VpcConfig", vpc), "/FileSystemConfigs", mount))
    };
    let efs = "arn:aws:elasticfilesystem:us-west-2:123456789012:access-point/fsap-0123456789abcdef0";
    let s3 =
        "arn:aws:s3files:us-west-2:123456789012:file-system/fs-0123456789abcdef0/access-point/fsap-0123456789abcdef0";
    assert_eq!(mount(efs, format!("/mnt/{}", "x".repeat(155))), [] as [&str; 0]);
    assert_eq!(mount(s3, "/mnt/data".into()), [] as [&str; 0]);
    assert_eq!(mount(efs, format!("/mnt/{}", "x".repeat(156))), ["L015"]);
    assert_eq!(mount(efs, "/data".into()), ["L016"]);
    assert_eq!(mount(&efs[..efs.len() - 1], "/mnt/data".into()), ["L016"]);
}

#[test]
fn capacity_provider_raises_the_ordinary_limits() {
    let managed = with(
        function(),
        "/CapacityProviderConfig",
        json!({ "LambdaManagedInstancesCapacityProviderConfig": {
            "CapacityProviderArn": "arn:aws:lambda:us-west-2:123456789012:capacity-provider:pool"
        } }),
    );
    let large = with(with(managed, "/Timeout", json!(5400)), "/MemorySize", json!(32_768));
    assert_eq!(codes(&large), [] as [&str; 0]);
    assert_eq!(codes(&with(large, "/Timeout", json!(5401))), ["L014"]);
}

#[test]
fn members_of_the_newest_model_are_known() {
    let runtime = |alias: &str| {
        let arn = "arn:aws:lambda:us-west-2:123456789012:runtime/python-with-tools";
        json!({ "RuntimeArn": arn, "RuntimeAlias": alias })
    };
    let custom = with(with(function(), "/Runtime", json!("custom")), "/RuntimeConfig", runtime("live"));
    assert_eq!(codes(&custom), [] as [&str; 0]);
    assert_eq!(codes(&with(custom, "/RuntimeConfig", runtime(""))), ["L015"]);

    let accelerated = with(function(), "/AcceleratorConfig", json!({ "AcceleratorMemorySize": 16 }));
    // An accelerator raises the limit of `/tmp` to what the model says.
    assert_eq!(codes(&with(accelerated.clone(), "/EphemeralStorage", json!({ "Size": 32_768 }))), [] as [&str; 0]);
    assert_eq!(codes(&with(accelerated, "/EphemeralStorage", json!({ "Size": 32_769 }))), ["L014"]);
    assert_eq!(codes(&with(function(), "/AcceleratorConfig", json!({}))), ["L011"]);

    let request: lambdactl_schema::CreateFunctionRequest = serde_json::from_value(with(
        with(function(), "/RuntimeConfig", runtime("live")),
        "/AcceleratorConfig",
        json!({ "AcceleratorMemorySize": 16 }),
    ))
    .unwrap();
    assert_eq!(request.members()["RuntimeConfig"], runtime("live"));
    assert_eq!(request.members()["AcceleratorConfig"]["AcceleratorMemorySize"], 16);
}

#[test]
fn misspelt_key_is_pointed_at_with_the_name_that_was_meant() {
    let violation = only(&with(function(), "/Timout", json!(5)));
    assert_eq!(violation.rule, &rules::UNKNOWN_MEMBER);
    assert_eq!(violation.anchor, Anchor::Key("Timout".into()));
    assert_eq!(violation.help.as_deref(), Some("did you mean `Timeout`?"));

    let nested = only(&with(function(), "/VpcConfig", json!({ "SubnetId": [] })));
    assert_eq!(nested.pointer, "/VpcConfig");
    assert_eq!(nested.help.as_deref(), Some("did you mean `SubnetIds`?"));
}

#[test]
fn wrong_type_says_what_to_write_instead() {
    let help = |pointer: &str, value: Value| only(&with(function(), pointer, value)).help.unwrap();
    assert_eq!(help("/Environment", json!({ "Variables": { "PORT": 8080 } })), "put it in quotes");
    assert_eq!(help("/Description", json!(42)), "put it in quotes: \"42\"");
    assert_eq!(help("/Timeout", json!("30")), "take the quotes away");
    assert_eq!(help("/Publish", json!("yes")), "write `true`");
    assert_eq!(help("/Layers", json!("arn")), "write it as a list, even with one item");
    // Tags are no list of pairs, neither in one text nor in several.
    for value in [json!("team:payments"), json!(["team:payments"])] {
        let found = only(&with(function(), "/Tags", value));
        assert!(found.message.starts_with("`Tags` must be a map, but is a "), "{found:?}");
    }
}

#[test]
fn missing_members_are_all_named() {
    let found =
        Validator::default().check_function(&json!({ "FunctionName": "x", "PackageType": "Image" }), &Home::default());
    let messages: Vec<_> = found.iter().map(|violation| violation.message.as_str()).collect();
    assert_eq!(messages, ["`Role` is missing", "`Code` is missing"]);
}

#[test]
fn zip_and_image_take_their_own_members_only() {
    assert_eq!(codes(&with(function(), "/Handler", Value::Null)), ["L020"]);
    let image = json!({
        "FunctionName": "x", "Role": "arn:aws:iam::123456789012:role/r", "PackageType": "Image",
        "Code": { "ImageUri": "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1" },
        "ImageConfig": { "Command": ["run"] }
    });
    assert_eq!(codes(&image), [] as [&str; 0]);
    assert_eq!(codes(&with(image.clone(), "/Runtime", json!("python3.13"))), ["L021"]);
    assert_eq!(codes(&with(image.clone(), "/Code", json!({ "ZipFile": "" }))), ["L023"]);
    assert_eq!(codes(&with(function(), "/Code", json!({ "ImageUri": "x" }))), ["L023"]);
    assert_eq!(codes(&with(function(), "/ImageConfig", json!({ "Command": ["run"] }))), ["L024"]);
}

#[test]
fn code_has_exactly_one_source() {
    for refused in [
        json!({}),
        json!({ "S3Bucket": "my-bucket" }),
        json!({ "ZipFile": "", "S3Bucket": "my-bucket", "S3Key": "k" }),
        json!({ "ZipFile": "", "S3ObjectVersion": "1" }),
    ] {
        let violation = only(&with(function(), "/Code", refused.clone()));
        assert_eq!(violation.rule, &rules::ONE_CODE_SOURCE, "{refused}");
        assert_eq!(violation.pointer, "/Code");
    }
}

#[test]
fn secret_values_appear_in_no_message() {
    for variables in [json!({ "TOKEN": 31337 }), json!({ "TOKEN": ["31337"] }), json!("31337")] {
        let found = Validator::default()
            .check_function(&with(function(), "/Environment", json!({ "Variables": variables })), &Home::default());
        assert!(!found.is_empty());
        assert!(!format!("{found:?}").contains("31337"), "{found:?}");
    }
}

#[test]
fn schema_is_valid_by_the_drafts_own_schema() {
    assert!(jsonschema::meta::is_valid(&lambdactl_schema::function_schema()));
    assert!(jsonschema::meta::is_valid(&lambdactl_schema::manifest_schema()));
}

#[test]
fn editors_schema_takes_references_and_defaults() {
    let schema = jsonschema::validator_for(&lambdactl_schema::manifest_schema()).unwrap();
    let with_references = with(with(function(), "/Timeout", json!("${env:T}")), "/Role", json!("${var:ROLE}"));
    assert!(schema.is_valid(&json!({ "functions": [with_references] })));
    assert!(
        schema.is_valid(&json!({ "defaults": { "Runtime": "python3.13" }, "functions": [{ "FunctionName": "x" }] }))
    );
    assert!(schema.is_valid(&function()));
    assert!(schema.is_valid(&json!({ "functions": [with(function(), "/Code", json!("./app.zip"))] })));
    assert!(!schema.is_valid(&json!({ "functions": [{ "FunctionName": "x" }] })));
    assert!(!schema.is_valid(&json!({ "functions": [with(function(), "/Timeout", json!("thirty"))] })));
    assert!(!schema.is_valid(&json!({ "function": [] })));
}
