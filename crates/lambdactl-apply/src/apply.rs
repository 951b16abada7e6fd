use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use lambdactl_aws::Client;
use lambdactl_diff::{Action, FunctionPlan, Plan};
use lambdactl_schema::CreateFunctionRequest;
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{Instrument, info_span};

use crate::create::create_once;
use crate::report::{ApplyReport, Failure, Outcome, Status};
use crate::stop::{Stop, StopReason};
use crate::wait::wait_until_ready;

/// How a plan is carried out.
#[derive(Clone, Copy, Debug)]
pub struct ApplyOptions<'a> {
    /// Create calls in flight at a time. Waiting until a function is ready takes no place among them.
    pub parallelism: usize,
    /// Whether to wait until each function is ready.
    pub wait: bool,
    /// Whether the first failure keeps further functions from being started.
    pub fail_fast: bool,
    /// How long one function may take, its creation and the wait together.
    pub timeout: Duration,
    /// By which the caller can keep further functions from being started.
    pub stop: &'a Stop,
}

/// Kilobytes of archives that are on their way at a time: each is in memory more than once while it is sent.
const UPLOADS: usize = 128 << 10;

/// What functions share while a plan is carried out.
struct Run<'a> {
    client: &'a Client,
    options: ApplyOptions<'a>,
    watch: &'a (dyn Fn(Event<'_>) + Sync),
    slots: Semaphore,
    uploads: Semaphore,
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
    options: ApplyOptions<'_>,
    watch: &(dyn Fn(Event<'_>) + Sync),
) -> ApplyReport {
    let slots = Semaphore::new(options.parallelism.max(1));
    let run = &Run { client, options, watch, slots, uploads: Semaphore::new(UPLOADS) };
    let mut functions: Vec<(usize, Outcome)> = stream::iter(plan.functions.iter().enumerate())
        .map(async |(index, function)| {
            let outcome = match &function.action {
                Action::Create(request) => {
                    run.create(function, request).instrument(info_span!("function", name = function.name)).await
                }
                Action::Drift => settled(function, Status::Drift),
                Action::Unchanged => settled(function, Status::Unchanged),
            };
            if outcome.status == Status::Failed && options.fail_fast {
                options.stop.ask(StopReason::Failure);
            }
            (index, outcome)
        })
        // All at once: the slots bound what is in flight, and a function that takes minutes holds up no other.
        .buffer_unordered(plan.functions.len().max(1))
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

impl Run<'_> {
    /// Creates a function and waits until it is ready. Its time begins when it has a slot.
    async fn create(&self, function: &FunctionPlan, request: &CreateFunctionRequest) -> Outcome {
        let kilobytes = request.code.zip_file.as_ref().map_or(0, |base64| base64.len() >> 10);
        let slot = acquire(&self.slots, 1).await;
        let upload = acquire(&self.uploads, kilobytes.min(UPLOADS)).await;
        let mut outcome = settled(function, Status::Applied);
        if let Some(reason) = self.options.stop.reason() {
            outcome.status = Status::Skipped;
            outcome.error = Some(skipped(reason));
            return outcome;
        }
        (self.watch)(Event::Creating(&function.name));
        let work = async {
            let answer = create_once(self.client, request, function.code_sha256.as_deref()).await?;
            drop((slot, upload));
            outcome.function_arn = answer.arn.clone();
            if self.options.wait {
                (self.watch)(Event::Accepted(&function.name));
                wait_until_ready(self.client, &function.name, answer.state).await?;
            }
            Ok(())
        };
        let result = match tokio::time::timeout(self.options.timeout, work).await {
            Ok(result) => result,
            Err(_) => Err(Failure {
                code: "Timeout".into(),
                message: format!("not ready after {} s", self.options.timeout.as_secs()),
                help: Some("it may still become ready; run apply again, or give it more time with --timeout".into()),
            }),
        };
        if let Err(failure) = result {
            outcome.status = Status::Failed;
            outcome.error = Some(failure);
        }
        (self.watch)(Event::Finished(&outcome));
        outcome
    }
}

async fn acquire(semaphore: &Semaphore, permits: usize) -> SemaphorePermit<'_> {
    let permits = u32::try_from(permits).unwrap_or(u32::MAX);
    semaphore.acquire_many(permits).await.expect("nobody closes it")
}

fn skipped(reason: StopReason) -> Failure {
    let (message, help) = match reason {
        StopReason::Failure => (
            "not started, because another function failed",
            "run apply again without --fail-fast, or after mending the other one",
        ),
        StopReason::Interruption => ("not started, because apply was interrupted", "run apply again to go on"),
    };
    Failure { code: "Skipped".into(), message: message.into(), help: Some(help.into()) }
}
