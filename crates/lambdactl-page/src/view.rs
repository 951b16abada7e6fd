//! A page as its template wants it: grouped, counted, and cut to what a browser likes to load.

use minijinja::Value;
use serde::Serialize;

use crate::escape::escaped;
use crate::model::{Pace, Page, PageFunction, PageLocation, Pass, Problem, Standing};

/// Bytes that all lines, notes and errors of functions may have together.
const DETAILS: usize = 560_000;
/// Bytes that lines of functions cost beside their text: the tags around each.
const AROUND: usize = 16;
/// Characters of a text that stand on the page.
const LONGEST: usize = 2_000;
/// Functions whose details are open from the beginning, if there are no more.
const OPEN: usize = 12;
/// Functions that stand on the page without being unfolded, where there is nothing to say of them.
const UNFOLDED: usize = 24;
/// The width of the bar that shows how many functions stand how.
const BAR: usize = 1_000;

/// What the template is filled with.
#[derive(Serialize)]
pub(crate) struct View<'a> {
    policy: Value,
    style: Value,
    script: Value,
    title: &'a str,
    made_at: Moment<'a>,
    version: &'a str,
    refresh_seconds: Option<u32>,
    notes: &'a [String],
    verdict: String,
    /// How good the verdict is.
    tone: &'static str,
    total: String,
    standings: Vec<Share>,
    has_several: bool,
    locations: Vec<Location<'a>>,
}

/// How many functions stand in one way, and their part of the bar.
#[derive(Serialize)]
struct Share {
    word: &'static str,
    title: &'static str,
    count: String,
    x: usize,
    width: usize,
}

/// A moment, for machines where it is one.
#[derive(Serialize)]
struct Moment<'a> {
    machine: Option<&'a str>,
    text: String,
}

#[derive(Serialize)]
struct Location<'a> {
    id: String,
    /// What stands above it.
    heading: &'a str,
    /// Account and region.
    place: String,
    error: Option<Trouble<'a>>,
    facts: Vec<Fact<'a>>,
    done: &'a [String],
    notes: &'a [String],
    groups: Vec<Group<'a>>,
}

/// A term and what there is to say of it.
#[derive(Serialize)]
struct Fact<'a> {
    term: &'static str,
    moment: Option<Moment<'a>>,
    texts: Vec<String>,
}

#[derive(Serialize)]
struct Trouble<'a> {
    message: &'a str,
    help: Option<&'a str>,
}

/// The functions of a location that stand in the same way.
#[derive(Serialize)]
struct Group<'a> {
    word: &'static str,
    title: &'static str,
    id: String,
    count: String,
    is_open: bool,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    symbol: char,
    is_layer: bool,
    name: &'a str,
    status: &'a str,
    /// State and version.
    facts: String,
    has_more: bool,
    is_open: bool,
    error: Option<Trouble<'a>>,
    lines: Vec<Line>,
    notes: Vec<Note>,
    /// Lines and notes that have no room.
    left_out: usize,
}

/// A line of a difference.
#[derive(Serialize)]
struct Line {
    /// The element that says what the line is.
    tag: &'static str,
    text: String,
}

#[derive(Serialize)]
struct Note {
    /// Something becomes open to everyone, which is not to be missed.
    is_public: bool,
    text: String,
}

impl<'a> View<'a> {
    /// Makes the view of a page; `own` are the policy, the style and the script, which stay as they are.
    pub(crate) fn of(page: &'a Page, own: [&str; 3]) -> Self {
        let [policy, style, script] = own.map(|text| Value::from_safe_string(text.to_owned()));
        let Page { title, made_at, version, refresh_seconds, notes, locations } = page;
        let all = || locations.iter().flat_map(|location| &location.functions);
        let detailed = all().filter(|function| has_more(function)).count();
        let mut room = DETAILS;
        let is_folded = all().count() > UNFOLDED;
        let shown = locations.iter().enumerate().map(|(index, location)| {
            let groups = Standing::ALL.into_iter().filter_map(|standing| {
                let mut functions =
                    location.functions.iter().filter(|function| function.standing == standing).peekable();
                functions.peek()?;
                let rows: Vec<Row<'a>> = functions.map(|function| row(function, detailed <= OPEN, &mut room)).collect();
                Some(Group {
                    word: standing.as_str(),
                    title: standing.title(),
                    id: format!("location-{index}-{}", standing.as_str()),
                    count: grouped(rows.len()),
                    is_open: standing != Standing::InStep || !is_folded,
                    rows,
                })
            });
            let groups = groups.collect();
            Location { groups, ..location_without_groups(index, location) }
        });
        let shown = shown.collect();
        let (verdict, tone) = verdict(locations);
        Self {
            policy,
            style,
            script,
            title,
            made_at: Moment::of(made_at),
            version,
            refresh_seconds: *refresh_seconds,
            notes,
            verdict,
            tone,
            total: grouped(all().count()),
            standings: shares(locations),
            has_several: locations.len() > 1,
            locations: shown,
        }
    }
}

