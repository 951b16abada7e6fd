//! When functions move to newer versions of their runtimes.

mod common;

use common::{Service, image_function, with, zip_function};
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/2021-07-20/functions/f/runtime-management-config";
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";
const RUNTIME: &str = "arn:aws:lambda:us-east-1::runtime:0123456789abcdef";

#[tokio::test]
async fn modes_are_those_of_each_version() {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    assert_eq!(service.get(PATH).await.json(), json!({ "UpdateRuntimeOn": "Auto", "FunctionArn": ARN }));
    let manual = json!({ "UpdateRuntimeOn": "Manual", "RuntimeVersionArn": RUNTIME });
    let put = service.send(Method::PUT, &format!("{PATH}?Qualifier=1"), manual.to_string()).await;
    let set = with(manual, json!({ "FunctionArn": format!("{ARN}:1") }));
    assert_eq!((put.status.as_u16(), put.json()), (200, set.clone()));
    assert_eq!(service.get(&format!("{PATH}?Qualifier=1")).await.json(), set);
    assert_eq!(service.get(PATH).await.json()["UpdateRuntimeOn"], "Auto");
    service.send(Method::PUT, PATH, r#"{"UpdateRuntimeOn":"FunctionUpdate"}"#).await;
    for query in ["", "?Qualifier=$LATEST"] {
        assert_eq!(service.get(&format!("{PATH}{query}")).await.json()["UpdateRuntimeOn"], "FunctionUpdate");
    }
    service.send(Method::PUT, PATH, r#"{"UpdateRuntimeOn":"Auto"}"#).await;
    assert_eq!(service.get(PATH).await.json(), json!({ "UpdateRuntimeOn": "Auto", "FunctionArn": ARN }));
}

#[tokio::test]
async fn wrong_modes_are_refused() {
    let service = Service::in_memory().await;
    service.created(&zip_function("f")).await;
    service.created(&image_function("image")).await;
    let (invalid, validation, missing) =
        ("InvalidParameterValueException", "ValidationException", "ResourceNotFoundException");
    let image = PATH.replace("/f/", "/image/");
    for (path, body, status, class, text) in [
        (PATH, json!({}), 400, validation, "Value null at 'updateRuntimeOn'"),
        (PATH, json!({ "UpdateRuntimeOn": "Never" }), 400, validation, "[Auto, Manual, FunctionUpdate]"),
        (PATH, json!({ "UpdateRuntimeOn": "Manual" }), 400, invalid, "RuntimeVersionArn"),
        (PATH, json!({ "UpdateRuntimeOn": "Auto", "RuntimeVersionArn": RUNTIME }), 400, invalid, "RuntimeVersionArn"),
        (
            PATH,
            json!({ "UpdateRuntimeOn": "Manual", "RuntimeVersionArn": "x" }),
            400,
            validation,
            "'runtimeVersionArn'",
        ),
        (
            &format!("{PATH}?Qualifier=live"),
            json!({ "UpdateRuntimeOn": "Auto" }),
            400,
            invalid,
            "published versions only",
        ),
        (&format!("{PATH}?Qualifier=7"), json!({ "UpdateRuntimeOn": "Auto" }), 404, missing, &format!("{ARN}:7")),
        (&image, json!({ "UpdateRuntimeOn": "Auto" }), 400, invalid, "Image"),
        (&PATH.replace("/f/", "/g/"), json!({ "UpdateRuntimeOn": "Auto" }), 404, missing, "Function not found"),
    ] {
        service.send(Method::PUT, path, body.to_string()).await.expect_error(status, class, text);
    }
    service.get(&format!("{PATH}?Qualifier=7")).await.expect_error(404, missing, &format!("{ARN}:7"));
}
