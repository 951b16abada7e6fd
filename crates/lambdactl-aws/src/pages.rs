//! The pages of a list, which must have an end.

use std::collections::HashSet;

use lambdactl_schema::Call;
use lambdactl_schema::operations::Paging;
use serde_json::Value;

use crate::client::Client;
use crate::error::CallError;

/// Pages that are read at most: half a million functions.
const MOST_PAGES: usize = 10_000;

/// A list that is read page by page.
pub(crate) struct Pages<'a> {
    client: &'a Client,
    paging: Paging,
    /// The call for the next page; none after the last one.
    next: Option<Call>,
    markers: Markers,
}

/// The markers of the pages that were read.
#[derive(Default)]
struct Markers(HashSet<String>);

impl Markers {
    /// Takes the marker of the page that follows. Returns whether the list goes on there: not to a page that was there before,
    /// nor to more pages than any account has.
    fn take(&mut self, marker: &str) -> bool {
        self.0.len() < MOST_PAGES && self.0.insert(marker.to_owned())
    }
}

impl<'a> Pages<'a> {
    /// Makes the pages of a list; nothing is read yet.
    pub(crate) fn of(client: &'a Client, call: Call) -> Self {
        let paging = call.operation.row().paging.expect("its row says how its pages follow each other");
        Self { client, paging, next: Some(call), markers: Markers::default() }
    }

    /// Reads the next page; nothing after the last one.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<Value>>, CallError> {
        let Some(call) = self.next.take() else { return Ok(None) };
        let Paging { items, input, output } = self.paging;
        let operation = call.operation;
        let mut page = self.client.answer(call.clone()).await?;
        let Value::Array(items) = page[items].take() else {
            return Err(self.client.unexpected(operation, format!("no list of {}", words(items))));
        };
        if let Some(marker) = page[output].as_str().filter(|marker| !marker.is_empty()) {
            if !self.markers.take(marker) {
                return Err(self.client.unexpected(operation, "a list without an end"));
            }
            self.next = Some(call.with(input, marker));
        }
        Ok(Some(items))
    }

    /// Whether there are more pages.
    pub(crate) fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Reads the list to its end.
    pub(crate) async fn all(mut self) -> Result<Vec<Value>, CallError> {
        let mut all = Vec::new();
        while let Some(items) = self.next().await? {
            all.extend(items);
        }
        Ok(all)
    }
}

/// Writes a member's name as words: `EventSourceMappings` are event source mappings.
fn words(member: &str) -> String {
    let mut words = String::new();
    for letter in member.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_that_begins_again_has_no_end() {
        let mut markers = Markers::default();
        assert!(markers.take("a"));
        assert!(markers.take("b"));
        assert!(!markers.take("a"));
        let mut markers = Markers::default();
        let read = (0..).take_while(|page| markers.take(&page.to_string())).count();
        assert_eq!(read, MOST_PAGES);
    }

    #[test]
    fn members_are_words() {
        assert_eq!(words("EventSourceMappings"), "event source mappings");
    }
}
