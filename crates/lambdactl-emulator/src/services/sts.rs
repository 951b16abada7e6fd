//! The one call of the Security Token Service that is answered: GetCallerIdentity.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use crate::scope::Scope;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Answers a form body, as the query protocol sends it.
pub(crate) fn answer(scope: &Scope, form: &[u8]) -> Response {
    let identity = form.split(|byte| *byte == b'&').any(|field| field == b"Action=GetCallerIdentity");
    let request_id = Uuid::new_v4();
    let partition = scope.partition();
    let account = &scope.account;
    let (status, body) = if identity {
        let result = format!(
            "<Arn>arn:{partition}:iam::{account}:user/local</Arn>\
             <UserId>AIDALOCALLOCALLOCALL</UserId>\
             <Account>{account}</Account>"
        );
        let body = format!(
            "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\">\
             <GetCallerIdentityResult>{result}</GetCallerIdentityResult>\
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\
             </GetCallerIdentityResponse>"
        );
        (StatusCode::OK, body)
    } else {
        return refusal("The emulator answers GetCallerIdentity only.");
    };
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

/// Refuses a form of another service, by its name, in the form of the query protocol.
pub(crate) fn other_service(service: &str) -> Response {
    refusal(&format!("The emulator has no operation of the service {service}."))
}

fn refusal(text: &str) -> Response {
    let error = format!("<Type>Sender</Type><Code>InvalidAction</Code><Message>{text}</Message>");
    let request_id = Uuid::new_v4();
    let body = format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\">\
         <Error>{error}</Error><RequestId>{request_id}</RequestId>\
         </ErrorResponse>"
    );
    (StatusCode::BAD_REQUEST, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}
