//! Layers against an account, and what their versions mean for functions.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use lambdactl_diff::{
    Action, CurrentFunction, CurrentLayer, CurrentState, LayerAction, LayerArn, LayerArns, LayerVersion, Objects, Plan,
    PlanOptions, RefusalReason, Seen, StoredObject, layer_object, plan, plan_function,
};
use lambdactl_schema::{Desired, FunctionSpec, LayerSpec, Origin};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:lambda:us-west-2:123456789012:layer:common";
const SHA256: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn layer(more: Value) -> LayerSpec {
    let mut request = json!({ "LayerName": "common", "Content": {} });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let sha256 = request["Content"]["S3Key"].is_null().then(|| SHA256.to_owned());
    LayerSpec { code_sha256: sha256, ..LayerSpec::of(serde_json::from_value(request).unwrap()) }
}

fn version(number: u64, members: Value) -> LayerVersion {
    LayerVersion {
        number,
        arn: format!("{ARN}:{number}"),
        members: members.as_object().cloned().unwrap(),
        code_sha256: SHA256.to_owned(),
        code_size: Some(10),
        all: (1..=number).rev().collect(),
    }
}

fn function(name: &str, layers: Value) -> FunctionSpec {
    let request = json!({ "FunctionName": name, "Role": "r", "Runtime": "python3.13", "Handler": "a.b", "Code": {},
        "Layers": layers });
    FunctionSpec { code_sha256: Some("s".to_owned()), ..FunctionSpec::of(serde_json::from_value(request).unwrap()) }
}

/// The function as the account has it, with these layers.
fn current(name: &str, layers: &[&str]) -> CurrentFunction {
    let layers: Vec<Value> = layers.iter().map(|arn| json!({ "Arn": arn, "CodeSize": 1 })).collect();
    let configuration = json!({ "FunctionName": name, "Role": "r", "Runtime": "python3.13", "Handler": "a.b",
        "CodeSha256": "s", "Layers": layers, "State": "Active", "LastUpdateStatus": "Successful", "RevisionId": "1",
        "FunctionArn": format!("arn:aws:lambda:us-west-2:123456789012:function:{name}") });
    CurrentFunction {
        configuration: configuration.as_object().cloned().unwrap(),
        code: Some(serde_json::Map::new()),
        ..CurrentFunction::default()
    }
}

fn desired(layer: LayerSpec, functions: Vec<FunctionSpec>) -> Desired {
    Desired { layers: vec![layer], functions, ..Desired::default() }
}

fn state(layer: CurrentLayer, functions: &[(&str, &[&str])]) -> CurrentState {
    let functions = functions.iter().map(|(name, layers)| ((*name).to_owned(), current(name, layers)));
    CurrentState {
        layers: [("common".to_owned(), layer)].into(),
        functions: functions.collect(),
        ..CurrentState::default()
    }
}

fn newest(number: u64, members: Value) -> CurrentLayer {
    CurrentLayer::Newest(Box::new(version(number, members)))
}

fn options(update: bool, prune: bool) -> PlanOptions {
    PlanOptions { update, prune, ..PlanOptions::default() }
}

fn paths(plan: &Plan) -> Vec<&str> {
    plan.layers[0].changes.iter().map(|change| change.path.as_str()).collect()
}

const SHARED: &[&str] = &["${layer:common}"];

#[test]
fn empty_is_absent_and_order_means_nothing() {
    for (wanted, members) in [
        (json!({}), json!({ "Description": "", "CompatibleRuntimes": [], "CompatibleArchitectures": [] })),
        (json!({ "Description": "", "CompatibleRuntimes": [], "LicenseInfo": "" }), json!({})),
        (
            json!({ "CompatibleRuntimes": ["python3.13", "python3.12"], "CompatibleArchitectures": ["arm64", "x86_64"] }),
            json!({ "CompatibleRuntimes": ["python3.12", "python3.13"], "CompatibleArchitectures": ["x86_64", "arm64"] }),
        ),
    ] {
        let desired = desired(layer(wanted.clone()), Vec::new());
        let plan = plan(&desired, &state(newest(1, members), &[]), &options(true, false));
        assert_eq!((plan.layers[0].action, paths(&plan)), (LayerAction::Unchanged, vec![]), "{wanted}");
        assert!(plan.is_empty() && plan.is_whole() && !plan.has_calls());
    }
}

