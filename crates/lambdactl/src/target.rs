use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use futures_util::FutureExt;
use lambdactl_aws::{
    CallError, Client, Connection, Extent, Rates, ReadError, Settings, check_account, has_image_tags, read_again,
    read_current, resolve_images,
};
use lambdactl_diff::{CurrentState, Objects, Plan, PlanOptions, Secrets, plan as plan_of};
use lambdactl_emulator::{Embedded, EmulatorOptions};
use lambdactl_schema::Desired;
use lambdactl_schema::operations::Quota;
use tracing::warn;

use crate::cli::Global;
use crate::environment;
use crate::permissions::extent;
use crate::trouble::Trouble;

/// Calls in flight while an account is read. GetFunction has a quota of 100 a second of its own.
pub(crate) const READS: usize = 16;

/// What a command works with: an account, or an emulated one inside this process.
pub(crate) struct Target {
    pub(crate) client: Client,
    emulator: Option<Embedded>,
    /// The account, where it was asked for.
    account: Option<String>,
    /// The functions that the manifests declare, also those that were not chosen.
    declared: BTreeSet<String>,
    /// Functions whose images are compared by their tags, and why.
    unresolved: BTreeMap<String, String>,
}

impl Target {
    /// Finds out where to work; nothing is sent yet. `all` is what the manifests say, with the functions that were not
    /// chosen: its secrets are kept out of what services say. `folder` is where `--local` keeps its state.
    pub(crate) async fn open(
        global: &Global,
        desired: &Desired,
        all: &Arc<Desired>,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let mut target = Self::connect(global, desired, folder).await?;
        target.declared = all.functions.iter().map(|spec| spec.request.function_name.clone()).collect();
        target.client.learn(Arc::clone(all));
        Ok(target)
    }

    async fn connect(global: &Global, desired: &Desired, folder: &Path) -> anyhow::Result<Self> {
        if let (Some(manifest), Some(flag)) = (&desired.region, &global.region)
            && manifest != flag
        {
            warn!("the manifest's region {manifest} is used, not --region {flag}");
        }
        let region = desired.region.clone().or_else(|| global.region.clone());
        if global.local {
            return Self::open_local(region, folder).await;
        }
        let settings = Settings {
            region,
            profile: global.profile.clone().filter(|profile| !profile.is_empty()),
            environment: environment::of_aws(),
            endpoint_url: global.endpoint_url.clone(),
            ca_bundle: environment::get(environment::AWS_CA_BUNDLE).map(Into::into),
            rates: Rates {
                get_function: global.get_function_rate,
                control: global.rate,
                // Whoever asks for no limit has no quotas at all.
                tagging: if global.rate == 0.0 { 0.0 } else { Quota::Tagging.rate() },
            },
        };
        Ok(Self {
            client: Client::connect(&settings).await?,
            emulator: None,
            account: None,
            declared: BTreeSet::new(),
            unresolved: BTreeMap::new(),
        })
    }

    async fn open_local(region: Option<String>, folder: &Path) -> anyhow::Result<Self> {
        let region = region
            .or_else(|| environment::get(environment::AWS_REGION))
            .or_else(|| environment::get(environment::AWS_DEFAULT_REGION))
            .unwrap_or_else(|| "us-east-1".to_owned());
        let mut options = EmulatorOptions { data: Some(folder.join(".lambdactl")), ..EmulatorOptions::default() };
        if let Some(account) = environment::get(environment::LOCAL_ACCOUNT) {
            options.account = account;
        }
        let emulator = Embedded::open(options).await.context("cannot start the local Lambda")?;
        let answering = emulator.clone();
        let answer = Arc::new(move |request| answering.answer(request).boxed());
        Ok(Self {
            client: Client::new(Connection::in_process(Embedded::ENDPOINT, &region, answer)?),
            emulator: Some(emulator),
            account: None,
            declared: BTreeSet::new(),
            unresolved: BTreeMap::new(),
        })
    }

