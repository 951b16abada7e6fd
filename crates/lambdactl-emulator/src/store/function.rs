//! The stored function and the shapes in which the service shows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::error::EmulatorError;
use crate::http::faults::Failing;
use crate::names::LATEST;
use crate::store::attached::Attached;
use crate::store::code::{hex, sha256};

/// A function with its published versions. It holds environment values, so it has no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// `$LATEST`.
    pub(crate) latest: Snapshot,
    /// Published versions by number.
    #[serde(default)]
    pub(crate) versions: BTreeMap<u64, Snapshot>,
    #[serde(default)]
    pub(crate) tags: Map<String, Value>,
    #[serde(default)]
    pub(crate) code_signing_config_arn: Option<String>,
    /// What others have made of it.
    #[serde(default)]
    pub(crate) attached: Attached,
}

/// Configuration and code at one time.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// Members of the answers' FunctionConfiguration, with the unqualified ARN.
    pub(crate) configuration: Map<String, Value>,
    pub(crate) code: CodeSource,
    #[serde(default)]
    pub(crate) source_kms_key_arn: Option<String>,
    /// Of a version with a description of its own: the one that `$LATEST` had.
    #[serde(default)]
    pub(crate) latest_description: Option<Value>,
}

/// Where the code came from.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum CodeSource {
    /// A zip that was uploaded or copied from an object, stored under its digest.
    Zip { digest: String },
    /// An object in a bucket that nobody put here, taken as existing.
    S3 { bucket: String, key: String, version: Option<String> },
    /// An image, taken as existing.
    Image { uri: String },
}

impl Function {
    pub(crate) fn from_record(name: &str, record: &[u8]) -> Result<Self, EmulatorError> {
        let damaged = |source| EmulatorError::Record { name: name.to_owned(), source };
        serde_json::from_slice(record).map_err(damaged)
    }

    /// The tags alone: a page of many functions does not build the rest of them.
    pub(crate) fn tags_of_record(name: &str, record: &[u8]) -> Result<Map<String, Value>, EmulatorError> {
        #[derive(Deserialize)]
        struct Tagged {
            #[serde(default)]
            tags: Map<String, Value>,
        }
        let damaged = |source| EmulatorError::Record { name: name.to_owned(), source };
        serde_json::from_slice(record).map(|Tagged { tags }| tags).map_err(damaged)
    }

    /// What goes with it alone.
    pub(crate) fn attached_of_record(name: &str, record: &[u8]) -> Result<Attached, EmulatorError> {
        #[derive(Deserialize)]
        struct Bearer {
            #[serde(default)]
            attached: Attached,
        }
        let damaged = |source| EmulatorError::Record { name: name.to_owned(), source };
        serde_json::from_slice(record).map(|Bearer { attached }| attached).map_err(damaged)
    }

    pub(crate) fn to_record(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("string keys and plain values are always JSON")
    }

    /// What a qualifier stands for: a version, or the main version of an alias; none means `$LATEST`.
    pub(crate) fn snapshot(&self, qualifier: Option<&str>) -> Option<&Snapshot> {
        match qualifier.and_then(|alias| self.attached.main_version(alias)).or(qualifier) {
            None | Some(LATEST) => Some(&self.latest),
            Some(version) => self.versions.get(&version.parse().ok()?),
        }
    }

    /// `$LATEST` first, then the versions from the oldest on, each with its qualifier.
    pub(crate) fn snapshots(&self) -> impl Iterator<Item = (String, &Snapshot)> {
        let versions = self.versions.iter().map(|(number, version)| (number.to_string(), version));
        std::iter::once((LATEST.to_owned(), &self.latest)).chain(versions)
    }

    /// Digests of the stored zips that this function needs.
    pub(crate) fn zip_digests(&self) -> Vec<String> {
        let mut digests = Vec::new();
        for (_, snapshot) in self.snapshots() {
            if let CodeSource::Zip { digest } = &snapshot.code
                && !digests.contains(digest)
            {
                digests.push(digest.clone());
            }
        }
        digests
    }

    /// The answer of GetFunction. Tags are absent when there are none (recorded answers).
    pub(crate) fn get_view(&self, snapshot: &Snapshot, qualifier: Option<&str>, endpoint: &str) -> Value {
        let mut view = json!({
            "Configuration": snapshot.configuration_view(qualifier),
            "Code": snapshot.code_view(endpoint),
        });
        if let Some(reserved) = self.attached.reserved_concurrency.filter(|_| qualifier.is_none()) {
            view["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
        }
        if !self.tags.is_empty() {
            view["Tags"] = Value::Object(self.tags.clone());
        }
        view
    }
}

impl Snapshot {
    /// Ends the state of a create or an update: usable, and with another revision id, as in the recorded answers. What
    /// failed to be created cannot be mended (AWS documentation).
    pub(crate) fn settle(&mut self) {
        self.configuration.insert("LastUpdateStatus".to_owned(), "Successful".into());
        self.configuration.shift_remove("LastUpdateStatusReason");
        self.configuration.shift_remove("LastUpdateStatusReasonCode");
        self.renew_revision();
        if self.has_failed() {
            return;
        }
        let managed = self.configuration.contains_key("CapacityProviderConfig");
        // Functions of a capacity provider are invoked through a version only (as other emulators
        // have it; unverified).
        let state = if managed { "ActiveNonInvocable" } else { "Active" };
        self.configuration.insert("State".to_owned(), state.into());
        self.configuration.shift_remove("StateReason");
        self.configuration.shift_remove("StateReasonCode");
    }

    fn has_failed(&self) -> bool {
        self.configuration.get("State").is_some_and(|state| state == "Failed")
    }

