//! Provisioned concurrency through its whole life.

mod common;

use std::time::Duration;

use common::{Answer, FUNCTIONS, Service, with, zip_function};
use lambdactl_emulator::{EmulatorOptions, Faults, Setup};
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/2019-09-30/functions/f/provisioned-concurrency";
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function";

async fn ask(service: &Service, method: Method, qualifier: &str, wanted: u64) -> Answer {
    let body = match method {
        Method::PUT => json!({ "ProvisionedConcurrentExecutions": wanted }).to_string(),
        _ => String::new(),
    };
    service.send(method, &format!("{PATH}?Qualifier={qualifier}"), body).await
}

async fn read(service: &Service, qualifier: &str) -> Value {
    ask(service, Method::GET, qualifier, 0).await.json()
}

async fn alias(service: &Service, method: Method, name: &str, body: Value) -> Answer {
    let path = if method == Method::POST { String::new() } else { format!("/{name}") };
    service.send(method, &format!("{FUNCTIONS}/f/aliases{path}"), with(body, json!({ "Name": name })).to_string()).await
}

/// A function with versions 1 and 2, and an alias `live` of the first.
async fn prepared(service: &Service) {
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    tokio::time::advance(Duration::from_secs(6)).await;
    service.send(Method::PUT, &format!("{FUNCTIONS}/f/configuration"), r#"{"Timeout":9}"#).await;
    tokio::time::advance(Duration::from_secs(6)).await;
    let second = service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), "").await;
    assert_eq!(second.json()["Version"], "2", "{}", second.text());
    alias(service, Method::POST, "live", json!({ "FunctionVersion": "1" })).await;
}

fn numbers(config: &Value) -> (u64, u64, u64, &str) {
    let number = |member: &str| config[format!("{member}ProvisionedConcurrentExecutions")].as_u64().expect("a number");
    let status = config["Status"].as_str().expect("a status");
    (number("Requested"), number("Available"), number("Allocated"), status)
}

