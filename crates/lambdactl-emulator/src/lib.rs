//! A Lambda control plane for one machine, over HTTP.
//!
//! It answers the calls that a reconciler makes (create, read, list, update, tag, publish, delete,
//! account settings; caller identity; the tagging API's list of tagged functions) with the service's paths,
//! shapes and error classes, keeps what was created in a [`redb`] file or in memory, and accepts
//! connections from this machine only. The AWS CLI and the SDKs work with it when
//! `AWS_ENDPOINT_URL` names it.
//!
//! What it never does: run a function, call another service, or check who is calling. Signatures
//! are not verified; only the region of the credential scope in `Authorization` is read, because
//! functions belong to a region. Roles, layers, images, buckets, subnets and keys are taken as
//! existing. Bodies and environment values are never logged.
//!
//! Start with [`Emulator::start`]. A request goes through `server` (route, request id, size
//! limits), where `traffic` counts it and knows the quotas, then one function of `operations`,
//! `create`, `update`, `paging` or `tagging`, then one transaction of `store`.

mod attachments;
mod body;
mod changes;
mod checks;
mod code;
mod connections;
mod constraints;
mod create;
mod defaults;
mod embedded;
mod emulator;
mod error;
mod faults;
#[cfg_attr(not(unix), path = "folder_elsewhere.rs")]
mod folder;
mod function;
mod gate;
mod marks;
mod names;
mod objects;
mod operations;
mod paging;
mod patterns;
mod pending;
mod runtimes;
mod scope;
mod server;
mod service_error;
mod store;
mod sts;
mod tagging;
mod traffic;
mod update;
mod versions;
mod zip_directory;

pub use connections::Limits;
pub use embedded::Embedded;
pub use emulator::{Emulator, EmulatorOptions};
pub use error::{EmulatorError, Unsafe};
pub use faults::{Failing, Fault, Faults, Stage};
pub use pending::Setup;
pub use traffic::{Quota, Requests};
