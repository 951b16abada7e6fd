//! What is kept beside functions.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What goes with a function.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Attached {
    /// Aliases, as they are answered.
    #[serde(default)]
    pub(crate) aliases: Vec<Map<String, Value>>,
    /// The resource policies of versions and aliases, by qualifier; that of the function under the empty one.
    #[serde(default)]
    pub(crate) policies: BTreeMap<String, Policy>,
    /// The URLs of aliases, by name; that of the function under the empty one.
    #[serde(default)]
    pub(crate) urls: BTreeMap<String, Map<String, Value>>,
    #[serde(default)]
    pub(crate) reserved_concurrency: Option<u64>,
    /// What was told about recursion.
    #[serde(default)]
    pub(crate) recursive_loop: Option<String>,
    /// Provisioned concurrency by version or alias.
    #[serde(default)]
    pub(crate) provisioned: BTreeMap<String, Provisioned>,
    /// What was told about asynchronous calls, by version or alias; of the function itself under `$LATEST`.
    #[serde(default)]
    pub(crate) event_invoke: BTreeMap<String, Map<String, Value>>,
    /// When the runtime is updated, in the same way.
    #[serde(default)]
    pub(crate) runtime_management: BTreeMap<String, Map<String, Value>>,
}

/// Instances that are kept ready.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Provisioned {
    pub(crate) requested: u64,
    pub(crate) modified: String,
}

/// A resource policy. It has a revision of its own.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) revision: String,
    pub(crate) statements: Vec<Value>,
}

/// Event source mappings by region: they stay behind when their function goes (recorded answers).
#[derive(Default)]
pub(crate) struct Mappings(Mutex<Vec<(String, String, Value)>>);

impl Mappings {
    /// Keeps a mapping of a function.
    pub(crate) fn push(&self, region: &str, function: String, mapping: Value) {
        self.locked().push((region.to_owned(), function, mapping));
    }

    /// Returns the mappings of a function, or of all.
    pub(crate) fn of(&self, region: &str, name: Option<&str>) -> Vec<Value> {
        let mappings = self.locked();
        let found =
            mappings.iter().filter(|(of, function, _)| of == region && name.is_none_or(|name| name == function));
        found.map(|(_, _, mapping)| mapping.clone()).collect()
    }

    fn locked(&self) -> MutexGuard<'_, Vec<(String, String, Value)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
