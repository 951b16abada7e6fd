//! What one sees while a plan is carried out: bars on a terminal, a line for each event elsewhere.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use lambdactl_apply::{Event, Status};
use lambdactl_aws::Client;
use lambdactl_schema::{percent, spelled};

use super::style::count;
use super::words::{doing, done};
use crate::output;
use crate::text::{Text, clean, text};

/// Functions that have a line of their own; the others are counted.
const LINES: usize = 10;

/// Shows what happens.
pub(crate) enum Progress {
    /// Not at all.
    Quiet,
    /// A line to standard error for each event, after the name of the location where there are several.
    Lines(Option<String>),
    /// Bars that are drawn anew.
    Bars(Bars),
}

/// One bar for all, and a line for some of the functions that are worked on.
pub(crate) struct Bars {
    all: MultiProgress,
    total: ProgressBar,
    lines: Mutex<HashMap<String, ProgressBar>>,
}

impl Progress {
    /// Chooses by what standard error is. `count` functions and layers will be worked on.
    pub(crate) fn new(quiet: bool, count: usize) -> Self {
        match (quiet || count == 0, std::io::stderr().is_terminal()) {
            (true, _) => Self::Quiet,
            (false, true) => {
                let bars = Bars::new(count);
                output::make_way(Some(bars.all.clone()));
                Self::Bars(bars)
            }
            (false, false) => Self::Lines(None),
        }
    }

    /// Shows what happens in one of several locations: a line for each event, since bars of several would hide each other.
    pub(crate) fn of_location(quiet: bool, name: &str) -> Self {
        if quiet { Self::Quiet } else { Self::Lines(Some(name.to_owned())) }
    }

    /// Shows an event.
    pub(crate) fn show(&self, event: Event<'_>) {
        match self {
            Self::Quiet => {}
            Self::Lines(location) => {
                let line = line(event);
                match location {
                    Some(location) if !line.is_empty() => output::stderr(&text!("{}: {}", location, line)),
                    _ => output::stderr(&line),
                }
            }
            Self::Bars(bars) => bars.show(event),
        }
    }

    /// Takes the bars away; what is printed next stands in their place.
    pub(crate) fn finish(&self) {
        if let Self::Bars(bars) = self {
            bars.total.finish_and_clear();
            let _ = bars.all.clear();
            output::make_way(None);
        }
    }
}

/// Awaits what reads an account, and says on a terminal how many requests it has sent where that takes more than a moment.
pub(crate) async fn while_reading<T>(quiet: bool, client: &Client, reading: impl Future<Output = T>) -> T {
    /// A silence of this length makes people wonder.
    const MOMENT: Duration = Duration::from_secs(1);
    const TICK: Duration = Duration::from_millis(250);
    let mut reading = std::pin::pin!(reading);
    if quiet || !std::io::stderr().is_terminal() {
        return reading.await;
    }
    if let Ok(read) = tokio::time::timeout(MOMENT, &mut reading).await {
        return read;
    }
    let all = MultiProgress::new();
    let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})").expect("a template that a test has seen");
    let bar = all.add(ProgressBar::new_spinner().with_style(style));
    output::make_way(Some(all.clone()));
    let read = loop {
        bar.set_message(format!("reading the account, {}", count(client.calls() as usize, "request")));
        bar.tick();
        if let Ok(read) = tokio::time::timeout(TICK, &mut reading).await {
            break read;
        }
    };
    bar.finish_and_clear();
    let _ = all.clear();
    output::make_way(None);
    read
}

