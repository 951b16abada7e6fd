//! Small HTTP servers of the standard library: one that gives fixed answers, one that counts on the way to another.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server that keeps the requests that reach it. It ends with the test's process.
pub struct Recorder {
    /// Where it answers.
    pub endpoint: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    /// Gives every request the answer that `answer` makes of it.
    pub fn start(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::serve(move |request| answer(&String::from_utf8_lossy(request)).into_bytes())
    }

    /// Passes every request on to another server, given as `127.0.0.1:PORT`.
    pub fn in_front_of(address: &str) -> Self {
        let address = address.to_owned();
        Self::serve(move |request| forward(&address, request))
    }

    /// Passes every request on to another server, and loses every tenth answer on the way back.
    pub fn lossy_in_front_of(address: &str) -> Self {
        let address = address.to_owned();
        let count = AtomicUsize::new(0);
        Self::serve(move |request| {
            let answer = forward(&address, request);
            if count.fetch_add(1, Ordering::Relaxed) % 10 == 9 { Vec::new() } else { answer }
        })
    }

    /// Stands in front of another server: `answer` is given each request, and what asks the other server.
    pub fn between(
        address: &str,
        answer: impl Fn(&str, &dyn Fn() -> String) -> String + Send + Sync + 'static,
    ) -> Self {
        let address = address.to_owned();
        Self::serve(move |request| {
            let ask = || String::from_utf8_lossy(&forward(&address, request)).into_owned();
            answer(&String::from_utf8_lossy(request), &ask).into_bytes()
        })
    }

    fn serve(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (kept, answer, mut stream) = (Arc::clone(&kept), Arc::clone(&answer), stream.unwrap());
                std::thread::spawn(move || {
                    let request = read_request(&mut stream);
                    kept.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
                    let _ = stream.write_all(&answer(&request));
                });
            }
        });
        Self { endpoint, requests }
    }

    /// Returns the requests so far, heads and bodies.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Returns the first lines of the requests so far.
    pub fn lines(&self) -> Vec<String> {
        self.requests().iter().map(|request| request.lines().next().unwrap_or_default().to_owned()).collect()
    }

    /// Forgets the requests so far.
    pub fn clear(&self) {
        self.requests.lock().unwrap().clear();
    }
}

/// Makes an answer.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

/// Makes the service's answer for a function that does not exist.
pub fn not_found() -> String {
    let body = r#"{"Type":"User","Message":"Function not found"}"#;
    answer("404 Not Found", "x-amzn-ErrorType: ResourceNotFoundException\r\n", body)
}

/// Whether anything answers a GET with status 200.
pub fn is_up(address: &str, path: &str) -> bool {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    forward(address, request.as_bytes()).starts_with(b"HTTP/1.1 200")
}

fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 65536];
    loop {
        let count = stream.read(&mut buffer).unwrap_or(0);
        bytes.extend_from_slice(&buffer[..count]);
        if count == 0 || is_whole(&bytes) {
            return bytes;
        }
    }
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    request.len() >= end + 4 + length.unwrap_or(0)
}

/// Sends a request to another server and returns its answer, one connection for each.
fn forward(address: &str, request: &[u8]) -> Vec<u8> {
    let mut response = Vec::new();
    let mut exchange = || -> std::io::Result<()> {
        let mut upstream = TcpStream::connect(address)?;
        upstream.set_read_timeout(Some(Duration::from_secs(60)))?;
        // So that the end of the answer is the end of the connection, for the caller as well.
        let end = request.windows(2).position(|window| window == b"\r\n").unwrap_or(0);
        upstream.write_all(&request[..end])?;
        upstream.write_all(b"\r\nConnection: close")?;
        upstream.write_all(&request[end..])?;
        upstream.read_to_end(&mut response)?;
        Ok(())
    };
    match exchange() {
        Ok(()) => response,
        Err(_) => Vec::new(),
    }
}

/// Sends a request without a body and returns the body of the answer.
pub fn send(endpoint: &str, method: &str, path: &str) -> String {
    let host = endpoint.trim_start_matches("http://");
    exchange(host, &format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
}

/// Sends a whole request to `127.0.0.1:PORT` and returns the body of the answer.
pub fn exchange(host: &str, request: &str) -> String {
    try_exchange(host, request).expect("an answer")
}

/// The same with a server that may break off.
pub fn try_exchange(host: &str, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(host).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}
