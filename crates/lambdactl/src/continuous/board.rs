//! What the loop knows of its work: written after each pass, read by whoever asks its server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lambdactl_diff::Plan;
use lambdactl_schema::Operation;
use lambdactl_schema::operations::Quota;

use crate::several::Failure;

/// What the loop and its server share.
#[derive(Debug)]
pub(crate) struct Board {
    /// When the loop was started.
    pub(crate) started: Timestamp,
    began: Instant,
    /// How long it may take until some pass has ended.
    bound: Duration,
    state: Mutex<State>,
}

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Whether the manifests are valid; nothing before they were read.
    pub(crate) is_valid: Option<bool>,
    /// What the manifests are about: their name.
    pub(crate) title: String,
    /// How long the steps of a rollout take at most: a pass waits for them.
    pub(crate) steps: Duration,
    /// What is known of each location, in the manifest's order.
    pub(crate) locations: Vec<Seen>,
    /// When a pass ended last, well or not.
    ended: Option<Instant>,
    /// Whether every location has had a pass that ended well.
    is_ready: bool,
}

/// What is known of one location.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Its name; empty where the manifests have no locations.
    pub(crate) name: String,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    /// Why the last pass could do nothing.
    pub(crate) error: Option<Failure>,
    /// The last pass, when there was one.
    pub(crate) last: Option<LastPass>,
    /// The last plan that could be made.
    pub(crate) plan: Option<Arc<Plan>>,
    /// How each function stands, by name.
    pub(crate) functions: BTreeMap<String, Standing>,
    /// What the last pass over all did to functions, by name, in words.
    pub(crate) changed: BTreeMap<String, String>,
    /// When the next pass begins.
    pub(crate) next: Option<Timestamp>,
    /// Functions that carry the manifest's tag and are not declared.
    pub(crate) orphans: usize,
    /// The requests a second that go out at most now.
    pub(crate) paces: Vec<(Quota, f64)>,
    /// Requests so far, by operation and status.
    pub(crate) requests: BTreeMap<(Operation, u16), u64>,
    /// Passes so far, by what they were over and how they ended.
    pub(crate) passes: BTreeMap<(&'static str, &'static str), u64>,
    /// What was done so far, by action and how it went.
    pub(crate) actions: BTreeMap<(&'static str, &'static str), u64>,
    /// Functions that were seen to differ though the manifest had not changed, and those that were corrected.
    pub(crate) drift_detected: u64,
    pub(crate) drift_corrected: u64,
    /// When a pass ended well last.
    pub(crate) succeeded: Option<Timestamp>,
}

/// A pass that has ended.
#[derive(Clone, Debug)]
pub(crate) struct LastPass {
    pub(crate) ended: Timestamp,
    pub(crate) took: Duration,
    pub(crate) requests: u64,
    /// How it ended, in a word.
    pub(crate) result: &'static str,
}

/// How a function stands after a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) word: Word,
    /// What there is to say of it.
    pub(crate) notes: Vec<String>,
    /// Why it failed.
    pub(crate) error: Option<String>,
}

/// How a function stands, in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    /// As the manifest says, and working as far as that was asked.
    #[default]
    Ready,
    /// It differs.
    Drifted,
    /// It could not be brought to where it should be, or does not work.
    Failed,
    /// The service works on it.
    Pending,
    /// Nothing is done about it for now: a limit or a quarrel keeps it.
    Held,
}

impl Word {
    pub(crate) const ALL: [Self; 5] = [Self::Ready, Self::Drifted, Self::Failed, Self::Pending, Self::Held];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Drifted => "drifted",
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::Held => "held",
        }
    }
}

impl Board {
    /// `bound` is how long it may take until some pass has ended.
    pub(crate) fn new(bound: Duration) -> Self {
        Self { started: Timestamp::now(), began: Instant::now(), bound, state: Mutex::default() }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the loop goes round: some pass has ended within the time that passes may take. Passes over nothing, where the manifests
    /// are not valid, count.
    pub(crate) fn is_alive(&self) -> bool {
        let state = self.state();
        state.ended.unwrap_or(self.began).elapsed() < self.bound + state.steps
    }

    /// Whether every location has had a pass that ended well.
    pub(crate) fn is_ready(&self) -> bool {
        self.state().is_ready
    }

    /// Notes that the loop has gone round.
    pub(crate) fn beat(&self) {
        let mut state = self.state();
        state.ended = Some(Instant::now());
        let is_ready = !state.locations.is_empty() && state.locations.iter().all(|seen| seen.succeeded.is_some());
        state.is_ready |= is_ready;
    }
}

impl State {
    /// Takes the locations that the manifests have now; what is known of those that stay is kept.
    pub(crate) fn locate(&mut self, names: &[String]) {
        let mut known: BTreeMap<String, Seen> =
            std::mem::take(&mut self.locations).into_iter().map(|seen| (seen.name.clone(), seen)).collect();
        let of = |name: &String| {
            let seen = known.remove(name);
            seen.unwrap_or_else(|| Seen { name: name.clone(), ..Seen::default() })
        };
        self.locations = names.iter().map(of).collect();
    }

    /// Returns a location.
    pub(crate) fn seen(&mut self, name: &str) -> Option<&mut Seen> {
        self.locations.iter_mut().find(|seen| seen.name == name)
    }
}
