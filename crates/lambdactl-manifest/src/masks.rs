//! What an excerpt shows of a manifest: keys, and values at places that are known and hold no secret. All else is hidden,
//! comments too. Made only when an excerpt is drawn.

use std::ops::Range;

use lambdactl_schema::Shape;

use crate::document::is_bare_request;
use crate::input::Format;
use crate::node::{Kind, Node};
use crate::references::defaults_in;
use crate::source::Span;

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
    /// Looks at the documents of a text.
    pub(crate) fn of_documents(text: &str, roots: &[Node]) -> Self {
        let mut covers = Covers { text, bytes: vec![Cover::Between; text.len()], secrets: Vec::new() };
        for root in roots {
            let shape = if is_bare_request(root) { Shape::of_function() } else { Shape::of_manifest() };
            covers.visit(root, Some(shape));
        }
        // A value that is a secret in one place is one everywhere: an anchor may be used in both.
        for range in std::mem::take(&mut covers.secrets) {
            covers.set(range, Cover::Hidden);
        }
        Self::Parsed(covers.bytes)
    }

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

struct Covers<'a> {
    text: &'a str,
    /// One for each byte of the text.
    bytes: Vec<Cover>,
    secrets: Vec<Range<usize>>,
}

impl Covers<'_> {
    /// Covers a value of which this much is known.
    fn visit(&mut self, node: &Node, shape: Option<&Shape>) {
        match &node.kind {
            Kind::Map(entries) => {
                for entry in entries {
                    let known = shape.and_then(|shape| shape.members.get(&entry.key));
                    let of_the_users_own = shape.and_then(|shape| shape.entries.as_deref());
                    self.key(entry.key_span, known.is_some() || of_the_users_own.is_some());
                    self.visit(&entry.value, known.or(of_the_users_own));
                }
            }
            Kind::List(items) => {
                let shape = shape.and_then(|shape| shape.items.as_deref());
                items.iter().for_each(|item| self.visit(item, shape));
            }
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
                // One text where a list of texts belongs is as open as they are.
                let text = node.as_str().unwrap_or_default();
                // One text where a list of texts belongs is as open as they are.
                let is_open = shape.is_some_and(|shape| {
                    shape.can_show_text(text) || shape.items.as_ref().is_some_and(|items| items.scalar)
                });
                match is_open {
                    true => self.value(node.span),
                    false => {
                        let range = self.range(node.span);
                        self.secrets.push(range);
                    }
                }
            }
        }
    }

    /// Shows a key; of one that is not known, only what a name can have.
    fn key(&mut self, span: Span, is_known: bool) {
        let range = self.range(span);
        let key = &self.text[range.clone()];
        let quote = usize::from(key.starts_with(['"', '\'']));
        let is_of_a_name = |letter: char| letter.is_alphanumeric() || "_-.$".contains(letter);
        let end = key[quote..].find(|letter| !is_of_a_name(letter)).map_or(key.len(), |end| quote + end);
        let is_whole = end == key.len() || (quote == 1 && end + 1 == key.len());
        self.set(range.clone(), if is_known || is_whole { Cover::Shown } else { Cover::Hidden });
        if !is_known && !is_whole {
            self.set(range.start..range.start + end, Cover::Shown);
        }
    }

    /// Shows a value, but not what stands in its references for variables that are not set.
    fn value(&mut self, span: Span) {
        let range = self.range(span);
        self.set(range.clone(), Cover::Shown);
        for default in defaults_in(&self.text[range.clone()]) {
            self.secrets.push(range.start + default.start..range.start + default.end);
        }
    }

    /// Returns a span as a range of whole characters of the text.
    fn range(&self, span: Span) -> Range<usize> {
        let start = self.text.floor_char_boundary(span.start as usize);
        let end = self.text.ceil_char_boundary((span.end as usize).min(self.text.len()));
        start..end.max(start)
    }

    fn set(&mut self, range: Range<usize>, cover: Cover) {
        if let Some(bytes) = self.bytes.get_mut(range) {
            bytes.fill(cover);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::Source;

    use super::*;

    fn shown(text: &str, format: Format) -> String {
        let source = Source::new("x".into(), text.into(), format);
        (1..=source.line_count()).map(|line| source.line(line).0 + "\n").collect()
    }

    #[test]
    fn broken_text_shows_names_and_no_value() {
        use Format::{Json, Toml, Yaml};
        for (format, text) in [
            (Yaml, "Environment:\n  Variables:\n    A1: s3cret\n   B1: s3cret\nTimeout: [\n"),
            (Yaml, "Environment: {Variables: {A1: s3cret, B1: s3cret}\nTimeout: 3\n"),
            (Yaml, "Environment:\n  Variables:\n\t\tA1: s3cret\n"),
            (Yaml, "Environment: {Variables: {A: \"}\", TOKEN: \"s3cret\" \"x\"}}\n"),
            (Yaml, "Variables:\n  A: x\n# s3cret\nTOKEN: \"s3cret\n"),
            (Yaml, "Variabels:\n  PEM: |\n    s3cret\n    s3cret: x\n    S3CRETS3CRET1234: x\n  x: [\n"),
            (Yaml, "A: 's3cret: x\n"),
            (Yaml, "- s3cret\n- \"s3cret\": \"\n"),
            (Json, "{\"Environment\": {\"Variables\": {\"A1\": \"s3cret\", }}}"),
            (Json, "{\"Vars\": {\n  \"TOKEN\": \"a\"\n  \"B\": \"s3cret\"\n}}\n"),
            (Json, "{\"A\": {\n\"s3cret\": \"B\"}"),
            (Toml, "[functions.Environment.Variables]\nA1 = \"s3cret\"\nB1 = = \"s3cret\"\n[next]\n"),
            (Toml, "Environment.Variables.A1 = \"s3cret\n"),
            (Toml, "[functions.s3cret]\nA = '''\nabcds3cret=\ns3cret = \"x\"\nJBSWY3S3CRET==\n"),
        ] {
            let shown = shown(text, format);
            assert!(!shown.to_lowercase().contains("s3cret"), "{shown}");
        }
        assert_eq!(shown("Timeout: x y\n  - Handler: [\n", Yaml), "Timeout: * *\n  - Handler: *\n\n");
        assert_eq!(shown("  \"TOKEN\": \"x\"\n", Json), "  \"TOKEN\": ***\n\n");
        assert_eq!(shown("TOKEN = \"x\n", Toml), "TOKEN = **\n\n");
        assert_eq!(shown("[[functions.Tags]\nx", Toml), "[[functions*Tags*\n*\n");
    }
}
