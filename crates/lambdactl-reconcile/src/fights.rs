//! Members that somebody else changes back each time: correcting them at every pass would help nobody.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// How often a member is corrected within an hour before it counts as fought over.
const MOST: usize = 5;
const HOUR: Duration = Duration::from_secs(60 * 60);
/// How much rarer a function is corrected then.
const SLOWER: u32 = 10;
/// Members that are remembered: a manifest has so many functions at most that more would be an attack on the memory.
const REMEMBERED: usize = 10_000;

/// What was corrected lately, by function and path.
#[derive(Clone, Debug, Default)]
pub struct Fights {
    corrections: BTreeMap<(String, String), VecDeque<Instant>>,
}

/// A member that is fought over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contested {
    /// The paths of the function's members, as JSON pointers.
    pub paths: Vec<String>,
    /// How long the function is left alone.
    pub left_alone: Duration,
}

impl Fights {
    /// Notes that members of a function were corrected though the manifest had not changed.
    pub fn corrected<'p>(&mut self, function: &str, paths: impl IntoIterator<Item = &'p str>, now: Instant) {
        for path in paths {
            let key = (function.to_owned(), path.to_owned());
            if self.corrections.len() >= REMEMBERED && !self.corrections.contains_key(&key) {
                continue;
            }
            let times = self.corrections.entry(key).or_default();
            times.push_back(now);
            while times.len() > MOST + 1 {
                times.pop_front();
            }
        }
    }

    /// Returns the members of a function that are fought over, where the next correction would come too soon.
    pub fn contested(&self, function: &str, interval: Duration, now: Instant) -> Option<Contested> {
        let rest = interval.saturating_mul(SLOWER);
        let mut paths = Vec::new();
        let mut left_alone = Duration::ZERO;
        for ((_, path), times) in
            self.corrections.range((function.to_owned(), String::new())..).take_while(|((name, _), _)| name == function)
        {
            let recent = times.iter().filter(|time| now.duration_since(**time) < HOUR.max(rest)).count();
            let Some(last) = times.back().filter(|_| recent > MOST) else { continue };
            let since = now.duration_since(*last);
            if since < rest {
                paths.push(path.clone());
                left_alone = left_alone.max(rest - since);
            }
        }
        (!paths.is_empty()).then_some(Contested { paths, left_alone })
    }

    /// Forgets what was long ago, and all of it where the manifest has changed: whoever wrote it may have settled the matter.
    pub fn forget(&mut self, interval: Duration, now: Instant) {
        let rest = HOUR.max(interval.saturating_mul(SLOWER));
        self.corrections.retain(|_, times| times.back().is_some_and(|last| now.duration_since(*last) < rest));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.corrections.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_member_that_is_corrected_again_and_again_is_left_alone_for_a_while() {
        let start = Instant::now();
        let mut fights = Fights::default();
        for pass in 0..5 {
            fights.corrected("f", ["/Timeout"], start + 5 * MINUTE * pass);
            assert_eq!(fights.contested("f", 5 * MINUTE, start + 5 * MINUTE * pass), None, "{pass}");
        }
        let sixth = start + 25 * MINUTE;
        fights.corrected("f", ["/Timeout", "/MemorySize"], sixth);
        fights.corrected("f2", ["/Timeout"], sixth);
        let contested = fights.contested("f", 5 * MINUTE, sixth + MINUTE);
        assert_eq!(contested, Some(Contested { paths: vec!["/Timeout".to_owned()], left_alone: 49 * MINUTE }));
        assert_eq!(fights.contested("f2", 5 * MINUTE, sixth + MINUTE), None);
        // After ten intervals it is tried once more, and left alone again.
        let later = sixth + 50 * MINUTE;
        assert_eq!(fights.contested("f", 5 * MINUTE, later), None);
        fights.corrected("f", ["/Timeout"], later);
        assert!(fights.contested("f", 5 * MINUTE, later + MINUTE).is_none(), "only two within the hour");
        fights.clear();
        assert_eq!(fights.contested("f", 5 * MINUTE, sixth), None);
    }

    #[test]
    fn what_was_long_ago_and_what_is_too_much_is_not_kept() {
        let start = Instant::now();
        let mut fights = Fights::default();
        for index in 0..REMEMBERED + 5 {
            fights.corrected(&format!("f{index}"), ["/Timeout"], start);
        }
        assert_eq!(fights.corrections.len(), REMEMBERED);
        fights.forget(MINUTE, start + 2 * HOUR);
        assert!(fights.corrections.is_empty());
    }
}
