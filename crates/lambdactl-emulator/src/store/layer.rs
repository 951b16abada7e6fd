//! The stored layer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::EmulatorError;
use crate::store::attached::Policy;

/// A layer with its versions.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Layer {
    /// The highest number that a version had.
    pub(crate) last_version: u64,
    /// Versions by number.
    pub(crate) versions: BTreeMap<u64, LayerVersion>,
}

/// A version of a layer.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LayerVersion {
    /// Members of a row of ListLayerVersions.
    pub(crate) members: Map<String, Value>,
    /// `base64(sha256)` of its content.
    pub(crate) sha256: String,
    /// Bytes of its content.
    pub(crate) size: u64,
    /// Of the stored zip; absent where an object was named that nobody put here.
    pub(crate) digest: Option<String>,
    pub(crate) policy: Policy,
}

impl Layer {
    pub(crate) fn from_record(name: &str, record: &[u8]) -> Result<Self, EmulatorError> {
        serde_json::from_slice(record).map_err(|source| EmulatorError::Record { name: name.to_owned(), source })
    }

    /// The zips that its versions are made of.
    pub(crate) fn zip_digests(&self) -> Vec<String> {
        self.versions.values().filter_map(|version| version.digest.clone()).collect()
    }
}
