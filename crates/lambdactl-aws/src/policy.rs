//! The permissions that a manifest needs: which operations are called for it, and what AWS looks at in the caller's name
//! besides. The action of an operation is in its row; no account was there to try a policy in.

mod beside;
mod day_two;
mod layers;
mod lookups;
mod verify;

use std::collections::BTreeSet;

use lambdactl_diff::{layer_object, needs_newest, object};
use lambdactl_schema::{Desired, FunctionSpec, Kind, OWNER_TAG, Operation, UNKNOWN, partitions};
use serde_json::{Value, json};

use crate::read::FEW;

/// What a role is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Comparing with the account.
    #[default]
    Plan,
    /// Creating what is missing, too.
    Apply,
    /// Looking at functions.
    Status,
    /// Calling functions.
    Invoke,
    /// Moving aliases to versions that were published before.
    Rollback,
    /// Deleting functions that the manifest declares.
    Delete,
}

impl Purpose {
    /// Every purpose, in the order in which help lists them.
    pub const ALL: [Self; 6] = [Self::Plan, Self::Apply, Self::Status, Self::Invoke, Self::Rollback, Self::Delete];

    /// Returns its word, and what it lets a role do.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Plan => ("plan", "Reads only"),
            Self::Apply => ("apply", "Reads, and creates what is missing"),
            Self::Status => ("status", "Looks at the functions"),
            Self::Invoke => ("invoke", "Calls the functions"),
            Self::Rollback => ("rollback", "Moves their aliases to versions that were published before"),
            Self::Delete => ("delete", "Deletes them"),
        }
    }
}

/// What a role is to be allowed to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duties {
    /// What it is for. What follows is of plan and apply only.
    pub purpose: Purpose,
    /// Updating what differs.
    pub update: bool,
    /// Deleting functions and creating them again.
    pub replace: bool,
    /// Deleting functions that are no longer declared.
    pub prune: bool,
    /// Asking before anything is changed whether what functions name is there and fits.
    pub verify: bool,
}

impl Duties {
    fn is_apply(self) -> bool {
        self.purpose == Purpose::Apply
    }
}

/// What is told of as lost with a function.
const LOST: [Operation; 5] = [
    Operation::ListVersionsByFunction,
    Operation::ListAliases,
    Operation::ListFunctionUrlConfigs,
    Operation::GetFunctionConcurrency,
    Operation::GetPolicy,
];

/// Returns the least IAM policy for a duty towards what a manifest declares. Where the manifest does not say its
/// account, or nobody the region, the ARNs have `*` there.
pub fn policy(desired: &Desired, region: Option<&str>, duties: Duties) -> Value {
    // Without a region the roles say it: they are of the functions' own partition.
    let of_role = || desired.functions.iter().find_map(|spec| partitions::of_arn(&spec.request.role));
    let partition = match region {
        Some(region) => partitions::of(region).name,
        None => of_role().unwrap_or(partitions::PARTITIONS[0].name),
    };
    let mut policy = Policy {
        desired,
        home: format!("{}:{}", region.unwrap_or("*"), desired.account.as_deref().unwrap_or("*")),
        partition,
        statements: Vec::new(),
    };
    match duties.purpose {
        Purpose::Plan | Purpose::Apply => policy.deploys(duties),
        Purpose::Status => {
            policy.compares(duties);
            policy.looks();
        }
        Purpose::Invoke => policy.invokes(),
        Purpose::Rollback => policy.rolls_back(),
        Purpose::Delete => policy.deletes(),
    }
    json!({ "Version": "2012-10-17", "Statement": policy.statements })
}

struct Policy<'a> {
    desired: &'a Desired,
    /// `REGION:ACCOUNT`.
    home: String,
    partition: &'a str,
    statements: Vec<Value>,
}

