//! Whether an answer is what was asked for. A status of 200 says little: a captive portal, a health endpoint or a wrong
//! address answers with it, too, and a plan that believed them would show every function as missing or changed.

use std::collections::HashMap;
use std::sync::OnceLock;

use lambdactl_schema::{Operation, members};
use serde_json::{Map, Value};

use crate::address::shown;
use crate::client::Client;
use crate::error::CallError;

impl Client {
    /// Checks that a configuration is that of the function that was asked for, in this region and account, and that its
    /// members have the types of the service's model. `name` is a name or an ARN; without it any function will do.
    pub(crate) fn check_configuration(
        &self,
        operation: Operation,
        name: Option<&str>,
        configuration: &Map<String, Value>,
    ) -> Result<(), CallError> {
        let wrong = |what: String| self.unexpected(operation, what);
        let text = |member: &str| configuration.get(member).and_then(Value::as_str);
        let Some(arn) = text("FunctionArn") else {
            return Err(wrong("a configuration without a function's ARN".to_owned()));
        };
        let Some(place) =
            Place::of(arn).filter(|place| text("FunctionName").is_none_or(|name| plain(name) == place.name))
        else {
            return Err(wrong("a function whose ARN is not its own".to_owned()));
        };
        if name.is_some_and(|name| plain(name) != place.name) {
            return Err(wrong("the configuration of another function".to_owned()));
        }
        if place.region != self.connection().region() {
            return Err(wrong("a function of another region".to_owned()));
        }
        if self.account.get().is_some_and(|account| place.account != account) {
            return Err(wrong("a function of another account".to_owned()));
        }
        match mistyped(configuration, "") {
            Some(member) => Err(wrong(format!("a `{member}` of another type than the service's"))),
            None => {
                self.redaction().open(arn);
                Ok(())
            }
        }
    }

    pub(crate) fn unexpected(&self, operation: Operation, what: impl Into<String>) -> CallError {
        let endpoint = self.connection().address(operation.row().service);
        CallError::Unexpected { operation, endpoint: shown(endpoint), what: what.into() }
    }
}

/// Where a function is: `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`, with or without a qualifier.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> Place<'a> {
    pub(crate) fn of(arn: &'a str) -> Option<Self> {
        let mut parts = arn.split(':');
        let is_lambda = parts.next()? == "arn" && parts.next()?.starts_with("aws") && parts.next()? == "lambda";
        let (region, account, kind, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let _qualifier = parts.next();
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        (is_lambda && is_account && kind == "function" && !name.is_empty() && parts.next().is_none()).then_some(Self {
            region,
            account,
            name,
        })
    }
}

/// Whether a text is a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_hexadecimal = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(is_hexadecimal)
}

/// Returns the name in a name or in a full or partial ARN.
fn plain(name: &str) -> &str {
    let after = name.rsplit_once("function:").map_or(name, |(_, after)| after);
    after.split(':').next().unwrap_or(after)
}

/// Finds a member whose value has another type than the service's model gives it.
fn mistyped(members: &Map<String, Value>, path: &str) -> Option<String> {
    members.iter().find_map(|(name, value)| {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let wanted = types().get(path.as_str())?;
        match (wanted.as_str(), value) {
            (_, Value::Null) => None,
            ("object", Value::Object(inner)) => mistyped(inner, &path),
            ("string", Value::String(_)) | ("array", Value::Array(_)) | ("boolean", Value::Bool(_)) => None,
            ("integer" | "number", Value::Number(_)) => None,
            _ => Some(path),
        }
    })
}

/// The types of a function's members by name, such as `VpcConfig.SubnetIds`. Those of a list's items are not among them:
/// some are objects in answers and texts in requests.
fn types() -> &'static HashMap<String, String> {
    static TYPES: OnceLock<HashMap<String, String>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let of_function = members().into_iter().filter(|member| member.of_function && !member.is_beside());
        let typed = of_function.filter_map(|member| {
            let name = member.name();
            let kind = match &member.schema["type"] {
                Value::String(kind) => kind.clone(),
                // `["string", "null"]`
                Value::Array(kinds) => {
                    kinds.iter().find_map(|kind| kind.as_str().filter(|kind| *kind != "null"))?.to_owned()
                }
                // A list of values that are known.
                _ if member.schema["enum"].is_array() || member.schema["anyOf"].is_array() => return None,
                _ => return None,
            };
            // A path, in a manifest; GetFunction says it beside the configuration.
            (member.path[0] != "Code").then_some((name, kind))
        });
        typed.collect()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn functions_are_told_by_their_arns() {
        let place = |arn| Place::of(arn);
        let found = Place { region: "us-east-1", account: "123456789012", name: "f" };
        assert_eq!(place("arn:aws:lambda:us-east-1:123456789012:function:f"), Some(found));
        assert!(place("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:7").is_some());
        for odd in [
            "",
            "f",
            "hunter2-very-secret",
            "arn:aws:lambda:us-east-1:123456789012:function:",
            "arn:aws:lambda:us-east-1:123456789012:layer:f",
            "arn:aws:lambda:us-east-1:12345:function:f",
            "arn:aws:s3:us-east-1:123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f:1:2",
        ] {
            assert_eq!(place(odd), None, "{odd}");
        }
    }

    #[test]
    fn names_are_told_by_every_spelling() {
        for name in ["f", "f:live", "123456789012:function:f", "arn:aws:lambda:us-east-1:123456789012:function:f:1"] {
            assert_eq!(plain(name), "f");
        }
    }

    #[test]
    fn members_of_other_types_are_found() {
        let found = |configuration: Value| mistyped(configuration.as_object().unwrap(), "");
        let good = json!({
            "Runtime": "python3.13", "MemorySize": 128, "Layers": [{ "Arn": "a" }], "Unheard": [1], "Description": null,
            "VpcConfig": { "SubnetIds": [], "VpcId": "v" }, "Environment": { "Variables": { "A": "b" } },
        });
        assert_eq!(found(good), None);
        for (odd, member) in [
            (json!({ "Runtime": 12 }), "Runtime"),
            (json!({ "Role": ["r"] }), "Role"),
            (json!({ "MemorySize": "128" }), "MemorySize"),
            (json!({ "Layers": {} }), "Layers"),
            (json!({ "VpcConfig": "v" }), "VpcConfig"),
            (json!({ "VpcConfig": { "SubnetIds": "s" } }), "VpcConfig.SubnetIds"),
            (json!({ "Environment": { "Variables": "hunter2" } }), "Environment.Variables"),
        ] {
            assert_eq!(found(odd).as_deref(), Some(member));
        }
    }
}
