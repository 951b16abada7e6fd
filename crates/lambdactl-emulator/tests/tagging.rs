//! GetResources of the tagging API.

mod common;

use common::{ACCOUNT, Service, with, zip_function};
use reqwest::StatusCode;
use serde_json::{Value, json};

async fn ask(service: &Service, body: Value) -> (StatusCode, Value) {
    ask_as(service, "us-east-1", body).await
}

async fn ask_as(service: &Service, region: &str, body: Value) -> (StatusCode, Value) {
    send(service, region, "ResourceGroupsTaggingAPI_20170126.GetResources", body).await
}

async fn send(service: &Service, region: &str, target: &str, body: Value) -> (StatusCode, Value) {
    let url = service.emulator.endpoint();
    let authorization = format!("AWS4-HMAC-SHA256 Credential=KEY/20260101/{region}/tagging/aws4_request, Signature=0");
    let client = reqwest::Client::builder().no_proxy().build().expect("client");
    let request = client.post(url).header("authorization", authorization).body(body.to_string());
    let request = request.header("x-amz-target", target).header("content-type", "application/x-amz-json-1.1");
    let response = request.send().await.expect("answers");
    let status = response.status();
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.1");
    (status, serde_json::from_slice(&response.bytes().await.expect("whole body")).expect("JSON"))
}

fn names(answer: &Value) -> Vec<&str> {
    let items = answer["ResourceTagMappingList"].as_array().expect("a list");
    items.iter().map(|item| item["ResourceARN"].as_str().expect("an ARN").rsplit(':').next().expect("a name")).collect()
}

#[tokio::test]
async fn tagged_functions_come_in_pages() {
    let service = Service::in_memory().await;
    for index in 0..7 {
        let tags = if index == 3 { json!({}) } else { json!({"team": "a", "n": index.to_string()}) };
        service.created(&with(zip_function(&format!("f{index}")), json!({ "Tags": tags }))).await;
    }
    let mut token = String::new();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let (status, page) = ask(
            &service,
            json!({"ResourceTypeFilters": ["lambda:function"], "ResourcesPerPage": 2, "PaginationToken": token}),
        )
        .await;
        assert_eq!(status, StatusCode::OK);
        seen.extend(names(&page).into_iter().map(str::to_owned));
        token = page["PaginationToken"].as_str().expect("a token").to_owned();
    }
    assert_eq!(seen, ["f0", "f1", "f2", "f4", "f5", "f6"], "a function without tags is missing");
    assert_eq!(token, "");

    let (_, one) = ask(&service, json!({"TagFilters": [{"Key": "team"}, {"Key": "n", "Values": ["5", "6"]}]})).await;
    assert_eq!(names(&one), ["f5", "f6"]);
    assert_eq!(
        one["ResourceTagMappingList"][0]["Tags"],
        json!([{"Key": "team", "Value": "a"}, {"Key": "n", "Value": "5"}])
    );
    let arn = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:f2");
    assert_eq!(names(&ask(&service, json!({"ResourceARNList": [arn]})).await.1), ["f2"]);
    for (types, found) in [(json!(["lambda"]), 6), (json!(["s3", "lambda:function"]), 6), (json!(["s3"]), 0)] {
        assert_eq!(names(&ask(&service, json!({"ResourceTypeFilters": types})).await.1).len(), found, "{types}");
    }
    let (_, east) = ask_as(&service, "us-east-2", json!({})).await;
    assert_eq!(names(&east), [""; 0], "another region");
}

