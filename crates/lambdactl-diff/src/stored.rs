//! What S3 says of objects.

use std::collections::BTreeMap;

/// What S3 says of the objects that a manifest's functions are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects(pub BTreeMap<ObjectName, Seen>);

/// How an object is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The version, where the manifest names one.
    pub version: Option<String>,
}

/// An object, or why nothing is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// What HeadObject answered.
    Yes(StoredObject),
    /// The reason.
    No(String),
}

impl Seen {
    /// The reason where there is no such object.
    pub const MISSING: &str = "there is no such object";
}

/// What HeadObject says of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredObject {
    /// The entity tag, without quotes: another one for each content.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// base64(sha256) of the whole object, where S3 keeps it: the same as the `CodeSha256` of a function made of it.
    pub sha256: Option<String>,
}
