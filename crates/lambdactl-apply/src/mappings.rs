use std::time::Duration;

use lambdactl_aws::{Client, MappingState, Waiting};
use lambdactl_schema::{Call, Operation, Subject};
use serde_json::Value;
use tracing::warn;

use crate::done::TRIES;
use crate::report::Failure;
use crate::work::{Broken, Work};

/// Makes a call of an event source mapping, and waits until the service has done it: always before another call follows.
///
/// A second mapping of the same source and function is refused with the UUID of the first. Where that is being deleted it is
/// waited for; any other is looked at, whoever made it.
pub(crate) async fn change_mapping(work: &Work<'_>, call: &Call, is_last: bool) -> Result<(), Broken> {
    let operation = call.operation;
    let answer = match work.client.change_mapping(call).await {
        Err(error) if error.existing_mapping().is_some() => {
            let uuid = error.existing_mapping().unwrap_or_default();
            let leaving = work.client.mapping_state(&uuid).await?;
            if leaving.is_some_and(|there| there.state != "Deleting") {
                return Err(Broken::Taken(error));
            }
            wait_until_gone(work.client, &uuid).await?;
            work.client.change_mapping(call).await
        }
        // It is gone, whoever deleted it.
        Err(error) if operation == Operation::UpdateEventSourceMapping && error.is_not_found() => {
            return Err(Broken::Moved);
        }
        answer => answer,
    };
    let state = answer?;
    work.note(operation);
    if is_last && !work.wait {
        return Ok(());
    }
    let Some(state) = state else { return Ok(()) };
    if operation == Operation::DeleteEventSourceMapping {
        return wait_until_gone(work.client, &state.uuid).await;
    }
    let is_wanted = call.members.get("Enabled") != Some(&Value::Bool(false));
    let is_said = operation == Operation::CreateEventSourceMapping || call.members.contains_key("Enabled");
    let settled = wait_until_settled(work.client, state).await?;
    match settled {
        Some(MappingState { uuid, state, reason }) if state == "Disabled" && is_wanted && is_said => {
            Err(Broken::Failed(Failure {
                code: "MappingDisabled".to_owned(),
                message: format!("the service disabled event source mapping {uuid}: {reason}"),
                help: Some("mend what it says, then run apply --update again".to_owned()),
            }))
        }
        _ => Ok(()),
    }
}

/// Waits for a mapping that the service still works on. Nothing was asked of it here, so that how it ends is not judged.
pub(crate) async fn wait_for_mapping(client: &Client, uuid: &str) -> Result<(), Failure> {
    let Some(there) = client.mapping_state(uuid).await.map_err(|error| Failure::from(&error))? else { return Ok(()) };
    match wait_until_settled(client, there).await {
        Ok(_) | Err(Broken::Moved) => Ok(()),
        Err(Broken::Failed(failure)) => Err(failure),
        Err(Broken::Lost(error) | Broken::Taken(error)) => Err(Failure::from(&error)),
    }
}

/// Deletes a mapping and waits until it is gone, whatever happens to answers.
pub(crate) async fn delete_mapping(work: &Work<'_>, uuid: &str) -> Result<(), Failure> {
    let subject = Subject { id: Some(uuid.to_owned()), ..Subject::function(work.name()) };
    let call = Call::new(Operation::DeleteEventSourceMapping, subject);
    let mut lost = 0;
    loop {
        match work.client.change_mapping(&call).await {
            Ok(None) => return Ok(()),
            Ok(Some(_)) => break,
            Err(error) if error.is_ambiguous() && lost + 1 < TRIES => {
                lost += 1;
                warn!("{}: whether its mapping {uuid} was deleted is not known, trying again: {error}", work.name());
                tokio::time::sleep(Duration::from_millis(500) * lost).await;
            }
            Err(error) => return Err(Failure::from(&error)),
        }
    }
    work.note(Operation::DeleteEventSourceMapping);
    wait_until_gone(work.client, uuid).await.map_err(|broken| match broken {
        Broken::Failed(failure) => failure,
        Broken::Lost(error) | Broken::Taken(error) => Failure::from(&error),
        Broken::Moved => work.moved(),
    })
}

/// Polls a mapping until the service does not work on it any more. The caller bounds the time.
async fn wait_until_settled(client: &Client, mut there: MappingState) -> Result<Option<MappingState>, Broken> {
    let mut pause = FIRST;
    while there.is_settling() {
        let MappingState { uuid, state, reason } = &there;
        Waiting::note(&format!("event source mapping {uuid}, which is {state}"), reason);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(SLOWEST);
        let Some(now) = client.mapping_state(uuid).await? else { return Ok(None) };
        there = now;
    }
    Ok(Some(there))
}

/// Polls a mapping until it is gone: until then the service takes no other of its source and function.
async fn wait_until_gone(client: &Client, uuid: &str) -> Result<(), Broken> {
    let mut pause = FIRST;
    while let Some(MappingState { state, .. }) = client.mapping_state(uuid).await? {
        Waiting::note(&format!("event source mapping {uuid} to be gone"), &state);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(SLOWEST);
    }
    Ok(())
}

/// It takes seconds to minutes (recorded times); the first look costs little.
const FIRST: Duration = Duration::from_millis(100);
const SLOWEST: Duration = Duration::from_secs(5);