#[test]
fn whatever_differs_takes_another_version_where_that_is_allowed() {
    for (wanted, path) in [
        (json!({ "Description": "d" }), "/Description"),
        (json!({ "LicenseInfo": "MIT" }), "/LicenseInfo"),
        (json!({ "CompatibleRuntimes": ["python3.13"] }), "/CompatibleRuntimes"),
        (json!({ "CompatibleArchitectures": ["arm64"] }), "/CompatibleArchitectures"),
    ] {
        let desired = desired(layer(wanted), Vec::new());
        let state = state(newest(3, json!({})), &[]);
        let drift = plan(&desired, &state, &options(false, false));
        assert_eq!((drift.layers[0].action, paths(&drift)), (LayerAction::Drift, vec![path]));
        assert!(!drift.is_empty() && !drift.has_calls());
        let update = plan(&desired, &state, &options(true, false));
        assert_eq!((update.layers[0].action, update.layers[0].version), (LayerAction::Create, Some(3)));
        assert!(update.has_calls());
        assert!(!update.layers[0].is_published_as(&version(4, json!({}))));
    }
    let spec = LayerSpec { code_sha256: Some("another".to_owned()), ..layer(json!({})) };
    let plan = plan(&desired(spec, Vec::new()), &state(newest(1, json!({})), &[]), &options(false, false));
    assert_eq!(paths(&plan), ["/Content/CodeSha256"]);
}

#[test]
fn functions_get_the_newest_version_or_wait_for_one() {
    let desired = desired(layer(json!({})), vec![function("f", json!(SHARED)), function("g", json!(SHARED))]);
    let first = format!("{ARN}:1");
    // As it is, also while the layer has drifted.
    for wanted in [json!({}), json!({ "Description": "d" })] {
        let desired = Desired { layers: vec![layer(wanted)], ..desired.clone() };
        let plan = plan(&desired, &state(newest(1, json!({})), &[("f", &[&first])]), &options(false, false));
        assert_eq!(plan.functions[0].action, Action::Unchanged);
        let Action::Create(request) = &plan.functions[1].action else { panic!("{:?}", plan.functions[1].action) };
        assert_eq!(request.layers.as_deref(), Some(&[first.clone()][..]));
        assert!(plan.functions[1].awaited_layers().is_empty());
    }
    let other = Desired { layers: vec![layer(json!({ "Description": "d" }))], ..desired };
    let plan = plan(&other, &state(newest(1, json!({})), &[("f", &[&first])]), &options(true, false));
    for function in &plan.functions {
        assert_eq!(function.awaited_layers().into_iter().collect::<Vec<_>>(), ["common"]);
    }
    let second = format!("{ARN}:2");
    let arns = LayerArns(BTreeMap::from([("common".to_owned(), LayerArn::Known(second.clone()))]));
    let moved = plan.functions[0].with_layers(&arns);
    let Action::Update(calls) = &moved.action else { panic!("{:?}", moved.action) };
    assert_eq!(calls[0].members["Layers"], json!([second]));
    assert_eq!(moved.changes[0].after, Some(json!([second])));
    assert!(moved.awaited_layers().is_empty());
    // What is planned again with the ARN is what was shown with the reference.
    let current = current("f", &[&first]);
    let again = plan_function(&other, &Objects::default(), &arns, "f", Some(&current), &options(true, false)).unwrap();
    assert!(moved.covers(&again));
    let coming = LayerArns(BTreeMap::from([("common".to_owned(), LayerArn::Coming)]));
    assert!(!plan.functions[0].with_layers(&coming).awaited_layers().is_empty());
}

#[test]
fn layer_that_cannot_be_read_holds_up_only_who_has_none_of_it() {
    let functions = vec![function("f", json!(SHARED)), function("g", json!(SHARED)), function("h", json!([]))];
    let third = format!("{ARN}:3");
    let state = state(CurrentLayer::Unknown("AccessDenied".to_owned()), &[("f", &[&third])]);
    let plan = plan(&desired(layer(json!({})), functions), &state, &options(true, false));
    assert_eq!((plan.layers[0].action, plan.layers[0].is_partly_compared), (LayerAction::Unchanged, true));
    assert!(!plan.is_whole());
    assert_eq!(plan.functions[0].action, Action::Unchanged);
    assert!(plan.functions[0].is_partly_compared && plan.functions[0].notes[0].contains("`common`"));
    let Action::Refused(refusal) = &plan.functions[1].action else { panic!("{:?}", plan.functions[1].action) };
    assert_eq!(refusal.reason, RefusalReason::LayerUnknown);
    assert!(refusal.reason.is_failure() && refusal.message.contains("AccessDenied"));
    assert!(matches!(plan.functions[2].action, Action::Create(_)));
    assert_eq!(plan.failures().count(), 0);
}

