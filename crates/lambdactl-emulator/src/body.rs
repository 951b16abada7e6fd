//! Reading the bodies of requests.

use axum::body::{Body, Bytes};
use futures_util::StreamExt;

use crate::service_error::ServiceError;

/// Largest request body, in bytes (recorded answer).
const REQUEST_BYTES: usize = 70_167_211;

/// Reads a body up to the service's limit. A longer one is read to its end and dropped: a client
/// that is still sending would otherwise see a broken connection in place of the answer.
pub(crate) async fn read_body(body: Body, operation: &str) -> Result<Bytes, ServiceError> {
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
