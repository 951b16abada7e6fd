//! One form for both sides of an event source mapping.

use std::collections::BTreeMap;

use lambdactl_schema::{MAPPING_MEMBERS, MappingChange, Source};
use serde_json::{Map, Value, json};

use crate::tags::{declared, looked_at};

/// The member that says what is fed: the function, or an alias of it.
pub(super) const FED: &str = "FunctionName";

/// Names what a mapping feeds, as its calls do.
pub(super) fn fed(function: &str, qualifier: Option<&str>) -> String {
    qualifier.map_or_else(|| function.to_owned(), |qualifier| format!("{function}:{qualifier}"))
}

/// Brings an answer of the service into the form in which mappings are compared. While one is updated nobody can say whether it
/// will be enabled, and it counts as if it were.
pub(super) fn from_answer(answer: &Value, source: Option<Source>) -> Map<String, Value> {
    let mut answer = answer.clone();
    answer["Enabled"] = json!(!matches!(answer["State"].as_str(), Some("Disabled" | "Disabling")));
    from_manifest(&answer, source)
}

/// Whether a key encrypts the filters of a mapping.
pub(super) fn is_encrypted(key: &Value) -> bool {
    key.as_str().is_some_and(|key| !key.is_empty())
}

/// Whether the service hides the filters of a mapping: a list does not decrypt them (AWS documentation).
pub(super) fn hides_filters(answer: &Value) -> bool {
    is_encrypted(&answer["KMSKeyArn"]) && !answer["FilterCriteria"]["Filters"].is_array()
}

/// Brings a mapping that a manifest declares into that form. Tags and what it feeds are not in it.
pub(super) fn from_manifest(value: &Value, source: Option<Source>) -> Map<String, Value> {
    let mut form = Map::new();
    for member in MAPPING_MEMBERS {
        let is_compared = !matches!(member.changes, MappingChange::Past | MappingChange::Other);
        // What another source would take is answered with a default now and then.
        if !is_compared || source.is_some_and(|source| !member.sources.contains(&source)) {
            continue;
        }
        let plain = value.get(member.name).and_then(|value| plain(member.name, value));
        let queued = member.name == "MaximumRetryAttempts" && is_queued(value);
        let default = source.map(|source| member.default(source)).filter(|default| !default.is_null() && !queued);
        form.extend(plain.or(default).map(|value| (member.name.to_owned(), value)));
    }
    form
}

/// Whether records of a topic are taken without order: they have other defaults (AWS documentation).
fn is_queued(value: &Value) -> bool {
    value["SelfManagedKafkaEventSourceConfig"]["ConsumptionMode"] == "Queue"
}

/// A member in one form; nothing where it says nothing.
fn plain(member: &str, value: &Value) -> Option<Value> {
    let sorted = |value: &Value| {
        let mut items = value.as_array().cloned().unwrap_or_default();
        items.sort_by_key(in_order);
        items.dedup();
        (!items.is_empty()).then(|| Value::Array(items))
    };
    match member {
        _ if value.is_null() => None,
        "FilterCriteria" => {
            let filters: Vec<Value> = value["Filters"].as_array().into_iter().flatten().map(filter).collect();
            (!filters.is_empty()).then(|| json!({ "Filters": filters }))
        }
        "DestinationConfig" => {
            let destination = value["OnFailure"]["Destination"].as_str().filter(|text| !text.is_empty())?;
            Some(json!({ "OnFailure": { "Destination": destination } }))
        }
        "MetricsConfig" => sorted(&value["Metrics"]).map(|metrics| json!({ "Metrics": metrics })),
        "SourceAccessConfigurations" | "FunctionResponseTypes" | "Topics" | "Queues" => sorted(value),
        "SelfManagedEventSource" => {
            let servers = sorted(&value["Endpoints"]["KAFKA_BOOTSTRAP_SERVERS"])?;
            Some(json!({ "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": servers } }))
        }
        "AmazonManagedKafkaEventSourceConfig" | "SelfManagedKafkaEventSourceConfig" => {
            let mut config = value.clone();
            for list in ["/SchemaRegistryConfig/AccessConfigs", "/SchemaRegistryConfig/SchemaValidationConfigs"] {
                if let Some(items) = config.pointer_mut(list) {
                    *items = sorted(items).unwrap_or_default();
                }
            }
            without_null(config)
        }
        "DocumentDBEventSourceConfig" => {
            let mut config = value.clone();
            if config["FullDocument"].is_null() {
                config["FullDocument"] = json!("Default");
            }
            without_null(config)
        }
        _ => match value {
            Value::String(text) if text.is_empty() => None,
            Value::Object(_) => without_null(value.clone()),
            value => Some(value.clone()),
        },
    }
}

/// A value as a text, whatever the order of its members.
fn in_order(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&String, String> =
                members.iter().map(|(key, value)| (key, in_order(value))).collect();
            format!("{members:?}")
        }
        other => other.to_string(),
    }
}

