//! Which failures are worth another try.

use std::time::Duration;

use backon::ExponentialBuilder;

use crate::error::{CallError, ServiceError};

/// Codes by which the services say "too fast", whatever the status: Lambda's front end throttles with status 400.
/// The list is that of botocore's standard retry mode.
const THROTTLES: [&str; 12] = [
    "TooManyRequestsException",
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "RequestLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "BandwidthLimitExceeded",
    "ProvisionedThroughputExceededException",
    "EC2ThrottledException",
];

/// Whether a call may be sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It reads: sending it again does no harm.
    Safe,
    /// It changes something: only what certainly was not executed is sent again.
    Unsafe,
}

/// Waits between tries: doubling, with jitter, about half a minute in all.
pub(crate) fn schedule() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(8))
        .with_max_times(8)
}

/// Whether the service refused for the rate of calls, and so did nothing.
pub(crate) fn is_throttle(error: &ServiceError) -> bool {
    error.status == 429 || THROTTLES.contains(&error.code.as_str())
}

/// Whether to try again, after `failures` failures of this call.
pub(crate) fn again(error: &CallError, repeat: Repeat, failures: usize) -> bool {
    /// A dead endpoint and a failing service are reported soon.
    const TRANSIENT_TRIES: usize = 3;
    match error {
        CallError::Service(error) if is_throttle(error) => true,
        // Nothing was sent.
        CallError::Unreachable { .. } => failures < TRANSIENT_TRIES,
        CallError::Service(error) => {
            repeat == Repeat::Safe && matches!(error.status, 500 | 502 | 503 | 504) && failures < TRANSIENT_TRIES
        }
        CallError::NoAnswer { .. } => repeat == Repeat::Safe && failures < TRANSIENT_TRIES,
        CallError::NotJson { status, .. } => {
            repeat == Repeat::Safe && matches!(status, 502..=504) && failures < TRANSIENT_TRIES
        }
        CallError::Credentials { .. } | CallError::Signing(_) => false,
    }
}
