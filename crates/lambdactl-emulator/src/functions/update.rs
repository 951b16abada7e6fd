//! UpdateFunctionConfiguration and UpdateFunctionCode.

use serde_json::{Map, Value, json};

use crate::functions::checks::{Request, check_service, read_code};
use crate::functions::constraints::check_model;
use crate::functions::dates::last_modified;
use crate::functions::defaults::{code_members, configuration};
use crate::functions::object;
use crate::functions::pending::Came;
use crate::functions::revision::check_revision;
use crate::functions::versions::publish;
use crate::http::faults::Stage;
use crate::http::members::parse;
use crate::layers::used::missing;
use crate::names::FunctionReference;
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::code::Zip;
use crate::store::function::{CodeSource, Function, Snapshot};
use crate::store::records::Change;

/// The members that UpdateFunctionConfiguration takes (the service's model); others are ignored.
const SETTINGS: [&str; 22] = [
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "VpcConfig",
    "Environment",
    "Runtime",
    "DeadLetterConfig",
    "KMSKeyArn",
    "TracingConfig",
    "Layers",
    "FileSystemConfigs",
    "ImageConfig",
    "EphemeralStorage",
    "SnapStart",
    "LoggingConfig",
    "CapacityProviderConfig",
    "DurableConfig",
    "RuntimeConfig",
    "AcceleratorConfig",
    "RevisionId",
];

/// Members of a configuration that an update of settings leaves alone.
const KEPT: [&str; 10] = [
    "FunctionArn",
    "Version",
    "CodeSha256",
    "CodeSize",
    "State",
    "LastUpdateStatus",
    "RevisionId",
    "PackageType",
    "Architectures",
    "TenancyConfig",
];

/// UpdateFunctionConfiguration. What is absent stays; the answer says `InProgress`, and the record is settled already.
pub(crate) fn update_configuration(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
    body: &[u8],
) -> Result<Value, ServiceError> {
    let mut sent = parse(body)?;
    sent.retain(|member, _| SETTINGS.contains(&member.as_str()));
    let missing = missing(&shared.store, scope, sent.get("Layers"))?;
    let answer = shared.store.change(&scope.region, &reference.name, |existing| {
        let mut function = existing.ok_or_else(|| ServiceError::function_not_found(&reference.arn(scope)))?;
        shared.pending.refuse(&scope.region, &reference.name)?;
        check_revision(&function, &sent)?;
        check_presence(&function.latest.configuration, &sent)?;
        let merged = merged(&function, &sent)?;
        check_model(&merged)?;
        let request = Request { members: &merged };
        check_service(&request, scope)?;
        missing.map_or(Ok(()), Err)?;
        if sent.contains_key("Role") {
            shared.mishaps.check_role(request.text("Role").unwrap_or_default())?;
        }
        let snapshot = function.latest.clone();
        let before = &snapshot.configuration;
        let mut after = configuration(&request, &reference.name, scope);
        for member in KEPT {
            match before.get(member) {
                Some(value) => after.insert(member.to_owned(), value.clone()),
                None => after.shift_remove(member),
            };
        }
        keep_emptied(before, &sent, &mut after);
        function.latest.configuration = after;
        let answer = begin(shared, scope, &mut function.latest);
        if let Some(failure) = shared.mishaps.failing(Stage::Update, &function.name) {
            function.latest.fail_update(snapshot, failure);
        }
        Ok((Change::Put(Box::new(function), None), answer))
    })?;
    Ok(Value::Object(answer))
}

/// UpdateFunctionCode.
pub(crate) fn update_code(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
    body: &[u8],
) -> Result<Value, ServiceError> {
    let sent = parse(body)?;
    let is_true = |member: &str| sent.get(member) == Some(&Value::Bool(true));
    let object = object::named(&shared.store, Some(&Value::Object(sent.clone())))?;
    let answer = shared.store.change(&scope.region, &reference.name, |existing| {
        let mut function = existing.ok_or_else(|| ServiceError::function_not_found(&reference.arn(scope)))?;
        shared.pending.refuse(&scope.region, &reference.name)?;
        check_revision(&function, &sent)?;
        let (code, zip) = sent_code(&function, &sent, object)?;
        if is_true("DryRun") {
            return Ok((Change::Keep, function.latest.configuration));
        }
        let (digest, size) = code_members(&code, zip.as_ref());
        let before = function.latest.clone();
        let configuration = &mut function.latest.configuration;
        configuration.insert("CodeSha256".to_owned(), digest.into());
        configuration.insert("CodeSize".to_owned(), size.into());
        if let Some(architectures) = sent.get("Architectures") {
            configuration.insert("Architectures".to_owned(), architectures.clone());
        }
        let key = sent.get("SourceKMSKeyArn").and_then(Value::as_str).filter(|arn| !arn.is_empty());
        function.latest.source_kms_key_arn = key.map(str::to_owned);
        function.latest.code = code;
        let mut answer = begin(shared, scope, &mut function.latest);
        if let Some(failure) = shared.mishaps.failing(Stage::Update, &function.name) {
            function.latest.fail_update(before, failure);
            return Ok((Change::Put(Box::new(function), None), answer));
        }
        if is_true("Publish") {
            // The answer is the new version's (recorded answers).
            answer = publish(shared, &mut function, None);
            shared.pending.begin_version(&scope.region, &mut answer, Came::WithUpdate);
        }
        Ok((Change::Put(Box::new(function), zip), answer))
    })?;
    Ok(Value::Object(answer))
}

