//! An emulator in memory and a plain client for it.

#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod mappings;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_emulator::{Emulator, EmulatorOptions};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-role";
pub(crate) const FUNCTIONS: &str = "/2015-03-31/functions";

pub(crate) struct Service {
    pub(crate) emulator: Emulator,
    pub(crate) client: reqwest::Client,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Service {
    pub(crate) async fn in_memory() -> Self {
        Self::start(EmulatorOptions { account: ACCOUNT.to_owned(), ..Default::default() }).await
    }

    pub(crate) async fn start(options: EmulatorOptions) -> Self {
        let emulator = Emulator::start(options).await.expect("starts");
        let client = reqwest::Client::builder().no_proxy().build().expect("client");
        Service { emulator, client }
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send_as("us-east-1", method, path, body).await
    }

    pub(crate) async fn send_as(&self, region: &str, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        answer(self.request(region, method, path).body(body.into())).await
    }

    /// Sends a request with members in headers.
    pub(crate) async fn send_with(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let request = self.request("us-east-1", method, path);
        answer(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(body.into()))
            .await
    }

    fn request(&self, region: &str, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.emulator.endpoint());
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential=KEY/20260101/{region}/lambda/aws4_request, Signature=0");
        self.client.request(method, url).header("authorization", authorization)
    }

    /// Sends a request of the JSON 1.1 protocol, whose operation stands in a header.
    pub(crate) async fn target(&self, target: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = self.client.post(self.emulator.endpoint()).header("x-amz-target", target);
        answer(request.header("content-type", "application/x-amz-json-1.1").body(body.into())).await
    }

    /// Sends a form that is signed for a service.
    pub(crate) async fn form(&self, service: &str, form: &str) -> Answer {
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/{service}/aws4_request, Signature=0");
        let request = self.client.post(self.emulator.endpoint()).header("authorization", authorization);
        answer(request.body(form.to_owned())).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "").await
    }

    pub(crate) async fn create(&self, body: &Value) -> Answer {
        self.send(Method::POST, FUNCTIONS, body.to_string()).await
    }

    /// Creates a function that must be accepted.
    pub(crate) async fn created(&self, body: &Value) -> Value {
        let answer = self.create(body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.json()
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("answers");
    Answer {
        status: response.status(),
        headers: response.headers().clone(),
        bytes: response.bytes().await.expect("whole body").to_vec(),
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("{}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn class(&self) -> &str {
        let class = self.headers.get("x-amzn-errortype").expect("an error");
        class.to_str().expect("text")
    }

    /// The text of an error, under either key.
    pub(crate) fn message(&self) -> String {
        let body = self.json();
        let message = body.get("message").or_else(|| body.get("Message"));
        message.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    pub(crate) fn expect_error(&self, status: u16, class: &str, part: &str) {
        assert_eq!((self.status.as_u16(), self.class()), (status, class), "{}", self.text());
        assert!(self.message().contains(part), "{part:?} is not in {}", self.text());
    }
}

/// A zip with one entry; the comment makes packages differ.
pub(crate) fn zip(comment: &str) -> Vec<u8> {
    // The directory's record of an empty file `n`, and the end of the directory.
    let mut bytes = b"PK\x01\x02".to_vec();
    bytes.extend([0; 24]);
    bytes.extend([1, 0]);
    bytes.extend([0; 16]);
    bytes.push(b'n');
    let length = u32::try_from(bytes.len()).expect("short");
    bytes.extend(b"PK\x05\x06");
    bytes.extend([0, 0, 0, 0, 1, 0, 1, 0]);
    bytes.extend(length.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(u16::try_from(comment.len()).expect("short").to_le_bytes());
    bytes.extend(comment.as_bytes());
    bytes
}

pub(crate) fn zip_function(name: &str) -> Value {
    json!({
        "FunctionName": name,
        "Role": ROLE,
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Code": {"ZipFile": STANDARD.encode(zip(""))},
    })
}

pub(crate) fn image_function(name: &str) -> Value {
    json!({
        "FunctionName": name,
        "Role": ROLE,
        "PackageType": "Image",
        "Code": {"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:latest"},
    })
}

/// A body with some members replaced, or removed where the new value is null.
pub(crate) fn with(mut body: Value, members: Value) -> Value {
    for (name, value) in members.as_object().expect("an object") {
        if value.is_null() {
            body.as_object_mut().expect("an object").remove(name);
        } else {
            body[name] = value.clone();
        }
    }
    body
}

pub(crate) fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}
