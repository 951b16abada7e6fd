//! What an apply does about what stands beside a function, and what it leaves.

use std::collections::BTreeMap;

use lambdactl_schema::kinds::Kind;
use lambdactl_schema::{CREATING_TAG, Call, FunctionSpec, NEWEST, Operation, Rollout, Subject};
use serde_json::{Map, Value};

use super::mappings::Reach;
use super::remains::{Old, old};
use super::rollouts::{self, Moving};
use super::step::{Policy, Step, Steps, Target, Turn, place};
use super::steps::{compare, names_newest};
use super::{calls, statements};
use crate::action::Change;
use crate::current::{CurrentFunction, Tags};
use crate::found::Found;
use crate::options::PlanOptions;
use crate::published::Newest;

/// What becomes of what stands beside one function.
#[derive(Default)]
pub(crate) struct BesidePlan {
    /// How it differs, by path.
    pub(crate) changes: Vec<Change>,
    /// The paths of those differences that stay.
    pub(crate) left: Vec<String>,
    /// Differences in what belongs to someone else.
    pub(crate) ignored: Vec<Change>,
    /// What could not be compared.
    pub(crate) uncompared: Vec<String>,
    /// What else there is to say.
    pub(crate) notes: Vec<String>,
    /// What is there and not declared, for those who ask.
    pub(crate) undeclared: Vec<String>,
    /// The aliases that move step by step.
    pub(crate) rollouts: BTreeMap<String, Rollout>,
    /// Why one of them cannot.
    pub(crate) impossible: Vec<String>,
    /// What cannot be told from another.
    pub(crate) unclear: Vec<String>,
    /// The aliases that would have to name a version where there is none.
    pub(crate) versionless: Vec<String>,
    /// The aliases whose instances the service still makes ready.
    pub(crate) moving: Vec<String>,
    /// The mappings that the service still works on.
    pub(crate) settling: Vec<String>,
    /// The function's creation came to no end: this apply goes on with it.
    pub(crate) is_unfinished: bool,
    before: Vec<Call>,
    after: Vec<Call>,
    needs_version: bool,
}

/// Plans what stands beside a function that exists; `own` are the calls of the function itself.
pub(crate) fn plan(
    spec: &FunctionSpec,
    current: &CurrentFunction,
    own: &[Call],
    owner: Option<&str>,
    options: &PlanOptions,
) -> BesidePlan {
    let is_unfinished = matches!(&current.tags, Tags::Known(tags) if tags.contains_key(CREATING_TAG));
    if spec.beside.is_empty() && !is_unfinished {
        return BesidePlan::default();
    }
    let name = &spec.request.function_name;
    let target = target(spec, current, own);
    let reach = Reach { owner, prune: options.prune };
    let Steps { steps, ignored, uncompared, undeclared, unclear, settling, renewals, notes } =
        compare(spec, current, &target, reach);
    let mut plan = BesidePlan {
        ignored,
        uncompared,
        undeclared,
        unclear,
        settling,
        notes,
        is_unfinished,
        ..BesidePlan::default()
    };
    let is_protected = spec.protect || current.is_protected();
    let comes = |step: &Step| {
        let alias = step.slot.qualifier.as_deref();
        steps.iter().any(|other| {
            other.kind == Kind::Aliases && other.turn == Turn::Comes && other.slot.name.as_deref() == alias
        })
    };
    let is_acted = |step: &&Step| match step.turn {
        Turn::Comes => true,
        Turn::Differs => options.update || is_unfinished || (step.slot.qualifier.is_some() && comes(step)),
        Turn::Renewed => (options.update || is_unfinished) && !is_protected,
        Turn::Goes => options.prune && !(is_protected && is_kept(step.kind)),
    };
    let (acted, left): (Vec<&Step>, Vec<&Step>) = steps.iter().partition(is_acted);
    let names_coming = |step: &&Step| step.wanted.as_ref().is_some_and(names_newest) && step.kind == Kind::Aliases;
    plan.needs_version = target == Target::Coming && acted.iter().any(&names_coming);
    if target == Target::Missing {
        let without = acted.iter().filter(|step| names_coming(step));
        plan.versionless = without.filter_map(|step| step.slot.name.clone()).collect();
    }
    let publishes = plan.needs_version || own.iter().any(|call| call.operation == Operation::PublishVersion);
    let old = match options.prune {
        true => old(spec, current, &acted, publishes),
        false => Ok(Old::default()),
    };
    let old = old.unwrap_or_else(|reason| {
        plan.uncompared.push(reason);
        Old::default()
    });
    plan.left = left.iter().flat_map(|step| step.changes.iter().map(|change| change.path.clone())).collect();
    match acted.iter().any(|step| step.turn == Turn::Renewed) {
        true => plan.notes.extend(renewals),
        false if options.update && is_protected && !renewals.is_empty() => {
            let places: Vec<String> = left
                .iter()
                .filter(|step| step.turn == Turn::Renewed)
                .map(|step| place(step.kind, &step.slot))
                .collect();
            let places = places.join(", ");
            plan.notes.push(format!("the function is protected, and keeps what would have to be made anew: {places}"));
        }
        false => {}
    }
    plan.notes.extend(unremoved(&left, options, is_protected));
    let Moving { rollouts: by_steps, notes, impossible } = rollouts::of(spec, &acted);
    (plan.rollouts, plan.impossible) = (by_steps, impossible);
    plan.notes.extend(notes);
    plan.notes.extend(acted.iter().flat_map(|step| opened(step)));
    plan.notes.extend(old.note());
    if is_unfinished {
        plan.notes.push("its creation was not finished: what stands beside it is still to be set".to_owned());
    }
    let (moving, failures) = provisioned(spec, current, &acted);
    plan.moving = moving;
    plan.notes.extend(failures);
    (plan.before, plan.after) = calls::calls(name, &acted, owner);
    plan.after.extend(old.calls(name));
    if is_unfinished {
        plan.after.push(
            Call::new(Operation::UntagResource, Subject::id(current.text("FunctionArn").unwrap_or_default()))
                .with("tagKeys", vec![CREATING_TAG]),
        );
    }
    plan.changes = steps.into_iter().flat_map(|step| step.changes).chain(old.change()).collect();
    plan
}

