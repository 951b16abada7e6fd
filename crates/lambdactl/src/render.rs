//! What people and machines see. Everything here turns a value into a text; nothing here prints it.

pub(crate) mod adoption;
mod changes;
pub(crate) mod diagnostics;
pub(crate) mod explain;
pub(crate) mod github;
pub(crate) mod json;
pub(crate) mod junit;
mod layers;
pub(crate) mod markdown;
pub(crate) mod page;
mod parts;
pub(crate) mod plan;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod rollback;
pub(crate) mod sarif;
pub(crate) mod status;
pub(crate) mod style;
pub(crate) mod words;
