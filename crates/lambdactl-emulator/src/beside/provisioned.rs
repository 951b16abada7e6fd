//! Provisioned concurrency of versions and aliases. Texts and shapes are recorded answers, unless a comment says otherwise.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::beside::preparing::Place;
use crate::http::asked::Asked;
use crate::http::members::parse;
use crate::http::pages::page;
use crate::names::{FunctionReference, LATEST, validation_errors};
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::attached::Provisioned;
use crate::store::function::Function;
use crate::store::records::Change;

/// What `MaxItems` may be (the service's model).
const MOST_ROWS: usize = 50;

/// PutProvisionedConcurrencyConfig.
pub(crate) fn put(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let wanted = match sent.get("ProvisionedConcurrentExecutions").and_then(Value::as_u64) {
        Some(wanted) if wanted > 0 => wanted,
        _ => {
            let value =
                sent.get("ProvisionedConcurrentExecutions").map_or("null".to_owned(), |value| format!("'{value}'"));
            return Err(validation_errors(&[format!(
                "Value {value} at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value \
                 greater than or equal to 1"
            )]));
        }
    };
    let reference = reference(asked)?;
    if reference.qualifier.as_deref() == Some(LATEST) {
        let message = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
        return Err(ServiceError::invalid_parameter(message));
    }
    let place = place(asked, &reference);
    change(shared, asked, &reference, |function| {
        check_place(function, &reference)?;
        if has_weights(function, &place.2) || shared.preparing.of(&place).flatten().is_some() {
            let message = "Alias with weights can not be used with Provisioned Concurrency";
            return Err(ServiceError::invalid_parameter(message));
        }
        let others: u64 =
            function.attached.provisioned.iter().filter(|(at, _)| **at != place.2).map(|(_, own)| own.requested).sum();
        if function.attached.reserved_concurrency.is_some_and(|reserved| others + wanted > reserved) {
            return Err(ServiceError::invalid_parameter(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
            ));
        }
        let own = Provisioned { requested: wanted, modified: now() };
        function.attached.provisioned.insert(place.2.clone(), own.clone());
        shared.preparing.begin(place.clone(), shared.pending.update_time(), None);
        Ok(view(&own, true))
    })
}

/// GetProvisionedConcurrencyConfig.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = looked_at(asked)?;
    let function = find(shared, asked, &reference)?;
    let place = place(asked, &reference);
    let own = function.attached.provisioned.get(&place.2).ok_or_else(none)?;
    Ok(view(own, shared.preparing.of(&place).is_some()))
}

/// DeleteProvisionedConcurrencyConfig: one that is not there is no error.
pub(crate) fn delete(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let reference = looked_at(asked)?;
    let place = place(asked, &reference);
    change(shared, asked, &reference, |function| {
        function.attached.provisioned.remove(&place.2);
        shared.preparing.forget(&place);
        Ok(())
    })
}

/// ListProvisionedConcurrencyConfigs.
pub(crate) fn list(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = asked.function()?;
    let function = find(shared, asked, &reference)?;
    let rows = function.attached.provisioned.iter().map(|(qualifier, own)| {
        let at = FunctionReference { name: reference.name.clone(), qualifier: Some(qualifier.clone()) };
        let mut row = view(own, shared.preparing.of(&place(asked, &at)).is_some());
        row["FunctionArn"] = json!(at.arn(&asked.scope));
        row
    });
    page(asked, rows.collect(), MOST_ROWS)
}

/// Notes that an alias with provisioned concurrency moves to another version, which the service takes its time for.
pub(crate) fn begin_move(shared: &Shared, asked: &Asked, function: &Function, alias: &str, from: &str) {
    if function.attached.provisioned.contains_key(alias) {
        let place = (asked.scope.region.clone(), function.name.clone(), alias.to_owned());
        shared.preparing.begin(place, shared.pending.update_time(), Some(from.to_owned()));
    }
}

