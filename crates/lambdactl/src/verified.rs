//! What `plan --verify` found: as diagnostics with their places, and as notes of the plan.

use std::collections::HashMap;

use lambdactl_aws::{Finding, Owner, Verified};
use lambdactl_diff::Plan;
use lambdactl_manifest::{Declaration, Diagnostic, Found, Reading, located as located_in};
use lambdactl_schema::Desired;

/// Gives findings their places in the manifests. `all` is what the manifests say, with the functions that were not chosen.
pub(crate) fn located(verified: &Verified, reading: &Reading, all: &Desired) -> Vec<Diagnostic> {
    let functions = numbered(all.functions.iter().map(|spec| spec.request.function_name.as_str()));
    let layers = numbered(all.layers.iter().map(|spec| spec.name()));
    let found = verified.findings.iter().filter_map(|finding| {
        let Finding { rule, owner, pointer, message } = finding;
        let declaration = match owner {
            Owner::Function(name) => Declaration::Function(*functions.get(name.as_str())?),
            Owner::Layer(name) => Declaration::Layer(*layers.get(name.as_str())?),
        };
        Some(Found { rule, declaration, pointer: pointer.clone(), message: message.clone() })
    });
    located_in(reading, found.collect())
}

/// Writes into the plan's notes what was found, what there is to say besides, and what could not be asked.
pub(crate) fn note(verified: &Verified, plan: &mut Plan) {
    let Verified { findings, about, notes } = verified;
    let functions: Vec<String> = plan.functions.iter().map(|function| function.name.clone()).collect();
    let functions = numbered(functions.iter().map(String::as_str));
    let note_of = |plan: &mut Plan, name: &str, note: String| {
        if let Some(index) = functions.get(name) {
            plan.functions[*index].notes.push(note);
        }
    };
    for Finding { rule, owner, pointer: _, message } in findings {
        let note = format!("{}: {message}", rule.code);
        match owner {
            Owner::Function(name) => note_of(plan, name, note),
            Owner::Layer(name) => plan.notes.push(format!("layer {name}: {note}")),
        }
    }
    for (name, note) in about {
        note_of(plan, name, note.clone());
    }
    plan.notes.extend(notes.iter().cloned());
}

/// Gives each name its number.
fn numbered<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    names.enumerate().map(|(index, name)| (name, index)).collect()
}
