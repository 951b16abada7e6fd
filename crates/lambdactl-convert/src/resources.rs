//! What CloudFormation's `Ref` and `Fn::GetAtt` return of resources with a name: parts of that are known before a stack is.

/// What `Ref` returns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    Name,
    Arn,
    /// The URL of a queue.
    Url,
}

/// A type of resources.
pub(crate) struct Named {
    pub(crate) kind: &'static str,
    /// The property that has its name.
    pub(crate) name: &'static str,
    pub(crate) returns: Returns,
    /// Its ARN behind the partition; `{region}`, `{account}`, `{path}` and `{name}` are filled in.
    pub(crate) arn: &'static str,
}

const fn named(kind: &'static str, name: &'static str, returns: Returns, arn: &'static str) -> Named {
    Named { kind, name, returns, arn }
}

/// The types (AWS documentation, "Return values" of each resource).
const TYPES: [Named; 12] = [
    named("AWS::IAM::Role", "RoleName", Returns::Name, "iam::{account}:role{path}{name}"),
    named("AWS::S3::Bucket", "BucketName", Returns::Name, "s3:::{name}"),
    named("AWS::DynamoDB::Table", "TableName", Returns::Name, "dynamodb:{region}:{account}:table/{name}"),
    named("AWS::Serverless::SimpleTable", "TableName", Returns::Name, "dynamodb:{region}:{account}:table/{name}"),
    named("AWS::Kinesis::Stream", "Name", Returns::Name, "kinesis:{region}:{account}:stream/{name}"),
    named("AWS::SQS::Queue", "QueueName", Returns::Url, "sqs:{region}:{account}:{name}"),
    named("AWS::SNS::Topic", "TopicName", Returns::Arn, "sns:{region}:{account}:{name}"),
    named("AWS::Logs::LogGroup", "LogGroupName", Returns::Name, "logs:{region}:{account}:log-group:{name}:*"),
    named("AWS::Events::EventBus", "Name", Returns::Name, "events:{region}:{account}:event-bus/{name}"),
    named("AWS::Lambda::Function", "FunctionName", Returns::Name, "lambda:{region}:{account}:function:{name}"),
    named("AWS::Serverless::Function", "FunctionName", Returns::Name, "lambda:{region}:{account}:function:{name}"),
    named("AWS::ElasticLoadBalancing::LoadBalancer", "LoadBalancerName", Returns::Name, ""),
];

/// Returns the row of a type.
pub(crate) fn named_type(kind: &str) -> Option<&'static Named> {
    TYPES.iter().find(|row| row.kind == kind)
}
