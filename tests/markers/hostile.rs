//! Texts that command a terminal or a runner, and the search for what got through of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cells::Text;
use crate::marks::excerpt;
use crate::runs::Left;

/// Escape sequences of every kind, characters that turn text around, and commands of a workflow.
pub(crate) const TEXTS: &[&str] = &[
    "\u{1b}[31mEVIL\u{1b}[0m",
    "\u{1b}]0;EVIL\u{7}",
    "\u{1b}]8;;http://evil/\u{1b}\\EVIL",
    "\u{9b}31mEVIL\u{9d}0;EVIL\u{9c}",
    "a\rEVIL\u{8}\u{8}\u{7f}\u{0}",
    "\u{202e}LIVE\u{2066}x\u{2069}\u{200f}\u{61c}",
    "one\n::stop-commands::EVIL",
    "one\r\n   ::add-mask::EVIL\n\n\t::error::EVIL",
    "::set-output name=x::EVIL",
    "one\u{2028}::add-mask::EVIL\u{85}::x::EVIL",
    "##[add-mask]EVIL",
    "one\n##[group]EVIL",
    "one\u{b}two\u{c}three\tfour",
];

/// One of the texts after the other.
pub(crate) fn text(turn: usize) -> Box<Text<'static>> {
    let count = AtomicUsize::new(turn);
    Box::new(move |around| {
        let text = TEXTS[count.fetch_add(1, Ordering::Relaxed) % TEXTS.len()];
        match around {
            Some(around) if turn.is_multiple_of(2) => format!("{around} {text}"),
            _ => text.to_owned(),
        }
    })
}

/// What must not be in the text that a person or a runner reads, by stream: what it is, and where.
pub(crate) fn faults(left: &Left) -> Vec<(String, &'static str, String)> {
    let has = |flags: &str| left.line.contains(flags);
    let mut found = Vec::new();
    for (stream, bytes) in left.streams() {
        let is_data = match stream {
            "stdout" => {
                ["--format json", "--format sarif", "--format junit", "--format toml"].iter().any(|flags| has(flags))
            }
            "stderr" => has("--log-format json"),
            stream => !stream.ends_with(".md") && !stream.ends_with(".html"),
        };
        // A manifest or JSON for others to read: its own rules hold there, and no terminal's.
        if is_data || left.line.starts_with("import") && stream == "stdout" {
            continue;
        }
        let text = String::from_utf8_lossy(bytes);
        let plain = if has("--color always") { without_styles(&text) } else { text.into_owned() };
        found.extend(
            fault(&plain, has("--format github"))
                .map(|(what, at)| (stream.to_owned(), what, excerpt(plain.as_bytes(), at))),
        );
    }
    found
}

fn fault(text: &str, has_commands: bool) -> Option<(&'static str, usize)> {
    let is_bidi = |character| matches!(character, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_end = |character| matches!(character, '\u{2028}' | '\u{2029}');
    if let Some((at, _)) = text.char_indices().find(|(_, character)| character.is_control() && *character != '\n') {
        return Some(("control character", at));
    }
    if let Some((at, _)) = text.char_indices().find(|(_, character)| is_bidi(*character) || is_end(*character)) {
        return Some(("bidirectional or line character", at));
    }
    if let Some(at) = text.find("##[") {
        return Some(("##[", at));
    }
    let mut start = 0;
    for line in text.split('\n') {
        let own =
            has_commands && ["::error ", "::warning ", "::notice "].iter().any(|command| line.starts_with(command));
        if line.trim_start().starts_with("::") && !own {
            return Some(("::", start));
        }
        start += line.len() + 1;
    }
    None
}

/// Takes out the styles that the program itself sets: `ESC [ numbers m`.
fn without_styles(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some(at) = rest.find("\u{1b}[") {
        let after = &rest[at + 2..];
        let end = after.find(|character: char| !character.is_ascii_digit() && character != ';');
        plain.push_str(&rest[..at]);
        match end.filter(|end| after[*end..].starts_with('m')) {
            // Another's text would set its style within one of the program's lines; none of the texts' is one of its.
            Some(end) if after[..end] != *"31" || !after[end + 1..].starts_with("EVIL") => rest = &after[end + 1..],
            _ => {
                plain.push_str("\u{1b}[");
                rest = after;
            }
        }
    }
    plain + rest
}

#[test]
fn what_commands_is_found() {
    for text in TEXTS {
        assert!(fault(&format!("  {text}"), false).is_some(), "{text:?}");
        assert!(fault(&without_styles(&format!("  {text}")), true).is_some(), "{text:?}");
    }
    assert_eq!(fault("error: a::b\n  help: x [y] ␛[31m\n", false), None);
    assert_eq!(fault("::error file=a::b\n", true), None);
    assert_eq!(without_styles("\u{1b}[1m\u{1b}[31merror\u{1b}[0m: x"), "error: x");
}
