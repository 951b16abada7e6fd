//! Lists, tags, deletion, account settings and the caller's identity.

mod common;

use common::{ACCOUNT, FUNCTIONS, Service, members, with, zip_function};
use lambdactl_emulator::{Emulation, emulation, operations};
use lambdactl_schema::Operation;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn names(page: &Value) -> Vec<String> {
    let rows = page["Functions"].as_array().expect("rows");
    rows.iter().map(|row| row["FunctionName"].as_str().expect("text").to_owned()).collect()
}

#[tokio::test]
async fn list_has_fifty_rows_a_page_in_the_order_of_names() {
    let service = Service::in_memory().await;
    // Created in another order than they are listed.
    for number in (0..120).rev() {
        service.created(&zip_function(&format!("function-{number:03}"))).await;
    }
    let mut pages = Vec::new();
    let mut path = format!("{FUNCTIONS}?MaxItems=10000");
    loop {
        let page = service.get(&path).await.json();
        pages.push(names(&page));
        let Some(marker) = page.get("NextMarker") else {
            break;
        };
        path = format!("{FUNCTIONS}?MaxItems=10000&Marker={}", marker.as_str().expect("text"));
    }
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [50, 50, 20]);
    let expected: Vec<String> = (0..120).map(|number| format!("function-{number:03}")).collect();
    assert_eq!(pages.concat(), expected);

    let few = service.get(&format!("{FUNCTIONS}?MaxItems=7")).await.json();
    assert_eq!(names(&few).len(), 7);
    assert!(few.get("NextMarker").is_some());
}

#[tokio::test]
async fn last_full_page_has_no_marker() {
    let service = Service::in_memory().await;
    for name in ["a", "b"] {
        service.created(&zip_function(name)).await;
    }
    let page = service.get(&format!("{FUNCTIONS}?MaxItems=2")).await.json();
    assert_eq!(members(&page), ["Functions"]);
}

#[tokio::test]
async fn pages_of_versions_continue_inside_a_function() {
    let service = Service::in_memory().await;
    for name in ["a", "b"] {
        service.created(&with(zip_function(name), json!({"Publish": true}))).await;
    }
    let query = format!("{FUNCTIONS}?FunctionVersion=ALL&MaxItems=1");
    let mut versions = Vec::new();
    let mut path = query.clone();
    loop {
        let page = service.get(&path).await.json();
        versions.push((names(&page)[0].clone(), page["Functions"][0]["Version"].clone()));
        let Some(marker) = page["NextMarker"].as_str() else {
            break;
        };
        path = format!("{query}&Marker={marker}");
    }
    let row = |name: &str, version: &str| (name.to_owned(), json!(version));
    assert_eq!(versions, [row("a", "$LATEST"), row("a", "1"), row("b", "$LATEST"), row("b", "1")]);
}

#[tokio::test]
async fn list_rows_lack_state_and_runtime_version() {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("resize"), json!({"Tags": {"a": "b"}}))).await;
    let page = service.get(FUNCTIONS).await.json();
    let row = &page["Functions"][0];
    let whole = service.get(&format!("{FUNCTIONS}/resize/configuration")).await.json();
    let unlisted = json!({"State": null, "LastUpdateStatus": null, "RuntimeVersionConfig": null});
    assert_eq!(*row, with(whole, unlisted));
}

#[tokio::test]
async fn malformed_list_parameters_are_refused() {
    let service = Service::in_memory().await;
    for (query, part) in [
        ("MaxItems=0", "Value '0' at 'maxItems'"),
        ("MaxItems=10001", "less than or equal to 10000"),
        ("FunctionVersion=invalid", "Member must satisfy enum value set: [ALL]"),
    ] {
        let answer = service.get(&format!("{FUNCTIONS}?{query}")).await;
        answer.expect_error(400, "ValidationException", part);
    }
    let answer = service.get(&format!("{FUNCTIONS}?Marker=zzz")).await;
    answer.expect_error(400, "InvalidParameterValueException", "marker");
}

