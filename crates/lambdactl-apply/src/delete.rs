use std::time::Duration;

use lambdactl_aws::FunctionAnswer;
use lambdactl_diff::{Action, CurrentFunction, Health, owner_unknown};
use lambdactl_schema::{CreateFunctionRequest, Operation};
use tracing::warn;

use crate::done::{Done, TRIES};
use crate::mappings::delete_mapping;
use crate::report::Failure;
use crate::work::Work;

/// Deletes a function that its manifest no longer declares, if it still is the one that was planned and still belongs
/// to that manifest. Its mappings that the manifest made go first: they would stay behind.
pub(crate) async fn delete(work: &Work<'_>, owner: &str, mappings: &[String]) -> Result<Done, Failure> {
    let Some(current) = work.read().await? else { return Ok(Done::Unchanged) };
    if let Some(reason) = current.untold() {
        return Err(Failure::from(&owner_unknown(reason)));
    }
    if current.owner() != Some(owner) {
        return Err(Failure {
            code: "Claimed".to_owned(),
            message: format!("its tag no longer says that it belongs to the manifest `{owner}`"),
            help: Some("it was left alone; run plan again".to_owned()),
        });
    }
    if current.is_protected() || current.text("RevisionId") != work.function.revision_id.as_deref() {
        return Err(work.moved());
    }
    for uuid in mappings {
        delete_mapping(work, uuid).await?;
    }
    remove(work, &current).await
}

/// Deletes a function and creates it again.
pub(crate) async fn replace(
    work: &Work<'_>,
    request: &CreateFunctionRequest,
) -> Result<(Done, FunctionAnswer), Failure> {
    // Read before anything is gone: an archive that cannot be read must not cost the function.
    work.archive(request.code.s3_bucket.as_deref(), request.code.s3_key.as_deref()).await?;
    let mut deleted = Done::Unchanged;
    if let Some(current) = work.read().await? {
        // Tags do not change the revision, and whose it is and whether it is protected stands in them.
        let plan = work.replanned(&current)?;
        match &plan.action {
            Action::Refused(refusal) => return Err(Failure::from(refusal)),
            Action::Replace(_) if work.function.covers(&plan) => {}
            _ => return Err(work.moved()),
        }
        deleted = remove(work, &current).await?;
    }
    let (created, answer) = work.create(request).await?;
    let is_ours = deleted == Done::Changed || created == Done::Changed;
    Ok((if is_ours { Done::Changed } else { Done::Unchanged }, answer))
}

/// Deletes exactly this function, whatever happens to answers, and waits until it is gone.
///
/// DeleteFunction takes no revision, so that between the look and the call another function may take the name; nothing
/// can be done about that. After a lost answer the function is read: one that is there and unchanged is deleted again,
/// one that has changed is another's by now.
async fn remove(work: &Work<'_>, planned: &CurrentFunction) -> Result<Done, Failure> {
    let mut lost = 0;
    loop {
        match work.client.delete_function(work.name()).await {
            Ok(true) => break,
            Ok(false) if lost > 0 => break,
            // Someone else was quicker.
            Ok(false) => return Ok(Done::Unchanged),
            Err(error) if error.is_ambiguous() && lost + 1 < TRIES => {
                lost += 1;
                warn!("{}: whether it was deleted is not known, looking: {error}", work.name());
            }
            Err(error) => return Err(Failure::from(&error)),
        }
        tokio::time::sleep(Duration::from_millis(500) * lost).await;
        match work.read().await? {
            None => break,
            Some(current) if current.text("RevisionId") == planned.text("RevisionId") => {}
            Some(_) => return Err(work.moved()),
        }
    }
    work.note(Operation::DeleteFunction);
    let mut pause = Duration::from_millis(100);
    // The caller bounds the time.
    while let Some(current) = work.read().await? {
        // Another run was quicker, and the name is that of another function by now.
        let is_another = current.text("RevisionId") != planned.text("RevisionId");
        if is_another && current.health() != Health::Deleting {
            break;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
    Ok(Done::Changed)
}
