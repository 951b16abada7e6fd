//! Who is refused by the served emulator: callers of another name, and web pages of another origin.

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;

use common::{FUNCTIONS, Service, image_function};
use reqwest::StatusCode;

fn raw(service: &Service, request: &str) -> String {
    let endpoint = service.emulator.endpoint();
    let mut stream = TcpStream::connect(endpoint.trim_start_matches("http://")).expect("connects");
    stream.write_all(request.as_bytes()).expect("sends");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_names_and_origins_are_refused_at_every_route() {
    let service = Service::in_memory().await;
    let body = image_function("resize").to_string();
    let body = format!("Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let routes = [
        "GET /2015-03-31/functions",
        "POST /2015-03-31/functions",
        "OPTIONS /2015-03-31/functions",
        "GET /code/0000000000000000000000000000000000000000000000000000000000000000.zip",
        "GET /_emulator/requests",
        "DELETE /_emulator/requests",
        "PUT /bucket/key",
        "POST /",
        "GET /nowhere",
    ];
    for route in routes {
        for headers in [
            "Host: evil.example\r\n",
            "Host: 127.0.0.1.evil.com\r\n",
            "Host: \r\n",
            "",
            "Host: localhost\r\nOrigin: https://evil.example\r\n",
            "Host: localhost\r\nOrigin: null\r\n",
            "Host: localhost\r\nOrigin: http://127.0.0.1\r\nAccess-Control-Request-Method: POST\r\n",
            "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n",
        ] {
            let answer = raw(&service, &format!("{route} HTTP/1.1\r\n{headers}{body}"));
            assert!(answer.starts_with("HTTP/1.1 403 "), "{route} {headers}: {answer}");
            assert!(!answer.to_ascii_lowercase().contains("access-control"), "{answer}");
            assert!(!answer.contains("evil"), "{answer}");
        }
    }
    // Nothing was done, and nothing was counted.
    assert!(service.emulator.requests().is_empty());
    assert_eq!(service.get(&format!("{FUNCTIONS}/resize")).await.status, StatusCode::NOT_FOUND);
}

/// Many clients write all of a request before they read.
#[tokio::test(flavor = "multi_thread")]
async fn caller_of_a_wrong_name_sees_why_however_long_its_body() {
    let service = Service::in_memory().await;
    let body = " ".repeat(20_000_000);
    let head = format!("Host: emulator\r\nConnection: close\r\nContent-Length: {}", body.len());
    let answer = raw(&service, &format!("POST {FUNCTIONS} HTTP/1.1\r\n{head}\r\n\r\n{body}"));
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("Host must be 127.0.0.1"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_this_machine_are_answered() {
    let service = Service::in_memory().await;
    for host in ["127.0.0.1:4567", "LOCALHOST", "[::1]:80", "localhost:4567\r\nOrigin: http://localhost:4567"] {
        let answer = raw(&service, &format!("GET {FUNCTIONS} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 200 "), "{host}: {answer}");
    }
}
