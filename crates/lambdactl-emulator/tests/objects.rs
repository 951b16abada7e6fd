//! Archives in the emulated Amazon S3, and functions that name them.

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{FUNCTIONS, Service, with, zip, zip_function};
use lambdactl_emulator::EmulatorOptions;
use reqwest::{Method, Response};
use serde_json::{Value, json};

const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/s3/aws4_request, Signature=0";
/// `base64(sha256)` of `zip("first")`, by another program.
const DIGEST: &str = "0Yp3hpuvxVShYN0IZncC/b9S/R91EktpVXhbzP3Fugg=";

async fn call(service: &Service, method: Method, key: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Response {
    let url = format!("{}/my-bucket/{key}", service.emulator.endpoint());
    let mut request = service.client.request(method, url).header("authorization", SIGNED).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("answers")
}

async fn put(service: &Service, key: &str, body: Vec<u8>) {
    assert_eq!(call(service, Method::PUT, key, &[], body).await.status(), 200);
}

fn from_s3(name: &str, key: &str) -> Value {
    with(zip_function(name), json!({ "Code": { "S3Bucket": "my-bucket", "S3Key": key } }))
}

async fn configuration(service: &Service) -> Value {
    service.get(&format!("{FUNCTIONS}/f/configuration")).await.json()
}

#[tokio::test]
async fn object_is_described_and_its_checksum_told_where_it_was_put_with_one() {
    let service = Service::in_memory().await;
    let missing = call(&service, Method::HEAD, "a.zip", &[], Vec::new()).await;
    assert_eq!(missing.status(), 404);
    put(&service, "plain.zip", zip("first")).await;
    let with_checksum = [("x-amz-checksum-sha256", DIGEST)];
    assert_eq!(call(&service, Method::PUT, "a.zip", &with_checksum, zip("first")).await.status(), 200);
    let wrong = call(&service, Method::PUT, "wrong.zip", &with_checksum, zip("second")).await;
    assert_eq!((wrong.status().as_u16(), wrong.text().await.expect("text").contains("BadDigest")), (400, true));
    let again = call(&service, Method::PUT, "a.zip", &[("if-none-match", "*")], zip("second")).await;
    assert_eq!(again.status(), 412);

    let enabled = [("x-amz-checksum-mode", "ENABLED")];
    let expected = [("a.zip", &enabled[..], Some(DIGEST)), ("a.zip", &[], None), ("plain.zip", &enabled, None)];
    for (key, headers, checksum) in expected {
        let head = call(&service, Method::HEAD, key, headers, Vec::new()).await;
        let text = |name: &str| head.headers().get(name).map(|value| value.to_str().expect("text"));
        assert_eq!(head.status(), 200);
        assert_eq!(text("content-length"), Some(zip("first").len().to_string().as_str()), "{key}");
        assert!(text("etag").is_some_and(|tag| tag.starts_with('"') && tag.len() == 34), "{key}");
        assert_eq!(text("x-amz-checksum-sha256"), checksum, "{key}");
        assert_eq!(text("x-amz-checksum-type"), checksum.map(|_| "FULL_OBJECT"), "{key}");
    }
    let got = call(&service, Method::GET, "a.zip", &[], Vec::new()).await;
    assert_eq!(got.bytes().await.expect("whole body"), zip("first"));
    assert_eq!(call(&service, Method::DELETE, "a.zip", &[], Vec::new()).await.status(), 204);
    assert_eq!(call(&service, Method::GET, "a.zip", &[], Vec::new()).await.status(), 404);
}

#[tokio::test]
async fn function_has_the_code_of_the_object_that_it_names() {
    let service = Service::in_memory().await;
    put(&service, "first.zip", zip("first")).await;
    put(&service, "second%20one.zip", zip("second")).await;
    let created = service.created(&from_s3("f", "first.zip")).await;
    assert_eq!((&created["CodeSha256"], &created["CodeSize"]), (&json!(DIGEST), &json!(zip("first").len())));
    // The function keeps what it was made of.
    put(&service, "first.zip", zip("third")).await;
    let location = service.get(&format!("{FUNCTIONS}/f")).await.json()["Code"]["Location"].clone();
    let code = reqwest::get(location.as_str().expect("text")).await.expect("answers");
    assert_eq!(code.bytes().await.expect("whole body"), zip("first"));
    let update = json!({ "S3Bucket": "my-bucket", "S3Key": "second one.zip" }).to_string();
    let updated = service.send(Method::PUT, &format!("{FUNCTIONS}/f/code"), update).await.json();
    assert_eq!(updated["CodeSize"], json!(zip("second").len()));
    assert_ne!(updated["CodeSha256"], created["CodeSha256"]);
    // What nobody put here counts as existing.
    service.created(&from_s3("g", "elsewhere.zip")).await;
    put(&service, "text.zip", b"no zip".to_vec()).await;
    let text = "Could not unzip uploaded file.";
    service.create(&from_s3("h", "text.zip")).await.expect_error(400, "InvalidParameterValueException", text);
}

#[tokio::test]
async fn objects_survive_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = || EmulatorOptions { data: Some(folder.path().join("state")), ..EmulatorOptions::default() };
    let service = Service::start(options()).await;
    put(&service, "kept.zip", zip("first")).await;
    put(&service, "gone.zip", zip("second")).await;
    call(&service, Method::DELETE, "gone.zip", &[], Vec::new()).await;
    service.emulator.stop().await.expect("ends");
    let service = Service::start(options()).await;
    let got = call(&service, Method::GET, "kept.zip", &[], Vec::new()).await;
    assert_eq!(got.bytes().await.expect("whole body"), zip("first"));
    assert_eq!(call(&service, Method::HEAD, "gone.zip", &[], Vec::new()).await.status(), 404);
    service.created(&from_s3("f", "kept.zip")).await;
    assert_eq!(configuration(&service).await["CodeSha256"], DIGEST);
    // Function and object share one file; it goes with the last of them.
    let files = || std::fs::read_dir(folder.path().join("state/code")).expect("a folder").count();
    assert_eq!(files(), 1);
    call(&service, Method::DELETE, "kept.zip", &[], Vec::new()).await;
    assert_eq!(files(), 1);
    service.send(Method::DELETE, &format!("{FUNCTIONS}/f"), "").await;
    assert_eq!(files(), 0);
}

