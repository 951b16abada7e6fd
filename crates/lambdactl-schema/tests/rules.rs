//! The rules between members and around them, each at its edge.
#![allow(clippy::unwrap_used, missing_docs)]

use jiff::civil::date;
use lambdactl_schema::partitions::PARTITIONS;
use lambdactl_schema::rules::{self, Severity};
use lambdactl_schema::{Anchor, Home, Origins, Policy, Validator, Violation};
use serde_json::{Map, Value, json};

fn function(members: Value) -> Value {
    let mut function = json!({
        "FunctionName": "resize-image",
        "Runtime": "python3.13",
        "Handler": "app.handler",
        "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }
    });
    function.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    function
}

fn check(members: Value, home: &Home<'_>) -> Vec<Violation> {
    Validator::default().check_function(&function(members), home)
}

fn codes(members: Value) -> Vec<&'static str> {
    check(members, &Home::default()).iter().map(|violation| violation.rule.code).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn neighbours_of_every_condition_are_taken_and_refused() {
    let vpc = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] });
    let mount = json!([{
        "Arn": "arn:aws:elasticfilesystem:us-west-2:123456789012:access-point/fsap-0123456789abcdef0",
        "LocalMountPath": "/mnt/data"
    }]);
    let managed = json!({ "LambdaManagedInstancesCapacityProviderConfig": {
        "CapacityProviderArn": "arn:aws:lambda:us-west-2:123456789012:capacity-provider:pool"
    } });
    let snaps = json!({ "ApplyOn": "PublishedVersions" });
    let cases = [
        ("L027", json!({ "VpcConfig": vpc }), json!({ "VpcConfig": { "SubnetIds": ["subnet-1"] } })),
        (
            "L027",
            json!({ "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [] } }),
            json!({ "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": ["sg-1"] } }),
        ),
        ("L028", json!({ "VpcConfig": vpc, "FileSystemConfigs": mount }), json!({ "FileSystemConfigs": mount })),
        ("L028", json!({ "FileSystemConfigs": [] }), json!({ "VpcConfig": {}, "FileSystemConfigs": mount })),
        (
            "L029",
            json!({ "LoggingConfig": { "LogFormat": "JSON", "SystemLogLevel": "WARN" } }),
            json!({ "LoggingConfig": { "LogFormat": "Text", "SystemLogLevel": "WARN" } }),
        ),
        (
            "L029",
            // Functions of a capacity provider log JSON by default.
            json!({ "CapacityProviderConfig": managed, "LoggingConfig": { "ApplicationLogLevel": "DEBUG" } }),
            json!({ "LoggingConfig": { "ApplicationLogLevel": "DEBUG" } }),
        ),
        (
            "L030",
            json!({ "SnapStart": snaps, "Runtime": "java11" }),
            json!({ "SnapStart": snaps, "Runtime": "nodejs24.x" }),
        ),
        (
            "L030",
            json!({ "SnapStart": { "ApplyOn": "None" }, "Runtime": "python3.11" }),
            json!({ "SnapStart": snaps, "Runtime": "python3.11" }),
        ),
        (
            "L031",
            json!({ "SnapStart": snaps, "EphemeralStorage": { "Size": 512 } }),
            json!({ "SnapStart": snaps, "EphemeralStorage": { "Size": 513 } }),
        ),
        (
            "L031",
            json!({ "SnapStart": snaps, "VpcConfig": vpc }),
            json!({ "SnapStart": snaps, "VpcConfig": vpc, "FileSystemConfigs": mount }),
        ),
        (
            "L031",
            json!({ "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" } }),
            json!({ "SnapStart": snaps, "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" } }),
        ),
        (
            "L032",
            json!({ "CapacityProviderConfig": managed, "Runtime": "nodejs24.x" }),
            json!({ "CapacityProviderConfig": managed, "Runtime": "ruby3.4" }),
        ),
        (
            "L033",
            json!({ "CapacityProviderConfig": managed, "LoggingConfig": { "LogFormat": "JSON" } }),
            json!({ "CapacityProviderConfig": managed, "LoggingConfig": { "LogFormat": "Text" } }),
        ),
        (
            "L034",
            json!({ "DurableConfig": { "ExecutionTimeout": 60 } }),
            json!({ "DurableConfig": { "RetentionPeriodInDays": 7 } }),
        ),
        (
            "L035",
            json!({ "Environment": { "Variables": { "AWS_REGIONS": "", "PATH": "" } } }),
            json!({ "Environment": { "Variables": { "AWS_REGION": "" } } }),
        ),
        ("L039", json!({ "Tags": { "awsome": "", "my:aws:": "" } }), json!({ "Tags": { "AWS:x": "" } })),
        (
            "L041",
            json!({ "DeadLetterConfig": { "TargetArn": "arn:aws:sns:us-west-2:123456789012:topic" } }),
            json!({ "DeadLetterConfig": { "TargetArn": "arn:aws:lambda:us-west-2:123456789012:function:f" } }),
        ),
        (
            "L041",
            json!({ "DeadLetterConfig": { "TargetArn": "arn:aws-cn:sqs:cn-north-1:123456789012:queue" } }),
            json!({ "DeadLetterConfig": { "TargetArn": "arn:aws:s3:::sqs" } }),
        ),
        (
            "L042",
            json!({ "KMSKeyArn": "arn:aws:kms:us-west-2:123456789012:key/1234" }),
            json!({ "KMSKeyArn": "arn:aws:kms:us-west-2:123456789012:alias/mine" }),
        ),
    ];
    for (code, taken, refused) in cases {
        assert_eq!(codes(taken.clone()), NONE, "{taken}");
        assert_eq!(codes(refused.clone()), [code], "{refused}");
    }
}

