use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use crate::error::{CallError, ConnectError, ServiceError};
use crate::pace::Pace;
use crate::retry::{self, Repeat, Retries};
use crate::settings::{Connection, Rates, Settings};

/// Signs calls and sends them, and counts what it sends.
///
/// Guarantees: a call that changes something is sent again only when it certainly was not executed; every wait ends.
pub struct Client {
    connection: Connection,
    calls: AtomicU64,
    /// GetFunction has a quota of its own.
    get_function: Option<Pace>,
    control: Option<Pace>,
    tagging: Option<Pace>,
    /// What people have been told is waited for: once is enough for many functions with one role.
    told: Mutex<Vec<&'static str>>,
}

/// One call, ready to be signed.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static str,
    pub(crate) service: Service,
    pub(crate) method: Method,
    /// Path and query, percent-encoded.
    pub(crate) path: String,
    pub(crate) body: &'a [u8],
    pub(crate) repeat: Repeat,
}

/// The services that are talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Lambda,
    Sts,
    Tagging,
    Ecr,
}

impl Service {
    /// Returns the name that is signed.
    fn name(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Sts => "sts",
            Self::Tagging => "tagging",
            Self::Ecr => "ecr",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Lambda => "application/json",
            Self::Sts => "application/x-www-form-urlencoded",
            Self::Tagging | Self::Ecr => "application/x-amz-json-1.1",
        }
    }

    /// Returns the header that names the operation, where the path does not.
    fn target(self, operation: &str) -> Option<String> {
        match self {
            Self::Tagging => Some(format!("ResourceGroupsTaggingAPI_20170126.{operation}")),
            Self::Ecr => Some(format!("AmazonEC2ContainerRegistry_V20150921.{operation}")),
            Self::Lambda | Self::Sts => None,
        }
    }
}

