//! What people and scripts read of a plan: words, signs, counts, reasons, and what a service's text may not say.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use lambdactl_diff::{
    Action, Change, ChangeKind, CurrentFunction, FunctionPlan, Health, Plan, Reason, Refusal, RefusalReason, Sides,
    Summary, Tags,
};
use lambdactl_schema::{Call, CreateFunctionRequest, Operation, Subject};
use serde_json::{Value, json};

fn request(code: Value) -> Box<CreateFunctionRequest> {
    let request = json!({ "FunctionName": "f", "Role": "the-role", "KMSKeyArn": "the-key", "Code": code });
    Box::new(serde_json::from_value(request).unwrap())
}

fn refused(reason: RefusalReason) -> Action {
    Action::Refused(Refusal { reason, message: "no".to_owned(), help: "do".into() })
}

fn change(path: &str) -> Change {
    let (before, after) = (Some(json!("a")), Some(json!("b")));
    Change { path: path.to_owned(), kind: ChangeKind::Changed, before, after, sensitive: false, public: None }
}

fn planned(action: Action, paths: &[&str]) -> FunctionPlan {
    FunctionPlan {
        name: "f".to_owned(),
        action,
        changes: paths.iter().map(|path| change(path)).collect(),
        ..FunctionPlan::default()
    }
}

fn plan(functions: Vec<FunctionPlan>) -> Plan {
    Plan { account: None, region: "us-east-1".to_owned(), functions, ..Plan::default() }
}

