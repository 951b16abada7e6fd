use std::time::Duration;

use thiserror::Error;

/// Why no client could be made.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// No region anywhere.
    #[error("no region: set `region:` in the manifest, pass --region, or set AWS_REGION or a profile with one")]
    NoRegion,
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
        matches!(self, Self::Service(error) if error.status == 409 && error.message.contains("already exist"))
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
            "AccessDeniedException" | "AccessDenied" => {
                Some("the credentials lack this permission: the message says which action on which resource")
            }
            "ResourceConflictException" if self.message.contains("already exist") => {
                Some("someone created it since the plan was made; run plan again")
            }
            "InvalidParameterValueException" if self.message.contains("cannot be assumed by Lambda") => Some(
                "the role's trust policy must allow lambda.amazonaws.com; a new role takes some seconds to be usable",
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
