//! Event source mappings: created and listed, so that what a deletion takes away can be seen. They have no effect.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::members::parse;
use crate::names::FunctionReference;
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;

/// CreateEventSourceMapping.
pub(crate) fn create_mapping(shared: &Shared, scope: &Scope, body: &[u8]) -> Result<Value, ServiceError> {
    let sent = parse(body)?;
    let text = |member: &str| sent.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let reference = FunctionReference::from_path(&text("FunctionName"), None, scope)?;
    if shared.store.function(&scope.region, &reference.name)?.is_none() {
        return Err(ServiceError::invalid_parameter("Function does not exist"));
    }
    let mapping = json!({
        "UUID": Uuid::new_v4().to_string(),
        "EventSourceArn": text("EventSourceArn"),
        "FunctionArn": scope.function_arn(&reference.name),
        "State": "Creating",
    });
    shared.mappings.push(&scope.region, reference.name, mapping.clone());
    Ok(mapping)
}

/// The rows of ListEventSourceMappings, of one function or of all.
pub(crate) fn list_mappings(shared: &Shared, scope: &Scope, name: Option<&str>) -> Result<Vec<Value>, ServiceError> {
    let reference = name.map(|name| FunctionReference::from_path(name, None, scope)).transpose()?;
    let name = reference.as_ref().map(|reference| reference.name.as_str());
    Ok(shared.mappings.of(&scope.region, name))
}
