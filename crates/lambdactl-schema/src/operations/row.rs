//! What a row of the table says.

/// What is known of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The service.
    pub service: Service,
    /// The HTTP method.
    pub method: Method,
    /// The path, with the members that are a part of it in braces; a query that is always the same belongs to it.
    pub path: &'static str,
    /// The members that travel in the query, by their names there, those of pages apart.
    pub query: &'static [&'static str],
    /// The members that travel in headers, with the names of these.
    pub headers: &'static [(&'static str, &'static str)],
    /// The HTTP status of success.
    pub status: u16,
    /// The quota that it counts against; none where it is far above what is sent.
    pub quota: Option<Quota>,
    /// What is known after an answer was lost.
    pub lost: Lost,
    /// Whether it takes a `RevisionId`, and is refused when the function has another one.
    pub is_guarded: bool,
    /// How the pages of a list follow each other.
    pub paging: Option<Paging>,
    /// The IAM action that it needs, where it is not called as the operation.
    pub(super) action: Option<&'static str>,
    /// An action that it needs besides.
    pub(super) also: Option<&'static str>,
    /// What a policy limits it to.
    pub resource: Resource,
}

/// A service of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// AWS Lambda.
    Lambda,
    /// The Security Token Service.
    Sts,
    /// The Resource Groups Tagging API.
    Tagging,
    /// Amazon ECR, private registries.
    Ecr,
    /// Amazon S3.
    S3,
    /// Identity and Access Management: one for all regions of a partition.
    Iam,
    /// Amazon EC2, of which the networks are asked for.
    Ec2,
    /// The Key Management Service.
    Kms,
    /// Amazon SQS.
    Sqs,
    /// Amazon CloudWatch.
    CloudWatch,
    /// AWS Systems Manager, of which the parameters are asked for.
    Ssm,
    /// AWS Secrets Manager.
    SecretsManager,
    /// AWS CloudFormation, of which the outputs of stacks are asked for.
    CloudFormation,
}

/// How a service's requests and answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The operation is a method and a path, members are JSON.
    RestJson,
    /// The operation is a method and a path, members are XML and headers.
    RestXml,
    /// The operation stands in the header `x-amz-target`, members are JSON. With the version of the protocol.
    Json(&'static str),
    /// The operation and its members are a form, the answer is XML.
    Query,
    /// The same in the form of EC2: an error stands in a list of errors, members of lists have no element of their own.
    Ec2Query,
}

impl Service {
    /// Returns the name that is signed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lambda => "lambda",
            Self::Sts => "sts",
            Self::Tagging => "tagging",
            Self::Ecr => "ecr",
            Self::S3 => "s3",
            Self::Iam => "iam",
            Self::Ec2 => "ec2",
            Self::Kms => "kms",
            Self::Sqs => "sqs",
            Self::CloudWatch => "monitoring",
            Self::Ssm => "ssm",
            Self::SecretsManager => "secretsmanager",
            Self::CloudFormation => "cloudformation",
        }
    }

    /// Returns what its IAM actions begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Tagging => "tag",
            Self::CloudWatch => "cloudwatch",
            other => other.name(),
        }
    }

    /// Returns the name that people know it by.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Lambda => "AWS Lambda",
            Self::Sts => "AWS STS",
            Self::Tagging => "Resource Groups Tagging API",
            Self::Ecr => "Amazon ECR",
            Self::S3 => "Amazon S3",
            Self::Iam => "AWS IAM",
            Self::Ec2 => "Amazon EC2",
            Self::Kms => "AWS KMS",
            Self::Sqs => "Amazon SQS",
            Self::CloudWatch => "Amazon CloudWatch",
            Self::Ssm => "AWS Systems Manager",
            Self::SecretsManager => "AWS Secrets Manager",
            Self::CloudFormation => "AWS CloudFormation",
        }
    }

    /// Returns how requests and answers are written.
    pub const fn protocol(self) -> Protocol {
        match self {
            Self::Lambda => Protocol::RestJson,
            Self::S3 => Protocol::RestXml,
            Self::Tagging | Self::Ecr | Self::Kms | Self::Ssm | Self::SecretsManager => Protocol::Json("1.1"),
            Self::Sqs | Self::CloudWatch => Protocol::Json("1.0"),
            Self::Sts | Self::Iam | Self::CloudFormation => Protocol::Query,
            Self::Ec2 => Protocol::Ec2Query,
        }
    }

    /// Returns the version of the API, where its protocol names one.
    pub const fn version(self) -> Option<&'static str> {
        match self {
            Self::Sts => Some("2011-06-15"),
            Self::Iam => Some("2010-05-08"),
            Self::Ec2 => Some("2016-11-15"),
            Self::CloudFormation => Some("2010-05-15"),
            _ => None,
        }
    }

    /// Returns what stands before the operation in the header `x-amz-target`.
    pub(super) const fn target_prefix(self) -> Option<&'static str> {
        match self {
            Self::Tagging => Some("ResourceGroupsTaggingAPI_20170126"),
            Self::Ecr => Some("AmazonEC2ContainerRegistry_V20150921"),
            Self::Kms => Some("TrentService"),
            Self::Sqs => Some("AmazonSQS"),
            Self::CloudWatch => Some("GraniteServiceVersion20100801"),
            Self::Ssm => Some("AmazonSSM"),
            Self::SecretsManager => Some("secretsmanager"),
            _ => None,
        }
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// Returns the word of the request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A quota of requests that operations share, for each account and region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quota {
    /// GetFunction of Lambda.
    GetFunction,
    /// GetPolicy of Lambda.
    GetPolicy,
    /// All other calls of Lambda's control plane together.
    Control,
    /// GetResources of the tagging API.
    Tagging,
}

