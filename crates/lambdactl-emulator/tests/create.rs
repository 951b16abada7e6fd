//! What CreateFunction answers, and what the reads show afterwards.

mod common;

use common::{FUNCTIONS, ROLE, Service, image_function, members, with, zip, zip_function};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// The recorded answer to a create request with nothing but what is mandatory.
const ZIP_MEMBERS: [&str; 23] = [
    "Architectures",
    "CodeSha256",
    "CodeSize",
    "Description",
    "EphemeralStorage",
    "FunctionArn",
    "FunctionName",
    "Handler",
    "LastModified",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "RevisionId",
    "Role",
    "Runtime",
    "RuntimeVersionConfig",
    "SnapStart",
    "State",
    "StateReason",
    "StateReasonCode",
    "Timeout",
    "TracingConfig",
    "Version",
];

#[tokio::test]
async fn minimal_create_has_exactly_the_recorded_members() {
    let service = Service::in_memory().await;
    let answer = service.create(&zip_function("resize")).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["x-amzn-requestid"].len(), 36);

    let mut body = answer.json();
    assert_eq!(members(&body), ZIP_MEMBERS);
    for name in ["LastModified", "RevisionId", "RuntimeVersionConfig"] {
        body.as_object_mut().expect("an object").remove(name);
    }
    let expected = json!({
        "Architectures": ["x86_64"],
        "CodeSha256": "KEuyqvi2nfwx8hmTxXqz4pE9G8OkXvCzSJYWB8H00Dk=",
        "CodeSize": 69,
        "Description": "",
        "EphemeralStorage": {"Size": 512},
        "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:resize",
        "FunctionName": "resize",
        "Handler": "index.handler",
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/resize"},
        "MemorySize": 128,
        "PackageType": "Zip",
        "Role": ROLE,
        "Runtime": "python3.12",
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "Timeout": 3,
        "TracingConfig": {"Mode": "PassThrough"},
        "Version": "$LATEST",
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn image_create_has_no_handler_and_runtime() {
    let service = Service::in_memory().await;
    let body = service.created(&image_function("page")).await;
    let expected: Vec<&str> =
        ZIP_MEMBERS.into_iter().filter(|name| !["Handler", "Runtime", "RuntimeVersionConfig"].contains(name)).collect();
    assert_eq!(members(&body), expected);
    assert_eq!(body["PackageType"], "Image");
    assert_eq!(body["Architectures"], json!(["x86_64"]));

    let digest = body["CodeSha256"].as_str().expect("text");
    assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let code = service.get(&format!("{FUNCTIONS}/page")).await.json()["Code"].take();
    let repository = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";
    let expected = json!({
        "RepositoryType": "ECR",
        "ImageUri": format!("{repository}:latest"),
        "ResolvedImageUri": format!("{repository}@sha256:{digest}"),
    });
    assert_eq!(code, expected);
}

#[tokio::test]
async fn reads_after_create_show_a_settled_function() {
    let service = Service::in_memory().await;
    let created = service.created(&zip_function("resize")).await;
    let whole = service.get(&format!("{FUNCTIONS}/resize")).await.json();
    assert_eq!(members(&whole), ["Code", "Configuration"]);
    assert_eq!(members(&whole["Code"]), ["Location", "RepositoryType"]);

    let settled = json!({
        "State": "Active", "StateReason": null, "StateReasonCode": null,
        "LastUpdateStatus": "Successful", "RevisionId": whole["Configuration"]["RevisionId"],
    });
    assert_ne!(whole["Configuration"]["RevisionId"], created["RevisionId"]);
    assert_eq!(whole["Configuration"], with(created, settled));
    let alone = service.get(&format!("{FUNCTIONS}/resize/configuration")).await.json();
    assert_eq!(alone, whole["Configuration"]);
}

#[tokio::test]
async fn location_of_the_code_can_be_downloaded() {
    let service = Service::in_memory().await;
    service.created(&zip_function("resize")).await;
    let whole = service.get(&format!("{FUNCTIONS}/resize")).await.json();
    let location = whole["Code"]["Location"].as_str().expect("text").to_owned();
    let path = location.strip_prefix(&service.emulator.endpoint()).expect("served here");
    assert_eq!(service.get(path).await.bytes, zip(""));
    let other = service.get("/code/..%2Ffunctions.redb").await;
    other.expect_error(404, "UnknownOperationException", "/code/");
}

#[tokio::test]
async fn members_are_reshaped_as_the_service_shows_them() {
    let service = Service::in_memory().await;
    let layer = "arn:aws:lambda:us-east-1:123456789012:layer:tools:3";
    let request = with(
        zip_function("full"),
        json!({
            "Layers": [layer],
            "VpcConfig": {"SubnetIds": ["subnet-1a"], "SecurityGroupIds": ["sg-1a"]},
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "shared"},
            "SnapStart": {"ApplyOn": "PublishedVersions"},
            "Environment": {"Variables": {"STAGE": "test"}},
            "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"},
            "DurableConfig": {"ExecutionTimeout": 60},
            "Description": "all of it",
            "Timeout": 30,
            "Tags": {"team": "payments"},
            "Code": {
                "ZipFile": zip_function("")["Code"]["ZipFile"],
                "SourceKMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
            },
        }),
    );
    let body = service.created(&request).await;
    assert_eq!(body["Layers"], json!([{"Arn": layer, "CodeSize": body["Layers"][0]["CodeSize"]}]));
    assert_eq!(members(&body["VpcConfig"]), ["Ipv6AllowedForDualStack", "SecurityGroupIds", "SubnetIds", "VpcId"]);
    let logging = json!({
        "LogFormat": "JSON", "LogGroup": "shared",
        "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
    });
    assert_eq!(body["LoggingConfig"], logging);
    let snap_start = json!({"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"});
    assert_eq!(body["SnapStart"], snap_start);
    assert_eq!(body["DurableConfig"], json!({"ExecutionTimeout": 60, "RetentionPeriodInDays": 14}));
    for name in ["Environment", "DeadLetterConfig", "Description", "Timeout"] {
        assert_eq!(body[name], request[name], "{name}");
    }
    assert_eq!((body.get("Tags"), body.get("Code")), (None, None));

    let whole = service.get(&format!("{FUNCTIONS}/full")).await.json();
    assert_eq!(whole["Tags"], json!({"team": "payments"}));
    assert_eq!(whole["Code"]["SourceKMSKeyArn"], request["Code"]["SourceKMSKeyArn"]);
}