#[tokio::test]
async fn listed_arns_are_answered_where_they_have_tags() {
    let service = Service::in_memory().await;
    for (name, tags) in [("tagged", json!({"team": "a"})), ("plain", json!({}))] {
        service.created(&with(zip_function(name), json!({ "Tags": tags }))).await;
    }
    let arn = |region: &str, account: &str, name: &str| format!("arn:aws:lambda:{region}:{account}:function:{name}");
    let arns = [
        arn("us-east-1", ACCOUNT, "tagged"),
        arn("us-east-1", ACCOUNT, "tagged"),
        arn("us-east-1", ACCOUNT, "plain"),
        arn("us-east-1", ACCOUNT, "missing"),
        arn("us-east-1", ACCOUNT, "tagged:1"),
        arn("eu-west-1", ACCOUNT, "tagged"),
        arn("us-east-1", "999999999999", "tagged"),
        "arn:aws:s3:::bucket".to_owned(),
    ];
    let (status, answer) = ask(&service, json!({ "ResourceARNList": arns })).await;
    assert_eq!(status, StatusCode::OK);
    let row = json!({"ResourceARN": arns[0], "Tags": [{"Key": "team", "Value": "a"}]});
    assert_eq!(answer, json!({"ResourceTagMappingList": [row], "PaginationToken": ""}));
}

#[tokio::test]
async fn page_ends_where_the_next_function_has_too_many_tags() {
    let service = Service::in_memory().await;
    let tags: Value = (0..40).map(|number| (format!("key-{number}"), json!("value"))).collect();
    for index in 0..5 {
        service.created(&with(zip_function(&format!("f{index}")), json!({ "Tags": tags }))).await;
    }
    let mut sizes = Vec::new();
    let mut token = json!("");
    loop {
        let (_, page) = ask(&service, json!({"TagsPerPage": 100, "PaginationToken": token})).await;
        sizes.push(names(&page).len());
        token = page["PaginationToken"].clone();
        if token == "" {
            break;
        }
    }
    assert_eq!(sizes, [2, 2, 1]);
}

#[tokio::test]
async fn wrong_requests_are_refused_in_the_protocols_form() {
    let service = Service::in_memory().await;
    for body in [
        json!({"ResourcesPerPage": 0}),
        json!({"ResourcesPerPage": 101}),
        json!({"PaginationToken": "!"}),
        json!({"TagsPerPage": 99}),
        json!({"ResourceARNList": ["arn:x"]}),
        json!({"ResourceARNList": ["arn:aws:s3:::b"], "TagFilters": []}),
        json!({"ResourceARNList": ["arn:aws:s3:::b"], "TagsPerPage": 100}),
    ] {
        let (status, answer) = ask(&service, body.clone()).await;
        assert_eq!(
            (status, &answer["__type"]),
            (StatusCode::BAD_REQUEST, &json!("InvalidParameterException")),
            "{body}"
        );
    }
    for (body, part) in [
        (json!({"ResourceARNList": []}), "'resourceARNList'"),
        (json!({"ResourceARNList": vec!["arn:aws:s3:::b"; 101]}), "'resourceARNList'"),
        (json!({"TagFilters": [{"Key": "a", "Values": vec!["b"; 21]}]}), "'tagFilters.1.member.values'"),
        (json!({"TagFilters": [{"Values": ["b"]}]}), "'tagFilters.1.member.key'"),
    ] {
        let (status, answer) = ask(&service, body).await;
        assert_eq!((status, &answer["__type"]), (StatusCode::BAD_REQUEST, &json!("ValidationException")));
        assert!(answer["message"].as_str().is_some_and(|text| text.contains(part)), "{part}: {answer}");
    }
    let (_, answer) = ask(&service, json!({"ResourcesPerPage": "many"})).await;
    assert_eq!(answer["__type"], "SerializationException");
}

#[tokio::test]
async fn other_operations_of_the_protocol_are_unknown_and_not_counted() {
    let service = Service::in_memory().await;
    for target in ["ResourceGroupsTaggingAPI_20170126.GetTagKeys", "DynamoDB_20120810.GetResources"] {
        let (status, answer) = send(&service, "us-east-1", target, json!({})).await;
        assert_eq!((status, &answer["__type"]), (StatusCode::BAD_REQUEST, &json!("UnknownOperationException")));
    }
    assert!(service.emulator.requests().is_empty());
}
