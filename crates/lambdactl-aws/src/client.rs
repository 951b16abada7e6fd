use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_sigv4::http_request::SigningSettings;
use lambdactl_diff::Plan;
use lambdactl_schema::operations::{Protocol, Quota};
use lambdactl_schema::partitions::{self, Partition};
use lambdactl_schema::{Call, Desired, Operation, Redaction};
use serde_json::{Map, Value};
use tokio::time::sleep;
use tracing::{debug, info, warn};

use crate::address::shown;
use crate::answer::{Answer, looks_like};
use crate::call::Outgoing;
use crate::error::{CallError, ConnectError, failed};
use crate::exchange::{Broken, LARGEST_ANSWER, Received, exchange};
use crate::pace::Paces;
use crate::refusal::{name, service_error, text};
use crate::retry::{Class, Retries};
use crate::settings::{Connection, Rates, Settings};
use crate::tallies::Tallies;
use crate::waiting::{Waiting, named, prefix};

/// Signs calls and sends them, and counts what it sends.
///
/// Guarantees: a call that changes something is sent again only when it certainly was not executed; every wait ends.
pub struct Client {
    connection: Arc<Connection>,
    calls: AtomicU64,
    tallies: Tallies,
    /// How many functions the last list had; 0 before there was one. Shared with the clients of later runs.
    pub(crate) listed: Arc<AtomicU64>,
    paces: Paces,
    /// What people have been told is waited for: once is enough for many functions with one role.
    told: Mutex<Vec<&'static str>>,
    /// What no text of a service may repeat.
    redaction: Mutex<Redaction>,
    /// How long a call that reads is tried.
    pub(crate) patience: Duration,
    /// The account of the credentials, once STS has told it.
    pub(crate) account: OnceLock<String>,
}

impl Client {
    /// Finds region, endpoint and credentials and makes a client; nothing is sent yet.
    pub async fn connect(settings: &Settings) -> Result<Self, ConnectError> {
        Ok(Self::new(Connection::resolve(settings).await?))
    }

    /// Makes a client of a connection.
    pub fn new(connection: Connection) -> Self {
        let Rates { get_function, get_policy, control, tagging } = connection.rates;
        let rates = [
            (Quota::GetFunction, get_function),
            (Quota::GetPolicy, get_policy),
            (Quota::Control, control),
            (Quota::Tagging, tagging),
        ];
        Self::over(Arc::new(connection), Paces::new(rates), Tallies::default())
    }

    /// Makes a client over the same connection, with the same paces and tallies, that knows no secret, has told nothing and has sent
    /// nothing: for one more run of a program that goes on.
    pub fn renewed(&self) -> Self {
        let client = Self::over(Arc::clone(&self.connection), self.paces.clone(), self.tallies.clone());
        Self { patience: self.patience, listed: Arc::clone(&self.listed), ..client }
    }

    fn over(connection: Arc<Connection>, paces: Paces, tallies: Tallies) -> Self {
        let mut redaction = Redaction::default();
        // What every error of the service is full of, and what tells nobody anything.
        let Partition { name, dns_suffix, .. } = partitions::of(connection.region());
        for open in ["https://", "lambda.amazonaws.com", connection.region()] {
            redaction.open(open);
        }
        redaction.open(&format!("arn:{name}:"));
        redaction.open(&format!(".{dns_suffix}"));
        redaction.open(&format!("arn:{name}:lambda:{}:", connection.region()));
        Self {
            connection,
            calls: AtomicU64::new(0),
            tallies,
            listed: Arc::default(),
            paces,
            told: Mutex::default(),
            redaction: Mutex::new(redaction),
            patience: Duration::MAX,
            account: OnceLock::new(),
        }
    }

    /// Makes the client keep these paces: those of other clients of its account and region.
    pub fn share(&mut self, paces: &Paces) {
        self.paces = paces.clone();
    }

    /// Returns the paces that the client keeps.
    pub fn paces(&self) -> &Paces {
        &self.paces
    }

