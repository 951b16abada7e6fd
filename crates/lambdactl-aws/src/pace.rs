//! Keeps the service's pace: calls wait here rather than being refused there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambdactl_schema::operations::Quota;

use tokio::time::{Instant, sleep_until};

/// Seconds of calls that may go out at once: the quotas are requests a second (AWS documentation), so that a second's worth
/// is what they allow. How large the service's own bucket is is not documented; a throttle shrinks this one.
const BURST: f64 = 1.0;
/// How long a connection takes to be made at most: what the first call takes beyond that is the service's own work on it.
const CONNECTING: Duration = Duration::from_millis(250);
/// What a throttle leaves of the rate, and what each success gives back of the full one.
const DECREASE: f64 = 0.5;
const INCREASE: f64 = 0.02;
/// The slowest rate: a share of the full one.
const SLOWEST: f64 = 0.05;

/// The paces of one account and region, one for each quota. Clones are the same paces: clients that share an account and a
/// region share them.
#[derive(Clone)]
pub struct Paces(Arc<BTreeMap<Quota, Pace>>);

impl std::fmt::Debug for Paces {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Paces {
    /// Makes paces of the requests a second that each quota allows; 0 is without a limit.
    pub fn new(rates: impl IntoIterator<Item = (Quota, f64)>) -> Self {
        let limited = rates.into_iter().filter(|(_, rate)| *rate > 0.0);
        Self(Arc::new(limited.map(|(quota, rate)| (quota, Pace::new(rate))).collect()))
    }

    /// Returns the requests a second that go out at most now, for each quota that is limited.
    pub fn rates(&self) -> impl Iterator<Item = (Quota, f64)> {
        self.0.iter().map(|(quota, pace)| (*quota, pace.state().rate))
    }

    /// Returns the pace of a quota, where it is limited.
    pub(crate) fn of(&self, quota: Quota) -> Option<&Pace> {
        self.0.get(&quota)
    }
}

/// A token bucket. After a throttle it slows down by half, and recovers step by step: others share the quota, too.
pub(crate) struct Pace {
    full_rate: f64,
    state: Mutex<State>,
}

struct State {
    /// Calls a second, now.
    rate: f64,
    /// When the next call may go out, if nothing were saved up.
    next: Instant,
    /// When the first call went out, until it is answered.
    first: Option<First>,
    /// When the rate was last halved: calls in flight at that time are no news.
    slowed: Option<Instant>,
}

/// The call with which a bucket of the service begins to run out. It takes longer than others: a connection is made for it.
enum First {
    NotYet,
    At(Instant),
}

impl Pace {
    /// Makes a pace of some calls a second.
    pub(crate) fn new(full_rate: f64) -> Self {
        // Nothing was sent yet: a whole burst is saved up.
        let now = Instant::now();
        let next = now.checked_sub(saved(full_rate, full_rate)).unwrap_or(now);
        Self { full_rate, state: Mutex::new(State { rate: full_rate, next, first: Some(First::NotYet), slowed: None }) }
    }

    /// Waits until a call may go out.
    pub(crate) async fn wait(&self) {
        sleep_until(self.reserve()).await;
    }

    /// Takes the next place in the row and returns its time.
    fn reserve(&self) -> Instant {
        let mut state = self.state();
        let now = Instant::now();
        let earliest = now.checked_sub(saved(state.rate, self.full_rate)).unwrap_or(now);
        let at = state.next.max(earliest);
        state.next = at + Duration::from_secs_f64(1.0 / state.rate);
        if matches!(state.first, Some(First::NotYet)) {
            state.first = Some(First::At(now));
        }
        at
    }

    /// Notes that the service refused a call for the rate.
    pub(crate) fn throttled(&self) {
        let mut state = self.state();
        let now = Instant::now();
        if state.slowed.is_some_and(|slowed| now - slowed < Duration::from_secs(1)) {
            return;
        }
        state.slowed = Some(now);
        state.rate = (state.rate * DECREASE).max(self.full_rate * SLOWEST);
        state.next = state.next.max(now) + Duration::from_secs_f64(1.0 / state.rate);
    }

