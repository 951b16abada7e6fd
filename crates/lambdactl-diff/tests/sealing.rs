//! A sealed plan holds no value, and notices whatever moves.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_diff::{
    BrokenPlan, CurrentFunction, CurrentLayer, CurrentState, LayerVersion, Moved, Plan, PlanOptions, Reviewed,
    SealedInputs, SealedPlan, Secrets, plan,
};
use lambdactl_schema::{Beside, Desired, FunctionSpec, LayerSpec, Origins};
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
        beside: Beside::default(),
        code_sha256: Some("digest-of-the-archive".into()),
        code_size: None,
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
    seal(&desired(), &account("1"), "salt")
}

fn seal(desired: &Desired, account: &CurrentState, salt: &str) -> SealedPlan {
    let (plan, options) = (planned(desired, account), options());
    let inputs = SealedInputs {
        manifests: vec!["../lambda.yaml".into()],
        variables: vec!["stage".into()],
        ..SealedInputs::default()
    };
    let reviewed = Reviewed { inputs, desired, plan: &plan, targets: &[], options: &options };
    SealedPlan::seal(reviewed, salt.into())
}

/// Two functions, one of them missing, whose variables have these values; everything may be updated or replaced.
fn with_secret(value: Value) -> SealedPlan {
    let extra = json!({ "Environment": { "Variables": { "TOKEN": value, "B": value } }, "Timeout": 5 });
    let desired = Desired { functions: vec![spec("a", extra.clone()), spec("b", extra)], ..desired() };
    let options = PlanOptions { update: true, ..options() };
    let plan = plan(&desired, &account("1"), &options);
    let reviewed =
        Reviewed { inputs: SealedInputs::default(), desired: &desired, plan: &plan, targets: &[], options: &options };
    SealedPlan::seal(reviewed, "salt".into())
}

#[test]
fn secret_leaves_no_trace_but_that_it_is_set() {
    let one = with_secret(json!("s3cret-value-one"));
    assert_eq!(one.functions[1].action, "update");
    for other in ["", "0", "another, and a longer one"] {
        assert_eq!(with_secret(json!(other)), one, "whoever has the file could test guesses by it");
    }
    // That one is added shows.
    let extra = json!({ "Environment": { "Variables": { "TOKEN": "x", "B": "x", "C": "x" } }, "Timeout": 5 });
    let desired = Desired { functions: vec![spec("a", extra.clone()), spec("b", extra)], ..desired() };
    let moved = one.moved_manifest(&desired);
    assert_eq!(moved, [Moved::Manifest("a".into()), Moved::Manifest("b".into())]);
}

#[test]
fn secret_that_begins_to_differ_in_the_account_is_a_move() {
    let sealed = sealed();
    let mut changed = account("1");
    let function = changed.functions.get_mut("b").unwrap();
    function.configuration["Environment"]["Variables"]["TOKEN"] = json!("another");
    assert_eq!(sealed.moved_account(&planned(&desired(), &changed)), [Moved::Account("b".into())]);
}

#[test]
fn text_that_is_no_plan_is_refused_and_not_repeated() {
    let text = sealed().to_text();
    assert!(SealedPlan::is_one(text.as_bytes()));
    assert_eq!(SealedPlan::from_text(text.as_bytes()), Ok(sealed()));
    let version = |version: &str| text.replacen(":7,", &format!(":{version},"), 1);
    assert_eq!(SealedPlan::from_text(version("8").as_bytes()), Err(BrokenPlan::Format(8)));
    let earlier = b"{\n  \"format_version\": 2,\n  \"salt\": \"x\"}";
    assert!(SealedPlan::is_one(earlier));
    assert_eq!(SealedPlan::from_text(earlier), Err(BrokenPlan::Format(2)));
    for broken in [
        version("-1"),
        version("\"s3cret\""),
        version("99999999999999999999"),
        text.replace("\"salt\"", "\"s3cret\""),
        text.replace("\"manifests\":[", "\"manifests\":[7,"),
        text.replace("\"manifests\":", &format!("\"manifests\":{}", "[".repeat(100_000))),
        text[..text.len() / 2].to_owned(),
        format!("{text}\0"),
        "{\"lambdactl_saved_plan\":".to_owned(),
        "{\"lambdactl_saved_plan\":7}".to_owned(),
        String::new(),
        "\0".to_owned(),
        "functions: {}".to_owned(),
    ] {
        let error = SealedPlan::from_text(broken.as_bytes()).unwrap_err();
        assert!(matches!(error, BrokenPlan::Unreadable { .. }) && !error.to_string().contains("s3cret"), "{error}");
    }
    assert!(!SealedPlan::is_one(b"{\"functions\": []}") && !SealedPlan::is_one(b"functions: {}"));
}

#[test]
fn file_has_no_value_and_reads_back() {
    let sealed = sealed();
    let text = sealed.to_text();
    assert!(!text.contains("s3cret") && !text.contains("UEsFBg") && !text.contains("app"), "{text}");
    assert_eq!(SealedPlan::from_text(text.as_bytes()), Ok(sealed.clone()));
    let other = seal(&desired(), &account("1"), "other salt");
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
        [],
        "a secret that is swapped goes unseen"
    );
    assert_eq!(
        moved(&|desired| desired.functions[0] = spec("a", json!({ "Environment": { "Variables": { "OTHER": "x" } } }))),
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
}

fn options() -> PlanOptions {
    PlanOptions { secrets: Secrets::Fingerprinted(std::hash::RandomState::new()), ..PlanOptions::default() }
}