#[test]
fn versions_beyond_those_kept_go_unless_somebody_uses_them() {
    let keeping = |keep: u64, more: Value| LayerSpec { keep: Some(keep), ..layer(more) };
    let old = |layer: LayerSpec, functions: Vec<FunctionSpec>, has: &[(&str, &[&str])], update: bool| {
        let plan = plan(&desired(layer, functions), &state(newest(5, json!({})), has), &options(update, true));
        (plan.layers[0].action, plan.layers[0].old.clone())
    };
    let arn = |number: u64| format!("{ARN}:{number}");
    let nothing = old(layer(json!({})), Vec::new(), &[], true);
    assert_eq!(nothing, (LayerAction::Unchanged, vec![]), "the manifest does not say how many stay");
    assert_eq!(old(keeping(2, json!({})), Vec::new(), &[], false), (LayerAction::Delete, vec![1, 2, 3]));
    assert_eq!(old(keeping(5, json!({})), Vec::new(), &[], false), (LayerAction::Unchanged, vec![]));
    // The one that comes is one of those that stay.
    let differs = json!({ "Description": "d" });
    assert_eq!(old(keeping(2, differs.clone()), Vec::new(), &[], true), (LayerAction::Create, vec![1, 2, 3, 4]));
    // Without --update it does not come.
    assert_eq!(old(keeping(2, differs.clone()), Vec::new(), &[], false), (LayerAction::Drift, vec![1, 2, 3]));
    // One that a function names by its ARN, and one that a function has and keeps.
    let named = vec![function("f", json!([arn(2)]))];
    assert_eq!(old(keeping(1, json!({})), named, &[("f", &[&arn(2)])], false).1, [1, 3, 4]);
    let shared = vec![function("f", json!(SHARED))];
    assert_eq!(old(keeping(1, json!({})), shared.clone(), &[("f", &[&arn(2)])], false).1, [1, 3, 4], "it stays with 2");
    assert_eq!(old(keeping(1, json!({})), shared.clone(), &[("f", &[&arn(2)])], true).1, [1, 2, 3, 4], "it moves to 5");
    assert_eq!(old(keeping(1, differs), shared, &[("f", &[&arn(5)])], true).1, [1, 2, 3, 4, 5], "it moves to 6");
}

#[test]
fn content_in_s3_is_compared_as_far_as_s3_tells() {
    let spec = layer(json!({ "Content": { "S3Bucket": "b", "S3Key": "k" } }));
    let name = layer_object(&spec).unwrap();
    let compared = |seen: Option<Seen>| {
        let objects = Objects(seen.map(|seen| (name.clone(), seen)).into_iter().collect());
        let state = CurrentState { objects, ..state(newest(1, json!({})), &[]) };
        let plan = plan(&desired(spec.clone(), Vec::new()), &state, &options(false, false));
        (paths(&plan).first().map(|path| (*path).to_owned()), plan.layers[0].notes.clone())
    };
    let stored = |size: u64, sha256: Option<&str>| {
        Some(Seen::Yes(StoredObject { etag: "e".into(), size, sha256: sha256.map(str::to_owned) }))
    };
    assert_eq!(compared(stored(9, Some(SHA256))), (None, vec![]));
    assert_eq!(compared(stored(10, Some("another"))).0.as_deref(), Some("/Content/CodeSha256"));
    assert_eq!(compared(stored(9, None)).0.as_deref(), Some("/Content/CodeSize"));
    for seen in [stored(10, None), Some(Seen::No("AccessDenied".into())), None] {
        let (path, notes) = compared(seen);
        assert!(path.is_none() && notes[0].starts_with("the content is in S3 and was not compared: "), "{notes:?}");
    }
}

#[test]
fn comments_have_references_in_the_place_of_values() {
    let mut spec = layer(json!({ "Description": "s3cret" }));
    let origin = |text: &str| Origin { text: text.to_owned(), from_outside: true, ..Origin::default() };
    spec.origins.insert("/Description", origin("${env:TEXT}"));
    spec.origins.insert("/LayerName", origin("${env:NAME}"));
    let plan = plan(
        &desired(spec, Vec::new()),
        &state(newest(1, json!({ "Description": "old" })), &[]),
        &options(false, false),
    );
    let public = plan.layers[0].changes[0].as_public();
    assert_eq!(
        (public.before.clone(), public.after.clone()),
        (Some(json!("(another value)")), Some(json!("${env:TEXT}")))
    );
    assert_eq!(plan.layers[0].as_public_name(), "${env:NAME}");
}
