//! One pass over one location: read, compare, carry out what is allowed, and note how each function stands.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lambdactl_apply::{ApplyReport, Status, Stop};
use lambdactl_aws::{FEW, ReadError};
use lambdactl_diff::{Action, FunctionPlan, LayerAction, Plan, RefusalReason};
use lambdactl_reconcile::{Fights, Manner, Planned, Schedule, Shares};

use crate::allowances::Allowances;
use crate::continuous::board::{Standing, Word};
use crate::location::Location;
use crate::several::{Failure, Wanted};

/// A location that stays open from pass to pass.
pub(crate) struct Open {
    pub(crate) location: Location,
    pub(crate) schedule: Schedule,
    shares: Shares,
    fights: Fights,
    /// The manifest's state for which everything was done once: what differs later has drifted.
    settled: Option<u64>,
    /// The functions that differed at the last pass.
    differed: BTreeSet<String>,
    /// Functions that did not work when they were last asked. A pass over lists does not see that they still do not.
    doubts: BTreeMap<String, Standing>,
    /// When some functions are asked whether they work, where a pass over all reads lists.
    share_due: Option<Instant>,
}

/// What a pass is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every function.
    Full,
    /// A share of them, each read by itself: only that tells whether it works.
    Share,
}

impl Scope {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Share => "share",
        }
    }
}

/// How passes are made.
pub(crate) struct How<'a> {
    pub(crate) allowances: &'a Allowances,
    pub(crate) plan_only: bool,
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) stop: &'a Stop,
    /// Which state of the manifests it is for.
    pub(crate) generation: u64,
}

/// Whether a pass has come to where it changes something: before that it can be given up at any moment.
#[derive(Debug, Default)]
pub(crate) struct Changing(AtomicBool);

impl Changing {
    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a pass came to.
pub(crate) struct Passed {
    pub(crate) plan: Arc<Plan>,
    /// How each function stands.
    pub(crate) functions: BTreeMap<String, Standing>,
    /// What was done, function by function: the action's word, how it went, and the paths that were changed.
    pub(crate) done: Vec<Done>,
    /// Why less was done than the plan wanted.
    pub(crate) held: Option<Failure>,
    /// Functions that differ though the manifest has not changed, and did not at the pass before.
    pub(crate) drift_detected: usize,
    pub(crate) is_success: bool,
}

/// What was done about one function.
pub(crate) struct Done {
    pub(crate) name: String,
    pub(crate) action: &'static str,
    pub(crate) status: Status,
    pub(crate) paths: Vec<String>,
    /// It was brought back to where an unchanged manifest wants it.
    pub(crate) is_correction: bool,
}

/// Functions that are worked on at a time.
const PARALLELISM: usize = 8;

impl Open {
    pub(crate) fn new(location: Location, interval: Duration) -> Self {
        Self {
            location,
            schedule: Schedule::new(interval, Instant::now()),
            shares: Shares::default(),
            fights: Fights::default(),
            settled: None,
            differed: BTreeSet::new(),
            doubts: BTreeMap::new(),
            share_due: None,
        }
    }

    /// Returns when the next pass is due.
    pub(crate) fn due(&self) -> Instant {
        self.share_due.map_or(self.schedule.due(), |share| share.min(self.schedule.due()))
    }

    /// Returns the pass that is due now.
    pub(crate) fn due_scope(&self, now: Instant) -> Option<Scope> {
        match () {
            () if self.schedule.due() <= now => Some(Scope::Full),
            () if self.share_due.is_some_and(|share| share <= now) => Some(Scope::Share),
            () => None,
        }
    }

    /// Plans the next pass after one that has ended.
    pub(crate) fn ended(&mut self, scope: Scope, is_success: bool, wanted: &Wanted, interval: Duration) {
        let (now, chance) = (Instant::now(), Self::chance());
        self.share_due = None;
        match (scope, is_success) {
            (Scope::Full, true) => {
                self.schedule.succeeded(now, chance);
                // Half-way between two passes over lists, which do not say it.
                self.share_due = (wanted.desired.functions.len() > FEW).then(|| now + interval / 2);
            }
            (Scope::Full, false) => self.schedule.failed(now, chance),
            // What is wrong with a few is looked at with all of them.
            (Scope::Share, _) => {}
        }
    }

