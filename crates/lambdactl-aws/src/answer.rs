//! What comes back with a status of success.

use lambdactl_schema::Operation;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::error::CallError;

/// An answer with a status of success.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads the body as JSON. `endpoint` is as it can be shown.
    pub(crate) fn json(&self, operation: Operation, endpoint: String) -> Result<Value, CallError> {
        serde_json::from_slice(&self.body).ok().filter(Value::is_object).ok_or_else(|| CallError::NotJson {
            operation,
            endpoint,
            what: looks_like(&self.body),
            status: 200,
        })
    }
}

/// Says what kind of text an answer is, without repeating any of it.
pub(crate) fn looks_like(body: &[u8]) -> &'static str {
    match body.trim_ascii_start() {
        [] => "nothing",
        [b'<', ..] => "HTML or XML",
        [b'{' | b'[', ..] => "JSON of another kind",
        _ => "text",
    }
}
