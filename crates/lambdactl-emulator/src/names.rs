//! Names and ARNs of functions, as the service reads them out of paths and bodies.

use crate::scope::Scope;
use crate::service_error::ServiceError;

/// The qualifier of the version that can be changed; the others are numbers.
pub(crate) const LATEST: &str = "$LATEST";

/// A function, as a request names it.
#[derive(Debug, PartialEq)]
pub(crate) struct FunctionReference {
    pub(crate) name: String,
    pub(crate) qualifier: Option<String>,
}

impl FunctionReference {
    /// Reads the name of a path, and the `Qualifier` of its query, for a call on an existing
    /// function.
    pub(crate) fn from_path(name: &str, qualifier: Option<&str>, scope: &Scope) -> Result<Self, ServiceError> {
        let mut failures = Vec::new();
        if let Some(qualifier) = qualifier {
            failures.extend(qualifier_failure(qualifier));
        }
        let parts = NameParts::split(name, Dialect::Read);
        if parts.is_none() {
            failures.push(format!(
                "Value '{name}' at 'functionName' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: {READ_PATTERN}"
            ));
        }
        let Some(parts) = parts.filter(|_| failures.is_empty()) else {
            return Err(validation_errors(&failures));
        };
        parts.check_scope(scope)?;
        let derived = parts.qualifier.map(str::to_owned);
        if let (Some(derived), Some(given)) = (&derived, qualifier)
            && derived != given
        {
            return Err(ServiceError::invalid_parameter(
                "The derived qualifier from the function name does not match the specified \
                 qualifier.",
            ));
        }
        Ok(FunctionReference { name: parts.name.to_owned(), qualifier: qualifier.map(str::to_owned).or(derived) })
    }

    /// Refuses a qualifier, for a call whose name has none in the service's model.
    pub(crate) fn unqualified(self, name: &str) -> Result<Self, ServiceError> {
        match self.qualifier {
            None => Ok(self),
            Some(_) => Err(validation_errors(&[format!(
                "Value '{name}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression \
                 pattern: {UNQUALIFIED_PATTERN}"
            )])),
        }
    }

    /// The ARN as an error shows it: with the qualifier, when the request had one.
    pub(crate) fn arn(&self, scope: &Scope) -> String {
        let arn = scope.function_arn(&self.name);
        match &self.qualifier {
            Some(qualifier) => format!("{arn}:{qualifier}"),
            None => arn,
        }
    }
}

/// Checks the `FunctionName` of a create request for its form and returns what the model has
/// against it.
pub(crate) fn create_name_failures(name: &str) -> Vec<String> {
    let at = format!("Value '{name}' at 'functionName' failed to satisfy constraint: Member must");
    let mut failures = Vec::new();
    if name.chars().count() > 140 {
        failures.push(format!("{at} have length less than or equal to 140"));
    }
    if NameParts::split(name, Dialect::Create).is_none() {
        failures.push(format!("{at} satisfy regular expression pattern: {CREATE_PATTERN}"));
    }
    failures
}

/// The bare name that a create request stands for, which passed [`create_name_failures`].
pub(crate) fn created_name(name: &str, scope: &Scope) -> Result<String, ServiceError> {
    let Some(parts) = NameParts::split(name, Dialect::Create) else {
        return Err(validation_errors(&create_name_failures(name)));
    };
    parts.check_scope(scope)?;
    if parts.name.len() > 64 {
        return Err(ServiceError::invalid_parameter(&format!(
            "1 validation error detected: Value '{}' at 'functionName' failed to satisfy \
             constraint: Member must have length less than or equal to 64",
            parts.name
        )));
    }
    Ok(parts.name.to_owned())
}

/// What the `Resource` of a tag call names.
#[derive(Debug, PartialEq)]
pub(crate) enum Tagged {
    /// A function, by its name.
    Function(String),
    /// An event source mapping, by its UUID.
    Mapping(String),
}

