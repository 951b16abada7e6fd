//! What an excerpt shows of a manifest: keys, and values at places that are known and hold no secret. All else is hidden,
//! comments too. Made only when an excerpt is drawn.

use std::ops::Range;

use lambdactl_schema::Shape;

use crate::format::Format;

/// Signs that give a document its structure.
const STRUCTURE: &str = "{}[],:-?|>=.\"'";

/// What is known of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cover {
    /// It belongs to no key and no value.
    Between,
    Shown,
    Hidden,
}

/// What is hidden of a text.
#[derive(Debug)]
pub(crate) enum Masks {
    /// The text was parsed: what is known of each of its bytes.
    Parsed(Vec<Cover>),
    /// It could not be parsed.
    Broken(Format),
}

impl Masks {
    /// Returns a line with what is hidden replaced, byte by byte. `start` is where it begins in the text.
    pub(crate) fn hide(&self, line: &str, start: usize) -> String {
        let cover = match self {
            Self::Parsed(bytes) => between(line, &bytes[start..start + line.len()]),
            Self::Broken(format) => of_broken_line(line, *format),
        };
        let mut bytes = line.as_bytes().to_vec();
        for (byte, cover) in bytes.iter_mut().zip(cover) {
            if cover != Cover::Shown && !byte.is_ascii_whitespace() {
                *byte = b'*';
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Decides about what stands between keys and values: signs of structure and names of members are shown, and comments,
/// anchors, tags and whatever a parser has left out of a value are not.
fn between(line: &str, known: &[Cover]) -> Vec<Cover> {
    let mut cover = known.to_vec();
    let mut last = ' ';
    for (at, letter) in line.char_indices() {
        if known[at] == Cover::Between {
            if letter == '#' && last.is_whitespace() {
                // A comment goes on to the end of its line.
                cover[at..].fill(Cover::Hidden);
                break;
            }
            if STRUCTURE.contains(letter) {
                cover[at] = Cover::Shown;
            }
        }
        last = letter;
    }
    for word in words(line) {
        let is_between = cover[word.clone()].iter().all(|cover| *cover == Cover::Between);
        if is_between && Shape::is_name(&line[word.clone()]) {
            cover[word].fill(Cover::Shown);
        }
    }
    cover
}

/// Whether a word of a text that cannot be parsed is a key or belongs to a value nobody knows: only the names of members
/// are shown, and what looks like the name of a variable at the start of the line.
fn of_broken_line(line: &str, format: Format) -> Vec<Cover> {
    let mut cover = vec![Cover::Hidden; line.len()];
    let start = line.len() - line.trim_start_matches([' ', '\t', '-', '{', '[', ',']).len();
    cover[..start].fill(Cover::Shown);
    let is_header = format == Format::Toml && line.trim_start().starts_with('[');
    for word in words(line) {
        let is_quoted =
            ["\"", "'"].iter().any(|quote| line[..word.start].ends_with(quote) && line[word.end..].starts_with(quote));
        let quote = usize::from(is_quoted);
        let whole = word.start - quote..word.end + quote;
        let separator = separator(&line[whole.end..], format);
        let name = &line[word];
        let is_known = Shape::is_name(name) && (separator.is_some() || is_header);
        let is_variable = whole.start == start && separator.is_some() && is_variable_name(name);
        if is_known || is_variable {
            cover[whole.start..whole.end + separator.unwrap_or_default()].fill(Cover::Shown);
        }
    }
    cover
}

/// Returns the words of a line that can be names.
fn words(line: &str) -> impl Iterator<Item = Range<usize>> {
    let is_of_a_word = |letter: char| letter.is_alphanumeric() || "_-$".contains(letter);
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + line[from..].find(is_of_a_word)?;
        let length = line[start..].find(|letter| !is_of_a_word(letter)).unwrap_or(line.len() - start);
        from = start + length;
        Some(start..from)
    })
}

/// Returns the length of what stands between a key and its value, sign included, if this is it.
fn separator(rest: &str, format: Format) -> Option<usize> {
    let sign = if format == Format::Toml { '=' } else { ':' };
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let after = rest[blank..].strip_prefix(sign)?;
    // A `=` at the end fills up base64, and a `:` in YAML needs a blank behind it.
    let is_whole = match format {
        Format::Toml => {
            after.trim_start().starts_with(['"', '\'', '[', '{', 't', 'f', '+', '-', '$'])
                || after.trim_start().starts_with(|first: char| first.is_ascii_digit())
        }
        Format::Yaml => after.is_empty() || after.starts_with(char::is_whitespace),
        Format::Json => true,
    };
    is_whole.then_some(blank + 1)
}

/// Whether a word is written as the names of variables are, and unlike a key or a password: few digits, no small letters.
fn is_variable_name(word: &str) -> bool {
    const LONGEST: usize = 40;
    const DIGITS: usize = 3;
    word.len() <= LONGEST
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && word.bytes().filter(u8::is_ascii_digit).count() <= DIGITS
}