    /// Gives calls that read up after this time; without it each failure has a limit of its own, ten minutes for throttles.
    pub fn give_up_after(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Learns the secrets of a manifest: from then on no text of a service that leaves this crate repeats one.
    pub fn learn(&self, desired: Arc<Desired>) {
        self.redaction().learn_desired(desired);
    }

    /// Takes the secrets of the run out of what a plan repeats of the account.
    pub fn mask(&self, plan: &mut Plan) {
        let mut redaction = self.redaction();
        plan.mask(&mut |text| redaction.mask(text).into_owned());
    }

    /// Learns what a function of the account keeps secret.
    pub(crate) fn learn_configuration(&self, configuration: &Map<String, Value>) {
        if let Some(environment) = configuration.get("Environment") {
            self.redaction().learn_all("Environment", environment);
        }
    }

    /// Returns a text of the account without what is secret in this run.
    pub fn masked(&self, text: &str) -> String {
        self.redaction().mask(text).into_owned()
    }

    pub(crate) fn redaction(&self) -> std::sync::MutexGuard<'_, Redaction> {
        self.redaction.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns where calls go.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the number of requests that were sent, repeated ones included.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Returns what was sent over the connection.
    pub fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// Sends a call.
    pub(crate) async fn call(&self, call: Call) -> Result<Answer, CallError> {
        self.carry(Outgoing::of(call)).await
    }

    /// Sends a call and reads the JSON of its answer.
    pub(crate) async fn answer(&self, call: Call) -> Result<Value, CallError> {
        let operation = call.operation;
        self.call(call).await?.json(operation, self.endpoint(operation))
    }

    /// Sends a call that only looks at something which nobody needs to see: a throttle is waited for a little, and every other
    /// failure is an answer.
    pub(crate) async fn look(&self, call: Call) -> Result<Answer, CallError> {
        const TRIES: u32 = 4;
        let outgoing = Outgoing::of(call);
        let mut tries = 1;
        loop {
            match self.send(&outgoing).await {
                Err(CallError::Service(error)) if error.is_throttle() && tries < TRIES => {
                    sleep(Duration::from_millis(500) * tries).await;
                    tries += 1;
                }
                answer => return answer,
            }
        }
    }

    /// Does the same, and reads the JSON of the answer.
    pub(crate) async fn look_for(&self, call: Call) -> Result<Value, CallError> {
        let operation = call.operation;
        self.look(call).await?.json(operation, self.endpoint(operation))
    }

    /// Returns where an operation's requests go, as it can be shown.
    pub(crate) fn endpoint(&self, operation: Operation) -> String {
        shown(self.connection.address(operation.row().service))
    }

    /// Does the same for what may not be there: then there is no answer.
    pub(crate) async fn read(&self, call: Call) -> Result<Option<Value>, CallError> {
        match self.answer(call).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a request, again as often as its failure is worth it.
    pub(crate) async fn carry(&self, outgoing: Outgoing) -> Result<Answer, CallError> {
        self.carry_with(outgoing, Retries::within(self.patience)).await
    }

    /// The same for a call that nobody else bounds: it is given up after this time, whatever it does.
    pub(crate) async fn carry_within(&self, outgoing: Outgoing, patience: Duration) -> Result<Answer, CallError> {
        self.carry_with(outgoing, Retries::all_within(patience)).await
    }

    async fn carry_with(&self, outgoing: Outgoing, mut retries: Retries) -> Result<Answer, CallError> {
        loop {
            // Signing is part of the repetition: a signature carries its time.
            let error = match self.send(&outgoing).await {
                Ok(answer) => {
                    Waiting::is_over();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let Some((class, delay)) = retries.next(&error, outgoing.operation) else { return Err(error) };
            self.tell(class, outgoing.operation, &error, delay, retries.is_long(delay));
            sleep(delay).await;
        }
    }

    /// Says that something is waited for: to everybody, once, where it takes long; else to those who read the log.
    pub(crate) fn tell(&self, class: &Class, operation: Operation, error: &CallError, delay: Duration, is_long: bool) {
        let what = named(class.waiting_for, class.member);
        Waiting::note(&what, error);
        if (class.told || is_long) && self.is_news(class.waiting_for) {
            warn!("{}waiting for {what}: {error}", prefix());
        } else {
            info!(%operation, waiting_for = class.waiting_for, ?delay, %error, "trying again");
        }
    }

    fn is_news(&self, waiting_for: &'static str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = !told.contains(&waiting_for);
        if is_news {
            told.push(waiting_for);
        }
        is_news
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<Answer, CallError> {
        let Outgoing { operation, path, .. } = outgoing;
        let base = self.connection.address(operation.row().service);
        let pace = operation.row().quota.and_then(|quota| self.paces.of(quota));
        if let Some(pace) = pace {
            pace.wait().await;
        }
        let request = self.signed(outgoing, &format!("{base}{path}")).await?;
        let received = self.exchange(request, LARGEST_ANSWER, outgoing.time_limit()).await;
        self.tallies.count(*operation, received.as_ref().map_or(0, |received| received.status));
        let Received { status, headers, body } = received.map_err(|broken| failed(*operation, base, broken))?;
        let request_id = text(&headers, "x-amzn-requestid").and_then(|id| name(&mut self.redaction(), &id));
        debug!(%operation, path, status, request_id, "called");
        if (200..300).contains(&status) {
            pace.inspect(|pace| pace.succeeded());
            return Ok(Answer { status, headers, body });
        }
        let error = service_error(*operation, status, &headers, &body, &mut self.redaction()).map_or_else(
            || CallError::NotJson { operation: *operation, endpoint: shown(base), what: looks_like(&body), status },
            CallError::Service,
        );
        if let (Some(pace), CallError::Service(error)) = (pace, &error)
            && error.is_throttle()
        {
            pace.throttled();
        }
        Err(error)
    }

    async fn signed(&self, outgoing: &Outgoing, address: &str) -> Result<reqwest::Request, CallError> {
        let Outgoing { operation, path: _, headers: members, body } = outgoing;
        let row = operation.row();
        let target = operation.target();
        let content_type = match row.service.protocol() {
            Protocol::RestJson => "application/json".to_owned(),
            Protocol::RestXml => "application/xml".to_owned(),
            Protocol::Json(version) => format!("application/x-amz-json-{version}"),
            Protocol::Query | Protocol::Ec2Query => "application/x-www-form-urlencoded".to_owned(),
        };
        let content_type = Some(content_type.as_str()).filter(|_| !body.is_empty());
        let headers: Vec<(&str, &str)> = [("content-type", content_type), ("x-amz-target", target.as_deref())]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .chain(members.iter().map(|(name, value)| (*name, value.as_str())))
            .collect();
        self.sign(row.service, SigningSettings::default(), row.method, address, &headers, body.clone()).await
    }

    /// Sends a request, counts it and reads the answer.
    pub(crate) async fn exchange(
        &self,
        request: reqwest::Request,
        most: usize,
        limit: Duration,
    ) -> Result<Received, Broken> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        exchange(&self.connection.http, request, most, limit).await
    }
}
