//! Provisioned concurrency of versions and aliases. Texts and shapes are recorded answers, unless a comment says otherwise.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::beside::concurrency::{check_provisioned, taken_by_others};
use crate::beside::preparing::Place;
use crate::http::asked::Asked;
use crate::http::faults::Stage;
use crate::http::members::parse;
use crate::http::pages::page;
use crate::names::{FunctionReference, LATEST, validation_errors};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::attached::Provisioned;
use crate::store::function::Function;
use crate::store::records::Change;

/// What `MaxItems` may be (the service's model).
const MOST_ROWS: usize = 50;

/// PutProvisionedConcurrencyConfig. Nothing is allocated yet when it answers.
pub(crate) fn put(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let wanted = wanted(&sent, asked)?;
    let (reference, qualifier) = qualified(asked)?;
    if qualifier == LATEST {
        let message = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
        return Err(ServiceError::invalid_parameter(message));
    }
    let place = place(&asked.scope, &reference, &qualifier);
    // Nothing else takes a part of the account's between the sum and the change.
    let _limits = shared.limits.lock();
    let others = taken_by_others(shared, &asked.scope, &reference.name)?;
    change(shared, &asked.scope, &reference, &qualifier, |function| {
        check_version(shared, asked, function, &qualifier)?;
        let of_this = function.attached.provisioned.get(&qualifier).map(|provisioned| provisioned.requested);
        let own = function.attached.provisioned_sum() - of_this.unwrap_or_default();
        check_provisioned(&function.attached, own, others, wanted)?;
        let allocated = match of_this {
            Some(requested) => shared.provisioning.allocated(&place).unwrap_or(requested),
            None => 0,
        };
        let provisioned = Provisioned { requested: wanted, modified: now() };
        let setup = shared.pending.setup();
        let time = if of_this.is_some() { setup.update } else { setup.plain };
        shared.provisioning.begin(place, time, allocated, None);
        let answer = in_progress(&provisioned, allocated);
        function.attached.provisioned.insert(qualifier.clone(), provisioned);
        Ok(answer)
    })
}

/// GetProvisionedConcurrencyConfig.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let (reference, qualifier) = published(asked)?;
    let function = shared.store.function(&asked.scope.region, &reference.name)?;
    let function = function.ok_or_else(|| missing(&reference, &qualifier, &asked.scope))?;
    check_qualifier(&function, &reference, &qualifier, &asked.scope)?;
    let none = ServiceError::provisioned_not_found;
    let provisioned = function.attached.provisioned.get(&qualifier).ok_or_else(none)?;
    Ok(view(shared, &place(&asked.scope, &reference, &qualifier), provisioned))
}

/// DeleteProvisionedConcurrencyConfig: none is no error.
pub(crate) fn delete(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let (reference, qualifier) = published(asked)?;
    change(shared, &asked.scope, &reference, &qualifier, |function| {
        function.attached.provisioned.remove(&qualifier);
        shared.provisioning.end(&place(&asked.scope, &reference, &qualifier));
        Ok(())
    })
}

/// ListProvisionedConcurrencyConfigs: versions, then aliases (the order could not be verified).
pub(crate) fn list(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = asked.function()?;
    let function = shared.store.function(&asked.scope.region, &reference.name)?;
    let arn = asked.scope.function_arn(&reference.name);
    let function = function.ok_or_else(|| ServiceError::function_not_found(&arn))?;
    let mut configs: Vec<(&String, &Provisioned)> = function.attached.provisioned.iter().collect();
    configs.sort_by_key(|(qualifier, _)| (qualifier.parse::<u64>().unwrap_or(u64::MAX), *qualifier));
    let row = |(qualifier, provisioned): (&String, &Provisioned)| {
        let mut row = view(shared, &place(&asked.scope, &reference, qualifier), provisioned);
        row["FunctionArn"] = format!("{arn}:{qualifier}").into();
        row
    };
    page(asked, configs.into_iter().map(row).collect(), MOST_ROWS)
}

/// Notes that an alias was pointed to another version: its concurrency moves along, and what was allocated is shown until
/// then (recorded in 2023).
pub(crate) fn moved(shared: &Shared, scope: &Scope, function: &Function, alias: &str, before: &str) {
    if let Some(provisioned) = function.attached.provisioned.get(alias) {
        let place = (scope.region.clone(), function.name.clone(), alias.to_owned());
        let allocated = shared.provisioning.allocated(&place).unwrap_or(provisioned.requested);
        let time = shared.pending.setup().update;
        shared.provisioning.begin(place, time, allocated, Some(before.to_owned()));
    }
}

fn wanted(sent: &Map<String, Value>, asked: &Asked) -> Result<u64, ServiceError> {
    const AT: &str = "at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must";
    let mut failures = Vec::new();
    let mut wanted = 0;
    match sent.get("ProvisionedConcurrentExecutions").map(Value::as_i64) {
        Some(Some(number)) if number >= 1 => wanted = number.unsigned_abs(),
        Some(Some(number)) => {
            failures.push(format!("Value '{number}' {AT} have value greater than or equal to 1"));
        }
        Some(None) => return Err(ServiceError::serialization("not an Integer")),
        None => failures.push(format!("Value null {AT} not be null")),
    }
    failures.extend(no_qualifier(asked));
    if failures.is_empty() { Ok(wanted) } else { Err(validation_errors(&failures)) }
}

fn no_qualifier(asked: &Asked) -> Option<String> {
    let is_there = asked.member("Qualifier").is_some();
    (!is_there).then(|| "Value null at 'qualifier' failed to satisfy constraint: Member must not be null".to_owned())
}

