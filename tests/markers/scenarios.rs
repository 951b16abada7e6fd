//! What lambdactl is made to do: an account, a manifest, and commands that come to their end there.

use serde_json::{Map, Value, json};

use crate::marks::{Marker, markers};
use crate::proxy::Answer;

/// Where values of a manifest come from, two letters each; `ac` is what the account has.
const PLACES: [&str; 5] = ["mf", "en", "va", "fi", "ac"];

/// Every secret of a run.
pub(crate) fn secrets() -> Vec<Marker> {
    PLACES.into_iter().flat_map(markers).collect()
}

/// What a command prints, and how it can be told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prints {
    Plan,
    Report,
    /// For people alone.
    Words,
    Manifest,
}

impl Prints {
    pub(crate) fn ways(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Plan => &[
                &[],
                &["--format", "json"],
                &["--format", "markdown"],
                &["--markdown", "comment.md"],
                &["--html", "page.html", "--format", "json"],
                &["--html", "page.html"],
                &["--color", "always"],
                &["--out", "saved.plan"],
            ],
            Self::Report => &[&[], &["--format", "json"], &["--color", "always"]],
            Self::Words => &[&[], &["--color", "always"]],
            Self::Manifest => &[&[], &["--out", "imported.yaml"], &["--format", "toml"], &["--format", "json"]],
        }
    }
}

/// How much is logged, and the variable that other programs are told so by.
pub(crate) const LEVELS: &[(&[&str], &str)] = &[
    (&[], ""),
    (&["-v"], ""),
    (&["-vvv"], ""),
    (&["-vv", "--log-format", "json"], ""),
    (&[], "trace"),
    (&["-vv"], "trace"),
    (&["-v", "--log-format", "json"], "trace"),
];

/// One thing to do.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Requests that make the account what it is: method, path, body.
    pub(crate) account: Vec<(&'static str, String, Value)>,
    pub(crate) manifest: Value,
    /// Commands, one after the other; what is said about formats and logs is added.
    pub(crate) steps: Vec<(Prints, Vec<&'static str>)>,
    /// What the control plane cannot do by itself.
    pub(crate) honest: fn(&mut Answer, usize),
}

const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-role";

/// Variables by literal or reference; the account's are others.
pub(crate) fn environment() -> Value {
    let mut variables = Map::new();
    for marker in markers("mf") {
        variables.insert(marker.variable, json!(marker.value));
    }
    for marker in markers("en") {
        variables.insert(marker.variable.clone(), json!(format!("${{env:{}}}", marker.variable)));
    }
    for marker in markers("va") {
        variables.insert(marker.variable.clone(), json!(format!("${{var:{}}}", marker.variable)));
    }
    for marker in markers("fi") {
        variables.insert(marker.variable.clone(), json!(format!("${{file:{}.txt}}", marker.variable)));
    }
    json!({ "Variables": variables })
}

fn variables(place: &str) -> Value {
    let pairs = markers(place).into_iter().map(|marker| (marker.variable, json!(marker.value)));
    json!({ "Variables": pairs.collect::<Map<_, _>>() })
}

fn function(name: &str, more: Value) -> Value {
    let mut function = json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": ROLE,
        "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" },
    });
    for (member, value) in more.as_object().unwrap() {
        function[member] = value.clone();
    }
    function
}

/// A function with most of what a function can have.
fn rich(name: &str, more: Value) -> Value {
    let mut all = json!({
        "Description": "Resizes", "Timeout": 10, "MemorySize": 256, "Environment": environment(),
        "VpcConfig": { "SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"] },
        "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:us-east-1:123456789012:failed" },
        "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
        "TracingConfig": { "Mode": "Active" },
        "Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:tools:3"],
        "FileSystemConfigs": [{
            "Arn": "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0",
            "LocalMountPath": "/mnt/data",
        }],
        "EphemeralStorage": { "Size": 1024 },
        "LoggingConfig": { "LogFormat": "JSON", "LogGroup": "/mine", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN" },
        "Tags": { "team": "payments" },
    });
    for (member, value) in more.as_object().unwrap() {
        all[member] = value.clone();
    }
    function(name, all)
}

fn create(mut function: Value) -> (&'static str, String, Value) {
    let account = variables("ac");
    if function.get("Environment").is_none_or(|environment| *environment == self::environment()) {
        function["Environment"] = account;
    }
    ("POST", "/2015-03-31/functions".to_owned(), function)
}

fn manifest(functions: Vec<Value>, more: Value) -> Value {
    let mut manifest = json!({ "version": 1, "name": "shop", "region": "us-east-1", "functions": functions });
    for (key, value) in more.as_object().unwrap() {
        manifest[key] = value.clone();
    }
    manifest.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    manifest
}

