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
const STRUCTURE: &str = "{}[],:-?|>=.";

/// What is known of a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cover {
    /// It belongs to no key and no value.
    Between,
    Shown,
    Hidden,
}

/// Returns the ranges that are hidden in a text that was parsed.
pub(crate) fn of_documents(text: &str, roots: &[Node]) -> Vec<Span> {
    let mut cover = Covers { text, bytes: vec![Cover::Between; text.len()], secrets: Vec::new() };
    for root in roots {
        let bare = is_bare_request(root);
        let shape = if bare { Shape::of_function() } else { Shape::of_manifest() };
        cover.visit(root, Some(shape));
    }
    // A value that is a secret in one place is one everywhere: an anchor may be used in both.
    for span in std::mem::take(&mut cover.secrets) {
        cover.set(span, Cover::Hidden);
    }
    cover.between();
    cover.hidden()
}

/// Returns the ranges that are hidden in a text that could not be parsed: whether a word is a key or belongs to a value
/// nobody knows, so only the names of members are shown, and what looks like the name of a variable at the start of a line.
pub(crate) fn of_broken_text(text: &str, format: Format) -> Vec<Span> {
    let mut cover = Covers { text, bytes: vec![Cover::Hidden; text.len()], secrets: Vec::new() };
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = line.len() - line.trim_start_matches([' ', '\t', '-', '{', '[', ',']).len();
        cover.set_range(offset..offset + start, Cover::Shown);
        let is_header = format == Format::Toml && line.trim_start().starts_with('[');
        for word in words(line) {
            let quote = usize::from(line[word.end..].starts_with(['"', '\'']));
            let before = word.start.checked_sub(quote).unwrap_or(word.start);
            let is_quoted = quote == 1 && line[before..].starts_with(['"', '\'']);
            let before = if is_quoted { before } else { word.start };
            let end = word.end + if is_quoted { quote } else { 0 };
            let separator = separator(&line[end..], format);
            let name = &line[word.clone()];
            let is_known = Shape::is_name(name) && (separator.is_some() || is_header);
            let is_variable = before == start && separator.is_some() && is_variable_name(name);
            if is_known || is_variable {
                let end = separator.map_or(end, |separator| end + separator);
                cover.set_range(offset + before..offset + end, Cover::Shown);
            }
        }
        offset += line.len();
    }
    cover.hidden()
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
    secrets: Vec<Span>,
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
                let is_open =
                    shape.is_some_and(|shape| shape.scalar || shape.items.as_ref().is_some_and(|items| items.scalar));
                match is_open {
                    true => self.value(node.span),
                    false => self.secrets.push(node.span),
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
        self.set_range(range.clone(), if is_known || is_whole { Cover::Shown } else { Cover::Hidden });
        if !is_known && !is_whole {
            self.set_range(range.start..range.start + end, Cover::Shown);
        }
    }

    /// Shows a value, but not what stands in its references for variables that are not set.
    fn value(&mut self, span: Span) {
        let range = self.range(span);
        self.set_range(range.clone(), Cover::Shown);
        for default in defaults_in(&self.text[range.clone()]) {
            let default = range.start + default.start..range.start + default.end;
            self.secrets.push(Span::new(default.start, default.end));
        }
    }

    /// Decides about what stands between keys and values: signs of structure and names of members are shown, and
    /// comments, anchors, tags and whatever a parser has left out of a value are not.
    fn between(&mut self) {
        let mut line_start = 0;
        for line in self.text.split_inclusive('\n') {
            let own = line_start..line_start + line.len();
            line_start = own.end;
            let mut comment = false;
            let mut last = ' ';
            for (index, letter) in line.char_indices() {
                let at = own.start + index;
                if self.bytes[at] != Cover::Between {
                    (comment, last) = (false, letter);
                    continue;
                }
                comment |= letter == '#' && last.is_whitespace();
                let cover = if !comment && (STRUCTURE.contains(letter) || "\"'".contains(letter)) {
                    Cover::Shown
                } else {
                    Cover::Hidden
                };
                // A word is looked at as a whole below.
                if cover == Cover::Shown || comment || !(letter.is_alphanumeric() || "_$".contains(letter)) {
                    self.set_range(at..at + letter.len_utf8(), cover);
                }
                last = letter;
            }
            for word in words(line) {
                let word = own.start + word.start..own.start + word.end;
                let is_between = self.bytes[word.clone()].iter().all(|cover| *cover == Cover::Between);
                if is_between && Shape::is_name(&self.text[word.clone()]) {
                    self.set_range(word, Cover::Shown);
                }
            }
        }
        for cover in &mut self.bytes {
            if *cover == Cover::Between {
                *cover = Cover::Hidden;
            }
        }
    }

    /// Returns a span as a range of whole characters of the text.
    fn range(&self, span: Span) -> Range<usize> {
        let start = self.text.floor_char_boundary(span.start as usize);
        let end = self.text.ceil_char_boundary((span.end as usize).min(self.text.len()));
        start..end.max(start)
    }

    fn set(&mut self, span: Span, cover: Cover) {
        let range = self.range(span);
        self.set_range(range, cover);
    }

    fn set_range(&mut self, range: Range<usize>, cover: Cover) {
        if let Some(bytes) = self.bytes.get_mut(range) {
            bytes.fill(cover);
        }
    }

    /// Returns the ranges of hidden bytes, in order.
    fn hidden(&self) -> Vec<Span> {
        let mut found = Vec::new();
        let mut start = None;
        for (index, cover) in self.bytes.iter().chain([&Cover::Shown]).enumerate() {
            match (start, *cover == Cover::Hidden) {
                (None, true) => start = Some(index),
                (Some(first), false) => {
                    found.push(Span::new(first, index));
                    start = None;
                }
                _ => {}
            }
        }
        found
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
