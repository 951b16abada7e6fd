//! What `plan --verify` finds in an account before anything is changed, each with a code that stays the same for ever.
//!
//! Like [`crate::rules`], and apart from them: nothing of it can be known without asking a service.

use crate::rules::{PLAIN, Rule, rules};

const ROLES: &str = "AWS documentation, Defining Lambda function permissions with an execution role";
const LAYERS: &str = "AWS documentation, Managing Lambda dependencies with layers";
const NETWORKS: &str = "AWS documentation, Giving Lambda functions access to resources in an Amazon VPC";
const KEYS: &str = "AWS documentation, Data encryption at rest for AWS Lambda";
const IMAGES: &str = "AWS documentation, Create a Lambda function using a container image";
const QUEUES: &str = "AWS documentation, Creating and configuring an Amazon SQS event source mapping";

rules! {
    /// The service creates no function whose role does not exist, and changes none. A role of the same name with another path is
    /// another role.
    ROLE_MISSING = {
        code: "V001", title: "the role does not exist", source: ROLES, members: &["Role"],
        help: Some("create the role first, or correct its ARN"),
    };
    /// The role's trust policy must allow `sts:AssumeRole` to the service `lambda.amazonaws.com`, and nothing in it may deny that.
    /// Conditions on `aws:SourceAccount` and `aws:SourceArn` are read; what others mean is not known, and a note says so.
    ROLE_TRUST = {
        code: "V002", title: "the role does not let Lambda assume it", source: ROLES, members: &["Role"],
        help: Some("let `lambda.amazonaws.com` do `sts:AssumeRole` in the role's trust policy"),
    };
    /// The service creates no function with a layer that it does not find.
    LAYER_MISSING = {
        code: "V003", title: "the layer's version does not exist", source: LAYERS, members: &["Layers"],
        help: Some("name a version that exists: `aws lambda list-layer-versions` lists them"),
    };
    /// A layer can say which instruction sets it is made for. The service takes a function of another one, whose native libraries
    /// then fail when they are loaded. A runtime that the layer does not name is a note.
    LAYER_ARCHITECTURE = {
        code: "V004", title: "the layer is made for another instruction set", source: LAYERS,
        members: &["Layers", "Architectures"],
        help: Some("name the layer that is made for the function's `Architectures`"),
    };
    /// The service attaches no function to a subnet that is not there.
    SUBNET_MISSING = {
        code: "V005", title: "the subnet does not exist", source: NETWORKS, members: &["VpcConfig"],
        help: Some("name a subnet of this account and region, or one that is shared with it"),
    };
    /// All subnets and security groups of a function belong to one network.
    NETWORKS_DIFFER = {
        code: "V006", title: "subnets and security groups are of different networks", source: NETWORKS,
        members: &["VpcConfig"],
        help: Some("name subnets and security groups of one VPC"),
    };
    /// The service attaches no function to a security group that is not there.
    GROUP_MISSING = {
        code: "V007", title: "the security group does not exist", source: NETWORKS, members: &["VpcConfig"],
        help: Some("name a security group of this account and region"),
    };
    /// Without its key the service can neither store what it encrypts nor read it again.
    KEY_MISSING = {
        code: "V008", title: "the KMS key does not exist", source: KEYS,
        members: &["KMSKeyArn", "Code", "DurableConfig"],
        help: Some("name a key of the function's region"),
    };
    /// The key must be enabled, symmetric, and made for encrypting and decrypting.
    KEY_UNUSABLE = {
        code: "V009", title: "the KMS key cannot be used", source: KEYS,
        members: &["KMSKeyArn", "Code", "DurableConfig"],
        help: Some("enable the key, or name a symmetric one for encrypting and decrypting"),
    };
    /// The registry has no image of this tag or digest, or no such repository.
    IMAGE_MISSING = {
        code: "V010", title: "the image does not exist", source: IMAGES, members: &["Code"],
        help: Some("push the image first, or correct the URI"),
    };
    /// What an image is made for is in its list of manifests, where it has one. The service takes none for several instruction
    /// sets, says its documentation; of those that are there one must be the function's.
    IMAGE_ARCHITECTURE = {
        code: "V011", title: "the image is made for another instruction set", source: IMAGES,
        members: &["Code", "Architectures"],
        help: Some("build the image for the function's `Architectures`"),
    };
    /// The service copies the code from the object when the function is created or updated.
    CODE_MISSING = {
        code: "V012", title: "the object with the code does not exist", source: "the service's model of CreateFunction",
        members: &["Code"],
        help: Some("put the object there first, or correct `S3Bucket`, `S3Key` and `S3ObjectVersion`"),
    };
    /// The service makes no event source mapping of a queue that it does not find.
    QUEUE_MISSING = {
        code: "V013", title: "the queue does not exist", source: QUEUES, members: &["EventSourceMappings"],
        help: Some("create the queue first, or correct its ARN"),
    };
    /// A message that is still worked on would be seen again by another invocation, so the service makes no mapping of a queue whose
    /// visibility timeout is shorter than the function's `Timeout`. AWS recommends six times as much; less is a note.
    QUEUE_VISIBILITY = {
        code: "V014", title: "the queue shows messages again before the function may have ended", source: QUEUES,
        members: &["EventSourceMappings", "Timeout"],
        help: Some("raise the queue's `VisibilityTimeout`, or lower the function's `Timeout`"),
    };
    /// What is reserved for functions is taken from what all others of the account share in the region, and of that the service
    /// leaves 100, or the account's whole limit where that is lower.
    CONCURRENCY = {
        code: "V015", title: "too little concurrency is left unreserved",
        source: "AWS documentation, Configuring reserved concurrency for a function",
        members: &["ReservedConcurrentExecutions"],
        help: Some("reserve less, or ask AWS for a higher limit of concurrent executions"),
    };
}

/// Returns the finding with a code, in either case.
pub fn by_code(code: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_members_exist() {
        let schema = crate::json_schema::entry_schema();
        for (index, rule) in ALL.iter().enumerate() {
            assert_eq!(rule.code, format!("V{:03}", index + 1));
            assert_eq!(by_code(&rule.code.to_lowercase()), Some(*rule));
            for member in rule.members {
                assert!(!schema["properties"][member].is_null(), "{}: {member}", rule.code);
            }
        }
    }
}
