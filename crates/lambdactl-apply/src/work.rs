use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lambdactl_aws::{CallError, Client, FunctionAnswer};
use lambdactl_diff::{Action, CurrentFunction, FunctionPlan, Health, LayerArns, PublishedVersion};
use lambdactl_schema::{CreateFunctionRequest, Kind, Operation, Rollout};

use crate::archive::{Archives, Carrying};
use crate::create::create_once;
use crate::done::Done;
use crate::options::{ApplyOptions, Event, Replan};
use crate::report::Failure;
use crate::stop::Stop;
use crate::wait::{wait_for_version, wait_until_ready, wait_until_settled};

/// One function's work.
pub(crate) struct Work<'a> {
    pub(crate) client: &'a Client,
    pub(crate) function: &'a FunctionPlan,
    pub(crate) wait: bool,
    replan: Replan<'a>,
    /// The versions of layers that it names.
    layers: &'a LayerArns,
    /// The KMS key that encrypts archives in S3.
    pub(crate) kms_key: Option<&'a str>,
    /// The account that the bucket of archives must belong to.
    pub(crate) bucket_owner: Option<&'a str>,
    pub(crate) watch: &'a (dyn Fn(Event<'_>) + Sync),
    pub(crate) archives: &'a Archives,
    pub(crate) stop: &'a Stop,
    /// Whether an interruption moves the aliases of a rollout back.
    pub(crate) back: bool,
    /// What else there is to say of it.
    said: Mutex<Vec<String>>,
    /// The calls that took effect so far: a failure tells of them.
    done: Mutex<Vec<Operation>>,
    arn: Mutex<Option<String>>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(
        client: &'a Client,
        function: &'a FunctionPlan,
        options: ApplyOptions<'a>,
        watch: &'a (dyn Fn(Event<'_>) + Sync),
        shared: (&'a Archives, &'a LayerArns),
    ) -> Self {
        let (archives, layers) = shared;
        let ApplyOptions { wait, replan, kms_key, bucket_owner, stop, back, .. } = options;
        let arn = Mutex::new(function.function_arn.clone());
        let (said, done) = (Mutex::default(), Mutex::default());
        Self {
            client,
            function,
            wait,
            replan,
            layers,
            kms_key,
            bucket_owner,
            watch,
            archives,
            stop,
            back,
            said,
            done,
            arn,
        }
    }

    pub(crate) fn name(&self) -> &'a str {
        &self.function.name
    }

    /// How long its work may take: instances that are kept ready take half as long again to come.
    pub(crate) fn time(&self, timeout: Duration) -> Duration {
        let provisions = self.function.needs.iter().any(|need| need.kind == Kind::ProvisionedConcurrency);
        let own = if provisions { timeout.mul_f64(1.5) } else { timeout };
        // The steps of a rollout are meant to take their time.
        own + self.function.rollouts.values().map(Rollout::time).sum::<Duration>()
    }

    /// Adds a sentence to what the report says of the function.
    pub(crate) fn say(&self, note: String) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// Returns what there is to say.
    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that a call took effect.
    pub(crate) fn note(&self, operation: Operation) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
    }

    /// Returns the calls that took effect.
    pub(crate) fn done(&self) -> Vec<Operation> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the function's ARN, when anything told it.
    pub(crate) fn arn(&self) -> Option<String> {
        self.arn.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says of a failure in the middle of several calls how far they came.
    pub(crate) fn with_what_was_done(&self, mut failure: Failure) -> Failure {
        let done = self.done();
        match done.as_slice() {
            [] | [Operation::CreateFunction] => {}
            [Operation::DeleteFunction] => {
                failure.message = format!("the function was deleted, and not created again: {}", failure.message);
                failure.help = Some("run apply again: it creates what is missing".to_owned());
            }
            done => {
                let names: Vec<&str> = done.iter().map(|operation| operation.name()).collect();
                failure.message = format!("{}; done before that: {}", failure.message, names.join(", "));
            }
        }
        failure
    }

    /// Creates the function, with its archive.
    pub(crate) async fn create(&self, request: &CreateFunctionRequest) -> Result<(Done, FunctionAnswer), Failure> {
        let sha256 = self.function.code_sha256.as_deref();
        let archive = self.archive(request.code.s3_bucket.as_deref(), request.code.s3_key.as_deref()).await?;
        let archive = archive.as_ref().map(|archive| archive.as_slice());
        let (done, answer) = create_once(self.client, request, archive, sha256).await?;
        if done == Done::Changed {
            self.note(Operation::CreateFunction);
        }
        self.arn.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&answer.arn);
        Ok((done, answer))
    }

    /// Returns the archive that a request carries, where the plan has it in a file. Where the call names an object in
    /// S3 instead, the archive is put there, and there is nothing to carry.
    pub(crate) async fn archive(
        &self,
        bucket: Option<&str>,
        key: Option<&str>,
    ) -> Result<Option<Arc<Vec<u8>>>, Failure> {
        let carrying = Carrying {
            client: self.client,
            name: self.name(),
            source: self.function.archive.as_ref(),
            sha256: self.function.code_sha256.as_deref(),
            kms_key: self.kms_key,
            bucket_owner: self.bucket_owner,
            watch: self.watch,
        };
        self.archives.carried(carrying, bucket, key).await
    }

    /// Plans the function again, as it is by now.
    pub(crate) fn replanned(&self, current: &CurrentFunction) -> Result<FunctionPlan, Failure> {
        (self.replan)(self.name(), Some(current), self.layers).ok_or_else(|| self.moved())
    }

    /// Waits until the function can be used.
    pub(crate) async fn wait_until_ready(&self, answer: FunctionAnswer) -> Result<FunctionAnswer, Failure> {
        wait_until_ready(self.client, self.name(), answer).await
    }

    /// Waits until the service does not work on the function any more, and returns how it is then.
    pub(crate) async fn wait_until_settled(&self) -> Result<Health, Failure> {
        Ok(wait_until_settled(self.client, self.name(), FunctionAnswer::pending()).await?.health)
    }

    /// Waits until a function that was created can be used, and the version that was published with it.
    pub(crate) async fn wait_for_creation(&self, answer: FunctionAnswer) -> Result<(), Failure> {
        let version = answer.version.clone();
        self.wait_until_ready(answer).await?;
        match version {
            Some(number) => self.wait_for_version(&number).await,
            None => Ok(()),
        }
    }

    /// Waits until a published version can be used.
    pub(crate) async fn wait_for_version(&self, number: &str) -> Result<(), Failure> {
        let health = self.client.version_health(self.name(), number).await.map_err(|error| Failure::from(&error))?;
        wait_for_version(self.client, self.name(), number, health).await
    }

    /// Waits until the version that a call has just published can be used.
    pub(crate) async fn wait_for_published(&self, version: PublishedVersion) -> Result<(), Failure> {
        let PublishedVersion { number, health, configuration: _ } = version;
        // A version without a number is the function itself to every other call.
        match number.bytes().all(|byte| byte.is_ascii_digit()) {
            true => wait_for_version(self.client, self.name(), &number, health).await,
            false => Ok(()),
        }
    }

    /// What has not happened yet, for a sentence that begins with `not`.
    pub(crate) fn pending_verb(&self) -> &'static str {
        let done = self.done();
        match self.function.action {
            Action::Create(_) if !done.contains(&Operation::CreateFunction) => "created",
            Action::Replace(_) if !done.contains(&Operation::CreateFunction) => "replaced",
            Action::Update(_) => "updated",
            Action::Delete { .. } => "deleted",
            _ => "ready",
        }
    }

    /// Reads the function; `None` when there is none.
    pub(crate) async fn read(&self) -> Result<Option<CurrentFunction>, Failure> {
        self.client.get_function(self.name()).await.map_err(|error| Failure::from(&error))
    }

    /// The function is no longer the one that was planned for.
    pub(crate) fn moved(&self) -> Failure {
        Failure {
            code: "Moved".to_owned(),
            message: format!("someone else changed `{}` since it was planned", self.name()),
            help: Some("it was left as it is; run plan again to see how it differs now".to_owned()),
        }
    }
}

/// Why a call did not do what it should.
pub(crate) enum Broken {
    /// The function has another revision than the one that was planned for.
    Moved,
    /// What it would create is there already: someone else was quicker, or the service takes it for the same as something else.
    Taken(CallError),
    /// Whether it took effect is not known.
    Lost(CallError),
    /// It did not, and will not.
    Failed(Failure),
}

impl From<CallError> for Broken {
    fn from(error: CallError) -> Self {
        if error.is_moved() {
            Self::Moved
        } else if error.is_ambiguous() {
            Self::Lost(error)
        } else {
            Self::Failed(Failure::from(&error))
        }
    }
}
