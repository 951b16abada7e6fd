//! What CI servers take for a command in what a step prints: `::name::` at the beginning of a line and `##[name]` anywhere
//! (GitHub's runner; Azure Pipelines and TeamCity have `##vso[…]` and `##teamcity[…]`).

use std::borrow::Cow;

use super::Text;
use super::clean::line;

/// Makes a command of GitHub's runner of its escaped parts.
pub(crate) fn command(name: &'static str, properties: &[(&'static str, String)], message: &str) -> Text {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    Text::of_commands(format!("::{name} {}::{}\n", properties.join(","), data(message)))
}

/// Escapes what follows the command's second pair of colons. Line ends are data here, other controls are not.
fn data(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '%' => escaped += "%25",
            '\r' => escaped += "%0D",
            '\n' => escaped += "%0A",
            letter => escaped += &line(letter.encode_utf8(&mut [0; 4])),
        }
    }
    break_brackets(&escaped).into_owned()
}

/// Escapes the value of a property, which commas and colons end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Breaks up whatever a CI server would take for a command, with as little change as a reader can see.
pub(crate) fn broken_up(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_inclusive('\n').map(broken_line).collect())
}

/// Whether a CI server would find a command in a text.
pub(crate) fn has_command(text: &str) -> bool {
    broken_up(text) != text
}

fn broken_line(text: &str) -> String {
    let mut text = break_brackets(text).into_owned();
    let start = begin(&text);
    if text[start..].starts_with("::") {
        text.insert(start + 1, ' ');
    }
    text
}

/// Returns where a line begins behind blanks and styles, which may be taken out on the way.
fn begin(line: &str) -> usize {
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        let style = trimmed.strip_prefix("\u{1b}[").and_then(|inner| {
            inner.split_once('m').filter(|(code, _)| code.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'))
        });
        rest = match style {
            Some((_, rest)) => rest,
            None => return line.len() - trimmed.len(),
        };
    }
}

/// Parts `##` from what follows where that is a bracket, with a name before it or not.
fn break_brackets(text: &str) -> Cow<'_, str> {
    let mut broken = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices('[') {
        let name = text[..at].trim_end_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_').len();
        if text[..name].ends_with("##") {
            broken += &text[done..name];
            broken.push(' ');
            done = name;
        }
    }
    if done == 0 { Cow::Borrowed(text) } else { Cow::Owned(broken + &text[done..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_others_are_broken_up() {
        for (text, expected) in [
            ("::add-mask::e\n", ": :add-mask::e\n"),
            ("a\n \t::stop-commands::b\nc", "a\n \t: :stop-commands::b\nc"),
            ("\u{3000}\u{85}::error::x", "\u{3000}\u{85}: :error::x"),
            ("\u{1b}[1m\u{1b}[31m ::error::x", "\u{1b}[1m\u{1b}[31m : :error::x"),
            ("x ##[group]y ###[endgroup]", "x ## [group]y ### [endgroup]"),
            ("##vso[task.setvariable]##teamcity[x]", "## vso[task.setvariable]## teamcity[x]"),
            ("##[[##[", "## [[## ["),
        ] {
            assert_eq!(broken_up(text), expected);
            assert!(has_command(text));
        }
        for harmless in
            ["arn:aws:iam::123456789012:role/r\n", "a ## b [c]", "\u{1b}[31m##\u{1b}[0m", "", "##", "3 | ::x"]
        {
            assert_eq!(broken_up(harmless), harmless);
            assert!(!has_command(harmless));
        }
    }

    #[test]
    fn properties_and_data_are_escaped_each_in_its_way() {
        let properties = [("file", "a,b:c%\n.yaml".to_owned()), ("line", 3.to_string())];
        let made = command("warning", &properties, "100%: too much,\r\n##[x]\u{1b}really");
        assert_eq!(made.as_str(), "::warning file=a%2Cb%3Ac%25%0A.yaml,line=3::100%25: too much,%0D%0A## [x]␛really\n");
    }
}
