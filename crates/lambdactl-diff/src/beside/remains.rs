//! Versions that nobody needs any more.

use std::collections::BTreeSet;

use lambdactl_schema::kinds::Kind;
use lambdactl_schema::{Call, FunctionSpec, NEWEST, Operation, Slot, Subject};
use serde_json::{Value, json};

use super::step::{Step, Turn};
use crate::action::Change;
use crate::changes::change;
use crate::current::CurrentFunction;
use crate::found::Found;
use crate::ignored::is_ignored;

/// The published versions of a function that go.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Old {
    /// Their numbers, the oldest first.
    pub(crate) numbers: Vec<u64>,
    /// How many there are in all.
    pub(crate) all: usize,
}

/// Returns the versions that go once these steps are done. The newest ones stay, and of the others those that an alias names
/// or that have provisioned concurrency of their own (both are refused by the service, or cost money that somebody meant to
/// spend). `publishes`: one more is the newest by then.
pub(crate) fn old(
    spec: &FunctionSpec,
    current: &CurrentFunction,
    steps: &[&Step],
    publishes: bool,
) -> Result<Old, String> {
    let path = Slot::function().path(Kind::OldVersions);
    let Some(keep) = spec.beside.kept_versions().filter(|_| !is_ignored(&path, &spec.ignore)) else {
        return Ok(Old::default());
    };
    let things = |kind: Kind| match current.beside.get(&kind) {
        None => Ok(None),
        Some(Found::Things(things)) => Ok(Some(things)),
        Some(Found::Unknown(reason)) => {
            Err(format!("old versions stay, because the {} could not be read: {reason}", kind.row().title))
        }
    };
    let (Some(versions), Some(aliases)) = (things(Kind::OldVersions)?, things(Kind::Aliases)?) else {
        return Ok(Old::default());
    };
    let number = |text: &str| text.parse::<u64>().ok();
    let mut needed: BTreeSet<u64> = BTreeSet::new();
    for (slot, alias) in aliases {
        let step = steps.iter().find(|step| step.kind == Kind::Aliases && step.slot == *slot);
        match step {
            Some(step) if step.turn == Turn::Goes => {}
            Some(step) => needed.extend(named_by(step.wanted.as_ref()).iter().filter_map(|text| number(text))),
            None => needed.extend(named_by(Some(alias)).iter().filter_map(|text| number(text))),
        }
    }
    let coming = steps.iter().filter(|step| step.kind == Kind::Aliases && step.turn == Turn::Comes);
    needed.extend(coming.flat_map(|step| named_by(step.wanted.as_ref())).filter_map(|text| number(&text)));
    let provisioned = things(Kind::ProvisionedConcurrency)?.into_iter().flatten();
    needed.extend(provisioned.filter_map(|(slot, _)| number(slot.qualifier.as_deref()?)));

    let numbers: BTreeSet<u64> = versions.keys().filter_map(|slot| number(slot.name.as_deref()?)).collect();
    let keep = usize::try_from(keep).unwrap_or(usize::MAX).saturating_sub(usize::from(publishes));
    let gone =
        numbers.iter().take(numbers.len().saturating_sub(keep)).filter(|number| !needed.contains(number)).copied();
    Ok(Old { numbers: gone.collect(), all: numbers.len() })
}

/// The versions that an alias names, as its target and by weights.
fn named_by(alias: Option<&Value>) -> Vec<String> {
    let Some(alias) = alias else { return Vec::new() };
    let weights = alias["RoutingConfig"]["AdditionalVersionWeights"].as_object().into_iter().flatten();
    let named = weights.map(|(version, _)| version.as_str()).chain(alias["FunctionVersion"].as_str());
    named.filter(|version| *version != NEWEST).map(str::to_owned).collect()
}

impl Old {
    /// How a plan shows them.
    pub(crate) fn change(&self) -> Option<Change> {
        let numbers: Vec<String> = self.numbers.iter().map(u64::to_string).collect();
        (!numbers.is_empty()).then(|| change(Slot::function().path(Kind::OldVersions), Some(json!(numbers)), None))
    }

    /// Their number, in a sentence.
    pub(crate) fn note(&self) -> Option<String> {
        let (gone, all) = (self.numbers.len(), self.all);
        (gone > 0)
            .then(|| format!("{gone} of {all} published versions are old ones that nothing names, and are deleted"))
    }

    /// The calls that delete them.
    pub(crate) fn calls(&self, function: &str) -> Vec<Call> {
        let of = |number: &u64| Call::new(Operation::DeleteFunction, Subject::qualified(function, number.to_string()));
        self.numbers.iter().map(of).collect()
    }
}
