//! What keeps a function from being touched: whose it is, whether it works, what depends on it, and what is asked for.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;

use lambdactl_diff::{
    Action, AdoptionStep, Attachments, CodeSigning, CurrentFunction, CurrentState, FunctionPlan, Health, LayerArns,
    Listed, Newest, Objects, PlanOptions, PublishedVersion, Reason, RefusalReason, Tags, Unsettled, adoptions,
    is_created_by, plan, plan_function,
};
use lambdactl_schema::{CreateFunctionRequest, Desired, FunctionSpec, Operation};
use serde_json::{Map, Value, json};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

fn request(more: Value) -> CreateFunctionRequest {
    let plain = json!({ "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "r",
        "Code": { "ZipFile": "" } });
    serde_json::from_value(merged(plain, more)).unwrap()
}

fn merged(mut into: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        into[key] = value.clone();
    }
    into
}

fn desired(more: Value) -> Desired {
    let spec =
        FunctionSpec { code_sha256: Some("digest".to_owned()), code_size: Some(20), ..FunctionSpec::of(request(more)) };
    Desired { name: Some("shop".to_owned()), functions: vec![spec], ..Desired::default() }
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    Tags::Known(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

/// The function as the manifest says, owned by it.
fn current(more: Value) -> CurrentFunction {
    let configuration = json!({ "FunctionName": "f", "FunctionArn": ARN, "Runtime": "python3.13", "Handler": "a.b",
        "Role": "r", "CodeSha256": "digest", "CodeSize": 10, "RevisionId": "1", "State": "Active" });
    CurrentFunction {
        configuration: map(merged(configuration, more)),
        code: Some(Map::new()),
        tags: tags(&[("lambdactl:manifest", "shop")]),
        ..CurrentFunction::default()
    }
}

fn options(update: bool, replace: bool) -> PlanOptions {
    PlanOptions { update, replace: replace.then(|| "f".to_owned()).into_iter().collect(), ..PlanOptions::default() }
}

fn planned(desired: &Desired, current: CurrentFunction, options: &PlanOptions) -> FunctionPlan {
    let state = CurrentState { functions: [("f".to_owned(), current)].into(), ..CurrentState::default() };
    plan(desired, &state, options).functions.remove(0)
}

fn refusal(plan: &FunctionPlan) -> Option<&RefusalReason> {
    match &plan.action {
        Action::Refused(refusal) => Some(&refusal.reason),
        _ => None,
    }
}

#[test]
fn plan_carries_what_was_read() {
    let plan = planned(&desired(json!({})), current(json!({ "State": "Pending" })), &options(false, false));
    assert_eq!(plan.function_arn.as_deref(), Some(ARN));
    assert_eq!(plan.revision_id.as_deref(), Some("1"));
    assert_eq!(plan.state.as_deref(), Some("Pending"));
    assert_eq!(plan.unsettled, [Unsettled::Function]);
    assert!(!plan.is_listed);
    assert!(plan.notes.iter().any(|note| note.contains("still setting it up")), "{:?}", plan.notes);
    let updating = current(json!({ "LastUpdateStatus": "InProgress" }));
    let plan = planned(&desired(json!({})), updating, &options(false, false));
    assert!(plan.notes.iter().any(|note| note == "an update of it is under way"), "{:?}", plan.notes);
    let mut listed = current(json!({ "State": null }));
    listed.code = None;
    assert!(planned(&desired(json!({})), listed, &options(false, false)).is_listed);
}

#[test]
fn state_decides_what_may_be_done() {
    let failed = || current(json!({ "State": "Failed", "StateReasonCode": "InvalidImage" }));
    let plan = planned(&desired(json!({})), failed(), &options(true, false));
    assert_eq!(refusal(&plan), Some(&RefusalReason::Failed("InvalidImage".to_owned())));
    let plan = planned(&desired(json!({})), failed(), &options(true, true));
    assert!(matches!(plan.action, Action::Replace(_)), "{:?}", plan.action);
    let plan = planned(&desired(json!({})), current(json!({ "State": "Deleting" })), &options(true, true));
    assert_eq!(refusal(&plan), Some(&RefusalReason::Deleting));

    let update = json!({ "LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "InvalidImage" });
    let plan = planned(&desired(json!({})), current(update.clone()), &options(false, false));
    assert_eq!(plan.action, Action::Drift);
    let plan = planned(&desired(json!({})), current(update), &options(true, false));
    let Action::Update(calls) = &plan.action else { panic!("{:?}", plan.action) };
    assert_eq!(calls.iter().map(|call| call.operation).collect::<Vec<_>>(), [Operation::UpdateFunctionCode]);
    let settings = json!({ "LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "EniLimitExceeded" });
    let plan = planned(&desired(json!({})), current(settings), &options(true, false));
    let Action::Update(calls) = &plan.action else { panic!("{:?}", plan.action) };
    assert_eq!(calls.iter().map(|call| call.operation).collect::<Vec<_>>(), [Operation::UpdateFunctionConfiguration]);
}

#[test]
fn whose_a_function_is_decides_before_anything_else() {
    let with = |tags| CurrentFunction { tags, ..current(json!({ "Timeout": 9 })) };
    let of_other = || with(tags(&[("lambdactl:manifest", "other")]));
    assert_eq!(refusal(&planned(&desired(json!({})), of_other(), &options(true, true))), Some(&RefusalReason::Claimed));
    let unknown = || with(Tags::Unknown("denied".to_owned()));
    let plan = planned(&desired(json!({})), unknown(), &options(true, false));
    assert_eq!(refusal(&plan), Some(&RefusalReason::OwnerUnknown));
    // Without a name nobody owns anything, and only what deletes has to know.
    let nameless = Desired { name: None, ..desired(json!({})) };
    assert_eq!(planned(&nameless, unknown(), &options(false, false)).action, Action::Drift);
    assert_eq!(refusal(&planned(&nameless, unknown(), &options(false, true))), Some(&RefusalReason::OwnerUnknown));
    let prune = PlanOptions { prune: true, ..options(false, false) };
    assert_eq!(refusal(&planned(&nameless, unknown(), &prune)), Some(&RefusalReason::OwnerUnknown));
    assert_eq!(planned(&nameless, of_other(), &options(false, false)).action, Action::Drift);
}

#[test]
fn replacement_needs_a_name_and_spares_what_is_protected() {
    let image =
        json!({ "PackageType": "Image", "Code": { "ImageUri": "x@sha256:1" }, "Runtime": null, "Handler": null });
    let wanted = desired(image);
    let plan = planned(&wanted, current(json!({})), &options(true, false));
    assert_eq!(refusal(&plan), Some(&RefusalReason::NeedsReplacement));
    let Action::Refused(refusal_of_one) = &plan.action else { panic!() };
    assert!(refusal_of_one.message.starts_with("PackageType is set when"), "{}", refusal_of_one.message);
    let plan = planned(&wanted, current(json!({})), &options(false, true));
    assert!(matches!(plan.action, Action::Replace(_)));
    let protected = CurrentFunction {
        tags: tags(&[("lambdactl:manifest", "shop"), ("lambdactl:protect", "true")]),
        ..current(json!({}))
    };
    let plan = planned(&wanted, protected, &options(false, true));
    assert_eq!(refusal(&plan), Some(&RefusalReason::NeedsReplacement));
    let mut by_manifest = wanted.clone();
    by_manifest.functions[0].protect = true;
    let plan = planned(&by_manifest, current(json!({})), &options(false, true));
    assert_eq!(refusal(&plan), Some(&RefusalReason::NeedsReplacement));
}

#[test]
fn sizes_are_told_where_the_code_changes() {
    let plan = planned(&desired(json!({})), current(json!({ "CodeSha256": "old" })), &options(false, false));
    let said = "the code changed: an archive of 10 bytes becomes one of 20";
    assert!(plan.notes.iter().any(|note| note == said), "{:?}", plan.notes);
    let plan = planned(&desired(json!({ "Timeout": 9 })), current(json!({})), &options(false, false));
    assert!(!plan.notes.iter().any(|note| note.contains("bytes")), "{:?}", plan.notes);
}

#[test]
fn newest_version_is_waited_for_and_judged() {
    let version = |health| {
        let configuration = current(json!({ "Version": "4" })).configuration;
        Newest::Version(Box::new(PublishedVersion { number: "4".to_owned(), configuration, health }))
    };
    let reason = || Reason { code: "FunctionError".to_owned(), words: String::new() };
    let with = |health| CurrentFunction { newest: version(health), ..current(json!({})) };
    let wanted = desired(json!({ "Publish": true }));
    let plan = planned(&wanted, with(Health::Pending(reason())), &options(false, false));
    assert_eq!(plan.unsettled, [Unsettled::Version("4".to_owned())]);
    let plan = planned(&wanted, with(Health::Ready), &options(false, false));
    assert_eq!((plan.unsettled.len(), plan.action), (0, Action::Unchanged));
    let failed = RefusalReason::Failed("FunctionError".to_owned());
    let plan = planned(&wanted, with(Health::Failed(reason())), &options(true, false));
    assert_eq!(refusal(&plan), Some(&failed));
    // Another version mends it: what differs is applied where that is asked for.
    let other = desired(json!({ "Publish": true, "Timeout": 9 }));
    assert_eq!(refusal(&planned(&other, with(Health::Failed(reason())), &options(false, false))), Some(&failed));
    let plan = planned(&other, with(Health::Failed(reason())), &options(true, false));
    assert!(matches!(plan.action, Action::Update(_)), "{:?}", plan.action);
}

#[test]
fn account_is_told_of_as_a_whole() {
    let listed = CurrentFunction { code: None, ..current(json!({ "State": null })) };
    let state = |count: usize, mentioned: usize| CurrentState {
        functions: (0..count).map(|index| (format!("f{index}"), listed.clone())).collect(),
        mentioned: (0..mentioned).map(|index| format!("m{index:02}")).collect(),
        ..CurrentState::default()
    };
    let wanted = |count: usize| {
        let mut wanted = desired(json!({}));
        let spec = wanted.functions.remove(0);
        for index in 0..count {
            let mut spec = spec.clone();
            spec.request.function_name = format!("f{index}");
            wanted.functions.push(spec);
        }
        wanted
    };
    let notes = |count, mentioned| plan(&wanted(count), &state(count, mentioned), &options(false, false)).notes;
    assert_eq!(notes(0, 0), [] as [&str; 0]);
    assert!(
        notes(1, 0)[0].starts_with("whether 1 function can be used was not read") && notes(1, 0)[0].ends_with("it")
    );
    assert!(notes(2, 0)[0].starts_with("whether 2 functions can") && notes(2, 0)[0].ends_with("each"));
    assert_eq!(
        notes(0, 2),
        ["in the account, with this manifest's tag, and not declared: m00, m01; --prune would delete them"]
    );
    assert!(notes(0, 25)[0].contains("m19 and 5 more"), "{:?}", notes(0, 25));
    let read = current(json!({}));
    let state = CurrentState { functions: [("f".to_owned(), read)].into(), ..CurrentState::default() };
    assert_eq!(plan(&desired(json!({})), &state, &options(false, false)).notes, [] as [&str; 0]);
}

#[test]
fn one_function_is_planned_again_by_its_name() {
    let wanted = desired(json!({ "Timeout": 9 }));
    let again = |name: &str| {
        plan_function(
            &wanted,
            &Objects::default(),
            &LayerArns::default(),
            name,
            Some(&current(json!({}))),
            &options(false, false),
        )
    };
    assert_eq!(again("f").map(|plan| (plan.name, plan.changes.len())), Some(("f".to_owned(), 1)));
    assert_eq!(again("g"), None);
}

#[test]
fn function_of_ones_own_is_recognised_after_a_lost_answer() {
    let own = current(json!({}));
    let with_tags = CurrentFunction { tags: tags(&[]), ..own };
    assert!(is_created_by(&request(json!({})), Some("digest"), &with_tags));
    assert!(!is_created_by(&request(json!({})), Some("another"), &with_tags));
    assert!(!is_created_by(&request(json!({ "Timeout": 9 })), Some("digest"), &with_tags));
    // What was published meanwhile does not make it another one.
    let newer = PublishedVersion { number: "1".to_owned(), configuration: Map::new(), health: Health::Ready };
    let published = CurrentFunction { newest: Newest::Version(Box::new(newer)), ..with_tags };
    assert!(is_created_by(&request(json!({ "Publish": true })), Some("digest"), &published));
}

fn attached(attachments: Attachments) -> CurrentFunction {
    CurrentFunction { attachments: Some(attachments), ..current(json!({})) }
}

fn names(names: &[&str]) -> Listed<String> {
    Listed::Yes(names.iter().map(|name| (*name).to_owned()).collect())
}

fn pruned(function: CurrentFunction, force: bool) -> Option<FunctionPlan> {
    let nothing = Desired { functions: Vec::new(), ..desired(json!({})) };
    let state = CurrentState { undeclared: [("f".to_owned(), function)].into(), ..CurrentState::default() };
    plan(&nothing, &state, &PlanOptions { prune: true, force, ..PlanOptions::default() }).functions.pop()
}

#[test]
fn only_what_is_the_manifests_and_unused_is_pruned() {
    let plain = pruned(current(json!({})), false).unwrap();
    assert_eq!(plain.action, Action::Delete { owner: "shop".to_owned(), mappings: vec![] });
    assert_eq!((plain.name.as_str(), plain.function_arn.as_deref()), ("f", Some(ARN)));
    assert_eq!((plain.revision_id.as_deref(), plain.state.as_deref()), (Some("1"), Some("Active")));
    assert_eq!(plain.notes, [] as [&str; 0]);

    let with = |tags| CurrentFunction { tags, ..current(json!({})) };
    assert_eq!(pruned(with(tags(&[("lambdactl:manifest", "other")])), false), None);
    assert_eq!(pruned(with(tags(&[])), false), None);
    let unknown = pruned(with(Tags::Unknown("denied".to_owned())), true).unwrap();
    assert_eq!(refusal(&unknown), Some(&RefusalReason::OwnerUnknown));
    let protected = with(tags(&[("lambdactl:manifest", "shop"), ("lambdactl:protect", "true")]));
    assert_eq!(refusal(&pruned(protected, true).unwrap()), Some(&RefusalReason::Protected));
    let going = pruned(current(json!({ "State": "Deleting" })), true).unwrap();
    assert_eq!(refusal(&going), Some(&RefusalReason::Deleting));

    for (attachments, said) in [
        (Attachments { aliases: names(&["live"]), ..Attachments::default() }, "alias live"),
        (Attachments { aliases: names(&["a", "b"]), ..Attachments::default() }, "aliases a, b"),
        (
            Attachments { mappings: Listed::No("denied".to_owned()), ..Attachments::default() },
            "its event source mappings could not be read (denied)",
        ),
    ] {
        let plan = pruned(attached(attachments.clone()), false).unwrap();
        let Action::Refused(refusal) = &plan.action else { panic!("{said}") };
        assert_eq!(refusal.reason, RefusalReason::InUse);
        assert_eq!(refusal.message, format!("the manifest no longer declares it, and it may be in use: {said}"));
        assert!(matches!(pruned(attached(attachments), true).unwrap().action, Action::Delete { .. }), "{said}");
    }
    let unused = Attachments { versions: names(&["1"]), ..Attachments::default() };
    assert!(matches!(pruned(attached(unused), false).unwrap().action, Action::Delete { .. }));
}

#[test]
fn what_a_deletion_loses_is_told() {
    let notes = |attachments| pruned(attached(attachments), true).unwrap().notes;
    assert_eq!(notes(Attachments::default()), [] as [&str; 0]);
    let all = Attachments {
        versions: names(&["1", "2"]),
        aliases: names(&["live"]),
        urls: names(&["https://u"]),
        policy: names(&["p"]),
        mappings: names(&["m"]),
        reserved_concurrency: Some(5),
        ..Attachments::default()
    };
    assert_eq!(
        notes(all),
        [
            "lost with it: versions 1, 2; alias live; function URL https://u; policy statement p; reserved concurrency 5",
            "left behind, and failing until there is such a function again: event source mapping m",
        ]
    );
    // Those of the manifest itself go first; others keep the function.
    let owners = [("a".to_owned(), "shop".to_owned()), ("b".to_owned(), "other".to_owned())];
    let mapped = |mappings: &[&str]| Attachments {
        mappings: names(mappings),
        mapping_owners: owners.clone().into(),
        ..Attachments::default()
    };
    let plan = pruned(attached(mapped(&["a"])), false).unwrap();
    let deletes = |mapping: &str| Action::Delete { owner: "shop".to_owned(), mappings: vec![mapping.to_owned()] };
    assert_eq!((plan.action, plan.notes), (deletes("a"), vec!["deleted before it: event source mapping a".to_owned()]));
    assert_eq!(refusal(&pruned(attached(mapped(&["a", "b"])), false).unwrap()), Some(&RefusalReason::InUse));
    let forced = pruned(attached(mapped(&["a", "b"])), true).unwrap();
    assert_eq!(forced.action, deletes("a"));
    assert!(forced.notes[1].starts_with("left behind") && forced.notes[1].ends_with("event source mapping b"));
    let denied = || Listed::No("denied".to_owned());
    let unread = Attachments { aliases: denied(), mappings: denied(), ..Attachments::default() };
    assert_eq!(notes(unread), ["it was not possible to see its aliases, event source mappings"]);
}

#[test]
fn adoption_takes_what_nobody_has() {
    let step = |tags: Tags, protect: bool| {
        let mut wanted = desired(json!({}));
        wanted.functions[0].protect = protect;
        let function = CurrentFunction { tags, ..current(json!({})) };
        let state = CurrentState { functions: [("f".to_owned(), function)].into(), ..CurrentState::default() };
        let mut found = adoptions(&wanted, "shop", &state);
        assert_eq!((found.len(), found[0].name.as_str()), (1, "f"));
        found.remove(0).step
    };
    let tagged = |step: AdoptionStep| -> BTreeMap<String, String> {
        let AdoptionStep::Tag(call) = step else { panic!("{step:?}") };
        assert_eq!((call.operation, call.subject.id.as_deref()), (Operation::TagResource, Some(ARN)));
        serde_json::from_value(call.members["Tags"].clone()).unwrap()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let (owner, protect) = (pair("lambdactl:manifest", "shop"), pair("lambdactl:protect", "true"));
    assert_eq!(tagged(step(tags(&[]), false)), [owner.clone()].into());
    assert_eq!(tagged(step(tags(&[]), true)), [owner, protect.clone()].into());
    assert_eq!(tagged(step(tags(&[("lambdactl:manifest", "shop")]), true)), [protect].into());
    assert_eq!(step(tags(&[("lambdactl:manifest", "shop")]), false), AdoptionStep::Owned);
    let released = tags(&[("lambdactl:manifest", "shop"), ("lambdactl:protect", "true")]);
    assert_eq!(tagged(step(released, false)), [pair("lambdactl:protect", "false")].into());
    assert!(matches!(step(tags(&[("lambdactl:manifest", "other")]), false), AdoptionStep::Claimed(_)));
    assert_eq!(step(Tags::Unknown("denied".to_owned()), false), AdoptionStep::Unknown("denied".to_owned()));
    let missing = adoptions(&desired(json!({})), "shop", &CurrentState::default());
    assert_eq!(missing[0].step, AdoptionStep::Missing);
}

/// What guards the code goes first, a version of all of it last; tags alone make no version.
#[test]
fn calls_come_in_their_order() {
    let signing = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0";
    let made = |wanted: Value, changes: Value| -> Vec<Operation> {
        let function = CurrentFunction {
            code_signing: CodeSigning::Arn(String::new()),
            newest: Newest::NotRead,
            tags: tags(&[("lambdactl:manifest", "shop"), ("old", "o")]),
            ..current(changes)
        };
        match planned(&desired(wanted), function, &options(true, false)).action {
            Action::Update(calls) => calls.into_iter().map(|call| call.operation).collect(),
            other => panic!("{other:?}"),
        }
    };
    let all = json!({ "CodeSigningConfigArn": signing, "Timeout": 9, "Tags": { "new": "n" }, "Publish": true });
    assert_eq!(
        made(all, json!({ "CodeSha256": "old" })),
        [
            Operation::PutFunctionCodeSigningConfig,
            Operation::UpdateFunctionConfiguration,
            Operation::UpdateFunctionCode,
            Operation::UntagResource,
            Operation::TagResource,
            Operation::PublishVersion,
        ]
    );
    let retagged = json!({ "Tags": { "new": "n" }, "Publish": true });
    assert_eq!(made(retagged, json!({})), [Operation::UntagResource, Operation::TagResource]);
}

fn calls_of(wanted: &Desired, function: CurrentFunction) -> Vec<(Operation, Value)> {
    match planned(wanted, function, &options(true, false)).action {
        Action::Update(calls) => calls.into_iter().map(|call| (call.operation, Value::Object(call.members))).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn publishing_is_compared_where_it_is_asked_for_and_was_read() {
    let newest = |configuration: Value| {
        let configuration = current(configuration).configuration;
        let version = PublishedVersion { number: "4".to_owned(), configuration, health: Health::Ready };
        assert!(!format!("{version:?}").contains("python3.13") && format!("{version:?}").contains("Runtime"));
        Newest::Version(Box::new(version))
    };
    let published = |wanted: Value, newest| {
        let function = CurrentFunction { newest, ..current(json!({})) };
        let plan = planned(&desired(wanted), function, &options(false, false));
        let change = plan.changes.iter().find(|change| change.is_publishing()).cloned();
        (change.map(|change| change.before), plan.notes)
    };
    let wanted = || json!({ "Publish": true });
    assert_eq!(published(wanted(), newest(json!({ "Version": "4" }))), (None, vec![]));
    assert_eq!(published(wanted(), newest(json!({ "Timeout": 9 }))).0, Some(Some(json!("version 4"))));
    assert_eq!(published(wanted(), Newest::None).0, Some(None));
    assert_eq!(published(wanted(), Newest::NotRead), (None, vec![]));
    let (change, notes) = published(wanted(), Newest::Unknown("denied".to_owned()));
    assert!(change.is_none() && notes[0].contains("denied"), "{notes:?}");
    // Nobody asked for it, or it goes where no number tells it.
    assert_eq!(published(json!({}), Newest::None), (None, vec![]));
    assert_eq!(published(json!({ "Publish": false }), Newest::None), (None, vec![]));
    assert_eq!(published(json!({ "Publish": true, "PublishTo": "LATEST_PUBLISHED" }), Newest::None), (None, vec![]));
}

#[test]
fn failed_settings_are_sent_again_as_a_whole() {
    let failed =
        json!({ "LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "EniLimitExceeded", "Timeout": 9 });
    let calls = calls_of(&desired(json!({})), current(failed));
    let [(Operation::UpdateFunctionConfiguration, members)] = calls.as_slice() else { panic!("{calls:?}") };
    let sent = members.as_object().unwrap();
    for member in ["Runtime", "Handler", "Role", "Timeout", "MemorySize"] {
        assert!(sent.contains_key(member), "{member}: {members}");
    }
    // What another call changes, or none, is no part of it.
    for member in ["Architectures", "PackageType", "Code", "FunctionName"] {
        assert!(!sent.contains_key(member), "{member}: {members}");
    }
}

#[test]
fn failed_code_of_someone_else_is_not_sent_again() {
    let failed = || current(json!({ "LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "InvalidImage" }));
    for (ignored, sends) in [("/Code", false), ("/Code/CodeSha256", false), ("/Tags", true)] {
        let mut wanted = desired(json!({}));
        wanted.functions[0].ignore = vec![ignored.to_owned()];
        let plan = planned(&wanted, failed(), &options(true, false));
        let Action::Update(calls) = &plan.action else { panic!("{:?}", plan.action) };
        assert_eq!(calls.iter().any(|call| call.operation == Operation::UpdateFunctionCode), sends, "{ignored}");
    }
}

#[test]
fn environment_goes_with_its_key_only_where_both_sides_have_one() {
    let key = "arn:aws:kms:us-east-1:123456789012:key/k";
    let variables = || json!({ "Variables": { "AB": "1" } });
    let members = |wanted: Value, is: Value| calls_of(&desired(wanted), current(is))[0].1.clone();
    let both = members(json!({ "KMSKeyArn": key, "Environment": variables() }), json!({ "Environment": variables() }));
    assert_eq!(both, json!({ "KMSKeyArn": key, "Environment": variables() }));
    assert_eq!(members(json!({ "KMSKeyArn": key }), json!({})), json!({ "KMSKeyArn": key }));
    let new = members(json!({ "KMSKeyArn": key, "Environment": variables() }), json!({}));
    assert_eq!(new, json!({ "Environment": variables(), "KMSKeyArn": key }));
}

#[test]
fn parts_that_go_are_reset_within_what_stays() {
    let network =
        |more: Value| json!({ "VpcConfig": merged(json!({ "SubnetIds": ["s"], "SecurityGroupIds": ["g"] }), more) });
    let calls = calls_of(&desired(network(json!({}))), current(network(json!({ "Ipv6AllowedForDualStack": true }))));
    let sent = &calls[0].1["VpcConfig"];
    assert_eq!(*sent, json!({ "SubnetIds": ["s"], "SecurityGroupIds": ["g"], "Ipv6AllowedForDualStack": false }));
}

#[test]
fn key_of_the_code_is_emptied_where_it_goes() {
    let mut function = current(json!({}));
    function.code = Some(map(json!({ "SourceKMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k" })));
    let calls = calls_of(&desired(json!({})), function);
    assert_eq!(calls[0].0, Operation::UpdateFunctionCode);
    assert_eq!(calls[0].1["SourceKMSKeyArn"], "");
    // Another archive does not touch the key.
    let calls = calls_of(&desired(json!({})), current(json!({ "CodeSha256": "old" })));
    assert_eq!(calls[0].1.get("SourceKMSKeyArn"), None);
}

#[test]
fn tag_of_an_object_goes_with_code_that_comes_from_none() {
    let tagged = tags(&[("lambdactl:manifest", "shop"), ("lambdactl:code", "x")]);
    let function = |changes| CurrentFunction { tags: tagged.clone(), ..current(changes) };
    let calls = calls_of(&desired(json!({})), function(json!({ "CodeSha256": "old" })));
    assert_eq!(calls[1], (Operation::UntagResource, json!({ "tagKeys": ["lambdactl:code"] })));
    let calls = calls_of(&desired(json!({ "Timeout": 9 })), function(json!({})));
    assert_eq!(calls.len(), 1, "settings alone say nothing of the code: {calls:?}");
}
