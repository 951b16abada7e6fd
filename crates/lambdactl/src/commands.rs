//! One file for each command: its arguments, whose comments are the help, and a function that runs it.

pub(crate) mod adopt;
pub(crate) mod apply;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod delete;
pub(crate) mod emulator;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod iam_policy;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod invoke;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod reconcile;
pub(crate) mod render;
pub(crate) mod rollback;
pub(crate) mod schema;
pub(crate) mod status;
pub(crate) mod validate;
pub(crate) mod version;
