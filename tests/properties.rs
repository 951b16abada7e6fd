//! For random valid manifests: what was applied is planned as unchanged, however the manifest is written.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lambdactl_apply::{ApplyOptions, Event, Status, Stop, StopReason, apply};
use lambdactl_aws::{Client, Connection, Extent, read_current, read_inventory};
use lambdactl_diff::{Plan, PlanOptions, declaration, fields, plan};
use lambdactl_emulator::{Emulator, EmulatorOptions, Fault, Faults};
use lambdactl_manifest::{Format, Input, ReadOptions, read};
use lambdactl_schema::Desired;
use lambdactl_write::{Style, format, manifest as write_manifest};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};

/// A member with some value, or none.
fn maybe(name: &'static str, values: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Vec<(String, Value)>> {
    prop_oneof![Just(vec![]), values.prop_map(move |value| vec![(name.to_owned(), value)])].boxed()
}

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9_]{1,8}"
}

/// A text that every language of manifests has to quote or escape somewhere; `${` would be a reference.
fn text() -> impl Strategy<Value = String> {
    "[ -#%-~äß✓\\n\"']{0,12}"
}

fn tags() -> impl Strategy<Value = Value> {
    let value = "[a-zA-Z0-9 _.:/=+@-]{0,8}";
    prop::collection::btree_map("[b-z][a-zA-Z0-9_.:/=+@-]{0,8}", value, 0..4).prop_map(|tags| json!(tags))
}

fn shared_members() -> Vec<BoxedStrategy<Vec<(String, Value)>>> {
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:us-east-1:123456789012:{rest}");
    let subnets = prop::collection::btree_set("subnet-[0-9a-f]{4}", 1..4);
    let groups = prop::collection::btree_set("sg-[0-9a-f]{4}", 1..4);
    let vpc = (subnets, groups, any::<bool>()).prop_map(|(subnets, groups, ipv6)| {
        json!({ "SubnetIds": subnets, "SecurityGroupIds": groups, "Ipv6AllowedForDualStack": ipv6 })
    });
    let no_vpc = Just(json!({ "SubnetIds": [], "SecurityGroupIds": [] }));
    let variables = prop::collection::btree_map(word(), text(), 0..4);
    let json_logs =
        (prop::option::of("INFO|DEBUG|ERROR"), prop::option::of("[a-z/]{1,9}")).prop_map(|(level, group)| {
            let mut config = json!({ "LogFormat": "JSON" });
            for (member, value) in [("ApplicationLogLevel", level), ("LogGroup", group)] {
                if let Some(value) = value {
                    config[member] = json!(value);
                }
            }
            config
        });
    let text_logs =
        prop_oneof![Just(json!({})), "[a-z/]{1,9}".prop_map(|group| json!({ "LogGroup": group, "LogFormat": "Text" }))];
    vec![
        maybe("Description", text().prop_map(Value::from)),
        maybe("Timeout", (1..=900_i64).prop_map(Value::from)),
        maybe("MemorySize", prop_oneof![Just(128), Just(3008), 128..=10_240_i64].prop_map(Value::from)),
        maybe("EphemeralStorage", (512..=10_240_i64).prop_map(|size| json!({ "Size": size }))),
        maybe("Architectures", "x86_64|arm64".prop_map(|name| json!([name]))),
        maybe("Environment", variables.prop_map(|variables| json!({ "Variables": variables }))),
        maybe("VpcConfig", prop_oneof![vpc.boxed(), no_vpc.boxed()]),
        maybe("TracingConfig", "Active|PassThrough".prop_map(|mode| json!({ "Mode": mode }))),
        maybe("LoggingConfig", prop_oneof![json_logs.boxed(), text_logs.boxed()]),
        maybe("Tags", tags()),
        maybe("Publish", any::<bool>().prop_map(Value::from)),
        maybe("KMSKeyArn", prop_oneof![Just(json!("")), Just(json!(arn("kms", "key/1")))]),
        maybe("DeadLetterConfig", prop_oneof![Just(json!({})), Just(json!({ "TargetArn": arn("sqs", "queue") }))]),
        maybe(
            "DurableConfig",
            (1..=90_i64).prop_map(|days| json!({ "ExecutionTimeout": 60, "RetentionPeriodInDays": days })),
        ),
    ]
}

