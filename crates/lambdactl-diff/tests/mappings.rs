//! Event source mappings: which is which, what is a difference and what is none, what is done and what is left.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use lambdactl_diff::{Action, CurrentFunction, CurrentState, Found, FunctionPlan, PlanOptions, RefusalReason, plan};
use lambdactl_schema::{Beside, Call, CreateFunctionRequest, Desired, FunctionSpec, Kind, Slot};
use serde_json::{Map, Value, json};

const HOME: &str = "arn:aws:lambda:us-west-2:123456789012";
const QUEUE: &str = "arn:aws:sqs:us-west-2:123456789012:orders";
const FIFO: &str = "arn:aws:sqs:us-west-2:123456789012:orders.fifo";
const STREAM: &str = "arn:aws:kinesis:us-west-2:123456789012:stream/clicks";
const TABLE: &str = "arn:aws:dynamodb:us-west-2:123456789012:table/t/stream/2024-01-01T00:00:00.000";
const CLUSTER: &str = "arn:aws:kafka:us-west-2:123456789012:cluster/c/u";
const DATABASE: &str = "arn:aws:rds:us-west-2:123456789012:cluster:c";

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn spec(beside: Value) -> FunctionSpec {
    let request: CreateFunctionRequest = serde_json::from_value(json!({ "FunctionName": "f", "Runtime": "python3.13",
        "Handler": "a.b", "Role": "r", "Code": { "ImageUri": "i@sha256:0" } }))
    .unwrap();
    FunctionSpec { beside: Beside(map(beside)), ..FunctionSpec::of(request) }
}

/// One mapping of the function itself, under a label.
fn of(mapping: Value) -> FunctionSpec {
    spec(json!({ "EventSourceMappings": { "orders": mapping } }))
}

/// The same, of the alias `live`.
fn of_alias(mapping: Value) -> FunctionSpec {
    spec(json!({ "Aliases": { "live": { "FunctionVersion": "7", "EventSourceMappings": { "orders": mapping } } } }))
}

fn uuid(number: u32) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}

/// A mapping of the account, in the service's words.
fn there(number: u32, qualifier: Option<&str>, members: Value) -> (Slot, Value) {
    let arn = qualifier.map_or_else(|| format!("{HOME}:function:f"), |alias| format!("{HOME}:function:f:{alias}"));
    let mut answer = map(json!({ "UUID": uuid(number), "FunctionArn": arn, "State": "Enabled", "LastModified": 1.5,
        "EventSourceMappingArn": format!("{HOME}:event-source-mapping:{}", uuid(number)),
        "StateTransitionReason": "USER_INITIATED" }));
    answer.extend(map(members));
    let slot = Slot { qualifier: qualifier.map(str::to_owned), name: Some(uuid(number)) };
    (slot, Value::Object(answer))
}

fn current(mappings: Vec<(Slot, Value)>) -> CurrentFunction {
    let configuration = map(json!({ "FunctionName": "f", "FunctionArn": format!("{HOME}:function:f"),
        "Runtime": "python3.13", "Handler": "a.b", "Role": "r", "State": "Active", "RevisionId": "1" }));
    let alias = json!({ "Name": "live", "FunctionVersion": "7" });
    let aliases = Found::Things(BTreeMap::from([(Slot::function().named("live"), alias)]));
    let mappings = Found::Things(mappings.into_iter().collect());
    CurrentFunction {
        configuration,
        code: Some(map(json!({ "ImageUri": "i@sha256:0" }))),
        beside: BTreeMap::from([(Kind::Aliases, aliases), (Kind::EventSourceMappings, mappings)]),
        ..CurrentFunction::default()
    }
}

fn planned(spec: &FunctionSpec, mappings: Vec<(Slot, Value)>, options: &PlanOptions) -> FunctionPlan {
    let desired = Desired { functions: vec![spec.clone()], name: Some("ours".to_owned()), ..Desired::default() };
    let functions = BTreeMap::from([("f".to_owned(), current(mappings))]);
    plan(&desired, &CurrentState { functions, ..CurrentState::default() }, options).functions.pop().unwrap()
}

fn update() -> PlanOptions {
    PlanOptions { update: true, ..PlanOptions::default() }
}

fn prune() -> PlanOptions {
    PlanOptions { prune: true, ..PlanOptions::default() }
}

