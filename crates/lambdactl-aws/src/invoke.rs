//! Invoke: calls a function. Never sent again after a lost answer, because the function may have run.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lambdactl_schema::{Call, Operation, Subject};
use serde_json::Value;

use crate::answer::looks_like;
use crate::call::Outgoing;
use crate::client::Client;
use crate::error::CallError;
use crate::refusal::{name, text};

/// How long a function may run (AWS documentation): so long a server may be silent before it answers.
pub const LONGEST_RUN: Duration = Duration::from_secs(15 * 60 + 30);

/// How long a call is tried that was not executed: a throttle, a function that is still being set up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A call of a function.
#[derive(Clone)]
pub struct Invocation {
    /// The function's name.
    pub name: String,
    /// A version or an alias of it.
    pub qualifier: Option<String>,
    /// JSON, or nothing.
    pub payload: Vec<u8>,
    /// What is waited for.
    pub kind: InvocationType,
}

/// What a call of a function is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvocationType {
    /// Its answer is waited for.
    RequestResponse {
        /// Whether the end of its log is wanted.
        tail: bool,
    },
    /// It is put into the function's queue.
    Event,
    /// The function is not run: whether it is there and may be called.
    DryRun,
}

/// What a call of a function came to.
#[derive(Clone, PartialEq, Eq)]
pub struct Invoked {
    /// What the function answered, as it came; nothing where it was not waited for.
    pub payload: Vec<u8>,
    /// The version that answered.
    pub version: Option<String>,
    /// The last 4 KB of its log, as text.
    pub log: Option<String>,
    /// `Handled` or `Unhandled` where the function failed: then the payload says how.
    pub function_error: Option<String>,
}

impl InvocationType {
    /// Returns its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequestResponse { .. } => "RequestResponse",
            Self::Event => "Event",
            Self::DryRun => "DryRun",
        }
    }

    /// Returns the bytes that a payload may have (AWS documentation).
    pub fn largest_payload(self) -> usize {
        match self {
            Self::RequestResponse { .. } | Self::DryRun => 6_291_456,
            Self::Event => 1_048_576,
        }
    }

    /// The status of success (the service's documentation of Invoke).
    fn status(self) -> u16 {
        match self {
            Self::RequestResponse { .. } => 200,
            Self::Event => 202,
            Self::DryRun => 204,
        }
    }
}

impl Client {
    /// Calls a function. A function that fails has answered: [`Invoked::function_error`].
    ///
    /// # Errors
    /// Where the call was refused, or its answer was lost ([`CallError::is_ambiguous`]).
    pub async fn invoke(&self, invocation: Invocation) -> Result<Invoked, CallError> {
        const OPERATION: Operation = Operation::Invoke;
        let Invocation { name: function, qualifier, payload, kind } = invocation;
        let subject = Subject { qualifier, ..Subject::function(function) };
        let mut call = Call::new(OPERATION, subject).with("InvocationType", kind.as_str());
        if kind == (InvocationType::RequestResponse { tail: true }) {
            call = call.with("LogType", "Tail");
        }
        let answer = self.carry_within(Outgoing::of(call).with_body(Bytes::from(payload)), PATIENCE).await?;
        let header = |header: &str| text(&answer.headers, header);
        let version = header("x-amz-executed-version").and_then(|version| executed(&version));
        // Whatever answers every request with 200 has not run a function.
        if answer.status != kind.status() {
            return Err(self.unexpected(OPERATION, format!("status {} to {}", answer.status, kind.as_str())));
        }
        let waits = matches!(kind, InvocationType::RequestResponse { .. });
        let is_json = || serde_json::from_slice::<Value>(&answer.body).is_ok();
        if waits && version.is_none() && !answer.body.is_empty() && !is_json() {
            let what = looks_like(&answer.body);
            return Err(CallError::NotJson {
                operation: OPERATION,
                endpoint: self.endpoint(OPERATION),
                what,
                status: 200,
            });
        }
        let log = header("x-amz-log-result").and_then(|log| STANDARD.decode(log).ok());
        let function_error = header("x-amz-function-error");
        let function_error =
            function_error.map(|error| name(&mut self.redaction(), &error).unwrap_or_else(|| "Unhandled".to_owned()));
        Ok(Invoked {
            payload: answer.body,
            version,
            log: log.map(|log| String::from_utf8_lossy(&log).into_owned()),
            function_error,
        })
    }
}

/// Returns the version that a header names: a number, or `$LATEST`.
fn executed(version: &str) -> Option<String> {
    let is_version = version == "$LATEST"
        || version == "$LATEST.PUBLISHED"
        || ((1..=20).contains(&version.len()) && version.bytes().all(|byte| byte.is_ascii_digit()));
    is_version.then(|| version.to_owned())
}

/// Payloads are sensitive (the service's model): the debug forms have their lengths only.
impl std::fmt::Debug for Invocation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, qualifier, payload, kind } = self;
        let fields = (name, qualifier, payload.len(), kind);
        formatter.debug_tuple("Invocation").field(&fields).finish()
    }
}

impl std::fmt::Debug for Invoked {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { payload, version, log, function_error } = self;
        let fields = (payload.len(), version, log.as_ref().map(String::len), function_error);
        formatter.debug_tuple("Invoked").field(&fields).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_are_shown_as_such() {
        for (header, version) in [("7", true), ("$LATEST", true), ("", false), ("7\u{1b}", false), ("live", false)] {
            assert_eq!(executed(header).is_some(), version, "{header:?}");
        }
    }

    #[test]
    fn debug_forms_have_no_payload() {
        let kind = InvocationType::RequestResponse { tail: true };
        let payload = b"hunter2".to_vec();
        let sent = Invocation { name: "f".to_owned(), qualifier: None, payload: payload.clone(), kind };
        let log = Some("hunter2".to_owned());
        let came = Invoked { payload, version: None, log, function_error: None };
        assert!(!format!("{sent:?} {came:?}").contains("hunter2"));
    }
}