/// What the `Resource` of a tag call names: a whole ARN, of a function one without a qualifier.
pub(crate) fn tagged(resource: &str, scope: &Scope) -> Result<Tagged, ServiceError> {
    let parts = NameParts::split(resource, Dialect::Create);
    if is_other_taggable(resource) {
        return match resource.split_once(":event-source-mapping:") {
            // Of another region or account there is none here.
            Some((_, uuid)) if scope.mapping_arn(uuid) == resource => Ok(Tagged::Mapping(uuid.to_owned())),
            Some(_) => Err(ServiceError::not_found(&format!("Event source mapping not found: {resource}"))),
            // Nothing of the other kinds has tags here. The text is the service's for mappings that are not there.
            None => Err(ServiceError::not_found("The resource you requested does not exist.")),
        };
    }
    let Some(parts) = parts.filter(|parts| parts.whole) else {
        return Err(validation_errors(&[format!(
            "Value '{resource}' at 'resource' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: {TAGGED_PATTERN}"
        )]));
    };
    parts.check_scope(scope)?;
    if parts.qualifier.is_some() {
        return Err(ServiceError::invalid_parameter(
            "Tags on function aliases and versions are not supported. Please specify a function \
             ARN.",
        ));
    }
    Ok(Tagged::Function(parts.name.to_owned()))
}

/// Whether an ARN is that of something else that can have tags.
fn is_other_taggable(resource: &str) -> bool {
    let parts: Vec<&str> = resource.split(':').collect();
    let ["arn", partition, "lambda", region, account, kind, id] = parts.as_slice() else { return false };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_id = match *kind {
        "code-signing-config" => id.strip_prefix("csc-").is_some_and(|id| {
            id.len() == 17 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        }),
        "event-source-mapping" => id.len() == 36 && uuid::Uuid::try_parse(id).is_ok(),
        "capacity-provider" | "network-connector" => (1..=64).contains(&id.len()) && id.bytes().all(is_word),
        _ => false,
    };
    is_partition(partition) && is_region(region) && is_account(account) && is_id
}

/// One ValidationException for all failures, counted as the service counts them.
pub(crate) fn validation_errors(failures: &[String]) -> ServiceError {
    ServiceError::validation(&validation_message(failures))
}

pub(crate) fn validation_message(failures: &[String]) -> String {
    let plural = if failures.len() == 1 { "error" } else { "errors" };
    format!("{} validation {plural} detected: {}", failures.len(), failures.join("; "))
}

fn qualifier_failure(qualifier: &str) -> Option<String> {
    let at = format!("Value '{qualifier}' at 'qualifier' failed to satisfy constraint: Member must");
    if qualifier.chars().count() > 128 {
        return Some(format!("{at} have length less than or equal to 128"));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte);
    let fits = qualifier == "$LATEST.PUBLISHED" || (!qualifier.is_empty() && qualifier.bytes().all(allowed));
    (!fits).then(|| format!(r"{at} satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"))
}

// The patterns are the service's own, from recorded answers; reading allows a dot, creating does
// not. Those without a qualifier and for tags are of the service's model.
const CREATE_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";
const READ_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const UNQUALIFIED_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)";
const TAGGED_PATTERN: &str = r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})";

#[derive(Clone, Copy, PartialEq)]
enum Dialect {
    Create,
    Read,
}

/// A name that matches one of the two patterns, taken apart.
struct NameParts<'a> {
    region: Option<&'a str>,
    account: Option<&'a str>,
    name: &'a str,
    qualifier: Option<&'a str>,
    /// Every optional part before the name is there.
    whole: bool,
}

impl<'a> NameParts<'a> {
    fn split(text: &'a str, dialect: Dialect) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        // Each of the four leading parts may be absent; as in the pattern, the reading that takes
        // most of them wins.
        (0..16).rev().find_map(|mask: u8| {
            let mut rest = parts.as_slice();
            let mut take = |bit: u8, matches: &dyn Fn(&str) -> bool| -> Option<Option<&'a str>> {
                if mask & bit == 0 {
                    return Some(None);
                }
                let (first, others) = rest.split_first()?;
                rest = others;
                matches(first).then_some(Some(*first))
            };
            if mask & 8 != 0 {
                take(8, &|part| part == "arn")?;
                take(8, &is_partition)?;
                take(8, &|part| part == "lambda")?;
            }
            let region = take(4, &is_region)?;
            let account = take(2, &is_account)?;
            take(1, &|part| part == "function")?;
            let (name, qualifier) = match rest {
                [name] => (*name, None),
                [name, qualifier] => (*name, Some(*qualifier)),
                _ => return None,
            };
            let fits = is_name(name, dialect) && qualifier.is_none_or(|qualifier| is_qualifier(qualifier, dialect));
            fits.then_some(NameParts { region, account, name, qualifier, whole: mask == 15 })
        })
    }

    fn check_scope(&self, scope: &Scope) -> Result<(), ServiceError> {
        if let Some(region) = self.region.filter(|region| *region != scope.region) {
            return Err(ServiceError::not_found(&format!(
                "Functions from '{region}' are not reachable in this region ('{}')",
                scope.region
            )));
        }
        if self.account.is_some_and(|account| account != scope.account) {
            return Err(ServiceError::access_denied());
        }
        Ok(())
    }
}

