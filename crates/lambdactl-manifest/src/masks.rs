//! Which parts of a file an excerpt must not show: the values of environment variables.

use std::collections::HashMap;

use lambdactl_schema::nearest;

use crate::node::{Kind, Node};
use crate::source::Span;

/// Returns where the secret values of a document stand.
///
/// A misspelt `Enviroment` holds secrets all the same, so the keys are matched by likeness.
pub(crate) fn secrets(document: &Node) -> Vec<Span> {
    let mut search = Search::default();
    search.visit(document, false);
    search.found
}

#[derive(Default)]
struct Search<'a> {
    found: Vec<Span>,
    /// Whether a key opens a map of secrets. A large manifest has few keys, and each of them often.
    keys: HashMap<&'a str, bool>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, node: &'a Node, secret: bool) {
        match &node.kind {
            Kind::Map(entries) => {
                for entry in entries {
                    let likely = |key: &'a str| nearest(key, ["Environment", "Variables"]).is_some();
                    let secret = secret || *self.keys.entry(&entry.key).or_insert_with_key(|key| likely(key));
                    self.visit(&entry.value, secret);
                }
            }
            Kind::List(items) => items.iter().for_each(|item| self.visit(item, secret)),
            Kind::Null => {}
            Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
                if secret {
                    self.found.push(node.span);
                }
            }
        }
    }
}

/// Returns where secret values may stand in a text that could not be parsed: from each `Variables` to the end of what
/// it seems to hold, and one line more, since the error may be in the very indentation.
pub(crate) fn guessed_secrets(text: &str) -> Vec<Span> {
    const WORD: &str = "variables";
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<Span> = Vec::new();
    let mut from = 0;
    while let Some(at) = lower[from..].find(WORD).map(|offset| from + offset) {
        let start = at + WORD.len();
        let end = block_end(text, at, start);
        found.extend(values_of_lines(text, start, end));
        from = end.max(start);
    }
    found
}

/// Returns where the block that `Variables` opens seems to end.
fn block_end(text: &str, at: usize, start: usize) -> usize {
    let line_start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |end| start + end);
    if let Some(open) = text[start..line_end].find('{') {
        return brace_end(text, start + open);
    }
    let table = text[line_start..].trim_start().starts_with('[');
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(&text[line_start..line_end]);
    let mut offset = line_end;
    for line in text[line_end..].split_inclusive('\n').skip(1) {
        offset += line.len();
        let ended = if table { line.trim_start().starts_with('[') } else { indent(line) <= own };
        if ended && !line.trim().is_empty() {
            break;
        }
    }
    (offset + 1).min(text.len())
}

fn brace_end(text: &str, open: usize) -> usize {
    let mut depth = 0usize;
    for (offset, byte) in text[open..].bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + offset;
        }
    }
    text.len()
}

/// Returns, for every line of a range, what stands behind its first `:` or `=`: the key may be shown.
fn values_of_lines(text: &str, start: usize, end: usize) -> impl Iterator<Item = Span> {
    let mut end = end;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut offset = start;
    text[start..end].split_inclusive('\n').map(move |line| {
        let from = offset + line.find([':', '=']).map_or(0, |colon| colon + 1);
        offset += line.len();
        Span::new(from, offset)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn shown(text: &str) -> String {
        let mut source = Source::new("x".into(), text.into());
        source.hide(guessed_secrets(text));
        (1..=source.line_count()).map(|line| source.line(line).0 + "\n").collect()
    }

    #[test]
    fn text_that_cannot_be_parsed_hides_its_variables() {
        for text in [
            "Environment:\n  Variables:\n    A1: s3cret\n   B1: s3cret\nTimeout: [\n",
            "Environment: {Variables: {A1: s3cret, B1: s3cret}\nTimeout: 3\n",
            "{\"Environment\": {\"Variables\": {\"A1\": \"s3cret\", }}}",
            "[functions.Environment.Variables]\nA1 = \"s3cret\"\nB1 = = \"s3cret\"\n[next]\n",
            "Environment.Variables.A1 = \"s3cret\n",
            "Environment:\n  Variables:\n\t\tA1: s3cret\n",
        ] {
            assert!(!shown(text).contains("s3cret"), "{}", shown(text));
        }
        assert!(shown("Environment:\n  Variables:\n    A1: x\nHandler: h\nTimeout: 3\n").contains("Timeout: 3"));
    }
}
