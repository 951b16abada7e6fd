use std::sync::OnceLock;

use crate::format::Format;
use crate::masks::Masks;
use crate::span::Position;

/// The text of one manifest.
#[derive(Debug)]
pub struct Source {
    /// The name as the user gave it: a path, or `<stdin>`.
    pub name: String,
    /// The text, without a byte order mark.
    pub text: String,
    pub(crate) format: Format,
    /// What an excerpt must not show, once one was drawn: few texts are ever shown.
    pub(crate) masks: OnceLock<Masks>,
    /// Byte offsets at which lines begin.
    pub(crate) lines: Vec<u32>,
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
