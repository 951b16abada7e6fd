//! SAM's own translator as the judge of `convert`: what it makes of a template converts into the same functions as the template
//! itself, member by member, with what stands beside them.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_convert::{Surroundings, convert};
use lambdactl_tests::python::Python;
use serde_json::{Map, Value, json};

/// Properties of a function, each with a value that the service takes.
fn properties() -> Map<String, Value> {
    let dead = json!({ "OnFailure": { "Type": "SQS", "Destination": "arn:aws:sqs:us-east-1:123456789012:dead" } });
    let secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf";
    let access = |kind: &str| json!([{ "Type": kind, "URI": secret }]);
    let event = |kind: &str, properties: Value| json!({ "Type": kind, "Properties": properties });
    let Value::Object(properties) = json!({
        "Description": "a function",
        "MemorySize": 512,
        "Timeout": 9,
        "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555",
        "SourceKMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555556",
        "Architectures": ["arm64"],
        "Tracing": "Active",
        "EphemeralStorage": { "Size": 1024 },
        "ReservedConcurrentExecutions": 5,
        "SnapStart": { "ApplyOn": "PublishedVersions" },
        "DeadLetterQueue": { "Type": "SQS", "TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead" },
        "VpcConfig": { "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] },
        "Environment": { "Variables": { "A": "b", "C": { "Ref": "AWS::Region" }, "N": 3 } },
        "Tags": { "team": "orders" },
        "Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:tools:1"],
        "FileSystemConfigs": [{
            "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
            "LocalMountPath": "/mnt/files",
        }],
        "LoggingConfig": { "LogFormat": "JSON", "ApplicationLogLevel": "INFO" },
        "RuntimeManagementConfig": { "UpdateRuntimeOn": "Auto" },
        "RecursiveLoop": "Terminate",
        "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0",
        "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" },
        "DurableConfig": { "ExecutionTimeout": 60 },
        "CapacityProviderConfig": {
            "Arn": "arn:aws:lambda:us-east-1:123456789012:capacity-provider:pool",
            "PerExecutionEnvironmentMaxConcurrency": 5,
        },
        "AutoPublishAlias": "live",
        "ProvisionedConcurrencyConfig": { "ProvisionedConcurrentExecutions": 2 },
        "EventInvokeConfig": { "MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60, "DestinationConfig": dead },
        "FunctionUrlConfig": { "AuthType": "AWS_IAM", "Cors": { "AllowOrigins": ["*"] } },
        "Events": {
            "Queue": event("SQS", json!({
                "Queue": "arn:aws:sqs:us-east-1:123456789012:orders", "BatchSize": 3, "Enabled": false,
                "ScalingConfig": { "MaximumConcurrency": 2 }, "MaximumBatchingWindowInSeconds": 3,
                "FilterCriteria": { "Filters": [{ "Pattern": "{}" }] },
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            })),
            "Stream": event("Kinesis", json!({
                "Stream": "arn:aws:kinesis:us-east-1:123456789012:stream/clicks", "StartingPosition": "LATEST",
                "BisectBatchOnFunctionError": true, "MaximumRecordAgeInSeconds": 60, "MaximumRetryAttempts": 2,
                "ParallelizationFactor": 2, "TumblingWindowInSeconds": 5, "DestinationConfig": dead,
            })),
            "Broker": event("MQ", json!({
                "Broker": "arn:aws:mq:us-east-1:123456789012:broker:b:b-1", "Queues": ["orders"],
                "SourceAccessConfigurations": access("BASIC_AUTH"),
            })),
            "Managed": event("MSK", json!({
                "Stream": "arn:aws:kafka:us-east-1:123456789012:cluster/c/1", "Topics": ["orders"],
                "StartingPosition": "LATEST", "ConsumerGroupId": "group", "ProvisionedPollerConfig": { "MinimumPollers": 1 },
            })),
            "Own": event("SelfManagedKafka", json!({
                "KafkaBootstrapServers": ["a.example.com:9092"], "Topics": ["orders"], "ConsumerGroupId": "group",
                "SourceAccessConfigurations": access("SASL_SCRAM_512_AUTH"),
            })),
            "Documents": event("DocumentDB", json!({
                "Cluster": "arn:aws:rds:us-east-1:123456789012:cluster:docs", "DatabaseName": "shop",
                "CollectionName": "orders", "FullDocument": "Default",
                "SourceAccessConfigurations": access("BASIC_AUTH"),
            })),
        },
    }) else {
        unreachable!()
    };
    properties
}

