use std::collections::BTreeMap;

use schemars::JsonSchema;

use crate::open_enum::open_enum;

/// Labels of the manifest's own: they stand in messages and paths, and nowhere in the account.
pub(crate) const LABEL: &str = r"^[a-zA-Z0-9_.-]+$";
const UUID: &str = r"^[a-fA-F0-9]{8}(-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$";
const ARN: &str = r"^arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)$";
const KEY: &str = r"^((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())$";
const DESTINATION: &str = r"^(|kafka://[^.].*|arn:[^:]+:[^:]+:.*)$";
const TOPIC: &str = r"^[^.][a-zA-Z0-9\-_.]+$";
const URI: &str = r"^[ a-zA-Z0-9-\/*:_+=.@-]*$";
const ENDPOINT: &str = r"^(([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])\.)*([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9\-]*[A-Za-z0-9]):[0-9]{1,5}$";
const DATABASE: &str = r#"^[^ /\.$"]*$"#;
const COLLECTION: &str = r"^[_a-zA-Z0-9][^$]*$";
const POLLER_GROUP: &str = r"^[a-zA-Z0-9-_]*$";

open_enum! {
    /// Where in a stream a new mapping begins.
    StartingPosition {
        TrimHorizon = "TRIM_HORIZON",
        Latest = "LATEST",
        AtTimestamp = "AT_TIMESTAMP",
    }
}

open_enum! {
    /// What a function may answer to a batch.
    FunctionResponseType {
        ReportBatchItemFailures = "ReportBatchItemFailures",
    }
}

open_enum! {
    /// What is counted of a mapping.
    Metric {
        EventCount = "EventCount",
        ErrorCount = "ErrorCount",
        KafkaMetrics = "KafkaMetrics",
    }
}

open_enum! {
    /// How much a mapping logs of itself.
    SystemLogLevel {
        Debug = "DEBUG",
        Info = "INFO",
        Warn = "WARN",
    }
}

open_enum! {
    /// What an access configuration is of.
    SourceAccessType {
        BasicAuth = "BASIC_AUTH",
        VpcSubnet = "VPC_SUBNET",
        VpcSecurityGroup = "VPC_SECURITY_GROUP",
        SaslScram512Auth = "SASL_SCRAM_512_AUTH",
        SaslScram256Auth = "SASL_SCRAM_256_AUTH",
        VirtualHost = "VIRTUAL_HOST",
        ClientCertificateTlsAuth = "CLIENT_CERTIFICATE_TLS_AUTH",
        ServerRootCaCertificate = "SERVER_ROOT_CA_CERTIFICATE",
        OauthbearerAuth = "OAUTHBEARER_AUTH",
        OauthbearerScope = "OAUTHBEARER_SCOPE",
        OauthbearerAudience = "OAUTHBEARER_AUDIENCE",
        OauthbearerLogicalCluster = "OAUTHBEARER_LOGICAL_CLUSTER",
        OauthbearerIdentityPool = "OAUTHBEARER_IDENTITY_POOL",
        IamAuth = "IAM_AUTH",
        IamOauthbearerAuth = "IAM_OAUTHBEARER_AUTH",
    }
}

open_enum! {
    /// How a schema registry is asked.
    SchemaRegistryAccessType {
        BasicAuth = "BASIC_AUTH",
        ClientCertificateTlsAuth = "CLIENT_CERTIFICATE_TLS_AUTH",
        ServerRootCaCertificate = "SERVER_ROOT_CA_CERTIFICATE",
        OauthbearerAuth = "OAUTHBEARER_AUTH",
    }
}

open_enum! {
    /// In which form records reach the function.
    EventRecordFormat {
        Json = "JSON",
        Source = "SOURCE",
    }
}

open_enum! {
    /// A part of a record.
    RecordPart {
        Key = "KEY",
        Value = "VALUE",
    }
}

open_enum! {
    /// How records of a topic are taken.
    ConsumptionMode {
        Stream = "Stream",
        Queue = "Queue",
    }
}

open_enum! {
    /// How much of a changed document an event has.
    FullDocument {
        UpdateLookup = "UpdateLookup",
        Default = "Default",
    }
}

