//! Tags and code signing configurations: what is put on a function or a mapping and taken off it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde_json::{Map, Value, json};

use crate::beside::mappings;
use crate::functions::read::UNREADABLE_TAGS;
use crate::http::faults::Stage;
use crate::http::members::parse;
use crate::names::{FunctionReference, Tagged, tagged, validation_errors};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::function::Function;
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

/// PutFunctionCodeSigningConfig; without a body, DeleteFunctionCodeSigningConfig. Configurations are taken as existing.
pub(crate) fn sign(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
    body: Option<&[u8]>,
) -> Result<Value, ServiceError> {
    let sent = body.map(parse).transpose()?;
    let config = sent.as_ref().and_then(|sent| sent.get("CodeSigningConfigArn")).and_then(Value::as_str);
    shared.store.change(&scope.region, &reference.name, |existing| {
        let missing = || ServiceError::function_not_found(&scope.function_arn(&reference.name));
        let mut function = existing.ok_or_else(missing)?;
        function.code_signing_config_arn = config.map(str::to_owned);
        let answer = json!({ "CodeSigningConfigArn": config, "FunctionName": function.name });
        Ok((Change::Put(Box::new(function), None), answer))
    })
}

/// The rows of ListCodeSigningConfigs: those that functions have. Of a configuration no more is known here than its ARN; what
/// the service's model requires besides is made up, and signs nothing.
pub(crate) fn list_configs(shared: &Shared, scope: &Scope) -> Result<Vec<Value>, ServiceError> {
    let mut configs = BTreeSet::new();
    visit(shared, scope, |function| configs.extend(function.code_signing_config_arn))?;
    let (partition, Scope { region, account }) = (scope.partition(), scope);
    let profile = format!("arn:{partition}:signer:{region}:{account}:/signing-profiles/emulated/0000000000");
    let row = |arn: String| {
        json!({
            "CodeSigningConfigId": arn.rsplit(':').next(),
            "CodeSigningConfigArn": arn,
            "AllowedPublishers": { "SigningProfileVersionArns": [profile] },
            "CodeSigningPolicies": { "UntrustedArtifactOnDeployment": "Warn" },
            "LastModified": "2020-11-01T00:00:00.000+0000",
        })
    };
    Ok(configs.into_iter().map(row).collect())
}

/// The rows of ListFunctionsByCodeSigningConfig.
pub(crate) fn list_signed(shared: &Shared, scope: &Scope, config: &str) -> Result<Vec<Value>, ServiceError> {
    let mut arns = Vec::new();
    visit(shared, scope, |function| {
        if function.code_signing_config_arn.as_deref() == Some(config) {
            arns.push(json!(scope.function_arn(&function.name)));
        }
    })?;
    Ok(arns)
}

fn visit(shared: &Shared, scope: &Scope, mut visitor: impl FnMut(Function)) -> Result<(), ServiceError> {
    shared.store.visit(&scope.region, "", |function| {
        visitor(function);
        ControlFlow::Continue(())
    })?;
    Ok(())
}
