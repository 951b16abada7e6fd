//! The operations on what stands beside a function.

pub(crate) mod aliases;
pub(crate) mod code_signing;
pub(crate) mod concurrency;
pub(crate) mod event_invoke;
pub(crate) mod mappings;
pub(crate) mod marks;
pub(crate) mod permissions;
pub(crate) mod preparing;
pub(crate) mod provisioned;
pub(crate) mod recursion;
pub(crate) mod runtime_management;
pub(crate) mod urls;
