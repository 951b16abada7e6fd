//! Provisioned concurrency that is on its way.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Region, function and qualifier.
pub(crate) type Place = (String, String, String);

/// What is being allocated until when. A restart finishes all of it.
#[derive(Default)]
pub(crate) struct Provisioning(Mutex<HashMap<Place, Work>>);

struct Work {
    ready: Instant,
    /// What the answers say is allocated meanwhile.
    allocated: u64,
    /// The version that an alias pointed to before: it has all the traffic until then.
    before: Option<String>,
}

impl Provisioning {
    /// Begins to work on a place; without any time it is done at once.
    pub(crate) fn begin(&self, place: Place, time: Duration, allocated: u64, before: Option<String>) {
        let mut works = self.works();
        works.remove(&place);
        if !time.is_zero() {
            works.insert(place, Work { ready: Instant::now() + time, allocated, before });
        }
    }

    /// What is allocated while the work goes on; nothing once it is done.
    pub(crate) fn allocated(&self, place: &Place) -> Option<u64> {
        self.works().get(place).filter(|work| work.ready > Instant::now()).map(|work| work.allocated)
    }

    /// Ends the work at once: there is nothing left to work on.
    pub(crate) fn end(&self, place: &Place) {
        self.works().remove(place);
    }

    /// Forgets a function that was deleted.
    pub(crate) fn forget(&self, region: &str, name: &str) {
        self.works().retain(|(of_region, of_name, _), _| (of_region.as_str(), of_name.as_str()) != (region, name));
    }

    /// Returns the version that has an alias's traffic while its concurrency moves to another one: the service gives the
    /// alias such a weight meanwhile, as users of it report.
    pub(crate) fn version_before(&self, region: &str, name: &str, alias: &str) -> Option<String> {
        let works = self.works();
        let work = works.get(&(region.to_owned(), name.to_owned(), alias.to_owned()))?;
        work.before.clone().filter(|_| work.ready > Instant::now())
    }

    fn works(&self) -> MutexGuard<'_, HashMap<Place, Work>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
