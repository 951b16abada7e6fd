//! Updates, tags, versions and what is attached to functions. Texts and shapes are those of recorded answers.

mod common;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{FUNCTIONS, Service, image_function, with, zip, zip_function};
use lambdactl_emulator::{EmulatorOptions, Setup};
use reqwest::Method;
use serde_json::{Value, json};

async fn update(service: &Service, part: &str, body: &Value) -> common::Answer {
    service.send(Method::PUT, &format!("{FUNCTIONS}/f/{part}"), body.to_string()).await
}

async fn configured(service: &Service, body: Value) -> Value {
    let answer = update(service, "configuration", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    service.get(&format!("{FUNCTIONS}/f/configuration")).await.json()
}

#[tokio::test]
async fn revision_moves_twice_and_a_stale_one_is_refused() {
    let service = Service::in_memory().await;
    let created = service.created(&zip_function("f")).await;
    let before = service.get(&format!("{FUNCTIONS}/f/configuration")).await.json();
    assert_ne!(created["RevisionId"], before["RevisionId"]);
    let answer = update(&service, "configuration", &json!({ "Timeout": 9, "RevisionId": before["RevisionId"] })).await;
    let answer = answer.json();
    assert_eq!(answer["State"], "Active");
    assert_eq!(answer["LastUpdateStatus"], "InProgress");
    assert_eq!(answer["LastUpdateStatusReasonCode"], "Creating");
    let after = service.get(&format!("{FUNCTIONS}/f/configuration")).await.json();
    assert_eq!((&after["LastUpdateStatus"], &after["Timeout"]), (&json!("Successful"), &json!(9)));
    assert_ne!(after["RevisionId"], answer["RevisionId"]);
    let stale = json!({ "ZipFile": STANDARD.encode(zip("x")), "RevisionId": before["RevisionId"] });
    let text = "The Revision Id provided does not match the latest Revision Id.";
    update(&service, "code", &stale).await.expect_error(412, "PreconditionFailedException", text);
    // A call that changes nothing counts as well.
    let again = configured(&service, json!({ "Timeout": 9 })).await;
    assert_ne!(again["RevisionId"], after["RevisionId"]);
}

#[tokio::test(start_paused = true)]
async fn changes_are_refused_while_the_function_is_worked_on() {
    let setup = Setup { plain: Duration::from_secs(5), update: Duration::from_secs(3), ..Setup::default() };
    let service = Service::start(EmulatorOptions { setup, ..EmulatorOptions::default() }).await;
    service.created(&zip_function("f")).await;
    let refused = update(&service, "configuration", &json!({ "Timeout": 9 })).await;
    refused.expect_error(409, "ResourceConflictException", "currently in the following state: Pending");
    tokio::time::advance(Duration::from_secs(6)).await;
    let answer = update(&service, "configuration", &json!({ "Timeout": 9 })).await.json();
    let shown = service.get(&format!("{FUNCTIONS}/f/configuration")).await.json();
    assert_eq!((&shown["LastUpdateStatus"], &shown["RevisionId"]), (&json!("InProgress"), &answer["RevisionId"]));
    let code = json!({ "ZipFile": STANDARD.encode(zip("x")) });
    let refused = update(&service, "code", &code).await;
    refused.expect_error(409, "ResourceConflictException", "An update is in progress for resource: arn:aws:lambda:");
    let version = service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), "{}").await;
    version.expect_error(409, "ResourceConflictException", "An update is in progress");
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(update(&service, "code", &code).await.status, 200);
}

