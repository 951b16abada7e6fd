use serde_json::{Map, Value};

use crate::service_error::ServiceError;
use crate::store::function::Function;

/// Refuses a call that was meant for another revision (recorded answer).
pub(crate) fn check_revision(function: &Function, sent: &Map<String, Value>) -> Result<(), ServiceError> {
    match sent.get("RevisionId") {
        Some(wanted) if Some(wanted) != function.latest.configuration.get("RevisionId") => {
            Err(ServiceError::precondition_failed())
        }
        _ => Ok(()),
    }
}
