//! The request of CreateFunction, member for member.
//!
//! Field docs are user documentation: they become the descriptions in the JSON Schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::unlisted::UnlistedMembers;

mod code;
mod network;
mod placement;
mod runtime;
mod settings;

pub use code::{FunctionCode, PackageType, PublishTo, S3ObjectStorageMode};
pub use network::{DirectS3Read, FileSystemConfig, S3FilesConfig, VpcConfig};
pub use placement::{
    AcceleratorConfig, CapacityProviderConfig, DurableConfig, LambdaManagedInstancesCapacityProviderConfig,
    TenancyConfig, TenantIsolationMode,
};
pub use runtime::{Architecture, Runtime, RuntimeConfig};
pub use settings::{
    ApplicationLogLevel, DeadLetterConfig, Environment, EphemeralStorage, ImageConfig, LogFormat, LoggingConfig,
    SnapStart, SnapStartApplyOn, SystemLogLevel, TracingConfig, TracingMode,
};

/// A Lambda function, in the words of the CreateFunction API.
///
/// A member that is left out means the service's default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct CreateFunctionRequest {
    /// The function's name: up to 64 letters, digits, hyphens and underscores, unique in the account and region.
    /// It cannot be changed; another name is another function.
    #[schemars(
        length(min = 1, max = limits::FUNCTION_NAME_LENGTH),
        regex(pattern = limits::FUNCTION_NAME),
        example = "resize-image"
    )]
    pub function_name: String,

    /// What the function runs on, for example `python3.13`. Required for a zip package; a container image brings its
    /// own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Runtime>,

    /// ARN of the IAM role that the function runs as. Its trust policy must name `lambda.amazonaws.com`. A role that is deleted
    /// and made anew under its name is another one to KMS and no difference to a plan: give the function another role and
    /// back, or delete it and apply again.
    #[schemars(
        length(max = 10000),
        regex(pattern = limits::ROLE_ARN),
        example = "arn:aws:iam::123456789012:role/lambda-role"
    )]
    pub role: String,

    /// Where the service enters the code, for example `app.handler`: up to 128 characters without white space, in a
    /// form that depends on the runtime. Required for a zip package.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128), regex(pattern = limits::HANDLER), example = "app.handler")]
    pub handler: Option<String>,

    /// Where the code comes from: exactly one of a zip archive, an S3 object and a container image.
    pub code: FunctionCode,

    /// Free text, up to 256 characters. Default: empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub description: Option<String>,

    /// Seconds until the service stops an invocation, 1 to 900. Default: 3. Up to 5,400 with a capacity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 5400))]
    pub timeout: Option<i64>,

    /// Memory in MB, 128 to 10,240; CPU grows with it. Default: 128. Up to 32,768 with a capacity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 128, max = 32768))]
    pub memory_size: Option<i64>,

    /// `true` publishes version 1 when the function is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish: Option<bool>,

    /// Where a version is published to. For functions of a capacity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_to: Option<PublishTo>,

    /// The VPC that the function's network interfaces are in. Default: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_config: Option<VpcConfig>,

    /// How the code is packaged: `Zip` or `Image`. Default: `Zip`. Changing it replaces the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_type: Option<PackageType>,

    /// Where asynchronous events go that could not be processed. Default: nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,

    /// Environment variables. Their values are never shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,

    /// ARN of the KMS key that encrypts environment variables, SnapStart snapshots and the stored package. Key aliases
    /// are refused. Default: a key that AWS owns.
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 10000),
        regex(pattern = limits::ARN_OR_EMPTY),
        extend("examples" = ["arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"])
    )]
    pub kms_key_arn: Option<String>,

    /// Whether AWS X-Ray traces invocations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing_config: Option<TracingConfig>,

    /// Tags: up to 50, keys of 1 to 128 and values of up to 256 characters. Left out: tags are nobody's business
    /// here; `{}`: no tags. Tags that begin with `aws:` are never looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend(
        "maxProperties" = limits::TAGS,
        "propertyNames" = { "minLength": 1, "maxLength": 128, "pattern": limits::TAG_TEXT },
        "additionalProperties" = { "type": "string", "maxLength": 256, "pattern": limits::TAG_TEXT }
    ))]
    pub tags: Option<BTreeMap<String, String>>,

    /// ARNs of layer versions, up to five. Order matters: a later layer's files win.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = limits::LAYERS),
        inner(length(min = 1, max = 2048), regex(pattern = limits::LAYER_VERSION_ARN)),
        extend("examples" = [["arn:aws:lambda:us-west-2:123456789012:layer:tools:3"]])
    )]
    pub layers: Option<Vec<String>>,

    /// The file system to mount, at most one. Needs `VpcConfig`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1))]
    pub file_system_configs: Option<Vec<FileSystemConfig>>,

    /// Overrides of the container image's settings. Only for `PackageType: Image`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_config: Option<ImageConfig>,

    /// ARN of a code signing configuration. Only for zip packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 200),
        regex(pattern = limits::CODE_SIGNING_CONFIG_ARN),
        example = "arn:aws:lambda:us-west-2:123456789012:code-signing-config:csc-0123456789abcdef0"
    )]
    pub code_signing_config_arn: Option<String>,

    /// The instruction set: exactly one of `x86_64` and `arm64`. Default: `[x86_64]`. Changed together with the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1))]
    pub architectures: Option<Vec<Architecture>>,

    /// Size of `/tmp`. Default: 512 MB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral_storage: Option<EphemeralStorage>,

    /// Whether published versions start from a snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snap_start: Option<SnapStart>,

    /// Format, levels and group of the function's logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging_config: Option<LoggingConfig>,

    /// The capacity provider whose instances run the function. Adding or removing it replaces the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_provider_config: Option<CapacityProviderConfig>,

    /// Makes the function durable: it remembers its progress and goes on after an interruption. Adding or removing it
    /// replaces the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durable_config: Option<DurableConfig>,

    /// How tenants are kept apart. Changing it replaces the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenancy_config: Option<TenancyConfig>,

    /// A customer-managed runtime, with `Runtime: custom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_config: Option<RuntimeConfig>,

    /// Accelerator memory. Nobody could verify how the service answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accelerator_config: Option<AcceleratorConfig>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

impl CreateFunctionRequest {
    /// Returns the members as JSON, as they stand in the call's body.
    ///
    /// The result holds the values of environment variables: do not print it.
    pub fn members(&self) -> serde_json::Map<String, serde_json::Value> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(members)) => members,
            other => unreachable!("a struct of plain members serialises as an object, not as {other:?}"),
        }
    }
}
