//! What deleting a function takes away, and which functions may be deleted.

use crate::action::{Action, FunctionPlan, Refusal, RefusalReason};
use crate::current::{Attachments, CurrentFunction, Listed};
use crate::guards::{deleting, owner_unknown};
use crate::health::Health;
use crate::options::PlanOptions;

/// Plans the deletion of a function that its manifest no longer declares. Nothing for one that is not the manifest's:
/// a list may be behind, so the function's own tag decides.
pub(crate) fn plan(name: &str, current: &CurrentFunction, owner: &str, options: &PlanOptions) -> Option<FunctionPlan> {
    if current.untold().is_none() && current.owner() != Some(owner) {
        return None;
    }
    let action = match refusal(current, owner, options) {
        Some(refusal) => Action::Refused(refusal),
        None => Action::Delete { owner: owner.to_owned(), mappings: own_mappings(current, owner) },
    };
    Some(FunctionPlan {
        name: name.to_owned(),
        state: current.text("State").map(str::to_owned),
        function_arn: current.text("FunctionArn").map(str::to_owned),
        revision_id: current.text("RevisionId").map(str::to_owned),
        action,
        notes: losses(current, Some(owner)),
        ..FunctionPlan::default()
    })
}

fn refusal(current: &CurrentFunction, owner: &str, options: &PlanOptions) -> Option<Refusal> {
    if let Some(reason) = current.untold() {
        return Some(owner_unknown(reason));
    }
    if current.health() == Health::Deleting {
        return Some(deleting());
    }
    if current.is_protected() {
        return Some(Refusal {
            reason: RefusalReason::Protected,
            message: "the manifest no longer declares it, and it is protected".to_owned(),
            help: "take the tag `lambdactl:protect` off the function".into(),
        });
    }
    if options.force {
        return None;
    }
    let Attachments { aliases, mappings, .. } = current.attachments.as_ref()?;
    let own = own_mappings(current, owner);
    let mappings = &without(mappings, &own);
    let users: Vec<String> =
        [user("alias", "aliases", aliases), user("event source mapping", "event source mappings", mappings)]
            .into_iter()
            .flatten()
            .collect();
    (!users.is_empty()).then(|| Refusal {
        reason: RefusalReason::InUse,
        message: format!("the manifest no longer declares it, and it may be in use: {}", users.join(", ")),
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

    use lambdactl_schema::OWNER_TAG;

    use super::*;
    use crate::current::Tags;

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