fn calls(plan: &FunctionPlan) -> Vec<Call> {
    match &plan.action {
        Action::Update(calls) => calls.clone(),
        _ => Vec::new(),
    }
}

fn sent(plan: &FunctionPlan) -> Vec<(&'static str, Option<String>, Value)> {
    let one = |call: &Call| (call.operation.name(), call.subject.id.clone(), Value::Object(call.members.clone()));
    calls(plan).iter().map(one).collect()
}

fn paths(plan: &FunctionPlan) -> Vec<&str> {
    plan.changes.iter().map(|change| change.path.as_str()).collect()
}

/// Answers of the service to mappings that say the least, as recorded; and what a manifest may say of each.
#[test]
fn what_the_service_fills_in_is_no_difference() {
    let stream = json!({ "EventSourceArn": STREAM, "BatchSize": 100, "BisectBatchOnFunctionError": false,
        "DestinationConfig": { "OnFailure": {} }, "FunctionResponseTypes": [], "LastProcessingResult": "No records processed",
        "MaximumBatchingWindowInSeconds": 0, "MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1,
        "ParallelizationFactor": 1, "StartingPosition": "TRIM_HORIZON", "TumblingWindowInSeconds": 0 });
    let kafka = json!({ "BatchSize": 100, "LastProcessingResult": "No records processed", "Topics": ["t"],
        "SelfManagedEventSource": { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["a:9092", "b:9092"] } },
        "SelfManagedKafkaEventSourceConfig": { "ConsumerGroupId": uuid(1) }, "StartingPosition": "TRIM_HORIZON",
        "SourceAccessConfigurations": [{ "Type": "BASIC_AUTH", "URI": "s" }, { "Type": "VPC_SUBNET", "URI": "subnet:s" }] });
    let servers = |servers: Value| json!({ "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": servers } });
    for (declared, answered) in [
        (
            json!({ "EventSourceArn": QUEUE, "Enabled": true, "FilterCriteria": { "Filters": [] }, "ScalingConfig": {},
                "KMSKeyArn": "", "MetricsConfig": { "Metrics": [] }, "FunctionResponseTypes": [] }),
            json!({ "EventSourceArn": QUEUE, "BatchSize": 10, "FunctionResponseTypes": [],
                "MaximumBatchingWindowInSeconds": 0, "State": "Creating" }),
        ),
        (
            // Members of other sources that an emulator answers are nobody's business.
            json!({ "EventSourceArn": FIFO, "BatchSize": 10 }),
            json!({ "EventSourceArn": FIFO, "MaximumRetryAttempts": 3, "ParallelizationFactor": 2 }),
        ),
        (json!({ "EventSourceArn": STREAM, "StartingPosition": "LATEST" }), stream.clone()),
        (
            json!({ "EventSourceArn": STREAM, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 5,
                "MaximumRetryAttempts": -1, "DestinationConfig": {}, "Enabled": true }),
            stream,
        ),
        (
            json!({ "EventSourceArn": TABLE, "StartingPosition": "LATEST", "Enabled": false, "BatchSize": 100 }),
            json!({ "EventSourceArn": TABLE, "StartingPosition": "LATEST", "State": "Disabled" }),
        ),
        (
            json!({ "SelfManagedEventSource": servers(json!(["b:9092", "a:9092"])), "Topics": ["t"],
                "SourceAccessConfigurations": [{ "URI": "subnet:s", "Type": "VPC_SUBNET" }, { "URI": "s", "Type": "BASIC_AUTH" }] }),
            kafka,
        ),
        (
            json!({ "EventSourceArn": QUEUE, "FilterCriteria": { "Filters": [{ "Pattern": { "body": { "a": ["x"], "b": [1] } } }] } }),
            json!({ "EventSourceArn": QUEUE, "FilterCriteria": { "Filters": [{ "Pattern": "{ \"body\": {\"b\": [1], \"a\": [\"x\"]} }" }] } }),
        ),
        (
            json!({ "EventSourceArn": DATABASE, "DocumentDBEventSourceConfig": { "DatabaseName": "d" } }),
            json!({ "EventSourceArn": DATABASE, "DocumentDBEventSourceConfig": { "DatabaseName": "d", "FullDocument": "Default" } }),
        ),
        (
            json!({ "EventSourceArn": CLUSTER, "Topics": ["t"], "AmazonManagedKafkaEventSourceConfig": {
                "SchemaRegistryConfig": { "SchemaRegistryURI": "https://r", "EventRecordFormat": "JSON" } } }),
            json!({ "EventSourceArn": CLUSTER, "Topics": ["t"], "AmazonManagedKafkaEventSourceConfig": { "ConsumerGroupId": "g",
                "SchemaRegistryConfig": { "SchemaRegistryURI": "https://r", "EventRecordFormat": "JSON" } } }),
        ),
        // While it is updated, whether it is enabled cannot be seen.
        (json!({ "EventSourceArn": QUEUE, "Enabled": false }), json!({ "EventSourceArn": QUEUE, "State": "Updating" })),
        (
            json!({ "EventSourceArn": QUEUE }),
            json!({ "EventSourceArn": QUEUE, "FunctionArn": format!("{HOME}:function:f:$LATEST") }),
        ),
    ] {
        let plan = planned(&of(declared.clone()), vec![there(1, None, answered)], &update());
        assert_eq!(plan.action, Action::Unchanged, "{declared}: {:?}", plan.changes);
    }
}