impl Policy<'_> {
    /// What a plan reads.
    fn compares(&mut self, duties: Duties) {
        self.looks_up();
        self.reads(duties);
        self.reads_beside(duties);
        self.reads_layers();
        self.rolls_out(duties);
    }

    fn deploys(&mut self, duties: Duties) {
        self.compares(duties);
        if duties.verify {
            self.verifies();
        }
        if duties.is_apply() {
            self.creates();
            self.sources();
            self.changes_beside(duties);
            self.changes_layers(duties);
        }
        if duties.is_apply() && duties.update {
            self.updates();
        }
        self.deletions(duties);
    }

    fn reads(&mut self, duties: Duties) {
        let mut calls = vec![Operation::GetFunction];
        if self.any(|spec| spec.request.code_signing_config_arn.is_some()) {
            calls.push(Operation::GetFunctionCodeSigningConfig);
        }
        let functions = self.functions();
        self.allow_calls("ReadFunctions", &calls, functions);
        let published = self.collect(|spec| needs_newest(spec).then(|| self.function(&spec.request.function_name)));
        let versions = published.iter().map(|function| format!("{function}:*")).collect();
        self.allow_calls("ListVersions", &[Operation::ListVersionsByFunction], published);
        let of_version = Operation::GetFunction.action();
        self.allow("ReadVersions", of_version.as_slice(), versions);
        let of_functions = self.desired.functions.iter().filter_map(object);
        let objects: BTreeSet<String> = of_functions
            .chain(self.desired.layers.iter().filter_map(layer_object))
            .map(|object| format!("arn:{}:s3:::{}/{}", self.partition, object.bucket, object.key))
            .collect();
        let objects = objects.into_iter().collect();
        let actions = self.read_object(Operation::HeadObject);
        self.allow("SeeCode", &actions, objects);
        let mut lists = Vec::new();
        if self.desired.functions.len() > FEW {
            lists.extend([Operation::GetAccountSettings, Operation::ListFunctions, Operation::GetResources]);
        } else if duties.prune {
            lists.extend([Operation::GetAccountSettings, Operation::GetResources]);
        }
        if duties.update {
            lists.extend([Operation::ListCodeSigningConfigs, Operation::ListFunctionsByCodeSigningConfig]);
        }
        if duties.replace || duties.prune {
            lists.push(Operation::ListEventSourceMappings);
        }
        // These calls know no resource to be limited to.
        self.allow_calls("ReadLists", &lists, vec!["*".to_owned()]);
        let repositories = self.collect(|spec| {
            let uri = spec.request.code.image_uri.as_ref().filter(|uri| !uri.contains("@sha256:"))?;
            self.repository(uri)
        });
        self.allow_calls("ReadImageTags", &[Operation::BatchGetImage], repositories);
    }

    fn creates(&mut self) {
        let mut calls = vec![Operation::CreateFunction];
        // A function of which the code is in S3 carries a tag that says which object it was.
        let has_tags = |spec: &FunctionSpec| spec.request.tags.is_some() || object(spec).is_some();
        if self.desired.name.is_some() || self.any(has_tags) {
            calls.push(Operation::TagResource);
        }
        let functions = self.functions();
        self.allow_calls("CreateFunctions", &calls, functions);
        let roles = self.collect(|spec| Some(self.role(&spec.request.role)));
        self.statements.push(json!({
            "Sid": "PassRoles", "Effect": "Allow", "Action": ["iam:PassRole"], "Resource": roles,
            "Condition": { "StringEquals": { "iam:PassedToService": "lambda.amazonaws.com" } },
        }));
    }

    /// What a function is made of: the service looks at it in the caller's name.
    fn sources(&mut self) {
        let mut objects = self.collect(|spec| {
            let code = &spec.request.code;
            // What apply puts there itself is below.
            let (bucket, key) = (code.s3_bucket.as_ref()?, code.s3_key.as_ref().filter(|_| spec.archive.is_none())?);
            Some(format!("arn:{}:s3:::{bucket}/{key}", self.partition))
        });
        for layer in self.desired.layers.iter().filter(|layer| layer.archive.is_none()) {
            let content = &layer.request.content;
            if let (Some(bucket), Some(key)) = (&content.s3_bucket, &content.s3_key) {
                objects.push(format!("arn:{}:s3:::{bucket}/{key}", self.partition));
            }
        }
        objects.sort_unstable();
        objects.dedup();
        let actions = self.read_object(Operation::GetObject);
        self.allow("ReadCode", &actions, objects);
        if let Some(artifacts) = &self.desired.artifacts {
            let objects = format!("arn:{}:s3:::{}/{}*", self.partition, artifacts.bucket, artifacts.prefix);
            let calls = [Operation::HeadObject, Operation::PutObject, Operation::AbortMultipartUpload];
            self.allow_calls("PutArchives", &calls, vec![objects]);
            let key = artifacts.kms_key.iter().filter(|key| key.starts_with("arn:")).cloned().collect();
            self.allow("EncryptArchives", &["kms:GenerateDataKey", "kms:Decrypt"], key);
        }
        let repositories = self.collect(|spec| self.repository(spec.request.code.image_uri.as_ref()?));
        let actions = [
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            // Lambda lets itself read the repository, in the caller's name.
            "ecr:GetRepositoryPolicy",
            "ecr:SetRepositoryPolicy",
        ];
        self.allow("UseImages", &actions, repositories);
        self.allow("UseLayers", &["lambda:GetLayerVersion"], self.used_layers());
        let keys = self.collect(|spec| spec.request.kms_key_arn.clone());
        self.allow("EncryptVariables", &["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt"], keys);
        let keys = self.collect(|spec| spec.request.code.source_kms_key_arn.clone());
        self.allow("EncryptCode", &["kms:Decrypt", "kms:GenerateDataKey"], keys);
        let has_vpc = self.any(|spec| spec.request.vpc_config.is_some());
        let describe = ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"];
        self.allow("SeeNetworks", if has_vpc { &describe[..] } else { &[] }, vec!["*".to_owned()]);
        let has_files = self.any(|spec| spec.request.file_system_configs.as_ref().is_some_and(|all| !all.is_empty()));
        let describe = ["elasticfilesystem:DescribeMountTargets"];
        self.allow("SeeFileSystems", if has_files { &describe[..] } else { &[] }, vec!["*".to_owned()]);
        let providers = self.collect(|spec| {
            let config = spec.request.capacity_provider_config.as_ref()?;
            serde_json::to_value(config).ok()?.pointer(PROVIDER)?.as_str().map(str::to_owned)
        });
        self.allow("UseCapacityProviders", &["lambda:PassCapacityProvider"], providers);
        let signing = self.collect(|spec| spec.request.code_signing_config_arn.clone());
        self.allow("UseCodeSigning", &["lambda:GetCodeSigningConfig"], signing);
    }

    fn updates(&mut self) {
        let mut calls = vec![Operation::UpdateFunctionConfiguration, Operation::UpdateFunctionCode];
        for kind in Kind::ALL {
            let is_used = match kind {
                // What the manifest does not name may be there, and is taken away.
                Kind::Tags | Kind::CodeSigning => true,
                Kind::Versions => self.any(|spec| spec.request.publish == Some(true)),
                _ => false,
            };
            calls.extend(kind.row().changes.iter().filter(|_| is_used));
        }
        let functions = self.functions();
        self.allow_calls("UpdateFunctions", &calls, functions);
    }

    fn deletions(&mut self, duties: Duties) {
        let deletes = duties.is_apply().then_some(Operation::DeleteFunction);
        if duties.replace {
            let calls: Vec<Operation> = LOST.into_iter().chain(deletes).collect();
            let functions = self.functions();
            self.allow_calls("ReplaceFunctions", &calls, functions);
        }
        if duties.replace || duties.prune {
            // Also of one that is gone, which has no tags any more.
            let reads = [Operation::ListTags, Operation::GetEventSourceMapping];
            self.allow_calls("ReadMappings", &reads, vec![self.mappings()]);
        }
        if let (true, true, Some(name)) = (duties.prune, duties.is_apply(), &self.desired.name) {
            let actions = Operation::DeleteEventSourceMapping.actions();
            self.statements.push(json!({
                "Sid": "PruneMappings", "Effect": "Allow", "Action": actions, "Resource": [self.mappings()],
                "Condition": { "StringEquals": { format!("aws:ResourceTag/{OWNER_TAG}"): name } },
            }));
        }
        if let (true, Some(name)) = (duties.prune, &self.desired.name) {
            let calls = [Operation::GetFunction].into_iter().chain(LOST).chain(deletes);
            let actions: Vec<String> = calls.flat_map(Operation::actions).collect();
            // What is no longer declared has names that nobody knows: its tag says whose it is.
            self.statements.push(json!({
                "Sid": "PruneFunctions", "Effect": "Allow", "Action": actions, "Resource": [self.function("*")],
                "Condition": { "StringEquals": { format!("aws:ResourceTag/{OWNER_TAG}"): name } },
            }));
        }
    }

    /// Allows operations on some resources.
    fn allow_calls(&mut self, sid: &str, operations: &[Operation], resources: Vec<String>) {
        let actions: Vec<String> = operations.iter().copied().flat_map(Operation::actions).collect();
        self.allow(sid, &actions, resources);
    }

    fn allow<T: AsRef<str>>(&mut self, sid: &str, actions: &[T], resources: Vec<String>) {
        if !actions.is_empty() && !resources.is_empty() {
            let actions: Vec<&str> = actions.iter().map(AsRef::as_ref).collect();
            let statement = json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources });
            self.statements.push(statement);
        }
    }

    fn functions(&self) -> Vec<String> {
        self.collect(|spec| Some(self.function(&spec.request.function_name)))
    }

    /// Every event source mapping: nobody knows the ARN of one before it is there.
    fn mappings(&self) -> String {
        format!("arn:{}:lambda:{}:event-source-mapping:*", self.partition, self.home)
    }

    fn function(&self, name: &str) -> String {
        format!("arn:{}:lambda:{}:function:{name}", self.partition, self.home)
    }

    /// A role, or every role of the account where it is not known which one it is.
    fn role(&self, role: &str) -> String {
        let account = self.desired.account.as_deref().unwrap_or("*");
        match role.starts_with(UNKNOWN) {
            true => format!("arn:{}:iam::{account}:role/*", self.partition),
            false => role.to_owned(),
        }
    }

    /// The repository of an image: ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG.
    fn repository(&self, uri: &str) -> Option<String> {
        if uri.starts_with(UNKNOWN) {
            return Some(format!("arn:{}:ecr:*:*:repository/*", self.partition));
        }
        let (host, rest) = uri.split_once('/')?;
        let mut parts = host.split('.');
        let (account, region) = (parts.next()?, parts.nth(2)?);
        let name = rest.split(['@', ':']).next()?;
        Some(format!("arn:{}:ecr:{region}:{account}:repository/{name}", self.partition))
    }

    /// The actions of a look at an object, and those of a look at one of its versions.
    fn read_object(&self, operation: Operation) -> Vec<String> {
        let mut layers = self.desired.layers.iter();
        let has_versions = self.any(|spec| spec.request.code.s3_object_version.is_some())
            || layers.any(|layer| layer.request.content.s3_object_version.is_some());
        let mut actions = operation.actions();
        actions.extend(has_versions.then(|| "s3:GetObjectVersion".to_owned()));
        actions
    }

    fn any(&self, has: impl Fn(&FunctionSpec) -> bool) -> bool {
        self.desired.functions.iter().any(has)
    }

    /// Each ARN once, in order.
    fn collect(&self, arn: impl Fn(&FunctionSpec) -> Option<String>) -> Vec<String> {
        let found: BTreeSet<String> =
            self.desired.functions.iter().filter_map(arn).filter(|arn| !arn.is_empty()).collect();
        found.into_iter().collect()
    }
}

