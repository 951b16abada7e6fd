//! The model's limits of a mapping's members (botocore 1.44.8).

use serde_json::{Map, Value};

use crate::constraints::Check::{Items, Keys, Length, OneOf, Pattern, Range, Required};
use crate::constraints::Kind::{Bool, Integer, Number, Object, Objects, Text, TextMap, Texts};
use crate::constraints::{Check, Rule, check_rules};
use crate::functions::patterns::{ARN, DESTINATION, KEY_ARN, is_arn, is_arn_or_empty, is_destination};
use crate::service_error::ServiceError;

/// Those that both requests have. Patterns of names are looked at where they are read.
const SETTINGS: &[Rule] = &[
    ("FunctionName", Text, &[Length(1, 256)]),
    ("Enabled", Bool, &[]),
    ("BatchSize", Integer, &[Range(1.0, 10_000.0)]),
    ("FilterCriteria", Object, &[]),
    ("FilterCriteria.Filters", Objects, &[]),
    ("FilterCriteria.Filters[].Pattern", Text, &[Length(0, 4096)]),
    ("KMSKeyArn", Text, &[Length(0, 10_000), Pattern(KEY_ARN, is_arn_or_empty)]),
    ("MetricsConfig", Object, &[]),
    ("MetricsConfig.Metrics", Texts, &[Length(0, 3), Items(METRIC, is_metric)]),
    ("LoggingConfig", Object, &[]),
    ("LoggingConfig.SystemLogLevel", Text, &[OneOf(&["DEBUG", "INFO", "WARN"])]),
    ("ScalingConfig", Object, &[]),
    ("ScalingConfig.MaximumConcurrency", Integer, &[Range(2.0, 1000.0)]),
    ("MaximumBatchingWindowInSeconds", Integer, &[Range(0.0, 300.0)]),
    ("ParallelizationFactor", Integer, &[Range(1.0, 10.0)]),
    ("DestinationConfig", Object, &[]),
    ("DestinationConfig.OnSuccess", Object, &[]),
    ("DestinationConfig.OnSuccess.Destination", Text, TO),
    ("DestinationConfig.OnFailure", Object, &[]),
    ("DestinationConfig.OnFailure.Destination", Text, TO),
    ("MaximumRecordAgeInSeconds", Integer, &[Range(-1.0, 604_800.0)]),
    ("BisectBatchOnFunctionError", Bool, &[]),
    ("MaximumRetryAttempts", Integer, &[Range(-1.0, 10_000.0)]),
    ("TumblingWindowInSeconds", Integer, &[Range(0.0, 900.0)]),
    ("FunctionResponseTypes", Texts, &[Length(0, 1), Items(RESPONSE_TYPE, is_response_type)]),
    ("SourceAccessConfigurations", Objects, &[Length(0, 23)]),
    ("SourceAccessConfigurations[].Type", Text, &[OneOf(ACCESS_TYPES)]),
    ("SourceAccessConfigurations[].URI", Text, &[Length(1, 200), Pattern(URI, is_uri)]),
    ("AmazonManagedKafkaEventSourceConfig", Object, &[]),
    ("AmazonManagedKafkaEventSourceConfig.ConsumerGroupId", Text, &[Length(1, 200), Pattern(URI, is_uri)]),
    ("AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig", Object, &[]),
    ("AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaRegistryURI", Text, REGISTRY),
    ("AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.EventRecordFormat", Text, FORMAT),
    ("AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs", Objects, &[]),
    ("AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs[].Type", Text, REGISTRY_ACCESS),
    ("AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs[].URI", Text, &[Pattern(ARN, is_arn)]),
    ("AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaValidationConfigs", Objects, &[]),
    ("AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaValidationConfigs[].Attribute", Text, ATTRIBUTE),
    ("SelfManagedKafkaEventSourceConfig", Object, &[]),
    ("SelfManagedKafkaEventSourceConfig.ConsumerGroupId", Text, &[Length(1, 200), Pattern(URI, is_uri)]),
    ("SelfManagedKafkaEventSourceConfig.ConsumptionMode", Text, &[OneOf(&["Stream", "Queue"])]),
    ("SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig", Object, &[]),
    ("SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaRegistryURI", Text, REGISTRY),
    ("SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.EventRecordFormat", Text, FORMAT),
    ("SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs", Objects, &[]),
    ("SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs[].Type", Text, REGISTRY_ACCESS),
    ("SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs[].URI", Text, &[Pattern(ARN, is_arn)]),
    ("SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaValidationConfigs", Objects, &[]),
    ("SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaValidationConfigs[].Attribute", Text, ATTRIBUTE),
    ("DocumentDBEventSourceConfig", Object, &[]),
    ("DocumentDBEventSourceConfig.DatabaseName", Text, &[Length(1, 63), Pattern(r#"[^ /\.$\x22]*"#, is_database)]),
    ("DocumentDBEventSourceConfig.CollectionName", Text, &[Length(1, 57), Pattern(COLLECTION, is_collection)]),
    ("DocumentDBEventSourceConfig.FullDocument", Text, &[OneOf(&["UpdateLookup", "Default"])]),
    ("ProvisionedPollerConfig", Object, &[]),
    ("ProvisionedPollerConfig.MinimumPollers", Integer, &[Range(1.0, 200.0)]),
    ("ProvisionedPollerConfig.MaximumPollers", Integer, &[Range(1.0, 10_000.0)]),
    ("ProvisionedPollerConfig.PollerGroupName", Text, &[Length(0, 128), Pattern("[a-zA-Z0-9-_]*", is_word)]),
];

/// Those of CreateEventSourceMapping alone. The order of positions is that of a recorded answer.
const CREATION: &[Rule] = &[
    ("FunctionName", Text, &[Required]),
    ("EventSourceArn", Text, &[Length(0, 10_000), Pattern(ARN, is_arn)]),
    ("StartingPosition", Text, &[OneOf(&["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"])]),
    ("StartingPositionTimestamp", Number, &[]),
    ("Tags", TextMap, &[]),
    ("Topics", Texts, &[Length(1, 1), Items(TOPIC, is_topic)]),
    ("Queues", Texts, &[Length(1, 1), Items(QUEUE, is_queue)]),
    ("SelfManagedEventSource", Object, &[]),
    ("SelfManagedEventSource.Endpoints", Object, &[Length(1, 2), Keys(SERVERS, is_servers)]),
    ("SelfManagedEventSource.Endpoints.KAFKA_BOOTSTRAP_SERVERS", Texts, &[Length(1, 10), Items(ENDPOINT, is_endpoint)]),
];

/// The members that UpdateEventSourceMapping takes, the function and whether it is enabled apart.
pub(super) fn settings() -> impl Iterator<Item = &'static str> {
    members(SETTINGS).filter(|member| !["FunctionName", "Enabled"].contains(member))
}

/// The members that only CreateEventSourceMapping takes and that are answered.
pub(super) fn fixed() -> impl Iterator<Item = &'static str> {
    members(CREATION).filter(|member| !["FunctionName", "Tags"].contains(member))
}

fn members(rules: &'static [Rule]) -> impl Iterator<Item = &'static str> {
    rules.iter().map(|(path, _, _)| *path).filter(|path| !path.contains('.') && !path.contains('['))
}

/// Checks what both requests have, and of a creation the rest.
pub(super) fn check_model(request: &Map<String, Value>, is_creation: bool) -> Result<(), ServiceError> {
    if is_creation {
        check_rules(CREATION, request)?;
    }
    check_rules(SETTINGS, request)
}

const TO: &[Check] = &[Length(0, 350), Pattern(DESTINATION, is_destination)];
const REGISTRY: &[Check] = &[Length(1, 10_000), Pattern(r"[a-zA-Z0-9-\/*:_+=.@-]*", is_registry)];
const FORMAT: &[Check] = &[OneOf(&["JSON", "SOURCE"])];
const ATTRIBUTE: &[Check] = &[OneOf(&["KEY", "VALUE"])];
const REGISTRY_ACCESS: &[Check] =
    &[OneOf(&["BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE", "OAUTHBEARER_AUTH"])];
const ACCESS_TYPES: &[&str] = &[
    "BASIC_AUTH",
    "VPC_SUBNET",
    "VPC_SECURITY_GROUP",
    "SASL_SCRAM_512_AUTH",
    "SASL_SCRAM_256_AUTH",
    "VIRTUAL_HOST",
    "CLIENT_CERTIFICATE_TLS_AUTH",
    "SERVER_ROOT_CA_CERTIFICATE",
    "OAUTHBEARER_AUTH",
    "OAUTHBEARER_SCOPE",
    "OAUTHBEARER_AUDIENCE",
    "OAUTHBEARER_LOGICAL_CLUSTER",
    "OAUTHBEARER_IDENTITY_POOL",
    "IAM_AUTH",
    "IAM_OAUTHBEARER_AUTH",
];
const METRIC: &str =
    "[Member must satisfy enum value set: [EventCount, ErrorCount, KafkaMetrics], Member must not be null]";
const RESPONSE_TYPE: &str = "[Member must satisfy enum value set: [ReportBatchItemFailures], Member must not be null]";
const URI: &str = r"[ a-zA-Z0-9-\/*:_+=.@-]*";
const COLLECTION: &str = r"(^(?!(system\x2e)))(^[_a-zA-Z0-9])([^$]*)";
const SERVERS: &str = "KAFKA_BOOTSTRAP_SERVERS";
const TOPIC: &str = r"[Member must have length less than or equal to 249, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [^.]([a-zA-Z0-9\-_.]+), Member must not be null]";
const QUEUE: &str = r"[Member must have length less than or equal to 1000, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\s\S]*, Member must not be null]";
const ENDPOINT: &str = r"[Member must have length less than or equal to 300, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: (([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\-]*[A-Za-z0-9]):[0-9]{1,5}, Member must not be null]";

fn is_metric(text: &str) -> bool {
    ["EventCount", "ErrorCount", "KafkaMetrics"].contains(&text)
}

fn is_response_type(text: &str) -> bool {
    text == "ReportBatchItemFailures"
}

fn is_registry(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-/*:_+=.@".contains(&byte))
}

fn is_uri(text: &str) -> bool {
    text.split(' ').all(is_registry)
}

fn is_database(text: &str) -> bool {
    !text.contains([' ', '/', '.', '$', '"'])
}

fn is_collection(text: &str) -> bool {
    let first = |first: char| first == '_' || first.is_ascii_alphanumeric();
    text.starts_with(first) && !text.starts_with("system.") && !text.contains('$')
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn is_topic(text: &str) -> bool {
    let mut rest = text.chars();
    let is_first = rest.next().is_some_and(|first| first != '.');
    let rest = rest.as_str();
    is_first
        && text.chars().count() <= 249
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn is_queue(text: &str) -> bool {
    (1..=1000).contains(&text.chars().count())
}

fn is_servers(text: &str) -> bool {
    text == SERVERS
}

fn is_endpoint(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let is_label = |label: &str| {
        let is_edge = |character: char| character.is_ascii_alphanumeric();
        label.starts_with(is_edge)
            && label.ends_with(is_edge)
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 300
        && host.split('.').all(is_label)
        && (1..=5).contains(&port.len())
        && port.bytes().all(|byte| byte.is_ascii_digit())
}