    /// Ends the state of a create the other way. What was never updated has no update status.
    pub(crate) fn fail(&mut self, failure: &Failing) {
        self.configuration.insert("State".to_owned(), "Failed".into());
        self.configuration.insert("StateReason".to_owned(), failure.reason().into());
        self.configuration.insert("StateReasonCode".to_owned(), failure.code().into());
        self.configuration.shift_remove("LastUpdateStatus");
    }

    /// Ends an update that came to nothing: the function is what it was before (AWS documentation).
    pub(crate) fn fail_update(&mut self, before: Snapshot, failure: &Failing) {
        *self = before;
        self.configuration.insert("LastUpdateStatus".to_owned(), "Failed".into());
        self.configuration.insert("LastUpdateStatusReason".to_owned(), failure.reason().into());
        self.configuration.insert("LastUpdateStatusReasonCode".to_owned(), failure.code().into());
        self.renew_revision();
    }

    /// A published version of it.
    pub(crate) fn version(&self, number: u64) -> Self {
        let mut version = self.clone();
        version.configuration.insert("Version".to_owned(), number.to_string().into());
        if !self.has_failed() {
            version.configuration.insert("State".to_owned(), "Active".into());
        }
        version.renew_revision();
        if let Some(Value::Object(snap_start)) = version.configuration.get_mut("SnapStart")
            && snap_start.get("ApplyOn").is_some_and(|apply_on| apply_on == "PublishedVersions")
        {
            // AWS documentation: on for a version that is ready.
            snap_start.insert("OptimizationStatus".to_owned(), "On".into());
        }
        version
    }

    pub(crate) fn renew_revision(&mut self) {
        self.configuration.insert("RevisionId".to_owned(), Uuid::new_v4().to_string().into());
    }

    /// FunctionConfiguration as GetFunction and GetFunctionConfiguration show it: a qualifier that
    /// was asked for is part of the ARN.
    pub(crate) fn configuration_view(&self, qualifier: Option<&str>) -> Map<String, Value> {
        let mut view = self.configuration.clone();
        if let (Some(qualifier), Some(Value::String(arn))) = (qualifier, view.get_mut("FunctionArn")) {
            arn.push(':');
            arn.push_str(qualifier);
        }
        view
    }

    /// FunctionConfiguration as lists show it: without what needs a look at the running function.
    pub(crate) fn list_view(&self, qualifier: Option<&str>) -> Map<String, Value> {
        const NOT_LISTED: [&str; 7] = [
            "State",
            "StateReason",
            "StateReasonCode",
            "LastUpdateStatus",
            "LastUpdateStatusReason",
            "LastUpdateStatusReasonCode",
            "RuntimeVersionConfig",
        ];
        let mut view = self.configuration_view(qualifier);
        view.retain(|name, _| !NOT_LISTED.contains(&name.as_str()));
        view
    }

    fn code_view(&self, endpoint: &str) -> Value {
        let mut view = match &self.code {
            CodeSource::Zip { digest } => {
                json!({"RepositoryType": "S3", "Location": format!("{endpoint}/code/{digest}.zip")})
            }
            CodeSource::S3 { bucket, key, version } => {
                // Nobody put it here, so there is nothing behind this link; and none may lead out of this machine.
                let mut location = format!("{endpoint}/code/{bucket}/{key}");
                if let Some(version) = version {
                    location.push_str(&format!("?versionId={version}"));
                }
                json!({"RepositoryType": "S3", "Location": location})
            }
            CodeSource::Image { uri } => json!({
                "RepositoryType": "ECR",
                "ImageUri": uri,
                "ResolvedImageUri": format!("{}@sha256:{}", repository(uri), image_digest(uri)),
            }),
        };
        if let Some(key) = &self.source_kms_key_arn {
            view["SourceKMSKeyArn"] = key.as_str().into();
        }
        view
    }
}

/// The digest of an image: the URI's own, else one made from the URI's text, since there is no
/// registry to ask.
pub(crate) fn image_digest(uri: &str) -> String {
    match uri.split_once("@sha256:") {
        Some((_, digest)) => digest.to_owned(),
        None => hex(&sha256(uri.as_bytes())),
    }
}

/// The URI without digest and tag; a colon before the last slash belongs to the host.
fn repository(uri: &str) -> &str {
    let uri = uri.split_once('@').map_or(uri, |(repository, _)| repository);
    match uri.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => uri,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The record of a version that knew functions, versions and tags only.
    #[test]
    fn records_of_older_versions_are_read() {
        let record = json!({
            "name": "f",
            "latest": { "configuration": { "FunctionName": "f" }, "code": { "Zip": { "digest": "d" } } },
        });
        let record = record.to_string();
        let function = Function::from_record("f", record.as_bytes()).expect("a function");
        assert!(function.versions.is_empty() && function.attached.aliases.is_empty());
        assert_eq!((function.attached.taken(), function.attached.last_version), (0, 0));
        // And one that knew aliases and reserves.
        let record = json!({
            "name": "f",
            "latest": { "configuration": { "FunctionName": "f" }, "code": { "Zip": { "digest": "d" } } },
            "versions": { "3": { "configuration": { "Version": "3" }, "code": { "Zip": { "digest": "d" } } } },
            "attached": { "aliases": [{ "Name": "live", "FunctionVersion": "3" }], "reserved_concurrency": 5 },
        });
        let record = record.to_string();
        let function = Function::from_record("f", record.as_bytes()).expect("a function");
        assert!(function.snapshot(Some("live")).is_some() && function.attached.provisioned.is_empty());
        assert_eq!(Function::attached_of_record("f", record.as_bytes()).expect("its attachments").taken(), 5);
    }
}
