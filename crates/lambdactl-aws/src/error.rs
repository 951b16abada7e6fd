use std::time::Duration;

use lambdactl_schema::Secret;
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
        operation: &'static str,
        /// The endpoint.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// The answer is not one of a Lambda endpoint.
    #[error("{operation}: {endpoint} answered with {what} (status {status}), not with JSON: is it a Lambda endpoint?")]
    NotJson {
        /// The operation.
        operation: &'static str,
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
        operation: &'static str,
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
    pub operation: &'static str,
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

impl CallError {
    /// Returns a short code for JSON output.
    pub fn code(&self) -> &str {
        match self {
            Self::Credentials { .. } => "NoCredentials",
            Self::Signing(_) => "Signing",
            Self::Unreachable { .. } => "EndpointUnreachable",
            Self::NoAnswer { .. } => "NoAnswer",
            Self::NotJson { .. } => "NotJson",
            Self::Unexpected { .. } => "UnexpectedAnswer",
            Self::Service(error) => &error.code,
        }
    }

    /// Returns what the user can do about it, when that is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Credentials { .. } => Some(
                "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with `aws sso login`; `--local` needs none",
            ),
            Self::Unreachable { .. } => Some("check the network, --endpoint-url and AWS_ENDPOINT_URL"),
            Self::NoAnswer { operation: "CreateFunction", .. } => {
                Some("whether the function was created is not known; run apply again, it creates only what is missing")
            }
            Self::NotJson { status: 407, .. } => {
                Some("a proxy wants to know who you are: put user and password into HTTPS_PROXY or HTTP_PROXY")
            }
            Self::Service(error) => error.help(),
            _ => None,
        }
    }

    /// Whether the call may have been executed or not: the answer was lost, or the service failed.
    pub fn is_ambiguous(&self) -> bool {
        crate::retry::is_ambiguous(self)
    }

    /// Whether there is a function of that name already.
    pub fn is_already_there(&self) -> bool {
        matches!(self, Self::Service(error) if error.status == 409 && error.says("already exist"))
    }

    /// Whether the function has another revision than the one that the call was meant for.
    pub fn is_moved(&self) -> bool {
        matches!(self, Self::Service(error) if error.status == 412 || error.code == "PreconditionFailedException")
    }

    /// Whether the function that was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Service(error) if error.status == 404 && error.code == "ResourceNotFoundException")
    }
}

impl ServiceError {
    /// Whether the service said this, in its class or its message.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.said.expose().contains(text)
    }

    /// Whether the credentials themselves are no good: every other call would say the same.
    pub(crate) fn is_about_credentials(&self) -> bool {
        const CODES: [&str; 6] = [
            "ExpiredTokenException",
            "ExpiredToken",
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
        ];
        CODES.contains(&self.code.as_str())
    }

    fn help(&self) -> Option<&'static str> {
        match self.code.as_str() {
            "ExpiredTokenException" | "ExpiredToken" => {
                Some("the credentials have expired: get new ones (`aws sso login`, or a new session token)")
            }
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch" => {
                Some("the credentials are not valid for this endpoint: check AWS_PROFILE, the keys, and the clock")
            }
            "RequestTimeTooSkewed" | "RequestExpired" => Some(
                "the clock of this machine is wrong: the service takes requests of its last minutes only; set it right",
            ),
            "AccessDenied" if matches!(self.operation, "PutObject" | "CreateMultipartUpload") => Some(
                "the credentials may not write into this bucket, or it belongs to another account than the manifest's: say whose it is with `artifacts.account`",
            ),
            "AccessDeniedException" | "AccessDenied" => Some(
                "the credentials lack this permission: the message says which action on which resource; `lambdactl iam-policy` prints the policy that a manifest needs",
            ),
            "ResourceConflictException" if self.says("already exist") => {
                Some("someone created it since the plan was made; run plan again")
            }
            "InvalidParameterValueException" if self.says("cannot be assumed by Lambda") => Some(
                "the role's trust policy must allow lambda.amazonaws.com; a new role takes some seconds to be usable",
            ),
            "InvalidParameterValueException" if self.says("replicated function") => Some(
                "take the function off its CloudFront distributions, and run it again some hours later, when its replicas are gone",
            ),
            "CodeStorageExceededException" => {
                Some("delete old function versions and layers, or ask for a higher quota")
            }
            crate::retry::EMULATOR_FAILURE => {
                Some("this machine failed, not the service: remove the cause that the message names, and run it again")
            }
            _ if crate::retry::is_throttle(self) => {
                Some("the account's quota of requests is used up by someone; try again later")
            }
            _ => None,
        }
    }
}

/// Makes an error of an exchange that came to nothing.
pub(crate) fn failed(operation: &'static str, endpoint: &str, broken: Broken) -> CallError {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_of_an_edge_function_have_a_help() {
        let message = "Lambda was unable to delete arn:aws:lambda:us-east-1:123456789012:function:f:1 because it is a \
                       replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas.";
        let error = ServiceError {
            operation: "DeleteFunction",
            status: 400,
            code: "InvalidParameterValueException".to_owned(),
            message: message.to_owned(),
            request_id: None,
            retry_after: None,
            said: Secret::new(message),
        };
        assert!(CallError::Service(error).help().is_some_and(|help| help.contains("CloudFront")));
    }
}