#[test]
fn rules_say_what_a_value_is_or_what_must_not_be_there() {
    let snaps = json!({ "ApplyOn": "PublishedVersions" });
    let tenants = json!({ "TenantIsolationMode": "PER_TENANT" });
    for (members, message) in [
        (
            json!({ "SnapStart": snaps, "EphemeralStorage": { "Size": 513 } }),
            "`EphemeralStorage.Size` is 513, and SnapStart takes at most 512",
        ),
        (json!({ "SnapStart": snaps, "TenancyConfig": tenants }), rules::SNAP_START_EXCLUDES.title),
        (
            json!({ "KMSKeyArn": "arn:aws:kms:us-west-2:123456789012:alias/mine" }),
            "`KMSKeyArn` is \"arn:aws:kms:us-west-2:123456789012:alias/mine\", which is an alias",
        ),
    ] {
        assert_eq!(check(members.clone(), &Home::default())[0].message, message, "{members}");
    }
}

#[test]
fn what_is_not_known_silences_the_rules_that_depend_on_it_alone() {
    let codes = |members: Value, unknown: &str| -> Vec<&'static str> {
        let mut function = function(members);
        function.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut origins = Origins::default();
        origins.insert_unknown(unknown);
        let found = Validator::default().check_resolved(&function, &Home::default(), &origins);
        found.iter().map(|violation| violation.rule.code).collect()
    };
    // Images have no handler, and the package may be one.
    assert_eq!(codes(json!({ "Handler": null, "PackageType": "?" }), "/PackageType"), NONE);
    assert_eq!(codes(json!({ "Handler": null, "Timeout": "?" }), "/Timeout"), ["L020"]);
    assert_eq!(codes(json!({ "Handler": "a b", "Timeout": "?" }), "/Timeout"), ["L016"]);
    assert_eq!(codes(json!({ "Handler": "a b", "Timeout": "?" }), "/Handler"), ["L012"]);
}

#[test]
fn images_come_from_private_repositories() {
    let image = |uri: &str| {
        let mut image = function(json!({ "PackageType": "Image", "Code": { "ImageUri": uri } }));
        image.as_object_mut().unwrap().retain(|member, _| member != "Runtime" && member != "Handler");
        let found = Validator::default().check_function(&image, &Home::default());
        found.iter().map(|violation| violation.rule.code).collect::<Vec<_>>()
    };
    for uri in [
        "123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1",
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/app@sha256:0123",
        "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app",
        "123456789012.dkr-ecr.us-west-2.on.aws/app:1",
    ] {
        assert_eq!(image(uri), NONE, "{uri}");
    }
    for uri in [
        "public.ecr.aws/lambda/python:3.13",
        "docker.io/library/alpine",
        "app:1",
        "123456789012.dkr.ecr.us-west-2.amazonaws.com/",
    ] {
        assert_eq!(image(uri), ["L043"], "{uri}");
    }
}

