//! What a plan does not know yet (`after_unknown`): each value becomes a reference.

use serde_json::{Map, Value, json};

use super::resource::{Resource, references};
use super::words::{OF_THE_PROVIDER, is_code};
use crate::notes::Notes;
use crate::reference;

/// Attributes that the provider computes where nobody sets them: a plan does not know them, and nothing is lost.
const COMPUTED: [&str; 11] = [
    "architectures",
    "ephemeral_storage",
    "logging_config",
    "tracing_config",
    "publish_to",
    "uuid",
    "function_arn",
    "enabled",
    "maximum_record_age_in_seconds",
    "maximum_retry_attempts",
    "parallelization_factor",
];

/// Blocks and maps, which a reference cannot stand for.
const STRUCTURES: [&str; 17] = [
    "environment",
    "variables",
    "tags",
    "vpc_config",
    "dead_letter_config",
    "tracing_config",
    "file_system_config",
    "image_config",
    "ephemeral_storage",
    "snap_start",
    "logging_config",
    "capacity_provider_config",
    "durable_config",
    "tenancy_config",
    "cors",
    "routing_config",
    "destination_config",
];

/// Lists of texts, which a reference stands for as JSON.
const LISTS: [&str; 8] = [
    "architectures",
    "command",
    "entry_point",
    "function_response_types",
    "layers",
    "queues",
    "security_group_ids",
    "subnet_ids",
];

/// Puts references where a resource's values are not known.
pub(super) fn fill(resource: &mut Resource, unknown: &Value, notes: &mut Notes) {
    let has_configuration = resource.expressions.is_object();
    let own: Vec<(String, Value)> = unknown
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(attribute, _)| {
            let is_set = match has_configuration {
                true => resource.expressions.get(attribute.as_str()).is_some(),
                false => !COMPUTED.contains(&attribute.as_str()),
            };
            let name = attribute.as_str();
            let is_own = !OF_THE_PROVIDER.contains(&name) || is_code(name) || name == "filename" || name == "tags";
            // Who a resource is for is found by its references.
            is_set && is_own && !["function_name", "role"].contains(&name)
        })
        .map(|(attribute, value)| (attribute.clone(), value.clone()))
        .collect();
    let short = resource.address.rsplit('.').next().unwrap_or_default().to_owned();
    for (attribute, unknown) in own {
        let layers: Vec<String> =
            references(resource, &attribute).filter(|name| name.contains("aws_lambda_layer_version.")).collect();
        let path = attribute.clone();
        // A list of one layer, of this file.
        if attribute == "layers" && unknown == json!([true]) && !layers.is_empty() {
            let base = layers.iter().map(|name| name.trim_end_matches(".arn")).next().unwrap_or_default();
            resource.values["layers"] = json!([reference::layer(base)]);
            continue;
        }
        let Some(values) = resource.values.as_object_mut() else { return };
        let mut place = values.shift_remove(&attribute).unwrap_or_default();
        merge(&mut place, &unknown, &Where { short: &short, path }, notes);
        if !place.is_null() {
            values.insert(attribute, place);
        }
    }
}

struct Where<'a> {
    short: &'a str,
    path: String,
}

impl Where<'_> {
    fn below(&self, name: &str) -> Self {
        Self { short: self.short, path: format!("{}.{name}", self.path) }
    }
}

fn merge(place: &mut Value, unknown: &Value, at: &Where<'_>, notes: &mut Notes) {
    match unknown {
        Value::Bool(true) => {
            let mut names = at.path.split('.').rev().filter(|name| name.parse::<usize>().is_err());
            let last = names.next().unwrap_or_default();
            if STRUCTURES.contains(&last) {
                notes.must(
                    at.path.clone(),
                    "lost: the plan does not know it yet; write it by hand, or convert the state once it is applied",
                );
                return;
            }
            let what = format!("{} of {}, which the plan does not know yet", at.path, at.short);
            let is_list = LISTS.contains(&last) && at.path.ends_with(last);
            let form = match last {
                _ if is_list => "LIST-AS-JSON",
                last if last.ends_with("arn") || last == "layers" => "ARN",
                _ => "VALUE",
            };
            *place = notes.unknown(&format!("{}_{last}", at.short), form, what, &at.path);
        }
        Value::Array(items) => {
            if items.iter().all(|item| *item == json!(false)) {
                return;
            }
            if !place.is_array() {
                *place = json!([]);
            }
            let Some(list) = place.as_array_mut() else { return };
            for (index, item) in items.iter().enumerate() {
                if list.len() <= index {
                    list.push(Value::Null);
                }
                merge(&mut list[index], item, &at.below(&index.to_string()), notes);
            }
            list.retain(|item| !item.is_null());
        }
        Value::Object(members) => {
            let mut found = place.as_object().cloned().unwrap_or_default();
            fill_map(&mut found, members, at, notes);
            if !found.is_empty() {
                *place = Value::Object(found);
            }
        }
        _ => {}
    }
}

fn fill_map(found: &mut Map<String, Value>, unknown: &Map<String, Value>, at: &Where<'_>, notes: &mut Notes) {
    for (name, value) in unknown {
        let mut inner = found.shift_remove(name).unwrap_or_default();
        merge(&mut inner, value, &at.below(name), notes);
        if !inner.is_null() {
            found.insert(name.clone(), inner);
        }
    }
}
