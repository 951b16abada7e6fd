//! The ways in which a text can be written within another one. Each reader takes a reading apart and returns what it
//! says in its spelling, with the place that each character came from.

use std::ops::Range;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::redaction::grams::LENGTH;

/// Spellings within spellings that are looked through: JSON within JSON within a URL.
const DEPTH: usize = 3;

/// Characters that all readings of a text may have together.
const LARGEST: usize = 1 << 20;

/// A text has spellings within spellings without an end.
#[derive(Debug)]
pub(super) struct TooMany;

/// What a text says in one spelling.
#[derive(Clone, PartialEq)]
pub(super) struct Reading {
    pub(super) characters: Vec<char>,
    /// Bytes of the text that each character was read from.
    pub(super) spans: Vec<Range<usize>>,
}

impl Reading {
    fn plain(text: &str) -> Self {
        let (characters, spans) =
            text.char_indices().map(|(at, character)| (character, at..at + character.len_utf8())).unzip();
        Self { characters, spans }
    }

    fn push(&mut self, character: char, span: Range<usize>) {
        self.characters.push(character);
        self.spans.push(span);
    }

    fn empty() -> Self {
        Self { characters: Vec::new(), spans: Vec::new() }
    }

    /// Returns where some characters stand in the text.
    fn span(&self, characters: Range<usize>) -> Range<usize> {
        self.spans[characters.start].start..self.spans[characters.end - 1].end
    }
}

/// Reads a text in every spelling.
///
/// # Errors
/// There are more readings than a text of people has.
pub(super) fn readings(text: &str) -> Result<Vec<Reading>, TooMany> {
    const READERS: [fn(&Reading) -> Vec<Reading>; 5] = [escapes, entities, percents, forms, base64];
    let mut all = vec![Reading::plain(text)];
    let mut newest = 0..1;
    let mut size = 0;
    for _ in 0..DEPTH {
        for index in newest.clone() {
            for reader in READERS {
                for found in reader(&all[index]) {
                    size += found.characters.len();
                    if size > LARGEST {
                        return Err(TooMany);
                    }
                    if !all.contains(&found) {
                        all.push(found);
                    }
                }
            }
        }
        newest = newest.end..all.len();
    }
    Ok(all)
}

/// Reads a text piece by piece. `read` returns what begins at a place and how long it is; elsewhere a character means
/// itself. Nothing when the text has nothing of the kind.
fn translated(
    reading: &Reading,
    begins: impl Fn(char) -> bool,
    read: impl Fn(&[char]) -> Option<(String, usize)>,
) -> Vec<Reading> {
    if !reading.characters.iter().any(|character| begins(*character)) {
        return Vec::new();
    }
    let mut result = Reading::empty();
    let mut at = 0;
    while at < reading.characters.len() {
        let here = &reading.characters[at..];
        match Some(here[0]).filter(|character| begins(*character)).and_then(|_| read(here)) {
            Some((text, length)) => {
                let span = reading.span(at..at + length);
                text.chars().for_each(|character| result.push(character, span.clone()));
                at += length;
            }
            None => {
                result.push(here[0], reading.spans[at].clone());
                at += 1;
            }
        }
    }
    vec![result]
}

/// Backslashes, as JSON and most languages write them.
fn escapes(reading: &Reading) -> Vec<Reading> {
    translated(
        reading,
        |character| character == '\\',
        |here| {
            let simple = |character: char| Some((character.to_string(), 2));
            match here.get(1)? {
                'n' => simple('\n'),
                'r' => simple('\r'),
                't' => simple('\t'),
                'b' => simple('\u{8}'),
                'f' => simple('\u{c}'),
                '0' => simple('\0'),
                'u' => unicode(here),
                'x' => {
                    let number = number_of(here.get(2..4)?, 16)?;
                    Some((char::from_u32(number)?.to_string(), 4))
                }
                other => simple(*other),
            }
        },
    )
}

