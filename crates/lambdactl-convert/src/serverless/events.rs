//! Events of the framework that are event source mappings, function URLs, and settings of asynchronous calls.

use serde_json::{Map, Value, json};

use crate::beside::{self, Members};
use crate::notes::Notes;

/// What a kind of events becomes.
struct Kind {
    name: &'static str,
    /// Members of a mapping that the framework sets where the service says nothing.
    defaults: &'static [(&'static str, &'static str)],
    /// The structure that has the group of consumers.
    group: &'static str,
}

const STREAM: &[(&str, &str)] = &[("BatchSize", "10"), ("StartingPosition", "\"TRIM_HORIZON\"")];
const KAFKA: &[(&str, &str)] = &[("StartingPosition", "\"TRIM_HORIZON\"")];

const KINDS: [Kind; 6] = [
    Kind { name: "sqs", defaults: &[("BatchSize", "10")], group: "" },
    Kind { name: "stream", defaults: STREAM, group: "" },
    Kind { name: "msk", defaults: KAFKA, group: "AmazonManagedKafkaEventSourceConfig" },
    Kind { name: "kafka", defaults: KAFKA, group: "SelfManagedKafkaEventSourceConfig" },
    Kind { name: "activemq", defaults: &[], group: "" },
    Kind { name: "rabbitmq", defaults: &[], group: "" },
];

/// Members of events, and what the API calls them.
const MEMBERS: [(&str, &str); 13] = [
    ("arn", "EventSourceArn"),
    ("enabled", "Enabled"),
    ("batchSize", "BatchSize"),
    ("batchWindow", "MaximumBatchingWindowInSeconds"),
    ("maximumBatchingWindow", "MaximumBatchingWindowInSeconds"),
    ("startingPosition", "StartingPosition"),
    ("startingPositionTimestamp", "StartingPositionTimestamp"),
    ("parallelizationFactor", "ParallelizationFactor"),
    ("maximumRetryAttempts", "MaximumRetryAttempts"),
    ("maximumRecordAgeInSeconds", "MaximumRecordAgeInSeconds"),
    ("bisectBatchOnFunctionError", "BisectBatchOnFunctionError"),
    ("tumblingWindowInSeconds", "TumblingWindowInSeconds"),
    ("kmsKeyArn", "KMSKeyArn"),
];

/// Ways in which a cluster or a broker is reached, and what the API calls them.
const ACCESS: [(&str, &str); 9] = [
    ("vpcSubnet", "VPC_SUBNET"),
    ("vpcSecurityGroup", "VPC_SECURITY_GROUP"),
    ("saslPlainAuth", "BASIC_AUTH"),
    ("saslScram256Auth", "SASL_SCRAM_256_AUTH"),
    ("saslScram512Auth", "SASL_SCRAM_512_AUTH"),
    ("saslScram512", "SASL_SCRAM_512_AUTH"),
    ("clientCertificateTlsAuth", "CLIENT_CERTIFICATE_TLS_AUTH"),
    ("serverRootCaCertificate", "SERVER_ROOT_CA_CERTIFICATE"),
    ("basicAuthArn", "BASIC_AUTH"),
];

/// Whether events of a kind are event source mappings.
pub(super) fn is_mapping(kind: &str) -> bool {
    KINDS.iter().any(|row| row.name == kind)
}

/// Puts the mappings of a function's events beside it, and says the rest.
pub(super) fn events(events: &Value, place: &mut Members, notes: &mut Notes) {
    let mut others: Vec<&str> = Vec::new();
    for (index, event) in events.as_array().into_iter().flatten().enumerate() {
        let (name, written) = match event {
            Value::String(name) => (name.as_str(), &Value::Null),
            Value::Object(map) => match map.iter().next() {
                Some((name, written)) => (name.as_str(), written),
                None => continue,
            },
            _ => {
                notes.must(format!("events.{index}"), "left out: it is not known here");
                continue;
            }
        };
        let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
            if !others.contains(&name) {
                others.push(name);
            }
            continue;
        };
        let path = format!("events.{index}.{name}");
        let members = match written {
            Value::String(arn) => Map::from_iter([("EventSourceArn".to_owned(), json!(arn))]),
            Value::Object(event) => mapping(kind, event, &path, notes),
            _ => {
                notes.must(path, "left out: its source is not known here");
                continue;
            }
        };
        let mut members = members;
        for (member, default) in kind.defaults {
            members.entry(*member).or_insert_with(|| serde_json::from_str(default).unwrap_or_default());
        }
        let mapping = beside::mapping(members, &path, notes);
        beside::put(place, "EventSourceMappings", &format!("{name}-{index}"), mapping);
    }
    if !others.is_empty() {
        let what = format!(
            "the framework makes other resources of {}, and permissions to call: keep them in a template",
            others.join(", ")
        );
        notes.left_out("events", what);
    }
}

