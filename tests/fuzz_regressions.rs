//! What the fuzz targets check, over inputs on which they have failed, samples of what is honest, and mutations of each.
//!
//! An input on which the fuzzer has failed goes into `fuzz/regressions/TARGET/` and stays there. Those of manifests are read
//! by `crates/lambdactl-manifest/tests/corpus.rs`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "fuzz/checks/account.rs"]
mod account;
#[path = "fuzz/checks/answers.rs"]
mod answers;
#[path = "fuzz/checks/convert.rs"]
mod convert;
#[path = "fuzz/checks/desired.rs"]
mod desired;
#[path = "fuzz/checks/saved_plan.rs"]
mod saved_plan;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lambdactl_tests::repository;

/// The longest that one input may take, in a debug build on a busy machine.
const LONGEST: Duration = Duration::from_secs(10);

/// Checks every file of some folders, and mutations of each, and says which fail.
fn check_all(folders: &[&str], mutations: usize, check: impl Fn(&[u8])) {
    let files = folders.iter().flat_map(|folder| {
        let mut files: Vec<PathBuf> =
            fs::read_dir(repository().join("tests").join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().filter(|path| path.is_file())
    });
    let mut failed = Vec::new();
    let mut count = 0;
    for file in files {
        let text = fs::read(&file).unwrap();
        for mutation in 0..=mutations {
            let input = mutated(&text, mutation);
            let began = Instant::now();
            count += 1;
            let outcome = catch_unwind(AssertUnwindSafe(|| check(&input)));
            assert!(began.elapsed() < LONGEST, "{} {mutation}: {:?}", file.display(), began.elapsed());
            if outcome.is_err() {
                failed.push(format!("{} {mutation}", file.display()));
                break;
            }
        }
    }
    assert!(count > mutations, "{folders:?} have no inputs");
    assert!(failed.is_empty(), "{failed:#?}");
}

/// The text itself, or with some bytes changed, doubled or left out, the same ones each time.
fn mutated(text: &[u8], mutation: usize) -> Vec<u8> {
    const SPEAKING: &[u8] = b"{}[]:,\"'\\/0-.eE\n\t !&*|>$%#\x00\xff\xc3";
    let mut bytes = text.to_vec();
    let mut state = 0x2545_f491_4f6c_dd1d ^ (mutation as u64);
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % limit.max(1) as u64).unwrap()
    };
    for _ in 0..mutation.min(4) {
        if bytes.is_empty() {
            break;
        }
        let at = below(bytes.len());
        let speaking = SPEAKING[below(SPEAKING.len())];
        match below(4) {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, speaking),
            2 => bytes[at] = speaking,
            _ => {
                let end = (at + below(40)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

#[test]
fn answers_hold() {
    check_all(&["fuzz/regressions/answers"], 20, answers::check);
}

#[test]
fn accounts_hold() {
    check_all(&["fuzz/regressions/account"], 30, account::check);
}

#[test]
fn saved_plans_hold() {
    check_all(&["fuzz/regressions/saved-plan"], 60, saved_plan::check);
}

#[test]
fn conversions_hold() {
    let samples =
        ["cloudformation", "lambroll", "sam", "serverless", "terraform"].map(|tool| format!("cases/convert-{tool}"));
    let folders: Vec<&str> = samples.iter().map(String::as_str).chain(["fuzz/regressions/convert"]).collect();
    check_all(&folders, 30, convert::check);
}
