//! Where a command works: an account, or an emulated one inside this process.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::FutureExt;
use lambdactl_aws::{CallError, Client, Connection, Paces, Rates, ReadError, Role, Settings, check_account};
use lambdactl_emulator::{Embedded, EmulatorOptions, Invocations};
use lambdactl_reconcile::Session;
use lambdactl_schema::operations::Quota;
use lambdactl_schema::{Desired, Location as Place};
use tracing::warn;

use crate::environment;
use crate::flags::Global;
use crate::manifests::ManifestFlags;
use crate::output;
use crate::text::Text;
use crate::trouble::Trouble;

/// The paces of the locations of a run: the quotas are those of an account and a region, whichever way one got in.
#[derive(Default)]
pub(crate) struct SharedPaces(HashMap<(Option<String>, String), Paces>);

impl SharedPaces {
    /// Makes a location keep the pace of others in its account and region.
    pub(crate) fn share(&mut self, desired: &Desired, location: &mut Location) {
        let account = desired.account.clone();
        let paces = self.0.entry((account, location.session.client().connection().region().to_owned()));
        let paces = paces.or_insert_with(|| location.session.client().paces().clone()).clone();
        location.session.share(&paces);
    }
}

/// An open location.
pub(crate) struct Location {
    /// The work in it.
    pub(crate) session: Session,
    /// Where the manifest says that it is.
    place: (Option<String>, Option<Place>),
    emulator: Option<Embedded>,
}

impl Location {
    /// Finds out where to work; nothing is sent yet. `all` is what the manifests say, with the functions that were not
    /// chosen. `folder` is where `--local` keeps its state.
    pub(crate) async fn open(
        global: &Global,
        desired: &Desired,
        all: &Arc<Desired>,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let (client, emulator) = client(global, desired, folder, None).await?;
        let place = (desired.region.clone(), desired.location.clone());
        Ok(Self { session: Session::new(client, Arc::clone(all)), place, emulator })
    }

    /// The same for a command that needs no manifest: where the one says that it was given or that stands here, else where flags,
    /// environment and profile say. Whoever passes --region means no manifest but one that is named. An account that the manifest names
    /// is checked. Nothing where the manifest is not valid.
    /// `silence` is how long an answer may take to begin, where that is long.
    pub(crate) async fn open_with(
        global: &Global,
        manifests: &ManifestFlags,
        silence: Option<Duration>,
    ) -> anyhow::Result<Option<Self>> {
        let is_read = manifests.are_given() || (global.region.is_none() && manifests.are_there());
        let (desired, folder) = match is_read {
            false => (Desired::default(), PathBuf::from(".")),
            true => {
                let manifests = manifests.arguments();
                let Some(desired) = manifests.read_offline(global)? else {
                    output::stderr(&Text::own(
                        "note: the manifest says the region and the account here; --region without -f leaves it aside\n",
                    ));
                    return Ok(None);
                };
                (desired, manifests.folder()?)
            }
        };
        let (client, emulator) = client(global, &desired, &folder, silence).await?;
        let desired = Arc::new(desired);
        let place = (desired.region.clone(), desired.location.clone());
        let location = Self { session: Session::new(client, Arc::clone(&desired)), place, emulator };
        let checked = check_account(location.session.client(), &desired).await;
        checked.map_err(|error| location.explained(error))?;
        Ok(Some(location))
    }

    /// Whether it is where a manifest says.
    pub(crate) fn is_of(&self, desired: &Desired) -> bool {
        self.place == (desired.region.clone(), desired.location.clone())
    }

    /// Closes what was opened. The state of `--local` is on disk before this returns.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        if let Some(emulator) = self.emulator {
            tokio::task::spawn_blocking(move || emulator.close()).await?;
        }
        Ok(())
    }

    /// Adds what to do about an error of a call.
    pub(crate) fn explained_call(&self, error: CallError) -> anyhow::Error {
        self.explained(error.into())
    }

    /// Adds what to do about an error.
    pub(crate) fn explained(&self, error: ReadError) -> anyhow::Error {
        match self.help(&error) {
            Some(help) => Trouble::new(error.to_string()).help(help).into(),
            None => error.into(),
        }
    }

    /// Returns what to do about an error.
    pub(crate) fn help(&self, error: &ReadError) -> Option<String> {
        match error {
            ReadError::WrongAccount { .. } if self.emulator.is_some() => {
                Some(format!("--local plays account 123456789012; set {} to play another", environment::LOCAL_ACCOUNT))
            }
            error => error.help().map(str::to_owned),
        }
    }
}

/// Makes a client of where a manifest and the flags say.
async fn client(
    global: &Global,
    desired: &Desired,
    folder: &Path,
    silence: Option<Duration>,
) -> anyhow::Result<(Client, Option<Embedded>)> {
    if let (Some(manifest), Some(flag)) = (&desired.region, &global.region)
        && manifest != flag
    {
        warn!("the manifest's region {manifest} is used, not --region {flag}");
    }
    let region = desired.region.clone().or_else(|| global.region.clone());
    match global.local {
        true => local(region, desired.location.as_ref(), folder).await,
        false => {
            let role = desired.location.as_ref().and_then(|location| {
                let Place { role_arn, external_id, .. } = location;
                role_arn.clone().map(|arn| Role { arn, external_id: external_id.clone() })
            });
            let settings = Settings { silence, role, ..settings(global, region) };
            Ok((Client::connect(&settings).await?, None))
        }
    }
}

fn settings(global: &Global, region: Option<String>) -> Settings {
    Settings {
        region,
        profile: global.profile.clone().filter(|profile| !profile.is_empty()),
        environment: environment::of_aws(),
        endpoint_url: global.endpoint_url.clone(),
        role: None,
        silence: None,
        ca_bundle: environment::get(environment::AWS_CA_BUNDLE).map(Into::into),
        rates: Rates {
            get_function: global.get_function_rate,
            control: global.rate,
            // A quota of its own, as large: who wants to leave room for others wants it there, too.
            get_policy: global.rate,
            // Whoever asks for no limit has no quotas at all.
            tagging: if global.rate == 0.0 { 0.0 } else { Quota::Tagging.rate() },
        },
    }
}

async fn local(
    region: Option<String>,
    place: Option<&Place>,
    folder: &Path,
) -> anyhow::Result<(Client, Option<Embedded>)> {
    let region = region
        .or_else(|| environment::get(environment::AWS_REGION))
        .or_else(|| environment::get(environment::AWS_DEFAULT_REGION))
        .unwrap_or_else(|| "us-east-1".to_owned());
    let mut options = EmulatorOptions {
        data: Some(match place {
            // Each has functions of its own.
            Some(place) => folder.join(".lambdactl").join(&place.name),
            None => folder.join(".lambdactl"),
        }),
        // No function is run here, and what was sent is at least an answer.
        invocations: Invocations::Echo,
        ..EmulatorOptions::default()
    };
    let of_place = place.and_then(|place| place.account.clone());
    if let Some(account) = of_place.or_else(|| environment::get(environment::LOCAL_ACCOUNT)) {
        options.account = account;
    }
    let emulator = Embedded::open(options).await.context("cannot start the local Lambda")?;
    let answering = emulator.clone();
    let answer = Arc::new(move |request| answering.answer(request).boxed());
    let client = Client::new(Connection::in_process(Embedded::ENDPOINT, &region, answer)?);
    Ok((client, Some(emulator)))
}
