//! Whether a function that was planned again is left to what was shown before.

use crate::action::{Action, Change, ChangeKind, FunctionPlan};
use crate::beside::is_same_but_newest;
use lambdactl_schema::{Operation, Place};

impl FunctionPlan {
    /// Whether a later plan of the function does nothing that this one did not show. A version that was still to be
    /// published may have its number by then.
    pub fn covers(&self, later: &Self) -> bool {
        let publishes = match &self.action {
            Action::Update(calls) => calls.iter().any(|call| call.operation == Operation::PublishVersion),
            _ => false,
        };
        let is_shown = |change: &Change| {
            self.changes.iter().filter(|shown| !self.left.contains(&shown.path)).any(|shown| {
                // What was shown as something to come is made that, also where a part of it is there by now.
                let is_within = shown.kind == ChangeKind::Added
                    && Place::of(&shown.path).is_some_and(|place| place.is_thing())
                    && change.path.strip_prefix(&shown.path).is_some_and(|rest| rest.starts_with('/'));
                // What was shown as another value is taken away and made anew: in between it is missing.
                let is_made_anew = change.kind == ChangeKind::Added
                    && Place::of(&change.path).is_some_and(|place| place.is_thing())
                    && shown.path.strip_prefix(&change.path).is_some_and(|rest| rest.starts_with('/'));
                is_within
                    || is_made_anew
                    || shown.path == change.path
                        && match (&shown.after, &change.after) {
                            (Some(shown), Some(now)) => is_same_but_newest(shown, now),
                            (shown, now) => shown == now,
                        }
            })
        };
        later
            .changes
            .iter()
            .filter(|change| !later.left.contains(&change.path))
            // What was changed already is not published yet.
            .all(|change| (publishes && change.is_publishing()) || is_shown(change))
    }
}
