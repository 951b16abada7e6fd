//! The pages of a list, which must have an end.

use std::collections::HashSet;

/// What is wrong with a list whose markers begin again.
pub(crate) const ENDLESS: &str = "a list without an end";

/// Pages that are read at most: half a million functions.
const MOST_PAGES: usize = 10_000;

/// What comes after a page.
pub(crate) enum Next {
    /// The page that this marker names.
    Page(String),
    /// Nothing: it was the last one.
    End,
    /// A page that was there before, or more pages than any account has.
    Endless,
}

/// The pages of a list that were read.
#[derive(Default)]
pub(crate) struct Pages(HashSet<String>);

impl Pages {
    /// Takes the marker of the page that follows.
    pub(crate) fn next(&mut self, marker: Option<&str>) -> Next {
        match marker.filter(|marker| !marker.is_empty()) {
            None => Next::End,
            Some(marker) if self.0.len() < MOST_PAGES && self.0.insert(marker.to_owned()) => {
                Next::Page(marker.to_owned())
            }
            Some(_) => Next::Endless,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_that_begins_again_has_no_end() {
        let mut pages = Pages::default();
        assert!(matches!(pages.next(Some("a")), Next::Page(_)));
        assert!(matches!(pages.next(Some("b")), Next::Page(_)));
        assert!(matches!(pages.next(Some("a")), Next::Endless));
        assert!(matches!(Pages::default().next(Some("")), Next::End));
        let mut pages = Pages::default();
        let read = (0..).take_while(|page| matches!(pages.next(Some(&page.to_string())), Next::Page(_))).count();
        assert_eq!(read, MOST_PAGES);
    }
}
