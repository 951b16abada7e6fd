use std::borrow::Cow;

use futures_util::stream::{self, StreamExt};
use lambdactl_aws::{Client, FunctionAnswer, Wait, Waiting};
use lambdactl_diff::{Action, FunctionPlan, Health, LayerArns, Plan, Refusal, Unsettled};
use lambdactl_schema::{ArchiveSource, CREATING_TAG, CreateFunctionRequest};
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{Instrument, info_span};

use crate::archive::{Archives, sends_code};
use crate::delete::{delete, replace};
use crate::done::Done;
use crate::furnish::furnish;
use crate::layers::{LayerWork, keep_old};
use crate::mappings::wait_for_mapping;
use crate::options::{ApplyOptions, Event};
use crate::report::{ApplyReport, Failure, Outcome, Status};
use crate::stop::StopReason;
use crate::update::update;
use crate::wait::wait_for_provisioned;
use crate::work::Work;

/// Kilobytes of archives that are on their way at a time: each is in memory more than once while it is sent.
const UPLOADS: usize = 96 << 10;

/// Bytes that the archive of a folder is taken to have.
const FOLDER: u64 = 16 << 20;

/// What functions share while a plan is carried out.
struct Run<'a> {
    client: &'a Client,
    options: ApplyOptions<'a>,
    watch: &'a (dyn Fn(Event<'_>) + Sync),
    slots: Semaphore,
    uploads: Semaphore,
    archives: &'a Archives,
    /// The versions of layers that functions name.
    layers: &'a LayerArns,
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
    let archives = &Archives::of(plan);
    let layer_work = LayerWork { client, options, watch, archives };
    let (mut layers, arns) = layer_work.publish(&plan.layers).await;
    let slots = Semaphore::new(options.parallelism.max(1));
    let run = &Run { client, options, watch, slots, uploads: Semaphore::new(UPLOADS), archives, layers: &arns };
    let planned: Vec<Cow<'_, FunctionPlan>> =
        plan.functions.iter().map(|function| function.with_layers(&arns)).collect();
    let mut functions: Vec<(usize, Outcome)> = stream::iter(planned.iter().enumerate())
        .map(async |(index, function)| {
            let function = function.as_ref();
            let outcome = match &function.action {
                Action::Drift => run.look_after(function, Status::Drift).await,
                Action::Unchanged => run.look_after(function, Status::Unchanged).await,
                Action::Refused(refusal) => refused(function, refusal),
                Action::Create(_) | Action::Update(_) | Action::Replace(_) | Action::Delete { .. } => {
                    run.carry_out(function).instrument(info_span!("function", name = function.name)).await
                }
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
    let functions: Vec<Outcome> = functions.into_iter().map(|(_, outcome)| outcome).collect();
    let report = ApplyReport { functions, layers: Vec::new() };
    let is_published = layers.iter().all(|layer| layer.error.is_none());
    if report.is_success() && is_published {
        layer_work.prune(&plan.layers, &mut layers).await;
    } else {
        keep_old(&plan.layers, &mut layers);
    }
    ApplyReport { layers, ..report }
}

fn settled(function: &FunctionPlan, status: Status) -> Outcome {
    Outcome {
        name: function.name.clone(),
        action: function.action.as_str(),
        status,
        function_arn: function.function_arn.clone(),
        notes: function.notes.clone(),
        error: None,
    }
}

fn refused(function: &FunctionPlan, refusal: &Refusal) -> Outcome {
    let status = if refusal.reason.is_failure() { Status::Failed } else { Status::Drift };
    Outcome { error: Some(Failure::from(refusal)), ..settled(function, status) }
}

impl Run<'_> {
    /// Does what is planned for a function. Its time begins when it has a slot.
    async fn carry_out(&self, function: &FunctionPlan) -> Outcome {
        let slot = acquire(&self.slots, 1).await;
        let upload = acquire(&self.uploads, kilobytes(function).min(UPLOADS)).await;
        if let Some(reason) = self.options.stop.reason() {
            return Outcome { error: Some(Failure::skipped(reason)), ..settled(function, Status::Skipped) };
        }
        if let Some(layer) = function.awaited_layers().first() {
            return Outcome { error: Some(Failure::without_layer(layer)), ..settled(function, Status::Skipped) };
        }
        (self.watch)(Event::Started(function));
        let work = Work::new(self.client, function, self.options, self.watch, (self.archives, self.layers));
        let result = self.bounded(&work, self.work(&work, (slot, upload))).await;
        let mut outcome = settled(function, Status::Applied);
        outcome.function_arn = work.arn();
        outcome.notes.extend(work.said());
        match result {
            Ok(Done::Changed) => {}
            Ok(Done::Unchanged) => outcome.status = Status::Unchanged,
            Err(failure) => {
                outcome.status = Status::Failed;
                outcome.error = Some(work.with_what_was_done(failure));
            }
        }
        (self.watch)(Event::Finished(&outcome));
        outcome
    }

    /// Waits for a function that nothing is to be done about and that the service still works on.
    async fn look_after(&self, function: &FunctionPlan, status: Status) -> Outcome {
        let outcome = settled(function, status);
        if !self.options.wait || function.unsettled.is_empty() || self.options.stop.reason().is_some() {
            return outcome;
        }
        (self.watch)(Event::Started(function));
        let work = Work::new(self.client, function, self.options, self.watch, (self.archives, self.layers));
        let waits = async {
            let mut health = Health::Ready;
            for unsettled in &function.unsettled {
                match unsettled {
                    Unsettled::Function => health = work.wait_until_settled().await?,
                    Unsettled::Version(number) => work.wait_for_version(number).await?,
                    Unsettled::Mapping(uuid) => wait_for_mapping(self.client, uuid).await?,
                    Unsettled::Provisioned(alias) => wait_for_provisioned(self.client, work.name(), alias).await?,
                }
            }
            Ok(health)
        };
        let outcome = match self.bounded(&work, waits).await {
            // It serves as before, and whose update it was nobody knows.
            Ok(Health::UpdateFailed(reason)) => {
                let mut notes = outcome.notes.clone();
                notes.push(format!("its last update failed, and it serves as before: {reason}"));
                Outcome { status: Status::Drift, notes, ..outcome }
            }
            Ok(_) => outcome,
            Err(failure) => Outcome { status: Status::Failed, error: Some(failure), ..outcome },
        };
        (self.watch)(Event::Finished(&outcome));
        outcome
    }

    /// Does a function's work within its time. When that is over, says what the time went to.
    async fn bounded<T>(&self, work: &Work<'_>, does: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let waiting = Waiting::of(work.name(), work.function.named_members());
        let time = work.time(self.options.timeout);
        let result = tokio::time::timeout(time, waiting.during(does)).await;
        result.unwrap_or_else(|_| {
            let waited = waiting.last().map(|Wait { what, words }| {
                let words = if words.is_empty() { String::new() } else { format!("; the service's last words: {words}") };
                format!(": it waited for {what}{words}")
            });
            let verb = work.pending_verb();
            Err(Failure {
                code: "Timeout".into(),
                message: format!("not {verb} after {} s{}", time.as_secs(), waited.unwrap_or_default()),
                help: Some(match verb {
                    "ready" => "it may still become ready; run apply again, which looks again, or give it more time with --timeout",
                    _ => "run apply again, which goes on from what is there, or give it more time with --timeout",
                }.into()),
            })
        })
    }

    async fn work(
        &self,
        work: &Work<'_>,
        permits: (SemaphorePermit<'_>, SemaphorePermit<'_>),
    ) -> Result<Done, Failure> {
        match &work.function.action {
            Action::Create(request) => {
                let (done, answer) = work.create(request).await?;
                drop(permits);
                self.finish(work, request, done, answer).await
            }
            Action::Update(steps) => update(work, steps, work.function).await,
            Action::Replace(request) => {
                let (done, answer) = replace(work, request).await?;
                drop(permits);
                self.finish(work, request, done, answer).await
            }
            Action::Delete { owner, mappings } => delete(work, owner, mappings).await,
            Action::Drift | Action::Refused(_) | Action::Unchanged => Ok(Done::Unchanged),
        }
    }

    /// Waits for a function that was created, and sets what stands beside it.
    async fn finish(
        &self,
        work: &Work<'_>,
        request: &CreateFunctionRequest,
        done: Done,
        answer: FunctionAnswer,
    ) -> Result<Done, Failure> {
        let goes_on = request.tags.as_ref().is_some_and(|tags| tags.contains_key(CREATING_TAG));
        if !self.options.wait && !goes_on {
            return Ok(done);
        }
        (self.watch)(Event::Accepted(&work.function.name));
        let version = answer.version.clone();
        work.wait_for_creation(answer).await?;
        if goes_on {
            furnish(work, request, done, version).await?;
        }
        Ok(done)
    }
}

/// How much of an archive the calls carry; a file that cannot be seen is an error when it is read.
fn kilobytes(function: &FunctionPlan) -> usize {
    let inline = function.inline_archive().map_or(0, str::len);
    let file = match function.archive.as_ref().filter(|_| sends_code(function)) {
        None => 0,
        // How large the archive of a folder will be is not known before it is made.
        Some(ArchiveSource::Folder { .. }) => FOLDER,
        Some(source) => std::fs::metadata(source.path()).map_or(0, |file| file.len()),
    };
    let encoded = usize::try_from(file).unwrap_or(usize::MAX / 4) / 3 * 4;
    (inline + encoded) >> 10
}

async fn acquire(semaphore: &Semaphore, permits: usize) -> SemaphorePermit<'_> {
    let permits = u32::try_from(permits).unwrap_or(u32::MAX);
    semaphore.acquire_many(permits).await.expect("nobody closes it")
}
