//! The routes of the calls that change functions, and of what is attached to them.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde_json::Value;

use crate::function::Function;
use crate::names::FunctionReference;
use crate::scope::Scope;
use crate::server::{Shared, blocking, json_answer, reference, scope};
use crate::service_error::ServiceError;
use crate::{attachments, marks, update, versions};

type Emulator = State<Arc<Shared>>;
type Parameters = Query<Vec<(String, String)>>;
type Answer = Result<Response, ServiceError>;
/// A call on a function with a body.
type Change = fn(&Shared, &Scope, &FunctionReference, &[u8]) -> Result<Value, ServiceError>;
/// A look at a function.
type Look = fn(&Function) -> Result<Value, ServiceError>;

/// The routes, without the state.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    let change = |status: StatusCode, work: Change| {
        async move |State(shared): Emulator, Path(name): Path<String>, headers: HeaderMap, body: Bytes| -> Answer {
            let (scope, reference) = reference(&shared, &headers, &name, &[])?;
            let work = move |shared: &Shared| work(shared, &scope, &reference, &body);
            Ok(json_answer(status, &blocking(shared, work).await?))
        }
    };
    let look = |work: Look| {
        async move |State(shared): Emulator, Path(name): Path<String>, headers: HeaderMap| -> Answer {
            let (scope, reference) = reference(&shared, &headers, &name, &[])?;
            let work = move |shared: &Shared| {
                let function = shared.store.function(&scope.region, &reference.name)?;
                work(&function.ok_or_else(|| ServiceError::function_not_found(&reference.arn(&scope)))?)
            };
            Ok(json_answer(StatusCode::OK, &blocking(shared, work).await?))
        }
    };
    let (ok, created) = (StatusCode::OK, StatusCode::CREATED);
    Router::new()
        .route("/2015-03-31/functions/{name}/configuration", put(change(ok, update::update_configuration)))
        .route("/2015-03-31/functions/{name}/code", put(change(ok, update::update_code)))
        .route(
            "/2015-03-31/functions/{name}/versions",
            post(change(created, versions::publish_version))
                .get(change(ok, |shared, scope, name, _| versions::list_versions(shared, scope, name))),
        )
        .route(
            "/2015-03-31/functions/{name}/aliases",
            post(change(created, attachments::create_alias))
                .get(look(|function| Ok(attachments::list_aliases(function)))),
        )
        .route(
            "/2015-03-31/functions/{name}/policy",
            post(change(created, attachments::add_permission)).get(look(attachments::get_policy)),
        )
        .route("/2021-10-31/functions/{name}/url", post(change(created, attachments::create_url)))
        .route("/2021-10-31/functions/{name}/urls", get(look(|function| Ok(attachments::list_urls(function)))))
        .route(
            "/2017-10-31/functions/{name}/concurrency",
            put(change(ok, attachments::put_concurrency)).delete(unreserve),
        )
        .route(
            "/2019-09-30/functions/{name}/concurrency",
            get(look(|function| Ok(attachments::get_concurrency(function)))),
        )
        .route("/2015-03-31/event-source-mappings", post(create_mapping).get(list_mappings))
        .route("/2015-03-31/event-source-mappings/", post(create_mapping).get(list_mappings))
        .route(
            "/2020-06-30/functions/{name}/code-signing-config",
            put(change(ok, |shared, scope, name, body| marks::sign(shared, scope, name, Some(body)))).delete(unsign),
        )
        .route("/2020-04-22/code-signing-configs", get(list_configs))
        .route("/2020-04-22/code-signing-configs/", get(list_configs))
        .route("/2020-04-22/code-signing-configs/{arn}/functions", get(list_signed))
        .route("/2017-03-31/tags/{resource}", post(tag).delete(untag))
}

async fn unsign(State(shared): Emulator, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let (scope, reference) = reference(&shared, &headers, &name, &[])?;
    blocking(shared, move |shared: &Shared| marks::sign(shared, &scope, &reference, None)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// DeleteFunctionConcurrency.
async fn unreserve(State(shared): Emulator, Path(name): Path<String>, headers: HeaderMap) -> Answer {
    let (scope, reference) = reference(&shared, &headers, &name, &[])?;
    let work = move |shared: &Shared| attachments::put_concurrency(shared, &scope, &reference, b"{}");
    blocking(shared, work).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn list_configs(State(shared): Emulator, headers: HeaderMap) -> Answer {
    let scope = scope(&shared, &headers);
    let configs = blocking(shared, move |shared: &Shared| marks::list_configs(shared, &scope)).await?;
    Ok(json_answer(StatusCode::OK, &configs))
}

async fn list_signed(State(shared): Emulator, Path(arn): Path<String>, headers: HeaderMap) -> Answer {
    let scope = scope(&shared, &headers);
    let functions = blocking(shared, move |shared: &Shared| marks::list_signed(shared, &scope, &arn)).await?;
    Ok(json_answer(StatusCode::OK, &functions))
}

async fn tag(State(shared): Emulator, Path(resource): Path<String>, headers: HeaderMap, body: Bytes) -> Answer {
    let scope = scope(&shared, &headers);
    blocking(shared, move |shared: &Shared| marks::tag(shared, &scope, &resource, &body)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn untag(
    State(shared): Emulator,
    Path(resource): Path<String>,
    Query(query): Parameters,
    headers: HeaderMap,
) -> Answer {
    let scope = scope(&shared, &headers);
    blocking(shared, move |shared: &Shared| marks::untag(shared, &scope, &resource, &query)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn create_mapping(State(shared): Emulator, headers: HeaderMap, body: Bytes) -> Answer {
    let scope = scope(&shared, &headers);
    let work = move |shared: &Shared| shared.mappings.create(shared, &scope, &body);
    Ok(json_answer(StatusCode::ACCEPTED, &blocking(shared, work).await?))
}

async fn list_mappings(State(shared): Emulator, Query(query): Parameters, headers: HeaderMap) -> Answer {
    let scope = scope(&shared, &headers);
    let name = query.iter().find(|(key, _)| key == "FunctionName").map(|(_, name)| name.as_str());
    let name = name.map(|name| FunctionReference::from_path(name, None, &scope)).transpose()?;
    Ok(json_answer(StatusCode::OK, &shared.mappings.list(&scope, name.as_ref().map(|name| name.name.as_str()))))
}
