//! Time and memory of reading and validating 100, 1,000 and 10,000 functions, and how both grow.
//!
//! Prints one table; each size is measured in a process of its own, since memory has a peak only once. The usual
//! harnesses print neither memory nor growth.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;
use std::process::Command;
use std::time::Instant;

use lambdactl_manifest::{Input, ReadOptions, read};

const SIZES: [usize; 3] = [100, 1_000, 10_000];
/// Runs of which the median counts. The first one, which is slower, is what a command does; the others are for its noise.
const RUNS: usize = 7;

fn main() {
    if let Some(size) = std::env::var_os("READING_BENCH_SIZE") {
        return measure(size.to_str().unwrap().parse().unwrap());
    }
    println!("functions   YAML bytes   first ms   median ms   MB/s   peak MB");
    let mut medians = Vec::new();
    for size in SIZES {
        let child = Command::new(std::env::current_exe().unwrap())
            .env("READING_BENCH_SIZE", size.to_string())
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
        let line = String::from_utf8(child.stdout).unwrap();
        let fields: Vec<f64> = line.split_whitespace().map(|field| field.parse().unwrap()).collect();
        let [bytes, first, median, peak] = fields[..] else { panic!("{line}") };
        let rate = bytes / 1e6 / (median / 1e3);
        println!("{size:>9}   {bytes:>10}   {first:>8.1}   {median:>9.1}   {rate:>4.0}   {peak:>7.1}");
        medians.push(median);
    }
    let exponent = (medians[2] / medians[0]).log10() / 2.0;
    println!("time grows with the power {exponent:.2} of the number of functions from {} to {}", SIZES[0], SIZES[2]);
}

fn measure(size: usize) {
    let text = manifest(size);
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..RUNS {
        let inputs = vec![Input::Standard(text.clone().into_bytes())];
        let began = Instant::now();
        let reading = read(&ReadOptions { inputs, ..ReadOptions::default() });
        times.push(began.elapsed().as_secs_f64() * 1e3);
        assert!(reading.is_valid() && reading.desired.functions.len() == size, "{:?}", reading.diagnostics.first());
    }
    let first = times[0];
    times.sort_by(f64::total_cmp);
    println!("{} {first} {} {}", text.len(), times[RUNS / 2], peak_megabytes());
}

/// The process's peak, where the system tells it (Linux); not a number elsewhere.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace()
        .next()
        .and_then(|kilobytes| kilobytes.parse::<f64>().ok())
        .map_or(f64::NAN, |kb| kb / 1024.0)
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
