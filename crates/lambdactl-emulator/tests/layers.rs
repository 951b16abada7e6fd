//! Layers: versions that never change, their policies, and the functions that name them.

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{ACCOUNT, Answer, FUNCTIONS, Service, members, with, zip, zip_function};
use lambdactl_emulator::EmulatorOptions;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Digest;

const LAYERS: &str = "/2018-10-31/layers";
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:layer:common";

async fn publish(service: &Service, name: &str, more: Value) -> Answer {
    let body = with(json!({ "Content": { "ZipFile": STANDARD.encode(zip("")) } }), more);
    service.send(Method::POST, &format!("{LAYERS}/{name}/versions"), body.to_string()).await
}

async fn published(service: &Service, more: Value) -> Value {
    let answer = publish(service, "common", more).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text());
    answer.json()
}

async fn delete(service: &Service, number: &str) -> Answer {
    service.send(Method::DELETE, &format!("{LAYERS}/common/versions/{number}"), "").await
}

#[tokio::test]
async fn every_publication_is_another_version_and_can_be_read() {
    let service = Service::in_memory().await;
    let first = published(&service, json!({})).await;
    assert_eq!(
        members(&first),
        ["Content", "CreatedDate", "Description", "LayerArn", "LayerVersionArn", "Version"],
        "what was not sent is not answered"
    );
    assert_eq!((&first["Version"], &first["Description"]), (&json!(1), &json!("")));
    assert_eq!((&first["LayerArn"], &first["LayerVersionArn"]), (&json!(ARN), &json!(format!("{ARN}:1"))));
    let sha256 = STANDARD.encode(sha2::Sha256::digest(zip("")));
    assert_eq!(first["Content"]["CodeSha256"], sha256.as_str());
    assert_eq!(first["Content"]["CodeSize"], zip("").len());

    let more = json!({ "Description": "d", "LicenseInfo": "MIT", "CompatibleRuntimes": ["python3.7", "go1.x"], "CompatibleArchitectures": [] });
    let second = published(&service, more).await;
    assert_eq!(second["Version"], 2, "the same content again is another version");
    assert_eq!(second["CompatibleRuntimes"], json!(["python3.7", "go1.x"]), "deprecated ones are taken");
    assert_eq!(second["CompatibleArchitectures"], json!([]));
    let read = service.get(&format!("{LAYERS}/common/versions/2")).await.json();
    assert_eq!(read, second);
    let by_arn = service.get(&format!("{LAYERS}?find=LayerVersion&Arn={ARN}:2")).await.json();
    assert_eq!(by_arn, second);
    let by_layer_arn = service.get(&format!("{LAYERS}/{ARN}/versions/2")).await.json();
    assert_eq!(by_layer_arn, second);
    let location = read["Content"]["Location"].as_str().expect("a link");
    let path = location.strip_prefix(&service.emulator.endpoint()).expect("served here");
    assert_eq!(service.get(path).await.bytes, zip(""));
}

#[tokio::test]
async fn lists_have_the_newest_version_first_and_pages() {
    let service = Service::in_memory().await;
    let none = service.get(&format!("{LAYERS}/common/versions")).await;
    assert_eq!((none.status.as_u16(), none.json()), (200, json!({ "LayerVersions": [] })));
    for number in 1..=3 {
        published(&service, json!({ "Description": number.to_string() })).await;
    }
    publish(&service, "another", json!({ "CompatibleRuntimes": ["python3.13"] })).await;
    let list = async |query: &str| service.get(&format!("{LAYERS}/common/versions{query}")).await.json();
    let numbers = |list: &Value| -> Vec<u64> {
        list["LayerVersions"].as_array().into_iter().flatten().filter_map(|row| row["Version"].as_u64()).collect()
    };
    let page = list("?MaxItems=2").await;
    assert_eq!(numbers(&page), [3, 2]);
    assert!(page["LayerVersions"][0]["Content"].is_null(), "a list has no content");
    let marker = page["NextMarker"].as_str().expect("a marker");
    let rest = list(&format!("?MaxItems=2&Marker={marker}")).await;
    assert_eq!((numbers(&rest), &rest["NextMarker"]), (vec![1], &Value::Null));
    let layers = service.get(LAYERS).await.json();
    let rows = layers["Layers"].as_array().expect("a list");
    let names: Vec<&Value> = rows.iter().map(|row| &row["LayerName"]).collect();
    assert_eq!(json!(names), json!(["another", "common"]));
    assert_eq!(rows[1]["LatestMatchingVersion"]["Version"], 3);
    let filtered = service.get(&format!("{LAYERS}?CompatibleRuntime=python3.13")).await.json();
    assert_eq!(filtered["Layers"].as_array().map(Vec::len), Some(1));
    let elsewhere = service.send_as("eu-west-1", Method::GET, LAYERS, "").await;
    assert_eq!(elsewhere.json(), json!({ "Layers": [] }));
}

