//! Rules of event source mappings that JSON Schema cannot say.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::beside::{Beside, MappingMember, Slot, Source, SourceKey};
use crate::kinds::Kind;
use crate::rules::{self, Rule};
use crate::violation::Violation;

/// Filters that a mapping has without a larger quota (AWS documentation).
const FILTERS: usize = 5;
/// Filters that it can have with one.
const MOST_FILTERS: usize = 10;
/// Records of a queue that are taken without a window (recorded answers).
const UNTIMED_BATCH: u64 = 10;

/// Returns what is wrong with the mappings of a function. What is not known is an empty text, and breaks no rule.
pub(super) fn check(beside: &Beside, as_of: Date) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut seen: Vec<(Slot, SourceKey)> = Vec::new();
    for declared in beside.declared().into_iter().filter(|declared| declared.kind == Kind::EventSourceMappings) {
        let Some(value @ Value::Object(members)) = declared.value else { continue };
        let path = declared.slot.path(declared.kind);
        let mut check = Check { path: &path, mapping: value, members, source: Source::of(value), found: &mut found };
        check.source();
        check.members();
        check.start(as_of);
        check.batches();
        check.filters();
        check.access();
        check.limits();
        let Some(identity) = SourceKey::of(value) else { continue };
        if let Some((other, _)) = seen.iter().find(|(_, other)| other.is_same(&identity)) {
            let at = other.path(Kind::EventSourceMappings);
            let (rule, message) = if other.qualifier == declared.slot.qualifier {
                (&rules::MAPPING_TWICE, format!("`{}` has the same source", shown(&at)))
            } else {
                (&rules::MAPPING_TWICE_QUALIFIED, format!("`{}` has the same source, under another name", shown(&at)))
            };
            found.push(Violation::of(rule, path, message));
        }
        seen.push((declared.slot.clone(), identity));
    }
    found
}

/// A path as people write it.
fn shown(path: &str) -> String {
    path.trim_start_matches('/').replace('/', ".")
}

struct Check<'a> {
    path: &'a str,
    mapping: &'a Value,
    members: &'a Map<String, Value>,
    source: Option<Source>,
    found: &'a mut Vec<Violation>,
}

