use std::time::Duration;

use lambdactl_aws::{CallError, FunctionAnswer, read_beside_of, read_newest_of};
use lambdactl_diff::{Action, CurrentFunction, FunctionPlan, Newest};
use lambdactl_schema::{Call, Kind, NEWEST, Operation, Rollout};
use serde_json::{Value, json};
use tracing::{info, warn};

use crate::done::{Done, TRIES};
use crate::mappings::change_mapping;
use crate::report::Failure;
use crate::rollout::{Shifted, check, shift};
use crate::wait::wait_for_provisioned;
use crate::work::{Broken, Work};

/// Brings a function to where the manifest wants it.
///
/// Every call is meant for the revision that was planned for, or for the one that the call before it left behind. When
/// the function has another one, or an answer was lost, it is read and planned again; what is then to be done must be
/// part of what was shown. A function that someone else changes a second time is left alone.
pub(crate) async fn update(work: &Work<'_>, planned: &[Call], shown: &FunctionPlan) -> Result<Done, Failure> {
    let publish = planned.iter().find(|call| call.operation == Operation::PublishVersion);
    for call in planned {
        if let Some(rollout) = rollout_of(work, call) {
            check(work, call, rollout).await?;
        }
    }
    let mut calls = planned.to_vec();
    let mut revision = shown.revision_id.clone();
    let (mut moved, mut lost, mut taken) = (0, 0, None);
    loop {
        match run(work, &calls, revision).await {
            Ok(()) => return Ok(Done::Changed),
            Err(Broken::Failed(failure)) => return Err(failure),
            Err(Broken::Moved) => {
                info!(name = work.name(), "it was changed since it was planned; planning again");
                moved += 1;
            }
            Err(Broken::Taken(error)) => {
                info!(name = work.name(), %error, "something of it is there already; planning again");
                moved += 1;
                taken = Some(error);
            }
            Err(Broken::Lost(error)) => {
                lost += 1;
                if lost == TRIES {
                    return Err(Failure::from(&error));
                }
                warn!("{}: whether it was changed is not known, looking: {error}", work.name());
            }
        }
        // What the service still works on is not to be seen at once.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let Some(current) = settled(work, planned).await? else { return Err(gone(work)) };
        revision = current.text("RevisionId").map(str::to_owned);
        let plan = work.replanned(&current)?;
        // A call whose answer was lost may have been this run's own.
        let is_ours = lost > 0 || !work.done().is_empty();
        calls = match plan.action {
            Action::Unchanged => Vec::new(),
            Action::Update(calls) if shown.covers(&plan) => calls,
            Action::Refused(refusal) => return Err(Failure::from(&refusal)),
            _ => return Err(work.moved()),
        };
        // Where versions cannot be listed, the new plan knows of none for what is done already.
        let is_open = matches!(current.newest, Newest::NotRead | Newest::Unknown(_));
        if let Some(publish) = publish.filter(|publish| is_ours && is_open && !calls.contains(publish)) {
            calls.push(publish.clone());
        }
        // Whoever changed it may have been another run of the same manifest, and done all of it by now.
        if moved > 1 && !calls.is_empty() {
            return Err(taken.map_or_else(|| work.moved(), |error: CallError| Failure::from(&error)));
        }
        if calls.is_empty() {
            return Ok(if is_ours { Done::Changed } else { Done::Unchanged });
        }
    }
}

/// Makes the calls in their order, waiting after each that the service works on.
async fn run(work: &Work<'_>, calls: &[Call], planned_revision: Option<String>) -> Result<(), Broken> {
    let mut revision = planned_revision;
    let mut is_stale = false;
    let mut published = None;
    for (index, call) in calls.iter().enumerate() {
        let is_last = index + 1 == calls.len();
        let Some(call) = with_version(call, published.as_deref()) else { continue };
        let takes_revision = takes_revision(call.operation);
        if let Some(rollout) = rollout_of(work, &call) {
            match shift(work, &call, rollout).await? {
                Shifted::Whole => continue,
                // What comes after it may need the alias where it will be: the next apply does it.
                Shifted::Begun => return Ok(()),
            }
        }
        if is_of_mapping(&call) {
            change_mapping(work, &call, is_last).await?;
            continue;
        }
        if index == 0 && is_of_function(call.operation) && !takes_revision && revision.is_some() {
            // The call itself would not refuse.
            let now = work.read().await.map_err(Broken::Failed)?.ok_or_else(|| Broken::Failed(gone(work)))?;
            if now.text("RevisionId") != revision.as_deref() {
                return Err(Broken::Moved);
            }
        }
        if takes_revision && is_stale {
            let answer = work.wait_until_ready(FunctionAnswer::pending()).await.map_err(Broken::Failed)?;
            revision = answer.revision_id;
        }
        let zip = match call.operation {
            Operation::UpdateFunctionCode if !call.members.contains_key("ZipFile") => {
                let text = |member: &str| call.members.get(member).and_then(Value::as_str);
                work.archive(text("S3Bucket"), text("S3Key")).await.map_err(Broken::Failed)?
            }
            _ => None,
        };
        let zip = zip.as_ref().map(|zip| zip.as_slice());
        let version = match work.client.change(&call, revision.as_deref().filter(|_| takes_revision), zip).await {
            Err(error) if takes_away(&call) && error.is_not_found() => None,
            Err(error) if error.is_already_there() => return Err(Broken::Taken(error)),
            answer => answer?,
        };
        work.note(call.operation);
        is_stale = true;
        if let Some(version) = version {
            published = Some(version.number.clone());
            if work.wait || !is_last {
                work.wait_for_published(version).await.map_err(Broken::Failed)?;
            }
        }
        if is_worked_on(call.operation) && (work.wait || !is_last) {
            let answer = work.wait_until_ready(FunctionAnswer::pending()).await.map_err(Broken::Failed)?;
            revision = answer.revision_id;
            is_stale = false;
        }
        if let Some(alias) = provisioned_alias(work, &call)
            && (work.wait || !is_last)
        {
            wait_for_provisioned(work.client, work.name(), alias).await.map_err(Broken::Failed)?;
        }
    }
    Ok(())
}

