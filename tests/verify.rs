//! `plan --verify`: what can be known before any call changes something, against a server that nobody here wrote.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;
use std::path::Path;

use lambdactl_tests::http::{Recorder, answer, exchange};
use lambdactl_tests::python::{Peer, Python};
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const HEAD: &str =
    "version: 1\nregion: us-east-1\ndefaults: {Runtime: python3.13, Handler: app.handler, Timeout: 30}\nfunctions:\n";
const CODE: &str = "Code: {S3Bucket: my-bucket, S3Key: app.zip}";

/// moto with everything planted, and what it lacks of Lambda before it.
struct Account {
    server: Recorder,
    names: Value,
    _peer: Peer,
}

impl Account {
    fn new() -> Option<Self> {
        let python = Python::provision()?;
        let peer = Peer::moto(&python);
        let names = python.run("verify.py", &[&format!("http://{}", peer.address)], &Value::Null);
        let address = peer.address.clone();
        let server = Recorder::between(&peer.address, move |request, ask| {
            let line = request.lines().next().unwrap_or_default();
            if line.contains("/account-settings") {
                let limit = json!({ "ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 300 });
                return answer("200 OK", "", &json!({ "AccountLimit": limit }).to_string());
            }
            match line.split_once("find=LayerVersion&Arn=") {
                Some((_, rest)) => layer(&address, request, rest.split(' ').next().unwrap_or_default()),
                None => ask(),
            }
        });
        Some(Self { server, names, _peer: peer })
    }

    /// Runs a plan of functions, one a line behind the head.
    fn verify(&self, functions: &[String], arguments: &[&str]) -> Ran {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), functions);
        let plan = lambdactl(folder.path()).args(["plan", "--verify"]).args(arguments);
        plan.against(&self.server.endpoint).run()
    }

    fn name(&self, pointer: &str) -> &str {
        self.names.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}: {}", self.names))
    }
}

