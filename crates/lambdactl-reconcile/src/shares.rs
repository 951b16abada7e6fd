//! Which functions are asked whether they work, where one pass cannot ask all.

use std::collections::BTreeSet;

/// Functions that a pass asks at most beside those that gave reason for it.
const SHARE: usize = 10;

/// Takes turns over the functions of a manifest. Lists of functions do not say whether each can be used, and a request for each at
/// every pass would be most of what the pass sends.
#[derive(Clone, Debug, Default)]
pub struct Shares {
    /// The last name that had its turn.
    last: Option<String>,
    /// Functions that did not work when they were last asked: they are asked each time.
    doubtful: BTreeSet<String>,
}

impl Shares {
    /// Returns the functions that are asked next, of those of a manifest.
    pub fn next(&mut self, names: &BTreeSet<String>) -> Vec<String> {
        let after = self.last.clone().unwrap_or_default();
        let rest = names.iter().filter(|name| **name > after).chain(names.iter().filter(|name| **name <= after));
        let share: Vec<String> = rest.take(SHARE).cloned().collect();
        self.last = share.last().cloned();
        self.doubtful.retain(|name| names.contains(name));
        let others = self.doubtful.iter().filter(|name| !share.contains(name)).take(SHARE).cloned();
        share.iter().cloned().chain(others).collect()
    }

    /// Notes whether a function worked when it was asked.
    pub fn answered(&mut self, name: &str, works: bool) {
        match works {
            true => _ = self.doubtful.remove(name),
            false => _ = self.doubtful.insert(name.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_has_a_turn_and_the_doubtful_have_each() {
        let names: BTreeSet<String> = (0..25).map(|index| format!("f{index:02}")).collect();
        let mut shares = Shares::default();
        let mut asked = BTreeSet::new();
        for _ in 0..3 {
            let share = shares.next(&names);
            assert_eq!(share.len(), 10);
            asked.extend(share);
        }
        assert_eq!(asked, names);
        shares.answered("f00", false);
        let turns: Vec<bool> = (0..5).map(|_| shares.next(&names).contains(&"f00".to_owned())).collect();
        assert_eq!(turns, [true; 5]);
        shares.answered("f00", true);
        let turns = (0..5).filter(|_| shares.next(&names).contains(&"f00".to_owned())).count();
        assert_eq!(turns, 2);
        let few: BTreeSet<String> = names.iter().take(3).cloned().collect();
        assert_eq!(shares.next(&few).len(), 3);
        assert!(shares.next(&BTreeSet::new()).is_empty());
    }
}
