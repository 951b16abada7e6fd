use jiff::Timestamp;

/// Now, in the service's form: milliseconds, and an offset without a colon.
pub(crate) fn last_modified() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// Now, as answers that have a number show it: seconds, with milliseconds behind the point.
pub(crate) fn epoch() -> f64 {
    Timestamp::now().as_millisecond() as f64 / 1000.0
}