/// An answer with a status of success.
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// Finds region, endpoint and credentials and makes a client; nothing is sent yet.
    pub async fn connect(settings: &Settings) -> Result<Self, ConnectError> {
        Ok(Self::new(Connection::resolve(settings).await?))
    }

    /// Makes a client of a connection.
    pub fn new(connection: Connection) -> Self {
        let Rates { get_function, control, tagging } = connection.rates;
        let pace = |rate: f64| (rate > 0.0).then(|| Pace::new(rate));
        Self {
            connection,
            calls: AtomicU64::new(0),
            get_function: pace(get_function),
            control: pace(control),
            tagging: pace(tagging),
            told: Mutex::default(),
        }
    }

    /// Returns where calls go.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Returns the number of requests that were sent, repeated ones included.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Answer, CallError> {
        let mut retries = Retries::default();
        loop {
            // Signing is part of the repetition: a signature carries its time.
            let error = match self.send(&call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some((class, delay)) = retries.next(&error, call.repeat) else { return Err(error) };
            if class.told && self.is_news(class.waiting_for) {
                warn!("waiting for {}: {error}", class.waiting_for);
            } else {
                info!(operation = call.operation, waiting_for = class.waiting_for, ?delay, %error, "trying again");
            }
            sleep(delay).await;
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

    async fn send(&self, call: &Call<'_>) -> Result<Answer, CallError> {
        let base = match call.service {
            Service::Lambda => &self.connection.lambda,
            Service::Sts => &self.connection.sts,
            Service::Tagging => &self.connection.tagging,
            Service::Ecr => self.connection.ecr.as_ref().unwrap_or(&self.connection.lambda),
        };
        let pace = self.pace(call);
        if let Some(pace) = pace {
            pace.wait().await;
        }
        let request = self.signed(call, &format!("{base}{}", call.path)).await?;
        let response = self.execute(request).await.map_err(|error| failed(call.operation, base, &error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = response.bytes().await.map_err(|error| failed(call.operation, base, &error))?.to_vec();
        let request_id = text(&headers, "x-amzn-requestid");
        debug!(operation = call.operation, path = call.path, status = status.as_u16(), request_id, "called");
        if status.is_success() {
            pace.inspect(|pace| pace.succeeded());
            return Ok(Answer { body });
        }
        let error = service_error(call.operation, status.as_u16(), &headers, &body).map_or_else(
            || CallError::NotJson {
                operation: call.operation,
                endpoint: base.clone(),
                what: looks_like(&body),
                status: status.as_u16(),
            },
            CallError::Service,
        );
        if let (Some(pace), CallError::Service(error)) = (pace, &error)
            && retry::is_throttle(error)
        {
            pace.throttled();
        }
        Err(error)
    }

    /// Returns the quota that a call counts against. Those of STS and ECR are far above what is sent to them.
    fn pace(&self, call: &Call<'_>) -> Option<&Pace> {
        match (call.service, call.operation) {
            (Service::Lambda, "GetFunction") => self.get_function.as_ref(),
            (Service::Lambda, _) => self.control.as_ref(),
            (Service::Tagging, _) => self.tagging.as_ref(),
            (Service::Sts | Service::Ecr, _) => None,
        }
    }

    async fn signed(&self, call: &Call<'_>, address: &str) -> Result<reqwest::Request, CallError> {
        let target = call.service.target(call.operation);
        let content_type = Some(call.service.content_type()).filter(|_| !call.body.is_empty());
        let headers: Vec<(&str, &str)> = [("content-type", content_type), ("x-amz-target", target.as_deref())]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let settings = SigningSettings::default();
        self.sign(call.service.name(), settings, &call.method, address, &headers, call.body.to_vec()).await
    }

    /// Signs a request with the credentials as they are now.
    pub(crate) async fn sign(
        &self,
        service: &str,
        settings: SigningSettings,
        method: &Method,
        address: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<reqwest::Request, CallError> {
        let credentials = self
            .connection
            .credentials
            .provide_credentials()
            .await
            .map_err(|error| CallError::Credentials { reason: without_unused_sources(&root_cause(&error)) })?;
        let signing = |error: Box<dyn std::error::Error + Send + Sync>| CallError::Signing(error);
        let identity = credentials.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.connection.region)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| signing(error.into()))?
            .into();
        let signable =
            SignableRequest::new(method.as_str(), address, headers.iter().copied(), SignableBody::Bytes(&body))
                .map_err(|error| signing(error.into()))?;
        let (instructions, _) = sign(signable, &parameters).map_err(|error| signing(error.into()))?.into_parts();

        let mut request = http::Request::builder().method(method.clone()).uri(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body).map_err(|error| signing(error.into()))?;
        instructions.apply_to_request_http1x(&mut request);
        reqwest::Request::try_from(request).map_err(|error| signing(error.into()))
    }

    /// Sends a request and counts it.
    pub(crate) async fn execute(&self, request: reqwest::Request) -> Result<reqwest::Response, reqwest::Error> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.connection.http.execute(request).await
    }
}

impl Answer {
    /// Reads the body as JSON.
    pub(crate) fn json(&self, operation: &'static str, endpoint: &str) -> Result<Value, CallError> {
        serde_json::from_slice(&self.body).ok().filter(Value::is_object).ok_or_else(|| CallError::NotJson {
            operation,
            endpoint: endpoint.to_owned(),
            what: looks_like(&self.body),
            status: 200,
        })
    }
}

pub(crate) fn failed(operation: &'static str, endpoint: &str, error: &reqwest::Error) -> CallError {
    let reason = root_cause(error);
    if error.is_connect() || error.is_builder() {
        CallError::Unreachable { endpoint: endpoint.to_owned(), reason }
    } else {
        CallError::NoAnswer { operation, endpoint: endpoint.to_owned(), reason }
    }
}

/// Reads an error of the service. The class is in a header, in the body for emulators; the message's key differs by
/// class; some classes have no message.
fn service_error(operation: &'static str, status: u16, headers: &HeaderMap, body: &[u8]) -> Option<ServiceError> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let member = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let code = text(headers, "x-amzn-errortype").or_else(|| member("__type")).or_else(|| member("code"))?;
    // `ResourceNotFoundException:http://…` and `com.amazonaws#ResourceNotFoundException` are both seen.
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    let message =
        member("message").or_else(|| member("Message")).unwrap_or_else(|| "the service gave no reason".into());
    let seconds = text(headers, "retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs);
    let milliseconds =
        text(headers, "x-amz-retry-after").and_then(|value| value.parse().ok()).map(Duration::from_millis);
    let retry_after = milliseconds.or(seconds).map(|wish| wish.min(Duration::from_secs(60)));
    Some(ServiceError { operation, status, code, message, request_id: text(headers, "x-amzn-requestid"), retry_after })
}

pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Says what kind of text an answer is, without repeating any of it.
fn looks_like(body: &[u8]) -> &'static str {
    match body.trim_ascii_start() {
        [] => "nothing",
        [b'<', ..] => "HTML or XML",
        [b'{' | b'[', ..] => "JSON of another kind",
        _ => "text",
    }
}

/// The credential chain lists every source; those that nobody set up are not worth a line.
fn without_unused_sources(reason: &str) -> String {
    let lines = reason.lines().filter(|line| !line.contains("was not enabled"));
    lines.collect::<Vec<_>>().join("\n").trim_end_matches("Attempted:").trim_end().to_owned()
}

/// Returns the innermost cause, which is where the reason stands.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
