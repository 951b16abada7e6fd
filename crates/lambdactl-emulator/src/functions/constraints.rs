//! The model's limits of a function's members.

use serde_json::{Map, Value};

use crate::constraints::Check::{FunctionName, Items, Keys, Length, OneOf, Pattern, Range, Required};
use crate::constraints::Kind::{Bool, Integer, Number, Object, Objects, Text, TextMap, Texts};
use crate::constraints::{Rule, check_rules};
use crate::functions::patterns::{
    ARCHITECTURE, KEY_ARN, LAYER, ROLE, SECURITY_GROUP, SUBNET, is_architecture, is_arn_or_empty, is_handler, is_layer,
    is_log_group, is_role, is_security_group, is_subnet, is_variable_name,
};
use crate::service_error::ServiceError;

const RULES: &[Rule] = &[
    ("FunctionName", Text, &[Required, FunctionName]),
    ("Role", Text, &[Required, Pattern(ROLE, is_role)]),
    ("Code", Object, &[Required]),
    ("Code.ZipFile", Text, &[]),
    ("Code.S3Bucket", Text, &[Length(3, 63)]),
    ("Code.S3Key", Text, &[Length(1, 1024)]),
    ("Code.S3ObjectVersion", Text, &[Length(1, 1024)]),
    ("Code.ImageUri", Text, &[]),
    ("Code.SourceKMSKeyArn", Text, &[Pattern(KEY_ARN, is_arn_or_empty)]),
    ("Runtime", Text, &[]),
    ("Handler", Text, &[Length(0, 128), Pattern(r"[^\s]+", is_handler)]),
    ("Description", Text, &[Length(0, 256)]),
    ("PackageType", Text, &[OneOf(&["Image", "Zip"])]),
    ("Publish", Bool, &[]),
    ("PublishTo", Text, &[OneOf(&["LATEST_PUBLISHED"])]),
    ("Timeout", Integer, &[Range(1.0, 900.0)]),
    ("MemorySize", Integer, &[Range(128.0, 32768.0)]),
    ("EphemeralStorage", Object, &[]),
    ("EphemeralStorage.Size", Integer, &[Required, Range(512.0, 10240.0)]),
    ("Architectures", Texts, &[Length(1, 1), Items(ARCHITECTURE, is_architecture)]),
    ("Environment", Object, &[]),
    ("Environment.Variables", TextMap, &[Keys("[a-zA-Z]([a-zA-Z0-9_])+", is_variable_name)]),
    ("KMSKeyArn", Text, &[Pattern(KEY_ARN, is_arn_or_empty)]),
    ("DeadLetterConfig", Object, &[]),
    ("DeadLetterConfig.TargetArn", Text, &[Pattern(KEY_ARN, is_arn_or_empty)]),
    ("TracingConfig", Object, &[]),
    ("TracingConfig.Mode", Text, &[OneOf(&["Active", "PassThrough"])]),
    ("VpcConfig", Object, &[]),
    ("VpcConfig.SubnetIds", Texts, &[Length(0, 16), Items(SUBNET, is_subnet)]),
    ("VpcConfig.SecurityGroupIds", Texts, &[Length(0, 5), Items(SECURITY_GROUP, is_security_group)]),
    ("VpcConfig.Ipv6AllowedForDualStack", Bool, &[]),
    ("Layers", Texts, &[Items(LAYER, is_layer)]),
    ("FileSystemConfigs", Objects, &[Length(0, 1)]),
    ("ImageConfig", Object, &[]),
    ("ImageConfig.EntryPoint", Texts, &[Length(0, 1500)]),
    ("ImageConfig.Command", Texts, &[Length(0, 1500)]),
    ("ImageConfig.WorkingDirectory", Text, &[Length(0, 1000)]),
    ("SnapStart", Object, &[]),
    ("SnapStart.ApplyOn", Text, &[OneOf(&["PublishedVersions", "None"])]),
    ("LoggingConfig", Object, &[]),
    ("LoggingConfig.LogFormat", Text, &[OneOf(&["JSON", "Text"])]),
    ("LoggingConfig.ApplicationLogLevel", Text, &[OneOf(&["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])]),
    ("LoggingConfig.SystemLogLevel", Text, &[OneOf(&["DEBUG", "INFO", "WARN"])]),
    ("LoggingConfig.LogGroup", Text, &[Length(1, 512), Pattern(r"[\.\-_/#A-Za-z0-9]+", is_log_group)]),
    ("Tags", TextMap, &[]),
    ("CodeSigningConfigArn", Text, &[Length(0, 200)]),
    ("DurableConfig", Object, &[]),
    ("DurableConfig.ExecutionTimeout", Integer, &[Range(1.0, 31_622_400.0)]),
    ("DurableConfig.RetentionPeriodInDays", Integer, &[Range(1.0, 90.0)]),
    ("TenancyConfig", Object, &[]),
    ("TenancyConfig.TenantIsolationMode", Text, &[Required, OneOf(&["PER_TENANT"])]),
    ("CapacityProviderConfig", Object, &[]),
    ("CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig", Object, &[Required]),
    (
        "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn",
        Text,
        &[Required, Length(1, 140)],
    ),
    (
        "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.PerExecutionEnvironmentMaxConcurrency",
        Integer,
        &[Range(1.0, 1600.0)],
    ),
    (
        "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.ExecutionEnvironmentMemoryGiBPerVCpu",
        Number,
        &[Range(2.0, 8.0)],
    ),
];

/// Checks a create request, whose nulls were removed, against the model.
pub(crate) fn check_model(request: &Map<String, Value>) -> Result<(), ServiceError> {
    check_rules(RULES, request)
}