/// Puts the weights on an alias that the service itself puts there while its instances move: all calls go to the version that
/// it comes from (Terraform #48116; the answer could not be verified).
pub(crate) fn show_move(shared: &Shared, asked: &Asked, function: &str, alias: &mut Map<String, Value>) {
    let name = alias.get("Name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let place = (asked.scope.region.clone(), function.to_owned(), name);
    if let Some(Some(from)) = shared.preparing.of(&place) {
        let weights = Map::from_iter([(from, json!(1.0))]);
        alias.insert("RoutingConfig".to_owned(), json!({ "AdditionalVersionWeights": weights }));
    }
}

fn view(own: &Provisioned, is_preparing: bool) -> Value {
    let ready = if is_preparing { 0 } else { own.requested };
    json!({
        "RequestedProvisionedConcurrentExecutions": own.requested,
        "AvailableProvisionedConcurrentExecutions": ready,
        "AllocatedProvisionedConcurrentExecutions": ready,
        "Status": if is_preparing { "IN_PROGRESS" } else { "READY" },
        "LastModified": own.modified,
    })
}

fn none() -> ServiceError {
    ServiceError::no_provisioned_concurrency("No Provisioned Concurrency Config found for this function")
}

/// The version or alias that is asked about. The text without one is that of the service's model.
fn reference(asked: &Asked) -> Result<FunctionReference, ServiceError> {
    let reference = asked.qualified()?;
    if reference.qualifier.is_none() {
        return Err(validation_errors(&[
            "Value null at 'qualifier' failed to satisfy constraint: Member must not be null".to_owned(),
        ]));
    }
    Ok(reference)
}

fn looked_at(asked: &Asked) -> Result<FunctionReference, ServiceError> {
    let reference = reference(asked)?;
    if reference.qualifier.as_deref() == Some(LATEST) {
        let message = "The function resource provided must be an alias or a published version.";
        return Err(ServiceError::invalid_parameter(message));
    }
    Ok(reference)
}

fn place(asked: &Asked, reference: &FunctionReference) -> Place {
    (asked.scope.region.clone(), reference.name.clone(), reference.qualifier.clone().unwrap_or_default())
}

/// A version is provisioned by itself or through one alias.
fn check_place(function: &Function, reference: &FunctionReference) -> Result<(), ServiceError> {
    let qualifier = reference.qualifier.as_deref().unwrap_or_default();
    let main = |alias: &Map<String, Value>| alias.get("FunctionVersion").and_then(Value::as_str).map(str::to_owned);
    let aliases = || function.attached.aliases.iter();
    let named = |name: &str| aliases().find(move |alias| alias.get("Name").is_some_and(|own| own == name));
    match named(qualifier) {
        Some(alias) => {
            let version = main(alias).unwrap_or_default();
            if version == LATEST {
                let message = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
                return Err(ServiceError::invalid_parameter(message));
            }
            let is_taken = |other: &String| {
                other != qualifier && (*other == version || named(other).and_then(main).as_ref() == Some(&version))
            };
            if function.attached.provisioned.keys().any(is_taken) {
                return Err(ServiceError::conflict(
                    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
                ));
            }
        }
        None => {
            let points_here = |other: &String| named(other).and_then(main).as_deref() == Some(qualifier);
            if function.attached.provisioned.keys().any(points_here) {
                return Err(ServiceError::conflict("Version is pointed by a Provisioned Concurrency alias"));
            }
        }
    }
    Ok(())
}

fn has_weights(function: &Function, alias: &str) -> bool {
    let own = function.attached.aliases.iter().find(|own| own.get("Name").is_some_and(|name| name == alias));
    own.is_some_and(|alias| alias.contains_key("RoutingConfig"))
}

fn find(shared: &Shared, asked: &Asked, reference: &FunctionReference) -> Result<Function, ServiceError> {
    let function = shared.store.function(&asked.scope.region, &reference.name)?;
    let function = function.ok_or_else(|| ServiceError::function_not_found(&reference.arn(&asked.scope)))?;
    check_there(asked, &function, reference)?;
    Ok(function)
}

fn check_there(asked: &Asked, function: &Function, reference: &FunctionReference) -> Result<(), ServiceError> {
    let Some(qualifier) = reference.qualifier.as_deref() else { return Ok(()) };
    if function.snapshot(Some(qualifier)).is_some() {
        return Ok(());
    }
    let arn = reference.arn(&asked.scope);
    Err(match qualifier.bytes().all(|byte| byte.is_ascii_digit()) {
        true => ServiceError::function_not_found(&arn),
        false => ServiceError::not_found(&format!("Cannot find alias arn: {arn}")),
    })
}

fn change<T>(
    shared: &Shared,
    asked: &Asked,
    reference: &FunctionReference,
    work: impl FnOnce(&mut Function) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    shared.store.change(&asked.scope.region, &reference.name, |existing| {
        let mut function = existing.ok_or_else(|| ServiceError::function_not_found(&reference.arn(&asked.scope)))?;
        check_there(asked, &function, reference)?;
        let answer = work(&mut function)?;
        Ok((Change::Put(Box::new(function), None), answer))
    })
}

fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}