    /// Makes a pass.
    pub(crate) async fn pass(
        &mut self,
        wanted: &Wanted,
        scope: Scope,
        how: &How<'_>,
        changing: &Changing,
    ) -> Result<Passed, ReadError> {
        // What the last pass learnt and counted is not carried along for ever.
        self.location.session = self.location.session.renewed(Arc::clone(&wanted.all));
        self.location.session.give_up_after(how.timeout);
        let names: BTreeSet<String> =
            wanted.desired.functions.iter().map(|spec| spec.request.function_name.clone()).collect();
        let (share, desired) = match scope {
            Scope::Full => (Vec::new(), Arc::clone(&wanted.desired)),
            Scope::Share => {
                let share = self.shares.next(&names);
                let mut some = wanted.desired.as_ref().clone();
                some.functions.retain(|spec| share.contains(&spec.request.function_name));
                some.layers.clear();
                (share, Arc::new(some))
            }
        };
        let session = &mut self.location.session;
        let resolved = session.resolved(&desired).await?.into_owned();
        let mut planned = session.plan(&resolved, &wanted.options, scope == Scope::Share).await?;
        let is_settled = self.settled == Some(how.generation);
        if !is_settled {
            // Whoever wrote the manifest may have settled the matter.
            self.fights.clear();
        }
        self.fights.forget(how.interval, Instant::now());
        self.note_health(&planned.plan, &share);
        let differing: BTreeSet<String> = differing(&planned.plan).map(|function| function.name.clone()).collect();
        let drift_detected = if is_settled { differing.difference(&self.differed).count() } else { 0 };
        let mut standings = self.leave_alone(&mut planned, how);
        let held = how.allowances.check(&planned.plan).err().map(|error| Failure::of_opening(&error));
        let is_work = |function: &FunctionPlan| function.action.is_call() || !function.unsettled.is_empty();
        let plan = &planned.plan;
        let publishes = plan.layers.iter().any(|layer| layer.action == LayerAction::Create);
        let is_applied =
            !how.plan_only && held.is_none() && (plan.functions.iter().any(is_work) || publishes || plan.has_calls());
        let report = match is_applied {
            true => {
                changing.begin();
                Some(self.carry_out(&resolved, &planned, wanted, how).await)
            }
            false => None,
        };
        let done = report.as_ref().map(|report| done(plan, report, is_settled)).unwrap_or_default();
        for corrected in done.iter().filter(|done| done.is_correction) {
            let paths = corrected.paths.iter().map(String::as_str);
            self.fights.corrected(&corrected.name, paths, Instant::now());
        }
        for function in &plan.functions {
            let standing = standing(function, report.as_ref(), held.is_some());
            standings.entry(function.name.clone()).or_insert(standing);
        }
        self.doubt(&mut standings, &done, scope, &names);
        let is_success = held.is_none()
            && report.as_ref().is_none_or(ApplyReport::is_success)
            && (report.is_some() || plan.failures().next().is_none());
        if is_success && !how.plan_only && scope == Scope::Full {
            self.settled = Some(how.generation);
        }
        let corrected: BTreeSet<&str> =
            done.iter().filter(|done| done.status == Status::Applied).map(|done| done.name.as_str()).collect();
        let differ = differing.into_iter().filter(|name| !corrected.contains(name.as_str()));
        match scope {
            Scope::Full => self.differed = differ.collect(),
            Scope::Share => self.differed.extend(differ),
        }
        let plan = Arc::new(planned.plan);
        Ok(Passed { plan, functions: standings, done, held, drift_detected, is_success })
    }

    fn note_health(&mut self, plan: &Plan, share: &[String]) {
        for function in plan.functions.iter().filter(|function| share.contains(&function.name)) {
            let is_failed = matches!(&function.action, Action::Refused(refusal) if matches!(refusal.reason, RefusalReason::Failed(_)));
            let works = !is_failed && function.state.as_deref().is_none_or(|state| state == "Active");
            self.shares.answered(&function.name, works);
        }
    }

