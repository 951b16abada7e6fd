use std::collections::BTreeMap;
use std::hash::RandomState;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use futures_util::FutureExt;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use lambdactl_apply::{Status, Stop};
use lambdactl_diff::{PlanOptions, Secrets};
use lambdactl_manifest::{ReadOptions, Reading, UnknownValues, read_each};
use lambdactl_reconcile::Settling;
use lambdactl_schema::{Desired, Rollout, spelled};

use crate::allowances::Allowances;
use crate::continuous::board::{Board, LastPass, Seen, Word};
use crate::continuous::files::Stand;
use crate::continuous::log::{Log, listed, words};
use crate::continuous::metrics::Times;
use crate::continuous::pass::{Changing, How, Open, Passed, Scope};
use crate::continuous::server::{self, Served};
use crate::continuous::supervisor;
use crate::durations::{any, positive};
use crate::exit::Exit;
use crate::flags::Global;
use crate::location::{Location, SharedPaces};
use crate::lookups::{read_one, unknown};
use crate::manifests::ManifestArguments;
use crate::output;
use crate::render::words::LocationNote;
use crate::render::{diagnostics, page};
use crate::runtime::block_on;
use crate::several::{Failure, Wanted, names};
use crate::signals::Signals;
use crate::text::{Text, text};
use crate::trouble::Trouble;

/// Keep accounts as the manifests say, again and again.
///
/// Plans and applies at an interval, and soon after a manifest or code was changed. Never asks. What is missing is created; what differs is
/// told, and changed with --update only; with --prune goes what the manifest no longer declares. Whatever goes wrong is tried
/// again: an invalid manifest changes nothing, a location that cannot be reached leaves the others alone.
///
/// SIGHUP begins a pass at once. The first SIGTERM or Ctrl-C lets what is in flight finish and ends with 0, the second ends at once.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The time between two passes, such as `90s` or `5m`. It varies by a tenth.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = positive)]
    interval: Duration,

    /// How long files must have stood still after a change before it counts.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = any)]
    settle: Duration,

    /// Make one pass, and end as apply does.
    #[arg(long)]
    once: bool,

    /// Change nothing: tell what differs.
    #[arg(long)]
    plan_only: bool,

    /// Change functions that exist and differ. The same as `update: true` in the manifest.
    #[arg(long)]
    update: bool,

    /// Delete the functions that carry this manifest's tag and that it no longer declares, and what must not be there beside a
    /// function.
    #[arg(long)]
    prune: bool,

    /// Hold a pass that would delete more functions than this.
    #[arg(long, value_name = "N", default_value_t = 10)]
    max_deletes: usize,

    /// How long one function may take in a pass.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = positive)]
    timeout: Duration,

    /// Serve a status page, /healthz, /readyz and /metrics at this address, such as 127.0.0.1:9464. Without it no port is opened.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,

    /// A further name by which the server may be asked; may be given more than once.
    #[arg(long = "allow-host", value_name = "NAME", requires = "listen")]
    allowed_hosts: Vec<String>,

    // Last, so that its heading is over its own options only.
    #[command(flatten)]
    manifests: ManifestArguments,
}

/// How often is looked whether files have changed, where a look takes no time.
const LOOK: Duration = Duration::from_millis(500);

/// After what time a location is opened again that could not be opened.
const RETRY: Duration = Duration::from_secs(30);

pub(crate) fn run(global: &Global, arguments: &Arguments) -> anyhow::Result<Exit> {
    if arguments.manifests.take_standard_input() {
        bail!(Trouble::new("standard input can be read once only").help("name a file, or use apply"));
    }
    block_on(async {
        let board = Arc::new(Board::new(arguments.interval * 3 + arguments.timeout));
        let times = Arc::new(Times::default());
        let log = Log::new(global.log_format);
        if let Some(address) = &arguments.listen {
            let served = Served { board: Arc::clone(&board), times: Arc::clone(&times) };
            let address = server::listen(address, &arguments.allowed_hosts, served).await?;
            log.line("", None, &format!("listening on http://{address}"));
        }
        let stop = Arc::new(Stop::default());
        let signals = Signals::start(Arc::clone(&stop))?;
        let mut reconciler = Reconciler {
            global,
            arguments,
            board,
            times,
            log,
            stop,
            signals,
            open: BTreeMap::new(),
            paces: SharedPaces::default(),
            allowances: Allowances::of_loop(arguments.update, arguments.prune, arguments.max_deletes),
            secrets: Secrets::Fingerprinted(RandomState::new()),
            watched: Vec::new(),
            stand: Stand::default(),
            read: None,
            generation: 0,
        };
        supervisor::ready();
        let exit = reconciler.run().await;
        supervisor::stopping();
        for (_, open) in std::mem::take(&mut reconciler.open) {
            open.location.close().await?;
        }
        exit
    })
}