impl<'a> Moment<'a> {
    fn of(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let is_form = |form: &str| {
            bytes.len() >= form.len()
                && form.bytes().zip(bytes).all(|(form, byte)| match form {
                    b'0' => byte.is_ascii_digit(),
                    form => form == *byte,
                })
        };
        let end = text.trim_end_matches('Z').len();
        let is_fraction = |rest: &str| rest.starts_with('.') && rest[1..].bytes().all(|byte| byte.is_ascii_digit());
        let is_moment = is_form("0000-00-00T00:00:00")
            && end + 1 == bytes.len()
            && text.get(19..end).is_some_and(|rest| rest.is_empty() || is_fraction(rest));
        match is_moment {
            true => Self { machine: Some(text), text: format!("{} {} UTC", &text[..10], &text[11..19]) },
            false => Self { machine: None, text: text.to_owned() },
        }
    }
}

fn location_without_groups(index: usize, location: &PageLocation) -> Location<'_> {
    let PageLocation {
        name,
        account,
        region,
        error,
        summary,
        last_pass,
        next_pass_at,
        requests,
        paces,
        is_whole,
        notes,
        functions: _,
    } = location;
    let account = account.as_ref().map(|account| format!("account {account}"));
    let region = (!region.is_empty() && name.is_some()).then(|| region.clone());
    let mut facts = Vec::new();
    if let Some(Pass { ended_at, seconds, cause, outcome, done: _, number }) = last_pass {
        let took = seconds.map(|seconds| format!("took {seconds:.1} s"));
        let number = number.map(|number| format!("number {}", grouped(number as usize)));
        let about: Vec<String> = took.into_iter().chain(number).collect();
        let about = (!about.is_empty()).then(|| about.join(", "));
        let texts = cause.clone().into_iter().chain(about).collect();
        facts.push(Fact { term: "Last pass", moment: Some(Moment::of(ended_at)), texts });
        facts.push(Fact { term: "Outcome", moment: None, texts: vec![outcome.clone()] });
    }
    if let Some(next) = next_pass_at {
        facts.push(Fact { term: "Next pass", moment: Some(Moment::of(next)), texts: Vec::new() });
    }
    if let Some(summary) = summary {
        let end = if *is_whole { "" } else { ", as far as it was compared" };
        facts.push(Fact { term: "Functions", moment: None, texts: vec![format!("{summary}{end}")] });
    }
    if let Some(requests) = requests {
        facts.push(Fact { term: "Requests", moment: None, texts: vec![grouped(*requests as usize)] });
    }
    if !paces.is_empty() {
        facts.push(Fact { term: "Pace", moment: None, texts: paces.iter().map(pace).collect() });
    }
    Location {
        id: format!("location-{index}"),
        heading: name.as_deref().unwrap_or(&location.region),
        place: account.into_iter().chain(region).collect::<Vec<_>>().join(" · "),
        error: error.as_ref().map(trouble),
        facts,
        done: last_pass.as_ref().map(|pass| pass.done.as_slice()).unwrap_or_default(),
        notes,
        groups: Vec::new(),
    }
}

fn pace(pace: &Pace) -> String {
    let Pace { name, now, most } = pace;
    match most.filter(|most| now < most) {
        Some(most) => format!("{name} {now:.1} of {most:.0} a second"),
        None => format!("{name} {now:.0} a second"),
    }
}

fn trouble(problem: &Problem) -> Trouble<'_> {
    Trouble { message: &problem.message, help: problem.help.as_deref() }
}

fn has_more(function: &PageFunction) -> bool {
    !function.lines.is_empty() || !function.notes.is_empty() || function.error.is_some()
}