/// Every action: its word, its sign, whether it is a call, and where a summary counts it.
fn actions() -> [(Action, &'static str, char, bool, Summary); 7] {
    let none = Summary::default();
    [
        (Action::Create(request(json!({}))), "create", '+', true, Summary { create: 1, ..none }),
        (Action::Update(Vec::new()), "update", '~', true, Summary { update: 1, ..none }),
        (Action::Replace(request(json!({}))), "replace", '±', true, Summary { replace: 1, ..none }),
        (
            Action::Delete { owner: "m".to_owned(), mappings: vec![] },
            "delete",
            '-',
            true,
            Summary { delete: 1, ..none },
        ),
        (Action::Drift, "drift", '!', false, Summary { drift: 1, ..none }),
        (refused(RefusalReason::Claimed), "drift", '!', false, Summary { drift: 1, ..none }),
        (Action::Unchanged, "unchanged", '=', false, Summary { unchanged: 1, ..none }),
    ]
}

#[test]
fn actions_have_their_words_and_are_counted() {
    for (action, word, sign, is_call, summary) in actions() {
        assert_eq!((action.as_str(), action.symbol(), action.is_call()), (word, sign, is_call));
        let plan = plan(vec![planned(action, &[])]);
        assert_eq!(plan.summary(), summary, "{word}");
        assert_eq!(plan.has_calls(), is_call, "{word}");
        assert_eq!(plan.is_empty(), word == "unchanged", "{word}");
    }
    let all = plan(actions().into_iter().chain(actions()).map(|row| planned(row.0, &[])).collect());
    let twice = Summary { create: 2, update: 2, replace: 2, delete: 2, drift: 4, unchanged: 2 };
    assert_eq!(all.summary(), twice);
}

#[test]
fn refusals_have_their_words_and_fail_an_apply_or_not() {
    // The word, whether an apply that leaves it has failed, and whether a plan says so with its exit code.
    for (reason, word, is_failure, fails_plans) in [
        (RefusalReason::Claimed, "Claimed", true, true),
        (RefusalReason::OwnerUnknown, "OwnerUnknown", true, true),
        (RefusalReason::Failed("InvalidImage".to_owned()), "InvalidImage", true, true),
        (RefusalReason::Deleting, "Deleting", true, true),
        (RefusalReason::NeedsReplacement, "NeedsReplacement", true, false),
        (RefusalReason::Ignored, "Ignored", true, false),
        (RefusalReason::Protected, "Protected", false, false),
        (RefusalReason::InUse, "InUse", false, false),
    ] {
        assert_eq!((reason.as_str(), reason.is_failure()), (word, is_failure));
        let plan = plan(vec![planned(Action::Drift, &[]), planned(refused(reason), &[])]);
        assert_eq!(plan.failures().count(), usize::from(fails_plans), "{word}");
    }
}

#[test]
fn plan_is_whole_where_everything_was_compared_and_read() {
    let whole = || planned(Action::Unchanged, &[]);
    assert!(plan(vec![whole(), whole()]).is_whole());
    assert!(!plan(vec![whole(), FunctionPlan { is_partly_compared: true, ..whole() }]).is_whole());
    assert!(!plan(vec![whole(), FunctionPlan { is_listed: true, ..whole() }]).is_whole());
}

#[test]
fn changes_of_code_and_versions_are_told_apart() {
    for (path, is_archive, is_object, is_publishing) in [
        ("/Code/CodeSha256", true, false, false),
        ("/Code/S3Key", false, true, false),
        ("/Publish", false, false, true),
        ("/Timeout", false, false, false),
    ] {
        let change = change(path);
        let told = (change.is_archive(), change.is_object(), change.is_publishing());
        assert_eq!(told, (is_archive, is_object, is_publishing), "{path}");
    }
}

#[test]
fn what_only_lists_told_is_read_again_before_it_is_touched() {
    let listed = |action, paths: &[&str]| FunctionPlan { is_listed: true, ..planned(action, paths) };
    assert!(listed(Action::Update(Vec::new()), &["/Timeout"]).rests_on_lists());
    assert!(listed(Action::Replace(request(json!({}))), &["/PackageType"]).rests_on_lists());
    assert!(listed(Action::Drift, &["/Timeout", "/Code/S3Key"]).rests_on_lists());
    assert!(!listed(Action::Drift, &["/Timeout"]).rests_on_lists());
    assert!(!listed(Action::Unchanged, &[]).rests_on_lists());
    assert!(!planned(Action::Update(Vec::new()), &["/Code/S3Key"]).rests_on_lists());
}

#[test]
fn what_a_call_may_wait_for_is_named_and_its_archive_is_found() {
    let call = |operation, member: &str, value: &str| Call::new(operation, Subject::function("f")).with(member, value);
    let update = Action::Update(vec![
        call(Operation::UpdateFunctionCode, "ZipFile", "UEs="),
        call(Operation::UpdateFunctionConfiguration, "Role", "new-role"),
    ]);
    let (role, key) = (("Role", "the-role".to_owned()), ("KMSKeyArn", "the-key".to_owned()));
    let with_zip = || request(json!({ "ZipFile": "UEs=" }));
    for (action, named, archive) in [
        (Action::Create(with_zip()), vec![role.clone(), key.clone()], Some("UEs=")),
        (Action::Replace(with_zip()), vec![role, key], Some("UEs=")),
        (update, vec![("Role", "new-role".to_owned())], Some("UEs=")),
        (Action::Update(vec![call(Operation::UpdateFunctionCode, "S3Key", "k")]), vec![], None),
        (Action::Delete { owner: "m".to_owned(), mappings: vec![] }, vec![], None),
        (Action::Drift, vec![], None),
        (Action::Unchanged, vec![], None),
    ] {
        let word = action.as_str();
        let plan = planned(action, &[]);
        assert_eq!((plan.named_members(), plan.inline_archive()), (named, archive), "{word}");
    }
}

/// What came from the account is cleaned; what the manifest says, and what stands for a secret, stays.
#[test]
fn texts_of_the_account_are_masked() {
    let nested = Change {
        before: Some(json!({ "a": ["SECRET", 7], "b": { "c": "SECRET", "SECRET": 1 } })),
        after: Some(json!("SECRET")),
        public: Some(Box::new(Sides { before: Some(json!("SECRET")), after: Some(json!("SECRET")) })),
        ..change("/Description")
    };
    let sensitive = Change { sensitive: true, before: Some(json!("SECRET")), ..change("/Environment") };
    let tag = |kind| Change { kind, ..change("/Tags/SECRET") };
    let of_mapping = Change { kind: ChangeKind::Removed, ..change("/EventSourceMappings/a/Tags/SECRET") };
    let mut plan = plan(vec![FunctionPlan {
        changes: vec![nested, sensitive, tag(ChangeKind::Removed), tag(ChangeKind::Changed), of_mapping],
        left: vec!["/EventSourceMappings/a/Tags/SECRET".to_owned(), "/Tags/SECRET".to_owned()],
        ignored: vec![Change { before: Some(json!("SECRET")), ..change("/Handler") }],
        ..planned(Action::Drift, &[])
    }]);
    plan.mask(&mut |text| text.replace("SECRET", "masked"));
    let FunctionPlan { changes, ignored, left, .. } = &plan.functions[0];
    assert_eq!(changes[0].before, Some(json!({ "a": ["masked", 7], "b": { "c": "masked", "masked": 1 } })));
    assert_eq!(changes[4].path, "/EventSourceMappings/a/Tags/masked");
    assert_eq!(left, &["/EventSourceMappings/a/Tags/masked", "/Tags/masked"]);
    assert_eq!(changes[0].after, Some(json!("SECRET")));
    let public = changes[0].public.as_deref().unwrap();
    assert_eq!((&public.before, &public.after), (&Some(json!("masked")), &Some(json!("SECRET"))));
    assert_eq!(changes[1].before, Some(json!("SECRET")));
    assert_eq!((changes[2].path.as_str(), changes[3].path.as_str()), ("/Tags/masked", "/Tags/SECRET"));
    assert_eq!(ignored[0].before, Some(json!("masked")));
}

#[test]
fn health_says_whether_it_lasts_and_why() {
    let reason = || Reason { code: "InvalidImage".to_owned(), words: "gone".to_owned() };
    for (health, is_unsettled, has_failed) in [
        (Health::Unknown, false, false),
        (Health::Pending(reason()), true, false),
        (Health::Updating(reason()), true, false),
        (Health::Ready, false, false),
        (Health::Failed(reason()), false, true),
        (Health::UpdateFailed(reason()), false, true),
        (Health::Deleting, false, false),
    ] {
        assert_eq!(health.is_unsettled(), is_unsettled, "{health:?}");
        assert_eq!(health.failure(), has_failed.then(reason).as_ref(), "{health:?}");
    }
}

#[test]
fn reasons_are_told_with_what_to_do() {
    // The code, and a word of the remedy.
    for (code, remedy) in [
        ("EniLimitExceeded", Some("network interfaces")),
        ("SubnetOutOfIPAddresses", Some("no addresses left")),
        ("InvalidSubnet", Some("VpcConfig")),
        ("InvalidSecurityGroup", Some("VpcConfig")),
        ("InsufficientRolePermissions", Some("the role lacks")),
        ("ImageAccessDenied", Some("the image exists")),
        ("ImageDeleted", Some("the image exists")),
        ("InvalidImage", Some("the image exists")),
        ("KMSKeyAccessDenied", Some("the key exists")),
        ("KMSKeyNotFound", Some("the key exists")),
        ("DisabledKMSKey", Some("the key exists")),
        ("InvalidStateKMSKey", Some("the key exists")),
        ("DisallowedByVpcEncryptionControl", Some("encryption in transit")),
        ("EFSMountTimeout", Some("mount targets")),
        ("FunctionError.InitTimeout", Some("log group")),
        ("SomethingNew", None),
        ("", None),
    ] {
        let told = Reason { code: code.to_owned(), words: String::new() };
        assert_eq!(told.remedy().is_some(), remedy.is_some(), "{code}");
        assert!(told.remedy().unwrap_or_default().contains(remedy.unwrap_or_default()), "{code}");
        assert_eq!(told.code(), if code.is_empty() { "Failed" } else { code });
    }
    for (code, words, expected) in [
        ("", "", "the service gave no reason"),
        ("", "gone", "gone"),
        ("InvalidImage", "", "InvalidImage"),
        ("InvalidImage", "gone", "InvalidImage: gone"),
    ] {
        let told = Reason { code: code.to_owned(), words: words.to_owned() };
        assert_eq!(told.to_string(), expected);
    }
}

#[test]
fn current_function_tells_its_owner_and_hides_its_values() {
    let tags = |tags: &[(&str, &str)]| {
        Tags::Known(
            tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>(),
        )
    };
    let with = |tags| CurrentFunction { tags, ..CurrentFunction::default() };
    let owned = with(tags(&[("lambdactl:manifest", "shop"), ("lambdactl:protect", "true")]));
    assert_eq!((owned.owner(), owned.untold(), owned.is_protected()), (Some("shop"), None, true));
    let free = with(tags(&[("lambdactl:protect", "false")]));
    assert_eq!((free.owner(), free.untold(), free.is_protected()), (None, None, false));
    let unknown = with(Tags::Unknown("denied".to_owned()));
    assert_eq!((unknown.owner(), unknown.untold(), unknown.is_protected()), (None, Some("denied"), false));

    let configuration = |value: Value| value.as_object().cloned().unwrap();
    let listed =
        CurrentFunction { configuration: configuration(json!({ "Timeout": 3 })), ..CurrentFunction::default() };
    assert!(listed.is_listed());
    let read = CurrentFunction { code: Some(Default::default()), ..listed.clone() };
    assert!(!read.is_listed());
    let with_state = CurrentFunction { configuration: configuration(json!({ "State": "Active" })), ..listed };
    assert!(!with_state.is_listed());
    assert_eq!(with_state.health(), Health::Ready);

    let secret = json!({ "Environment": { "Variables": { "TOKEN": "hunter2" } } });
    let shown = format!("{:?}", CurrentFunction { configuration: configuration(secret), ..CurrentFunction::default() });
    assert!(shown.contains("Environment") && !shown.contains("hunter2"), "{shown}");
}
