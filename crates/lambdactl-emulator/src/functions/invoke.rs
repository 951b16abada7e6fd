//! Invoke. No function is run: what an invocation answers was said when the emulator was started. Statuses and headers are
//! those of the service's model, texts recorded answers, unless a comment says otherwise. Payloads are never logged.

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use uuid::Uuid;

use crate::functions::invocations::Invocations;
use crate::http::answer::Answer;
use crate::http::asked::Asked;
use crate::http::faults::uniform;
use crate::names::{FunctionReference, LATEST, validation_errors};
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::function::{Function, Snapshot};

/// The largest payloads, in bytes (AWS documentation).
const PAYLOAD: usize = 6_291_456;
const EVENT: usize = 1_048_576;

const TYPE: &str = "x-amz-invocation-type";
const LOG: &str = "x-amz-log-type";
const TENANT: &str = "x-amz-tenant-id";
const VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    RequestResponse,
    Event,
    DryRun,
}

/// Invoke.
pub(crate) fn invoke(shared: &Shared, asked: &Asked) -> Result<Answer, ServiceError> {
    let (kind, has_log) = (kind(asked)?, has_log(asked)?);
    let reference = asked.qualified()?;
    let missing = || ServiceError::function_not_found(&reference.arn(&asked.scope));
    let function = shared.store.function(&asked.scope.region, &reference.name)?.ok_or_else(missing)?;
    let version = version(shared, asked, &function, &reference);
    let snapshot = function.snapshot(Some(&version)).ok_or_else(missing)?;
    check_use(asked, snapshot, &reference)?;
    if kind == Kind::DryRun {
        return Ok(Answer::Status(StatusCode::NO_CONTENT));
    }
    check_payload(&asked.body, kind)?;
    check_state(shared, asked, &function, snapshot, &version)?;
    if kind == Kind::Event {
        // It waits, also where nothing may run (recorded answer): here for ever.
        return Ok(Answer::Status(StatusCode::ACCEPTED));
    }
    if function.attached.reserved_concurrency == Some(0) {
        return Err(ServiceError::nothing_reserved());
    }
    let answer = match shared.invoking.answer() {
        Invocations::Refused => return Err(ServiceError::runs_nothing()),
        Invocations::Echo if asked.body.is_empty() => Bytes::from_static(b"{}"),
        Invocations::Echo => asked.body.clone(),
        Invocations::Always(answer) => answer.clone(),
    };
    let mut response = answered(&answer, &version);
    if has_log {
        // The words are those that the service begins and ends each log with (AWS documentation).
        let id = Uuid::new_v4();
        let log = format!("START RequestId: {id} Version: {version}\nEND RequestId: {id}\n");
        let log = HeaderValue::try_from(STANDARD.encode(log)).expect("base64 is a valid header value");
        response.headers_mut().insert(LOG_RESULT, log);
    }
    Ok(Answer::Whole(response))
}

/// The answer of a function; an error of one has status 200, too, and the shape in which runtimes tell of it (AWS
/// documentation).
fn answered(answer: &Bytes, version: &str) -> Response {
    let is_error = serde_json::from_slice::<Value>(answer)
        .is_ok_and(|answer| answer.get("errorMessage").is_some() && answer.get("errorType").is_some());
    let mut response = ([(header::CONTENT_TYPE, "application/json")], answer.clone()).into_response();
    let version = HeaderValue::from_str(version).expect("versions are digits and a word");
    response.headers_mut().insert(VERSION, version);
    if is_error {
        response.headers_mut().insert(ERROR, HeaderValue::from_static("Unhandled"));
    }
    response
}

fn kind(asked: &Asked) -> Result<Kind, ServiceError> {
    match asked.header(TYPE) {
        None | Some("RequestResponse") => Ok(Kind::RequestResponse),
        Some("Event") => Ok(Kind::Event),
        Some("DryRun") => Ok(Kind::DryRun),
        Some(other) => Err(no_member(other, "invocationType", "[Event, RequestResponse, DryRun]")),
    }
}

fn has_log(asked: &Asked) -> Result<bool, ServiceError> {
    match asked.header(LOG) {
        None | Some("None") => Ok(false),
        Some("Tail") => Ok(true),
        Some(other) => Err(no_member(other, "logType", "[None, Tail]")),
    }
}

fn no_member(value: &str, at: &str, values: &str) -> ServiceError {
    validation_errors(&[format!(
        "Value '{value}' at '{at}' failed to satisfy constraint: Member must satisfy enum value set: {values}"
    )])
}

/// The version that answers: of an alias with weights, one or the other, as often as they say.
fn version(shared: &Shared, asked: &Asked, function: &Function, reference: &FunctionReference) -> String {
    let Some(qualifier) = reference.qualifier.as_deref() else { return LATEST.to_owned() };
    let Some(alias) = function.attached.alias(qualifier) else { return qualifier.to_owned() };
    if let Some(before) = shared.provisioning.version_before(&asked.scope.region, &function.name, qualifier) {
        return before;
    }
    let mut drawn = uniform(0, shared.invoking.next());
    let weights = alias.get("RoutingConfig").and_then(|routing| routing["AdditionalVersionWeights"].as_object());
    for (version, weight) in weights.into_iter().flatten() {
        drawn -= weight.as_f64().unwrap_or_default();
        if drawn < 0.0 {
            return version.clone();
        }
    }
    function.attached.main_version(qualifier).unwrap_or(LATEST).to_owned()
}

/// What some functions want of an invocation. The texts are those of users' reports and documentation.
fn check_use(asked: &Asked, snapshot: &Snapshot, reference: &FunctionReference) -> Result<(), ServiceError> {
    let configuration = &snapshot.configuration;
    if configuration.contains_key("TenancyConfig") && asked.header(TENANT).is_none_or(str::is_empty) {
        return Err(ServiceError::invalid_parameter(
            "The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.",
        ));
    }
    if configuration.contains_key("DurableConfig") && reference.qualifier.is_none() {
        let message = "You cannot invoke a durable function using an unqualified ARN.";
        return Err(ServiceError::invalid_parameter(message));
    }
    Ok(())
}

fn check_payload(payload: &[u8], kind: Kind) -> Result<(), ServiceError> {
    let most = if kind == Kind::Event { EVENT } else { PAYLOAD };
    if payload.len() > most {
        return Err(ServiceError::payload_too_large(most));
    }
    // The service goes on with its parser's words, which quote the payload.
    let is_json = payload.is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(payload).is_ok();
    is_json.then_some(()).ok_or_else(|| ServiceError::not_json("Could not parse request body into json"))
}

/// Refuses what is not there yet, or never will be.
fn check_state(
    shared: &Shared,
    asked: &Asked,
    function: &Function,
    snapshot: &Snapshot,
    version: &str,
) -> Result<(), ServiceError> {
    let (region, name) = (&asked.scope.region, &function.name);
    if shared.pending.is_created(region, name, version) {
        shared.pending.refuse_version(region, name, version)?;
    }
    match snapshot.configuration.get("State").and_then(Value::as_str) {
        // As with the state before; nobody could verify these two.
        Some(state @ ("Failed" | "ActiveNonInvocable")) => Err(ServiceError::conflict(&format!(
            "The operation cannot be performed at this time. The function is currently in the following state: {state}"
        ))),
        _ => Ok(()),
    }
}
