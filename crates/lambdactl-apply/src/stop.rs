use std::sync::atomic::{AtomicU8, Ordering};

/// A wish to start nothing more. What is in flight is finished.
#[derive(Debug, Default)]
pub struct Stop(AtomicU8);

/// Why nothing more is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// A function failed, and that was to be the end.
    Failure,
    /// The user, or whoever runs the job, asked for it.
    Interruption,
}

impl Stop {
    /// Asks to start nothing more. The first reason stays.
    pub fn ask(&self, reason: StopReason) {
        let code = match reason {
            StopReason::Failure => 1,
            StopReason::Interruption => 2,
        };
        let _ = self.0.compare_exchange(0, code, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Returns the reason to start nothing more, if there is one.
    pub fn reason(&self) -> Option<StopReason> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(StopReason::Failure),
            _ => Some(StopReason::Interruption),
        }
    }
}
