//! Event source mappings that the service still works on.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::store::mapping::Mapping;

/// Region and UUID.
type Place = (String, String);

/// Which state is shown until when. A restart finishes all of it.
#[derive(Default)]
pub(crate) struct Transitions(Mutex<HashMap<Place, (Instant, &'static str)>>);

impl Transitions {
    /// Begins to work on a mapping; without any time it is done at once.
    pub(super) fn begin(&self, region: &str, uuid: &str, time: Duration, state: &'static str) {
        let place = (region.to_owned(), uuid.to_owned());
        let mut works = self.works();
        works.retain(|_, (ready, _)| *ready > Instant::now());
        works.remove(&place);
        if !time.is_zero() {
            works.insert(place, (Instant::now() + time, state));
        }
    }

    /// The state while the work goes on; nothing once it is done.
    pub(super) fn shown(&self, region: &str, uuid: &str) -> Option<&'static str> {
        let works = self.works();
        let (ready, state) = works.get(&(region.to_owned(), uuid.to_owned()))?;
        (*ready > Instant::now()).then_some(*state)
    }

    /// Whether a mapping was deleted, and nothing is left to be done.
    pub(super) fn is_gone(&self, region: &str, mapping: &Mapping) -> bool {
        mapping.is_deleted && self.shown(region, &mapping.uuid).is_none()
    }

    fn works(&self) -> MutexGuard<'_, HashMap<Place, (Instant, &'static str)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
