//! What is done to functions, in words.

use lambdactl_diff::{Action, Plan, Summary};

use super::layers::Counts;
use super::style::count;
use crate::flags::Global;

/// Where a command works, as far as a person must be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LocationNote {
    is_local: bool,
}

impl LocationNote {
    /// Returns where the common flags send a command.
    pub(crate) fn of(global: &Global) -> Self {
        Self { is_local: global.local }
    }

    /// Returns what is put behind the account's name.
    pub(crate) fn as_str(self) -> &'static str {
        if self.is_local { " (--local: nothing reaches AWS)" } else { "" }
    }
}

/// Returns what a plan says of a function.
pub(crate) fn planned(action: &Action) -> &'static str {
    match action {
        Action::Create(_) => "will be created",
        Action::Update(_) => "will be updated",
        Action::Replace(_) => "will be deleted and created again",
        Action::Delete { .. } => "will be deleted",
        Action::Drift => "exists and differs",
        Action::Refused(_) => "will be left as it is",
        Action::Unchanged => "is unchanged",
    }
}

/// Returns what happens at the moment, given the action's word.
pub(crate) fn doing(action: &str) -> &'static str {
    match action {
        "create" => "creating",
        "update" => "updating",
        "replace" => "replacing",
        "delete" => "deleting",
        "unchanged" | "drift" => "waiting until it is ready",
        _ => "working",
    }
}

/// Returns what has happened, given the action's word.
pub(crate) fn done(action: &str) -> &'static str {
    match action {
        "create" => "created",
        "update" => "updated",
        "replace" => "replaced",
        "delete" => "deleted",
        "unchanged" | "drift" => "ready",
        _ => "done",
    }
}

/// Returns what is said of an account without a difference: never more than was looked at.
pub(crate) fn as_the_manifest_says(plan: &Plan) -> &'static str {
    match plan.is_whole() {
        true => "The account is as the manifest says.",
        false => "The account is as the manifest says, as far as it was compared.",
    }
}

/// Returns how many functions there are of each action: `1 to create, 2 drifted, 5 unchanged`.
pub(crate) fn counts(plan: &Plan) -> String {
    let Summary { create, update, replace, delete, drift, unchanged } = plan.summary();
    let rest = [(update, "to update"), (replace, "to replace"), (delete, "to delete"), (drift, "drifted")];
    let mut parts = vec![format!("{create} to create")];
    parts.extend(rest.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")));
    parts.push(format!("{unchanged} unchanged"));
    parts.extend(Counts::of(plan).words());
    parts.join(", ")
}

/// Returns the question before an apply: `Create 2 functions, delete 1`.
pub(crate) fn question(plan: &Plan) -> String {
    let Summary { create, update, replace, delete, drift: _, unchanged: _ } = plan.summary();
    let Counts { published, old, .. } = Counts::of(plan);
    let functions = [(create, "create"), (update, "update"), (replace, "replace"), (delete, "delete")];
    let functions = functions.into_iter().filter(|(number, _)| *number > 0).enumerate();
    let functions = functions.map(|(index, (number, verb))| match index {
        0 => format!("{verb} {}", count(number, "function")),
        _ => format!("{verb} {number}"),
    });
    let layers = [
        (published, format!("publish {}", count(published, "layer"))),
        (old, format!("delete {} of layers", count(old, "old version"))),
    ];
    let layers = layers.into_iter().filter_map(|(number, words)| (number > 0).then_some(words));
    let parts: Vec<String> = functions.chain(layers).collect();
    let text = parts.join(", ");
    let first = text.chars().next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + text.get(1..).unwrap_or_default()
}