/// The call with the number of the version that was just published where it names the newest one. No call is left of one that
/// would delete that version: the service publishes none where nothing has changed.
fn with_version(call: &Call, published: Option<&str>) -> Option<Call> {
    let mut call = call.clone();
    let Some(number) = published else { return Some(call) };
    if call.operation == Operation::DeleteFunction && call.subject.qualifier.as_deref() == Some(number) {
        return None;
    }
    if let Some(version) = call.members.get_mut("FunctionVersion").filter(|version| **version == NEWEST) {
        *version = Value::from(number);
    }
    let weights = call.members.get_mut("RoutingConfig").and_then(|routing| routing.get_mut("AdditionalVersionWeights"));
    if let Some(Value::Object(weights)) = weights
        && let Some(weight) = weights.remove(NEWEST)
    {
        weights.insert(number.to_owned(), weight);
    }
    Some(call)
}

/// Whether a call takes the function's revision. An alias has its own, which the call carries already.
fn takes_revision(operation: Operation) -> bool {
    use Operation::{PublishVersion, UpdateFunctionCode, UpdateFunctionConfiguration};
    matches!(operation, UpdateFunctionConfiguration | UpdateFunctionCode | PublishVersion)
}

/// Whether a call changes the function itself, rather than what stands beside it.
fn is_of_function(operation: Operation) -> bool {
    let changes = |kind: &Kind| kind.row().changes.contains(&operation) || kind.row().removes.contains(&operation);
    Kind::ALL.iter().find(|kind| changes(kind)).is_none_or(|kind| !kind.is_beside())
}

/// Whether a call takes something away that may be gone by then.
fn takes_away(call: &Call) -> bool {
    ["Delete", "Remove"].iter().any(|verb| call.operation.name().starts_with(verb)) && call.subject.function.is_some()
}

/// How the alias moves that a call moves, where it does so step by step.
fn rollout_of<'w>(work: &Work<'w>, call: &Call) -> Option<&'w Rollout> {
    let alias = call.subject.id.as_ref().filter(|_| call.operation == Operation::UpdateAlias)?;
    work.function.rollouts.get(alias)
}

/// Whether a call is of an event source mapping, rather than of the function.
fn is_of_mapping(call: &Call) -> bool {
    use Operation::{CreateEventSourceMapping, DeleteEventSourceMapping, UpdateEventSourceMapping};
    matches!(call.operation, CreateEventSourceMapping | UpdateEventSourceMapping | DeleteEventSourceMapping)
}

/// The alias whose instances the service makes ready, or moves, after a call.
fn provisioned_alias<'c>(work: &Work<'_>, call: &'c Call) -> Option<&'c str> {
    match call.operation {
        Operation::PutProvisionedConcurrencyConfig => call.subject.qualifier.as_deref(),
        Operation::UpdateAlias => {
            let provisions = work.function.needs.iter().any(|need| need.kind == Kind::ProvisionedConcurrency);
            let has_weights = call.members.get("RoutingConfig").is_some_and(|routing| *routing != json!({}));
            call.subject.id.as_deref().filter(|_| provisions && !has_weights)
        }
        _ => None,
    }
}

/// Reads the function once nothing is under way, with its code signing configuration where that is to be changed.
async fn settled(work: &Work<'_>, planned: &[Call]) -> Result<Option<CurrentFunction>, Failure> {
    let answer = work.client.function_state(work.name()).await.map_err(|error| Failure::from(&error))?;
    if let Err(failure) = work.wait_until_ready(answer).await {
        // An update that failed before this run is no news.
        if !work.done().is_empty() {
            return Err(failure);
        }
    }
    let Some(mut current) = work.read().await? else { return Ok(None) };
    let signs = |call: &Call| {
        let operations = [Operation::PutFunctionCodeSigningConfig, Operation::DeleteFunctionCodeSigningConfig];
        operations.contains(&call.operation)
    };
    if planned.iter().any(signs) {
        let code_signing = work.client.get_code_signing(work.name()).await;
        current.code_signing = code_signing.map_err(|error| Failure::from(&error))?;
    }
    let is_numbered =
        |call: &Call| call.operation == Operation::PublishVersion && !call.members.contains_key("PublishTo");
    let needs = &work.function.needs;
    read_beside_of(work.client, work.name(), needs, &mut current).await.map_err(|error| Failure::from(&error))?;
    if planned.iter().any(is_numbered) || needs.iter().any(|need| need.kind == Kind::Versions) {
        read_newest_of(work.client, work.name(), &mut current).await.map_err(|error| Failure::from(&error))?;
    }
    Ok(Some(current))
}

/// Whether the service goes on working on it after its answer.
fn is_worked_on(operation: Operation) -> bool {
    matches!(operation, Operation::UpdateFunctionConfiguration | Operation::UpdateFunctionCode)
}

fn gone(work: &Work<'_>) -> Failure {
    Failure {
        code: "Moved".to_owned(),
        message: format!("someone else deleted `{}` since it was planned", work.name()),
        help: Some("run plan again: it would be created anew".to_owned()),
    }
}
