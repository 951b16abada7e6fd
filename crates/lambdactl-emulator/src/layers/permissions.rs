//! The policy of a layer's version. The next version has none of it.

use serde_json::{Map, Value, json};

use crate::http::asked::Asked;
use crate::http::members::parse;
use crate::layers::named::{layer, number};
use crate::layers::versions::revision;
use crate::names::validation_errors;
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::attached::Policy;
use crate::store::layer::{Layer, LayerVersion};

/// AddLayerVersionPermission.
pub(crate) fn add(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let (name, number) = (layer(asked)?, number(asked)?);
    let sent = parse(&asked.body)?;
    check(&sent)?;
    let text = |member: &str| sent.get(member).and_then(Value::as_str).unwrap_or_default();
    let id = text("StatementId");
    let scope = &asked.scope;
    let arn = format!("{}:{number}", scope.layer_arn(&name));
    let principal = principal(text("Principal"), scope)?;
    shared.store.change_layer(&scope.region, &name, |mut layer| {
        let policy = &mut version(&mut layer, number, &arn)?.policy;
        check_revision(policy, asked.member("RevisionId"))?;
        if policy.statements.iter().any(|statement| statement["Sid"] == id) {
            return Err(ServiceError::conflict(&format!(
                "The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing \
                 statement."
            )));
        }
        let mut statement =
            json!({ "Sid": id, "Effect": "Allow", "Principal": principal, "Action": text("Action"), "Resource": arn });
        if let Some(organization) = sent.get("OrganizationId") {
            statement["Condition"] = json!({ "StringEquals": { "aws:PrincipalOrgID": organization } });
        }
        policy.statements.push(statement.clone());
        policy.revision = revision();
        let answer = json!({ "Statement": statement.to_string(), "RevisionId": policy.revision });
        Ok((layer, None, answer))
    })
}

/// GetLayerVersionPolicy.
pub(crate) fn get(shared: &Shared, asked: &Asked) -> Result<Value, ServiceError> {
    let (name, number) = (layer(asked)?, number(asked)?);
    let arn = format!("{}:{number}", asked.scope.layer_arn(&name));
    let mut layer = shared.store.layer(&asked.scope.region, &name)?;
    let Policy { revision, statements } = &version(&mut layer, number, &arn)?.policy;
    if statements.is_empty() {
        return Err(no_policy());
    }
    let policy = json!({ "Version": "2012-10-17", "Id": "default", "Statement": statements });
    Ok(json!({ "Policy": policy.to_string(), "RevisionId": revision }))
}

/// RemoveLayerVersionPermission. After the last one there is no policy, which could not be verified.
pub(crate) fn remove(shared: &Shared, asked: &Asked) -> Result<(), ServiceError> {
    let (name, number, id) = (layer(asked)?, number(asked)?, asked.label("StatementId"));
    let arn = format!("{}:{number}", asked.scope.layer_arn(&name));
    shared.store.change_layer(&asked.scope.region, &name, |mut layer| {
        let policy = &mut version(&mut layer, number, &arn)?.policy;
        if policy.statements.is_empty() {
            return Err(no_policy());
        }
        check_revision(policy, asked.member("RevisionId"))?;
        let before = policy.statements.len();
        policy.statements.retain(|statement| statement["Sid"] != id);
        if policy.statements.len() == before {
            return Err(ServiceError::not_found(&format!("Statement {id} is not found in resource policy.")));
        }
        policy.revision = revision();
        Ok((layer, None, ()))
    })
}

fn version<'l>(layer: &'l mut Option<Layer>, number: u64, arn: &str) -> Result<&'l mut LayerVersion, ServiceError> {
    let version = layer.as_mut().and_then(|layer| layer.versions.get_mut(&number));
    version.ok_or_else(|| ServiceError::not_found(&format!("Layer version {arn} does not exist.")))
}

fn no_policy() -> ServiceError {
    ServiceError::not_found("No policy is associated with the given resource.")
}

fn check_revision(policy: &Policy, wanted: Option<&str>) -> Result<(), ServiceError> {
    match wanted {
        Some(wanted) if wanted != policy.revision => Err(ServiceError::layer_policy_precondition_failed()),
        _ => Ok(()),
    }
}

/// Checks a request against the service's model.
fn check(sent: &Map<String, Value>) -> Result<(), ServiceError> {
    let text = |member: &str| sent.get(member).and_then(Value::as_str).unwrap_or_default();
    let is_id = |text: &str| {
        let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !text.is_empty() && text.bytes().all(is_taken)
    };
    let mut failures = Vec::new();
    for (member, value, is_right, pattern) in [
        ("statementId", text("StatementId"), is_id(text("StatementId")), "([a-zA-Z0-9-_]+)"),
        ("action", text("Action"), text("Action") == "lambda:GetLayerVersion", "lambda:GetLayerVersion"),
    ] {
        if !is_right {
            failures.push(format!(
                "Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy regular expression pattern: \
                 {pattern}"
            ));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(validation_errors(&failures)) }
}

fn principal(text: &str, scope: &Scope) -> Result<Value, ServiceError> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        "*" => Ok(json!("*")),
        account if is_account => Ok(json!({ "AWS": format!("arn:{}:iam::{account}:root", scope.partition()) })),
        arn if arn.starts_with("arn:") && arn.ends_with(":root") => Ok(json!({ "AWS": arn })),
        _ => Err(ServiceError::invalid_parameter(
            "The provided principal was invalid. Please check the principal and try again.",
        )),
    }
}
