use std::time::Duration;

use lambdactl_aws::{CallError, Client, FunctionAnswer};
use lambdactl_diff::is_created_by;
use lambdactl_schema::CreateFunctionRequest;
use tracing::{info, warn};

use crate::done::{Done, TRIES};
use crate::report::Failure;

/// Creates a function exactly once, whatever happens to the answers.
///
/// CreateFunction is not idempotent, and an answer may be lost after the call took effect. So after a lost answer the
/// function is read: one that is as it was asked for is this run's own, another one is someone else's and a conflict,
/// and only where there is none the call is sent again. The caller bounds the time.
pub(crate) async fn create_once(
    client: &Client,
    request: &CreateFunctionRequest,
    archive: Option<&[u8]>,
    code_sha256: Option<&str>,
) -> Result<(Done, FunctionAnswer), Failure> {
    let name = &request.function_name;
    let mut lost: Option<CallError> = None;
    for tried in 1..=TRIES {
        match client.create_function(request, archive).await {
            Ok(answer) => return Ok((Done::Changed, answer)),
            Err(error) if error.is_ambiguous() => {
                warn!("{name}: whether it was created is not known, looking: {error}");
                lost = Some(error);
            }
            // The first call, whose answer was lost, may have come through after all.
            Err(error) if error.is_already_there() && lost.is_some() => {}
            // Another run of the same manifest may have been quicker.
            Err(error) if error.is_already_there() => {
                let current = client.get_function(name).await.map_err(|error| Failure::from(&error))?;
                return match current.filter(|current| is_created_by(request, code_sha256, current)) {
                    Some(current) => {
                        info!(name, "someone else created it meanwhile, as it was asked for");
                        Ok((Done::Unchanged, FunctionAnswer::of(&current)))
                    }
                    None => Err(Failure::from(&error)),
                };
            }
            Err(error) => return Err(Failure::from(&error)),
        }
        // What the service still works on is not to be seen at once.
        tokio::time::sleep(Duration::from_millis(500) * tried).await;
        let Some(current) = client.get_function(name).await.map_err(|error| Failure::from(&error))? else {
            info!(name, "it was not created; trying again");
            continue;
        };
        if is_created_by(request, code_sha256, &current) {
            info!(name, "it was created");
            return Ok((Done::Changed, FunctionAnswer::of(&current)));
        }
        return Err(Failure {
            code: "Conflict".to_owned(),
            message: format!("a function `{name}` was created by someone else meanwhile, and is another"),
            help: Some("it was left alone; run plan to see how it differs".to_owned()),
        });
    }
    // The loop goes on only after a lost answer.
    Err(lost.map_or_else(
        || Failure { code: "NoAnswer".into(), message: "no answer".into(), help: None },
        |error| Failure::from(&error),
    ))
}
