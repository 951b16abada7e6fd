use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::open_enum::open_enum;
use crate::secret::Secret;
use crate::unlisted::UnlistedMembers;

/// A function's environment variables.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct Environment {
    /// Variables by name. A name is a letter and then letters, digits and underscores, two characters or more; all
    /// names and values together may take 4,096 bytes as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("propertyNames" = { "pattern": limits::VARIABLE_NAME }))]
    pub variables: Option<BTreeMap<String, Secret>>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// Where failed asynchronous events go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct DeadLetterConfig {
    /// ARN of an SQS queue or an SNS topic. Empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 10000),
        regex(pattern = limits::ARN_OR_EMPTY),
        example = "arn:aws:sqs:us-west-2:123456789012:failed-events"
    )]
    pub target_arn: Option<String>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// X-Ray tracing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct TracingConfig {
    /// `Active` samples and records requests; `PassThrough` follows the caller's decision. Default: `PassThrough`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<TracingMode>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

open_enum! {
    /// Whether requests are traced.
    TracingMode {
        Active = "Active",
        PassThrough = "PassThrough",
    }
}

/// Overrides of a container image's settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct ImageConfig {
    /// Instead of the image's ENTRYPOINT.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1500))]
    pub entry_point: Option<Vec<String>>,

    /// Instead of the image's CMD.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1500))]
    pub command: Option<Vec<String>>,

    /// Instead of the image's WORKDIR, up to 1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000))]
    pub working_directory: Option<String>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// Size of a function's `/tmp`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct EphemeralStorage {
    /// Size in MB, 512 to 10,240. Up to 32,768 with `AcceleratorConfig`.
    #[schemars(range(min = 512, max = 32768))]
    pub size: i64,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// Snapshots of initialised functions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct SnapStart {
    /// `PublishedVersions` takes a snapshot of each version that is published. Default: `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apply_on: Option<SnapStartApplyOn>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

open_enum! {
    /// What snapshots are taken of.
    SnapStartApplyOn {
        PublishedVersions = "PublishedVersions",
        None = "None",
    }
}

/// A function's logs in Amazon CloudWatch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct LoggingConfig {
    /// `JSON` or `Text`. Default: `Text`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<LogFormat>,

    /// The least severe application log that is kept. Only with `LogFormat: JSON`; then `INFO` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_log_level: Option<ApplicationLogLevel>,

    /// The least severe log of the service itself that is kept. Only with `LogFormat: JSON`; then `INFO` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_log_level: Option<SystemLogLevel>,

    /// The log group. Default: `/aws/lambda/` and the function's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512), regex(pattern = limits::LOG_GROUP), example = "/aws/lambda/payments")]
    pub log_group: Option<String>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

open_enum! {
    /// The form of log lines.
    LogFormat {
        Json = "JSON",
        Text = "Text",
    }
}

open_enum! {
    /// Severity of application logs.
    ApplicationLogLevel {
        Trace = "TRACE",
        Debug = "DEBUG",
        Info = "INFO",
        Warn = "WARN",
        Error = "ERROR",
        Fatal = "FATAL",
    }
}

open_enum! {
    /// Severity of the service's own logs.
    SystemLogLevel {
        Debug = "DEBUG",
        Info = "INFO",
        Warn = "WARN",
    }
}
