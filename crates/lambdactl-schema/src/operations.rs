//! The operations of AWS that lambdactl calls or that its emulator answers: one row each, and no second list anywhere.
//!
//! Paths, methods, statuses and pages are those of the service's model (botocore; `tests/service_model.rs` compares them).
//! Quotas are the documented ones of Lambda and of the tagging API, permissions those of AWS's service authorization
//! reference; no account was there to try a permission in.

mod lookup;
mod row;
mod table;

pub use row::{Lost, Method, Paging, Protocol, Quota, Resource, Row, Service};
pub use table::Operation;
