//! CreateFunction.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::functions::checks::{Request, check_service, read_code};
use crate::functions::constraints::check_model;
use crate::functions::dates::last_modified;
use crate::functions::defaults::{code_members, configuration};
use crate::functions::object;
use crate::http::faults::Stage;
use crate::http::members::parse;
use crate::layers::used::missing;
use crate::names::{LATEST, created_name};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::attached::Attached;
use crate::store::function::{Function, Snapshot};
use crate::store::records::Change;

/// Creates a function from a request's body and returns the answer's configuration.
///
/// The record is durable, and already settled, when this returns: the answer says `Pending`, every
/// later read `Active`.
pub(crate) fn create_function(shared: &Shared, scope: &Scope, body: &[u8]) -> Result<Map<String, Value>, ServiceError> {
    let members = parse(body)?;
    check_model(&members)?;
    let request = Request { members: &members };
    let name = created_name(request.text("FunctionName").unwrap_or_default(), scope)?;
    check_service(&request, scope)?;
    missing(&shared.store, scope, members.get("Layers"))?.map_or(Ok(()), Err)?;
    shared.mishaps.check_role(request.text("Role").unwrap_or_default())?;
    let object = object::named(&shared.store, members.get("Code"))?;
    let (code, zip) = read_code(&request, object)?;

    let mut configuration = configuration(&request, &name, scope);
    let (digest, size) = code_members(&code, zip.as_ref());
    let identity = [
        ("FunctionArn", Value::from(scope.function_arn(&name))),
        ("Version", LATEST.into()),
        ("CodeSha256", digest.into()),
        ("CodeSize", size.into()),
        ("LastModified", last_modified().into()),
        ("State", "Pending".into()),
        ("StateReason", "The function is being created.".into()),
        ("StateReasonCode", "Creating".into()),
    ];
    configuration.extend(identity.map(|(member, value)| (member.to_owned(), value)));
    let source_kms_key_arn = request.inner("Code", "SourceKMSKeyArn").and_then(Value::as_str);
    let source_kms_key_arn = source_kms_key_arn.filter(|arn| !arn.is_empty()).map(str::to_owned);
    let mut latest = Snapshot { configuration, code, source_kms_key_arn, latest_description: None };
    latest.renew_revision();

    let publish = members.get("Publish") == Some(&Value::Bool(true));
    let created = latest.configuration.clone();
    let mut answer = created.clone();
    let mut versions = BTreeMap::new();
    latest.settle();
    if let Some(failure) = shared.mishaps.failing(Stage::Create, &name) {
        latest.fail(failure);
    }
    if publish {
        answer.insert("Version".to_owned(), "1".into());
        let mut version = latest.version(1);
        if let Some(failure) = shared.mishaps.failing(Stage::Version, &name) {
            version.fail(failure);
        }
        versions.insert(1, version);
    }
    let tags = members.get("Tags").and_then(Value::as_object).cloned().unwrap_or_default();
    let signing = request.text("CodeSigningConfigArn").filter(|arn| !arn.is_empty());
    let function = Function {
        name: name.clone(),
        latest,
        versions,
        tags,
        code_signing_config_arn: signing.map(str::to_owned),
        attached: Attached { last_version: u64::from(publish), ..Attached::default() },
    };
    shared.store.change(&scope.region, &name, |existing| match existing {
        // The service's grammar.
        Some(_) => Err(ServiceError::conflict(&format!("Function already exist: {name}"))),
        None => Ok((Change::Put(Box::new(function), zip), ())),
    })?;
    shared.pending.begin(&scope.region, &created);
    if publish {
        shared.pending.begin(&scope.region, &answer);
    }
    Ok(answer)
}
