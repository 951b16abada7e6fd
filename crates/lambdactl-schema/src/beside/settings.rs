use schemars::JsonSchema;

use crate::open_enum::open_enum;

const RUNTIME_VERSION_ARN: &str = r"^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:(\d{12})?:runtime:.+$";
const DESTINATION: &str = r"^(|kafka://[^.].*|arn:[^:]+:[^:]+:.*)$";

open_enum! {
    /// What becomes of a function that calls itself.
    RecursiveLoop {
        Terminate = "Terminate",
        Allow = "Allow",
    }
}

open_enum! {
    /// When a function moves to a newer version of its runtime.
    UpdateRuntimeOn {
        Auto = "Auto",
        FunctionUpdate = "FunctionUpdate",
        Manual = "Manual",
    }
}

/// When the service moves a function to a newer version of its runtime.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct RuntimeManagementConfig {
    /// `Auto` as AWS rolls it out, `FunctionUpdate` with each change of the function, `Manual` never.
    update_runtime_on: UpdateRuntimeOn,

    /// With `Manual`: the runtime version that the function runs on.
    #[schemars(length(min = 26, max = 2048), regex(pattern = RUNTIME_VERSION_ARN))]
    runtime_version_arn: Option<String>,
}

/// How asynchronous calls are retried, and where their records go. It needs one of its members.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct EventInvokeConfig {
    /// How often a call that failed is made again, 0 to 2. Default: 2.
    #[schemars(range(min = 0, max = 2))]
    maximum_retry_attempts: Option<u32>,

    /// Seconds that an event may wait, 60 to 21,600. Default: 21,600.
    #[schemars(range(min = 60, max = 21600))]
    maximum_event_age_in_seconds: Option<u32>,

    /// Where a record of each call goes. Default: nowhere.
    destination_config: Option<DestinationConfig>,
}

/// Where records of asynchronous calls go.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct DestinationConfig {
    /// For calls that succeeded: a queue, a topic, a function or an event bus.
    on_success: Option<Destination>,

    /// For calls that failed: a queue, a topic, a function, an event bus or a bucket.
    on_failure: Option<Destination>,
}

/// A place for records.
#[derive(JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct Destination {
    /// Its ARN.
    #[schemars(
        length(max = 350),
        regex(pattern = DESTINATION),
        example = "arn:aws:sqs:us-west-2:123456789012:orders-failed"
    )]
    destination: Option<String>,
}

/// Which published versions stay.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "read by schemars only")]
pub(crate) struct VersionsToKeep {
    /// How many of the newest versions stay when `--prune` deletes old ones. A version that an alias names, or that has
    /// provisioned concurrency, always stays.
    #[schemars(range(min = 1, max = 10000))]
    keep: u32,
}
