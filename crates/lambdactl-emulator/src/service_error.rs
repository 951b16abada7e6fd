//! An error answer of the service: status, class, and the body's members.
//!
//! Which class has a `Type`, and whether its text stands under `message` or `Message`, is from
//! recorded answers.

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use crate::error::EmulatorError;
use crate::http::answer::json_answer;

/// An answer other than success; `Debug` is not derived because a text may hold environment values.
pub(crate) struct ServiceError {
    status: StatusCode,
    class: &'static str,
    members: Map<String, Value>,
}

impl ServiceError {
    fn new(status: StatusCode, class: &'static str, members: &[(&str, &str)]) -> Self {
        let members = members.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        ServiceError { status, class, members }
    }

    /// The front end's check against the model: text only.
    pub(crate) fn validation(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationException", &[("message", message)])
    }

    /// The service's own check.
    pub(crate) fn invalid_parameter(message: &str) -> Self {
        let members = [("Type", "User"), ("message", message)];
        Self::new(StatusCode::BAD_REQUEST, "InvalidParameterValueException", &members)
    }

    /// A limit of the account, for one: recorded without a `Type`.
    pub(crate) fn limit_exceeded(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidParameterValueException", &[("message", message)])
    }

    /// The body is not JSON, or a member has another type. The shape could not be verified against
    /// the service.
    pub(crate) fn serialization(message: &str) -> Self {
        let members = [("Type", "User"), ("message", message)];
        Self::new(StatusCode::BAD_REQUEST, "SerializationException", &members)
    }

    pub(crate) fn conflict(message: &str) -> Self {
        let members = [("Type", "User"), ("message", message)];
        Self::new(StatusCode::CONFLICT, "ResourceConflictException", &members)
    }

    /// A change of what the service still works on: the class is the model's, the text could not be verified.
    pub(crate) fn in_use(message: &str) -> Self {
        let members = [("Type", "User"), ("Message", message)];
        Self::new(StatusCode::BAD_REQUEST, "ResourceInUseException", &members)
    }

    /// A revision that is no longer the latest (recorded answer).
    pub(crate) fn precondition_failed() -> Self {
        let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias \
                       API to retrieve the latest Revision Id";
        let members = [("Type", "User"), ("message", message)];
        Self::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailedException", &members)
    }

    /// The same of a resource policy, which has a revision of its own (recorded answer).
    pub(crate) fn policy_precondition_failed() -> Self {
        let message = "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the \
                       latest Revision Id";
        let members = [("Type", "User"), ("message", message)];
        Self::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailedException", &members)
    }

    /// The same of a layer's policy (recorded answer).
    pub(crate) fn layer_policy_precondition_failed() -> Self {
        let message = "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve \
                       the latest Revision Id";
        let members = [("Type", "User"), ("message", message)];
        Self::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailedException", &members)
    }

    pub(crate) fn not_found(message: &str) -> Self {
        let members = [("Type", "User"), ("Message", message)];
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", &members)
    }

    /// A code signing configuration that is not there, asked for by itself: the recorded answer has no type.
    pub(crate) fn config_not_found(arn: &str) -> Self {
        let message = format!("The Lambda code signing configuration {arn} can not be found.");
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", &[("Message", message.as_str())])
    }

    /// One that is not there, named for a function (recorded answer).
    pub(crate) fn signing_not_found(arn: &str) -> Self {
        let message = format!(
            "The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}."
        );
        let members = [("Type", "User"), ("Message", message.as_str())];
        Self::new(StatusCode::NOT_FOUND, "CodeSigningConfigNotFoundException", &members)
    }

    pub(crate) fn function_not_found(arn: &str) -> Self {
        Self::not_found(&format!("Function not found: {arn}"))
    }

    pub(crate) fn provisioned_not_found() -> Self {
        let members = [("Type", "User"), ("message", "No Provisioned Concurrency Config found for this function")];
        Self::new(StatusCode::NOT_FOUND, "ProvisionedConcurrencyConfigNotFoundException", &members)
    }