/// What feeds a function from a queue, a stream, a topic or a database, in the words of CreateEventSourceMapping. Which members
/// a source takes depends on what it is.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct EventSourceMapping {
    /// The source: a queue, a stream or a consumer of it, a cluster, a broker. Left out for a Kafka cluster of your own.
    #[schemars(length(max = 10000), regex(pattern = ARN))]
    event_source_arn: Option<String>,

    /// lambdactl's own: which mapping of the account is meant, where several have the same source and function.
    #[serde(rename = "UUID")]
    #[schemars(length(min = 36, max = 36), regex(pattern = UUID))]
    uuid: Option<String>,

    /// Whether it calls the function. Default: `true`.
    enabled: Option<bool>,

    /// Records that one call has at most, 1 to 10,000. Default: 10 for queues of SQS, else 100.
    #[schemars(range(min = 1, max = 10000))]
    batch_size: Option<u32>,

    /// Seconds that a batch may wait to be filled, 0 to 300. Default: 0, for Kafka, MQ and DocumentDB half a second.
    #[schemars(range(min = 0, max = 300))]
    maximum_batching_window_in_seconds: Option<u32>,

    /// Which records reach the function. Default: all of them.
    filter_criteria: Option<FilterCriteria>,

    /// The KMS key that encrypts the filters. An empty text: none.
    #[serde(rename = "KMSKeyArn")]
    #[schemars(length(max = 10000), regex(pattern = KEY))]
    kms_key_arn: Option<String>,

    /// `ReportBatchItemFailures`: the function says which records of a batch failed, and only those come again.
    #[schemars(length(max = 1))]
    function_response_types: Option<Vec<FunctionResponseType>>,

    /// How many instances of the function a queue of SQS may keep busy.
    scaling_config: Option<ScalingConfig>,

    /// Where a stream or a topic begins: taken into account when the mapping is created, and never again.
    starting_position: Option<StartingPosition>,

    /// With `AT_TIMESTAMP`: seconds since 1970.
    #[schemars(range(min = 0))]
    starting_position_timestamp: Option<f64>,

    /// Batches of one shard that are worked on at a time, 1 to 10. Default: 1.
    #[schemars(range(min = 1, max = 10))]
    parallelization_factor: Option<u32>,

    /// Where records go that could not be worked on.
    destination_config: Option<MappingDestinationConfig>,

    /// Seconds after which a record is given up, 60 to 604,800; `-1`: never. Default: `-1`.
    #[schemars(range(min = -1, max = 604800))]
    maximum_record_age_in_seconds: Option<i32>,

    /// Whether a batch that failed is halved before it is tried again. Default: `false`.
    bisect_batch_on_function_error: Option<bool>,

    /// How often a batch is tried again, 0 to 10,000; `-1`: until its records expire. Default: `-1`.
    #[schemars(range(min = -1, max = 10000))]
    maximum_retry_attempts: Option<i32>,

    /// Seconds of a window over which the function carries a state, 0 to 900. Default: 0, none.
    #[schemars(range(min = 0, max = 900))]
    tumbling_window_in_seconds: Option<u32>,

    /// The topic of Kafka.
    #[schemars(length(min = 1, max = 1), inner(length(min = 1, max = 249), regex(pattern = TOPIC)))]
    topics: Option<Vec<String>>,

    /// The queue of MQ.
    #[schemars(length(min = 1, max = 1), inner(length(min = 1, max = 1000)))]
    queues: Option<Vec<String>>,

    /// How the source is reached: secrets by their ARN, subnets, security groups, a virtual host.
    #[schemars(length(max = 23))]
    source_access_configurations: Option<Vec<SourceAccessConfiguration>>,

    /// A Kafka cluster of your own, by its addresses.
    self_managed_event_source: Option<SelfManagedEventSource>,

    /// What else there is to say of a topic of MSK.
    amazon_managed_kafka_event_source_config: Option<AmazonManagedKafkaEventSourceConfig>,

    /// What else there is to say of a topic of a cluster of your own.
    self_managed_kafka_event_source_config: Option<SelfManagedKafkaEventSourceConfig>,

    /// Which database and collection of DocumentDB.
    #[serde(rename = "DocumentDBEventSourceConfig")]
    document_db_event_source_config: Option<DocumentDbEventSourceConfig>,

    /// How many pollers stand ready, which cost money.
    provisioned_poller_config: Option<ProvisionedPollerConfig>,

    /// What is counted besides.
    metrics_config: Option<MetricsConfig>,

    /// What the mapping logs of itself, for Kafka.
    logging_config: Option<MappingLoggingConfig>,

    /// Tags of the mapping. Left out: not looked at.
    #[schemars(extend("propertyNames" = { "minLength": 1, "maxLength": 128 }))]
    tags: Option<BTreeMap<String, String>>,
}

/// Filters of events.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct FilterCriteria {
    /// Up to 5, on request 10. A record that one of them fits reaches the function.
    filters: Option<Vec<Filter>>,
}

/// One filter.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct Filter {
    /// What a record must have, as in EventBridge: a map, or its JSON as a text.
    pattern: Option<Pattern>,
}

/// The pattern of a filter: a map, or a text with its JSON.
pub(crate) struct Pattern;

impl JsonSchema for Pattern {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "object"], "maxLength": 4096 })
    }
}

/// How far a queue may scale.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct ScalingConfig {
    /// Instances of the function, 2 to 1,000.
    #[schemars(range(min = 2, max = 1000))]
    maximum_concurrency: Option<u32>,
}