#[test]
fn what_is_missing_is_created_with_the_manifests_tag() {
    let mapping = json!({ "EventSourceArn": QUEUE, "BatchSize": 5, "Tags": { "team": "payments" },
        "FilterCriteria": { "Filters": [{ "Pattern": { "body": { "kind": ["created"] } } }] } });
    let plan = planned(&of(mapping.clone()), vec![], &PlanOptions::default());
    assert_eq!(paths(&plan), ["/EventSourceMappings/orders"]);
    assert_eq!(plan.changes[0].after, Some(mapping.clone()));
    let expected = json!({ "EventSourceArn": QUEUE, "BatchSize": 5, "FunctionName": "f",
        "Tags": { "team": "payments", "lambdactl:manifest": "ours" },
        "FilterCriteria": { "Filters": [{ "Pattern": "{\"body\":{\"kind\":[\"created\"]}}" }] } });
    assert_eq!(sent(&plan), [("CreateEventSourceMapping", None, expected)]);
    let plan = planned(&of_alias(json!({ "EventSourceArn": QUEUE })), vec![], &PlanOptions::default());
    assert_eq!(paths(&plan), ["/Aliases/live/EventSourceMappings/orders"]);
    assert_eq!(sent(&plan)[0].2["FunctionName"], "f:live");
    // An alias that is still to come is shown with what hangs on it.
    let mut spec = of_alias(json!({ "EventSourceArn": QUEUE }));
    let alias = spec.beside.0["Aliases"].as_object_mut().unwrap().shift_remove("live").unwrap();
    spec.beside.0["Aliases"]["new"] = alias;
    let plan = planned(&spec, vec![], &PlanOptions::default());
    assert_eq!(paths(&plan), ["/Aliases/new"]);
    let names: Vec<&str> = sent(&plan).iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, ["CreateAlias", "CreateEventSourceMapping"]);
    // One that is being deleted is there no more.
    let leaving = there(1, None, json!({ "EventSourceArn": QUEUE, "State": "Deleting" }));
    let plan = planned(&of(json!({ "EventSourceArn": QUEUE })), vec![leaving], &update());
    assert_eq!(sent(&plan)[0].0, "CreateEventSourceMapping");
}

