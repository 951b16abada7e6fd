use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::open_enum::open_enum;
use crate::unlisted::UnlistedMembers;

/// Network settings. Give both lists or none; both empty means no VPC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct VpcConfig {
    /// Subnets, up to 16. Their order means nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 16),
        inner(length(max = 1024), regex(pattern = limits::SUBNET_ID)),
        extend("examples" = [["subnet-0a1b2c3d4e5f60718"]])
    )]
    pub subnet_ids: Option<Vec<String>>,

    /// Security groups, up to 5. Their order means nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 5),
        inner(length(max = 1024), regex(pattern = limits::SECURITY_GROUP_ID)),
        extend("examples" = [["sg-0a1b2c3d4e5f60718"]])
    )]
    pub security_group_ids: Option<Vec<String>>,

    /// Allows outbound IPv6 traffic in dual-stack subnets. Default: `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6_allowed_for_dual_stack: Option<bool>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// A file system of Amazon EFS or Amazon S3 Files, mounted into the function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct FileSystemConfig {
    /// ARN of the access point, up to 256 characters.
    #[schemars(
        length(max = 256),
        regex(pattern = limits::FILE_SYSTEM_ARN),
        example = "arn:aws:elasticfilesystem:us-west-2:123456789012:access-point/fsap-0123456789abcdef0"
    )]
    pub arn: String,

    /// Where it appears in the function: `/mnt/` and a name, up to 160 characters.
    #[schemars(length(max = 160), regex(pattern = limits::LOCAL_MOUNT_PATH), example = "/mnt/data")]
    pub local_mount_path: String,

    /// Settings for Amazon S3 Files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3_files_config: Option<S3FilesConfig>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// Settings for a file system of Amazon S3 Files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct S3FilesConfig {
    /// Whether reads go to the bucket directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_s3_read: Option<DirectS3Read>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

open_enum! {
    /// Whether reads go to the bucket directly.
    DirectS3Read {
        Enabled = "ENABLED",
        Disabled = "DISABLED",
        Auto = "AUTO",
    }
}
