//! Every member of every format is carried over or noted.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_convert::{Converted, Surroundings, convert};
use serde_json::{Value, json};

fn converted(document: &Value) -> Converted {
    convert(document.to_string().as_bytes(), &Surroundings::NONE).unwrap()
}

/// Whether a value that stands nowhere else came out, or a note is about where it stood.
fn is_said(converted: &Converted, name: &str) -> bool {
    let written = json!([converted.functions, converted.layers]).to_string();
    written.contains("marked-value")
        || converted.notes.iter().any(|note| note.path.split(['.', ' ', ',']).any(|part| part == name))
        || converted.unknowns.iter().any(|unknown| unknown.places.iter().any(|(_, path)| path.contains(name)))
}

/// A value for a member, in which a text stands that is looked for.
fn value(structure: &str) -> Value {
    match structure {
        "map" => json!({ "Key": "marked-value" }),
        "list" => json!(["marked-value"]),
        _ => json!("marked-value"),
    }
}

fn every(names: &[&str], document: impl Fn(&str, Value) -> Value) {
    for name in names {
        let said = ["text", "map", "list"]
            .iter()
            .filter(|structure| is_said(&converted(&document(name, value(structure))), name));
        assert!(said.count() > 0, "{name} is lost");
    }
}

#[test]
fn properties_of_cloudformation() {
    let members = lambdactl_schema::members();
    let of_api = members.iter().filter(|member| member.of_function && !member.is_beside() && member.path.len() == 1);
    let own = ["FunctionName", "PackageType", "Publish", "PublishTo", "ignore", "protect", "Code"];
    let names: Vec<&str> = of_api
        .map(|member| member.path[0].as_str())
        .filter(|name| !own.contains(name))
        .map(|name| if name == "KMSKeyArn" { "KmsKeyArn" } else { name })
        .chain([
            "ReservedConcurrentExecutions",
            "RuntimeManagementConfig",
            "RecursiveLoop",
            "FunctionScalingConfig",
            "Unheard",
        ])
        .collect();
    assert!(names.len() > 25, "{names:?}");
    every(&names, |name, value| {
        json!({ "Resources": { "F": { "Type": "AWS::Lambda::Function", "Properties": {
            "Code": { "S3Bucket": "b", "S3Key": "k" }, "FunctionName": "f", name: value,
        } } } })
    });
}

/// The properties of `AWS::Serverless::Function` (its documentation).
#[test]
fn properties_of_sam() {
    let names = [
        "Architectures",
        "AssumeRolePolicyDocument",
        "AutoPublishAlias",
        "AutoPublishAliasAllProperties",
        "AutoPublishCodeSha256",
        "CapacityProviderConfig",
        "CodeSigningConfigArn",
        "CodeUri",
        "DeadLetterQueue",
        "DeploymentPreference",
        "Description",
        "DurableConfig",
        "Environment",
        "EphemeralStorage",
        "EventInvokeConfig",
        "Events",
        "FileSystemConfigs",
        "FunctionScalingConfig",
        "FunctionUrlConfig",
        "Handler",
        "ImageConfig",
        "ImageUri",
        "InlineCode",
        "KmsKeyArn",
        "Layers",
        "LoggingConfig",
        "MemorySize",
        "PermissionsBoundary",
        "Policies",
        "PropagateTags",
        "ProvisionedConcurrencyConfig",
        "RecursiveLoop",
        "ReservedConcurrentExecutions",
        "Role",
        "RolePath",
        "Runtime",
        "RuntimeManagementConfig",
        "SnapStart",
        "SourceKMSKeyArn",
        "Tags",
        "TenancyConfig",
        "Timeout",
        "Tracing",
        "VersionDeletionPolicy",
        "VersionDescription",
        "VpcConfig",
        "Unheard",
    ];
    every(&names, |name, value| {
        json!({ "Transform": "AWS::Serverless-2016-10-31", "Resources": { "F": {
            "Type": "AWS::Serverless::Function", "Properties": { "FunctionName": "f", name: value },
        } } })
    });
}

#[test]
fn properties_beside_functions() {
    for (kind, target, names) in [
        (
            "Permission",
            "FunctionName",
            vec![
                "Action",
                "Principal",
                "SourceArn",
                "SourceAccount",
                "EventSourceToken",
                "PrincipalOrgID",
                "FunctionUrlAuthType",
                "InvokedViaFunctionUrl",
                "Unheard",
            ],
        ),
        ("Url", "TargetFunctionArn", vec!["AuthType", "Cors", "InvokeMode", "Unheard"]),
        (
            "EventInvokeConfig",
            "FunctionName",
            vec!["DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Unheard"],
        ),
        ("Version", "FunctionName", vec!["Description", "ProvisionedConcurrencyConfig", "RuntimePolicy", "Unheard"]),
        (
            "EventSourceMapping",
            "FunctionName",
            lambdactl_schema::MAPPING_MEMBERS
                .iter()
                .map(|member| member.name)
                .chain(["KmsKeyArn", "Tags", "Unheard"])
                .collect(),
        ),
    ] {
        every(&names, |name, value| {
            json!({ "Resources": {
                "F": { "Type": "AWS::Lambda::Function", "Properties": { "FunctionName": "f", "Code": { "S3Bucket": "b", "S3Key": "k" } } },
                "R": { "Type": format!("AWS::Lambda::{kind}"), "Properties": { target: { "Ref": "F" }, name: value } },
            } })
        });
    }
}

