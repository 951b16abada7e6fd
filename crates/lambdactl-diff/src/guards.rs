//! What keeps a function from being touched, whatever the manifest says: whose it is, and whether it works.

use crate::action::{Refusal, RefusalReason};
use crate::current::CurrentFunction;
use crate::health::{Health, Reason};
use crate::published::Newest;

/// Says that two manifests claim one function.
pub(crate) fn claimed(owner: &str, other: &str) -> Refusal {
    Refusal {
        reason: RefusalReason::Claimed,
        message: format!("it belongs to the manifest `{other}`, and this is `{owner}`"),
        help:
            "take it out of one of the two; to move it to this one, take its tag `lambdactl:manifest` off and run adopt"
                .into(),
    }
}

/// Says that a function is nobody's.
pub(crate) fn not_owned(owner: &str) -> Refusal {
    Refusal {
        reason: RefusalReason::NotOwned,
        message: format!("it does not carry the tag of the manifest `{owner}`, and may be somebody else's"),
        help: "run `lambdactl adopt`, which puts the tag on it, if it is this manifest's".into(),
    }
}

/// Says that nobody knows whose a function is: a guard that cannot be read is closed.
pub fn owner_unknown(reason: &str) -> Refusal {
    Refusal {
        reason: RefusalReason::OwnerUnknown,
        message: format!(
            "its tags could not be read, so that it may belong to another manifest, or be protected: {reason}"
        ),
        help:
            "let the role read tags (lambda:ListTags); `lambdactl iam-policy` prints the policy that a manifest needs"
                .into(),
    }
}

/// Says that a function cannot be used and never will be.
pub(crate) fn failed(reason: &Reason) -> Refusal {
    let remedy = reason.remedy().map(|remedy| format!("{remedy}; then ")).unwrap_or_default();
    Refusal {
        reason: RefusalReason::Failed(reason.code().to_owned()),
        message: format!("the service could not set the function up: {reason}"),
        help: format!(
            "{remedy}pass --replace with its name, which deletes the function and creates it again: a function that \
             failed to be set up cannot be mended"
        )
        .into(),
    }
}

/// Says that the newest version of a function cannot be used.
pub fn version_failed(number: &str, reason: &Reason) -> Refusal {
    let remedy = reason.remedy().map(|remedy| format!("{remedy}; then ")).unwrap_or_default();
    Refusal {
        reason: RefusalReason::Failed(reason.code().to_owned()),
        message: format!("the service could not set version {number} up: {reason}"),
        help: format!("{remedy}change the function and apply with --update, which publishes another version").into(),
    }
}

/// Says that an alias cannot move step by step.
pub(crate) fn no_rollout(reasons: &[String]) -> Refusal {
    Refusal {
        reason: RefusalReason::NoRollout,
        message: reasons.join("; "),
        help: "take `rollout` out of the alias for this change, so that it moves at once, and put it back afterwards"
            .into(),
    }
}

/// Says that the mappings of a function cannot be told from each other.
pub(crate) fn unclear_mappings(reasons: &[String]) -> Refusal {
    Refusal {
        reason: RefusalReason::Unclear,
        message: reasons.join("; "),
        help: "say in the manifest by `UUID` which one is meant, and delete the others, or take a `UUID` out that no mapping has".into(),
    }
}

/// Says that a function is about to be gone.
pub(crate) fn deleting() -> Refusal {
    Refusal {
        reason: RefusalReason::Deleting,
        message: "it is being deleted".to_owned(),
        help: "run apply again when it is gone: the function is created anew then".into(),
    }
}

/// Returns the newest version and why it does not work, where it does not.
pub(crate) fn failed_version(current: &CurrentFunction) -> Option<(&str, &Reason)> {
    match &current.newest {
        Newest::Version(newest) => match &newest.health {
            Health::Failed(reason) => Some((&newest.number, reason)),
            _ => None,
        },
        Newest::NotRead | Newest::None | Newest::Unknown(_) => None,
    }
}

/// Says that aliases name the newest version of a function that has none.
pub(crate) fn no_version(aliases: &[String]) -> Refusal {
    let aliases: Vec<String> = aliases.iter().map(|alias| format!("`{alias}`")).collect();
    Refusal {
        reason: RefusalReason::NoVersion,
        message: format!(
            "`published` names the newest version, and the function has none: alias {}",
            aliases.join(", ")
        ),
        help: "say `Publish: true`, which publishes a version after each change, or name a version".into(),
    }
}

/// Says that nobody knows which version of a layer a function is to have.
pub(crate) fn layer_unknown(layer: &str, reason: &str) -> Refusal {
    Refusal {
        reason: RefusalReason::LayerUnknown,
        message: format!("the versions of the layer `{layer}` could not be read: {reason}"),
        help: "let the credentials call ListLayerVersions and GetLayerVersion: `lambdactl iam-policy` prints what a manifest needs"
            .into(),
    }
}
