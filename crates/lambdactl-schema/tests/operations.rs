//! What the rows of operations say, taken from AWS's documentation: one of each kind of row.
#![allow(clippy::unwrap_used, missing_docs)]

use lambdactl_schema::operations::{Lost, Method, Paging, Protocol, Quota, Resource, Service};
use lambdactl_schema::{Call, Operation, Subject};
use serde_json::json;

#[test]
fn rows_say_what_the_documentation_says() {
    use Operation::{
        BatchGetImage, CreateFunction, DeleteFunctionCodeSigningConfig, DeleteFunctionEventInvokeConfig, DeleteObject,
        GetCallerIdentity, GetFunction, GetPolicy, GetResources, HeadObject, Invoke, ListFunctions,
        PutProvisionedConcurrencyConfig, UpdateFunctionCode,
    };
    let (get, policy, control) = (Some(Quota::GetFunction), Some(Quota::GetPolicy), Some(Quota::Control));
    for (operation, service, method, status, quota, lost, is_guarded, resource) in [
        (CreateFunction, Service::Lambda, Method::Post, 201, control, Lost::Unknown, false, Resource::Function),
        (GetFunction, Service::Lambda, Method::Get, 200, get, Lost::Harmless, false, Resource::Function),
        (ListFunctions, Service::Lambda, Method::Get, 200, control, Lost::Harmless, false, Resource::Any),
        (UpdateFunctionCode, Service::Lambda, Method::Put, 200, control, Lost::Unknown, true, Resource::Function),
        (
            DeleteFunctionCodeSigningConfig,
            Service::Lambda,
            Method::Delete,
            204,
            control,
            Lost::Harmless,
            false,
            Resource::Function,
        ),
        (GetPolicy, Service::Lambda, Method::Get, 200, policy, Lost::Harmless, false, Resource::Function),
        (
            PutProvisionedConcurrencyConfig,
            Service::Lambda,
            Method::Put,
            202,
            control,
            Lost::Harmless,
            false,
            Resource::Function,
        ),
        (
            DeleteFunctionEventInvokeConfig,
            Service::Lambda,
            Method::Delete,
            204,
            control,
            Lost::Unknown,
            false,
            Resource::Function,
        ),
        (Invoke, Service::Lambda, Method::Post, 200, None, Lost::Unknown, false, Resource::Function),
        (GetResources, Service::Tagging, Method::Post, 200, Some(Quota::Tagging), Lost::Harmless, false, Resource::Any),
        (GetCallerIdentity, Service::Sts, Method::Post, 200, None, Lost::Harmless, false, Resource::Nothing),
        (BatchGetImage, Service::Ecr, Method::Post, 200, None, Lost::Harmless, false, Resource::Repository),
        (HeadObject, Service::S3, Method::Head, 200, None, Lost::Harmless, false, Resource::Object),
        (DeleteObject, Service::S3, Method::Delete, 204, None, Lost::Harmless, false, Resource::Object),
    ] {
        let row = operation.row();
        assert_eq!((row.service, row.method, row.status), (service, method, status), "{operation}");
        assert_eq!((row.quota, row.lost, row.is_guarded), (quota, lost, is_guarded), "{operation}");
        assert_eq!(row.resource, resource, "{operation}");
        assert_eq!(operation.is_repeatable(), lost == Lost::Harmless, "{operation}");
    }
}

