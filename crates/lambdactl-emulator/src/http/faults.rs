//! What goes wrong on request, so that clients can be tested against it.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Response, StatusCode};
use futures_util::stream;
use tokio::time::Instant;

use crate::service_error::ServiceError;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// 429, as over the quota; nothing is done.
    Throttle,
    /// 500; nothing is done.
    Error,
    /// 500, after the call took effect.
    ErrorAfter,
    /// The connection breaks, and nothing is done.
    DropBefore,
    /// The connection breaks after the call took effect.
    DropAfter,
    /// No answer ever comes, and nothing is done; the client gives up some time.
    Stall,
}

/// How often which fault happens.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Chances between 0 and 1; at most one fault happens to a request.
    pub chances: Vec<(Fault, f64)>,
    /// What the sequence of faults begins from: the same seed and the same requests, the same faults.
    pub seed: u64,
    /// For how long after a role is first named functions cannot be created with it, as with a role just made.
    pub role_lag: Duration,
    /// The functions that fail.
    pub failing: Vec<Failing>,
}

impl Fault {
    const NAMES: [(&'static str, Fault); 6] = [
        ("throttle", Fault::Throttle),
        ("error", Fault::Error),
        ("error-after", Fault::ErrorAfter),
        ("drop-before", Fault::DropBefore),
        ("drop-after", Fault::DropAfter),
        ("stall", Fault::Stall),
    ];
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = Self::NAMES.iter().map(|(name, _)| *name).collect();
        let found = Self::NAMES.iter().find(|(name, _)| *name == text);
        found.map(|(_, fault)| *fault).ok_or_else(|| format!("is one of {}", names.join(", ")))
    }
}

/// Where functions fail after the answer was a good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The function ends in the state `Failed` after its creation.
    Create,
    /// Each update ends in `LastUpdateStatus: Failed`, and the function is what it was before.
    Update,
    /// Each new version ends in the state `Failed`.
    Version,
    /// Its tags cannot be read: GetFunction answers `TagsError`, and ListTags refuses.
    Tags,
    /// Provisioned concurrency of its versions and aliases ends in the state `FAILED`.
    Provisioned,
    /// Its event source mappings end in the state `Disabled`, without a request.
    Mapping,
}

/// A function that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// Where.
    pub stage: Stage,
    /// Its name.
    pub function: String,
    /// The service's code of the reason, such as `InvalidSubnet`.
    pub code: Option<String>,
}

impl Stage {
    const NAMES: [(&'static str, Stage); 6] = [
        ("create", Stage::Create),
        ("update", Stage::Update),
        ("version", Stage::Version),
        ("tags", Stage::Tags),
        ("provisioned", Stage::Provisioned),
        ("mapping", Stage::Mapping),
    ];
}

impl FromStr for Failing {
    type Err = String;

    /// Reads `STAGE=FUNCTION` or `STAGE=FUNCTION:CODE`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (stage, rest) = text.split_once('=').ok_or("must be STAGE=FUNCTION, such as create=worker")?;
        let found = Stage::NAMES.iter().find(|(name, _)| *name == stage);
        let names = || Stage::NAMES.map(|(name, _)| name).join(", ");
        let stage = found.map(|(_, stage)| *stage).ok_or_else(|| format!("the stage is one of {}", names()))?;
        let (function, code) = match rest.split_once(':') {
            Some((function, code)) => (function, Some(code.to_owned())),
            None => (rest, None),
        };
        if function.is_empty() || code.as_ref().is_some_and(String::is_empty) {
            return Err("must name a function, and a code after a colon".to_owned());
        }
        Ok(Failing { stage, function: function.to_owned(), code })
    }
}

impl Failing {
    pub(crate) fn code(&self) -> &str {
        let default = match self.stage {
            Stage::Version => "FunctionError",
            // A recorded answer's reason.
            Stage::Provisioned => "FUNCTION_ERROR_INIT_FAILURE",
            Stage::Create | Stage::Update | Stage::Tags | Stage::Mapping => "InternalError",
        };
        self.code.as_deref().unwrap_or(default)
    }

