//! Clients that are slow, or never say what they want: they keep the emulator from nobody, and not from its end.

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use common::{FUNCTIONS, Service, image_function};
use lambdactl_emulator::{Emulator, EmulatorOptions, Fault, Faults, Limits};
use reqwest::StatusCode;

const HOST: &str = "Host: 127.0.0.1\r\n";

/// What a client says before it falls silent.
fn beginnings() -> [String; 5] {
    [
        String::new(),
        "GET /20".to_owned(),
        format!("GET {FUNCTIONS} HTTP/1.1\r\n{HOST}X-A: "),
        format!("POST {FUNCTIONS} HTTP/1.1\r\n{HOST}Content-Length: 100\r\n\r\n{{"),
        format!("POST {FUNCTIONS} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
    ]
}

/// Connects, says something, and waits until the other side has certainly read it.
async fn slow(emulator: &Emulator, text: &str) -> TcpStream {
    let endpoint = emulator.endpoint();
    let mut stream = TcpStream::connect(endpoint.trim_start_matches("http://")).expect("connects");
    stream.write_all(text.as_bytes()).expect("sends");
    tokio::time::sleep(Duration::from_millis(50)).await;
    stream
}

/// Reads until the other side closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    let read = move || {
        let mut bytes = Vec::new();
        match stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("it is still open"),
            _ => String::from_utf8_lossy(&bytes).into_owned(),
        }
    };
    tokio::task::spawn_blocking(read).await.expect("read")
}

fn limits(limits: Limits) -> EmulatorOptions {
    EmulatorOptions { limits, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_do_not_hold_up_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let stalls = Faults { chances: vec![(Fault::Stall, 1.0)], ..Faults::default() };
    let options = EmulatorOptions {
        data: Some(folder.path().join("state")),
        faults: stalls,
        lock_wait: Duration::ZERO,
        limits: Limits { stop: Duration::from_millis(500), ..Limits::default() },
        ..Default::default()
    };
    let emulator = Emulator::start(options.clone()).await.expect("starts");
    let mut clients = Vec::new();
    for text in beginnings() {
        clients.push(slow(&emulator, &text).await);
    }
    clients.push(slow(&emulator, &format!("GET {FUNCTIONS} HTTP/1.1\r\n{HOST}\r\n")).await);
    let began = Instant::now();
    emulator.stop().await.expect("stops");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    // The store was closed, not only left.
    Emulator::start(options).await.expect("starts again").stop().await.expect("stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn second_wish_ends_at_once() {
    let limited = limits(Limits { stop: Duration::from_secs(600), ..Limits::default() });
    let stalls = Faults { chances: vec![(Fault::Stall, 1.0)], ..Faults::default() };
    let emulator = Emulator::start(EmulatorOptions { faults: stalls, ..limited }).await.expect("starts");
    let _slow = slow(&emulator, "GET /20").await;
    let _stalled = slow(&emulator, &format!("GET {FUNCTIONS} HTTP/1.1\r\n{HOST}\r\n")).await;
    let began = Instant::now();
    emulator.stop_or(tokio::time::sleep(Duration::from_millis(100))).await.expect("stops");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn request_in_flight_is_answered_before_the_end() {
    let latency = Duration::from_millis(500);
    let service = Service::start(EmulatorOptions { latency, ..Default::default() }).await;
    let client = slow(&service.emulator, &format!("GET {FUNCTIONS} HTTP/1.1\r\n{HOST}\r\n")).await;
    service.emulator.stop().await.expect("stops");
    assert!(rest(client).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn head_and_body_have_a_time() {
    let short = Duration::from_millis(300);
    let emulator = Emulator::start(limits(Limits { head: short, body: short, ..Limits::default() })).await.expect("up");
    for text in beginnings() {
        let began = Instant::now();
        let answer = rest(slow(&emulator, &text).await).await;
        assert!(began.elapsed() < Duration::from_secs(10), "{text:?}: {:?}", began.elapsed());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{text:?}: {answer}");
    }
    // One that never falls silent has no more time.
    let mut endless = slow(&emulator, &format!("GET {FUNCTIONS} HTTP/1.1\r\n{HOST}")).await;
    let began = Instant::now();
    while endless.write_all(b"X-A: b\r\n").is_ok() {
        assert!(began.elapsed() < Duration::from_secs(10), "headers without an end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_give_way_where_there_is_no_place_left() {
    let service = Service::start(limits(Limits { connections: 4, ..Limits::default() })).await;
    let mut clients = Vec::new();
    for text in beginnings().iter().cycle().take(20) {
        clients.push(slow(&service.emulator, text).await);
    }
    for _ in 0..3 {
        let answer = tokio::time::timeout(Duration::from_secs(15), service.get(FUNCTIONS)).await;
        assert_eq!(answer.expect("is let in").status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn work_in_progress_never_gives_way() {
    let limited = limits(Limits { connections: 2, ..Limits::default() });
    let latency = Duration::from_secs(3);
    let service = Service::start(EmulatorOptions { latency, ..limited }).await;
    let (a, b) = (image_function("a"), image_function("b"));
    let work = async { tokio::join!(service.create(&a), service.create(&b)) };
    let others = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut clients = Vec::new();
        for text in beginnings() {
            clients.push(slow(&service.emulator, &text).await);
        }
        clients
    };
    let ((first, second), _clients) = tokio::join!(work, others);
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
}
