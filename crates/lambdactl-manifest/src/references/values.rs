//! What references are resolved from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use lambdactl_schema::{LookedUp, ReferenceKind};

use crate::reach::Reach;

/// What references are resolved from.
#[derive(Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) environment: &'a BTreeMap<String, String>,
    /// The variables of the command line.
    pub(crate) variables: &'a BTreeMap<String, String>,
    /// Those of the document. Nothing while they are resolved themselves: none can refer to another.
    pub(crate) own: Option<&'a Variables>,
    pub(crate) run: &'a Run,
    /// What services and files of other tools said, by the text between `${` and `}`.
    pub(crate) looked_up: &'a BTreeMap<String, LookedUp>,
    pub(crate) ledger: &'a Ledger,
    pub(crate) reach: &'a Reach,
    pub(crate) unknown: UnknownValues,
}

/// What becomes of a reference whose value is not known here, such as an environment variable that is not set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownValues {
    /// It is an error: functions are planned with.
    #[default]
    Refused,
    /// Its value is not known here, and one warning says so: functions are checked only.
    Noted,
}

/// Where this run is, as far as the command line and the manifest say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) stage: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) location: Option<String>,
}

impl Run {
    /// Returns what a reference to it stands for.
    pub(crate) fn said(&self, kind: ReferenceKind) -> Option<&str> {
        match kind {
            ReferenceKind::Stage => self.stage.as_deref(),
            ReferenceKind::Region => self.region.as_deref(),
            ReferenceKind::Account => self.account.as_deref(),
            ReferenceKind::Location => self.location.as_deref(),
            _ => None,
        }
    }
}

/// The variables of a document, by their names.
#[derive(Debug, Default)]
pub(crate) struct Variables(pub(crate) BTreeMap<String, Variable>);

/// A variable that a document says.
#[derive(Debug, Default)]
pub(crate) struct Variable {
    pub(crate) value: String,
    pub(crate) state: VariableState,
    /// A part of it came from the environment or a file.
    pub(crate) from_outside: bool,
    /// A part of it is a secret.
    pub(crate) is_secret: bool,
    /// Where it stands, for messages: the stage, and the line.
    pub(crate) place: String,
}

/// Whether a variable has a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum VariableState {
    #[default]
    Known,
    /// A part of it is not known here.
    Unknown,
    /// It is wrong, which was said.
    Wrong,
}

/// What a reading keeps an account of.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Bytes that references brought in.
    spent: AtomicU64,
    /// References that somebody has to look up, as they stand between `${` and `}`.
    wanted: Mutex<BTreeSet<String>>,
}

impl Ledger {
    /// Bytes that references may bring in: a few bytes of a manifest can stand for a file, and can be written very often.
    const MOST: u64 = 256 << 20;

    /// Takes note of a value; whether it may still be used.
    pub(crate) fn spend(&self, bytes: usize) -> bool {
        self.spent.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64 <= Self::MOST
    }

    /// Notes what has to be looked up.
    pub(crate) fn want(&self, key: &str) {
        // Nothing panics while it is locked.
        if let Ok(mut wanted) = self.wanted.lock()
            && !wanted.contains(key)
        {
            wanted.insert(key.to_owned());
        }
    }

    /// Returns what has to be looked up.
    pub(crate) fn wanted(&self) -> Vec<String> {
        self.wanted.lock().map(|wanted| wanted.iter().cloned().collect()).unwrap_or_default()
    }
}