#[tokio::test]
async fn tags_are_listed_by_arn() {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("tagged"), json!({"Tags": {"team": "payments"}}))).await;
    service.created(&zip_function("plain")).await;
    let path = |name: &str| format!("/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A{ACCOUNT}%3Afunction%3A{name}");
    let tagged = service.get(&path("tagged")).await.json();
    assert_eq!(tagged, json!({"Tags": {"team": "payments"}}));
    assert_eq!(service.get(&path("plain")).await.json(), json!({"Tags": {}}));
    let missing = service.get(&path("missing")).await;
    missing.expect_error(404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:");
    let qualified = service.get(&path("tagged%3A1")).await;
    qualified.expect_error(400, "InvalidParameterValueException", "Tags on function aliases");
    let bare = service.get("/2017-03-31/tags/tagged").await;
    bare.expect_error(400, "ValidationException", "|event-source-mapping:[0-9a-fA-F]{8}-");
    // Other kinds have tags, too, and nothing of them is here.
    for other in ["code-signing-config%3Acsc-0123456789abcdef0", "capacity-provider%3Apool"] {
        let arn = format!("arn%3Aaws%3Alambda%3Aus-east-1%3A{ACCOUNT}%3A{other}");
        let nothing = service.get(&format!("/2017-03-31/tags/{arn}")).await;
        nothing.expect_error(404, "ResourceNotFoundException", "The resource you requested does not exist.");
    }
}

#[tokio::test]
async fn deleted_function_is_gone() {
    let service = Service::in_memory().await;
    service.created(&zip_function("resize")).await;
    let path = format!("{FUNCTIONS}/resize");
    let deleted = service.send(Method::DELETE, &path, "").await;
    assert_eq!((deleted.status, deleted.bytes.len()), (StatusCode::NO_CONTENT, 0));
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:resize";
    for answer in [service.get(&path).await, service.send(Method::DELETE, &path, "").await] {
        answer.expect_error(404, "ResourceNotFoundException", "");
        let expected = json!({"Type": "User", "Message": format!("Function not found: {arn}")});
        assert_eq!(answer.json(), expected);
    }
    service.created(&zip_function("resize")).await;
}