    /// The words are the emulator's own.
    pub(crate) fn reason(&self) -> String {
        let what = match self.stage {
            Stage::Version => "The version could not be set up",
            Stage::Update => "The update could not be finished",
            Stage::Mapping => "The event source could not be read",
            Stage::Create | Stage::Tags | Stage::Provisioned => "The function could not be set up",
        };
        format!("{what}: {} was asked for.", self.code())
    }
}

/// Decides what goes wrong.
pub(crate) struct Mishaps {
    faults: Faults,
    requests: AtomicU64,
    roles: Mutex<HashMap<String, Instant>>,
}

impl Mishaps {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { faults, requests: AtomicU64::new(0), roles: Mutex::default() }
    }

    /// Returns what happens to the next request, if anything.
    pub(crate) fn next(&self) -> Option<Fault> {
        if self.faults.chances.is_empty() {
            return None;
        }
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let mut drawn = uniform(self.faults.seed, number);
        self.faults.chances.iter().find_map(|(fault, chance)| {
            drawn -= chance;
            (drawn < 0.0).then_some(*fault)
        })
    }

    /// Returns how a function fails at a stage, if it does.
    pub(crate) fn failing(&self, stage: Stage, function: &str) -> Option<&Failing> {
        self.faults.failing.iter().find(|failing| failing.stage == stage && failing.function == function)
    }

    /// Refuses a role that is too new to be seen everywhere. The text is a recorded answer's.
    pub(crate) fn check_role(&self, role: &str) -> Result<(), ServiceError> {
        if self.faults.role_lag.is_zero() {
            return Ok(());
        }
        let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = *roles.entry(role.to_owned()).or_insert_with(Instant::now);
        if seen.elapsed() < self.faults.role_lag {
            let message = "The role defined for the function cannot be assumed by Lambda.";
            return Err(ServiceError::invalid_parameter(message));
        }
        Ok(())
    }
}

/// A number between 0 and 1 (SplitMix64).
pub(crate) fn uniform(seed: u64, number: u64) -> f64 {
    let mut bits = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// An answer whose body breaks off, and the connection with it.
pub(crate) fn broken() -> Response<Body> {
    let lost = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "dropped on request");
    let mut response = Response::new(Body::from_stream(stream::once(async { Err::<Bytes, _>(lost) })));
    *response.status_mut() = StatusCode::OK;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_as_frequent_as_asked_and_the_same_for_a_seed() {
        let faults =
            || Faults { chances: vec![(Fault::Error, 0.2), (Fault::DropAfter, 0.1)], seed: 7, ..Faults::default() };
        let draw = |mishaps: &Mishaps| (0..10_000).map(|_| mishaps.next()).collect::<Vec<_>>();
        let drawn = draw(&Mishaps::new(faults()));
        let count = |fault| drawn.iter().filter(|drawn| **drawn == Some(fault)).count();
        assert!((1800..2200).contains(&count(Fault::Error)), "{}", count(Fault::Error));
        assert!((850..1150).contains(&count(Fault::DropAfter)), "{}", count(Fault::DropAfter));
        assert_eq!(drawn, draw(&Mishaps::new(faults())));
        assert_ne!(drawn, draw(&Mishaps::new(Faults { seed: 8, ..faults() })));
    }

    #[tokio::test(start_paused = true)]
    async fn role_is_seen_after_its_lag() {
        let mishaps = Mishaps::new(Faults { role_lag: Duration::from_secs(5), ..Faults::default() });
        assert!(mishaps.check_role("a").is_err());
        tokio::time::advance(Duration::from_secs(4)).await;
        assert!(mishaps.check_role("a").is_err());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(mishaps.check_role("a").is_ok());
        assert!(mishaps.check_role("b").is_err());
    }
}
