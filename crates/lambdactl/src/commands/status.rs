use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use lambdactl_aws::Overview;
use lambdactl_diff::Listed;
use lambdactl_manifest::Reading;
use lambdactl_reconcile::{AccountStatus, FunctionStatus};
use serde_json::json;

use crate::exit::Exit;
use crate::flags::{Format, Global};
use crate::location::Location;
use crate::lookups::read_locations;
use crate::manifests::ManifestArguments;
use crate::output;
use crate::render::progress::while_reading;
use crate::render::status;
use crate::render::style::count;
use crate::render::words::LocationNote;
use crate::runtime::block_on;
use crate::several::{self, Wanted};
use crate::text::Text;
use crate::trouble::Trouble;

/// Show how the declared functions are in the account.
///
/// For each function: its state, how its last update went, its newest version, its aliases with their versions and weights, what
/// feeds it, and whether it differs from the manifest (`plan` shows how). Reads only.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    format: Format,

    // Last, so that its heading is over its own options only.
    #[command(flatten)]
    manifests: ManifestArguments,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Some(mut readings) = read_locations(global, &arguments.manifests)? else { return Ok(Exit::Error) };
    if readings.len() > 1 {
        return run_everywhere(global, arguments, readings);
    }
    let all = Arc::new(readings.remove(0).desired);
    block_on(async {
        let mut location = Location::open(global, &all, &all, &arguments.manifests.folder()?).await?;
        let resolved = location.session.resolved(&all).await;
        let resolved = resolved.map_err(|error| location.explained(error))?;
        let reading = location.session.status(&resolved);
        let read = while_reading(false, location.session.client(), reading).await;
        let read = read.map_err(|error| location.explained(error))?;
        let calls = location.session.client().calls();
        location.close().await?;
        output::stdout(&match arguments.format {
            Format::Human => status::render(&read, LocationNote::of(global), calls),
            Format::Json => status::json(&read, calls),
        });
        check(&read)
    })
}

/// The same in several locations.
fn run_everywhere(global: &Global, arguments: &Arguments, readings: Vec<Reading>) -> anyhow::Result<Exit> {
    let wanted = several::of_readings(readings);
    let note = LocationNote::of(global);
    block_on(async {
        let each = several::status_each(global, &wanted, &arguments.manifests.folder()?).await;
        let (mut failures, mut members, mut exit) = (Vec::new(), Vec::new(), Ok(Exit::Done));
        for (read, Wanted { name, .. }) in each.into_iter().zip(&wanted) {
            let failure = match read {
                Ok((location, read)) => {
                    let calls = location.session.client().calls();
                    location.close().await?;
                    if arguments.format == Format::Human {
                        output::stdout(&(several::heading(&[name]) + status::render(&read, note, calls)));
                        output::stdout(&Text::own("\n"));
                    }
                    members.push(Some(status::members(&read, calls)));
                    exit = exit.and_then(|exit| check(&read).map(|own| if own == Exit::Done { exit } else { own }));
                    None
                }
                Err(failure) => {
                    failure.tell(name);
                    members.push(None);
                    exit = exit.map(|_| Exit::Error);
                    Some(failure)
                }
            };
            failures.push(failure);
        }
        if arguments.format == Format::Json {
            let empty = json!({ "account": null, "region": null, "functions": [], "api_calls": 0 });
            output::stdout(&several::to_json(&wanted, &failures, members, &empty));
        }
        exit
    })
}

/// A function that does not work is an error, and so is what the table cannot show.
fn check(read: &AccountStatus) -> anyhow::Result<Exit> {
    let failed = |function: &FunctionStatus| {
        let failure = function.failure.as_ref()?;
        Some((format!("function `{}`: {}", function.name, failure.message), failure.help.clone()))
    };
    let mut failed = read.functions.iter().filter_map(failed);
    if let Some((message, help)) = failed.next() {
        let others = match failed.count() {
            0 => String::new(),
            others => format!(" (and {} more)", count(others, "function")),
        };
        bail!(Trouble::new(format!("{message}{others}")).help(help));
    }
    let unread: Vec<String> = read.functions.iter().flat_map(unread).collect();
    if !unread.is_empty() {
        bail!(Trouble::new("not everything could be read").list(unread).help(
            "status needs the actions lambda:ListVersionsByFunction, lambda:ListAliases and lambda:ListEventSourceMappings"
        ));
    }
    Ok(Exit::Done)
}

fn unread(function: &FunctionStatus) -> Vec<String> {
    let Some(Overview { version, aliases, mappings }) = &function.overview else { return Vec::new() };
    let lists =
        [("versions", reason(version)), ("aliases", reason(aliases)), ("event source mappings", reason(mappings))];
    let unread = lists.into_iter().filter_map(|(what, reason)| Some((what, reason?)));
    unread.map(|(what, reason)| format!("the {what} of `{}`: {reason}", function.name)).collect()
}

fn reason<T>(listed: &Listed<T>) -> Option<&str> {
    match listed {
        Listed::Yes(_) => None,
        Listed::No(reason) => Some(reason),
    }
}
