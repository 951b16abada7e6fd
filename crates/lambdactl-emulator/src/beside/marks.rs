//! Tags: what is put on a function or a mapping and taken off it.

use serde_json::{Map, Value, json};

use crate::beside::mappings;
use crate::functions::read::UNREADABLE_TAGS;
use crate::http::faults::Stage;
use crate::http::members::parse;
use crate::names::{Tagged, tagged, validation_errors};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::records::Change;

const MOST_TAGS: usize = 50;

/// ListTags.
pub(crate) fn list_tags(shared: &Shared, scope: &Scope, resource: &str) -> Result<Value, ServiceError> {
    let name = match tagged(resource, scope)? {
        Tagged::Function(name) => name,
        Tagged::Mapping(uuid) => return Ok(json!({ "Tags": mappings::tags(shared, scope, &uuid)? })),
    };
    let function = shared.store.function(&scope.region, &name)?;
    let function = function.ok_or_else(|| ServiceError::function_not_found(&scope.function_arn(&name)))?;
    if shared.mishaps.failing(Stage::Tags, &name).is_some() {
        return Err(ServiceError::foreign(UNREADABLE_TAGS));
    }
    Ok(json!({ "Tags": function.tags }))
}

/// TagResource. Texts are recorded answers; like UntagResource it changes the revision and no status.
pub(crate) fn tag(shared: &Shared, scope: &Scope, resource: &str, body: &[u8]) -> Result<(), ServiceError> {
    let sent = parse(body)?;
    let wanted = sent.get("Tags").and_then(Value::as_object).cloned().unwrap_or_default();
    if wanted.is_empty() {
        let message = "An error occurred and the request cannot be processed.";
        return Err(ServiceError::invalid_parameter(message));
    }
    change_tags(shared, scope, resource, |tags| {
        tags.extend(wanted);
        if tags.len() > MOST_TAGS {
            return Err(ServiceError::invalid_parameter("Number of tags exceeds resource tag limit."));
        }
        Ok(())
    })
}

/// UntagResource. A key that is not there is no error.
pub(crate) fn untag(
    shared: &Shared,
    scope: &Scope,
    resource: &str,
    query: &[(String, String)],
) -> Result<(), ServiceError> {
    let keys: Vec<&String> = query.iter().filter(|(name, _)| name == "tagKeys").map(|(_, key)| key).collect();
    if keys.is_empty() {
        return Err(validation_errors(&[
            "Value null at 'tagKeys' failed to satisfy constraint: Member must not be null".to_owned(),
        ]));
    }
    change_tags(shared, scope, resource, |tags| {
        tags.retain(|key, _| !keys.contains(&key));
        Ok(())
    })
}

fn change_tags(
    shared: &Shared,
    scope: &Scope,
    resource: &str,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<(), ServiceError>,
) -> Result<(), ServiceError> {
    let name = match tagged(resource, scope)? {
        Tagged::Function(name) => name,
        Tagged::Mapping(uuid) => return mappings::change_tags(shared, scope, &uuid, change),
    };
    shared.store.change(&scope.region, &name, |existing| {
        let arn = scope.function_arn(&name);
        let mut function = existing.ok_or_else(|| ServiceError::function_not_found(&arn))?;
        change(&mut function.tags)?;
        function.latest.renew_revision();
        Ok((Change::Put(Box::new(function), None), ()))
    })
}