#[tokio::test]
async fn numbers_go_on_after_deletion_which_is_no_error_twice() {
    let service = Service::in_memory().await;
    for _ in 0..2 {
        published(&service, json!({})).await;
    }
    for number in ["1", "2", "2", "9"] {
        assert_eq!(delete(&service, number).await.status.as_u16(), 204, "{number}");
    }
    let gone = service.get(&format!("{LAYERS}/common/versions/2")).await;
    gone.expect_error(404, "ResourceNotFoundException", "The resource you requested does not exist.");
    assert_eq!(service.get(LAYERS).await.json(), json!({ "Layers": [] }));
    assert_eq!(published(&service, json!({})).await["Version"], 3);
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let service = Service::in_memory().await;
    let (validation, invalid) = ("ValidationException", "InvalidParameterValueException");
    for (name, more, class, text) in [
        ("a.b", json!({}), validation, "Value 'a.b' at 'layerName'"),
        ("common", json!({ "Content": null }), validation, "Value null at 'content'"),
        ("common", json!({ "Description": "x".repeat(257) }), validation, "length less than or equal to 256"),
        ("common", json!({ "LicenseInfo": "x".repeat(513) }), validation, "length less than or equal to 512"),
        ("common", json!({ "CompatibleRuntimes": ["cobol"] }), validation, "Value '[cobol]' at 'compatibleRuntimes'"),
        ("common", json!({ "CompatibleArchitectures": ["mips"] }), validation, "'compatibleArchitectures'"),
        ("common", json!({ "Content": { "ZipFile": "aGVsbG8=" } }), invalid, "Could not unzip uploaded file."),
        ("common", json!({ "Content": {} }), invalid, "Please provide a source"),
    ] {
        publish(&service, name, more).await.expect_error(400, class, text);
    }
    for number in ["0", "-1"] {
        let refused = service.get(&format!("{LAYERS}/common/versions/{number}")).await;
        refused.expect_error(400, invalid, "Layer Version Cannot be less than 1");
    }
    let other = "arn:aws:lambda:us-east-1:999999999999:layer:common";
    let refused = service.get(&format!("{LAYERS}/{other}/versions/1")).await;
    assert_eq!(refused.status.as_u16(), 403);
    let nonsense = service.get(&format!("{LAYERS}?find=LayerVersion&Arn=nonsense")).await;
    nonsense.expect_error(400, validation, "Value 'nonsense' at 'arn'");
}

#[tokio::test]
async fn content_in_s3_is_copied_where_it_was_put_here() {
    let service = Service::in_memory().await;
    let authorization = "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/s3/aws4_request, Signature=0";
    let url = format!("{}/bucket/common.zip", service.emulator.endpoint());
    let put = service.client.put(url).header("authorization", authorization).body(zip("of s3")).send().await;
    assert_eq!(put.expect("an answer").status().as_u16(), 200);
    let content = |key: &str| json!({ "Content": { "ZipFile": null, "S3Bucket": "bucket", "S3Key": key } });
    let copied = published(&service, content("common.zip")).await;
    assert_eq!(copied["Content"]["CodeSha256"], STANDARD.encode(sha2::Sha256::digest(zip("of s3"))));
    let taken = published(&service, content("another.zip")).await;
    assert!(taken["Content"]["CodeSha256"].is_string() && taken["Content"]["Location"].is_null());
}

#[tokio::test]
async fn layers_are_still_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let options =
        || EmulatorOptions { data: Some(folder.path().to_owned()), account: ACCOUNT.to_owned(), ..Default::default() };
    let service = Service::start(options()).await;
    let mut before = published(&service, json!({})).await;
    service.emulator.stop().await.expect("stops");
    let service = Service::start(options()).await;
    let mut after = service.get(&format!("{LAYERS}/common/versions/1")).await.json();
    for answer in [&mut before, &mut after] {
        answer["Content"]["Location"].take();
    }
    assert_eq!(before, after);
    assert_eq!(std::fs::read_dir(folder.path().join("code")).expect("a folder").count(), 1);
    delete(&service, "1").await;
    assert_eq!(std::fs::read_dir(folder.path().join("code")).expect("a folder").count(), 0, "content goes, too");
}

