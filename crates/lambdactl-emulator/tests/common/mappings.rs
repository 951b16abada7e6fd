//! Event source mappings: what their tests share.

use std::time::Duration;

use lambdactl_emulator::{EmulatorOptions, Faults, Setup};
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{ACCOUNT, Answer, FUNCTIONS, Service, with, zip_function};

pub(crate) const PATH: &str = "/2015-03-31/event-source-mappings";
pub(crate) const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function";
pub(crate) const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:events";
pub(crate) const STREAM: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/s";
pub(crate) const TABLE: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000";
pub(crate) const CLUSTER: &str = "arn:aws:kafka:us-east-1:123456789012:cluster/c/0";
pub(crate) const BROKER: &str = "arn:aws:mq:us-east-1:123456789012:broker:b:b-1";
pub(crate) const DATABASE: &str = "arn:aws:rds:us-east-1:123456789012:cluster:d";
pub(crate) const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s";
pub(crate) const INVALID: &str = "InvalidParameterValueException";
pub(crate) const MISSING: &str = "ResourceNotFoundException";

pub(crate) async fn create(service: &Service, body: &Value) -> Answer {
    service.send(Method::POST, &format!("{PATH}/"), body.to_string()).await
}

/// Creates a mapping that must be accepted.
pub(crate) async fn created(service: &Service, body: &Value) -> Value {
    let answer = create(service, body).await;
    assert_eq!(answer.status.as_u16(), 202, "{}", answer.text());
    answer.json()
}

pub(crate) fn uuid(mapping: &Value) -> &str {
    mapping["UUID"].as_str().expect("a UUID")
}

pub(crate) async fn read(service: &Service, uuid: &str) -> Value {
    let answer = service.get(&format!("{PATH}/{uuid}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    answer.json()
}

pub(crate) async fn update(service: &Service, uuid: &str, body: Value) -> Answer {
    service.send(Method::PUT, &format!("{PATH}/{uuid}"), body.to_string()).await
}

/// Makes an update that must be accepted.
pub(crate) async fn updated(service: &Service, uuid: &str, body: Value) -> Value {
    let answer = update(service, uuid, body).await;
    assert_eq!(answer.status.as_u16(), 202, "{}", answer.text());
    answer.json()
}

pub(crate) async fn delete(service: &Service, uuid: &str) -> Answer {
    service.send(Method::DELETE, &format!("{PATH}/{uuid}"), "").await
}

pub(crate) async fn listed(service: &Service, query: &str) -> Vec<Value> {
    let answer = service.get(&format!("{PATH}{query}")).await;
    answer.json()["EventSourceMappings"].as_array().cloned().unwrap_or_else(|| panic!("{}", answer.text()))
}

/// A function `f` with version 1 and an alias `live` of it, and a function `g`.
pub(crate) async fn prepared(service: &Service) {
    service.created(&with(zip_function("f"), json!({ "Publish": true }))).await;
    service.created(&zip_function("g")).await;
    let alias = json!({ "Name": "live", "FunctionVersion": "1" });
    service.send(Method::POST, &format!("{FUNCTIONS}/f/aliases"), alias.to_string()).await;
}

pub(crate) async fn in_memory() -> Service {
    let service = Service::in_memory().await;
    prepared(&service).await;
    service
}

pub(crate) async fn slow(failing: &[&str]) -> Service {
    let setup = Setup { plain: Duration::from_secs(5), update: Duration::from_secs(3), ..Setup::default() };
    let failing = failing.iter().map(|text| text.parse().expect("a failure")).collect();
    let faults = Faults { failing, ..Faults::default() };
    let service = Service::start(EmulatorOptions { setup, faults, ..EmulatorOptions::default() }).await;
    prepared(&service).await;
    tokio::time::advance(Duration::from_secs(6)).await;
    service
}

pub(crate) fn kafka() -> Value {
    json!({
        "FunctionName": "f",
        "Topics": ["topic"],
        "SelfManagedEventSource": { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["kafka:2000", "kafka:1000"] } },
        "SourceAccessConfigurations": [{ "Type": "BASIC_AUTH", "URI": SECRET }],
    })
}

/// A mapping without what differs each time.
pub(crate) fn plain(mut mapping: Value) -> Value {
    assert!(mapping["LastModified"].is_f64(), "{mapping}");
    let uuid = uuid(&mapping).to_owned();
    let arn = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:event-source-mapping:{uuid}");
    assert_eq!(mapping["EventSourceMappingArn"], arn);
    let members = mapping.as_object_mut().expect("members");
    for member in ["LastModified", "UUID", "EventSourceMappingArn"] {
        members.remove(member);
    }
    mapping
}
