use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lambdactl_apply::{ApplyOptions, ApplyReport, Event, Stop, apply};
use lambdactl_aws::{
    Client, Extent, Paces, ReadError, Verified, check_account, has_image_tags, overviews, read_again, read_current,
    read_for_deletion, resolve_images, verify,
};
use lambdactl_diff::{
    CurrentFunction, CurrentState, FunctionPlan, LayerArns, Objects, Plan, PlanOptions, Secrets, plan as plan_of,
    plan_deletion, plan_function,
};
use lambdactl_schema::Desired;

use crate::extent::extent;
use crate::status::AccountStatus;
use crate::storage;

/// Calls in flight while an account is read. GetFunction has a quota of 100 a second of its own.
pub const READS: usize = 16;

/// Work in one location: an account and a region, as a client's credentials reach them.
pub struct Session {
    client: Client,
    /// The account, where it was asked for.
    account: Option<String>,
    /// The functions that the manifests declare, also those that were not chosen.
    declared: BTreeSet<String>,
    /// Functions whose images are compared by their tags, and why.
    unresolved: BTreeMap<String, String>,
}

/// A plan, and what a part of it is planned again with.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What S3 said of the objects of the manifest's functions.
    pub objects: Objects,
}

/// How a plan is carried out.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Changing calls in flight at a time.
    pub parallelism: usize,
    /// Whether to wait until each function is ready.
    pub wait: bool,
    /// Whether the first failure keeps further functions from being started.
    pub fail_fast: bool,
    /// How long one function may take, its calls and the waits together. The times of a rollout's steps do not count.
    pub timeout: Duration,
    /// Whether an interruption moves the aliases of rollouts back, rather than leaves them where they are.
    pub back: bool,
}

impl Session {
    /// Begins to work with a client; nothing is sent yet. `all` is what the manifests say, with the functions that were not
    /// chosen: their secrets are kept out of what services say.
    pub fn new(client: Client, all: Arc<Desired>) -> Self {
        let declared = all.functions.iter().map(|spec| spec.request.function_name.clone()).collect();
        client.learn(all);
        Self { client, account: None, declared, unresolved: BTreeMap::new() }
    }

    /// Begins once more over the same connection: what was learnt and counted is left behind.
    pub fn renewed(&self, all: Arc<Desired>) -> Self {
        Self::new(self.client.renewed(), all)
    }

    /// Returns the client, with which other things can be asked of the location.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Keeps the pace of other sessions of its account and region.
    pub fn share(&mut self, paces: &Paces) {
        self.client.share(paces);
    }

    /// Gives calls that read up after this time.
    pub fn give_up_after(&mut self, patience: Duration) {
        self.client.give_up_after(patience);
    }

    /// Asks whose the credentials are, for a question to a person; nothing where nobody says it.
    pub async fn account(&self) -> Option<String> {
        self.client.account().await.ok()
    }