#[tokio::test]
async fn image_config_is_shown_in_its_own_structure() {
    let service = Service::in_memory().await;
    let config = json!({"Command": ["app.handler"], "WorkingDirectory": "/srv"});
    let request = with(image_function("page"), json!({"ImageConfig": config}));
    let body = service.created(&request).await;
    assert_eq!(body["ImageConfigResponse"], json!({"ImageConfig": config}));
    assert_eq!(body.get("ImageConfig"), None);
}

#[tokio::test]
async fn empty_and_unknown_members_are_not_shown() {
    let service = Service::in_memory().await;
    let nothing = json!({
        "KMSKeyArn": "", "DeadLetterConfig": {"TargetArn": ""}, "Layers": [],
        "FileSystemConfigs": [], "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
        "Environment": {}, "Tags": {}, "NoSuchMember": 1, "ImageConfig": {},
    });
    let mut request = with(zip_function("resize"), nothing);
    request["Timeout"] = Value::Null;
    assert_eq!(members(&service.created(&request).await), ZIP_MEMBERS);

    // Recorded: an empty map of variables that was sent is shown.
    let request = with(zip_function("other"), json!({"Environment": {"Variables": {}}}));
    assert_eq!(service.created(&request).await["Environment"], json!({"Variables": {}}));
}

#[tokio::test]
async fn code_in_a_bucket_has_a_digest_of_its_name() {
    let service = Service::in_memory().await;
    let stored =
        |name: &str, key: &str| with(zip_function(name), json!({"Code": {"S3Bucket": "code-bucket", "S3Key": key}}));
    let first = service.created(&stored("a", "x.zip")).await;
    let again = service.created(&stored("b", "x.zip")).await;
    let other = service.created(&stored("c", "y.zip")).await;
    assert_eq!(first["CodeSha256"], again["CodeSha256"]);
    assert_ne!(first["CodeSha256"], other["CodeSha256"]);
}

