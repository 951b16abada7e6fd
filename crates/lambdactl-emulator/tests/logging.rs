//! What the log holds: a line for each request, and no secret.

mod common;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use common::{FUNCTIONS, Service, with, zip_function};
use reqwest::Method;
use serde_json::json;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Alone in its file: the log is the whole process's.
#[tokio::test]
async fn log_has_a_line_for_each_request_and_no_environment_value() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();

    let service = Service::in_memory().await;
    let secret = "secret-value";
    let variables =
        |name: &str, value: &str| with(zip_function("resize"), json!({"Environment": {"Variables": {name: value}}}));
    service.created(&variables("TOKEN", secret)).await;
    service.create(&variables("TOKEN", secret)).await;
    // Its answer holds the value, as the service's does.
    service.create(&variables("TOKEN", &secret.repeat(400))).await;
    service.create(&variables("no-name", secret)).await;
    service.send(Method::POST, FUNCTIONS, format!("{{\"TOKEN\": {secret}")).await;
    service.get(&format!("{FUNCTIONS}/resize?Qualifier={secret}")).await;

    let log = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
    let lines = |status: &str| {
        let ours = log.lines().filter(|line| line.contains("lambdactl_emulator"));
        ours.filter(|line| line.contains("method=POST") && line.contains(status)).count()
    };
    assert_eq!((lines("status=201"), lines("status=409"), lines("status=400")), (1, 1, 3), "{log}");
    let ours: Vec<&str> = log.lines().filter(|line| line.contains("lambdactl_emulator")).collect();
    assert!(!ours.iter().any(|line| line.contains(secret)), "{log}");
}
