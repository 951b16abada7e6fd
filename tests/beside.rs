//! What stands beside functions, kind by kind: absent, one value, another, `null` and absent again, at the creation of a
//! function and on one that is there. Plain apply creates, `--update` changes, `--prune` removes; exactly the necessary calls
//! are sent, and the next plan is empty.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "beside/rows.rs"]
mod rows;

use std::path::Path;

use lambdactl_tests::http::{Recorder, send};
use lambdactl_tests::python::{Peer, Python, write_manifest};
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

use rows::{Row, rows};

const ZIP: &str = "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAAEAAAAYS5weWFQSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAABAAAAAAAAAAAAAAApAEAAAAAYS5weVBLBQYAAAAAAQABADIAAAAjAAAAAAA=";

/// A function with a value at a place; `None` leaves the key out.
fn function(name: &str, row: &Row, value: Option<&Value>) -> Value {
    let mut function = json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/lambda-role",
        "Code": { "ZipFile": ZIP }
    });
    function.as_object_mut().unwrap().extend(row.base.as_object().unwrap().clone());
    let Some(value) = value else { return function };
    let mut here = &mut function;
    for name in row.pointer.split('/').skip(1) {
        here = here.as_object_mut().unwrap().entry(name).or_insert_with(|| json!({}));
    }
    *here = value.clone();
    function
}

struct Place {
    server: Emulator,
    recorder: Recorder,
    folder: tempfile::TempDir,
}

impl Place {
    fn new(options: &[&str]) -> Self {
        let server = Emulator::start_with(options);
        let recorder = Recorder::in_front_of(server.endpoint.trim_start_matches("http://"));
        Self { server, recorder, folder: tempfile::tempdir().unwrap() }
    }

    fn declare(&self, functions: &[Value]) {
        write_manifest(self.folder.path(), &json!({ "name": "ours", "region": "us-east-1", "functions": functions }));
    }

    /// Declares everything that a manifest can have, in one of two states.
    fn declare_all(&self, state: usize) {
        let layers = json!([{ "LayerName": "tools", "Content": { "ZipFile": ZIP }, "Description": format!("state {state}"),
            "versions": { "keep": 1 } }]);
        let functions = [furnished(state)];
        let manifest = json!({ "name": "ours", "region": "us-east-1", "layers": layers, "functions": functions });
        write_manifest(self.folder.path(), &manifest);
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let ran = ran(self.folder.path(), &self.recorder.endpoint, arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}\n{}", ran.stdout, ran.stderr);
        ran.json()
    }

    /// Applies, and returns the calls that changed something.
    fn apply(&self, flags: &[&str]) -> Vec<String> {
        self.recorder.clear();
        let arguments: Vec<&str> = ["apply", "--yes"].iter().chain(flags).copied().collect();
        self.run(&arguments);
        changes(&self.recorder)
    }

    fn plan(&self, flags: &[&str]) -> Value {
        let arguments: Vec<&str> = ["plan"].iter().chain(flags).copied().collect();
        self.run(&arguments)["functions"][0].take()
    }

    fn assert_settled(&self, what: &str) {
        let plan = self.run(&["plan", "--update", "--prune"]);
        assert_eq!(plan["functions"][0]["action"], "unchanged", "{what}: {plan}");
        let layers = plan["layers"].as_array().unwrap();
        assert!(layers.iter().all(|layer| layer["action"] == "unchanged"), "{what}: {plan}");
    }
}

fn ran(folder: &Path, endpoint: &str, arguments: &[&str]) -> Ran {
    lambdactl(folder)
        .args(arguments)
        .args(["--format", "json", "--rate", "0", "--get-function-rate", "0"])
        .against(endpoint)
        .run()
}

/// The operations that changed something, in their order.
fn changes(recorder: &Recorder) -> Vec<String> {
    let operation = |line: String| {
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
        let (operation, _) = lambdactl_schema::Operation::at(&method, &path)?;
        (method != "GET").then(|| operation.name().to_owned())
    };
    recorder.lines().into_iter().filter_map(operation).collect()
}

