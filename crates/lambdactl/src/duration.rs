use std::time::Duration;

use jiff::SignedDuration;

/// Reads a duration of a flag, such as `90s` or `10m`.
pub(crate) fn above_zero(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a duration above zero, such as `90s` or `10m`".to_owned();
    let parsed: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(parsed).ok().filter(|duration| !duration.is_zero()).ok_or_else(wrong)
}
