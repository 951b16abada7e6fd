//! What every request sees.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::beside::mappings::transitions::Transitions;
use crate::beside::preparing::Provisioning;
use crate::functions::invocations::Invoking;
use crate::functions::pending::Pending;
use crate::http::faults::Mishaps;
use crate::http::traffic::Traffic;
use crate::services::objects::Uploads;
use crate::store::records::Store;

/// What every request sees.
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) latency: Duration,
    /// How long the body of a request may take.
    pub(crate) body_time: Duration,
    pub(crate) pending: Pending,
    pub(crate) provisioning: Provisioning,
    pub(crate) invoking: Invoking,
    /// Held by what takes a part of the account's concurrency.
    pub(crate) limits: Mutex<()>,
    pub(crate) mishaps: Mishaps,
    pub(crate) mappings: Transitions,
    pub(crate) uploads: Uploads,
    pub(crate) account: String,
    /// The emulator's own base URL.
    pub(crate) endpoint: String,
}
