//! What is told about asynchronous invocations.

mod common;

use common::{Answer, FUNCTIONS, Service, with, zip_function};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/2019-09-25/functions/f/event-invoke-config";
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function";
const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:failed";

async fn ask(service: &Service, method: Method, query: &str, body: Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    service.send(method, &format!("{PATH}{query}"), body).await
}

/// What was set, without the time.
fn config(answer: &Answer) -> Value {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    let mut config = answer.json();
    let modified = config.as_object_mut().and_then(|members| members.remove("LastModified"));
    assert!(modified.is_some_and(|modified| modified.is_f64()));
    config
}

async fn prepared() -> Service {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    service.created(&zip_function("other")).await;
    let alias = json!({ "Name": "live", "FunctionVersion": "1" });
    service.send(Method::POST, &format!("{FUNCTIONS}/f/aliases"), alias.to_string()).await;
    service
}

#[tokio::test]
async fn configs_are_replaced_merged_and_removed() {
    let service = prepared().await;
    let none = async |query: &str, qualifier: &str| {
        let text = format!("The function {ARN}:f:{qualifier} doesn't have an EventInvokeConfig");
        for method in [Method::GET, Method::DELETE] {
            let answer = ask(&service, method, query, Value::Null).await;
            answer.expect_error(404, "ResourceNotFoundException", &text);
        }
        let merged = ask(&service, Method::POST, query, json!({ "MaximumRetryAttempts": 1 })).await;
        merged.expect_error(404, "ResourceNotFoundException", &text);
    };
    none("", "$LATEST").await;
    none("?Qualifier=live", "live").await;

    let put = json!({ "MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60 });
    let empty = json!({ "OnSuccess": {}, "OnFailure": {} });
    let set = with(put.clone(), json!({ "FunctionArn": format!("{ARN}:f:$LATEST"), "DestinationConfig": empty }));
    assert_eq!(config(&ask(&service, Method::PUT, "", put).await), set);
    assert_eq!(config(&ask(&service, Method::GET, "?Qualifier=$LATEST", Value::Null).await), set);
    let destination = json!({ "OnFailure": { "Destination": QUEUE } });
    let merged = config(&ask(&service, Method::POST, "", json!({ "DestinationConfig": destination })).await);
    let both = json!({ "OnSuccess": {}, "OnFailure": { "Destination": QUEUE } });
    assert_eq!(merged, with(set, json!({ "DestinationConfig": both })), "what is left out stays");
    let replaced = config(&ask(&service, Method::PUT, "", json!({ "MaximumRetryAttempts": 2 })).await);
    let only =
        json!({ "FunctionArn": format!("{ARN}:f:$LATEST"), "MaximumRetryAttempts": 2, "DestinationConfig": empty });
    assert_eq!(replaced, only, "what is left out goes");
    none("?Qualifier=1", "1").await;
    // One that says nothing is one all the same.
    let nothing =
        ask(&service, Method::PUT, "?Qualifier=live", json!({ "DestinationConfig": { "OnSuccess": {} } })).await;
    assert_eq!(config(&nothing), json!({ "FunctionArn": format!("{ARN}:f:live"), "DestinationConfig": empty }));
    assert_eq!(ask(&service, Method::DELETE, "", Value::Null).await.status.as_u16(), 204);
    none("", "$LATEST").await;
    assert_eq!(ask(&service, Method::GET, "?Qualifier=live", Value::Null).await.status.as_u16(), 200);
    service.send(Method::DELETE, &format!("{FUNCTIONS}/f/aliases/live"), "").await;
    let gone = ask(&service, Method::GET, "?Qualifier=live", Value::Null).await;
    gone.expect_error(404, "ResourceNotFoundException", ":f:live doesn't have an EventInvokeConfig");
}

#[tokio::test]
async fn configs_are_listed_in_pages() {
    let service = prepared().await;
    for number in 2..=10 {
        let timeout = json!({ "Timeout": number }).to_string();
        service.send(Method::PUT, &format!("{FUNCTIONS}/f/configuration"), timeout).await;
        service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), "").await;
    }
    for query in ["?Qualifier=live", "?Qualifier=10", "?Qualifier=2", ""] {
        ask(&service, Method::PUT, query, json!({ "MaximumRetryAttempts": 1 })).await;
    }
    let (mut found, mut query) = (Vec::new(), "?MaxItems=3".to_owned());
    loop {
        let page = service.get(&format!("{PATH}/list{query}")).await.json();
        let rows = page["FunctionEventInvokeConfigs"].as_array().expect("rows");
        found.extend(rows.iter().filter_map(|row| Some(row["FunctionArn"].as_str()?.rsplit(':').next()?.to_owned())));
        let Some(marker) = page["NextMarker"].as_str() else { break };
        query = format!("?MaxItems=3&Marker={marker}");
    }
    assert_eq!(found, ["$LATEST", "2", "10", "live"]);
    let many = service.get(&format!("{PATH}/list?MaxItems=51")).await;
    many.expect_error(400, "ValidationException", "less than or equal to 50");
    let nobody = service.get(&format!("{}/list", PATH.replace("/f/", "/g/"))).await;
    nobody.expect_error(404, "ResourceNotFoundException", "The function doesn't exist.");
}