#[test]
fn function_that_came_up_since_the_review_is_named() {
    let sealed = sealed();
    let mut now = planned(&desired(), &account("1"));
    now.functions.push(lambdactl_diff::FunctionPlan { name: "c".to_owned(), ..Default::default() });
    assert_eq!(sealed.moved_account(&now), [Moved::Account("c".into())]);
}

#[test]
fn what_would_be_sent_is_sealed_also_where_no_change_shows_it() {
    // The security groups are someone else's: they are sent as the account has them, and are no change.
    let network = json!({ "VpcConfig": { "SubnetIds": ["subnet-b"], "SecurityGroupIds": ["sg-manifest"] } });
    let mut desired = Desired { functions: vec![spec("b", network)], ..desired() };
    desired.functions[0].ignore = vec!["/VpcConfig/SecurityGroupIds".to_owned()];
    let account = |group: &str| {
        let mut account = account("1");
        let function = account.functions.get_mut("b").unwrap();
        function
            .configuration
            .insert("VpcConfig".to_owned(), json!({ "SubnetIds": ["subnet-a"], "SecurityGroupIds": [group] }));
        account
    };
    let options = PlanOptions { update: true, ..options() };
    let plan_of = |group: &str| plan(&desired, &account(group), &options);
    let reviewed = plan_of("sg-one");
    let inputs = SealedInputs::default();
    let review = Reviewed { inputs, desired: &desired, plan: &reviewed, targets: &[], options: &options };
    let sealed = SealedPlan::seal(review, "salt".into());
    assert_eq!(sealed.moved_account(&plan_of("sg-one")), []);
    assert_eq!(reviewed.functions[0].changes, plan_of("sg-two").functions[0].changes);
    assert_eq!(sealed.moved_account(&plan_of("sg-two")), [Moved::Account("b".into())]);
}

#[test]
fn secret_within_a_list_leaves_no_trace() {
    let sealed = |secret: &str| {
        let mount = json!({ "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0", "LocalMountPath": "/mnt/a",
            "SomethingNew": secret });
        let desired = Desired { functions: vec![spec("a", json!({ "FileSystemConfigs": [mount] }))], ..desired() };
        seal(&desired, &account("1"), "salt")
    };
    assert_eq!(sealed("one"), sealed("another, and a longer one"));
}

#[test]
fn what_is_to_be_deleted_is_no_longer_declared_and_has_not_moved() {
    let mut account = account("1");
    let mut gone = account.functions.remove("b").unwrap();
    gone.tags = lambdactl_diff::Tags::Known([("lambdactl:manifest".to_owned(), "payments".to_owned())].into());
    account.undeclared = [("gone".to_owned(), gone)].into();
    let options = PlanOptions { prune: true, ..options() };
    let plan = plan(&desired(), &account, &options);
    assert_eq!(plan.summary().delete, 1);
    let review =
        Reviewed { inputs: SealedInputs::default(), desired: &desired(), plan: &plan, targets: &[], options: &options };
    assert_eq!(SealedPlan::seal(review, "salt".into()).moved_manifest(&desired()), []);
}

/// A manifest with a layer, which has no version in the account or this one.
fn with_layer(more: Value, sha256: &str, version: Option<u64>) -> (Desired, CurrentState) {
    let mut request = json!({ "LayerName": "common", "Content": {} });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let layer =
        LayerSpec { code_sha256: Some(sha256.to_owned()), ..LayerSpec::of(serde_json::from_value(request).unwrap()) };
    let current = version.map_or(CurrentLayer::None, |number| {
        let arn = format!("arn:aws:lambda:us-east-1:123456789012:layer:common:{number}");
        CurrentLayer::Newest(Box::new(LayerVersion { number, arn, code_sha256: "a".into(), ..LayerVersion::default() }))
    });
    let state = CurrentState { layers: [("common".to_owned(), current)].into(), ..account("1") };
    (Desired { layers: vec![layer], ..desired() }, state)
}

#[test]
fn layers_are_sealed_with_their_content_and_versions() {
    let (desired, state) = with_layer(json!({}), "a", None);
    let sealed = seal(&desired, &state, "salt");
    assert_eq!(SealedPlan::from_text(sealed.to_text().as_bytes()).as_ref(), Ok(&sealed));
    assert_eq!((sealed.moved_manifest(&desired), sealed.moved_account(&planned(&desired, &state))), (vec![], vec![]));
    for (more, sha256) in [(json!({ "LicenseInfo": "MIT" }), "a"), (json!({}), "b")] {
        let (other, _) = with_layer(more, sha256, None);
        assert_eq!(sealed.moved_manifest(&other), [Moved::LayerManifest("common".into())]);
    }
    let (_, published) = with_layer(json!({}), "a", Some(1));
    assert_eq!(sealed.moved_account(&planned(&desired, &published)), [Moved::LayerAccount("common".into())]);
    let none = Desired { layers: Vec::new(), ..desired };
    assert_eq!(sealed.moved_manifest(&none), [Moved::LayerManifest("common".into())]);
}

#[test]
fn what_is_not_known_of_a_layer_leaves_no_trace_but_that_it_is_set() {
    let sealed = |value: &str| {
        let (desired, state) = with_layer(json!({ "Secret": value, "Content": { "Key": value } }), "a", None);
        seal(&desired, &state, "salt")
    };
    assert_eq!(sealed("s3cret"), sealed("another"));
}