#[test]
fn services_have_names_protocols_and_targets() {
    let image = Some("AmazonEC2ContainerRegistry_V20150921.BatchGetImage");
    let resources = Some("ResourceGroupsTaggingAPI_20170126.GetResources");
    for (operation, name, title, protocol, version, target) in [
        (Operation::GetFunction, "lambda", "AWS Lambda", Protocol::RestJson, None, None),
        (Operation::HeadObject, "s3", "Amazon S3", Protocol::RestXml, None, None),
        (Operation::BatchGetImage, "ecr", "Amazon ECR", Protocol::Json("1.1"), None, image),
        (Operation::GetResources, "tagging", "Resource Groups Tagging API", Protocol::Json("1.1"), None, resources),
        (Operation::GetCallerIdentity, "sts", "AWS STS", Protocol::Query, Some("2011-06-15"), None),
        (Operation::GetRole, "iam", "AWS IAM", Protocol::Query, Some("2010-05-08"), None),
        (Operation::DescribeSubnets, "ec2", "Amazon EC2", Protocol::Ec2Query, Some("2016-11-15"), None),
        (Operation::DescribeKey, "kms", "AWS KMS", Protocol::Json("1.1"), None, Some("TrentService.DescribeKey")),
        (
            Operation::GetQueueAttributes,
            "sqs",
            "Amazon SQS",
            Protocol::Json("1.0"),
            None,
            Some("AmazonSQS.GetQueueAttributes"),
        ),
    ] {
        let service = operation.row().service;
        assert_eq!((service.name(), service.title(), service.version()), (name, title, version));
        assert_eq!((service.protocol(), operation.target().as_deref()), (protocol, target));
    }
    let words = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Delete].map(Method::as_str);
    assert_eq!(words, ["GET", "HEAD", "POST", "PUT", "DELETE"]);
    let rates = [Quota::GetFunction, Quota::GetPolicy, Quota::Control, Quota::Tagging].map(Quota::rate);
    assert_eq!(rates, [100.0, 15.0, 15.0, 15.0]);
}

#[test]
fn members_of_the_query_are_those_of_the_row_and_of_its_pages() {
    let is_in_query = |operation: Operation, member: &str| operation.row().is_in_query(member);
    assert!(is_in_query(Operation::GetFunction, "Qualifier") && !is_in_query(Operation::GetFunction, "Marker"));
    assert!(is_in_query(Operation::UntagResource, "tagKeys") && !is_in_query(Operation::UntagResource, "Tags"));
    for member in ["FunctionVersion", "Marker", "MaxItems"] {
        assert!(is_in_query(Operation::ListFunctions, member), "{member}");
    }
    assert!(!is_in_query(Operation::ListFunctions, "NextMarker"));
    // Pages of a JSON protocol are asked for in the body.
    assert!(!is_in_query(Operation::GetResources, "PaginationToken"));
    let pages = Paging { items: "Functions", input: "Marker", output: "NextMarker" };
    assert_eq!(Operation::ListFunctions.row().paging, Some(pages));
    let pages = Paging { items: "ResourceTagMappingList", input: "PaginationToken", output: "PaginationToken" };
    assert_eq!(Operation::GetResources.row().paging, Some(pages));
    assert_eq!(Operation::GetFunction.row().paging, None);
    assert_eq!(Operation::CreateMultipartUpload.row().path_and_query(), ("/{Bucket}/{Key+}", "uploads"));
    let (_, fixed) = Operation::ListProvisionedConcurrencyConfigs.row().path_and_query();
    assert_eq!(fixed, "List=ALL");
    assert_eq!(Operation::GetFunction.row().path_and_query(), ("/2015-03-31/functions/{FunctionName}", ""));
}

#[test]
fn operations_are_written_by_their_names() {
    assert_eq!(format!("{:>12}", Operation::ListTags), "    ListTags");
    assert_eq!(json!([Operation::ListTags]), json!(["ListTags"]));
    assert_eq!(Operation::named("ListTags"), Some(Operation::ListTags));
    assert_eq!(Operation::named("Nothing"), None);
}

#[test]
fn calls_are_made_of_operation_subject_and_members() {
    let of = |function: Option<&str>, qualifier: Option<&str>, id: Option<&str>| Subject {
        function: function.map(str::to_owned),
        qualifier: qualifier.map(str::to_owned),
        layer: None,
        id: id.map(str::to_owned),
    };
    let layer = |id: Option<&str>| Subject { layer: Some("l".to_owned()), ..of(None, None, id) };
    assert_eq!(Subject::layer("l"), layer(None));
    assert_eq!(Subject::layer_version("l", 3), layer(Some("3")));
    assert_eq!(Subject::function("f"), of(Some("f"), None, None));
    assert_eq!(Subject::qualified("f", "1"), of(Some("f"), Some("1"), None));
    assert_eq!(Subject::id("arn"), of(None, None, Some("arn")));
    let call = Call::new(Operation::PublishVersion, Subject::function("f")).with("Description", "d");
    let more = json!({ "CodeSha256": "x" }).as_object().cloned().unwrap();
    let call = call.with_all(more);
    assert_eq!(
        (call.operation, json!(call.members)),
        (Operation::PublishVersion, json!({ "Description": "d", "CodeSha256": "x" }))
    );
}
