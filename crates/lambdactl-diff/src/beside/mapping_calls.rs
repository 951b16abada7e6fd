//! From what differs of an event source mapping to the calls that mend it.

use std::collections::BTreeSet;

use lambdactl_schema::{Call, MappingChange, MappingMember, OWNER_TAG, Operation, Subject};
use serde_json::{Map, Value, json};

use super::mapping_form::{FED, fed};
use super::step::{Step, Turn};

/// Returns the calls of one step. `owner` is the manifest that a new mapping belongs to.
pub(super) fn calls(function: &str, step: &Step, owner: Option<&str>) -> Vec<Call> {
    let uuid = step.answer.as_ref().and_then(|answer| answer["UUID"].as_str()).unwrap_or_default();
    let named = Subject { id: Some(uuid.to_owned()), ..Subject::function(function) };
    let delete = || Call::new(Operation::DeleteEventSourceMapping, named.clone());
    match step.turn {
        Turn::Comes => vec![create(function, step, owner)],
        Turn::Renewed => vec![delete(), create(function, step, owner)],
        Turn::Goes => vec![delete()],
        Turn::Differs => update(named, step),
    }
}

fn create(function: &str, step: &Step, owner: Option<&str>) -> Call {
    let mut members = step.sent.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    members.insert(FED.into(), json!(fed(function, step.slot.qualifier.as_deref())));
    if let Some(owner) = owner {
        let tags = members.entry("Tags").or_insert_with(|| json!({}));
        tags[OWNER_TAG] = json!(owner);
    }
    Call::new(Operation::CreateEventSourceMapping, Subject::function(function)).with_all(members)
}

/// Only what differs is sent, since what is left out keeps its value; what is not wanted any more is reset.
fn update(named: Subject, step: &Step) -> Vec<Call> {
    let side = |side: &Option<Value>| side.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, wanted, sent) = (side(&step.before), side(&step.wanted), side(&step.sent));
    let mut members = Map::new();
    let names: BTreeSet<&String> = before.keys().chain(wanted.keys()).collect();
    for name in names {
        let (old, new) = (before.get(name), wanted.get(name));
        if old == new || name == "Tags" {
            continue;
        }
        let value = match new {
            Some(new) => sent.get(name).cloned().unwrap_or_else(|| new.clone()),
            None => match MappingMember::of(name).map(|member| member.changes) {
                Some(MappingChange::Reset(text)) if !text.is_empty() => serde_json::from_str(text).unwrap_or_default(),
                _ => continue,
            },
        };
        members.insert(name.clone(), value);
    }
    // A key encrypts what is sent with it.
    if members.contains_key("KMSKeyArn")
        && let Some(filters) = sent.get("FilterCriteria")
    {
        members.entry("FilterCriteria").or_insert_with(|| filters.clone());
    }
    let mut calls = Vec::new();
    if !members.is_empty() {
        calls.push(Call::new(Operation::UpdateEventSourceMapping, named).with_all(members));
    }
    calls.extend(tags(step, &before, &wanted));
    calls
}

fn tags(step: &Step, before: &Map<String, Value>, wanted: &Map<String, Value>) -> Vec<Call> {
    let side = |side: &Map<String, Value>| side.get("Tags").and_then(Value::as_object).cloned().unwrap_or_default();
    let (before, wanted) = (side(before), side(wanted));
    let arn = step.answer.as_ref().map(mapping_arn).unwrap_or_default();
    let gone: Vec<String> = before.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
    let set: Map<String, Value> = wanted.into_iter().filter(|(key, value)| before.get(key) != Some(value)).collect();
    let untag =
        (!gone.is_empty()).then(|| Call::new(Operation::UntagResource, Subject::id(&arn)).with("tagKeys", gone));
    let tag = (!set.is_empty()).then(|| Call::new(Operation::TagResource, Subject::id(&arn)).with("Tags", json!(set)));
    untag.into_iter().chain(tag).collect()
}

/// Returns the ARN of a mapping: that of its function says where it is.
pub fn mapping_arn(answer: &Value) -> String {
    let function = answer["FunctionArn"].as_str().unwrap_or_default();
    let home: Vec<&str> = function.splitn(6, ':').take(5).collect();
    format!("{}:event-source-mapping:{}", home.join(":"), answer["UUID"].as_str().unwrap_or_default())
}
