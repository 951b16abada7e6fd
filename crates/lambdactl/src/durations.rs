//! Durations on the command line, such as `90s` or `10m`.

use std::time::Duration;

use jiff::SignedDuration;

/// Reads a duration above zero.
pub(crate) fn positive(text: &str) -> Result<Duration, String> {
    any(text)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "must be a duration above zero, such as `90s` or `10m`".to_owned())
}

/// Reads a duration; `0s` for none.
pub(crate) fn any(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a duration, such as `90s` or `10m`".to_owned();
    let parsed: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(parsed).map_err(|_| wrong())
}