/// An archive that says that each of its entries has so many bytes.
fn archive(sizes: &[u32]) -> Vec<u8> {
    let mut bytes = b"what stands before".to_vec();
    let start = bytes.len();
    for size in sizes {
        bytes.extend(b"PK\x01\x02");
        bytes.extend([0; 20]);
        bytes.extend(size.to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend([0; 14]);
        bytes.push(b'n');
    }
    let length = u32::try_from(bytes.len() - start).expect("short");
    bytes.extend(b"PK\x05\x06");
    bytes.extend([0; 8]);
    bytes.extend(length.to_le_bytes());
    bytes.extend([0; 6]);
    bytes
}

#[tokio::test]
async fn unzipped_size_has_a_limit() {
    let service = Service::in_memory().await;
    let text = "Unzipped size must be smaller than 262144000 bytes";
    let with_code = |name: &str, sizes: &[u32]| {
        with(zip_function(name), json!({ "Code": { "ZipFile": STANDARD.encode(archive(sizes)) } }))
    };
    service.created(&with_code("f", &[262_143_999, 1])).await;
    for sizes in [&[262_144_000, 1][..], &[u32::MAX], &[1, 1, 262_143_999]] {
        service.create(&with_code("g", sizes)).await.expect_error(400, "InvalidParameterValueException", text);
    }
    put(&service, "large.zip", archive(&[262_144_001])).await;
    service.create(&from_s3("g", "large.zip")).await.expect_error(400, "InvalidParameterValueException", text);
    let code = json!({ "ZipFile": STANDARD.encode(archive(&[262_144_001])) }).to_string();
    let refused = service.send(Method::PUT, &format!("{FUNCTIONS}/f/code"), code).await;
    refused.expect_error(400, "InvalidParameterValueException", text);
}

#[tokio::test]
async fn archive_without_entries_is_refused() {
    let service = Service::in_memory().await;
    let empty = with(zip_function("f"), json!({ "Code": { "ZipFile": STANDARD.encode(archive(&[])) } }));
    let text = "Uploaded file must be a non-empty zip";
    service.create(&empty).await.expect_error(400, "InvalidParameterValueException", text);
}
