//! What a piece of work waits for: when its time is over, a person must learn what the time went to.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    static WAITING: Arc<Waiting>;
}

/// What one piece of work, such as the creation of a function, waits for at the moment.
#[derive(Debug, Default)]
pub struct Waiting {
    /// Whose work it is.
    subject: String,
    /// Members of its request that may be waited for, by name, such as `Role`.
    members: Vec<(&'static str, String)>,
    last: Mutex<Option<Wait>>,
}

/// A wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What is waited for.
    pub what: String,
    /// The service's last words, without secrets; empty where it gave none.
    pub words: String,
}

impl Waiting {
    /// Makes the place where the work of a function notes what it waits for.
    pub fn of(subject: &str, members: Vec<(&'static str, String)>) -> Arc<Self> {
        Arc::new(Self { subject: subject.to_owned(), members, last: Mutex::default() })
    }

    /// Does work whose calls note what they wait for.
    pub async fn during<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> T {
        WAITING.scope(Arc::clone(self), work).await
    }

    /// Returns what the work waits for, or waited for last.
    pub fn last(&self) -> Option<Wait> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes what the work at hand waits for.
    pub fn note(what: &str, words: impl Display) {
        let wait = Wait { what: named(what, None), words: words.to_string() };
        let _ = WAITING.try_with(|waiting| waiting.set(Some(wait)));
    }

    /// Notes that a call was answered.
    pub(crate) fn is_over() {
        let _ = WAITING.try_with(|waiting| waiting.set(None));
    }

    fn set(&self, wait: Option<Wait>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = wait;
    }
}

/// Names what is waited for with the member of the request at hand that it is about.
pub(crate) fn named(what: &str, member: Option<&str>) -> String {
    let value = |waiting: &Arc<Waiting>| {
        let found = waiting.members.iter().find(|(name, _)| Some(*name) == member);
        found.map(|(_, value)| format!("{what} ({value})"))
    };
    WAITING.try_with(value).ok().flatten().unwrap_or_else(|| what.to_owned())
}

/// Returns `NAME: ` where the work of a function is at hand.
pub(crate) fn prefix() -> String {
    WAITING.try_with(|waiting| format!("{}: ", waiting.subject)).unwrap_or_default()
}