#[tokio::test]
async fn wrong_configs_are_refused_as_recorded() {
    let service = prepared().await;
    let (invalid, missing, validation) =
        ("InvalidParameterValueException", "ResourceNotFoundException", "ValidationException");
    let to = |on: &str, destination: &str| json!({ "DestinationConfig": { on: { "Destination": destination } } });
    let here = format!("{ARN}:f");
    let nowhere = format!("{ARN}:doesnotexist");
    let role = "arn:aws:iam::123456789012:role/r";
    let both = format!("DestinationConfig(onSuccess=OnSuccess(destination={role}), onFailure=null) is invalid.");
    for (query, body, status, class, text) in [
        ("", json!({}), 400, invalid, "You must specify at least one of error handling or destination setting."),
        ("", to("OnFailure", &here), 400, invalid, "You can't specify the function as a destination for itself."),
        ("", to("OnSuccess", &nowhere), 400, invalid, &format!("The destination ARN {nowhere} is invalid.")),
        ("", to("OnSuccess", role), 400, invalid, &both),
        ("", to("OnSuccess", "arn:aws:s3:::bucket"), 400, invalid, "is invalid."),
        ("", to("OnFailure", &format!("{QUEUE}.fifo")), 400, invalid, "is invalid."),
        ("", to("OnFailure", "queue"), 400, validation, "'destinationConfig.onFailure.destination' failed to satisfy"),
        ("", to("OnSuccess", "queue"), 400, validation, "'destinationConfig.onSuccess.destination' failed to satisfy"),
        ("", json!({ "MaximumRetryAttempts": 3 }), 400, validation, "less than or equal to 2"),
        ("", json!({ "MaximumEventAgeInSeconds": 59 }), 400, validation, "greater than or equal to 60"),
        ("?Qualifier=none", json!({ "MaximumRetryAttempts": 1 }), 404, missing, "The function doesn't exist."),
        ("?Qualifier=42", json!({ "MaximumRetryAttempts": 1 }), 404, missing, "The function doesn't exist."),
    ] {
        ask(&service, Method::PUT, query, body).await.expect_error(status, class, text);
    }
    for (on, destination) in [
        ("OnSuccess", format!("{ARN}:other")),
        ("OnFailure", "arn:aws:s3:::bucket".to_owned()),
        ("OnSuccess", "arn:aws:events:us-east-1:123456789012:event-bus/default".to_owned()),
        ("OnFailure", String::new()),
    ] {
        let answer = ask(&service, Method::PUT, "", to(on, &destination)).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    }
    let body = json!({ "MaximumRetryAttempts": 1 }).to_string();
    for method in [Method::PUT, Method::POST] {
        let nobody = service.send(method, &PATH.replace("/f/", "/g/"), body.clone()).await;
        nobody.expect_error(404, missing, "The function doesn't exist.");
    }
    let derived = service.send(Method::PUT, &format!("{}?Qualifier=1", PATH.replace("/f/", "/f:live/")), body).await;
    derived.expect_error(400, invalid, "The derived qualifier from the function name does not match");
}
