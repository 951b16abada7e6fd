//! Provisioned concurrency that is on its way.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// What is still being made ready, until when, and the version that an alias is moving away from. A restart finishes all.
#[derive(Default)]
pub(crate) struct Preparing(Mutex<HashMap<Place, (Instant, Option<String>)>>);

/// Region, function and qualifier.
pub(crate) type Place = (String, String, String);

impl Preparing {
    pub(crate) fn begin(&self, place: Place, time: Duration, from: Option<String>) {
        if !time.is_zero() {
            self.locked().insert(place, (Instant::now() + time, from));
        }
    }

    /// Whether a place is being made ready, and the version that it is moving away from.
    pub(crate) fn of(&self, place: &Place) -> Option<Option<String>> {
        let mut all = self.locked();
        all.retain(|_, (ready, _)| *ready > Instant::now());
        all.get(place).map(|(_, from)| from.clone())
    }

    /// Forgets what was taken away.
    pub(crate) fn forget(&self, place: &Place) {
        self.locked().remove(place);
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Place, (Instant, Option<String>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
