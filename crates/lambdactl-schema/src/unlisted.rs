use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Members of a request that this build does not know: `--allow-unknown` lets them through to the service, in the form
/// in which they were written.
///
/// The `Debug` form shows their names only: what is not known may be a secret.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnlistedMembers(pub Map<String, Value>);

impl fmt::Debug for UnlistedMembers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_form_has_names_only() {
        let members = json!({ "SomethingNew": "hunter2" }).as_object().cloned().expect("a map");
        assert_eq!(format!("{:?}", UnlistedMembers(members)), "[\"SomethingNew\"]");
    }
}