fn mapping(kind: &Kind, event: &Map<String, Value>, path: &str, notes: &mut Notes) -> Members {
    let mut members = Members::new();
    let mut access = Vec::new();
    for (name, value) in event {
        if let Some((_, member)) = MEMBERS.iter().find(|(own, _)| own == name) {
            members.insert((*member).to_owned(), value.clone());
            continue;
        }
        if let Some((_, of)) = ACCESS.iter().find(|(own, _)| own == name) {
            access.push(json!({ "Type": of, "URI": value }));
            continue;
        }
        match name.as_str() {
            "type" => {}
            "topic" => _ = members.insert("Topics".into(), json!([value])),
            "queue" => _ = members.insert("Queues".into(), json!([value])),
            "virtualHost" => access.push(json!({ "Type": "VIRTUAL_HOST", "URI": value })),
            "functionResponseType" => _ = members.insert("FunctionResponseTypes".into(), json!([value])),
            "maximumConcurrency" => _ = members.insert("ScalingConfig".into(), json!({ "MaximumConcurrency": value })),
            "filterPatterns" => {
                let patterns = value.as_array().into_iter().flatten();
                let filters: Vec<Value> = patterns.map(|pattern| json!({ "Pattern": pattern })).collect();
                members.insert("FilterCriteria".into(), json!({ "Filters": filters }));
            }
            "consumerGroupId" => _ = members.insert(kind.group.into(), json!({ "ConsumerGroupId": value })),
            "bootstrapServers" => {
                let endpoints = json!({ "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": value } });
                members.insert("SelfManagedEventSource".into(), endpoints);
            }
            "accessConfigurations" => {
                for (own, uris) in value.as_object().into_iter().flatten() {
                    let Some((_, of)) = ACCESS.iter().find(|(name, _)| name == own) else {
                        notes.must(
                            format!("{path}.{name}.{own}"),
                            "left out: write it into `SourceAccessConfigurations`",
                        );
                        continue;
                    };
                    let uris = uris.as_array().map_or_else(|| vec![uris.clone()], Clone::clone);
                    access.extend(uris.into_iter().map(|uri| json!({ "Type": of, "URI": uri })));
                }
            }
            "destinations" => {
                let failure = &value["onFailure"];
                let arn = if failure.is_string() { failure.clone() } else { failure["arn"].clone() };
                members.insert("DestinationConfig".into(), json!({ "OnFailure": { "Destination": arn } }));
            }
            "consumer" => {
                notes.must(
                    format!("{path}.consumer"),
                    "the framework makes a consumer of the stream: let `EventSourceArn` name its ARN",
                );
            }
            _ => notes.left_out(format!("{path}.{name}"), "a manifest has no such member"),
        }
    }
    if !access.is_empty() {
        members.insert("SourceAccessConfigurations".into(), json!(access));
    }
    members
}

/// `url: true`, or its members.
pub(super) fn url(written: &Value, notes: &mut Notes) -> Option<Value> {
    const CORS: [(&str, &str); 6] = [
        ("allowedOrigins", "AllowOrigins"),
        ("allowedHeaders", "AllowHeaders"),
        ("allowedMethods", "AllowMethods"),
        ("allowCredentials", "AllowCredentials"),
        ("exposedResponseHeaders", "ExposeHeaders"),
        ("maxAge", "MaxAge"),
    ];
    if !written.is_object() && *written != json!(true) {
        return None;
    }
    let is_signed = written["authorizer"] == "aws_iam";
    let mut url = Members::from_iter([("AuthType".to_owned(), json!(if is_signed { "AWS_IAM" } else { "NONE" }))]);
    if !is_signed {
        url.insert("public".into(), json!(true));
    }
    match &written["cors"] {
        Value::Object(cors) => {
            let mut members = Members::new();
            for (name, value) in cors {
                match CORS.iter().find(|(own, _)| own == name) {
                    Some((_, member)) => {
                        // A single text stands for a list of one.
                        let is_list =
                            member.starts_with("Allow") && *member != "AllowCredentials" || *member == "ExposeHeaders";
                        let value = if is_list && value.is_string() { json!([value]) } else { value.clone() };
                        if !value.is_null() {
                            members.insert((*member).to_owned(), value);
                        }
                    }
                    None => notes.left_out(format!("url.cors.{name}"), "a manifest has no such member"),
                }
            }
            url.insert("Cors".into(), Value::Object(members));
        }
        Value::Bool(true) => {
            notes.guessed("url.cors", "the framework's defaults for `cors: true`: look at what it deployed");
            let headers =
                ["Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token", "X-Amzn-Trace-Id"];
            url.insert("Cors".into(), json!({ "AllowOrigins": ["*"], "AllowHeaders": headers, "AllowMethods": ["*"] }));
        }
        _ => {}
    }
    if let Some(mode) = written["invokeMode"].as_str() {
        url.insert("InvokeMode".into(), json!(mode));
    }
    Some(Value::Object(url))
}