impl Check<'_> {
    fn say(&mut self, rule: &'static Rule, within: &str, message: impl Into<String>) {
        self.found.push(Violation::of(rule, format!("{}{within}", self.path), message.into()));
    }

    fn has(&self, member: &str) -> bool {
        self.members.get(member).is_some_and(|value| !value.is_null())
    }

    fn number(&self, member: &str) -> Option<i64> {
        self.members.get(member).and_then(Value::as_i64)
    }

    /// Exactly one source, of a kind that there is, with what tells which part of it is meant.
    fn source(&mut self) {
        const RULE: &Rule = &rules::MAPPING_SOURCE;
        match (self.has("EventSourceArn"), self.has("SelfManagedEventSource")) {
            (false, false) => self.say(RULE, "", "it says no source: `EventSourceArn`, or `SelfManagedEventSource`"),
            (true, true) => self.say(RULE, "/SelfManagedEventSource", "there is an `EventSourceArn` as well"),
            (true, false) => {
                let arn = self.mapping["EventSourceArn"].as_str().unwrap_or_default();
                let service = arn.split(':').nth(2).unwrap_or_default();
                if arn.starts_with("arn:") && self.source.is_none() {
                    let message = format!("`{}` feeds no function through a mapping", service.escape_debug());
                    self.say(RULE, "/EventSourceArn", message);
                }
            }
            (false, true) => {}
        }
        let Some(source) = self.source else { return };
        let needs: &[&str] = match source {
            Source::ManagedKafka => &["Topics"],
            Source::SelfManagedKafka => &["Topics", "SourceAccessConfigurations"],
            Source::Broker => &["Queues", "SourceAccessConfigurations"],
            Source::DocumentDb => &["SourceAccessConfigurations"],
            Source::Queue | Source::FifoQueue | Source::Kinesis | Source::DynamoDb => &[],
        };
        let missing: Vec<&str> = needs.iter().copied().filter(|member| !self.has(member)).collect();
        for member in missing {
            self.say(RULE, "", format!("{} needs `{member}`", source.title()));
        }
    }

    /// Members that the source does not take.
    fn members(&mut self) {
        const RULE: &Rule = &rules::MAPPING_MEMBER;
        let Some(source) = self.source else { return };
        for (member, value) in self.members {
            let takes = MappingMember::of(member).is_none_or(|row| row.sources.contains(&source));
            // Whether there is a source at all, and where it begins, have rules of their own.
            let is_own = ["EventSourceArn", "SelfManagedEventSource", "StartingPosition", "StartingPositionTimestamp"];
            let says_nothing = match value {
                Value::Object(members) => members.is_empty(),
                Value::Array(items) => items.is_empty(),
                Value::Null => true,
                _ => false,
            };
            if takes || is_own.contains(&member.as_str()) || says_nothing {
                continue;
            }
            let message = format!("{} takes no `{member}`", source.title());
            let window = member == "MaximumBatchingWindowInSeconds";
            let rule = if window { &rules::MAPPING_BATCH } else { RULE };
            self.say(rule, &format!("/{member}"), message);
        }
        if self.mapping["DestinationConfig"]["OnSuccess"].is_object() {
            let message = "a mapping has a destination for what failed, `OnFailure`, and no other";
            self.say(RULE, "/DestinationConfig/OnSuccess", message);
        }
        let metrics = self.mapping["MetricsConfig"]["Metrics"].as_array();
        for metric in metrics.into_iter().flatten().filter_map(Value::as_str) {
            if ["ErrorCount", "KafkaMetrics"].contains(&metric) && !source.is_kafka() {
                let message = format!("{} has no `{metric}`", source.title());
                self.say(RULE, "/MetricsConfig/Metrics", message);
            }
        }
    }

    /// Where a stream begins.
    fn start(&mut self, as_of: Date) {
        const RULE: &Rule = &rules::MAPPING_START;
        let Some(source) = self.source else { return };
        let position = self.mapping["StartingPosition"].as_str();
        let has_time = self.has("StartingPositionTimestamp");
        let takes = |member: &str| MappingMember::of(member).is_some_and(|row| row.sources.contains(&source));
        match position {
            None if self.has("StartingPosition") => {}
            Some(_) if !takes("StartingPosition") => {
                self.say(RULE, "/StartingPosition", format!("{} has no position to start at", source.title()));
            }
            Some("AT_TIMESTAMP") if !takes("StartingPositionTimestamp") => {
                self.say(RULE, "/StartingPosition", format!("{} cannot start at a time", source.title()));
            }
            Some("AT_TIMESTAMP") if !has_time => {
                self.say(RULE, "/StartingPosition", "`AT_TIMESTAMP` needs `StartingPositionTimestamp`");
            }
            Some("TRIM_HORIZON" | "LATEST") if has_time => {
                self.say(RULE, "/StartingPositionTimestamp", "it goes with `StartingPosition: AT_TIMESTAMP`");
            }
            // Kafka of the user's own begins at TRIM_HORIZON (recorded answer).
            None if takes("StartingPosition") && source != Source::SelfManagedKafka => {
                self.say(RULE, "", format!("{} needs a `StartingPosition`", source.title()));
            }
            None if has_time => {
                self.say(RULE, "/StartingPositionTimestamp", "it goes with `StartingPosition: AT_TIMESTAMP`");
            }
            _ => {}
        }
        // The end of the day after, in whichever zone the manifest was written.
        const TWO_DAYS: i64 = 2 * 24 * 60 * 60;
        let limit = as_of.duration_since(jiff::civil::date(1970, 1, 1)).as_secs() + TWO_DAYS;
        if self.mapping["StartingPositionTimestamp"].as_f64().is_some_and(|seconds| seconds > limit as f64) {
            let message = "it lies in the future; it is seconds since 1970, not milliseconds";
            self.say(RULE, "/StartingPositionTimestamp", message);
        }
    }

    /// How many records a queue gives at a time.
    fn batches(&mut self) {
        const RULE: &Rule = &rules::MAPPING_BATCH;
        let size = self.number("BatchSize").and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        if size <= UNTIMED_BATCH {
            return;
        }
        let window = self.members.get("MaximumBatchingWindowInSeconds");
        match self.source {
            Some(Source::Queue) if window.is_none_or(|window| window.as_i64() == Some(0)) => {
                let message = "more than 10 records at a time need a `MaximumBatchingWindowInSeconds` of 1 or more";
                self.say(RULE, "/BatchSize", message);
            }
            Some(Source::FifoQueue) => {
                self.say(RULE, "/BatchSize", "a FIFO queue gives 10 records at a time at most");
            }
            _ => {}
        }
    }

    fn filters(&mut self) {
        let Some(filters) = self.mapping["FilterCriteria"]["Filters"].as_array() else { return };
        if filters.len() > MOST_FILTERS {
            let message = format!("there are {} filters, and a mapping has {MOST_FILTERS} at most", filters.len());
            self.say(&rules::FILTER_PATTERN, "/FilterCriteria/Filters", message);
        } else if filters.len() > FILTERS {
            let message = format!("there are {} filters, and more than {FILTERS} need a larger quota", filters.len());
            self.say(&rules::FILTER_KEYS, "/FilterCriteria/Filters", message);
        }
        for (index, filter) in filters.iter().enumerate() {
            let at = format!("/FilterCriteria/Filters/{index}/Pattern");
            let parsed;
            let pattern = match filter.get("Pattern") {
                Some(Value::String(text)) if text.is_empty() => continue,
                Some(Value::String(text)) => match serde_json::from_str::<Value>(text) {
                    Ok(pattern) => {
                        parsed = pattern;
                        &parsed
                    }
                    Err(_) => {
                        self.say(&rules::FILTER_PATTERN, &at, "the text is not JSON");
                        continue;
                    }
                },
                Some(pattern) => pattern,
                None => continue,
            };
            if let Some(message) = misfit(pattern) {
                self.say(&rules::FILTER_PATTERN, &at, message);
            } else if pattern.to_string().chars().count() > 4096 && pattern.is_object() {
                self.say(&rules::FILTER_PATTERN, &at, "as JSON it is longer than 4,096 characters");
            }
            let wanted = self.source.and_then(record_key);
            let keys = pattern.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
            let payloads: Vec<&str> = keys.filter(|key| PAYLOADS.contains(key)).collect();
            if let (Some(source), Some(wanted)) = (self.source, wanted)
                && let Some(other) = payloads.iter().find(|key| **key != wanted)
            {
                let message =
                    format!("records of {} have no `{other}`; what they carry is in `{wanted}`", source.title());
                self.say(&rules::FILTER_KEYS, &at, message);
            }
        }
    }

    /// How the source is reached.
    fn access(&mut self) {
        const RULE: &Rule = &rules::MAPPING_ACCESS;
        let configurations = self.mapping["SourceAccessConfigurations"].as_array();
        let types: Vec<&str> =
            configurations.into_iter().flatten().filter_map(|configuration| configuration["Type"].as_str()).collect();
        let has = |kind: &str| types.contains(&kind);
        let mut found: Vec<(usize, String)> = Vec::new();
        for (index, kind) in types.iter().enumerate() {
            let needs = match *kind {
                "OAUTHBEARER_SCOPE" | "OAUTHBEARER_LOGICAL_CLUSTER" | "OAUTHBEARER_IDENTITY_POOL"
                    if !has("OAUTHBEARER_AUTH") && !has("") =>
                {
                    "OAUTHBEARER_AUTH"
                }
                "OAUTHBEARER_AUDIENCE" if !has("OAUTHBEARER_AUTH") && !has("IAM_OAUTHBEARER_AUTH") && !has("") => {
                    "OAUTHBEARER_AUTH"
                }
                "IAM_OAUTHBEARER_AUTH" if !has("OAUTHBEARER_AUDIENCE") && !has("") => "OAUTHBEARER_AUDIENCE",
                _ => continue,
            };
            found.push((index, format!("`{kind}` needs `{needs}` beside it")));
        }
        for (index, configuration) in configurations.into_iter().flatten().enumerate() {
            if configuration["Type"] == "IAM_AUTH" && !configuration["URI"].is_null() {
                found.push((index, "`IAM_AUTH` has no `URI`".to_owned()));
            }
        }
        if let Some(source) = self.source {
            for (index, kind) in types.iter().enumerate() {
                let is_of_broker = *kind == "VIRTUAL_HOST";
                if is_of_broker && source != Source::Broker {
                    found.push((index, format!("{} has no virtual host", source.title())));
                }
                if kind.starts_with("VPC_") && source != Source::SelfManagedKafka {
                    found.push((
                        index,
                        format!("{} knows its own network: `{kind}` is for a cluster of your own", source.title()),
                    ));
                }
            }
        }
        for (index, message) in found {
            self.say(RULE, &format!("/SourceAccessConfigurations/{index}"), message);
        }
        if self.mapping["SelfManagedKafkaEventSourceConfig"]["ConsumptionMode"] == "Queue" {
            for member in ["StartingPosition", "MaximumBatchingWindowInSeconds"] {
                if self.has(member) {
                    let message = format!("`ConsumptionMode: Queue` goes without `{member}`");
                    self.say(RULE, &format!("/{member}"), message);
                }
            }
            if self.number("MaximumRetryAttempts") == Some(-1) {
                let message = "`ConsumptionMode: Queue` needs a number of retries that is not endless";
                self.say(RULE, "/MaximumRetryAttempts", message);
            }
        }
    }

    /// Numbers that do not fit together.
    fn limits(&mut self) {
        const RULE: &Rule = &rules::MAPPING_LIMITS;
        if self.number("MaximumRecordAgeInSeconds").is_some_and(|age| (0..60).contains(&age)) {
            let message = "a record is given up after 60 seconds at the earliest; `-1` is never";
            self.say(RULE, "/MaximumRecordAgeInSeconds", message);
        }
        let pollers = &self.mapping["ProvisionedPollerConfig"];
        if !pollers.is_object() {
            return;
        }
        let least = pollers["MinimumPollers"].as_u64();
        let most = pollers["MaximumPollers"].as_u64();
        if let Some((least, most)) = least.zip(most).filter(|(least, most)| least > most) {
            let message = format!("at least {least} pollers are more than {most} at most");
            self.say(RULE, "/ProvisionedPollerConfig/MinimumPollers", message);
        }
        let Some(source) = self.source else { return };
        if source.is_queue() {
            for (member, number) in [("MinimumPollers", least), ("MaximumPollers", most)] {
                if number == Some(1) {
                    let message = "a queue of SQS has 2 pollers or more";
                    self.say(RULE, &format!("/ProvisionedPollerConfig/{member}"), message);
                }
            }
            if self.mapping["ScalingConfig"].as_object().is_some_and(|scaling| !scaling.is_empty()) {
                let message = "pollers that stand ready go without `ScalingConfig`";
                self.say(RULE, "/ProvisionedPollerConfig", message);
            }
        }
        if !pollers["PollerGroupName"].is_null() && pollers["PollerGroupName"] != "" && !source.is_kafka() {
            let message = format!("mappings of {} share no pollers", source.title());
            self.say(RULE, "/ProvisionedPollerConfig/PollerGroupName", message);
        }
    }
}