/// A filter with its pattern as what it says, whatever the spaces and the order of its text.
fn filter(filter: &Value) -> Value {
    match &filter["Pattern"] {
        Value::String(text) => json!({ "Pattern": serde_json::from_str(text).unwrap_or_else(|_| json!(text)) }),
        pattern => json!({ "Pattern": pattern }),
    }
}

fn without_null(value: Value) -> Option<Value> {
    let Value::Object(members) = value else { return Some(value) };
    let kept: Map<String, Value> =
        members.into_iter().filter_map(|(member, value)| Some((member, without_null(value)?))).collect();
    let kept: Map<String, Value> = kept.into_iter().filter(|(_, value)| !value.is_null()).collect();
    (!kept.is_empty()).then_some(Value::Object(kept))
}

/// Takes over from the account what a manifest says nothing of and nothing resets, and returns the members of which that is
/// more than what the service set by itself.
pub(super) fn keep_what_stays(wanted: &mut Map<String, Value>, before: &Map<String, Value>) -> Vec<&'static str> {
    let mut stays = Vec::new();
    for member in MAPPING_MEMBERS.iter().filter(|member| member.changes == MappingChange::Kept) {
        let Some(there) = before.get(member.name) else { continue };
        match (wanted.get_mut(member.name), there) {
            (None, there) => {
                // The service names the group of consumers itself.
                let is_own = |key: &String| member.fixed.contains(&key.as_str());
                let is_set = there.as_object().is_none_or(|there| there.keys().any(|key| !is_own(key)));
                if is_set {
                    stays.push(member.name);
                }
                wanted.insert(member.name.to_owned(), there.clone());
            }
            (Some(Value::Object(wanted)), Value::Object(there)) => {
                for (key, value) in there {
                    wanted.entry(key).or_insert_with(|| value.clone());
                }
            }
            _ => {}
        }
    }
    stays
}

/// Returns the members that differ and that only another mapping can have.
pub(super) fn renewed_members(before: &Map<String, Value>, wanted: &Map<String, Value>) -> Vec<String> {
    let mut members: Vec<String> = MAPPING_MEMBERS
        .iter()
        .filter(|member| member.changes == MappingChange::Fixed && before.get(member.name) != wanted.get(member.name))
        .map(|member| member.name.to_owned())
        .collect();
    for (outer, inner) in MAPPING_MEMBERS.iter().flat_map(|row| row.fixed.iter().map(|inner| (row.name, *inner))) {
        let of = |side: &Map<String, Value>| side.get(outer).map(|value| value[inner].clone()).unwrap_or_default();
        // The mode of a topic is Stream where nothing is said.
        let plain = |value: Value| if inner == "ConsumptionMode" && value.is_null() { json!("Stream") } else { value };
        if plain(of(before)) != plain(of(wanted)) {
            members.push(format!("{outer}/{inner}"));
        }
    }
    members
}

/// Writes the patterns of filters as the texts that the service takes.
pub(super) fn with_texts(mut value: Value) -> Value {
    let filters = value.pointer_mut("/FilterCriteria/Filters").and_then(Value::as_array_mut);
    for pattern in filters.into_iter().flatten().filter_map(|filter| filter.get_mut("Pattern")) {
        if !pattern.is_string() {
            *pattern = Value::String(pattern.to_string());
        }
    }
    value
}

/// Returns the members with which a manifest declares a mapping that is so, without those that say what the service does anyway.
pub(super) fn declaration(answer: &Value) -> Map<String, Value> {
    let source = Source::of(answer);
    let form = from_answer(answer, source);
    let mut members = Map::new();
    for member in MAPPING_MEMBERS {
        let value = match member.name {
            // Where it began: a new one begins there, too.
            "StartingPosition" | "StartingPositionTimestamp" => answer.get(member.name).cloned(),
            "Tags" => answer["Tags"].as_object().map(declared_tags).filter(|tags| !tags.is_empty()).map(Value::Object),
            name => form.get(name).cloned(),
        };
        let Some(mut value) = value.filter(|value| !value.is_null()) else { continue };
        let takes = source.is_none_or(|source| member.sources.contains(&source));
        if !takes || source.is_some_and(|source| member.default(source) == value) {
            continue;
        }
        if let Value::Object(config) = &mut value {
            // The service names the group of consumers by the mapping.
            config.retain(|key, value| key != "ConsumerGroupId" || *value != answer["UUID"]);
            config.retain(|key, value| key != "FullDocument" || value != "Default");
            if config.is_empty() {
                continue;
            }
        }
        members.insert(member.name.to_owned(), value);
    }
    members
}

fn declared_tags(tags: &Map<String, Value>) -> Map<String, Value> {
    declared(&texts(tags)).map(|(key, value)| (key.clone(), json!(value))).collect()
}

/// The tags of a map that a manifest with `wanted` looks at.
pub(super) fn tags_looked_at(tags: &Map<String, Value>, wanted: &Map<String, Value>) -> Value {
    let (tags, wanted) = (texts(tags), texts(wanted));
    Value::Object(looked_at(&tags, &wanted).map(|(key, value)| (key.clone(), json!(value))).collect())
}

fn texts(tags: &Map<String, Value>) -> BTreeMap<String, String> {
    tags.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