fn zip_members() -> Vec<BoxedStrategy<Vec<(String, Value)>>> {
    let layers = prop::collection::btree_set("[a-z]{3}", 0..4).prop_map(|names| {
        names
            .iter()
            .map(|name| json!(format!("arn:aws:lambda:us-east-1:123456789012:layer:{name}:3")))
            .collect::<Value>()
    });
    vec![
        maybe("Layers", layers),
        maybe("SnapStart", Just(json!({ "ApplyOn": "None" }))),
        r"python3\.13|java21|nodejs24\.x".prop_map(|runtime| vec![("Runtime".to_owned(), json!(runtime))]).boxed(),
        Just(vec![("Handler".to_owned(), json!("app.handler"))]).boxed(),
        Just(vec![("Code".to_owned(), json!({ "S3Bucket": "my-bucket", "S3Key": "app.zip" }))]).boxed(),
    ]
}

fn image_members() -> Vec<BoxedStrategy<Vec<(String, Value)>>> {
    let uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:v1";
    vec![
        maybe(
            "ImageConfig",
            prop::collection::vec("[a-z]{1,4}", 0..3).prop_map(|command| json!({ "Command": command })),
        ),
        Just(vec![("PackageType".to_owned(), json!("Image")), ("Code".to_owned(), json!({ "ImageUri": uri }))]).boxed(),
    ]
}

fn function() -> impl Strategy<Value = Map<String, Value>> {
    let of = |own: Vec<BoxedStrategy<Vec<(String, Value)>>>| {
        let all: Vec<_> = shared_members().into_iter().chain(own).collect();
        all.prop_map(|members| members.into_iter().flatten().collect::<Map<_, _>>())
    };
    prop_oneof![3 => of(zip_members()).boxed(), 1 => of(image_members()).boxed()]
}

fn manifest() -> impl Strategy<Value = Value> {
    let functions = prop::collection::vec(function(), 1..5);
    (functions, maybe("Tags", tags()), any::<bool>()).prop_map(|(functions, defaults, named)| {
        let named_function = |(index, mut members): (usize, Map<String, Value>)| {
            members.insert("FunctionName".to_owned(), json!(format!("function-{index}")));
            members.insert("Role".to_owned(), json!("arn:aws:iam::123456789012:role/r"));
            Value::Object(members)
        };
        let functions: Vec<Value> = functions.into_iter().enumerate().map(named_function).collect();
        let mut manifest =
            json!({ "version": 1, "defaults": defaults.into_iter().collect::<Map<_, _>>(), "functions": functions });
        if named {
            manifest["name"] = json!("random");
        }
        manifest
    })
}

fn desired(text: String) -> Desired {
    let reading =
        read(&ReadOptions { inputs: vec![Input::Standard(text.clone().into_bytes())], ..ReadOptions::default() });
    assert!(reading.is_valid(), "{:?}\n{text}", reading.diagnostics);
    reading.desired
}

/// The same manifest in other words: each must mean the same.
fn variants(manifest: &Value) -> Vec<(&'static str, String)> {
    let mut reordered = manifest.clone();
    let mut spelt_out = manifest.clone();
    let mut by_name = Map::new();
    for (index, function) in manifest["functions"].as_array().unwrap().iter().enumerate() {
        let body = &mut reordered["functions"][index];
        for set in ["/VpcConfig/SubnetIds", "/VpcConfig/SecurityGroupIds"] {
            if let Some(Value::Array(items)) = body.pointer_mut(set) {
                items.reverse();
            }
        }
        let body = &mut spelt_out["functions"][index];
        for member in ["Timeout", "MemorySize", "EphemeralStorage", "Architectures", "TracingConfig", "PackageType"] {
            if body[member].is_null() {
                body[member] = fields::default_of(member);
            }
        }
        if body["Description"].is_null() {
            body["Description"] = json!("");
        }
        let mut rest = function.clone();
        let name = rest.as_object_mut().unwrap().shift_remove("FunctionName").unwrap();
        by_name.insert(name.as_str().unwrap().to_owned(), rest);
    }
    let mut as_map = manifest.clone();
    as_map["functions"] = Value::Object(by_name);
    vec![
        ("sets reordered", reordered.to_string()),
        ("defaults spelt out", spelt_out.to_string()),
        ("functions as a map", as_map.to_string()),
        ("TOML", toml::to_string(manifest).unwrap()),
        ("YAML", serde_yaml::to_string(manifest).unwrap()),
    ]
}