/// Answers for a version of a layer by its ARN, by asking for it by its name and number.
fn layer(address: &str, request: &str, arn: &str) -> String {
    let arn = arn.replace("%3A", ":");
    let parts: Vec<&str> = arn.split(':').collect();
    let [.., name, number] = parts.as_slice() else { return answer("400 Bad Request", "", "{}") };
    let authorization = request.lines().find(|line| line.starts_with("authorization")).unwrap_or_default();
    let path = format!("/2018-10-31/layers/{name}/versions/{number}");
    let body = exchange(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{authorization}\r\nConnection: close\r\n\r\n"),
    );
    match body.contains("LayerVersionArn") {
        true => answer("200 OK", "", &body),
        false => answer("404 Not Found", "x-amzn-ErrorType: ResourceNotFoundException\r\n", r#"{"message":"no"}"#),
    }
}

fn write(folder: &Path, functions: &[String]) {
    let lines: String = functions.iter().fold(String::new(), |mut text, function| {
        writeln!(text, "  - {{{function}}}").unwrap();
        text
    });
    std::fs::write(folder.join("lambda.yaml"), format!("{HEAD}{lines}")).unwrap();
}

fn role(name: &str) -> String {
    format!("Role: 'arn:aws:iam::123456789012:role/{name}'")
}

fn function(name: &str, members: &str) -> String {
    format!("FunctionName: {name}, {members}")
}

/// Asserts that exactly this was found: codes with the function and the text that is pointed at.
fn assert_found(ran: &Ran, functions: &[String], expected: &[(&str, &str, &str)]) {
    let json = ran.json();
    let mut found = Vec::new();
    for function in json["functions"].as_array().unwrap() {
        let notes = function["notes"].as_array().unwrap().iter().filter_map(Value::as_str);
        found.extend(
            notes.filter(|note| note.starts_with('V')).map(|note| (note[..4].to_owned(), function["name"].clone())),
        );
    }
    let mut wanted: Vec<(String, Value)> =
        expected.iter().map(|(code, function, _)| ((*code).to_owned(), json!(function))).collect();
    let key = |(code, function): &(String, Value)| (code.clone(), function.to_string());
    found.sort_by_key(key);
    wanted.sort_by_key(key);
    assert_eq!(found, wanted, "{}", ran.stderr);
    let blocks: Vec<&str> = ran.stderr.split("\n\n").collect();
    for (code, name, text) in expected {
        let index = functions.iter().position(|line| line.starts_with(&format!("FunctionName: {name},"))).unwrap();
        let (line, column) = (HEAD.lines().count() + 1 + index, functions[index].find(text).unwrap() + 6);
        let place = format!("lambda.yaml:{line}:{column}");
        let is_there = |block: &&str| block.contains(&format!("error[{code}]")) && block.contains(&place);
        assert!(blocks.iter().any(is_there), "{code} at {place}:\n{}", ran.stderr);
    }
}

#[test]
fn each_planted_fault_is_found_at_its_place() {
    let Some(account) = Account::new() else { return };
    let network = |subnets: &[&str], groups: &[&str]| {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| match name.contains('-') {
                    true => (*name).to_owned(),
                    false => account.name(&format!("/networks/{name}")).to_owned(),
                })
                .collect::<Vec<_>>()
                .join(", ")
        };
        format!(
            "{}, {CODE}, VpcConfig: {{SubnetIds: [{}], SecurityGroupIds: [{}]}}",
            role("good"),
            names(subnets),
            names(groups)
        )
    };
    let key = |arn: &str| format!("{}, {CODE}, KMSKeyArn: '{arn}'", role("good"));
    let image = |uri: &str| {
        format!("{}, PackageType: Image, Runtime: null, Handler: null, Code: {{ImageUri: '{uri}'}}", role("good"))
    };
    let queue = |name: &str| {
        let arn = format!("arn:aws:sqs:us-east-1:123456789012:{name}");
        format!("{}, {CODE}, EventSourceMappings: [{{EventSourceArn: '{arn}'}}]", role("good"))
    };
    let layer = |arn: &str| format!("{}, {CODE}, Layers: ['{arn}']", role("good"));
    let (gone, missing) = ("subnet-00000000000000000", "sg-00000000000000000");
    let no_key = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000000";
    let no_layer = "arn:aws:lambda:us-east-1:123456789012:layer:tools:99";
    let of = |pointer: &str| account.name(pointer).to_owned();
    let functions = vec![
        function("no-role", &format!("{}, {CODE}", role("nobody"))),
        function("other-path", &format!("{}, {CODE}", role("wild"))),
        function("ec2-role", &format!("{}, {CODE}", role("ec2"))),
        function("denied", &format!("{}, {CODE}", role("denied"))),
        function("theirs", &format!("{}, {CODE}", role("theirs"))),
        function("unclear", &format!("{}, {CODE}", role("unclear"))),
        function("no-layer", &layer(no_layer)),
        function("arm-layer", &layer(&of("/layers/arm"))),
        function("older-layer", &layer(&of("/layers/older"))),
        function("no-subnet", &network(&["subnet_a1", gone], &["group_a"])),
        function("two-networks", &network(&["subnet_a1", "subnet_b1"], &["group_a"])),
        function("no-group", &network(&["subnet_a1"], &[missing])),
        function("other-group", &network(&["subnet_a1"], &["group_b"])),
        function("no-key", &key(no_key)),
        function("disabled-key", &key(&of("/keys/disabled"))),
        function("rsa-key", &key(&of("/keys/rsa"))),
        function("no-image", &image(&of("/images/none"))),
        function("no-repository", &image("123456789012.dkr.ecr.us-east-1.amazonaws.com/nothing:1")),
        function("arm-image", &image(&of("/images/arm"))),
        function("both-image", &image(&of("/images/both"))),
        function("no-queue", &queue("nothing")),
        function("short-queue", &queue("short")),
        function("middle-queue", &queue("middle")),
        function("no-object", &format!("{}, Code: {{S3Bucket: my-bucket, S3Key: gone.zip}}", role("good"))),
        function("no-bucket", &format!("{}, Code: {{S3Bucket: no-bucket, S3Key: app.zip}}", role("good"))),
        function("greedy", &format!("{}, {CODE}, ReservedConcurrentExecutions: 150", role("good"))),
        function("greedier", &format!("{}, {CODE}, ReservedConcurrentExecutions: 60", role("good"))),
    ];
    let plan = account.verify(&functions, &["--format", "json"]).exits(1);
    assert_found(
        &plan,
        &functions,
        &[
            ("V001", "no-role", "'arn:aws:iam"),
            ("V001", "other-path", "'arn:aws:iam"),
            ("V002", "ec2-role", "'arn:aws:iam"),
            ("V002", "denied", "'arn:aws:iam"),
            ("V002", "theirs", "'arn:aws:iam"),
            ("V003", "no-layer", "'arn:aws:lambda"),
            ("V004", "arm-layer", "'arn:aws:lambda"),
            ("V005", "no-subnet", gone),
            ("V006", "two-networks", "[subnet-"),
            ("V007", "no-group", missing),
            ("V006", "other-group", &of("/networks/group_b")),
            ("V008", "no-key", "'arn:aws:kms"),
            ("V009", "disabled-key", "'arn:aws:kms"),
            ("V009", "rsa-key", "'arn:aws:kms"),
            ("V010", "no-image", "'123456789012"),
            ("V010", "no-repository", "'123456789012"),
            ("V011", "arm-image", "'123456789012"),
            ("V013", "no-queue", "'arn:aws:sqs"),
            ("V014", "short-queue", "'arn:aws:sqs"),
            ("V012", "no-object", "gone.zip"),
            ("V012", "no-bucket", "app.zip"),
            ("V015", "greedier", "60"),
        ],
    );
    // What is no fault, or cannot be known, is a note.
    let json = plan.json();
    for (name, said) in [
        ("unclear", "is not known"),
        ("older-layer", "python3.12"),
        ("both-image", "takes images for one"),
        ("middle-queue", "six times"),
    ] {
        let functions = json["functions"].as_array().unwrap();
        let function = functions.iter().find(|function| function["name"] == name).unwrap();
        assert!(function["notes"].to_string().contains(said), "{function}");
    }
    assert!(!json["notes"].to_string().contains("not verified"), "{}", json["notes"]);
    // People see the same, and nothing else is an error.
    let human = account.verify(&functions, &[]).exits(1);
    assert!(human.stdout.contains("V001: there is no role") && human.stderr.contains("22 findings"), "{human:?}");
}