fn is_partition(part: &str) -> bool {
    let letters = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    part.is_empty() || part.strip_prefix("aws").is_some_and(letters)
}

/// `(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}`
pub(crate) fn is_region(part: &str) -> bool {
    let lower = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let isolated = |text: &str| {
        text == "gov"
            || text.strip_prefix("iso").is_some_and(|rest| rest.is_empty() || (rest.len() == 1 && lower(rest)))
    };
    let words: Vec<&str> = part.strip_prefix("eusc-").unwrap_or(part).split('-').collect();
    let (continent, direction, number) = match words.as_slice() {
        [continent, direction, number] => (continent, direction, number),
        [continent, kind, direction, number] if isolated(kind) => (continent, direction, number),
        _ => return false,
    };
    let digit = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit());
    continent.len() == 2 && lower(continent) && lower(direction) && digit
}

fn is_account(part: &str) -> bool {
    part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_name(part: &str, dialect: Dialect) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !part.is_empty() && part.bytes().all(|byte| allowed(byte) || (dialect == Dialect::Read && byte == b'.'))
}

fn is_qualifier(part: &str, dialect: Dialect) -> bool {
    part == LATEST || (dialect == Dialect::Read && part == "$LATEST.PUBLISHED") || is_name(part, Dialect::Create)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope { region: "us-east-1".to_owned(), account: "123456789012".to_owned() }
    }

    fn read(name: &str) -> Option<(String, Option<String>)> {
        FunctionReference::from_path(name, None, &scope()).ok().map(|found| (found.name, found.qualifier))
    }

    #[test]
    fn every_form_of_a_name_is_read() {
        let plain = Some(("resize".to_owned(), None));
        for form in [
            "resize",
            "function:resize",
            "123456789012:function:resize",
            "123456789012:resize",
            "us-east-1:123456789012:function:resize",
            "arn:aws:lambda:us-east-1:123456789012:function:resize",
        ] {
            assert_eq!(read(form), plain, "{form}");
        }
        let first = Some(("resize".to_owned(), Some("1".to_owned())));
        assert_eq!(read("resize:1"), first);
        assert_eq!(read("arn:aws:lambda:us-east-1:123456789012:function:resize:1"), first);
        assert_eq!(read("arn:aws:lambda:us-east-1:123456789012:function"), Some(("function".to_owned(), None)));
    }

    #[test]
    fn malformed_names_are_refused() {
        for form in [
            "",
            "*",
            "my-function!",
            "a:b:c",
            "arn:aws:lambda:us-east-1::function:resize",
            "arn:aws:lambda:invalid-region:123456789012:function:resize",
            "arn:aws:lambda:us-east-1:123456789012:function:resize:1:2",
            "arn:aws:lambda:us-east-1:123456789012:function:resize:$LATES",
            "arn:aws:ec2:us-east-1:123456789012:instance:i-1",
        ] {
            assert_eq!(read(form), None, "{form}");
        }
    }

    #[test]
    fn regions_of_every_partition_match() {
        for region in ["us-east-1", "us-gov-west-1", "us-isob-east-1", "us-iso-east-1", "eusc-de-east-1", "cn-north-1"]
        {
            assert!(is_region(region), "{region}");
        }
        for text in ["us-east", "us-east-10", "usa-east-1", "us-foo-east-1", "invalid-region", ""] {
            assert!(!is_region(text), "{text}");
        }
    }
}
