//! What an error means, and what the user can do about it.

use lambdactl_schema::Operation;

use crate::error::{CallError, ReadError, ServiceError};
use crate::shape::is_uuid;

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

/// The class that the emulator has for failures of its machine.
pub(crate) const EMULATOR_FAILURE: &str = "EmulatorFailure";

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
            Self::NoAnswer { operation: Operation::CreateFunction, .. } => {
                Some("whether the function was created is not known; run apply again, it creates only what is missing")
            }
            Self::NoAnswer { operation: Operation::Invoke, .. } => Some(
                "whether the function ran is not known, and it was not called again: look into its log before you do",
            ),
            Self::NotJson { status: 407, .. } => {
                Some("a proxy wants to know who you are: put user and password into HTTPS_PROXY or HTTP_PROXY")
            }
            Self::Service(error) => error.help(),
            _ => None,
        }
    }

    /// Whether the call may have been executed or not: the answer was lost, or the service failed.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            // An emulator whose machine fails (a full disk, too few open files) says the same at every try.
            Self::Service(error) if error.code == EMULATOR_FAILURE => false,
            Self::Service(error) => matches!(error.status, 500 | 502 | 503 | 504) && !error.is_throttle(),
            // Something said yes, to whatever it was.
            Self::NotJson { status, .. } => matches!(status, 200..=299 | 500 | 502..=504),
            Self::Unexpected { .. } => true,
            Self::Unreachable { .. } | Self::Credentials { .. } | Self::Signing(_) => false,
        }
    }

    /// Whether there is a function of that name already.
    pub fn is_already_there(&self) -> bool {
        matches!(self, Self::Service(error) if error.status == 409
            && ["already exist", "exists for this Lambda function"].iter().any(|text| error.says(text)))
    }

    /// Returns the UUID of the event source mapping that the one that was asked for would be a second of (recorded answers).
    pub fn existing_mapping(&self) -> Option<String> {
        let Self::Service(error) = self else { return None };
        let said = error.said.expose();
        let (_, after) = said.rsplit_once("UUID ").filter(|_| error.status == 409)?;
        let uuid = after.trim_end_matches('.');
        is_uuid(uuid).then(|| uuid.to_owned())
    }

    /// Whether the service will not do this for these credentials, or does not know the call: another call may do.
    pub(crate) fn is_refusal(&self) -> bool {
        match self {
            Self::Service(error) => error.status < 500 && !error.is_throttle() && !error.is_about_credentials(),
            Self::NotJson { .. } | Self::Unexpected { .. } => true,
            // No such host: regions have no tagging API of their own in every partition.
            Self::Unreachable { .. } => true,
            Self::Credentials { .. } | Self::Signing(_) | Self::NoAnswer { .. } => false,
        }
    }

    /// Whether the function has another revision than the one that the call was meant for.
    pub fn is_moved(&self) -> bool {
        matches!(self, Self::Service(error) if error.status == 412 || error.code == "PreconditionFailedException")
    }

    /// Whether what was asked for does not exist: provisioned concurrency has a class of its own.
    pub fn is_not_found(&self) -> bool {
        const CLASSES: [&str; 2] = ["ResourceNotFoundException", "ProvisionedConcurrencyConfigNotFoundException"];
        matches!(self, Self::Service(error) if error.status == 404 && CLASSES.contains(&error.code.as_str()))
    }
}

impl ReadError {
    /// Returns what the user can do about it, when that is known.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Call(error) => error.help(),
            Self::WrongAccount { .. } => {
                Some("nothing was read or changed; use other credentials, or correct `account:` in the manifest")
            }
        }
    }
}

impl ServiceError {
    /// Whether the service refused for the rate of calls, and so did nothing.
    pub(crate) fn is_throttle(&self) -> bool {
        self.status == 429 || THROTTLES.contains(&self.code.as_str())
    }

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
            "AccessDenied" if matches!(self.operation, Operation::PutObject | Operation::CreateMultipartUpload) => {
                Some(
                    "the credentials may not write into this bucket, or it belongs to another account than the manifest's: say whose it is with `artifacts.account`",
                )
            }
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
            EMULATOR_FAILURE => {
                Some("this machine failed, not the service: remove the cause that the message names, and run it again")
            }
            _ if self.operation == Operation::Invoke && self.is_throttle() => Some(
                "the concurrency of the function or of the account is used up, or the function has 0 reserved: \
                 try again later, or give it more",
            ),
            "ResourceNotFoundException" if self.operation == Operation::Invoke => {
                Some("check the name, --qualifier, --region and the profile")
            }
            _ if self.operation == Operation::Invoke && self.status >= 500 => Some(
                "whether the function ran is not known, and it was not called again: look into its log before you do",
            ),
            _ if self.is_throttle() => Some("the account's quota of requests is used up by someone; try again later"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use lambdactl_schema::Secret;

    use super::*;

    #[test]
    fn replicas_of_an_edge_function_have_a_help() {
        let message = "Lambda was unable to delete arn:aws:lambda:us-east-1:123456789012:function:f:1 because it is a \
                       replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas.";
        let error = ServiceError {
            operation: Operation::DeleteFunction,
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
