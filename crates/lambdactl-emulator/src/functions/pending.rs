//! Functions that the service still works on.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::Instant;

use crate::names::LATEST;
use crate::service_error::ServiceError;

/// How long the service works on a function, or on what stands beside one, after its answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// `Pending` after its creation, without a VPC; so long concurrency is provisioned and an event source mapping is `Creating`.
    pub plain: Duration,
    /// With one: network interfaces take the service minutes at times (AWS documentation).
    pub vpc: Duration,
    /// `InProgress` after an update; so long provisioned concurrency changes, and a mapping is `Enabling`, `Disabling`,
    /// `Updating` or `Deleting`.
    pub update: Duration,
}

/// What functions and versions that are worked on show until when. A restart finishes all of them.
#[derive(Default)]
pub(crate) struct Pending {
    setup: Setup,
    shown: Mutex<HashMap<Place, (Instant, Shown)>>,
}

/// Region, function, and `$LATEST` or a version's number.
type Place = (String, String, String);

/// The members that tell a creation that goes on.
const CREATION: [&str; 4] = ["State", "StateReason", "StateReasonCode", "RevisionId"];

/// Why what is being made is refused meanwhile.
const PENDING: &str = "The function is currently in the following state: Pending";

/// How a version came about.
#[derive(Clone, Copy)]
pub(crate) enum Came {
    /// By PublishVersion, or with its function.
    Alone,
    WithUpdate,
}

/// The members that differ from the record, which holds the end of the work.
struct Shown {
    members: Map<String, Value>,
    /// The text of the refusal of a change meanwhile.
    refusal: String,
}

impl Pending {
    pub(crate) fn new(setup: Setup) -> Self {
        Self { setup, shown: Mutex::default() }
    }

    /// Notes that a function was created, or a version with it. The members are those of a recorded create.
    pub(crate) fn begin(&self, region: &str, answer: &Map<String, Value>) {
        let in_vpc = answer.get("VpcConfig").and_then(|vpc| vpc["SubnetIds"].as_array());
        let time = if in_vpc.is_some_and(|subnets| !subnets.is_empty()) { self.setup.vpc } else { self.setup.plain };
        self.note(region, answer, time, &CREATION, PENDING);
    }

    /// Notes that a function is being updated.
    pub(crate) fn begin_update(&self, region: &str, answer: &Map<String, Value>) {
        let members = ["LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode", "RevisionId"];
        let arn = answer.get("FunctionArn").and_then(Value::as_str).unwrap_or_default();
        let refusal = format!("An update is in progress for resource: {arn}");
        self.note(region, answer, self.setup.update, &members, &refusal);
    }

    /// Makes the answer of a version that was just published say so, and notes that it is being set up: as long as an
    /// update takes where the version came with one, else as long as a creation. The shape is that of a recorded answer.
    pub(crate) fn begin_version(&self, region: &str, answer: &mut Map<String, Value>, came: Came) {
        for (member, value) in
            [("State", "Pending"), ("StateReason", "The function is being created."), ("StateReasonCode", "Creating")]
        {
            answer.insert(member.to_owned(), value.into());
        }
        answer.shift_remove("LastUpdateStatus");
        match came {
            Came::Alone => self.begin(region, answer),
            Came::WithUpdate => self.note(region, answer, self.setup.update, &CREATION, PENDING),
        }
    }

    fn note(&self, region: &str, answer: &Map<String, Value>, time: Duration, members: &[&str], refusal: &str) {
        let Some(place) = place(region, answer).filter(|_| !time.is_zero()) else { return };
        let members = members.iter().filter_map(|member| Some(((*member).to_owned(), answer.get(*member)?.clone())));
        let shown = Shown { members: members.collect(), refusal: refusal.to_owned() };
        self.shown().insert(place, (Instant::now() + time, shown));
    }

    /// Makes the answer of what is worked on say so.
    pub(crate) fn show(&self, region: &str, configuration: &mut Map<String, Value>) {
        let Some(place) = place(region, configuration) else { return };
        let mut shown = self.shown();
        match shown.get(&place) {
            Some((ready, shown)) if *ready > Instant::now() => {
                // A function in the making has no update status (recorded answers).
                configuration.shift_remove("LastUpdateStatus");
                configuration.extend(shown.members.clone());
            }
            Some(_) => drop(shown.remove(&place)),
            None => {}
        }
    }

    /// How long the service works on what.
    pub(crate) fn setup(&self) -> Setup {
        self.setup
    }

    /// Refuses a change of a function that is worked on (recorded answers).
    pub(crate) fn refuse(&self, region: &str, name: &str) -> Result<(), ServiceError> {
        self.refuse_version(region, name, LATEST)
    }

    /// Whether a version is still being made. One that is updated goes on as it was.
    pub(crate) fn is_created(&self, region: &str, name: &str, version: &str) -> bool {
        let key = (region.to_owned(), name.to_owned(), version.to_owned());
        self.shown().get(&key).is_some_and(|(_, shown)| shown.refusal == PENDING)
    }

    /// Refuses to use a version that is worked on.
    pub(crate) fn refuse_version(&self, region: &str, name: &str, version: &str) -> Result<(), ServiceError> {
        let mut shown = self.shown();
        let key = (region.to_owned(), name.to_owned(), version.to_owned());
        match shown.get(&key) {
            Some((ready, shown)) if *ready > Instant::now() => Err(ServiceError::conflict(&format!(
                "The operation cannot be performed at this time. {}",
                shown.refusal
            ))),
            Some(_) => {
                shown.remove(&key);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Forgets a function that was deleted.
    pub(crate) fn forget(&self, region: &str, name: &str) {
        self.shown().retain(|(of_region, of_name, _), _| (of_region.as_str(), of_name.as_str()) != (region, name));
    }

    fn shown(&self) -> MutexGuard<'_, HashMap<Place, (Instant, Shown)>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(region: &str, configuration: &Map<String, Value>) -> Option<Place> {
    let text = |member: &str| configuration.get(member).and_then(Value::as_str).map(str::to_owned);
    Some((region.to_owned(), text("FunctionName")?, text("Version")?))
}