/// Where records go that could not be worked on.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct MappingDestinationConfig {
    /// Refused by the service in a mapping.
    on_success: Option<MappingDestination>,
    /// Records of batches that failed.
    on_failure: Option<MappingDestination>,
}

/// A destination.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct MappingDestination {
    /// The ARN of a queue, a topic or a bucket, or `kafka://TOPIC`.
    #[schemars(length(max = 350), regex(pattern = DESTINATION))]
    destination: Option<String>,
}

/// One way in which a source is reached.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct SourceAccessConfiguration {
    /// What it is.
    #[serde(rename = "Type")]
    kind: Option<SourceAccessType>,
    /// The ARN of a secret, `subnet:subnet-…`, `security_group:sg-…`, or a name.
    #[serde(rename = "URI")]
    #[schemars(length(min = 1, max = 200), regex(pattern = URI))]
    uri: Option<String>,
}

/// A Kafka cluster of your own.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct SelfManagedEventSource {
    /// Its addresses under `KAFKA_BOOTSTRAP_SERVERS`, as `HOST:PORT`.
    #[schemars(extend(
        "propertyNames" = { "enum": ["KAFKA_BOOTSTRAP_SERVERS"] },
        "minProperties" = 1,
        "additionalProperties" = {
            "type": "array", "minItems": 1, "maxItems": 10,
            "items": { "type": "string", "minLength": 1, "maxLength": 300, "pattern": ENDPOINT }
        }
    ))]
    endpoints: Option<BTreeMap<String, Vec<String>>>,
}

/// What else there is to say of a topic of MSK.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct AmazonManagedKafkaEventSourceConfig {
    /// The group of consumers, set with the mapping and never changed. Default: the mapping's UUID.
    #[schemars(length(min = 1, max = 200), regex(pattern = URI))]
    consumer_group_id: Option<String>,
    /// The registry of the records' schemas.
    schema_registry_config: Option<SchemaRegistryConfig>,
}

/// What else there is to say of a topic of a cluster of your own.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct SelfManagedKafkaEventSourceConfig {
    /// The group of consumers, set with the mapping and never changed. Default: the mapping's UUID.
    #[schemars(length(min = 1, max = 200), regex(pattern = URI))]
    consumer_group_id: Option<String>,
    /// The registry of the records' schemas.
    schema_registry_config: Option<SchemaRegistryConfig>,
    /// `Stream` in the order of a partition, `Queue` without. Set with the mapping and never changed.
    consumption_mode: Option<ConsumptionMode>,
}

/// The registry of the records' schemas.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct SchemaRegistryConfig {
    /// Its address: an ARN of Glue, or a URL.
    #[serde(rename = "SchemaRegistryURI")]
    #[schemars(length(min = 1, max = 10000), regex(pattern = URI))]
    schema_registry_uri: Option<String>,
    /// In which form records reach the function.
    event_record_format: Option<EventRecordFormat>,
    /// How it is asked.
    access_configs: Option<Vec<SchemaRegistryAccessConfig>>,
    /// Which parts of a record are checked.
    schema_validation_configs: Option<Vec<SchemaValidationConfig>>,
}

/// One way in which a schema registry is asked.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct SchemaRegistryAccessConfig {
    /// What it is.
    #[serde(rename = "Type")]
    kind: Option<SchemaRegistryAccessType>,
    /// The ARN of a secret.
    #[serde(rename = "URI")]
    #[schemars(length(max = 10000), regex(pattern = ARN))]
    uri: Option<String>,
}

/// A part of a record that is checked.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct SchemaValidationConfig {
    /// The part.
    attribute: Option<RecordPart>,
}

/// Which database and collection of DocumentDB.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct DocumentDbEventSourceConfig {
    /// The database.
    #[schemars(length(min = 1, max = 63), regex(pattern = DATABASE))]
    database_name: Option<String>,
    /// The collection. Default: all of them.
    #[schemars(length(min = 1, max = 57), regex(pattern = COLLECTION))]
    collection_name: Option<String>,
    /// `UpdateLookup` sends the whole document along. Default: `Default`.
    full_document: Option<FullDocument>,
}

/// How many pollers stand ready.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct ProvisionedPollerConfig {
    /// At least, 1 to 200.
    #[schemars(range(min = 1, max = 200))]
    minimum_pollers: Option<u32>,
    /// At most, 1 to 10,000.
    #[schemars(range(min = 1, max = 10000))]
    maximum_pollers: Option<u32>,
    /// Mappings of Kafka with the same name share pollers.
    #[schemars(length(max = 128), regex(pattern = POLLER_GROUP))]
    poller_group_name: Option<String>,
}

/// What is counted of a mapping.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct MetricsConfig {
    /// The metrics.
    #[schemars(length(max = 3))]
    metrics: Option<Vec<Metric>>,
}

/// What a mapping logs of itself.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct MappingLoggingConfig {
    /// How much.
    system_log_level: Option<SystemLogLevel>,
}
