//! What the file says around a function: the partition of its region, the VPC of its provider.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_convert::{Converted, Stack, Surroundings};
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

#[test]
fn what_a_stack_has_made_has_the_names_that_it_has_there() {
    let made = [
        ("F", "shop-F-1A2B", "AWS::Lambda::Function"),
        ("G", "dev-g", "AWS::Lambda::Function"),
        ("H", "old-h", "AWS::Lambda::Function"),
        ("FRole", "shop-FRole-3C4D", "AWS::IAM::Role"),
        ("Queue", "https://sqs.us-east-1.amazonaws.com/123456789012/shop-Queue-5E6F", "AWS::SQS::Queue"),
        ("Child", "arn:aws:cloudformation:us-east-1:123456789012:stack/child/1", "AWS::CloudFormation::Stack"),
        ("Other", "of-another-type", "AWS::S3::Bucket"),
    ];
    let one = |(id, physical, kind): &(&str, &str, &str)| ((*id).into(), ((*physical).into(), (*kind).into()));
    let stack = Stack { name: "shop".into(), resources: made.iter().map(one).collect() };
    let text = r#"
Transform: AWS::Serverless-2016-10-31
Parameters: {Stage: {Type: String, Default: dev}}
Globals: {Function: {Runtime: python3.13, Handler: a.h, CodeUri: s3://my-bucket/k.zip}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Environment:
        Variables:
          QUEUE: !Ref Queue
          QUEUE_ARN: !GetAtt Queue.Arn
          SELF: !GetAtt G.Arn
          CHILD: !GetAtt Child.Outputs.Url
          OTHER: !Ref Other
          STACK: !Ref AWS::StackName
  G: {Type: AWS::Serverless::Function, Properties: {FunctionName: !Sub '${Stage}-g', Role: 'arn:aws:iam::123456789012:role/r'}}
  H: {Type: AWS::Serverless::Function, Properties: {FunctionName: !Sub '${Stage}-h', Role: 'arn:aws:iam::123456789012:role/r'}}
  I: {Type: AWS::Serverless::Function}
  Queue: {Type: AWS::SQS::Queue}
  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}
  Other: {Type: AWS::SNS::Topic}
"#;
    let surroundings = Surroundings { region: Some("us-east-1"), stack: Some(&stack), ..Surroundings::NONE };
    let converted = lambdactl_convert::convert(text.as_bytes(), &surroundings).unwrap();
    let names: Vec<_> = converted.functions.iter().map(|function| function["FunctionName"].as_str().unwrap()).collect();
    assert_eq!(names, ["shop-F-1A2B", "${env:Stage:-dev}-g", "old-h", "I"]);
    let function = &converted.functions[0];
    assert_eq!(function["Role"], "arn:aws:iam::${env:AWS_ACCOUNT_ID}:role/shop-FRole-3C4D");
    let variables = &function["Environment"]["Variables"];
    for (name, wanted) in [
        ("QUEUE", "https://sqs.us-east-1.amazonaws.com/123456789012/shop-Queue-5E6F"),
        ("QUEUE_ARN", "arn:aws:sqs:us-east-1:${env:AWS_ACCOUNT_ID}:shop-Queue-5E6F"),
        ("SELF", "arn:aws:lambda:us-east-1:${env:AWS_ACCOUNT_ID}:function:dev-g"),
        ("CHILD", "${stack:arn:aws:cloudformation:us-east-1:123456789012:stack/child/1#Url}"),
        ("OTHER", "${var:Other}"),
        ("STACK", "shop"),
    ] {
        assert_eq!(variables[name], wanted, "{name}");
    }
    let says = |text: &str| converted.notes.iter().filter(|note| note.message.contains(text)).count();
    assert_eq!((says("the stack calls old-h"), says("has no such function")), (1, 1), "{:?}", converted.notes);
}
