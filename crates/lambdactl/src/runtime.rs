use anyhow::Context;

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
