//! When the next pass is due. Time and chance are arguments: nothing here waits.

use std::time::{Duration, Instant};

/// How long to wait after a pass that failed, the first time; each further failure doubles it.
const FIRST_RETRY: Duration = Duration::from_secs(5);
/// The longest wait after failures, where the interval is longer.
const LONGEST_RETRY: Duration = Duration::from_secs(15 * 60);
/// By how much of itself the interval varies, so that many processes that were started together do not stay so.
const JITTER: f64 = 0.1;

/// The times of the passes of one location.
#[derive(Clone, Debug)]
pub struct Schedule {
    interval: Duration,
    due: Instant,
    failures: u32,
}

impl Schedule {
    /// A first pass is due at once.
    pub fn new(interval: Duration, now: Instant) -> Self {
        Self { interval, due: now, failures: 0 }
    }

    /// Returns when the next pass is due.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Makes the next pass due now.
    pub fn hurry(&mut self, now: Instant) {
        self.due = self.due.min(now);
    }

    /// Notes that a pass has ended well. `chance` is between 0 and 1.
    pub fn succeeded(&mut self, now: Instant, chance: f64) {
        self.failures = 0;
        self.due = now + varied(self.interval, chance);
    }

    /// Notes that a pass has failed: the next one comes sooner than after the interval, and later after each failure.
    pub fn failed(&mut self, now: Instant, chance: f64) {
        let doubled = FIRST_RETRY.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        self.due = now + varied(doubled.min(LONGEST_RETRY).min(self.interval), chance);
    }

    /// Returns how many passes have failed since the last one that did not.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

fn varied(time: Duration, chance: f64) -> Duration {
    time.mul_f64(1.0 - JITTER + 2.0 * JITTER * chance.clamp(0.0, 1.0))
}

/// A change of files that is to settle: whoever copies many of them is not to be met half-way.
#[derive(Clone, Debug)]
pub struct Settling {
    settle: Duration,
    changed: Option<Instant>,
}

impl Settling {
    /// Changes count once this time has passed without another one.
    pub fn new(settle: Duration) -> Self {
        Self { settle, changed: None }
    }

    /// Notes what a look at the files has seen, and returns whether a change has settled by now.
    pub fn look(&mut self, has_changed: bool, now: Instant) -> bool {
        if has_changed {
            self.changed = Some(now);
        }
        let is_settled = self.changed.is_some_and(|changed| now.duration_since(changed) >= self.settle);
        if is_settled {
            self.changed = None;
        }
        is_settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn passes_come_at_the_interval_and_vary_by_a_tenth() {
        let start = Instant::now();
        let mut schedule = Schedule::new(5 * MINUTE, start);
        assert_eq!(schedule.due(), start);
        for (chance, seconds) in [(0.0, 270), (0.5, 300), (1.0, 330), (7.0, 330)] {
            schedule.succeeded(start, chance);
            assert_eq!((schedule.due() - start).as_secs_f64().round(), f64::from(seconds), "{chance}");
        }
        schedule.hurry(start + MINUTE);
        assert_eq!(schedule.due(), start + MINUTE);
        schedule.hurry(start + 2 * MINUTE);
        assert_eq!(schedule.due(), start + MINUTE, "it is due already");
    }

    #[test]
    fn failures_are_tried_again_soon_and_then_more_rarely() {
        let start = Instant::now();
        let mut schedule = Schedule::new(60 * MINUTE, start);
        let mut waits = Vec::new();
        for _ in 0..10 {
            schedule.failed(start, 0.5);
            waits.push((schedule.due() - start).as_secs_f64().round());
        }
        assert_eq!(waits, [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 900.0, 900.0]);
        assert_eq!(schedule.failures(), 10);
        schedule.succeeded(start, 0.5);
        schedule.failed(start, 0.5);
        assert_eq!((schedule.due() - start).as_secs_f64().round(), 5.0);
        // A short interval is never waited longer for.
        let mut often = Schedule::new(Duration::from_secs(2), start);
        often.failed(start, 0.5);
        assert_eq!(often.due() - start, Duration::from_secs(2));
    }

    #[test]
    fn changes_count_when_they_have_settled() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut settling = Settling::new(Duration::from_secs(5));
        assert!(!settling.look(false, at(0)));
        assert!(!settling.look(true, at(1)));
        assert!(!settling.look(false, at(4)));
        assert!(!settling.look(true, at(5)), "another one begins it anew");
        assert!(!settling.look(false, at(9)));
        assert!(settling.look(false, at(10)));
        assert!(!settling.look(false, at(11)), "it counts once");
        assert!(Settling::new(Duration::ZERO).look(true, at(0)));
    }
}
