//! Carries a plan out: the only crate that changes anything.
//!
//! Expected flow: the caller makes a [`Plan`](lambdactl_diff::Plan), shows it, has it agreed to, and hands it to
//! [`apply`].
//!
//! Guarantees: what is sent is what the plan holds, and nothing else is decided here; every function and layer of the plan has
//! its row in the [`ApplyReport`], in the plan's order, whatever happened; one failure does not stop the others unless
//! that was asked for; a function is created once and deleted once, whatever happens to answers on the way; an update
//! goes to the function that was planned for, and one that stops half-way says how far it came.

mod apply;
mod archive;
mod create;
mod delete;
mod done;
mod furnish;
mod layers;
mod mappings;
mod options;
mod report;
mod rollout;
mod stop;
mod update;
mod wait;
mod work;

pub use apply::apply;
pub use options::{ApplyOptions, Event, Replan};
pub use report::{ApplyReport, Failure, LayerOutcome, Outcome, Status, Totals};
pub use stop::{Stop, StopReason};
