use jiff::Timestamp;

/// Now, in the service's form: milliseconds, and an offset without a colon.
pub(crate) fn last_modified() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}
