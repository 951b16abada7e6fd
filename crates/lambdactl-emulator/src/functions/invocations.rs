//! What invocations answer.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;

/// What invocations answer. It may hold values of a person's own, so that `Debug` does not show it.
#[derive(Clone, Default)]
pub enum Invocations {
    /// That no function is run here.
    #[default]
    Refused,
    /// What was sent.
    Echo,
    /// Always the same, JSON.
    Always(Bytes),
}

impl fmt::Debug for Invocations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Refused => "Refused",
            Self::Echo => "Echo",
            Self::Always(_) => "Always(..)",
        })
    }
}

/// What invocations answer, and how many there were: that decides which version answers where an alias has weights.
pub(crate) struct Invoking {
    invocations: Invocations,
    count: AtomicU64,
}

impl Invoking {
    pub(crate) fn new(invocations: Invocations) -> Self {
        Self { invocations, count: AtomicU64::new(0) }
    }

    pub(crate) fn answer(&self) -> &Invocations {
        &self.invocations
    }

    /// Returns how many there were before.
    pub(crate) fn next(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }
}
