use std::hash::RandomState;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::{Args, ValueEnum};
use lambdactl_aws::Verified;
use lambdactl_diff::{Plan, PlanOptions, Reviewed, SealedPlan, Secrets};
use lambdactl_manifest::Reading;
use lambdactl_page::{Page, PageLocation, Problem};
use lambdactl_schema::Desired;
use uuid::Uuid;

use crate::allowances::Allowances;
use crate::exit::Exit;
use crate::files::{Secrecy, check, write};
use crate::flags::Global;
use crate::location::Location;
use crate::lookups::read_locations;
use crate::manifests::ManifestArguments;
use crate::render::progress::while_reading;
use crate::render::style::count;
use crate::render::words::LocationNote;
use crate::render::{self, json, markdown, page};
use crate::runtime::block_on;
use crate::selection::Selection;
use crate::several::{self, Failure, Ready, Wanted};
use crate::text::Text;
use crate::trouble::Trouble;
use crate::{output, packages, saved_plan, verified};

/// Show how an account differs from the manifest.
///
/// Reads only; nothing is changed. A function that exists and differs has drifted: apply leaves it alone, unless it may
/// update.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    selection: Selection,

    /// Save what was planned; `apply PLAN` applies exactly that, or nothing when anything has changed since. Holds
    /// digests, and no value; of a secret only that it is set or changes.
    #[arg(long, value_name = "PLAN")]
    out: Option<PathBuf>,

    /// What to print.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = PlanFormat::Human)]
    format: PlanFormat,

    /// Also write the plan to this file, for a comment on a pull request.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,

    /// Also write the plan to this file as a page for a browser: one file that loads nothing else. Says no more than a comment.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Show the values of environment variables. For a person: not with the other formats.
    #[arg(long)]
    show_values: bool,

    /// Read the state of each function, where a list of all would be read: whether it works, which a list does not say.
    #[arg(long)]
    health: bool,

    /// Ask also whether what the functions name is there and fits: roles, layers, networks, keys, images, queues, objects and
    /// concurrency. What is wrong is an error with its place in the manifest, and the exit code is 1.
    #[arg(long)]
    verify: bool,

    /// Download the code of functions whose code changes, and show which files do.
    #[arg(long)]
    code_diff: bool,

    /// Exit with 2 when the plan is not empty, drift included.
    #[arg(long)]
    detailed_exitcode: bool,

    // Last, so that their headings are over their own options only.
    #[command(flatten)]
    allowances: Allowances,

    #[command(flatten)]
    manifests: ManifestArguments,
}

/// What a plan is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    /// For people.
    Human,
    /// For machines.
    Json,
    /// For a comment on a pull request.
    Markdown,
}

