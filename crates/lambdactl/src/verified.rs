//! What `plan --verify` found: as diagnostics with their places, and as notes of the plan.

use lambdactl_aws::{Finding, Owner, Verified};
use lambdactl_diff::Plan;
use lambdactl_manifest::{Declaration, Diagnostic, Found, Reading, located as located_in};
use lambdactl_schema::Desired;

/// Gives findings their places in the manifests. `all` is what the manifests say, with the functions that were not chosen.
pub(crate) fn located(verified: &Verified, reading: &Reading, all: &Desired) -> Vec<Diagnostic> {
    let found = verified.findings.iter().filter_map(|finding| {
        let Finding { rule, owner, pointer, message } = finding;
        let declaration = match owner {
            Owner::Function(name) => {
                Declaration::Function(all.functions.iter().position(|spec| spec.request.function_name == *name)?)
            }
            Owner::Layer(name) => Declaration::Layer(all.layers.iter().position(|spec| spec.name() == name)?),
        };
        Some(Found { rule, declaration, pointer: pointer.clone(), message: message.clone() })
    });
    located_in(reading, found.collect())
}

/// Writes into the plan's notes what was found, what there is to say besides, and what could not be asked.
pub(crate) fn note(verified: &Verified, plan: &mut Plan) {
    let Verified { findings, about, notes } = verified;
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

fn note_of(plan: &mut Plan, name: &str, note: String) {
    if let Some(function) = plan.functions.iter_mut().find(|function| function.name == name) {
        function.notes.push(note);
    }
}
