use std::time::Duration;

use lambdactl_schema::{Operation, Secret};
use thiserror::Error;

use crate::address::{shown, without_userinfo};
use crate::exchange::Broken;

/// Why no client could be made.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// No region anywhere.
    #[error("no region: set `region:` in the manifest, pass --region, or set AWS_REGION or a profile with one")]
    NoRegion,
    /// A profile that is in none of the shared files.
    #[error("the AWS profile `{profile}` is in none of the configuration files: {}", files.join(", "))]
    NoProfile {
        /// The profile.
        profile: String,
        /// The files that were looked through.
        files: Vec<String>,
    },
    /// A region that cannot be a part of a host's name.
    #[error("the region {0:?} cannot be one: a region has letters, digits and hyphens, such as us-west-2")]
    BadRegion(String),
    /// An endpoint that is not an address.
    #[error("the endpoint `{0}` is not an http:// or https:// address")]
    BadEndpoint(String),
    /// An endpoint of one's own together with FIPS or dual-stack, which pick the endpoint.
    #[error("{0} and a custom endpoint do not go together: remove one of them")]
    EndpointVariant(&'static str),
    /// The certificates to trust cannot be used.
    #[error("cannot use the certificates in `{path}`")]
    Certificates {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The HTTP client could not be built.
    #[error("cannot set up HTTP")]
    Http(#[source] reqwest::Error),
}

/// Why a call has no answer to use.
#[derive(Debug, Error)]
pub enum CallError {
    /// No credentials anywhere, or they could not be got.
    #[error("no AWS credentials: {reason}")]
    Credentials {
        /// What the credential chain said, without any credential.
        reason: String,
    },
    /// The request could not be signed.
    #[error("cannot sign the request")]
    Signing(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No connection to the endpoint.
    #[error("cannot connect to {endpoint}: {reason}")]
    Unreachable {
        /// The endpoint.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// The connection broke or no answer came in time: whether the call took effect is not known.
    #[error("{operation}: no answer from {endpoint}: {reason}")]
    NoAnswer {
        /// The operation.
        operation: Operation,
        /// The endpoint.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// The answer is not one of a Lambda endpoint.
    #[error("{operation}: {endpoint} answered with {what} (status {status}), not with JSON: is it a Lambda endpoint?")]
    NotJson {
        /// The operation.
        operation: Operation,
        /// The endpoint.
        endpoint: String,
        /// What it seems to be.
        what: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is JSON, and not what was asked for. Nothing can be decided by it.
    #[error("{operation}: {endpoint} answered with {what}: is it a Lambda endpoint?")]
    Unexpected {
        /// The operation.
        operation: Operation,
        /// The endpoint.
        endpoint: String,
        /// What is wrong with it.
        what: String,
    },
    /// The service said no.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// An error that the service answered with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{operation}: {code}: {message} (status {status}, request id {})", self.request_id.as_deref().unwrap_or("unknown"))]
pub struct ServiceError {
    /// The operation.
    pub operation: Operation,
    /// The HTTP status.
    pub status: u16,
    /// The error's class, such as `ResourceConflictException`: an open set.
    pub code: String,
    /// The service's words, without the values of environment variables.
    pub message: String,
    /// For a support case.
    pub request_id: Option<String>,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
    /// Class and words as they came, to be compared with what is known of the service and never shown.
    pub(crate) said: Secret,
}

/// Why an account could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The guard in the manifest.
    #[error("the manifest is for account {wanted}, and these credentials are of account {actual}")]
    WrongAccount {
        /// `account:` in the manifest.
        wanted: String,
        /// The account of the credentials.
        actual: String,
    },
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

/// Makes an error of an exchange that came to nothing.
pub(crate) fn failed(operation: Operation, endpoint: &str, broken: Broken) -> CallError {
    let endpoint = shown(endpoint);
    match broken {
        Broken::Http(error) => {
            // A link to a package carries its signature.
            let error = error.without_url();
            let reason = without_userinfo(&root_cause(&error));
            if error.is_connect() || error.is_builder() {
                CallError::Unreachable { endpoint, reason }
            } else {
                CallError::NoAnswer { operation, endpoint, reason }
            }
        }
        Broken::TooSlow(limit) => {
            let reason = format!("the answer did not end within {} s", limit.as_secs());
            CallError::NoAnswer { operation, endpoint, reason }
        }
        Broken::TooLong(most) => {
            CallError::Unexpected { operation, endpoint, what: format!("more than {} MB", most >> 20) }
        }
    }
}

/// Returns the innermost cause, which is where the reason stands.
pub(crate) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
