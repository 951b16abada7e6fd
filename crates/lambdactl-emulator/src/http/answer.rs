//! What requests are answered with.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

const JSON: &str = "application/json";

/// What an operation answers, before it is one of HTTP.
pub(crate) enum Answer {
    /// Members, with the operation's own status.
    Members(Value),
    /// Nothing but the operation's own status.
    Empty,
    /// Nothing, with another status.
    Status(StatusCode),
    /// An answer of a protocol of its own.
    Whole(Response),
}

/// An answer with a JSON body.
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)], body.to_string()).into_response()
}

/// An answer that has nothing to say but its status.
pub(crate) fn status_answer(status: StatusCode) -> Response {
    (status, [(header::CONTENT_TYPE, JSON)]).into_response()
}

/// The same answer under the media type of a JSON protocol.
pub(crate) fn in_json_protocol(mut response: Response, version: &str) -> Response {
    let media_type = HeaderValue::try_from(format!("application/x-amz-json-{version}"));
    response.headers_mut().insert(header::CONTENT_TYPE, media_type.expect("versions are digits and dots"));
    response
}
