//! The status page of the loop: what the board knows, as people read it.

use jiff::Timestamp;
use lambdactl_page::{Pace, Page, PageFunction, PageLocation, Pass, Problem, Standing, render};

use crate::continuous::board::{Board, Seen, Word};
use crate::render::page;

/// How often a browser asks again.
const REFRESH_SECONDS: u32 = 15;

/// Makes the page.
pub(crate) fn made(board: &Board) -> String {
    let state = board.state();
    let mut notes = Vec::new();
    match state.is_valid {
        Some(true) => {}
        Some(false) => notes.push("The manifests are not valid: nothing is changed until they are.".to_owned()),
        None => notes.push("The manifests were not read yet.".to_owned()),
    }
    let page = Page {
        title: state.title.clone(),
        made_at: page::instant(Timestamp::now()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        refresh_seconds: Some(REFRESH_SECONDS),
        notes,
        locations: state.locations.iter().map(location).collect(),
    };
    drop(state);
    render(&page)
}

fn location(seen: &Seen) -> PageLocation {
    let name = Some(seen.name.as_str()).filter(|name| !name.is_empty());
    let requests = seen.last.as_ref().map_or(0, |last| last.requests);
    let mut location = match &seen.plan {
        Some(plan) => page::location(name, plan, requests),
        None => PageLocation {
            name: name.map(str::to_owned),
            region: seen.region.clone().unwrap_or_default(),
            ..PageLocation::default()
        },
    };
    // What the plan was made for may be done by now.
    location.summary = Some(summary(seen)).filter(|_| seen.plan.is_some());
    location.account = location.account.or_else(|| seen.account.clone());
    location.error = seen.error.as_ref().map(|failure| Problem { message: failure.as_public(), help: None });
    location.next_pass_at = seen.next.map(page::instant);
    location.paces =
        seen.paces.iter().map(|(quota, now)| Pace { name: format!("{quota:?}"), now: *now, most: None }).collect();
    location.last_pass = seen.last.as_ref().map(|last| Pass {
        ended_at: page::instant(last.ended),
        seconds: Some(last.took.as_secs_f64()),
        cause: None,
        outcome: match last.result {
            "ok" if seen.changed.is_empty() => "nothing to do".to_owned(),
            "ok" => format!("{} changed", seen.changed.len()),
            other => other.to_owned(),
        },
        done: seen.changed.iter().map(|(name, words)| format!("{name}: {words}")).collect(),
        number: Some(seen.passes.values().sum()),
    });
    if let Some(plan) = &seen.plan {
        let functions = location.functions.iter_mut().filter(|function| !function.is_layer);
        for (shown, planned) in functions.zip(&plan.functions) {
            stand(shown, &planned.name, seen);
        }
    }
    location
}

/// Says how a function stands after the pass, rather than what was planned for it.
fn stand(shown: &mut PageFunction, name: &str, seen: &Seen) {
    let Some(standing) = seen.functions.get(name) else { return };
    shown.notes.clone_from(&standing.notes);
    let (place, status) = match (standing.word, seen.changed.get(name)) {
        (Word::Ready, Some(words)) => (Standing::Changed, words.as_str()),
        (Word::Ready, None) => (Standing::InStep, "is as the manifest says"),
        (Word::Drifted, _) => (Standing::Drifted, "exists and differs"),
        (Word::Pending, _) => (Standing::Pending, "the service works on it"),
        (Word::Held, _) => (Standing::Held, "is left alone for now"),
        (Word::Failed, _) => (Standing::Failed, "failed"),
    };
    shown.standing = place;
    shown.status = status.to_owned();
    if place == Standing::InStep {
        shown.lines.clear();
        shown.symbol = ' ';
    }
    // A service's words may name what references brought in; what a plan refuses, it says without them.
    if let (Some(error), None) = (&standing.error, &shown.error) {
        let code = error.split(':').next().unwrap_or_default();
        shown.error = Some(Problem { message: format!("{code}; the output of the run says more"), help: None });
    }
}

fn summary(seen: &Seen) -> String {
    let counts = Word::ALL.into_iter().map(|word| {
        let count = seen.functions.values().filter(|standing| standing.word == word).count();
        (count, word.as_str())
    });
    counts.filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}