/// Every member that differs is sent, and no other; every one that is left out is reset.
#[test]
fn only_what_differs_is_sent_and_what_is_left_out_is_reset() {
    let pattern = json!({ "Filters": [{ "Pattern": "{\"body\":{\"a\":[1]}}" }] });
    for (declared, answered, expected) in [
        (json!({ "BatchSize": 5 }), json!({ "BatchSize": 10 }), json!({ "BatchSize": 5 })),
        (json!({}), json!({ "BatchSize": 5 }), json!({ "BatchSize": 10 })),
        (json!({}), json!({ "State": "Disabled" }), json!({ "Enabled": true })),
        (json!({ "Enabled": false }), json!({}), json!({ "Enabled": false })),
        (json!({}), json!({ "FilterCriteria": pattern }), json!({ "FilterCriteria": {} })),
        (json!({}), json!({ "ScalingConfig": { "MaximumConcurrency": 5 } }), json!({ "ScalingConfig": {} })),
        (json!({}), json!({ "MaximumBatchingWindowInSeconds": 9 }), json!({ "MaximumBatchingWindowInSeconds": 0 })),
        (
            json!({}),
            json!({ "FunctionResponseTypes": ["ReportBatchItemFailures"] }),
            json!({ "FunctionResponseTypes": [] }),
        ),
        (
            json!({}),
            json!({ "MetricsConfig": { "Metrics": ["EventCount"] } }),
            json!({ "MetricsConfig": { "Metrics": [] } }),
        ),
        (json!({}), json!({ "KMSKeyArn": "arn:aws:kms:::key/k" }), json!({ "KMSKeyArn": "" })),
        (
            json!({ "FilterCriteria": { "Filters": [{ "Pattern": { "body": { "a": [2] } } }] } }),
            json!({ "FilterCriteria": pattern }),
            json!({ "FilterCriteria": { "Filters": [{ "Pattern": "{\"body\":{\"a\":[2]}}" }] } }),
        ),
        (
            json!({ "ScalingConfig": { "MaximumConcurrency": 7 } }),
            json!({ "ScalingConfig": { "MaximumConcurrency": 5 } }),
            json!({ "ScalingConfig": { "MaximumConcurrency": 7 } }),
        ),
        (
            json!({ "ProvisionedPollerConfig": { "MinimumPollers": 3 } }),
            json!({ "ProvisionedPollerConfig": { "MinimumPollers": 2, "MaximumPollers": 9 } }),
            json!({ "ProvisionedPollerConfig": { "MinimumPollers": 3, "MaximumPollers": 9 } }),
        ),
        (
            json!({ "KMSKeyArn": "arn:aws:kms:::key/k", "FilterCriteria": { "Filters": [{ "Pattern": "{\"body\":{\"a\":[1]}}" }] } }),
            json!({ "FilterCriteria": pattern }),
            json!({ "KMSKeyArn": "arn:aws:kms:::key/k", "FilterCriteria": pattern }),
        ),
    ] {
        let mut mapping = map(json!({ "EventSourceArn": QUEUE }));
        mapping.extend(map(declared.clone()));
        let mut answer = map(json!({ "EventSourceArn": QUEUE }));
        answer.extend(map(answered));
        let mapping = of(Value::Object(mapping));
        let mappings = || vec![there(1, None, Value::Object(answer.clone()))];
        let plan = planned(&mapping, mappings(), &update());
        assert_eq!(sent(&plan), [("UpdateEventSourceMapping", Some(uuid(1)), expected)], "{declared}");
        let drift = planned(&mapping, mappings(), &PlanOptions::default());
        assert_eq!((drift.action, paths(&plan)), (Action::Drift, paths(&plan)), "{declared}");
        assert!(plan.changes.iter().all(|change| change.path.starts_with("/EventSourceMappings/orders/")));
    }
    // Of streams there are more defaults.
    let stream = json!({ "EventSourceArn": STREAM, "StartingPosition": "LATEST" });
    let set = json!({ "EventSourceArn": STREAM, "ParallelizationFactor": 2, "MaximumRetryAttempts": 3,
        "MaximumRecordAgeInSeconds": 60, "BisectBatchOnFunctionError": true, "TumblingWindowInSeconds": 5,
        "DestinationConfig": { "OnFailure": { "Destination": QUEUE } } });
    let plan = planned(&of(stream), vec![there(1, None, set)], &update());
    let reset = json!({ "ParallelizationFactor": 1, "MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": false, "TumblingWindowInSeconds": 0, "DestinationConfig": {} });
    assert_eq!(sent(&plan)[0].2, reset);
}

#[test]
fn mappings_are_told_apart_by_source_and_part() {
    let two = spec(json!({ "EventSourceMappings": {
        "0": { "EventSourceArn": QUEUE, "BatchSize": 1 },
        "1": { "EventSourceArn": CLUSTER, "Topics": ["a"], "StartingPosition": "LATEST" },
        "2": { "EventSourceArn": CLUSTER, "Topics": ["b"], "StartingPosition": "LATEST", "BatchSize": 7 },
    } }));
    let mappings = vec![
        there(1, None, json!({ "EventSourceArn": CLUSTER, "Topics": ["b"] })),
        there(2, None, json!({ "EventSourceArn": CLUSTER, "Topics": ["a"] })),
        there(3, None, json!({ "EventSourceArn": QUEUE })),
    ];
    let plan = planned(&two, mappings, &update());
    assert_eq!(
        sent(&plan),
        [
            ("UpdateEventSourceMapping", Some(uuid(3)), json!({ "BatchSize": 1 })),
            ("UpdateEventSourceMapping", Some(uuid(1)), json!({ "BatchSize": 7 })),
        ]
    );
}

