//! GetResources of the tagging API, and the quotas of the Lambda API, over HTTP.

mod common;

use common::{ACCOUNT, FUNCTIONS, Service, with, zip_function};
use lambdactl_emulator::{EmulatorOptions, Quota};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn ask(service: &Service, body: Value) -> (StatusCode, Value) {
    let url = service.emulator.endpoint();
    let authorization = "AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/tagging/aws4_request, Signature=0";
    let client = reqwest::Client::builder().no_proxy().build().expect("client");
    let request = client.post(url).header("authorization", authorization).body(body.to_string());
    let request = request.header("x-amz-target", "ResourceGroupsTaggingAPI_20170126.GetResources");
    let response = request.header("content-type", "application/x-amz-json-1.1").send().await.expect("answers");
    let status = response.status();
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
    assert_eq!(names(&ask(&service, json!({"ResourceTypeFilters": ["s3"]})).await.1), [""; 0]);
}

#[tokio::test]
async fn wrong_requests_are_refused_in_the_protocols_form() {
    let service = Service::in_memory().await;
    for body in [
        json!({"ResourcesPerPage": 0}),
        json!({"ResourcesPerPage": 101}),
        json!({"PaginationToken": "!"}),
        json!({"ResourceARNList": ["arn:x"], "TagFilters": []}),
    ] {
        let (status, answer) = ask(&service, body.clone()).await;
        assert_eq!(
            (status, &answer["__type"]),
            (StatusCode::BAD_REQUEST, &json!("InvalidParameterException")),
            "{body}"
        );
    }
}

#[tokio::test]
async fn requests_over_the_quota_are_refused_and_counted() {
    let options = EmulatorOptions { account: ACCOUNT.to_owned(), quota: Quota::Aws, ..EmulatorOptions::default() };
    let service = Service::start(options).await;
    let mut refused = 0;
    for _ in 0..200 {
        let answer = service.get(FUNCTIONS).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            answer.expect_error(429, "TooManyRequestsException", "Rate exceeded");
            assert_eq!(answer.json()["Reason"], "CallerRateLimitExceeded");
            refused += 1;
        }
    }
    // 200 requests take well under the twelve seconds in which the quota would allow them.
    assert!(refused > 0);
    let counts = service.emulator.requests()["ListFunctions"];
    assert_eq!((counts.answered + counts.throttled, counts.throttled), (200, refused));
    let told = service.get("/_emulator/requests").await.json();
    assert_eq!(told["ListFunctions"]["throttled"], refused);
    assert_eq!(service.send(Method::DELETE, "/_emulator/requests", "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(service.get("/_emulator/requests").await.json(), json!({}));
}