#[test]
fn environment_is_measured_as_compact_json() {
    // {"LARGE_VAR":"xxx…"}: 16 bytes around the value, as recorded from the service at exactly 4,096.
    let variables = |length: usize| json!({ "Environment": { "Variables": { "LARGE_VAR": "x".repeat(length) } } });
    assert_eq!(codes(variables(4096 - 16)), NONE);
    assert_eq!(codes(variables(4096 - 15)), ["L036"]);
    // Bytes, not characters.
    let wide = json!({ "Environment": { "Variables": { "LARGE_VAR": "ü".repeat(2041) } } });
    assert_eq!(codes(wide), ["L036"]);
    let fits = json!({ "Environment": { "Variables": { "LARGE_VAR": "ü".repeat(2040) } } });
    assert_eq!(codes(fits), NONE);
    // What JSON escapes takes two bytes.
    for (count, found) in [(2040, &NONE[..]), (2041, &["L036"][..])] {
        for escaped in ["\"", "\\", "\n", "\t"] {
            let variables = json!({ "Environment": { "Variables": { "LARGE_VAR": escaped.repeat(count) } } });
            assert_eq!(codes(variables), found, "{count} times {escaped:?}");
        }
    }
    // Names count as well as values.
    let empty = |count: usize| {
        let name = |index: usize| (format!("NAME_{index:0>35}"), json!(""));
        json!({ "Environment": { "Variables": (0..count).map(name).collect::<Map<_, _>>() } })
    };
    assert_eq!(codes(empty(89)), NONE);
    assert_eq!(codes(empty(90)), ["L036"]);
    let many: Map<String, Value> = (0..600).map(|index| (format!("VARIABLE_{index:03}"), json!(""))).collect();
    let found = check(json!({ "Environment": { "Variables": many } }), &Home::default());
    assert_eq!(found[0].message, "the environment variables take 10801 bytes as JSON, and 4096 are allowed");
}

#[test]
fn layers_are_of_one_region_and_each_stands_once() {
    let layer =
        |region: &str, name: &str, version: u32| format!("arn:aws:lambda:{region}:123456789012:layer:{name}:{version}");
    let west = |name, version| layer("us-west-2", name, version);
    assert_eq!(codes(json!({ "Layers": [west("a", 1), west("b", 1), "arn:aws:lambda:::awslayer:Tools"] })), NONE);
    assert_eq!(codes(json!({ "Layers": [west("a", 1), west("a", 2)] })), ["L037"]);
    assert_eq!(codes(json!({ "Layers": [west("a", 1), west("b", 1), west("a", 1)] })), ["L037"]);
    assert_eq!(codes(json!({ "Layers": [west("a", 1), layer("eu-west-1", "b", 1)] })), ["L038"]);

    let home = Home { region: Some("eu-west-1"), ..Home::default() };
    let found = check(json!({ "Layers": [layer("eu-west-1", "b", 1), west("a", 1)] }), &home);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].pointer, "/Layers/1");
    assert_eq!(found[0].message, "the layer is in us-west-2, and the manifest's functions are in eu-west-1");
}

