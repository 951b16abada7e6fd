//! Functions that fail on request.

mod common;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{FUNCTIONS, Service, with, zip, zip_function};
use lambdactl_emulator::{EmulatorOptions, Faults, Setup};
use reqwest::Method;
use serde_json::{Value, json};

async fn failing(list: &[&str]) -> Service {
    let failing = list.iter().map(|text| text.parse().expect("a failure")).collect();
    let setup = Setup { plain: Duration::from_secs(5), update: Duration::from_secs(3), ..Setup::default() };
    let faults = Faults { failing, ..Faults::default() };
    Service::start(EmulatorOptions { setup, faults, ..EmulatorOptions::default() }).await
}

async fn shown(service: &Service, path: &str) -> Value {
    service.get(&format!("{FUNCTIONS}/{path}")).await.json()
}

#[tokio::test(start_paused = true)]
async fn function_fails_after_its_creation_and_stays_so() {
    let service = failing(&["create=f:SubnetOutOfIPAddresses"]).await;
    let answer = service.created(&zip_function("f")).await;
    service.created(&zip_function("other")).await;
    assert_eq!(answer["State"], "Pending");
    assert_eq!(shown(&service, "f/configuration").await["State"], "Pending");
    tokio::time::advance(Duration::from_secs(6)).await;
    let failed = shown(&service, "f/configuration").await;
    assert_eq!((&failed["State"], &failed["StateReasonCode"]), (&json!("Failed"), &json!("SubnetOutOfIPAddresses")));
    assert!(failed["StateReason"].is_string() && failed.get("LastUpdateStatus").is_none(), "{failed}");
    assert_eq!(shown(&service, "other/configuration").await["State"], "Active");
    let update = json!({ "Timeout": 9 }).to_string();
    assert_eq!(service.send(Method::PUT, &format!("{FUNCTIONS}/f/configuration"), update).await.status, 200);
    tokio::time::advance(Duration::from_secs(4)).await;
    let updated = shown(&service, "f/configuration").await;
    assert_eq!((&updated["State"], &updated["Timeout"]), (&json!("Failed"), &json!(9)));
}

#[tokio::test(start_paused = true)]
async fn update_that_fails_leaves_the_function_as_it_was() {
    let service = failing(&["update=f:InvalidSubnet"]).await;
    service.created(&zip_function("f")).await;
    tokio::time::advance(Duration::from_secs(6)).await;
    let before = shown(&service, "f/configuration").await;
    let code = json!({ "ZipFile": STANDARD.encode(zip("x")), "Publish": true });
    for (part, body) in [("configuration", json!({ "Timeout": 9 })), ("code", code)] {
        let answer = service.send(Method::PUT, &format!("{FUNCTIONS}/f/{part}"), body.to_string()).await.json();
        assert_eq!(answer["LastUpdateStatus"], "InProgress", "{answer}");
        assert_eq!(shown(&service, "f/configuration").await["LastUpdateStatus"], "InProgress");
        tokio::time::advance(Duration::from_secs(4)).await;
        let after = shown(&service, "f/configuration").await;
        let status = (&after["LastUpdateStatus"], &after["LastUpdateStatusReasonCode"], &after["State"]);
        assert_eq!(status, (&json!("Failed"), &json!("InvalidSubnet"), &json!("Active")));
        assert_eq!((&after["Timeout"], &after["CodeSha256"]), (&before["Timeout"], &before["CodeSha256"]));
        assert_ne!(after["RevisionId"], before["RevisionId"]);
    }
    assert_eq!(shown(&service, "f/versions").await["Versions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(start_paused = true)]
async fn version_fails_alone() {
    let service = failing(&["version=f"]).await;
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    tokio::time::advance(Duration::from_secs(6)).await;
    let update = json!({ "Timeout": 9 }).to_string();
    service.send(Method::PUT, &format!("{FUNCTIONS}/f/configuration"), update).await;
    tokio::time::advance(Duration::from_secs(4)).await;
    let published = service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), "{}").await.json();
    assert_eq!((&published["Version"], &published["State"]), (&json!("2"), &json!("Pending")));
    tokio::time::advance(Duration::from_secs(6)).await;
    for number in ["1", "2"] {
        let version = shown(&service, &format!("f/configuration?Qualifier={number}")).await;
        assert_eq!((&version["State"], &version["StateReasonCode"]), (&json!("Failed"), &json!("FunctionError")));
    }
    assert_eq!(shown(&service, "f/configuration").await["State"], "Active");
}

#[tokio::test]
async fn tags_cannot_be_read() {
    let service = failing(&["tags=f"]).await;
    let tags = json!({ "Tags": { "team": "payments" } });
    let arn = service.created(&with(zip_function("f"), tags)).await["FunctionArn"].clone();
    let function = shown(&service, "f").await;
    assert_eq!((&function["TagsError"]["ErrorCode"], function.get("Tags")), (&json!("AccessDeniedException"), None));
    let arn = arn.as_str().expect("text").replace(':', "%3A");
    let refused = service.get(&format!("/2017-03-31/tags/{arn}")).await;
    refused.expect_error(403, "AccessDeniedException", "lambda:ListTags");
}

#[test]
fn failures_are_named_by_stage_and_function() {
    for wrong in ["create", "create=", "create=:X", "create=f:", "delete=f", "=f"] {
        assert!(wrong.parse::<lambdactl_emulator::Failing>().is_err(), "{wrong}");
    }
}
