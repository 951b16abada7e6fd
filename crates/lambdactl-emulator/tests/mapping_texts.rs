//! What is asked of event source mappings, and what is answered.

mod common;

use common::mappings::{
    ARN, BROKER, CLUSTER, DATABASE, INVALID, QUEUE, SECRET, STREAM, TABLE, create, created, delete, in_memory, kafka,
    listed, plain, read, update, uuid,
};
use common::{members, with};
use serde_json::{Value, json};

/// The members of each source's answer: recorded of queues, streams and a self-managed Kafka.
#[tokio::test]
async fn answers_have_the_members_of_their_source() {
    let service = in_memory().await;
    let stream = json!({
        "BatchSize": 100,
        "BisectBatchOnFunctionError": false,
        "DestinationConfig": { "OnFailure": {} },
        "FunctionArn": format!("{ARN}:f"),
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "MaximumBatchingWindowInSeconds": 0,
        "MaximumRecordAgeInSeconds": -1,
        "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1,
        "StartingPosition": "LATEST",
        "State": "Creating",
        "StateTransitionReason": "User action",
        "TumblingWindowInSeconds": 0,
    });
    let other = json!({
        "BatchSize": 100,
        "FunctionArn": format!("{ARN}:f"),
        "LastProcessingResult": "No records processed",
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    });
    let access = json!([{ "Type": "BASIC_AUTH", "URI": SECRET }]);
    let database = json!({ "DatabaseName": "db", "CollectionName": "c", "FullDocument": "UpdateLookup" });
    for (asked, expected) in [
        (
            json!({ "EventSourceArn": QUEUE, "FilterCriteria": { "Filters": [] }, "Tags": { "a": "b" } }),
            json!({
                "BatchSize": 10,
                "FunctionArn": format!("{ARN}:f"),
                "FunctionResponseTypes": [],
                "MaximumBatchingWindowInSeconds": 0,
                "State": "Creating",
                "StateTransitionReason": "USER_INITIATED",
            }),
        ),
        (json!({ "EventSourceArn": STREAM, "StartingPosition": "LATEST" }), stream.clone()),
        (
            json!({ "EventSourceArn": TABLE, "StartingPosition": "TRIM_HORIZON", "DestinationConfig": {} }),
            with(stream, json!({ "StartingPosition": "TRIM_HORIZON" })),
        ),
        (
            json!({ "EventSourceArn": CLUSTER, "Topics": ["t1"], "StartingPosition": "LATEST" }),
            with(other.clone(), json!({ "AmazonManagedKafkaEventSourceConfig": "group" })),
        ),
        (json!({ "EventSourceArn": BROKER, "Queues": ["q1"], "SourceAccessConfigurations": access }), other.clone()),
        (
            json!({
                "EventSourceArn": DATABASE, "DocumentDBEventSourceConfig": database, "StartingPosition": "LATEST",
                "SourceAccessConfigurations": access,
            }),
            other.clone(),
        ),
        (
            with(kafka(), json!({ "FunctionName": null })),
            with(
                other,
                json!({ "SelfManagedKafkaEventSourceConfig": "group", "StartingPosition": "TRIM_HORIZON",
                    "SelfManagedEventSource":
                        { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000", "kafka:2000"] } } }),
            ),
        ),
    ] {
        let answer = created(&service, &with(asked.clone(), json!({ "FunctionName": "f" }))).await;
        let unsaid = ["Tags", "FilterCriteria", "DestinationConfig", "SelfManagedEventSource"];
        let mut expected = expected;
        for (member, value) in asked.as_object().expect("members") {
            if !unsaid.contains(&member.as_str()) {
                expected[member] = value.clone();
            }
        }
        for member in ["AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig"] {
            if expected.get(member).is_some() {
                expected[member] = json!({ "ConsumerGroupId": answer["UUID"] });
            }
        }
        assert_eq!(plain(answer.clone()), expected);
        let settled = read(&service, uuid(&answer)).await;
        assert_eq!(settled, with(answer, json!({ "State": "Enabled" })), "the next read finds it in use");
    }
}

#[tokio::test]
async fn members_that_are_sent_are_answered() {
    let service = in_memory().await;
    let filters = json!({ "Filters": [{ "Pattern": "{\"body\": [1]}" }, { "Pattern": "{\"a\":{\"b\":[\"c\"]}}" }] });
    let of_queue = json!({
        "FunctionName": "f", "EventSourceArn": QUEUE, "BatchSize": 100, "MaximumBatchingWindowInSeconds": 5,
        "FilterCriteria": filters, "ScalingConfig": { "MaximumConcurrency": 2 },
        "FunctionResponseTypes": ["ReportBatchItemFailures"], "MetricsConfig": { "Metrics": ["EventCount"] },
        "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k",
        "ProvisionedPollerConfig": { "MinimumPollers": 2, "MaximumPollers": 4 },
    });
    let of_stream = json!({
        "FunctionName": "f", "EventSourceArn": STREAM, "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": 1_700_000_000, "ParallelizationFactor": 2, "BisectBatchOnFunctionError": true,
        "DestinationConfig": { "OnFailure": { "Destination": QUEUE } }, "MaximumRecordAgeInSeconds": 60,
        "MaximumRetryAttempts": 3, "TumblingWindowInSeconds": 30,
    });
    let registry = json!({
        "SchemaRegistryURI": "https://registry.example.com", "EventRecordFormat": "JSON",
        "AccessConfigs": [{ "Type": "BASIC_AUTH", "URI": SECRET }], "SchemaValidationConfigs": [{ "Attribute": "KEY" }],
    });
    let config = json!({ "ConsumerGroupId": "group", "ConsumptionMode": "Stream", "SchemaRegistryConfig": registry });
    let of_kafka = with(
        kafka(),
        json!({ "SelfManagedKafkaEventSourceConfig": config, "LoggingConfig": { "SystemLogLevel": "DEBUG" } }),
    );
    for asked in [of_queue, of_stream, of_kafka] {
        let answer = created(&service, &asked).await;
        let sent =
            members(&asked).into_iter().filter(|member| !["FunctionName", "SelfManagedEventSource"].contains(member));
        for member in sent {
            assert_eq!(answer[member], asked[member], "{member}");
        }
    }
    // An alias and $LATEST stay as they were named.
    for (number, name) in ["f:live", "f:$LATEST", "f:1", "g"].into_iter().enumerate() {
        let asked = json!({ "FunctionName": format!("{ARN}:{name}"), "EventSourceArn": format!("{QUEUE}{number}") });
        assert_eq!(created(&service, &asked).await["FunctionArn"], format!("{ARN}:{name}"));
    }
}

#[tokio::test]
async fn wrong_requests_are_refused_as_recorded() {
    let service = in_memory().await;
    let of = |source: &str, more: Value| with(json!({ "FunctionName": "f", "EventSourceArn": source }), more);
    let stream = |more: Value| with(of(STREAM, json!({ "StartingPosition": "LATEST" })), more);
    let pattern = |pattern: &str| of(QUEUE, json!({ "FilterCriteria": { "Filters": [{ "Pattern": pattern }] } }));
    let to = |on: &str| json!({ "DestinationConfig": { on: { "Destination": QUEUE } } });
    let destination = "Unsupported DestinationConfig parameter for given event source mapping type.";
    let window = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10";
    let position = "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must \
                    not be null.";
    let table = format!("Unsupported starting position for arn type: {TABLE}");
    let filter = "Invalid filter pattern definition.";
    let access = "Required 'sourceAccessConfigurations' parameter is missing.";
    let fifo = format!("{QUEUE}.fifo");
    let none = "Function does not exist";
    for (body, text) in [
        (json!({ "FunctionName": "f" }), "Unrecognized event source."),
        (of("arn:aws:s3:::bucket", json!({})), "Unrecognized event source."),
        (of(QUEUE, json!({ "FunctionName": "none" })), none),
        (of(QUEUE, json!({ "FunctionName": "f:none" })), none),
        (of(QUEUE, json!({ "FunctionName": "f:2" })), none),
        (of(QUEUE, to("OnFailure")), destination),
        (with(of(QUEUE, to("OnFailure")), json!({ "FunctionName": "none" })), destination),
        (stream(to("OnSuccess")), destination),
        (of(QUEUE, json!({ "BatchSize": 11 })), window),
        (of(&fifo, json!({ "MaximumBatchingWindowInSeconds": 1 })), "Batching window is not supported for FIFO queues"),
        (of(STREAM, json!({})), position),
        (of(TABLE, json!({})), position),
        (of(TABLE, json!({ "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1 })), &table),
        (of(QUEUE, json!({ "StartingPosition": "LATEST" })), "StartingPosition is not valid for SQS event sources."),
        (stream(json!({ "StartingPosition": "AT_TIMESTAMP" })), "Need to specify a timestamp"),
        (pattern("null"), filter),
        (pattern("\"text\""), filter),
        (pattern("{\"a\": \"b\"}"), filter),
        (pattern("{\"a\": []}"), filter),
        (pattern("{\"a\": {\"b\": []}}"), filter),
        (pattern("{\"$or\": [{\"a\": []}]}"), filter),
        (pattern("{"), filter),
        (with(kafka(), json!({ "SourceAccessConfigurations": null })), access),
    ] {
        let answer = create(&service, &body).await;
        answer.expect_error(400, INVALID, "");
        assert_eq!(answer.json(), json!({ "Type": "User", "message": text }), "{body}");
    }
    // The words of these could not be verified.
    for (body, part) in [
        (of(&fifo, json!({ "BatchSize": 11 })), "FIFO"),
        (stream(json!({ "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 9e9 })), "in the future"),
        (of(QUEUE, json!({ "ParallelizationFactor": 2 })), "Unsupported ParallelizationFactor parameter"),
        (stream(json!({ "ScalingConfig": { "MaximumConcurrency": 2 } })), "Unsupported ScalingConfig parameter"),
        (stream(json!({ "MaximumRecordAgeInSeconds": 59 })), "MaximumRecordAgeInSeconds"),
        (with(kafka(), json!({ "Topics": null })), "Required 'topics' parameter is missing."),
        (of(CLUSTER, json!({ "Topics": ["t1"] })), position),
        (of(QUEUE, json!({ "Tags": { "aws:a": "b" } })), "System tags"),
    ] {
        create(&service, &body).await.expect_error(400, INVALID, part);
    }
    let nonsense = "Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: \
                    [LATEST, AT_TIMESTAMP, TRIM_HORIZON]";
    let servers = json!({ "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["kafka"] } });
    for (body, text) in [
        (json!({ "EventSourceArn": QUEUE }), "Value null at 'functionName' failed to satisfy constraint"),
        (of(QUEUE, json!({ "FunctionName": "a b" })), "Value 'a b' at 'functionName'"),
        (of("queue", json!({})), "Value 'queue' at 'eventSourceArn'"),
        (of(STREAM, json!({ "StartingPosition": "invalid" })), nonsense),
        (
            of(QUEUE, json!({ "BatchSize": 0 })),
            "'batchSize' failed to satisfy constraint: Member must have value greater",
        ),
        (of(QUEUE, json!({ "BatchSize": 10_001 })), "less than or equal to 10000"),
        (of(QUEUE, json!({ "MaximumBatchingWindowInSeconds": 301 })), "less than or equal to 300"),
        (of(QUEUE, json!({ "ScalingConfig": { "MaximumConcurrency": 1 } })), "'scalingConfig.maximumConcurrency'"),
        (pattern(&"a".repeat(4097)), "'filterCriteria.filters.1.member.pattern'"),
        (of(QUEUE, json!({ "FunctionResponseTypes": ["Other"] })), "'functionResponseTypes'"),
        (
            with(kafka(), json!({ "Topics": [] })),
            "'topics' failed to satisfy constraint: Member must have length greater",
        ),
        (with(kafka(), json!({ "Topics": ["."] })), "'topics'"),
        (with(kafka(), json!({ "SelfManagedEventSource": servers })), "'selfManagedEventSource.endpoints"),
        (
            with(kafka(), json!({ "SourceAccessConfigurations": [{ "Type": "OTHER" }] })),
            "'sourceAccessConfigurations.1.member.type'",
        ),
    ] {
        create(&service, &body).await.expect_error(400, "ValidationException", text);
    }
    let text = create(&service, &of(QUEUE, json!({ "BatchSize": "many" }))).await;
    text.expect_error(400, "SerializationException", "");
    assert_eq!(listed(&service, "").await, [Value::Null; 0]);
}

#[tokio::test]
async fn second_mapping_of_a_source_is_a_conflict_that_names_the_first() {
    let service = in_memory().await;
    let of = |source: &str, more: Value| with(json!({ "FunctionName": "f", "EventSourceArn": source }), more);
    let end = "already exists. Please update or delete the existing mapping with UUID";
    let kafka_text = format!(
        "An event source mapping with event source (\"kafka:1000,kafka:2000\"), function (\"{ARN}:f\"), topics (\"topic\") {end}"
    );
    for (body, text) in [
        (
            of(QUEUE, json!({})),
            format!("An event source mapping with SQS arn (\" {QUEUE} \") and function (\" f \") {end}"),
        ),
        (
            of(STREAM, json!({ "StartingPosition": "LATEST" })),
            format!("The event source arn (\" {STREAM} \") and function (\" f \") provided mapping {end}"),
        ),
        (kafka(), kafka_text),
    ] {
        let first = created(&service, &body).await;
        let second = create(&service, &body).await;
        second.expect_error(409, "ResourceConflictException", "");
        assert_eq!(second.message(), format!("{text} {}", uuid(&first)));
    }
    // The stricter reading: an alias is the same function. Another function is another one.
    create(&service, &of(QUEUE, json!({ "FunctionName": "f:live" }))).await.expect_error(
        409,
        "ResourceConflictException",
        "function (\" f \")",
    );
    let other = created(&service, &of(QUEUE, json!({ "FunctionName": "g" }))).await;
    update(&service, uuid(&other), json!({ "FunctionName": "f" })).await.expect_error(
        409,
        "ResourceConflictException",
        "with UUID",
    );
    // One server in common is enough; another topic is another source.
    let one = json!({ "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["kafka:2000", "other:1"] } });
    let overlapping = create(&service, &with(kafka(), json!({ "SelfManagedEventSource": one }))).await;
    overlapping.expect_error(409, "ResourceConflictException", "(\"kafka:2000,other:1\")");
    created(&service, &with(kafka(), json!({ "Topics": ["second"] }))).await;
    // What was deleted is in nobody's way.
    assert_eq!(delete(&service, uuid(&other)).await.status.as_u16(), 202);
    created(&service, &of(QUEUE, json!({ "FunctionName": "g" }))).await;
}
