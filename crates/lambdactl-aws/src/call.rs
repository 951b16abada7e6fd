use bytes::Bytes;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use crate::error::CallError;
use crate::retry::Repeat;

/// One call, ready to be signed.
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) service: Service,
    pub(crate) method: Method,
    /// Path and query, percent-encoded.
    pub(crate) path: String,
    pub(crate) body: Bytes,
    pub(crate) repeat: Repeat,
}

impl Call {
    /// Returns how long the call may take in all, from the connection to the last byte of the answer: a server that sends
    /// one byte now and then must not hold anyone up.
    pub(crate) fn time_limit(&self) -> Duration {
        time_limit(self.repeat, self.body.len())
    }
}

/// Returns how long an exchange may take that sends so many bytes.
pub(crate) fn time_limit(repeat: Repeat, sent: usize) -> Duration {
    /// Reads are answered in well under a second; creating a function with a large archive has taken 20 s and more.
    const READ: Duration = Duration::from_secs(30);
    const CHANGE: Duration = Duration::from_secs(120);
    /// Bytes a second of the slowest line that an archive can be sent on.
    const SLOWEST: u64 = 64 << 10;
    let least = if repeat == Repeat::Safe && sent < PLAIN { READ } else { CHANGE };
    least + Duration::from_secs(sent as u64 / SLOWEST)
}

/// Bytes of a body that holds no archive.
const PLAIN: usize = 64 << 10;

/// The services that are talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Lambda,
    Sts,
    Tagging,
    Ecr,
}

impl Service {
    /// Returns the name that is signed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Sts => "sts",
            Self::Tagging => "tagging",
            Self::Ecr => "ecr",
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Lambda => "application/json",
            Self::Sts => "application/x-www-form-urlencoded",
            Self::Tagging | Self::Ecr => "application/x-amz-json-1.1",
        }
    }

    /// Returns the header that names the operation, where the path does not.
    pub(crate) fn target(self, operation: &str) -> Option<String> {
        match self {
            Self::Tagging => Some(format!("ResourceGroupsTaggingAPI_20170126.{operation}")),
            Self::Ecr => Some(format!("AmazonEC2ContainerRegistry_V20150921.{operation}")),
            Self::Lambda | Self::Sts => None,
        }
    }
}

/// An answer with a status of success.
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads the body as JSON.
    pub(crate) fn json(&self, operation: &'static str, endpoint: &str) -> Result<Value, CallError> {
        serde_json::from_slice(&self.body).ok().filter(Value::is_object).ok_or_else(|| CallError::NotJson {
            operation,
            endpoint: endpoint.to_owned(),
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
