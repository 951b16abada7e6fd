//! Whatever a service answers, no value gets out, and no control character of its.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cells::{Place, Text, places};
use crate::findings::{Finding, all, judge, number_of};
use crate::hostile;
use crate::marks::{Marker, Search, repeated};
use crate::runs::{Cell, Left, play};
use crate::scenarios::{LEVELS, Prints, Scenario, scenarios, secrets};

/// Cells of single leaves, keys and headers, and of refusals, that run without `MARKERS_ALL`.
const CHOSEN: usize = 90;

static SCENARIOS: LazyLock<Vec<Scenario>> = LazyLock::new(scenarios);
static SEARCH: LazyLock<Search> = LazyLock::new(|| Search::new(&secrets()));

/// What is answered where nothing is changed: the places of each call, by scenario.
static PLACES: LazyLock<Vec<BTreeMap<String, Vec<Place>>>> = LazyLock::new(|| {
    let record = |index: usize| {
        let cell = Cell { scenario: index, operation: String::new(), place: Place::Nowhere, turn: 0 };
        let (lefts, seen) = play(&SCENARIOS[index], &cell, Box::new(|_| String::new()));
        for left in &lefts {
            // Where a run is to fail, it fails as it should.
            assert_eq!(left.misfortune(), None, "{}: {}", SCENARIOS[index].name, left.line);
        }
        let mut found: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for answer in &seen {
            let known = found.entry(answer.operation.clone()).or_default();
            for place in places(answer) {
                if !known.contains(&place) {
                    known.push(place);
                }
            }
        }
        assert!(!found.is_empty(), "{}", SCENARIOS[index].name);
        found
    };
    let record = &record;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..SCENARIOS.len()).map(|index| scope.spawn(move || record(index))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
});

/// The cells, by their names. Without `MARKERS_ALL` each place of each call has one at most, in the scenario that its
/// number chooses, and there are no more of them than there is time for.
fn cells() -> Vec<(String, Cell)> {
    let mut whole = Vec::new();
    let mut single = Vec::new();
    for (index, scenario) in SCENARIOS.iter().enumerate() {
        let ways = scenario.steps.iter().map(|(prints, _)| prints.ways().len()).max().unwrap();
        for turn in 0..if all() { ways * LEVELS.len() } else { ways.min(3) } {
            // One step more than ways, so that the next turn has another level, too.
            let turn = index + turn * (ways + 1);
            let cell = Cell { scenario: index, operation: String::new(), place: Place::Nowhere, turn };
            whole.push((format!("{}: as it is, {turn}", scenario.name), cell));
        }
        for (operation, place) in
            PLACES[index].iter().flat_map(|(call, places)| places.iter().map(move |place| (call, place)))
        {
            let name = format!("{}: {operation}: {place:?}", scenario.name);
            let turn = number_of(&name);
            let cell = Cell { scenario: index, operation: operation.clone(), place: place.clone(), turn };
            let is_whole = matches!(place, Place::Texts | Place::AllTexts | Place::Novelties);
            if is_whole { &mut whole } else { &mut single }.push((name, cell));
        }
    }
    for (cells, most) in [(&mut whole, usize::MAX), (&mut single, CHOSEN)] {
        cells.sort_by_key(|(name, _)| number_of(name));
        if !all() {
            let count = cells.len();
            let mut known = BTreeSet::new();
            cells.retain(|(name, cell)| match cell.place {
                Place::Nowhere => known.insert(name.clone()),
                _ => known.insert(format!("{} {:?}", cell.operation, cell.place)),
            });
            println!(
                "{count} cells, {} without those of other scenarios, {} are run",
                cells.len(),
                cells.len().min(most)
            );
            cells.truncate(most);
        }
    }
    whole.extend(single);
    whole
}

/// The secrets that a run knows by the time of an answer: those of its manifest; those of the account once they were
/// read, which for the answers that have them is at once.
fn known(cell: &Cell) -> Vec<Marker> {
    let scenario = &SCENARIOS[cell.scenario];
    let is_import = scenario.steps[0].0 == Prints::Manifest;
    let is_refusal = matches!(cell.place, Place::Refusal(_) | Place::Class(_) | Place::Body(_));
    let has_values = matches!(cell.operation.as_str(), "GET functions/*" | "GET functions") && !is_refusal;
    let is_later = !cell.operation.starts_with("GET ") && cell.operation.contains(' ');
    let is_read = !scenario.account.is_empty() && (has_values || is_later);
    let is_known = |marker: &Marker| if marker.variable.starts_with("AC_") { is_read } else { !is_import };
    let known: Vec<Marker> = secrets().into_iter().filter(is_known).collect();
    // What nobody knows yet nobody can hide.
    if known.is_empty() { vec![Marker { variable: "NONE".into(), value: "nothing".into() }] } else { known }
}

