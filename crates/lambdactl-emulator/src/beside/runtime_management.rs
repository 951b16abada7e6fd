//! When a function moves to a newer version of its runtime. No recorded answer was there: members are those of the service's
//! model, and what is checked is documented.

use serde_json::{Map, Value, json};

use crate::functions::read::find;
use crate::http::asked::Asked;
use crate::http::members::parse;
use crate::names::{LATEST, validation_errors};
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::records::Change;

/// PutRuntimeManagementConfig.
pub(crate) fn put(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let reference = asked.qualified()?;
    let mode = match sent.get("UpdateRuntimeOn").and_then(Value::as_str) {
        Some(mode @ ("Auto" | "FunctionUpdate" | "Manual")) => mode.to_owned(),
        other => {
            let value = other.map_or("null".to_owned(), |other| format!("'{other}'"));
            return Err(validation_errors(&[format!(
                "Value {value} at 'updateRuntimeOn' failed to satisfy constraint: Member must satisfy enum value set: \
                 [Auto, Manual, FunctionUpdate]"
            )]));
        }
    };
    let version = sent.get("RuntimeVersionArn").filter(|arn| arn.is_string()).cloned();
    if mode == "Manual" && version.is_none() {
        let message = "RuntimeVersionArn is required when UpdateRuntimeOn is Manual.";
        return Err(ServiceError::invalid_parameter(message));
    }
    shared.store.change(&asked.scope.region, &reference.name, |existing| {
        let missing = || ServiceError::function_not_found(&reference.arn(&asked.scope));
        let mut function = existing.ok_or_else(missing)?;
        function.snapshot(reference.qualifier.as_deref()).ok_or_else(missing)?;
        let mut config = Map::from_iter([("UpdateRuntimeOn".to_owned(), json!(mode))]);
        config.extend(version.map(|version| ("RuntimeVersionArn".to_owned(), version)));
        let key = reference.qualifier.clone().unwrap_or_else(|| LATEST.to_owned());
        function.attached.runtime_management.insert(key, config.clone());
        config.insert("FunctionArn".to_owned(), json!(reference.arn(&asked.scope)));
        Ok((Change::Put(Box::new(function), None), Value::Object(config)))
    })
}

/// GetRuntimeManagementConfig.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = asked.qualified()?;
    let function = find(shared, &asked.scope, &reference)?;
    let missing = || ServiceError::function_not_found(&reference.arn(&asked.scope));
    function.snapshot(reference.qualifier.as_deref()).ok_or_else(missing)?;
    let key = reference.qualifier.as_deref().unwrap_or(LATEST);
    let auto = || Map::from_iter([("UpdateRuntimeOn".to_owned(), json!("Auto"))]);
    let mut config = function.attached.runtime_management.get(key).cloned().unwrap_or_else(auto);
    config.insert("FunctionArn".to_owned(), json!(reference.arn(&asked.scope)));
    Ok(Value::Object(config))
}
