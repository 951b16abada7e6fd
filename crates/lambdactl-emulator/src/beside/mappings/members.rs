//! The members of a mapping: what a request makes of those that are kept.

use serde_json::{Map, Value, json};

use crate::beside::mappings::limits::{fixed, settings};
use crate::beside::mappings::sources::Source;

/// The members of a new mapping.
pub(super) fn created(source: Source, sent: &Map<String, Value>, uuid: &str) -> Map<String, Value> {
    let mut members = source.defaults(uuid);
    for member in fixed() {
        if let Some(value) = sent.get(member) {
            members.insert(member.to_owned(), value.clone());
        }
    }
    // As other tools report the answers.
    if let Some(servers) = members.get_mut("SelfManagedEventSource").and_then(servers_mut) {
        servers.sort_by(|left, right| left.as_str().cmp(&right.as_str()));
    }
    if let Some(member) = source.group_member() {
        for name in GROUP {
            if let Some(value) = sent.get(member).and_then(|config| config.get(name)) {
                members[member][name] = value.clone();
            }
        }
    }
    set(source, &mut members, sent, uuid);
    members
}

/// Takes over what a request says: what is left out stays as it is.
pub(super) fn set(source: Source, members: &mut Map<String, Value>, sent: &Map<String, Value>, uuid: &str) {
    let defaults = source.defaults(uuid);
    for member in settings() {
        let Some(value) = sent.get(member) else { continue };
        // Nobody knows a request that takes these away.
        let stays = ["LoggingConfig", "ProvisionedPollerConfig", "DocumentDBEventSourceConfig"].contains(&member);
        if stays && is_empty(value) {
            continue;
        }
        let value = match says_nothing(member, value) {
            true => defaults.get(member).cloned(),
            false if source.group_member() == Some(member) => Some(with_group(value, members.get(member))),
            false => Some(value.clone()),
        };
        match value {
            Some(value) => members.insert(member.to_owned(), value),
            None => members.shift_remove(member),
        };
    }
}

/// Whether a value means that there is none: the service then answers as if it never was sent (recorded of filters,
/// destinations and response types, else as other tools take values away).
pub(super) fn says_nothing(member: &str, value: &Value) -> bool {
    let inner = |name: &str| value.get(name).is_none_or(is_empty);
    match member {
        "FilterCriteria" => inner("Filters"),
        "MetricsConfig" => inner("Metrics"),
        "ScalingConfig" => inner("MaximumConcurrency"),
        "DestinationConfig" => {
            value.get("OnFailure").and_then(|failure| failure.get("Destination")).is_none_or(is_empty)
        }
        "KMSKeyArn" | "SourceAccessConfigurations" | "FunctionResponseTypes" => is_empty(value),
        _ => false,
    }
}

/// What stays of a Kafka's configuration as it was created.
const GROUP: [&str; 2] = ["ConsumerGroupId", "ConsumptionMode"];

fn with_group(value: &Value, kept: Option<&Value>) -> Value {
    let mut value = value.clone();
    for member in GROUP {
        if let Some(kept) = kept.and_then(|kept| kept.get(member)) {
            value[member] = kept.clone();
        }
    }
    value
}

/// The servers of a Kafka that is self-managed.
pub(super) fn servers(members: &Map<String, Value>) -> Vec<&str> {
    let endpoints = members.get("SelfManagedEventSource").and_then(|source| source.get("Endpoints"));
    let servers = endpoints.and_then(|endpoints| endpoints.get("KAFKA_BOOTSTRAP_SERVERS")).and_then(Value::as_array);
    servers.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn servers_mut(source: &mut Value) -> Option<&mut Vec<Value>> {
    source.get_mut("Endpoints")?.get_mut("KAFKA_BOOTSTRAP_SERVERS")?.as_array_mut()
}

fn is_empty(value: &Value) -> bool {
    *value == json!("") || *value == json!([]) || *value == json!({})
}
