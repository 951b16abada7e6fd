//! Whose functions are: which of them a manifest can take for its own.

use lambdactl_schema::{Call, Desired, PROTECT_TAG};

use crate::action::Refusal;
use crate::current::{CurrentState, Tags};
use crate::guards::claimed;
use crate::planner::ownership;
use crate::update::tagging;

/// What adopting means for one function of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// The function's name.
    pub name: String,
    /// What is to be done.
    pub step: AdoptionStep,
}

/// What adopting does to a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdoptionStep {
    /// The call that gives it the tags that are missing.
    Tag(Call),
    /// It carries the manifest's tags already.
    Owned,
    /// There is no such function.
    Missing,
    /// Another manifest owns it.
    Claimed(Refusal),
    /// Whose it is could not be read, for this reason.
    Unknown(String),
}

/// Returns what adopting means for every function of a manifest whose name is `owner`.
pub fn adoptions(desired: &Desired, owner: &str, current: &CurrentState) -> Vec<Adoption> {
    let step = |name: &str, protect: bool| {
        let Some(function) = current.functions.get(name) else { return AdoptionStep::Missing };
        let tags = match &function.tags {
            Tags::Known(tags) => tags,
            Tags::Unknown(reason) => return AdoptionStep::Unknown(reason.clone()),
        };
        if let Some(other) = function.owner().filter(|other| *other != owner) {
            return AdoptionStep::Claimed(claimed(owner, other));
        }
        let mut wanted = ownership(owner, protect);
        // A function that is no longer protected says so, rather than keep a tag that nobody sees.
        if !protect && tags.contains_key(PROTECT_TAG) {
            wanted.insert(PROTECT_TAG.to_owned(), "false".to_owned());
        }
        wanted.retain(|key, value| tags.get(key) != Some(value));
        match wanted.is_empty() {
            true => AdoptionStep::Owned,
            false => AdoptionStep::Tag(tagging(function.text("FunctionArn").unwrap_or_default(), &wanted)),
        }
    };
    let functions = desired.functions.iter();
    functions
        .map(|spec| {
            let name = &spec.request.function_name;
            Adoption { name: name.clone(), step: step(name, spec.protect) }
        })
        .collect()
}
