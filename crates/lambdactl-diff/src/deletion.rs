//! What deleting a function takes away, and which functions may be deleted.

use lambdactl_schema::{Desired, FunctionSpec};

use crate::action::{Action, FunctionPlan, Plan, Refusal, RefusalReason};
use crate::current::{Attachments, CurrentFunction, CurrentState, Listed};
use crate::guards::{claimed, deleting, not_owned, owner_unknown};
use crate::health::Health;
use crate::options::PlanOptions;

/// Plans the deletion of a function that its manifest no longer declares. Nothing for one that is not the manifest's:
/// a list may be behind, so the function's own tag decides.
pub(crate) fn plan(name: &str, current: &CurrentFunction, owner: &str, options: &PlanOptions) -> Option<FunctionPlan> {
    if current.untold().is_none() && current.owner() != Some(owner) {
        return None;
    }
    let action = match refusal(current, owner, &Guard { because: UNDECLARED, own_aliases: &[], force: options.force }) {
        Some(refusal) => Action::Refused(refusal),
        None => delete(current, owner),
    };
    Some(planned(name, current, owner, action))
}

/// Plans the deletion of functions that a manifest declares and owns, in its order. What is not in the account is unchanged; what
/// must not be deleted is refused. `names` are those that are meant.
pub fn plan_deletion(desired: &Desired, owner: &str, current: &CurrentState, names: &[String], force: bool) -> Plan {
    let is_meant = |spec: &&FunctionSpec| names.contains(&spec.request.function_name);
    // A name that a reference brought in is shown as the manifest has it.
    let public = desired.origins.outside("/name").unwrap_or(owner);
    let functions = desired.functions.iter().filter(is_meant).map(|spec| {
        let name = &spec.request.function_name;
        match current.functions.get(name) {
            Some(function) => planned(name, function, owner, declared(spec, function, (owner, public), force)),
            None => FunctionPlan { name: name.clone(), notes: vec![MISSING.to_owned()], ..FunctionPlan::default() },
        }
    });
    let (account, region) = (current.account.clone(), current.region.clone());
    Plan { account, region, functions: functions.collect(), ..Plan::default() }
}

const MISSING: &str = "there is no such function in the account";
const UNDECLARED: &str = "the manifest no longer declares it, and ";

fn declared(spec: &FunctionSpec, current: &CurrentFunction, owner: (&str, &str), force: bool) -> Action {
    let (owner, public) = owner;
    if current.untold().is_none() {
        match current.owner() {
            Some(other) if other != owner => return Action::Refused(claimed(public, other)),
            None => return Action::Refused(not_owned(public)),
            Some(_) => {}
        }
    }
    if spec.protect {
        return Action::Refused(Refusal {
            reason: RefusalReason::Protected,
            message: "it is protected by the manifest".to_owned(),
            help: "take `protect: true` out of the manifest, and the tag `lambdactl:protect` off the function".into(),
        });
    }
    let own_aliases: Vec<String> = spec.beside.aliases().map(|(alias, _)| alias.clone()).collect();
    match refusal(current, owner, &Guard { because: "", own_aliases: &own_aliases, force }) {
        Some(refusal) => Action::Refused(refusal),
        None => delete(current, owner),
    }
}

fn delete(current: &CurrentFunction, owner: &str) -> Action {
    Action::Delete { owner: owner.to_owned(), mappings: own_mappings(current, owner) }
}

fn planned(name: &str, current: &CurrentFunction, owner: &str, action: Action) -> FunctionPlan {
    FunctionPlan {
        name: name.to_owned(),
        state: current.text("State").map(str::to_owned),
        function_arn: current.text("FunctionArn").map(str::to_owned),
        revision_id: current.text("RevisionId").map(str::to_owned),
        action,
        notes: losses(current, Some(owner)),
        ..FunctionPlan::default()
    }
}

/// What keeps a function from being deleted.
struct Guard<'a> {
    /// What stands before the reason.
    because: &'a str,
    /// The aliases that the manifest declares: they go with the function.
    own_aliases: &'a [String],
    /// Whether a function that others may use is deleted, too.
    force: bool,
}

