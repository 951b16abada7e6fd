//! Layers: published before the functions that use them, and rid of old versions after those.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use lambdactl_aws::Client;
use lambdactl_diff::{CurrentLayer, LayerAction, LayerArn, LayerArns, LayerPlan, LayerVersion};
use tracing::{info, warn};

use crate::archive::{Archives, Carrying};
use crate::done::{Done, TRIES};
use crate::options::{ApplyOptions, Event};
use crate::report::{Failure, LayerOutcome, Status};
use crate::stop::StopReason;

/// Layers that are published at a time: each has an archive of up to 50 MB in memory, and that again as base64.
const AT_A_TIME: usize = 4;

/// What carrying out the plans of layers takes.
#[derive(Clone, Copy)]
pub(crate) struct LayerWork<'a> {
    pub(crate) client: &'a Client,
    pub(crate) options: ApplyOptions<'a>,
    pub(crate) watch: &'a (dyn Fn(Event<'_>) + Sync),
    pub(crate) archives: &'a Archives,
}

impl LayerWork<'_> {
    /// Publishes what is to be published, and returns what became of each layer, and the ARNs that functions are to have. Of a layer
    /// that failed no ARN is known.
    pub(crate) async fn publish(&self, layers: &[LayerPlan]) -> (Vec<LayerOutcome>, LayerArns) {
        let mut outcomes: Vec<(usize, LayerOutcome, Option<String>)> = stream::iter(layers.iter().enumerate())
            .map(async |(index, layer)| {
                let (outcome, arn) = self.one(layer).await;
                (index, outcome, arn)
            })
            .buffer_unordered(self.options.parallelism.clamp(1, AT_A_TIME))
            .collect()
            .await;
        outcomes.sort_by_key(|(index, ..)| *index);
        let mut arns = LayerArns::of(layers);
        for (_, outcome, arn) in &outcomes {
            if let Some(arn) = arn {
                arns.0.insert(outcome.name.clone(), LayerArn::Known(arn.clone()));
            }
        }
        (outcomes.into_iter().map(|(_, outcome, _)| outcome).collect(), arns)
    }

    async fn one(&self, layer: &LayerPlan) -> (LayerOutcome, Option<String>) {
        let settled = |status: Status| LayerOutcome {
            name: layer.name.clone(),
            action: layer.action.as_str(),
            status,
            version: layer.version,
            notes: layer.notes.clone(),
            error: None,
        };
        match layer.action {
            LayerAction::Create => {}
            LayerAction::Drift => return (settled(Status::Drift), None),
            LayerAction::Delete | LayerAction::Unchanged => return (settled(Status::Unchanged), None),
        }
        if let Some(reason) = self.options.stop.reason() {
            return (LayerOutcome { error: Some(Failure::skipped(reason)), ..settled(Status::Skipped) }, None);
        }
        (self.watch)(Event::Publishing(layer));
        let result = tokio::time::timeout(self.options.timeout, self.publish_once(layer)).await;
        let result = result.unwrap_or_else(|_| {
            Err(Failure {
                code: "Timeout".into(),
                message: format!("not published after {} s", self.options.timeout.as_secs()),
                help: Some(
                    "run apply again, which looks whether it was published, or give it more time with --timeout".into(),
                ),
            })
        });
        let (outcome, arn) = match result {
            Ok((done, LayerVersion { number, arn, .. })) => {
                let status = if done == Done::Changed { Status::Applied } else { Status::Unchanged };
                (LayerOutcome { version: Some(number), ..settled(status) }, Some(arn))
            }
            Err(failure) => {
                if self.options.fail_fast {
                    self.options.stop.ask(StopReason::Failure);
                }
                (LayerOutcome { error: Some(failure), ..settled(Status::Failed) }, None)
            }
        };
        (self.watch)(Event::Published(&outcome));
        (outcome, arn)
    }

    /// Publishes a version exactly once, whatever happens to the answers.
    ///
    /// The service publishes the same content anew each time, so that nothing is published before a look at the newest version. One that
    /// the plan had not seen is this run's own after a lost answer, or another's that was quicker: where it is as it was asked for, it
    /// is the one, and anything else is a conflict. The caller bounds the time.
    async fn publish_once(&self, layer: &LayerPlan) -> Result<(Done, LayerVersion), Failure> {
        let Some(call) = &layer.publish else { return Err(moved(&layer.name)) };
        let content = call.members.get("Content");
        let text = |member: &str| content.and_then(|content| content.get(member)).and_then(|text| text.as_str());
        let mut lost = None;
        for tried in 1..=TRIES {
            match self.client.layer(&layer.name).await.map_err(|error| Failure::from(&error))? {
                CurrentLayer::Newest(newest) if layer.version.is_none_or(|planned| newest.number > planned) => {
                    if !layer.is_published_as(&newest) {
                        return Err(moved(&layer.name));
                    }
                    info!(layer = layer.name, version = newest.number, "it was published");
                    let done = if lost.is_some() { Done::Changed } else { Done::Unchanged };
                    return Ok((done, *newest));
                }
                CurrentLayer::Newest(_) | CurrentLayer::None | CurrentLayer::Unknown(_) => {}
            }
            let carrying = Carrying {
                client: self.client,
                name: &layer.name,
                source: layer.archive.as_ref(),
                sha256: layer.code_sha256.as_deref(),
                kms_key: self.options.kms_key,
                bucket_owner: self.options.bucket_owner,
                watch: self.watch,
            };
            let archive = self.archives.carried(carrying, text("S3Bucket"), text("S3Key")).await?;
            let archive = archive.as_ref().map(|archive| archive.as_slice());
            match self.client.publish_layer(call, archive).await {
                Ok(version) => return Ok((Done::Changed, version)),
                Err(error) if error.is_ambiguous() => {
                    warn!("{}: whether it was published is not known, looking: {error}", layer.name);
                    lost = Some(Failure::from(&error));
                }
                Err(error) => return Err(Failure::from(&error)),
            }
            // What was published is not to be seen at once.
            tokio::time::sleep(Duration::from_millis(500) * tried).await;
        }
        // The loop goes on only after a lost answer.
        Err(lost.unwrap_or_else(|| moved(&layer.name)))
    }

    /// Deletes old versions, once everything that might use them has been done.
    pub(crate) async fn prune(&self, layers: &[LayerPlan], outcomes: &mut [LayerOutcome]) {
        for (layer, outcome) in layers.iter().zip(outcomes) {
            for number in &layer.old {
                if let Some(reason) = self.options.stop.reason() {
                    outcome.status = Status::Skipped;
                    outcome.error = Some(Failure::skipped(reason));
                    break;
                }
                match self.client.delete_layer_version(&layer.name, *number).await {
                    Ok(()) => outcome.status = Status::Applied,
                    Err(error) => {
                        let mut failure = Failure::from(&error);
                        failure.message = format!("old version {number}: {}", failure.message);
                        outcome.status = Status::Failed;
                        outcome.error = Some(failure);
                        break;
                    }
                }
            }
        }
    }
}

/// Says of old versions that they stay, because something else went wrong before.
pub(crate) fn keep_old(layers: &[LayerPlan], outcomes: &mut [LayerOutcome]) {
    for (layer, outcome) in layers.iter().zip(outcomes) {
        if !layer.old.is_empty() && outcome.error.is_none() {
            outcome.notes.push("old versions stay, because not everything else was done".to_owned());
            if layer.action == LayerAction::Delete {
                outcome.status = Status::Skipped;
                outcome.error = Some(Failure {
                    code: "Skipped".into(),
                    message: "old versions stay, because not everything else was done".into(),
                    help: Some("run apply again once that is mended".into()),
                });
            }
        }
    }
}

fn moved(name: &str) -> Failure {
    Failure {
        code: "Moved".to_owned(),
        message: format!(
            "someone else published a version of the layer `{name}` since it was planned, and it is another"
        ),
        help: Some("nothing was published; run plan again to see how it differs now".to_owned()),
    }
}
