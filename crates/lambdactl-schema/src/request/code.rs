use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::open_enum::open_enum;
use crate::unlisted::UnlistedMembers;

/// Where a function's code comes from: exactly one of `ZipFile`, `S3Bucket` with `S3Key`, and `ImageUri`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct FunctionCode {
    /// A zip archive as base64, up to 50 MB before encoding, or `fileb://PATH` to read it from a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_file: Option<String>,

    /// The bucket that holds the archive, in the function's region.
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

    /// A container image in a private Amazon ECR repository, by tag or digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), extend("examples" = ["123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1"]))]
    pub image_uri: Option<String>,

    /// ARN of the KMS key that encrypts the archive. Default: a key that AWS owns.
    #[serde(rename = "SourceKMSKeyArn", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10000), regex(pattern = limits::ARN_OR_EMPTY))]
    pub source_kms_key_arn: Option<String>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// An archive may be 50 MB of base64, and is the user's code: its length is all that a log should show.
impl std::fmt::Debug for FunctionCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            zip_file,
            s3_bucket,
            s3_key,
            s3_object_version,
            s3_object_storage_mode,
            image_uri,
            source_kms_key_arn,
            unlisted,
        } = self;
        formatter
            .debug_struct("FunctionCode")
            .field("zip_file", &zip_file.as_ref().map(|base64| format!("{} characters", base64.len())))
            .field("s3_bucket", s3_bucket)
            .field("s3_key", s3_key)
            .field("s3_object_version", s3_object_version)
            .field("s3_object_storage_mode", s3_object_storage_mode)
            .field("image_uri", image_uri)
            .field("source_kms_key_arn", source_kms_key_arn)
            .field("unlisted", unlisted)
            .finish()
    }
}

open_enum! {
    /// What the service does with an S3 object.
    S3ObjectStorageMode {
        Copy = "COPY",
        Reference = "REFERENCE",
    }
}

open_enum! {
    /// How code is packaged.
    PackageType {
        Zip = "Zip",
        Image = "Image",
    }
}

open_enum! {
    /// Where a version is published to.
    PublishTo {
        LatestPublished = "LATEST_PUBLISHED",
    }
}
