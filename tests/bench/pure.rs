//! Time and memory of the parts that need no network, for 100, 1,000 and 10,000 functions, and how both grow:
//! `cargo bench -p lambdactl-tests --bench pure`.
//!
//! Each size of each part is measured in a process of its own, since memory has a peak only once. The usual harnesses print
//! neither memory nor growth.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::time::Instant;

use lambdactl_diff::{CurrentFunction, CurrentState, PlanOptions, Tags, plan};
use lambdactl_manifest::{Format, Input, ReadOptions, read};
use lambdactl_schema::{ArchiveSource, Desired, Home, Policy, Validator};
use lambdactl_write::format;
use serde_json::{Map, Value, json};

const SIZES: [usize; 3] = [100, 1_000, 10_000];
/// Runs of which the median counts. The first one, which is slower, is what a command does; the others are for its noise.
const RUNS: usize = 7;
/// Does something for this many functions, and returns the milliseconds of each run.
type Part = fn(usize) -> Vec<f64>;
const PARTS: [(&str, Part); 5] = [
    ("reading", reading),
    ("validating", validating),
    ("diffing", diffing),
    ("packaging", packaging),
    ("formatting", formatting),
];
/// Says which part a process measures, and for how many functions.
const ASKED: &str = "PURE_BENCH";

fn main() {
    if let Ok(asked) = std::env::var(ASKED) {
        let (part, size) = asked.split_once(' ').unwrap();
        let mut times = PARTS.iter().find(|(name, _)| *name == part).unwrap().1(size.parse().unwrap());
        let first = times[0];
        times.sort_by(f64::total_cmp);
        println!("{first} {} {}", times[times.len() / 2], peak_megabytes());
        return;
    }
    println!("part         functions   first ms   median ms   µs each   peak MB   grows with the power");
    for (part, _) in PARTS {
        let mut medians = Vec::new();
        for size in SIZES {
            let own = std::env::current_exe().unwrap();
            let child = Command::new(own).env(ASKED, format!("{part} {size}")).output().unwrap();
            assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
            let line = String::from_utf8(child.stdout).unwrap();
            let fields: Vec<f64> = line.split_whitespace().map(|field| field.parse().unwrap()).collect();
            let [first, median, peak] = fields[..] else { panic!("{line}") };
            medians.push(median);
            let power = if medians.len() == SIZES.len() {
                format!("{:.2}", (medians[2] / medians[0]).log10() / 2.0)
            } else {
                String::new()
            };
            let each = median * 1e3 / size as f64;
            println!("{part:<12} {size:>9}   {first:>8.1}   {median:>9.1}   {each:>7.1}   {peak:>7.1}   {power:>20}");
        }
    }
}

/// The milliseconds of each run.
fn timed(mut run: impl FnMut()) -> Vec<f64> {
    let one = |()| {
        let began = Instant::now();
        run();
        began.elapsed().as_secs_f64() * 1e3
    };
    std::iter::repeat_n((), RUNS).map(one).collect()
}

/// From the text to functions that can be planned: parsing, references, defaults, validation, types.
fn reading(size: usize) -> Vec<f64> {
    let text = manifest(size);
    timed(|| assert_eq!(desired(&text).functions.len(), size))
}

/// The schema and the rules alone, on functions that were parsed and merged.
fn validating(size: usize) -> Vec<f64> {
    let functions: Vec<Value> =
        desired(&manifest(size)).functions.iter().map(|spec| Value::Object(spec.request.members())).collect();
    let home = Home { region: Some("us-west-2"), account: Some("123456789012"), ..Home::default() };
    let validator = Validator::new(Policy::default());
    timed(|| assert!(functions.iter().all(|function| validator.check_function(function, &home).is_empty())))
}

/// A plan in which every tenth function has drifted.
fn diffing(size: usize) -> Vec<f64> {
    let desired = desired(&manifest(size));
    let current = account(&desired);
    timed(|| {
        let summary = plan(&desired, &current, &PlanOptions::default()).summary();
        assert_eq!((summary.drift, summary.unchanged), (size / 10, size - size / 10));
    })
}

