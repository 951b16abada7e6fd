//! The way out for text that this program did not write: names, keys, paths, excerpts, notes and messages of a manifest, an
//! account, a service or a command line.
//!
//! Both streams take a [`Text`] and nothing else. A text is made of the program's own words ([`text!`]), in which whatever
//! is filled in is put on one line and stripped of what a terminal obeys, or by one of the functions here for a whole
//! document. So a name cannot begin a line, change a colour, move the cursor or hide what stands behind it.
//!
//! [`clean`] has the characters, [`markdown`] what holds in a comment, [`commands`] what a CI server would obey.

pub(crate) mod clean;
pub(crate) mod commands;
pub(crate) mod markdown;

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};
use std::ops::{Add, AddAssign};
use std::path::{Path, PathBuf};

use anstyle::Style;
use serde_json::Value;

use self::clean::{escaped_json, line, with_lines, with_styles};

/// A text that may be printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    text: String,
    purpose: Purpose,
}

/// What a text is for, as far as a CI server that reads along makes a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be read by people: whatever looks like a command to a CI server is broken up.
    #[default]
    Words,
    /// Commands to a CI server.
    Commands,
}

/// Makes a [`Text`] of a form, which is the program's own, and of what is filled in, which is cleaned. Arguments stand by
/// position only: what is captured by its name would get around the gate, so it does not compile.
macro_rules! text {
    ($form:literal $(, $argument:expr)* $(,)?) => {
        $crate::text::Text::of_gate(format_args!(concat!($form) $(, $crate::text::Shown(&$argument))*))
    };
}
pub(crate) use text;

impl Text {
    /// What [`text!`] makes; to be called by it alone.
    pub(crate) fn of_gate(arguments: fmt::Arguments<'_>) -> Self {
        Self { text: arguments.to_string(), purpose: Purpose::Words }
    }

    /// Makes a text of the program's own words.
    pub(crate) fn own(words: &'static str) -> Self {
        Self { text: words.to_owned(), purpose: Purpose::Words }
    }

    /// Makes a text of others' lines: their ends stay, and nothing else that is no letter.
    pub(crate) fn lines(text: &str) -> Self {
        Self { text: with_lines(text).into_owned(), purpose: Purpose::Words }
    }

    /// Makes a text of what a library has drawn of cleaned texts: its line ends and its styles stay.
    pub(crate) fn drawn(text: &str) -> Self {
        Self { text: with_styles(text), purpose: Purpose::Words }
    }

    /// Makes a line of JSON.
    pub(crate) fn json(value: &Value) -> Self {
        Self { text: escaped_json(&format!("{value}\n")), purpose: Purpose::Words }
    }

    /// Makes a text of JSON that a library has written.
    pub(crate) fn escaped_json(json: &str) -> Self {
        Self { text: escaped_json(json), purpose: Purpose::Words }
    }

    /// Makes JSON of several lines.
    pub(crate) fn pretty_json(value: &Value) -> Self {
        Self { text: escaped_json(&format!("{value:#}\n")), purpose: Purpose::Words }
    }

    /// Makes a text of escaped commands.
    fn of_commands(text: String) -> Self {
        Self { text, purpose: Purpose::Commands }
    }

    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns what the text is for.
    pub(crate) fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl AddAssign for Text {
    fn add_assign(&mut self, other: Self) {
        // Words in front of or behind commands stand on lines of their own, and are the program's.
        self.text += &other.text;
        if other.purpose == Purpose::Commands {
            self.purpose = Purpose::Commands;
        }
    }
}

impl Add for Text {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl FromIterator<Text> for Text {
    fn from_iter<I: IntoIterator<Item = Text>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all += text);
        all
    }
}

/// What may be filled into a [`Text`].
pub(crate) trait Show {
    /// Writes it so that it stays on its line.
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result;
}

/// Fills something in.
pub(crate) struct Shown<'a, T: Show + ?Sized>(pub(crate) &'a T);

impl<T: Show + ?Sized> Display for Shown<'_, T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.0.show(formatter)
    }
}

impl<T: Show + ?Sized> Show for &T {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        (**self).show(formatter)
    }
}

impl Show for str {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.pad(&line(self))
    }
}

impl Show for String {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.as_str().show(formatter)
    }
}

impl Show for Cow<'_, str> {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.as_ref().show(formatter)
    }
}

impl Show for Path {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.display().to_string().show(formatter)
    }
}

impl Show for PathBuf {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.as_path().show(formatter)
    }
}

impl Show for char {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.encode_utf8(&mut [0; 4]).show(formatter)
    }
}

impl Show for dyn std::error::Error {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.to_string().show(formatter)
    }
}

impl Show for Text {
    fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Numbers and styles are the program's own.
macro_rules! shown_as_they_are {
    ($($kind:ty),*) => {
        $(impl Show for $kind {
            fn show(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                self.fmt(formatter)
            }
        })*
    };
}
shown_as_they_are!(usize, u16, u32, u64, Style);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_stays_on_its_line() {
        let style = Style::new().bold();
        let made = text!("{0}name{0:#}: {1:<4}|\n", style, "a\n\u{1b}[31m::stop");
        assert_eq!(made.as_str(), "\u{1b}[1mname\u{1b}[0m: a␊␛[31m::stop|\n");
        assert_eq!(text!("{:<4}|", "ab").as_str(), "ab  |", "widths hold");
        assert_eq!(
            text!("{} {}\n", made, 3usize).as_str(),
            format!("{} 3\n", made.as_str()),
            "a text is clean already"
        );
    }

    #[test]
    fn json_has_no_character_that_a_terminal_obeys() {
        let value = serde_json::json!({ "a\u{9b}": "\u{1b}\u{202e}\u{2028}\u{e0041}##[x]\u{7f}" });
        let text = Text::json(&value);
        assert_eq!(text.as_str(), "{\"a\\u009b\":\"\\u001b\\u202e\\u2028\\udb40\\udc41##\\u005bx]\\u007f\"}\n");
        assert_eq!(serde_json::from_str::<Value>(text.as_str()).unwrap(), value);
    }
}
