//! Whom the loop's server answers.
//!
//! A web page can make a browser send requests to any address that the browser reaches. Its name for this server is another one (a
//! name whose address was changed after the page was loaded), or the browser says that the page is of another origin.

use axum::http::{HeaderMap, HeaderName, header};

/// Set by browsers: how the page that asks relates to the server that is asked (Fetch Metadata).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The names by which the server may be asked.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    /// Whether only programs of this machine reach it.
    pub(crate) is_loopback: bool,
    /// Further names.
    pub(crate) names: Vec<String>,
}

impl Gate {
    /// Returns why a request is not answered.
    pub(crate) fn refusal(&self, headers: &HeaderMap) -> Option<&'static str> {
        const HOST: &str = "this name is not one of the server's: ask by its address, or pass --allow-host NAME\n";
        const ORIGIN: &str = "web pages of other origins are not answered\n";
        let Some(host) = only(headers, &header::HOST).filter(|host| self.is_own(host)) else { return Some(HOST) };
        if headers.contains_key(header::ORIGIN) {
            let origin = only(headers, &header::ORIGIN).and_then(|origin| origin.split_once("://"));
            if !origin.is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host)) {
                return Some(ORIGIN);
            }
        }
        // Pictures, scripts and links ask without an origin.
        let is_foreign = headers.contains_key(FETCH_SITE)
            && !only(headers, &FETCH_SITE).is_some_and(|site| matches!(site, "same-origin" | "none"));
        is_foreign.then_some(ORIGIN)
    }

    fn is_own(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let is_named = |own: &str| name.eq_ignore_ascii_case(own);
        if ["127.0.0.1", "localhost", "[::1]"].into_iter().any(is_named) || self.names.iter().any(|own| is_named(own)) {
            return true;
        }
        // An address is no name that somebody else could have pointed here.
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        !self.is_loopback && address.parse::<std::net::IpAddr>().is_ok()
    }
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_let_in(gate: &Gate, headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).expect("a name"), value.parse().expect("a value"));
        }
        gate.refusal(&map).is_none()
    }

    #[test]
    fn own_names_are_answered_and_others_refused() {
        let here = Gate { is_loopback: true, names: vec!["status.example.org".to_owned()] };
        let open = Gate { is_loopback: false, ..here.clone() };
        for host in
            ["127.0.0.1:9464", "localhost", "LOCALHOST:1", "[::1]:1", "status.example.org", "status.example.org:80"]
        {
            assert!(is_let_in(&here, &[("host", host)]) && is_let_in(&open, &[("host", host)]), "{host}");
        }
        for host in ["10.0.0.7:9464", "[2001:db8::1]:9464"] {
            assert!(!is_let_in(&here, &[("host", host)]) && is_let_in(&open, &[("host", host)]), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "127.0.0.1.evil.com",
            "status.example.org.evil.com",
            "localhost.",
            "user@localhost",
            "localhost/",
        ] {
            assert!(!is_let_in(&here, &[("host", host)]) && !is_let_in(&open, &[("host", host)]), "{host}");
        }
        assert!(!is_let_in(&open, &[]), "no host");
        assert!(!is_let_in(&open, &[("host", "localhost"), ("host", "evil.com")]), "two hosts");
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let gate = Gate { is_loopback: true, names: Vec::new() };
        let host = ("host", "localhost:9464");
        for origin in ["null", "", "https://evil.example", "http://localhost", "http://127.0.0.1:9464", "file://"] {
            assert!(!is_let_in(&gate, &[host, ("origin", origin)]), "{origin}");
        }
        assert!(is_let_in(&gate, &[host, ("origin", "http://localhost:9464")]));
        for (site, let_in) in [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)] {
            assert_eq!(is_let_in(&gate, &[host, ("sec-fetch-site", site)]), let_in, "{site}");
        }
    }
}
