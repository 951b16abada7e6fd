//! What is kept: records of functions and layers, their code, objects.

pub(crate) mod attached;
pub(crate) mod code;
#[cfg_attr(not(unix), path = "store/folder_elsewhere.rs")]
pub(crate) mod folder;
pub(crate) mod function;
pub(crate) mod layer;
pub(crate) mod mapping;
pub(crate) mod records;