    /// Notes that the service took a call.
    pub(crate) fn succeeded(&self) {
        let mut state = self.state();
        state.rate = (state.rate + self.full_rate * INCREASE).min(self.full_rate);
        // The service's bucket began to fill again when the first call got there, which was by now at the latest: others,
        // which are faster, would be ahead of it by that.
        if let Some(First::At(sent)) = state.first.take() {
            state.next += sent.elapsed().min(CONNECTING);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Plain numbers: a thread that panicked has left none of them half-written.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// How far back places in the row are given: the call of this very moment is one of the burst, too.
fn saved(rate: f64, full_rate: f64) -> Duration {
    Duration::from_secs_f64((BURST * rate / full_rate - 1.0 / rate).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_go_out_at_the_rate_after_a_burst() {
        let pace = Pace::new(15.0);
        let began = Instant::now();
        let mut sent = Vec::new();
        for _ in 0..45 {
            pace.wait().await;
            sent.push(began.elapsed().as_secs_f64());
        }
        // A second's calls at once, then one every fifteenth of a second: never more than the quota and its burst.
        assert!(sent[14] < 0.01 && sent[15] > 0.05, "{sent:?}");
        assert!((sent[44] - 2.0).abs() < 0.02, "{sent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_after_the_burst_are_counted_from_the_first_answer() {
        let pace = Pace::new(15.0);
        pace.wait().await;
        tokio::time::advance(Duration::from_millis(200)).await;
        pace.succeeded();
        let began = Instant::now();
        for call in 2..=21 {
            pace.wait().await;
            // What a bucket of 15 that the first call reached just before its answer has by now.
            let room = 15.0 + began.elapsed().as_secs_f64() * 15.0;
            assert!(f64::from(call) <= room + 0.05, "{call} calls, room for {room}");
        }
    }

    /// Seconds until a number of calls of one quota went out, in turn by each of these paces.
    async fn seconds(of: &[&Paces], calls: usize) -> f64 {
        let began = Instant::now();
        for call in 0..calls {
            of[call % of.len()].of(Quota::Control).expect("a limit").wait().await;
        }
        began.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn clients_of_one_account_and_region_share_a_pace() {
        let own = || Paces::new([(Quota::Control, 15.0)]);
        let shared = own();
        assert!((seconds(&[&shared, &shared.clone()], 30).await - 1.0).abs() < 0.02, "one budget");
        assert!(seconds(&[&own(), &own()], 30).await < 0.02, "one each");
        assert!(own().of(Quota::GetFunction).is_none());
        assert!(Paces::new([(Quota::Control, 0.0)]).of(Quota::Control).is_none(), "0 is no limit");
    }

    #[tokio::test(start_paused = true)]
    async fn throttle_shrinks_the_burst() {
        let pace = Pace::new(15.0);
        pace.throttled();
        tokio::time::advance(Duration::from_secs(10)).await;
        let began = Instant::now();
        let mut at_once = 0;
        loop {
            pace.wait().await;
            if began.elapsed() > Duration::from_millis(10) {
                break;
            }
            at_once += 1;
        }
        assert!((3..=5).contains(&at_once), "half a second of half the rate: {at_once}");
    }

    #[tokio::test(start_paused = true)]
    async fn throttle_halves_the_rate_once_and_successes_restore_it() {
        let pace = Pace::new(10.0);
        pace.throttled();
        // Those that were on their way are refused, too.
        pace.throttled();
        assert!((pace.state().rate - 5.0).abs() < 1e-9);
        for _ in 0..24 {
            pace.succeeded();
        }
        assert!(pace.state().rate < 10.0);
        pace.succeeded();
        pace.succeeded();
        assert!((pace.state().rate - 10.0).abs() < 1e-9);
        for _ in 0..20 {
            tokio::time::advance(Duration::from_secs(2)).await;
            pace.throttled();
        }
        assert!((pace.state().rate - 0.5).abs() < 1e-9, "never stands still");
    }
}