#[test]
fn every_kind_goes_through_its_states_on_a_function_that_is_there() {
    for (index, row) in rows().iter().enumerate() {
        let place = Place::new(&["--updating", "20ms"]);
        let name = format!("f{index}");
        let declare = |value: Option<&Value>| place.declare(&[function(&name, row, value)]);
        declare(None);
        place.apply(&[]);
        place.assert_settled(row.title);

        let [add, change, remove] = row.calls;
        declare(Some(&row.one));
        if row.is_thing {
            assert_eq!(place.plan(&[])["action"], "update", "{}", row.title);
            assert_eq!(place.apply(&[]), add, "{}: created", row.title);
        } else {
            assert_eq!(place.plan(&[])["action"], "drift", "{}", row.title);
            assert!(place.apply(&[]).is_empty(), "{}: plain apply leaves a setting alone", row.title);
            assert_eq!(place.apply(&["--update"]), add, "{}: set", row.title);
        }
        place.assert_settled(row.title);

        declare(Some(&row.other));
        assert_eq!(place.plan(&[])["action"], "drift", "{}", row.title);
        assert!(place.apply(&["--prune"]).is_empty(), "{}: --prune changes nothing in place", row.title);
        assert_eq!(place.apply(&["--update"]), change, "{}: changed", row.title);
        place.assert_settled(row.title);

        // What is left out is not looked at.
        declare(None);
        place.assert_settled(row.title);

        declare(Some(&Value::Null));
        let [kept, removes] = if row.is_thing { ["--update", "--prune"] } else { ["--prune", "--update"] };
        assert!(
            place.apply(&[]).is_empty() && place.apply(&[kept]).is_empty(),
            "{}: {kept} removes nothing",
            row.title
        );
        assert_eq!(place.apply(&[removes]), remove, "{}: {removes}", row.title);
        place.assert_settled(row.title);
    }
}

#[test]
fn every_kind_comes_with_a_new_function_and_the_tag_goes() {
    for (index, row) in rows().iter().enumerate() {
        for flags in [&[][..], &["--update"]] {
            let place = Place::new(&["--pending", "20ms", "--updating", "20ms"]);
            let name = format!("f{index}");
            place.declare(&[function(&name, row, Some(&row.one))]);
            let plan = place.plan(&[]);
            assert_eq!(plan["action"], "create", "{}", row.title);
            let calls = place.apply(flags);
            assert_eq!(calls.first().map(String::as_str), Some("CreateFunction"), "{}", row.title);
            assert_eq!(calls.last().map(String::as_str), Some("UntagResource"), "{}", row.title);
            for call in row.calls[0] {
                assert!(calls.iter().any(|made| made == call), "{}: {call} in {calls:?}", row.title);
            }
            place.assert_settled(row.title);
            let answer = send(&place.server.endpoint, "GET", &format!("/2015-03-31/functions/{name}"));
            assert!(!answer.contains("lambdactl:creating"), "{answer}");
            // Nothing is to be done twice.
            assert!(place.apply(&["--update", "--prune"]).is_empty(), "{}", row.title);
        }
    }
}

/// The kinds that moto keeps as the service does: it has no list of URLs, takes no account of qualifiers, and keeps the first
/// configuration of asynchronous calls.
const MOTO_KEEPS: &[&str] = &["permission", "alias", "queue", "stream"];
/// The kinds that ministack does not have, or does not keep as the service does: it answers defaults for asynchronous calls of
/// an alias that has none, has one policy for a function and its aliases, lists the URL of an alias as the function's, and takes
/// 10 records of a stream where nothing is said.
const MINISTACK_DROPS: &[&str] = &[
    "runtime management",
    "permission of an alias",
    "asynchronous calls of an alias",
    "function URL of an alias",
    "Kafka of one's own",
    "stream",
];

