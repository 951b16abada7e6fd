//! What stands beside a function: what is a difference and what is none, what is done and what is left.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use lambdactl_diff::{
    Action, CurrentFunction, CurrentState, Found, FunctionPlan, Newest, PlanOptions, PublishedVersion, RefusalReason,
    Tags, Unsettled, is_created_by, plan,
};
use lambdactl_schema::{Beside, CreateFunctionRequest, Desired, FunctionSpec, Kind, Slot};
use serde_json::{Map, Value, json};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// A function that is as its manifest says, apart from what stands beside it.
fn spec(beside: Value, more: Value) -> FunctionSpec {
    let mut request = map(json!({ "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "r",
        "Code": { "ImageUri": "i@sha256:0" } }));
    request.extend(map(more));
    let request: CreateFunctionRequest = serde_json::from_value(Value::Object(request)).unwrap();
    FunctionSpec { beside: Beside(map(beside)), ..FunctionSpec::of(request) }
}

/// The same function in the account, with version 7 as its newest.
fn current(beside: Vec<(Kind, Found)>) -> CurrentFunction {
    let configuration =
        map(json!({ "FunctionName": "f", "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "Runtime": "python3.13", "Handler": "a.b", "Role": "r", "State": "Active", "RevisionId": "1" }));
    let code = map(json!({ "ImageUri": "i@sha256:0" }));
    let newest = PublishedVersion {
        number: "7".into(),
        configuration: configuration.clone(),
        health: lambdactl_diff::Health::Ready,
    };
    CurrentFunction {
        configuration,
        code: Some(code),
        newest: Newest::Version(Box::new(newest)),
        beside: beside.into_iter().collect(),
        ..CurrentFunction::default()
    }
}

fn one(qualifier: Option<&str>, name: Option<&str>, value: Value) -> Found {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Found::Things(BTreeMap::from([(Slot { qualifier: text(qualifier), name: text(name) }, value)]))
}

fn planned(spec: &FunctionSpec, current: &CurrentFunction, options: &PlanOptions) -> FunctionPlan {
    let desired = Desired { functions: vec![spec.clone()], ..Desired::default() };
    let state =
        CurrentState { functions: BTreeMap::from([("f".to_owned(), current.clone())]), ..CurrentState::default() };
    plan(&desired, &state, options).functions.pop().unwrap()
}

fn update() -> PlanOptions {
    PlanOptions { update: true, ..PlanOptions::default() }
}

fn prune() -> PlanOptions {
    PlanOptions { prune: true, ..PlanOptions::default() }
}

fn operations(plan: &FunctionPlan) -> Vec<&'static str> {
    match &plan.action {
        Action::Update(calls) => calls.iter().map(|call| call.operation.name()).collect(),
        _ => Vec::new(),
    }
}

fn alias(value: Value) -> Value {
    json!({ "Aliases": { "live": value } })
}

#[test]
fn absent_weights_are_kept_until_the_alias_moves() {
    let weighted = json!({ "FunctionVersion": "6", "Description": "", "RevisionId": "a",
        "RoutingConfig": { "AdditionalVersionWeights": { "7": 0.1 } } });
    let there = current(vec![(Kind::Aliases, one(None, Some("live"), weighted))]);
    let same = planned(&spec(alias(json!({ "FunctionVersion": "6" })), json!({})), &there, &update());
    assert_eq!(same.action, Action::Unchanged);
    // Weights that are written are compared, with a tolerance.
    let written = json!({ "FunctionVersion": "6",
        "RoutingConfig": { "AdditionalVersionWeights": { "published": 0.1_f64 + 1e-12 } } });
    assert_eq!(planned(&spec(alias(written), json!({})), &there, &update()).action, Action::Unchanged);
    let moved = planned(&spec(alias(json!({ "FunctionVersion": "published" })), json!({})), &there, &update());
    let Action::Update(calls) = &moved.action else { panic!("{moved:?}") };
    assert_eq!(
        calls[0].members,
        map(json!({ "FunctionVersion": "7", "Description": "", "RoutingConfig": {}, "RevisionId": "a" }))
    );
    let paths: Vec<&str> = moved.changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(paths, ["/Aliases/live/FunctionVersion", "/Aliases/live/RoutingConfig/AdditionalVersionWeights/7"]);
}

#[test]
fn weights_of_the_service_itself_are_no_difference_while_instances_move() {
    let moving = json!({ "FunctionVersion": "7", "RoutingConfig": { "AdditionalVersionWeights": { "6": 1.0 } } });
    let state = |status: &str| json!({ "RequestedProvisionedConcurrentExecutions": 5, "Status": status, "StatusReason": "FUNCTION_ERROR_INIT_FAILURE" });
    let declared = alias(json!({ "FunctionVersion": "7", "RoutingConfig": {}, "ProvisionedConcurrentExecutions": 5 }));
    let there = |status: &str| {
        current(vec![
            (Kind::Aliases, one(None, Some("live"), moving.clone())),
            (Kind::ProvisionedConcurrency, one(Some("live"), None, state(status))),
        ])
    };
    let plan = planned(&spec(declared.clone(), json!({})), &there("IN_PROGRESS"), &update());
    assert_eq!(plan.action, Action::Unchanged);
    assert_eq!(plan.unsettled, [Unsettled::Provisioned("live".to_owned())]);
    let plan = planned(&spec(declared.clone(), json!({})), &there("READY"), &update());
    assert_eq!(operations(&plan), ["UpdateAlias"]);
    let plan = planned(&spec(declared, json!({})), &there("FAILED"), &PlanOptions::default());
    assert!(plan.notes.iter().any(|note| note.contains("FUNCTION_ERROR_INIT_FAILURE")), "{:?}", plan.notes);
}

#[test]
fn newest_version_needs_one() {
    let declared = alias(json!({ "FunctionVersion": "published" }));
    let mut bare = current(vec![(Kind::Aliases, Found::nothing())]);
    bare.newest = Newest::None;
    let refused = planned(&spec(declared.clone(), json!({})), &bare, &PlanOptions::default());
    assert!(
        matches!(&refused.action, Action::Refused(refusal) if refusal.reason == RefusalReason::NoVersion),
        "{refused:?}"
    );
    // With `Publish: true` the missing alias is reason enough to publish one, and plain apply creates what is missing.
    let publishing = planned(&spec(declared.clone(), json!({ "Publish": true })), &bare, &PlanOptions::default());
    assert_eq!(operations(&publishing), ["PublishVersion", "CreateAlias"]);
    assert!(publishing.left.is_empty(), "{:?}", publishing.left);

    bare.newest = Newest::Unknown("AccessDenied".into());
    let unread = planned(&spec(declared.clone(), json!({})), &bare, &update());
    assert!(unread.is_partly_compared && operations(&unread).is_empty(), "{unread:?}");

    let desired = Desired { functions: vec![spec(declared, json!({}))], ..Desired::default() };
    let new = plan(&desired, &CurrentState::default(), &PlanOptions::default()).functions.pop().unwrap();
    assert!(matches!(&new.action, Action::Refused(refusal) if refusal.reason == RefusalReason::NoVersion), "{new:?}");
}

#[test]
fn ignore_reaches_in_and_calls_keep_what_is_someone_elses() {
    let url =
        json!({ "AuthType": "NONE", "InvokeMode": "BUFFERED", "Cors": { "AllowOrigins": ["https://a"], "MaxAge": 5 } });
    let there = current(vec![(Kind::Urls, one(None, None, url))]);
    let declared = json!({ "FunctionUrlConfig": { "AuthType": "AWS_IAM", "Cors": { "AllowOrigins": ["https://b"], "MaxAge": 9 } } });
    let ignoring = |pointers: &[&str]| FunctionSpec {
        ignore: pointers.iter().map(|pointer| (*pointer).to_owned()).collect(),
        ..spec(declared.clone(), json!({}))
    };
    let plan = planned(&ignoring(&["/FunctionUrlConfig/Cors/MaxAge"]), &there, &update());
    let Action::Update(calls) = &plan.action else { panic!("{plan:?}") };
    assert_eq!(calls[0].members["Cors"], json!({ "AllowOrigins": ["https://b"], "MaxAge": 5 }));
    assert_eq!(plan.ignored.len(), 1, "{:?}", plan.ignored);
    let plan = planned(&ignoring(&["/FunctionUrlConfig"]), &there, &update());
    assert_eq!(plan.action, Action::Unchanged);
    assert!(!plan.ignored.is_empty());

    // The instances of an alias that a scaling policy sets.
    let scaled = current(vec![
        (Kind::Aliases, one(None, Some("warm"), json!({ "FunctionVersion": "7" }))),
        (
            Kind::ProvisionedConcurrency,
            one(Some("warm"), None, json!({ "RequestedProvisionedConcurrentExecutions": 40, "Status": "READY" })),
        ),
    ]);
    let warm = json!({ "Aliases": { "warm": { "FunctionVersion": "7", "ProvisionedConcurrentExecutions": 5 } } });
    let ignoring =
        FunctionSpec { ignore: vec!["/Aliases/warm/ProvisionedConcurrentExecutions".into()], ..spec(warm, json!({})) };
    assert_eq!(planned(&ignoring, &scaled, &update()).action, Action::Unchanged);
}

#[test]
fn what_goes_goes_with_prune_alone_and_not_from_a_protected_function() {
    let there = current(vec![
        (Kind::Aliases, one(None, Some("old"), json!({ "FunctionVersion": "3" }))),
        (Kind::Urls, one(None, None, json!({ "AuthType": "AWS_IAM" }))),
        (Kind::Permissions, one(None, Some("s"), json!({ "Principal": { "Service": "s3.amazonaws.com" } }))),
    ]);
    let nothing = json!({ "Aliases": null, "FunctionUrlConfig": null, "Permissions": { "s": null } });
    let plain = spec(nothing, json!({}));
    assert_eq!(planned(&plain, &there, &update()).action, Action::Drift);
    let plan = planned(&plain, &there, &prune());
    assert_eq!(operations(&plan), ["DeleteFunctionUrlConfig", "RemovePermission", "DeleteAlias"]);
    let kept = planned(&FunctionSpec { protect: true, ..plain.clone() }, &there, &prune());
    assert_eq!(operations(&kept), ["RemovePermission"]);
    assert_eq!(kept.left, ["/Aliases/old", "/FunctionUrlConfig"]);
    assert!(kept.notes.iter().any(|note| note.contains("protected")), "{:?}", kept.notes);
}

#[test]
fn old_versions_go_but_for_those_that_something_needs() {
    let versions =
        Found::Things((1..=9).map(|number: u32| (Slot::function().named(number.to_string()), Value::Null)).collect());
    let aliases = Found::Things(BTreeMap::from([
        (
            Slot::function().named("live"),
            json!({ "FunctionVersion": "2", "RoutingConfig": { "AdditionalVersionWeights": { "4": 0.5 } } }),
        ),
        (Slot::function().named("next"), json!({ "FunctionVersion": "5" })),
    ]));
    let provisioned = one(Some("3"), None, json!({ "RequestedProvisionedConcurrentExecutions": 1 }));
    let mut there = current(vec![
        (Kind::OldVersions, versions),
        (Kind::Aliases, aliases),
        (Kind::ProvisionedConcurrency, provisioned),
    ]);
    let keep = |more: Value| {
        let mut beside = map(json!({ "versions": { "keep": 3 } }));
        beside.extend(map(more));
        spec(Value::Object(beside), json!({}))
    };
    let gone = |plan: &FunctionPlan| -> Vec<String> {
        let Action::Update(calls) = &plan.action else { return Vec::new() };
        calls.iter().filter_map(|call| call.subject.qualifier.clone()).collect()
    };
    assert_eq!(planned(&keep(json!({})), &there, &update()).action, Action::Unchanged);
    let plan = planned(&keep(json!({})), &there, &prune());
    // 7, 8 and 9 are the newest; aliases name 2, 4 and 5; 3 has instances.
    assert_eq!(gone(&plan), ["1", "6"]);
    assert!(plan.notes.iter().any(|note| note.starts_with("2 of 9")), "{:?}", plan.notes);
    // An alias that moves away in the same apply no longer needs its version.
    let moving = keep(json!({ "Aliases": { "next": { "FunctionVersion": "9" } } }));
    let both = PlanOptions { update: true, prune: true, ..PlanOptions::default() };
    assert_eq!(gone(&planned(&moving, &there, &both)), ["1", "5", "6"]);
    // What cannot be read may need any.
    there.beside.insert(Kind::Aliases, Found::Unknown("AccessDenied".into()));
    let plan = planned(&keep(json!({})), &there, &prune());
    assert!(plan.is_partly_compared && gone(&plan).is_empty(), "{plan:?}");
}

#[test]
fn unfinished_creation_goes_on_without_being_asked() {
    let declared = json!({ "RecursiveLoop": "Allow", "ReservedConcurrentExecutions": 5 });
    let mut there = current(vec![
        (Kind::Recursion, Found::one(json!("Terminate"))),
        (Kind::ReservedConcurrency, Found::one(json!(5))),
    ]);
    assert_eq!(planned(&spec(declared.clone(), json!({})), &there, &PlanOptions::default()).action, Action::Drift);
    there.tags = Tags::Known(BTreeMap::from([("lambdactl:creating".to_owned(), "true".to_owned())]));
    let plan = planned(&spec(declared, json!({})), &there, &PlanOptions::default());
    assert_eq!(operations(&plan), ["PutFunctionRecursionConfig", "UntagResource"]);
    // Killed right before the tag was taken off.
    let plan = planned(&spec(json!({}), json!({})), &there, &PlanOptions::default());
    assert_eq!(operations(&plan), ["UntagResource"]);
}

#[test]
fn public_url_is_told_by_statements_and_not_by_their_ids() {
    let statement = |action: &str, condition: Value| json!({ "Effect": "Allow", "Principal": "*", "Action": action, "Condition": condition });
    let first =
        statement("lambda:InvokeFunctionUrl", json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } }));
    let second = statement("lambda:InvokeFunction", json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } }));
    let slot = |name: &str| Slot::of("live").named(name);
    let there = |statements: &[(&str, &Value)]| {
        let policy = statements.iter().map(|(name, statement)| (slot(name), (*statement).clone())).collect();
        current(vec![
            (Kind::Aliases, one(None, Some("live"), json!({ "FunctionVersion": "7" }))),
            (Kind::Urls, one(Some("live"), None, json!({ "AuthType": "NONE" }))),
            (Kind::Permissions, Found::Things(policy)),
        ])
    };
    let declared = |public: bool| {
        spec(
            alias(json!({ "FunctionVersion": "7", "FunctionUrlConfig": { "AuthType": "NONE", "public": public } })),
            json!({}),
        )
    };
    let both = there(&[("mine", &first), ("sam", &second)]);
    assert_eq!(planned(&declared(true), &both, &update()).action, Action::Unchanged);
    assert!(planned(&declared(true), &both, &update()).undeclared.is_empty());
    let half = planned(&declared(true), &there(&[("mine", &first)]), &update());
    assert_eq!(operations(&half), ["AddPermission"]);
    assert!(half.notes.iter().any(|note| note.starts_with("PUBLIC: ")), "{:?}", half.notes);
    assert_eq!(operations(&planned(&declared(false), &both, &update())), ["RemovePermission", "RemovePermission"]);
    assert_eq!(planned(&declared(false), &there(&[]), &update()).action, Action::Unchanged);
}