#[test]
fn one_that_is_under_another_name_moves() {
    let plan = planned(
        &of_alias(json!({ "EventSourceArn": QUEUE })),
        vec![there(1, None, json!({ "EventSourceArn": QUEUE }))],
        &update(),
    );
    assert_eq!(paths(&plan), ["/Aliases/live/EventSourceMappings/orders/FunctionName"]);
    assert_eq!((&plan.changes[0].before, &plan.changes[0].after), (&Some(json!("f")), &Some(json!("f:live"))));
    assert_eq!(sent(&plan), [("UpdateEventSourceMapping", Some(uuid(1)), json!({ "FunctionName": "f:live" }))]);
    // It is not taken away where it was, although nothing must be there.
    let moved = spec(json!({ "EventSourceMappings": null,
        "Aliases": { "live": { "FunctionVersion": "7", "EventSourceMappings": { "a": { "EventSourceArn": QUEUE } } } } }));
    let both = PlanOptions { update: true, prune: true, ..PlanOptions::default() };
    let plan = planned(&moved, vec![there(1, None, json!({ "EventSourceArn": QUEUE }))], &both);
    assert_eq!(sent(&plan), [("UpdateEventSourceMapping", Some(uuid(1)), json!({ "FunctionName": "f:live" }))]);
    // Where both names have one, both stay.
    let both = vec![
        there(1, None, json!({ "EventSourceArn": QUEUE })),
        there(2, Some("live"), json!({ "EventSourceArn": QUEUE })),
    ];
    assert_eq!(planned(&of_alias(json!({ "EventSourceArn": QUEUE })), both, &update()).action, Action::Unchanged);
}

#[test]
fn several_of_one_source_are_an_error_that_a_uuid_decides() {
    let two =
        || vec![there(1, None, json!({ "EventSourceArn": QUEUE })), there(2, None, json!({ "EventSourceArn": QUEUE }))];
    let plan = planned(&of(json!({ "EventSourceArn": QUEUE })), two(), &PlanOptions::default());
    let Action::Refused(refusal) = plan.action else { panic!("{plan:?}") };
    assert_eq!(refusal.reason, RefusalReason::Unclear);
    assert!(refusal.message.contains(&uuid(1)) && refusal.message.contains(&uuid(2)), "{}", refusal.message);
    let one = json!({ "EventSourceArn": QUEUE, "UUID": uuid(2).to_uppercase(), "BatchSize": 3 });
    let plan = planned(&of(one), two(), &update());
    assert_eq!(sent(&plan), [("UpdateEventSourceMapping", Some(uuid(2)), json!({ "BatchSize": 3 }))]);
    for (mapping, why) in [
        (json!({ "EventSourceArn": QUEUE, "UUID": uuid(3) }), "there is none"),
        (json!({ "EventSourceArn": STREAM, "StartingPosition": "LATEST", "UUID": uuid(1) }), "it is of another source"),
    ] {
        let plan = planned(&of(mapping), two(), &update());
        assert!(matches!(plan.action, Action::Refused(_)), "{why}: {plan:?}");
    }
}

