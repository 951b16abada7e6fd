//! Code signing configurations, and what is said of them on functions. No code is signed, and no signature is looked for.
//!
//! Texts and shapes are recorded answers. Until one was created here, every configuration that a function names is taken as
//! existing: it may well be one of the account.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::constraints::Check::{Items, Length, OneOf, Required};
use crate::constraints::Kind::{Object, Text, Texts};
use crate::constraints::{Rule, check_rules};
use crate::functions::dates::last_modified;
use crate::functions::patterns::{ARN, is_arn};
use crate::http::members::parse;
use crate::names::FunctionReference;
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::function::Function;
use crate::store::records::Change;
use crate::store::records::SIGNING;

/// The model's limits (botocore 1.44.8).
const MEMBERS: &[Rule] = &[
    ("Description", Text, &[Length(0, 256)]),
    ("AllowedPublishers", Object, &[]),
    ("AllowedPublishers.SigningProfileVersionArns", Texts, &[Required, Length(1, 20), Items(ARN, is_arn)]),
    ("CodeSigningPolicies", Object, &[]),
    ("CodeSigningPolicies.UntrustedArtifactOnDeployment", Text, &[OneOf(&["Warn", "Enforce"])]),
];
const PUBLISHERS: &[Rule] = &[("AllowedPublishers", Object, &[Required])];

/// CreateCodeSigningConfig: another one each time, since it has no name.
pub(crate) fn create(shared: &Shared, scope: &Scope, body: &[u8]) -> Result<Value, ServiceError> {
    let sent = parse(body)?;
    check_rules(PUBLISHERS, &sent)?;
    check_rules(MEMBERS, &sent)?;
    // The service's ids have 17 letters and digits.
    let id = format!("csc-{}", &Uuid::new_v4().simple().to_string()[..17]);
    let arn = format!("arn:{}:lambda:{}:{}:code-signing-config:{id}", scope.partition(), scope.region, scope.account);
    let mut config = Map::new();
    config.insert("CodeSigningConfigId".to_owned(), id.into());
    config.insert("CodeSigningConfigArn".to_owned(), arn.clone().into());
    config.insert("Description".to_owned(), json!(""));
    config.insert("CodeSigningPolicies".to_owned(), json!({ "UntrustedArtifactOnDeployment": "Warn" }));
    change_members(&mut config, &sent);
    let config = Value::Object(config);
    shared.store.put_thing(SIGNING, &scope.region, &arn, Some(&config))?;
    Ok(json!({ "CodeSigningConfig": config }))
}

/// GetCodeSigningConfig.
pub(crate) fn get(shared: &Shared, scope: &Scope, arn: &str) -> Result<Value, ServiceError> {
    Ok(json!({ "CodeSigningConfig": find(shared, scope, arn)? }))
}

/// UpdateCodeSigningConfig: what is left out stays (recorded).
pub(crate) fn update(shared: &Shared, scope: &Scope, arn: &str, body: &[u8]) -> Result<Value, ServiceError> {
    let sent = parse(body)?;
    check_rules(MEMBERS, &sent)?;
    let mut config = find(shared, scope, arn)?;
    if let Value::Object(members) = &mut config {
        change_members(members, &sent);
    }
    shared.store.put_thing(SIGNING, &scope.region, arn, Some(&config))?;
    Ok(json!({ "CodeSigningConfig": config }))
}

/// DeleteCodeSigningConfig. One that functions have stays; the text of that could not be verified.
pub(crate) fn delete(shared: &Shared, scope: &Scope, arn: &str) -> Result<(), ServiceError> {
    find(shared, scope, arn)?;
    if !list_signed(shared, scope, arn)?.is_empty() {
        let message = format!("The code signing configuration {arn} cannot be deleted: functions use it.");
        return Err(ServiceError::conflict(&message));
    }
    shared.store.put_thing(SIGNING, &scope.region, arn, None)?;
    Ok(())
}

fn change_members(config: &mut Map<String, Value>, sent: &Map<String, Value>) {
    for member in ["Description", "AllowedPublishers", "CodeSigningPolicies"] {
        if let Some(value) = sent.get(member).filter(|value| !value.is_null()) {
            config.insert(member.to_owned(), value.clone());
        }
    }
    config.insert("LastModified".to_owned(), last_modified().into());
}

fn find(shared: &Shared, scope: &Scope, arn: &str) -> Result<Value, ServiceError> {
    shared.store.things(SIGNING, &scope.region)?.remove(arn).ok_or_else(|| ServiceError::config_not_found(arn))
}

/// PutFunctionCodeSigningConfig; without a body, DeleteFunctionCodeSigningConfig. The configuration is looked for before the
/// function (recorded).
pub(crate) fn sign(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
    body: Option<&[u8]>,
) -> Result<Value, ServiceError> {
    let sent = body.map(parse).transpose()?;
    let config = sent.as_ref().and_then(|sent| sent.get("CodeSigningConfigArn")).and_then(Value::as_str);
    if let Some(arn) = config {
        let known = shared.store.things(SIGNING, &scope.region)?;
        if !known.is_empty() && !known.contains_key(arn) {
            return Err(ServiceError::signing_not_found(arn));
        }
    }
    shared.store.change(&scope.region, &reference.name, |existing| {
        let missing = || ServiceError::function_not_found(&scope.function_arn(&reference.name));
        let mut function = existing.ok_or_else(missing)?;
        function.code_signing_config_arn = config.map(str::to_owned);
        let answer = json!({ "CodeSigningConfigArn": config, "FunctionName": function.name });
        Ok((Change::Put(Box::new(function), None), answer))
    })
}

/// The rows of ListCodeSigningConfigs: those that were created here, and those that functions have. Of the latter no more is known
/// than the ARN; what the service's model requires besides is made up.
pub(crate) fn list_configs(shared: &Shared, scope: &Scope) -> Result<Vec<Value>, ServiceError> {
    let mut configs: BTreeMap<String, Value> = shared.store.things(SIGNING, &scope.region)?;
    let mut named = Vec::new();
    visit(shared, scope, |function| named.extend(function.code_signing_config_arn))?;
    let (partition, Scope { region, account }) = (scope.partition(), scope);
    let profile = format!("arn:{partition}:signer:{region}:{account}:/signing-profiles/emulated/0000000000");
    for arn in named {
        let made_up = json!({
            "CodeSigningConfigId": arn.rsplit(':').next(),
            "CodeSigningConfigArn": arn,
            "AllowedPublishers": { "SigningProfileVersionArns": [profile] },
            "CodeSigningPolicies": { "UntrustedArtifactOnDeployment": "Warn" },
            "LastModified": "2020-11-01T00:00:00.000+0000",
        });
        configs.entry(arn).or_insert(made_up);
    }
    Ok(configs.into_values().collect())
}

/// ListFunctionsByCodeSigningConfig: of a configuration that is not there an error, where any is known to be there.
pub(crate) fn list_functions(shared: &Shared, scope: &Scope, arn: &str) -> Result<Vec<Value>, ServiceError> {
    let signed = list_signed(shared, scope, arn)?;
    if signed.is_empty() && !shared.store.things(SIGNING, &scope.region)?.is_empty() {
        find(shared, scope, arn)?;
    }
    Ok(signed)
}

fn list_signed(shared: &Shared, scope: &Scope, config: &str) -> Result<Vec<Value>, ServiceError> {
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
