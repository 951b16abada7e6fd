//! From HTTP to one operation and back: routes, request ids, the size limit.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use uuid::Uuid;

use crate::attachments::Mappings;
use crate::body::receive;
use crate::create::create_function;
use crate::error::EmulatorError;
use crate::faults::{Fault, Mishaps, broken};
use crate::gate::refuse_foreign;
use crate::names::FunctionReference;
use crate::objects::{self, Uploads, is_for_s3};
use crate::operations;
use crate::paging::{ListRequest, list_functions};
use crate::pending::Pending;
use crate::scope::{Scope, signed_region};
use crate::service_error::ServiceError;
use crate::store::Store;
use crate::traffic::{Traffic, operation};
use crate::{changes, sts, tagging};

/// The header that names the operation in JSON protocols.
pub(crate) const TARGET: &str = "x-amz-target";

const JSON: &str = "application/json";

/// What every request sees.
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) latency: Duration,
    /// How long the body of a request may take.
    pub(crate) body_time: Duration,
    pub(crate) pending: Pending,
    pub(crate) mishaps: Mishaps,
    pub(crate) mappings: Mappings,
    pub(crate) uploads: Uploads,
    pub(crate) account: String,
    /// The emulator's own base URL.
    pub(crate) endpoint: String,
}

type Emulator = State<Arc<Shared>>;
type Parameters = Query<Vec<(String, String)>>;
type Answer = Result<Response, ServiceError>;

/// The routes as others on this machine reach them.
pub(crate) fn served(shared: Arc<Shared>) -> Router {
    let gate = middleware::from_fn_with_state(Arc::clone(&shared), refuse_foreign);
    operations_of(shared).layer(gate).layer(middleware::from_fn(identify_and_log))
}

/// The routes as this process reaches them.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    operations_of(shared).layer(middleware::from_fn(identify_and_log))
}

/// What there is to ask for. A path that ends in a slash is the same to the service where SDKs send one.
fn operations_of(shared: Arc<Shared>) -> Router {
    let functions = get(list).post(create);
    Router::new()
        .route("/", post(root))
        .route("/2015-03-31/functions", functions.clone())
        .route("/2015-03-31/functions/", functions)
        .route("/2015-03-31/functions/{name}", get(get_function).delete(delete))
        .route("/2015-03-31/functions/{name}/configuration", get(get_configuration))
        .route("/2020-06-30/functions/{name}/code-signing-config", get(get_code_signing))
        .route("/2017-03-31/tags/{resource}", get(list_tags))
        .merge(changes::routes())
        .route("/2016-08-19/account-settings", get(account_settings))
        .route("/2016-08-19/account-settings/", get(account_settings))
        .route("/code/{file}", get(download))
        .route("/_emulator/requests", get(requests).delete(forget_requests))
        .fallback(unknown_operation)
        .method_not_allowed_fallback(unknown_operation)
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), admit))
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

/// Counts a request, refuses it where the quota has no room for it, lets go wrong what is to go wrong, and holds the
/// answer back for the latency. What is no operation passes as it is.
async fn admit(State(shared): Emulator, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let target = headers.get(TARGET).and_then(|value| value.to_str().ok());
    let Some(operation) = operation(request.method(), request.uri().path(), target) else {
        return next.run(request).await;
    };
    let within_quota = shared.traffic.admit(operation, &scope(&shared, headers).region);
    let mishap = if within_quota { shared.mishaps.next() } else { Some(Fault::Throttle) };
    let response = match mishap {
        None => next.run(request).await,
        Some(Fault::Throttle) => throttled(operation),
        Some(Fault::Error) => ServiceError::failed().into_response(),
        Some(Fault::DropBefore) => broken(),
        Some(Fault::ErrorAfter) => {
            next.run(request).await;
            ServiceError::failed().into_response()
        }
        Some(Fault::Stall) => std::future::pending().await,
        Some(Fault::DropAfter) => {
            next.run(request).await;
            broken()
        }
    };
    // Sleeping for no time at all would still take a millisecond.
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    response
}

fn throttled(operation: &str) -> Response {
    match operation {
        "GetResources" => json_1_1(ServiceError::tagging_throttled().into_response()),
        _ => ServiceError::throttled().into_response(),
    }
}

/// How many requests came in: no part of the service, for tests and benches.
async fn requests(State(shared): Emulator) -> Response {
    json_answer(StatusCode::OK, &serde_json::json!(shared.traffic.counts()))
}

async fn forget_requests(State(shared): Emulator) -> StatusCode {
    shared.traffic.forget();
    StatusCode::NO_CONTENT
}

async fn unknown_operation(
    State(shared): Emulator,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if is_for_s3(&headers) {
        let path = percent_decoded(uri.path());
        let work = move |shared: &Shared| {
            let query = uri.query().unwrap_or_default();
            let call = objects::Call { method: &method, path: &path, query, headers: &headers };
            Ok(objects::answer(&shared.store, &shared.uploads, &call, body.into())?)
        };
        return blocking(shared, work).await.unwrap_or_else(ServiceError::into_response);
    }
    ServiceError::unknown_operation(method.as_str(), uri.path()).into_response()
}

