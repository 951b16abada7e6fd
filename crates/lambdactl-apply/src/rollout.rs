//! Moves an alias to another version step by step. The alias itself is the state: its target is the old version, its weight the new
//! one, so that an apply that was killed is gone on with by the next one.

use std::time::Duration;

use lambdactl_aws::{Alarm, CurrentAlias, Waiting};
use lambdactl_schema::{Call, Rollout, RolloutStep, percent, shares};
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::warn;

use crate::done::TRIES;
use crate::options::Event;
use crate::report::Failure;
use crate::stop::StopReason;
use crate::work::{Broken, Work};

/// How far a rollout came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shifted {
    /// The alias points to the new version.
    Whole,
    /// It has begun, and nobody waits for the rest.
    Begun,
}

/// How often alarms are looked at while a step lasts, and how soon an interruption is seen.
const LOOK: Duration = Duration::from_secs(10);
const GLANCE: Duration = Duration::from_millis(100);

/// Looks before anything is changed whether an alias can be moved: its alarms are there, and none has gone off.
pub(crate) async fn check(work: &Work<'_>, call: &Call, rollout: &Rollout) -> Result<(), Failure> {
    if rollout.alarms.is_empty() {
        return Ok(());
    }
    let begun = async {
        let (moving, there) = Moving::begin(work, call, rollout).await?;
        moving.check_alarms(&there).await
    };
    begun.await.map_err(|broken| broken_failure(broken, work))
}

/// Moves an alias. `call` is what would move it at once.
pub(crate) async fn shift(work: &Work<'_>, call: &Call, rollout: &Rollout) -> Result<Shifted, Broken> {
    let (moving, there) = Moving::begin(work, call, rollout).await?;
    if there.version == moving.target || there.version.starts_with("$LATEST") {
        moving.set(&there, &moving.whole()).await?;
        return Ok(Shifted::Whole);
    }
    moving.check_alarms(&there).await?;
    let mut there = there;
    let foreign = there.weights.keys().any(|version| *version != moving.target);
    if foreign {
        // Another version was on its way, and it is not the newest any more.
        there = moving.set(&there, &moving.part(None)).await?;
    }
    let reached = there.weights.get(&moving.target).copied().unwrap_or_default();
    // Nobody knows how long the step has lasted that an earlier apply came to.
    if let Some(step) = rollout.steps.iter().find(|step| is_same(step.weight, reached)).filter(|_| work.wait) {
        moving.tell(step);
        moving.watch(&there, step).await?;
    }
    let steps = rollout.steps.iter().filter(|step| step.weight > reached && !is_same(step.weight, reached));
    for step in steps {
        moving.end_if_interrupted(&there).await?;
        there = moving.set(&there, &moving.part(Some(step.weight))).await?;
        moving.tell(step);
        if !work.wait {
            let place = shares(&there.version, &there.weights);
            work.say(format!("the calls of alias `{}` go to {place}; the next `apply --update` goes on", moving.alias));
            return Ok(Shifted::Begun);
        }
        moving.watch(&there, step).await?;
    }
    moving.set(&there, &moving.whole()).await?;
    moving.tell(&RolloutStep { weight: 1.0, wait: Duration::ZERO });
    Ok(Shifted::Whole)
}

struct Moving<'a, 'w> {
    work: &'a Work<'w>,
    call: &'a Call,
    rollout: &'a Rollout,
    alias: String,
    target: String,
    old: String,
}

impl<'a, 'w> Moving<'a, 'w> {
    /// Reads where the alias is.
    async fn begin(work: &'a Work<'w>, call: &'a Call, rollout: &'a Rollout) -> Result<(Self, CurrentAlias), Broken> {
        let alias = call.subject.id.clone().unwrap_or_default();
        let target = call.members.get("FunctionVersion").and_then(Value::as_str).unwrap_or_default().to_owned();
        let there = work.client.alias(work.name(), &alias).await?.ok_or(Broken::Moved)?;
        Ok((Self { work, call, rollout, alias, target, old: there.version.clone() }, there))
    }

    /// The call that ends it: everything that the manifest says of the alias.
    fn whole(&self) -> Call {
        let mut call = self.call.clone();
        call.members.entry("RoutingConfig").or_insert_with(|| json!({}));
        call
    }

    /// The call that gives the new version a part of the calls, or none. Weights are always said: an alias keeps what is not.
    fn part(&self, weight: Option<f64>) -> Call {
        let mut call = Call::new(self.call.operation, self.call.subject.clone());
        let weights = weight.map_or_else(
            || json!({}),
            |weight| json!({ "AdditionalVersionWeights": { self.target.as_str(): weight } }),
        );
        call.members.insert("FunctionVersion".to_owned(), json!(self.old));
        call.members.insert("RoutingConfig".to_owned(), weights);
        call
    }

