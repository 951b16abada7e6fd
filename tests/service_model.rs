//! The request types against botocore's model of the service: nothing here is a list typed by hand.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};

use lambdactl_schema::operations::{Protocol, Service};
use lambdactl_schema::{Member, Operation, function_schema, members};
use lambdactl_tests::http::{Recorder, answer, not_found};
use lambdactl_tests::lambdactl;
use lambdactl_tests::python::{Python, small_zip, write_manifest};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-role";
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/k";

/// Functions that have every member between them; the test fails when the model has one that is missing here.
fn functions() -> Value {
    json!([
        {
            "FunctionName": "everything", "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
            "Code": { "ZipFile": small_zip().0, "SourceKMSKeyArn": KEY }, "Description": "all of it",
            "Timeout": 30, "MemorySize": 256, "Publish": true, "PublishTo": "LATEST_PUBLISHED", "PackageType": "Zip",
            "VpcConfig": { "SubnetIds": ["subnet-a"], "SecurityGroupIds": ["sg-1"], "Ipv6AllowedForDualStack": true },
            "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:us-east-1:123456789012:failed" },
            "Environment": { "Variables": { "STAGE": "test" } }, "KMSKeyArn": KEY, "TracingConfig": { "Mode": "Active" },
            "Tags": { "team": "payments" }, "Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:tools:1"],
            "FileSystemConfigs": [{
                "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
                "LocalMountPath": "/mnt/data", "S3FilesConfig": { "DirectS3Read": "AUTO" }
            }],
            "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0",
            "Architectures": ["arm64"], "EphemeralStorage": { "Size": 1024 }, "SnapStart": { "ApplyOn": "None" },
            "LoggingConfig": {
                "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN", "LogGroup": "mine"
            },
            "DurableConfig": { "ExecutionTimeout": 60, "RetentionPeriodInDays": 7, "KMSKeyArn": KEY },
            "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" },
            "CapacityProviderConfig": { "LambdaManagedInstancesCapacityProviderConfig": {
                "CapacityProviderArn": "arn:aws:lambda:us-east-1:123456789012:capacity-provider:pool",
                "PerExecutionEnvironmentMaxConcurrency": 8, "ExecutionEnvironmentMemoryGiBPerVCpu": 4.0
            } }
        },
        {
            "FunctionName": "from-s3", "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
            "Code": {
                "S3Bucket": "my-bucket", "S3Key": "app.zip", "S3ObjectVersion": "1", "S3ObjectStorageMode": "COPY"
            }
        },
        {
            "FunctionName": "image", "PackageType": "Image", "Role": ROLE,
            "Code": { "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1" },
            "ImageConfig": { "EntryPoint": ["/run"], "Command": ["a"], "WorkingDirectory": "/srv" }
        }
    ])
}

/// Collects the paths of a model's members.
fn model_paths(node: &Value, path: &str, found: &mut BTreeSet<String>) {
    match node["type"].as_str() {
        Some("structure") => {
            for (name, member) in node["members"].as_object().unwrap() {
                let path = format!("{path}/{name}");
                found.insert(path.clone());
                model_paths(member, &path, found);
            }
        }
        Some("list") => model_paths(&node["item"], path, found),
        _ => {}
    }
}

/// Collects the paths of a body's members; a map's keys are data.
fn body_paths(body: &Value, model: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (model["type"].as_str(), body) {
        (Some("structure"), Value::Object(members)) => {
            for (name, member) in members {
                let path = format!("{path}/{name}");
                found.insert(path.clone());
                body_paths(member, &model["members"][name], &path, found);
            }
        }
        (Some("list"), Value::Array(items)) => {
            items.iter().for_each(|item| body_paths(item, &model["item"], path, found));
        }
        _ => {}
    }
}

