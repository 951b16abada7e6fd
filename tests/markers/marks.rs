//! Secret values of many shapes, their spellings, and the search for any part of them in a text.

use std::collections::HashMap;
use std::fmt::Write;

/// Characters of a value that must never show together.
const RUN: usize = 8;

/// A secret value, and the variable that has it.
#[derive(Clone, Debug)]
pub(crate) struct Marker {
    pub(crate) variable: String,
    pub(crate) value: String,
}

impl Marker {
    fn new(variable: &str, value: &str) -> Self {
        Self { variable: variable.to_owned(), value: value.to_owned() }
    }

    /// Whether it is too short to be looked for where its variable is not named.
    pub(crate) fn is_short(&self) -> bool {
        self.value.chars().count() < RUN
    }
}

/// The values of one place, one of each shape. `place` is two letters; they stand in every run of eight characters, so that
/// no part of a value is one of another place's.
pub(crate) fn markers(place: &str) -> Vec<Marker> {
    let name = |shape: &str| format!("{}_{shape}", place.to_ascii_uppercase());
    vec![
        Marker::new(&name("PLAIN"), &format!("k{place}7vX{place}z3m{place}PwR{place}tY2{place}Lq9")),
        Marker::new(&name("QUOTED"), &format!("{place}\"J'x{place}\\Hn/{place}<Z5>{place}&V\"{place}7")),
        Marker::new(&name("ACCENTS"), &format!("ü{place}ключ{place}ßñ漢{place}字8€{place}Fyø")),
        Marker::new(
            &name("LINES"),
            &format!("Bq6{place}Wm0{place}xYd\nSf3{place}Pk1{place}uGh\nCz9{place}Ne5{place}oLj"),
        ),
        Marker::new(&name("ADDRESS"), &format!("pg://{place}:M4%{place}@h9{place}/q?{place}=J+2{place}&w=8")),
        Marker::new(&name("NESTED"), &format!("{{\"{place}\":\"Dg{place}w\",{place}:[\"{place}\\n{place}Rv\"]}}")),
        Marker::new(&name("SHORT"), &format!("Z{place}7K")),
    ]
}

/// A way to write a text: what becomes of each character.
type Spelling = fn(char) -> String;

/// The ways that go character by character.
const SPELLINGS: &[(&str, Spelling)] = &[
    ("plain", |character| character.to_string()),
    ("JSON", json),
    ("JSON with \\/", |character| if character == '/' { "\\/".into() } else { json(character) }),
    ("JSON of Go", |character| if "<>&".contains(character) { units(character, false) } else { json(character) }),
    ("JSON in JSON", |character| json(character).chars().map(json).collect()),
    ("ASCII JSON", |character| if character.is_ascii() { json(character) } else { units(character, false) }),
    ("\\u", |character| units(character, false)),
    ("\\U", |character| units(character, true)),
    ("Rust's debug form", |character| character.escape_debug().to_string()),
    ("Rust's escapes", |character| character.escape_default().to_string()),
    ("HTML", |character| html(character, "&#39;")),
    ("XML", |character| html(character, "&apos;")),
    ("decimal entities", |character| format!("&#{};", u32::from(character))),
    ("hex entities", |character| format!("&#x{:x};", u32::from(character))),
    ("HEX entities", |character| format!("&#x{:X};", u32::from(character))),
    ("percent", |character| percent(character, false, false)),
    ("percent, lower case", |character| percent(character, true, false)),
    ("percent throughout", |character| percent(character, false, true)),
    ("percent throughout, lower case", |character| percent(character, true, true)),
];