#[test]
fn what_cannot_be_changed_is_made_anew_and_what_cannot_be_reset_stays() {
    let kafka = |group: Option<&str>, servers: &[&str]| {
        let mut mapping = json!({ "SelfManagedEventSource": { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": servers } },
            "Topics": ["t"], "SourceAccessConfigurations": [{ "Type": "BASIC_AUTH", "URI": "s" }] });
        if let Some(group) = group {
            mapping["SelfManagedKafkaEventSourceConfig"] = json!({ "ConsumerGroupId": group });
        }
        mapping
    };
    for (declared, answered) in [
        (kafka(Some("new"), &["a:1"]), kafka(Some("old"), &["a:1"])),
        (kafka(None, &["a:1", "c:1"]), kafka(Some("old"), &["a:1", "b:1"])),
    ] {
        let there = || vec![there(1, None, answered.clone())];
        let plan = planned(&of(declared.clone()), there(), &update());
        let names: Vec<&str> = sent(&plan).iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, ["DeleteEventSourceMapping", "CreateEventSourceMapping"]);
        assert_eq!(sent(&plan)[1].2["Topics"], json!(["t"]));
        assert!(plan.notes.iter().any(|note| note.contains("deleted and created again")), "{:?}", plan.notes);
        // A protected function keeps it.
        let protected = FunctionSpec { protect: true, ..of(declared) };
        let plan = planned(&protected, there(), &update());
        assert_eq!(plan.action, Action::Drift, "{plan:?}");
        assert!(plan.notes.iter().any(|note| note.contains("protected")), "{:?}", plan.notes);
    }
    let logging = json!({ "EventSourceArn": CLUSTER, "Topics": ["t"], "LoggingConfig": { "SystemLogLevel": "DEBUG" },
        "MaximumBatchingWindowInSeconds": 5 });
    let plain = of(json!({ "EventSourceArn": CLUSTER, "Topics": ["t"], "StartingPosition": "LATEST" }));
    let plan = planned(&plain, vec![there(1, None, logging)], &update());
    assert_eq!(plan.action, Action::Unchanged);
    assert_eq!(plan.notes.iter().filter(|note| note.contains("stays as it is")).count(), 2, "{:?}", plan.notes);
}

#[test]
fn only_the_manifests_own_are_pruned_and_those_that_must_not_be_there() {
    let tagged = |number: u32, qualifier: Option<&str>, owner: &str| {
        there(
            number,
            qualifier,
            json!({ "EventSourceArn": format!("{QUEUE}{number}"), "Tags": { "lambdactl:manifest": owner } }),
        )
    };
    let mappings = || {
        vec![
            tagged(1, None, "ours"),
            tagged(2, None, "theirs"),
            there(3, None, json!({ "EventSourceArn": format!("{QUEUE}3"), "Tags": {} })),
            tagged(4, Some("live"), "ours"),
            there(5, None, json!({ "EventSourceArn": format!("{QUEUE}5"), "Tags": "AccessDenied" })),
        ]
    };
    let empty = spec(json!({ "EventSourceMappings": {} }));
    let plan = planned(&empty, mappings(), &PlanOptions::default());
    assert_eq!((plan.action.clone(), plan.undeclared.len()), (Action::Unchanged, 4), "{plan:?}");
    let plan = planned(&empty, mappings(), &prune());
    assert_eq!(sent(&plan), [("DeleteEventSourceMapping", Some(uuid(1)), json!({}))]);
    assert_eq!(paths(&plan), [format!("/EventSourceMappings/{}", uuid(1))]);
    assert!(plan.notes.iter().any(|note| note.contains(&uuid(5)) && note.contains("AccessDenied")), "{:?}", plan.notes);
    let none = spec(json!({ "EventSourceMappings": null }));
    assert_eq!(planned(&none, mappings(), &update()).action, Action::Drift);
    let plan = planned(&none, mappings(), &prune());
    assert_eq!(plan.changes.len(), 4);
    assert!(calls(&plan).iter().all(|call| call.operation.name() == "DeleteEventSourceMapping"));
    // Protected, it keeps them.
    let protected = FunctionSpec { protect: true, ..none };
    assert_eq!(planned(&protected, mappings(), &prune()).action, Action::Drift);
    // Without the key nothing is looked at.
    assert_eq!(planned(&spec(json!({})), mappings(), &prune()).action, Action::Unchanged);
}

#[test]
fn tags_are_compared_where_they_are_declared() {
    let there = |tags: Value| vec![there(1, None, json!({ "EventSourceArn": QUEUE, "Tags": tags }))];
    let of = |tags: Value| of(json!({ "EventSourceArn": QUEUE, "Tags": tags }));
    let same = json!({ "a": "1", "aws:cloudformation:stack": "s", "lambdactl:manifest": "ours" });
    assert_eq!(planned(&of(json!({ "a": "1" })), there(same), &update()).action, Action::Unchanged);
    let plan = planned(&of(json!({ "a": "2", "c": "3" })), there(json!({ "a": "1", "b": "1" })), &update());
    let arn = Some(format!("{HOME}:event-source-mapping:{}", uuid(1)));
    assert_eq!(
        sent(&plan),
        [
            ("UntagResource", arn.clone(), json!({ "tagKeys": ["b"] })),
            ("TagResource", arn, json!({ "Tags": { "a": "2", "c": "3" } })),
        ]
    );
    let plan = planned(&of(json!({ "a": "1" })), there(json!("AccessDenied")), &update());
    assert!(plan.is_partly_compared && plan.action == Action::Unchanged, "{plan:?}");
}

