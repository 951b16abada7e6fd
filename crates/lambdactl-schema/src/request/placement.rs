use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::open_enum::open_enum;
use crate::unlisted::UnlistedMembers;

/// The capacity provider that runs a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct CapacityProviderConfig {
    /// Settings for Lambda Managed Instances.
    pub lambda_managed_instances_capacity_provider_config: LambdaManagedInstancesCapacityProviderConfig,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// How a function uses a capacity provider of Lambda Managed Instances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct LambdaManagedInstancesCapacityProviderConfig {
    /// ARN of the capacity provider.
    #[schemars(
        length(min = 1, max = 140),
        regex(pattern = limits::CAPACITY_PROVIDER_ARN),
        example = "arn:aws:lambda:us-west-2:123456789012:capacity-provider:pool"
    )]
    pub capacity_provider_arn: String,

    /// Invocations that one execution environment takes at a time, 1 to 1,600. Default: 16.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1600))]
    pub per_execution_environment_max_concurrency: Option<i64>,

    /// GiB of memory for each vCPU, 2 to 8. Default: 2.
    #[serde(rename = "ExecutionEnvironmentMemoryGiBPerVCpu", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 8))]
    pub execution_environment_memory_gib_per_vcpu: Option<f64>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// How long a durable function may run and be remembered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct DurableConfig {
    /// ARN of the KMS key that encrypts the function's progress.
    #[serde(rename = "KMSKeyArn", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10000), regex(pattern = limits::ARN_OR_EMPTY))]
    pub kms_key_arn: Option<String>,

    /// Days that a finished execution's history is kept, 1 to 90. Default: 14.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 90))]
    pub retention_period_in_days: Option<i64>,

    /// Seconds that one execution may take in all, 1 to 31,622,400 (366 days).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 31_622_400))]
    pub execution_timeout: Option<i64>,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

/// How tenants are kept apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct TenancyConfig {
    /// `PER_TENANT`: an execution environment serves one tenant only.
    pub tenant_isolation_mode: TenantIsolationMode,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}

open_enum! {
    /// How tenants are kept apart.
    TenantIsolationMode {
        PerTenant = "PER_TENANT",
    }
}

/// Accelerator settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(deny_unknown_fields)]
pub struct AcceleratorConfig {
    /// Accelerator memory in GB.
    pub accelerator_memory_size: i64,

    /// Members that this build does not know, sent as they are.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unlisted: UnlistedMembers,
}
