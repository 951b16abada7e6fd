use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::flags::{Global, LogFormat};
use crate::output::LogLines;

/// Sends logs to standard error: warnings, with `-v` every call, with `-vv` everything of ours and the libraries'
/// information. Bodies, credentials and environment values are in none of them.
pub(crate) fn start(global: &Global) {
    let (ours, emulator, others) = match global.verbose {
        0 => (LevelFilter::WARN, LevelFilter::WARN, LevelFilter::ERROR),
        1 => (LevelFilter::DEBUG, LevelFilter::WARN, LevelFilter::WARN),
        _ => (LevelFilter::TRACE, LevelFilter::TRACE, LevelFilter::INFO),
    };
    let filter =
        Targets::new().with_default(others).with_target("lambdactl", ours).with_target("lambdactl_emulator", emulator);
    let registry = tracing_subscriber::registry().with(filter);
    let format = global.log_format;
    let layer = tracing_subscriber::fmt::layer().with_writer(move || LogLines(format));
    match format {
        LogFormat::Text => registry.with(layer.with_ansi(false).with_target(false)).init(),
        LogFormat::Json => registry.with(layer.json()).init(),
    }
}