#[test]
fn what_belongs_to_others_is_as_it_is() {
    let ignoring = |pointer: &str, mapping: Value| FunctionSpec { ignore: vec![pointer.to_owned()], ..of(mapping) };
    let disabled = || vec![there(1, None, json!({ "EventSourceArn": QUEUE, "State": "Disabled", "BatchSize": 3 }))];
    let plan = planned(
        &ignoring("/EventSourceMappings/orders/Enabled", json!({ "EventSourceArn": QUEUE })),
        disabled(),
        &update(),
    );
    assert_eq!(sent(&plan), [("UpdateEventSourceMapping", Some(uuid(1)), json!({ "BatchSize": 10 }))]);
    assert_eq!(plan.ignored.len(), 1);
    for pointer in ["/EventSourceMappings", "/EventSourceMappings/orders"] {
        let plan = planned(&ignoring(pointer, json!({ "EventSourceArn": QUEUE })), disabled(), &update());
        assert_eq!(plan.action, Action::Unchanged, "{pointer}");
        let plan = planned(&ignoring(pointer, json!({ "EventSourceArn": QUEUE })), vec![], &update());
        assert_eq!(plan.action, Action::Unchanged, "{pointer}");
    }
    let pollers =
        json!({ "EventSourceArn": QUEUE, "ProvisionedPollerConfig": { "MinimumPollers": 5, "MaximumPollers": 9 } });
    let ignored = ignoring(
        "/EventSourceMappings/orders/ProvisionedPollerConfig/MinimumPollers",
        json!({ "EventSourceArn": QUEUE, "ProvisionedPollerConfig": { "MinimumPollers": 2, "MaximumPollers": 7 } }),
    );
    let plan = planned(&ignored, vec![there(1, None, pollers)], &update());
    assert_eq!(sent(&plan)[0].2, json!({ "ProvisionedPollerConfig": { "MinimumPollers": 5, "MaximumPollers": 7 } }));
}

#[test]
fn what_the_service_says_of_a_mapping_is_passed_on() {
    let queue = of(json!({ "EventSourceArn": QUEUE }));
    let problem =
        json!({ "EventSourceArn": QUEUE, "State": "Disabled", "StateTransitionReason": "The queue was deleted" });
    let plan = planned(&queue, vec![there(1, None, problem)], &PlanOptions::default());
    assert!(plan.notes.iter().any(|note| note.contains("The queue was deleted")), "{:?}", plan.notes);
    let problem = json!({ "EventSourceArn": QUEUE, "LastProcessingResult": "PROBLEM: Function call failed" });
    let plan = planned(&queue, vec![there(1, None, problem)], &PlanOptions::default());
    assert!(
        plan.action == Action::Unchanged && plan.notes.iter().any(|note| note.contains("PROBLEM")),
        "{:?}",
        plan.notes
    );
    let encrypted = json!({ "EventSourceArn": QUEUE, "KMSKeyArn": "arn:aws:kms:::key/k" });
    let filters = json!({ "Filters": [{ "Pattern": { "body": { "secret": ["x"] } } }] });
    let mapping = json!({ "EventSourceArn": QUEUE, "KMSKeyArn": "arn:aws:kms:::key/k", "FilterCriteria": filters });
    let plan = planned(&of(mapping.clone()), vec![there(1, None, encrypted)], &update());
    assert!(plan.action == Action::Unchanged && plan.is_partly_compared, "{plan:?}");
    // What a key encrypts is not shown either.
    let plan = planned(&of(mapping), vec![], &update());
    assert!(!format!("{:?}", plan.changes).contains("secret"), "{:?}", plan.changes);
}

