//! Invocations: which are accepted, and what they answer.

mod common;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{Answer, FUNCTIONS, Service, with, zip_function};
use lambdactl_emulator::{EmulatorOptions, Faults, Invocations, Setup};
use reqwest::Method;
use serde_json::json;

async fn invoke(service: &Service, name: &str, kind: &str, body: &str) -> Answer {
    let headers = if kind.is_empty() { vec![] } else { vec![("x-amz-invocation-type", kind)] };
    service.send_with(Method::POST, &format!("{FUNCTIONS}/{name}/invocations"), &headers, body).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name).and_then(|value| value.to_str().ok())
}

async fn answering(invocations: Invocations) -> Service {
    let service = Service::start(EmulatorOptions { invocations, ..EmulatorOptions::default() }).await;
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    let alias = json!({ "Name": "live", "FunctionVersion": "1" }).to_string();
    service.send(Method::POST, &format!("{FUNCTIONS}/f/aliases"), alias).await;
    service
}

#[tokio::test]
async fn payload_comes_back_with_the_version_that_answered() {
    let service = answering(Invocations::Echo).await;
    for (name, version) in [("f", "$LATEST"), ("f:$LATEST", "$LATEST"), ("f:1", "1"), ("f:live", "1")] {
        let answer = invoke(&service, name, "", r#"{"a": 1}"#).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, r#"{"a": 1}"#), "{name}");
        assert_eq!(header(&answer, "x-amz-executed-version"), Some(version), "{name}");
        assert_eq!(header(&answer, "x-amz-function-error"), None);
        assert_eq!(header(&answer, "content-type"), Some("application/json"));
        assert_eq!(header(&answer, "x-amz-log-result"), None);
    }
    let path = format!("{FUNCTIONS}/f/invocations?Qualifier=live");
    let log = [("x-amz-invocation-type", "RequestResponse"), ("x-amz-log-type", "Tail")];
    let answer = service.send_with(Method::POST, &path, &log, "").await;
    assert_eq!(answer.text(), "{}", "nothing is an empty event");
    let log = STANDARD.decode(header(&answer, "x-amz-log-result").expect("a log")).expect("base64");
    assert!(String::from_utf8_lossy(&log).contains("Version: 1\n"));
    for (kind, status) in [("Event", 202), ("DryRun", 204)] {
        let answer = invoke(&service, "f:live", kind, r#"{"a":1}"#).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.len()), (status, 0), "{kind}");
    }
    let error = r#"{"errorMessage":"no","errorType":"Error"}"#;
    let failed = invoke(&service, "f", "", error).await;
    assert_eq!((failed.status.as_u16(), header(&failed, "x-amz-function-error")), (200, Some("Unhandled")));
}

#[tokio::test]
async fn answer_can_be_always_the_same_or_refused() {
    let service = answering(Invocations::Always(r#"{"status": "ok"}"#.into())).await;
    assert_eq!(invoke(&service, "f", "", r#"{"a":1}"#).await.text(), r#"{"status": "ok"}"#);
    let service = answering(Invocations::Refused).await;
    invoke(&service, "f", "", "{}").await.expect_error(400, "EmulatorRunsNothing", "--invoke");
    for (kind, status) in [("Event", 202), ("DryRun", 204)] {
        assert_eq!(invoke(&service, "f", kind, "{}").await.status.as_u16(), status);
    }
}

#[tokio::test]
async fn weights_decide_which_version_answers() {
    let service = answering(Invocations::Echo).await;
    service.send(Method::PUT, &format!("{FUNCTIONS}/f/configuration"), r#"{"Timeout":9}"#).await;
    service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), "").await;
    let weights = json!({ "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.25 } } }).to_string();
    service.send(Method::PUT, &format!("{FUNCTIONS}/f/aliases/live"), weights).await;
    let mut second = 0;
    for _ in 0..200 {
        let answer = invoke(&service, "f:live", "", "").await;
        second += usize::from(header(&answer, "x-amz-executed-version") == Some("2"));
    }
    assert!((30..70).contains(&second), "{second}");
}

#[tokio::test]
async fn wrong_invocations_are_refused_as_recorded() {
    let service = answering(Invocations::Echo).await;
    let missing = "ResourceNotFoundException";
    let arn = "Function not found: arn:aws:lambda:us-east-1:123456789012:function";
    for name in ["g", "f:none", "f:7", "g:live"] {
        for kind in ["", "Event", "DryRun"] {
            invoke(&service, name, kind, "{}").await.expect_error(404, missing, &format!("{arn}:{name}"));
        }
    }
    let content = invoke(&service, "f", "", "secret-{").await;
    content.expect_error(400, "InvalidRequestContentException", "Could not parse request body into json");
    assert!(!content.text().contains("secret"));
    invoke(&service, "f", "Later", "{}").await.expect_error(400, "ValidationException", "'invocationType'");
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    assert_eq!(invoke(&service, "f", "", &large).await.status.as_u16(), 200);
    let refused = invoke(&service, "f", "Event", &large).await;
    refused.expect_error(413, "RequestTooLargeException", "Request must be smaller than 1048576 bytes");

    let concurrency = "/2017-10-31/functions/f/concurrency";
    service.send(Method::PUT, concurrency, r#"{"ReservedConcurrentExecutions":0}"#).await;
    let stopped = invoke(&service, "f:live", "", "{}").await;
    stopped.expect_error(429, "TooManyRequestsException", "Rate Exceeded.");
    assert_eq!(stopped.json()["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded");
    assert_eq!(invoke(&service, "f:live", "Event", "{}").await.status.as_u16(), 202, "it waits");
    service.send(Method::DELETE, concurrency, "").await;
    assert_eq!(invoke(&service, "f:live", "", "{}").await.status.as_u16(), 200);

    let tenancy = json!({ "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" } });
    service.created(&with(zip_function("shared"), tenancy)).await;
    invoke(&service, "shared", "", "{}").await.expect_error(400, "InvalidParameterValueException", "tenant ID");
    let path = format!("{FUNCTIONS}/shared/invocations");
    let of_tenant = service.send_with(Method::POST, &path, &[("x-amz-tenant-id", "blue")], "{}").await;
    assert_eq!(of_tenant.status.as_u16(), 200);
}

#[tokio::test(start_paused = true)]
async fn function_that_is_not_ready_is_not_invoked() {
    let setup = Setup { plain: Duration::from_secs(5), update: Duration::from_secs(3), ..Setup::default() };
    let faults = Faults { failing: vec!["create=broken".parse().expect("a failure")], ..Faults::default() };
    let invocations = Invocations::Echo;
    let service = Service::start(EmulatorOptions { setup, faults, invocations, ..EmulatorOptions::default() }).await;
    service.created(&zip_function("f")).await;
    service.created(&zip_function("broken")).await;
    let conflict = "ResourceConflictException";
    invoke(&service, "f", "", "{}").await.expect_error(409, conflict, "in the following state: Pending");
    assert_eq!(invoke(&service, "f", "DryRun", "{}").await.status.as_u16(), 204);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(invoke(&service, "f", "", "{}").await.status.as_u16(), 200);
    invoke(&service, "broken", "", "{}").await.expect_error(409, conflict, "in the following state: Failed");
    // One that is updated goes on as it was.
    service.send(Method::PUT, &format!("{FUNCTIONS}/f/configuration"), r#"{"Timeout":9}"#).await;
    assert_eq!(invoke(&service, "f", "", "{}").await.status.as_u16(), 200);
}
