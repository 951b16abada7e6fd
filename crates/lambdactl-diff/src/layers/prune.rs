//! Versions of layers that nobody needs any more.

use std::collections::BTreeSet;

use lambdactl_schema::{Desired, LayerSpec};
use serde_json::json;

use super::arns::used;
use super::planned::{CurrentLayer, LayerAction, LayerPlan};
use crate::action::{Action, FunctionPlan};
use crate::changes::change;
use crate::current::CurrentState;
use crate::options::PlanOptions;

/// Where a plan shows old versions.
const VERSIONS: &str = "/versions";

/// Adds the old versions that go: those beyond the number that the manifest keeps, never the newest, and never one that a declared
/// function uses once everything else is done.
///
/// Versions of functions that were published before are not looked at: they keep running with a layer's version that is gone, and
/// cannot be created anew with it.
pub(crate) fn prune(
    layers: &mut [LayerPlan],
    functions: &[FunctionPlan],
    desired: &Desired,
    current: &CurrentState,
    options: &PlanOptions,
) {
    if !options.prune || desired.layers.iter().all(|layer| layer.keep.is_none()) {
        return;
    }
    let needed = needed(functions, desired, current);
    for (layer, spec) in layers.iter_mut().zip(&desired.layers) {
        let Some(CurrentLayer::Newest(newest)) = current.layers.get(&layer.name) else { continue };
        let prefix = newest.arn.rsplit_once(':').map_or("", |(prefix, _)| prefix);
        let is_needed = |number: &u64| needed.contains(&format!("{prefix}:{number}"));
        layer.old = beyond(spec, layer, &newest.all).into_iter().filter(|number| !is_needed(number)).collect();
        if layer.old.is_empty() {
            continue;
        }
        let numbers: Vec<String> = layer.old.iter().map(u64::to_string).collect();
        layer.notes.push(format!(
            "{} of {} versions are old ones that no declared function uses, and are deleted",
            numbers.len(),
            newest.all.len()
        ));
        layer.changes.push(change(VERSIONS.to_owned(), Some(json!(numbers)), None));
        if layer.action == LayerAction::Unchanged {
            layer.action = LayerAction::Delete;
        }
    }
}

/// The versions beyond the number that is kept, the oldest first. The one that is about to be published is one of those that stay.
fn beyond(spec: &LayerSpec, layer: &LayerPlan, all: &[u64]) -> Vec<u64> {
    let Some(keep) = spec.keep else { return Vec::new() };
    let coming = u64::from(layer.action == LayerAction::Create);
    let keep = usize::try_from(keep.saturating_sub(coming)).unwrap_or(usize::MAX);
    let newest = if coming == 1 { None } else { layer.version };
    let mut old: Vec<u64> = all.iter().skip(keep).copied().filter(|number| Some(*number) != newest).collect();
    old.sort_unstable();
    old
}

/// The ARNs that the declared functions name once the plan is carried out.
fn needed(functions: &[FunctionPlan], desired: &Desired, current: &CurrentState) -> BTreeSet<String> {
    let mut needed = BTreeSet::new();
    for spec in &desired.functions {
        let name = &spec.request.function_name;
        let planned = functions.iter().find(|function| function.name == *name);
        let moves = planned.is_some_and(changes_layers);
        if let Some(current) = current.functions.get(name).filter(|_| !moves) {
            needed.extend(used(current).into_iter().map(str::to_owned));
        }
        let request = planned.and_then(|planned| match &planned.action {
            Action::Create(request) | Action::Replace(request) => Some(request),
            _ => None,
        });
        let wanted = request.map_or(spec.request.layers.as_ref(), |request| request.layers.as_ref());
        needed.extend(wanted.into_iter().flatten().cloned());
    }
    // What an update puts in their place.
    for function in functions {
        if let Action::Update(calls) = &function.action {
            let layers = calls.iter().filter_map(|call| call.members.get("Layers")?.as_array()).flatten();
            needed.extend(layers.filter_map(|arn| arn.as_str().map(str::to_owned)));
        }
    }
    needed
}

/// Whether carrying a plan out gives a function its layers anew.
fn changes_layers(function: &FunctionPlan) -> bool {
    match &function.action {
        Action::Update(calls) => calls.iter().any(|call| call.members.contains_key("Layers")),
        Action::Replace(_) => true,
        _ => false,
    }
}
