//! A sealed plan holds no value, and notices whatever moves.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_diff::{CurrentFunction, CurrentState, Moved, Plan, PlanOptions, SealedPlan, Secrets, plan};
use lambdactl_schema::{Desired, FunctionSpec, Origins};
use serde_json::{Value, json};

fn spec(name: &str, extra: Value) -> FunctionSpec {
    let mut request = json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "ZipFile": "UEsFBg==", "SourceKMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1" },
        "Environment": { "Variables": { "TOKEN": "s3cret-value" } }
    });
    request.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    FunctionSpec {
        request: serde_json::from_value(request).unwrap(),
        code_sha256: Some("digest-of-the-archive".into()),
        archive: None,
        ignore: vec![],
        protect: false,
        origins: Origins::default(),
        notes: Vec::new(),
    }
}

fn desired() -> Desired {
    Desired {
        name: Some("payments".into()),
        functions: vec![spec("a", json!({})), spec("b", json!({}))],
        ..Desired::default()
    }
}

/// An account that has function `b`, with another timeout.
fn account(revision: &str) -> CurrentState {
    let configuration = json!({
        "FunctionName": "b", "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:b", "RevisionId": revision,
        "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r", "Timeout": 9,
        "CodeSha256": "digest-of-the-archive", "Environment": { "Variables": { "TOKEN": "s3cret-value" } }
    });
    let function =
        CurrentFunction { configuration: configuration.as_object().unwrap().clone(), ..CurrentFunction::default() };
    CurrentState {
        account: Some("123456789012".into()),
        region: "us-east-1".into(),
        functions: [("b".to_owned(), function)].into(),
        ..CurrentState::default()
    }
}

fn planned(desired: &Desired, account: &CurrentState) -> Plan {
    // Fingerprints are of one run, and must not tell plans apart.
    plan(desired, account, &options())
}

fn sealed() -> SealedPlan {
    let desired = desired();
    SealedPlan::seal(&desired, &planned(&desired, &account("1")), &[], &options(), "salt".into())
}

#[test]
fn file_has_no_value_and_reads_back() {
    let sealed = sealed();
    let text = serde_json::to_string(&sealed).unwrap();
    assert!(!text.contains("s3cret") && !text.contains("UEsFBg") && !text.contains("app"), "{text}");
    assert_eq!(serde_json::from_str::<SealedPlan>(&text).unwrap(), sealed);
    let other = SealedPlan::seal(&desired(), &planned(&desired(), &account("1")), &[], &options(), "other salt".into());
    assert_ne!(other.functions[0].declared, sealed.functions[0].declared);
}

#[test]
fn nothing_moved_is_nothing_to_say() {
    let sealed = sealed();
    assert_eq!(sealed.moved_manifest(&desired()), []);
    assert_eq!(sealed.moved_account(&planned(&desired(), &account("1"))), []);
}

#[test]
fn every_move_of_the_manifest_is_named() {
    let sealed = sealed();
    let moved = |change: &dyn Fn(&mut Desired)| {
        let mut desired = desired();
        change(&mut desired);
        sealed.moved_manifest(&desired)
    };
    let manifest = |name: &str| vec![Moved::Manifest(name.into())];
    assert_eq!(moved(&|desired| desired.functions[1] = spec("b", json!({ "Timeout": 4 }))), manifest("b"));
    assert_eq!(
        moved(&|desired| desired.functions[0] = spec("a", json!({ "Environment": { "Variables": { "TOKEN": "x" } } }))),
        manifest("a")
    );
    assert_eq!(moved(&|desired| desired.functions[0].protect = true), manifest("a"));
    assert_eq!(moved(&|desired| desired.functions[0].ignore = vec!["/Timeout".into()]), manifest("a"));
    assert_eq!(
        moved(&|desired| desired.functions[0].request.code.source_kms_key_arn = None),
        manifest("a"),
        "what is beside the archive counts"
    );
    assert_eq!(moved(&|desired| desired.functions[1].code_sha256 = Some("x".into())), [Moved::Artifact("b".into())]);
    assert_eq!(moved(&|desired| drop(desired.functions.pop())), [Moved::Functions(vec!["b".into()])]);
    assert_eq!(moved(&|desired| desired.functions.push(spec("c", json!({})))), [Moved::Functions(vec!["c".into()])]);
    assert_eq!(moved(&|desired| desired.name = Some("orders".into())), [Moved::Head]);
}

#[test]
fn every_move_of_the_account_is_named() {
    let sealed = sealed();
    let moved = |account: &CurrentState| sealed.moved_account(&planned(&desired(), account));
    assert_eq!(moved(&account("2")), [Moved::Account("b".into())]);
    let mut drifted = account("1");
    drifted.functions.get_mut("b").unwrap().configuration.insert("Timeout".into(), json!(10));
    assert_eq!(moved(&drifted), [Moved::Account("b".into())]);
    let mut created = account("1");
    let mut same = created.functions["b"].clone();
    same.configuration.insert("FunctionName".into(), json!("a"));
    created.functions.insert("a".into(), same);
    assert_eq!(moved(&created), [Moved::Account("a".into())]);
    let mut gone = account("1");
    gone.functions.clear();
    assert_eq!(moved(&gone), [Moved::Account("b".into())]);
    let elsewhere = CurrentState { account: Some("210987654321".into()), ..account("1") };
    assert!(matches!(moved(&elsewhere)[..], [Moved::Place(_)]));
    let newer = SealedPlan { format_version: 9, ..sealed.clone() };
    assert_eq!(newer.moved_manifest(&desired()), [Moved::Format(9)]);
}

fn options() -> PlanOptions {
    PlanOptions { secrets: Secrets::Fingerprinted(std::hash::RandomState::new()), ..PlanOptions::default() }
}