/// The service says why something does not work, wherever it can.
fn with_reasons(configuration: &mut Value) {
    for (member, text) in [
        ("StateReason", "no such subnet"),
        ("StateReasonCode", "InvalidSubnet"),
        ("LastUpdateStatusReason", "no such key"),
        ("LastUpdateStatusReasonCode", "KMSKeyNotFound"),
        ("SigningProfileVersionArn", "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/1"),
        ("SigningJobArn", "arn:aws:signer:us-east-1:123456789012:/signing-jobs/1"),
        ("MasterArn", "arn:aws:lambda:us-east-1:123456789012:function:f"),
    ] {
        configuration[member] = json!(text);
    }
    let error = json!({ "ErrorCode": "NotFound", "Message": "no such image" });
    configuration["ImageConfigResponse"] = json!({ "Error": error });
    configuration["RuntimeVersionConfig"]["Error"] = error;
}

fn reasons(answer: &mut Answer, _: usize) {
    let Some(mut body) = answer.json().filter(|_| answer.status < 300) else { return };
    if body.get("Configuration").is_some() {
        with_reasons(&mut body["Configuration"]);
    } else if body.get("FunctionArn").is_some() {
        with_reasons(&mut body);
    }
    answer.set_json(&body);
}

fn cannot_be_set_up(answer: &mut Answer, before: usize) {
    reasons(answer, before);
    let Some(mut body) = answer.json().filter(|_| answer.status < 300) else { return };
    if body.get("Configuration").is_some() {
        body["Configuration"]["State"] = json!("Failed");
        answer.set_json(&body);
    }
}

fn cannot_be_updated(answer: &mut Answer, before: usize) {
    reasons(answer, before);
    let Some(mut body) = answer.json().filter(|_| answer.status < 300) else { return };
    if answer.operation.starts_with("PUT ") {
        body["LastUpdateStatus"] = json!("Failed");
    } else if body.get("Configuration").is_some() && before > 0 {
        body["Configuration"]["LastUpdateStatus"] = json!("Failed");
    }
    answer.set_json(&body);
}

fn tags_unseen(answer: &mut Answer, before: usize) {
    reasons(answer, before);
    let Some(mut body) = answer.json().filter(|_| answer.status < 300) else { return };
    if body.get("Configuration").is_some() {
        body["Tags"] = Value::Null;
        body["TagsError"] = json!({ "ErrorCode": "AccessDeniedException", "Message": "not authorized to list tags" });
        answer.set_json(&body);
    }
}

fn registry(answer: &mut Answer, _: usize) {
    if answer.operation == "BatchGetImage" {
        answer.status = 200;
        answer.set_json(&json!({
            "images": [{ "imageId": { "imageDigest": format!("sha256:{}", "0123456789abcdef".repeat(4)), "imageTag": "v2" },
                         "registryId": "123456789012", "repositoryName": "app" }],
            "failures": [{ "failureCode": "ImageNotFound", "failureReason": "no such image" }],
        }));
    }
}

/// What stands beside a function, in one of two states.
fn beside(state: usize) -> Value {
    let pick = |one: &str, other: &str| if state == 0 { one.to_owned() } else { other.to_owned() };
    let attempts = if state == 0 { 1 } else { 2 };
    json!({
        "Publish": true,
        "ReservedConcurrentExecutions": 5 + attempts,
        "RecursiveLoop": "Terminate",
        "EventInvokeConfig": { "MaximumRetryAttempts": attempts },
        "Permissions": { "s3": { "Principal": "s3.amazonaws.com", "SourceAccount": "123456789012",
            "SourceArn": format!("arn:aws:s3:::{}", pick("uploads", "downloads")) } },
        "EventSourceMappings": { "queue": { "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:orders",
            "BatchSize": attempts, "Tags": { "team": pick("a", "b") },
            "FilterCriteria": { "Filters": [{ "Pattern": { "body": { "kind": [pick("x", "y")] } } }] } } },
        "Aliases": { "live": {
            "FunctionVersion": "$LATEST", "Description": pick("one", "other"),
            "FunctionUrlConfig": { "AuthType": "AWS_IAM", "Cors": { "AllowOrigins": [pick("https://a", "https://b")] } }
        } }
    })
}

/// The service says why a mapping does not work.
fn troubled(answer: &mut Answer, before: usize) {
    reasons(answer, before);
    let Some(mut body) = answer.json().filter(|_| answer.status < 300) else { return };
    let trouble = |mapping: &mut Value| {
        mapping["LastProcessingResult"] = json!("PROBLEM: Function call failed");
        mapping["StateTransitionReason"] = json!("The queue was deleted");
    };
    if let Some(listed) = body["EventSourceMappings"].as_array_mut() {
        listed.iter_mut().for_each(trouble);
    } else if body.get("UUID").is_some() {
        trouble(&mut body);
    } else {
        return;
    }
    answer.set_json(&body);
}

