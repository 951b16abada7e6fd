//! How an alias moves to another version, as a manifest says it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

/// The key of an alias that says how it moves.
pub const ROLLOUT: &str = "rollout";

/// How an alias moves to another version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rollout {
    /// The steps, in their order.
    pub steps: Vec<RolloutStep>,
    /// The names of the alarms that watch it.
    pub alarms: Vec<String>,
}

/// A part of the calls that the new version gets, and how long it stays so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RolloutStep {
    /// Between 0 and 1.
    pub weight: f64,
    /// The time until the next step.
    pub wait: Duration,
}

impl Rollout {
    /// Returns what an alias of a manifest says. What has another form, which validation refuses, is left out.
    pub fn of(alias: &Map<String, Value>) -> Option<Self> {
        let rollout = alias.get(ROLLOUT)?.as_object()?;
        let items = |key: &str| rollout.get(key).and_then(Value::as_array).into_iter().flatten();
        let step = |step: &Value| {
            Some(RolloutStep { weight: step["weight"].as_f64()?, wait: duration(step["wait"].as_str()?)? })
        };
        let alarms = items("alarms").filter_map(Value::as_str).map(str::to_owned).collect();
        Some(Self { steps: items("steps").filter_map(step).collect(), alarms })
    }

    /// Returns how long it takes at least.
    pub fn time(&self) -> Duration {
        self.steps.iter().map(|step| step.wait).sum()
    }
}

/// Writes a part of the calls as people say it. A weight has a few digits; what is left of 1, and what the service answers now
/// and then, may have many.
pub fn percent(part: f64) -> String {
    format!("{}%", (part * 1e6).round() / 1e4)
}

/// Says where the calls of an alias go: `version 7`, or `version 7 (90%) and version 8 (10%)`.
pub fn shares(version: &str, weights: &BTreeMap<String, f64>) -> String {
    if weights.is_empty() {
        return format!("version {version}");
    }
    let main = 1.0 - weights.values().sum::<f64>();
    let others = weights.iter().map(|(version, weight)| (version.as_str(), *weight));
    let all = [(version, main)].into_iter().chain(others);
    all.map(|(version, part)| format!("version {version} ({})", percent(part))).collect::<Vec<_>>().join(" and ")
}

/// Writes a time as people say it.
pub fn spelled(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds @ 1..=119 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

/// Reads a time such as `1h30m`. Years of it are more than anyone means.
fn duration(text: &str) -> Option<Duration> {
    const MOST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    let mut sum = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u32 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(60 * 60),
            _ => return None,
        };
        rest = &rest[end..];
        sum = sum.checked_add(unit.checked_mul(number)?)?;
    }
    (sum <= MOST).then_some(sum)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn aliases_say_where_their_calls_go() {
        let shares = |weights: &[(&str, f64)]| {
            shares("7", &weights.iter().map(|(version, weight)| ((*version).to_owned(), *weight)).collect())
        };
        assert_eq!(shares(&[]), "version 7");
        assert_eq!(shares(&[("8", 0.1)]), "version 7 (90%) and version 8 (10%)");
        assert_eq!(shares(&[("8", 0.015)]), "version 7 (98.5%) and version 8 (1.5%)");
    }

    #[test]
    fn times_are_spelled() {
        let spelled = |millis| spelled(Duration::from_millis(millis));
        assert_eq!([100, 1_500, 119_000, 120_000, 601_000].map(spelled), ["100 ms", "1 s", "119 s", "2 min", "11 min"]);
    }

    #[test]
    fn times_have_units() {
        for (text, expected) in [
            ("100ms", Some(100)),
            ("30s", Some(30_000)),
            ("10m", Some(600_000)),
            ("1h30m", Some(5_400_000)),
            ("0s", Some(0)),
            ("10", None),
            ("m", None),
            ("5d", None),
            ("99999999h", None),
        ] {
            assert_eq!(duration(text), expected.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn rollouts_are_read_as_they_are_written() {
        let alias = json!({ "rollout": { "steps": [{ "weight": 0.1, "wait": "10m" }, { "weight": 0.5, "wait": "1h" }], "alarms": ["a"] } });
        let rollout = Rollout::of(alias.as_object().expect("a map")).expect("there is one");
        assert_eq!((rollout.steps.len(), rollout.alarms.as_slice()), (2, ["a".to_owned()].as_slice()));
        assert_eq!(rollout.time(), Duration::from_secs(70 * 60));
        assert_eq!(Rollout::of(&Map::new()), None);
    }
}
