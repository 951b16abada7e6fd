//! State in a folder: it outlives the process, and belongs to one process at a time.

mod common;

use std::path::Path;
use std::time::{Duration, Instant};

use common::{ACCOUNT, FUNCTIONS, Service, with, zip_function};
use lambdactl_emulator::{Emulator, EmulatorError, EmulatorOptions};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn options(folder: &Path) -> EmulatorOptions {
    EmulatorOptions {
        data: Some(folder.to_owned()),
        account: ACCOUNT.to_owned(),
        lock_wait: Duration::from_millis(200),
        ..Default::default()
    }
}

fn zips(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("code")).expect("a folder").count()
}

#[tokio::test]
async fn functions_are_still_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("state");
    let service = Service::start(options(&data)).await;
    service.created(&zip_function("resize")).await;
    let mut before = service.get(&format!("{FUNCTIONS}/resize")).await.json();
    service.emulator.stop().await.expect("stops");

    let service = Service::start(options(&data)).await;
    let mut after = service.get(&format!("{FUNCTIONS}/resize")).await.json();
    let location = after["Code"]["Location"].take();
    before["Code"]["Location"] = Value::Null;
    assert_eq!(before, after);
    let endpoint = service.emulator.endpoint();
    let path = location.as_str().and_then(|location| location.strip_prefix(&endpoint));
    assert_eq!(service.get(path.expect("served here")).await.status, StatusCode::OK);
    let again = service.create(&zip_function("resize")).await;
    again.expect_error(409, "ResourceConflictException", "already exist");
}

/// Every read of what stands beside a function is the same after a restart.
#[tokio::test]
async fn what_stands_beside_functions_is_still_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start(options(folder.path())).await;
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    let old = format!("{FUNCTIONS}/f");
    for (method, path, body) in [
        (Method::POST, format!("{old}/aliases"), r#"{"Name":"live","FunctionVersion":"1"}"#),
        (Method::POST, format!("{old}/aliases"), r#"{"Name":"other","FunctionVersion":"$LATEST"}"#),
        (
            Method::POST,
            format!("{old}/policy?Qualifier=live"),
            r#"{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com"}"#,
        ),
        (Method::POST, "/2021-10-31/functions/f/url?Qualifier=live".to_owned(), r#"{"AuthType":"NONE"}"#),
        (Method::PUT, "/2017-10-31/functions/f/concurrency".to_owned(), r#"{"ReservedConcurrentExecutions":7}"#),
        (
            Method::PUT,
            "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=live".to_owned(),
            r#"{"ProvisionedConcurrentExecutions":3}"#,
        ),
        (Method::PUT, "/2019-09-25/functions/f/event-invoke-config".to_owned(), r#"{"MaximumRetryAttempts":1}"#),
        (
            Method::PUT,
            "/2021-07-20/functions/f/runtime-management-config?Qualifier=1".to_owned(),
            r#"{"UpdateRuntimeOn":"FunctionUpdate"}"#,
        ),
        (Method::PUT, "/2024-08-31/functions/f/recursion-config".to_owned(), r#"{"RecursiveLoop":"Allow"}"#),
    ] {
        let answer = service.send(method, &path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
    }
    let reads = [
        format!("{old}/aliases"),
        format!("{old}/versions"),
        format!("{old}/policy?Qualifier=live"),
        "/2021-10-31/functions/f/urls".to_owned(),
        "/2019-09-30/functions/f/concurrency".to_owned(),
        "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=live".to_owned(),
        "/2019-09-30/functions/f/provisioned-concurrency?List=ALL".to_owned(),
        "/2019-09-25/functions/f/event-invoke-config/list".to_owned(),
        "/2021-07-20/functions/f/runtime-management-config?Qualifier=1".to_owned(),
        "/2024-08-31/functions/f/recursion-config".to_owned(),
        "/2016-08-19/account-settings".to_owned(),
    ];
    let mut before = Vec::new();
    for path in &reads {
        before.push(service.get(path).await.json());
    }
    assert_eq!(before[5]["Status"], "READY");
    service.emulator.stop().await.expect("stops");
    let service = Service::start(options(folder.path())).await;
    for (path, before) in reads.iter().zip(before) {
        assert_eq!(service.get(path).await.json(), before, "{path}");
    }
}

#[tokio::test]
async fn state_in_use_is_a_clear_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start(options(folder.path())).await;
    let start = Instant::now();
    let error = Emulator::start(options(folder.path())).await.expect_err("in use");
    assert!(matches!(error, EmulatorError::InUse { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("functions.redb\" is in use by another lambdactl"), "{text}");
    assert!(start.elapsed() >= Duration::from_millis(200));
    service.emulator.stop().await.expect("stops");
    let again = Emulator::start(options(folder.path())).await.expect("free again");
    again.stop().await.expect("stops");
}

#[tokio::test]
async fn second_opener_waits_for_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start(options(folder.path())).await;
    let patient = EmulatorOptions { lock_wait: Duration::from_secs(10), ..options(folder.path()) };
    let second = tokio::spawn(Emulator::start(patient));
    tokio::time::sleep(Duration::from_millis(100)).await;
    service.emulator.stop().await.expect("stops");
    let second = second.await.expect("no panic").expect("starts");
    second.stop().await.expect("stops");
}

#[tokio::test]
async fn code_stays_as_long_as_a_function_uses_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start(options(folder.path())).await;
    for name in ["a", "b"] {
        service.created(&zip_function(name)).await;
    }
    assert_eq!(zips(folder.path()), 1);
    service.create(&zip_function("a")).await.expect_error(409, "ResourceConflictException", "");
    service.send(Method::DELETE, &format!("{FUNCTIONS}/a"), "").await;
    assert_eq!(zips(folder.path()), 1);
    service.send(Method::DELETE, &format!("{FUNCTIONS}/b"), "").await;
    assert_eq!(zips(folder.path()), 0);
}

#[tokio::test]
async fn answered_create_survives_a_crash() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start(options(folder.path())).await;
    service.created(&zip_function("resize")).await;
    // What another process would find if this one ended now.
    let copy = tempfile::tempdir().expect("a folder");
    let database = "functions.redb";
    std::fs::copy(folder.path().join(database), copy.path().join(database)).expect("copied");
    let after = Service::start(options(copy.path())).await;
    assert_eq!(after.get(&format!("{FUNCTIONS}/resize")).await.status, StatusCode::OK);
}

#[cfg(unix)]
#[tokio::test]
async fn state_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("state");
    let _service = Service::start(options(&data)).await;
    for (path, expected) in [(data.clone(), 0o700), (data.join("functions.redb"), 0o600)] {
        let mode = std::fs::metadata(&path).expect("exists").permissions().mode();
        assert_eq!(mode & 0o777, expected, "{}", path.display());
    }
}

#[tokio::test]
async fn malformed_account_and_taken_port_are_errors() {
    let options = EmulatorOptions { account: "12345".to_owned(), ..Default::default() };
    let error = Emulator::start(options).await.expect_err("malformed");
    assert!(matches!(error, EmulatorError::Account(_)), "{error:?}");

    let first = Emulator::start(EmulatorOptions::default()).await.expect("starts");
    let port = first.endpoint().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let options = EmulatorOptions { port: port.expect("a port"), ..Default::default() };
    let error = Emulator::start(options).await.expect_err("taken");
    assert!(matches!(error, EmulatorError::Bind { .. }), "{error:?}");
}
