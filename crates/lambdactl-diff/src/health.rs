//! Whether a function works, as the service says it: a member of its state that a comparison with a manifest would miss.

use serde_json::{Map, Value};

/// How a function, or a published version of one, is.
///
/// Source of the states and their meaning: AWS documentation ("Lambda function states") and the service's model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Nothing says it: lists of functions have no state.
    #[default]
    Unknown,
    /// It is being set up, and cannot be used yet; the service's words.
    Pending(Reason),
    /// It serves, and an update of it is under way; the service's words.
    Updating(Reason),
    /// It can be used: active, or idle and ready to be woken.
    Ready,
    /// It could not be set up, and never will be.
    Failed(Reason),
    /// Its last update failed, and it serves as before.
    UpdateFailed(Reason),
    /// It is being deleted.
    Deleting,
}

/// Why a function is as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// The service's code, such as `SubnetOutOfIPAddresses`: an open set, and empty where none was given.
    pub code: String,
    /// The service's words, without secrets; empty where none were given.
    pub words: String,
}

impl Health {
    /// Returns what a configuration of the service says.
    pub fn of(configuration: &Map<String, Value>) -> Self {
        let text = |member: &str| configuration.get(member).and_then(Value::as_str).unwrap_or_default();
        let reason = |code: &str, words: &str| Reason { code: text(code).to_owned(), words: text(words).to_owned() };
        let of_state = || reason("StateReasonCode", "StateReason");
        let of_update = || reason("LastUpdateStatusReasonCode", "LastUpdateStatusReason");
        match (text("State"), text("LastUpdateStatus")) {
            ("Pending", _) => Self::Pending(of_state()),
            ("Failed", _) => Self::Failed(of_state()),
            ("Deleting", _) => Self::Deleting,
            // Inactive, and the states of capacity providers, are set up, if not awake.
            (_, "InProgress") => Self::Updating(of_update()),
            (_, "Failed") => Self::UpdateFailed(of_update()),
            ("", "") => Self::Unknown,
            _ => Self::Ready,
        }
    }

    /// Whether the service still works on it.
    pub fn is_unsettled(&self) -> bool {
        matches!(self, Self::Pending(_) | Self::Updating(_))
    }

    /// Returns why it does not work, where it does not.
    pub fn failure(&self) -> Option<&Reason> {
        match self {
            Self::Failed(reason) | Self::UpdateFailed(reason) => Some(reason),
            Self::Unknown | Self::Pending(_) | Self::Updating(_) | Self::Ready | Self::Deleting => None,
        }
    }
}

impl Reason {
    /// Returns the code, or a word of our own where the service gave none.
    pub fn code(&self) -> &str {
        if self.code.is_empty() { "Failed" } else { &self.code }
    }

    /// Whether it lies in the code, and not in the settings. Codes of the service's model.
    pub(crate) fn is_about_code(&self) -> bool {
        ["ImageDeleted", "ImageAccessDenied", "InvalidImage", "InvalidZipFileException"].contains(&self.code.as_str())
    }

    /// Returns what to do about it before the function is sent again. The codes are those of the service's model.
    pub fn remedy(&self) -> Option<&'static str> {
        Some(match self.code.as_str() {
            "EniLimitExceeded" => "the VPC has no network interfaces left: free some, or ask for a higher quota",
            "SubnetOutOfIPAddresses" => "a subnet has no addresses left: use larger or further subnets",
            "InvalidSubnet" | "InvalidSecurityGroup" => "check the ids in VpcConfig: do they exist, and in one VPC?",
            "InsufficientRolePermissions" => {
                "the role lacks a permission, for a VPC ec2:CreateNetworkInterface and its like"
            }
            "ImageAccessDenied" | "ImageDeleted" | "InvalidImage" => {
                "check that the image exists, and that its repository lets Lambda pull it"
            }
            "KMSKeyAccessDenied" | "KMSKeyNotFound" | "DisabledKMSKey" | "InvalidStateKMSKey" => {
                "check that the key exists and is enabled, and that the role may use it"
            }
            "DisallowedByVpcEncryptionControl" => "the VPC asks for encryption in transit: see its encryption controls",
            code if code.starts_with("EFS") => "check the access point, its mount targets and the security groups",
            code if code.starts_with("FunctionError") => {
                "the code failed while it was initialized: read the function's log group"
            }
            _ => return None,
        })
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code.as_str(), self.words.as_str()) {
            ("", "") => formatter.write_str("the service gave no reason"),
            ("", words) => formatter.write_str(words),
            (code, "") => formatter.write_str(code),
            (code, words) => write!(formatter, "{code}: {words}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn health(configuration: Value) -> Health {
        Health::of(configuration.as_object().expect("a map"))
    }

    #[test]
    fn state_comes_before_the_last_update() {
        let reason = |code: &str, words: &str| Reason { code: code.into(), words: words.into() };
        let failed = json!({ "State": "Failed", "StateReasonCode": "InvalidImage", "StateReason": "gone",
            "LastUpdateStatus": "InProgress" });
        assert_eq!(health(failed), Health::Failed(reason("InvalidImage", "gone")));
        let update =
            json!({ "State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "EFSIOError" });
        assert_eq!(health(update), Health::UpdateFailed(reason("EFSIOError", "")));
        assert_eq!(health(json!({ "State": "Inactive", "StateReasonCode": "Idle" })), Health::Ready);
        assert_eq!(health(json!({ "LastUpdateStatus": "Successful" })), Health::Ready);
        assert_eq!(health(json!({ "State": "Deleting" })), Health::Deleting);
        assert_eq!(health(json!({ "State": null, "LastUpdateStatus": null })), Health::Unknown);
        assert!(health(json!({ "State": "Pending" })).is_unsettled());
        assert!(health(json!({ "State": "Active", "LastUpdateStatus": "InProgress" })).is_unsettled());
    }
}
