//! The kinds that stand beside a function, as tables of transitions take them.

use serde_json::{Value, json};

/// A kind with two values, and the calls that it takes.
pub(crate) struct Row {
    /// What a test says when it fails.
    pub(crate) title: &'static str,
    /// What else the function needs.
    pub(crate) base: Value,
    /// Where it stands in the function.
    pub(crate) pointer: &'static str,
    pub(crate) one: Value,
    pub(crate) other: Value,
    /// A thing that plain apply creates, rather than a setting.
    pub(crate) is_thing: bool,
    /// The calls of absent → one, one → other, other → `null`.
    pub(crate) calls: [&'static [&'static str]; 3],
}

/// Returns the kinds, each on a function or on an alias of it.
pub(crate) fn rows() -> Vec<Row> {
    let base = || json!({ "Publish": true });
    let alias = |more: Value| {
        let mut alias = json!({ "FunctionVersion": "published" });
        alias.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "Publish": true, "Aliases": { "live": alias } })
    };
    let setting =
        |title, pointer, one, other, calls| Row { title, base: base(), pointer, one, other, is_thing: false, calls };
    let thing =
        |title, pointer, one, other, calls| Row { title, base: base(), pointer, one, other, is_thing: true, calls };
    let url = |origin: &str| json!({ "AuthType": "AWS_IAM", "Cors": { "AllowOrigins": [origin] } });
    let statement = |bucket: &str| json!({ "Principal": "s3.amazonaws.com", "SourceArn": format!("arn:aws:s3:::{bucket}"), "SourceAccount": "123456789012" });
    vec![
        setting(
            "reserved concurrency",
            "/ReservedConcurrentExecutions",
            json!(0),
            json!(7),
            [&["PutFunctionConcurrency"], &["PutFunctionConcurrency"], &["DeleteFunctionConcurrency"]],
        ),
        setting(
            "recursion",
            "/RecursiveLoop",
            json!("Allow"),
            json!("Terminate"),
            [&["PutFunctionRecursionConfig"], &["PutFunctionRecursionConfig"], &[]],
        ),
        setting(
            "runtime management",
            "/RuntimeManagementConfig",
            json!({ "UpdateRuntimeOn": "FunctionUpdate" }),
            json!({ "UpdateRuntimeOn": "Manual",
                "RuntimeVersionArn": "arn:aws:lambda:us-east-1::runtime:07a48df201798d627f2b950f03bb227aab4a655a1d019c3296406f95937e2525" }),
            [&["PutRuntimeManagementConfig"]; 3],
        ),
        setting(
            "asynchronous calls",
            "/EventInvokeConfig",
            json!({ "MaximumRetryAttempts": 1, "DestinationConfig": {
                "OnFailure": { "Destination": "arn:aws:sqs:us-east-1:123456789012:failed" } } }),
            json!({ "MaximumEventAgeInSeconds": 60 }),
            [
                &["PutFunctionEventInvokeConfig"],
                &["PutFunctionEventInvokeConfig"],
                &["DeleteFunctionEventInvokeConfig"],
            ],
        ),
        thing(
            "permission",
            "/Permissions/s3",
            statement("a"),
            statement("b"),
            [&["AddPermission"], &["RemovePermission", "AddPermission"], &["RemovePermission"]],
        ),
        thing(
            "function URL",
            "/FunctionUrlConfig",
            url("https://a.example"),
            url("https://b.example"),
            [&["CreateFunctionUrlConfig"], &["UpdateFunctionUrlConfig"], &["DeleteFunctionUrlConfig"]],
        ),
        thing(
            "public function URL",
            "/FunctionUrlConfig",
            json!({ "AuthType": "NONE", "public": true }),
            json!({ "AuthType": "AWS_IAM", "public": false }),
            [
                &["AddPermission", "AddPermission", "CreateFunctionUrlConfig"],
                &["UpdateFunctionUrlConfig", "RemovePermission", "RemovePermission"],
                &["DeleteFunctionUrlConfig"],
            ],
        ),
        thing(
            "alias",
            "/Aliases/live",
            json!({ "FunctionVersion": "published", "Description": "d" }),
            json!({ "FunctionVersion": "$LATEST" }),
            [&["CreateAlias"], &["UpdateAlias"], &["DeleteAlias"]],
        ),
        Row {
            base: alias(json!({})),
            ..setting(
                "provisioned concurrency",
                "/Aliases/live/ProvisionedConcurrentExecutions",
                json!(2),
                json!(3),
                [
                    &["PutProvisionedConcurrencyConfig"],
                    &["PutProvisionedConcurrencyConfig"],
                    &["DeleteProvisionedConcurrencyConfig"],
                ],
            )
        },
        Row {
            base: alias(json!({})),
            ..setting(
                "asynchronous calls of an alias",
                "/Aliases/live/EventInvokeConfig",
                json!({ "MaximumRetryAttempts": 0 }),
                json!({ "MaximumRetryAttempts": 1 }),
                [
                    &["PutFunctionEventInvokeConfig"],
                    &["PutFunctionEventInvokeConfig"],
                    &["DeleteFunctionEventInvokeConfig"],
                ],
            )
        },
        Row {
            base: alias(json!({})),
            ..thing(
                "permission of an alias",
                "/Aliases/live/Permissions/s3",
                statement("a"),
                statement("b"),
                [&["AddPermission"], &["RemovePermission", "AddPermission"], &["RemovePermission"]],
            )
        },
        Row {
            base: alias(json!({})),
            ..thing(
                "function URL of an alias",
                "/Aliases/live/FunctionUrlConfig",
                json!({ "AuthType": "AWS_IAM" }),
                json!({ "AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM" }),
                [&["CreateFunctionUrlConfig"], &["UpdateFunctionUrlConfig"], &["DeleteFunctionUrlConfig"]],
            )
        },
        thing(
            "queue",
            "/EventSourceMappings",
            mapping(json!({ "EventSourceArn": QUEUE, "BatchSize": 7 })),
            mapping(json!({ "EventSourceArn": QUEUE, "ScalingConfig": { "MaximumConcurrency": 5 }, "Enabled": false })),
            MAPPED,
        ),
        thing(
            "stream",
            "/EventSourceMappings",
            json!([{ "EventSourceArn": STREAM, "StartingPosition": "LATEST", "MaximumRetryAttempts": 3 }]),
            json!([{ "EventSourceArn": STREAM, "StartingPosition": "LATEST", "ParallelizationFactor": 2 }]),
            MAPPED,
        ),
        thing(
            "Kafka of one's own",
            "/EventSourceMappings",
            mapping(kafka("one")),
            mapping(kafka("other")),
            [
                &["CreateEventSourceMapping"],
                &["DeleteEventSourceMapping", "CreateEventSourceMapping"],
                &["DeleteEventSourceMapping"],
            ],
        ),
        Row {
            base: alias(json!({})),
            ..thing(
                "queue of an alias",
                "/Aliases/live/EventSourceMappings",
                mapping(
                    json!({ "EventSourceArn": QUEUE, "FilterCriteria": { "Filters": [{ "Pattern": { "body": { "a": [1] } } }] } }),
                ),
                mapping(json!({ "EventSourceArn": QUEUE, "FunctionResponseTypes": ["ReportBatchItemFailures"] })),
                MAPPED,
            )
        },
    ]
}

const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:orders";
const STREAM: &str = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks";

/// A mapping that is changed in place.
const MAPPED: [&[&str]; 3] =
    [&["CreateEventSourceMapping"], &["UpdateEventSourceMapping"], &["DeleteEventSourceMapping"]];

fn mapping(value: Value) -> Value {
    json!({ "orders": value })
}

/// A topic, with a group of consumers that is set when the mapping is created.
fn kafka(group: &str) -> Value {
    json!({
        "SelfManagedEventSource": { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["b.example.com:9092", "a.example.com:9092"] } },
        "Topics": ["audit"], "SelfManagedKafkaEventSourceConfig": { "ConsumerGroupId": group },
        "SourceAccessConfigurations": [
            { "Type": "VPC_SUBNET", "URI": "subnet:subnet-1" },
            { "Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-AbCdEf" }
        ]
    })
}