#[test]
fn nothing_is_found_in_a_good_manifest_and_few_calls_are_made() {
    let Some(account) = Account::new() else { return };
    let of = |pointer: &str| account.name(pointer).to_owned();
    let shared = format!(
        "{}, {CODE}, Layers: ['{}'], KMSKeyArn: '{}', VpcConfig: {{SubnetIds: [{}, {}], SecurityGroupIds: [{}]}}, \
         EventSourceMappings: [{{EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:long'}}], ReservedConcurrentExecutions: 1",
        role("good"),
        of("/layers/tools"),
        of("/keys/good"),
        of("/networks/subnet_a1"),
        of("/networks/subnet_a2"),
        of("/networks/group_a"),
    );
    let mut functions: Vec<String> = (0..98).map(|index| function(&format!("f{index}"), &shared)).collect();
    functions.push(function("pathed", &format!("{}, {CODE}", role("team/wild"))));
    functions.push(function(
        "image",
        &format!(
            "{}, PackageType: Image, Runtime: null, Handler: null, Code: {{ImageUri: '{}'}}",
            role("mine"),
            of("/images/amd")
        ),
    ));
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &functions);
    let plain =
        lambdactl(folder.path()).args(["plan", "--format", "json"]).against(&account.server.endpoint).run().exits(0);
    let verified = account.verify(&functions, &["--format", "json"]).exits(0);
    assert_eq!(verified.stderr, "");
    let (plain, verified) = (plain.json(), verified.json());
    // What was found would stand in the notes.
    assert_eq!(verified["functions"], plain["functions"]);
    assert_eq!(verified["notes"], plain["notes"]);
    let more = verified["api_calls"].as_u64().unwrap() - plain["api_calls"].as_u64().unwrap();
    println!("plan --verify: {more} calls more for {} functions", functions.len());
    // Three roles, a layer, subnets, groups, a key, a repository, a queue, the account's settings.
    assert_eq!(more, 10);
}