#[tokio::test]
async fn versions_are_deleted_alone() {
    let service = Service::in_memory().await;
    service.created(&with(zip_function("resize"), json!({"Publish": true}))).await;
    let path = |qualifier: &str| format!("{FUNCTIONS}/resize?Qualifier={qualifier}");
    for qualifier in ["1", "1", "7"] {
        let answer = service.send(Method::DELETE, &path(qualifier), "").await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{qualifier}");
    }
    let version = service.get(&path("1")).await;
    version.expect_error(404, "ResourceNotFoundException", ":1");
    let latest = service.send(Method::DELETE, &path("%24LATEST"), "").await;
    latest.expect_error(400, "InvalidParameterValueException", "$LATEST version cannot be deleted");
    let nobody = service.send(Method::DELETE, &format!("{FUNCTIONS}/none:%24LATEST"), "").await;
    nobody.expect_error(400, "InvalidParameterValueException", "$LATEST version cannot be deleted");
    let alias = service.send(Method::DELETE, &path("live"), "").await;
    alias.expect_error(400, "InvalidParameterValueException", "Deletion of aliases");
    assert_eq!(service.get(&format!("{FUNCTIONS}/resize")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn names_may_be_arns() {
    let service = Service::in_memory().await;
    service.created(&zip_function("arn:aws:lambda:us-east-1:123456789012:function:resize")).await;
    for name in [
        "resize",
        "123456789012%3Afunction%3Aresize",
        "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aresize",
    ] {
        let body = service.get(&format!("{FUNCTIONS}/{name}")).await.json();
        assert_eq!(body["Configuration"]["FunctionName"], "resize", "{name}");
    }
    let region = "arn:aws:lambda:ap-southeast-1:123456789012:function:resize";
    service.get(&format!("{FUNCTIONS}/{region}")).await.expect_error(
        404,
        "ResourceNotFoundException",
        "Functions from 'ap-southeast-1' are not reachable in this region ('us-east-1')",
    );
    let account = "arn:aws:lambda:us-east-1:999999999999:function:resize";
    let foreign = service.get(&format!("{FUNCTIONS}/{account}")).await;
    foreign.expect_error(403, "AccessDeniedException", "");
    assert_eq!(foreign.json(), json!({}));
    let conflict = service.get(&format!("{FUNCTIONS}/resize:1?Qualifier=2")).await;
    conflict.expect_error(400, "InvalidParameterValueException", "derived qualifier");
    let malformed = service.get(&format!("{FUNCTIONS}/my-function!")).await;
    malformed.expect_error(400, "ValidationException", r"([a-zA-Z0-9-_\.]+)");
}

#[tokio::test]
async fn code_signing_configuration_is_read_by_its_own_call() {
    let service = Service::in_memory().await;
    let arn = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdefg";
    let signed = with(zip_function("signed"), json!({"CodeSigningConfigArn": arn}));
    assert_eq!(service.created(&signed).await.get("CodeSigningConfigArn"), None);
    service.created(&zip_function("plain")).await;
    let path = |name: &str| format!("/2020-06-30/functions/{name}/code-signing-config");
    let found = service.get(&path("signed")).await.json();
    assert_eq!(found, json!({"CodeSigningConfigArn": arn, "FunctionName": "signed"}));
    assert_eq!(service.get(&path("plain")).await.json(), json!({}));
}

#[tokio::test]
async fn account_settings_count_the_region() {
    let service = Service::in_memory().await;
    service.created(&zip_function("a")).await;
    service.created(&with(zip_function("b"), json!({"Publish": true}))).await;
    let body = service.get("/2016-08-19/account-settings").await.json();
    assert_eq!(body["AccountUsage"], json!({"TotalCodeSize": 207, "FunctionCount": 2}));
    assert_eq!(
        members(&body["AccountLimit"]),
        [
            "CodeSizeUnzipped",
            "CodeSizeZipped",
            "ConcurrentExecutions",
            "TotalCodeSize",
            "UnreservedConcurrentExecutions"
        ]
    );
}

#[tokio::test]
async fn caller_is_a_user_of_the_account() {
    let service = Service::in_memory().await;
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let answer = service.form("sts", form).await;
    assert_eq!(answer.status, StatusCode::OK);
    let text = answer.text();
    assert!(text.contains("<Account>123456789012</Account>"), "{text}");
    assert!(text.contains("<Arn>arn:aws:iam::123456789012:user/local</Arn>"), "{text}");
    let other = service.form("sts", "Action=AssumeRole").await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    assert!(other.text().contains("<Code>InvalidAction</Code>"), "{}", other.text());
    // A form for another service is no call of this one, and is told whose it is.
    let other = service.form("cloudformation", "Action=DescribeStacks").await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST);
    assert!(other.text().contains("no operation of the service cloudformation"), "{}", other.text());
    assert_eq!(service.emulator.requests()["GetCallerIdentity"].answered, 2);
}

#[tokio::test]
async fn unknown_operation_names_method_and_path() {
    let service = Service::in_memory().await;
    let path = "/2015-03-31/layers";
    let unknown = service.get(path).await;
    unknown.expect_error(404, "UnknownOperationException", &format!("GET {path}"));
    assert_eq!(unknown.headers["x-amzn-requestid"].len(), 36);
    let method = service.send(Method::PUT, FUNCTIONS, "").await;
    method.expect_error(404, "UnknownOperationException", &format!("PUT {FUNCTIONS}"));
}

/// Each operation of the page is answered: with what it wants, or with an error of its own.
#[tokio::test]
async fn page_of_operations_is_true() {
    let service = Service::in_memory().await;
    let page = service.get("/_emulator/operations").await;
    let page: Value = serde_json::from_slice(&page.bytes).expect("JSON");
    let rows = page.as_array().expect("rows");
    assert_eq!(rows.len(), operations().count());
    let of_lambda: Vec<&Value> = rows.iter().filter(|row| row["service"] == "lambda").collect();
    assert!(of_lambda.len() >= 29, "{page}");
    for row in of_lambda {
        let text = |member: &str| row[member].as_str().expect("a text");
        let path = text("path").replace("{FunctionName}", "f");
        let path = path.replace(['{', '}'], "");
        let method = Method::from_bytes(text("method").as_bytes()).expect("a method");
        let answer = service.send(method, &path, "{}").await;
        let class = answer.headers.get("x-amzn-errortype").and_then(|class| class.to_str().ok());
        assert_ne!(class, Some("UnknownOperationException"), "{row}");
    }
    let counted = service.emulator.requests();
    assert_eq!(counted.len(), rows.iter().filter(|row| row["service"] == "lambda").count(), "each under its own name");
}

/// A read tells what is kept, and a removal takes it away: only what sets something can come to nothing.
#[test]
fn operations_that_are_only_accepted_set_something() {
    for operation in Operation::ALL.iter().copied() {
        let method = operation.row().method.as_str();
        match emulation(operation) {
            Emulation::Whole => {}
            Emulation::Accepted(_) if operation == Operation::ListCodeSigningConfigs => {}
            Emulation::Accepted(_) => assert!(["POST", "PUT"].contains(&method), "{operation}"),
            Emulation::Missing => assert!(!operations().any(|answered| answered == operation), "{operation}"),
        }
    }
}
