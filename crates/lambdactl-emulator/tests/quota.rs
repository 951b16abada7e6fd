//! The service's quotas, and the count of requests. The clock stands still unless a test moves it.

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
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
async fn tagging_api_has_a_quota_and_a_refusal_of_its_own() {
    let service = service(Quota::Aws).await;
    let mut answers = Vec::new();
    for _ in 0..16 {
        answers.push(service.target("ResourceGroupsTaggingAPI_20170126.GetResources", "{}").await);
    }
    let refused = answers.pop().expect("sixteen answers");
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json(), json!({"__type": "ThrottledException", "message": "Rate exceeded"}));
    assert_eq!(service.get(FUNCTIONS).await.status, StatusCode::OK);
}

/// Many clients write all of a request before they read; a server that closes early breaks their connection.
#[tokio::test(start_paused = true)]
async fn refused_create_is_answered_however_long_its_body() {
    let service = service(Quota::Aws).await;
    for _ in 0..15 {
        service.get(FUNCTIONS).await;
    }
    let address = service.emulator.endpoint().trim_start_matches("http://").to_owned();
    let exchange = move || -> std::io::Result<String> {
        let body = vec![b' '; 20_000_000];
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "POST {FUNCTIONS} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")?;
        write!(stream, "Content-Length: {}\r\n\r\n", body.len())?;
        stream.write_all(&body)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = tokio::task::spawn_blocking(exchange).await.expect("no panic").expect("a whole exchange");
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_cost_nothing() {
    let service = service(Quota::Aws).await;
    for _ in 0..20 {
        service.get("/2015-03-31/layers").await.expect_error(404, "UnknownOperationException", "");
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
