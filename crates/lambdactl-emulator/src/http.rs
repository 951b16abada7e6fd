//! From HTTP to operations and back.

pub(crate) mod answer;
pub(crate) mod asked;
pub(crate) mod body;
pub(crate) mod connections;
pub(crate) mod faults;
pub(crate) mod gate;
pub(crate) mod members;
pub(crate) mod pages;
pub(crate) mod s3;
pub(crate) mod server;
pub(crate) mod traffic;
