use crate::beside::Members;
use serde_json::Value;

/// A function and what it is known by.
pub(crate) struct Owner {
    /// Its logical id.
    pub(crate) id: String,
    pub(crate) members: Members,
    /// The alias that everything hangs on, where the tool makes one.
    pub(crate) alias: Option<String>,
}

/// What CloudFormation and SAM call provisioned concurrency.
pub(super) fn provisioned(place: &mut Members, config: &Value) {
    const MEMBER: &str = "ProvisionedConcurrentExecutions";
    if !config[MEMBER].is_null() {
        place.insert(MEMBER.into(), config[MEMBER].clone());
    }
}
