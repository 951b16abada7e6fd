//! When a function moves to a newer version of its runtime. No recorded answer was there: members are those of the service's
//! model, what is checked is documented, and none of the texts of refusals could be verified.

use serde_json::{Map, Value, json};

use crate::functions::read::find;
use crate::http::asked::Asked;
use crate::http::members::parse;
use crate::names::{FunctionReference, LATEST, is_region, validation_errors};
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::records::Change;

/// PutRuntimeManagementConfig.
pub(crate) fn put(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let reference = reference(asked)?;
    let mode = match sent.get("UpdateRuntimeOn").and_then(Value::as_str) {
        Some(mode @ ("Auto" | "FunctionUpdate" | "Manual")) => mode.to_owned(),
        None => {
            return Err(validation_errors(&[
                "Value null at 'updateRuntimeOn' failed to satisfy constraint: Member must not be null".to_owned(),
            ]));
        }
        Some(other) => {
            return Err(validation_errors(&[format!(
                "Value '{other}' at 'updateRuntimeOn' failed to satisfy constraint: Member must satisfy enum value set: \
                 [Auto, Manual, FunctionUpdate]"
            )]));
        }
    };
    let version = sent.get("RuntimeVersionArn").filter(|arn| arn.is_string()).cloned();
    if mode == "Manual" && version.is_none() {
        let message = "RuntimeVersionArn is required when UpdateRuntimeOn is Manual.";
        return Err(ServiceError::invalid_parameter(message));
    }
    if mode != "Manual" && version.is_some() {
        let message = "RuntimeVersionArn is only supported when UpdateRuntimeOn is Manual.";
        return Err(ServiceError::invalid_parameter(message));
    }
    if let Some(arn) = version.as_ref().and_then(Value::as_str) {
        check_arn(arn)?;
    }
    shared.store.change(&asked.scope.region, &reference.name, |existing| {
        let missing = || ServiceError::function_not_found(&reference.arn(&asked.scope));
        let mut function = existing.ok_or_else(missing)?;
        let snapshot = function.snapshot(reference.qualifier.as_deref()).ok_or_else(missing)?;
        if snapshot.configuration.get("PackageType").is_some_and(|kind| kind == "Image") {
            let message = "Runtime management is not supported for functions with packageType Image.";
            return Err(ServiceError::invalid_parameter(message));
        }
        let mut config = Map::from_iter([("UpdateRuntimeOn".to_owned(), json!(mode))]);
        config.extend(version.map(|version| ("RuntimeVersionArn".to_owned(), version)));
        let key = key(&reference);
        function.attached.runtime_management.insert(key, config.clone());
        config.insert("FunctionArn".to_owned(), json!(reference.arn(&asked.scope)));
        Ok((Change::Put(Box::new(function), None), Value::Object(config)))
    })
}

/// GetRuntimeManagementConfig.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = reference(asked)?;
    let function = find(shared, &asked.scope, &reference)?;
    let missing = || ServiceError::function_not_found(&reference.arn(&asked.scope));
    function.snapshot(reference.qualifier.as_deref()).ok_or_else(missing)?;
    let auto = || Map::from_iter([("UpdateRuntimeOn".to_owned(), json!("Auto"))]);
    let mut config = function.attached.runtime_management.get(&key(&reference)).cloned().unwrap_or_else(auto);
    config.insert("FunctionArn".to_owned(), json!(reference.arn(&asked.scope)));
    Ok(Value::Object(config))
}

/// What is meant: `$LATEST` or a version. The pattern admits aliases, the documentation does not; what the service says of one
/// could not be verified.
fn reference(asked: &Asked) -> Result<FunctionReference, ServiceError> {
    let reference = asked.qualified()?;
    match reference.qualifier.as_deref() {
        Some(qualifier) if qualifier != LATEST && !qualifier.bytes().all(|byte| byte.is_ascii_digit()) => {
            let message = "Runtime management is supported for $LATEST and published versions only.";
            Err(ServiceError::invalid_parameter(message))
        }
        _ => Ok(reference),
    }
}

fn key(reference: &FunctionReference) -> String {
    reference.qualifier.clone().unwrap_or_else(|| LATEST.to_owned())
}

/// The pattern of the service's model.
fn check_arn(arn: &str) -> Result<(), ServiceError> {
    const PATTERN: &str = r"((arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}::runtime:.+)|(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:runtime/[A-Za-z0-9_.-]{1,128}/version/[A-Za-z0-9_.-]{1,128}))";
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let fits = match parts.as_slice() {
        ["arn", partition, "lambda", region, account, rest] => {
            let of_service = account.is_empty() && rest.strip_prefix("runtime:").is_some_and(|id| !id.is_empty());
            let of_account = account.len() == 12 && rest.starts_with("runtime/") && rest.contains("/version/");
            partition.starts_with("aws") && is_region(region) && (of_service || of_account)
        }
        _ => false,
    };
    if fits {
        return Ok(());
    }
    Err(validation_errors(&[format!(
        "Value '{arn}' at 'runtimeVersionArn' failed to satisfy constraint: Member must satisfy regular expression pattern: \
         {PATTERN}"
    )]))
}
