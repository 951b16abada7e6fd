//! Receiving the bodies of requests, before anything is done with them.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use lambdactl_schema::Operation;
use tokio::time::timeout;

use crate::http::asked::operation_of;
use crate::http::connections::Activity;
use crate::service_error::ServiceError;
use crate::shared::Shared;

/// Largest request body, in bytes (recorded answer).
const REQUEST_BYTES: usize = 70_167_211;

/// Passes a request on once its body is here, whole, in time and within the service's limit.
pub(crate) async fn receive(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let operation = operation_of(&parts).map_or("unknown", Operation::name);
    let bytes = match timeout(shared.body_time, read_body(body, operation)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return error.into_response(),
        Err(_) => return ServiceError::too_slow().into_response(),
    };
    // There is no connection where this process asks itself.
    let _work = parts.extensions.get::<Arc<Activity>>().map(|activity| Arc::clone(activity).work());
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// Reads a body up to the service's limit. A longer one is read to its end and dropped: a client
/// that is still sending would otherwise see a broken connection in place of the answer.
async fn read_body(body: Body, operation: &str) -> Result<Bytes, ServiceError> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut received = 0_usize;
    while let Some(chunk) = stream.next().await {
        // The client went away; nobody will read this answer.
        let Ok(chunk) = chunk else {
            return Err(ServiceError::serialization("The request body ended early"));
        };
        received = received.saturating_add(chunk.len());
        if received <= REQUEST_BYTES {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    if received > REQUEST_BYTES {
        return Err(ServiceError::too_large(&format!(
            "Request must be smaller than {REQUEST_BYTES} bytes for the {operation} operation"
        )));
    }
    Ok(bytes.into())
}

/// Reads a body that nobody wants, for the same reason.
pub(crate) async fn drain(body: Body) {
    let mut stream = body.into_data_stream();
    while let Some(Ok(_)) = stream.next().await {}
}
