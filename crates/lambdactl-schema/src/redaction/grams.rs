use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};
use std::ops::Range;

/// Characters of a run by which a text is recognised.
pub(super) const LENGTH: usize = 8;

/// Every run of eight characters of some texts, as numbers: those of different runs may be equal by chance, once in
/// 2⁶⁴, and a text would then hide eight characters too many.
#[derive(Default)]
pub(super) struct Grams(HashSet<u64, BuildHasherDefault<Itself>>);

impl Grams {
    pub(super) fn add(&mut self, text: &str) {
        let characters: Vec<char> = text.chars().collect();
        self.0.extend(characters.windows(LENGTH).map(number));
    }

    /// Calls `found` for each run of these that is in a text, and not in the other collection.
    pub(super) fn find(&self, text: &[char], except: &Self, mut found: impl FnMut(Range<usize>)) {
        if self.0.is_empty() {
            return;
        }
        for (at, window) in text.windows(LENGTH).enumerate() {
            let number = number(window);
            if self.0.contains(&number) && !except.0.contains(&number) {
                found(at..at + LENGTH);
            }
        }
    }
}

/// Mixes eight characters into a number (the finalizer of SplitMix64 after each).
fn number(window: &[char]) -> u64 {
    window.iter().fold(0, |state: u64, character| {
        let mut mixed = state.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(u32::from(*character));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    })
}

/// The numbers are mixed already.
#[derive(Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Never called for a number; a hasher must have it.
        self.0 = BuildHasherDefault::<std::hash::DefaultHasher>::default().hash_one(bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_are_alike_have_numbers_of_their_own() {
        let runs = (0..200_000u32).map(|index| format!("{index:08}").chars().collect::<Vec<_>>());
        let numbers: HashSet<u64> = runs.map(|run| number(&run)).collect();
        assert_eq!(numbers.len(), 200_000);
    }
}
