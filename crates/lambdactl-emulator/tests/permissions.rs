//! Resource policies: one for a function and for each of its versions and aliases.

mod common;

use common::{Answer, FUNCTIONS, Service, with, zip_function};
use reqwest::Method;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

/// A function with version 1 and the alias `live`.
async fn account() -> Service {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    let alias = r#"{"Name":"live","FunctionVersion":"1"}"#;
    service.send(Method::POST, &format!("{FUNCTIONS}/f/aliases"), alias).await;
    service
}

async fn add(service: &Service, query: &str, body: &Value) -> Answer {
    service.send(Method::POST, &format!("{FUNCTIONS}/f/policy{query}"), body.to_string()).await
}

fn statement(id: &str, principal: &str, more: Value) -> Value {
    let plain = json!({ "StatementId": id, "Action": "lambda:InvokeFunction", "Principal": principal });
    with(plain, more)
}

/// The statements of a policy, and its revision.
async fn policy(service: &Service, query: &str) -> (Vec<Value>, String) {
    let answer = service.get(&format!("{FUNCTIONS}/f/policy{query}")).await;
    let answer: Value = serde_json::from_slice(&answer.bytes).expect("JSON");
    let policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap_or("{}")).expect("a policy");
    let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
    (statements, answer["RevisionId"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn what_makes_a_permission_safe_is_kept() {
    let service = account().await;
    let url = json!({ "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE" });
    let cases = [
        (
            statement(
                "s3",
                "s3.amazonaws.com",
                json!({ "SourceArn": "arn:aws:s3:::b", "SourceAccount": "123456789012" }),
            ),
            json!({ "Service": "s3.amazonaws.com" }),
            json!({ "ArnLike": { "AWS:SourceArn": "arn:aws:s3:::b" }, "StringEquals": { "AWS:SourceAccount": "123456789012" } }),
        ),
        (
            statement("account", "123456789012", json!({})),
            json!({ "AWS": "arn:aws:iam::123456789012:root" }),
            Value::Null,
        ),
        (
            statement("role", "arn:aws:iam::123456789012:role/r", json!({ "PrincipalOrgID": "o-a1b2c3d4e5" })),
            json!({ "AWS": "arn:aws:iam::123456789012:role/r" }),
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }),
        ),
        (statement("url", "*", url), json!("*"), json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } })),
        (
            statement("via", "*", json!({ "InvokedViaFunctionUrl": true })),
            json!("*"),
            json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } }),
        ),
    ];
    for (body, principal, condition) in &cases {
        let added = add(&service, "", body).await;
        assert_eq!(added.status.as_u16(), 201);
        let answer: Value = serde_json::from_slice(&added.bytes).expect("JSON");
        let statement: Value = serde_json::from_str(answer["Statement"].as_str().expect("a text")).expect("JSON");
        assert_eq!((&statement["Principal"], &statement["Resource"]), (principal, &json!(ARN)));
        assert_eq!(statement.get("Condition").unwrap_or(&Value::Null), condition);
    }
    let (statements, _) = policy(&service, "").await;
    let ids: Vec<&Value> = statements.iter().map(|statement| &statement["Sid"]).collect();
    assert_eq!(json!(ids), json!(["s3", "account", "role", "url", "via"]), "in the order in which they came");
}

#[tokio::test]
async fn each_qualifier_has_a_policy_and_each_policy_a_revision() {
    let service = account().await;
    let plain = statement("a", "s3.amazonaws.com", json!({}));
    for query in ["", "?Qualifier=1", "?Qualifier=live"] {
        assert_eq!(add(&service, query, &plain).await.status.as_u16(), 201, "{query}");
    }
    let (statements, revision) = policy(&service, "?Qualifier=live").await;
    assert_eq!(statements[0]["Resource"], format!("{ARN}:live"));
    assert_eq!(policy(&service, "?Qualifier=live").await.1, revision, "reading changes nothing");
    let stale = statement("b", "s3.amazonaws.com", json!({ "RevisionId": "00000000-0000-0000-0000-000000000000" }));
    let refused = add(&service, "?Qualifier=live", &stale).await;
    refused.expect_error(412, "PreconditionFailedException", "Call the GetPolicy API");
    let fresh = statement("b", "s3.amazonaws.com", json!({ "RevisionId": revision }));
    assert_eq!(add(&service, "?Qualifier=live", &fresh).await.status.as_u16(), 201);
    let (statements, now) = policy(&service, "?Qualifier=live").await;
    assert!(statements.len() == 2 && now != revision);

    let remove = async |id: &str, query: &str| {
        service.send(Method::DELETE, &format!("{FUNCTIONS}/f/policy/{id}{query}"), "").await
    };
    let text = "Statement none is not found in resource policy.";
    remove("none", "?Qualifier=live").await.expect_error(404, "ResourceNotFoundException", text);
    let stale = format!("?Qualifier=live&RevisionId={revision}");
    remove("a", &stale).await.expect_error(412, "PreconditionFailedException", "Call the GetPolicy API");
    for id in ["a", "b"] {
        assert_eq!(remove(id, "?Qualifier=live").await.status.as_u16(), 204);
    }
    let gone = service.get(&format!("{FUNCTIONS}/f/policy?Qualifier=live")).await;
    gone.expect_error(404, "ResourceNotFoundException", "The resource you requested does not exist.");
    let text = "No policy is associated with the given resource.";
    remove("a", "?Qualifier=live").await.expect_error(404, "ResourceNotFoundException", text);
    assert_eq!(policy(&service, "").await.0.len(), 1, "the function's own stays");
}

#[tokio::test]
async fn wrong_permissions_are_refused_as_recorded() {
    let service = account().await;
    add(&service, "", &statement("a", "s3.amazonaws.com", json!({}))).await;
    let (invalid, missing) = ("InvalidParameterValueException", "ResourceNotFoundException");
    for (query, body, status, class, text) in [
        (
            "",
            statement("a", "*", json!({})),
            409,
            "ResourceConflictException",
            "The statement id (a) provided already exists.",
        ),
        ("", statement("a.b", "*", json!({})), 400, "ValidationException", "Value 'a.b' at 'statementId'"),
        ("", statement("b", "nonsense", json!({})), 400, invalid, "The provided principal was invalid."),
        ("?Qualifier=$LATEST", statement("b", "*", json!({})), 400, invalid, "adding policies for $LATEST"),
        ("?Qualifier=none", statement("b", "*", json!({})), 404, missing, "Cannot find alias arn: arn:"),
        ("?Qualifier=42", statement("b", "*", json!({})), 404, missing, ":function:f:42"),
    ] {
        add(&service, query, &body).await.expect_error(status, class, text);
    }
    let nobody = service.send(Method::DELETE, &format!("{FUNCTIONS}/g/policy/a"), "").await;
    nobody.expect_error(404, missing, "No policy found for: arn:aws:lambda:us-east-1:123456789012:function:g");
}