impl BesidePlan {
    /// Whether everything is as it should be.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.is_unfinished && self.before.is_empty() && self.after.is_empty()
    }

    /// Whether a version is published for it, although the function itself is left as it is.
    pub(crate) fn needs_version(&self) -> bool {
        self.needs_version
    }

    /// Returns the calls of the function itself and these, in their order. `publish` is the call that publishes a version.
    pub(crate) fn join(self, mut own: Vec<Call>, publish: impl FnOnce() -> Call) -> Vec<Call> {
        if self.needs_version && !own.iter().any(|call| call.operation == Operation::PublishVersion) {
            own.push(publish());
        }
        let at = own.iter().position(|call| call.operation == Operation::PublishVersion).unwrap_or(own.len());
        own.splice(at..at, self.before);
        own.extend(self.after);
        own
    }
}

/// Returns the aliases whose instances are still made ready, and says of those where that failed why. What is set anew is
/// waited for anyway.
fn provisioned(spec: &FunctionSpec, current: &CurrentFunction, acted: &[&Step]) -> (Vec<String>, Vec<String>) {
    let Some(Found::Things(states)) = current.beside.get(&Kind::ProvisionedConcurrency) else {
        return Default::default();
    };
    let (mut moving, mut failures) = (Vec::new(), Vec::new());
    for declared in spec.beside.declared() {
        let is_set = acted.iter().any(|step| step.kind == declared.kind && step.slot == declared.slot);
        let (Kind::ProvisionedConcurrency, false, Some(alias)) = (declared.kind, is_set, &declared.slot.qualifier)
        else {
            continue;
        };
        let Some(state) = states.get(&declared.slot) else { continue };
        match state["Status"].as_str() {
            Some("IN_PROGRESS") => moving.push(alias.clone()),
            Some("FAILED") => {
                let reason = state["StatusReason"].as_str().unwrap_or("no reason given");
                failures.push(format!("no instances could be kept ready for alias `{alias}`: {reason}"));
            }
            _ => {}
        }
    }
    (moving, failures)
}

