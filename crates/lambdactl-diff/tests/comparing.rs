//! How code, tags and code signing are compared, what a function is declared as, and what is said of a plan that moved.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use lambdactl_diff::{
    Action, BrokenPlan, Change, ChangeKind, CodeSigning, CurrentFunction, CurrentState, FunctionPlan, Moved,
    ObjectName, PlanOptions, Tags, declaration, object, plan, same_tags,
};
use lambdactl_schema::{ArchiveSource, Desired, FunctionSpec};
use serde_json::{Map, Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";
const SIGNING: &str = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0";

fn spec(code: Value, more: Value) -> FunctionSpec {
    let mut request = json!({ "FunctionName": "f", "Role": ROLE, "Code": code });
    for (key, value) in more.as_object().unwrap() {
        request[key] = value.clone();
    }
    FunctionSpec::of(serde_json::from_value(request).unwrap())
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn current(code: Value) -> CurrentFunction {
    let configuration = json!({ "FunctionName": "f", "Role": ROLE, "CodeSha256": "sha", "State": "Active" });
    CurrentFunction { configuration: map(configuration), code: Some(map(code)), ..CurrentFunction::default() }
}

fn planned(spec: FunctionSpec, current: Option<CurrentFunction>) -> FunctionPlan {
    let desired = Desired { functions: vec![spec], ..Desired::default() };
    let functions = current.map(|current| ("f".to_owned(), current)).into_iter().collect();
    let state = CurrentState { functions, ..CurrentState::default() };
    plan(&desired, &state, &PlanOptions::default()).functions.remove(0)
}

fn paths(plan: &FunctionPlan) -> Vec<(&str, ChangeKind)> {
    plan.changes.iter().map(|change| (change.path.as_str(), change.kind)).collect()
}

#[test]
fn creation_shows_where_the_code_is_and_never_the_archive() {
    let from_s3 = planned(spec(json!({ "S3Bucket": "b", "S3Key": "k" }), json!({})), None);
    let shown: Vec<&Change> = from_s3.changes.iter().filter(|change| change.path.starts_with("/Code/")).collect();
    assert_eq!(shown.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["/Code/S3Bucket", "/Code/S3Key"]);
    assert!(shown.iter().all(|change| change.kind == ChangeKind::Added && change.before.is_none()));
    let source = ArchiveSource::File("app.zip".into());
    let zip = FunctionSpec {
        code_sha256: Some("digest".to_owned()),
        archive: Some(source.clone()),
        ..spec(json!({ "ZipFile": "UEs=" }), json!({}))
    };
    let plan = planned(zip, None);
    assert_eq!((plan.code_sha256.as_deref(), &plan.archive), (Some("digest"), &Some(source)));
    let text = format!("{:?}", plan.changes);
    assert!(text.contains("/Code/CodeSha256") && text.contains("digest") && !text.contains("UEs="), "{text}");
}

#[test]
fn images_are_compared_by_digest_and_else_by_what_can_be_known() {
    let image = |uri: &str| spec(json!({ "ImageUri": uri }), json!({ "PackageType": "Image" }));
    let account = |uri: &str, resolved: &str| {
        let mut current = current(json!({ "ImageUri": uri, "ResolvedImageUri": resolved }));
        current.configuration.insert("PackageType".to_owned(), json!("Image"));
        current
    };
    let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    for (wanted, is, resolved, is_changed) in [
        ("app:1", "app:1", "", false),
        ("app:2", "app:1", "", true),
        ("app@sha256:abc", "app:1", "app@sha256:abc", false),
        ("app@sha256:sha", "app:1", "", false),
        ("app@sha256:abc", "app@sha256:def", "app@sha256:def", true),
        // Applied by digest; what the tag means now could not be asked.
        ("app:1", "app@sha256:def", "", false),
        ("other:1", "app@sha256:def", "", true),
    ] {
        let full = |uri: &str| if uri.is_empty() { String::new() } else { format!("{host}/{uri}") };
        let plan = planned(image(&full(wanted)), Some(account(&full(is), &full(resolved))));
        let found = paths(&plan);
        assert_eq!(found.contains(&("/Code/ImageUri", ChangeKind::Changed)), is_changed, "{wanted} {is}: {found:?}");
    }
    // A list of functions does not say which image it is: its digest stands for it.
    let mut listed = account("", "");
    listed.code = None;
    let plan = planned(image("x:1"), Some(listed));
    assert_eq!(plan.changes[0].before, Some(json!("sha256:sha")), "{:?}", plan.changes);
}

#[test]
fn key_of_the_code_comes_and_goes() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    let with = |key: Value| spec(json!({ "S3Bucket": "b", "S3Key": "k", "SourceKMSKeyArn": key }), json!({}));
    let found = |spec, current| {
        let plan = planned(spec, Some(current));
        plan.changes.into_iter().find(|change| change.path == "/Code/SourceKMSKeyArn")
    };
    let added = found(with(json!(key)), current(json!({}))).unwrap();
    assert_eq!((added.kind, added.before, added.after), (ChangeKind::Added, None, Some(json!(key))));
    let removed = found(with(Value::Null), current(json!({ "SourceKMSKeyArn": key }))).unwrap();
    assert_eq!((removed.kind, removed.before, removed.after), (ChangeKind::Removed, Some(json!(key)), None));
    assert_eq!(found(with(json!(key)), current(json!({ "SourceKMSKeyArn": key }))), None);
    assert_eq!(found(with(json!(key)), CurrentFunction { code: None, ..current(json!({})) }), None);
}

#[test]
fn code_signing_comes_and_goes() {
    let with = |wanted: Value, is: &str| {
        let spec = spec(json!({ "S3Bucket": "b", "S3Key": "k" }), json!({ "CodeSigningConfigArn": wanted }));
        let current = CurrentFunction { code_signing: CodeSigning::Arn(is.to_owned()), ..current(json!({})) };
        planned(spec, Some(current)).changes.into_iter().find(|change| change.path == "/CodeSigningConfigArn")
    };
    let added = with(json!(SIGNING), "").unwrap();
    assert_eq!((added.kind, added.before, added.after), (ChangeKind::Added, None, Some(json!(SIGNING))));
    let removed = with(Value::Null, SIGNING).unwrap();
    assert_eq!((removed.kind, removed.before, removed.after), (ChangeKind::Removed, Some(json!(SIGNING)), None));
    assert_eq!(with(json!(SIGNING), SIGNING), None);
}

#[test]
fn object_is_one_that_is_copied_and_not_put_there() {
    let code = json!({ "S3Bucket": "b", "S3Key": "k", "S3ObjectVersion": "v" });
    let name = ObjectName { bucket: "b".to_owned(), key: "k".to_owned(), version: Some("v".to_owned()) };
    assert_eq!(object(&spec(code.clone(), json!({}))), Some(name));
    let uploaded = FunctionSpec { archive: Some(ArchiveSource::File("x".into())), ..spec(code.clone(), json!({})) };
    assert_eq!(object(&uploaded), None);
    let mut referred = code;
    referred["S3ObjectStorageMode"] = json!("REFERENCE");
    assert_eq!(object(&spec(referred, json!({}))), None);
    assert_eq!(object(&spec(json!({ "ImageUri": "x" }), json!({}))), None);
}

#[test]
fn tags_are_the_same_but_for_those_of_others() {
    let tags = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let wanted = tags(&[("team", "a")]);
    assert!(same_tags(&wanted, &tags(&[("team", "a")])));
    assert!(same_tags(&wanted, &tags(&[("team", "a"), ("aws:stack", "s"), ("lambdactl:manifest", "m")])));
    assert!(!same_tags(&wanted, &tags(&[("team", "b")])));
    assert!(!same_tags(&wanted, &tags(&[("team", "a"), ("more", "x")])));
    assert!(!same_tags(&wanted, &tags(&[])));
    let spec = spec(json!({ "S3Bucket": "b", "S3Key": "k" }), json!({ "Tags": { "team": "a", "new": "n" } }));
    let account = CurrentFunction { tags: Tags::Known(tags(&[("team", "b"), ("old", "o")])), ..current(json!({})) };
    let plan = planned(spec, Some(account));
    assert_eq!(
        paths(&plan),
        [("/Tags/new", ChangeKind::Added), ("/Tags/team", ChangeKind::Changed), ("/Tags/old", ChangeKind::Removed)]
    );
    assert_eq!(plan.action, Action::Drift);
}

#[test]
fn declaration_says_where_code_comes_from_and_what_signs_it() {
    let declared = |code: Value, code_signing| {
        let function = CurrentFunction { code_signing, ..current(code) };
        declaration(&function).members
    };
    let members = declared(json!({ "ImageUri": "x:1", "SourceKMSKeyArn": "" }), CodeSigning::Arn(SIGNING.to_owned()));
    assert_eq!((&members["Code"], &members["CodeSigningConfigArn"]), (&json!({ "ImageUri": "x:1" }), &json!(SIGNING)));
    let members = declared(json!({ "SourceKMSKeyArn": "key" }), CodeSigning::Arn(String::new()));
    assert_eq!(members["Code"], json!({ "SourceKMSKeyArn": "key" }));
    assert!(!members.contains_key("CodeSigningConfigArn"));
    let object = json!({ "S3Bucket": "b", "S3Key": "k", "S3ObjectVersion": 7 });
    let members = declared(json!({ "ResolvedS3Object": object }), CodeSigning::NotRead);
    assert_eq!(members["Code"], json!({ "S3Bucket": "b", "S3Key": "k", "S3ObjectStorageMode": "REFERENCE" }));
}

#[test]
fn what_moved_since_a_review_is_told() {
    let name = || "f".to_owned();
    for (moved, said) in [
        (Moved::Place("here, now there".to_owned()), "the plan was made for here, now there"),
        (
            Moved::Functions(vec!["a".to_owned(), "b".to_owned()]),
            "the manifest has other functions than the plan: `a`, `b`",
        ),
        (Moved::Manifest(name()), "function `f`: the manifest says something else than the plan"),
        (Moved::Artifact(name()), "function `f`: its code is another than the plan's"),
        (Moved::Account(name()), "function `f`: it was changed in the account since the plan was made"),
        (Moved::Head, "the manifest's head says something else than the plan"),
    ] {
        assert_eq!(moved.to_string(), said);
    }
    assert!(BrokenPlan::Format(2).to_string().starts_with("it is in format 2, and this version reads"));
    let damaged = BrokenPlan::Unreadable { line: 3, column: 4 };
    assert_eq!(damaged.to_string(), "it is damaged at line 3, column 4");
}
