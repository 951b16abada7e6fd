//! Requests, time and memory of whole commands against an emulated account, with the service's quotas and without.
//!
//! Prints one table for plans and one for applies. Requests are counted by the server; memory is the peak of the
//! command's own process, where the system tells it (Linux).
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lambdactl_emulator::{Emulator, EmulatorOptions, Quota};

/// Functions of the manifest, and of the account.
const CASES: [(usize, usize); 4] = [(3, 10_000), (1_000, 1_000), (1_000, 10_000), (10_000, 10_000)];
/// Runs of which the median counts.
const RUNS: usize = 5;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(applies());
    plans(&runtime);
}

/// First applies under the service's quotas, beside the least time that its 15 calls a second allow.
async fn applies() {
    println!("functions   floor s   seconds   ratio   throttled   requests");
    for count in [75, 300] {
        let mut times = Vec::new();
        let (mut throttled, mut answered) = (0, 0);
        for _ in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            write_manifest(folder.path(), count);
            let options = EmulatorOptions { quota: Quota::Aws, ..EmulatorOptions::default() };
            let emulator = Emulator::start(options).await.unwrap();
            let (path, endpoint) = (folder.path().to_owned(), emulator.endpoint());
            let arguments = ["apply", "--yes", "--quiet", "--format", "json"];
            let (seconds, _) =
                tokio::task::spawn_blocking(move || run(&path, &arguments, Some(&endpoint))).await.unwrap();
            times.push(seconds);
            throttled += emulator.requests().values().map(|requests| requests.throttled).sum::<u64>();
            answered = emulator.requests().values().map(|requests| requests.answered).sum::<u64>();
            emulator.stop().await.unwrap();
        }
        times.sort_by(f64::total_cmp);
        let floor = count as f64 / 15.0;
        let ratio = times[1] / floor;
        println!("{count:>9}   {floor:>7.1}   {:>7.1}   {ratio:>5.2}   {throttled:>9}   {answered:>8}", times[1]);
    }
}

fn plans(runtime: &tokio::runtime::Runtime) {
    println!("declared   in account   quota   requests   throttled   median s   peak MB   by operation");
    for account in [1_000, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        write_manifest(folder.path(), account);
        run(folder.path(), &["apply", "--yes", "--local", "--quiet", "--format", "json"], None);
        for (declared, _) in CASES.into_iter().filter(|(_, of)| *of == account) {
            write_manifest(folder.path(), declared);
            for quota in [Quota::None, Quota::Aws] {
                runtime.block_on(measure(folder.path(), declared, account, quota));
            }
        }
    }
}

async fn measure(folder: &Path, declared: usize, account: usize, quota: Quota) {
    let options = EmulatorOptions { data: Some(folder.join(".lambdactl")), quota, ..EmulatorOptions::default() };
    let emulator = Emulator::start(options).await.unwrap();
    let endpoint = emulator.endpoint();
    let mut times = Vec::new();
    let mut peak = 0.0_f64;
    for _ in 0..RUNS {
        // The quota's burst is whole again for every run.
        tokio::time::sleep(Duration::from_millis(if quota == Quota::Aws { 1_100 } else { 0 })).await;
        let (folder, endpoint) = (folder.to_owned(), endpoint.clone());
        let arguments = ["plan", "--detailed-exitcode", "--format", "json"];
        let (seconds, megabytes) =
            tokio::task::spawn_blocking(move || run(&folder, &arguments, Some(&endpoint))).await.unwrap();
        times.push(seconds);
        peak = peak.max(megabytes);
    }
    let requests = emulator.requests();
    emulator.stop().await.unwrap();
    let runs = RUNS as u64;
    let answered: u64 = requests.values().map(|requests| requests.answered).sum();
    let throttled: u64 = requests.values().map(|requests| requests.throttled).sum();
    let operations: Vec<String> = requests
        .iter()
        .map(|(operation, requests)| format!("{operation} {}", (requests.answered + requests.throttled) / runs))
        .collect();
    times.sort_by(f64::total_cmp);
    let quota = if quota == Quota::Aws { "aws" } else { "none" };
    println!(
        "{declared:>8}   {account:>10}   {quota:>5}   {:>8}   {throttled:>9}   {:>8.2}   {peak:>7.0}   {}",
        (answered + throttled) / runs,
        times[RUNS / 2],
        operations.join(", ")
    );
}

/// Runs the command; returns seconds and peak megabytes.
fn run(folder: &Path, arguments: &[&str], endpoint: Option<&str>) -> (f64, f64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambdactl"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    if let Some(endpoint) = endpoint {
        command.env("AWS_ENDPOINT_URL", endpoint).env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    }
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut peak = 0.0_f64;
    loop {
        peak = peak.max(peak_megabytes(&child));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{arguments:?}: {status}");
            return (began.elapsed().as_secs_f64(), peak);
        }
        assert!(began.elapsed() < Duration::from_secs(600), "{arguments:?} takes more than ten minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn peak_megabytes(child: &Child) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

fn write_manifest(folder: &Path, count: usize) {
    let mut text = String::from(
        "region: us-east-1\ndefaults:\n  Runtime: python3.13\n  Handler: app.handler\n  \
         Role: arn:aws:iam::123456789012:role/lambda-role\n  Code: {S3Bucket: my-bucket, S3Key: app.zip}\nfunctions:\n",
    );
    for index in 0..count {
        let _ = write!(
            text,
            "  - FunctionName: function-{index:05}
    Description: Handles events of kind {index} and passes them on to the next stage
    MemorySize: {}
    Environment: {{Variables: {{TABLE_NAME: table-{index:05}, STAGE: production, LOG_LEVEL: info}}}}
    VpcConfig: {{SubnetIds: [subnet-0a1b, subnet-1a1b], SecurityGroupIds: [sg-0a1b]}}
    Tags: {{service: service-{}}}
",
            128 + index % 1000,
            index % 50
        );
    }
    fs::write(folder.join("lambda.yaml"), text).unwrap();
}
