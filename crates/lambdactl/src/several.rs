//! Work in several locations of a manifest at a time. One that fails leaves the others alone.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use lambdactl_aws::ReadError;
use lambdactl_diff::{Plan, PlanOptions};
use lambdactl_manifest::Reading;
use lambdactl_reconcile::{AccountStatus, Planned};
use lambdactl_schema::Desired;
use serde_json::{Value, json};

use crate::flags::Global;
use crate::location::{Location, SharedPaces};
use crate::output;
use crate::render::json::{self, OfLocation};
use crate::render::style::{BOLD, ERROR};
use crate::text::{Text, text};
use crate::trouble::Trouble;

/// One location of a run: what is wanted there.
pub(crate) struct Wanted {
    /// Its name.
    pub(crate) name: String,
    /// What the manifest says, and the part of it that was chosen.
    pub(crate) all: Arc<Desired>,
    pub(crate) desired: Arc<Desired>,
    pub(crate) options: PlanOptions,
}

/// A location whose account was read.
pub(crate) struct Ready {
    pub(crate) location: Location,
    /// What the manifest says, with images resolved.
    pub(crate) resolved: Desired,
    pub(crate) planned: Planned,
}

/// Why nothing could be done in a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Failure {
    /// A location that could not even be opened.
    pub(crate) fn of_opening(error: &anyhow::Error) -> Self {
        let help = error.downcast_ref::<Trouble>().map(|trouble| trouble.details().as_str().trim().to_owned());
        let help = help.and_then(|help| help.strip_prefix("= help: ").map(str::to_owned));
        Self { code: "NotOpened".to_owned(), message: format!("{error:#}"), help }
    }

    pub(crate) fn of_reading(error: &ReadError, location: &Location) -> Self {
        let code = match error {
            ReadError::WrongAccount { .. } => "WrongAccount",
            ReadError::Call(error) => error.code(),
        };
        Self { code: code.to_owned(), message: error.to_string(), help: location.help(error) }
    }

    /// A plan that has something which cannot be.
    pub(crate) fn of_plan(plan: &Plan) -> Option<Self> {
        plan.failures().next().map(|(function, refusal)| Self {
            code: refusal.reason.as_str().to_owned(),
            message: format!("function `{}`: {}", function.name, refusal.message),
            help: Some(refusal.help.to_string()),
        })
    }

    /// Returns what a public report says: the message may name roles and accounts that references brought in.
    pub(crate) fn as_public(&self) -> String {
        match self.code.as_str() {
            "NotOpened" => "lambdactl did not get into the account; the output of the run says why".to_owned(),
            "WrongAccount" => "the credentials are of another account than the manifest says".to_owned(),
            code => format!("{code}; the output of the run says more"),
        }
    }

    /// Says what is wrong with a location.
    pub(crate) fn tell(&self, name: &str) {
        output::stderr(&text!("{0}error{0:#}: location {1}: {2}\n", ERROR, name, self.message));
        if let Some(help) = &self.help {
            output::stderr(&text!("  = help: {}\n", help));
        }
    }
}

/// Returns the names and manifests of several locations.
pub(crate) fn names(readings: &[Reading]) -> Vec<String> {
    let name = |reading: &Reading| reading.desired.location.as_ref().map(|location| location.name.clone());
    readings.iter().map(|reading| name(reading).unwrap_or_default()).collect()
}

/// Returns what is wanted in each location where everything is.
pub(crate) fn of_readings(readings: Vec<Reading>) -> Vec<Wanted> {
    let names = names(&readings);
    let one = |(name, reading): (String, Reading)| {
        let all = Arc::new(reading.desired);
        Wanted { name, desired: Arc::clone(&all), all, options: PlanOptions::default() }
    };
    names.into_iter().zip(readings).map(one).collect()
}

/// Puts together what all locations want, for flags that name functions: one has to be somewhere.
pub(crate) fn together(each: &[Arc<Desired>]) -> Desired {
    let mut names = BTreeSet::new();
    let mut together = Desired::default();
    for desired in each {
        together.name = together.name.or_else(|| desired.name.clone());
        let new = desired.functions.iter().filter(|spec| names.insert(spec.request.function_name.clone()));
        together.functions.extend(new.cloned());
        together.layers.extend(desired.layers.iter().cloned());
    }
    together
}

