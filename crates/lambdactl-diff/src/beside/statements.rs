//! Statements of a resource policy, in the words of AddPermission.

use std::collections::BTreeMap;

use lambdactl_schema::Slot;
use serde_json::{Map, Value, json};

/// What AddPermission grants unless a manifest says another action.
pub(crate) const ACTION: &str = "lambda:InvokeFunction";

/// The principal of Alexa Smart Home, which comes back as everyone (recorded answer of AddPermission).
const ALEXA: &str = "alexa-appkit.amazon.com";

/// The conditions that AddPermission makes of its members: the operator, the key and the member. Case matters to the service
/// (recorded answers of GetPolicy, and of cdkd #711 for the last one).
const CONDITIONS: [(&str, &str, &str); 6] = [
    ("ArnLike", "AWS:SourceArn", "SourceArn"),
    ("StringEquals", "AWS:SourceAccount", "SourceAccount"),
    ("StringEquals", "lambda:EventSourceToken", "EventSourceToken"),
    ("StringEquals", "aws:PrincipalOrgID", "PrincipalOrgID"),
    ("StringEquals", "lambda:FunctionUrlAuthType", "FunctionUrlAuthType"),
    ("Bool", "lambda:InvokedViaFunctionUrl", "InvokedViaFunctionUrl"),
];

/// Brings a declared statement into the form in which it is compared.
pub(crate) fn from_manifest(value: &Value) -> Value {
    let mut members = value.as_object().cloned().unwrap_or_default();
    members.entry("Action").or_insert_with(|| json!(ACTION));
    if let Some(principal) = members.get_mut("Principal") {
        *principal = json!(principal_name(principal.as_str().unwrap_or_default()));
    }
    // What is not said and what is said to be false are the same to the service.
    members.retain(|_, value| !matches!(value, Value::Null | Value::Bool(false)));
    Value::Object(members)
}

/// Brings a statement of a policy into the same form. What AddPermission could not have written keeps its own words.
pub(crate) fn from_policy(statement: &Value) -> Value {
    let mut members = Map::new();
    let principal = match &statement["Principal"] {
        Value::Object(by) => by.get("Service").or_else(|| by.get("AWS")).cloned().unwrap_or_else(|| json!(by)),
        other => other.clone(),
    };
    members.insert("Principal".into(), one(principal, |text| json!(principal_name(text))));
    members.insert("Action".into(), one(statement["Action"].clone(), |text| json!(text)));
    let mut conditions = statement["Condition"].as_object().cloned().unwrap_or_default();
    for (operator, key, member) in CONDITIONS {
        let Some(Value::Object(keys)) = conditions.get_mut(operator) else { continue };
        let Some(found) = keys.keys().find(|found| found.eq_ignore_ascii_case(key)).cloned() else { continue };
        let value = keys.shift_remove(&found).unwrap_or_default();
        let value = one(value, |text| match (operator, text) {
            ("Bool", "true") => json!(true),
            ("Bool", "false") => json!(false),
            _ => json!(text),
        });
        members.insert(member.into(), value);
    }
    conditions.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
    if !conditions.is_empty() {
        members.insert("Condition".into(), Value::Object(conditions));
    }
    if statement["Effect"].as_str().is_some_and(|effect| effect != "Allow") {
        members.insert("Effect".into(), statement["Effect"].clone());
    }
    members.retain(|_, value| !matches!(value, Value::Null | Value::Bool(false)));
    Value::Object(members)
}

/// A list with one text is that text.
fn one(value: Value, make: impl Fn(&str) -> Value) -> Value {
    match &value {
        Value::String(text) => make(text),
        Value::Bool(flag) => json!(flag),
        Value::Array(items) => match items.as_slice() {
            [Value::String(text)] => make(text),
            _ => value,
        },
        _ => value,
    }
}

/// An account stands for its root user, in whatever partition; Alexa for everyone who has the token.
fn principal_name(text: &str) -> &str {
    let account = text.strip_prefix("arn:").and_then(|rest| rest.split_once(":iam::")).and_then(|(_, rest)| {
        let account = rest.strip_suffix(":root")?;
        account.bytes().all(|byte| byte.is_ascii_digit()).then_some(account)
    });
    match account {
        Some(account) => account,
        None if text == ALEXA => "*",
        None => text,
    }
}

