//! Turns what a service answers with into an error. Every text of the answer passes through here, and what the run keeps
//! secret does not.

use std::time::Duration;

use lambdactl_schema::operations::Protocol;
use lambdactl_schema::{Operation, Redaction, Secret};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::error::ServiceError;
use crate::xml::element;

/// The longest wait that a service can ask for.
const LONGEST_WISH: Duration = Duration::from_secs(60);

/// An error as it came.
pub(crate) struct Raw {
    pub(crate) operation: Operation,
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Raw {
    /// Makes an error of it that can be shown and logged.
    pub(crate) fn clean(self, redaction: &mut Redaction) -> ServiceError {
        let Self { operation, status, code, message, request_id, retry_after } = self;
        let message = message.unwrap_or_else(|| "the service gave no reason".to_owned());
        ServiceError {
            operation,
            status,
            code: name(redaction, &code).unwrap_or_else(|| format!("Status{status}")),
            message: redaction.mask(&message).into_owned(),
            request_id: request_id.and_then(|id| name(redaction, &id)),
            retry_after,
            said: Secret::new(format!("{code}: {message}")),
        }
    }
}

/// Reads an error of the service. The class is in a header, in the body for emulators; the message's key differs by
/// class; some classes have no message.
pub(crate) fn service_error(
    operation: Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    redaction: &mut Redaction,
) -> Option<ServiceError> {
    if matches!(operation.row().service.protocol(), Protocol::Query | Protocol::Ec2Query) {
        return query_error(operation, status, headers, body, redaction);
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    let member = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let code = text(headers, "x-amzn-errortype").or_else(|| member("__type")).or_else(|| member("code"))?;
    // `ResourceNotFoundException:http://…` and `com.amazonaws#ResourceNotFoundException` are both seen.
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    let message = member("message").or_else(|| member("Message"));
    let number = |name: &str| text(headers, name).and_then(|value| value.parse().ok());
    let milliseconds = number("x-amz-retry-after").map(Duration::from_millis);
    let retry_after = milliseconds.or(number("retry-after").map(Duration::from_secs));
    let retry_after = retry_after.map(|wish| wish.min(LONGEST_WISH));
    let request_id = text(headers, "x-amzn-requestid");
    Some(Raw { operation, status, code, message, request_id, retry_after }.clean(redaction))
}

/// Reads an error of the query protocol, whose answers are XML.
fn query_error(
    operation: Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    redaction: &mut Redaction,
) -> Option<ServiceError> {
    let (code, message) = (element(body, "Code")?, element(body, "Message"));
    let request_id = text(headers, "x-amzn-requestid");
    Some(Raw { operation, status, code, message, request_id, retry_after: None }.clean(redaction))
}

/// Returns a class, a code or an id: nothing where it has another form than those of the services, or a secret in it.
pub(crate) fn name(redaction: &mut Redaction, text: &str) -> Option<String> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
    ((1..=128).contains(&text.len()) && text.chars().all(is_part) && redaction.is_clean(text)).then(|| text.to_owned())
}

pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn error(class: &str, id: &str, body: &str) -> Option<ServiceError> {
        let mut redaction = Redaction::default();
        redaction.learn("TOKEN", "hunter2-very-secret");
        let mut headers = HeaderMap::new();
        for (name, value) in [("x-amzn-errortype", class), ("x-amzn-requestid", id)] {
            if !value.is_empty() {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        }
        service_error(Operation::CreateFunction, 400, &headers, body.as_bytes(), &mut redaction)
    }

    #[test]
    fn no_text_of_an_answer_repeats_a_secret() {
        for (class, id, body) in [
            ("A", "1", r#"{"message":"bad value hunter2-very-secret"}"#),
            ("A", "1", r#"{"Message":"bad value aHVudGVyMi12ZXJ5LXNlY3JldA=="}"#),
            ("Bad-hunter2-very-secret", "1", r#"{"message":"no"}"#),
            ("A", "id-hunter2-very-secret", r#"{"message":"no"}"#),
            ("", "1", r#"{"__type":"x#hunter2-very-secret","message":"no"}"#),
            ("", "1", r#"{"code":"hunter2-very-secret"}"#),
        ] {
            let error = error(class, id, body).unwrap();
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(!shown.contains("hunter2-") && !shown.contains("aHVudGVy"), "{shown}");
            }
        }
    }

    #[test]
    fn errors_of_the_query_protocol_are_xml() {
        let mut redaction = Redaction::default();
        let body =
            b"<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included \
                     in the request is expired</Message></Error></ErrorResponse>";
        let read = |operation, redaction: &mut Redaction| {
            service_error(operation, 403, &HeaderMap::new(), body, redaction).map(|error| error.code)
        };
        assert_eq!(read(Operation::GetCallerIdentity, &mut redaction).as_deref(), Some("ExpiredToken"));
        assert_eq!(read(Operation::GetFunction, &mut redaction), None);
    }

    #[test]
    fn classes_and_ids_have_a_form() {
        let odd = error("Bad Class", "a b", r#"{"message":"no"}"#).unwrap();
        assert_eq!((odd.code.as_str(), odd.request_id), ("Status400", None));
        let odd = error("Bad::Class", "::stop-commands::x", r#"{"message":"no"}"#).unwrap();
        assert_eq!((odd.code.as_str(), odd.request_id), ("Bad", None));
        assert_eq!(error(&"A".repeat(129), "", "{}").unwrap().code, "Status400");
        assert_eq!(error("NoSuch Class", "", "{}").unwrap().code, "Status400");
    }

    #[test]
    fn what_is_decided_by_a_message_is_decided_by_all_of_it() {
        let mut redaction = Redaction::default();
        redaction.learn("NOTE", "cannot be assumed by Lambda");
        let headers = HeaderMap::new();
        let body = br#"{"__type":"InvalidParameterValueException","message":"The role cannot be assumed by Lambda."}"#;
        let error = service_error(Operation::CreateFunction, 400, &headers, body, &mut redaction).unwrap();
        assert!(!error.message.contains("assumed"), "{}", error.message);
        assert!(error.says("cannot be assumed by Lambda"));
    }
}
