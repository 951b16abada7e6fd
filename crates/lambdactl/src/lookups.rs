//! Manifests with references that services have the values of: those are asked for before anything else is done, in each location with
//! its own credentials.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lambdactl_aws::{check_account, look_up};
use lambdactl_manifest::{ReadOptions, Reading, UnknownValues, read, read_each};
use lambdactl_schema::{Desired, LookedUp};

use crate::flags::Global;
use crate::location::Location;
use crate::manifests::ManifestArguments;
use crate::output;
use crate::render::diagnostics;
use crate::runtime::block_on;
use crate::text::text;

/// Calls in flight while references are looked up.
const PARALLELISM: usize = 16;

/// How often what was looked up may lead to further references: a name that another look-up is a part of.
const ROUNDS: usize = 8;

/// Reads manifests for each location that is meant, with everything looked up. What is wrong is printed, and then there is nothing.
pub(crate) fn read_locations(global: &Global, manifests: &ManifestArguments) -> anyhow::Result<Option<Vec<Reading>>> {
    let (told, each, options) = manifests.read_each(global)?;
    if !told.desired.lookups.is_empty() {
        return read_looked_up(global, &options, &manifests.folder()?);
    }
    output::stderr(&diagnostics::render_problems(&told));
    Ok(told.is_valid().then_some(each))
}

/// The same for a command that works in one location.
pub(crate) fn read_location(global: &Global, manifests: &ManifestArguments) -> anyhow::Result<Option<Desired>> {
    let (reading, options) = manifests.read_one(global)?;
    if !reading.desired.lookups.is_empty() {
        let readings = read_looked_up(global, &options, &manifests.folder()?)?;
        return Ok(readings.and_then(|readings| readings.into_iter().next()).map(|reading| reading.desired));
    }
    output::stderr(&diagnostics::render_problems(&reading));
    Ok(reading.is_valid().then_some(reading.desired))
}

/// Returns readings of manifests that are checked, and of which what is to be looked up is not known yet.
pub(crate) fn unknown(options: &ReadOptions) -> (Reading, Vec<Reading>) {
    read_each(&ReadOptions { unknown: UnknownValues::Noted, ..options.clone() })
}

fn read_looked_up(global: &Global, options: &ReadOptions, folder: &Path) -> anyhow::Result<Option<Vec<Reading>>> {
    // What is wrong anyway is said before anything is sent.
    let (told, each) = unknown(options);
    if !told.is_valid() {
        output::stderr(&diagnostics::render_problems(&told));
        return Ok(None);
    }
    let readings = block_on(async {
        let mut readings = Vec::with_capacity(each.len());
        for reading in each {
            readings.push(read_one(global, options, reading, &told.desired.lookups, folder).await?);
        }
        Ok(readings)
    })?;
    for reading in readings.iter().filter(|reading| !reading.is_valid()).chain(readings.first()).take(1) {
        output::stderr(&diagnostics::render_problems(reading));
    }
    Ok(readings.iter().all(Reading::is_valid).then_some(readings))
}

/// Reads manifests for the location of a reading in which nothing was looked up yet. `wanted` is what they refer to.
pub(crate) async fn read_one(
    global: &Global,
    options: &ReadOptions,
    reading: Reading,
    wanted: &[String],
    folder: &Path,
) -> anyhow::Result<Reading> {
    let mut options = options.clone();
    if let Some(location) = &reading.desired.location {
        options.locations = vec![location.name.clone()];
    }
    // Of the functions nothing is known yet.
    let head = Desired { functions: Vec::new(), layers: Vec::new(), ..reading.desired };
    let mut wanted = wanted.to_vec();
    for _ in 0..ROUNDS {
        let found = match global.local {
            true => stand_ins(&wanted),
            false => ask(global, &head, &wanted, folder).await?,
        };
        options.looked_up.extend(found);
        let reading = read(&options);
        if reading.desired.lookups.iter().all(|more| options.looked_up.contains_key(more)) {
            return Ok(reading);
        }
        wanted = reading.desired.lookups;
    }
    Ok(read(&options))
}

async fn ask(
    global: &Global,
    head: &Desired,
    wanted: &[String],
    folder: &Path,
) -> anyhow::Result<BTreeMap<String, LookedUp>> {
    let location = Location::open(global, head, &Arc::new(head.clone()), folder).await?;
    let client = location.session.client();
    check_account(client, head).await.map_err(|error| location.explained(error))?;
    Ok(look_up(client, wanted, PARALLELISM).await)
}

/// Returns texts that stand in for look-ups where there is no account to ask, and says so.
fn stand_ins(wanted: &[String]) -> BTreeMap<String, LookedUp> {
    let one = |reference: &String| {
        let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
        let text: String = reference.chars().map(letter).collect();
        output::stderr(&text!(
            "note: --local looks nothing up: `{}` stands in for ${{{}}}; --lookup says another value\n",
            text,
            reference
        ));
        (reference.clone(), LookedUp { value: Ok(text), is_secret: false })
    };
    wanted.iter().map(one).collect()
}