impl Arguments {
    /// Returns the files that are written for everyone.
    fn reports(&self) -> impl Iterator<Item = &PathBuf> {
        self.markdown.iter().chain(&self.html)
    }
}

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    let secrets = match (arguments.show_values, arguments.format) {
        (false, PlanFormat::Json) => Secrets::Hidden,
        (false, _) => Secrets::Fingerprinted(RandomState::new()),
        (true, PlanFormat::Human) if arguments.reports().count() == 0 => Secrets::Shown,
        (true, _) => {
            bail!("--show-values is for a person to read: leave it out, or leave out --format, --markdown and --html")
        }
    };
    for path in arguments.out.iter().chain(arguments.reports()) {
        check(path)?;
    }
    let Some(mut readings) = read_locations(global, &arguments.manifests)? else { return Ok(Exit::Error) };
    if readings.len() > 1 {
        return plan_everywhere(global, arguments, readings, &secrets);
    }
    let mut reading = readings.remove(0);
    let all = Arc::new(std::mem::take(&mut reading.desired));
    let desired = arguments.selection.apply(&all)?;
    let options = arguments.allowances.options(&desired, secrets)?;
    block_on(async {
        let mut location = Location::open(global, &desired, &all, &arguments.manifests.folder()?).await?;
        let resolved = location.session.resolved(&desired).await;
        let resolved = resolved.map_err(|error| location.explained(error))?;
        let planning = location.session.plan(&resolved, &options, arguments.health);
        let planned = while_reading(false, location.session.client(), planning).await;
        let mut planned = planned.map_err(|error| location.explained(error))?;
        let verified = match arguments.verify {
            true => {
                let verifying = location.session.verify(&resolved, &planned);
                while_reading(false, location.session.client(), verifying).await
            }
            false => Verified::default(),
        };
        let plan = &mut planned.plan;
        if arguments.code_diff {
            packages::compare_files(plan, &resolved, location.session.client()).await;
        }
        if global.verbose > 0 {
            packages::name_contents(plan, &resolved);
        }
        let calls = location.session.client().calls();
        let location_note = LocationNote::of(global);
        location.close().await?;
        if let Some(path) = &arguments.out {
            let salt = Uuid::new_v4().simple().to_string();
            let inputs = arguments.manifests.sealed(&reading, path)?;
            let targets = &arguments.selection.targets;
            let reviewed = Reviewed { inputs, desired: &desired, plan, targets, options: &options };
            saved_plan::write(path, &SealedPlan::seal(reviewed, salt))?;
        }
        let findings = verified::located(&verified, &reading, &all);
        verified::note(&verified, plan);
        if let Some(path) = &arguments.markdown {
            write(path, markdown::render(plan, location_note), Secrecy::Open)?;
        }
        if let Some(path) = &arguments.html {
            let name = all.location.as_ref().map(|location| location.name.as_str());
            let locations = vec![page::location(name, plan, calls)];
            let page = Page { locations, ..page::of(&all, location_note) };
            write(path, lambdactl_page::render(&page), Secrecy::Open)?;
        }
        match arguments.format {
            PlanFormat::Human => output::stdout(&render::plan::render(plan, location_note, calls, global.verbose > 0)),
            PlanFormat::Json => output::stdout(&json::plan(plan, calls)),
            PlanFormat::Markdown => output::stdout(&Text::lines(&markdown::render(plan, location_note))),
        }
        output::stderr(&render::diagnostics::render_findings(&findings, &reading));
        arguments.allowances.check(plan)?;
        let mut failures = plan.failures();
        if let Some((function, refusal)) = failures.next() {
            let others = match failures.count() {
                0 => String::new(),
                others => format!(" (and {} more)", count(others, "function")),
            };
            let message = format!("function `{}`: {}{others}", function.name, refusal.message);
            bail!(Trouble::new(message).help(refusal.help.clone()));
        }
        Ok(match arguments.detailed_exitcode && !plan.is_empty() {
            _ if !findings.is_empty() => Exit::Error,
            true => Exit::PlanNotEmpty,
            false => Exit::Done,
        })
    })
}

