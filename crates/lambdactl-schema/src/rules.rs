//! The rules that a manifest is checked against, each with a code that stays the same for ever.
//!
//! The texts that name one value are made where the rule is checked; what holds for every case stands here. The doc
//! comment of a rule is what `lambdactl explain` says about it.

/// A rule of the manifest or of the service.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable code, a letter and three digits: `L`, or `V` for what [`crate::preflight`] finds.
    pub code: &'static str,
    /// What is wrong when the rule is broken, as a fragment.
    pub title: &'static str,
    /// The rule in whole sentences, one line after the other.
    pub about: &'static [&'static str],
    /// How bad it is to break it.
    pub severity: Severity,
    /// What to do about it, when that is the same for every case.
    pub help: Option<&'static str>,
    /// Where the rule comes from.
    pub source: &'static str,
    /// The members of CreateFunction that it is about; empty for rules of every member.
    pub members: &'static [&'static str],
}

/// How bad a broken rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing can be planned before it is mended.
    Error,
    /// Worth knowing.
    Warning,
}

impl Severity {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Returns the rule with a code, in either case.
pub fn by_code(code: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.code.eq_ignore_ascii_case(code))
}

macro_rules! rules {
    ($($(#[doc = $about:literal])+ $name:ident = { $($field:ident: $value:expr),+ $(,)? };)+) => {
        $($(#[doc = $about])+ #[allow(clippy::needless_update, reason = "a rule may say everything")] pub const $name: Rule = Rule { about: &[$($about),+], $($field: $value,)+ ..PLAIN };)+

        /// Every rule, by code.
        pub const ALL: &[&Rule] = &[$(&$name),+];
    };
}

pub(crate) use rules;

pub(crate) const PLAIN: Rule = Rule {
    code: "",
    title: "",
    about: &[],
    severity: Severity::Error,
    help: None,
    source: "the service's model of CreateFunction",
    members: &[],
};

const FORMAT: &str = "the manifest's format";
const QUOTAS: &str = "AWS documentation, Lambda quotas";

rules! {
    /// The file does not exist, cannot be opened, is empty, larger than 32 MiB, or not UTF-8 text; or its name does not
    /// say whether it is YAML, TOML or JSON.
    UNREADABLE = { code: "L001", title: "a manifest cannot be read", source: FORMAT };
    /// The text is not YAML, TOML or JSON, or nests deeper than 24 levels.
    SYNTAX = { code: "L002", title: "a manifest is not well-formed", source: FORMAT };
    /// Parsers disagree on which of the two counts, so neither does.
    DUPLICATE_KEY = {
        code: "L003", title: "a key stands twice in one map", help: Some("remove one of the two"), source: FORMAT,
    };
    /// A function's name is its identity, and so is a layer's. All manifests that are read together count.
    DUPLICATE_FUNCTION = {
        code: "L004", title: "two functions, or two layers, have one name",
        help: Some("names are unique in an account and region: rename or remove one"),
        source: FORMAT, members: &["FunctionName"],
    };
    /// `${env:NAME}` needs the environment variable, `${var:NAME}` a `--var NAME=VALUE`, `${file:PATH}` a readable text
    /// file of at most 1 MiB. `${env:NAME:-default}` has a default, and `$${` is a literal `${`. `${layer:NAME}` is a whole item of
    /// `Layers`, and names one of the manifest's `layers`.
    REFERENCE = { code: "L005", title: "a reference cannot be resolved", source: FORMAT };
    /// The archive does not exist, cannot be read, or is not base64.
    CODE_FILE = { code: "L006", title: "code cannot be read", source: FORMAT, members: &["Code"] };
    /// A manifest is a map with `functions`, or one bare CreateFunction request.
    SHAPE = { code: "L007", title: "the document is not a manifest", source: FORMAT };
    /// The documents of one file, and the files given with `-f` or found in one folder, are one manifest.
    CONFLICT = {
        code: "L008", title: "manifests read together disagree",
        help: Some("manifests that are read together share one `name`, one `region` and one `account`"), source: FORMAT,
    };
    /// The key is neither a member of the API nor one of lambdactl's own, which are lower-case. With `--allow-unknown` a
    /// member in the API's style is a warning, and goes to the service as it is.
    UNKNOWN_MEMBER = { code: "L010", title: "an unknown key" };
    /// The service creates no function without it.
    MISSING_MEMBER = { code: "L011", title: "a required member is missing" };
    /// The member wants another type: a number, a text, a list, a map, `true` or `false`.
    TYPE = { code: "L012", title: "a value of the wrong type" };
    /// The service knows a fixed set of values here. It learns new ones between releases of lambdactl: with
    /// `--allow-unknown` an unknown one is a warning, and goes to the service as it is.
    ENUMERATION = { code: "L013", title: "a value that is not one of the allowed ones" };
    /// The number is below the smallest or above the largest that the service takes.
    RANGE = { code: "L014", title: "a number out of range" };
    /// A text has too many or too few characters, a list too many or too few items, a map too many entries.
    LENGTH = { code: "L015", title: "too long or too short" };
    /// The service matches the text against a pattern, and it does not fit.
    PATTERN = { code: "L016", title: "a text that does not have the required form" };
    /// A zip archive says neither what runs it nor where it is entered. A container image brings both.
    ZIP_NEEDS_RUNTIME = {
        code: "L020", title: "a zip package needs `Runtime` and `Handler`",
        help: Some("add the member, or set `PackageType: Image` for a container image"),
        source: "answer of the service: \"Runtime and Handler are mandatory parameters for functions created with deployment packages.\"",
        members: &["Runtime", "Handler", "PackageType"],
    };
    /// A container image has its runtime, its entry point and its layers inside.
    IMAGE_FORBIDS = {
        code: "L021", title: "a container image has no `Runtime`, `Handler` or `Layers`",
        help: Some("remove the member: the image brings its own"),
        source: "answer of the service: \"Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.\"",
        members: &["Runtime", "Handler", "Layers", "PackageType"],
    };
    /// Code is an archive in the request, an object in S3, or an image: one of the three.
    ONE_CODE_SOURCE = {
        code: "L022", title: "code needs exactly one source",
        help: Some("give `ZipFile`, or `S3Bucket` with `S3Key`, or `ImageUri`, and nothing of the other two"),
        source: "AWS documentation of FunctionCode; answer of the service: \"Please provide a source for function code.\"",
        members: &["Code"],
    };
    /// An image is no zip package, and a zip archive no image.
    CODE_FITS_PACKAGE = {
        code: "L023", title: "the code's source does not fit `PackageType`",
        help: Some("`ImageUri` goes with `PackageType: Image`, `ZipFile` and `S3Bucket` go with `PackageType: Zip`"),
        source: "answer of the service: \"Please don't provide ImageUri when updating a function with packageType Zip.\"",
        members: &["Code", "PackageType"],
    };
    /// It overrides settings of the image, and a zip package has none.
    IMAGE_CONFIG_NEEDS_IMAGE = {
        code: "L024", title: "`ImageConfig` is for container images only",
        help: Some("remove `ImageConfig`, or set `PackageType: Image`"),
        source: "AWS documentation of ImageConfig; the service's own text could not be verified",
        members: &["ImageConfig", "PackageType"],
    };
    /// The service's model allows 5,400 seconds and 32,768 MB, and the service only to functions of a capacity provider.
    ORDINARY_LIMIT = {
        code: "L025", title: "a value that only functions of a capacity provider may have",
        help: Some("ordinary functions have at most 900 seconds and 10,240 MB; add `CapacityProviderConfig` for more"),
        source: QUOTAS, members: &["Timeout", "MemorySize", "CapacityProviderConfig"],
    };
    /// The service's model allows 32,768 MB, and the service only to functions with an accelerator.
    ORDINARY_STORAGE = {
        code: "L026", title: "more `/tmp` than a function without `AcceleratorConfig` may have",
        help: Some("at most 10,240 MB"),
        source: QUOTAS, members: &["EphemeralStorage", "AcceleratorConfig"],
    };
    /// A network interface stands in a subnet and has a security group. Two empty lists mean no VPC.
    VPC_LISTS = {
        code: "L027", title: "`VpcConfig` needs both `SubnetIds` and `SecurityGroupIds`, or neither",
        help: Some("give both lists, or leave both empty for no VPC"),
        source: "AWS documentation of VpcConfig; the service's own text could not be verified",
        members: &["VpcConfig"],
    };
    /// A file system is mounted through a network interface in the VPC.
    FILE_SYSTEM_NEEDS_VPC = {
        code: "L028", title: "a file system needs `VpcConfig`",
        help: Some("add `VpcConfig` with subnets and security groups that reach the file system"),
        source: "answer of the service: \"Function must be configured to execute in a VPC to reference access point …\"",
        members: &["FileSystemConfigs", "VpcConfig"],
    };
    /// Plain text lines have no level to filter by. Functions of a capacity provider log JSON by default, others text.
    LOG_LEVEL_NEEDS_JSON = {
        code: "L029", title: "a log level needs `LogFormat: JSON`",
        help: Some("set `LogFormat: JSON`, or remove the level"),
        source: "answer of the service: \"LogLevel is not supported when LogFormat is set to \\\"Text\\\". Remove LogLevel from your request or change the LogFormat to \\\"JSON\\\" and try again.\"",
        members: &["LoggingConfig"],
    };
    /// Snapshots are taken of Java from 11, Python from 3.12 and .NET from 8 on, and of container images.
    SNAP_START_RUNTIME = {
        code: "L030", title: "a runtime that SnapStart does not support",
        help: Some("SnapStart is for Java from 11, Python from 3.12 and .NET from 8 on"),
        source: "answer of the service: \"… is not supported for SnapStart enabled functions.\"; AWS documentation of SnapStart",
        members: &["SnapStart", "Runtime"],
    };
    /// A snapshot holds no mounted file system, no more than 512 MB of `/tmp`, and no tenant.
    SNAP_START_EXCLUDES = {
        code: "L031", title: "SnapStart goes with no file system, no tenant isolation and no more than 512 MB of `/tmp`",
        help: Some("remove the member, or set `SnapStart: {ApplyOn: None}`"),
        source: "AWS documentation of SnapStart; the service's own texts could not be verified",
        members: &["SnapStart", "EphemeralStorage", "FileSystemConfigs", "TenancyConfig"],
    };
    /// Lambda Managed Instances run a part of the runtimes.
    MANAGED_RUNTIME = {
        code: "L032", title: "a runtime that Lambda Managed Instances do not run",
        help: Some("they run nodejs22.x, nodejs24.x, python3.13, python3.14, java21, java25, dotnet8, dotnet10 and provided.al2023"),
        source: "answer of an emulator: \"Runtime Enum … does not support specified feature: Lambda Managed Instances\"; the service's could not be verified",
        members: &["CapacityProviderConfig", "Runtime"],
    };
    /// On an instance several invocations write at a time, and only JSON lines say which one they belong to.
    MANAGED_LOGS_JSON = {
        code: "L033", title: "functions of a capacity provider log JSON",
        help: Some("set `LogFormat: JSON`, or leave it out"),
        source: "the source of an emulator; the service's own behaviour could not be verified",
        members: &["CapacityProviderConfig", "LoggingConfig"],
    };
    /// A durable function goes on for as long as its execution timeout allows, and there is no default.
    DURABLE_NEEDS_TIMEOUT = {
        code: "L034", title: "`DurableConfig` needs `ExecutionTimeout`",
        help: Some("add `ExecutionTimeout`, 1 to 31,622,400 seconds"),
        source: "answer of the service: \"You cannot create a function with a durable configuration without an executionTimeout\"",
        members: &["DurableConfig"],
    };
    /// The runtime sets these itself: AWS_REGION, AWS_ACCESS_KEY_ID, LAMBDA_TASK_ROOT and others.
    RESERVED_VARIABLE = {
        code: "L035", title: "an environment variable with a reserved name",
        help: Some("choose another name: the runtime sets this one itself"),
        source: "answer of the service: \"… contains reserved keys that are currently not supported for modification. Reserved keys used in this request: …\"",
        members: &["Environment"],
    };
    /// Measured as compact JSON, `{"NAME":"value",…}` with braces, quotes and colons, in bytes of UTF-8.
    ENVIRONMENT_SIZE = {
        code: "L036", title: "environment variables take more than 4,096 bytes",
        help: Some("keep large values in SSM Parameter Store, Secrets Manager or S3, and pass their names"),
        source: "answer of the service: \"… the environment variables you have provided exceeded the 4KB limit.\"",
        members: &["Environment"],
    };
    /// Two versions of one layer would be unpacked over each other; the same version twice is refused as well.
    LAYER_TWICE = {
        code: "L037", title: "two versions of one layer",
        help: Some("keep one of the two"),
        source: "answer of the service: \"Two different versions of the same layer are not allowed to be referenced in the same function.\"",
        members: &["Layers"],
    };
    /// Layers are read in the function's own region. Without a `region` in the manifest, those of one function must at
    /// least agree.
    LAYER_REGION = {
        code: "L038", title: "a layer of another region",
        help: Some("publish the layer in the function's region, and name it there"),
        source: "answer of the service: \"Layers are not in the same region as the function. Layers are expected to be in region ….\"",
        members: &["Layers"],
    };
    /// Tags that begin with `aws:`, in any case, are AWS's own.
    RESERVED_TAG = {
        code: "L039", title: "a tag with a reserved key",
        help: Some("keys that begin with `aws:` are AWS's own: choose another"),
        source: "AWS documentation of tags; the service's own text could not be verified",
        members: &["Tags"],
    };
    /// Where a manifest has a `name`, apply writes it as this tag on what it creates. The tag counts towards the 50, and
    /// has no other value.
    OWNER_TAG = {
        code: "L040", title: "no room for the tag `lambdactl:manifest`",
        source: "the manifest's format; answer of the service: \"Number of tags exceeds resource tag limit.\"",
        members: &["Tags"],
    };
    /// Asynchronous events that failed go to a queue or a topic.
    DEAD_LETTER_TARGET = {
        code: "L041", title: "a dead-letter target that is neither a queue nor a topic",
        help: Some("give the ARN of an SQS queue or an SNS topic"),
        source: "AWS documentation of DeadLetterConfig", members: &["DeadLetterConfig"],
    };
    /// The service asks KMS for a grant, and KMS gives none for an alias.
    KEY_ALIAS = {
        code: "L042", title: "an alias where a key is needed",
        help: Some("give the key's own ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID`"),
        source: "answer of the service: \"… KMS Message: Key Aliases are not supported for this operation.\"",
        members: &["KMSKeyArn"],
    };
    /// Lambda reads images from private repositories of Amazon ECR only, `ACCOUNT.dkr.ecr.REGION.amazonaws.com/…`.
    IMAGE_REPOSITORY = {
        code: "L043", title: "an image that is not in a private ECR repository",
        help: Some("push the image to Amazon ECR, and give its URI there"),
        source: "answer of the service: \"Source image URI is not valid. Provide a valid source image.\"",
        members: &["Code"],
    };
    /// An archive travels in the request up to 50 MB, and unpacks to at most 250 MB.
    ARCHIVE = {
        code: "L044", title: "an archive that the service would refuse",
        source: "answers of the service: \"Could not unzip uploaded file. …\", \"Zipped size must be smaller than 52428800 bytes\", \"Unzipped size must be smaller than 262144000 bytes\"",
        members: &["Code"],
    };
    /// The runtime gets no security patches any more. Functions that have it keep running.
    RUNTIME_DEPRECATED = {
        code: "L050", title: "a deprecated runtime", severity: Severity::Warning,
        source: "AWS documentation of Lambda runtimes, as of 2026-10-20", members: &["Runtime"],
    };
    /// The service creates no function with it any more; functions that exist keep running. `--as-of DATE` judges by
    /// another day, which lets a manifest through whose functions exist already.
    RUNTIME_BLOCKED = {
        code: "L051", title: "a runtime that functions are no longer created with",
        source: "AWS documentation of Lambda runtimes, as of 2026-10-20; answer of the service: \"The runtime parameter of … is no longer supported for creating or updating AWS Lambda functions. …\"",
        members: &["Runtime"],
    };
    /// The manifest's `account` says where the functions are, and this ARN is of another account. Layers are shared
    /// between accounts all the time and are not looked at.
    ARN_ACCOUNT = {
        code: "L052", title: "an ARN of another account", severity: Severity::Warning,
        help: Some("check that it is meant: the manifest's `account` says otherwise"), source: FORMAT,
    };
    /// The manifest's `region` says where the functions are, and this ARN is of another region.
    ARN_REGION = {
        code: "L053", title: "an ARN of another region", severity: Severity::Warning,
        help: Some("check that it is meant: the manifest's `region` says otherwise"), source: FORMAT,
    };
    /// Every function of the document has its own value, so the default says nothing.
    UNUSED_DEFAULT = {
        code: "L054", title: "a default that no function uses", severity: Severity::Warning,
        help: Some("every function has its own: remove the default"), source: FORMAT,
    };
    /// `${env:NAME}` of a variable that is not set is not known to commands that work without a network. Rules of type,
    /// length, form and allowed values pass it over, and all others run. `validate --strict` makes it an error, as it
    /// is for plan and apply.
    UNKNOWN_VALUE = {
        code: "L055", title: "values that are not known here", severity: Severity::Warning,
        help: Some("plan and apply need them; `validate --strict` refuses what is not known"), source: FORMAT,
    };
    /// The runtime looks for the handler in the package's root when the function is first called. Layers may have it, so that
    /// functions with some are not looked at.
    HANDLER = {
        code: "L056", title: "a handler that is not in the package", severity: Severity::Warning,
        source: "the runtimes' public interface clients; AWS documentation of handlers",
        members: &["Handler", "Code"],
    };
    /// The function runs as another user than the one who made the archive. What lambdactl packages itself is readable for all.
    ARCHIVE_MODES = {
        code: "L057", title: "files of an archive that the function cannot read or start", severity: Severity::Warning,
        source: "AWS documentation, \"Working with .zip file archives\": permissions of files",
        members: &["Code"],
    };
    /// Maps are merged by key, so that an empty one has no effect on what the defaults say.
    EMPTY_MAP = {
        code: "L058", title: "an empty map where the defaults have entries", severity: Severity::Warning,
        help: Some("write `null` to take the default away"), source: FORMAT,
    };
    /// What a pointer of `ignore` names belongs to someone else. One that names nothing protects nothing.
    IGNORE = { code: "L059", title: "an `ignore` that names nothing", source: FORMAT };
    /// A function can be named by its ARN, whole or in part. lambdactl works in one region and account.
    NAME_ARN = {
        code: "L060", title: "a name that is the ARN of a function elsewhere",
        help: Some("say the region and account with `region:` and `account:`, or give the name alone"), source: FORMAT,
        members: &["FunctionName"],
    };
    /// A URL with `AuthType: NONE` is called without a signature, and the resource policy says by whom: two statements let
    /// everyone in since October 2025, and `public: true` keeps both. With `AWS_IAM` requests are signed, and it is not public.
    URL_ACCESS = {
        code: "L061", title: "a function URL that does not say who may call it",
        help: Some("with `AuthType: NONE` say `public: true`, or `public: false` where others keep the policy; with `AWS_IAM` leave it out"),
        source: "AWS documentation, \"Control access to Lambda function URLs\"",
        members: &["FunctionUrlConfig"],
    };
    /// The conditions of URLs have an action each: `FunctionUrlAuthType` goes with `lambda:InvokeFunctionUrl`,
    /// `InvokedViaFunctionUrl` with `lambda:InvokeFunction`.
    URL_STATEMENT = {
        code: "L062", title: "a condition of function URLs with another action",
        help: Some("say the action that the condition is for, or leave the condition out"),
        source: "AWS documentation, \"Control access to Lambda function URLs\"",
        members: &["Permissions"],
    };
    /// Once anything of `Cors` is set, origins have to be; methods are GET, PUT, HEAD, POST, PATCH, DELETE or `*`.
    CORS = {
        code: "L063", title: "rules for browsers that the service does not take",
        help: Some("name the origins and methods that are allowed, or `*`"),
        source: "the service's model of CreateFunctionUrlConfig, CloudFormation's of the URL, and texts that users quote",
        members: &["FunctionUrlConfig"],
    };
    /// A browser sends cookies and credentials to a URL whose rules name its site, and not to one with `*`.
    CORS_CREDENTIALS = {
        code: "L064", title: "credentials for every origin", severity: Severity::Warning,
        help: Some("name the origins, or leave `AllowCredentials` out"),
        source: "AWS documentation of function URLs, and the Fetch standard",
        members: &["FunctionUrlConfig"],
    };
    /// An alias divides its calls between its own version and one other. `$LATEST` can take no part.
    ALIAS_WEIGHTS = {
        code: "L065", title: "weights that the service does not take",
        help: Some("give one other version a weight; the rest of the calls goes to `FunctionVersion`"),
        source: "recorded answers of the service to CreateAlias",
        members: &["Aliases"],
    };
    /// `published` is the newest version after an apply. Where the manifest says `Publish: true`, that is one of the function as
    /// it is then; otherwise it is whatever was published last, and an error where nothing was.
    ALIAS_NEWEST = {
        code: "L066", title: "the newest version where none is published", severity: Severity::Warning,
        help: Some("say `Publish: true`, or `Publish: false` where somebody else publishes"), source: FORMAT,
        members: &["Aliases", "Publish"],
    };
    /// Instances are kept ready for a published version, by itself or through one alias, and all of them together must fit into
    /// what is reserved for the function.
    PROVISIONED = {
        code: "L067", title: "provisioned concurrency that the service refuses",
        help: Some("let the alias name a version, one alias for each, and reserve at least the sum"),
        source: "recorded answers of the service to PutProvisionedConcurrencyConfig",
        members: &["Aliases", "ReservedConcurrentExecutions"],
    };
    /// While an alias has weights, its provisioned concurrency cannot be changed.
    PROVISIONED_WEIGHTS = {
        code: "L068", title: "weights of an alias with provisioned concurrency", severity: Severity::Warning,
        help: Some("take the weights away before the number changes"),
        source: "texts of the service that users quote",
        members: &["Aliases"],
    };
    /// Functions of a capacity provider and functions with tenancy have no function URLs and no provisioned concurrency, those with
    /// tenancy no event source mappings either.
    UNSUPPORTED_BESIDE = {
        code: "L069", title: "something beside a function that functions of its kind cannot have",
        help: Some("take it out: the service refuses it"),
        source: "AWS documentation; the service's own texts could not be verified",
        members: &["Aliases", "FunctionUrlConfig", "EventSourceMappings", "TenancyConfig", "CapacityProviderConfig"],
    };
    /// A configuration of asynchronous calls says something. Records go to a standard queue or topic, another function, an event
    /// bus, or, of calls that failed, a bucket.
    EVENT_INVOKE = {
        code: "L070", title: "asynchronous calls that the service cannot configure",
        help: Some("say one of its members; records go to standard queues and topics, other functions, event buses, and of failed calls to buckets"),
        source: "recorded answers of the service to PutFunctionEventInvokeConfig; AWS documentation of destinations",
        members: &["EventInvokeConfig"],
    };
    /// `PrincipalOrgID` is a condition on everyone. Beside a principal of its own it says the same twice, or nothing.
    STATEMENT_ORGANIZATION = {
        code: "L071", title: "an organization beside a principal", severity: Severity::Warning,
        help: Some("say `Principal: \"*\"` with the organization, or leave the organization out"),
        source: "the service's model of AddPermission",
        members: &["Permissions"],
    };
    /// A service acts for all its customers. `SourceArn` or `SourceAccount` say whose calls are let in; the ARN of a bucket has no
    /// account in it.
    STATEMENT_SOURCE = {
        code: "L072", title: "a service that may call for anybody", severity: Severity::Warning,
        help: Some("add `SourceAccount`, or the `SourceArn` of what calls"),
        source: "AWS documentation, \"The confused deputy problem\"",
        members: &["Permissions"],
    };
    /// A statement with `Principal: \"*\"` and no condition lets everyone who has an AWS account call the function.
    STATEMENT_EVERYONE = {
        code: "L073", title: "a statement for everyone", severity: Severity::Warning,
        help: Some("name a principal, or limit it: an organization, an account, a source"),
        source: "AWS documentation of PublicPolicyException, and of Security Hub's controls for AWS Lambda",
        members: &["Permissions"],
    };
    /// The manifest's `region` says in which partition the functions are (`aws`, `aws-cn`, `aws-us-gov` and others). Partitions
    /// share nothing: no account, no role, no key and no network.
    ARN_PARTITION = {
        code: "L074", title: "an ARN of another partition",
        help: Some("give the ARN of one in the region's own partition: nothing of another can be used"),
        source: "AWS documentation of ARNs and partitions; the service's own text could not be verified",
    };
    /// `Manual` keeps a function on one version of its runtime, which has to be named; the other modes choose it themselves. An
    /// image brings its own.
    RUNTIME_MANAGEMENT = {
        code: "L075", title: "runtime management that does not fit together",
        help: Some("name a `RuntimeVersionArn` with `Manual`, and none otherwise; leave it out for images"),
        source: "AWS documentation, \"Runtime version updates\"",
        members: &["RuntimeManagementConfig"],
    };
    /// The service stops a function that calls itself through a queue, a topic or a bucket after about 16 calls. `Allow` lets it
    /// go on, at the account's cost.
    RECURSION_ALLOWED = {
        code: "L076", title: "a function that may call itself without end", severity: Severity::Warning,
        help: Some("say it only where it is meant; without it the service stops the loop"),
        source: "AWS documentation, \"Recursive loop detection\"",
        members: &["RecursiveLoop"],
    };
    /// The API has numbers of versions as texts. A number is taken for the text that it looks like.
    VERSION_NUMBER = {
        code: "L077", title: "a version that is a number", severity: Severity::Warning,
        help: Some("put it in quotes"), source: "the service's model of CreateAlias",
        members: &["Aliases"],
    };
    /// A mapping has one source: the ARN of a queue, a stream, a cluster or a broker, or the addresses of a Kafka cluster of your
    /// own. Kafka needs a topic, MQ a queue, and what is not reached by its ARN alone needs access configurations.
    MAPPING_SOURCE = {
        code: "L080", title: "a mapping whose source is not clear",
        help: Some("say one source, with the topic or queue and the access that it needs"),
        source: "recorded answers of the service to CreateEventSourceMapping, and its model",
        members: &["EventSourceMappings"],
    };
    /// Which members a mapping can have depends on its source: the service refuses the others, or passes over them.
    MAPPING_MEMBER = {
        code: "L081", title: "a member that the mapping's source does not take",
        help: Some("take it out"),
        source: "recorded answers of the service to CreateEventSourceMapping; AWS documentation of each source",
        members: &["EventSourceMappings"],
    };
    /// Streams and topics need a position to start at, queues have none. A time goes with `AT_TIMESTAMP`, and lies in the past.
    MAPPING_START = {
        code: "L082", title: "a starting position that the mapping's source does not take",
        help: Some("say `TRIM_HORIZON` or `LATEST` for streams and topics, and nothing for queues"),
        source: "recorded answers of the service to CreateEventSourceMapping; AWS documentation",
        members: &["EventSourceMappings"],
    };
    /// A queue gives up to 10 records at once, and more only to those who wait for them. A FIFO queue never gives more, and does
    /// not wait.
    MAPPING_BATCH = {
        code: "L083", title: "batches that the queue does not give",
        help: Some("for more than 10 records of a standard queue say `MaximumBatchingWindowInSeconds: 1` or more"),
        source: "recorded answers of the service to CreateEventSourceMapping",
        members: &["EventSourceMappings"],
    };
    /// A function and a source have one mapping; of Kafka and MQ one for each topic or queue.
    MAPPING_TWICE = {
        code: "L084", title: "two mappings of one source",
        help: Some("make one of them"),
        source: "recorded answers of the service to CreateEventSourceMapping (409)",
        members: &["EventSourceMappings"],
    };
    /// Whether a function and its alias, or two of its aliases, may both be fed by one source is not known: the service's answer
    /// names the function without its alias.
    MAPPING_TWICE_QUALIFIED = {
        code: "L085", title: "one source for a function and its alias", severity: Severity::Warning,
        help: Some("check that it is meant: the service may refuse the second one"),
        source: "recorded answers of the service to CreateEventSourceMapping; nobody could verify it",
        members: &["EventSourceMappings"],
    };
    /// A pattern is a map, down to lists of what a value may be. The service says no more than that it is invalid.
    FILTER_PATTERN = {
        code: "L086", title: "a filter that is no pattern",
        help: Some("write a map such as `{body: {kind: [created]}}`; what a value may be is a list that is not empty"),
        source: "recorded answers of the service to CreateEventSourceMapping",
        members: &["EventSourceMappings"],
    };
    /// What records carry is in `body` for SQS, in `data` for Kinesis and MQ, in `dynamodb` for DynamoDB, in `value` for Kafka. A
    /// filter on another key fits no record, and the service says nothing. More than 5 filters need a larger quota.
    FILTER_KEYS = {
        code: "L087", title: "filters that may not work", severity: Severity::Warning,
        help: Some("use the key that the source's records have, and no more filters than the account's quota"),
        source: "AWS documentation of event filtering",
        members: &["EventSourceMappings"],
    };
    /// Access configurations of Kafka, MQ and DocumentDB belong together in certain ways.
    MAPPING_ACCESS = {
        code: "L088", title: "access to a source that does not fit together",
        help: Some("see the documentation of the source for what goes together"),
        source: "AWS documentation of SourceAccessConfiguration and of Kafka sources",
        members: &["EventSourceMappings"],
    };
    /// Ages of records, and numbers of pollers, have limits that depend on each other and on the source.
    MAPPING_LIMITS = {
        code: "L089", title: "numbers of a mapping that do not fit together",
        help: Some("see `explain EventSourceMappings` for the limits"),
        source: "AWS documentation, and the service's model of CreateEventSourceMapping",
        members: &["EventSourceMappings"],
    };
    /// A rollout sends more and more calls to the new version. It needs versions, and the service refuses weights on an alias whose
    /// instances are kept ready.
    ROLLOUT = {
        code: "L090", title: "a rollout that cannot be",
        help: Some("let the alias name a version or `published`, let the weights grow, and keep no instances ready for it"),
        source: "recorded answers of the service to UpdateAlias; texts of it that users quote",
        members: &["Aliases"],
    };
    /// A rollout sets the weights itself, and goes back to the version before it when an alarm goes off.
    ROLLOUT_BESIDE = {
        code: "L091", title: "something that a rollout takes away, or needs", severity: Severity::Warning,
        help: Some("leave `RoutingConfig` out, and keep at least two versions"), source: FORMAT,
        members: &["Aliases", "versions"],
    };
    /// A stage has a name, sets any key of the manifest but `version` and `stages`, and changes functions that the manifest declares.
    /// Where a manifest has stages, every command but `validate` and `fmt` needs to know which one is meant.
    STAGE = { code: "L092", title: "a stage that cannot be", source: FORMAT };
    /// Each location has a name of its own. One with a role says the account, too. A function's `locations` name some of them.
    LOCATION = { code: "L093", title: "a location that cannot be", source: FORMAT, members: &["locations"] };
}

#[cfg(test)]
mod tests;
