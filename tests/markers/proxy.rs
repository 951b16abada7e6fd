//! A server between lambdactl and a control plane that changes the answers on their way back.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// What came back for a request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Which call it answers: `CreateFunction` and its like, by method and path.
    pub(crate) operation: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body, where it is JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn set_json(&mut self, body: &Value) {
        self.body = body.to_string().into_bytes();
    }
}

/// What a change of answers is told: the answer, and how many answers to the same call came before.
pub(crate) type Change = dyn Fn(&mut Answer, usize) + Send + Sync;

/// Passes requests on, and answers back, each changed. Speaks HTTP/1.1 and keeps connections.
pub(crate) struct Proxy {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Answer>>>,
    stops: Arc<AtomicBool>,
}

struct Shared {
    upstream: String,
    own: String,
    honest: Box<Change>,
    change: Box<Change>,
    seen: Arc<Mutex<Vec<Answer>>>,
    stops: Arc<AtomicBool>,
}

impl Proxy {
    /// Starts one before a server at `http://127.0.0.1:PORT`.
    ///
    /// `honest` is what the control plane lacks: its part of an answer is seen as the server's own. `change` is what the
    /// test does to it.
    pub(crate) fn start(upstream: &str, honest: Box<Change>, change: Box<Change>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Answer>>> = Arc::default();
        let stops: Arc<AtomicBool> = Arc::default();
        let shared = Arc::new(Shared {
            upstream: upstream.trim_start_matches("http://").to_owned(),
            own: address.to_string(),
            honest,
            change,
            seen: Arc::clone(&seen),
            stops: Arc::clone(&stops),
        });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.stops.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // A client that goes away is none of the test's business.
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, seen, stops }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The answers as the server gave them, in order.
    pub(crate) fn seen(&self) -> Vec<Answer> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, shared: &Shared) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let request = Message::read(&mut reader, false)?;
        let mut answer = forward(&shared.upstream, &request)?;
        answer.operation = operation(&request);
        // Links of the server lead through here, too.
        let body = String::from_utf8(answer.body).map(|text| text.replace(&shared.upstream, &shared.own).into_bytes());
        answer.body = body.unwrap_or_else(|error| error.into_bytes());
        let before = {
            let mut seen = shared.seen.lock().unwrap();
            let before = seen.iter().filter(|other| other.operation == answer.operation).count();
            (shared.honest)(&mut answer, before);
            seen.push(answer.clone());
            before
        };
        (shared.change)(&mut answer, before);
        if request.first.starts_with("HEAD ") {
            answer.body.clear();
        }
        let mut head =
            format!("HTTP/1.1 {} Changed\r\ncontent-length: {}\r\n", answer.status, answer.body.len()).into_bytes();
        for (name, value) in &answer.headers {
            head.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        head.extend(b"\r\n");
        head.extend(&answer.body);
        reader.get_mut().write_all(&head).ok()?;
    }
}

/// A request or an answer.
struct Message {
    first: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    fn read(reader: &mut impl BufRead, is_head: bool) -> Option<Self> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        let first = line.trim_end().to_owned();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut message = Self { first, headers, body: Vec::new() };
        if is_head {
            return Some(message);
        }
        if message.header("transfer-encoding").is_some() {
            message.read_chunks(reader)?;
        } else {
            let length = message.header("content-length").map_or(0, |value| value.parse().unwrap());
            message.body = vec![0; length];
            reader.read_exact(&mut message.body).ok()?;
        }
        Some(message)
    }

    fn read_chunks(&mut self, reader: &mut impl BufRead) -> Option<()> {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let length = usize::from_str_radix(line.trim(), 16).ok()?;
            let mut chunk = vec![0; length + 2];
            reader.read_exact(&mut chunk).ok()?;
            if length == 0 {
                return Some(());
            }
            self.body.extend(&chunk[..length]);
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// Sends a request to a server, on a connection of its own.
fn forward(address: &str, request: &Message) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let mut head = format!("{}\r\ncontent-length: {}\r\nconnection: close\r\n", request.first, request.body.len());
    for (name, value) in &request.headers {
        if !matches!(name.as_str(), "content-length" | "connection" | "transfer-encoding") {
            head += &format!("{name}: {value}\r\n");
        }
    }
    stream.write_all(&[head.as_bytes(), b"\r\n", &request.body].concat()).ok()?;
    let answer = Message::read(&mut BufReader::new(stream), request.first.starts_with("HEAD "))?;
    let status = answer.first.split(' ').nth(1)?.parse().ok()?;
    let own = ["content-length", "connection", "transfer-encoding"];
    let headers = answer.headers.into_iter().filter(|(name, _)| !own.contains(&name.as_str())).collect();
    Some(Answer { operation: String::new(), status, headers, body: answer.body })
}

/// Names the call of a request, so that calls that nobody has thought of yet have a name, too.
fn operation(request: &Message) -> String {
    let mut words = request.first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if let Some(target) = request.header("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let path = path.split('?').next().unwrap_or_default();
    let is_dated = path.split('/').nth(1).is_some_and(|part| part.len() == 10 && part.starts_with("20"));
    match (path, is_dated) {
        ("/", _) => {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned);
            action.unwrap_or_else(|| format!("{method} /"))
        }
        (_, true) => {
            // /DATE/KIND/NAME/PART: what has a name is not named.
            let parts: Vec<&str> = path.split('/').skip(2).filter(|part| !part.is_empty()).collect();
            let named = parts.iter().enumerate().map(|(index, part)| if index == 1 { "*" } else { part });
            format!("{method} {}", named.collect::<Vec<_>>().join("/"))
        }
        (path, false) if path.starts_with("/code/") => format!("{method} the archive"),
        _ => format!("{method} an object"),
    }
}

/// Sends a request with a body of JSON, as for a region, and returns status and body.
pub(crate) fn send(endpoint: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request";
    let message = Message {
        first: format!("{method} {path} HTTP/1.1"),
        headers: vec![
            ("host".into(), endpoint.trim_start_matches("http://").into()),
            ("content-type".into(), "application/json".into()),
            ("authorization".into(), scope.into()),
        ],
        body: body.as_bytes().to_vec(),
    };
    let answer = forward(endpoint.trim_start_matches("http://"), &message).unwrap();
    (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
}
