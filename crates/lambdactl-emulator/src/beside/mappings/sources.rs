//! What a mapping reads from, and what differs between the sources.

use serde_json::{Map, Value, json};

use crate::service_error::ServiceError;

/// A kind of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Queue,
    FifoQueue,
    Kinesis,
    DynamoDb,
    ManagedKafka,
    SelfManagedKafka,
    Broker,
    DocumentDb,
}

impl Source {
    /// Tells the source by the service of the ARN. The refusal of a request without one is recorded; that of another service
    /// is taken to be the same.
    pub(super) fn of(members: &Map<String, Value>) -> Result<Self, ServiceError> {
        let unrecognized = || ServiceError::invalid_parameter("Unrecognized event source.");
        let Some(arn) = members.get("EventSourceArn").and_then(Value::as_str) else {
            let is_self_managed = members.contains_key("SelfManagedEventSource");
            return is_self_managed.then_some(Self::SelfManagedKafka).ok_or_else(unrecognized);
        };
        Ok(match arn.split(':').nth(2) {
            Some("sqs") if arn.ends_with(".fifo") => Self::FifoQueue,
            Some("sqs") => Self::Queue,
            Some("kinesis") => Self::Kinesis,
            Some("dynamodb") => Self::DynamoDb,
            Some("kafka") => Self::ManagedKafka,
            Some("mq") => Self::Broker,
            // Clusters of DocumentDB carry the ARNs of RDS.
            Some("rds") => Self::DocumentDb,
            _ => return Err(unrecognized()),
        })
    }

    pub(super) fn is_queue(self) -> bool {
        matches!(self, Self::Queue | Self::FifoQueue)
    }

    pub(super) fn is_stream(self) -> bool {
        matches!(self, Self::Kinesis | Self::DynamoDb)
    }

    pub(super) fn is_kafka(self) -> bool {
        matches!(self, Self::ManagedKafka | Self::SelfManagedKafka)
    }

    /// Whether it takes a member of the requests (AWS documentation).
    pub(super) fn takes(self, member: &str) -> bool {
        match member {
            "ParallelizationFactor" | "TumblingWindowInSeconds" => self.is_stream(),
            "BisectBatchOnFunctionError"
            | "MaximumRecordAgeInSeconds"
            | "MaximumRetryAttempts"
            | "DestinationConfig" => self.is_stream() || self.is_kafka(),
            "FunctionResponseTypes" => self.is_queue() || self.is_stream() || self.is_kafka(),
            "StartingPosition" => self.is_stream() || self.is_kafka() || self == Self::DocumentDb,
            "StartingPositionTimestamp" => self != Self::DynamoDb && self.takes("StartingPosition"),
            "ScalingConfig" => self.is_queue(),
            "ProvisionedPollerConfig" => self.is_queue() || self.is_kafka(),
            "LoggingConfig" | "Topics" => self.is_kafka(),
            "SourceAccessConfigurations" => self.is_kafka() || matches!(self, Self::Broker | Self::DocumentDb),
            "Queues" => self == Self::Broker,
            "SelfManagedEventSource" | "SelfManagedKafkaEventSourceConfig" => self == Self::SelfManagedKafka,
            "AmazonManagedKafkaEventSourceConfig" => self == Self::ManagedKafka,
            "DocumentDBEventSourceConfig" => self == Self::DocumentDb,
            _ => true,
        }
    }

    /// Members without which there is no mapping: recorded of a self-managed Kafka's access, else documented.
    pub(super) fn required(self) -> &'static [&'static str] {
        match self {
            Self::SelfManagedKafka => &["SourceAccessConfigurations", "Topics"],
            Self::ManagedKafka => &["Topics"],
            Self::Broker => &["SourceAccessConfigurations", "Queues"],
            Self::DocumentDb => &["SourceAccessConfigurations", "DocumentDBEventSourceConfig"],
            Self::Queue | Self::FifoQueue | Self::Kinesis | Self::DynamoDb => &[],
        }
    }

    /// Whether the position is to be said: recorded of streams, else documented.
    pub(super) fn needs_position(self) -> bool {
        self.takes("StartingPosition") && self != Self::SelfManagedKafka
    }

    /// The member that names the consumer group.
    pub(super) fn group_member(self) -> Option<&'static str> {
        match self {
            Self::ManagedKafka => Some("AmazonManagedKafkaEventSourceConfig"),
            Self::SelfManagedKafka => Some("SelfManagedKafkaEventSourceConfig"),
            _ => None,
        }
    }

    /// What is answered where nothing was said: recorded of queues, streams and, in 2024, a self-managed Kafka. The other
    /// sources are taken to be like the last one.
    pub(super) fn defaults(self, uuid: &str) -> Map<String, Value> {
        let mut defaults = match self {
            Self::Queue | Self::FifoQueue => json!({
                "BatchSize": 10,
                "FunctionResponseTypes": [],
                "MaximumBatchingWindowInSeconds": 0,
                "StateTransitionReason": "USER_INITIATED",
            }),
            Self::Kinesis | Self::DynamoDb => json!({
                "BatchSize": 100,
                "BisectBatchOnFunctionError": false,
                "DestinationConfig": { "OnFailure": {} },
                "FunctionResponseTypes": [],
                "LastProcessingResult": "No records processed",
                "MaximumBatchingWindowInSeconds": 0,
                "MaximumRecordAgeInSeconds": -1,
                "MaximumRetryAttempts": -1,
                "ParallelizationFactor": 1,
                "TumblingWindowInSeconds": 0,
                "StateTransitionReason": "User action",
            }),
            _ => json!({
                "BatchSize": 100,
                "LastProcessingResult": "No records processed",
                "StateTransitionReason": "USER_INITIATED",
            }),
        };
        if self == Self::SelfManagedKafka {
            defaults["StartingPosition"] = "TRIM_HORIZON".into();
        }
        if let Some(member) = self.group_member() {
            defaults[member] = json!({ "ConsumerGroupId": uuid });
        }
        match defaults {
            Value::Object(defaults) => defaults,
            _ => Map::new(),
        }
    }
}