fn refusal(current: &CurrentFunction, owner: &str, guard: &Guard<'_>) -> Option<Refusal> {
    let Guard { because, own_aliases, force } = *guard;
    if let Some(reason) = current.untold() {
        return Some(owner_unknown(reason));
    }
    if current.health() == Health::Deleting {
        return Some(deleting());
    }
    if current.is_protected() {
        return Some(Refusal {
            reason: RefusalReason::Protected,
            message: format!("{because}it is protected"),
            help: "take the tag `lambdactl:protect` off the function".into(),
        });
    }
    if force {
        return None;
    }
    let Attachments { aliases, mappings, .. } = current.attachments.as_ref()?;
    let own = own_mappings(current, owner);
    let (aliases, mappings) = (&without(aliases, own_aliases), &without(mappings, &own));
    let users: Vec<String> =
        [user("alias", "aliases", aliases), user("event source mapping", "event source mappings", mappings)]
            .into_iter()
            .flatten()
            .collect();
    (!users.is_empty()).then(|| Refusal {
        reason: RefusalReason::InUse,
        message: format!("{because}it may be in use: {}", users.join(", ")),
        help: "delete those first, or pass --force".into(),
    })
}

/// The mappings of a function that its manifest made: they go with it.
fn own_mappings(current: &CurrentFunction, owner: &str) -> Vec<String> {
    let owners = current.attachments.as_ref().map(|attachments| &attachments.mapping_owners);
    let owned = owners.into_iter().flatten().filter(|(_, manifest)| *manifest == owner);
    owned.map(|(uuid, _)| uuid.clone()).collect()
}

fn without(listed: &Listed<String>, own: &[String]) -> Listed<String> {
    match listed {
        Listed::Yes(names) => Listed::Yes(names.iter().filter(|name| !own.contains(name)).cloned().collect()),
        unknown => unknown.clone(),
    }
}

/// What depends on the function, or may.
fn user(one: &str, many: &str, known: &Listed<String>) -> Option<String> {
    match known {
        Listed::Yes(names) if names.is_empty() => None,
        Listed::Yes(names) => Some(named(one, many, names)),
        Listed::No(reason) => Some(format!("its {many} could not be read ({reason})")),
    }
}

fn named(one: &str, many: &str, names: &[String]) -> String {
    match names {
        [name] => format!("{one} {name}"),
        names => format!("{many} {}", names.join(", ")),
    }
}

