use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use lambdactl_aws::Client;
use lambdactl_diff::{Action, FunctionPlan, Plan};
use lambdactl_schema::CreateFunctionRequest;
use tracing::{Instrument, info_span};

use crate::report::{ApplyReport, Failure, Outcome, Status};
use crate::wait::wait_until_ready;

/// How a plan is carried out.
#[derive(Clone, Copy, Debug)]
pub struct ApplyOptions {
    /// Functions that are worked on at a time.
    pub parallelism: usize,
    /// Whether to wait until each function is ready.
    pub wait: bool,
    /// Whether the first failure keeps further functions from being started.
    pub fail_fast: bool,
    /// How long one function may take, its creation and the wait together.
    pub timeout: Duration,
}

/// Something that a person may want to watch.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The create call of a function goes out.
    Creating(&'a str),
    /// The service has accepted the function and sets it up.
    Accepted(&'a str),
    /// A function is finished, well or not.
    Finished(&'a Outcome),
}

/// Carries a plan out and returns what happened to each of its functions.
///
/// Never fails as a whole: what goes wrong is in the report.
pub async fn apply(
    plan: &Plan,
    client: &Client,
    options: ApplyOptions,
    watch: &(dyn Fn(Event<'_>) + Sync),
) -> ApplyReport {
    let stop = AtomicBool::new(false);
    let mut functions: Vec<(usize, Outcome)> = stream::iter(plan.functions.iter().enumerate())
        .map(async |(index, function)| {
            let outcome = match &function.action {
                Action::Create(request) => {
                    let work = create(function, request, client, options, &stop, watch);
                    work.instrument(info_span!("function", name = function.name)).await
                }
                Action::Drift => settled(function, Status::Drift),
                Action::Unchanged => settled(function, Status::Unchanged),
            };
            if outcome.status == Status::Failed && options.fail_fast {
                stop.store(true, Ordering::Relaxed);
            }
            (index, outcome)
        })
        // Unordered, so that a function that takes minutes holds up no other; the report is sorted afterwards.
        .buffer_unordered(options.parallelism.max(1))
        .collect()
        .await;
    functions.sort_by_key(|(index, _)| *index);
    ApplyReport { functions: functions.into_iter().map(|(_, outcome)| outcome).collect() }
}

fn settled(function: &FunctionPlan, status: Status) -> Outcome {
    Outcome {
        name: function.name.clone(),
        action: function.action.as_str(),
        status,
        function_arn: function.function_arn.clone(),
        error: None,
    }
}

async fn create(
    function: &FunctionPlan,
    request: &CreateFunctionRequest,
    client: &Client,
    options: ApplyOptions,
    stop: &AtomicBool,
    watch: &(dyn Fn(Event<'_>) + Sync),
) -> Outcome {
    let mut outcome = settled(function, Status::Applied);
    if stop.load(Ordering::Relaxed) {
        outcome.status = Status::Skipped;
        outcome.error = Some(Failure {
            code: "Skipped".into(),
            message: "not started, because another function failed".into(),
            help: Some("run apply again without --fail-fast, or after mending the other one".into()),
        });
        return outcome;
    }
    watch(Event::Creating(&function.name));
    let name = &function.name;
    let work = async {
        let answer = client.create_function(request).await.map_err(|error| Failure::from(&error))?;
        outcome.function_arn = answer.arn.clone();
        if options.wait {
            watch(Event::Accepted(name));
            wait_until_ready(client, name, answer.state).await?;
        }
        Ok(())
    };
    let result = match tokio::time::timeout(options.timeout, work).await {
        Ok(result) => result,
        Err(_) => Err(Failure {
            code: "Timeout".into(),
            message: format!("not ready after {} s", options.timeout.as_secs()),
            help: Some("it may still become ready; run apply again, or give it more time with --timeout".into()),
        }),
    };
    if let Err(failure) = result {
        outcome.status = Status::Failed;
        outcome.error = Some(failure);
    }
    watch(Event::Finished(&outcome));
    outcome
}
