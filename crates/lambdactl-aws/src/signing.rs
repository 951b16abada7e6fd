use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use lambdactl_schema::operations::{Method, Service};

use crate::address::without_userinfo;
use crate::client::Client;
use crate::error::CallError;

impl Client {
    /// Signs a request with the credentials as they are now.
    pub(crate) async fn sign(
        &self,
        service: Service,
        settings: SigningSettings,
        method: Method,
        address: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<reqwest::Request, CallError> {
        let credentials = self.connection().credentials.get().await.map_err(|error| match error {
            CallError::Credentials { reason: chain } => CallError::Credentials { reason: reason(&chain) },
            error => error,
        })?;
        check(&credentials)?;
        let signing = |error: Box<dyn std::error::Error + Send + Sync>| CallError::Signing(error);
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.connection().signing_region(service))
            .name(service.name())
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| signing(error.into()))?
            .into();
        let signable =
            SignableRequest::new(method.as_str(), address, headers.iter().copied(), SignableBody::Bytes(&body))
                .map_err(|error| signing(error.into()))?;
        let (instructions, _) = sign(signable, &parameters).map_err(|error| signing(error.into()))?.into_parts();

        let mut request = http::Request::builder().method(method.as_str()).uri(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body).map_err(|error| signing(error.into()))?;
        instructions.apply_to_request_http1x(&mut request);
        reqwest::Request::try_from(request).map_err(|error| signing(error.into()))
    }
}

/// Refuses credentials that cannot stand in a header: a line end at the end of a pasted key is the usual one, and the
/// signing library does not survive it.
fn check(credentials: &Credentials) -> Result<(), CallError> {
    let parts = [
        ("access key id", Some(credentials.access_key_id())),
        ("secret access key", Some(credentials.secret_access_key())),
        ("session token", credentials.session_token()),
    ];
    for (part, value) in parts {
        let Some(value) = value else { continue };
        if value.is_empty() {
            return Err(CallError::Credentials { reason: format!("the {part} is empty") });
        }
        if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = format!(
                "the {part} has a character that cannot be in one, such as a space or a line end: was it pasted with its line end?"
            );
            return Err(CallError::Credentials { reason });
        }
    }
    Ok(())
}

/// Returns the words of the credential chain without what a program that was asked for credentials printed, and without
/// the sources that nobody set up, which are not worth a line.
fn reason(chain: &str) -> String {
    let (chain, is_cut) = match chain.split_once("Stderr:") {
        Some((before, _)) => (before.trim_end(), true),
        None => (chain, false),
    };
    let lines: Vec<&str> = chain.lines().filter(|line| !line.contains("was not enabled")).collect();
    let reason = without_userinfo(lines.join("\n").trim_end_matches("Attempted:").trim_end());
    if is_cut { format!("{reason} Its own words are not shown, since they may hold a credential.") } else { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(id: &str, secret: &str, token: Option<&str>) -> Result<(), String> {
        let credentials = Credentials::new(id, secret, token.map(str::to_owned), None, "test");
        check(&credentials).map_err(|error| error.to_string())
    }

    #[test]
    fn credentials_that_cannot_be_sent_are_an_error_without_their_value() {
        assert_eq!(verdict("AKIDEXAMPLE", "a/b+c=", Some("t/o+k=")), Ok(()));
        for (id, secret, token, part) in [
            ("AKID\n", "s", None, "access key id"),
            ("AK ID", "s", None, "access key id"),
            ("AKIDé", "s", None, "access key id"),
            ("", "s", None, "access key id"),
            ("AKID", "se\rcret", None, "secret access key"),
            ("AKID", "s", Some("to\0ken"), "session token"),
        ] {
            let error = verdict(id, secret, token).unwrap_err();
            assert!(error.contains(part) && !error.contains("AKID") && !error.contains("cret\r"), "{error}");
        }
    }

    #[test]
    fn what_a_credential_process_prints_is_not_repeated() {
        let chain =
            "Error retrieving credentials: external process exited with code exit status: 1. Stderr: SKCANARY\nx";
        let reason = reason(chain);
        assert!(reason.contains("exit status: 1") && !reason.contains("SKCANARY"), "{reason}");
    }
}
