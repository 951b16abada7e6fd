use std::sync::OnceLock;

use crate::input::Format;
use crate::masks::Masks;
use crate::{json, toml, yaml};

/// The text of one manifest.
#[derive(Debug)]
pub struct Source {
    /// The name as the user gave it: a path, or `<stdin>`.
    pub name: String,
    /// The text, without a byte order mark.
    pub text: String,
    format: Format,
    /// What an excerpt must not show, once one was drawn: few texts are ever shown.
    masks: OnceLock<Masks>,
    /// Byte offsets at which lines begin.
    lines: Vec<u32>,
}

/// Index of a [`Source`] in a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub usize);

/// A range of bytes in a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A range in a source of the reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The source.
    pub source: SourceId,
    /// The range.
    pub span: Span,
}

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Span {
    /// Makes a span from byte offsets; sources are far below 4 GiB.
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end.max(start)) }
    }
}

impl Source {
    /// Takes a text, whatever is in it.
    pub fn new(name: String, text: String, format: Format) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset as u32 + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Self { name, text, format, masks: OnceLock::new(), lines }
    }

    /// Returns the position of a byte.
    pub fn position(&self, offset: u32) -> Position {
        let offset = offset.min(self.text.len() as u32);
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1] as usize;
        let column = self.text.get(start..offset as usize).map_or(0, |before| before.chars().count());
        Position { line, column: column + 1 }
    }

    /// Returns the offset of a line and a column in characters, both from 1.
    pub(crate) fn offset(&self, line: usize, column: usize) -> usize {
        let start = self.lines.get(line.saturating_sub(1)).map_or(self.text.len(), |start| *start as usize);
        self.text[start..]
            .char_indices()
            .nth(column.saturating_sub(1))
            .map_or(self.text.len(), |(offset, _)| start + offset)
    }

    /// Returns the number of lines.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// Returns a line (from 1) without its end, and the offset at which it begins. What is not known to be no secret is
    /// replaced by asterisks, byte for byte, so that offsets stay true; that goes for comments, for members that are not
    /// known, and for every value of a text that cannot be parsed.
    pub fn line(&self, line: usize) -> (String, u32) {
        let start = self.lines[line - 1];
        let end = self.lines.get(line).copied().unwrap_or(self.text.len() as u32);
        let whole = &self.text[start as usize..end as usize];
        let text = whole.trim_end_matches(['\n', '\r']);
        (self.masks.get_or_init(|| self.look_for_masks()).hide(text, start as usize), start)
    }

    fn look_for_masks(&self) -> Masks {
        let parsed = match self.format {
            Format::Yaml => yaml::parse(self),
            Format::Toml => toml::parse(self),
            Format::Json => json::parse(self),
        };
        match parsed {
            Ok(roots) => Masks::of_documents(&self.text, &roots),
            Err(_) => Masks::Broken(self.format),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_end_either_way() {
        let source = Source::new("x".into(), "a: ü\r\nß: b\n".into(), Format::Yaml);
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(5), Position { line: 1, column: 5 });
        assert_eq!(source.position(7), Position { line: 2, column: 1 });
        assert_eq!(source.position(9), Position { line: 2, column: 2 });
        assert_eq!(source.offset(2, 2), 9);
        assert_eq!(source.line(1), ("a: **".to_owned(), 0));
    }

    #[test]
    fn hidden_values_keep_their_width() {
        let source = Source::new("x".into(), "Timeout: 3 # note\nTOKEN: s3cret # note\n".into(), Format::Yaml);
        assert_eq!(source.line(1).0, "Timeout: * * ****");
        assert_eq!(source.line(2).0, "TOKEN: ****** * ****");
    }
}
