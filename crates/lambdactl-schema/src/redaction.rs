mod grams;
mod spellings;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use crate::desired::Desired;
use crate::redaction::grams::Grams;
use crate::redaction::spellings::{Reading, readings};
use crate::shape::Shape;

/// What stands in a text for what was taken out of it.
const HIDDEN: &str = "(sensitive)";

/// Bytes of a text of others that are looked at: what is longer is cut, and no message of a service is.
const LONGEST: usize = 16 << 10;

/// Takes secrets out of texts that others wrote, such as a service's errors.
///
/// A secret is hidden wherever at least eight characters of it stand in a row, in each spelling that services use: as it
/// is, with JSON's or HTML's escapes, percent-encoded, in base64, and in two of these one around the other. A secret
/// of fewer than eight characters is part of too many words: it is hidden where the text names its variable, or has it in
/// quotes. What the request shows openly stays readable, even where a secret has the same characters.
///
/// Learning a value is cheap; an index is made of the values when the first text is to be masked.
#[derive(Default)]
pub struct Redaction {
    /// Manifests that were learnt and are not in the index yet.
    desired: Vec<Arc<Desired>>,
    /// Values that were learnt and are not in the index yet.
    learnt: Vec<String>,
    /// Runs of characters that are hidden.
    secret: Grams,
    /// Names of variables and their values that are too short for the index.
    short: Vec<(String, String)>,
    /// Texts that were learnt to be open and are not in the index yet.
    opened: Vec<String>,
    /// Runs of characters that are not hidden.
    open: Grams,
    /// Open texts that are too short for the index.
    open_words: HashSet<String>,
}

impl Redaction {
    /// Learns the value of a variable, or of whatever else has a name and must not be shown.
    pub fn learn(&mut self, name: &str, value: &str) {
        if value.chars().count() >= grams::LENGTH {
            self.learnt.push(value.to_owned());
        }
        // Of a value with several lines a service may repeat one.
        for line in std::iter::once(value).chain(value.lines().filter(|line| *line != value)) {
            if !line.trim().is_empty() && line.chars().count() < grams::LENGTH {
                let entry = (name.to_owned(), line.to_owned());
                if !self.short.contains(&entry) {
                    self.short.push(entry);
                }
            }
        }
    }