#[tokio::test]
async fn logging_is_merged_and_what_is_removed_shows_as_recorded() {
    let service = Service::in_memory().await;
    let vpc = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] });
    let environment = json!({ "Variables": { "STAGE": "x" } });
    service.created(&with(zip_function("f"), json!({ "VpcConfig": vpc, "Environment": environment }))).await;
    let logging = |value: Value| json!({ "LoggingConfig": value });
    let merged = configured(&service, logging(json!({ "LogFormat": "JSON", "LogGroup": "mine" }))).await;
    let levels = json!({
        "LogFormat": "JSON", "LogGroup": "mine", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"
    });
    assert_eq!(merged["LoggingConfig"], levels);
    let kept = configured(&service, logging(json!({ "ApplicationLogLevel": "DEBUG" }))).await;
    assert_eq!(kept["LoggingConfig"], with(levels, json!({ "ApplicationLogLevel": "DEBUG" })));
    let text = configured(&service, logging(json!({ "LogFormat": "Text" }))).await;
    assert_eq!(text["LoggingConfig"], json!({ "LogFormat": "Text", "LogGroup": "mine" }));

    let removed =
        json!({ "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [] }, "Environment": { "Variables": {} } });
    let removed = configured(&service, removed).await;
    assert_eq!(
        removed["VpcConfig"],
        json!({ "Ipv6AllowedForDualStack": false, "SecurityGroupIds": [], "SubnetIds": [], "VpcId": "" })
    );
    assert_eq!(removed["Environment"], json!({ "Variables": {} }));
    let large = json!({ "Environment": { "Variables": { "BIG": "x".repeat(5000) } } });
    let refused = update(&service, "configuration", &large).await;
    refused.expect_error(400, "InvalidParameterValueException", "exceeded the 4KB limit");
}

#[tokio::test]
async fn package_types_do_not_mix_and_a_dry_run_changes_nothing() {
    let service = Service::in_memory().await;
    service.created(&image_function("f")).await;
    let code = json!({ "ZipFile": STANDARD.encode(zip("x")) });
    let text = "Please provide ImageUri when updating a function with packageType Image.";
    update(&service, "code", &code).await.expect_error(400, "InvalidParameterValueException", text);
    let service = Service::in_memory().await;
    service.created(&zip_function("f")).await;
    let image = json!({ "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:2" });
    let text = "Please don't provide ImageUri when updating a function with packageType Zip.";
    update(&service, "code", &image).await.expect_error(400, "InvalidParameterValueException", text);
    let before = service.get(&format!("{FUNCTIONS}/f/configuration")).await.json();
    assert_eq!(update(&service, "code", &with(code, json!({ "DryRun": true }))).await.status, 200);
    assert_eq!(service.get(&format!("{FUNCTIONS}/f/configuration")).await.json(), before);
}

#[tokio::test]
async fn version_is_published_once_for_each_change() {
    let service = Service::in_memory().await;
    service.created(&zip_function("f")).await;
    let publish = async || service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), "{}").await.json();
    let first = publish().await;
    assert_eq!((&first["Version"], &publish().await), (&json!("1"), &first), "nothing has changed");
    configured(&service, json!({ "Timeout": 9 })).await;
    assert_eq!(publish().await["Version"], "2");
    let wrong = service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), r#"{"CodeSha256":"x"}"#).await;
    wrong.expect_error(400, "InvalidParameterValueException", "is different from current CodeSHA256 in $LATEST");
}

#[tokio::test]
async fn version_is_of_what_latest_was_and_not_of_its_own_description() {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("f"), json!({ "Description": "one", "Publish": true }))).await;
    let publish = async |body: Value| {
        service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), body.to_string()).await.json()
    };
    let shown = |version: &Value| (version["Version"].clone(), version["Description"].clone());
    assert_eq!(shown(&publish(json!({})).await), (json!("1"), json!("one")));
    configured(&service, json!({ "Description": "two" })).await;
    let second = publish(json!({ "Description": "release" })).await;
    assert_eq!(shown(&second), (json!("2"), json!("release")));
    // Nothing has changed since: another description is dropped (recorded answer).
    assert_eq!(publish(json!({ "Description": "other" })).await, second);
    assert_eq!(publish(json!({})).await, second);
    // What the version is called is no description of `$LATEST`.
    configured(&service, json!({ "Description": "release" })).await;
    assert_eq!(shown(&publish(json!({})).await), (json!("3"), json!("release")));
    configured(&service, json!({ "SnapStart": { "ApplyOn": "PublishedVersions" } })).await;
    assert_eq!(publish(json!({})).await["Version"], "4");
    assert_eq!(publish(json!({})).await["Version"], "4");
}

