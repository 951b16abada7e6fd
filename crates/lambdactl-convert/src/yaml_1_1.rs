//! CloudFormation and SAM read YAML 1.1, in which some words are booleans that are texts in YAML 1.2.

use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle};

/// The words, as PyYAML reads them, with which SAM and the AWS CLI do; CloudFormation itself was not tried. `y` and `n` are
/// none there, although YAML 1.1 has them.
const WORDS: [(&str, bool); 4] = [("yes", true), ("on", true), ("no", false), ("off", false)];

/// Which words a text is rewritten for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// Booleans of the earlier YAML become `true` and `false`.
    Booleans,
    /// Whole numbers that no number here can hold become texts, and keep their digits.
    Numbers,
}

/// Digits of the smallest number that is looked at.
const LONG: usize = 19;

/// Returns a text in which these words are rewritten, where they are values without quotes. A text that is not read is left as
/// it is.
pub(crate) fn rewritten(text: &str, words: Words) -> Cow<'_, str> {
    if words == Words::Numbers && !has_long_number(text) {
        return Cow::Borrowed(text);
    }
    let mut changed = String::with_capacity(text.len());
    let mut from = 0;
    let mut places = Places::default();
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { return Cow::Borrowed(text) };
        let is_value = places.next(&event);
        if let Event::Scalar(_, ScalarStyle::Plain, ..) = event
            && is_value
            && let Some(range) = span.byte_range()
            && let Some(word) = text.get(range.clone())
            && let Some(written) = match words {
                Words::Booleans => boolean(word).map(|value| value.to_string()),
                Words::Numbers => is_too_long(word).then(|| format!("\"{word}\"")),
            }
        {
            changed.push_str(&text[from..range.start]);
            changed.push_str(&written);
            from = range.end;
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    changed.push_str(&text[from..]);
    Cow::Owned(changed)
}

fn has_long_number(text: &str) -> bool {
    let mut digits = 0;
    text.bytes().any(|byte| {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        digits >= LONG
    })
}

fn is_too_long(word: &str) -> bool {
    let digits = word.strip_prefix(['-', '+']).unwrap_or(word);
    digits.len() >= LONG
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && word.parse::<u64>().is_err()
        && word.parse::<i64>().is_err()
}

/// Where in a document a node is: the collections around it, and for each map whether its next node is a key.
#[derive(Default)]
struct Places(Vec<Place>);

enum Place {
    Sequence,
    Map { is_at_key: bool },
}

impl Places {
    /// Takes the next event in. Returns whether it is a node that is the value of a key, or an entry of a sequence.
    fn next(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::SequenceEnd | Event::MappingEnd => {
                self.0.pop();
                return false;
            }
            Event::Scalar(..) | Event::Alias(_) | Event::SequenceStart(..) | Event::MappingStart(..) => {}
            _ => return false,
        }
        let is_value = match self.0.last_mut() {
            Some(Place::Map { is_at_key }) => {
                *is_at_key = !*is_at_key;
                *is_at_key
            }
            Some(Place::Sequence) => true,
            None => false,
        };
        match event {
            Event::SequenceStart(..) => self.0.push(Place::Sequence),
            Event::MappingStart(..) => self.0.push(Place::Map { is_at_key: true }),
            _ => {}
        }
        is_value
    }
}

/// Small, capital or all in capitals: nothing between.
fn boolean(text: &str) -> Option<bool> {
    let is_written = |word: &str| {
        let capital = format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..]);
        text == word || text == capital || text == word.to_ascii_uppercase()
    };
    WORDS.iter().find(|(word, _)| is_written(word)).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_booleans_where_they_are_plain_values() {
        for (text, expected) in [
            ("a: on\n", "a: true\n"),
            ("a: {b: Yes, c: [NO, off], d: x}\n", "a: {b: true, c: [false, false], d: x}\n"),
            ("a:\n  - on # here\n  - 'on'\n  - \"no\"\n", "a:\n  - true # here\n  - 'on'\n  - \"no\"\n"),
            ("on: y\n\"yes\": nO\nno: |\n  yes\n", "on: y\n\"yes\": nO\nno: |\n  yes\n"),
            ("a: !Sub on\nb: online\n", "a: !Sub true\nb: online\n"),
            ("a: [on\n", "a: [on\n"),
        ] {
            assert_eq!(rewritten(text, Words::Booleans), expected);
        }
    }

    /// Other parsers die of the first, or take minutes for the second.
    #[test]
    fn deep_and_long_texts_are_read() {
        let deep: String = (0..100).map(|level| format!("{}k:\n", "    ".repeat(level))).collect();
        let deep = format!("{deep}{}on\n", "    ".repeat(100));
        assert_eq!(rewritten(&deep, Words::Booleans), deep.replace("on\n", "true\n"));
        let long = "- on\n".repeat(50_000);
        assert_eq!(rewritten(&long, Words::Booleans), "- true\n".repeat(50_000));
    }

    #[test]
    fn keys_are_told_from_values_below_anything() {
        for (text, expected) in [
            ("? [on]\n: off\n", "? [true]\n: false\n"),
            ("a: &x on\n*x : no\non: *x\nyes: no\n", "a: &x true\n*x : false\non: *x\nyes: false\n"),
            ("ä: on # yes\noff: {on: on}\n", "ä: true # yes\noff: {on: true}\n"),
            ("a:\non:\n  no:\nb: no\n", "a:\non:\n  no:\nb: false\n"),
        ] {
            assert_eq!(rewritten(text, Words::Booleans), expected);
        }
    }
}
