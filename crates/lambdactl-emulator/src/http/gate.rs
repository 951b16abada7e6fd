//! Whom a server on this machine answers.
//!
//! A web page can make a browser send requests to any address that the browser reaches. Its name for a server is another one (a name
//! whose address was changed after the page was loaded), or the browser says that the page is of another origin.

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

/// The names by which a server may be asked.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Whether it may be asked by any address: it listens on one that others reach.
    pub takes_addresses: bool,
    /// Whether the page that asks may have come through TLS: somebody in front of the server speaks it.
    pub takes_tls: bool,
    /// Names beside those of this machine.
    pub names: Vec<String>,
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// It is for a name that is not the server's.
    Host,
    /// It comes from a web page of another origin.
    Origin,
}

impl Gate {
    /// The names of this machine alone.
    pub const fn of_this_machine() -> Self {
        Self { takes_addresses: false, takes_tls: false, names: Vec::new() }
    }

    /// Returns why a request is not answered.
    pub fn refusal(&self, uri: &Uri, headers: &HeaderMap) -> Option<Foreign> {
        let Some(host) = only(headers, &header::HOST).filter(|host| self.is_own(host)) else {
            return Some(Foreign::Host);
        };
        // A request line with a whole address says once more who is meant.
        if uri.authority().is_some_and(|authority| !self.is_own(authority.as_str())) {
            return Some(Foreign::Host);
        }
        let is_own_origin = |origin: &str| match origin.split_once("://") {
            Some(("http", origin)) => origin.eq_ignore_ascii_case(host),
            Some(("https", origin)) => self.takes_tls && origin.eq_ignore_ascii_case(host),
            _ => false,
        };
        if headers.contains_key(header::ORIGIN) && !only(headers, &header::ORIGIN).is_some_and(is_own_origin) {
            return Some(Foreign::Origin);
        }
        // Pictures, scripts and links ask without an origin.
        let is_near = |site: &str| matches!(site, "same-origin" | "none");
        let is_foreign = headers.contains_key(FETCH_SITE) && !only(headers, &FETCH_SITE).is_some_and(is_near);
        is_foreign.then_some(Foreign::Origin)
    }

    fn is_own(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let names = self.names.iter().map(String::as_str);
        if OWN_NAMES.into_iter().chain(names).any(|own| name.eq_ignore_ascii_case(own)) {
            return true;
        }
        // An address is no name that somebody else could have pointed here.
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        self.takes_addresses && address.parse::<std::net::IpAddr>().is_ok()
    }
}

/// Refuses requests of web pages, and those to a name that is not this machine's.
pub(crate) async fn refuse_foreign(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let Some(foreign) = Gate::of_this_machine().refusal(request.uri(), request.headers()) else {
        return next.run(request).await;
    };
    let message = match foreign {
        Foreign::Host => "The emulator is for this machine: Host must be 127.0.0.1, localhost or [::1]",
        Foreign::Origin => "The emulator is for programs of this machine: it answers no web page of another origin",
    };
    // Whoever took a wrong name by mistake is to see the answer, and no broken connection.
    let _ = timeout(shared.body_time, drain(request.into_body())).await;
    ServiceError::foreign(message).into_response()
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(headers: &[(&str, &str)]) -> bool {
        passes(&Gate::of_this_machine(), headers)
    }

    fn passes(gate: &Gate, headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).expect("a name"), value.parse().expect("a value"));
        }
        gate.refusal(&Uri::from_static("/2015-03-31/functions"), &map).is_none()
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
        let here = Gate::of_this_machine();
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost".parse().expect("a value"));
        assert!(
            here.refusal(&Uri::from_static("http://evil.com/"), &headers).is_some(),
            "another one in the request line"
        );
        assert!(here.refusal(&Uri::from_static("http://localhost:4567/"), &headers).is_none());
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

    #[test]
    fn further_names_and_addresses_are_answered_where_that_was_said() {
        let named = Gate { names: vec!["status.example.org".to_owned()], ..Gate::of_this_machine() };
        let open = Gate { takes_addresses: true, takes_tls: true, ..named.clone() };
        for host in ["127.0.0.1:9464", "localhost", "[::1]:1", "status.example.org", "status.example.org:80"] {
            assert!(passes(&named, &[("host", host)]) && passes(&open, &[("host", host)]), "{host}");
        }
        for host in ["10.0.0.7:9464", "[2001:db8::1]:9464"] {
            assert!(!passes(&named, &[("host", host)]) && passes(&open, &[("host", host)]), "{host}");
        }
        for host in
            ["", "evil.example", "127.0.0.1.evil.com", "status.example.org.evil.com", "localhost.", "localhost/"]
        {
            assert!(!passes(&named, &[("host", host)]) && !passes(&open, &[("host", host)]), "{host}");
        }
        let (host, tls) = (("host", "status.example.org"), ("origin", "https://status.example.org"));
        assert!(passes(&open, &[host, tls]) && !passes(&named, &[host, tls]));
        assert!(!passes(&open, &[host, ("origin", "ftp://status.example.org")]));
    }
}