    /// Makes a call for the revision that was seen, once, whatever happens to answers. Somebody else's change ends it.
    async fn set(&self, there: &CurrentAlias, call: &Call) -> Result<CurrentAlias, Broken> {
        let Some(revision) = there.revision_id.as_deref() else { return Err(Broken::Failed(self.unguarded())) };
        let mut lost = 0;
        loop {
            let guarded = call.clone().with("RevisionId", revision);
            match self.work.client.move_alias(guarded).await {
                Ok(state) => {
                    self.work.note(call.operation);
                    return Ok(state);
                }
                Err(error) if error.is_moved() && lost == 0 => return Err(Broken::Failed(self.taken_over().await)),
                Err(error) if error.is_ambiguous() || error.is_moved() => {
                    lost += 1;
                    if lost == TRIES {
                        return Err(Broken::Failed(self.unknown(&Failure::from(&error)).await));
                    }
                    warn!(
                        "{}: whether alias {} was moved is not known, looking: {error}",
                        self.work.name(),
                        self.alias
                    );
                    tokio::time::sleep(Duration::from_millis(300) * lost).await;
                    let now = match self.work.client.alias(self.work.name(), &self.alias).await {
                        Ok(Some(now)) => now,
                        Ok(None) => return Err(Broken::Failed(self.taken_over().await)),
                        Err(error) => return Err(Broken::Failed(self.unknown(&Failure::from(&error)).await)),
                    };
                    if now.revision_id == there.revision_id {
                        continue;
                    }
                    if is_as_asked(&now, call) {
                        self.work.note(call.operation);
                        return Ok(now);
                    }
                    return Err(Broken::Failed(self.taken_over().await));
                }
                Err(error) => return Err(Broken::Failed(self.unknown(&Failure::from(&error)).await)),
            }
        }
    }

    fn tell(&self, step: &RolloutStep) {
        let RolloutStep { weight, wait } = *step;
        let (name, alias, version) = (self.work.name(), self.alias.as_str(), self.target.as_str());
        (self.work.watch)(Event::Shifted { name, alias, version, weight, wait });
    }

    /// Waits for a step to last, and moves the alias back where an alarm goes off.
    async fn watch(&self, there: &CurrentAlias, step: &RolloutStep) -> Result<(), Broken> {
        let end = Instant::now() + step.wait;
        let mut next = Instant::now() + LOOK.min(step.wait / 2);
        loop {
            let now = Instant::now();
            self.end_if_interrupted(there).await?;
            if now >= next || now >= end {
                if let Some(alarm) = self.alarms().await?.into_iter().find(Alarm::is_off) {
                    return Err(Broken::Failed(self.back(there, &alarm).await));
                }
                next = now + LOOK;
            }
            if now >= end {
                return Ok(());
            }
            let (part, version) = (percent(step.weight), &self.target);
            Waiting::note(&format!("alias `{}` with {part} of its calls at version {version}", self.alias), "");
            tokio::time::sleep(GLANCE.min(end - now)).await;
        }
    }

    async fn end_if_interrupted(&self, there: &CurrentAlias) -> Result<(), Broken> {
        match self.work.stop.reason() {
            Some(StopReason::Interruption) => Err(Broken::Failed(self.interrupted(there).await)),
            _ => Ok(()),
        }
    }

    /// Reads what the alarms say. Without them a rollout does not go on, and says where the alias is.
    async fn alarms(&self) -> Result<Vec<Alarm>, Broken> {
        if self.rollout.alarms.is_empty() {
            return Ok(Vec::new());
        }
        match self.work.client.alarms(&self.rollout.alarms).await {
            Ok(alarms) => Ok(alarms),
            Err(error) => Err(Broken::Failed(self.unknown(&Failure::from(&error)).await)),
        }
    }

    /// Nothing is moved where an alarm is missing or off already. A rollout that was under way is taken back: its alarm may have gone
    /// off when nobody watched.
    async fn check_alarms(&self, there: &CurrentAlias) -> Result<(), Broken> {
        let alarms = self.alarms().await?;
        let is_missing = |name: &&String| !alarms.iter().any(|alarm| alarm.name == **name);
        let missing: Vec<&str> = self.rollout.alarms.iter().filter(is_missing).map(String::as_str).collect();
        if !missing.is_empty() {
            let (alias, place) = (&self.alias, shares(&there.version, &there.weights));
            return Err(Broken::Failed(Failure {
                code: "AlarmMissing".to_owned(),
                message: format!(
                    "CloudWatch has no alarm {} to watch alias `{alias}`, whose calls go to {place}",
                    missing.join(", ")
                ),
                help: Some("create it, or correct `rollout.alarms`; the alias was not moved".to_owned()),
            }));
        }
        let Some(alarm) = alarms.iter().find(|alarm| alarm.is_off()) else { return Ok(()) };
        if !there.weights.is_empty() {
            return Err(Broken::Failed(self.back(there, alarm).await));
        }
        Err(Broken::Failed(Failure {
            code: "Alarm".to_owned(),
            message: format!("{} before alias `{}` was moved", went_off(alarm), self.alias),
            help: Some("the alias was not moved; run apply --update again when the alarm is over".to_owned()),
        }))
    }

