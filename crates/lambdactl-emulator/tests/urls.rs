//! Function URLs through their whole life.

mod common;

use common::{Answer, FUNCTIONS, Service, with, zip_function};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/2021-10-31/functions/f/url";

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.bytes).expect("JSON")
}

#[tokio::test]
async fn url_lives_through_its_calls() {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    let alias = r#"{"Name":"live","FunctionVersion":"1"}"#;
    service.send(Method::POST, &format!("{FUNCTIONS}/f/aliases"), alias).await;
    let ask =
        async |method: Method, query: &str, body: &str| service.send(method, &format!("{PATH}{query}"), body).await;
    let missing = "The resource you requested does not exist.";
    ask(Method::GET, "", "").await.expect_error(404, "ResourceNotFoundException", missing);

    let created = ask(Method::POST, "", r#"{"AuthType":"NONE","Cors":{"AllowOrigins":["*"]}}"#).await;
    assert_eq!(created.status.as_u16(), 201);
    let url = json_of(&created);
    assert_eq!((&url["AuthType"], url.get("InvokeMode"), url.get("LastModifiedTime")), (&json!("NONE"), None, None));
    assert!(url["CreationTime"].is_string());
    let of_alias = json_of(&ask(Method::POST, "?Qualifier=live", r#"{"AuthType":"AWS_IAM"}"#).await);
    assert!(of_alias["FunctionArn"].as_str().is_some_and(|arn| arn.ends_with(":f:live")), "{of_alias}");
    let twice = ask(Method::POST, "", r#"{"AuthType":"NONE"}"#).await;
    twice.expect_error(409, "ResourceConflictException", "Error message:  FunctionUrlConfig exists");

    let read = json_of(&ask(Method::GET, "", "").await);
    assert_eq!((&read["InvokeMode"], &read["FunctionUrl"]), (&json!("BUFFERED"), &url["FunctionUrl"]));
    assert!(read["LastModifiedTime"].is_string());
    // What is left out stays; an empty Cors goes.
    ask(Method::PUT, "", r#"{"InvokeMode":"RESPONSE_STREAM"}"#).await;
    let changed = json_of(&ask(Method::PUT, "", r#"{"AuthType":"AWS_IAM"}"#).await);
    assert_eq!((changed.get("InvokeMode"), &changed["Cors"]), (None, &json!({ "AllowOrigins": ["*"] })));
    ask(Method::PUT, "", r#"{"Cors":{}}"#).await;
    let read = json_of(&ask(Method::GET, "", "").await);
    assert_eq!(
        (&read["InvokeMode"], &read["AuthType"], read.get("Cors")),
        (&json!("RESPONSE_STREAM"), &json!("AWS_IAM"), None)
    );

    let listed = json_of(&service.get("/2021-10-31/functions/f/urls").await);
    let arns: Vec<&str> = listed["FunctionUrlConfigs"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["FunctionArn"].as_str())
        .collect();
    assert!(arns.len() == 2 && arns[0].ends_with(":f") && arns[1].ends_with(":live"), "{arns:?}");

    assert_eq!(ask(Method::DELETE, "", "").await.status.as_u16(), 204);
    ask(Method::DELETE, "", "").await.expect_error(404, "ResourceNotFoundException", missing);
    assert_eq!(ask(Method::GET, "?Qualifier=live", "").await.status.as_u16(), 200, "the alias has its own");
    service.send(Method::DELETE, &format!("{FUNCTIONS}/f/aliases/live"), "").await;
    ask(Method::GET, "?Qualifier=live", "").await.expect_error(404, "ResourceNotFoundException", missing);
}

#[tokio::test]
async fn wrong_urls_are_refused_as_recorded() {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    let (validation, missing) = ("ValidationException", "ResourceNotFoundException");
    for (query, body, status, class, text) in [
        ("", "{}", 400, validation, "Value null at 'authType'"),
        ("", r#"{"AuthType":"ALL"}"#, 400, validation, "enum value set: [NONE, AWS_IAM]"),
        ("?Qualifier=1", r#"{"AuthType":"NONE"}"#, 400, validation, "Value '1' at 'qualifier'"),
        ("?Qualifier=$LATEST", r#"{"AuthType":"NONE"}"#, 400, validation, "at 'qualifier'"),
        ("?Qualifier=none", r#"{"AuthType":"NONE"}"#, 404, missing, "Function does not exist"),
    ] {
        service.send(Method::POST, &format!("{PATH}{query}"), body).await.expect_error(status, class, text);
    }
    let nobody = service.send(Method::PUT, "/2021-10-31/functions/g/url", r#"{"AuthType":"NONE"}"#).await;
    nobody.expect_error(404, missing, "Function does not exist");
    service.get("/2021-10-31/functions/g/urls").await.expect_error(404, missing, "Function does not exist");
}