const PROVIDER: &str = "/LambdaManagedInstancesCapacityProviderConfig/CapacityProviderArn";

/// Whether a policy allows an action on a resource, as far as its statements' ARNs say it; conditions are taken as met.
#[cfg(test)]
fn allows(policy: &Value, action: &str, resource: &str) -> bool {
    let strings = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    policy["Statement"].as_array().into_iter().flatten().any(|statement| {
        strings(&statement["Action"]).iter().any(|allowed| allowed == action)
            && strings(&statement["Resource"]).iter().any(|pattern| match pattern.split_once('*') {
                Some((before, after)) => resource.starts_with(before) && resource.ends_with(after),
                None => pattern == resource,
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desired(functions: Value) -> Desired {
        let functions: Vec<lambdactl_schema::CreateFunctionRequest> = serde_json::from_value(functions).unwrap();
        let spec = |request| FunctionSpec::of(request);
        Desired {
            name: Some("payments".into()),
            account: Some("123456789012".into()),
            functions: functions.into_iter().map(spec).collect(),
            ..Desired::default()
        }
    }

    const FUNCTION: &str = "arn:aws:lambda:us-west-2:123456789012:function:";

    #[test]
    fn arns_are_of_the_regions_partition() {
        let desired = desired(json!([{
            "FunctionName": "a", "Role": "arn:aws-iso:iam::123456789012:role/r",
            "Code": { "S3Bucket": "b", "S3Key": "k" },
        }]));
        let duties = Duties { purpose: Purpose::Apply, update: true, replace: true, prune: true, verify: true };
        for region in [Some("us-iso-east-1"), None] {
            let text = policy(&desired, region, duties).to_string();
            assert!(text.contains("arn:aws-iso:lambda:") && text.contains("arn:aws-iso:s3:::b/k"), "{text}");
            assert!(!text.contains("arn:aws:"), "{region:?}: {text}");
        }
    }

    #[test]
    fn plan_reads_and_passes_no_role() {
        let desired = desired(json!([{ "FunctionName": "a", "Role": "r", "Code": { "S3Bucket": "b", "S3Key": "k" } }]));
        let policy = policy(&desired, Some("us-west-2"), Duties::default());
        assert!(allows(&policy, "lambda:GetFunction", &format!("{FUNCTION}a")));
        assert!(!allows(&policy, "lambda:GetFunction", &format!("{FUNCTION}b")));
        let text = policy.to_string();
        for forbidden in ["Create", "Update", "Delete", "Put", "iam:", "\"*\""] {
            assert!(!text.contains(forbidden), "{forbidden}: {text}");
        }
    }

    #[test]
    fn layers_are_read_published_and_pruned_by_their_names() {
        let layer = |name: &str, keep| {
            let request = json!({ "LayerName": name, "Content": { "S3Bucket": "b", "S3Key": format!("{name}.zip") } });
            let request = serde_json::from_value(request).expect("a request");
            lambdactl_schema::LayerSpec { keep, ..lambdactl_schema::LayerSpec::of(request) }
        };
        let other = "arn:aws:lambda:us-west-2:999999999999:layer:other:3";
        let desired = Desired {
            layers: vec![layer("common", Some(3)), layer("tools", None)],
            ..desired(json!([{ "FunctionName": "a", "Role": "r", "Code": {}, "Layers": ["${layer:common}", other] }]))
        };
        let arn = "arn:aws:lambda:us-west-2:123456789012:layer:";
        let (common, tools) = (format!("{arn}common"), format!("{arn}tools"));
        let reading = policy(&desired, Some("us-west-2"), Duties::default());
        for (action, resource) in [("ListLayerVersions", common.clone()), ("GetLayerVersion", format!("{tools}:7"))] {
            assert!(allows(&reading, &format!("lambda:{action}"), &resource), "{action}");
        }
        assert!(allows(&reading, "s3:GetObject", "arn:aws:s3:::b/common.zip"));
        assert!(!reading.to_string().contains("Publish") && !reading.to_string().contains("${layer"));
        let applying =
            policy(&desired, Some("us-west-2"), Duties { purpose: Purpose::Apply, prune: true, ..Duties::default() });
        assert!(allows(&applying, "lambda:PublishLayerVersion", &tools));
        assert!(allows(&applying, "lambda:GetLayerVersion", other));
        assert!(allows(&applying, "lambda:DeleteLayerVersion", &format!("{common}:1")));
        assert!(!allows(&applying, "lambda:DeleteLayerVersion", &format!("{tools}:1")), "nothing of it is deleted");
        assert!(!applying.to_string().contains("${layer"));
    }

    #[test]
    fn every_partition_has_its_arns() {
        for partition in partitions::PARTITIONS {
            let region = format!("{}-east-1", partition.regions[0]);
            let desired = desired(json!([
                { "FunctionName": "a", "Role": "r", "Code": { "S3Bucket": "b", "S3Key": "k" } },
                { "FunctionName": "i", "Role": "r", "Code": { "ImageUri": format!("123456789012.dkr.ecr.{region}.{}/app:1", partition.dns_suffix) } },
            ]));
            let all = Duties { purpose: Purpose::Apply, update: true, replace: true, prune: true, verify: true };
            let text = policy(&desired, Some(&region), all).to_string();
            let prefixes: std::collections::BTreeSet<&str> =
                text.split("\"arn:").skip(1).filter_map(|arn| arn.split(':').next()).collect();
            assert_eq!(prefixes, [partition.name].into(), "{text}");
            assert!(
                text.contains(&format!("arn:{}:ecr:{region}:123456789012:repository/app", partition.name)),
                "{text}"
            );
        }
        let roles = desired(json!([
            { "FunctionName": "a", "Role": "arn:aws-iso:iam::123456789012:role/r", "Code": { "S3Bucket": "b", "S3Key": "k" } }
        ]));
        let policy = policy(&roles, None, Duties::default());
        assert!(allows(&policy, "lambda:GetFunction", "arn:aws-iso:lambda:us-iso-east-1:123456789012:function:a"));
    }

    #[test]
    fn apply_passes_only_declared_roles_and_deletes_only_its_own() {
        let desired = desired(json!([{
            "FunctionName": "a", "Role": "arn:aws:iam::123456789012:role/r", "Layers": ["l"],
            "Code": { "ImageUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1" },
        }]));
        let create = policy(&desired, Some("us-west-2"), Duties { purpose: Purpose::Apply, ..Duties::default() });
        assert!(allows(&create, "iam:PassRole", "arn:aws:iam::123456789012:role/r"));
        assert!(allows(&create, "ecr:SetRepositoryPolicy", "arn:aws:ecr:eu-west-1:123456789012:repository/team/app"));
        assert!(!create.to_string().contains("Delete"));
        let prune =
            policy(&desired, Some("us-west-2"), Duties { purpose: Purpose::Apply, prune: true, ..Duties::default() });
        let statement = prune["Statement"].as_array().unwrap().last().unwrap();
        assert_eq!(statement["Condition"]["StringEquals"]["aws:ResourceTag/lambdactl:manifest"], "payments");
        assert!(allows(&prune, "lambda:DeleteFunction", &format!("{FUNCTION}old")));
    }
}