    /// Returns the manifest with the tags of images resolved to digests, as far as they can be. The account is checked first.
    ///
    /// # Errors
    /// Where the credentials are of another account than the manifest's, or the account cannot be asked for.
    pub async fn resolved<'a>(&mut self, desired: &'a Desired) -> Result<Cow<'a, Desired>, ReadError> {
        if !has_image_tags(desired) {
            return Ok(Cow::Borrowed(desired));
        }
        self.account = check_account(&self.client, desired).await?;
        let mut resolved = desired.clone();
        self.unresolved = resolve_images(&self.client, &mut resolved, READS).await;
        Ok(Cow::Owned(resolved))
    }

    /// Reads the account and compares it with the manifest. `health`: also whether each function can be used, where a list
    /// would not say it.
    ///
    /// # Errors
    /// Where the account is another one than the manifest's, or cannot be read.
    pub async fn plan(&self, desired: &Desired, options: &PlanOptions, health: bool) -> Result<Planned, ReadError> {
        let mut current = self.read(desired, options, health).await?;
        let plan = self.compare(desired, &mut current, options).await?;
        Ok(Planned { plan, objects: current.objects })
    }

    /// Compares what was read with the manifest; what only a list has told of, and would be touched, is read again.
    async fn compare(
        &self,
        desired: &Desired,
        current: &mut CurrentState,
        options: &PlanOptions,
    ) -> Result<Plan, ReadError> {
        let mut plan = plan_of(desired, current, options);
        let open = plan.functions.iter().filter(|function| function.rests_on_lists());
        let open: Vec<String> = open.map(|function| function.name.clone()).collect();
        if !open.is_empty() {
            read_again(&self.client, desired, current, &open, READS).await?;
            plan = plan_of(desired, current, options);
        }
        for function in &mut plan.functions {
            self.note_image(function, desired);
        }
        if options.prune {
            storage::note(&self.client, &mut plan, current, READS).await;
        }
        if !matches!(options.secrets, Secrets::Shown) {
            self.client.mask(&mut plan);
        }
        Ok(plan)
    }

    /// Reads the state of each function that a manifest declares, and says whether it has drifted.
    ///
    /// # Errors
    /// Where the account is another one than the manifest's, or cannot be read.
    pub async fn status(&self, desired: &Desired) -> Result<AccountStatus, ReadError> {
        let options = PlanOptions { update: desired.update, ..PlanOptions::default() };
        let extent = Extent { overview: true, ..self.extent(desired, &options, true) };
        let mut current = read_current(&self.client, desired, &extent, READS).await?;
        let plan = self.compare(desired, &mut current, &options).await?;
        let overviews = overviews(&self.client, &current, READS).await?;
        Ok(AccountStatus::of(plan, &current, overviews))
    }

    /// Plans to delete functions that the manifest `owner` declares and owns.
    ///
    /// # Errors
    /// Where the account is another one than the manifest's, or cannot be read.
    pub async fn plan_deletion(
        &self,
        desired: &Desired,
        owner: &str,
        names: &[String],
        force: bool,
    ) -> Result<Planned, ReadError> {
        let current = read_for_deletion(&self.client, desired, names, READS).await?;
        let plan = plan_deletion(desired, owner, &current, names, force);
        Ok(Planned { plan, objects: current.objects })
    }

    /// Asks what can be known before any call changes something: whether what the manifest's functions name is there and fits.
    /// Those are all functions of `desired`, also where they do not differ.
    pub async fn verify(&self, desired: &Desired, planned: &Planned) -> Verified {
        verify(&self.client, desired, &planned.plan, &planned.objects, READS).await
    }

    /// Says of a function whose image's tag could not be resolved that the tag was compared.
    fn note_image(&self, function: &mut FunctionPlan, desired: &Desired) {
        let Some(reason) = self.unresolved.get(&function.name) else { return };
        // The registry repeats the image's name.
        let is_public = desired.functions.iter().any(|spec| {
            spec.request.function_name == function.name && spec.origins.outside("/Code/ImageUri").is_none()
        });
        let reason = if is_public { reason } else { "the registry did not say which image it is" };
        function.notes.push(format!("the image's tag was compared, not the image: {reason}"));
        function.is_partly_compared = true;
    }

    /// Reads what the account has of the manifest's functions.
    ///
    /// # Errors
    /// Where the account is another one than the manifest's, or cannot be read.
    pub async fn read(
        &self,
        desired: &Desired,
        options: &PlanOptions,
        health: bool,
    ) -> Result<CurrentState, ReadError> {
        read_current(&self.client, desired, &self.extent(desired, options, health), READS).await
    }

    fn extent(&self, desired: &Desired, options: &PlanOptions, health: bool) -> Extent {
        let (account, declared) = (self.account.clone(), self.declared.clone());
        let mut extent = Extent { account, declared, health, ..extent(options) };
        // Whoever chooses functions of the manifest does not mean others.
        let is_whole = desired.functions.len() == self.declared.len();
        extent.undeclared &= is_whole;
        // What functions use that were not chosen is not read.
        extent.old_layer_versions &= is_whole;
        extent
    }

    /// Carries out what was planned for a manifest, whose images are resolved. What goes wrong is in the report.
    pub async fn apply(
        &self,
        desired: &Desired,
        planned: &Planned,
        options: &PlanOptions,
        manner: Manner,
        stop: &Stop,
        watch: &(dyn Fn(Event<'_>) + Sync),
    ) -> ApplyReport {
        let Manner { parallelism, wait, fail_fast, timeout, back } = manner;
        let Planned { plan, objects } = planned;
        let replan = |name: &str, current: Option<&CurrentFunction>, layers: &LayerArns| {
            plan_function(desired, objects, layers, name, current, options)
        };
        let artifacts = desired.artifacts.as_ref();
        let owner = artifacts.and_then(|artifacts| artifacts.account.as_deref()).or(desired.account.as_deref());
        let apply_options = ApplyOptions {
            parallelism,
            wait,
            fail_fast,
            timeout,
            stop,
            back,
            replan: &replan,
            kms_key: artifacts.and_then(|artifacts| artifacts.kms_key.as_deref()),
            bucket_owner: owner,
        };
        apply(plan, &self.client, apply_options, watch).await
    }
}