#[test]
fn what_cannot_be_read_is_said_and_not_compared() {
    let there = current(vec![(Kind::Recursion, Found::Unknown("AccessDeniedException".into()))]);
    let plan = planned(&spec(json!({ "RecursiveLoop": "Allow" }), json!({})), &there, &update());
    assert_eq!(plan.action, Action::Unchanged);
    assert!(plan.is_partly_compared && plan.notes[0].contains("AccessDeniedException"), "{plan:?}");
    // What nobody read is not compared either: no key of it was asked for.
    let plan = planned(&spec(json!({ "RecursiveLoop": "Allow" }), json!({})), &current(Vec::new()), &update());
    assert!(plan.action == Action::Unchanged && !plan.is_partly_compared, "{plan:?}");
}

#[test]
fn creation_that_another_run_has_finished_is_the_same_one() {
    let mut request = spec(json!({}), json!({})).request;
    request.tags = Some(BTreeMap::from([("lambdactl:creating".to_owned(), "true".to_owned())]));
    let mut there = current(Vec::new());
    assert!(is_created_by(&request, None, &there), "the tag is off by now");
    there.tags = Tags::Known(request.tags.clone().unwrap());
    assert!(is_created_by(&request, None, &there), "it is still there");
    there.configuration.insert("Handler".into(), json!("c.d"));
    assert!(!is_created_by(&request, None, &there), "it is another function");
}