/// Returns the version that `published` names once these calls are made.
fn target(spec: &FunctionSpec, current: &CurrentFunction, own: &[Call]) -> Target {
    if own.iter().any(|call| call.operation == Operation::PublishVersion) {
        return Target::Coming;
    }
    match &current.newest {
        Newest::Version(newest) => Target::Number(newest.number.clone()),
        Newest::None if spec.request.publish == Some(true) => Target::Coming,
        Newest::None => Target::Missing,
        Newest::NotRead => Target::Unknown("nobody asked".to_owned()),
        Newest::Unknown(reason) => Target::Unknown(reason.clone()),
    }
}

/// What is never taken from a protected function: what others reach it by.
fn is_kept(kind: Kind) -> bool {
    matches!(kind, Kind::Aliases | Kind::Urls | Kind::EventSourceMappings)
}

/// Says of what must not be there why it stays.
fn unremoved(left: &[&Step], options: &PlanOptions, is_protected: bool) -> Option<String> {
    let places: Vec<String> =
        left.iter().filter(|step| step.turn == Turn::Goes).map(|step| place(step.kind, &step.slot)).collect();
    if places.is_empty() {
        return None;
    }
    let places = places.join(", ");
    Some(match options.prune && is_protected {
        true => format!("the function is protected, and keeps what must not be there: {places}"),
        false => format!("only --prune removes what must not be there: {places}"),
    })
}

/// Says what becomes open to everyone, and what stays open.
fn opened(step: &Step) -> Vec<String> {
    let place = place(step.kind, &step.slot);
    let mut notes = Vec::new();
    match step.kind {
        Kind::Urls if step.policy.iter().any(|policy| matches!(policy, Policy::Add(..))) => {
            notes.push(format!("PUBLIC: everyone can call the {place} without signing"));
        }
        Kind::Urls => {
            let is = |side: &Option<Value>, value: &str| side.as_ref().is_some_and(|form| form["AuthType"] == value);
            if is(&step.before, "NONE") && is(&step.wanted, "AWS_IAM") && step.policy.is_empty() {
                notes.push(format!(
                    "the {place} asks for signatures from now on; statements that let everyone call it stay in the policy \
                     unless `public: false` takes them away"
                ));
            }
        }
        Kind::Permissions => {
            let wanted = step.wanted.as_ref();
            if wanted.is_some_and(|form| statements::is_open(form) || statements::is_public_for_urls(form)) {
                notes.push(format!("PUBLIC: {place} lets everyone call"));
            }
        }
        _ => {}
    }
    notes
}

/// Plans what stands beside a function that is still to be created: everything that is declared comes with it.
pub(crate) fn of_new(spec: &FunctionSpec, owner: Option<&str>, options: &PlanOptions) -> BesidePlan {
    let beside = Kind::ALL.into_iter().filter(|kind| kind.is_beside()).map(|kind| (kind, Found::nothing()));
    let current = CurrentFunction { beside: beside.collect(), newest: Newest::None, ..CurrentFunction::default() };
    let options = PlanOptions { update: true, ..options.clone() };
    let mut plan = plan(spec, &current, &[], owner, &options);
    for change in &mut plan.changes {
        *change = crate::changes::change(std::mem::take(&mut change.path), None, change.after.take());
    }
    // What was not there needs no call to be what the service makes it.
    plan.changes.retain(|change| change.after.is_some());
    plan
}

/// Whether an action's calls could be those of another plan: equal but for the version that was still to be published.
pub(crate) fn is_same_but_newest(shown: &Value, now: &Value) -> bool {
    match (shown, now) {
        (Value::String(text), Value::String(number)) if text == NEWEST => {
            number == NEWEST || number.bytes().all(|byte| byte.is_ascii_digit())
        }
        (Value::Object(shown), Value::Object(now)) => is_same_map(shown, now),
        _ => shown == now,
    }
}

fn is_same_map(shown: &Map<String, Value>, now: &Map<String, Value>) -> bool {
    let find = |key: &str| {
        now.get(key).or_else(|| {
            let is_new =
                |other: &&String| !shown.contains_key(*other) && other.bytes().all(|byte| byte.is_ascii_digit());
            (key == NEWEST).then(|| now.keys().find(is_new).and_then(|other| now.get(other))).flatten()
        })
    };
    shown.len() == now.len()
        && shown.iter().all(|(key, value)| find(key).is_some_and(|other| is_same_but_newest(value, other)))
}
