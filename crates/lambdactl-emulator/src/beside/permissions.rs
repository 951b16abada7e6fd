//! The resource policy of a function, and of each of its versions and aliases. Texts and shapes are recorded answers, unless a
//! comment says otherwise.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::http::asked::Asked;
use crate::http::members::parse;
use crate::names::{FunctionReference, LATEST, validation_errors};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::attached::Policy;
use crate::store::function::Function;
use crate::store::records::Change;

/// What a statement's condition is made of: the member that was sent, the operator, and the key in the policy.
const CONDITIONS: [(&str, &str, &str); 6] = [
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
];

/// AddPermission; the answer holds the statement as a text.
pub(crate) fn add(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let sent = parse(&asked.body)?;
    let text = |member: &str| sent.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = text("StatementId");
    check_id(&id)?;
    let (scope, reference) = (&asked.scope, asked.qualified()?);
    let principal = principal(&text("Principal"), scope)?;
    shared.store.change(&scope.region, &reference.name, |existing| {
        let mut function = existing.ok_or_else(|| ServiceError::function_not_found(&scope.function_arn(&reference.name)))?;
        check_qualifier(&function, &reference, scope)?;
        let policy = function.attached.policies.entry(key(&reference)).or_default();
        check_revision(policy, sent.get("RevisionId").and_then(Value::as_str))?;
        if policy.statements.iter().any(|statement| statement["Sid"] == id) {
            return Err(ServiceError::conflict(&format!(
                "The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing \
                 statement."
            )));
        }
        let mut statement = json!({
            "Sid": id,
            "Effect": "Allow",
            "Principal": principal,
            "Action": sent.get("Action"),
            "Resource": reference.arn(scope),
        });
        let condition = condition(&sent);
        if !condition.is_empty() {
            statement["Condition"] = Value::Object(condition);
        }
        policy.statements.push(statement.clone());
        policy.revision = Uuid::new_v4().to_string();
        Ok((Change::Put(Box::new(function), None), json!({ "Statement": statement.to_string() })))
    })
}

/// GetPolicy.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let reference = asked.qualified()?;
    let none = || ServiceError::not_found("The resource you requested does not exist.");
    let function = shared.store.function(&asked.scope.region, &reference.name)?.ok_or_else(none)?;
    let Policy { revision, statements } = function.attached.policies.get(&key(&reference)).ok_or_else(none)?;
    let policy = json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements });
    Ok(json!({ "Policy": policy.to_string(), "RevisionId": revision }))
}

/// RemovePermission. With its last statement a policy goes.
pub(crate) fn remove(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let (scope, reference) = (&asked.scope, asked.qualified()?);
    shared.store.change(&scope.region, &reference.name, |existing| {
        let arn = scope.function_arn(&reference.name);
        let none = || ServiceError::not_found(&format!("No policy found for: {arn}"));
        let mut function = existing.ok_or_else(none)?;
        check_qualifier(&function, &reference, scope)?;
        let key = key(&reference);
        let no_policy = || ServiceError::not_found("No policy is associated with the given resource.");
        let policy = function.attached.policies.get_mut(&key).ok_or_else(no_policy)?;
        check_revision(policy, asked.member("RevisionId"))?;
        let before = policy.statements.len();
        policy.statements.retain(|statement| statement["Sid"] != asked.id());
        if policy.statements.len() == before {
            let text = format!("Statement {} is not found in resource policy.", asked.id());
            return Err(ServiceError::not_found(&text));
        }
        policy.revision = Uuid::new_v4().to_string();
        if policy.statements.is_empty() {
            function.attached.policies.remove(&key);
        }
        Ok((Change::Put(Box::new(function), None), ()))
    })
}

/// Where the policy of a function, a version or an alias is kept.
fn key(reference: &FunctionReference) -> String {
    reference.qualifier.clone().unwrap_or_default()
}

fn check_id(id: &str) -> Result<(), ServiceError> {
    let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !id.is_empty() && id.bytes().all(is_taken) {
        return Ok(());
    }
    Err(validation_errors(&[format!(
        "Value '{id}' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: \
         ([a-zA-Z0-9-_]+)"
    )]))
}

fn check_qualifier(function: &Function, reference: &FunctionReference, scope: &Scope) -> Result<(), ServiceError> {
    let Some(qualifier) = reference.qualifier.as_deref() else { return Ok(()) };
    if qualifier == LATEST {
        return Err(ServiceError::invalid_parameter("We currently do not support adding policies for $LATEST."));
    }
    if function.snapshot(Some(qualifier)).is_some() {
        return Ok(());
    }
    Err(match qualifier.bytes().all(|byte| byte.is_ascii_digit()) {
        true => ServiceError::function_not_found(&reference.arn(scope)),
        false => ServiceError::not_found(&format!("Cannot find alias arn: {}", reference.arn(scope))),
    })
}

/// A policy that is not there yet has no revision: what is accepted then was recorded for aliases only, and is not checked here.
fn check_revision(policy: &Policy, wanted: Option<&str>) -> Result<(), ServiceError> {
    match wanted {
        Some(wanted) if !policy.statements.is_empty() && wanted != policy.revision => {
            Err(ServiceError::policy_precondition_failed())
        }
        _ => Ok(()),
    }
}

/// Returns a principal as a statement has it.
fn principal(text: &str, scope: &Scope) -> Result<Value, ServiceError> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_service = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
    // A skill's own principal comes back as everybody: its token is the condition.
    match text {
        "*" | "alexa-appkit.amazon.com" => Ok(json!("*")),
        account if is_account => Ok(json!({ "AWS": format!("arn:{}:iam::{account}:root", scope.partition()) })),
        arn if arn.starts_with("arn:") => Ok(json!({ "AWS": arn })),
        service if is_service => Ok(json!({ "Service": service })),
        _ => {
            let message = "The provided principal was invalid. Please check the principal and try again.";
            Err(ServiceError::invalid_parameter(message))
        }
    }
}

fn condition(sent: &Map<String, Value>) -> Map<String, Value> {
    let mut condition = Map::new();
    for (member, operator, key) in CONDITIONS {
        let value = match sent.get(member) {
            None => continue,
            Some(Value::Bool(value)) => json!(value.to_string()),
            Some(value) => value.clone(),
        };
        condition.entry(operator).or_insert_with(|| json!({}))[key] = value;
    }
    condition
}
