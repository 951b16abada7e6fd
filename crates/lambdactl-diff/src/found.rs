use std::collections::BTreeMap;

use lambdactl_schema::{Kind, Slot};
use serde_json::Value;

/// What an account has beside a function, by kind; a kind that is not here was not read.
pub type FoundBeside = BTreeMap<Kind, Found>;

/// What was read of one kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Everything there is, in the service's words, by where it stands.
    Things(BTreeMap<Slot, Value>),
    /// It could not be read, for this reason.
    Unknown(String),
}

impl Found {
    /// Nothing of a kind.
    pub fn nothing() -> Self {
        Self::Things(BTreeMap::new())
    }

    /// One thing, or the value of a setting, of the function itself.
    pub fn one(value: Value) -> Self {
        Self::Things(BTreeMap::from([(Slot::function(), value)]))
    }
}
