use std::hash::{BuildHasher, RandomState};

use serde_json::Value;

/// What a plan says about the values of environment variables.
#[derive(Clone, Debug, Default)]
pub enum Secrets {
    /// That they differ, and nothing else.
    #[default]
    Hidden,
    /// A short fingerprint of each, under a key of one run: equal values look equal, and nothing can be looked up.
    Fingerprinted(RandomState),
    /// The values themselves, for a person who has asked for them.
    Shown,
}

impl Secrets {
    /// Returns what stands for a value in a change: nothing, a fingerprint or the value.
    pub(crate) fn stand_in(&self, value: &Value) -> Option<Value> {
        match self {
            Self::Hidden => None,
            // 24 bits are enough to tell a few values apart, and too few to test guesses of a value by.
            Self::Fingerprinted(key) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Some(Value::String(format!("#{:06x}", key.hash_one(text) >> 40)))
            }
            Self::Shown => Some(value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_of_one_run() {
        let value = Value::from("s3cret");
        let (one, other) = (Secrets::Fingerprinted(RandomState::new()), Secrets::Fingerprinted(RandomState::new()));
        assert_eq!(one.stand_in(&value), one.stand_in(&value));
        assert_ne!(one.stand_in(&value), one.stand_in(&Value::from("other")));
        // One in sixteen million that this fails by chance.
        assert_ne!(one.stand_in(&value), other.stand_in(&value));
        assert_eq!(Secrets::Hidden.stand_in(&value), None);
    }
}