/// The two statements that let everyone call a URL without signing (AWS documentation, urls-auth: both since October 2025),
/// by the ids that the console gives them.
pub(crate) fn public() -> [(&'static str, Value); 2] {
    [
        (
            "FunctionURLAllowPublicAccess",
            json!({ "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE" }),
        ),
        ("FunctionURLAllowInvokeAction", json!({ "Principal": "*", "Action": ACTION, "InvokedViaFunctionUrl": true })),
    ]
}

/// Whether a statement lets everyone call: whatever its id is.
pub(crate) fn is_public_for_urls(form: &Value) -> bool {
    public().iter().any(|(_, statement)| statement == form)
}

/// Whether a statement is open to everyone without a condition.
pub(crate) fn is_open(form: &Value) -> bool {
    let members = form.as_object();
    form["Principal"] == "*" && members.is_some_and(|members| members.len() == 2)
}

/// Returns the statements of one policy, by their ids, in the form in which they are compared.
pub(crate) fn of_policy<'a>(
    policies: &'a BTreeMap<Slot, Value>,
    qualifier: Option<&'a str>,
) -> impl Iterator<Item = (&'a str, Value)> {
    let is_of = move |slot: &Slot| slot.qualifier.as_deref() == qualifier;
    let statements = policies.iter().filter(move |(slot, _)| is_of(slot));
    statements.filter_map(|(slot, statement)| Some((slot.name.as_deref()?, from_policy(statement))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Statements as recorded, each with what a manifest says for it.
    #[test]
    fn statements_of_the_service_are_what_was_asked_for() {
        let by = |principal: Value, conditions: Value| {
            json!({ "Sid": "s", "Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction",
                "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "Condition": conditions })
        };
        for (declared, answered) in [
            (
                json!({ "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b", "SourceAccount": "123456789012" }),
                by(
                    json!({ "Service": "s3.amazonaws.com" }),
                    json!({ "ArnLike": { "AWS:SourceArn": "arn:aws:s3:::b" }, "StringEquals": { "AWS:SourceAccount": "123456789012" } }),
                ),
            ),
            (
                json!({ "Principal": "123456789012", "Action": "lambda:InvokeFunction" }),
                by(json!({ "AWS": "arn:aws:iam::123456789012:root" }), Value::Null),
            ),
            (
                json!({ "Principal": "123456789012" }),
                by(json!({ "AWS": "arn:aws-cn:iam::123456789012:root" }), Value::Null),
            ),
            (
                json!({ "Principal": "arn:aws:iam::123456789012:root" }),
                by(json!({ "AWS": "123456789012" }), Value::Null),
            ),
            (
                json!({ "Principal": "alexa-appkit.amazon.com", "EventSourceToken": "amzn1" }),
                by(json!("*"), json!({ "StringEquals": { "lambda:EventSourceToken": "amzn1" } })),
            ),
            (
                json!({ "Principal": "*", "PrincipalOrgID": "o-abc1234567", "InvokedViaFunctionUrl": false }),
                by(json!("*"), json!({ "StringEquals": { "aws:PrincipalOrgID": ["o-abc1234567"] } })),
            ),
            (
                json!({ "Principal": "*", "InvokedViaFunctionUrl": true }),
                by(json!({ "AWS": "*" }), json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } })),
            ),
            (
                json!({ "Principal": "events.amazonaws.com", "SourceArn": "arn:aws:events:us-east-1:123456789012:rule/r" }),
                by(
                    json!({ "Service": ["events.amazonaws.com"] }),
                    json!({ "ArnLike": { "aws:sourcearn": ["arn:aws:events:us-east-1:123456789012:rule/r"] } }),
                ),
            ),
        ] {
            assert_eq!(
                from_manifest(&declared),
                sorted(from_policy(&answered), &from_manifest(&declared)),
                "{declared}"
            );
        }
    }

    /// Maps that keep the order of their members are equal in any order; the failure is easier to read in one.
    fn sorted(form: Value, like: &Value) -> Value {
        assert_eq!(form, *like);
        form
    }

    #[test]
    fn what_add_permission_cannot_write_is_another_statement() {
        let plain = from_manifest(&json!({ "Principal": "123456789012" }));
        let statement = |more: Value| {
            let mut statement = json!({ "Effect": "Allow", "Action": "lambda:InvokeFunction",
                "Principal": { "AWS": "arn:aws:iam::123456789012:root" } });
            statement.as_object_mut().expect("a map").extend(more.as_object().cloned().expect("a map"));
            from_policy(&statement)
        };
        assert_eq!(statement(json!({})), plain);
        for more in [
            json!({ "Effect": "Deny" }),
            json!({ "Condition": { "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } } }),
            json!({ "Principal": { "AWS": "AROAEXAMPLE" } }),
            json!({ "Action": ["lambda:InvokeFunction", "lambda:GetFunction"] }),
        ] {
            assert_ne!(statement(more.clone()), plain, "{more}");
        }
    }

    #[test]
    fn everyone_is_told_apart_from_everyone_under_a_condition() {
        let form = |value: Value| from_manifest(&value);
        assert!(is_open(&form(json!({ "Principal": "*" }))));
        assert!(!is_open(&form(json!({ "Principal": "*", "PrincipalOrgID": "o-abc1234567" }))));
        assert!(!is_open(&form(json!({ "Principal": "s3.amazonaws.com" }))));
        for (_, statement) in public() {
            assert!(is_public_for_urls(&form(statement)));
        }
    }
}