/// What is applied and imported, in any language and with or without its values, is planned as unchanged.
async fn check_import(wanted: Value, language: Format, show_values: bool) {
    let emulator = Emulator::start(EmulatorOptions::default()).await.unwrap();
    let client = Client::new(Connection::local(&emulator.endpoint(), "us-east-1").unwrap());
    let stop = Stop::default();
    let options = ApplyOptions {
        back: false,
        parallelism: 4,
        wait: true,
        fail_fast: false,
        timeout: Duration::from_secs(60),
        stop: &stop,
        replan: &|_, _, _| None,
        kms_key: None,
        bucket_owner: None,
    };
    apply(&planned(&client, &desired(wanted.to_string())).await, &client, options, &|_| {}).await;
    let current = read_inventory(&client, |_| true, false, 8).await.unwrap();
    emulator.stop().await.unwrap();
    assert_eq!(current.functions.len(), wanted["functions"].as_array().unwrap().len());

    let functions = current.functions.values().map(|function| {
        let mut members = declaration(function).members;
        // The archive is not imported.
        let code = members["Code"].as_object_mut().unwrap();
        if code.is_empty() {
            code.extend([("S3Bucket".to_owned(), json!("my-bucket")), ("S3Key".to_owned(), json!("app.zip"))]);
        }
        members
    });
    let head = Map::from_iter([("version".to_owned(), json!(1))]);
    let style = Style { format: language, show_values, has_references: false, service_default: &fields::default_of };
    let written = write_manifest(head, functions.collect(), style);
    let reading = read(&ReadOptions {
        inputs: vec![Input::Standard(written.text.clone().into_bytes())],
        environment: written.values.clone(),
        ..ReadOptions::default()
    });
    assert!(reading.is_valid(), "{:?}\n{}", reading.diagnostics, written.text);
    let plan = plan(&reading.desired, &current, &PlanOptions::default());
    assert!(plan.is_empty(), "{:?}\n{}", plan.functions, written.text);
    assert_eq!(format("imported", &written.text, language).unwrap(), written.text);
}

async fn planned(client: &Client, desired: &Desired) -> Plan {
    plan(desired, &read_current(client, desired, &Extent::default(), 8).await.unwrap(), &PlanOptions::default())
}

async fn check(manifest: Value) {
    let emulator = Emulator::start(EmulatorOptions::default()).await.unwrap();
    let client = Client::new(Connection::local(&emulator.endpoint(), "us-east-1").unwrap());
    let wanted = desired(manifest.to_string());
    let (stop, timeout) = (Stop::default(), Duration::from_secs(60));
    let options = ApplyOptions {
        back: false,
        parallelism: 4,
        wait: true,
        fail_fast: false,
        timeout,
        stop: &stop,
        replan: &|_, _, _| None,
        kms_key: None,
        bucket_owner: None,
    };
    let report = apply(&planned(&client, &wanted).await, &client, options, &|_| {}).await;
    assert!(report.functions.iter().all(|function| function.status == Status::Applied), "{report:?}");
    let again = planned(&client, &wanted).await;
    assert!(again.is_empty(), "{:?}\n{manifest:#}", again.functions);
    for (what, text) in variants(&manifest) {
        let same = planned(&client, &desired(text.clone())).await;
        assert!(same.is_empty(), "{what}: {:?}\n{text}", same.functions);
    }
    emulator.stop().await.unwrap();
}

/// What can happen to an apply: faults of the service, an early stop, functions that exist already.
#[derive(Clone, Debug)]
struct Weather {
    functions: usize,
    existing: usize,
    chances: Vec<(Fault, f64)>,
    seed: u64,
    fail_fast: bool,
    /// Asked to stop after so many functions were begun.
    stop_after: Option<usize>,
}

fn weather() -> impl Strategy<Value = Weather> {
    let kinds = [Fault::Throttle, Fault::Error, Fault::ErrorAfter, Fault::DropBefore, Fault::DropAfter];
    let chances = prop::collection::vec((prop::sample::select(kinds.to_vec()), 0.0..0.2_f64), 0..4);
    (1..12_usize, 0..4_usize, chances, any::<u64>(), any::<bool>(), prop::option::of(0..8_usize)).prop_map(
        |(functions, existing, chances, seed, fail_fast, stop_after)| Weather {
            functions,
            existing: existing.min(functions),
            chances,
            seed,
            fail_fast,
            stop_after,
        },
    )
}