/// A folder with three files for each function.
fn packaging(size: usize) -> Vec<f64> {
    let folder = tempfile::tempdir().unwrap();
    let sources: Vec<ArchiveSource> = (0..size)
        .map(|index| {
            let path = folder.path().join(format!("function-{index}"));
            fs::create_dir(&path).unwrap();
            for file in ["app.py", "helpers.py", "settings.json"] {
                fs::write(path.join(file), format!("# {index}\n{}", "line = 'of a small file'\n".repeat(40))).unwrap();
            }
            ArchiveSource::folder(path)
        })
        .collect();
    timed(|| assert!(sources.iter().all(|source| lambdactl_package::read(source).is_ok())))
}

/// What `fmt` does with a manifest that is not in order.
fn formatting(size: usize) -> Vec<f64> {
    let text = manifest(size);
    timed(|| assert!(format("bench", &text, Format::Yaml).unwrap() != text))
}

/// The process's peak, where the system tells it (Linux); not a number elsewhere.
fn peak_megabytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kilobytes = line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes / 1024.0)
}

fn desired(text: &str) -> Desired {
    let inputs = vec![Input::Standard(text.as_bytes().to_vec())];
    let reading = read(&ReadOptions { inputs, ..ReadOptions::default() });
    assert!(reading.is_valid(), "{:?}", reading.diagnostics.first());
    reading.desired
}

/// An account that has the functions, as the service would answer; every tenth has another timeout.
fn account(desired: &Desired) -> CurrentState {
    let answered = |(index, spec): (usize, &lambdactl_schema::FunctionSpec)| {
        let mut configuration = spec.request.members();
        configuration.shift_remove("Code");
        let tags = spec.request.tags.clone().unwrap_or_default();
        configuration.shift_remove("Tags");
        let name = spec.request.function_name.clone();
        configuration
            .insert("FunctionArn".into(), json!(format!("arn:aws:lambda:us-west-2:123456789012:function:{name}")));
        if let Some(Value::Array(layers)) = configuration.get_mut("Layers") {
            layers.iter_mut().for_each(|layer| *layer = json!({ "Arn": layer, "CodeSize": 1 }));
        }
        if index % 10 == 0 {
            configuration.insert("Timeout".into(), json!(901));
        }
        let code = Some(Map::from_iter([("RepositoryType".to_owned(), json!("S3"))]));
        (name, CurrentFunction { configuration, code, tags: Tags::Known(tags), ..CurrentFunction::default() })
    };
    let functions: BTreeMap<_, _> = desired.functions.iter().enumerate().map(answered).collect();
    CurrentState { region: "us-west-2".into(), functions, ..CurrentState::default() }
}

/// A manifest of functions as they are in real repositories, about 800 bytes each.
fn manifest(size: usize) -> String {
    let mut text = String::from(
        "version: 1\nname: bench\nregion: us-west-2\naccount: \"123456789012\"\ndefaults:\n  Runtime: python3.13\n  \
         Role: arn:aws:iam::123456789012:role/lambda-role\n  Tags: {team: payments, stage: production}\nfunctions:\n",
    );
    for index in 0..size {
        let (memory, timeout, service) = (128 + index % 1000, 1 + index % 900, index % 50);
        let _ = write!(
            text,
            "  - FunctionName: function-{index:05}
    Description: Handles events of kind {index} and passes them on to the next stage
    Handler: app.handlers.kind{index}.handle
    MemorySize: {memory}
    Timeout: {timeout}
    Code:
      S3Bucket: my-artifacts-bucket
      S3Key: releases/2026/11/function-{index:05}.zip
    Environment:
      Variables:
        TABLE_NAME: table-{index:05}
        QUEUE_URL: https://sqs.us-west-2.amazonaws.com/123456789012/queue-{index:05}
        LOG_LEVEL: info
    VpcConfig:
      SubnetIds: [subnet-0a1b2c3d4e5f, subnet-1a1b2c3d4e5f]
      SecurityGroupIds: [sg-0a1b2c3d4e5f]
    Layers:
      - arn:aws:lambda:us-west-2:123456789012:layer:shared-tools:12
    LoggingConfig: {{LogFormat: JSON, ApplicationLogLevel: INFO}}
    Tags:
      service: service-{service}
    Architectures: [arm64]
"
        );
    }
    text
}
