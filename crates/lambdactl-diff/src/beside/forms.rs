//! One form for both sides of what stands beside a function: what the service fills in is filled in, what it spells in several
//! ways is absent.

use lambdactl_schema::kinds::Kind;
use lambdactl_schema::{NEWEST, ROLLOUT};
use serde_json::{Map, Value, json};

use super::statements;

/// Brings what a manifest says into the form in which it is compared. `newest` is the version that `published` names.
pub(crate) fn from_manifest(kind: Kind, value: &Value, newest: &str) -> Value {
    match kind {
        Kind::Aliases => alias(value, newest),
        Kind::Permissions => statements::from_manifest(value),
        Kind::Urls => url(value),
        Kind::EventInvoke => event_invoke(value),
        Kind::RuntimeManagement => runtime_management(value),
        _ => value.clone(),
    }
}

/// Brings an answer of the service into the same form.
pub(crate) fn from_answer(kind: Kind, answer: &Value) -> Value {
    match kind {
        Kind::Aliases => alias(&only(answer, &["FunctionVersion", "Description", "RoutingConfig"]), NEWEST),
        Kind::Permissions => statements::from_policy(answer),
        Kind::Urls => url(&only(answer, &["AuthType", "InvokeMode", "Cors"])),
        Kind::EventInvoke => {
            event_invoke(&only(answer, &["MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"]))
        }
        Kind::RuntimeManagement => runtime_management(&only(answer, &["UpdateRuntimeOn", "RuntimeVersionArn"])),
        // How many instances there are already is on its way to how many were asked for.
        Kind::ProvisionedConcurrency => answer["RequestedProvisionedConcurrentExecutions"].clone(),
        _ => answer.clone(),
    }
}

/// What a setting is where nobody has set it.
pub(crate) fn default(kind: Kind) -> Option<Value> {
    match kind {
        Kind::Recursion => Some(json!("Terminate")),
        Kind::RuntimeManagement => Some(runtime_management(&Value::Null)),
        Kind::EventInvoke => Some(event_invoke(&Value::Null)),
        _ => None,
    }
}

fn only(answer: &Value, members: &[&str]) -> Value {
    let found = members.iter().filter_map(|member| Some(((*member).to_owned(), answer.get(member)?.clone())));
    Value::Object(found.filter(|(_, value)| !value.is_null()).collect())
}

