//! What comes in: how many requests of each operation there were, and whether the quota has room for one more.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lambdactl_schema::{Operation, operations};
use tokio::time::Instant;

/// Which quotas are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quota {
    /// None.
    #[default]
    None,
    /// Those of the service, for each region, as the rows of the operations have them. For GetCallerIdentity no number is
    /// documented, so it is not limited.
    Aws,
}

/// How many requests of an operation came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Requests {
    /// Those that were answered, errors included.
    pub answered: u64,
    /// Those that were refused for the quota.
    pub throttled: u64,
}

/// Counts requests and keeps quotas.
pub(crate) struct Traffic {
    quota: Quota,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    counts: BTreeMap<&'static str, Requests>,
    /// By region.
    buckets: HashMap<(String, operations::Quota), Bucket>,
}

/// Holds up to one second's worth of requests: the service's burst is not documented, and nobody could verify this one.
struct Bucket {
    rate: f64,
    tokens: f64,
    filled: Instant,
}

impl Traffic {
    pub(crate) fn new(quota: Quota) -> Self {
        Self { quota, state: Mutex::default() }
    }

    /// Counts a request and says whether it may go on. What is no operation costs nothing: it never gets as far as the
    /// part of the service that has the quota.
    pub(crate) fn admit(&self, operation: Operation, region: &str) -> bool {
        let mut state = self.state();
        let quota = operation.row().quota.filter(|_| self.quota == Quota::Aws);
        let admitted = quota.is_none_or(|quota| {
            let bucket = state.buckets.entry((region.to_owned(), quota));
            bucket.or_insert_with(|| Bucket::full(quota.rate())).take()
        });
        let counts = state.counts.entry(operation.name()).or_default();
        *(if admitted { &mut counts.answered } else { &mut counts.throttled }) += 1;
        admitted
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, Requests> {
        self.state().counts.clone()
    }

    pub(crate) fn forget(&self) {
        self.state().counts.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Plain numbers: a thread that panicked has left none of them half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    fn full(rate: f64) -> Self {
        Self { rate, tokens: rate, filled: Instant::now() }
    }

    fn take(&mut self) -> bool {
        let now = Instant::now();
        self.tokens = (self.tokens + (now - self.filled).as_secs_f64() * self.rate).min(self.rate);
        self.filled = now;
        let has_one = self.tokens >= 1.0;
        if has_one {
            self.tokens -= 1.0;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn quotas_are_of_each_region_and_fill_up_again() {
        let traffic = Traffic::new(Quota::Aws);
        let admitted = |operation, region, count| (0..count).filter(|_| traffic.admit(operation, region)).count();
        assert_eq!(admitted(Operation::CreateFunction, "us-east-1", 10), 10);
        assert_eq!(admitted(Operation::ListFunctions, "us-east-1", 10), 5, "one quota for both");
        assert_eq!(admitted(Operation::ListFunctions, "us-west-2", 16), 15);
        assert_eq!(admitted(Operation::GetFunction, "us-east-1", 120), 100);
        assert_eq!(admitted(Operation::GetPolicy, "us-east-1", 20), 15, "apart from the others");
        assert_eq!(admitted(Operation::Invoke, "us-east-1", 150), 150);
        assert_eq!(admitted(Operation::GetResources, "us-east-1", 20), 15);
        assert_eq!(admitted(Operation::GetCallerIdentity, "us-east-1", 150), 150);
        tokio::time::advance(Duration::from_millis(200)).await;
        assert_eq!(admitted(Operation::CreateFunction, "us-east-1", 10), 3);
        assert_eq!(traffic.counts()["ListFunctions"], Requests { answered: 20, throttled: 6 });
        traffic.forget();
        assert!(traffic.counts().is_empty());
        assert_eq!((0..50).filter(|_| Traffic::new(Quota::None).admit(Operation::CreateFunction, "r")).count(), 50);
    }
}