/// Goes through the states of a kind on a server of other people: each is there as boto3 reads it, and planned as unchanged.
fn go_through_elsewhere(python: &Python, address: &str, row: &Row, index: usize) {
    let endpoint = format!("http://{address}");
    let folder = tempfile::tempdir().unwrap();
    let name = format!("f{index}");
    let apply = |value: Option<&Value>, flags: &[&str]| {
        let functions = [function(&name, row, value)];
        write_manifest(folder.path(), &json!({ "region": "us-east-1", "functions": functions }));
        for arguments in [&["apply", "--yes"][..], &["plan"][..]] {
            let ran = ran(folder.path(), &endpoint, &[arguments, flags].concat());
            assert_eq!(ran.code, 0, "{}: {arguments:?}: {}\n{}", row.title, ran.stdout, ran.stderr);
            if arguments == ["plan"] {
                let plan = ran.json();
                assert_eq!(plan["functions"][0]["action"], "unchanged", "{}: {value:?}: {plan}", row.title);
            }
        }
        python.run("peer.py", &["beside", &endpoint, &name, "live", row.pointer], &Value::Null)
    };
    let nothing = apply(None, &[]);
    for value in [&row.one, &row.other] {
        let answer = apply(Some(value), &["--update"]);
        let text = answer.to_string();
        let leaves = leaves(value);
        assert!(!leaves.is_empty());
        for leaf in leaves.iter().filter(|leaf| !["true", "false", "published"].contains(&leaf.as_str())) {
            assert!(text.contains(leaf.as_str()), "{}: {leaf} is not in {text}", row.title);
        }
    }
    let gone = apply(Some(&Value::Null), &["--update", "--prune"]);
    assert_eq!(meaning(&gone), meaning(&nothing), "{}", row.title);
}

/// The texts and numbers of a value.
fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members.values().flat_map(leaves).collect(),
        Value::Array(items) => items.iter().flat_map(leaves).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// What an answer says: nothing in whichever way it is spelt, and no date.
fn meaning(answer: &Value) -> Value {
    match answer {
        Value::Object(members) => {
            let is_told = |(name, value): &(&String, Value)| {
                !value.is_null() && !["LastModified", "RevisionId", "FunctionArn", "Policy"].contains(&name.as_str())
            };
            let told: serde_json::Map<String, Value> = members
                .iter()
                .map(|(name, value)| (name, meaning(value)))
                .filter(is_told)
                .map(|(name, value)| (name.clone(), value))
                .collect();
            if told.is_empty() { Value::Null } else { Value::Object(told) }
        }
        other => other.clone(),
    }
}

#[test]
fn servers_of_other_people_follow_as_far_as_they_keep_kinds() {
    let Some(python) = Python::provision() else { return };
    let moto = Peer::moto(&python);
    python.run("peer.py", &["prepare", &format!("http://{}", moto.address)], &Value::Null);
    python.run("peer.py", &["sources", &format!("http://{}", moto.address)], &Value::Null);
    let ministack = Peer::ministack(&python);
    python.run("peer.py", &["prepare", &format!("http://{}", ministack.address)], &Value::Null);
    for (index, row) in rows().iter().enumerate() {
        if MOTO_KEEPS.contains(&row.title) {
            go_through_elsewhere(&python, &moto.address, row, index);
        }
        if !MINISTACK_DROPS.contains(&row.title) {
            go_through_elsewhere(&python, &ministack.address, row, index);
        }
    }
}