/// A service that cannot be asked is a note and never an error.
#[test]
fn what_cannot_be_asked_is_a_note() {
    let service = Recorder::start(|request| {
        let denied = r#"{"__type":"AccessDeniedException","message":"no"}"#;
        match request {
            _ if request.contains("Action=GetRole") => {
                let body =
                    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
                answer("403 Forbidden", "", body)
            }
            _ if request.contains("Action=Describe") => {
                let error = "<Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error>";
                answer("403 Forbidden", "", &format!("<Response><Errors>{error}</Errors></Response>"))
            }
            _ if request.starts_with("HEAD") => answer("403 Forbidden", "", ""),
            _ if request.starts_with("GET /2015-03-31/functions/") => {
                answer("404 Not Found", "x-amzn-ErrorType: ResourceNotFoundException\r\n", r#"{"message":"no"}"#)
            }
            _ => answer("400 Bad Request", "", denied),
        }
    });
    let members = format!(
        "{}, {CODE}, Layers: ['arn:aws:lambda:us-east-1:999999999999:layer:theirs:1'], \
         KMSKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/k', \
         VpcConfig: {{SubnetIds: [subnet-0a1b2c3d4e5f60718], SecurityGroupIds: [sg-0a1b2c3d4e5f60718]}}, \
         EventSourceMappings: [{{EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:q'}}], ReservedConcurrentExecutions: 1",
        role("r")
    );
    let functions = [function("f", &members)];
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &functions);
    let plan = |endpoint: &str| {
        let command =
            lambdactl(folder.path()).args(["plan", "--verify", "--format", "json"]).against(&service.endpoint);
        let services = ["IAM", "EC2", "KMS", "SQS"];
        services
            .iter()
            .fold(command, |command, name| command.env(&format!("AWS_ENDPOINT_URL_{name}"), endpoint))
            .run()
            .exits(0)
    };
    let reasons = |plan: &Value| {
        plan["notes"].as_array().unwrap().iter().filter(|note| note.to_string().contains("not verified")).count()
    };
    let denied = plan(&service.endpoint).json();
    assert_eq!(reasons(&denied), 7, "{}", denied["notes"]);
    for said in ["1 role: GetRole answered AccessDenied", "1 subnet: DescribeSubnets answered UnauthorizedOperation"] {
        assert!(denied["notes"].to_string().contains(said), "{}", denied["notes"]);
    }
    // Each service has an address of its own; nothing answers at this one.
    let silent = plan("http://127.0.0.1:1").json();
    assert_eq!(reasons(&silent), 7, "{}", silent["notes"]);
    assert!(silent["notes"].to_string().contains("1 KMS key: EndpointUnreachable"), "{}", silent["notes"]);
    if let Some(python) = Python::provision() {
        let requests = service.requests();
        for name in ["iam", "ec2", "kms", "sqs"] {
            assert!(
                requests.iter().any(|request| request.contains(&format!("/us-east-1/{name}/aws4_request"))),
                "{name}"
            );
        }
        let signed = requests.iter().map(|request| request.split_once("Signature=").unwrap().1.lines().next().unwrap());
        let signed: Vec<&str> = signed.collect();
        assert_eq!(json!(signed), python.run("sign.py", &[&service.endpoint], &json!(requests)));
    }
    // The emulator knows none of these services.
    let emulator = Emulator::start();
    let plan =
        lambdactl(folder.path()).args(["plan", "--verify", "--format", "json"]).against(&emulator.endpoint).run();
    assert!(plan.json()["notes"].to_string().contains("not verified: 1 role"), "{plan:?}");
    let local = lambdactl(folder.path()).args(["plan", "--verify", "--local"]).run();
    assert!(local.stdout.contains("not verified: 1 role"), "{local:?}");
}

#[test]
fn policy_lists_what_is_asked_and_codes_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let queue = "arn:aws:sqs:us-east-1:123456789012:q";
    let members = format!("{}, {CODE}, EventSourceMappings: [{{EventSourceArn: '{queue}'}}]", role("r"));
    write(folder.path(), &[function("f", &members)]);
    let policy =
        |more: &[&str]| lambdactl(folder.path()).args(["iam-policy", "--for", "plan"]).args(more).run().exits(0);
    let verifying = policy(&["--verify"]).json().to_string();
    for (action, resource) in [("iam:GetRole", "arn:aws:iam::123456789012:role/r"), ("sqs:GetQueueAttributes", queue)] {
        assert!(verifying.contains(action) && verifying.contains(resource), "{verifying}");
    }
    assert!(!verifying.contains("kms:") && !verifying.contains("ec2:"), "{verifying}");
    assert!(!policy(&[]).stdout.contains("iam:GetRole"));
    let explained = lambdactl(folder.path()).args(["explain", "v002"]).run().exits(0).stdout;
    assert!(explained.starts_with("V002 (error): ") && explained.contains("aws:SourceArn"), "{explained}");
}

/// A value that a reference brought in stands as the reference: whether it is a secret, nobody knows.
#[test]
fn references_stand_for_their_values() {
    let Some(account) = Account::new() else { return };
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[function("f", &format!("Role: '${{env:ROLE}}', {CODE}"))]);
    let arn = "arn:aws:iam::123456789012:role/very-secret-name";
    let plan = lambdactl(folder.path()).args(["plan", "--verify", "--format", "markdown"]).env("ROLE", arn);
    let plan = plan.against(&account.server.endpoint).run().exits(1);
    assert!(plan.stderr.contains("there is no role ${env:ROLE}"), "{}", plan.stderr);
    assert!(!plan.stderr.contains("very-secret") && !plan.stdout.contains("very-secret"), "{plan:?}");
}
