//! The connections of a server, the emulator's or another's, so that no client keeps it from others or from its end.
//!
//! A client has a time for the head of a request and one for its body. Where all places are taken, the connection that has
//! been waiting for its client the longest gives way; one whose request is being worked on never does.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use futures_util::future::{BoxFuture, pending};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{Instant, sleep, timeout};

/// Places for connections where the system does not say how many files there may be.
const CONNECTIONS: usize = 512;
/// Open files that are left to everything else: the store, archives, the runtime.
const OTHER_FILES: u64 = 24;
/// A client that has just come is given this time, however many others wait.
const YOUNG: Duration = Duration::from_secs(1);
/// How often is looked for a connection that can give way.
const LOOK: Duration = Duration::from_millis(50);

/// What a client may take of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// How long the head of a request may take; an idle connection is closed after the same time.
    pub head: Duration,
    /// How long the body of a request may take.
    pub body: Duration,
    /// How long requests in flight may take to end once the emulator is stopped.
    pub stop: Duration,
}

impl Default for Limits {
    /// As many connections as the process may open files, less some, and 512 at most; 20 seconds for a head, 60 for a
    /// body, 3 for the end.
    fn default() -> Self {
        Limits {
            connections: connections(),
            head: Duration::from_secs(20),
            body: Duration::from_secs(60),
            stop: Duration::from_secs(3),
        }
    }
}

#[cfg(unix)]
fn connections() -> usize {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let left =
        files.map_or(usize::MAX, |files| usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX));
    left.clamp(4, CONNECTIONS)
}

#[cfg(not(unix))]
fn connections() -> usize {
    CONNECTIONS
}

/// Since when a connection waits for its client; nothing while a request is worked on.
pub(crate) struct Activity {
    waits_since: Mutex<Option<Instant>>,
}

/// Work on a request, which ends when this is dropped.
pub(crate) struct Work(Arc<Activity>);

impl Activity {
    fn new() -> Self {
        Activity { waits_since: Mutex::new(Some(Instant::now())) }
    }

    /// Notes that the client has said everything, and waits for the emulator now.
    pub(crate) fn work(self: Arc<Self>) -> Work {
        self.set(None);
        Work(self)
    }

    fn set(&self, waits_since: Option<Instant>) {
        *self.waits_since.lock().unwrap_or_else(PoisonError::into_inner) = waits_since;
    }

    fn waits_since(&self) -> Option<Instant> {
        *self.waits_since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.0.set(Some(Instant::now()));
    }
}

/// Serves until the stop is asked for, then for [`Limits::stop`] at most; the future that comes with it ends that at
/// once.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    mut stop: oneshot::Receiver<BoxFuture<'static, ()>>,
) {
    let mut connections = Connections::new(router, limits.head);
    let mut told = false;
    let at_once = loop {
        let full = connections.open.len() > limits.connections;
        tokio::select! {
            // A dropped sender counts as the signal too, so that a forgotten emulator does not serve for ever.
            at_once = &mut stop => break at_once.ok(),
            Some(ended) = connections.tasks.join_next_with_id() => connections.forget(ended.map(|(id, ())| id)),
            // One more than there are places is taken in, so that room is made only where somebody wants it.
            accepted = listener.accept(), if !full => match accepted {
                Ok((stream, _)) => {
                    told = false;
                    connections.add(stream);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if !told {
                        tracing::warn!(error = &error as &dyn std::error::Error, "cannot take a connection in");
                    }
                    told = true;
                    connections.make_room();
                    sleep(LOOK).await;
                }
            },
            () = sleep(LOOK), if full => connections.make_room(),
        }
    };
    drop(listener);
    let Connections { graceful, mut tasks, .. } = connections;
    tokio::select! {
        _ = timeout(limits.stop, graceful.shutdown()) => {}
        () = at_once.unwrap_or_else(|| Box::pin(pending())) => {}
    }
    tasks.shutdown().await;
}

/// What a client did, and no lack of the server.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

struct Connections {
    router: TowerToHyperService<Router>,
    builder: http1::Builder,
    graceful: GracefulShutdown,
    tasks: JoinSet<()>,
    open: HashMap<Id, (AbortHandle, Arc<Activity>)>,
}

impl Connections {
    fn new(router: Router, head: Duration) -> Self {
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(head);
        Connections {
            router: TowerToHyperService::new(router),
            builder,
            graceful: GracefulShutdown::new(),
            tasks: JoinSet::new(),
            open: HashMap::new(),
        }
    }

    fn add(&mut self, stream: TcpStream) {
        let activity = Arc::new(Activity::new());
        let (router, of_requests) = (self.router.clone(), Arc::clone(&activity));
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Arc::clone(&of_requests));
            router.call(request)
        });
        let connection = self.builder.serve_connection(TokioIo::new(stream), service);
        let connection = self.graceful.watch(connection);
        let task = self.tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = &error as &dyn std::error::Error, "a connection ended early");
            }
        });
        self.open.insert(task.id(), (task, activity));
    }

    fn forget(&mut self, ended: Result<Id, tokio::task::JoinError>) {
        let id = ended.unwrap_or_else(|error| error.id());
        self.open.remove(&id);
    }

    /// Ends the connection that has been waiting for its client the longest.
    fn make_room(&mut self) {
        let waiting = self.open.values().filter_map(|(task, activity)| Some((activity.waits_since()?, task)));
        let longest = waiting.min_by_key(|(since, _)| *since);
        if let Some((since, task)) = longest
            && since.elapsed() >= YOUNG
        {
            tracing::debug!("a connection that waits for its client gives way to another");
            task.abort();
        }
    }
}
