//! The table of operations.

use serde::{Serialize, Serializer};

use super::row::{
    Lost, Method, Paging, Quota, Resource, Row, cloudformation, cloudwatch, ec2, ecr, iam, kms, lambda, s3,
    secrets_manager, sqs, ssm, sts, tagging,
};

use Method::{Delete, Get, Head, Post, Put};
use Resource::{
    Any, Key, Layer, LayerVersion, Mapping, Nothing, Object, Parameter, Queue, Repository, Role, Secret, Stack,
};

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $row:expr;)*) => {
        /// An operation of AWS.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $($(#[$doc])* #[doc = concat!("`", stringify!($name), "`.")] $name,)*
        }

        impl Operation {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns its name, as AWS has it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Returns its row.
            pub const fn row(self) -> &'static Row {
                match self { $(Self::$name => const { &$row },)* }
            }
        }
    };
}

operations! {
    // Functions.
    CreateFunction = lambda(Post, "/2015-03-31/functions", 201).lost(Lost::Unknown);
    GetFunction = lambda(Get, "/2015-03-31/functions/{FunctionName}", 200)
        .query(&["Qualifier"]).quota(Quota::GetFunction).also("lambda:ListTags");
    GetFunctionConfiguration = lambda(Get, "/2015-03-31/functions/{FunctionName}/configuration", 200)
        .query(&["Qualifier"]);
    ListFunctions = lambda(Get, "/2015-03-31/functions", 200)
        .query(&["FunctionVersion"]).pages("Functions").on(Any);
    UpdateFunctionConfiguration = lambda(Put, "/2015-03-31/functions/{FunctionName}/configuration", 200)
        .lost(Lost::Unknown).guarded();
    UpdateFunctionCode = lambda(Put, "/2015-03-31/functions/{FunctionName}/code", 200).lost(Lost::Unknown).guarded();
    DeleteFunction = lambda(Delete, "/2015-03-31/functions/{FunctionName}", 200)
        .query(&["Qualifier"]).lost(Lost::Unknown);
    GetAccountSettings = lambda(Get, "/2016-08-19/account-settings", 200).on(Any);

    // Tags.
    ListTags = lambda(Get, "/2017-03-31/tags/{Resource}", 200);
    TagResource = lambda(Post, "/2017-03-31/tags/{Resource}", 204);
    UntagResource = lambda(Delete, "/2017-03-31/tags/{Resource}", 204).query(&["tagKeys"]);

    // Code signing.
    GetFunctionCodeSigningConfig = lambda(Get, "/2020-06-30/functions/{FunctionName}/code-signing-config", 200);
    PutFunctionCodeSigningConfig = lambda(Put, "/2020-06-30/functions/{FunctionName}/code-signing-config", 200);
    DeleteFunctionCodeSigningConfig = lambda(Delete, "/2020-06-30/functions/{FunctionName}/code-signing-config", 204);
    CreateCodeSigningConfig = lambda(Post, "/2020-04-22/code-signing-configs", 201).lost(Lost::Unknown).on(Any);
    GetCodeSigningConfig = lambda(Get, "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 200).on(Any);
    UpdateCodeSigningConfig = lambda(Put, "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 200).on(Any);
    DeleteCodeSigningConfig = lambda(Delete, "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}", 204)
        .lost(Lost::Unknown).on(Any);
    ListCodeSigningConfigs = lambda(Get, "/2020-04-22/code-signing-configs", 200)
        .pages("CodeSigningConfigs").on(Any);
    ListFunctionsByCodeSigningConfig = lambda(Get, "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions", 200)
        .pages("FunctionArns").on(Any);

    // Versions and aliases.
    PublishVersion = lambda(Post, "/2015-03-31/functions/{FunctionName}/versions", 201).lost(Lost::Unknown).guarded();
    ListVersionsByFunction = lambda(Get, "/2015-03-31/functions/{FunctionName}/versions", 200).pages("Versions");
    CreateAlias = lambda(Post, "/2015-03-31/functions/{FunctionName}/aliases", 201).lost(Lost::Unknown);
    ListAliases = lambda(Get, "/2015-03-31/functions/{FunctionName}/aliases", 200)
        .query(&["FunctionVersion"]).pages("Aliases");
    GetAlias = lambda(Get, "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200);
    UpdateAlias = lambda(Put, "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 200)
        .lost(Lost::Unknown).guarded();
    DeleteAlias = lambda(Delete, "/2015-03-31/functions/{FunctionName}/aliases/{Name}", 204);

    // Permissions.
    AddPermission = lambda(Post, "/2015-03-31/functions/{FunctionName}/policy", 201)
        .query(&["Qualifier"]).lost(Lost::Unknown).guarded();
    GetPolicy = lambda(Get, "/2015-03-31/functions/{FunctionName}/policy", 200)
        .query(&["Qualifier"]).quota(Quota::GetPolicy);
    RemovePermission = lambda(Delete, "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", 204)
        .query(&["Qualifier", "RevisionId"]).lost(Lost::Unknown).guarded();

    // Function URLs.
    CreateFunctionUrlConfig = lambda(Post, "/2021-10-31/functions/{FunctionName}/url", 201)
        .query(&["Qualifier"]).lost(Lost::Unknown);
    GetFunctionUrlConfig = lambda(Get, "/2021-10-31/functions/{FunctionName}/url", 200).query(&["Qualifier"]);
    UpdateFunctionUrlConfig = lambda(Put, "/2021-10-31/functions/{FunctionName}/url", 200).query(&["Qualifier"]);
    DeleteFunctionUrlConfig = lambda(Delete, "/2021-10-31/functions/{FunctionName}/url", 204)
        .query(&["Qualifier"]).lost(Lost::Unknown);
    ListFunctionUrlConfigs = lambda(Get, "/2021-10-31/functions/{FunctionName}/urls", 200).pages("FunctionUrlConfigs");

    // Concurrency.
    PutFunctionConcurrency = lambda(Put, "/2017-10-31/functions/{FunctionName}/concurrency", 200);
    DeleteFunctionConcurrency = lambda(Delete, "/2017-10-31/functions/{FunctionName}/concurrency", 204);
    GetFunctionConcurrency = lambda(Get, "/2019-09-30/functions/{FunctionName}/concurrency", 200);

    // Provisioned concurrency. A second Put is the same; a second Delete answers 204, too.
    PutProvisionedConcurrencyConfig = lambda(Put, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 202)
        .query(&["Qualifier"]);
    GetProvisionedConcurrencyConfig = lambda(Get, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 200)
        .query(&["Qualifier"]);
    DeleteProvisionedConcurrencyConfig = lambda(Delete, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 204)
        .query(&["Qualifier"]);
    ListProvisionedConcurrencyConfigs = lambda(Get, "/2019-09-30/functions/{FunctionName}/provisioned-concurrency?List=ALL", 200)
        .pages("ProvisionedConcurrencyConfigs");

    // What becomes of asynchronous invocations. Put replaces, Update merges, and a second Delete is a 404.
    PutFunctionEventInvokeConfig = lambda(Put, "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200)
        .query(&["Qualifier"]);
    UpdateFunctionEventInvokeConfig = lambda(Post, "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200)
        .query(&["Qualifier"]);
    GetFunctionEventInvokeConfig = lambda(Get, "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200)
        .query(&["Qualifier"]);
    DeleteFunctionEventInvokeConfig = lambda(Delete, "/2019-09-25/functions/{FunctionName}/event-invoke-config", 204)
        .query(&["Qualifier"]).lost(Lost::Unknown);
    ListFunctionEventInvokeConfigs = lambda(Get, "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", 200)
        .pages("FunctionEventInvokeConfigs");

    // Updates of the runtime.
    PutRuntimeManagementConfig = lambda(Put, "/2021-07-20/functions/{FunctionName}/runtime-management-config", 200)
        .query(&["Qualifier"]);
    GetRuntimeManagementConfig = lambda(Get, "/2021-07-20/functions/{FunctionName}/runtime-management-config", 200)
        .query(&["Qualifier"]);

    // Recursion.
    PutFunctionRecursionConfig = lambda(Put, "/2024-08-31/functions/{FunctionName}/recursion-config", 200);
    GetFunctionRecursionConfig = lambda(Get, "/2024-08-31/functions/{FunctionName}/recursion-config", 200);

    // Invocation: counts against no quota of these, and answers 202 to an event and 204 to a dry run. Its body is the payload.
    Invoke = lambda(Post, "/2015-03-31/functions/{FunctionName}/invocations", 200)
        .query(&["Qualifier"])
        .headers(&[("InvocationType", "x-amz-invocation-type"), ("LogType", "x-amz-log-type")])
        .action("lambda:InvokeFunction").lost(Lost::Unknown).unlimited();

    // Layers. The same content published again is another version.
    PublishLayerVersion = lambda(Post, "/2018-10-31/layers/{LayerName}/versions", 201).lost(Lost::Unknown).on(Layer);
    ListLayerVersions = lambda(Get, "/2018-10-31/layers/{LayerName}/versions", 200)
        .query(&["CompatibleRuntime", "CompatibleArchitecture"]).pages("LayerVersions").on(Layer);
    ListLayers = lambda(Get, "/2018-10-31/layers", 200)
        .query(&["CompatibleRuntime", "CompatibleArchitecture"]).pages("Layers").on(Any);
    GetLayerVersion = lambda(Get, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 200).on(LayerVersion);
    GetLayerVersionByArn = lambda(Get, "/2018-10-31/layers?find=LayerVersion", 200)
        .query(&["Arn"]).action("lambda:GetLayerVersion").on(LayerVersion);
    DeleteLayerVersion = lambda(Delete, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", 204).on(LayerVersion);
    AddLayerVersionPermission = lambda(Post, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 201)
        .query(&["RevisionId"]).lost(Lost::Unknown).guarded().on(LayerVersion);
    GetLayerVersionPolicy = lambda(Get, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", 200)
        .on(LayerVersion);
    RemoveLayerVersionPermission = lambda(Delete, "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}", 204)
        .query(&["RevisionId"]).lost(Lost::Unknown).guarded().on(LayerVersion);

    // Event source mappings.
    CreateEventSourceMapping = lambda(Post, "/2015-03-31/event-source-mappings", 202).lost(Lost::Unknown).on(Any);
    ListEventSourceMappings = lambda(Get, "/2015-03-31/event-source-mappings", 200)
        .query(&["EventSourceArn", "FunctionName"]).pages("EventSourceMappings").on(Any);
    GetEventSourceMapping = lambda(Get, "/2015-03-31/event-source-mappings/{UUID}", 200).on(Mapping);
    UpdateEventSourceMapping = lambda(Put, "/2015-03-31/event-source-mappings/{UUID}", 202).on(Mapping).lost(Lost::Unknown);
    DeleteEventSourceMapping = lambda(Delete, "/2015-03-31/event-source-mappings/{UUID}", 202).on(Mapping).lost(Lost::Unknown);

    // What the account's resources are tagged with.
    GetResources = tagging().on(Any).paging(Paging {
        items: "ResourceTagMappingList", input: "PaginationToken", output: "PaginationToken",
    });

    // What watches a rollout. The others set alarms up, for tests against an emulator.
    DescribeAlarms = cloudwatch().on(Any).paging(Paging {
        items: "MetricAlarms", input: "NextToken", output: "NextToken",
    });
    PutMetricAlarm = cloudwatch().on(Any);
    SetAlarmState = cloudwatch().on(Any);

    // Whose the credentials are: needs no permission.
    GetCallerIdentity = sts().on(Nothing);

    // Images.
    BatchGetImage = ecr().on(Repository);

    // Objects. Each does the same when it is done twice; an upload that was begun twice is a second one, which S3 charges
    // for until it is aborted.
    HeadObject = s3(Head, "/{Bucket}/{Key+}", 200).query(&["versionId"]).action("s3:GetObject").on(Object);
    GetObject = s3(Get, "/{Bucket}/{Key+}", 200).on(Object);
    PutObject = s3(Put, "/{Bucket}/{Key+}", 200).on(Object);
    DeleteObject = s3(Delete, "/{Bucket}/{Key+}", 204).query(&["versionId"]).on(Object);
    CreateMultipartUpload = s3(Post, "/{Bucket}/{Key+}?uploads", 200).action("s3:PutObject").on(Object);
    UploadPart = s3(Put, "/{Bucket}/{Key+}", 200)
        .query(&["partNumber", "uploadId"]).action("s3:PutObject").on(Object);
    CompleteMultipartUpload = s3(Post, "/{Bucket}/{Key+}", 200).query(&["uploadId"]).action("s3:PutObject").on(Object);
    AbortMultipartUpload = s3(Delete, "/{Bucket}/{Key+}", 204).query(&["uploadId"]).on(Object);

    // What functions lean on, asked for before anything is changed.
    GetRole = iam().on(Role);
    DescribeSubnets = ec2().on(Any).paging(Paging { items: "Subnets", input: "NextToken", output: "NextToken" });
    DescribeSecurityGroups = ec2().on(Any).paging(Paging {
        items: "SecurityGroups", input: "NextToken", output: "NextToken",
    });
    DescribeKey = kms().on(Key);
    GetQueueAttributes = sqs().on(Queue);

    // What references are looked up with.
    GetParameters = ssm().on(Parameter);
    GetSecretValue = secrets_manager().on(Secret);
    DescribeStacks = cloudformation().on(Stack).paging(Paging { items: "Stacks", input: "NextToken", output: "NextToken" });

    // What a stack has made of a template that is converted.
    ListStackResources = cloudformation().on(Stack).paging(Paging {
        items: "StackResourceSummaries", input: "NextToken", output: "NextToken",
    });
}

impl std::fmt::Display for Operation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.name())
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
