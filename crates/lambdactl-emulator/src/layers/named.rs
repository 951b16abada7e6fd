//! How requests name layers and their versions.

use crate::http::asked::Asked;
use crate::names::validation_errors;
use crate::scope::Scope;
use crate::service_error::ServiceError;

/// The service's pattern, from its model.
const PATTERN: &str = r"(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+";

/// Returns the layer that the path names, by its name or its ARN.
pub(crate) fn layer(asked: &Asked) -> Result<String, ServiceError> {
    let text = asked.label("LayerName");
    let Scope { region, account } = &asked.scope;
    let parts: Vec<&str> = text.split(':').collect();
    let name = match parts.as_slice() {
        [name] => Some(*name),
        ["arn", _, "lambda", of_region, of_account, "layer", name] => {
            if of_region != region || of_account != account {
                return Err(ServiceError::access_denied());
            }
            Some(*name)
        }
        _ => None,
    };
    let is_name = |name: &&str| {
        let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !name.is_empty() && name.bytes().all(is_taken)
    };
    let at = format!("Value '{text}' at 'layerName' failed to satisfy constraint: Member must");
    let Some(name) = name.filter(is_name) else {
        return Err(validation_errors(&[format!("{at} satisfy regular expression pattern: {PATTERN}")]));
    };
    if name.len() > 140 {
        return Err(validation_errors(&[format!("{at} have length less than or equal to 140")]));
    }
    Ok(name.to_owned())
}

/// Returns the number of the version that the path names.
pub(crate) fn number(asked: &Asked) -> Result<u64, ServiceError> {
    let text = asked.label("VersionNumber");
    let number: i64 =
        text.parse().map_err(|_| ServiceError::serialization("STRING_VALUE can not be converted to a Long"))?;
    u64::try_from(number)
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| ServiceError::invalid_parameter("Layer Version Cannot be less than 1."))
}

/// Takes the ARN of a layer's version apart: region, account, name and number. A layer of AWS's own is none.
pub(crate) fn version(arn: &str) -> Option<(&str, &str, &str, u64)> {
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "lambda", region, account, "layer", name, number] => {
            Some((region, account, name, number.parse().ok()?))
        }
        _ => None,
    }
}

impl Scope {
    /// The ARN of a layer.
    pub(crate) fn layer_arn(&self, name: &str) -> String {
        let Scope { region, account } = self;
        format!("arn:{}:lambda:{region}:{account}:layer:{name}", self.partition())
    }
}
