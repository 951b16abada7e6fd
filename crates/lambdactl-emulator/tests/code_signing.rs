//! Code signing configurations: texts and shapes are recorded answers.

mod common;

use common::{FUNCTIONS, Service, members, zip_function};
use reqwest::Method;
use serde_json::{Value, json};

const CONFIGS: &str = "/2020-04-22/code-signing-configs";
const MISSING: &str = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0";

fn path(arn: &str) -> String {
    format!("{CONFIGS}/{}", arn.replace(':', "%3A"))
}

async fn created(service: &Service) -> (Value, String) {
    let profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/test";
    let body = json!({ "Description": "one", "AllowedPublishers": { "SigningProfileVersionArns": [profile] },
        "CodeSigningPolicies": { "UntrustedArtifactOnDeployment": "Enforce" } });
    let answer = service.send(Method::POST, CONFIGS, body.to_string()).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    let config = answer.json()["CodeSigningConfig"].take();
    let arn = config["CodeSigningConfigArn"].as_str().expect("an ARN").to_owned();
    (config, arn)
}

#[tokio::test]
async fn configurations_are_created_read_changed_and_deleted() {
    let service = Service::in_memory().await;
    let (config, arn) = created(&service).await;
    assert_eq!(
        members(&config),
        [
            "AllowedPublishers",
            "CodeSigningConfigArn",
            "CodeSigningConfigId",
            "CodeSigningPolicies",
            "Description",
            "LastModified"
        ]
    );
    assert_eq!(service.get(&path(&arn)).await.json()["CodeSigningConfig"], config);
    // What is left out stays.
    let changed = service.send(Method::PUT, &path(&arn), json!({ "Description": "other" }).to_string()).await.json();
    let changed = &changed["CodeSigningConfig"];
    assert_eq!(
        (&changed["Description"], &changed["CodeSigningPolicies"]),
        (&json!("other"), &config["CodeSigningPolicies"])
    );
    let listed = service.get(CONFIGS).await.json();
    assert_eq!(listed["CodeSigningConfigs"], json!([changed]));
    assert_eq!(service.get(&format!("{}/functions", path(&arn))).await.json(), json!({ "FunctionArns": [] }));
    let (_, second) = created(&service).await;
    assert_ne!(second, arn, "a configuration has no name, so that a second one is another");
    for arn in [arn, second] {
        assert_eq!(service.send(Method::DELETE, &path(&arn), "").await.status.as_u16(), 204);
    }
    assert_eq!(service.get(CONFIGS).await.json()["CodeSigningConfigs"], json!([]));
}

#[tokio::test]
async fn what_is_missing_is_said_as_the_service_says_it() {
    let service = Service::in_memory().await;
    let (_, arn) = created(&service).await;
    service.created(&zip_function("f")).await;
    let text = format!("The Lambda code signing configuration {MISSING} can not be found.");
    for (method, body) in [(Method::GET, ""), (Method::PUT, "{}"), (Method::DELETE, "")] {
        service.send(method, &path(MISSING), body).await.expect_error(404, "ResourceNotFoundException", &text);
    }
    let functions = service.get(&format!("{}/functions", path(MISSING))).await;
    functions.expect_error(404, "ResourceNotFoundException", &text);
    let signing = |name: &str| format!("{}/{name}/code-signing-config", FUNCTIONS.replace("2015-03-31", "2020-06-30"));
    let sign = async |name: &str, arn: &str| {
        service.send(Method::PUT, &signing(name), json!({ "CodeSigningConfigArn": arn }).to_string()).await
    };
    // The configuration is looked for before the function.
    let text = format!("Check that the provided configuration is not deleted: {MISSING}.");
    for name in ["f", "none"] {
        sign(name, MISSING).await.expect_error(404, "CodeSigningConfigNotFoundException", &text);
    }
    sign("none", &arn).await.expect_error(404, "ResourceNotFoundException", "Function not found: ");
    assert_eq!(sign("f", &arn).await.status.as_u16(), 200);
    service.send(Method::DELETE, &path(&arn), "").await.expect_error(409, "ResourceConflictException", &arn);
    assert_eq!(service.send(Method::DELETE, &signing("f"), "").await.status.as_u16(), 204);
    assert_eq!(service.send(Method::DELETE, &signing("f"), "").await.status.as_u16(), 204);
    service.send(Method::DELETE, &signing("none"), "").await.expect_error(
        404,
        "ResourceNotFoundException",
        "not found",
    );
    assert_eq!(service.send(Method::DELETE, &path(&arn), "").await.status.as_u16(), 204);
}

#[tokio::test]
async fn wrong_configurations_are_refused() {
    let service = Service::in_memory().await;
    for (body, part) in [
        (json!({}), "allowedPublishers"),
        (json!({ "AllowedPublishers": { "SigningProfileVersionArns": [] } }), "signingProfileVersionArns"),
    ] {
        let answer = service.send(Method::POST, CONFIGS, body.to_string()).await;
        answer.expect_error(400, "ValidationException", part);
    }
}
