//! `Events` of SAM's functions: those that are event source mappings.

use serde_json::{Map, Value, json};

use super::owner::Owner;
use crate::beside;
use crate::intrinsics::Template;
use crate::notes::Notes;

/// How SAM calls the source of a mapping, by the type of the event.
const SOURCES: [(&str, &str); 7] = [
    ("SQS", "Queue"),
    ("Kinesis", "Stream"),
    ("DynamoDB", "Stream"),
    ("MSK", "Stream"),
    ("MQ", "Broker"),
    ("DocumentDB", "Cluster"),
    ("SelfManagedKafka", ""),
];

/// Structures that SAM spreads over an event's own properties, and the members in them.
const SPREAD: [(&str, &str, &[&str]); 3] = [
    ("MSK", "AmazonManagedKafkaEventSourceConfig", &["ConsumerGroupId", "SchemaRegistryConfig"]),
    ("SelfManagedKafka", "SelfManagedKafkaEventSourceConfig", &["ConsumerGroupId", "SchemaRegistryConfig"]),
    ("DocumentDB", "DocumentDBEventSourceConfig", &["DatabaseName", "CollectionName", "FullDocument"]),
];

/// What is SAM's own business: it makes policies of it.
const OF_SAM: [&str; 2] = ["SecretsManagerKmsKeyId", "DynamicPolicyName"];

pub(super) fn events(events: &Value, template: &Template<'_>, owner: &mut Owner, notes: &mut Notes) {
    for (name, event) in events.as_object().into_iter().flatten() {
        let kind = event["Type"].as_str().unwrap_or_default();
        let path = format!("Events.{name}");
        let Some((kind, source)) = SOURCES.iter().find(|(known, _)| *known == kind) else {
            let kind = if kind.is_empty() { "event" } else { kind };
            notes.left_out(
                path,
                format!("SAM makes other resources of {kind}, and a permission to call: keep them in a template"),
            );
            continue;
        };
        let Value::Object(properties) = template.resolve(&event["Properties"], &path, notes) else {
            notes.must(path, "left out: its properties are not known here");
            continue;
        };
        let members = mapping(kind, source, properties);
        let mapping = beside::mapping(members, &path, notes);
        let alias = owner.alias.clone();
        beside::put(beside::place(&mut owner.members, alias.as_deref()), "EventSourceMappings", name, mapping);
    }
}

fn mapping(kind: &str, source: &str, properties: Map<String, Value>) -> Map<String, Value> {
    let mut members = Map::new();
    let spread = SPREAD.iter().find(|(of, _, _)| *of == kind);
    for (name, mut value) in properties {
        match name.as_str() {
            own if own == source => _ = members.insert("EventSourceArn".into(), value),
            "KafkaBootstrapServers" => {
                let endpoints = json!({ "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": value } });
                members.insert("SelfManagedEventSource".into(), endpoints);
            }
            "KmsKeyArn" => _ = members.insert("KMSKeyArn".into(), value),
            own if OF_SAM.contains(&own) => {}
            own if spread.is_some_and(|(_, _, inner)| inner.contains(&own)) => {
                let structure = spread.map(|(_, structure, _)| *structure).unwrap_or_default();
                let structure = members.entry(structure).or_insert_with(|| json!({}));
                if let Some(structure) = structure.as_object_mut() {
                    structure.insert(name, value);
                }
            }
            "DestinationConfig" => {
                if let Some(failure) = value.get_mut("OnFailure").and_then(Value::as_object_mut) {
                    failure.shift_remove("Type");
                }
                members.insert(name, value);
            }
            _ => _ = members.insert(name, value),
        }
    }
    members
}
