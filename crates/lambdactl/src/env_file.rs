//! Files with variables of the environment, as `import --write-env-file` writes them and shells, Docker and others read them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::bail;

use crate::files;
use crate::trouble::Trouble;

/// Bytes of the largest file that is read.
const LARGEST: u64 = 16 << 20;

/// Reads the variables of a file.
pub(crate) fn read(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let bytes = files::read(path, LARGEST)?;
    let name = path.display();
    let Ok(text) = String::from_utf8(bytes) else { bail!("{name} is not UTF-8") };
    parse(&text).map_err(|line| {
        let help =
            "a line is `NAME=VALUE`; a value with blanks or line ends stands in quotes. What stands there is not shown";
        Trouble::new(format!("{name}: line {line} says no variable")).help(help).into()
    })
}

/// Reads variables, of which the last of a name counts.
///
/// # Errors
/// The number of the line that says none.
fn parse(text: &str) -> Result<BTreeMap<String, String>, usize> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut found = BTreeMap::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(found);
        }
        let line = || text[..text.len() - rest.len()].matches('\n').count() + 1;
        if rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
            continue;
        }
        let entry = rest.strip_prefix("export ").map_or(rest, str::trim_start);
        let is_of_a_name = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
        let end = entry.find(|letter| !is_of_a_name(letter)).ok_or_else(line)?;
        let (name, value) = (&entry[..end], entry[end..].strip_prefix('=').ok_or_else(line)?);
        if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
            return Err(line());
        }
        let (value, after) = word(value).ok_or_else(line)?;
        found.insert(name.to_owned(), value);
        rest = after;
    }
}

/// Reads a value as a shell does, but for what it would put in: up to the end of the line, or to a blank and a comment. Returns it
/// and what comes after it; nothing where a quote has no end.
fn word(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    // Blanks that are a part of the value only if something comes after them.
    let mut blanks = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\n' => return Some((value, &text[at..])),
            '\r' => {}
            ' ' | '\t' => blanks.push(letter),
            '#' if !blanks.is_empty() || value.is_empty() => {
                let rest = &text[at..];
                return Some((value, rest.find('\n').map_or("", |end| &rest[end..])));
            }
            _ => {
                value.push_str(&std::mem::take(&mut blanks));
                match letter {
                    '\'' => loop {
                        match letters.next()?.1 {
                            '\'' => break,
                            letter => value.push(letter),
                        }
                    },
                    '"' => loop {
                        match letters.next()?.1 {
                            '"' => break,
                            '\\' => match letters.next()?.1 {
                                'n' => value.push('\n'),
                                'r' => value.push('\r'),
                                't' => value.push('\t'),
                                letter @ ('"' | '\\' | '$' | '`') => value.push(letter),
                                letter => value.extend(['\\', letter]),
                            },
                            letter => value.push(letter),
                        }
                    },
                    '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
                    letter => value.push(letter),
                }
            }
        }
    }
    Some((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_shells_read_them() {
        let text = "# note\nA=1\nexport B='it'\\''s\n two'  \n\nC=\"a\\n\\\"b\\\" \\d\" # note\nD=a b # c\nE=a#b\nF=\nG= \r\nH=$X\nA=2";
        let wanted = [
            ("A", "2"),
            ("B", "it's\n two"),
            ("C", "a\n\"b\" \\d"),
            ("D", "a b"),
            ("E", "a#b"),
            ("F", ""),
            ("G", ""),
            ("H", "$X"),
        ];
        assert_eq!(parse(text), Ok(wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).into()));
        assert_eq!(parse(""), Ok(BTreeMap::new()));
    }

    #[test]
    fn what_says_no_variable_is_told_by_its_line() {
        for (text, line) in [("A=1\nhunter2\n", 2), ("\n\n=x", 3), ("1A=x", 1), ("A='x\n\ny", 1), ("A=1\nB C=2", 2)] {
            assert_eq!(parse(text), Err(line), "{text}");
        }
    }
}