fn line(event: Event<'_>) -> Text {
    match event {
        Event::Publishing(layer) => text!("layer {}: publishing\n", layer.name),
        Event::Published(outcome) if outcome.status == Status::Failed => text!("layer {}: failed\n", outcome.name),
        Event::Published(outcome) => text!("layer {}: published\n", outcome.name),
        Event::Started(function) => text!("{}: {}\n", function.name, doing(function.action.as_str())),
        // Short-lived, and visible in the log with -v.
        Event::Accepted(_) | Event::Uploading { .. } => Text::default(),
        Event::Shifted { name, alias, version, weight, wait } => {
            text!("{}: {}\n", name, shifted(alias, version, weight, wait))
        }
        Event::Finished(outcome) if outcome.status == Status::Failed => text!("{}: failed\n", outcome.name),
        Event::Finished(outcome) => text!("{}: {}\n", outcome.name, done(outcome.action)),
    }
}

/// Says which part of its calls an alias sends to a version now, and for how long.
fn shifted(alias: &str, version: &str, weight: f64, wait: Duration) -> String {
    let part = percent(weight);
    match wait {
        Duration::ZERO => format!("alias {alias} sends {part} of its calls to version {version}"),
        wait => format!("alias {alias} sends {part} of its calls to version {version} for {}", spelled(wait)),
    }
}

impl Bars {
    fn new(count: usize) -> Self {
        let all = MultiProgress::new();
        let total = all.add(ProgressBar::new(count as u64));
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} done, {per_sec:.1}, {eta} left")
            .expect("a template that a test has seen");
        total.set_style(style.progress_chars("=> "));
        total.enable_steady_tick(Duration::from_millis(250));
        Self { all, total, lines: Mutex::default() }
    }

    fn show(&self, event: Event<'_>) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Publishing(layer) => {
                let _ = self.all.println(text!("layer {}: publishing", layer.name).as_str());
            }
            Event::Published(outcome) => {
                if outcome.status == Status::Failed {
                    let _ = self.all.println(text!("layer {}: failed", outcome.name).as_str());
                }
                self.total.inc(1);
            }
            Event::Started(function) if lines.len() < LINES => {
                let style = ProgressStyle::with_template("  {prefix}: {msg} ({elapsed})")
                    .expect("a template that a test has seen");
                let line = self.all.insert_before(&self.total, ProgressBar::new_spinner().with_style(style));
                line.set_prefix(clean::line(&function.name).into_owned());
                line.set_message(doing(function.action.as_str()));
                line.enable_steady_tick(Duration::from_millis(250));
                lines.insert(function.name.clone(), line);
            }
            Event::Started(_) => {}
            Event::Uploading { name, sent, total } => {
                if let Some(line) = lines.get(name) {
                    line.set_message(format!("uploading, {} of {} MB", sent >> 20, total.div_ceil(1 << 20)));
                }
            }
            // A step stays to be read: the line of a function shows the last one only.
            Event::Shifted { name, alias, version, weight, wait } => {
                let step = shifted(alias, version, weight, wait);
                let _ = self.all.println(text!("{}: {}", name, step).as_str());
                if let Some(line) = lines.get(name).filter(|_| !wait.is_zero()) {
                    line.set_message(format!("alias {alias}, {} to version {version}", percent(weight)));
                }
            }
            Event::Accepted(name) => {
                if let Some(line) = lines.get(name) {
                    line.set_message("waiting until it is ready");
                }
            }
            Event::Finished(outcome) => {
                if let Some(line) = lines.remove(&outcome.name) {
                    line.finish_and_clear();
                    self.all.remove(&line);
                }
                if outcome.status == Status::Failed {
                    let _ = self.all.println(text!("{}: failed", outcome.name).as_str());
                }
                self.total.inc(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use lambdactl_diff::{Action, FunctionPlan};

    use super::*;

    #[test]
    fn bars_take_every_event() {
        let bars = Bars::new(20);
        for index in 0..20 {
            let name = format!("f{index}");
            let function = FunctionPlan {
                name: name.clone(),
                action: Action::Delete { owner: "payments".into(), mappings: Vec::new() },
                ..FunctionPlan::default()
            };
            bars.show(Event::Started(&function));
            bars.show(Event::Accepted(&name));
        }
        assert_eq!(bars.lines.lock().expect("no thread has failed").len(), LINES);
        Progress::Bars(bars).finish();
    }
}