impl Quota {
    /// Returns the requests a second (AWS documentation, Lambda quotas and Tag Editor quotas).
    pub const fn rate(self) -> f64 {
        match self {
            Self::GetFunction => 100.0,
            Self::GetPolicy | Self::Control | Self::Tagging => 15.0,
        }
    }
}

/// What is known after an answer was lost: whether the same call may be sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Nothing was changed, or the same call again leads to the same state.
    Harmless,
    /// Only reading tells whether it was executed: the same call again would fail, or do something else.
    Unknown,
}

/// How the pages of a list follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The member of the answer with the list.
    pub items: &'static str,
    /// The member of the request that names the page.
    pub input: &'static str,
    /// The member of the answer that names the next page.
    pub output: &'static str,
}

impl Paging {
    /// The member of the request that says how long a page is, of Lambda's lists.
    pub const SIZE: &'static str = "MaxItems";
}

/// What a policy limits an operation to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// A function.
    Function,
    /// An event source mapping: its ARN is not known before it is there.
    Mapping,
    /// A layer, with all of its versions.
    Layer,
    /// A version of a layer.
    LayerVersion,
    /// An object in S3.
    Object,
    /// A repository of images.
    Repository,
    /// A role.
    Role,
    /// A key.
    Key,
    /// A queue.
    Queue,
    /// A parameter.
    Parameter,
    /// A secret.
    Secret,
    /// A stack.
    Stack,
    /// It knows no resource to be limited to.
    Any,
    /// It needs no permission.
    Nothing,
}

const PLAIN: Row = Row {
    service: Service::Lambda,
    method: Method::Post,
    path: "/",
    query: &[],
    headers: &[],
    status: 200,
    quota: None,
    lost: Lost::Harmless,
    is_guarded: false,
    paging: None,
    action: None,
    also: None,
    resource: Resource::Function,
};

pub(super) const fn lambda(method: Method, path: &'static str, status: u16) -> Row {
    Row { method, path, status, quota: Some(Quota::Control), ..PLAIN }
}

pub(super) const fn tagging() -> Row {
    Row { service: Service::Tagging, quota: Some(Quota::Tagging), ..PLAIN }
}

pub(super) const fn sts() -> Row {
    Row { service: Service::Sts, ..PLAIN }
}

pub(super) const fn ecr() -> Row {
    Row { service: Service::Ecr, ..PLAIN }
}

pub(super) const fn iam() -> Row {
    Row { service: Service::Iam, ..PLAIN }
}

pub(super) const fn ec2() -> Row {
    Row { service: Service::Ec2, ..PLAIN }
}

pub(super) const fn kms() -> Row {
    Row { service: Service::Kms, ..PLAIN }
}

pub(super) const fn sqs() -> Row {
    Row { service: Service::Sqs, ..PLAIN }
}

pub(super) const fn cloudwatch() -> Row {
    Row { service: Service::CloudWatch, ..PLAIN }
}

pub(super) const fn ssm() -> Row {
    Row { service: Service::Ssm, ..PLAIN }
}

pub(super) const fn secrets_manager() -> Row {
    Row { service: Service::SecretsManager, ..PLAIN }
}

pub(super) const fn cloudformation() -> Row {
    Row { service: Service::CloudFormation, ..PLAIN }
}

pub(super) const fn s3(method: Method, path: &'static str, status: u16) -> Row {
    Row { service: Service::S3, method, path, status, ..PLAIN }
}

impl Row {
    pub(super) const fn query(self, query: &'static [&'static str]) -> Self {
        Self { query, ..self }
    }

    pub(super) const fn headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    pub(super) const fn quota(self, quota: Quota) -> Self {
        Self { quota: Some(quota), ..self }
    }

    /// Counts against no quota of requests that is kept here.
    pub(super) const fn unlimited(self) -> Self {
        Self { quota: None, ..self }
    }

    pub(super) const fn lost(self, lost: Lost) -> Self {
        Self { lost, ..self }
    }

    pub(super) const fn guarded(self) -> Self {
        Self { is_guarded: true, ..self }
    }

    /// A list of Lambda's, whose pages all follow each other in one way.
    pub(super) const fn pages(self, items: &'static str) -> Self {
        self.paging(Paging { items, input: "Marker", output: "NextMarker" })
    }

    pub(super) const fn paging(self, paging: Paging) -> Self {
        Self { paging: Some(paging), ..self }
    }

    pub(super) const fn action(self, action: &'static str) -> Self {
        Self { action: Some(action), ..self }
    }

    pub(super) const fn also(self, action: &'static str) -> Self {
        Self { also: Some(action), ..self }
    }

    pub(super) const fn on(self, resource: Resource) -> Self {
        Self { resource, ..self }
    }

    /// Whether a member travels in the query.
    pub fn is_in_query(&self, member: &str) -> bool {
        let is_paging = self.method == Method::Get
            && self.paging.is_some_and(|paging| member == paging.input || member == Paging::SIZE);
        is_paging || self.query.contains(&member)
    }

    /// Returns the header that a member travels in.
    pub fn header(&self, member: &str) -> Option<&'static str> {
        self.headers.iter().find(|(name, _)| *name == member).map(|(_, header)| *header)
    }

    /// Returns the path and the query that always belongs to it.
    pub fn path_and_query(&self) -> (&'static str, &'static str) {
        self.path.split_once('?').unwrap_or((self.path, ""))
    }
}