/// Plans in several locations at a time.
fn plan_everywhere(
    global: &Global,
    arguments: &Arguments,
    mut readings: Vec<Reading>,
    secrets: &Secrets,
) -> anyhow::Result<Exit> {
    if arguments.out.is_some() {
        bail!(
            Trouble::new("a saved plan is for one location, and the manifest has several")
                .help("pass --location NAME, and save a plan for each")
        );
    }
    let wanted = wanted(&arguments.selection, &arguments.allowances, &mut readings, secrets)?;
    let (note, verbose) = (LocationNote::of(global), global.verbose > 0);
    block_on(async {
        let folder = arguments.manifests.folder()?;
        let ready = several::plan_each(global, &wanted, &folder, |_| {}, arguments.health).await;
        let (mut plans, mut failures, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for ((ready, wanted), reading) in ready.into_iter().zip(&wanted).zip(&readings) {
            let Ready { location, resolved, mut planned } = match ready {
                Ok(ready) => ready,
                Err(failure) => {
                    plans.push(None);
                    failures.push(Some(failure));
                    continue;
                }
            };
            let client = location.session.client();
            if arguments.verify {
                let verified = location.session.verify(&resolved, &planned).await;
                findings.push((verified::located(&verified, reading, &wanted.all), reading));
                verified::note(&verified, &mut planned.plan);
            }
            if arguments.code_diff {
                packages::compare_files(&mut planned.plan, &resolved, client).await;
            }
            if verbose {
                packages::name_contents(&mut planned.plan, &resolved);
            }
            let failure = Failure::of_plan(&planned.plan);
            plans.push(Some((planned.plan, client.calls())));
            failures.push(failure);
            location.close().await?;
        }
        let all: Vec<Option<&Plan>> = plans.iter().map(|plan| plan.as_ref().map(|(plan, _)| plan)).collect();
        let groups = several::alike(&all);
        let mut comment = String::new();
        for group in &groups {
            let names: Vec<&str> = group.iter().map(|index| wanted[*index].name.as_str()).collect();
            let Some((plan, calls)) = &plans[group[0]] else { continue };
            comment += &format!("### {}\n\n{}\n", names.join(", "), markdown::render(plan, note));
            if arguments.format == PlanFormat::Human {
                output::stdout(&several::heading(&names));
                output::stdout(&render::plan::render(plan, note, *calls, verbose));
                output::stdout(&Text::own("\n"));
            }
        }
        if let Some(path) = &arguments.markdown {
            write(path, comment.clone(), Secrecy::Open)?;
        }
        if let Some(path) = &arguments.html {
            write(path, lambdactl_page::render(&page_of(&wanted, &plans, &failures, note)), Secrecy::Open)?;
        }
        match arguments.format {
            PlanFormat::Human => {}
            PlanFormat::Json => {
                let members = plans.iter().map(|plan| Some(json::plan_members(&plan.as_ref()?.0, plan.as_ref()?.1)));
                let empty = json::plan_members(&Plan::default(), 0);
                output::stdout(&several::to_json(&wanted, &failures, members.collect(), &empty));
            }
            PlanFormat::Markdown => output::stdout(&Text::lines(&comment)),
        }
        for (findings, reading) in &findings {
            output::stderr(&render::diagnostics::render_findings(findings, reading));
        }
        for (failure, wanted) in failures.iter().zip(&wanted) {
            failure.iter().for_each(|failure| failure.tell(&wanted.name));
        }
        for plan in all.iter().flatten() {
            arguments.allowances.check(plan)?;
        }
        let is_wrong = failures.iter().any(Option::is_some) || findings.iter().any(|(found, _)| !found.is_empty());
        let is_open = all.iter().flatten().any(|plan| !plan.is_empty());
        Ok(match arguments.detailed_exitcode && is_open {
            _ if is_wrong => Exit::Error,
            true => Exit::PlanNotEmpty,
            false => Exit::Done,
        })
    })
}

/// Returns the page of plans in several locations.
fn page_of(wanted: &[Wanted], plans: &[Option<(Plan, u64)>], failures: &[Option<Failure>], note: LocationNote) -> Page {
    let locations = wanted.iter().zip(plans).zip(failures).map(|((wanted, plan), failure)| match (plan, failure) {
        // What is wrong with a function of a plan stands with the function.
        (Some((plan, calls)), _) => page::location(Some(&wanted.name), plan, *calls),
        (None, failure) => PageLocation {
            name: Some(wanted.name.clone()),
            region: wanted.desired.region.clone().unwrap_or_default(),
            error: failure.as_ref().map(|failure| Problem { message: failure.as_public(), help: None }),
            ..PageLocation::default()
        },
    });
    let locations = locations.collect();
    wanted.first().map_or_else(Page::default, |first| Page { locations, ..page::of(&first.all, note) })
}

/// Returns what is wanted in each location.
pub(crate) fn wanted(
    selection: &Selection,
    allowances: &Allowances,
    readings: &mut [Reading],
    secrets: &Secrets,
) -> anyhow::Result<Vec<Wanted>> {
    let names = several::names(readings);
    let all: Vec<Arc<Desired>> =
        readings.iter_mut().map(|reading| Arc::new(std::mem::take(&mut reading.desired))).collect();
    let chosen = selection.apply_each(&all)?;
    let options = allowances.options(&several::together(&chosen), secrets.clone())?;
    let one = |((name, all), desired): ((String, Arc<Desired>), Arc<Desired>)| {
        let options = PlanOptions { update: options.update || desired.update, ..options.clone() };
        Wanted { name, all, desired, options }
    };
    Ok(names.into_iter().zip(all).zip(chosen).map(one).collect())
}
