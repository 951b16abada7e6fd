//! Published versions.

use serde_json::{Map, Value};

use crate::functions::pending::Came;
use crate::functions::revision::check_revision;
use crate::http::faults::Stage;
use crate::http::members::parse;
use crate::names::FunctionReference;
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::function::{Function, Snapshot};
use crate::store::records::Change;

/// PublishVersion. Without a change since the last version, that one is the answer again (recorded answers).
pub(crate) fn publish_version(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
    body: &[u8],
) -> Result<Value, ServiceError> {
    let sent = if body.is_empty() { Map::new() } else { parse(body)? };
    shared.store.change(&scope.region, &reference.name, |existing| {
        let arn = scope.function_arn(&reference.name);
        let mut function = existing.ok_or_else(|| ServiceError::function_not_found(&arn))?;
        shared.pending.refuse(&scope.region, &reference.name)?;
        check_revision(&function, &sent)?;
        let digest = function.latest.configuration.get("CodeSha256").cloned().unwrap_or_default();
        if let Some(wanted) = sent.get("CodeSha256").filter(|wanted| **wanted != digest) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            return Err(ServiceError::invalid_parameter(&format!(
                "CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({}). Please try again with the \
                 CodeSHA256 in $LATEST.",
                text(wanted),
                text(&digest)
            )));
        }
        let published = function.versions.len();
        let mut answer =
            publish(shared, &mut function, sent.get("Description").filter(|description| description.is_string()));
        // A snapshot is made of it first (AWS documentation).
        let is_prepared = answer.get("SnapStart").is_some_and(|snap_start| snap_start["OptimizationStatus"] == "On")
            || answer.get("State").is_some_and(|state| state == "Failed");
        if is_prepared && function.versions.len() > published {
            shared.pending.begin_version(&scope.region, &mut answer, Came::Alone);
        }
        Ok((Change::Put(Box::new(function), None), Value::Object(answer)))
    })
}

/// The rows of ListVersionsByFunction: `$LATEST`, then from the oldest version on.
pub(crate) fn list_versions(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
) -> Result<Vec<Value>, ServiceError> {
    let function = shared.store.function(&scope.region, &reference.name)?;
    let function = function.ok_or_else(|| ServiceError::function_not_found(&reference.arn(scope)))?;
    let row = |(qualifier, snapshot): (String, &Snapshot)| Value::Object(snapshot.list_view(Some(&qualifier)));
    Ok(function.snapshots().map(row).collect())
}

/// Makes a version of `$LATEST`, unless the last one was made of the same, and returns its answer.
pub(crate) fn publish(shared: &Shared, function: &mut Function, description: Option<&Value>) -> Map<String, Value> {
    let last = function.versions.iter().next_back();
    if let Some((number, version)) = last.filter(|(_, version)| is_same(version, &function.latest)) {
        return version.configuration_view(Some(&number.to_string()));
    }
    // Numbers are never used again (AWS documentation).
    let number = last.map_or(0, |(number, _)| *number).max(function.attached.last_version) + 1;
    let mut version = function.latest.version(number);
    if let Some(description) = description {
        version.latest_description = version.configuration.insert("Description".to_owned(), description.clone());
    }
    if let Some(failure) = shared.mishaps.failing(Stage::Version, &function.name) {
        version.fail(failure);
    }
    let answer = version.configuration_view(Some(&number.to_string()));
    function.versions.insert(number, version);
    function.attached.last_version = number;
    function.latest.renew_revision();
    answer
}

/// Whether a version is of what `$LATEST` is now: a description of the version's own counts for nothing (recorded answers).
fn is_same(version: &Snapshot, latest: &Snapshot) -> bool {
    const OWN: [&str; 8] = [
        "Version",
        "RevisionId",
        "LastModified",
        "State",
        "StateReason",
        "StateReasonCode",
        "LastUpdateStatus",
        "Description",
    ];
    let compared = |snapshot: &Snapshot| {
        let mut members = snapshot.configuration.clone();
        members.retain(|member, _| !OWN.contains(&member.as_str()) && !member.starts_with("LastUpdateStatusReason"));
        if let Some(Value::Object(snap_start)) = members.get_mut("SnapStart") {
            snap_start.shift_remove("OptimizationStatus");
        }
        members
    };
    let described = |snapshot: &Snapshot| {
        let description = snapshot.latest_description.as_ref().or_else(|| snapshot.configuration.get("Description"));
        description.cloned().unwrap_or_default()
    };
    compared(version) == compared(latest) && described(version) == described(latest)
}
