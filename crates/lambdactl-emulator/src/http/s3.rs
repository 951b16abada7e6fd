//! What S3 is asked for: its paths say nothing of the operation.

use axum::http::{HeaderMap, Method, header};
use lambdactl_schema::Operation;

/// Whether a request was signed for S3: its paths say nothing about that.
pub(crate) fn is_for_s3(headers: &HeaderMap) -> bool {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    authorization.is_some_and(|text| text.split([',', ' ']).any(|part| part.contains("/s3/aws4_request")))
}

/// Returns the operation of a request for S3: its parameters say what the path does not.
pub(crate) fn operation(method: &Method, query: &str) -> Option<Operation> {
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    Some(match (method.as_str(), has("uploadId"), has("partNumber")) {
        ("HEAD", false, false) => Operation::HeadObject,
        ("GET", false, false) => Operation::GetObject,
        ("PUT", false, false) => Operation::PutObject,
        ("DELETE", false, false) => Operation::DeleteObject,
        ("POST", false, false) if has("uploads") => Operation::CreateMultipartUpload,
        ("PUT", true, true) => Operation::UploadPart,
        ("POST", true, false) => Operation::CompleteMultipartUpload,
        ("DELETE", true, false) => Operation::AbortMultipartUpload,
        _ => return None,
    })
}