/// Opens locations, which share their paces where they share an account and a region.
async fn open_each(global: &Global, wanted: &[Wanted], folder: &Path) -> Vec<Result<Location, Failure>> {
    let mut paces = SharedPaces::default();
    let mut opened = Vec::with_capacity(wanted.len());
    for Wanted { all, desired, .. } in wanted {
        let location = Location::open(global, desired, all, folder).await;
        opened.push(location.map_err(|error| Failure::of_opening(&error)).map(|mut location| {
            paces.share(desired, &mut location);
            location
        }));
    }
    opened
}

/// Does something in each location, all at a time. A location in which it fails is closed.
async fn in_each<T>(
    global: &Global,
    wanted: &[Wanted],
    folder: &Path,
    work: impl AsyncFn(&mut Location, &Wanted) -> Result<T, ReadError>,
) -> Vec<Result<(Location, T), Failure>> {
    let opened = open_each(global, wanted, folder).await;
    let work = &work;
    let all = opened.into_iter().zip(wanted).map(|(location, wanted)| async move {
        let mut location = location?;
        match work(&mut location, wanted).await {
            Ok(done) => Ok((location, done)),
            Err(error) => {
                let failure = Failure::of_reading(&error, &location);
                // What goes wrong now is no news: nothing was changed.
                let _ = location.close().await;
                Err(failure)
            }
        }
    });
    join_all(all).await
}

/// Plans in each location.
pub(crate) async fn plan_each(
    global: &Global,
    wanted: &[Wanted],
    folder: &Path,
    adjust: impl Fn(&mut Location),
    health: bool,
) -> Vec<Result<Ready, Failure>> {
    let plan = async |location: &mut Location, wanted: &Wanted| {
        adjust(location);
        plan_one(location, wanted, health).await
    };
    let ready = |(location, (resolved, planned))| Ready { location, resolved, planned };
    in_each(global, wanted, folder, plan).await.into_iter().map(|done| done.map(ready)).collect()
}

/// Reads how the functions of each location are, and with how many requests.
pub(crate) async fn status_each(
    global: &Global,
    wanted: &[Wanted],
    folder: &Path,
) -> Vec<Result<(Location, AccountStatus), Failure>> {
    let read = async |location: &mut Location, wanted: &Wanted| {
        let resolved = location.session.resolved(&wanted.desired).await?.into_owned();
        location.session.status(&resolved).await
    };
    in_each(global, wanted, folder, read).await
}

async fn plan_one(location: &mut Location, wanted: &Wanted, health: bool) -> Result<(Desired, Planned), ReadError> {
    let resolved = location.session.resolved(&wanted.desired).await?.into_owned();
    let planned = location.session.plan(&resolved, &wanted.options, health).await?;
    Ok((resolved, planned))
}

/// Returns the head of what is said of locations.
pub(crate) fn heading(names: &[&str]) -> Text {
    match names {
        [name] => text!("{0}Location {1}{0:#}\n", BOLD, name),
        names => text!("{0}Locations {1}{0:#}: one plan for each of them\n", BOLD, names.join(", ")),
    }
}

/// Returns the locations whose plans say the same, by their numbers, in the order of the first of each. What a plan says of account,
/// region and requests is not compared.
pub(crate) fn alike(plans: &[Option<&Plan>]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Option<Value>, Vec<usize>)> = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let said = plan.map(|plan| {
            let mut members = json::plan_members(plan, 0);
            members["account"] = Value::Null;
            members["region"] = Value::Null;
            members
        });
        match groups.iter_mut().find(|(known, _)| said.is_some() && *known == said) {
            Some((_, group)) => group.push(index),
            None => groups.push((said, vec![index])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Returns the JSON of what is said of locations; of one that failed without a plan or report, the object has nothing in it.
pub(crate) fn to_json(
    wanted: &[Wanted],
    failures: &[Option<Failure>],
    members: Vec<Option<Value>>,
    empty: &Value,
) -> Text {
    let listed = wanted.iter().zip(failures).zip(members).map(|((wanted, failure), members)| {
        let nothing = || {
            let mut nothing = empty.clone();
            if nothing.get("region").is_some() {
                nothing["region"] = json!(wanted.desired.region);
            }
            nothing
        };
        OfLocation {
            name: &wanted.name,
            error: failure.as_ref().map(|failure| (failure.code.as_str(), failure.message.as_str())),
            members: members.unwrap_or_else(nothing),
        }
    });
    json::of_locations(listed.collect())
}