fn row<'a>(function: &'a PageFunction, is_open: bool, room: &mut usize) -> Row<'a> {
    let PageFunction { name, is_layer, standing: _, symbol, status, state, version, lines, notes, error } = function;
    let version = version.as_ref().map(|version| format!("version {version}"));
    let facts: Vec<String> = state.clone().into_iter().chain(version).collect();
    let mut left_out = 0;
    let mut fits = |text: &str| {
        let text = shortened(text);
        let bytes = escaped(&text).len() + AROUND;
        let fits = left_out == 0 && bytes <= *room;
        if fits {
            *room -= bytes
        } else {
            left_out += 1
        }
        fits.then_some(text)
    };
    // What a person has to do comes first, and always has room.
    let shown_notes = notes.iter().filter_map(|note| fits(note)).map(|text| match text.strip_prefix("PUBLIC: ") {
        Some(rest) => Note { is_public: true, text: rest.to_owned() },
        None => Note { is_public: false, text },
    });
    let shown_notes = shown_notes.collect();
    let shown_lines = lines.iter().filter_map(|line| fits(line)).map(|text| {
        let tag = match text.chars().next() {
            Some('+') => "ins",
            Some('-') => "del",
            Some('!') => "b",
            _ => "i",
        };
        Line { tag, text }
    });
    let lines = shown_lines.collect();
    Row {
        symbol: *symbol,
        is_layer: *is_layer,
        name,
        status,
        facts: facts.join(" · "),
        has_more: has_more(function),
        is_open: is_open && has_more(function),
        error: error.as_ref().map(trouble),
        lines,
        notes: shown_notes,
        left_out,
    }
}

/// Cuts a text that is longer than anybody reads.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn shares(locations: &[PageLocation]) -> Vec<Share> {
    let of = |standing| {
        locations.iter().flat_map(|location| &location.functions).filter(|one| one.standing == standing).count()
    };
    let counts: Vec<(Standing, usize)> =
        Standing::ALL.into_iter().map(|standing| (standing, of(standing))).filter(|(_, count)| *count > 0).collect();
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    // One among a thousand has to be seen.
    let least = BAR / 100;
    let free = BAR - least * counts.len();
    let (mut x, mut seen) = (0, 0);
    let share = |(index, (standing, count)): (usize, (Standing, usize))| {
        seen += count;
        // The last one ends where the bar does.
        let width = least * (index + 1) + free * seen / total - x;
        let share = Share { word: standing.as_str(), title: standing.title(), count: grouped(count), x, width };
        x += width;
        share
    };
    counts.into_iter().enumerate().map(share).collect()
}

/// Says in a sentence how everything stands, and how good that is.
fn verdict(locations: &[PageLocation]) -> (String, &'static str) {
    let functions = || locations.iter().flat_map(|location| &location.functions);
    let of = |standing: Standing| functions().filter(|one| one.standing == standing).count();
    let things = match (functions().count(), functions().any(|one| one.is_layer)) {
        (1, false) => "1 function".to_owned(),
        (1, true) => "1 layer".to_owned(),
        (number, false) => format!("{} functions", grouped(number)),
        (number, true) => format!("{} functions and layers", grouped(number)),
    };
    let part = |number: usize, one: &str, many: &str| {
        (number > 0).then(|| format!("{} {}", grouped(number), if number == 1 { one } else { many }))
    };
    let parts = [
        part(of(Standing::Failed), "needs help", "need help"),
        part(of(Standing::Unknown), "is not known", "are not known"),
        part(of(Standing::Drifted), "has drifted", "have drifted"),
        part(of(Standing::Held), "is held back", "are held back"),
        part(of(Standing::Pending), "is to be changed", "are to be changed"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let broken = locations.iter().filter(|location| location.error.is_some()).count();
    let broken = part(broken, "location failed", "locations failed");
    let tone = if broken.is_some() || of(Standing::Failed) > 0 { "bad" } else { "open" };
    let about = (!parts.is_empty()).then(|| format!("of {things}, {}", parts.join(", ")));
    let end = if locations.iter().all(|location| location.is_whole) { "" } else { ", as far as it was compared" };
    match (broken, about) {
        (Some(broken), Some(about)) => (format!("{broken}; {about}"), tone),
        (Some(broken), None) => (broken, tone),
        (None, Some(about)) => (about.replacen('o', "O", 1), tone),
        (None, None) if functions().next().is_none() => ("The manifest has no functions".to_owned(), "good"),
        (None, None) => (format!("All is as the manifest says{end}: {things}"), "good"),
    }
}

/// `1234567` as people read it.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 6);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_moments_are_for_people() {
        assert_eq!([0, 12, 999, 1000, 1234567].map(grouped), ["0", "12", "999", "1,000", "1,234,567"]);
        let shown = |text| {
            let Moment { machine, text } = Moment::of(text);
            (machine.is_some(), text)
        };
        for at in ["2026-11-27T06:16:49Z", "2026-11-27T06:16:49.123Z"] {
            assert_eq!(shown(at), (true, "2026-11-27 06:16:49 UTC".to_owned()));
        }
        for other in ["", "soon", "2026-11-27T06:16:49", "2026-11-27T06:16:49+02:00", "2026-11-27T06:16:49éZ", "Z"] {
            assert_eq!(shown(other), (false, other.to_owned()));
        }
    }
}
