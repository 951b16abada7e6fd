//! What a function is told about recursion.

mod common;

use common::{Service, zip_function};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/2024-08-31/functions/f/recursion-config";

#[tokio::test]
async fn recursion_is_told_and_read() {
    let service = Service::in_memory().await;
    let missing = service.get(PATH).await;
    missing.expect_error(404, "ResourceNotFoundException", "Function not found");
    service.created(&zip_function("f")).await;
    let read = async || -> Value { serde_json::from_slice(&service.get(PATH).await.bytes).expect("JSON") };
    assert_eq!(read().await, json!({ "RecursiveLoop": "Terminate" }));
    let told = service.send(Method::PUT, PATH, r#"{"RecursiveLoop":"Allow"}"#).await;
    assert_eq!((told.status.as_u16(), told.bytes.as_slice()), (200, &br#"{"RecursiveLoop":"Allow"}"#[..]));
    assert_eq!(read().await, json!({ "RecursiveLoop": "Allow" }));
    let wrong = service.send(Method::PUT, PATH, r#"{"RecursiveLoop":"InvalidValue"}"#).await;
    let text = "Value 'InvalidValue' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: \
                [Terminate, Allow]";
    wrong.expect_error(400, "ValidationException", text);
    assert_eq!(read().await, json!({ "RecursiveLoop": "Allow" }));
    // Versions and aliases have none: the model's name admits no qualifier.
    for name in ["f:1", "f:$LATEST", "function:f:live"] {
        let qualified = service.get(&PATH.replace("/f/", &format!("/{name}/"))).await;
        qualified.expect_error(400, "ValidationException", &format!("Value '{name}' at 'functionName'"));
    }
}
