//! A control plane inside the process: the same answers, and nobody else can ask.

mod common;

use axum::http::{Method, Request, StatusCode};
use common::{ACCOUNT, FUNCTIONS, zip, zip_function};
use lambdactl_emulator::{Embedded, EmulatorOptions};
use serde_json::Value;

async fn ask(embedded: &Embedded, method: Method, address: &str, body: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::builder().method(method).uri(address).body(body.as_bytes().to_vec()).expect("a request");
    let answer = embedded.answer(request).await;
    (answer.status(), answer.into_body())
}

#[tokio::test]
async fn it_answers_calls_and_links_and_listens_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = EmulatorOptions { data: Some(folder.path().join("state")), ..Default::default() };
    let embedded = Embedded::open(options).await.expect("opens");
    let functions = format!("{}{FUNCTIONS}", Embedded::ENDPOINT);
    let (status, _) = ask(&embedded, Method::POST, &functions, &zip_function("resize").to_string()).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, body) = ask(&embedded, Method::GET, &format!("{functions}/resize"), "").await;
    assert_eq!(status, StatusCode::OK);
    let answer: Value = serde_json::from_slice(&body).expect("JSON");
    let arn = answer["Configuration"]["FunctionArn"].as_str().expect("an ARN");
    assert_eq!(arn, format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:resize"));
    let link = answer["Code"]["Location"].as_str().expect("a link");
    assert_eq!(ask(&embedded, Method::GET, link, "").await, (StatusCode::OK, zip("")));

    #[cfg(target_os = "linux")]
    assert_eq!(listening(), Vec::<String>::new());

    embedded.close();
    let (status, _) = ask(&embedded, Method::GET, &functions, "").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
}

/// The sockets of this process that others can connect to.
#[cfg(target_os = "linux")]
fn listening() -> Vec<String> {
    let own: Vec<String> = std::fs::read_dir("/proc/self/fd")
        .expect("a folder")
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    let tables = ["tcp", "tcp6"].map(|name| std::fs::read_to_string(format!("/proc/self/net/{name}")));
    let lines = tables.iter().flatten().flat_map(|table| table.lines());
    // The fourth column is the state, and 0A is "listens"; the tenth is the socket's number.
    let listening = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    let listening = listening.filter(|columns| columns.get(3) == Some(&"0A"));
    listening.filter_map(|columns| Some((*columns.get(9)?).to_owned())).filter(|inode| own.contains(inode)).collect()
}