#[test]
fn arns_of_every_partition_are_taken() {
    for partition in PARTITIONS {
        let region = format!("{}-east-1", partition.regions[0]);
        let arn = |rest: &str| format!("arn:{}:{}", partition.name, rest.replace("REGION", &region));
        let members = json!({
            "Role": arn("iam::123456789012:role/lambda-role"),
            "Layers": [arn("lambda:REGION:123456789012:layer:tools:3")],
            "KMSKeyArn": arn("kms:REGION:123456789012:key/1234"),
            "CodeSigningConfigArn": arn("lambda:REGION:123456789012:code-signing-config:csc-0123456789abcdef0"),
            "DeadLetterConfig": { "TargetArn": arn("sqs:REGION:123456789012:failed") },
            "VpcConfig": { "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] },
            "FileSystemConfigs": [{
                "Arn": arn("elasticfilesystem:REGION:123456789012:access-point/fsap-0123456789abcdef0"),
                "LocalMountPath": "/mnt/data"
            }],
        });
        let home = Home { region: Some(&region), account: Some("123456789012"), ..Home::default() };
        let found = check(members, &home);
        assert!(found.is_empty(), "{region}: {found:#?}");
    }
}

#[test]
fn owner_tag_needs_room_and_has_one_value() {
    let tags = |count: usize| json!({ "Tags": (0..count).map(|index| (format!("key{index}"), json!(""))).collect::<Map<_, _>>() });
    let home = Home { name: Some("payments"), ..Home::default() };
    assert!(check(tags(49), &home).is_empty());
    assert_eq!(check(tags(50), &home)[0].rule, &rules::OWNER_TAG);
    assert!(check(tags(50), &Home::default()).is_empty());
    let own = |value: &str| json!({ "Tags": { "lambdactl:manifest": value } });
    assert!(check(own("payments"), &home).is_empty());
    let other = check(own("orders"), &home);
    assert_eq!((other[0].rule, &other[0].anchor), (&rules::OWNER_TAG, &Anchor::Key("lambdactl:manifest".into())));
    assert_eq!(check(own("payments"), &Home::default()).len(), 1);
}

#[test]
fn runtimes_are_judged_by_the_day() {
    let judged = |runtime: &str, as_of| {
        let validator = Validator::new(Policy { as_of, ..Policy::default() });
        let found = validator.check_function(&function(json!({ "Runtime": runtime })), &Home::default());
        found.first().map(|violation| (violation.rule.code, violation.severity))
    };
    assert_eq!(judged("nodejs20.x", date(2026, 4, 29)), None);
    assert_eq!(judged("nodejs20.x", date(2026, 4, 30)), Some(("L050", Severity::Warning)));
    assert_eq!(judged("nodejs20.x", date(2027, 1, 31)), Some(("L050", Severity::Warning)));
    assert_eq!(judged("nodejs20.x", date(2027, 2, 1)), Some(("L051", Severity::Error)));
    // No dates are announced.
    assert_eq!(judged("python3.15", date(2040, 1, 1)), None);

    let found = check(json!({ "Runtime": "python3.8" }), &Home::default());
    assert_eq!(found[0].message, "`Runtime` is python3.8, which is deprecated since 2024-10-14");
    assert_eq!(
        found[0].help.as_deref(),
        Some("move to `python3.14`; from 2027-02-01 on no function is created with it")
    );
}

#[test]
fn unknown_is_a_warning_where_it_is_allowed_and_reaches_the_request() {
    let strict = Validator::default();
    let lax = Validator::new(Policy { allow_unknown: true, ..Policy::default() });
    let severities = |validator: &Validator, members: Value| {
        let found = validator.check_function(&function(members), &Home::default());
        found.iter().map(|violation| (violation.rule.code, violation.severity)).collect::<Vec<_>>()
    };
    for (members, code) in [
        (json!({ "Runtime": "nodejs28.x" }), "L013"),
        (json!({ "LoggingConfig": { "LogFormat": "CBOR" } }), "L013"),
        (json!({ "Priority": 7 }), "L010"),
        (json!({ "VpcConfig": { "Gateway": true } }), "L010"),
    ] {
        assert_eq!(severities(&strict, members.clone()), [(code, Severity::Error)], "{members}");
        assert_eq!(severities(&lax, members.clone()), [(code, Severity::Warning)], "{members}");
        let members = function(members);
        let request: lambdactl_schema::CreateFunctionRequest = serde_json::from_value(members.clone()).unwrap();
        assert_eq!(serde_json::to_value(&request).unwrap(), members);
    }
    // Lower-case keys are lambdactl's own, and it knows all of them.
    assert_eq!(severities(&lax, json!({ "protekt": true })), [("L010", Severity::Error)]);
    // Nobody knows what an unknown runtime supports.
    let snaps = json!({ "Runtime": "python3.99", "SnapStart": { "ApplyOn": "PublishedVersions" } });
    assert_eq!(severities(&lax, snaps), [("L013", Severity::Warning)]);
}

#[test]
fn arns_of_elsewhere_are_warnings() {
    let home = Home { region: Some("us-west-2"), account: Some("123456789012"), ..Home::default() };
    let warned = |members: Value| {
        let found = check(members, &home);
        assert!(found.iter().all(|violation| violation.severity == Severity::Warning), "{found:?}");
        found.into_iter().map(|violation| (violation.rule.code, violation.pointer)).collect::<Vec<_>>()
    };
    assert!(
        warned(json!({ "Role": "arn:aws:iam::123456789012:role/r", "Description": "arn:aws:x:eu-west-1::" }))
            .is_empty()
    );
    assert_eq!(warned(json!({ "Role": "arn:aws:iam::999999999999:role/r" })), [("L052", "/Role".to_owned())]);
    assert_eq!(
        warned(json!({ "KMSKeyArn": "arn:aws:kms:eu-west-1:999999999999:key/1" })),
        [("L052", "/KMSKeyArn".to_owned()), ("L053", "/KMSKeyArn".to_owned())]
    );
    // Layers of other accounts are everyday life.
    assert!(warned(json!({ "Layers": ["arn:aws:lambda:us-west-2:999999999999:layer:tools:1"] })).is_empty());
    assert!(check(json!({ "Role": "arn:aws:iam::999999999999:role/r" }), &Home::default()).is_empty());
    let mut image = function(
        json!({ "PackageType": "Image", "Code": { "ImageUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a" } }),
    );
    image.as_object_mut().unwrap().retain(|member, _| member != "Runtime" && member != "Handler");
    let found = Validator::default().check_function(&image, &home);
    assert_eq!(found[0].message, "`Code.ImageUri` is in eu-west-1, and the manifest's functions are in us-west-2");
}