/// One function with every kind, in one of two states.
fn furnished(state: usize) -> Value {
    let pick = |one: Value, other: Value| if state == 0 { one } else { other };
    json!({
        "FunctionName": "orders", "Runtime": "python3.13", "Handler": "a.b", "Publish": true,
        "Role": "arn:aws:iam::123456789012:role/r", "Code": { "ZipFile": ZIP }, "Timeout": pick(json!(3), json!(9)),
        "Layers": ["${layer:tools}"],
        "versions": { "keep": 2 },
        "ReservedConcurrentExecutions": pick(json!(50), json!(20)),
        "RecursiveLoop": pick(json!("Allow"), json!(null)),
        "RuntimeManagementConfig": { "UpdateRuntimeOn": pick(json!("FunctionUpdate"), json!("Auto")) },
        "EventInvokeConfig": pick(json!({ "MaximumRetryAttempts": 1 }), json!(null)),
        "FunctionUrlConfig": pick(json!({ "AuthType": "AWS_IAM" }), json!(null)),
        "EventSourceMappings": {
            "queue": { "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:orders", "BatchSize": pick(json!(5), json!(6)) },
            "topic": {
                "SelfManagedEventSource": { "Endpoints": { "KAFKA_BOOTSTRAP_SERVERS": ["a.example.com:9092"] } },
                "Topics": ["audit"], "SourceAccessConfigurations": [{ "Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:k" }],
                "SelfManagedKafkaEventSourceConfig": { "ConsumerGroupId": pick(json!("one"), json!("other")) }
            }
        },
        "Permissions": {
            "api": { "Principal": "apigateway.amazonaws.com", "SourceAccount": pick(json!("123456789012"), json!("210987654321")) },
            "old": pick(json!({ "Principal": "123456789012" }), json!(null))
        },
        "Aliases": {
            "live": {
                "FunctionVersion": "published",
                "Description": pick(json!("one"), json!("other")),
                "ProvisionedConcurrentExecutions": pick(json!(30), json!(10)),
                "FunctionUrlConfig": { "AuthType": pick(json!("NONE"), json!("AWS_IAM")), "public": pick(json!(true), json!(false)) },
                "EventInvokeConfig": { "MaximumRetryAttempts": pick(json!(0), json!(1)) },
                "EventSourceMappings": pick(
                    json!([{ "EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/s", "StartingPosition": "LATEST" }]),
                    json!([])
                )
            },
            "gone": pick(json!({ "FunctionVersion": "1" }), json!(null))
        }
    })
}

/// Starts an apply and kills it when the server has taken so many changing calls. Returns whether it was still running.
fn kill_after(place: &Place, arguments: &[&str], calls: usize) -> bool {
    place.recorder.clear();
    let mut child = lambdactl(place.folder.path())
        .args(["apply", "--yes"])
        .args(arguments)
        .args(["--rate", "0", "--get-function-rate", "0"])
        .against(&place.recorder.endpoint)
        .spawn();
    for _ in 0..10_000 {
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success());
            return false;
        }
        if changes(&place.recorder).len() >= calls {
            child.kill().unwrap();
            child.wait().unwrap();
            return true;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    panic!("apply did not end");
}

#[test]
fn killed_after_any_call_the_next_apply_goes_on() {
    const BOUND: usize = 60;
    for update in [false, true] {
        let mut killed = 0;
        for calls in 1..BOUND {
            let place = Place::new(&["--updating", "5ms", "--latency", "2ms"]);
            place.declare_all(0);
            let mut flags: &[&str] = &[];
            if update {
                place.apply(&[]);
                place.declare_all(1);
                flags = &["--update", "--prune"];
            }
            let is_killed = kill_after(&place, flags, calls);
            place.apply(flags);
            place.assert_settled(&format!("killed after {calls} calls, update: {update}"));
            let answer = send(&place.server.endpoint, "GET", "/2015-03-31/functions/orders");
            assert!(!answer.contains("lambdactl:creating"), "{answer}");
            let layers = send(&place.server.endpoint, "GET", "/2018-10-31/layers/tools/versions");
            assert_eq!(layers.matches("\"LayerVersionArn\"").count(), 1, "{layers}");
            killed += usize::from(is_killed);
            if !is_killed {
                break;
            }
        }
        assert!((10..BOUND - 1).contains(&killed), "{killed}");
    }
}

/// Numbers that look random, and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick(&mut self, values: &[Value]) -> Value {
        values[self.roll(values.len() as u64) as usize].clone()
    }

    /// Adds a key, half of the time.
    fn maybe(&mut self, members: &mut Value, key: &str, values: &[Value]) {
        if self.roll(2) == 0 {
            members[key] = self.pick(values);
        }
    }
}