    /// A name in another account: the recorded answer has no text at all.
    pub(crate) fn access_denied() -> Self {
        Self::new(StatusCode::FORBIDDEN, "AccessDeniedException", &[])
    }

    pub(crate) fn too_large(message: &str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", &[("message", message)])
    }

    pub(crate) fn unknown_operation(method: &str, path: &str) -> Self {
        let message = format!("The emulator has no operation for {method} {}", path.escape_debug());
        Self::new(StatusCode::NOT_FOUND, "UnknownOperationException", &[("message", &message)])
    }

    /// Over a quota of the Lambda API, as users of the service report it. Whether `Retry-After` comes along nobody could
    /// verify.
    pub(crate) fn throttled() -> Self {
        let members = [("Reason", "CallerRateLimitExceeded"), ("Type", "User"), ("message", "Rate exceeded")];
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", &members)
    }

    /// An invocation of a function with nothing reserved (recorded answer).
    pub(crate) fn nothing_reserved() -> Self {
        let reason = "ReservedFunctionConcurrentInvocationLimitExceeded";
        let members = [("Reason", reason), ("Type", "User"), ("message", "Rate Exceeded.")];
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", &members)
    }

    /// The payload of an invocation is no JSON (recorded answer).
    pub(crate) fn not_json(message: &str) -> Self {
        let members = [("Type", "User"), ("message", message)];
        Self::new(StatusCode::BAD_REQUEST, "InvalidRequestContentException", &members)
    }

    /// The payload of an invocation is too large: the class is the model's, the text as users report it.
    pub(crate) fn payload_too_large(most: usize) -> Self {
        let message = format!("Request must be smaller than {most} bytes for the InvokeFunction operation");
        let members = [("Type", "User"), ("message", message.as_str())];
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", &members)
    }

    /// Nobody said what invocations answer. The class is no class of the service.
    pub(crate) fn runs_nothing() -> Self {
        let message = "The emulator runs no function: --invoke says what invocations answer";
        Self::new(StatusCode::BAD_REQUEST, "EmulatorRunsNothing", &[("Type", "User"), ("message", message)])
    }

    /// Over the quota of the tagging API: the class is in its model, the text as users report it. The status could not
    /// be verified; it is that of the protocol's other refusals.
    pub(crate) fn tagging_throttled() -> Self {
        Self::json_protocol("ThrottledException", "Rate exceeded")
    }

    /// An error of a service with the JSON 1.1 protocol, which names the class in the body.
    pub(crate) fn json_protocol(class: &'static str, message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, class, &[("__type", class), ("message", message)])
    }

    /// An alarm that is not there: class and status are the model's, the text could not be verified.
    pub(crate) fn no_alarm(name: &str) -> Self {
        let message = format!("Alarm with name {name} does not exist");
        let members = [("__type", "ResourceNotFound"), ("message", message.as_str())];
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFound", &members)
    }

    /// The service failed, on request. The text is that of the service's model.
    pub(crate) fn failed() -> Self {
        let members = [("Type", "Service"), ("Message", "An error occurred and the request cannot be processed.")];
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", &members)
    }

    /// The request took longer than it may. The class is that of S3, for one.
    pub(crate) fn too_slow() -> Self {
        let message = "The body of the request did not come in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", &[("message", message)])
    }

    /// Somebody whom the emulator does not serve.
    pub(crate) fn foreign(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "AccessDeniedException", &[("message", message)])
    }

    /// This machine failed, not the service that is played: to try again does not help. The class is no class of the
    /// service, so that a client can know.
    fn of_this_machine(cause: &str) -> Self {
        let members = [("Type", "Service"), ("Message", cause)];
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "EmulatorFailure", &members)
    }
}

impl From<EmulatorError> for ServiceError {
    fn from(error: EmulatorError) -> Self {
        // It is about to end: whoever asks again asks the next one.
        if matches!(error, EmulatorError::Closed) {
            return Self::failed();
        }
        // The answer says it to who can do something about it.
        let cause = error.with_causes();
        tracing::debug!(error = cause, "request failed inside the emulator");
        Self::of_this_machine(&cause)
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let mut response = json_answer(self.status, &Value::Object(self.members));
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.class));
        response
    }
}
