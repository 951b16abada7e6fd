//! What is kept beside functions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What goes with a function.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Attached {
    /// Aliases, as they are answered.
    #[serde(default)]
    pub(crate) aliases: Vec<Map<String, Value>>,
    /// The highest number that a version had; 0 in records that are older than this member.
    #[serde(default)]
    pub(crate) last_version: u64,
    /// The resource policies of versions and aliases, by qualifier; that of the function under the empty one.
    #[serde(default)]
    pub(crate) policies: BTreeMap<String, Policy>,
    /// The URLs of aliases, by name; that of the function under the empty one.
    #[serde(default)]
    pub(crate) urls: BTreeMap<String, Map<String, Value>>,
    #[serde(default)]
    pub(crate) reserved_concurrency: Option<u64>,
    /// Provisioned concurrency of versions and aliases, by qualifier.
    #[serde(default)]
    pub(crate) provisioned: BTreeMap<String, Provisioned>,
    /// What was told about asynchronous calls, by version or alias; of the function itself under `$LATEST`.
    #[serde(default)]
    pub(crate) event_invoke: BTreeMap<String, Map<String, Value>>,
    /// When the runtime is updated, in the same way.
    #[serde(default)]
    pub(crate) runtime_management: BTreeMap<String, Map<String, Value>>,
    /// What was told about recursion.
    #[serde(default)]
    pub(crate) recursive_loop: Option<String>,
}

impl Attached {
    /// Returns an alias.
    pub(crate) fn alias(&self, name: &str) -> Option<&Map<String, Value>> {
        self.aliases.iter().find(|alias| alias.get("Name").and_then(Value::as_str) == Some(name))
    }

    /// Returns the version that an alias points to.
    pub(crate) fn main_version(&self, alias: &str) -> Option<&str> {
        self.alias(alias)?.get("FunctionVersion")?.as_str()
    }

    /// Whether an alias points to a version, or gives it a part of its traffic.
    pub(crate) fn is_named_by_alias(&self, version: &str) -> bool {
        self.aliases.iter().any(|alias| {
            let weights = alias.get("RoutingConfig").and_then(|routing| routing.get("AdditionalVersionWeights"));
            alias.get("FunctionVersion").is_some_and(|main| main == version)
                || weights.is_some_and(|weights| weights.get(version).is_some())
        })
    }

    /// Takes away all that a version or an alias had.
    pub(crate) fn drop_qualifier(&mut self, qualifier: &str) {
        self.policies.remove(qualifier);
        self.urls.remove(qualifier);
        self.provisioned.remove(qualifier);
        self.event_invoke.remove(qualifier);
        self.runtime_management.remove(qualifier);
    }

    /// Returns what is provisioned for all qualifiers together.
    pub(crate) fn provisioned_sum(&self) -> u64 {
        self.provisioned.values().fold(0, |sum, provisioned| sum.saturating_add(provisioned.requested))
    }

    /// Returns what the function takes of the account's concurrency: what is provisioned comes out of what is reserved.
    pub(crate) fn taken(&self) -> u64 {
        self.reserved_concurrency.unwrap_or_else(|| self.provisioned_sum())
    }
}

/// Provisioned concurrency.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Provisioned {
    pub(crate) requested: u64,
    /// When it was asked for.
    pub(crate) modified: String,
}

/// A resource policy. It has a revision of its own.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) revision: String,
    pub(crate) statements: Vec<Value>,
}