/// What can hang on a function or an alias.
fn hanging(dice: &mut Dice, owner: &mut Value) {
    let queue = |name: &str| json!({ "Destination": format!("arn:aws:sqs:us-east-1:123456789012:{name}") });
    dice.maybe(
        owner,
        "EventInvokeConfig",
        &[
            json!({ "MaximumRetryAttempts": 2 }),
            json!({ "MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60 }),
            json!({ "DestinationConfig": { "OnFailure": queue("failed"), "OnSuccess": queue("done") } }),
        ],
    );
    dice.maybe(
        owner,
        "FunctionUrlConfig",
        &[
            json!({ "AuthType": "AWS_IAM" }),
            json!({ "AuthType": "AWS_IAM", "InvokeMode": "BUFFERED", "Cors": {} }),
            json!({ "AuthType": "NONE", "public": true, "InvokeMode": "RESPONSE_STREAM" }),
            json!({ "AuthType": "NONE", "public": false, "Cors": { "AllowOrigins": ["https://b", "https://a"],
                "AllowHeaders": ["X-One", "x-two"], "AllowMethods": ["POST", "GET"], "MaxAge": 0, "AllowCredentials": true } }),
        ],
    );
    if dice.roll(2) == 0 {
        let mut statements = json!({});
        for (id, values) in [
            (
                "s3",
                json!({ "Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b", "SourceAccount": "123456789012" }),
            ),
            ("account", json!({ "Principal": "210987654321" })),
            ("root", json!({ "Principal": "arn:aws:iam::210987654321:root", "Action": "lambda:InvokeFunction" })),
            ("org", json!({ "Principal": "*", "PrincipalOrgID": "o-abc1234567" })),
            ("alexa", json!({ "Principal": "alexa-appkit.amazon.com", "EventSourceToken": "amzn1.ask.skill.1" })),
            (
                "url",
                json!({ "Principal": "210987654321", "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "AWS_IAM" }),
            ),
        ] {
            if dice.roll(2) == 0 {
                statements[id] = values;
            }
        }
        owner["Permissions"] = statements;
    }
}

/// What can feed a function or an alias: each source has one mapping.
fn feeding(dice: &mut Dice, owner: &mut Value) {
    let number = dice.roll(1 << 30);
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:us-east-1:123456789012:{rest}{number}");
    let failed = json!({ "OnFailure": { "Destination": "arn:aws:sqs:us-east-1:123456789012:failed" } });
    let mappings = [
        json!({ "EventSourceArn": arn("sqs", "q"), "BatchSize": 100, "MaximumBatchingWindowInSeconds": 1, "Tags": { "a": "b" } }),
        json!({ "EventSourceArn": arn("sqs", "r"), "ScalingConfig": {}, "FilterCriteria": { "Filters": [
            { "Pattern": { "body": { "z": ["1"], "a": [{ "exists": true }] } } }, { "Pattern": "{ \"body\" : {\"b\":[1]}}" }] } }),
        json!({ "EventSourceArn": format!("{}.fifo", arn("sqs", "s")), "BatchSize": 10, "Enabled": false }),
        json!({ "EventSourceArn": arn("kinesis", "stream/t"), "StartingPosition": "LATEST", "DestinationConfig": failed,
            "MaximumRecordAgeInSeconds": -1, "BisectBatchOnFunctionError": true, "FunctionResponseTypes": ["ReportBatchItemFailures"] }),
        json!({ "EventSourceArn": format!("{}/stream/2024-01-01T00:00:00.000", arn("dynamodb", "table/u")),
            "StartingPosition": "TRIM_HORIZON", "TumblingWindowInSeconds": 5, "DestinationConfig": {} }),
        json!({ "EventSourceArn": arn("kafka", "cluster/v/"), "Topics": ["audit"], "StartingPosition": "LATEST",
            "MetricsConfig": { "Metrics": ["ErrorCount", "EventCount"] }, "LoggingConfig": { "SystemLogLevel": "WARN" },
            "ProvisionedPollerConfig": { "MinimumPollers": 2 } }),
        json!({ "EventSourceArn": arn("mq", "broker:w:b-"), "Queues": ["q"], "SourceAccessConfigurations": [
            { "Type": "VIRTUAL_HOST", "URI": "/" }, { "Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:m" }] }),
        json!({ "EventSourceArn": arn("rds", "cluster:x"), "StartingPosition": "LATEST",
            "DocumentDBEventSourceConfig": { "DatabaseName": "d", "CollectionName": "c" },
            "SourceAccessConfigurations": [{ "Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:d" }] }),
    ];
    let chosen: Vec<Value> = mappings.into_iter().filter(|_| dice.roll(3) == 0).collect();
    match dice.roll(3) {
        0 => {}
        1 => owner["EventSourceMappings"] = json!(chosen),
        _ => {
            let labelled = chosen.into_iter().enumerate().map(|(index, mapping)| (format!("label-{index}"), mapping));
            owner["EventSourceMappings"] = labelled.collect::<serde_json::Map<_, _>>().into();
        }
    }
}

fn random(dice: &mut Dice, name: &str) -> Value {
    let mut function = json!({
        "FunctionName": name, "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "S3Bucket": "code", "S3Key": "app.zip" }, "Publish": true
    });
    dice.maybe(&mut function, "ReservedConcurrentExecutions", &[json!(100), json!(200)]);
    dice.maybe(&mut function, "RecursiveLoop", &[json!("Terminate"), json!("Allow")]);
    dice.maybe(
        &mut function,
        "RuntimeManagementConfig",
        &[json!({ "UpdateRuntimeOn": "Auto" }), json!({ "UpdateRuntimeOn": "FunctionUpdate" })],
    );
    hanging(dice, &mut function);
    feeding(dice, &mut function);
    let mut aliases = json!({});
    for alias in ["live", "next", "old"] {
        if dice.roll(2) == 0 {
            let mut members = json!({ "FunctionVersion": "published" });
            dice.maybe(&mut members, "Description", &[json!(""), json!("what is called")]);
            if alias == "live" {
                dice.maybe(&mut members, "ProvisionedConcurrentExecutions", &[json!(1), json!(9)]);
            }
            dice.maybe(&mut members, "RoutingConfig", &[json!({}), json!({ "AdditionalVersionWeights": {} })]);
            hanging(dice, &mut members);
            feeding(dice, &mut members);
            aliases[alias] = members;
        }
    }
    function["Aliases"] = aliases;
    function
}

/// The same with every map the other way round.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect(),
        Value::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

#[test]
fn any_manifest_is_settled_once_it_is_applied_and_so_is_what_is_imported() {
    let mut dice = Dice(7);
    for round in 0..6 {
        let place = Place::new(&[]);
        let functions: Vec<Value> = (0..6).map(|index| random(&mut dice, &format!("f{index}"))).collect();
        let manifest = json!({ "name": "ours", "region": "us-east-1", "functions": functions });
        place.declare(&functions);
        place.apply(&[]);
        let settled = |what: &str, file: &str| {
            let plan = place.run(&["plan", file, "--update"]);
            let open: Vec<&Value> = plan["functions"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|function| function["action"] != "unchanged")
                .collect();
            assert!(open.is_empty(), "round {round}, {what}: {open:?}");
        };
        settled("as it is", "lambda.json");
        let write = |name: &str, text: String| std::fs::write(place.folder.path().join(name), text).unwrap();
        write("reversed.json", reversed(&manifest).to_string());
        settled("reversed, as JSON", "reversed.json");
        write("same.toml", toml::to_string(&manifest).unwrap());
        settled("as TOML", "same.toml");

        let imported = lambdactl(place.folder.path())
            .args(["import", "--out", "imported.yaml", "--rate", "0", "--get-function-rate", "0"])
            .against(&place.server.endpoint)
            .run();
        assert_eq!(imported.code, 0, "{}", imported.stderr);
        assert!(!imported.stderr.contains("will show as different"), "{}", imported.stderr);
        // What is imported says nothing of how the code came about.
        settled("imported", "imported.yaml");
    }
}