fn members(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// An empty description is none, and so are weights for nobody.
fn alias(value: &Value, newest: &str) -> Value {
    let mut members = own_members(value);
    members.retain(|_, value| !value.is_null() && value != "");
    if let Some(version) = members.get_mut("FunctionVersion").filter(|version| **version == NEWEST) {
        *version = json!(newest);
    }
    let weights = members.get("RoutingConfig").map(|routing| routing["AdditionalVersionWeights"].clone());
    if let Some(weights) = weights {
        let weights = weights.as_object().into_iter().flatten().map(|(version, weight)| {
            (if version == NEWEST { newest.to_owned() } else { version.clone() }, weight.clone())
        });
        let weights: Map<String, Value> = weights.collect();
        match weights.is_empty() {
            true => _ = members.shift_remove("RoutingConfig"),
            false => _ = members.insert("RoutingConfig".into(), json!({ "AdditionalVersionWeights": weights })),
        }
    }
    Value::Object(members)
}

/// The members of an alias itself: what hangs on it is of other kinds.
pub(crate) fn own_members(value: &Value) -> Map<String, Value> {
    let mut members = members(value);
    // How it moves is no part of where it is.
    members.shift_remove(ROLLOUT);
    members.retain(|member, _| !Kind::ALL.iter().any(|kind| kind.row().level.has_alias() && kind.row().key == member));
    members
}

/// BUFFERED is the default, and rules for browsers that say nothing are none. Lists are sets; header names have no case.
fn url(value: &Value) -> Value {
    let mut members = members(value);
    members.retain(|_, value| !value.is_null());
    members.entry("InvokeMode").or_insert_with(|| json!("BUFFERED"));
    if let Some(Value::Object(cors)) = members.get_mut("Cors") {
        for (member, value) in cors.iter_mut() {
            let Value::Array(items) = value else { continue };
            let mut texts: Vec<String> = items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
            if member.ends_with("Headers") {
                texts.iter_mut().for_each(|text| text.make_ascii_lowercase());
            }
            texts.sort_unstable();
            texts.dedup();
            *value = json!(texts);
        }
        let says_nothing = |value: &Value| match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        cors.retain(|_, value| !says_nothing(value));
        if cors.is_empty() {
            members.shift_remove("Cors");
        }
    }
    Value::Object(members)
}

/// The defaults in effect are the same as those that are set (AWS documentation, asynchronous invocation); a destination
/// that names nothing is none.
fn event_invoke(value: &Value) -> Value {
    let given = members(value);
    let number = |member: &str, default: u64| {
        given.get(member).filter(|value| !value.is_null()).cloned().unwrap_or_else(|| json!(default))
    };
    let mut form = Map::new();
    form.insert("MaximumRetryAttempts".into(), number("MaximumRetryAttempts", 2));
    form.insert("MaximumEventAgeInSeconds".into(), number("MaximumEventAgeInSeconds", 21_600));
    let destinations = given.get("DestinationConfig").and_then(Value::as_object).into_iter().flatten();
    let destinations: Map<String, Value> = destinations
        .filter(|(_, place)| place["Destination"].as_str().is_some_and(|destination| !destination.is_empty()))
        .map(|(on, place)| (on.clone(), json!({ "Destination": place["Destination"] })))
        .collect();
    if !destinations.is_empty() {
        form.insert("DestinationConfig".into(), Value::Object(destinations));
    }
    Value::Object(form)
}

/// The version of the runtime is the manifest's business under Manual alone: else AWS moves it.
fn runtime_management(value: &Value) -> Value {
    let mode = value["UpdateRuntimeOn"].as_str().unwrap_or("Auto");
    let arn = value["RuntimeVersionArn"].as_str().filter(|_| mode == "Manual");
    let mut form = Map::from_iter([("UpdateRuntimeOn".to_owned(), json!(mode))]);
    form.extend(arn.map(|arn| ("RuntimeVersionArn".to_owned(), json!(arn))));
    Value::Object(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a manifest may say and the service answers for it: no difference between the two.
    #[test]
    fn what_the_service_makes_of_a_value_is_that_value() {
        for (kind, declared, answered) in [
            (
                Kind::Aliases,
                json!({ "FunctionVersion": "published", "RoutingConfig": { "AdditionalVersionWeights": {} } }),
                json!({ "Name": "live", "AliasArn": "a", "FunctionVersion": "8", "Description": "", "RevisionId": "r" }),
            ),
            (
                Kind::Aliases,
                json!({ "FunctionVersion": "7", "Description": "d", "ProvisionedConcurrentExecutions": 3,
                    "RoutingConfig": { "AdditionalVersionWeights": { "published": 0.1 } } }),
                json!({ "FunctionVersion": "7", "Description": "d",
                    "RoutingConfig": { "AdditionalVersionWeights": { "8": 0.1 } } }),
            ),
            (
                Kind::Urls,
                json!({ "AuthType": "NONE", "Cors": {} }),
                json!({ "FunctionUrl": "u", "FunctionArn": "a", "AuthType": "NONE", "CreationTime": "t",
                    "LastModifiedTime": "t", "InvokeMode": "BUFFERED" }),
            ),
            (
                Kind::Urls,
                json!({ "AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM",
                    "Cors": { "AllowHeaders": ["X-A", "x-b"], "AllowMethods": ["POST", "GET"], "AllowCredentials": false } }),
                json!({ "AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM",
                    "Cors": { "AllowMethods": ["GET", "POST"], "AllowHeaders": ["x-b", "x-a"] } }),
            ),
            (
                Kind::EventInvoke,
                json!({ "MaximumRetryAttempts": 2 }),
                json!({ "FunctionArn": "a:$LATEST", "LastModified": 1.5, "DestinationConfig": { "OnSuccess": {}, "OnFailure": {} } }),
            ),
            (
                Kind::EventInvoke,
                json!({ "DestinationConfig": { "OnFailure": { "Destination": "q" } } }),
                json!({ "DestinationConfig": { "OnSuccess": {}, "OnFailure": { "Destination": "q" } },
                    "MaximumEventAgeInSeconds": 21600, "MaximumRetryAttempts": 2 }),
            ),
            (
                Kind::RuntimeManagement,
                json!({ "UpdateRuntimeOn": "Auto" }),
                json!({ "UpdateRuntimeOn": "Auto", "FunctionArn": "a", "RuntimeVersionArn": "v" }),
            ),
            (
                Kind::ProvisionedConcurrency,
                json!(5),
                json!({ "RequestedProvisionedConcurrentExecutions": 5, "AllocatedProvisionedConcurrentExecutions": 0 }),
            ),
        ] {
            assert_eq!(from_manifest(kind, &declared, "8"), from_answer(kind, &answered), "{kind:?}: {declared}");
        }
    }

    #[test]
    fn values_that_mean_something_differ() {
        let url = |cors: Value| from_manifest(Kind::Urls, &json!({ "AuthType": "NONE", "Cors": cors }), "8");
        assert_ne!(url(json!({ "MaxAge": 0 })), url(json!({})));
        assert_ne!(url(json!({ "AllowOrigins": ["https://A"] })), url(json!({ "AllowOrigins": ["https://a"] })));
        let manual = json!({ "UpdateRuntimeOn": "Manual", "RuntimeVersionArn": "v" });
        assert_ne!(
            from_manifest(Kind::RuntimeManagement, &manual, "8"),
            from_answer(Kind::RuntimeManagement, &json!({ "UpdateRuntimeOn": "Manual", "RuntimeVersionArn": "w" }))
        );
        for kind in [Kind::Recursion, Kind::RuntimeManagement, Kind::EventInvoke] {
            let default = default(kind).expect("it has one");
            assert_eq!(from_manifest(kind, &default, "8"), default, "{kind:?}");
        }
    }
}
