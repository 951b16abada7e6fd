//! Requests that are refused: class and the part of the text that callers recognise.

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{FUNCTIONS, Service, image_function, with, zip_function};
use lambdactl_manifest::{Input, ReadOptions, read};
use reqwest::Method;
use serde_json::{Map, Value, json};

const INVALID: &str = "InvalidParameterValueException";
const VALIDATION: &str = "ValidationException";
const SERIALIZATION: &str = "SerializationException";

/// Whether validation takes a request, in the emulator's region and by the day of the runtime calendar.
fn is_valid(body: &Value) -> bool {
    let manifest = json!({"region": "us-east-1", "functions": [body]});
    let inputs = vec![Input::Standard(manifest.to_string().into_bytes())];
    read(&ReadOptions { inputs, ..ReadOptions::default() }).is_valid()
}

fn layer(name: &str, version: u8) -> String {
    format!("arn:aws:lambda:us-east-1:123456789012:layer:{name}:{version}")
}

fn many(count: usize) -> Value {
    let entries = (0..count).map(|number| (format!("key-{number}"), json!("value")));
    Value::Object(entries.collect::<Map<String, Value>>())
}

/// Sends the minimal function with each change and expects its refusal, here and by validation, which needs no service:
/// what the service refuses by the request alone must not get as far as a call.
async fn refused(base: &Value, cases: &[(Value, &str, &str)]) {
    let service = Service::in_memory().await;
    assert!(is_valid(base));
    for (change, class, part) in cases {
        let body = with(base.clone(), change.clone());
        let answer = service.create(&body).await;
        assert!(!is_valid(&body), "validation takes what the service refuses: {change}");
        answer.expect_error(400, class, part);
        let shaped = match *class {
            VALIDATION => answer.json().get("Type").is_none(),
            _ => answer.json()["Type"] == "User",
        };
        assert!(shaped, "{}", answer.text());
    }
    assert_eq!(service.get(FUNCTIONS).await.json(), json!({"Functions": []}));
}

#[tokio::test]
async fn names_and_roles() {
    let pattern = "1 validation error detected: Value 'invalid:function:name' at 'functionName' \
                   failed to satisfy constraint: Member must satisfy regular expression pattern: \
                   (arn:";
    let cases = [
        (json!({"FunctionName": null}), VALIDATION, "Value null at 'functionName'"),
        (json!({"FunctionName": "invalid:function:name"}), VALIDATION, pattern),
        (json!({"FunctionName": "dotted.name"}), VALIDATION, "'functionName'"),
        (json!({"FunctionName": "a".repeat(65)}), INVALID, "less than or equal to 64"),
        (json!({"FunctionName": "a".repeat(141)}), VALIDATION, "less than or equal to 140"),
        (json!({"FunctionName": "!".repeat(141), "Role": "r1"}), VALIDATION, "3 validation errors detected: Value '!!"),
        (json!({"Role": null}), VALIDATION, "Value null at 'role'"),
        (
            json!({"Role": "r1"}),
            VALIDATION,
            r"Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
        ),
        (json!({"Code": null}), VALIDATION, "Value null at 'code'"),
    ];
    refused(&zip_function("resize"), &cases).await;
}

