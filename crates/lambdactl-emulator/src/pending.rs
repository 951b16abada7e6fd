//! Functions that are still being set up.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

/// How long a function is `Pending` after its creation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// Without a VPC.
    pub plain: Duration,
    /// With one: network interfaces take the service minutes at times (AWS documentation).
    pub vpc: Duration,
}

/// When the functions in the making will be ready. A restart makes all of them ready.
#[derive(Default)]
pub(crate) struct Pending {
    setup: Setup,
    until: Mutex<HashMap<(String, String), Instant>>,
}

impl Pending {
    pub(crate) fn new(setup: Setup) -> Self {
        Self { setup, until: Mutex::default() }
    }

    /// Notes that a function was created.
    pub(crate) fn begin(&self, region: &str, configuration: &Map<String, Value>) {
        let in_vpc = configuration.get("VpcConfig").and_then(|vpc| vpc["SubnetIds"].as_array());
        let time = if in_vpc.is_some_and(|subnets| !subnets.is_empty()) { self.setup.vpc } else { self.setup.plain };
        let Some(name) = configuration.get("FunctionName").and_then(Value::as_str).filter(|_| !time.is_zero()) else {
            return;
        };
        self.until().insert((region.to_owned(), name.to_owned()), Instant::now() + time);
    }

    /// Makes the answer of a function in the making say so. The members are those of a recorded create.
    pub(crate) fn show(&self, region: &str, configuration: &mut Map<String, Value>) {
        let Some(name) = configuration.get("FunctionName").and_then(Value::as_str) else { return };
        let key = (region.to_owned(), name.to_owned());
        let mut until = self.until();
        match until.get(&key) {
            Some(ready) if *ready > Instant::now() => {
                configuration.shift_remove("LastUpdateStatus");
                for (member, value) in [
                    ("State", "Pending"),
                    ("StateReason", "The function is being created."),
                    ("StateReasonCode", "Creating"),
                ] {
                    configuration.insert(member.to_owned(), value.into());
                }
            }
            Some(_) => drop(until.remove(&key)),
            None => {}
        }
    }

    fn until(&self) -> MutexGuard<'_, HashMap<(String, String), Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
