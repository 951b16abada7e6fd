//! What was sent over a connection, for those who watch a program that goes on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use lambdactl_schema::Operation;

/// Requests by operation and status. Clones count together. Transfers of archives are not among them.
#[derive(Clone, Debug, Default)]
pub struct Tallies(Arc<Mutex<BTreeMap<(Operation, u16), u64>>>);

impl Tallies {
    pub(crate) fn count(&self, operation: Operation, status: u16) {
        *self.lock().entry((operation, status)).or_default() += 1;
    }

    /// Returns how many requests there were for each operation and status so far; status 0 is of those that nothing answered.
    pub fn counts(&self) -> BTreeMap<(Operation, u16), u64> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(Operation, u16), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