#[tokio::test]
async fn packages_of_zip_functions() {
    let mandatory = "Runtime and Handler are mandatory parameters";
    let encoded = zip_function("")["Code"]["ZipFile"].clone();
    let unzip = "Could not unzip uploaded file. Please check your file";
    let other = "Please do not provide other FunctionCode parameters";
    let cases = [
        (json!({"Runtime": null}), INVALID, mandatory),
        (json!({"Handler": null}), INVALID, mandatory),
        (json!({"Handler": "has space"}), VALIDATION, r"'handler'"),
        (json!({"Code": {}}), INVALID, "Please provide a source for function code."),
        (json!({"Code": {"S3Bucket": "code-bucket"}}), INVALID, "Please provide a source"),
        (json!({"Code": {"ZipFile": encoded, "S3Bucket": "bbb", "S3Key": "k"}}), INVALID, other),
        (json!({"Code": {"ZipFile": STANDARD.encode("no zip")}}), INVALID, unzip),
        (json!({"Code": {"ZipFile": "not base64!"}}), INVALID, unzip),
        (json!({"Code": image_function("")["Code"]}), INVALID, "ImageUri"),
        (json!({"ImageConfig": {"Command": ["x"]}}), INVALID, "ImageConfig"),
        (json!({"Architectures": ["x86_64", "arm64"]}), VALIDATION, "Value '[x86_64, arm64]'"),
        (json!({"Architectures": ["X86_64"]}), VALIDATION, "enum value set: [x86_64, arm64]"),
        (json!({"PackageType": "Jar"}), VALIDATION, "'packageType'"),
        (
            json!({"Runtime": "PYTHON3.9"}),
            INVALID,
            "Value PYTHON3.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum \
             value set: [",
        ),
        (json!({"Runtime": "go1.x"}), INVALID, "The runtime parameter of go1.x is no longer supported"),
        (json!({"Runtime": "java8"}), INVALID, "The runtime parameter of java8 is"),
        (json!({"Runtime": "provided"}), INVALID, "The runtime parameter of provided is"),
        (json!({"Runtime": "ruby2.7"}), INVALID, "The runtime parameter of ruby2.7 is"),
        (json!({"Runtime": "nodejs14.x"}), INVALID, "The runtime parameter of nodejs14.x is"),
        (json!({"Runtime": "python3.7"}), INVALID, "The runtime parameter of python3.7 is"),
        (json!({"Runtime": "dotnetcore3.1"}), INVALID, "The runtime parameter of dotnetcore3.1 is"),
        (json!({"Runtime": "nodejs12.x"}), INVALID, "The runtime parameter of nodejs12.x is"),
    ];
    refused(&zip_function("resize"), &cases).await;
}

#[tokio::test]
async fn packages_of_image_functions() {
    let provided = "Please don't provide Handler or Runtime or Layer when the intended function \
                    PackageType is Image.";
    let zip = &zip_function("")["Code"];
    let cases = [
        (json!({"Runtime": "python3.12"}), INVALID, provided),
        (json!({"Handler": "index.handler"}), INVALID, provided),
        (json!({"Layers": [layer("tools", 1)]}), INVALID, provided),
        (json!({"Code": zip}), INVALID, "Please provide ImageUri"),
        (json!({"Code": {"ImageUri": "docker.io/app:1"}}), INVALID, "Source image URI is not valid."),
    ];
    refused(&image_function("page"), &cases).await;
}

#[tokio::test]
async fn sizes_and_times() {
    let cases = [
        (
            json!({"MemorySize": 127}),
            VALIDATION,
            "'memorySize' failed to satisfy constraint: Member must have value greater than or \
             equal to 128",
        ),
        (json!({"MemorySize": 32769}), VALIDATION, "less than or equal to 32768"),
        (json!({"MemorySize": 10241}), INVALID, "'MemorySize' value failed to satisfy constraint"),
        (json!({"Timeout": 0}), VALIDATION, "'timeout'"),
        (json!({"Timeout": 901}), VALIDATION, "less than or equal to 900"),
        (json!({"EphemeralStorage": {"Size": 511}}), VALIDATION, "'ephemeralStorage.size'"),
        (json!({"EphemeralStorage": {}}), VALIDATION, "Value null at 'ephemeralStorage.size'"),
        (json!({"Timeout": 0, "MemorySize": 1}), VALIDATION, "2 validation errors detected: "),
    ];
    refused(&zip_function("resize"), &cases).await;
}

#[tokio::test]
async fn environments() {
    let variables = |variables: Value| json!({"Environment": {"Variables": variables}});
    // 4,096 bytes fit: {"LARGE":"…"} has twelve around the value.
    let service = Service::in_memory().await;
    let largest = variables(json!({"LARGE": "x".repeat(4096 - 12)}));
    service.created(&with(zip_function("large"), largest)).await;

    let cases = [
        (
            variables(json!({"LARGE": "x".repeat(4096 - 11)})),
            INVALID,
            "exceeded the 4KB limit. String measured: {\"LARGE\":\"xxx",
        ),
        (
            variables(json!({"AWS_REGION": "here", "OTHER": "1", "LAMBDA_TASK_ROOT": "/"})),
            INVALID,
            "Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT",
        ),
        (variables(json!({"my-name": "secret-value"})), VALIDATION, "Map keys must satisfy constraint"),
        (variables(json!({"NUMBER": 1})), SERIALIZATION, "NUMBER_VALUE"),
        (
            json!({"KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:alias/key"}),
            INVALID,
            "Key Aliases are not supported",
        ),
    ];
    refused(&zip_function("resize"), &cases).await;
}

#[tokio::test]
async fn model_error_about_variables_shows_no_value() {
    let service = Service::in_memory().await;
    let change = json!({"Environment": {"Variables": {"my-name": "secret-value"}}});
    let answer = service.create(&with(zip_function("resize"), change)).await;
    assert!(!answer.text().contains("secret-value"), "{}", answer.text());
}

