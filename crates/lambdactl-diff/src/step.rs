use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Where a plan shows a version that is still to be published.
pub(crate) const PUBLISH: &str = "/Publish";

/// One call of an update, with its whole body.
#[derive(Clone, PartialEq)]
pub enum Step {
    /// PutFunctionCodeSigningConfig with this ARN.
    PutCodeSigning(String),
    /// DeleteFunctionCodeSigningConfig.
    DeleteCodeSigning,
    /// UpdateFunctionConfiguration with these members. They hold the values of environment variables.
    Configuration(Map<String, Value>),
    /// UpdateFunctionCode with these members; the archive is left out where the plan has it in a file.
    Code(Map<String, Value>),
    /// UntagResource with these keys.
    Untag(Vec<String>),
    /// TagResource with these tags.
    Tag(BTreeMap<String, String>),
    /// PublishVersion with these members.
    Publish(Map<String, Value>),
}

impl Step {
    /// Returns the name of the call.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::PutCodeSigning(_) => "PutFunctionCodeSigningConfig",
            Self::DeleteCodeSigning => "DeleteFunctionCodeSigningConfig",
            Self::Configuration(_) => "UpdateFunctionConfiguration",
            Self::Code(_) => "UpdateFunctionCode",
            Self::Untag(_) => "UntagResource",
            Self::Tag(_) => "TagResource",
            Self::Publish(_) => "PublishVersion",
        }
    }

    /// Returns the body, which holds the values of environment variables: do not print it.
    pub(crate) fn body(&self) -> Value {
        match self {
            Self::PutCodeSigning(arn) => json!(arn),
            Self::DeleteCodeSigning => Value::Null,
            Self::Configuration(members) | Self::Code(members) | Self::Publish(members) => json!(members),
            Self::Untag(keys) => json!(keys),
            Self::Tag(tags) => json!(tags),
        }
    }
}

/// The bodies hold secrets and archives: the debug form names the call and its members only.
impl std::fmt::Debug for Step {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<String> = match self {
            Self::PutCodeSigning(_) | Self::DeleteCodeSigning => Vec::new(),
            Self::Configuration(members) | Self::Code(members) | Self::Publish(members) => {
                members.keys().cloned().collect()
            }
            Self::Untag(keys) => keys.clone(),
            Self::Tag(tags) => tags.keys().cloned().collect(),
        };
        formatter.debug_tuple(self.operation()).field(&names).finish()
    }
}
