//! What holds for every answer of a service, whatever its status, headers and body are.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use lambdactl_aws::{CallError, Client, Connection, Extent, ReadError, read_current, read_inventory};
use lambdactl_diff::CurrentState;

use crate::account::check_state;
use crate::desired::{DESIRED, assert_hides};

/// What every request is answered with: status, headers, body.
static ANSWER: Mutex<(u16, Vec<u8>, Vec<u8>)> = Mutex::new((200, Vec::new(), Vec::new()));

/// Statuses; those that are tried again for minutes come in other ways.
const STATUSES: [u16; 8] = [200, 201, 204, 302, 400, 403, 404, 409];

/// A client of a server that gives the answer.
static CLIENT: LazyLock<(tokio::runtime::Runtime, Client)> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let connection = Connection::local(&endpoint, "us-east-1").expect("a local address");
    (runtime.expect("a runtime"), Client::new(connection))
});

fn serve(stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().ok()?
                }
                None if line.trim().is_empty() => break,
                _ => {}
            }
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        let (status, headers, body) = ANSWER.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len()).into_bytes();
        answer.extend(headers);
        answer.extend(b"\r\n");
        answer.extend(body);
        reader.get_mut().write_all(&answer).ok()?;
    }
}

/// Takes a text as an answer: a byte for the status, a line for the class and the request id, and the body. Panics when
/// something does not hold of what the client makes of it.
pub(crate) fn check(text: &[u8]) {
    let Some((status, rest)) = text.split_first() else { return };
    let (line, body) = rest.split_at(rest.iter().position(|byte| *byte == b'\n').unwrap_or(0));
    let mut headers = Vec::new();
    if !line.is_empty() {
        for name in ["x-amzn-errortype", "x-amzn-requestid", "location", "retry-after"] {
            headers.extend([name.as_bytes(), b": ", line, b"\r\n"].concat());
        }
    }
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    *ANSWER.lock().unwrap_or_else(PoisonError::into_inner) = (status, headers, body.to_vec());
    let (runtime, client) = &*CLIENT;
    runtime.block_on(async {
        // A wait for a better answer is an end, too: the caller bounds it.
        let _ = tokio::time::timeout(Duration::from_millis(100), calls(client)).await;
    });
}

async fn calls(client: &Client) {
    let request = &DESIRED.functions[0].request;
    if let Err(error) = client.create_function(request, None).await {
        check_error(&error);
    }
    // What was not answered to another's secret is not known to be one.
    match read_current(client, &DESIRED, &Extent::default(), 4).await {
        Ok(state) => check_state(&state),
        Err(ReadError::Call(error)) => check_shape(&error),
        Err(ReadError::WrongAccount { .. }) => {}
    }
    if let Ok(CurrentState { functions, .. }) = read_inventory(client, |_| true, true, 4).await {
        assert!(functions.values().all(|function| !format!("{function:?}").is_empty()));
    }
    let _ = client.get_code_signing("f").await;
    let _ = client.account().await;
}

/// An error of a call that knows the request's values.
fn check_error(error: &CallError) {
    check_shape(error);
    assert_hides(&format!("{error} {} {:?}", error.code(), error.help()));
}

/// A class is a word, and so is a request id.
fn check_shape(error: &CallError) {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let is_word = |text: &str| text.chars().count() <= 128 && text.chars().all(is_plain);
    assert!(is_word(error.code()), "{:?}", error.code());
    if let CallError::Service(error) = error {
        assert!(error.request_id.as_deref().is_none_or(is_word), "{:?}", error.request_id);
    }
}
