//! The request of PublishLayerVersion, member for member, and how a function refers to a layer of its manifest.
//!
//! Field docs are user documentation: they become the descriptions in the JSON Schema.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::request::{Architecture, Runtime, S3ObjectStorageMode};
use crate::unlisted::UnlistedMembers;

/// A layer, in the words of the PublishLayerVersion API.
///
/// Versions never change: where the content or a member differs, another version is published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct PublishLayerVersionRequest {
    /// The layer's name: up to 140 letters, digits, hyphens and underscores, unique in the account and region.
    #[schemars(length(min = 1, max = 140), regex(pattern = limits::LAYER_NAME), extend("examples" = ["common"]))]
    pub layer_name: String,

    /// Where the layer's files come from: a zip archive or an S3 object.
    pub content: LayerContent,

    /// Free text, up to 256 characters. Default: empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub description: Option<String>,

    /// The runtimes that the layer is made for, up to 15. Consoles and lists filter by them, and nothing else does. Default: none
    /// is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 15))]
    pub compatible_runtimes: Option<Vec<Runtime>>,

    /// The instruction sets that the layer is made for, up to two. Default: none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2))]
    pub compatible_architectures: Option<Vec<Architecture>>,

    /// The layer's license: an SPDX identifier such as `MIT`, an address or the whole text, up to 512 characters. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512), extend("examples" = ["MIT"]))]
    pub license_info: Option<String>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

impl PublishLayerVersionRequest {
    /// Returns the members as JSON, as they stand in the call's path and body.
    pub fn members(&self) -> serde_json::Map<String, serde_json::Value> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(members)) => members,
            other => unreachable!("a struct of plain members serialises as an object, not as {other:?}"),
        }
    }
}

/// Where a layer's files come from: exactly one of `ZipFile`, and `S3Bucket` with `S3Key`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct LayerContent {
    /// A zip archive as base64, up to 50 MB before encoding, or `fileb://PATH` to read it from a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_file: Option<String>,

    /// The bucket that holds the archive, in the layer's region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 3, max = 63), regex(pattern = limits::S3_BUCKET), example = "my-bucket")]
    pub s3_bucket: Option<String>,

    /// The archive's key in the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub s3_key: Option<String>,

    /// The version of the S3 object. Default: the current one at the time of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub s3_object_version: Option<String>,

    /// Whether the service copies the object or refers to it. Default: `COPY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_object_storage_mode: Option<S3ObjectStorageMode>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// An archive may be 50 MB of base64, and is the user's code: its length is all that a log should show.
impl std::fmt::Debug for LayerContent {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { zip_file, s3_bucket, s3_key, s3_object_version, s3_object_storage_mode, unlisted } = self;
        formatter
            .debug_struct("LayerContent")
            .field("zip_file", &zip_file.as_ref().map(|base64| format!("{} characters", base64.len())))
            .field("s3_bucket", s3_bucket)
            .field("s3_key", s3_key)
            .field("s3_object_version", s3_object_version)
            .field("s3_object_storage_mode", s3_object_storage_mode)
            .field("unlisted", unlisted)
            .finish()
    }
}

/// The keys of a layer that are lambdactl's own.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct OwnLayerKeys {
    /// How many versions of the layer stay. Left out: all of them.
    versions: Option<LayerVersionsToKeep>,
}

/// Which versions of a layer stay.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct LayerVersionsToKeep {
    /// How many of the newest versions stay when `--prune` deletes old ones. A version that a function of the manifest uses always
    /// stays.
    #[schemars(range(min = 1, max = 10000))]
    keep: u32,
}

/// How a reference to a layer begins.
const REFERENCE: &str = "${layer:";

/// Returns what stands in a function's `Layers` for a layer of the manifest, until the ARN of its version is known.
pub fn layer_reference(name: &str) -> String {
    format!("{REFERENCE}{name}}}")
}

/// Returns the layer of the manifest that an item of a function's `Layers` stands for.
pub fn referred_layer(item: &str) -> Option<&str> {
    item.strip_prefix(REFERENCE)?.strip_suffix('}')
}

/// Whether a text can be the name of a layer.
pub fn is_layer_name(text: &str) -> bool {
    let is_of_a_name = |letter: u8| letter.is_ascii_alphanumeric() || b"-_".contains(&letter);
    (1..=140).contains(&text.len()) && text.bytes().all(is_of_a_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_they_are_written() {
        assert_eq!(referred_layer(&layer_reference("common")), Some("common"));
        assert_eq!(referred_layer("arn:aws:lambda:us-west-2:123456789012:layer:common:1"), None);
        assert_eq!(referred_layer("${layer:common"), None);
    }

    #[test]
    fn names_of_layers_are_no_arns() {
        assert!(is_layer_name("common-1_A") && is_layer_name(&"a".repeat(140)));
        assert!(!is_layer_name("") && !is_layer_name(&"a".repeat(141)));
        assert!(!is_layer_name("arn:aws:lambda:us-west-2:123456789012:layer:common"));
    }

    #[test]
    fn debug_form_has_no_archive() {
        let content = LayerContent { zip_file: Some("UEsDBA==".to_owned()), ..LayerContent::default() };
        assert!(!format!("{content:?}").contains("UEsDBA=="));
    }
}
