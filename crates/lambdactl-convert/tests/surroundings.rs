//! What the file says around a function: the partition of its region, the VPC of its provider.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_convert::{Converted, Surroundings};
use lambdactl_schema::partitions::PARTITIONS;
use serde_json::{Map, Value};

fn convert(text: &str) -> Option<Converted> {
    lambdactl_convert::convert(text.as_bytes(), &Surroundings::NONE).ok()
}

fn function(provider: &str, own: &str) -> Map<String, Value> {
    let text = format!(
        "service: s\nprovider: {{name: aws, runtime: nodejs22.x, {provider}}}\nfunctions:\n  f:\n    handler: h.x\n    {own}\n"
    );
    convert(&text).unwrap().functions.remove(0)
}

#[test]
fn partition_is_that_of_the_region() {
    for partition in PARTITIONS {
        let provider = format!("region: {}-east-1", partition.regions[0]);
        let members = function(&provider, "role: 'arn:${aws:partition}:iam::123456789012:role/r'");
        assert_eq!(members["Role"], format!("arn:{}:iam::123456789012:role/r", partition.name));
    }
}

#[test]
fn function_may_opt_out_of_the_vpc() {
    let provider = "vpc: {securityGroupIds: [sg-1], subnetIds: [subnet-1]}";
    for own in ["vpc: ~", "vpc: null", "vpc:", "vpc: false"] {
        assert_eq!(function(provider, own).get("VpcConfig"), None, "{own}");
    }
    assert_eq!(function(provider, "timeout: 3")["VpcConfig"]["SubnetIds"][0], "subnet-1");
}

#[test]
fn variable_without_a_value_is_said() {
    let text = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Role: arn:aws:iam::123456789012:role/r\n      \
                Code: {S3Bucket: b, S3Key: k}\n      Environment:\n        Variables:\n          KEY:\n          OTHER: x\n";
    let converted = convert(text).unwrap();
    let said = |note: &&lambdactl_convert::Note| note.path == "Environment.Variables.KEY";
    assert_eq!(converted.notes.iter().filter(said).count(), 1, "{:?}", converted.notes);
    assert_eq!(converted.functions[0]["Environment"]["Variables"], serde_json::json!({ "OTHER": "x" }));
}
