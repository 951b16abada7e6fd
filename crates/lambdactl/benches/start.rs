//! Time from a command's start to the first byte of its output, and the program's size.
//!
//! The release build is what counts: `cargo bench -p lambdactl --bench start`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const PROGRAM: &str = env!("CARGO_BIN_EXE_lambdactl");
const RUNS: usize = 50;

fn main() {
    let size = fs::metadata(PROGRAM).unwrap().len() as f64 / 1e6;
    println!("program: {size:.1} MB (wanted: at most 20)");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quickstart/lambda.yaml");
    let manifest = manifest.to_str().unwrap();
    println!("command                    min ms   median ms   max ms   (wanted: at most 15)");
    for arguments in [["--help"].as_slice(), &["validate", "-f", manifest]] {
        let mut times: Vec<f64> = (0..RUNS).map(|_| milliseconds(arguments)).collect();
        times.sort_by(f64::total_cmp);
        println!("{:<24} {:>8.1}   {:>9.1}   {:>6.1}", arguments[0], times[0], times[RUNS / 2], times[RUNS - 1]);
    }
}

fn milliseconds(arguments: &[&str]) -> f64 {
    let start = Instant::now();
    let mut child = Command::new(PROGRAM).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut [0]).unwrap();
    let elapsed = start.elapsed().as_secs_f64() * 1e3;
    output.read_to_end(&mut Vec::new()).unwrap();
    child.wait().unwrap();
    elapsed
}
