//! What feeds a function, and which members of a mapping go with it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// What an event source mapping takes records from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A queue of SQS.
    Queue,
    /// A queue of SQS that keeps an order.
    FifoQueue,
    /// A stream of Kinesis, or a consumer of one.
    Kinesis,
    /// The stream of a table of DynamoDB.
    DynamoDb,
    /// A cluster of MSK, or a VPC connection to one.
    ManagedKafka,
    /// A Kafka cluster of the user's own.
    SelfManagedKafka,
    /// A broker of MQ.
    Broker,
    /// A cluster of DocumentDB.
    DocumentDb,
}

use Source::{Broker, DocumentDb, DynamoDb, FifoQueue, Kinesis, ManagedKafka, Queue, SelfManagedKafka};

const ALL: &[Source] = &[Queue, FifoQueue, Kinesis, DynamoDb, ManagedKafka, SelfManagedKafka, Broker, DocumentDb];
const QUEUES: &[Source] = &[Queue, FifoQueue];
const STREAMS: &[Source] = &[Kinesis, DynamoDb];
const KAFKA: &[Source] = &[ManagedKafka, SelfManagedKafka];
const LOGS: &[Source] = &[Kinesis, DynamoDb, ManagedKafka, SelfManagedKafka];

impl Source {
    /// Returns what a mapping is of, by its own members; nothing where they name no source that is known.
    pub fn of(mapping: &Value) -> Option<Self> {
        if !mapping["SelfManagedEventSource"].is_null() {
            return Some(SelfManagedKafka);
        }
        let parts: Vec<&str> = mapping["EventSourceArn"].as_str()?.splitn(6, ':').collect();
        let ["arn", _, service, _, _, resource] = parts.as_slice() else { return None };
        match *service {
            "sqs" if resource.ends_with(".fifo") => Some(FifoQueue),
            "sqs" => Some(Queue),
            "kinesis" => Some(Kinesis),
            "dynamodb" => Some(DynamoDb),
            "kafka" => Some(ManagedKafka),
            "mq" => Some(Broker),
            // DocumentDB's clusters have ARNs of RDS.
            "rds" => Some(DocumentDb),
            _ => None,
        }
    }

    /// What it is called in a sentence.
    pub const fn title(self) -> &'static str {
        match self {
            Queue => "a queue of SQS",
            FifoQueue => "a FIFO queue of SQS",
            Kinesis => "a stream of Kinesis",
            DynamoDb => "a stream of DynamoDB",
            ManagedKafka => "a cluster of MSK",
            SelfManagedKafka => "a Kafka cluster of your own",
            Broker => "a broker of MQ",
            DocumentDb => "a cluster of DocumentDB",
        }
    }

    /// Whether it is a queue of SQS.
    pub fn is_queue(self) -> bool {
        QUEUES.contains(&self)
    }

    /// Whether it is Kafka's.
    pub fn is_kafka(self) -> bool {
        KAFKA.contains(&self)
    }
}

/// What the service takes two mappings of a function for the same by (recorded answers): the source with its topic, queue or
/// database; of a Kafka cluster any common address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceKey {
    sources: BTreeSet<String>,
    part: String,
}

impl SourceKey {
    /// Returns the key of a mapping, by what a manifest or an answer says of it; nothing where a part of it is not known.
    pub fn of(mapping: &Value) -> Option<Self> {
        let servers = mapping["SelfManagedEventSource"]["Endpoints"]["KAFKA_BOOTSTRAP_SERVERS"].as_array();
        let texts = servers.into_iter().flatten().chain([&mapping["EventSourceArn"]]);
        let sources: BTreeSet<String> =
            texts.filter_map(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned).collect();
        let database = &mapping["DocumentDBEventSourceConfig"];
        let access = mapping["SourceAccessConfigurations"].as_array().into_iter().flatten();
        let mut hosts = access.filter(|configuration| configuration["Type"] == "VIRTUAL_HOST");
        let host = hosts.next().map_or(&Value::Null, |configuration| &configuration["URI"]);
        let parts = [
            &mapping["Topics"][0],
            &mapping["Queues"][0],
            host,
            &database["DatabaseName"],
            &database["CollectionName"],
        ];
        // What is not known may be anything.
        if sources.is_empty() || parts.iter().any(|part| *part == "") {
            return None;
        }
        let part = parts.map(|part| part.as_str().unwrap_or_default()).join("\n");
        Some(Self { sources, part })
    }

