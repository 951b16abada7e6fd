//! Patterns of the service's model: the text that errors quote, and the check. They match whole
//! values.

use crate::names::is_region;

pub(crate) const ROLE: &str = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";
pub(crate) const KEY_ARN: &str = r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";
pub(crate) const LAYER: &str = r"[Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]";
pub(crate) const SUBNET: &str = "[Member must have length less than or equal to 1024, Member must \
                                 have length greater than or equal to 0, Member must satisfy \
                                 regular expression pattern: subnet-[0-9a-z]*]";
pub(crate) const SECURITY_GROUP: &str = "[Member must have length less than or equal to 1024, \
                                         Member must have length greater than or equal to 0, \
                                         Member must satisfy regular expression pattern: \
                                         sg-[0-9a-zA-Z]*]";
pub(crate) const ARCHITECTURE: &str = "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]";

pub(crate) const ARN: &str =
    r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";
pub(crate) const DESTINATION: &str = r"$|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

/// An ARN of any service.
pub(crate) fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, _] = parts.as_slice() else { return false };
    partition.starts_with("aws")
        && !service.is_empty()
        && (region.is_empty() || is_region(region))
        && (account.is_empty() || (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())))
}

/// Where records of failures and successes go.
pub(crate) fn is_destination(text: &str) -> bool {
    text.is_empty() || text.starts_with("kafka://") || is_arn(text)
}

pub(crate) fn is_role(text: &str) -> bool {
    let Some((partition, rest)) = text.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::")) else {
        return false;
    };
    let Some((account, role)) = rest.split_once(":role") else {
        return false;
    };
    let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte);
    (partition.is_empty() || partition.strip_prefix("aws").is_some_and(letters))
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !role.is_empty()
        && role != "/"
        && role.bytes().all(allowed)
}

pub(crate) fn is_arn_or_empty(text: &str) -> bool {
    text.is_empty() || (text.starts_with("arn:") && text.split(':').count() >= 4)
}

pub(crate) fn is_handler(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_whitespace)
}

pub(crate) fn is_architecture(text: &str) -> bool {
    text == "x86_64" || text == "arm64"
}

pub(crate) fn is_variable_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() >= 2 && text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(allowed)
}

pub(crate) fn is_subnet(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.strip_prefix("subnet-").is_some_and(|rest| rest.bytes().all(allowed))
}

pub(crate) fn is_security_group(text: &str) -> bool {
    text.strip_prefix("sg-").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

pub(crate) fn is_log_group(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte))
}

pub(crate) fn is_layer(text: &str) -> bool {
    let name_like = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "lambda", region, account, "layer", name, version] => {
            is_region(region) && account.len() == 12 && digits(account) && name_like(name) && digits(version)
        }
        ["arn", partition, "lambda", "", "", "awslayer", name] => name_like(partition) && name_like(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_values() {
        assert!(is_role("arn:aws:iam::123456789012:role/service-role/lambda"));
        assert!(is_role("arn:aws-cn:iam::123456789012:role/x"));
        assert!(!is_role("arn:aws:iam::12345:role/x"));
        assert!(!is_role("arn:aws:iam::123456789012:user/x"));
        assert!(is_layer("arn:aws:lambda:us-east-1:123456789012:layer:tools:3"));
        assert!(!is_layer("arn:aws:lambda:us-east-1:123456789012:layer:tools"));
        assert!(is_variable_name("A1") && !is_variable_name("A") && !is_variable_name("_A"));
    }
}
