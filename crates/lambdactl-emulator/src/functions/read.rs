//! The calls on functions that exist, and the account's settings.

use std::ops::ControlFlow;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::http::faults::Stage;
use crate::names::{FunctionReference, LATEST};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::function::{Function, Snapshot};
use crate::store::records::Change;

/// What is said of tags that the caller may not read (the words could not be verified).
pub(crate) const UNREADABLE_TAGS: &str = "User is not authorized to perform: lambda:ListTags";

/// How many executions an account may have at a time, before anybody asked for more (AWS documentation).
pub(crate) const ACCOUNT: u64 = 1000;

/// GetFunction.
pub(crate) fn get_function(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
) -> Result<Value, ServiceError> {
    let function = find(shared, scope, reference)?;
    let qualifier = reference.qualifier.as_deref();
    let snapshot = snapshot_of(&function, scope, reference)?;
    let mut view = function.get_view(snapshot, qualifier, &shared.endpoint);
    if shared.mishaps.failing(Stage::Tags, &function.name).is_some() {
        let refusal = json!({ "ErrorCode": "AccessDeniedException", "Message": UNREADABLE_TAGS });
        view["TagsError"] = refusal;
        if let Some(members) = view.as_object_mut() {
            members.shift_remove("Tags");
        }
    }
    if let Some(configuration) = view["Configuration"].as_object_mut() {
        shared.pending.show(&scope.region, configuration);
    }
    Ok(view)
}

/// GetFunctionConfiguration.
pub(crate) fn get_configuration(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
) -> Result<Value, ServiceError> {
    let function = find(shared, scope, reference)?;
    let qualifier = reference.qualifier.as_deref();
    let snapshot = snapshot_of(&function, scope, reference)?;
    let mut configuration = snapshot.configuration_view(qualifier);
    shared.pending.show(&scope.region, &mut configuration);
    Ok(Value::Object(configuration))
}

/// GetFunctionCodeSigningConfig. The recorded answer for a function without one is an empty object.
pub(crate) fn get_code_signing(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
) -> Result<Value, ServiceError> {
    let function = find(shared, scope, reference)?;
    Ok(match function.code_signing_config_arn {
        Some(arn) => json!({"CodeSigningConfigArn": arn, "FunctionName": function.name}),
        None => json!({}),
    })
}

/// DeleteFunction: the whole function, or one version of it.
///
/// A version that does not exist is no error, a function that does not exist is (recorded answers).
pub(crate) fn delete_function(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
) -> Result<StatusCode, ServiceError> {
    let FunctionReference { name, qualifier } = reference;
    let qualifier = qualifier.as_deref();
    let number = qualifier.and_then(|qualifier| qualifier.parse::<u64>().ok());
    if number.is_none() && qualifier.is_some_and(|qualifier| !qualifier.starts_with('$')) {
        let message = "Deletion of aliases is not currently supported.";
        return Err(ServiceError::invalid_parameter(message));
    }
    // Whether there is such a function is not looked at (recorded answer).
    if qualifier == Some(LATEST) {
        let message = "$LATEST version cannot be deleted without deleting the function.";
        return Err(ServiceError::invalid_parameter(message));
    }
    shared.store.change(&scope.region, name, |existing| {
        let arn = scope.function_arn(name);
        let mut function = existing.ok_or_else(|| ServiceError::function_not_found(&arn))?;
        // As other emulators have it (unverified): work with the capacity provider goes on after
        // the answer.
        let managed = function.latest.configuration.contains_key("CapacityProviderConfig");
        let status = if managed { StatusCode::ACCEPTED } else { StatusCode::NO_CONTENT };
        match (qualifier, number) {
            (None, _) => {
                shared.pending.forget(&scope.region, name);
                shared.provisioning.forget(&scope.region, name);
                Ok((Change::Remove, status))
            }
            // AWS documentation; the text is that of another emulator.
            (_, Some(number)) if function.attached.is_named_by_alias(&number.to_string()) => {
                Err(ServiceError::conflict(&format!(
                    "Function version {number} cannot be deleted because it is referenced by an alias."
                )))
            }
            (_, Some(number)) if function.versions.remove(&number).is_some() => {
                function.attached.drop_qualifier(&number.to_string());
                Ok((Change::Put(Box::new(function), None), status))
            }
            _ => Ok((Change::Keep, status)),
        }
    })
}

/// GetAccountSettings: the documented limits of an account, and what the region holds.
pub(crate) fn account_settings(shared: &Shared, scope: &Scope) -> Result<Value, ServiceError> {
    let mut count = 0_u64;
    let mut bytes = 0_u64;
    let mut reserved = 0_u64;
    shared.store.visit(&scope.region, "", |function| {
        count += 1;
        reserved = reserved.saturating_add(function.attached.reserved_concurrency.unwrap_or_default());
        // Each version keeps its own copy of the code (AWS documentation).
        bytes += function.snapshots().map(|(_, each)| code_size(&each.configuration)).sum::<u64>();
        ControlFlow::Continue(())
    })?;
    Ok(json!({
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800_u64,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": ACCOUNT,
            // All but what PutFunctionConcurrency reserved (AWS documentation).
            "UnreservedConcurrentExecutions": ACCOUNT.saturating_sub(reserved),
        },
        "AccountUsage": {"TotalCodeSize": bytes, "FunctionCount": count},
    }))
}

fn code_size(configuration: &Map<String, Value>) -> u64 {
    configuration.get("CodeSize").and_then(Value::as_u64).unwrap_or_default()
}

/// A function that is there.
pub(crate) fn find(shared: &Shared, scope: &Scope, reference: &FunctionReference) -> Result<Function, ServiceError> {
    let function = shared.store.function(&scope.region, &reference.name)?;
    function.ok_or_else(|| missing(scope, reference))
}

fn snapshot_of<'a>(
    function: &'a Function,
    scope: &Scope,
    reference: &FunctionReference,
) -> Result<&'a Snapshot, ServiceError> {
    function.snapshot(reference.qualifier.as_deref()).ok_or_else(|| missing(scope, reference))
}

fn missing(scope: &Scope, reference: &FunctionReference) -> ServiceError {
    ServiceError::function_not_found(&reference.arn(scope))
}