    /// Whether the service would refuse one of two mappings with these keys.
    pub fn is_same(&self, other: &Self) -> bool {
        self.part == other.part && self.has_source_of(other)
    }

    /// Whether two mappings take records from one place, maybe from different parts of it.
    pub fn has_source_of(&self, other: &Self) -> bool {
        !self.sources.is_disjoint(&other.sources)
    }
}

/// A member of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct MappingMember {
    /// Its name.
    pub name: &'static str,
    /// The sources that take it.
    pub sources: &'static [Source],
    /// What an update makes of it.
    pub changes: MappingChange,
    /// Members within it that are set with the mapping and never changed (AWS documentation).
    pub fixed: &'static [&'static str],
    default: fn(Source) -> Value,
}

/// What UpdateEventSourceMapping makes of a member. A member that it does not send keeps its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MappingChange {
    /// It is set, and reset by this JSON text.
    Reset(&'static str),
    /// It is set, and nothing is known that resets it.
    Kept,
    /// It is set with the mapping, has had its effect then, and is compared no more.
    Past,
    /// It is set with the mapping: another value takes another mapping.
    Fixed,
    /// It is set by other calls.
    Other,
}

impl MappingMember {
    /// Returns the value that the service has in effect where nothing is said; null for none.
    pub fn default(&self, source: Source) -> Value {
        (self.default)(source)
    }

    /// Returns the member of a name.
    pub fn of(name: &str) -> Option<&'static Self> {
        MEMBERS.iter().find(|member| member.name == name)
    }
}

const fn member(name: &'static str, sources: &'static [Source], changes: MappingChange) -> MappingMember {
    MappingMember { name, sources, changes, fixed: &[], default: |_| Value::Null }
}

const fn fixing(member: MappingMember, fixed: &'static [&'static str]) -> MappingMember {
    MappingMember { fixed, ..member }
}

const fn with(member: MappingMember, default: fn(Source) -> Value) -> MappingMember {
    MappingMember { default, ..member }
}

use MappingChange::{Fixed, Kept, Other, Past, Reset};