/// Returns what is lost with a function, in sentences for the user; nothing where nobody looked. `owner` is the manifest whose
/// mappings go with it.
pub(crate) fn losses(current: &CurrentFunction, owner: Option<&str>) -> Vec<String> {
    let Some(attachments) = &current.attachments else { return Vec::new() };
    let Attachments { versions, aliases, mappings, mapping_owners: _, urls, policy, reserved_concurrency } =
        attachments;
    let own = owner.map(|owner| own_mappings(current, owner)).unwrap_or_default();
    let mappings = &without(mappings, &own);
    let mut lost = Vec::new();
    let mut unread = Vec::new();
    for (one, many, known) in [
        ("version", "versions", versions),
        ("alias", "aliases", aliases),
        ("function URL", "function URLs", urls),
        ("policy statement", "policy statements", policy),
    ] {
        match known {
            Listed::Yes(names) if names.is_empty() => {}
            Listed::Yes(names) => lost.push(named(one, many, names)),
            Listed::No(_) => unread.push(many),
        }
    }
    lost.extend(reserved_concurrency.map(|reserved| format!("reserved concurrency {reserved}")));
    let mut notes = Vec::new();
    if !lost.is_empty() {
        notes.push(format!("lost with it: {}", lost.join("; ")));
    }
    if !own.is_empty() {
        notes.push(format!("deleted before it: {}", named("event source mapping", "event source mappings", &own)));
    }
    match mappings {
        Listed::Yes(names) if names.is_empty() => {}
        Listed::Yes(names) => {
            let names = named("event source mapping", "event source mappings", names);
            notes.push(format!("left behind, and failing until there is such a function again: {names}"));
        }
        Listed::No(_) => unread.push("event source mappings"),
    }
    if !unread.is_empty() {
        notes.push(format!("it was not possible to see its {}", unread.join(", ")));
    }
    notes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lambdactl_schema::{Beside, OWNER_TAG};
    use serde_json::json;

    use super::*;
    use crate::current::Tags;

    #[test]
    fn declared_functions_are_deleted_where_they_are_the_manifests_and_used_by_nobody_else() {
        let function = |owner: Option<&str>, aliases: &[&str]| CurrentFunction {
            tags: Tags::Known(owner.map(|owner| (OWNER_TAG.to_owned(), owner.to_owned())).into_iter().collect()),
            attachments: Some(Attachments {
                aliases: Listed::Yes(aliases.iter().map(|alias| (*alias).to_owned()).collect()),
                ..Attachments::default()
            }),
            ..CurrentFunction::default()
        };
        let spec = |protect: bool| {
            let request = serde_json::from_value(json!({
                "FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/r", "Code": { "ImageUri": "i" },
            }));
            let beside = json!({ "Aliases": { "live": { "FunctionVersion": "1" } } });
            let beside = Beside(beside.as_object().cloned().expect("a map"));
            FunctionSpec { protect, beside, ..FunctionSpec::of(request.expect("a request")) }
        };
        let reason = |protect: bool, found: CurrentFunction, force: bool| {
            let desired = Desired { functions: vec![spec(protect)], ..Desired::default() };
            let functions = BTreeMap::from([("f".to_owned(), found)]);
            let current = CurrentState { functions, ..CurrentState::default() };
            let plan = plan_deletion(&desired, "ours", &current, &["f".to_owned()], force);
            match &plan.functions[0].action {
                Action::Refused(refusal) => Some(refusal.reason.clone()),
                Action::Delete { .. } => None,
                other => panic!("{other:?}"),
            }
        };
        let ours = |aliases: &[&str]| function(Some("ours"), aliases);
        assert_eq!(reason(false, ours(&["live"]), false), None);
        assert_eq!(reason(false, ours(&["live", "other"]), false), Some(RefusalReason::InUse));
        assert_eq!(reason(false, ours(&["live", "other"]), true), None);
        assert_eq!(reason(true, ours(&[]), true), Some(RefusalReason::Protected));
        assert_eq!(reason(false, function(Some("theirs"), &[]), true), Some(RefusalReason::Claimed));
        assert_eq!(reason(false, function(None, &[]), true), Some(RefusalReason::NotOwned));
        let mut protected = ours(&[]);
        let Tags::Known(tags) = &mut protected.tags else { panic!() };
        tags.insert("lambdactl:protect".to_owned(), "true".to_owned());
        assert_eq!(reason(false, protected, true), Some(RefusalReason::Protected));
        let unread = CurrentFunction { tags: Tags::Unknown("denied".to_owned()), ..CurrentFunction::default() };
        assert_eq!(reason(false, unread, true), Some(RefusalReason::OwnerUnknown));
    }

    #[test]
    fn what_could_not_be_seen_keeps_the_function_and_is_said() {
        let denied = || Listed::No("AccessDeniedException".to_owned());
        let with = |attachments: Attachments| CurrentFunction {
            tags: Tags::Known(BTreeMap::from([(OWNER_TAG.to_owned(), "ours".to_owned())])),
            attachments: Some(attachments),
            ..CurrentFunction::default()
        };
        for (unread, words) in [
            (Attachments { aliases: denied(), ..Attachments::default() }, "its aliases could not be read"),
            (
                Attachments { mappings: denied(), ..Attachments::default() },
                "its event source mappings could not be read",
            ),
        ] {
            let current = with(unread);
            let planned = plan("f", &current, "ours", &PlanOptions::default()).expect("it is ours");
            let Action::Refused(refusal) = planned.action else { panic!("{:?}", planned.action) };
            assert_eq!(refusal.reason, RefusalReason::InUse);
            assert!(refusal.message.contains(words) && refusal.message.contains("AccessDenied"), "{}", refusal.message);
            let forced = plan("f", &current, "ours", &PlanOptions { force: true, ..PlanOptions::default() });
            assert!(forced.is_some_and(|forced| matches!(forced.action, Action::Delete { .. })));
        }
        let (versions, aliases, urls) = (denied(), denied(), denied());
        let (policy, mappings) = (denied(), denied());
        let current = with(Attachments { versions, aliases, mappings, urls, policy, ..Attachments::default() });
        assert_eq!(
            losses(&current, None),
            [
                "it was not possible to see its versions, aliases, function URLs, policy statements, event source mappings"
            ]
        );
    }
}
