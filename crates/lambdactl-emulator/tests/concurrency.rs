//! Reserved concurrency.

mod common;

use common::{FUNCTIONS, Service, with, zip_function};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/2017-10-31/functions/f/concurrency";
const READ: &str = "/2019-09-30/functions/f/concurrency";

#[tokio::test]
async fn concurrency_is_reserved_and_set_free() {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    let of_function = async |query: &str| service.get(&format!("{FUNCTIONS}/f{query}")).await.json();
    let unreserved = async || {
        let settings = service.get("/2016-08-19/account-settings").await.json();
        settings["AccountLimit"]["UnreservedConcurrentExecutions"].clone()
    };
    assert_eq!(service.get(READ).await.json(), json!({}));
    assert_eq!(of_function("").await.get("Concurrency"), None);
    for wanted in [0, 50] {
        let reserved = json!({ "ReservedConcurrentExecutions": wanted });
        let put = service.send(Method::PUT, PATH, reserved.to_string()).await;
        assert_eq!((put.status.as_u16(), put.json()), (200, reserved.clone()));
        assert_eq!(service.get(READ).await.json(), reserved, "nothing reserved is not the same as none");
        assert_eq!(of_function("").await["Concurrency"], reserved);
        assert_eq!(of_function("?Qualifier=1").await.get("Concurrency"), None);
        assert_eq!(unreserved().await, json!(1000 - wanted));
    }
    for _ in 0..2 {
        assert_eq!(service.send(Method::DELETE, PATH, "").await.status.as_u16(), 204);
    }
    assert_eq!((service.get(READ).await.json(), unreserved().await), (json!({}), json!(1000)));
}

#[tokio::test]
async fn wrong_reserves_are_refused_as_recorded() {
    let service = Service::in_memory().await;
    service.created(&zip_function("f")).await;
    service.created(&zip_function("other")).await;
    let put = async |name: &str, wanted: Value| {
        let body = json!({ "ReservedConcurrentExecutions": wanted }).to_string();
        service.send(Method::PUT, &format!("/2017-10-31/functions/{name}/concurrency"), body).await
    };
    let invalid = "InvalidParameterValueException";
    for name in ["f:1", "arn:aws:lambda:us-east-1:123456789012:function:f:live"] {
        put(name, json!(1)).await.expect_error(400, invalid, "This operation is permitted on Lambda functions only.");
    }
    for wanted in [1, -1] {
        let nobody = put("none", json!(wanted)).await;
        nobody.expect_error(404, "ResourceNotFoundException", ":function:none:$LATEST");
    }
    put("f", json!(-1)).await.expect_error(400, "ValidationException", "greater than or equal to 0");
    put("f", Value::Null).await.expect_error(
        400,
        "ValidationException",
        "Value null at 'reservedConcurrentExecutions'",
    );
    let refused = put("f", json!(901)).await;
    let text = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below \
                its minimum value of [100].";
    refused.expect_error(400, invalid, text);
    assert_eq!(refused.json().get("Type"), None);
    assert_eq!(put("f", json!(500)).await.status.as_u16(), 200);
    put("other", json!(401)).await.expect_error(400, invalid, text);
    assert_eq!(put("other", json!(400)).await.status.as_u16(), 200);
    assert_eq!(put("f", json!(500)).await.status.as_u16(), 200, "again the same");
}
