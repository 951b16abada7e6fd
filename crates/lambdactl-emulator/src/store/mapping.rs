//! The stored event source mapping.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An event source mapping.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Mapping {
    pub(crate) uuid: String,
    /// How many were created before it, as far as they were there then: lists are in this order.
    pub(crate) order: u64,
    /// The bare name of its function.
    pub(crate) function: String,
    /// What was asked for: whether it takes records.
    pub(crate) is_enabled: bool,
    /// A deletion began, and ends when nothing is worked on any more.
    #[serde(default)]
    pub(crate) is_deleted: bool,
    /// The members of its answers, the state apart.
    pub(crate) members: Map<String, Value>,
    #[serde(default)]
    pub(crate) tags: Map<String, Value>,
}

impl Mapping {
    /// Returns a member that is text.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.members.get(member)?.as_str()
    }
}

/// What becomes of a mapping.
pub(crate) enum MappingChange {
    Put(Box<Mapping>),
    /// The one with this UUID goes.
    Remove(String),
}
