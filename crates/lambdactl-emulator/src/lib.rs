//! A Lambda control plane for one machine, over HTTP.
//!
//! It answers the calls that a reconciler makes (create, read, list, update, tag, publish, delete,
//! account settings; caller identity; the tagging API's list of tagged functions) with the service's paths,
//! shapes and error classes, keeps what was created in a [`redb`] file or in memory, and accepts
//! connections from this machine only. The AWS CLI and the SDKs work with it when
//! `AWS_ENDPOINT_URL` names it.
//!
//! What it never does: run a function (what invocations answer is said when it is started), call another service, or check who is calling. Signatures
//! are not verified; only the region of the credential scope in `Authorization` is read, because
//! functions and layers belong to a region. Roles, images, buckets, subnets and keys are taken as
//! existing, and so are layers that nobody published here. Bodies and environment values are never logged.
//!
//! Start with [`Emulator::start`]. A request goes through `http` (request id, size limits, quotas, counters), which asks the
//! table of operations what it is; `routes` says which code answers an operation: one function of `functions`, `beside`,
//! `layers` or `services`, and there one transaction of `store`.

mod beside;
mod constraints;
mod embedded;
mod emulator;
mod error;
mod functions;
mod http;
mod layers;
mod names;
mod routes;
mod scope;
mod service_error;
mod services;
mod shared;
mod store;

pub use embedded::Embedded;
pub use emulator::{Emulator, EmulatorOptions};
pub use error::{EmulatorError, Unsafe};
pub use http::faults::{Failing, Fault, Faults, Stage};
pub use http::gate::{Foreign, Gate};

pub use functions::invocations::Invocations;
pub use functions::pending::Setup;
pub use http::connections::{Limits, serve};
pub use http::traffic::{Quota, Requests};
pub use routes::{Emulation, emulation, operations};
