//! The operations on functions and their versions.

pub(crate) mod checks;
pub(crate) mod constraints;
pub(crate) mod create;
pub(crate) mod dates;
pub(crate) mod defaults;
pub(crate) mod invocations;
pub(crate) mod invoke;
pub(crate) mod list;
pub(crate) mod object;
pub(crate) mod patterns;
pub(crate) mod pending;
pub(crate) mod read;
pub(crate) mod revision;
pub(crate) mod runtimes;
pub(crate) mod update;
pub(crate) mod versions;
pub(crate) mod zip_directory;