/// Features that a function has from its creation or never (texts as other emulators have them, unverified).
fn check_presence(before: &Map<String, Value>, sent: &Map<String, Value>) -> Result<(), ServiceError> {
    let added = |member: &str| sent.contains_key(member) && !before.contains_key(member);
    if added("CapacityProviderConfig") {
        return Err(ServiceError::invalid_parameter(
            "CapacityProviderConfig isn't supported for Lambda Default functions.",
        ));
    }
    if added("DurableConfig") {
        return Err(ServiceError::invalid_parameter("DurableConfig cannot be added to an existing function."));
    }
    Ok(())
}

/// The request that would create the function as it is to be.
fn merged(function: &Function, sent: &Map<String, Value>) -> Result<Map<String, Value>, ServiceError> {
    let mut members = request_of(function);
    for (member, value) in sent {
        match (member.as_str(), members.get_mut(member), value) {
            ("RevisionId", ..) => {}
            ("LoggingConfig", Some(Value::Object(current)), Value::Object(logging)) => {
                // A merge; levels go with the format that has them (recorded answers).
                if logging.get("LogFormat").is_some_and(|format| format == "Text") {
                    current.shift_remove("ApplicationLogLevel");
                    current.shift_remove("SystemLogLevel");
                }
                current.extend(logging.clone());
            }
            ("DurableConfig" | "CapacityProviderConfig", Some(Value::Object(current)), Value::Object(inner)) => {
                current.extend(inner.clone());
            }
            // How these are removed nobody could verify.
            ("RuntimeConfig" | "AcceleratorConfig", _, Value::Object(inner)) if inner.is_empty() => {
                members.shift_remove(member);
            }
            _ => {
                members.insert(member.clone(), value.clone());
            }
        }
    }
    Ok(members)
}

/// Turns what is stored back into a request: the shapes of answers into those of requests.
fn request_of(function: &Function) -> Map<String, Value> {
    const ANSWERS_ONLY: [&str; 10] = [
        "FunctionArn",
        "Version",
        "CodeSha256",
        "CodeSize",
        "LastModified",
        "State",
        "LastUpdateStatus",
        "RevisionId",
        "RuntimeVersionConfig",
        "ImageConfigResponse",
    ];
    let mut members = function.latest.configuration.clone();
    if let Some(config) = members.get("ImageConfigResponse").and_then(|response| response.get("ImageConfig")).cloned() {
        members.insert("ImageConfig".to_owned(), config);
    }
    members.retain(|member, _| !ANSWERS_ONLY.contains(&member.as_str()));
    for (structure, member) in [("SnapStart", "OptimizationStatus"), ("VpcConfig", "VpcId")] {
        if let Some(Value::Object(inner)) = members.get_mut(structure) {
            inner.shift_remove(member);
        }
    }
    if let Some(Value::Array(layers)) = members.get_mut("Layers") {
        for layer in layers {
            *layer = layer["Arn"].take();
        }
    }
    // Checked when it was sent.
    members.insert("Code".to_owned(), json!({}));
    members
}

/// Members that stay in answers once they were set, though empty (recorded answers).
fn keep_emptied(before: &Map<String, Value>, sent: &Map<String, Value>, after: &mut Map<String, Value>) {
    if before.contains_key("VpcConfig") && sent.contains_key("VpcConfig") && !after.contains_key("VpcConfig") {
        let empty = json!({ "Ipv6AllowedForDualStack": false, "SecurityGroupIds": [], "SubnetIds": [], "VpcId": "" });
        after.insert("VpcConfig".to_owned(), empty);
    }
}

/// The code that a call brings, checked against the kind of package that the function has.
fn sent_code(
    function: &Function,
    sent: &Map<String, Value>,
    object: Option<Zip>,
) -> Result<(CodeSource, Option<Zip>), ServiceError> {
    let is_image = function.latest.configuration.get("PackageType").is_some_and(|kind| kind == "Image");
    match (is_image, sent.contains_key("ImageUri")) {
        (true, false) => {
            let message = "Please provide ImageUri when updating a function with packageType Image.";
            return Err(ServiceError::invalid_parameter(message));
        }
        (false, true) => {
            let message = "Please don't provide ImageUri when updating a function with packageType Zip.";
            return Err(ServiceError::invalid_parameter(message));
        }
        _ => {}
    }
    let mut members = request_of(function);
    let code: Map<String, Value> = sent
        .iter()
        .filter(|(member, _)| !["Architectures", "Publish", "PublishTo", "DryRun", "RevisionId"].contains(&&***member))
        .map(|(member, value)| (member.clone(), value.clone()))
        .collect();
    members.insert("Code".to_owned(), Value::Object(code));
    if let Some(architectures) = sent.get("Architectures") {
        members.insert("Architectures".to_owned(), architectures.clone());
    }
    check_model(&members)?;
    read_code(&Request { members: &members }, object)
}

/// Begins an update and returns its answer; the record holds the end of it. The revision moves twice, and the code of
/// the reason is one that the service's own model does not have (recorded answers).
fn begin(shared: &Shared, scope: &Scope, latest: &mut Snapshot) -> Map<String, Value> {
    latest.configuration.insert("LastModified".to_owned(), last_modified().into());
    latest.renew_revision();
    let mut answer = latest.configuration.clone();
    answer.extend(
        [
            ("LastUpdateStatus", "InProgress"),
            ("LastUpdateStatusReason", "The function is being created."),
            ("LastUpdateStatusReasonCode", "Creating"),
        ]
        .map(|(member, value)| (member.to_owned(), value.into())),
    );
    latest.settle();
    shared.pending.begin_update(&scope.region, &answer);
    answer
}
