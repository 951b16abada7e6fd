use std::hash::{BuildHasher, RandomState};

use serde_json::Value;

/// What a plan says about the values of environment variables.
#[derive(Clone, Debug, Default)]
pub enum Secrets {
    /// That they differ, and nothing else.
    #[default]
    Hidden,
    /// A short fingerprint of each, under a key of one run and of its place. Whoever writes a part of a manifest cannot
    /// test guesses with it: a guess at another place, and in another run, has another fingerprint.
    Fingerprinted(RandomState),
    /// The values themselves, for a person who has asked for them.
    Shown,
}

impl Secrets {
    /// Returns what stands for a value in a change: nothing, a fingerprint or the value. The place is a function's name and
    /// a path.
    pub(crate) fn stand_in(&self, place: (&str, &str), value: &Value) -> Option<Value> {
        match self {
            Self::Hidden => None,
            // 24 bits are enough to tell a few values apart, and too few to test guesses of a value by.
            Self::Fingerprinted(key) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Some(Value::String(format!("#{:06x}", key.hash_one((place, text)) >> 40)))
            }
            Self::Shown => Some(value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_of_one_run_and_one_place() {
        let value = Value::from("s3cret");
        let (one, other) = (Secrets::Fingerprinted(RandomState::new()), Secrets::Fingerprinted(RandomState::new()));
        let place = ("f", "/Environment/Variables/TOKEN");
        assert_eq!(one.stand_in(place, &value), one.stand_in(place, &value));
        assert_ne!(one.stand_in(place, &value), one.stand_in(place, &Value::from("other")));
        // One in sixteen million that one of these fails by chance.
        assert_ne!(one.stand_in(place, &value), other.stand_in(place, &value));
        for elsewhere in [("g", place.1), ("f", "/Environment/Variables/GUESS")] {
            assert_ne!(one.stand_in(place, &value), one.stand_in(elsewhere, &value));
        }
        assert_eq!(Secrets::Hidden.stand_in(place, &value), None);
    }
}
