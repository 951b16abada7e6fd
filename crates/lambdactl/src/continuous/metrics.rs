//! The metrics of the loop, in the text form that Prometheus reads.
//!
//! What is counted stands on the [`Board`]; it is written out anew for each scrape. Only times of passes are kept here, in
//! histograms. No label is a function: a manifest has thousands.

use std::sync::Mutex;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::continuous::board::{Board, Seen, Word};

type Labels = Vec<(&'static str, String)>;
type Counters = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge>;
type FloatGauge = Gauge<f64, std::sync::atomic::AtomicU64>;
type Floats = Family<Labels, FloatGauge>;

type Histograms = Family<Labels, Histogram, fn() -> Histogram>;

/// Seconds: a pass of a large account takes some, one that updates a lot takes minutes.
const BOUNDS: [f64; 10] = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0];

/// The times of passes, by location.
#[derive(Debug)]
pub(crate) struct Times(Mutex<Histograms>);

impl Default for Times {
    fn default() -> Self {
        Self(Mutex::new(Family::new_with_constructor(|| Histogram::new(BOUNDS))))
    }
}

impl Times {
    /// Notes how long a pass took.
    pub(crate) fn note(&self, location: &str, seconds: f64) {
        let family = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        family.get_or_create(&vec![("location", location.to_owned())]).observe(seconds);
    }

    fn family(&self) -> Histograms {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

/// Writes all metrics out.
pub(crate) fn written(board: &Board, times: &Times) -> String {
    let mut registry = Registry::with_prefix("lambdactl");
    let (functions, passes, actions) = (Gauges::default(), Counters::default(), Counters::default());
    let (detected, corrected) = (Counters::default(), Counters::default());
    let (requests, throttled) = (Counters::default(), Counters::default());
    let (paces, last, orphans) = (Floats::default(), Floats::default(), Gauges::default());
    let valid = Gauge::<i64>::default();
    let build = Gauges::default();
    build.get_or_create(&vec![("version", env!("CARGO_PKG_VERSION").to_owned())]).set(1);
    {
        let state = board.state();
        valid.set(i64::from(state.is_valid == Some(true)));
        for seen in &state.locations {
            let at = |more: &[(&'static str, &str)]| -> Labels {
                let more = more.iter().map(|(label, value)| (*label, (*value).to_owned()));
                [("location", seen.name.clone())].into_iter().chain(more).collect()
            };
            for word in Word::ALL {
                let count = seen.functions.values().filter(|standing| standing.word == word).count();
                functions.get_or_create(&at(&[("state", word.as_str())])).set(count as i64);
            }
            for ((kind, result), count) in &seen.passes {
                passes.get_or_create(&at(&[("kind", kind), ("result", result)])).inc_by(*count);
            }
            for ((action, result), count) in &seen.actions {
                actions.get_or_create(&at(&[("action", action), ("result", result)])).inc_by(*count);
            }
            detected.get_or_create(&at(&[])).inc_by(seen.drift_detected);
            corrected.get_or_create(&at(&[])).inc_by(seen.drift_corrected);
            orphans.get_or_create(&at(&[])).set(seen.orphans as i64);
            if let Some(succeeded) = seen.succeeded {
                last.get_or_create(&at(&[])).set(seconds(succeeded));
            }
            of_service(seen, &requests, &throttled, &paces);
        }
    }
    registry.register("functions", "Functions of the manifests, by how they stand", functions);
    registry.register("passes", "Passes that have ended, by how", passes);
    registry.register_with_unit("pass_duration", "How long passes took", Unit::Seconds, times.family());
    registry.register_with_unit("last_success_timestamp", "When a pass ended well last", Unit::Seconds, last);
    registry.register("actions", "What was done to functions, and how it went", actions);
    registry.register("drift_detected", "Functions seen to differ though the manifest had not changed", detected);
    registry.register(
        "drift_corrected",
        "Functions that were brought back to where the manifest wants them",
        corrected,
    );
    registry.register("aws_requests", "Requests to AWS; code 0 is for those that nothing answered", requests);
    registry.register("aws_throttled", "Requests that AWS refused for their rate", throttled);
    registry.register("pace", "Requests a second that go out at most, by quota", paces);
    registry.register("orphans", "Functions with the manifest's tag that it does not declare", orphans);
    registry.register("manifest_valid", "Whether the manifests are valid", valid);
    registry.register("build", "The program", build);
    let mut text = String::new();
    // A String takes everything.
    let _ = encode(&mut text, &registry);
    let mut process = Registry::with_prefix("process");
    let started = FloatGauge::default();
    started.set(seconds(board.started));
    process.register_with_unit("start_time", "When the program was started", Unit::Seconds, started);
    if let Some(resident) = resident_bytes() {
        let memory = Gauge::<i64>::default();
        memory.set(resident);
        process.register_with_unit("resident_memory", "Memory in use", Unit::Bytes, memory);
    }
    let mut of_process = String::new();
    let _ = encode(&mut of_process, &process);
    // One document has one end.
    format!("{}{of_process}", text.trim_end_matches("# EOF\n"))
}

fn of_service(seen: &Seen, requests: &Counters, throttled: &Counters, paces: &Floats) {
    let place = || -> Labels {
        vec![("account", seen.account.clone().unwrap_or_default()), ("region", seen.region.clone().unwrap_or_default())]
    };
    for ((operation, status), count) in &seen.requests {
        let mut labels = place();
        labels.push(("service", operation.row().service.name().to_owned()));
        labels.push(("operation", operation.name().to_owned()));
        labels.push(("code", status.to_string()));
        requests.get_or_create(&labels).inc_by(*count);
        if *status == 429 {
            throttled.get_or_create(&place()).inc_by(*count);
        }
    }
    for (quota, rate) in &seen.paces {
        let mut labels = place();
        labels.push(("bucket", format!("{quota:?}")));
        paces.get_or_create(&labels).set(*rate);
    }
}

fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

/// The memory of this process, where the system says it.
fn resident_bytes() -> Option<i64> {
    let pages: i64 = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    // The size of a page of those systems that have this file, but for some of 64-bit ARM.
    Some(pages * 4096)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_the_board_says_is_written_once_with_one_end() {
        let board = Board::new(Duration::from_secs(60));
        let times = Times::default();
        {
            let mut state = board.state();
            state.locate(&["use1".to_owned(), "\"euw1\"\n".to_owned()]);
            state.is_valid = Some(true);
            let seen = state.seen("use1").expect("it is there");
            seen.passes.insert(("full", "ok"), 3);
            seen.actions.insert(("update", "applied"), 2);
            seen.functions.insert("f".to_owned(), Default::default());
            seen.requests.insert((lambdactl_schema::Operation::GetFunction, 429), 4);
            seen.drift_corrected = 2;
        }
        times.note("use1", 0.7);
        let text = written(&board, &times);
        for line in [
            "lambdactl_functions{location=\"use1\",state=\"ready\"} 1",
            "lambdactl_passes_total{location=\"use1\",kind=\"full\",result=\"ok\"} 3",
            "lambdactl_actions_total{location=\"use1\",action=\"update\",result=\"applied\"} 2",
            "lambdactl_pass_duration_seconds_bucket{le=\"1.0\",location=\"use1\"} 1",
            "lambdactl_aws_throttled_total{account=\"\",region=\"\"} 4",
            "lambdactl_drift_corrected_total{location=\"use1\"} 2",
            "lambdactl_manifest_valid 1",
            "lambdactl_functions{location=\"\\\"euw1\\\"\\n\",state=\"ready\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert_eq!(text.matches("# EOF").count(), 1, "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