#[tokio::test]
async fn publish_makes_version_one() {
    let service = Service::in_memory().await;
    let request = with(zip_function("resize"), json!({"Publish": true}));
    let created = service.created(&request).await;
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:resize";
    // Recorded: the number is there, the ARN stays unqualified.
    assert_eq!((&created["Version"], &created["FunctionArn"]), (&json!("1"), &json!(arn)));

    for (qualifier, version, shown) in [
        ("", "$LATEST", arn.to_owned()),
        ("?Qualifier=%24LATEST", "$LATEST", format!("{arn}:$LATEST")),
        ("?Qualifier=1", "1", format!("{arn}:1")),
    ] {
        let path = format!("{FUNCTIONS}/resize/configuration{qualifier}");
        let body = service.get(&path).await.json();
        assert_eq!(
            (&body["Version"], &body["FunctionArn"], &body["State"]),
            (&json!(version), &json!(shown), &json!("Active"))
        );
    }
    let missing = service.get(&format!("{FUNCTIONS}/resize?Qualifier=2")).await;
    missing.expect_error(404, "ResourceNotFoundException", &format!("{arn}:2"));

    let every = service.get(&format!("{FUNCTIONS}?FunctionVersion=ALL")).await.json();
    let arns: Vec<&Value> =
        every["Functions"].as_array().expect("rows").iter().map(|row| &row["FunctionArn"]).collect();
    assert_eq!(arns, [&json!(format!("{arn}:$LATEST")), &json!(format!("{arn}:1"))]);
}

#[tokio::test]
async fn second_create_of_a_name_is_a_conflict() {
    let service = Service::in_memory().await;
    service.created(&zip_function("resize")).await;
    let answer = service.create(&zip_function("resize")).await;
    answer.expect_error(409, "ResourceConflictException", "");
    let expected = json!({"Type": "User", "message": "Function already exist: resize"});
    assert_eq!(answer.json(), expected);

    // Another region has names of its own.
    let body = zip_function("resize").to_string();
    let elsewhere = service.send_as("eu-west-1", Method::POST, FUNCTIONS, body).await;
    assert_eq!(elsewhere.status, StatusCode::CREATED);
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:resize";
    assert_eq!(elsewhere.json()["FunctionArn"], arn);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creates_of_a_name_have_one_winner() {
    let service = Service::in_memory().await;
    let body = zip_function("resize");
    let attempts = (0..16).map(|_| service.create(&body));
    let mut statuses: Vec<u16> =
        futures_util::future::join_all(attempts).await.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!(statuses[1..].iter().all(|status| *status == 409), "{statuses:?}");
}

#[tokio::test]
async fn path_may_end_in_a_slash() {
    let service = Service::in_memory().await;
    let path = format!("{FUNCTIONS}/");
    let body = zip_function("resize").to_string();
    let created = service.send(Method::POST, &path, body).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let listed = service.get(&path).await.json();
    assert_eq!(listed["Functions"][0]["FunctionName"], "resize");
}

#[tokio::test]
async fn managed_instances_have_their_own_defaults() {
    let service = Service::in_memory().await;
    let provider = "arn:aws:lambda:us-east-1:123456789012:capacity-provider:pool";
    let request = with(
        zip_function("big"),
        json!({"Runtime": "python3.13", "CapacityProviderConfig": {
            "LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": provider},
        }}),
    );
    let body = service.created(&request).await;
    assert_eq!(body["MemorySize"], 2048);
    assert_eq!(body["LoggingConfig"]["LogFormat"], "JSON");
    assert_eq!(body.get("SnapStart"), None);
    let inner = &body["CapacityProviderConfig"]["LambdaManagedInstancesCapacityProviderConfig"];
    assert_eq!(inner["PerExecutionEnvironmentMaxConcurrency"], 16);
    assert_eq!(inner["ExecutionEnvironmentMemoryGiBPerVCpu"], 2.0);
}
