//! What a server answers with, honest or not, against the client: nothing that it says can show a secret, be taken for a
//! function that it is not, or hold the client up.
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use lambdactl_aws::{CallError, Client, Connection, FunctionAnswer, Object, read_inventory};
use lambdactl_diff::{CurrentLayer, Health, Reason, Tags};
use lambdactl_schema::{Call, CreateFunctionRequest, Desired, FunctionSpec, Operation, Subject};
use serde_json::{Value, json};

const SECRET: &str = "hunter2-very-secret";
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

fn reason_of(code: &str, words: &str) -> Reason {
    Reason { code: code.into(), words: words.into() }
}

/// Serves one answer to each connection, on a port of its own, as long as the test runs. `answer` gets method and path.
fn serve(answer: impl Fn(&str, &str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || -> std::io::Result<()> {
                let mut stream = stream?;
                let head = read_request(&mut stream)?;
                let mut words = head.split(' ');
                answer(words.next().unwrap_or_default(), words.next().unwrap_or_default(), &mut stream)
            });
        }
    });
    let client = Client::new(Connection::local(&address, "us-east-1").unwrap());
    client.learn(Arc::new(desired()));
    client
}

/// Reads a request to its end and returns its head.
fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let end = loop {
        let length = stream.read(&mut buffer)?;
        bytes.extend_from_slice(&buffer[..length]);
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if length == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let mut missing = length.unwrap_or(0).saturating_sub(bytes.len() - end);
    while missing > 0 {
        missing = missing.saturating_sub(stream.read(&mut buffer)?.max(1));
    }
    Ok(String::from_utf8_lossy(&bytes[..end]).into_owned())
}

fn send(stream: &mut TcpStream, status: u16, headers: &[(&str, &str)], body: &str) -> std::io::Result<()> {
    let mut text = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{text}\r\n{body}").as_bytes())
}

/// Serves the same to everyone.
fn always(status: u16, headers: &'static [(&'static str, &'static str)], body: Value) -> Client {
    serve(move |_, _, stream| send(stream, status, headers, &body.to_string()))
}

fn request() -> CreateFunctionRequest {
    serde_json::from_value(json!({
        "FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Runtime": "python3.13", "Handler": "a.b",
        "Code": { "S3Bucket": "abc", "S3Key": "k" }, "Environment": { "Variables": { "KEY": SECRET, "PIN": "4711" } },
    }))
    .unwrap()
}

fn desired() -> Desired {
    let spec = FunctionSpec::of(request());
    Desired { functions: vec![spec], ..Desired::default() }
}