/// Whatever happens, the report has each function of the plan once and in its order, and says of each what is true.
async fn check_report(weather: Weather) {
    let folder = tempfile::tempdir().unwrap();
    let start = |faults| {
        Emulator::start(EmulatorOptions { data: Some(folder.path().to_owned()), faults, ..EmulatorOptions::default() })
    };
    let client_of = |emulator: &Emulator| Client::new(Connection::local(&emulator.endpoint(), "us-east-1").unwrap());
    let manifest = |count: usize| {
        let function = |index: usize| {
            json!({
                "FunctionName": format!("function-{index}"), "Runtime": "python3.13", "Handler": "a.b",
                "Role": "arn:aws:iam::123456789012:role/r", "Code": { "S3Bucket": "my-bucket", "S3Key": "app.zip" }
            })
        };
        desired(json!({ "functions": (0..count).map(function).collect::<Vec<_>>() }).to_string())
    };
    let (stop, timeout) = (Stop::default(), Duration::from_secs(20));
    let options = ApplyOptions {
        back: false,
        parallelism: 3,
        wait: true,
        fail_fast: weather.fail_fast,
        timeout,
        stop: &stop,
        replan: &|_, _, _| None,
        kms_key: None,
        bucket_owner: None,
    };

    let calm = start(Faults::default()).await.unwrap();
    let client = client_of(&calm);
    apply(&planned(&client, &manifest(weather.existing)).await, &client, options, &|_| {}).await;
    let wanted = manifest(weather.functions);
    let plan = planned(&client, &wanted).await;
    calm.stop().await.unwrap();

    let emulator =
        start(Faults { chances: weather.chances.clone(), seed: weather.seed, ..Faults::default() }).await.unwrap();
    let begun = AtomicUsize::new(0);
    let watch = |event: Event<'_>| {
        if matches!(event, Event::Started(_)) && weather.stop_after == Some(begun.fetch_add(1, Ordering::Relaxed)) {
            stop.ask(StopReason::Interruption);
        }
    };
    let report = apply(&plan, &client_of(&emulator), options, &watch).await;
    emulator.stop().await.unwrap();

    let calm = start(Faults::default()).await.unwrap();
    let there = planned(&client_of(&calm), &wanted).await;
    calm.stop().await.unwrap();
    assert_eq!(report.functions.len(), plan.functions.len());
    for ((outcome, planned), there) in report.functions.iter().zip(&plan.functions).zip(&there.functions) {
        assert_eq!(outcome.name, planned.name);
        let exists = there.function_arn.is_some();
        match outcome.status {
            Status::Applied => assert!(exists && planned.action.is_call()),
            Status::Unchanged => assert!(exists && !planned.action.is_call()),
            Status::Skipped => assert!(!exists && (weather.fail_fast || weather.stop_after.is_some())),
            // Whether it is there is what the failure could not find out.
            Status::Failed => assert!(outcome.error.is_some() && planned.action.is_call()),
            Status::Drift => panic!("{outcome:?}"),
        }
    }
}

#[test]
fn report_is_true_whatever_happens() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config { cases: 24, failure_persistence: None, max_shrink_iters: 8, ..Config::default() };
    proptest!(config, |(weather in weather())| runtime.block_on(check_report(weather)));
}

#[test]
fn applied_manifest_is_planned_as_unchanged_however_it_is_written() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // A failing case is printed whole, so no file of seeds is kept.
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    proptest!(config, |(manifest in manifest())| runtime.block_on(check(manifest)));
}

#[test]
fn imported_manifest_is_planned_as_unchanged() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let language = prop::sample::select(vec![Format::Yaml, Format::Toml, Format::Json]);
    proptest!(config, |(manifest in manifest(), language in language, show_values in any::<bool>())| {
        runtime.block_on(check_import(manifest, language, show_values));
    });
}

#[test]
fn formatting_is_done_once_and_changes_nothing() {
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    proptest!(config, |(manifest in manifest())| {
        let wanted = desired(manifest.to_string());
        for (text, language) in [
            (serde_yaml::to_string(&manifest).unwrap(), Format::Yaml),
            (toml::to_string(&manifest).unwrap(), Format::Toml),
            (manifest.to_string(), Format::Json),
        ] {
            let once = format("random", &text, language).unwrap();
            assert_eq!(format("random", &once, language).unwrap(), once);
            assert!(desired(once.clone()) == wanted, "{text}\n{once}");
        }
    });
}
