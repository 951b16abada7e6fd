use std::fmt::Write;

/// Where a walk through nested maps and lists is, as a JSON pointer.
///
/// Most values of most functions are plain and as they should be: to make a text for each of them would be a good part of
/// what reading and comparing thousands of functions costs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer(String);

/// Where a pointer was before it went into a member or an item.
#[derive(Debug)]
#[must_use]
pub struct Outer(usize);

impl Pointer {
    /// Goes into a member of a map.
    pub fn enter(&mut self, member: &str) -> Outer {
        let outer = Outer(self.0.len());
        self.0.push('/');
        if member.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
            self.0.push_str(&member.replace('~', "~0").replace('/', "~1"));
        } else {
            self.0.push_str(member);
        }
        outer
    }

    /// Goes into an item of a list.
    pub fn enter_item(&mut self, index: usize) -> Outer {
        let outer = Outer(self.0.len());
        // Writing into a text does not fail.
        let _ = write!(self.0, "/{index}");
        outer
    }

    /// Goes back to where it was.
    pub fn leave(&mut self, outer: Outer) {
        self.0.truncate(outer.0);
    }

    /// The pointer: empty for the whole.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names and indexes on the way, escaped as they are in the pointer.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').skip(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_on_the_way_in_and_gone_on_the_way_out() {
        let mut pointer = Pointer::default();
        let whole = pointer.enter("Tags");
        let tags = pointer.enter("a/b~c");
        let tag = pointer.enter_item(12);
        assert_eq!(pointer.as_str(), "/Tags/a~1b~0c/12");
        assert_eq!(pointer.segments().collect::<Vec<_>>(), ["Tags", "a~1b~0c", "12"]);
        pointer.leave(tag);
        pointer.leave(tags);
        assert_eq!(pointer.as_str(), "/Tags");
        pointer.leave(whole);
        assert_eq!(pointer.as_str(), "");
    }
}
