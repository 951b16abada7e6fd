//! The latency that answers are given. The clock is moved by whoever waits on it.

mod common;

use std::time::Duration;

use common::{FUNCTIONS, Service};
use lambdactl_emulator::{EmulatorOptions, Quota};
use reqwest::StatusCode;
use tokio::time::Instant;

const LATENCY: Duration = Duration::from_secs(3600);

async fn service(latency: Duration) -> Service {
    Service::start(EmulatorOptions { latency, quota: Quota::Aws, ..Default::default() }).await
}

#[tokio::test(start_paused = true)]
async fn answers_wait_side_by_side() {
    let service = service(LATENCY).await;
    let began = Instant::now();
    let requests = (0..16).map(|_| service.get(FUNCTIONS));
    let answers = futures_util::future::join_all(requests).await;
    let refused = answers.iter().filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS).count();
    assert_eq!(refused, 1, "a refusal waits, too");
    let elapsed = began.elapsed();
    assert!((LATENCY..LATENCY * 2).contains(&elapsed), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_operation_is_answered_at_once() {
    let service = service(LATENCY).await;
    let began = Instant::now();
    service.get("/_emulator/requests").await;
    service.get("/unknown").await;
    assert!(began.elapsed() < LATENCY);
}

#[tokio::test(start_paused = true)]
async fn no_latency_takes_no_time() {
    let service = service(Duration::ZERO).await;
    let began = Instant::now();
    service.get(FUNCTIONS).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
}