fn configuration(more: Value) -> Value {
    let mut all = json!({
        "FunctionName": "f", "FunctionArn": ARN, "Runtime": "python3.13", "State": "Active", "RevisionId": "1",
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

#[tokio::test]
async fn no_text_of_an_error_repeats_a_secret() {
    const INVALID: (&str, &str) = ("x-amzn-errortype", "InvalidParameterValueException");
    let texts: [(&'static [(&str, &str)], Value); 6] = [
        (&[INVALID], json!({ "message": format!("env {SECRET}") })),
        (&[INVALID], json!({ "Message": "KEY aHVudGVyMi12ZXJ5LXNlY3JldA==" })),
        (&[INVALID], json!({ "Message": "PIN is 4711" })),
        (&[("x-amzn-errortype", "Bad-hunter2-very-secret")], json!({ "message": "no" })),
        (&[], json!({ "__type": format!("x#{SECRET}"), "message": "no" })),
        (&[("x-amzn-errortype", "A"), ("x-amzn-requestid", "id-hunter2-very-secret")], json!({ "message": "no" })),
    ];
    for (headers, body) in texts {
        let client = always(400, headers, body);
        let call = Call::new(Operation::UpdateFunctionConfiguration, Subject::function("f"));
        let call = call.with_all(request().members());
        for error in [
            client.create_function(&request(), None).await.unwrap_err(),
            client.get_function("f").await.unwrap_err(),
            client.change(&call, None, None).await.unwrap_err(),
            client.delete_function("f").await.unwrap_err(),
        ] {
            let shown = format!("{error} {error:?} {}", error.code());
            for secret in ["hunter2-", "aHVudGVy", "4711"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn reasons_of_states_repeat_no_secret() {
    let reason = format!("bad env {SECRET}");
    let failed = json!({ "State": "Failed", "StateReason": reason, "StateReasonCode": "InvalidImage" });
    let answer = always(201, &[], configuration(failed)).create_function(&request(), None).await.unwrap();
    assert_eq!(answer.health, Health::Failed(reason_of("InvalidImage", "bad env (sensitive)")));

    let update = json!({
        "LastUpdateStatus": "Failed", "LastUpdateStatusReason": reason, "LastUpdateStatusReasonCode": SECRET,
    });
    let body = json!({ "Configuration": configuration(update), "TagsError": { "Message": format!("no {SECRET}") } });
    let function = always(200, &[], body).get_function("f").await.unwrap().unwrap();
    assert_eq!(function.tags, Tags::Unknown("no (sensitive)".into()));
    let health = FunctionAnswer::of(&function).health;
    assert_eq!(health, Health::UpdateFailed(reason_of("", "bad env (sensitive)")));
}

#[tokio::test]
async fn what_the_account_keeps_secret_is_kept_too() {
    let members = json!({
        "Environment": { "Variables": { "OLD": "an-older-secret" } },
        "State": "Failed", "StateReason": "an-older-secret", "StateReasonCode": "A",
    });
    let client = always(200, &[], json!({ "Configuration": configuration(members) }));
    let health = client.function_state("f").await.unwrap().health;
    assert_eq!(health, Health::Failed(reason_of("A", "(sensitive)")));
}

#[tokio::test]
async fn only_the_function_that_was_asked_for_is_believed() {
    let with = |more: Value| json!({ "Configuration": configuration(more) });
    let other_name = "arn:aws:lambda:us-east-1:123456789012:function:other";
    let other_place = "arn:aws:lambda:eu-west-1:123456789012:function:f";
    for (body, what) in [
        (json!({}), "no configuration"),
        (json!({ "Configuration": null }), "no configuration"),
        (json!({ "Configuration": [] }), "no configuration"),
        (json!({ "Configuration": {} }), "without a function's ARN"),
        (with(json!({ "Runtime": 12 })), "`Runtime` of another type"),
        (with(json!({ "FunctionName": "other" })), "ARN is not its own"),
        (with(json!({ "FunctionName": "other", "FunctionArn": other_name })), "another function"),
        (with(json!({ "FunctionArn": SECRET })), "ARN is not its own"),
        (with(json!({ "FunctionArn": other_place })), "another region"),
    ] {
        let client = always(200, &[], body);
        let error = client.get_function("f").await.unwrap_err();
        assert!(error.to_string().contains(what) && error.code() == "UnexpectedAnswer", "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
        // Something that says yes to a change may have made it.
        assert!(client.create_function(&request(), None).await.unwrap_err().is_ambiguous());
    }
}

#[tokio::test]
async fn created_function_is_the_one_that_was_asked_for() {
    let other = "arn:aws:lambda:us-east-1:123456789012:function:other";
    for odd in [json!({}), json!({ "FunctionArn": other, "State": "Active" }), json!({ "FunctionName": "f" })] {
        let error = always(201, &[], odd).create_function(&request(), None).await.unwrap_err();
        assert!(error.is_ambiguous() && error.code() == "UnexpectedAnswer", "{error}");
    }
    let answer = always(201, &[], json!({ "State": "Active" })).create_function(&request(), None).await.unwrap();
    assert_eq!((answer.arn, answer.health), (None, Health::Ready));
}

#[tokio::test]
async fn account_is_that_of_the_credentials() {
    let client = serve(|method, _, stream| match method {
        "POST" => send(stream, 200, &[], "<Account>111122223333</Account>"),
        _ => send(stream, 200, &[], &json!({ "Configuration": configuration(json!({})) }).to_string()),
    });
    assert_eq!(client.account().await.unwrap(), "111122223333");
    let error = client.get_function("f").await.unwrap_err();
    assert!(error.to_string().contains("another account"), "{error}");
    let client = serve(|_, _, stream| send(stream, 200, &[], &format!("<Account>{SECRET}</Account>")));
    assert!(!client.account().await.unwrap_err().to_string().contains("hunter2"));
}

#[tokio::test]
async fn lists_are_lists_of_functions_and_have_an_end() {
    for (body, what) in [
        (json!({}), "no list of functions"),
        (json!({ "Functions": {} }), "no list of functions"),
        (json!({ "Functions": ["f"] }), "a list of something else"),
        (json!({ "Functions": [{}] }), "without a function's ARN"),
        (json!({ "Functions": [], "NextMarker": "again" }), "a list without an end"),
    ] {
        let client = always(200, &[], body);
        let error = read_inventory(&client, |_| true, false, 1).await.unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(client.calls() <= 2);
    }
}

#[tokio::test]
async fn endless_answer_is_given_up() {
    for status in [200, 400, 500] {
        let client = serve(move |_, _, stream| {
            write!(stream, "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n\r\n")?;
            // More than anybody reads, and an end for the test's own sake.
            (0..64).try_for_each(|_| stream.write_all(&vec![b' '; 1 << 20]))
        });
        let error = client.get_function("f").await.unwrap_err();
        assert!(error.to_string().contains("more than 16 MB"), "{error}");
        assert_eq!(client.calls(), 1);
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let client = always(status, &[("location", "http://127.0.0.1:1/")], json!({}));
        let error = client.create_function(&request(), None).await.unwrap_err();
        assert!(matches!(error, CallError::NotJson { .. }), "{error}");
        assert_eq!(client.calls(), 1);
    }
}

#[tokio::test]
async fn download_shows_neither_its_link_nor_what_came() {
    let client = serve(|_, path, stream| {
        if path.starts_with("/code") {
            return send(stream, 403, &[], SECRET);
        }
        let link = format!("http://{}/code?X-Amz-Signature=CANARY", stream.local_addr()?);
        let body = json!({ "Configuration": configuration(json!({})), "Code": { "Location": link } });
        send(stream, 200, &[], &body.to_string())
    });
    let error = client.download_code("f").await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("403") && !shown.contains("CANARY") && !shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn errors_of_the_way_have_a_help_of_their_own() {
    let client = serve(|_, _, stream| send(stream, 407, &[], "Proxy Authentication Required"));
    let error = client.get_function("f").await.unwrap_err();
    assert!(error.help().is_some_and(|help| help.contains("HTTPS_PROXY")), "{:?}", error.help());
    let client = always(403, &[("x-amzn-errortype", "RequestTimeTooSkewed")], json!({ "message": "skewed" }));
    let error = client.get_function("f").await.unwrap_err();
    assert!(error.help().is_some_and(|help| help.contains("clock")), "{:?}", error.help());
}

#[tokio::test]
async fn archives_go_into_a_bucket_of_the_owner_only() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heads = std::thread::spawn(move || {
        [404, 200].map(|status| {
            let (mut stream, _) = listener.accept().unwrap();
            let head = read_request(&mut stream).unwrap();
            send(&mut stream, status, &[], "").unwrap();
            head.to_lowercase()
        })
    });
    let client = Client::new(Connection::local(&address, "us-east-1").unwrap());
    let object = Object { bucket: "abc", key: "k", kms_key: None, owner: Some("123456789012") };
    assert!(client.put_archive(object, b"zip", &|_| ()).await.unwrap());
    for head in heads.join().unwrap() {
        assert!(head.contains("x-amz-expected-bucket-owner: 123456789012\r\n"), "{head}");
        // Nobody on the way can take it out.
        assert!(
            head.contains("x-amz-expected-bucket-owner;") || head.contains(";x-amz-expected-bucket-owner"),
            "{head}"
        );
    }
}

#[tokio::test]
async fn version_of_a_layer_is_the_one_that_was_asked_for() {
    const LAYER: &str = "arn:aws:lambda:us-east-1:123456789012:layer:common";
    let version = |more: Value| {
        let mut all = json!({ "LayerVersionArn": format!("{LAYER}:2"), "Version": 2, "Content": { "CodeSha256": "s", "CodeSize": 9,
            "Location": "https://signed" }, "Description": "d", "CreatedDate": "now" });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let account = |list: Value, version: Value| {
        serve(move |_, path, stream| {
            let body = if path.contains("/versions/") { &version } else { &list };
            send(stream, 200, &[], &body.to_string())
        })
    };
    let list = json!({ "LayerVersions": [{ "Version": 2 }, { "Version": 1 }] });
    let honest = account(list.clone(), version(json!({}))).layer("common").await.unwrap();
    let CurrentLayer::Newest(newest) = honest else { panic!("{honest:?}") };
    assert_eq!((newest.number, newest.code_sha256.as_str(), newest.code_size), (2, "s", Some(9)));
    assert_eq!(json!(newest.members), json!({ "Description": "d" }), "nothing else, and no link");
    let none = account(json!({ "LayerVersions": [] }), json!({})).layer("common").await.unwrap();
    assert_eq!(none, CurrentLayer::None);
    for (list, answer, what) in [
        (list.clone(), version(json!({ "LayerVersionArn": LAYER })), "without its ARN"),
        (list.clone(), version(json!({ "Version": 1 })), "another layer"),
        (list.clone(), version(json!({ "LayerVersionArn": LAYER.replace("common", "other") + ":2" })), "another layer"),
        (
            list.clone(),
            version(json!({ "LayerVersionArn": LAYER.replace("us-east-1", "eu-west-1") + ":2" })),
            "another region",
        ),
        (list.clone(), version(json!({ "Content": {} })), "without a digest"),
        (json!({ "LayerVersions": [{}] }), json!({}), "without a number"),
        (json!({}), json!({}), "no list of layer versions"),
    ] {
        let error = account(list, answer).layer("common").await.unwrap_err();
        assert!(matches!(&error, CallError::Unexpected { .. }) && error.to_string().contains(what), "{what}: {error}");
    }
    let refused = always(403, &[("x-amzn-errortype", "AccessDeniedException")], json!({ "Message": "no" }));
    assert_eq!(refused.layer("common").await.unwrap_err().code(), "AccessDeniedException");
    // A yes to whatever it was is no answer to a publication: whether it was executed is looked up.
    let call = Call::new(Operation::PublishLayerVersion, Subject::layer("common"));
    let error = always(201, &[], json!({ "ok": true })).publish_layer(&call, None).await.unwrap_err();
    assert!(error.is_ambiguous(), "{error}");
    always(404, &[("x-amzn-errortype", "ResourceNotFoundException")], json!({}))
        .delete_layer_version("common", 1)
        .await
        .unwrap();
}