#[tokio::test]
async fn functions_name_versions_that_are_there() {
    let service = Service::in_memory().await;
    published(&service, json!({})).await;
    let of = |layers: Value| with(zip_function("f"), json!({ "Layers": layers }));
    let invalid = "InvalidParameterValueException";
    let many: Vec<String> =
        (0..6).map(|index| format!("arn:aws:lambda:us-east-1:999999999999:layer:l{index}:1")).collect();
    for (layers, text) in [
        (json!(many), "Cannot reference more than 5 layers."),
        (
            json!([format!("{ARN}:1"), format!("{ARN}:2")]),
            "Two different versions of the same layer are not allowed to be referenced in the same function. arn:",
        ),
        (
            json!([format!("{ARN}:2")]),
            "Layer version arn:aws:lambda:us-east-1:123456789012:layer:common:2 does not exist.",
        ),
        (
            json!(["arn:aws:lambda:eu-west-1:123456789012:layer:common:1"]),
            "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
        ),
    ] {
        service.create(&of(layers)).await.expect_error(400, invalid, text);
    }
    let others = "arn:aws:lambda:us-east-1:999999999999:layer:others:7";
    service.created(&of(json!([format!("{ARN}:1"), others]))).await;
    let settings = |layers: Value| {
        let path = format!("{FUNCTIONS}/f/configuration");
        let service = &service;
        async move { service.send(Method::PUT, &path, json!({ "Layers": layers }).to_string()).await }
    };
    settings(json!([format!("{ARN}:2")])).await.expect_error(400, invalid, "does not exist.");
    delete(&service, "1").await;
    let function = service.get(&format!("{FUNCTIONS}/f")).await.json();
    assert_eq!(function["Configuration"]["Layers"][0]["Arn"], format!("{ARN}:1"), "it keeps a version that is gone");
    settings(json!([format!("{ARN}:1")])).await.expect_error(400, invalid, "does not exist.");
    assert_eq!(settings(json!([others])).await.status.as_u16(), 200);
}

#[tokio::test]
async fn policy_belongs_to_one_version() {
    let service = Service::in_memory().await;
    published(&service, json!({})).await;
    let policy = |number: u64| format!("{LAYERS}/common/versions/{number}/policy");
    let statement = |id: &str, more: Value| {
        with(json!({ "StatementId": id, "Action": "lambda:GetLayerVersion", "Principal": ACCOUNT }), more).to_string()
    };
    let add =
        async |query: &str, body: String| service.send(Method::POST, &format!("{}{query}", policy(1)), body).await;
    let missing = "ResourceNotFoundException";
    service.get(&policy(1)).await.expect_error(404, missing, "No policy is associated with the given resource.");
    let text = format!("Layer version {ARN}:2 does not exist.");
    service.get(&policy(2)).await.expect_error(404, missing, &text);
    let absent = service.send(Method::POST, &policy(2), statement("a", json!({}))).await;
    absent.expect_error(404, missing, &text);

    let added = add("", statement("a", json!({}))).await;
    assert_eq!(added.status.as_u16(), 201);
    let answer = added.json();
    let revision = answer["RevisionId"].as_str().expect("a revision").to_owned();
    let said: Value = serde_json::from_str(answer["Statement"].as_str().expect("a text")).expect("JSON");
    assert_eq!(said["Principal"], json!({ "AWS": "arn:aws:iam::123456789012:root" }));
    assert_eq!(said["Resource"], format!("{ARN}:1"));
    let conflict = "The statement id (a) provided already exists.";
    add("", statement("a", json!({}))).await.expect_error(409, "ResourceConflictException", conflict);
    let stale = "?RevisionId=00000000-0000-0000-0000-000000000000";
    let moved = add(stale, statement("b", json!({}))).await;
    moved.expect_error(412, "PreconditionFailedException", "Call the GetLayerPolicy API");
    let organization = json!({ "Principal": "*", "OrganizationId": "o-abc1234567" });
    assert_eq!(add(&format!("?RevisionId={revision}"), statement("b", organization)).await.status.as_u16(), 201);
    let wrong = statement("c", json!({ "Action": "lambda:*" }));
    add("", wrong).await.expect_error(400, "ValidationException", "at 'action'");
    let nobody = statement("c", json!({ "Principal": "nobody" }));
    add("", nobody).await.expect_error(400, "InvalidParameterValueException", "The provided principal was invalid.");

    let read = service.get(&policy(1)).await.json();
    let whole: Value = serde_json::from_str(read["Policy"].as_str().expect("a text")).expect("JSON");
    assert_eq!(whole["Statement"].as_array().map(Vec::len), Some(2));
    assert_eq!(whole["Statement"][1]["Condition"], json!({ "StringEquals": { "aws:PrincipalOrgID": "o-abc1234567" } }));
    let remove = async |id: &str| service.send(Method::DELETE, &format!("{}/{id}", policy(1)), "").await;
    remove("x").await.expect_error(404, missing, "Statement x is not found in resource policy.");
    for id in ["a", "b"] {
        assert_eq!(remove(id).await.status.as_u16(), 204);
    }
    service.get(&policy(1)).await.expect_error(404, missing, "No policy is associated");
    remove("a").await.expect_error(404, missing, "No policy is associated");
}
