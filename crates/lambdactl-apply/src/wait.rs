use std::time::Duration;

use lambdactl_aws::{Client, FunctionAnswer, ProvisionedState, Waiting};
use lambdactl_diff::{Health, Reason, version_failed};

use crate::report::Failure;

/// The service's own waiters poll once a second.
const SLOWEST: Duration = Duration::from_secs(1);

/// Polls a function until the service has set it up or has finished an update of it, and it can be used. The caller bounds
/// the time.
pub(crate) async fn wait_until_ready(
    client: &Client,
    name: &str,
    answer: FunctionAnswer,
) -> Result<FunctionAnswer, Failure> {
    let answer = wait_until_settled(client, name, answer).await?;
    match &answer.health {
        Health::UpdateFailed(reason) => Err(Failure {
            help: Some(help(reason, AGAIN)),
            message: format!("the service could not update the function, which serves as before: {reason}"),
            code: reason.code().to_owned(),
        }),
        _ => Ok(answer),
    }
}

/// Polls a function until the service does not work on it any more. One whose last update failed serves as before.
pub(crate) async fn wait_until_settled(
    client: &Client,
    name: &str,
    mut answer: FunctionAnswer,
) -> Result<FunctionAnswer, Failure> {
    let mut pause = Duration::ZERO;
    loop {
        match &answer.health {
            Health::Ready | Health::Unknown | Health::UpdateFailed(_) => return Ok(answer),
            Health::Failed(reason) => {
                return Err(Failure {
                    help: Some(help(reason, MENDLESS)),
                    message: format!("the service could not set the function up: {reason}"),
                    code: reason.code().to_owned(),
                });
            }
            Health::Pending(reason) => Waiting::note("the service to set the function up", reason),
            Health::Updating(reason) => Waiting::note("the service to finish an update of the function", reason),
            Health::Deleting => Waiting::note("the service to delete the function", "it is being deleted"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).clamp(Duration::from_millis(200), SLOWEST);
        answer = client.function_state(name).await.map_err(|error| Failure::from(&error))?;
    }
}

/// Polls a published version until it can be used. The caller bounds the time.
pub(crate) async fn wait_for_version(
    client: &Client,
    name: &str,
    number: &str,
    mut health: Health,
) -> Result<(), Failure> {
    let mut pause = Duration::ZERO;
    loop {
        match &health {
            Health::Failed(reason) => return Err(Failure::from(&version_failed(number, reason))),
            Health::Pending(reason) | Health::Updating(reason) => {
                Waiting::note(&format!("the service to set version {number} up"), reason);
            }
            // The failed update of a function is no business of a version that was published after it.
            Health::Ready | Health::Unknown | Health::UpdateFailed(_) | Health::Deleting => return Ok(()),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).clamp(Duration::from_millis(200), SLOWEST);
        health = client.version_health(name, number).await.map_err(|error| Failure::from(&error))?;
    }
}

/// Polls the instances that are kept ready for an alias until all of them are, and until AWS has taken the weights away that
/// it puts on an alias while they move (Terraform #48116). The caller bounds the time.
pub(crate) async fn wait_for_provisioned(client: &Client, name: &str, alias: &str) -> Result<(), Failure> {
    /// It takes minutes.
    const SLOWEST: Duration = Duration::from_secs(5);
    let mut pause = Duration::from_millis(100);
    loop {
        let state = client.provisioned_state(name, alias).await.map_err(|error| Failure::from(&error))?;
        let Some(ProvisionedState { status, reason, available, requested }) = state else { return Ok(()) };
        match status.as_str() {
            "IN_PROGRESS" => {
                let words = format!("{available} of {requested}");
                Waiting::note(&format!("the instances that are kept ready for alias `{alias}`"), words);
            }
            "FAILED" => {
                return Err(Failure {
                    code: "ProvisionedConcurrencyFailed".to_owned(),
                    message: format!("the service could not keep instances ready for alias `{alias}`: {reason}"),
                    help: Some(
                        "see in the function's log why it does not start; then change it and apply with --update"
                            .into(),
                    ),
                });
            }
            _ => break,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(SLOWEST);
    }
    while client.is_alias_moving(name, alias).await.map_err(|error| Failure::from(&error))? {
        Waiting::note(&format!("AWS to move all calls of alias `{alias}`"), "it has weights of AWS's own");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(SLOWEST);
    }
    Ok(())
}

const MENDLESS: &str = "run apply with --replace and the function's name, which deletes it and creates it again: a \
                        function that failed to be set up cannot be mended";
const AGAIN: &str = "run apply --update again";

fn help(reason: &Reason, then: &str) -> String {
    reason.remedy().map_or_else(|| then.to_owned(), |remedy| format!("{remedy}; then {then}"))
}
