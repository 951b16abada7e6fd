//! Aliases that move step by step: the alias itself is the state, the old version its target and the new one its weight.

use std::collections::BTreeMap;

use lambdactl_schema::kinds::Kind;
use lambdactl_schema::{FunctionSpec, NEWEST, Rollout, percent, spelled};
use serde_json::{Value, json};

use super::step::{Step, Turn};

/// Under which member of an alias's answer whoever reads it writes the configuration of the version that it points to: only what two
/// versions of one alias must have alike.
pub const POINTED_TO: &str = "lambdactl:version";

/// What two versions must have alike to divide the calls of an alias (texts of the service that users quote, and its
/// documentation).
const ALIKE: [&str; 2] = ["Role", "DeadLetterConfig"];

/// The aliases of a function that move step by step.
#[derive(Default)]
pub(super) struct Moving {
    pub(super) rollouts: BTreeMap<String, Rollout>,
    pub(super) notes: Vec<String>,
    /// Why one cannot, in sentences.
    pub(super) impossible: Vec<String>,
}

/// Returns how those aliases move whose steps are acted upon.
pub(super) fn of(spec: &FunctionSpec, acted: &[&Step]) -> Moving {
    let mut moving = Moving::default();
    for (name, alias) in spec.beside.aliases() {
        let Some(rollout) = Rollout::of(alias).filter(|rollout| !rollout.steps.is_empty()) else { continue };
        let mut own = acted.iter().filter(|step| {
            step.kind == Kind::Aliases && step.turn == Turn::Differs && step.slot.name.as_deref() == Some(name)
        });
        let Some(step) = own.next() else { continue };
        let side = |side: &Option<Value>| side.as_ref().map(|form| form["FunctionVersion"].clone()).unwrap_or_default();
        let (old, new) = (side(&step.before), side(&step.wanted));
        if old == new || old.as_str().is_some_and(|old| old.starts_with("$LATEST")) {
            continue;
        }
        let differ = unlike(spec, step.answer.as_ref());
        if !differ.is_empty() {
            moving.impossible.push(format!(
                "alias `{name}` cannot divide calls between versions whose {} differ",
                differ.join(" and ")
            ));
            continue;
        }
        moving.notes.push(note(name, &old, &new, step.answer.as_ref(), &rollout));
        moving.rollouts.insert(name.clone(), rollout);
    }
    moving
}

/// The members in which the version that an alias points to differs from what is published now.
fn unlike(spec: &FunctionSpec, answer: Option<&Value>) -> Vec<&'static str> {
    let Some(pointed) = answer.map(|answer| &answer[POINTED_TO]).filter(|pointed| pointed.is_object()) else {
        return Vec::new();
    };
    let request = json!(spec.request.members());
    let plain = |value: &Value| match value {
        Value::Object(members) if members.values().all(|value| value == "" || value.is_null()) => Value::Null,
        other => other.clone(),
    };
    ALIKE.into_iter().filter(|member| plain(&pointed[*member]) != plain(&request[*member])).collect()
}

fn note(name: &str, old: &Value, new: &Value, answer: Option<&Value>, rollout: &Rollout) -> String {
    let version = |value: &Value| match value.as_str() {
        Some(NEWEST) | None => "the version that is published".to_owned(),
        Some(number) => format!("version {number}"),
    };
    let (steps, time) = (rollout.steps.len(), spelled(rollout.time()));
    let plural = if steps == 1 { "step" } else { "steps" };
    let watched = match rollout.alarms.as_slice() {
        [] => String::new(),
        alarms => format!(", watched by {}", alarms.join(", ")),
    };
    let weights = answer.and_then(|answer| answer["RoutingConfig"]["AdditionalVersionWeights"].as_object());
    let under_way = weights.into_iter().flatten().next().map(|(number, weight)| {
        let part = percent(weight.as_f64().unwrap_or_default());
        if new == number {
            format!("; it goes on from {part}")
        } else {
            format!("; version {number} has {part} now, and another is newer: it begins again from {}", version(old))
        }
    });
    format!(
        "alias `{name}` moves from {} to {} in {steps} {plural} over {time}{watched}{}",
        version(old),
        version(new),
        under_way.unwrap_or_default()
    )
}
