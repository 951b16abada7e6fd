//! What a plan and an apply do for one location, an account and a region: check the account, ask what images mean, read,
//! compare, carry out and report.
//!
//! It prints nothing, asks nobody, and reads neither flags nor the environment: a [`Session`] is given a client, what a
//! manifest says and what may be done, and hands back values. Sessions of one account and region share their pace
//! ([`lambdactl_aws::Paces`]); each has its own redaction.
//!
//! Start at [`Session::new`].

mod extent;
mod fights;
mod rollback;
mod schedule;
mod session;
mod shares;
mod status;
mod storage;

pub use fights::{Contested, Fights};
pub use rollback::{Candidate, Candidates, MoveOutcome, NotMovable, candidates, check_target, move_alias};
pub use schedule::{Schedule, Settling};
pub use session::{Manner, Planned, READS, Session};
pub use shares::Shares;
pub use status::{AccountStatus, FunctionStatus};
