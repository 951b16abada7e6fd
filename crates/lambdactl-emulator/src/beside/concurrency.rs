//! Concurrency that is reserved for a function, and what functions take of the account's. Texts and shapes are recorded
//! answers, unless a comment says otherwise.

use serde_json::{Value, json};

use crate::functions::read::{ACCOUNT, find};
use crate::http::asked::Asked;
use crate::http::members::parse;
use crate::names::{FunctionReference, LATEST, validation_errors};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::attached::Attached;
use crate::store::function::Function;
use crate::store::records::Change;

/// What of it cannot be reserved (AWS documentation).
const LEAST: u64 = 100;

/// PutFunctionConcurrency; 0 is a number like others: it stops the function.
pub(crate) fn put(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let reference = unqualified(asked)?;
    let wanted = match sent.get("ReservedConcurrentExecutions") {
        Some(wanted) => wanted.as_i64().ok_or_else(|| ServiceError::serialization("not an Integer"))?,
        None => {
            return Err(validation_errors(&[
                "Value null at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must not be null"
                    .to_owned(),
            ]));
        }
    };
    // Nothing else takes a part of the account's between the sum and the change.
    let _limits = shared.limits.lock();
    let others = taken_by_others(shared, &asked.scope, &reference.name)?;
    change(shared, &asked.scope, &reference, |function| {
        let wanted = u64::try_from(wanted).map_err(|_| {
            validation_errors(&[format!(
                "Value '{wanted}' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value \
                 greater than or equal to 0"
            )])
        })?;
        let provisioned = function.attached.provisioned_sum();
        if wanted < provisioned {
            // The blanks are the service's.
            return Err(ServiceError::invalid_parameter(&format!(
                " ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned concurrency \
                 [{provisioned}]."
            )));
        }
        if ACCOUNT.saturating_sub(others) < wanted.saturating_add(LEAST) && wanted > function.attached.taken() {
            return Err(ServiceError::limit_exceeded(&format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below \
                 its minimum value of [{LEAST}]."
            )));
        }
        function.attached.reserved_concurrency = Some(wanted);
        Ok(view(function))
    })
}

/// DeleteFunctionConcurrency: none is no error.
pub(crate) fn delete(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let reference = unqualified(asked)?;
    change(shared, &asked.scope, &reference, |function| {
        function.attached.reserved_concurrency = None;
        Ok(())
    })
}

/// GetFunctionConcurrency.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    Ok(view(&find(shared, &asked.scope, &unqualified(asked)?)?))
}

/// `{}` when nothing is reserved.
fn view(function: &Function) -> Value {
    match function.attached.reserved_concurrency {
        Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
        None => json!({}),
    }
}

/// Refuses provisioned concurrency that a function's own reserve, or the account, has no room for; `own` is what the other
/// qualifiers of the function have. That those of other functions count is documented, not how.
pub(crate) fn check_provisioned(attached: &Attached, own: u64, others: u64, wanted: u64) -> Result<(), ServiceError> {
    if let Some(reserved) = attached.reserved_concurrency {
        if own.saturating_add(wanted) > reserved {
            let message = "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for \
                           function";
            return Err(ServiceError::invalid_parameter(message));
        }
        return Ok(());
    }
    let unreserved = ACCOUNT.saturating_sub(others).saturating_sub(own);
    if wanted > unreserved {
        return Err(ServiceError::limit_exceeded(&format!(
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{unreserved}]."
        )));
    }
    if unreserved - wanted < LEAST {
        return Err(ServiceError::limit_exceeded(&format!(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum \
             value of [{LEAST}]."
        )));
    }
    Ok(())
}

/// What the other functions of a region take of the account's concurrency.
pub(crate) fn taken_by_others(shared: &Shared, scope: &Scope, name: &str) -> Result<u64, ServiceError> {
    let mut taken: u64 = 0;
    shared.store.visit_attached(&scope.region, |function, attached| {
        if function != name {
            taken = taken.saturating_add(attached.taken());
        }
    })?;
    Ok(taken)
}

/// The function that is meant: versions and aliases have no reserve of their own.
fn unqualified(asked: &Asked) -> Result<FunctionReference, ServiceError> {
    let reference = asked.function()?;
    if reference.qualifier.is_some() {
        return Err(ServiceError::invalid_parameter(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please \
             specify either a function name or an unqualified function ARN.",
        ));
    }
    Ok(reference)
}

fn change<T>(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
    work: impl FnOnce(&mut Function) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    shared.store.change(&scope.region, &reference.name, |existing| {
        let missing = || ServiceError::function_not_found(&format!("{}:{LATEST}", scope.function_arn(&reference.name)));
        let mut function = existing.ok_or_else(missing)?;
        let answer = work(&mut function)?;
        Ok((Change::Put(Box::new(function), None), answer))
    })
}
