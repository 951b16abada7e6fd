//! What is known of a layer, and what would be done about it.

use lambdactl_schema::request::S3ObjectStorageMode;
use lambdactl_schema::{ArchiveSource, Call, LayerContent, LayerSpec};
use serde_json::{Map, Value};

use crate::change::Change;
use crate::stored::ObjectName;

/// What an account has of a layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum CurrentLayer {
    /// No version: none was ever published, or all are deleted.
    #[default]
    None,
    /// The version with the highest number.
    Newest(Box<LayerVersion>),
    /// The versions could not be read, for this reason.
    Unknown(String),
}

/// A version of a layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerVersion {
    /// Its number, which the service counts from 1 and never uses twice.
    pub number: u64,
    /// Its ARN.
    pub arn: String,
    /// What GetLayerVersion says of it, without its content.
    pub members: Map<String, Value>,
    /// `base64(sha256)` of its content.
    pub code_sha256: String,
    /// Bytes of its content.
    pub code_size: Option<u64>,
    /// The numbers of all versions that there are, the newest first; none where old ones are nobody's business.
    pub all: Vec<u64>,
}

/// What would be done about one layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerPlan {
    /// The layer's name.
    pub name: String,
    /// The name as a comment has it, where a reference brought it in: the manifest's own text.
    pub public_name: Option<String>,
    /// What is done.
    pub action: LayerAction,
    /// How the newest version differs from the manifest, by path.
    pub changes: Vec<Change>,
    /// The newest version, when there is one.
    pub version: Option<u64>,
    /// Its ARN.
    pub version_arn: Option<String>,
    /// The call that publishes the version that the manifest wants: made by the action `create` only.
    pub publish: Option<Call>,
    /// Old versions that go once everything else is done, the oldest first.
    pub old: Vec<u64>,
    /// Digest of the archive that the manifest has for it, as the service computes it.
    pub code_sha256: Option<String>,
    /// Where the archive is, when the call does not have it.
    pub archive: Option<ArchiveSource>,
    /// What else there is to say, in sentences for the user.
    pub notes: Vec<String>,
    /// Whether something could not be compared; a note says what.
    pub is_partly_compared: bool,
    /// Why its versions could not be read.
    pub unread: Option<String>,
}

/// What is done about a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LayerAction {
    /// There is no version, or the newest one differs and that is to be mended: a version is published.
    Create,
    /// The newest version differs, and stays in use.
    Drift,
    /// Old versions go, and nothing else.
    Delete,
    /// The newest version is as the manifest says.
    #[default]
    Unchanged,
}

impl LayerAction {
    /// Returns the action's word, as JSON output has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Drift => "drift",
            Self::Delete => "delete",
            Self::Unchanged => "unchanged",
        }
    }

    /// Returns the action's sign, as people read it.
    pub fn symbol(self) -> char {
        match self {
            Self::Create => '+',
            Self::Drift => '!',
            Self::Delete => '-',
            Self::Unchanged => '=',
        }
    }
}

impl LayerPlan {
    /// Whether carrying it out changes the account.
    pub fn has_calls(&self) -> bool {
        self.action == LayerAction::Create || !self.old.is_empty()
    }

    /// Returns the name as a comment on a pull request can have it.
    pub fn as_public_name(&self) -> &str {
        self.public_name.as_deref().unwrap_or(&self.name)
    }
}

/// Returns the object that a layer's content is copied from: not what apply puts there itself, whose digest is known, nor one that
/// the version refers to.
pub fn layer_object(spec: &LayerSpec) -> Option<ObjectName> {
    let LayerContent { s3_bucket, s3_key, s3_object_version, s3_object_storage_mode, .. } = &spec.request.content;
    let is_copied = spec.archive.is_none() && *s3_object_storage_mode != Some(S3ObjectStorageMode::Reference);
    let (bucket, key) = s3_bucket.as_ref().zip(s3_key.as_ref()).filter(|_| is_copied)?;
    Some(ObjectName { bucket: bucket.clone(), key: key.clone(), version: s3_object_version.clone() })
}