/// What SAM knows as globals.
const GLOBAL: [&str; 10] = [
    "MemorySize",
    "Timeout",
    "VpcConfig",
    "Environment",
    "Tags",
    "Layers",
    "Tracing",
    "Architectures",
    "EphemeralStorage",
    "ReservedConcurrentExecutions",
];

fn template(own: &[&str], globals: &[&str]) -> Value {
    let all = properties();
    let chosen = |names: &[&str]| -> Map<String, Value> {
        names.iter().map(|name| ((*name).to_owned(), all[*name].clone())).collect()
    };
    let mut properties = chosen(own);
    for (name, value) in [
        ("FunctionName", json!("f")),
        ("Runtime", json!("python3.13")),
        ("Handler", json!("a.h")),
        ("Role", json!("arn:aws:iam::123456789012:role/r")),
        ("CodeUri", json!({ "Bucket": "my-bucket", "Key": "k.zip" })),
    ] {
        properties.insert(name.into(), value);
    }
    let mut template = json!({
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": { "F": { "Type": "AWS::Serverless::Function", "Properties": properties } },
    });
    if !globals.is_empty() {
        template["Globals"] = json!({ "Function": chosen(globals) });
    }
    template
}

/// The functions of a template, without the labels that are nowhere in the account and the tag that SAM adds.
fn functions(template: &Value) -> Vec<Map<String, Value>> {
    let surroundings = Surroundings { region: Some("us-east-1"), ..Surroundings::NONE };
    let mut functions = convert(template.to_string().as_bytes(), &surroundings).unwrap().functions;
    for function in &mut functions {
        if let Some(Value::Object(tags)) = function.get_mut("Tags") {
            tags.shift_remove("lambda:createdBy");
        }
        function.retain(|name, value| name != "Tags" || *value != json!({}));
        without_labels(function);
        for alias in function.get_mut("Aliases").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
            without_labels(alias.as_object_mut().unwrap());
        }
    }
    functions
}

fn without_labels(place: &mut Map<String, Value>) {
    if let Some(Value::Object(mappings)) = place.get_mut("EventSourceMappings") {
        let mut sorted: Vec<Value> = mappings.values().cloned().collect();
        sorted.sort_by_key(|mapping| mapping["EventSourceArn"].to_string());
        place["EventSourceMappings"] = Value::Array(sorted);
    }
}

#[test]
fn sam_makes_of_a_template_what_convert_does() {
    let Some(python) = Python::sam() else { return };
    let all = properties();
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    let mut templates = Vec::new();
    for name in &names {
        // Concurrency is of an alias.
        if *name != "ProvisionedConcurrencyConfig" {
            templates.push(template(&[name], &[]));
        }
        if *name != "AutoPublishAlias" {
            templates.push(template(&["AutoPublishAlias", name], &[]));
        }
        if GLOBAL.contains(name) {
            templates.push(template(&[], &[name]));
            templates.push(template(&[name], &[name]));
        }
    }
    // Those that a function may have together.
    let apart = ["CapacityProviderConfig", "SnapStart", "DurableConfig", "TenancyConfig"];
    let together: Vec<&str> = names.iter().copied().filter(|name| !apart.contains(name)).collect();
    templates.push(template(&together, &[]));
    templates.push(template(&together, &GLOBAL));
    let translated = python.run("sam.py", &[], &json!(templates));
    let translated = translated.as_array().unwrap();
    assert_eq!(translated.len(), templates.len());
    for (template, translated) in templates.iter().zip(translated) {
        assert!(translated["error"].is_null(), "{translated}\n{template}");
        assert_eq!(functions(template), functions(&translated["template"]), "{template:#}");
    }
}