#[test]
fn every_member_is_sent_under_its_name_with_its_type() {
    let Some(python) = Python::provision() else { return };
    let service = Recorder::start(|request| {
        if request.starts_with("POST") { answer("201 Created", "", r#"{"State":"Active"}"#) } else { not_found() }
    });
    let folder = tempfile::tempdir().unwrap();
    let functions = functions();
    write_manifest(folder.path(), &json!({ "functions": functions }));
    lambdactl(folder.path()).args(["apply", "--yes"]).against(&service.endpoint).run().exits(0);
    let bodies: Vec<Value> = service
        .requests()
        .iter()
        .filter(|request| request.starts_with("POST /2015-03-31/functions "))
        .map(|request| serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap())
        .collect();

    // What the manifest says is what is sent, to the letter.
    assert_eq!(bodies.len(), 3);
    for function in functions.as_array().unwrap() {
        assert!(bodies.contains(function), "{function} is not in {bodies:#?}");
    }
    // botocore takes each body, and between them they have every member that it knows.
    for verdict in python.run("model.py", &["judge"], &json!(bodies)).as_array().unwrap() {
        assert_eq!(*verdict, json!({ "errors": "", "unknown": [] }));
    }
    let model = python.run("model.py", &["members"], &Value::Null);
    let (mut known, mut sent) = (BTreeSet::new(), BTreeSet::new());
    model_paths(&model, "", &mut known);
    bodies.iter().for_each(|body| body_paths(body, &model, "", &mut sent));
    assert_eq!(model["members"].as_object().unwrap().len(), 28);
    assert_eq!(sent, known);
}

fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Compares types, required members, enumerations and limits of the model with the schema.
fn compare(model: &Value, schema: &Value, root: &Value, path: &str, differences: &mut Vec<String>) {
    let schema = resolved(root, schema);
    let wanted = match model["type"].as_str().unwrap() {
        "structure" | "map" => "object",
        "list" => "array",
        "blob" | "string" => "string",
        "double" => "number",
        other => other,
    };
    let mut check = |what: &str, model: &Value, schema: &Value| {
        if model != schema {
            differences.push(format!("{path} {what}: {model} in the model, {schema} in the schema"));
        }
    };
    check("type", &json!(wanted), &schema["type"]);
    let (low, high) = match wanted {
        "string" => ("minLength", "maxLength"),
        "array" => ("minItems", "maxItems"),
        _ => ("minimum", "maximum"),
    };
    // A lower limit of nothing is no limit.
    if model["min"].as_f64().is_some_and(|min| min > 0.0) {
        check("min", &model["min"], &schema[low]);
    }
    if !model["max"].is_null() {
        check("max", &model["max"], &schema[high]);
    }
    if let Some(values) = model["enum"].as_array() {
        let known = schema["enum"].as_array().cloned().unwrap_or_default();
        for value in values.iter().filter(|value| !known.contains(value)) {
            check("enum", value, &Value::Null);
        }
    }
    if let Some(members) = model["members"].as_object() {
        let mut required: Vec<_> = schema["required"].as_array().cloned().unwrap_or_default();
        required.sort_by_key(Value::to_string);
        check("required", &model["required"], &json!(required));
        for (name, member) in members {
            compare(member, &schema["properties"][name], root, &format!("{path}/{name}"), differences);
        }
    }
    if !model["item"].is_null() {
        compare(&model["item"], &schema["items"], root, &format!("{path}[]"), differences);
    }
}

#[test]
fn types_limits_and_enumerations_are_the_models() {
    let Some(python) = Python::provision() else { return };
    let model = python.run("model.py", &["members"], &Value::Null);
    let schema = function_schema();
    let mut differences = Vec::new();
    compare(&model, &schema, &schema, "", &mut differences);
    // Where the schema says more than the model, or something newer, and why.
    let deliberate = [
        // A bare name may have 64 characters; 140 is for ARNs, which a manifest does not take.
        "/FunctionName max: 140 in the model, 64 in the schema",
    ];
    differences.retain(|difference| !deliberate.contains(&difference.as_str()));
    assert_eq!(differences, [] as [&str; 0]);
}

/// What stands beside a function against the newest model of the calls that set it.
#[test]
fn what_stands_beside_a_function_is_in_the_words_of_its_calls() {
    let Some(python) = Python::model() else { return };
    // Members that say what a call is about; a manifest has them as keys, or not at all.
    const SUBJECT: [&str; 6] = ["FunctionName", "Name", "StatementId", "Qualifier", "RevisionId", "FunctionUrlConfig"];
    let places = [
        ("CreateAlias", "Aliases.*."),
        ("AddPermission", "Permissions.*."),
        ("CreateFunctionUrlConfig", "FunctionUrlConfig."),
        ("PutFunctionEventInvokeConfig", "EventInvokeConfig."),
        ("PutRuntimeManagementConfig", "RuntimeManagementConfig."),
        ("PutFunctionConcurrency", ""),
        ("PutFunctionRecursionConfig", ""),
        ("PutProvisionedConcurrencyConfig", "Aliases.*."),
        ("PublishLayerVersion", "layers."),
    ];
    let names = places.map(|(name, _)| name);
    let arguments: Vec<&str> = ["members"].into_iter().chain(names).collect();
    let model = python.run("model.py", &arguments, &Value::Null);
    let ours: BTreeMap<String, Member> = members().into_iter().map(|member| (member.name(), member)).collect();
    let mut differences = Vec::new();
    let mut compared = 0;
    for (operation, prefix) in places {
        let mut open: Vec<(String, Value, bool)> = Vec::new();
        let add = |open: &mut Vec<(String, Value, bool)>, prefix: &str, shape: &Value| {
            for (name, member) in shape["members"].as_object().into_iter().flatten() {
                let is_required = shape["required"].as_array().unwrap().contains(&json!(name));
                open.push((format!("{prefix}{name}"), member.clone(), is_required));
            }
        };
        add(&mut open, prefix, &model[operation]);
        open.retain(|(name, ..)| !SUBJECT.contains(&name.rsplit('.').next().unwrap()));
        assert!(!open.is_empty(), "{operation}");
        while let Some((name, shape, is_required)) = open.pop() {
            compared += 1;
            let Some(own) = ours.get(&name) else {
                differences.push(format!("{name} of {operation} is missing"));
                continue;
            };
            if own.required != is_required {
                differences.push(format!("{name} required: {is_required} in the model"));
            }
            let mut flat = shape.clone();
            flat.as_object_mut().unwrap().remove("members");
            flat["item"].take();
            compare(&flat, &own.schema, &own.schema, &name, &mut differences);
            add(&mut open, &format!("{name}."), &shape);
        }
    }
    let deliberate = [
        // 2,048 is for ARNs, which a manifest does not take.
        "layers.LayerName max: 2048 in the model, 140 in the schema",
        // Almost all statements say the same action.
        "Permissions.*.Action required: true in the model",
        // They are the value of a key: whether it is there decides whether they are set.
        "ReservedConcurrentExecutions required: true in the model",
        "RecursiveLoop required: true in the model",
        "Aliases.*.ProvisionedConcurrentExecutions required: true in the model",
    ];
    differences.retain(|difference| !deliberate.contains(&difference.as_str()));
    assert_eq!(differences, [] as [&str; 0]);
    assert!(compared > 30, "{compared}");
}

/// The table of operations against the newest model: methods, paths, statuses, queries, revisions, targets and pages.
#[test]
fn operations_are_those_of_the_model() {
    let Some(python) = Python::model() else { return };
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for operation in Operation::ALL {
        let service = match operation.row().service {
            Service::Tagging => "resourcegroupstaggingapi",
            Service::CloudWatch => "cloudwatch",
            service => service.name(),
        };
        names.entry(service).or_default().push(operation.name());
    }
    assert!(names.len() == 13 && names["lambda"].len() >= 29, "{names:?}");
    let model = python.run("operations.py", &[], &json!(names));
    for operation in Operation::ALL {
        let (row, model) = (operation.row(), &model[operation.name()]);
        assert_eq!(json!(row.method.as_str()), model["method"], "{operation}");
        assert_eq!(json!(row.path), model["path"], "{operation}");
        assert_eq!(json!(row.status), model["status"], "{operation}");
        assert_eq!(json!(row.service.name()), model["signing"], "{operation}");
        assert_eq!(json!(operation.target()), json!(target(model, operation.name())), "{operation}");
        let protocol = match row.service.protocol() {
            Protocol::RestJson => "rest-json",
            Protocol::RestXml => "rest-xml",
            Protocol::Query => "query",
            Protocol::Ec2Query => "ec2",
            Protocol::Json(version) => {
                assert_eq!(json!(version), model["json"], "{operation}");
                "json"
            }
        };
        assert!(model["protocols"].as_array().unwrap().contains(&json!(protocol)), "{operation}: {model}");
        for (member, header) in row.headers {
            assert_eq!(model["headers"][member], *header, "{operation}");
        }
        let paging = row.paging.map(|paging| json!([paging.items, paging.input, paging.output]));
        if row.service != Service::S3 {
            let query = model["query"].as_array().unwrap();
            assert!(row.query.iter().all(|member| query.contains(&json!(member))), "{operation}: {model}");
            // A member of the model's query that stood in the body would be lost.
            let missing = query.iter().filter_map(Value::as_str).filter(|member| !row.is_in_query(member));
            let missing: Vec<&str> = missing.filter(|member| !NOT_SENT.contains(member)).collect();
            assert_eq!(missing, [] as [&str; 0], "{operation}");
            assert_eq!(json!(row.is_guarded), model["revision"], "{operation}");
            assert_eq!(json!(paging), model["paging"], "{operation}");
        }
    }
}

/// Members of queries that no call of lambdactl has.
const NOT_SENT: [&str; 1] = ["MasterRegion"];

fn target(model: &Value, name: &str) -> Option<String> {
    model["target"].as_str().map(|prefix| format!("{prefix}.{name}"))
}

#[test]
fn requests_are_signed_as_botocore_signs_them() {
    let Some(python) = Python::provision() else { return };
    let service = Recorder::start(|request| {
        if request.starts_with("POST / ") {
            answer("200 OK", "", "<Account>123456789012</Account>")
        } else if request.starts_with("POST") {
            answer("201 Created", "", r#"{"State":"Active"}"#)
        } else {
            not_found()
        }
    });
    let folder = tempfile::tempdir().unwrap();
    write_manifest(folder.path(), &json!({ "account": "123456789012", "functions": functions() }));
    let apply = lambdactl(folder.path()).args(["apply", "--yes"]).against(&service.endpoint);
    apply.env("AWS_SESSION_TOKEN", "a/session+token==").run().exits(0);
    let requests = service.requests();
    // GetCallerIdentity, three GetFunction, one GetFunctionCodeSigningConfig at most, three CreateFunction.
    assert!(requests.len() >= 7, "{requests:?}");
    assert!(requests.iter().all(|request| request.contains("x-amz-security-token: a/session+token==")));
    let sent: Vec<&str> =
        requests.iter().map(|request| request.split_once("Signature=").unwrap().1.lines().next().unwrap()).collect();
    let again = python.run("sign.py", &[&service.endpoint], &json!(requests));
    assert_eq!(json!(sent), again);
}

#[test]
fn requests_to_s3_and_ecr_are_signed_as_botocore_signs_them() {
    let Some(python) = Python::provision() else { return };
    let service = Recorder::start(|request| {
        let line = request.lines().next().unwrap_or_default();
        match line.split(' ').next() {
            Some("HEAD") => answer("404 Not Found", "", ""),
            Some("PUT") => answer("200 OK", "", ""),
            Some("POST") if request.contains("BatchGetImage") => {
                let digest = format!("sha256:{}", "0".repeat(64));
                answer("200 OK", "", &json!({ "images": [{ "imageId": { "imageDigest": digest } }] }).to_string())
            }
            Some("POST") => answer("201 Created", "", r#"{"State":"Active"}"#),
            _ => not_found(),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/app.py"), "x").unwrap();
    let role = "arn:aws:iam::123456789012:role/r";
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1";
    write_manifest(
        folder.path(),
        &json!({
            "artifacts": { "bucket": "my-bucket", "prefix": "a b/+~\u{fc}=&/", "kmsKey": "alias/archives" },
            "functions": [
                { "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": role, "Code": "./src" },
                { "FunctionName": "g", "PackageType": "Image", "Role": role, "Code": { "ImageUri": image } }
            ]
        }),
    );
    let apply = lambdactl(folder.path()).args(["apply", "--yes"]).against(&service.endpoint);
    apply.env("AWS_SESSION_TOKEN", "a/session+token==").run().exits(0);
    let requests = service.requests();
    let of =
        |service: &str| requests.iter().filter(|request| request.contains(&format!("/us-east-1/{service}/"))).count();
    assert_eq!((of("s3"), of("ecr")), (2, 1), "{requests:?}");
    let put = requests.iter().find(|request| request.starts_with("PUT")).unwrap();
    assert!(put.contains("x-amz-server-side-encryption-aws-kms-key-id: alias/archives"), "{put}");
    let sent: Vec<&str> =
        requests.iter().map(|request| request.split_once("Signature=").unwrap().1.lines().next().unwrap()).collect();
    let again = python.run("sign.py", &[&service.endpoint], &json!(requests));
    assert_eq!(json!(sent), again);
}