    /// Reads the account and compares it with the manifest. `health`: also whether each function can be used, where a list
    /// would not say it.
    pub(crate) async fn plan(&self, desired: &Desired, options: &PlanOptions, health: bool) -> anyhow::Result<Planned> {
        let mut current = self.read(desired, options, health).await?;
        let mut plan = plan_of(desired, &current, options);
        let open = plan.functions.iter().filter(|function| function.rests_on_lists());
        let open: Vec<String> = open.map(|function| function.name.clone()).collect();
        if !open.is_empty() {
            let again = read_again(&self.client, desired, &mut current, &open, READS).await;
            again.map_err(|error| self.explained(error.into()))?;
            plan = plan_of(desired, &current, options);
        }
        for function in &mut plan.functions {
            if let Some(reason) = self.unresolved.get(&function.name) {
                // The registry repeats the image's name.
                let is_public = desired.functions.iter().any(|spec| {
                    spec.request.function_name == function.name && spec.origins.outside("/Code/ImageUri").is_none()
                });
                let reason = if is_public { reason } else { "the registry did not say which image it is" };
                function.notes.push(format!("the image's tag was compared, not the image: {reason}"));
                function.is_partly_compared = true;
            }
        }
        if !matches!(options.secrets, Secrets::Shown) {
            self.client.mask(&mut plan);
        }
        Ok(Planned { plan, objects: current.objects })
    }

    /// Asks whose the credentials are, for a question to a person; nothing where nobody says it.
    pub(crate) async fn account(&self) -> Option<String> {
        self.client.account().await.ok()
    }

    /// Returns the manifest with the tags of images resolved to digests, as far as they can be.
    pub(crate) async fn resolved<'a>(&mut self, desired: &'a Desired) -> anyhow::Result<Cow<'a, Desired>> {
        if !has_image_tags(desired) {
            return Ok(Cow::Borrowed(desired));
        }
        self.account = check_account(&self.client, desired).await.map_err(|error| self.explained(error))?;
        let mut resolved = desired.clone();
        self.unresolved = resolve_images(&self.client, &mut resolved, READS).await;
        Ok(Cow::Owned(resolved))
    }

    /// Reads what the account has of the manifest's functions.
    pub(crate) async fn read(
        &self,
        desired: &Desired,
        options: &PlanOptions,
        health: bool,
    ) -> anyhow::Result<CurrentState> {
        let (account, declared) = (self.account.clone(), self.declared.clone());
        let extent = Extent { account, declared, health, ..extent(options) };
        read_current(&self.client, desired, &extent, READS).await.map_err(|error| self.explained(error))
    }

    /// Closes what was opened. The state of `--local` is on disk before this returns.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        if let Some(emulator) = self.emulator {
            tokio::task::spawn_blocking(move || emulator.close()).await?;
        }
        Ok(())
    }

    /// Adds what to do about an error.
    pub(crate) fn explained(&self, error: ReadError) -> anyhow::Error {
        let help = match &error {
            ReadError::Call(error) => CallError::help(error).map(str::to_owned),
            ReadError::WrongAccount { .. } if self.emulator.is_some() => {
                Some(format!("--local plays account 123456789012; set {} to play another", environment::LOCAL_ACCOUNT))
            }
            ReadError::WrongAccount { .. } => {
                Some("nothing was read or changed; use other credentials, or correct `account:` in the manifest".into())
            }
        };
        match help {
            Some(help) => Trouble::new(error.to_string()).help(help).into(),
            None => error.into(),
        }
    }
}

/// A plan, and what a part of it is planned again with.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    pub(crate) objects: Objects,
}

/// Runs a command's asynchronous part.
pub(crate) fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    check_files_to_open().context("cannot start the runtime")?;
    // Said here, because tokio panics at a number in the environment that it does not like.
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(threads).enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(work)
}

/// Makes sure that as many files can be opened as the runtime needs at once: it panics where it gets too few for its
/// signals.
#[cfg(unix)]
fn check_files_to_open() -> std::io::Result<()> {
    use std::os::unix::net::UnixStream;
    const PAIRS: usize = 4;
    (0..PAIRS).map(|_| UnixStream::pair()).collect::<Result<Vec<_>, _>>().map(drop)
}

/// There is no such limit here.
#[cfg(not(unix))]
fn check_files_to_open() -> std::io::Result<()> {
    Ok(())
}
