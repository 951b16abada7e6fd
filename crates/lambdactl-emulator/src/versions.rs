//! Published versions.

use serde_json::{Map, Value, json};

use crate::create::parse;
use crate::function::{Function, Snapshot};
use crate::names::FunctionReference;
use crate::scope::Scope;
use crate::server::Shared;
use crate::service_error::ServiceError;
use crate::store::Change;
use crate::update::check_revision;

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
        let description = sent.get("Description").and_then(Value::as_str);
        let answer = publish(&mut function, description);
        Ok((Change::Put(Box::new(function), None), Value::Object(answer)))
    })
}

/// ListVersionsByFunction, on one page: `$LATEST`, then from the oldest version on.
pub(crate) fn list_versions(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
) -> Result<Value, ServiceError> {
    let function = shared.store.function(&scope.region, &reference.name)?;
    let function = function.ok_or_else(|| ServiceError::function_not_found(&reference.arn(scope)))?;
    let versions: Vec<Map<String, Value>> =
        function.snapshots().map(|(qualifier, snapshot)| snapshot.list_view(Some(&qualifier))).collect();
    Ok(json!({ "Versions": versions }))
}

/// Makes a version of `$LATEST`, unless the last one is the same, and returns its answer.
pub(crate) fn publish(function: &mut Function, description: Option<&str>) -> Map<String, Value> {
    let last = function.versions.iter().next_back();
    if let Some((number, version)) = last.filter(|(_, version)| is_same(version, &function.latest)) {
        return version.configuration_view(Some(&number.to_string()));
    }
    // Numbers are never used again, but the highest one that is there is all that is known here.
    let number = last.map_or(1, |(number, _)| number + 1);
    let mut version = function.latest.version(number);
    if let Some(description) = description {
        version.configuration.insert("Description".to_owned(), description.into());
    }
    let answer = version.configuration_view(Some(&number.to_string()));
    function.versions.insert(number, version);
    function.latest.renew_revision();
    answer
}

fn is_same(version: &Snapshot, latest: &Snapshot) -> bool {
    const OWN: [&str; 6] = ["Version", "RevisionId", "LastModified", "Description", "SnapStart", "State"];
    let compared = |snapshot: &Snapshot| {
        let mut members = snapshot.configuration.clone();
        members.retain(|member, _| !OWN.contains(&member.as_str()));
        members
    };
    compared(version) == compared(latest)
}
