//! What happens when a function calls itself without end.

use serde_json::{Value, json};

use crate::functions::read::find;
use crate::http::members::parse;
use crate::names::{FunctionReference, validation_errors};
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::shared::Shared;
use crate::store::records::Change;

/// What a function has that was never told (recorded answer).
const DEFAULT: &str = "Terminate";

/// PutFunctionRecursionConfig. The text of a wrong value is a recorded answer.
pub(crate) fn put(
    shared: &Shared,
    scope: &Scope,
    reference: &FunctionReference,
    body: &[u8],
) -> Result<Value, ServiceError> {
    let sent = parse(body)?;
    let wanted = match sent.get("RecursiveLoop").and_then(Value::as_str) {
        Some(wanted @ ("Allow" | "Terminate")) => wanted.to_owned(),
        Some(other) => {
            return Err(validation_errors(&[format!(
                "Value '{other}' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: \
                 [Terminate, Allow]"
            )]));
        }
        None => {
            return Err(validation_errors(&[
                "Value null at 'recursiveLoop' failed to satisfy constraint: Member must not be null".to_owned(),
            ]));
        }
    };
    shared.store.change(&scope.region, &reference.name, |existing| {
        let missing = || ServiceError::function_not_found(&scope.function_arn(&reference.name));
        let mut function = existing.ok_or_else(missing)?;
        function.attached.recursive_loop = Some(wanted.clone());
        Ok((Change::Put(Box::new(function), None), json!({ "RecursiveLoop": wanted })))
    })
}

/// GetFunctionRecursionConfig.
pub(crate) fn get(shared: &Shared, scope: &Scope, reference: &FunctionReference) -> Result<Value, ServiceError> {
    let function = find(shared, scope, reference)?;
    Ok(json!({ "RecursiveLoop": function.attached.recursive_loop.as_deref().unwrap_or(DEFAULT) }))
}