fn json(character: char) -> String {
    let quoted = serde_json::to_string(&character).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

fn units(character: char, upper: bool) -> String {
    let mut buffer = [0; 2];
    character.encode_utf16(&mut buffer).iter().fold(String::new(), |mut text, unit| {
        let _ = if upper { write!(text, "\\u{unit:04X}") } else { write!(text, "\\u{unit:04x}") };
        text
    })
}

fn html(character: char, apostrophe: &str) -> String {
    match character {
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '&' => "&amp;".into(),
        '"' => "&quot;".into(),
        '\'' => apostrophe.into(),
        other => other.into(),
    }
}

fn percent(character: char, lower: bool, throughout: bool) -> String {
    if !throughout && (character.is_ascii_alphanumeric() || "-_.~".contains(character)) {
        return character.into();
    }
    let mut buffer = [0; 4];
    character.encode_utf8(&mut buffer).bytes().fold(String::new(), |mut text, byte| {
        let _ = if lower { write!(text, "%{byte:02x}") } else { write!(text, "%{byte:02X}") };
        text
    })
}

/// How many ways to spell a text [`spelled`] knows.
pub(crate) fn spellings() -> usize {
    SPELLINGS.len() + 6
}

/// Writes a text in one of the ways.
pub(crate) fn spelled(text: &str, way: usize) -> String {
    match way % spellings() {
        way if way < SPELLINGS.len() => text.chars().map(SPELLINGS[way].1).collect(),
        way => {
            let way = way - SPELLINGS.len();
            let bytes = [&b"ab"[..way % 3], text.as_bytes()].concat();
            base64(&bytes, way >= 3)
        }
    }
}

/// Writes a value as a service may repeat it: whole or in part, in one of the ways that are to be known.
pub(crate) fn repeated(value: &str, turn: usize) -> String {
    /// Only a program that shows text makes these of what it shows.
    const OWN: [&str; 3] = ["JSON in JSON", "Rust's debug form", "Rust's escapes"];
    let line = value.split('\n').next_back().unwrap_or_default();
    match turn % 4 {
        0 => line.to_owned(),
        1 => line.chars().skip(turn / 4 % 5).take(RUN + 1).collect(),
        _ => {
            let is_known = |way: &usize| SPELLINGS.get(*way).is_none_or(|(name, _)| !OWN.contains(name));
            let ways: Vec<usize> = (1..spellings()).filter(is_known).collect();
            spelled(value, ways[turn / 2 % ways.len()])
        }
    }
}

/// Base64 with or without the alphabet for addresses.
fn base64(bytes: &[u8], for_addresses: bool) -> String {
    let tail = if for_addresses { b"-_" } else { b"+/" };
    let letters: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(tail.iter().copied()).collect();
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().enumerate().fold(0u32, |word, (index, byte)| word | u32::from(*byte) << (16 - 8 * index));
        for index in 0..=chunk.len() {
            text.push(char::from(letters[(word >> (18 - 6 * index)) as usize & 63]));
        }
    }
    text
}

/// The characters of base64 that a text alone decides where `offset` bytes come before it.
fn base64_core(text: &str, offset: usize, for_addresses: bool) -> String {
    let bytes = [&b"ab"[..offset], text.as_bytes()].concat();
    let encoded = base64(&bytes, for_addresses);
    let first = (offset * 8).div_ceil(6);
    encoded[first..bytes.len() * 8 / 6].to_owned()
}

/// What a search has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leak {
    pub(crate) variable: String,
    pub(crate) spelling: String,
    /// The text around it.
    pub(crate) excerpt: String,
}

/// A part of a marker in a spelling, the marker, and the spelling.
type Needle = (Vec<u8>, usize, String);

/// Finds parts of markers, in whatever spelling.
pub(crate) struct Search {
    /// By their first bytes.
    needles: HashMap<[u8; RUN], Vec<Needle>>,
    /// Whether a needle begins with these two bytes.
    heads: Vec<bool>,
    short: Vec<usize>,
    markers: Vec<Marker>,
}

impl Search {
    pub(crate) fn new(markers: &[Marker]) -> Self {
        let mut search =
            Self { needles: HashMap::new(), heads: vec![false; 1 << 16], short: vec![], markers: markers.to_vec() };
        for (index, marker) in markers.iter().enumerate() {
            if marker.is_short() {
                search.short.push(index);
                continue;
            }
            for line in marker.value.split('\n') {
                let characters: Vec<char> = line.chars().collect();
                for run in characters.windows(RUN) {
                    let run: String = run.iter().collect();
                    search.add_run(&run, index);
                }
            }
        }
        search
    }

    fn add_run(&mut self, run: &str, marker: usize) {
        for (name, spelling) in SPELLINGS {
            self.add(run.chars().map(spelling).collect(), marker, name);
        }
        for (offset, for_addresses) in [(0, false), (1, false), (2, false), (0, true), (1, true), (2, true)] {
            self.add(base64_core(run, offset, for_addresses), marker, &format!("base64 at {offset}"));
        }
    }

