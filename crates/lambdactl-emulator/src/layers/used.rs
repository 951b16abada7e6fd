//! The layers that functions name.

use serde_json::Value;

use crate::error::EmulatorError;
use crate::layers::named::version;
use crate::scope::Scope;
use crate::service_error::ServiceError;
use crate::store::records::Store;

/// Returns what is answered to a function that names a version which is not there.
///
/// A layer of another account cannot be known here, and one that was never published here is taken as existing, as a bucket is
/// that nobody put anything into.
pub(crate) fn missing(
    store: &Store,
    scope: &Scope,
    layers: Option<&Value>,
) -> Result<Option<ServiceError>, EmulatorError> {
    for arn in layers.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let Some((region, account, name, number)) = version(arn) else { continue };
        if region != scope.region || account != scope.account {
            continue;
        }
        let layer = store.layer(region, name)?;
        if layer.is_some_and(|layer| !layer.versions.contains_key(&number)) {
            return Ok(Some(ServiceError::invalid_parameter(&format!("Layer version {arn} does not exist."))));
        }
    }
    Ok(None)
}