/// The properties of a function and of the provider in the Serverless Framework (its documentation, version 3).
#[test]
fn properties_of_a_service() {
    let of_functions = [
        "architecture",
        "condition",
        "dependsOn",
        "description",
        "destinations",
        "disableLogs",
        "environment",
        "ephemeralStorageSize",
        "events",
        "fileSystemConfig",
        "handler",
        "iamRoleStatements",
        "image",
        "kmsKeyArn",
        "layers",
        "logDataProtectionPolicy",
        "logRetentionInDays",
        "maximumEventAge",
        "maximumRetryAttempts",
        "memorySize",
        "name",
        "onError",
        "provisionedConcurrency",
        "reservedConcurrency",
        "role",
        "runtime",
        "runtimeManagement",
        "tags",
        "timeout",
        "tracing",
        "unheard",
    ];
    every(
        &of_functions,
        |name, value| json!({ "service": "s", "provider": { "name": "aws" }, "functions": { "f": { name: value } } }),
    );
    let of_provider = [
        "alb",
        "apiGateway",
        "apiKeys",
        "architecture",
        "cfnRole",
        "cloudFront",
        "endpointType",
        "environment",
        "eventBridge",
        "httpApi",
        "kmsKeyArn",
        "layers",
        "logRetentionInDays",
        "logs",
        "memorySize",
        "notificationArns",
        "role",
        "runtime",
        "runtimeManagement",
        "s3",
        "stackParameters",
        "stackTags",
        "tags",
        "timeout",
        "tracing",
        "vpc",
        "websocket",
        "unheard",
    ];
    for name in of_provider {
        let values = match name {
            "logs" => json!({ "lambda": { "logGroup": "marked-value" } }),
            "tracing" => json!({ "lambda": "marked-value" }),
            "vpc" => json!({ "subnetIds": ["marked-value"] }),
            "runtimeManagement" | "architecture" | "kmsKeyArn" | "memorySize" | "role" | "runtime" | "timeout" => {
                json!("marked-value")
            }
            "layers" => json!(["marked-value"]),
            _ => json!({ "Key": "marked-value" }),
        };
        let service = json!({ "service": "s", "provider": { "name": "aws", name: values }, "functions": { "f": { "handler": "h" } } });
        assert!(is_said(&converted(&service), name), "{name} is lost");
    }
}

/// The arguments of `aws_lambda_function` (documentation of the provider).
#[test]
fn arguments_of_terraform() {
    let names = [
        "architectures",
        "capacity_provider_config",
        "code_signing_config_arn",
        "dead_letter_config",
        "description",
        "durable_config",
        "environment",
        "ephemeral_storage",
        "file_system_config",
        "handler",
        "image_config",
        "image_uri",
        "kms_key_arn",
        "layers",
        "logging_config",
        "memory_size",
        "publish_to",
        "reserved_concurrent_executions",
        "role",
        "runtime",
        "s3_bucket",
        "snap_start",
        "tags",
        "tenancy_config",
        "timeout",
        "tracing_config",
        "vpc_config",
        "unheard",
    ];
    for name in names {
        let block = match name {
            "environment" => json!([{ "variables": { "A": "marked-value" } }]),
            "durable_config" => json!([{ "execution_timeout": "marked-value" }]),
            "tags" => json!({ "a": "marked-value" }),
            "architectures" | "layers" => json!(["marked-value"]),
            name if name.ends_with("config") || name == "ephemeral_storage" || name == "snap_start" => {
                json!([{ "member": "marked-value" }])
            }
            _ => json!("marked-value"),
        };
        let plan = |values: Value, unknown: Value| {
            json!({ "terraform_version": "1", "planned_values": { "root_module": { "resources": [
                { "address": "aws_lambda_function.f", "type": "aws_lambda_function", "name": "f", "values": values },
            ] } }, "resource_changes": [{ "address": "aws_lambda_function.f", "change": { "after_unknown": unknown } }],
            "configuration": { "root_module": { "resources": [
                { "address": "aws_lambda_function.f", "expressions": { name: { "references": ["var.x"] } } },
            ] } } })
        };
        assert!(
            is_said(&converted(&plan(json!({ "function_name": "f", name: block }), json!({}))), name),
            "{name} is lost"
        );
        // And where the plan does not know it yet.
        let unknown = converted(&plan(json!({ "function_name": "f" }), json!({ name: true })));
        let is_told =
            is_said(&unknown, name) || (name == "role" && unknown.unknowns.iter().any(|one| one.name == "fRoleArn"));
        assert!(is_told, "{name} is lost when it is unknown: {:?}", unknown.notes);
    }
}