/// Keys are stored as they are named in CreateFunction.
fn percent_decoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = path.get(index + 1..index + 3).filter(|_| bytes[index] == b'%');
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                index += 3;
            }
            None => {
                decoded.push(bytes[index]);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

async fn create(State(shared): Emulator, headers: HeaderMap, body: Bytes) -> Answer {
    let scope = scope(&shared, &headers);
    let work = move |shared: &Shared| create_function(shared, &scope, &body);
    let configuration = blocking(shared, work).await?;
    Ok(json_answer(StatusCode::CREATED, &Value::Object(configuration)))
}

async fn list(State(shared): Emulator, headers: HeaderMap, Query(query): Parameters) -> Answer {
    let scope = scope(&shared, &headers);
    let request = ListRequest::from_query(&query)?;
    let work = move |shared: &Shared| list_functions(&shared.store, &scope, &request);
    Ok(json_answer(StatusCode::OK, &blocking(shared, work).await?))
}

async fn get_function(
    State(shared): Emulator,
    Path(name): Path<String>,
    Query(query): Parameters,
    headers: HeaderMap,
) -> Answer {
    let (scope, reference) = reference(&shared, &headers, &name, &query)?;
    let work = move |shared: &Shared| operations::get_function(shared, &scope, &reference);
    Ok(json_answer(StatusCode::OK, &blocking(shared, work).await?))
}

async fn get_configuration(
    State(shared): Emulator,
    Path(name): Path<String>,
    Query(query): Parameters,
    headers: HeaderMap,
) -> Answer {
    let (scope, reference) = reference(&shared, &headers, &name, &query)?;
    let work = move |shared: &Shared| operations::get_configuration(shared, &scope, &reference);
    Ok(json_answer(StatusCode::OK, &blocking(shared, work).await?))
}

async fn get_code_signing(State(shared): Emulator, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let (scope, reference) = reference(&shared, &headers, &name, &[])?;
    let work = move |shared: &Shared| operations::get_code_signing(shared, &scope, &reference);
    Ok(json_answer(StatusCode::OK, &blocking(shared, work).await?))
}

async fn delete(
    State(shared): Emulator,
    Path(name): Path<String>,
    Query(query): Parameters,
    headers: HeaderMap,
) -> Answer {
    let (scope, reference) = reference(&shared, &headers, &name, &query)?;
    let work = move |shared: &Shared| operations::delete_function(shared, &scope, &reference);
    let status = blocking(shared, work).await?;
    Ok((status, [(header::CONTENT_TYPE, JSON)]).into_response())
}

async fn list_tags(State(shared): Emulator, Path(resource): Path<String>, headers: HeaderMap) -> Answer {
    let scope = scope(&shared, &headers);
    let work = move |shared: &Shared| operations::list_tags(shared, &scope, &resource);
    Ok(json_answer(StatusCode::OK, &blocking(shared, work).await?))
}

async fn account_settings(State(shared): Emulator, headers: HeaderMap) -> Answer {
    let scope = scope(&shared, &headers);
    let work = move |shared: &Shared| operations::account_settings(shared, &scope);
    Ok(json_answer(StatusCode::OK, &blocking(shared, work).await?))
}

/// The place that GetFunction's `Code.Location` names.
async fn download(State(shared): Emulator, Path(file): Path<String>) -> Answer {
    let digest = file.strip_suffix(".zip").unwrap_or_default().to_owned();
    // The digest becomes a file name, so nothing but a digest may pass.
    let digest_like = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let zip =
        if digest_like { blocking(shared, move |shared: &Shared| Ok(shared.store.zip(&digest)?)).await? } else { None };
    let zip = zip.ok_or_else(|| ServiceError::unknown_operation("GET", &format!("/code/{file}")))?;
    Ok(([(header::CONTENT_TYPE, "application/zip")], zip).into_response())
}

/// The root path belongs to services that name the operation elsewhere: in a header, or in the body.
async fn root(State(shared): Emulator, headers: HeaderMap, body: Bytes) -> Answer {
    let scope = scope(&shared, &headers);
    let Some(target) = headers.get(TARGET) else {
        return Ok(sts::answer(&scope, &body));
    };
    let target = target.to_str().unwrap_or_default().to_owned();
    let work = move |shared: &Shared| tagging::answer(&shared.store, &scope, &target, &body);
    let answer = blocking(shared, work).await;
    Ok(json_1_1(answer.map_or_else(ServiceError::into_response, |body| json_answer(StatusCode::OK, &body))))
}

/// An answer with a JSON body.
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)], body.to_string()).into_response()
}

/// The same answer under the media type of the JSON 1.1 protocol.
fn json_1_1(mut response: Response) -> Response {
    let media_type = HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}

pub(crate) fn scope(shared: &Shared, headers: &HeaderMap) -> Scope {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let region = authorization.and_then(signed_region).unwrap_or("us-east-1");
    Scope { region: region.to_owned(), account: shared.account.clone() }
}

pub(crate) fn reference(
    shared: &Shared,
    headers: &HeaderMap,
    name: &str,
    query: &[(String, String)],
) -> Result<(Scope, FunctionReference), ServiceError> {
    let scope = scope(shared, headers);
    let qualifier = query.iter().find(|(key, _)| key == "Qualifier");
    let qualifier = qualifier.map(|(_, value)| value.as_str());
    let reference = FunctionReference::from_path(name, qualifier, &scope)?;
    Ok((scope, reference))
}

/// Runs an operation where it may wait for the disk.
pub(crate) async fn blocking<T: Send + 'static>(
    shared: Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    let task = tokio::task::spawn_blocking(move || work(&shared));
    task.await.map_err(EmulatorError::Task)?
}
