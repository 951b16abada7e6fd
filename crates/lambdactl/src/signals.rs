use std::sync::Arc;

use lambdactl_apply::{Stop, StopReason};
use tokio::sync::watch;

use crate::output;
use crate::text::Text;

/// The first signal lets what is in flight finish, the second ends the process: whatever was created is there, and the
/// next apply goes on from it.
pub(crate) async fn stop_when_interrupted(stop: Arc<Stop>) {
    if interrupted().await.is_ok() {
        stop.ask(StopReason::Interruption);
        output::stderr(&Text::own("interrupted: finishing what is in flight; once more ends at once\n"));
        if interrupted().await.is_ok() {
            std::process::exit(1);
        }
    }
}

/// A signal to a program that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGHUP.
    HangUp,
    /// SIGTERM, or Ctrl-C.
    End,
}

/// Listens to signals from its creation on.
pub(crate) struct Listener {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
}

impl Listener {
    /// Begins to listen: from now on the signals do not end the process by themselves.
    #[cfg(unix)]
    pub(crate) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Begins to listen.
    #[cfg(not(unix))]
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the next one.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::End,
            _ = self.interrupt.recv() => Signal::End,
            _ = self.hang_up.recv() => Signal::HangUp,
        }
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::End,
            Err(_) => std::future::pending().await,
        }
    }
}

/// Waits for Ctrl-C, or for a signal by which supervisors and closing terminals end a program.
pub(crate) async fn interrupted() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        // Under nohup the signal of a closing terminal is to be ignored.
        let mut hang_up = if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) };
        let hung_up = async {
            match &mut hang_up {
                Some(hang_up) => drop(hang_up.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
            () = hung_up => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Whether whoever started this process has had SIGHUP ignored. Known where there is /proc; elsewhere it counts as not so. Asked
/// once, before a handler of our own hides the answer.
#[cfg(unix)]
fn ignores_hang_up() -> bool {
    static ANSWER: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *ANSWER.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        // SIGHUP is the first signal.
        ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    })
}

/// What a program that goes on is told by signals.
pub(crate) struct Signals {
    /// Whether it is to end.
    pub(crate) ending: watch::Receiver<bool>,
    /// Counts how often it is to begin at once.
    pub(crate) now: watch::Receiver<u64>,
}

impl Signals {
    /// Listens to signals: the first that ends lets what is in flight finish, the second ends the process.
    pub(crate) fn start(stop: Arc<Stop>) -> anyhow::Result<Self> {
        let (end, ending) = watch::channel(false);
        let (hurry, now) = watch::channel(0_u64);
        let mut signals = Listener::new()?;
        tokio::spawn(async move {
            let mut is_ending = false;
            loop {
                match signals.next().await {
                    Signal::HangUp => hurry.send_modify(|count| *count += 1),
                    Signal::End if is_ending => std::process::exit(1),
                    Signal::End => {
                        is_ending = true;
                        stop.ask(StopReason::Interruption);
                        end.send_replace(true);
                    }
                }
            }
        });
        Ok(Self { ending, now })
    }
}
