use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::{BoxFuture, pending};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::beside::mappings::transitions::Transitions;
use crate::beside::preparing::Provisioning;
use crate::error::EmulatorError;
use crate::functions::invocations::{Invocations, Invoking};
use crate::functions::pending::{Pending, Setup};
use crate::http::connections::{self, Limits};
use crate::http::faults::{Faults, Mishaps};
use crate::http::server;
use crate::http::traffic::{Quota, Requests, Traffic};
use crate::services::objects::Uploads;
use crate::shared::Shared;
use crate::store::records::Store;

/// How an [`Emulator`] is started.
#[derive(Debug, Clone)]
pub struct EmulatorOptions {
    /// Port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Folder of the state, created when missing. It holds `functions.redb` and
    /// `code/<sha256>.zip`. `None`: in memory.
    pub data: Option<PathBuf>,
    /// Account id that the functions belong to, twelve digits.
    pub account: String,
    /// How long to wait for another process that has the state open, before failing with
    /// [`EmulatorError::InUse`].
    pub lock_wait: Duration,
    /// Which quotas are kept.
    pub quota: Quota,
    /// How long each answer of the API is held back, refusals included; the clock has milliseconds.
    pub latency: Duration,
    /// How long functions are being set up.
    pub setup: Setup,
    /// What invocations answer.
    pub invocations: Invocations,
    /// What goes wrong.
    pub faults: Faults,
    /// What a client may take.
    pub limits: Limits,
}

impl Default for EmulatorOptions {
    /// Any free port, in memory, account 123456789012, ten seconds for the lock, no quota, no delay, no invocation, no fault, and the
    /// limits of [`Limits::default`].
    fn default() -> Self {
        EmulatorOptions {
            port: 0,
            data: None,
            account: "123456789012".to_owned(),
            lock_wait: Duration::from_secs(10),
            quota: Quota::None,
            latency: Duration::ZERO,
            setup: Setup::default(),
            invocations: Invocations::default(),
            faults: Faults::default(),
            limits: Limits::default(),
        }
    }
}

/// What a control plane has before it is known where it answers.
pub(crate) struct Plane {
    pub(crate) store: Arc<Store>,
    pub(crate) traffic: Arc<Traffic>,
    options: EmulatorOptions,
}

impl Plane {
    pub(crate) async fn open(mut options: EmulatorOptions) -> Result<Plane, EmulatorError> {
        let account = &options.account;
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(EmulatorError::Account(options.account));
        }
        let store = match options.data.take() {
            Some(folder) => Store::open(folder, options.lock_wait).await?,
            None => Store::in_memory()?,
        };
        let traffic = Traffic::new(options.quota);
        Ok(Plane { store: Arc::new(store), traffic: Arc::new(traffic), options })
    }

    pub(crate) fn shared(self, endpoint: String) -> Shared {
        let Plane { store, traffic, options } = self;
        Shared {
            store,
            traffic,
            latency: options.latency,
            body_time: options.limits.body,
            pending: Pending::new(options.setup),
            invoking: Invoking::new(options.invocations),
            provisioning: Provisioning::default(),
            limits: Mutex::default(),
            mishaps: Mishaps::new(options.faults),
            mappings: Transitions::default(),
            uploads: Uploads::default(),
            account: options.account,
            endpoint,
        }
    }
}

/// A running control plane. Dropping it stops the server too, without waiting for the end.
pub struct Emulator {
    endpoint: String,
    store: Arc<Store>,
    traffic: Arc<Traffic>,
    stop: oneshot::Sender<BoxFuture<'static, ()>>,
    server: JoinHandle<()>,
}

impl fmt::Debug for Emulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Emulator { endpoint, .. } = self;
        formatter.debug_struct("Emulator").field("endpoint", endpoint).finish_non_exhaustive()
    }
}

impl Emulator {
    /// Opens the store, binds 127.0.0.1 and serves on a background task.
    ///
    /// Any program of this machine is answered; a request to a name that is not this machine's, or of a web page of
    /// another origin, is refused.
    ///
    /// The database file belongs to one process at a time: while another one has it open, this
    /// waits, at most [`EmulatorOptions::lock_wait`].
    ///
    /// # Errors
    ///
    /// A malformed account, a state folder that cannot be used or is in use, a port that is taken.
    pub async fn start(options: EmulatorOptions) -> Result<Emulator, EmulatorError> {
        let (limits, port) = (options.limits, options.port);
        let plane = Plane::open(options).await?;

        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let bind = |source| EmulatorError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let endpoint = format!("http://{}", listener.local_addr().map_err(bind)?);

        let (store, traffic) = (Arc::clone(&plane.store), Arc::clone(&plane.traffic));
        let router = server::served(Arc::new(plane.shared(endpoint.clone())));
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(connections::serve(listener, router, limits, stopped));
        tracing::debug!(endpoint, "emulator started");
        Ok(Emulator { endpoint, store, traffic, stop, server })
    }

    /// The base URL, `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// Returns how many requests came in, by operation.
    pub fn requests(&self) -> BTreeMap<&'static str, Requests> {
        self.traffic.counts()
    }

    /// Refuses new connections, lets running requests end, within [`Limits::stop`], and closes the store.
    ///
    /// # Errors
    ///
    /// The server task failed.
    pub async fn stop(self) -> Result<(), EmulatorError> {
        self.stop_or(pending()).await
    }

    /// The same; running requests are given up as soon as `at_once` is ready. A change that is being written is
    /// finished.
    ///
    /// # Errors
    ///
    /// The server task failed.
    pub async fn stop_or(self, at_once: impl Future<Output = ()> + Send + 'static) -> Result<(), EmulatorError> {
        // The receiver is gone only when the server has ended already.
        let _ = self.stop.send(Box::pin(at_once));
        let served = self.server.await;
        self.store.close();
        served.map_err(EmulatorError::Task)
    }
}
