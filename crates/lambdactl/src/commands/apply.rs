use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::{Args, ValueEnum};
use futures_util::future::join_all;
use lambdactl_apply::{ApplyReport, Event, Stop};
use lambdactl_diff::{FunctionPlan, LayerAction, Plan, Secrets};
use lambdactl_manifest::Reading;
use lambdactl_reconcile::Manner;

use crate::allowances::{self, Allowances};
use crate::durations::positive;
use crate::exit::Exit;
use crate::flags::{Format, Global};
use crate::location::Location;
use crate::lookups::read_locations;
use crate::manifests::ManifestArguments;
use crate::render::progress::{Progress, while_reading};
use crate::render::words::LocationNote;
use crate::render::{self, json, words};
use crate::runtime::block_on;
use crate::selection::Selection;
use crate::several::{self, Failure, Ready, Wanted};
use crate::signals::stop_when_interrupted;
use crate::text::{Text, text};
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
    let Some(mut readings) = read_locations(global, &manifests)? else { return Ok(Exit::Error) };
    if readings.len() > 1 {
        return apply_everywhere(global, arguments, readings);
    }
    let all = Arc::new(readings.remove(0).desired);
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
            let calls = location.session.client().calls();
            output::stdout(&render::plan::before(plan, location_note, calls, global.verbose > 0));
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
        let is_work = |function: &&FunctionPlan| function.action.is_call() || !function.unsettled.is_empty();
        let published = plan.layers.iter().filter(|layer| layer.action == LayerAction::Create).count();
        let calls = plan.functions.iter().filter(is_work).count() + published;
        let progress = Progress::new(arguments.quiet, calls);
        let show = |event: Event<'_>| progress.show(event);
        let report = location.session.apply(&resolved, &planned, &options, manner(arguments), &stop, &show).await;
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

/// Applies to several locations at a time.
fn apply_everywhere(global: &Global, arguments: &Arguments, mut readings: Vec<Reading>) -> anyhow::Result<Exit> {
    let secrets = Secrets::Fingerprinted(RandomState::new());
    let wanted = super::plan::wanted(&arguments.selection, &arguments.allowances, &mut readings, &secrets)?;
    let (note, human) = (LocationNote::of(global), arguments.format == Format::Human);
    block_on(async {
        let folder = arguments.manifests.folder()?;
        let adjust = |location: &mut Location| location.session.give_up_after(arguments.timeout);
        let mut ready = several::plan_each(global, &wanted, &folder, adjust, true).await;
        if human {
            show_plans(&wanted, &ready, note, global.verbose > 0);
        }
        let plans = || ready.iter().flatten().map(|ready| &ready.planned.plan);
        let checked = plans().try_for_each(|plan| arguments.allowances.check(plan));
        let is_agreed = match checked {
            Ok(()) if arguments.yes || !plans().any(Plan::has_calls) => Ok(true),
            Ok(()) => agreed_everywhere(arguments, &wanted, &ready, note),
            Err(error) => Err(error),
        };
        if !matches!(is_agreed, Ok(true)) {
            for ready in ready.into_iter().flatten() {
                ready.location.close().await?;
            }
            is_agreed?;
            output::stderr(&Text::own("Nothing was changed.\n"));
            return Ok(Exit::Error);
        }
        let stop = Arc::new(Stop::default());
        let watch = tokio::spawn(stop_when_interrupted(Arc::clone(&stop)));
        let work = ready.iter_mut().zip(&wanted).map(|(ready, wanted)| {
            let stop = &stop;
            async move {
                let Ready { location, resolved, planned } = ready.as_ref().ok()?;
                let progress = Progress::of_location(arguments.quiet, &wanted.name);
                let show = |event: Event<'_>| progress.show(event);
                let manner = manner(arguments);
                Some(location.session.apply(resolved, planned, &wanted.options, manner, stop, &show).await)
            }
        });
        let reports: Vec<Option<ApplyReport>> = join_all(work).await;
        watch.abort();
        let (mut failures, mut members, mut is_success) = (Vec::new(), Vec::new(), true);
        for ((ready, report), wanted) in ready.into_iter().zip(&reports).zip(&wanted) {
            let (failure, calls) = match ready {
                Ok(Ready { location, .. }) => {
                    let calls = location.session.client().calls();
                    location.close().await?;
                    (None, calls)
                }
                Err(failure) => (Some(failure), 0),
            };
            is_success &= report.as_ref().is_some_and(ApplyReport::is_success);
            if let (Some(report), true) = (report, human) {
                output::stdout(&(several::heading(&[&wanted.name]) + render::report::render(report, note, calls)));
                output::stdout(&Text::own("\n"));
            }
            failure.iter().for_each(|failure| failure.tell(&wanted.name));
            members.push(report.as_ref().map(|report| json::report_members(report, calls)));
            failures.push(failure);
        }
        if !human {
            let empty = json::report_members(&ApplyReport { functions: Vec::new(), layers: Vec::new() }, 0);
            output::stdout(&several::to_json(&wanted, &failures, members, &empty));
        }
        Ok(if is_success { Exit::Done } else { Exit::Error })
    })
}

/// Shows what is planned, and once what is the same in several locations.
fn show_plans(wanted: &[Wanted], ready: &[Result<Ready, Failure>], note: LocationNote, verbose: bool) {
    let plans: Vec<Option<&Plan>> = ready.iter().map(|ready| Some(&ready.as_ref().ok()?.planned.plan)).collect();
    for group in several::alike(&plans) {
        let names: Vec<&str> = group.iter().map(|index| wanted[*index].name.as_str()).collect();
        let Ok(Ready { location, planned, .. }) = &ready[group[0]] else { continue };
        let plan = &planned.plan;
        output::stdout(&several::heading(&names));
        output::stdout(&render::plan::before(plan, note, location.session.client().calls(), verbose));
        output::stdout(&Text::own("\n"));
    }
}

/// Asks for all locations at once.
fn agreed_everywhere(
    arguments: &Arguments,
    wanted: &[Wanted],
    ready: &[Result<Ready, Failure>],
    note: LocationNote,
) -> anyhow::Result<bool> {
    ask::refuse_unasked("apply", arguments.manifests.take_standard_input())?;
    let mut question = Text::default();
    for (ready, wanted) in ready.iter().zip(wanted) {
        let Ok(Ready { planned, .. }) = ready else { continue };
        let plan = &planned.plan;
        if plan.has_calls() {
            let account = plan.account.clone().or_else(|| wanted.desired.account.clone());
            let account = account.map_or_else(|| "account unknown".to_owned(), |account| format!("account {account}"));
            question += text!("{}: {} in {}, {}\n", wanted.name, words::question(plan), plan.region, account);
        }
    }
    question += text!("Do this{}? [y/N] ", note.as_str());
    ask::ask(&question)
}

fn manner(arguments: &Arguments) -> Manner {
    Manner {
        parallelism: arguments.parallelism.into(),
        wait: !arguments.no_wait,
        fail_fast: arguments.fail_fast,
        timeout: arguments.timeout,
        back: arguments.on_interrupt == OnInterrupt::Back,
    }
}
