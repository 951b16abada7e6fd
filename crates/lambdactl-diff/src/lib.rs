//! Compares what manifests ask for with what an account has, and says what would be done about it.
//!
//! [`plan`] takes both sides and returns a [`Plan`]: plain data that a person reads, that JSON shows and that the
//! applier executes without a further choice. Pure: no I/O, no clock, no environment.
//!
//! Guarantees:
//! - a function of the account is never the subject of a call: it is unchanged, or it has drifted;
//! - a plan made right after its own application has nothing in it, whatever the service fills in or reorders;
//! - no [`Change`] holds the value of an environment variable.
//!
//! Start at [`plan`]; what is not plain about a member stands in [`fields`].

pub mod fields;

mod action;
mod changes;
mod code;
mod current;
mod known;
mod normal;
mod planner;
mod sealed;
mod secrets;
mod tags;

pub use action::{Action, Change, ChangeKind, FunctionPlan, Plan, Summary};
pub use current::{CodeSigning, CurrentFunction, CurrentState, Tags};
pub use planner::{is_created_by, plan};
pub use sealed::{Moved, SealedFunction, SealedPlan};
pub use secrets::Secrets;
pub use tags::same_tags;