/// What wakes the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    /// A location is due.
    Due,
    /// Files have changed, or somebody asked.
    Now,
    /// It is to end.
    End,
}

struct Reconciler<'a> {
    global: &'a Global,
    arguments: &'a Arguments,
    board: Arc<Board>,
    times: Arc<Times>,
    log: Log,
    stop: Arc<Stop>,
    signals: Signals,
    /// The locations by name, with what they are: where one becomes another, it is opened anew.
    open: BTreeMap<String, Open>,
    paces: SharedPaces,
    allowances: Allowances,
    secrets: Secrets,
    /// The files that are watched, and how they stood when they were read.
    watched: Vec<PathBuf>,
    stand: Stand,
    /// How the files stood when the manifests were read last and were valid.
    read: Option<Stand>,
    /// Counts the states of the manifests.
    generation: u64,
}

impl Reconciler<'_> {
    async fn run(&mut self) -> anyhow::Result<Exit> {
        let mut settling = Settling::new(self.arguments.settle);
        let mut wake = Wake::Now;
        loop {
            if wake == Wake::End {
                return Ok(Exit::Done);
            }
            if wake == Wake::Now {
                let now = Instant::now();
                self.open.values_mut().for_each(|open| open.schedule.hurry(now));
            }
            let exit = self.round().await;
            self.board.beat();
            if self.arguments.once {
                return Ok(exit);
            }
            wake = self.wait(&mut settling).await;
        }
    }

    /// Reads the manifests, and makes a pass over each location that is due.
    async fn round(&mut self) -> Exit {
        let Some(wanted) = self.read().await else { return Exit::Error };
        self.open_missing(&wanted).await;
        let now = Instant::now();
        let how = How {
            allowances: &self.allowances,
            plan_only: self.arguments.plan_only,
            interval: self.arguments.interval,
            timeout: self.arguments.timeout,
            stop: &self.stop,
            generation: self.generation,
        };
        let ending = self.signals.ending.clone();
        let passes = self.open.iter_mut().filter_map(|(name, open)| {
            let scope = open.due_scope(now)?;
            let wanted = wanted.iter().find(|wanted| wanted.name == *name)?;
            let (how, mut ending) = (&how, ending.clone());
            Some(async move {
                let began = Instant::now();
                let changing = Changing::default();
                let pass = AssertUnwindSafe(open.pass(wanted, scope, how, &changing)).catch_unwind();
                // What only reads is given up; what changes something ends by itself when it is asked to.
                let mut pass = std::pin::pin!(pass);
                let ended = tokio::select! {
                    ended = &mut pass => Some(ended),
                    _ = ending.wait_for(|is_ending| *is_ending) => match changing.has_begun() {
                        false => None,
                        true => tokio::time::timeout(how.timeout, &mut pass).await.ok(),
                    },
                };
                (name.clone(), wanted, scope, ended, began.elapsed())
            })
        });
        let ended = join_all(passes).await;
        let mut exit = Exit::Done;
        for (name, wanted, scope, ended, took) in ended {
            let is_good = match ended {
                Some(Ok(Ok(passed))) => self.note(&name, wanted, scope, passed, took),
                Some(Ok(Err(error))) => {
                    let failure = match self.open.get(&name) {
                        Some(open) => Failure::of_reading(&error, &open.location),
                        None => continue,
                    };
                    self.note_failure(&name, scope, "failed", &failure, took);
                    false
                }
                Some(Err(_)) => {
                    let failure = Failure {
                        code: "Panic".to_owned(),
                        message: "the pass broke off by a mistake of lambdactl; the next one begins anew".to_owned(),
                        help: None,
                    };
                    self.note_failure(&name, scope, "panic", &failure, took);
                    false
                }
                None => true,
            };
            if !is_good {
                exit = Exit::Error;
            }
            if let Some(open) = self.open.get_mut(&name) {
                open.ended(scope, is_good, wanted, self.arguments.interval);
                let next = open.due().saturating_duration_since(Instant::now());
                if let Some(seen) = self.board.state().seen(&name) {
                    seen.next =
                        SignedDuration::try_from(next).ok().and_then(|next| Timestamp::now().checked_add(next).ok());
                }
            }
        }
        // A location that could not be opened, or in which nothing could be looked up, has had no pass.
        if self.arguments.once && self.open.len().min(wanted.len()) < self.board.state().locations.len() {
            exit = Exit::Error;
        }
        exit
    }

    /// Waits until there is something to do.
    async fn wait(&mut self, settling: &mut Settling) -> Wake {
        let mut pause = LOOK;
        let entered = Instant::now();
        loop {
            if *self.signals.ending.borrow() {
                return Wake::End;
            }
            if self.board.is_alive() {
                supervisor::alive();
            }
            let began = Instant::now();
            let stand = Stand::of(&self.watched);
            let has_changed = stand != self.stand;
            self.stand = stand;
            if settling.look(has_changed, Instant::now()) {
                return Wake::Now;
            }
            // A look at many files is not to be what the machine does.
            pause = (began.elapsed() * 20).max(LOOK).max(pause / 2);
            let next = self.open.values().map(Open::due).min();
            // One that could not be opened has no schedule.
            let is_missing = self.open.len() < self.board.state().locations.len().max(1);
            let retry = is_missing.then(|| entered + RETRY.min(self.arguments.interval));
            let next = [next, retry].into_iter().flatten().min().unwrap_or(began + RETRY);
            let next = next.saturating_duration_since(Instant::now());
            if next.is_zero() {
                return Wake::Due;
            }
            let mut ending = self.signals.ending.clone();
            tokio::select! {
                () = tokio::time::sleep(pause.min(next)) => {}
                _ = ending.wait_for(|is_ending| *is_ending) => return Wake::End,
                changed = self.signals.now.changed() => {
                    if changed.is_ok() {
                        return Wake::Now;
                    }
                }
            }
        }
    }

    /// Reads the manifests. What is wrong is told once for each state of the files.
    async fn read(&mut self) -> Option<Vec<Wanted>> {
        let mut files = self.arguments.manifests.files();
        files.sort_unstable();
        // Before anything is read, so that what changes meanwhile is seen.
        let (before, all_before) = (Stand::of(&files), Stand::of(&self.watched));
        let read = tokio::task::block_in_place(|| {
            let options = self.arguments.manifests.options(self.global, UnknownValues::Refused)?;
            let (told, each) = match read_each(&options) {
                // What is wrong anyway is told before anything is asked for.
                (told, _) if !told.desired.lookups.is_empty() => unknown(&options),
                read => read,
            };
            anyhow::Ok((told, each, options))
        });
        let (told, readings, options) = match read {
            Ok(read) => read,
            Err(error) => {
                self.invalid(&text!("error: {}\n", format!("{error:#}")));
                (self.watched, self.stand) = (files, before);
                return None;
            }
        };
        if !told.is_valid() {
            self.invalid(&diagnostics::render_problems(&told));
            (self.watched, self.stand) = (files, before);
            return None;
        }
        let mut watched = files.clone();
        watched.extend(readings.iter().flat_map(|reading| code_of(&reading.desired)));
        watched.sort_unstable();
        watched.dedup();
        let stand = match () {
            () if watched == self.watched => all_before,
            // Other code is named now; how it stood before nobody has looked.
            () if Stand::of(&files) == before => Stand::of(&watched),
            () => Stand::default(),
        };
        let was_valid = self.board.state().is_valid.replace(true);
        if was_valid == Some(false) {
            self.log.line("", None, "the manifests are valid again");
        }
        self.log.forget_manifest();
        if self.read.as_ref() != Some(&stand) {
            self.generation += 1;
            self.read = Some(stand.clone());
        }
        self.watched = watched;
        self.stand = stand;
        {
            let mut state = self.board.state();
            state.locate(&names(&readings));
            let desired = readings.first().map(|reading| &reading.desired);
            state.steps = readings.iter().map(|reading| longest_rollout(&reading.desired)).max().unwrap_or_default();
            state.title = desired.map(|desired| page::of(desired, LocationNote::default()).title).unwrap_or_default();
        }
        let readings = match told.desired.lookups.is_empty() {
            true => readings,
            false => self.look_up(readings, &options, &told.desired.lookups).await,
        };
        Some(self.wanted(readings))
    }

    /// Asks services for what the manifests refer to. A location in which that fails is left out, and stays as it is.
    async fn look_up(&mut self, readings: Vec<Reading>, options: &ReadOptions, wanted: &[String]) -> Vec<Reading> {
        let folder = self.arguments.manifests.folder().unwrap_or_else(|_| PathBuf::from("."));
        let mut looked_up = Vec::with_capacity(readings.len());
        for (name, reading) in names(&readings).into_iter().zip(readings) {
            // Those that are not due are not asked for.
            if self.open.get(&name).is_some_and(|open| open.due_scope(Instant::now()).is_none()) {
                continue;
            }
            let read = read_one(self.global, options, reading, wanted, &folder).await;
            let failure = match read {
                Ok(reading) if reading.is_valid() => {
                    looked_up.push(reading);
                    continue;
                }
                Ok(reading) => Failure {
                    code: "LookupFailed".to_owned(),
                    message: diagnostics::render_problems(&reading).as_str().trim().to_owned(),
                    help: None,
                },
                Err(error) => Failure::of_opening(&error),
            };
            self.note_failure(&name, Scope::Full, "failed", &failure, Duration::ZERO);
            if let Some(open) = self.open.get_mut(&name) {
                open.schedule.failed(Instant::now(), Open::chance());
            }
        }
        looked_up
    }

    fn invalid(&mut self, text: &Text) {
        self.board.state().is_valid = Some(false);
        if self.log.is_new_of_manifest(text) {
            output::stderr(text);
            self.log.line("", None, "the manifests are not valid: nothing is changed until they are");
        }
    }

    fn wanted(&mut self, readings: Vec<Reading>) -> Vec<Wanted> {
        let names = names(&readings);
        let mut wanted = Vec::with_capacity(readings.len());
        for (name, reading) in names.into_iter().zip(readings) {
            let all = Arc::new(reading.desired);
            let options = match self.allowances.options(&all, self.secrets.clone()) {
                Ok(options) => options,
                Err(error) => {
                    self.note_failure(&name, Scope::Full, "failed", &Failure::of_opening(&error), Duration::ZERO);
                    // Nothing goes; the rest is done.
                    PlanOptions {
                        secrets: self.secrets.clone(),
                        update: self.arguments.update || all.update,
                        ..PlanOptions::default()
                    }
                }
            };
            wanted.push(Wanted { name, desired: Arc::clone(&all), all, options });
        }
        wanted
    }

    /// Opens the locations that are not open, and closes those that are gone or have become others.
    async fn open_missing(&mut self, wanted: &[Wanted]) {
        let is_same = |name: &String, open: &Open| {
            wanted.iter().any(|wanted| wanted.name == *name && open.location.is_of(&wanted.desired))
        };
        let located: Vec<String> = self.board.state().locations.iter().map(|seen| seen.name.clone()).collect();
        // Of one that is not wanted now, because nothing could be looked up or it is not due, nothing is known to be otherwise.
        let is_same = |name: &String, open: &Open| {
            is_same(name, open) || (located.contains(name) && !wanted.iter().any(|wanted| wanted.name == *name))
        };
        let gone: Vec<String> =
            self.open.iter().filter(|(name, open)| !is_same(name, open)).map(|(name, _)| name.clone()).collect();
        for name in gone {
            if let Some(open) = self.open.remove(&name)
                && let Err(error) = open.location.close().await
            {
                self.log.line(&name, None, &format!("{error:#}"));
            }
        }
        let folder = self.arguments.manifests.folder().unwrap_or_else(|_| PathBuf::from("."));
        for Wanted { name, desired, all, .. } in wanted {
            if self.open.contains_key(name) {
                continue;
            }
            match Location::open(self.global, desired, all, &folder).await {
                Ok(mut location) => {
                    self.paces.share(desired, &mut location);
                    self.open.insert(name.clone(), Open::new(location, self.arguments.interval));
                }
                Err(error) => {
                    self.note_failure(name, Scope::Full, "failed", &Failure::of_opening(&error), Duration::ZERO)
                }
            }
        }
    }

    /// Notes what a pass came to, and tells what is new. Returns whether it went well.
    fn note(&mut self, name: &str, wanted: &Wanted, scope: Scope, passed: Passed, took: Duration) -> bool {
        let Passed { plan, functions, done, held, drift_detected, is_success } = passed;
        let mut changed = BTreeMap::new();
        for one in &done {
            if let Some(message) = words(one) {
                self.log.line(name, Some(&one.name), &message);
                changed.insert(one.name.clone(), message);
            }
        }
        for (function, standing) in &functions {
            let drifted: Vec<&str> = plan
                .functions
                .iter()
                .filter(|planned| planned.name == *function)
                .flat_map(|planned| planned.changes.iter().map(|change| change.path.as_str()))
                .collect();
            let words = match standing.word {
                Word::Ready => None,
                Word::Pending => Some("the service works on it".to_owned()),
                Word::Failed => standing.error.clone(),
                Word::Held => Some(standing.notes.last().cloned().unwrap_or_else(|| "held".to_owned())),
                Word::Drifted if self.arguments.plan_only => Some(format!("differs in {}", listed(&drifted))),
                Word::Drifted => Some(format!("differs in {}, and is left alone without --update", listed(&drifted))),
            };
            self.log.state(name, function, words);
        }
        if scope == Scope::Full {
            self.log.keep(name, |function| functions.contains_key(function));
        }
        if scope == Scope::Share {
            // What holds for all was told by the pass over all.
        } else if let Some(held) = &held {
            self.log.state(name, "", Some(format!("held: {}", held.message)));
        } else {
            self.log.state(name, "", None);
        }
        let calls = self.seen_requests(name);
        let result = match (is_success, held.is_some()) {
            (true, _) => "ok",
            (false, true) => "held",
            (false, false) => "failed",
        };
        let ended = Timestamp::now();
        let mut state = self.board.state();
        if let Some(seen) = state.seen(name) {
            *seen.passes.entry((scope.as_str(), result)).or_default() += 1;
            for done in done.iter().filter(|done| matches!(done.status, Status::Applied | Status::Failed)) {
                let how = if done.status == Status::Applied { "applied" } else { "failed" };
                *seen.actions.entry((done.action, how)).or_default() += 1;
                seen.drift_corrected += u64::from(done.is_correction);
            }
            seen.drift_detected += drift_detected as u64;
            seen.account = plan.account.clone().or_else(|| wanted.desired.account.clone());
            seen.region = Some(plan.region.clone());
            match scope {
                Scope::Full => {
                    seen.error = held;
                    seen.orphans = plan.orphans;
                    seen.plan = Some(plan);
                    seen.functions = functions;
                    seen.changed = changed;
                }
                Scope::Share => seen.functions.extend(functions),
            }
            seen.last = Some(LastPass { ended, took, requests: calls, result });
            if is_success {
                seen.succeeded = Some(ended);
            }
        }
        drop(state);
        self.times.note(name, took.as_secs_f64());
        if self.global.verbose > 0 {
            self.log.line(
                name,
                None,
                &format!("{} pass: {result}, {calls} requests, {}", scope.as_str(), spelled(took)),
            );
        }
        is_success
    }

    fn note_failure(&mut self, name: &str, scope: Scope, result: &'static str, failure: &Failure, took: Duration) {
        let help = failure.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        self.log.state(name, "", Some(format!("{}{help}", failure.message)));
        let calls = self.seen_requests(name);
        let mut state = self.board.state();
        if let Some(seen) = state.seen(name) {
            *seen.passes.entry((scope.as_str(), result)).or_default() += 1;
            seen.error = Some(failure.clone());
            seen.last = Some(LastPass { ended: Timestamp::now(), took, requests: calls, result });
        }
    }

    /// Notes what a location has sent so far, and returns how much of it the last pass sent.
    fn seen_requests(&self, name: &str) -> u64 {
        let Some(open) = self.open.get(name) else { return 0 };
        let client = open.location.session.client();
        let mut state = self.board.state();
        if let Some(seen) = state.seen(name) {
            let Seen { paces, requests, region, .. } = seen;
            *paces = client.paces().rates().collect();
            *requests = client.tallies().counts();
            region.get_or_insert_with(|| client.connection().region().to_owned());
        }
        client.calls()
    }
}

/// How long the rollout takes that takes the longest: a pass waits for it.
fn longest_rollout(desired: &Desired) -> Duration {
    let aliases = desired.functions.iter().flat_map(|spec| spec.beside.aliases());
    aliases.filter_map(|(_, alias)| Rollout::of(alias)).map(|rollout| rollout.time()).max().unwrap_or_default()
}

/// The files and folders that functions and layers are made of.
fn code_of(desired: &Desired) -> impl Iterator<Item = PathBuf> {
    let functions = desired.functions.iter().filter_map(|spec| spec.archive.as_ref());
    let layers = desired.layers.iter().filter_map(|spec| spec.archive.as_ref());
    functions.chain(layers).map(|archive| Path::to_owned(archive.path()))
}