    /// Keeps in mind which functions do not work.
    fn doubt(
        &mut self,
        standings: &mut BTreeMap<String, Standing>,
        done: &[Done],
        scope: Scope,
        declared: &BTreeSet<String>,
    ) {
        self.doubts.retain(|name, _| declared.contains(name));
        for (name, standing) in standings {
            let was_waited_for = done.iter().any(|done| done.name == *name && done.status == Status::Applied);
            match (standing.word, scope) {
                (Word::Failed, _) => {
                    self.shares.answered(name, false);
                    self.doubts.insert(name.clone(), standing.clone());
                }
                (Word::Ready, Scope::Full) if !was_waited_for && declared.len() > FEW => {
                    if let Some(doubt) = self.doubts.get(name) {
                        standing.clone_from(doubt);
                    }
                }
                _ => _ = self.doubts.remove(name),
            }
        }
    }

    /// Leaves functions alone whose members somebody else changes back each time, and says so.
    fn leave_alone(&self, planned: &mut Planned, how: &How<'_>) -> BTreeMap<String, Standing> {
        let mut held = BTreeMap::new();
        for function in &mut planned.plan.functions {
            if !matches!(function.action, Action::Update(_)) {
                continue;
            }
            let Some(contested) = self.fights.contested(&function.name, how.interval, Instant::now()) else { continue };
            function.action = Action::Drift;
            let note = format!(
                "somebody else changes {} back each time, so it is left alone for {}: name it in `ignore` if it is theirs",
                contested.paths.join(", "),
                lambdactl_schema::spelled(contested.left_alone)
            );
            function.notes.push(note.clone());
            held.insert(function.name.clone(), Standing { word: Word::Held, notes: vec![note], error: None });
        }
        held
    }

    async fn carry_out(
        &self,
        resolved: &lambdactl_schema::Desired,
        planned: &Planned,
        wanted: &Wanted,
        how: &How<'_>,
    ) -> ApplyReport {
        let manner =
            Manner { parallelism: PARALLELISM, wait: true, fail_fast: false, timeout: how.timeout, back: false };
        self.location.session.apply(resolved, planned, &wanted.options, manner, how.stop, &|_| {}).await
    }

    /// Returns a number between 0 and 1 by which times vary.
    pub(crate) fn chance() -> f64 {
        (RandomState::new().hash_one(0) % 1000) as f64 / 999.0
    }
}

/// The functions that are not as the manifest says.
fn differing(plan: &Plan) -> impl Iterator<Item = &FunctionPlan> {
    plan.functions.iter().filter(|function| {
        matches!(function.action, Action::Drift | Action::Create(_) | Action::Update(_) | Action::Replace(_))
    })
}

fn done(plan: &Plan, report: &ApplyReport, is_settled: bool) -> Vec<Done> {
    let of = |(outcome, function): (&lambdactl_apply::Outcome, &FunctionPlan)| Done {
        name: outcome.name.clone(),
        action: outcome.action,
        status: outcome.status,
        paths: function.changes.iter().map(|change| change.path.clone()).collect(),
        is_correction: is_settled && outcome.status == Status::Applied && outcome.action != "delete",
    };
    report.functions.iter().zip(&plan.functions).map(of).collect()
}

/// How a function stands after a pass.
fn standing(function: &FunctionPlan, report: Option<&ApplyReport>, is_held: bool) -> Standing {
    let outcome = report.and_then(|report| report.functions.iter().find(|outcome| outcome.name == function.name));
    let error =
        outcome.and_then(|outcome| outcome.error.as_ref()).map(|error| format!("{}: {}", error.code, error.message));
    let refused = match &function.action {
        Action::Refused(refusal) => Some(format!("{}: {}", refusal.reason.as_str(), refusal.message)),
        _ => None,
    };
    let word = match (outcome.map(|outcome| outcome.status), &function.action) {
        (Some(Status::Failed), _) | (_, Action::Refused(_)) => Word::Failed,
        (Some(Status::Applied), _) => Word::Ready,
        (Some(Status::Skipped), _) => Word::Pending,
        (_, Action::Drift) => Word::Drifted,
        (_, action) if action.is_call() => {
            if is_held {
                Word::Held
            } else {
                Word::Drifted
            }
        }
        _ if !function.unsettled.is_empty() && outcome.is_none() => Word::Pending,
        _ => Word::Ready,
    };
    Standing { word, notes: function.notes.clone(), error: error.or(refused) }
}