#[test]
fn what_is_declared_of_an_account_is_no_difference_to_it() {
    let kafka = json!({ "BatchSize": 100, "Topics": ["t"], "StartingPosition": "TRIM_HORIZON",
        "SelfManagedEventSource": { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["a:9092"] } },
        "SelfManagedKafkaEventSourceConfig": { "ConsumerGroupId": uuid(4) },
        "SourceAccessConfigurations": [{ "Type": "BASIC_AUTH", "URI": "s" }] });
    let filtered = json!({ "EventSourceArn": QUEUE, "State": "Disabled", "BatchSize": 10, "FunctionResponseTypes": [],
        "FilterCriteria": { "Filters": [{ "Pattern": "{\"body\":{\"a\":[1]}}" }] },
        "Tags": { "team": "a", "aws:x": "y", "lambdactl:manifest": "ours" } });
    let mappings = || {
        vec![
            there(1, None, filtered.clone()),
            there(
                2,
                None,
                json!({ "EventSourceArn": STREAM, "BatchSize": 50, "MaximumRetryAttempts": -1, "StartingPosition": "LATEST" }),
            ),
            there(3, Some("live"), json!({ "EventSourceArn": QUEUE })),
            there(4, None, kafka.clone()),
            there(5, None, json!({ "EventSourceArn": FIFO })),
            there(6, None, json!({ "EventSourceArn": FIFO })),
        ]
    };
    let state =
        CurrentState { functions: BTreeMap::from([("f".to_owned(), current(mappings()))]), ..CurrentState::default() };
    let declared = lambdactl_diff::declaration(&state.functions["f"]).members;
    let expected = json!([
        { "EventSourceArn": QUEUE, "Enabled": false, "FilterCriteria": { "Filters": [{ "Pattern": { "body": { "a": [1] } } }] }, "Tags": { "team": "a" } },
        { "EventSourceArn": STREAM, "BatchSize": 50, "StartingPosition": "LATEST" },
        { "SelfManagedEventSource": kafka["SelfManagedEventSource"], "Topics": ["t"], "StartingPosition": "TRIM_HORIZON", "SourceAccessConfigurations": kafka["SourceAccessConfigurations"] },
        { "UUID": uuid(5), "EventSourceArn": FIFO },
        { "UUID": uuid(6), "EventSourceArn": FIFO },
    ]);
    assert_eq!(declared["EventSourceMappings"], expected);
    assert_eq!(declared["Aliases"]["live"]["EventSourceMappings"], json!([{ "EventSourceArn": QUEUE }]));
    // Read as a manifest, lists are maps from their indices.
    let labelled = |list: &Value| -> Value {
        list.as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(index, one)| (index.to_string(), one.clone()))
            .collect::<Map<_, _>>()
            .into()
    };
    let beside = json!({ "EventSourceMappings": labelled(&declared["EventSourceMappings"]),
        "Aliases": { "live": { "FunctionVersion": "7", "EventSourceMappings": labelled(&declared["Aliases"]["live"]["EventSourceMappings"]) } } });
    let plan = planned(&spec(beside), mappings(), &update());
    assert_eq!(plan.action, Action::Unchanged, "{:?}", plan.changes);
}

#[test]
fn what_was_shown_covers_what_is_left_of_it_and_nothing_else() {
    let queue = of(json!({ "EventSourceArn": QUEUE, "BatchSize": 5 }));
    let left = || vec![there(1, None, json!({ "EventSourceArn": QUEUE, "BatchSize": 9 }))];
    // Shown as one to come, found as somebody left it.
    let coming = planned(&queue, vec![], &PlanOptions::default());
    let found = planned(&queue, left(), &update());
    assert!(coming.covers(&found) && found.covers(&found));
    // The other way round it is another thing than was shown: nobody saw that it comes, unless it was to be made anew.
    let other = of(json!({ "EventSourceArn": STREAM, "StartingPosition": "LATEST" }));
    assert!(
        !planned(&other, vec![there(1, None, json!({ "EventSourceArn": STREAM, "BatchSize": 100 }))], &update())
            .covers(&coming)
    );
    let group = |group: &str| {
        json!({ "SelfManagedEventSource": { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["a:1"] } },
        "Topics": ["t"], "SelfManagedKafkaEventSourceConfig": { "ConsumerGroupId": group } })
    };
    let renewed = planned(&of(group("new")), vec![there(1, None, group("old"))], &update());
    assert!(renewed.covers(&planned(&of(group("new")), vec![], &update())));
}