#[test]
fn calls_send_the_manifests_own_words() {
    let there = current(vec![
        (Kind::Urls, Found::nothing()),
        (Kind::Permissions, Found::nothing()),
        (Kind::EventInvoke, Found::nothing()),
    ]);
    let declared = json!({
        "EventInvokeConfig": { "MaximumRetryAttempts": 0, "DestinationConfig": { "OnFailure": { "Destination": "q" } } },
        "FunctionUrlConfig": { "AuthType": "AWS_IAM", "Cors": { "AllowOrigins": ["https://b", "https://a"], "AllowHeaders": ["X-B", "X-A"] } },
        "Permissions": {
            "skill": { "Principal": "alexa-appkit.amazon.com", "EventSourceToken": "amzn1" },
            "root": { "Principal": "arn:aws:iam::210987654321:root", "InvokedViaFunctionUrl": false }
        }
    });
    let plan = planned(&spec(declared, json!({})), &there, &update());
    let Action::Update(calls) = &plan.action else { panic!("{plan:?}") };
    let bodies: Vec<Value> = calls.iter().map(|call| Value::Object(call.members.clone())).collect();
    assert_eq!(
        bodies,
        [
            json!({ "MaximumRetryAttempts": 0, "DestinationConfig": { "OnFailure": { "Destination": "q" } } }),
            json!({ "StatementId": "skill", "Principal": "alexa-appkit.amazon.com", "EventSourceToken": "amzn1",
                "Action": "lambda:InvokeFunction" }),
            json!({ "StatementId": "root", "Principal": "arn:aws:iam::210987654321:root", "Action": "lambda:InvokeFunction" }),
            json!({ "AuthType": "AWS_IAM", "InvokeMode": "BUFFERED",
                "Cors": { "AllowOrigins": ["https://b", "https://a"], "AllowHeaders": ["X-B", "X-A"] } }),
        ]
    );
}