/// Keys of what records carry, of any source.
const PAYLOADS: [&str; 4] = ["body", "data", "value", "dynamodb"];

/// The key of what a source's records carry (AWS documentation, event filtering).
fn record_key(source: Source) -> Option<&'static str> {
    match source {
        Source::Queue | Source::FifoQueue => Some("body"),
        Source::Kinesis | Source::Broker => Some("data"),
        Source::DynamoDb => Some("dynamodb"),
        Source::ManagedKafka | Source::SelfManagedKafka => Some("value"),
        Source::DocumentDb => None,
    }
}

/// Says what makes something no pattern: the service has one text for all of it (recorded answers).
fn misfit(pattern: &Value) -> Option<String> {
    let Value::Object(members) = pattern else { return Some("a pattern is a map".to_owned()) };
    members.iter().find_map(|(key, value)| match value {
        Value::Object(_) => misfit(value),
        Value::Array(values) if values.is_empty() => Some(format!("`{}` lists nothing", key.escape_debug())),
        Value::Array(_) => None,
        _ => Some(format!("what `{}` must be is a list", key.escape_debug())),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_are_maps_down_to_lists_that_say_something() {
        for (pattern, is_one) in [
            (json!({ "body": { "kind": ["a"] } }), true),
            (json!({ "body": { "n": [{ "numeric": [">", 3] }], "$or": [{ "a": ["x"] }] } }), true),
            (json!({}), true),
            (json!(null), false),
            (json!("text"), false),
            (json!([]), false),
            (json!({ "body": "a" }), false),
            (json!({ "body": { "kind": [] } }), false),
            (json!({ "body": { "kind": 1 } }), false),
        ] {
            assert_eq!(misfit(&pattern).is_none(), is_one, "{pattern}");
        }
    }
}