/// `\u0041`, a pair of surrogates, and `\u{41}`.
fn unicode(here: &[char]) -> Option<(String, usize)> {
    if here.get(2) == Some(&'{') {
        let end = here.iter().take(11).position(|character| *character == '}')?;
        return Some((char::from_u32(number_of(&here[3..end], 16)?)?.to_string(), end + 1));
    }
    let first = number_of(here.get(2..6)?, 16)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character.to_string(), 6));
    }
    let second =
        here.get(6..12).filter(|rest| rest.starts_with(&['\\', 'u'])).and_then(|rest| number_of(&rest[2..], 16))?;
    let pair = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    Some((String::from_utf16(&pair).ok()?, 12))
}

/// `&amp;`, `&#38;` and `&#x26;`, with every name of HTML.
fn entities(reading: &Reading) -> Vec<Reading> {
    /// Characters that the longest name has, with those around it.
    const LONGEST: usize = 33;
    translated(
        reading,
        |character| character == '&',
        |here| {
            let end = here.iter().take(LONGEST).position(|character| *character == ';')?;
            let entity: String = here[..=end].iter().collect();
            let text = html_escape::decode_html_entities(&entity);
            (text != entity).then(|| (text.into_owned(), end + 1))
        },
    )
}

/// `%C3%A9`: bytes of UTF-8, several for a character.
fn percents(reading: &Reading) -> Vec<Reading> {
    translated(
        reading,
        |character| character == '%',
        |here| {
            let mut bytes = Vec::new();
            while bytes.len() < 4 && here.get(bytes.len() * 3) == Some(&'%') {
                let at = bytes.len() * 3;
                let Some(byte) = here.get(at + 1..at + 3).and_then(|digits| number_of(digits, 16)) else { break };
                bytes.push(u8::try_from(byte).ok()?);
                if let Ok(text) = std::str::from_utf8(&bytes) {
                    return Some((text.to_owned(), bytes.len() * 3));
                }
            }
            None
        },
    )
}

/// A form's spaces.
fn forms(reading: &Reading) -> Vec<Reading> {
    translated(reading, |character| character == '+', |_| Some((" ".to_owned(), 1)))
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Runs of base64's characters, of both alphabets, from each place in a group of four: what it was made of may have begun
/// anywhere.
fn base64(reading: &Reading) -> Vec<Reading> {
    /// Characters that eight bytes take at the least.
    const SHORTEST: usize = (LENGTH * 8).div_ceil(6);
    let is_part = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '-' | '_');
    let mut found = Vec::new();
    let mut at = 0;
    while at < reading.characters.len() {
        let length = reading.characters[at..].iter().take_while(|character| is_part(character)).count();
        for start in (at..at + 4).take_while(|start| start + SHORTEST <= at + length) {
            found.extend(decoded(reading, start..at + length));
        }
        at += length.max(1);
    }
    found
}

fn decoded(reading: &Reading, range: Range<usize>) -> Option<Reading> {
    // A last character by itself stands for nothing.
    let end = if range.len() % 4 == 1 { range.end - 1 } else { range.end };
    let text: String = reading.characters[range.start..end]
        .iter()
        .map(|character| match character {
            '-' => '+',
            '_' => '/',
            other => *other,
        })
        .collect();
    let bytes = BASE64.decode(text).ok()?;
    let mut result = Reading::empty();
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid().chars().map(|character| (character, character.len_utf8()));
        let invalid = (!chunk.invalid().is_empty()).then_some((char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
        for (character, length) in valid.chain(invalid) {
            let first = range.start + at * 4 / 3;
            let last = range.start + ((at + length) * 4).div_ceil(3);
            result.push(character, reading.span(first..last.min(end)));
            at += length;
        }
    }
    // Words are runs of these characters, too; what they would stand for is no text.
    let is_text = |character: &char| {
        *character != char::REPLACEMENT_CHARACTER && (!character.is_control() || character.is_whitespace())
    };
    let longest = result.characters.split(|character| !is_text(character)).map(<[char]>::len).max();
    longest.filter(|longest| *longest >= LENGTH).map(|_| result)
}

fn number_of(digits: &[char], radix: u32) -> Option<u32> {
    digits.iter().try_fold(0u32, |number, digit| number.checked_mul(radix)?.checked_add(digit.to_digit(radix)?))
}
