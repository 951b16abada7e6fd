use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use lambdactl_apply::{Event, Stop};
use lambdactl_diff::PlanOptions;
use lambdactl_reconcile::Manner;
use lambdactl_schema::{Desired, nearest};

use crate::durations::positive;
use crate::exit::Exit;
use crate::flags::{Format, Global};
use crate::location::Location;
use crate::lookups::read_location;
use crate::manifests::ManifestFlags;
use crate::render::progress::{Progress, while_reading};
use crate::render::words::LocationNote;
use crate::render::{self, json};
use crate::runtime::block_on;
use crate::signals::stop_when_interrupted;
use crate::text::Text;
use crate::trouble::Trouble;
use crate::{ask, output};

/// Delete functions that the manifest declares and owns.
///
/// Shows what would be lost, asks, and deletes: first the event source mappings that carry the manifest's tag, then the function, with its
/// versions, aliases and URLs. A function that does not carry the manifest's tag is left alone, and so is one that is protected,
/// always, and one that has aliases that the manifest does not declare, or event source mappings of others, without --force.
///
/// The manifest still declares the functions: take them out of it, or the next apply creates them again.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The functions, by their names in the manifest.
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    names: Vec<String>,

    /// All functions of the manifest.
    #[arg(long)]
    all: bool,

    /// Do not ask. Needed where standard input is not a terminal.
    #[arg(short, long)]
    yes: bool,

    /// Delete functions that others may use, too: by aliases that the manifest does not declare, or event source mappings of others.
    #[arg(long)]
    force: bool,

    /// How long one function may take to be gone, such as `90s` or `10m`.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = positive)]
    timeout: Duration,

    /// Show no progress.
    #[arg(short, long)]
    quiet: bool,

    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    format: Format,

    // Last, so that its heading is over its own options only.
    #[command(flatten)]
    manifests: ManifestFlags,
}

/// Functions that are deleted at a time.
const PARALLELISM: usize = 8;

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let manifests = arguments.manifests.arguments();
    let Some(all) = read_location(global, &manifests)?.map(Arc::new) else { return Ok(Exit::Error) };
    let Some(owner) = all.name.clone() else {
        bail!(
            Trouble::new("the manifest has no `name:`, so that nobody knows which functions are its own")
                .help("give it one, and run `lambdactl adopt`, which puts it on what exists")
        );
    };
    let names = chosen(arguments, &all)?;
    block_on(async {
        let mut location = Location::open(global, &all, &all, &manifests.folder()?).await?;
        location.session.give_up_after(arguments.timeout);
        let planning = location.session.plan_deletion(&all, &owner, &names, arguments.force);
        let planned = while_reading(arguments.quiet, location.session.client(), planning).await;
        let planned = planned.map_err(|error| location.explained(error))?;
        let (human, location_note) = (arguments.format == Format::Human, LocationNote::of(global));
        if human {
            let calls = location.session.client().calls();
            output::stdout(&render::plan::before(&planned.plan, location_note, calls, global.verbose > 0));
        }
        if planned.plan.has_calls()
            && !arguments.yes
            && !ask::agreed("delete", manifests.take_standard_input(), &planned.plan, &location.session, location_note)
                .await?
        {
            location.close().await?;
            output::stderr(&Text::own("Nothing was changed.\n"));
            return Ok(Exit::Error);
        }
        let stop = Arc::new(Stop::default());
        let watch = tokio::spawn(stop_when_interrupted(Arc::clone(&stop)));
        let manner =
            Manner { parallelism: PARALLELISM, wait: true, fail_fast: false, timeout: arguments.timeout, back: false };
        let deletions = planned.plan.functions.iter().filter(|function| function.action.is_call()).count();
        let progress = Progress::new(arguments.quiet, deletions);
        let show = |event: Event<'_>| progress.show(event);
        let options = PlanOptions::default();
        let report = location.session.apply(&all, &planned, &options, manner, &stop, &show).await;
        progress.finish();
        watch.abort();
        let calls = location.session.client().calls();
        location.close().await?;
        output::stdout(&match human {
            true => render::report::render(&report, location_note, calls),
            false => json::report(&report, calls),
        });
        // One that was kept was asked for all the same.
        let is_kept = report.functions.iter().any(|function| function.error.is_some());
        Ok(if report.is_success() && !is_kept { Exit::Done } else { Exit::Error })
    })
}

/// Returns the names of the functions that are meant. A misspelt one is an error before anything is deleted.
fn chosen(arguments: &Arguments, desired: &Desired) -> anyhow::Result<Vec<String>> {
    let declared = || desired.functions.iter().map(|spec| spec.request.function_name.as_str());
    if arguments.all {
        return Ok(declared().map(str::to_owned).collect());
    }
    for name in &arguments.names {
        if declared().any(|declared| declared == name) {
            continue;
        }
        let help = match nearest(name, declared()) {
            Some(nearest) => format!("did you mean `{nearest}`? nothing was changed"),
            None => {
                "delete takes what the manifest declares: --prune deletes what it no longer does; nothing was changed"
                    .to_owned()
            }
        };
        bail!(Trouble::new(format!("the manifest has no function `{name}`")).help(help));
    }
    Ok(arguments.names.clone())
}