    /// Learns every text in a value, whatever its shape.
    pub fn learn_all(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.learn(name, &number.to_string()),
            Value::String(text) => self.learn(name, text),
            Value::Array(items) => items.iter().for_each(|item| self.learn_all(name, item)),
            Value::Object(map) => map.iter().for_each(|(name, value)| self.learn_all(name, value)),
        }
    }

    /// Learns a text that is no secret.
    pub fn open(&mut self, text: &str) {
        if text.chars().count() >= grams::LENGTH {
            self.opened.push(text.to_owned());
        } else {
            self.open_words.insert(text.to_owned());
        }
    }

    /// Learns what a manifest keeps secret, and what it says openly.
    pub fn learn_desired(&mut self, desired: Arc<Desired>) {
        self.desired.push(desired);
    }

    fn read_desired(&mut self, desired: &Desired) {
        let Desired {
            name,
            region,
            account,
            location: _,
            update: _,
            artifacts,
            origins: _,
            lookups: _,
            layers,
            functions,
        } = desired;
        let place =
            artifacts.iter().flat_map(|place| [Some(&place.bucket), Some(&place.prefix), place.kms_key.as_ref()]);
        for text in [name, region, account].into_iter().map(Option::as_ref).chain(place).flatten() {
            self.open(text);
        }
        for spec in layers {
            for (member, value) in spec.request.members() {
                let value = if member == "Content" { without(value, "ZipFile") } else { value };
                self.read(Shape::of_layer().under(&member), &member, &value);
            }
        }
        for spec in functions {
            let mut members = spec.request.members();
            let mut beside = spec.beside.0.clone();
            // What a service keeps as a secret is one wherever it stands.
            for pointer in spec.origins.secrets() {
                let (name, rest) = pointer.split_at(pointer[1..].find('/').map_or(pointer.len(), |end| end + 1));
                let name = &name[1..];
                for members in [&mut members, &mut beside] {
                    if let Some(value) = members.get_mut(name).and_then(|member| member.pointer_mut(rest)) {
                        self.learn_all(name, &value.take());
                    }
                }
            }
            for (member, value) in members {
                // An archive is no text that an error repeats, and no secret either.
                let value = if member == "Code" { without(value, "ZipFile") } else { value };
                self.read(Shape::of_function().under(&member), &member, &value);
            }
        }
    }

    /// Opens what stands in members that are known to be no secret, and learns the rest.
    fn read(&mut self, shape: Option<&Shape>, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::Object(map) => {
                for (key, value) in map {
                    self.open(key);
                    self.read(shape.and_then(|shape| shape.under(key)), key, value);
                }
            }
            Value::Array(items) => {
                let shape = shape.and_then(|shape| shape.items.as_deref());
                items.iter().for_each(|item| self.read(shape, name, item));
            }
            Value::String(text) if shape.is_some_and(|shape| shape.scalar) => self.open(text),
            scalar => {
                if !shape.is_some_and(|shape| shape.scalar) {
                    self.learn_all(name, scalar);
                }
            }
        }
    }

    /// Returns a text without the secrets that are in it.
    pub fn mask<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        self.index();
        let cut = floor(text, LONGEST);
        let (text, rest) = text.split_at(cut);
        let mut hidden = vec![false; text.len()];
        let is_told = |(name, value): &&(String, String)| {
            !self.open_words.contains(value) && (has_word(text, name) || is_quoted(text, value))
        };
        let told: Vec<&str> = self.short.iter().filter(is_told).map(|(_, value)| value.as_str()).collect();
        let Ok(readings) = readings(text) else { return Cow::Borrowed(HIDDEN) };
        for reading in readings {
            self.secret.find(&reading.characters, &self.open, |range| hide(&mut hidden, &reading, range));
            for value in &told {
                for range in words(&reading.characters, value) {
                    hide(&mut hidden, &reading, range);
                }
            }
        }
        // The service's error for an environment over 4 KB holds the whole map (recorded).
        const MEASURED: &str = "String measured: ";
        if let Some(at) = text.find(MEASURED) {
            hidden[at + MEASURED.len()..].fill(true);
        }
        if !hidden.contains(&true) && rest.is_empty() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(covered(text, &hidden) + if rest.is_empty() { "" } else { " (cut)" })
    }

    /// Whether a text holds no secret.
    pub fn is_clean(&mut self, text: &str) -> bool {
        matches!(self.mask(text), Cow::Borrowed(_))
    }

    fn index(&mut self) {
        for desired in std::mem::take(&mut self.desired) {
            self.read_desired(&desired);
        }
        for value in std::mem::take(&mut self.learnt) {
            self.secret.add(&value);
        }
        for text in std::mem::take(&mut self.opened) {
            self.open.add(&text);
        }
    }
}

/// The values themselves are in it.
impl std::fmt::Debug for Redaction {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Redaction").finish_non_exhaustive()
    }
}

fn without(mut value: Value, member: &str) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.shift_remove(member);
    }
    value
}

/// Returns the last place before `most` at which a text can be cut.
fn floor(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// Marks what some characters of a reading were read from.
fn hide(hidden: &mut [bool], reading: &Reading, characters: std::ops::Range<usize>) {
    for span in &reading.spans[characters] {
        hidden[span.clone()].fill(true);
    }
}

/// Replaces each run of hidden bytes. A character that is hidden in part is hidden.
fn covered(text: &str, hidden: &[bool]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut covering = false;
    for (at, character) in text.char_indices() {
        let is_hidden = hidden[at..at + character.len_utf8()].contains(&true);
        if is_hidden && !covering {
            result.push_str(HIDDEN);
        } else if !is_hidden {
            result.push(character);
        }
        covering = is_hidden;
    }
    result
}

/// Whether a name stands in a text, and is not a part of a longer one.
fn has_word(text: &str, name: &str) -> bool {
    !words(&text.chars().collect::<Vec<_>>(), name).is_empty()
}

/// Whether a text quotes a value, and nothing but that.
fn is_quoted(text: &str, value: &str) -> bool {
    ['\'', '"', '`'].iter().any(|quote| text.contains(&format!("{quote}{value}{quote}")))
}

/// Finds a text where it stands by itself: `a` and `1` are part of every word.
fn words(characters: &[char], wanted: &str) -> Vec<std::ops::Range<usize>> {
    let wanted: Vec<char> = wanted.chars().collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let is_inner = |at: Option<usize>| {
        at.and_then(|at| characters.get(at)).is_some_and(|other| other.is_alphanumeric() || *other == '_')
    };
    let starts = characters.windows(wanted.len()).enumerate().filter(|(_, window)| *window == wanted.as_slice());
    let ranges = starts.map(|(at, _)| at..at + wanted.len());
    ranges.filter(|range| !is_inner(range.start.checked_sub(1)) && !is_inner(Some(range.end))).collect()
}