/// The members of CreateEventSourceMapping but for the function's name, with what each source takes (AWS documentation, and
/// recorded answers where there are some). Where the sources of a member are not known for certain, it is taken to be allowed.
pub const MEMBERS: &[MappingMember] = &[
    member("UUID", ALL, Other),
    member("EventSourceArn", &[Queue, FifoQueue, Kinesis, DynamoDb, ManagedKafka, Broker, DocumentDb], Fixed),
    member("SelfManagedEventSource", &[SelfManagedKafka], Fixed),
    member("Topics", KAFKA, Fixed),
    member("Queues", &[Broker], Fixed),
    with(member("Enabled", ALL, Reset("true")), |_| json!(true)),
    with(member("BatchSize", ALL, Reset("")), |source| json!(if source.is_queue() { 10 } else { 100 })),
    with(
        member(
            "MaximumBatchingWindowInSeconds",
            &[Queue, Kinesis, DynamoDb, ManagedKafka, SelfManagedKafka, Broker, DocumentDb],
            Kept,
        ),
        |source| match source {
            Queue | FifoQueue | Kinesis | DynamoDb => json!(0),
            // Half a second, which cannot be said.
            _ => Value::Null,
        },
    ),
    member("FilterCriteria", ALL, Reset("{}")),
    member("KMSKeyArn", ALL, Reset("\"\"")),
    member(
        "FunctionResponseTypes",
        &[Queue, FifoQueue, Kinesis, DynamoDb, ManagedKafka, SelfManagedKafka],
        Reset("[]"),
    ),
    member("ScalingConfig", QUEUES, Reset("{}")),
    member("StartingPosition", &[Kinesis, DynamoDb, ManagedKafka, SelfManagedKafka, DocumentDb], Past),
    member("StartingPositionTimestamp", &[Kinesis, ManagedKafka, SelfManagedKafka, DocumentDb], Past),
    with(member("ParallelizationFactor", STREAMS, Reset("1")), |_| json!(1)),
    with(member("TumblingWindowInSeconds", STREAMS, Reset("0")), |_| json!(0)),
    member("DestinationConfig", LOGS, Reset("{}")),
    with(member("MaximumRecordAgeInSeconds", LOGS, Reset("-1")), |_| json!(-1)),
    with(member("BisectBatchOnFunctionError", LOGS, Reset("false")), |_| json!(false)),
    with(member("MaximumRetryAttempts", LOGS, Reset("-1")), |_| json!(-1)),
    member("SourceAccessConfigurations", &[ManagedKafka, SelfManagedKafka, Broker, DocumentDb], Reset("[]")),
    fixing(member("AmazonManagedKafkaEventSourceConfig", &[ManagedKafka], Kept), &["ConsumerGroupId"]),
    fixing(
        member("SelfManagedKafkaEventSourceConfig", &[SelfManagedKafka], Kept),
        &["ConsumerGroupId", "ConsumptionMode"],
    ),
    member("DocumentDBEventSourceConfig", &[DocumentDb], Kept),
    member("ProvisionedPollerConfig", &[Queue, FifoQueue, ManagedKafka, SelfManagedKafka], Kept),
    member("MetricsConfig", ALL, Reset("{\"Metrics\": []}")),
    member("LoggingConfig", KAFKA, Kept),
    member("Tags", ALL, Other),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_schema::entry_schema;

    #[test]
    fn sources_are_told_by_their_arns() {
        for (arn, expected) in [
            ("arn:aws:sqs:us-west-2:123456789012:orders", Some(Queue)),
            ("arn:aws-cn:sqs:cn-north-1:123456789012:orders.fifo", Some(FifoQueue)),
            ("arn:aws:kinesis:us-west-2:123456789012:stream/clicks/consumer/c:1", Some(Kinesis)),
            ("arn:aws:dynamodb:us-west-2:123456789012:table/t/stream/2024-01-01T00:00:00.000", Some(DynamoDb)),
            ("arn:aws:kafka:us-west-2:123456789012:cluster/c/u", Some(ManagedKafka)),
            ("arn:aws:mq:us-west-2:123456789012:broker:b:b-1", Some(Broker)),
            ("arn:aws:rds:us-west-2:123456789012:cluster:c", Some(DocumentDb)),
            ("arn:aws:sns:us-west-2:123456789012:t", None),
            ("orders", None),
        ] {
            assert_eq!(Source::of(&json!({ "EventSourceArn": arn })), expected, "{arn}");
        }
        assert_eq!(Source::of(&json!({ "SelfManagedEventSource": {} })), Some(SelfManagedKafka));
    }

    #[test]
    fn mappings_are_the_same_by_source_and_part() {
        let key = |value: Value| SourceKey::of(&value).expect("it has a source");
        let kafka = |servers: &[&str], topic: &str| {
            let endpoints = json!({ "KAFKA_BOOTSTRAP_SERVERS": servers });
            key(json!({ "SelfManagedEventSource": { "Endpoints": endpoints }, "Topics": [topic] }))
        };
        assert!(kafka(&["a:1", "b:1"], "t").is_same(&kafka(&["b:1"], "t")));
        assert!(!kafka(&["a:1"], "t").is_same(&kafka(&["b:1"], "t")));
        assert!(!kafka(&["a:1"], "t").is_same(&kafka(&["a:1"], "u")));
        assert!(kafka(&["a:1"], "t").has_source_of(&kafka(&["a:1"], "u")));
        let broker = |host: &str| {
            let access = json!([{ "Type": "VIRTUAL_HOST", "URI": host }]);
            key(json!({ "EventSourceArn": "arn:aws:mq:::b", "Queues": ["q"], "SourceAccessConfigurations": access }))
        };
        assert!(broker("a").is_same(&broker("a")) && !broker("a").is_same(&broker("b")));
        assert!(SourceKey::of(&json!({ "EventSourceArn": "" })).is_none());
        assert!(SourceKey::of(&json!({ "EventSourceArn": "arn:aws:kafka:::c", "Topics": [""] })).is_none());
    }

    #[test]
    fn rows_are_the_members_of_the_shape() {
        let schema = entry_schema();
        let shape = schema["$defs"]["EventSourceMapping"]["properties"].as_object().expect("it is described");
        let mut described: Vec<&str> = shape.keys().map(String::as_str).collect();
        let mut rows: Vec<&str> = MEMBERS.iter().map(|member| member.name).collect();
        described.sort_unstable();
        rows.sort_unstable();
        assert_eq!(rows, described);
        for member in MEMBERS {
            if let Reset(text) = member.changes
                && !text.is_empty()
            {
                assert!(serde_json::from_str::<Value>(text).is_ok(), "{}", member.name);
            }
        }
    }
}
