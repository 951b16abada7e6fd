//! Aliases: made, read by every call that takes a qualifier, moved, listed in pages and removed.

mod common;

use common::{Answer, FUNCTIONS, Service, with, zip_function};
use reqwest::Method;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.bytes).expect("JSON")
}

struct Account(Service);

impl Account {
    /// A function with the versions 1 and 2.
    async fn new() -> Self {
        let service = Service::in_memory().await;
        service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
        let account = Self(service);
        account.put("/configuration", &json!({ "Timeout": 9 })).await;
        let version = json_of(&account.0.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), "{}").await);
        assert_eq!(version["Version"], "2");
        account
    }

    async fn put(&self, path: &str, body: &Value) -> Answer {
        self.0.send(Method::PUT, &format!("{FUNCTIONS}/f{path}"), body.to_string()).await
    }

    async fn create(&self, body: &Value) -> Answer {
        self.0.send(Method::POST, &format!("{FUNCTIONS}/f/aliases"), body.to_string()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.0.get(&format!("{FUNCTIONS}/f{path}")).await
    }
}

#[tokio::test]
async fn alias_lives_through_its_calls() {
    let account = Account::new().await;
    let created = account.create(&json!({ "Name": "live", "FunctionVersion": "1" })).await;
    assert_eq!(created.status.as_u16(), 201);
    let alias = json_of(&created);
    assert_eq!(alias["AliasArn"], format!("{ARN}:live"));
    assert_eq!((&alias["Description"], alias.get("RoutingConfig")), (&json!(""), None));
    assert_eq!(json_of(&account.get("/aliases/live").await), alias);

    // Each call that takes a qualifier takes an alias, and tells the version's own members.
    for path in ["?Qualifier=live", "/configuration?Qualifier=live"] {
        let answer = json_of(&account.get(path).await);
        let configuration = answer.get("Configuration").unwrap_or(&answer);
        assert_eq!(configuration["FunctionArn"], format!("{ARN}:live"));
        assert_eq!((&configuration["Version"], &configuration["Timeout"]), (&json!("1"), &json!(3)));
    }
    account.get("?Qualifier=next").await.expect_error(404, "ResourceNotFoundException", &format!("{ARN}:next"));

    // What is left out stays; weights go with an empty RoutingConfig.
    let routing = json!({ "AdditionalVersionWeights": { "2": 0.1 } });
    let moved = json_of(&account.put("/aliases/live", &json!({ "RoutingConfig": routing, "Description": "x" })).await);
    assert_eq!((&moved["RoutingConfig"], &moved["FunctionVersion"]), (&routing, &json!("1")));
    assert_ne!(moved["RevisionId"], alias["RevisionId"]);
    let again = json_of(&account.put("/aliases/live", &json!({})).await);
    assert_eq!((&again["RoutingConfig"], &again["Description"]), (&routing, &json!("x")));
    assert_ne!(again["RevisionId"], moved["RevisionId"], "also where nothing changes");
    let stale = json!({ "FunctionVersion": "2", "RevisionId": moved["RevisionId"] });
    account.put("/aliases/live", &stale).await.expect_error(412, "PreconditionFailedException", "Revision Id");
    let whole = json!({ "FunctionVersion": "2", "RoutingConfig": {}, "RevisionId": again["RevisionId"] });
    let whole = json_of(&account.put("/aliases/live", &whole).await);
    assert_eq!((&whole["FunctionVersion"], whole.get("RoutingConfig")), (&json!("2"), None));

    for _ in 0..2 {
        let deleted = account.0.send(Method::DELETE, &format!("{FUNCTIONS}/f/aliases/live"), "").await;
        assert_eq!(deleted.status.as_u16(), 204);
    }
    account.get("/aliases/live").await.expect_error(
        404,
        "ResourceNotFoundException",
        &format!("Cannot find alias arn: {ARN}:live"),
    );
    let gone = account.put("/aliases/live", &json!({})).await;
    gone.expect_error(404, "ResourceNotFoundException", &format!("Alias not found: {ARN}:live"));
}

