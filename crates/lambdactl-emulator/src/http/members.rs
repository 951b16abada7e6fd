//! The members in the body of a request.

use serde_json::{Map, Value};

use crate::service_error::ServiceError;

/// The body as an object without nulls, which the service takes as absent (unverified).
pub(crate) fn parse(body: &[u8]) -> Result<Map<String, Value>, ServiceError> {
    // The parser's own text may quote the body, so it stays out of the answer.
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut members)) => {
            drop_nulls(&mut members);
            Ok(members)
        }
        Ok(_) => Err(ServiceError::serialization("Start of structure or map found where not expected.")),
        Err(_) => Err(ServiceError::serialization("Could not parse request body into json")),
    }
}

fn drop_nulls(members: &mut Map<String, Value>) {
    members.retain(|_, value| !value.is_null());
    for value in members.values_mut() {
        if let Value::Object(inner) = value {
            drop_nulls(inner);
        }
    }
}
