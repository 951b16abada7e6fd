//! The continuous loop of `lambdactl reconcile`: what it looks at, what it does in a pass, and what it tells of itself.

pub(crate) mod board;
pub(crate) mod files;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod page;
pub(crate) mod pass;
pub(crate) mod server;
pub(crate) mod supervisor;
