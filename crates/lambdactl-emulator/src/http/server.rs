//! The way of a request: request ids, the size limit, quotas and mishaps, then the operation.

use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use lambdactl_schema::Operation;
use lambdactl_schema::operations::{Protocol, Service};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::EmulatorError;
use crate::http::answer::{Answer, in_json_protocol, json_answer, status_answer};
use crate::http::asked::{Asked, TARGET, form_service, operation_of};
use crate::http::body::receive;
use crate::http::faults::{Fault, broken};
use crate::http::gate::refuse_foreign;
use crate::http::s3::is_for_s3;
use crate::routes::{Handler, handler, operations, status};
use crate::service_error::ServiceError;
use crate::services::objects::not_implemented;
use crate::services::sts::other_service;
use crate::shared::Shared;

type Emulator = State<Arc<Shared>>;

/// The routes as others on this machine reach them.
pub(crate) fn served(shared: Arc<Shared>) -> Router {
    let gate = middleware::from_fn_with_state(Arc::clone(&shared), refuse_foreign);
    routes(shared).layer(gate).layer(middleware::from_fn(identify_and_log))
}

/// The routes as this process reaches them.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    routes(shared).layer(middleware::from_fn(identify_and_log))
}

/// What there is to ask for: the operations of the table, and a few pages of the emulator's own.
fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/code/{file}", get(download))
        .route("/_emulator/requests", get(requests).delete(forget_requests))
        .route("/_emulator/operations", get(known_operations))
        .fallback(operate)
        .method_not_allowed_fallback(operate)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), receive))
        // The service's own limit is kept where bodies are received.
        .layer(DefaultBodyLimit::disable())
        .with_state(shared)
}

/// Gives every answer a request id and writes the log line: nothing of query, headers or body,
/// which may hold secrets.
async fn identify_and_log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let mut response = next.run(request).await;
    tracing::debug!(%method, path, status = response.status().as_u16(), "request");
    let id = HeaderValue::try_from(Uuid::new_v4().to_string());
    let id = id.expect("a uuid is a valid header value");
    response.headers_mut().insert("x-amzn-requestid", id);
    response
}

/// Answers an operation.
async fn operate(State(shared): Emulator, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let known = operation_of(&parts).and_then(|operation| Some((operation, handler(operation)?)));
    let Some((operation, handler)) = known else { return unknown(&parts) };
    // It is here as a whole.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let asked = Asked::new(operation, &parts, body, &shared.account);
    // What S3 does counts against no quota of these, and is not counted.
    if operation.row().service == Service::S3 {
        return answered(shared, asked, handler).await;
    }
    admit(shared, asked, handler).await
}

/// The answer to what is no operation here, in the form of the service that was meant.
fn unknown(parts: &Parts) -> Response {
    const TARGETED: &str = "the emulator has no such operation: GET /_emulator/operations names those that it has";
    if is_for_s3(&parts.headers) {
        not_implemented()
    } else if parts.headers.contains_key(TARGET) {
        let error = ServiceError::json_protocol("UnknownOperationException", TARGETED);
        in_json_protocol(error.into_response(), "1.1")
    } else if let ("POST", "/", Some(service)) = (parts.method.as_str(), parts.uri.path(), form_service(&parts.headers))
    {
        other_service(service)
    } else {
        ServiceError::unknown_operation(parts.method.as_str(), parts.uri.path()).into_response()
    }
}

/// Counts a request, refuses it where the quota has no room for it, lets go wrong what is to go wrong, and holds the
/// answer back for the latency.
async fn admit(shared: Arc<Shared>, asked: Asked, handler: Handler) -> Response {
    let within_quota = shared.traffic.admit(asked.operation, &asked.scope.region);
    let mishap = if within_quota { shared.mishaps.next() } else { Some(Fault::Throttle) };
    let latency = shared.latency;
    let response = match mishap {
        None => answered(shared, asked, handler).await,
        Some(Fault::Throttle) => throttled(asked.operation),
        Some(Fault::Error) => ServiceError::failed().into_response(),
        Some(Fault::DropBefore) => broken(),
        Some(Fault::ErrorAfter) => {
            answered(shared, asked, handler).await;
            ServiceError::failed().into_response()
        }
        Some(Fault::Stall) => std::future::pending().await,
        Some(Fault::DropAfter) => {
            answered(shared, asked, handler).await;
            broken()
        }
    };
    // Sleeping for no time at all would still take a millisecond.
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    response
}

/// Lets an operation's own code answer, where it may wait for the disk.
async fn answered(shared: Arc<Shared>, asked: Asked, handler: Handler) -> Response {
    let operation = asked.operation;
    let answer = blocking(shared, move |shared| handler(shared, &asked)).await;
    let response = answer.map_or_else(ServiceError::into_response, |answer| match answer {
        Answer::Members(members) => json_answer(status(operation), &members),
        Answer::Empty => status(operation).into_response(),
        Answer::Status(status) => status_answer(status),
        Answer::Whole(response) => response,
    });
    of_protocol(operation, response)
}

fn throttled(operation: Operation) -> Response {
    let error = match operation.row().service {
        Service::Tagging => ServiceError::tagging_throttled(),
        _ => ServiceError::throttled(),
    };
    of_protocol(operation, error.into_response())
}

/// Gives an answer the media type of its service's protocol.
fn of_protocol(operation: Operation, response: Response) -> Response {
    match operation.row().service.protocol() {
        Protocol::Json(version) => in_json_protocol(response, version),
        Protocol::RestJson | Protocol::RestXml | Protocol::Query | Protocol::Ec2Query => response,
    }
}

/// How many requests came in: no part of the service, for tests and benches.
async fn requests(State(shared): Emulator) -> Response {
    json_answer(StatusCode::OK, &json!(shared.traffic.counts()))
}

async fn forget_requests(State(shared): Emulator) -> StatusCode {
    shared.traffic.forget();
    StatusCode::NO_CONTENT
}

/// Which operations are answered: no part of the service.
async fn known_operations() -> Response {
    let rows = operations().map(|operation| {
        let row = operation.row();
        json!({
            "operation": operation.name(), "service": row.service.name(), "method": row.method.as_str(), "path": row.path,
        })
    });
    json_answer(StatusCode::OK, &Value::Array(rows.collect()))
}

/// The place that GetFunction's `Code.Location` names.
async fn download(State(shared): Emulator, Path(file): Path<String>) -> Result<Response, ServiceError> {
    let digest = file.strip_suffix(".zip").unwrap_or_default().to_owned();
    // The digest becomes a file name, so nothing but a digest may pass.
    let digest_like = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let zip =
        if digest_like { blocking(shared, move |shared: &Shared| Ok(shared.store.zip(&digest)?)).await? } else { None };
    let zip = zip.ok_or_else(|| ServiceError::unknown_operation("GET", &format!("/code/{file}")))?;
    Ok(([(header::CONTENT_TYPE, "application/zip")], zip).into_response())
}

/// Runs work where it may wait for the disk.
async fn blocking<T: Send + 'static>(
    shared: Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    let task = tokio::task::spawn_blocking(move || work(&shared));
    task.await.map_err(EmulatorError::Task)?
}