#[tokio::test]
async fn wrong_aliases_are_refused_as_recorded() {
    let account = Account::new().await;
    account.create(&json!({ "Name": "live", "FunctionVersion": "1" })).await;
    let weights = |version: &str, weights: Value| json!({ "Name": "a", "FunctionVersion": version, "RoutingConfig": { "AdditionalVersionWeights": weights } });
    let (invalid, validation) = ("InvalidParameterValueException", "ValidationException");
    for (body, status, class, text) in [
        (
            json!({ "Name": "live", "FunctionVersion": "1" }),
            409,
            "ResourceConflictException",
            "Alias already exists: arn:",
        ),
        (json!({ "Name": "a", "FunctionVersion": "10" }), 404, "ResourceNotFoundException", ":function:f:10"),
        (json!({ "Name": "2024", "FunctionVersion": "1" }), 400, validation, "Value '2024' at 'name'"),
        (json!({ "Name": "a" }), 400, validation, "Value null at 'functionVersion'"),
        (weights("1", json!({ "1": 0.5 })), 400, invalid, "Invalid function version 1. Function version 1 is already"),
        (weights("$LATEST", json!({ "1": 0.5 })), 400, invalid, "$LATEST is not supported for an alias pointing"),
        (weights("1", json!({ "2": 0.1, "3": 0.1 })), 400, invalid, "Number of items in AdditionalVersionWeights"),
        (weights("1", json!({ "7": 0.1 })), 404, "ResourceNotFoundException", ":function:f:7"),
        (
            weights("1", json!({ "2": 2.0 })),
            400,
            validation,
            "Value '{2=2.0}' at 'routingConfig.additionalVersionWeights'",
        ),
        (weights("1", json!({ "$LATEST": 0.5 })), 400, validation, "Map keys must satisfy constraint"),
    ] {
        account.create(&body).await.expect_error(status, class, text);
    }
    let path = format!("{FUNCTIONS}/g/aliases");
    let nowhere = account.0.send(Method::POST, &path, r#"{"Name":"a","FunctionVersion":"1"}"#).await;
    nowhere.expect_error(404, "ResourceNotFoundException", ":function:g:1");
}

#[tokio::test]
async fn aliases_are_listed_by_name_in_pages() {
    let account = Account::new().await;
    for number in (0..70).rev() {
        let version = if number % 2 == 0 { "1" } else { "2" };
        account.create(&json!({ "Name": format!("a{number:02}"), "FunctionVersion": version })).await;
    }
    let names = |page: &Value| -> Vec<String> {
        let rows = page["Aliases"].as_array().expect("rows");
        rows.iter().map(|row| row["Name"].as_str().expect("a name").to_owned()).collect()
    };
    let (mut seen, mut marker, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = json_of(&account.get(&format!("/aliases?MaxItems=30{marker}")).await);
        seen.extend(names(&page));
        pages += 1;
        match page["NextMarker"].as_str() {
            Some(next) => marker = format!("&Marker={next}"),
            None => break,
        }
    }
    let expected: Vec<String> = (0..70).map(|number| format!("a{number:02}")).collect();
    assert_eq!((seen, pages), (expected, 3));
    assert_eq!(names(&json_of(&account.get("/aliases").await)).len(), 50, "a page has no more");
    let of_two = json_of(&account.get("/aliases?FunctionVersion=2").await);
    assert_eq!((names(&of_two).len(), names(&of_two)[0].as_str()), (35, "a01"));
    let none = account.get("/aliases?MaxItems=0").await;
    none.expect_error(400, "ValidationException", "Value '0' at 'maxItems'");
    account.get("/aliases?Marker=x").await.expect_error(400, "InvalidParameterValueException", "marker");
}

/// Versions, mappings and code signing configurations come in pages as well; URLs take a smaller page at most.
#[tokio::test]
async fn other_lists_come_in_pages() {
    let account = Account::new().await;
    let page = json_of(&account.get("/versions?MaxItems=2").await);
    let versions: Vec<&str> =
        page["Versions"].as_array().expect("rows").iter().filter_map(|row| row["Version"].as_str()).collect();
    assert_eq!(versions, ["$LATEST", "1"]);
    let marker = page["NextMarker"].as_str().expect("a marker");
    let page = json_of(&account.get(&format!("/versions?MaxItems=2&Marker={marker}")).await);
    assert_eq!((&page["Versions"][0]["Version"], page.get("NextMarker")), (&json!("2"), None));

    for queue in ["a", "b", "c"] {
        let mapping =
            json!({ "FunctionName": "f", "EventSourceArn": format!("arn:aws:sqs:us-east-1:123456789012:{queue}") });
        account.0.send(Method::POST, "/2015-03-31/event-source-mappings", mapping.to_string()).await;
    }
    let page = json_of(&account.0.get("/2015-03-31/event-source-mappings?MaxItems=2&FunctionName=f").await);
    assert_eq!(page["EventSourceMappings"].as_array().map(Vec::len), Some(2));
    assert!(page["NextMarker"].is_string());
    let many = account.0.get("/2021-10-31/functions/f/urls?MaxItems=51").await;
    many.expect_error(400, "ValidationException", "less than or equal to 50");
}