#[tokio::test]
async fn layers() {
    let six: Vec<String> = (0..6).map(|number| layer(&format!("layer-{number}"), 1)).collect();
    let two = format!("{} and {} are versions of the same layer.", layer("tools", 1), layer("tools", 2));
    let same = format!("{} and {} are versions of the same layer.", layer("tools", 1), layer("tools", 1));
    let elsewhere = layer("tools", 1).replace("us-east-1", "eu-west-1");
    let cases = [
        (json!({"Layers": six}), INVALID, "Cannot reference more than 5 layers."),
        (json!({"Layers": [layer("tools", 1), layer("tools", 2)]}), INVALID, two.as_str()),
        (json!({"Layers": [layer("tools", 1), layer("tools", 1)]}), INVALID, same.as_str()),
        (json!({"Layers": [elsewhere]}), INVALID, "Layers are expected to be in region us-east-1."),
        (json!({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:tools"]}), VALIDATION, "at 'layers'"),
    ];
    refused(&zip_function("resize"), &cases).await;
}

#[tokio::test]
async fn network_and_features() {
    let access_point = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1";
    let mount = |path: &str| json!({"FileSystemConfigs": [{"Arn": access_point, "LocalMountPath": path}]});
    let cases = [
        (json!({"VpcConfig": {"SubnetIds": ["x"], "SecurityGroupIds": ["sg-1"]}}), VALIDATION, "'vpcConfig.subnetIds'"),
        (json!({"VpcConfig": {"SubnetIds": ["subnet-1"]}}), INVALID, "both"),
        (mount("/mnt/data"), INVALID, "Function must be configured to execute in a VPC"),
        (mount("/data"), VALIDATION, "/mnt/[a-zA-Z0-9-_.]+"),
        (json!({"SnapStart": {"ApplyOn": "Always"}}), VALIDATION, "[PublishedVersions, None]"),
        (
            json!({"Runtime": "nodejs22.x", "SnapStart": {"ApplyOn": "PublishedVersions"}}),
            INVALID,
            "nodejs22.x is not supported for SnapStart enabled functions.",
        ),
        (json!({"LoggingConfig": {"SystemLogLevel": "INFO"}}), INVALID, "LogLevel is not supported"),
        (json!({"DurableConfig": {}}), INVALID, "without an executionTimeout"),
        (
            json!({"CapacityProviderConfig": {}}),
            VALIDATION,
            "Value null at 'capacityProviderConfig.lambdaManagedInstancesCapacityProviderConfig'",
        ),
    ];
    refused(&zip_function("resize"), &cases).await;
}

#[tokio::test]
async fn tags() {
    let cases = [
        (json!({"Tags": many(51)}), INVALID, "Number of tags exceeds resource tag limit."),
        (json!({"Tags": {"AWS:owner": "me"}}), INVALID, "aws:"),
    ];
    refused(&zip_function("resize"), &cases).await;
    let service = Service::in_memory().await;
    service.created(&with(zip_function("resize"), json!({"Tags": many(50)}))).await;
}

#[tokio::test]
async fn bodies_that_are_no_request() {
    let service = Service::in_memory().await;
    for body in ["", "{", "[]", "{\"FunctionName\": secret-value"] {
        let answer = service.send(Method::POST, FUNCTIONS, body).await;
        answer.expect_error(400, SERIALIZATION, "");
        assert!(!answer.text().contains("secret-value"));
    }
    let text = with(zip_function("resize"), json!({"Timeout": "3"}));
    let answer = service.create(&text).await;
    answer.expect_error(400, SERIALIZATION, "STRING_VALUE can not be converted to an Integer");
}

#[tokio::test]
async fn too_large_requests() {
    const CLASS: &str = "RequestEntityTooLargeException";
    let service = Service::in_memory().await;
    let zipped = STANDARD.encode(vec![0_u8; 52_428_801]);
    let answer = service.create(&with(zip_function("resize"), json!({"Code": {"ZipFile": zipped}}))).await;
    answer.expect_error(413, CLASS, "Zipped size must be smaller than 52428800 bytes");
    assert_eq!(answer.json().get("Type"), None);

    let answer = service.send(Method::POST, FUNCTIONS, vec![b' '; 70_167_212]).await;
    let text = "Request must be smaller than 70167211 bytes for the CreateFunction operation";
    answer.expect_error(413, CLASS, text);
}
