//! The service's patterns and numbers, each beside its source.
//!
//! The patterns are those of the service's model (botocore 1.44.5), wrapped in `^(?:…)$`: the service matches whole
//! values, JSON Schema searches. They are written so that ECMAScript, Python and Rust read them alike.

/// A function's bare name. The API also takes ARNs here; a manifest names functions of one account and region.
pub const FUNCTION_NAME: &str = r"^[a-zA-Z0-9_-]+$";
/// Length of a bare name. The model says 140 (an ARN's length); the service refuses a bare name over 64.
pub const FUNCTION_NAME_LENGTH: u64 = 64;

/// An execution role.
pub const ROLE_ARN: &str = r"^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$";
/// A handler: no white space.
pub const HANDLER: &str = r"^[^\s]+$";
/// A bucket name. The model writes the last character's rule as a look-behind, which not every engine has.
pub const S3_BUCKET: &str = r"^[0-9A-Za-z._-]*[0-9A-Za-z_-]$";
/// An ARN of any service, or the empty string, which removes the setting.
pub const ARN_OR_EMPTY: &str = r"^(?:arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*|)$";
/// A subnet id.
pub const SUBNET_ID: &str = r"^subnet-[0-9a-z]*$";
/// A security group id.
pub const SECURITY_GROUP_ID: &str = r"^sg-[0-9a-zA-Z]*$";
/// An environment variable's name: a letter, then at least one letter, digit or underscore.
pub const VARIABLE_NAME: &str = r"^[a-zA-Z][a-zA-Z0-9_]+$";
/// Tag keys and values. The model allows letters, spaces and digits of every script and `_.:/=+-@`; spelt here as
/// what it excludes from ASCII, since `\p{…}` is not portable between engines.
pub const TAG_TEXT: &str = r##"^[^!"#$%&'()*,;<>?\[\\\]^`{|}~\x00-\x08\x0e-\x1f\x7f]*$"##;
/// A layer version, of an account or of AWS itself.
pub const LAYER_VERSION_ARN: &str = r"^(?:arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+|arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)$";
/// A layer's name. The API also takes ARNs here; a manifest publishes layers of its own account and region.
pub const LAYER_NAME: &str = r"^[a-zA-Z0-9-_]+$";
/// An access point of Amazon EFS or Amazon S3 Files.
pub const FILE_SYSTEM_ARN: &str = r"^(?:arn:aws[a-zA-Z-]*:elasticfilesystem:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:access-point/fsap-[a-f0-9]{17}|arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40})$";
/// Where a file system appears in the function.
pub const LOCAL_MOUNT_PATH: &str = r"^/mnt/[a-zA-Z0-9-_.]+$";
/// A code signing configuration.
pub const CODE_SIGNING_CONFIG_ARN: &str = r"^arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:code-signing-config:csc-[a-z0-9]{17}$";
/// A log group's name.
pub const LOG_GROUP: &str = r"^[.\-_/#A-Za-z0-9]+$";
/// A capacity provider of Lambda Managed Instances.
pub const CAPACITY_PROVIDER_ARN: &str = r"^arn:aws[a-zA-Z-]*:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:capacity-provider:[a-zA-Z0-9-_]+$";
/// A customer-managed runtime.
pub const RUNTIME_ARN: &str = r"^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:runtime/.+$";

/// A queue of SQS or a topic of SNS, or the empty string, which removes the setting.
pub const DEAD_LETTER_TARGET: &str = r"^(?:arn:[^:]+:(sqs|sns):.*|)$";
/// An alias of a KMS key, which the service refuses where it needs the key.
pub const KEY_ALIAS: &str = r"^arn:[^:]+:kms:[^:]*:[^:]*:alias/";
/// An image in a private repository of Amazon ECR, on its plain, FIPS or dual-stack host.
pub const PRIVATE_IMAGE: &str = r"^[0-9]{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.[a-z0-9.-]+/.+$";
/// Keys of tags that AWS keeps for itself.
pub const RESERVED_TAG: &str = r"^[aA][wW][sS]:";

/// Names of environment variables that the runtime sets itself (AWS documentation). `AWS_XRAY_*` settings, `PATH`,
/// `TZ` and the like may be set.
pub const RESERVED_VARIABLES: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

/// An account id.
pub const ACCOUNT_ID: &str = r"^[0-9]{12}$";
/// A region's name, of every partition.
pub const REGION: &str = r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$";
/// A manifest's name: it becomes the value of a tag.
pub const MANIFEST_NAME: &str = r"^[A-Za-z0-9][A-Za-z0-9 _.:/=+@-]*$";

/// Seconds that an ordinary function may run. The model allows 5,400, for functions of a capacity provider only.
pub const ORDINARY_TIMEOUT: u64 = 900;
/// Megabytes that an ordinary function may have. The model allows 32,768, for functions of a capacity provider only.
pub const ORDINARY_MEMORY: u64 = 10_240;
/// Megabytes of `/tmp` without an accelerator. The model allows 32,768, with `AcceleratorConfig` only.
pub const ORDINARY_STORAGE: u64 = 10_240;
/// Megabytes of `/tmp` that a snapshot of SnapStart holds.
pub const SNAP_START_STORAGE: u64 = 512;
/// Bytes of all environment variables as compact JSON.
pub const ENVIRONMENT_BYTES: usize = 4096;
/// Tags on one function.
pub const TAGS: u64 = 50;
/// Layers of one function.
pub const LAYERS: u64 = 5;
/// Bytes of a zip archive that travels in the request itself (50 MiB).
pub const ZIP_BYTES: usize = 52_428_800;
/// Bytes that an archive may have once it is unpacked (250 MiB).
pub const UNZIPPED_BYTES: u64 = 262_144_000;

/// Names of the user's own in a manifest: of variables, stages and locations.
pub const OWN_NAME: &str = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$";
/// Stages of a manifest; nobody has more.
pub const STAGES: usize = 100;
/// Locations of a manifest; AWS has fewer regions.
pub const LOCATIONS: usize = 100;
/// What a role's trust policy may ask for (the model of AssumeRole).
pub const EXTERNAL_ID: &str = r"^[\w+=,.@:/-]*$";
