//! What of a text that was parsed can be shown.

use std::ops::Range;

use lambdactl_schema::Shape;

use crate::keys::is_bare_request;
use crate::masks::{Cover, Masks};
use crate::node::{Kind, Node};
use crate::references::defaults_in;
use crate::span::Span;

/// Looks at the documents of a text.
pub(crate) fn of_documents(text: &str, roots: &[Node]) -> Masks {
    let mut covers = Covers { text, bytes: vec![Cover::Between; text.len()], secrets: Vec::new() };
    for root in roots {
        let shape = if is_bare_request(root) { Shape::of_function() } else { Shape::of_manifest() };
        covers.visit(root, Some(shape));
    }
    // A value that is a secret in one place is one everywhere: an anchor may be used in both.
    for range in std::mem::take(&mut covers.secrets) {
        covers.set(range, Cover::Hidden);
    }
    Masks::Parsed(covers.bytes)
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