/// The services that `plan --verify` asks find something in everything.
fn preflight(answer: &mut Answer, before: usize) {
    reasons(answer, before);
    let body = match answer.operation.as_str() {
        "DescribeKey" => {
            json!({ "KeyMetadata": { "KeyState": "Disabled", "KeyUsage": "SIGN_VERIFY", "KeySpec": "RSA_2048" } })
        }
        "GetQueueAttributes" => json!({ "Attributes": { "VisibilityTimeout": "1" } }),
        _ => return,
    };
    answer.status = 200;
    answer.set_json(&body);
}

/// An alarm says why it is as it is.
fn watched(answer: &mut Answer, before: usize) {
    reasons(answer, before);
    if answer.operation == "DescribeAlarms" {
        let state = if before < 2 { "OK" } else { "ALARM" };
        answer.status = 200;
        answer.set_json(&json!({ "CompositeAlarms": [], "MetricAlarms": [
            { "AlarmName": "errors", "StateValue": state, "StateReason": "5 errors in a minute" },
        ] }));
    }
}

/// Everything that talks to a service.
pub(crate) fn scenarios() -> Vec<Scenario> {
    use Prints::{Manifest, Plan, Report, Words};
    let shop = |name: &str, more: Value| {
        let mut function = rich(name, more);
        function["Tags"]["lambdactl:manifest"] = json!("shop");
        create(function)
    };
    let image = |tag: &str| {
        let uri = format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/app:{tag}");
        json!({ "FunctionName": "f", "PackageType": "Image", "Role": ROLE, "Code": { "ImageUri": uri }, "Environment": environment() })
    };
    let version = ("POST", "/2015-03-31/functions/old/versions".to_owned(), json!({ "Description": "first" }));
    let alias_of = |version: &str| {
        let body = json!({ "Name": "live", "FunctionVersion": version });
        ("POST", "/2015-03-31/functions/old/aliases".to_owned(), body)
    };
    let rollout = json!({
        "Timeout": 20, "Publish": true,
        "Aliases": { "live": { "FunctionVersion": "published",
            "rollout": { "steps": [{ "weight": 0.1, "wait": "1ms" }], "alarms": ["errors"] } } },
    });
    let alias = alias_of("$LATEST");
    let many = |count: usize| {
        (0..count).map(|index| function(&format!("f{index}"), json!({ "Tags": { "team": "payments" } })))
    };
    let mut lists: Vec<Value> = many(32).collect();
    lists[0] = rich("f0", json!({}));
    let mut listed: Vec<_> = many(4).map(create).collect();
    listed[0] = shop("f0", json!({ "Timeout": 20 }));
    let changed = json!({
        "Description": "Resizes images", "Timeout": 20, "Publish": true, "Tags": { "team": "orders" },
        "Code": { "S3Bucket": "my-bucket", "S3Key": "other.zip" },
        "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0",
    });
    let furnished = || {
        vec![
            shop("f", json!({})),
            (
                "POST",
                "/2015-03-31/functions/f/aliases".to_owned(),
                json!({ "Name": "live", "FunctionVersion": "$LATEST" }),
            ),
            (
                "POST",
                "/2015-03-31/event-source-mappings".to_owned(),
                json!({ "FunctionName": "f", "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:orders" }),
            ),
            (
                "POST",
                "/2015-03-31/event-source-mappings".to_owned(),
                json!({ "FunctionName": "f", "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:old",
                        "Tags": { "lambdactl:manifest": "shop" } }),
            ),
        ]
    };
    let scenario = |name, account, manifest, steps: Vec<(Prints, &'static str)>, honest| Scenario {
        name,
        account,
        manifest,
        steps: steps.into_iter().map(|(prints, line)| (prints, line.split(' ').collect())).collect(),
        honest,
    };
    vec![
        scenario(
            "plan what is missing",
            vec![],
            manifest(vec![rich("f", json!({}))], json!({ "account": "123456789012" })),
            vec![(Plan, "plan")],
            reasons,
        ),
        scenario(
            "plan what differs",
            vec![shop("f", json!({ "Timeout": 20, "Description": "Other" }))],
            manifest(vec![rich("f", json!({}))], json!({})),
            vec![(Plan, "plan"), (Report, "status")],
            reasons,
        ),
        scenario("plan from lists", listed, manifest(lists, json!({})), vec![(Plan, "plan")], reasons),
        scenario(
            "plan without tags",
            vec![shop("f", json!({ "Timeout": 20 }))],
            manifest(vec![rich("f", json!({}))], json!({})),
            vec![(Plan, "plan --update"), (Report, "adopt --yes")],
            tags_unseen,
        ),
        scenario(
            "plan all that may be done",
            vec![shop("f", json!({ "Timeout": 20 })), shop("old", json!({})), alias.clone(), version.clone()],
            manifest(vec![rich("f", json!({}))], json!({})),
            vec![(Plan, "plan --update --replace f --prune --force")],
            reasons,
        ),
        scenario(
            "plan an image",
            vec![create(image("v1"))],
            manifest(vec![image("v2")], json!({ "name": null })),
            vec![(Plan, "plan")],
            registry,
        ),
        scenario(
            "create",
            vec![],
            manifest(vec![rich("f", json!({ "Publish": true }))], json!({})),
            vec![(Report, "apply --yes --timeout 6s")],
            reasons,
        ),
        scenario(
            "create what cannot be set up",
            vec![],
            manifest(vec![rich("f", json!({}))], json!({})),
            vec![(Report, "apply --yes --timeout 6s")],
            |answer, before| {
                // The first look finds nothing.
                if answer.operation.starts_with("GET") {
                    cannot_be_set_up(answer, before)
                }
            },
        ),
        scenario(
            "create through a bucket",
            vec![],
            manifest(
                vec![rich("f", json!({ "Code": "src" }))],
                json!({ "artifacts": { "bucket": "my-artifacts", "prefix": "code/" } }),
            ),
            vec![(Report, "apply --yes --timeout 6s")],
            reasons,
        ),
        scenario(
            "update",
            vec![shop("f", json!({}))],
            manifest(vec![rich("f", changed)], json!({})),
            vec![(Report, "apply --yes --update --timeout 6s")],
            reasons,
        ),
        scenario(
            "update that fails",
            vec![shop("f", json!({ "Timeout": 20 }))],
            manifest(vec![rich("f", json!({}))], json!({})),
            vec![(Report, "apply --yes --update --timeout 6s")],
            cannot_be_updated,
        ),
        scenario(
            "replace",
            vec![create(image("v1"))],
            manifest(vec![rich("f", json!({}))], json!({ "name": null })),
            vec![(Report, "apply --yes --replace f --timeout 6s")],
            registry,
        ),
        scenario(
            "prune",
            vec![shop("f", json!({})), shop("old", json!({}))],
            manifest(vec![rich("f", json!({}))], json!({})),
            vec![(Report, "apply --yes --prune --force --timeout 6s")],
            reasons,
        ),
        scenario(
            "roll back and delete",
            vec![shop("old", json!({})), version.clone(), alias],
            manifest(vec![rich("old", json!({}))], json!({})),
            vec![
                (Words, "rollback old --alias live -f lambda.json"),
                (Words, "rollback old --alias live --to 1 --yes -f lambda.json"),
                (Report, "delete old --yes --force --timeout 6s"),
            ],
            reasons,
        ),
        scenario(
            "reconcile",
            vec![shop("f", json!({ "Timeout": 20 }))],
            manifest(vec![rich("f", json!({}))], json!({})),
            vec![(Words, "reconcile --once --timeout 6s"), (Words, "reconcile --once --update --timeout 6s")],
            reasons,
        ),
        scenario(
            "verify",
            vec![shop("f", json!({}))],
            manifest(vec![rich("f", beside(0))], json!({})),
            vec![(Plan, "plan --verify")],
            preflight,
        ),
        scenario(
            "roll out",
            vec![shop("old", json!({})), version, alias_of("1")],
            manifest(vec![rich("old", rollout)], json!({})),
            vec![(Report, "apply --yes --update --timeout 6s")],
            watched,
        ),
        scenario(
            "adopt",
            vec![create(rich("f", json!({})))],
            manifest(vec![rich("f", json!({}))], json!({})),
            vec![(Report, "adopt --yes")],
            reasons,
        ),
        scenario(
            "apply a saved plan",
            vec![shop("f", json!({ "Timeout": 20 }))],
            manifest(vec![rich("f", json!({})), function("g", json!({}))], json!({})),
            vec![(Plan, "plan --update --out saved.plan"), (Report, "apply saved.plan --timeout 6s")],
            reasons,
        ),
        scenario(
            "set what stands beside",
            vec![],
            manifest(vec![rich("f", beside(0))], json!({})),
            vec![(Report, "apply --yes --timeout 6s"), (Plan, "plan --update --prune -v")],
            troubled,
        ),
        scenario(
            "change what stands beside",
            furnished(),
            manifest(vec![rich("f", beside(1))], json!({})),
            vec![(Report, "apply --yes --update --prune --timeout 6s")],
            troubled,
        ),
        scenario(
            "import what stands beside",
            furnished(),
            manifest(vec![], json!({})),
            vec![(Manifest, "import")],
            troubled,
        ),
        scenario(
            "import",
            vec![create(rich("f", json!({}))), create(function("g", json!({})))],
            manifest(vec![], json!({})),
            vec![(Manifest, "import --download-code code")],
            reasons,
        ),
    ]
}
