use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::{Args, ValueEnum};
use lambdactl_apply::{Event, Stop};
use lambdactl_diff::{FunctionPlan, LayerAction, Secrets};
use lambdactl_reconcile::Manner;

use crate::allowances::{self, Allowances};
use crate::durations::positive;
use crate::exit::Exit;
use crate::flags::{Format, Global};
use crate::location::Location;
use crate::manifests::ManifestArguments;
use crate::render::progress::{Progress, while_reading};
use crate::render::words::LocationNote;
use crate::render::{self, json};
use crate::runtime::block_on;
use crate::selection::Selection;
use crate::signals::stop_when_interrupted;
use crate::text::Text;
use crate::trouble::Trouble;
use crate::{ask, output, saved_plan};

/// Create the functions that are missing.
///
/// Shows the plan, asks, and creates what is missing. A function that exists gets no call that changes it, unless
/// --update, --replace or --prune says so. Safe to run twice.
///
/// FILE can also be a plan that `plan --out` saved, alone: exactly that is applied, without asking, or nothing when
/// anything has changed since. It names its manifests itself.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// Do not ask. Needed where standard input is not a terminal.
    #[arg(short, long)]
    yes: bool,

    /// Return as soon as the service has accepted the functions, without waiting until they are ready.
    #[arg(long)]
    no_wait: bool,

    /// Start no further function after one has failed.
    #[arg(long)]
    fail_fast: bool,

    /// Functions that are worked on at a time.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    parallelism: u16,

    /// How long one function may take to be created and become ready, such as `90s` or `10m`.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = positive)]
    timeout: Duration,

    /// What an interruption does to an alias that a rollout is moving: it stays where it is, and the next apply --update goes on;
    /// or it goes back to the version that it came from.
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = OnInterrupt::Stay)]
    on_interrupt: OnInterrupt,

    /// Show no progress.
    #[arg(short, long)]
    quiet: bool,

    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Human)]
    format: Format,

    // Last, so that their headings are over their own options only.
    #[command(flatten)]
    allowances: Allowances,

    #[command(flatten)]
    manifests: ManifestArguments,
}

/// What an interruption does to an alias that a rollout is moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnInterrupt {
    /// It goes back to the version that it came from.
    Back,
    /// It stays where it is.
    Stay,
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let named = arguments.manifests.named();
    let reviewed = saved_plan::among(&named)?;
    let manifests = match &reviewed {
        Some((path, sealed)) => {
            if !arguments.selection.targets.is_empty() || arguments.allowances.are_given() {
                bail!(
                    Trouble::new("a saved plan says itself what may be changed")
                        .help("leave out --target, --update, --replace, --prune and --force, or make another plan")
                );
            }
            arguments.manifests.of_saved(path, sealed)?
        }
        None => arguments.manifests.clone(),
    };
    let Some(all) = manifests.read_valid()?.map(Arc::new) else { return Ok(Exit::Error) };
    let selection = match &reviewed {
        Some((_, sealed)) => Selection { targets: sealed.targets.clone() },
        None => arguments.selection.clone(),
    };
    let desired = selection.apply(&all)?;
    if let Some((path, sealed)) = &reviewed {
        saved_plan::refuse(path, &sealed.moved_manifest(&desired))?;
    }
    let secrets = Secrets::Fingerprinted(RandomState::new());
    let options = match &reviewed {
        Some((_, sealed)) => allowances::of_saved(&sealed.options, secrets),
        None => arguments.allowances.options(&desired, secrets)?,
    };
    block_on(async {
        let mut location = Location::open(global, &desired, &all, &manifests.folder()?).await?;
        location.session.give_up_after(arguments.timeout);
        let resolved = location.session.resolved(&desired).await;
        let resolved = resolved.map_err(|error| location.explained(error))?;
        let planning = location.session.plan(&resolved, &options, true);
        let planned = while_reading(arguments.quiet, location.session.client(), planning).await;
        let planned = planned.map_err(|error| location.explained(error))?;
        let plan = &planned.plan;
        if let Some((path, sealed)) = &reviewed {
            let moved = sealed.moved_account(plan);
            if !moved.is_empty() {
                location.close().await?;
                saved_plan::refuse(path, &moved)?;
                return Ok(Exit::Error);
            }
        }
        let human = arguments.format == Format::Human;
        let location_note = LocationNote::of(global);
        if human {
            output::stdout(&match plan.is_empty() {
                false => {
                    render::plan::render(plan, location_note, location.session.client().calls(), global.verbose > 0)
                }
                true => render::plan::notes(plan),
            });
        }
        if reviewed.is_none() {
            arguments.allowances.check(plan)?;
        }
        if plan.has_calls()
            && !arguments.yes
            && reviewed.is_none()
            && !ask::agreed("apply", arguments.manifests.take_standard_input(), plan, &location.session, location_note)
                .await?
        {
            location.close().await?;
            output::stderr(&Text::own("Nothing was changed.\n"));
            return Ok(Exit::Error);
        }
        let stop = Arc::new(Stop::default());
        let watch = tokio::spawn(stop_when_interrupted(Arc::clone(&stop)));
        let manner = Manner {
            parallelism: arguments.parallelism.into(),
            wait: !arguments.no_wait,
            fail_fast: arguments.fail_fast,
            timeout: arguments.timeout,
            back: arguments.on_interrupt == OnInterrupt::Back,
        };
        let is_work = |function: &&FunctionPlan| function.action.is_call() || !function.unsettled.is_empty();
        let published = plan.layers.iter().filter(|layer| layer.action == LayerAction::Create).count();
        let calls = plan.functions.iter().filter(is_work).count() + published;
        let progress = Progress::new(arguments.quiet, calls);
        let show = |event: Event<'_>| progress.show(event);
        let report = location.session.apply(&resolved, &planned, &options, manner, &stop, &show).await;
        progress.finish();
        watch.abort();
        let calls = location.session.client().calls();
        location.close().await?;
        if human {
            output::stdout(&render::report::render(&report, location_note, calls));
        } else {
            output::stdout(&json::report(&report, calls));
        }
        Ok(if report.is_success() { Exit::Done } else { Exit::Error })
    })
}