/// The text for a marker: alone, or in a sentence that names its variable, spelled in one of the ways.
fn marker_text(cell: &Cell) -> Box<Text<'static>> {
    let secrets = known(cell);
    let count = AtomicUsize::new(cell.turn);
    Box::new(move |around| {
        let turn = count.fetch_add(1, Ordering::Relaxed);
        let marker = &secrets[turn % secrets.len()];
        // Half of them whole and plain.
        let value = match marker {
            Marker { variable, value } if marker.is_short() => format!("{variable}={value}"),
            Marker { value, .. } if turn.is_multiple_of(2) => value.clone(),
            Marker { value, .. } => repeated(value, turn / 2),
        };
        match around {
            Some(around) if !turn.is_multiple_of(3) => {
                format!("{around} ({} is {value}, which is bad)", marker.variable)
            }
            _ => value,
        }
    })
}

/// A name for what was done, without the numbers of items.
fn kind(cell: &Cell) -> String {
    let place = match &cell.place {
        Place::Leaf(pointer) | Place::Key(pointer) => {
            let parts: Vec<&str> = pointer.split('/').filter(|part| part.parse::<usize>().is_err()).collect();
            let form = if matches!(cell.place, Place::Leaf(_)) { "leaf" } else { "key" };
            format!("{form} {}", parts.join("/"))
        }
        Place::Nowhere => "as it is".into(),
        other => format!("{other:?}"),
    };
    format!("{} · {place}", cell.operation)
}

/// Whether a stream is the manifest that import writes. What an account's open members say must stand in it, or the next
/// plan would not be empty.
fn is_imported(cell: &Cell, left: &Left, stream: &str) -> bool {
    let prints = |index: usize| SCENARIOS[cell.scenario].steps.get(index).map(|(prints, _)| *prints);
    let is_import = left.line.starts_with("import") && prints(0) == Some(Prints::Manifest);
    let is_open = matches!(cell.place, Place::Leaf(_) | Place::Key(_) | Place::Texts | Place::AllTexts);
    is_import && is_open && (stream == "imported.yaml" || (stream == "stdout" && !left.line.contains("--out")))
}

#[test]
fn no_value_gets_out_whatever_a_service_answers() {
    judge("values and answers", &cells(), |cell| {
        let mut found = Vec::new();
        let (lefts, _) = play(&SCENARIOS[cell.scenario], cell, marker_text(cell));
        for left in &lefts {
            for (stream, bytes) in left.streams() {
                // An archive is code.
                if stream.starts_with("code/") || is_imported(cell, left, stream) {
                    continue;
                }
                for leak in SEARCH.find(bytes) {
                    found.push(Finding {
                        kind: format!("value · {stream} · {}", kind(cell)),
                        example: format!("{} ({}) by `{}`: {}", leak.variable, leak.spelling, left.line, leak.excerpt),
                    });
                }
            }
            found.extend(left.misfortune().map(|example| Finding { kind: format!("end · {}", kind(cell)), example }));
        }
        found
    });
}

#[test]
fn no_control_character_and_no_command_gets_through_whatever_a_service_answers() {
    let chosen: Vec<_> =
        cells().into_iter().enumerate().filter(|(index, _)| all() || index % 4 == 0).map(|(_, cell)| cell).collect();
    judge("controls and answers", &chosen, |cell| {
        let (lefts, _) = play(&SCENARIOS[cell.scenario], cell, hostile::text(cell.turn));
        let of = |left: &Left| {
            let faults = hostile::faults(left).into_iter().map(|(stream, what, excerpt)| Finding {
                kind: format!("{what} · {stream} · {}", kind(cell)),
                example: format!("by `{}`: {excerpt}", left.line),
            });
            let end = left.misfortune().map(|example| Finding { kind: format!("end · {}", kind(cell)), example });
            faults.chain(end).collect::<Vec<_>>()
        };
        lefts.iter().flat_map(of).collect()
    });
}
