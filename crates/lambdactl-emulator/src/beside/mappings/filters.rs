//! Filters of records, as far as they are looked at when a mapping is made.

use serde_json::{Map, Value};

use crate::service_error::ServiceError;

/// Refuses patterns that are none: a text that is no object, and leaves that are no list, or an empty one (recorded
/// answers). Whether an operator in a list is known, and whether a key fits the source, is not looked at.
pub(super) fn check(sent: &Map<String, Value>) -> Result<(), ServiceError> {
    let filters = sent.get("FilterCriteria").and_then(|criteria| criteria.get("Filters")).and_then(Value::as_array);
    let is_pattern = |filter: &Value| {
        let text = filter.get("Pattern").and_then(Value::as_str).unwrap_or_default();
        serde_json::from_str(text).is_ok_and(|pattern: Value| pattern.as_object().is_some_and(is_pattern))
    };
    if filters.into_iter().flatten().all(is_pattern) {
        return Ok(());
    }
    Err(ServiceError::invalid_parameter("Invalid filter pattern definition."))
}

fn is_pattern(pattern: &Map<String, Value>) -> bool {
    pattern.iter().all(|(key, value)| match value {
        Value::Object(inner) => is_pattern(inner),
        // A list of patterns (AWS documentation).
        Value::Array(items) if key == "$or" => {
            !items.is_empty() && items.iter().all(|item| item.as_object().is_some_and(is_pattern))
        }
        Value::Array(items) => !items.is_empty(),
        _ => false,
    })
}
