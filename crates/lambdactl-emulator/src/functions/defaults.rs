//! From a create request to the configuration that the service shows: what it fills in, drops and
//! reshapes.
//!
//! A member is named here only when it is not shown as it was sent.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::functions::checks::Request;
use crate::scope::Scope;
use crate::store::code::{Zip, hex, sha256};
use crate::store::function::{CodeSource, image_digest};

/// Size in bytes that is shown for zips which the emulator cannot see: objects in S3, and layers.
const UNSEEN_BYTES: u64 = 1024;

/// Members of a request that are not part of a function's configuration.
const NOT_CONFIGURATION: [&str; 5] = ["Code", "Tags", "Publish", "PublishTo", "CodeSigningConfigArn"];

/// The configuration that a request asks for, without what identifies and dates the function.
pub(crate) fn configuration(request: &Request, name: &str, scope: &Scope) -> Map<String, Value> {
    let mut configuration: Map<String, Value> = request
        .members
        .iter()
        .filter(|(member, _)| KNOWN_MEMBERS.contains(member) && !NOT_CONFIGURATION.contains(&member.as_str()))
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect();
    drop_empty(&mut configuration);

    let managed = configuration.contains_key("CapacityProviderConfig");
    // Recorded answers; those of managed instances as other emulators have them (unverified).
    let defaults = json!({
        "Description": "",
        "Timeout": 3,
        "MemorySize": if managed { 2048 } else { 128 },
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "TracingConfig": {"Mode": "PassThrough"},
        "LoggingConfig": {
            "LogFormat": if managed { "JSON" } else { "Text" },
            "LogGroup": format!("/aws/lambda/{name}"),
        },
        "SnapStart": {"ApplyOn": "None"},
    });
    fill(&mut configuration, &defaults);
    reshape(&mut configuration, managed, scope);
    configuration.insert("FunctionName".to_owned(), name.into());
    configuration
}

/// Digest and size of the code as the service shows them.
///
/// A zip has the base64 of its SHA-256. Of an object in S3 that was not put here the emulator knows nothing but
/// the name, so the digest is that of `s3://BUCKET/KEY?versionId=VERSION`: the same object has the
/// same digest, another one another. An image has the digest of its URI, or one made from the URI's
/// text, and the size 0 (as the service shows it).
pub(crate) fn code_members(code: &CodeSource, zip: Option<&Zip>) -> (String, u64) {
    match code {
        CodeSource::Zip { .. } => {
            let bytes = zip.map_or(&[][..], |zip| zip.bytes.as_slice());
            (STANDARD.encode(sha256(bytes)), bytes.len() as u64)
        }
        CodeSource::S3 { bucket, key, version } => {
            let version = version.as_deref().unwrap_or_default();
            let object = format!("s3://{bucket}/{key}?versionId={version}");
            (STANDARD.encode(sha256(object.as_bytes())), UNSEEN_BYTES)
        }
        CodeSource::Image { uri } => (image_digest(uri), 0),
    }
}

/// The members that the service knows. Others are ignored, as an unknown member of a request is.
static KNOWN_MEMBERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let schema = lambdactl_schema::function_schema();
    let properties = schema["properties"].as_object();
    properties.into_iter().flatten().map(|(name, _)| name.clone()).collect()
});

/// Takes out what means "none". `Environment.Variables` stays when empty (recorded answer).
fn drop_empty(configuration: &mut Map<String, Value>) {
    configuration.retain(|member, value| match member.as_str() {
        "KMSKeyArn" => value != "",
        "DeadLetterConfig" => value.get("TargetArn").is_some_and(|arn| arn != ""),
        "Layers" | "FileSystemConfigs" => value.as_array().is_some_and(|list| !list.is_empty()),
        "ImageConfig" | "Environment" => value.as_object().is_some_and(|map| !map.is_empty()),
        "VpcConfig" => value.get("SubnetIds").and_then(Value::as_array).is_some_and(|list| !list.is_empty()),
        _ => true,
    });
}

/// Adds the members that are missing, inside structures too.
fn fill(members: &mut Map<String, Value>, defaults: &Value) {
    for (name, default) in defaults.as_object().into_iter().flatten() {
        match members.get_mut(name) {
            None => {
                members.insert(name.clone(), default.clone());
            }
            Some(Value::Object(inner)) => fill(inner, default),
            Some(_) => {}
        }
    }
}

/// Members whose shape in answers is another than in requests (recorded answers where not said
/// otherwise).
fn reshape(configuration: &mut Map<String, Value>, managed: bool, scope: &Scope) {
    let mut structure = |name: &str, change: &dyn Fn(&mut Map<String, Value>)| {
        if let Some(Value::Object(inner)) = configuration.get_mut(name) {
            change(inner);
        }
    };
    structure("LoggingConfig", &|logging| {
        if logging.get("LogFormat").is_some_and(|format| format == "JSON") {
            fill(logging, &json!({"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}));
        }
    });
    structure("SnapStart", &|snap_start| {
        snap_start.insert("OptimizationStatus".to_owned(), "Off".into());
    });
    structure("VpcConfig", &|vpc| {
        fill(vpc, &json!({"Ipv6AllowedForDualStack": false}));
        // There is no EC2 to ask: one VPC for each account and region.
        let id = hex(&sha256(format!("{}/{}", scope.account, scope.region).as_bytes()));
        vpc.insert("VpcId".to_owned(), format!("vpc-{}", &id[..17]).into());
    });
    structure("DurableConfig", &|durable| {
        // AWS documentation.
        fill(durable, &json!({"RetentionPeriodInDays": 14}));
    });
    structure("CapacityProviderConfig", &|provider| {
        let inner = provider.get_mut("LambdaManagedInstancesCapacityProviderConfig");
        if let Some(Value::Object(instances)) = inner {
            // As other emulators have it (unverified).
            let defaults = json!({
                "PerExecutionEnvironmentMaxConcurrency": 16,
                "ExecutionEnvironmentMemoryGiBPerVCpu": 2.0,
            });
            fill(instances, &defaults);
        }
    });
    if managed {
        configuration.shift_remove("SnapStart");
    }
    if let Some(Value::Array(layers)) = configuration.get_mut("Layers") {
        for layer in layers {
            *layer = json!({"Arn": layer.take(), "CodeSize": UNSEEN_BYTES});
        }
    }
    if let Some(config) = configuration.shift_remove("ImageConfig") {
        configuration.insert("ImageConfigResponse".to_owned(), json!({"ImageConfig": config}));
    }
    if let Some(Value::String(runtime)) = configuration.get("Runtime") {
        let version = hex(&sha256(runtime.as_bytes()));
        let arn = format!("arn:{}:lambda:{}::runtime:{version}", scope.partition(), scope.region);
        let config = json!({"RuntimeVersionArn": arn});
        configuration.insert("RuntimeVersionConfig".to_owned(), config);
    }
}
