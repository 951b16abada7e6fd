//! Addresses and regions as texts: what can be one, and what of it can be shown.

/// Whether a text can be a region: it becomes a part of host names and of signatures.
pub(crate) fn is_region(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Returns an endpoint as it is shown: a query may hold a key.
pub(crate) fn shown(endpoint: &str) -> String {
    without_query(&without_userinfo(endpoint)).to_owned()
}

pub(crate) fn without_query(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or(address)
}

/// Returns a text without the users and passwords of the addresses in it.
pub(crate) fn without_userinfo(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        result.push_str(before);
        // A password that was not encoded may hold any of the characters that end a host.
        let word = after.split([' ', '\t', '\n', '\r', '"', '\'', '`', '<', '>']).next().unwrap_or_default();
        let host = word.rfind('@').map_or(0, |at| at + 1);
        rest = &after[host..];
    }
    result.push_str(rest);
    // An address whose scheme was forgotten.
    match result.split_once('@') {
        Some((before, host)) if !before.contains([' ', '/']) && before.contains(':') => host.to_owned(),
        _ => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_secrets() {
        for (address, expected) in [
            ("http://user:pass@127.0.0.1:1/base", "http://127.0.0.1:1/base"),
            ("http://user:p@ss/w?rd@127.0.0.1:1", "http://127.0.0.1:1"),
            ("https://host/base?key=CANARY#x", "https://host/base"),
            ("http://[::1]:4566", "http://[::1]:4566"),
            ("ftp://user:pass@host", "ftp://host"),
            ("user:pass@host:80", "host:80"),
        ] {
            assert_eq!(shown(address), expected);
        }
        let words = "proxy http://a:b@c:1 and \"https://d:e@f\" fail";
        assert_eq!(without_userinfo(words), "proxy http://c:1 and \"https://f\" fail");
        assert_eq!(without_userinfo("mail a@b.c: no address"), "mail a@b.c: no address");
    }

    #[test]
    fn regions_are_words() {
        for region in ["us-east-1", "eu-isoe-west-1", "local"] {
            assert!(is_region(region));
        }
        for region in ["", "us-east-1\n", "us east", "a.b", "x/../y", "user:pass@host", "é"] {
            assert!(!is_region(region), "{region}");
        }
    }
}
