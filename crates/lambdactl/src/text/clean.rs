//! Characters that are shown as what they are, rather than obeyed.

use std::borrow::Cow;
use std::fmt::Write;

use lambdactl_schema::letters::{is_harmless, push_visible};

/// Puts a text on one line: line ends, controls and what has no shape of its own become visible.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    replaced(text, |letter| !is_harmless(letter))
}

/// The same for several lines, whose ends stay.
pub(crate) fn with_lines(text: &str) -> Cow<'_, str> {
    replaced(text, |letter| letter != '\n' && !is_harmless(letter))
}

/// The same for what a library has drawn: line ends and styles stay, and no other sequence of a terminal.
pub(crate) fn with_styles(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        clean += &with_lines(&rest[..at]);
        let inner = &rest[at + 2..];
        let end = inner.find(|letter: char| !letter.is_ascii_digit() && letter != ';').unwrap_or(inner.len());
        let is_style = inner[end..].starts_with('m');
        let length = 2 + if is_style { end + 1 } else { 0 };
        clean += &if is_style { Cow::Borrowed(&rest[at..at + length]) } else { with_lines(&rest[at..at + length]) };
        rest = &rest[at + length..];
    }
    clean += &with_lines(rest);
    clean
}

/// Replaces each character of a text and says where a place in it has gone; tabs stay, as they do in an excerpt.
pub(crate) fn excerpt(text: &str, places: [usize; 2]) -> (String, [usize; 2]) {
    let mut clean = String::with_capacity(text.len());
    let mut moved = [None; 2];
    for (at, letter) in text.char_indices() {
        for (place, moved) in places.iter().zip(&mut moved) {
            if at >= *place && moved.is_none() {
                *moved = Some(clean.len());
            }
        }
        if letter == '\t' { clean.push(letter) } else { push_visible(&mut clean, letter) }
    }
    let end = clean.len();
    (clean, moved.map(|place| place.unwrap_or(end)))
}

/// Escapes what JSON may hold as it is and a terminal, or a CI server that reads along, would obey. Outside of strings JSON
/// has none of it.
pub(crate) fn escaped_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        let opens_command = letter == '[' && escaped.ends_with("##");
        if letter == '\n' || (is_harmless(letter) && !opens_command) {
            escaped.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
    }
    escaped
}

fn replaced(text: &str, is_bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Nearly all texts are plain, and cost a look at each byte.
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || !text.chars().any(&is_bad) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if is_bad(letter) { push_visible(&mut clean, letter) } else { clean.push(letter) }
    }
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_every_script_stay() {
        for text in
            ["plain", "größe → ±1", "日本語\u{3000}テスト", "हिन्दी", "e\u{301}", "עברית", "😀", "a\u{a0}b", "␛␊"]
        {
            assert_eq!(line(text), text);
            assert_eq!(with_lines(text), text);
        }
    }

    #[test]
    fn what_is_obeyed_or_hidden_becomes_visible() {
        assert_eq!(line("a\nb\r\tc\0\u{1b}\u{7}\u{7f}"), "a␊b␍␉c␀␛␇␡");
        assert_eq!(with_lines("a\nb\r\u{1b}"), "a\nb␍␛");
        let hidden = [
            0x80, 0x85, 0x90, 0x9b, 0x9d, 0x9f, 0xad, 0x34f, 0x61c, 0x115f, 0x180e, 0x200b, 0x200d, 0x200e, 0x200f,
            0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0x3164, 0xe000, 0xfdd0, 0xfe00, 0xfeff, 0xfff9,
            0xfffe, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xf0000, 0x10ffff, 0x378,
        ];
        for code in hidden {
            let letter = char::from_u32(code).unwrap();
            assert_eq!(line(&letter.to_string()), format!("\\u{{{code:x}}}"));
            assert_eq!(with_lines(&letter.to_string()), format!("\\u{{{code:x}}}"));
        }
        for code in (0..0x20).chain(0x7f..0xa0) {
            let letter = char::from_u32(code).unwrap();
            assert!(!line(&letter.to_string()).contains(char::is_control), "{code:x}");
        }
    }

    #[test]
    fn only_styles_stay_of_what_was_drawn() {
        assert_eq!(with_styles("\u{1b}[1;31mred\u{1b}[0m\n"), "\u{1b}[1;31mred\u{1b}[0m\n");
        for other in ["\u{1b}]0;title\u{7}", "\u{1b}[2J", "\u{1b}[", "\u{1b}[31", "\u{1b}c", "\u{9b}31m", "\u{1b}[?25l"]
        {
            let clean = with_styles(&format!("a{other}b"));
            assert!(!clean.contains(char::is_control) && clean.starts_with('a') && clean.ends_with('b'), "{clean:?}");
        }
    }

    #[test]
    fn places_move_with_what_stands_before_them() {
        assert_eq!(excerpt("a\u{9b}: b\u{1b}", [5, 6]), ("a\\u{9b}: b␛".to_owned(), [9, 10]));
        assert_eq!(excerpt("\tab", [1, 3]), ("\tab".to_owned(), [1, 3]));
        assert_eq!(excerpt("", [0, 0]), (String::new(), [0, 0]));
    }
}