    async fn back(&self, there: &CurrentAlias, alarm: &Alarm) -> Failure {
        let moved = self.set(there, &self.part(None)).await;
        let end = match moved {
            Ok(_) => format!("alias `{}` is back at version {}", self.alias, self.old),
            Err(broken) => return broken_failure(broken, self.work),
        };
        Failure {
            code: "Alarm".to_owned(),
            message: format!("{}; {end}", went_off(alarm)),
            help: Some("mend the function; the next apply --update begins the rollout again".to_owned()),
        }
    }

    async fn interrupted(&self, there: &CurrentAlias) -> Failure {
        let is_back = self.work.back && !there.weights.is_empty();
        let message = match is_back {
            false => format!(
                "interrupted: the calls of alias `{}` go to {}",
                self.alias,
                shares(&there.version, &there.weights)
            ),
            true => match self.set(there, &self.part(None)).await {
                Ok(_) => format!("interrupted: alias `{}` is back at version {}", self.alias, self.old),
                Err(broken) => return broken_failure(broken, self.work),
            },
        };
        let help = match is_back {
            true => "run apply --update again, which begins the rollout again",
            false => "run apply --update again, which goes on from there",
        };
        Failure { code: "Interrupted".to_owned(), message, help: Some(help.to_owned()) }
    }

    /// Without a revision nobody could tell whether somebody else moved it in between.
    fn unguarded(&self) -> Failure {
        Failure {
            code: "UnexpectedAnswer".to_owned(),
            message: format!("alias `{}` came without a revision, so it cannot be moved step by step", self.alias),
            help: Some("take `rollout` out of the alias, or ask whoever runs the endpoint".to_owned()),
        }
    }

    /// Somebody else moved the alias: it is theirs now.
    async fn taken_over(&self) -> Failure {
        Failure {
            code: "Moved".to_owned(),
            message: format!("someone else moved alias `{}` during the rollout; {}", self.alias, self.place().await),
            help: Some("it was left as it is; run plan again to see how it differs now".to_owned()),
        }
    }

    /// Adds to a failure where the alias is.
    async fn unknown(&self, failure: &Failure) -> Failure {
        let message = format!("{}; {}", failure.message, self.place().await);
        let help = Some("run apply --update again, which goes on from there".to_owned());
        Failure { message, help, ..failure.clone() }
    }

    async fn place(&self) -> String {
        match self.work.client.alias(self.work.name(), &self.alias).await {
            Ok(Some(CurrentAlias { version, weights, .. })) => {
                format!("its calls go to {}", shares(&version, &weights))
            }
            Ok(None) => "it is not there any more".to_owned(),
            Err(_) => "where it points now could not be read".to_owned(),
        }
    }
}

fn went_off(alarm: &Alarm) -> String {
    let reason = if alarm.reason.is_empty() { String::new() } else { format!(" ({})", alarm.reason) };
    format!("alarm `{}` went off{reason}", alarm.name)
}

/// Whether two weights are the same: they come back with their last digit changed now and then.
fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

/// Whether an alias is what a call asks for.
fn is_as_asked(there: &CurrentAlias, call: &Call) -> bool {
    let version = call.members.get("FunctionVersion").and_then(Value::as_str);
    let routing = call.members.get("RoutingConfig").cloned().unwrap_or_default();
    let wanted = routing["AdditionalVersionWeights"].as_object().cloned().unwrap_or_default();
    let has = |(version, weight): (&String, &Value)| {
        let there = there.weights.get(version).copied().unwrap_or(-1.0);
        is_same(there, weight.as_f64().unwrap_or_default())
    };
    version == Some(there.version.as_str()) && wanted.len() == there.weights.len() && wanted.iter().all(has)
}

fn broken_failure(broken: Broken, work: &Work<'_>) -> Failure {
    match broken {
        Broken::Failed(failure) => failure,
        Broken::Lost(error) | Broken::Taken(error) => Failure::from(&error),
        Broken::Moved => work.moved(),
    }
}

#[cfg(test)]
mod tests {
    use lambdactl_schema::{Operation, Subject};

    use super::*;

    #[test]
    fn an_alias_is_as_asked_with_its_weights() {
        let state = |weights: &[(&str, f64)]| CurrentAlias {
            version: "1".to_owned(),
            weights: weights.iter().map(|(version, weight)| ((*version).to_owned(), *weight)).collect(),
            revision_id: Some("r".to_owned()),
        };
        let call = |routing: Value| {
            Call::new(Operation::UpdateAlias, Subject::default())
                .with("FunctionVersion", "1")
                .with("RoutingConfig", routing)
        };
        let tenth = call(json!({ "AdditionalVersionWeights": { "2": 0.1 } }));
        assert!(is_as_asked(&state(&[("2", 0.1)]), &tenth));
        for other in [&[("2", 0.2)][..], &[], &[("3", 0.1)], &[("2", 0.1), ("3", 0.1)]] {
            assert!(!is_as_asked(&state(other), &tenth));
        }
        assert!(is_as_asked(&state(&[]), &call(json!({}))));
        assert!(!is_as_asked(&state(&[]), &call(json!({})).with("FunctionVersion", "2")));
    }
}