    fn add(&mut self, needle: String, marker: usize, spelling: &str) {
        let needle = needle.into_bytes();
        let head: [u8; RUN] = needle[..RUN].try_into().unwrap();
        self.heads[usize::from(head[0]) << 8 | usize::from(head[1])] = true;
        let known = self.needles.entry(head).or_default();
        if !known.iter().any(|(other, ..)| *other == needle) {
            known.push((needle, marker, spelling.to_owned()));
        }
    }

    /// Returns the first part of each marker that stands in a text.
    pub(crate) fn find(&self, text: &[u8]) -> Vec<Leak> {
        let mut found: Vec<(usize, Leak)> = Vec::new();
        let mut add = |marker: usize, spelling: &str, at: usize| {
            if !found.iter().any(|(other, _)| *other == marker) {
                let variable = self.markers[marker].variable.clone();
                found.push((marker, Leak { variable, spelling: spelling.to_owned(), excerpt: excerpt(text, at) }));
            }
        };
        for (at, window) in text.windows(RUN).enumerate() {
            if !self.heads[usize::from(window[0]) << 8 | usize::from(window[1])] {
                continue;
            }
            let Some(needles) = self.needles.get(window) else { continue };
            if let Some((_, marker, spelling)) = needles.iter().find(|(needle, ..)| text[at..].starts_with(needle)) {
                add(*marker, spelling, at);
            }
        }
        for &marker in &self.short {
            let value = self.markers[marker].value.as_bytes();
            if let Some(at) = text.windows(value.len()).position(|window| window == value) {
                add(marker, "short", at);
            }
        }
        found.into_iter().map(|(_, leak)| leak).collect()
    }
}

/// The surroundings of a place in a text, on one line.
pub(crate) fn excerpt(text: &[u8], at: usize) -> String {
    let around = &text[at.saturating_sub(60)..(at + 40).min(text.len())];
    String::from_utf8_lossy(around).escape_debug().to_string()
}

#[test]
fn each_spelling_of_each_run_of_each_marker_is_found() {
    let markers = markers("qj");
    let search = Search::new(&markers);
    assert_eq!(search.find(b"{\"FunctionName\": \"f\", \"Runtime\": \"python3.13\"} request id 0123-4567"), []);
    for marker in &markers {
        if marker.is_short() {
            let found = search.find(format!("the value of X, {}, is wrong", marker.value).as_bytes());
            assert_eq!(found.len(), 1, "{marker:?}");
            continue;
        }
        for way in 0..spellings() {
            let text = format!("<<{}>>", spelled(&marker.value, way));
            let found = search.find(text.as_bytes());
            assert_eq!(found.len(), 1, "{way}: {text}: {found:?}");
            assert_eq!(found[0].variable, marker.variable);
            // A part from the middle is enough, and seven characters are none.
            let line: Vec<char> = marker.value.split('\n').next_back().unwrap().chars().collect();
            let run: String = line[1..=RUN].iter().collect();
            assert_eq!(search.find(format!("<<{}>>", spelled(&run, way)).as_bytes()).len(), 1, "{way}: {run}");
            let part: String = line[1..RUN].iter().collect();
            assert_eq!(search.find(format!("<<{part}>>").as_bytes()), []);
        }
    }
}

#[test]
fn no_run_is_of_two_places() {
    for (one, other) in [("mf", "df"), ("oe", "ov"), ("en", "ac"), ("fi", "of")] {
        let search = Search::new(&markers(one));
        for marker in markers(other) {
            assert_eq!(search.find(marker.value.as_bytes()), [], "{one} {other}");
        }
    }
}

#[test]
fn base64_is_that_of_everyone() {
    assert_eq!(base64(b"Man", false), "TWFu");
    assert_eq!(base64(b"Ma", false), "TWE");
    assert_eq!(base64(&[0xfb, 0xff], true), "-_8");
    assert_eq!(base64_core("Man", 0, false), "TWFu");
    assert_eq!(base64_core("xyMan", 1, false), base64(b"axyMan", false)[2..].to_owned());
}