#[tokio::test(start_paused = true)]
async fn version_is_pending_for_itself() {
    let setup = Setup { plain: Duration::from_secs(5), update: Duration::from_secs(3), ..Setup::default() };
    let service = Service::start(EmulatorOptions { setup, ..EmulatorOptions::default() }).await;
    let get =
        async |qualifier: &str| service.get(&format!("{FUNCTIONS}/f/configuration?Qualifier={qualifier}")).await.json();
    let states = |shown: &Value| (shown["State"].clone(), shown["LastUpdateStatus"].clone());
    let (pending, active) = ((json!("Pending"), Value::Null), (json!("Active"), json!("Successful")));
    let snap_start = json!({ "Publish": true, "SnapStart": { "ApplyOn": "PublishedVersions" } });
    service.created(&with(zip_function("f"), snap_start)).await;
    assert_eq!((states(&get("1").await), states(&get("$LATEST").await)), (pending.clone(), pending.clone()));
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!((states(&get("1").await), states(&get("$LATEST").await)), (active.clone(), active.clone()));

    let code = json!({ "ZipFile": STANDARD.encode(zip("x")), "Publish": true });
    let answer = update(&service, "code", &code).await.json();
    assert_eq!((&answer["Version"], &answer["StateReasonCode"]), (&json!("2"), &json!("Creating")));
    assert_eq!(get("2").await["RevisionId"], answer["RevisionId"]);
    let updated = (json!("Active"), json!("InProgress"));
    assert_eq!((states(&get("2").await), states(&get("$LATEST").await)), (pending.clone(), updated));
    assert_eq!(states(&get("1").await), active);
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!((states(&get("2").await), states(&get("$LATEST").await)), (active.clone(), active.clone()));

    // A snapshot takes its time.
    update(&service, "configuration", &json!({ "Timeout": 9 })).await;
    tokio::time::advance(Duration::from_secs(4)).await;
    let published = service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), "{}").await.json();
    assert_eq!((&published["Version"], states(&published)), (&json!("3"), pending.clone()));
    assert_eq!((states(&get("3").await), states(&get("$LATEST").await)), (pending, active.clone()));
    // `$LATEST` can be changed meanwhile.
    assert_eq!(update(&service, "configuration", &json!({ "Timeout": 8 })).await.status, 200);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(states(&get("3").await), active);
}

#[tokio::test]
async fn tags_change_the_revision_and_have_a_limit() {
    let service = Service::in_memory().await;
    let arn = service.created(&zip_function("f")).await["FunctionArn"].as_str().expect("text").to_owned();
    let tags = format!("/2017-03-31/tags/{}", arn.replace(':', "%3A"));
    let revision = async || service.get(&format!("{FUNCTIONS}/f/configuration")).await.json()["RevisionId"].clone();
    let before = revision().await;
    let tag = async |tags_of: Value| service.send(Method::POST, &tags, json!({ "Tags": tags_of }).to_string()).await;
    assert_eq!(tag(json!({ "a": "1", "b": "2" })).await.status, 204);
    assert_ne!(revision().await, before);
    tag(json!({})).await.expect_error(400, "InvalidParameterValueException", "cannot be processed");
    let many: serde_json::Map<String, Value> = (0..49).map(|index| (format!("k{index}"), json!("x"))).collect();
    let text = "Number of tags exceeds resource tag limit.";
    tag(Value::Object(many)).await.expect_error(400, "InvalidParameterValueException", text);
    let untag = service.send(Method::DELETE, &format!("{tags}?tagKeys=a&tagKeys=none"), "").await;
    assert_eq!(untag.status, 204);
    assert_eq!(service.get(&tags).await.json()["Tags"], json!({ "b": "2" }));
    service.send(Method::DELETE, &tags, "").await.expect_error(400, "ValidationException", "Value null at 'tagKeys'");
}
