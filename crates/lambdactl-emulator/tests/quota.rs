//! The service's quotas, and the count of requests. The clock stands still unless a test moves it.

mod common;

use std::time::Duration;

use common::{ACCOUNT, FUNCTIONS, Service, members};
use lambdactl_emulator::{EmulatorOptions, Quota, Requests};
use reqwest::{Method, StatusCode};
use serde_json::json;

async fn service(quota: Quota) -> Service {
    Service::start(EmulatorOptions { account: ACCOUNT.to_owned(), quota, ..Default::default() }).await
}

#[tokio::test(start_paused = true)]
async fn calls_of_the_control_plane_share_fifteen_a_second() {
    let service = service(Quota::Aws).await;
    let paths = [FUNCTIONS, "/2016-08-19/account-settings", "/2015-03-31/functions/f/configuration"];
    for path in paths.iter().cycle().take(15) {
        assert_ne!(service.get(path).await.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    for path in paths {
        let answer = service.get(path).await;
        answer.expect_error(429, "TooManyRequestsException", "Rate exceeded");
        assert_eq!(members(&answer.json()), ["Reason", "Type", "message"]);
        assert_eq!(answer.json()["Reason"], "CallerRateLimitExceeded");
        assert!(!answer.headers.contains_key("retry-after"));
    }
    tokio::time::advance(Duration::from_millis(67)).await;
    assert_eq!(service.get(FUNCTIONS).await.status, StatusCode::OK);
    assert_eq!(service.get(FUNCTIONS).await.status, StatusCode::TOO_MANY_REQUESTS);
    let elsewhere = service.send_as("eu-west-1", Method::GET, FUNCTIONS, "").await;
    assert_eq!(elsewhere.status, StatusCode::OK, "each region has its own");
}

#[tokio::test(start_paused = true)]
async fn get_function_has_a_hundred_a_second_of_its_own() {
    let service = service(Quota::Aws).await;
    let path = format!("{FUNCTIONS}/missing");
    for _ in 0..100 {
        service.get(&path).await.expect_error(404, "ResourceNotFoundException", "");
    }
    service.get(&path).await.expect_error(429, "TooManyRequestsException", "");
    assert_eq!(service.get(FUNCTIONS).await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_cost_nothing() {
    let service = service(Quota::Aws).await;
    for _ in 0..20 {
        service.get("/2015-03-31/event-source-mappings").await.expect_error(404, "UnknownOperationException", "");
    }
    assert_eq!(service.get(FUNCTIONS).await.status, StatusCode::OK);
    assert_eq!(service.emulator.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_are_counted_and_forgotten() {
    let service = service(Quota::Aws).await;
    for _ in 0..20 {
        service.get(FUNCTIONS).await;
    }
    assert_eq!(service.emulator.requests()["ListFunctions"], Requests { answered: 15, throttled: 5 });
    let path = "/_emulator/requests";
    let told = service.get(path).await.json();
    assert_eq!(told, json!({"ListFunctions": {"answered": 15, "throttled": 5}}), "asking is not counted");
    assert_eq!(service.send(Method::DELETE, path, "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.get(path).await.json(), json!({}));
    service.get(FUNCTIONS).await.expect_error(429, "TooManyRequestsException", "");
}
