//! What stands beside a function: each kind is compared here, by code of its own.
//!
//! What CreateFunction sets ([`compare`]) belongs to the function's update. The rest is compared thing by thing (`steps`, `mappings`) in
//! one form for both sides (`forms`, `statements`), and what an apply does about it is decided in `plan`.

mod calls;
mod declare;
mod forms;
mod mapping_calls;
mod mapping_form;
mod mappings;
mod plan;
mod remains;
mod rollouts;
mod statements;
mod step;
mod steps;

use lambdactl_schema::{FunctionSpec, Kind};
use serde_json::{Value, json};

use crate::action::Change;
use crate::changes::change;
use crate::current::{CodeSigning, CurrentFunction};
use crate::known::Known;
use crate::{tags, versions};

pub(crate) use declare::declare;
pub use mapping_calls::mapping_arn;
pub use mappings::{SHOWN_SOURCE, mappings_with_tags_to_read};
pub(crate) use plan::{BesidePlan, is_same_but_newest, of_new, plan};
pub use rollouts::POINTED_TO;

/// Compares one kind that CreateFunction sets; what could not be read becomes a note.
pub(crate) fn compare(
    kind: Kind,
    spec: &FunctionSpec,
    current: &CurrentFunction,
    known: &Known,
    notes: &mut Vec<String>,
) -> Vec<Change> {
    match kind {
        Kind::CodeSigning => code_signing(spec, current, notes).into_iter().collect(),
        Kind::Tags => tags::compare(spec.request.tags.as_ref(), current, notes),
        Kind::Versions => versions::compare(spec, current, known, notes).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn code_signing(spec: &FunctionSpec, current: &CurrentFunction, notes: &mut Vec<String>) -> Option<Change> {
    let wanted = spec.request.code_signing_config_arn.as_deref().unwrap_or_default();
    match &current.code_signing {
        CodeSigning::NotRead => None,
        CodeSigning::Unknown(reason) => {
            notes.push(format!("the code signing configuration could not be read and was not compared: {reason}"));
            None
        }
        CodeSigning::Arn(arn) if arn == wanted => None,
        CodeSigning::Arn(arn) => {
            let some = |text: &str| -> Option<Value> { (!text.is_empty()).then(|| json!(text)) };
            Some(change(format!("/{}", Kind::CodeSigning.row().key), some(arn), some(wanted)))
        }
    }
}
