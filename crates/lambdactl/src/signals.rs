use std::sync::Arc;

use lambdactl_apply::{Stop, StopReason};

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
