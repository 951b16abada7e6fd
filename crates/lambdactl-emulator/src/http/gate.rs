//! Whom the served emulator answers: programs of this machine that call it by this machine's own names.
//!
//! A web page can make a browser on this machine send requests here. Its name for this server is another (a name whose
//! address was changed after the page was loaded), or the browser says that the page is of another origin.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::http::body::drain;
use crate::service_error::ServiceError;
use crate::shared::Shared;

/// The names of the address that is listened on, and of its counterpart, to which clients may turn first.
const OWN_NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Set by browsers: how the page that asks relates to the server that is asked (Fetch Metadata).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses requests of web pages, and those to a name that is not this machine's.
pub(crate) async fn refuse_foreign(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    match check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(message) => {
            // Whoever took a wrong name by mistake is to see the answer, and no broken connection.
            let _ = timeout(shared.body_time, drain(request.into_body())).await;
            ServiceError::foreign(message).into_response()
        }
    }
}

fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), &'static str> {
    const HOST: &str = "The emulator is for this machine: Host must be 127.0.0.1, localhost or [::1]";
    const ORIGIN: &str = "The emulator is for programs of this machine: it answers no web page of another origin";
    let host = only(headers, &header::HOST).filter(|host| is_own(host)).ok_or(HOST)?;
    // A request line with a whole address says once more who is meant.
    if uri.authority().is_some_and(|authority| !is_own(authority.as_str())) {
        return Err(HOST);
    }
    if headers.contains_key(header::ORIGIN) {
        let origin = only(headers, &header::ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
        origin.filter(|origin| origin.eq_ignore_ascii_case(host)).ok_or(ORIGIN)?;
    }
    // Pictures, scripts and links ask without an origin.
    if headers.contains_key(FETCH_SITE) {
        only(headers, &FETCH_SITE).filter(|site| matches!(*site, "same-origin" | "none")).ok_or(ORIGIN)?;
    }
    Ok(())
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

fn is_own(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    OWN_NAMES.iter().any(|own| name.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).expect("a name"), value.parse().expect("a value"));
        }
        check(&Uri::from_static("/2015-03-31/functions"), &map).is_ok()
    }

    #[test]
    fn names_of_this_machine_are_answered() {
        for host in ["127.0.0.1", "127.0.0.1:4567", "localhost", "LOCALHOST:80", "Localhost:4567", "[::1]", "[::1]:1"] {
            assert!(is_let_in(&[("host", host)]), "{host}");
        }
    }

    #[test]
    fn other_names_are_refused() {
        for host in [
            "",
            ":4567",
            "evil.example",
            "127.0.0.1.evil.com",
            "localhost.evil.com:4567",
            "evil.localhost",
            "bucket.s3.localhost:4567",
            "localhost.",
            "127.0.0.2",
            "0.0.0.0:4567",
            "127.1",
            "2130706433",
            "::1",
            "user@localhost",
            "localhost:4567@evil.com",
            "localhost:evil",
            "localhost/",
            " localhost x",
            "localhost,evil.com",
        ] {
            assert!(!is_let_in(&[("host", host)]), "{host}");
        }
        assert!(!is_let_in(&[]), "no host");
        assert!(!is_let_in(&[("host", "localhost"), ("host", "evil.com")]), "two hosts");
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost".parse().expect("a value"));
        assert!(check(&Uri::from_static("http://evil.com/"), &headers).is_err(), "another one in the request line");
        assert!(check(&Uri::from_static("http://localhost:4567/"), &headers).is_ok());
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let host = ("host", "localhost:4567");
        for origin in [
            "null",
            "",
            "https://evil.example",
            "http://localhost",
            "http://localhost:3000",
            "http://127.0.0.1:4567",
            "https://localhost:4567",
            "http://localhost:4567.evil.com",
            "http://localhost:4567/",
            "file://",
        ] {
            assert!(!is_let_in(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(is_let_in(&[host, ("origin", "http://localhost:4567")]));
        assert!(!is_let_in(&[host, ("origin", "http://localhost:4567"), ("origin", "null")]), "two origins");
        for (site, let_in) in [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)] {
            assert_eq!(is_let_in(&[host, ("sec-fetch-site", site)]), let_in, "{site}");
        }
    }
}