#[tokio::test(start_paused = true)]
async fn concurrency_is_allocated_changed_and_removed() {
    let setup = Setup { plain: Duration::from_secs(5), update: Duration::from_secs(3), ..Setup::default() };
    let service = Service::start(EmulatorOptions { setup, ..EmulatorOptions::default() }).await;
    prepared(&service).await;
    let none = ask(&service, Method::GET, "live", 0).await;
    none.expect_error(404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found");
    let put = ask(&service, Method::PUT, "live", 2).await;
    assert_eq!(put.status.as_u16(), 202);
    assert_eq!(numbers(&put.json()), (2, 0, 0, "IN_PROGRESS"));
    assert_eq!(numbers(&read(&service, "live").await), (2, 0, 0, "IN_PROGRESS"));
    tokio::time::advance(Duration::from_secs(6)).await;
    let ready = read(&service, "live").await;
    assert_eq!(numbers(&ready), (2, 2, 2, "READY"));
    assert!(ready["LastModified"].is_string() && ready.get("FunctionArn").is_none(), "{ready}");

    assert_eq!(numbers(&ask(&service, Method::PUT, "live", 5).await.json()), (5, 2, 2, "IN_PROGRESS"));
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(numbers(&read(&service, "live").await), (5, 5, 5, "READY"));

    assert_eq!(ask(&service, Method::PUT, "2", 1).await.status.as_u16(), 202, "a version by itself");
    let listed = service.get(&format!("{PATH}?List=ALL&MaxItems=1")).await.json();
    assert_eq!(listed["ProvisionedConcurrencyConfigs"][0]["FunctionArn"], format!("{ARN}:f:2"));
    let marker = listed["NextMarker"].as_str().expect("a marker");
    let listed = service.get(&format!("{PATH}?List=ALL&Marker={marker}")).await.json();
    assert_eq!(listed["ProvisionedConcurrencyConfigs"][0]["FunctionArn"], format!("{ARN}:f:live"));
    assert_eq!(listed.get("NextMarker"), None);
    let many = service.get(&format!("{PATH}?List=ALL&MaxItems=51")).await;
    many.expect_error(400, "ValidationException", "less than or equal to 50");

    for _ in 0..2 {
        assert_eq!(ask(&service, Method::DELETE, "2", 0).await.status.as_u16(), 204, "none is no error");
    }
    // It goes with its alias.
    assert_eq!(alias(&service, Method::DELETE, "live", json!({})).await.status.as_u16(), 204);
    let gone = ask(&service, Method::GET, "live", 0).await;
    gone.expect_error(404, "ResourceNotFoundException", &format!("Cannot find alias arn: {ARN}:f:live"));
    let listed = service.get(&format!("{PATH}?List=ALL")).await.json();
    assert_eq!(listed, json!({ "ProvisionedConcurrencyConfigs": [] }));
}

#[tokio::test(start_paused = true)]
async fn concurrency_moves_with_its_alias() {
    let setup = Setup { update: Duration::from_secs(3), ..Setup::default() };
    let service = Service::start(EmulatorOptions { setup, ..EmulatorOptions::default() }).await;
    prepared(&service).await;
    ask(&service, Method::PUT, "live", 2).await;
    assert_eq!(numbers(&read(&service, "live").await), (2, 2, 2, "READY"));
    let before = alias(&service, Method::PUT, "live", json!({ "FunctionVersion": "2" })).await.json();
    assert_eq!((&before["FunctionVersion"], before.get("RoutingConfig")), (&json!("2"), None));
    assert_eq!(numbers(&read(&service, "live").await), (2, 2, 2, "IN_PROGRESS"));

    // Meanwhile the traffic stays where it was, and such weights are in the way of other calls.
    let path = format!("{FUNCTIONS}/f/aliases");
    let moving = service.get(&format!("{path}/live")).await.json();
    assert_eq!(moving["RoutingConfig"], json!({ "AdditionalVersionWeights": { "1": 1.0 } }));
    assert_eq!(service.get(&path).await.json()["Aliases"][0], moving);
    let class = "InvalidParameterValueException";
    let weighted = ask(&service, Method::PUT, "live", 3).await;
    weighted.expect_error(400, class, "Alias with weights can not be used with Provisioned Concurrency");
    let back = alias(&service, Method::PUT, "live", json!({ "FunctionVersion": "1" })).await;
    back.expect_error(400, class, "Function version 1 is already included in routing configuration.");

    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(numbers(&read(&service, "live").await), (2, 2, 2, "READY"));
    assert_eq!(service.get(&format!("{path}/live")).await.json(), before, "no weight stays behind");
    let back = alias(&service, Method::PUT, "live", json!({ "FunctionVersion": "1", "RoutingConfig": {} })).await;
    assert_eq!(back.status.as_u16(), 200, "{}", back.text());
}

#[tokio::test(start_paused = true)]
async fn wrong_concurrency_is_refused_as_recorded() {
    let service = Service::in_memory().await;
    prepared(&service).await;
    let (validation, missing) = ("ValidationException", "ResourceNotFoundException");
    let (invalid, conflict) = ("InvalidParameterValueException", "ResourceConflictException");
    let no_alias = format!("Cannot find alias arn: {ARN}:f:none");
    let no_version = format!("Function not found: {ARN}:f:10");
    let latest = "The function resource provided must be an alias or a published version.";
    let unpublished = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
    let zero = "Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater \
                than or equal to 1";
    for (method, qualifier, wanted, status, class, text) in [
        (Method::PUT, "live", 0, 400, validation, zero),
        (Method::PUT, "$LATEST", 1, 400, invalid, unpublished),
        (Method::PUT, "none", 1, 404, missing, &no_alias),
        (Method::PUT, "10", 1, 404, missing, &no_version),
        (Method::GET, "$LATEST", 0, 400, invalid, latest),
        (Method::GET, "none", 0, 404, missing, &no_alias),
        (Method::GET, "10", 0, 404, missing, &no_version),
        (Method::DELETE, "$LATEST", 0, 400, invalid, latest),
        (Method::DELETE, "none", 0, 404, missing, &no_alias),
        (Method::DELETE, "10", 0, 404, missing, &no_version),
    ] {
        ask(&service, method, qualifier, wanted).await.expect_error(status, class, text);
    }
    let nothing = service.send(Method::PUT, PATH, r#"{"ProvisionedConcurrentExecutions":1}"#).await;
    nothing.expect_error(400, validation, "Value null at 'qualifier'");
    let other = PATH.replace("/f/", "/g/");
    let nobody = service.get(&format!("{other}?Qualifier=live")).await;
    nobody.expect_error(404, missing, &format!("Cannot find alias arn: {ARN}:g:live"));
    let nobody = service.send(Method::DELETE, &format!("{other}?Qualifier=1"), "").await;
    nobody.expect_error(404, missing, &format!("Function not found: {ARN}:g:1"));
    service.get(&format!("{other}?List=ALL")).await.expect_error(404, missing, &format!("Function not found: {ARN}:g"));

    // A version has it by itself, or through one alias.
    ask(&service, Method::PUT, "1", 1).await;
    let provisioned = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
    ask(&service, Method::PUT, "live", 1).await.expect_error(409, conflict, provisioned);
    ask(&service, Method::DELETE, "1", 1).await;
    ask(&service, Method::PUT, "live", 1).await;
    let pointed = "Version is pointed by a Provisioned Concurrency alias";
    ask(&service, Method::PUT, "1", 1).await.expect_error(409, conflict, pointed);
    let weights = json!({ "FunctionVersion": "2", "RoutingConfig": { "AdditionalVersionWeights": { "1": 0.5 } } });
    alias(&service, Method::POST, "split", weights).await;
    ask(&service, Method::PUT, "split", 1).await.expect_error(400, invalid, "Alias with weights can not be used");
}

#[tokio::test(start_paused = true)]
async fn concurrency_fits_into_what_is_reserved_and_into_the_account() {
    let service = Service::in_memory().await;
    prepared(&service).await;
    service.created(&zip_function("other")).await;
    let reserve = async |name: &str, wanted: u64| {
        let body = json!({ "ReservedConcurrentExecutions": wanted }).to_string();
        service.send(Method::PUT, &format!("/2017-10-31/functions/{name}/concurrency"), body).await
    };
    let class = "InvalidParameterValueException";
    let refused = ask(&service, Method::PUT, "live", 1001).await;
    refused.expect_error(400, class, "is greater than account's unreserved concurrency [1000].");
    assert_eq!(refused.json().get("Type"), None);
    let refused = ask(&service, Method::PUT, "live", 901).await;
    refused.expect_error(400, class, "UnreservedConcurrentExecution below its minimum value of [100].");
    assert_eq!(refused.json().get("Type"), None);
    assert_eq!(ask(&service, Method::PUT, "live", 2).await.status.as_u16(), 202);
    let low = " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].";
    assert_eq!(reserve("f", 1).await.message(), low);
    assert_eq!(reserve("f", 3).await.status.as_u16(), 200);
    let text =
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function";
    ask(&service, Method::PUT, "2", 2).await.expect_error(400, class, text);
    assert_eq!(ask(&service, Method::PUT, "2", 1).await.status.as_u16(), 202, "the sum of both fits");
    assert_eq!(reserve("other", 897).await.status.as_u16(), 200);
    reserve("other", 898).await.expect_error(400, class, "minimum value of [100].");
}

#[tokio::test(start_paused = true)]
async fn concurrency_can_fail() {
    let faults = Faults { failing: vec!["provisioned=f".parse().expect("a failure")], ..Faults::default() };
    let setup = Setup { plain: Duration::from_secs(5), ..Setup::default() };
    let service = Service::start(EmulatorOptions { setup, faults, ..EmulatorOptions::default() }).await;
    prepared(&service).await;
    assert_eq!(numbers(&ask(&service, Method::PUT, "1", 2).await.json()), (2, 0, 0, "IN_PROGRESS"));
    tokio::time::advance(Duration::from_secs(6)).await;
    let failed = read(&service, "1").await;
    assert_eq!(
        (numbers(&failed), &failed["StatusReason"]),
        ((2, 0, 0, "FAILED"), &json!("FUNCTION_ERROR_INIT_FAILURE"))
    );
}

#[tokio::test(start_paused = true)]
async fn version_that_an_alias_names_stays_and_others_take_what_they_had_along() {
    let service = Service::in_memory().await;
    prepared(&service).await;
    let remove =
        async |version: &str| service.send(Method::DELETE, &format!("{FUNCTIONS}/f?Qualifier={version}"), "").await;
    remove("1").await.expect_error(409, "ResourceConflictException", "because it is referenced by an alias");
    let weights = json!({ "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.5 } } });
    alias(&service, Method::PUT, "live", weights).await;
    remove("2").await.expect_error(409, "ResourceConflictException", "because it is referenced by an alias");
    alias(&service, Method::PUT, "live", json!({ "RoutingConfig": {} })).await;
    ask(&service, Method::PUT, "2", 1).await;
    assert_eq!(remove("2").await.status.as_u16(), 204);
    assert_eq!(service.get(&format!("{PATH}?List=ALL")).await.json(), json!({ "ProvisionedConcurrencyConfigs": [] }));
    // Its number is not used again.
    service.send(Method::PUT, &format!("{FUNCTIONS}/f/configuration"), r#"{"Timeout":10}"#).await;
    let next = service.send(Method::POST, &format!("{FUNCTIONS}/f/versions"), "").await;
    assert_eq!(next.json()["Version"], "3");
    // A function goes with all that it had.
    ask(&service, Method::PUT, "live", 1).await;
    assert_eq!(service.send(Method::DELETE, &format!("{FUNCTIONS}/f"), "").await.status.as_u16(), 204);
    prepared(&service).await;
    let none = ask(&service, Method::GET, "live", 0).await;
    none.expect_error(404, "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found");
}