fn qualified(asked: &Asked) -> Result<(FunctionReference, String), ServiceError> {
    let reference = asked.qualified()?;
    match (&reference.qualifier, no_qualifier(asked)) {
        (Some(qualifier), None) => {
            let qualifier = qualifier.clone();
            Ok((reference, qualifier))
        }
        (_, failure) => Err(validation_errors(&failure.into_iter().collect::<Vec<_>>())),
    }
}

/// What a read or a deletion names: `$LATEST` never has any.
fn published(asked: &Asked) -> Result<(FunctionReference, String), ServiceError> {
    let (reference, qualifier) = qualified(asked)?;
    if qualifier == LATEST {
        let message = "The function resource provided must be an alias or a published version.";
        return Err(ServiceError::invalid_parameter(message));
    }
    Ok((reference, qualifier))
}

/// Refuses what a version or an alias cannot have.
fn check_version(shared: &Shared, asked: &Asked, function: &Function, qualifier: &str) -> Result<(), ServiceError> {
    let provisioned = &function.attached.provisioned;
    let version = function.attached.main_version(qualifier).unwrap_or(qualifier);
    if version == LATEST {
        let message = "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";
        return Err(ServiceError::invalid_parameter(message));
    }
    // That this is the refusal of a second alias, too, could not be verified.
    let by_alias = provisioned
        .keys()
        .any(|other| other != qualifier && function.attached.main_version(other).is_some_and(|main| main == version));
    if version != qualifier && (by_alias || provisioned.contains_key(version)) {
        return Err(ServiceError::conflict(
            "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
        ));
    }
    if by_alias {
        return Err(ServiceError::conflict("Version is pointed by a Provisioned Concurrency alias"));
    }
    let is_weighted = function.attached.alias(qualifier).is_some_and(|alias| alias.contains_key("RoutingConfig"));
    if is_weighted || shared.provisioning.version_before(&asked.scope.region, &function.name, qualifier).is_some() {
        // As users of the service report it.
        let message = "Alias with weights can not be used with Provisioned Concurrency";
        return Err(ServiceError::invalid_parameter(message));
    }
    if let Some(snapshot) = function.snapshot(Some(version)) {
        let configuration = &snapshot.configuration;
        let snap_start = configuration.get("SnapStart").is_some_and(|snap_start| snap_start["ApplyOn"] != "None");
        // AWS documentation; the words could not be verified.
        for (feature, is_there) in [
            ("SnapStart", snap_start),
            ("TenancyConfig", configuration.contains_key("TenancyConfig")),
            ("CapacityProviderConfig", configuration.contains_key("CapacityProviderConfig")),
        ] {
            if is_there {
                let text = format!("Provisioned Concurrency is not supported for functions with {feature}.");
                return Err(ServiceError::invalid_parameter(&text));
            }
        }
    }
    shared.pending.refuse_version(&asked.scope.region, &function.name, version)
}

fn check_qualifier(
    function: &Function,
    reference: &FunctionReference,
    qualifier: &str,
    scope: &Scope,
) -> Result<(), ServiceError> {
    let found = function.snapshot(Some(qualifier));
    found.map(drop).ok_or_else(|| missing(reference, qualifier, scope))
}

/// A version or an alias that is not there, or whose function is not.
fn missing(reference: &FunctionReference, qualifier: &str, scope: &Scope) -> ServiceError {
    match qualifier.bytes().all(|byte| byte.is_ascii_digit()) {
        true => ServiceError::function_not_found(&reference.arn(scope)),
        false => ServiceError::not_found(&format!("Cannot find alias arn: {}", reference.arn(scope))),
    }
}

fn place(scope: &Scope, reference: &FunctionReference, qualifier: &str) -> Place {
    (scope.region.clone(), reference.name.clone(), qualifier.to_owned())
}

/// What is there, in the state that it is in.
fn view(shared: &Shared, place: &Place, provisioned: &Provisioned) -> Value {
    if let Some(allocated) = shared.provisioning.allocated(place) {
        return in_progress(provisioned, allocated);
    }
    if let Some(failure) = shared.mishaps.failing(Stage::Provisioned, &place.1) {
        let mut answer = answer(provisioned, 0, "FAILED");
        answer["StatusReason"] = failure.code().into();
        return answer;
    }
    answer(provisioned, provisioned.requested, "READY")
}

fn in_progress(provisioned: &Provisioned, allocated: u64) -> Value {
    answer(provisioned, allocated, "IN_PROGRESS")
}

fn answer(provisioned: &Provisioned, allocated: u64, status: &str) -> Value {
    json!({
        "RequestedProvisionedConcurrentExecutions": provisioned.requested,
        "AvailableProvisionedConcurrentExecutions": allocated,
        "AllocatedProvisionedConcurrentExecutions": allocated,
        "Status": status,
        "LastModified": provisioned.modified,
    })
}

fn change<T>(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
    qualifier: &str,
    work: impl FnOnce(&mut Function) -> Result<T, ServiceError>,
) -> Result<T, ServiceError> {
    shared.store.change(&scope.region, &reference.name, |existing| {
        let mut function = existing.ok_or_else(|| missing(reference, qualifier, scope))?;
        check_qualifier(&function, reference, qualifier, scope)?;
        let answer = work(&mut function)?;
        Ok((Change::Put(Box::new(function), None), answer))
    })
}

/// Now, in the form of an example in AWS's documentation.
fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}
