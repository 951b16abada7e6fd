//! Golden cases: every folder under `cases/` is one.
//!
//! A case holds manifests and a file `commands` with one command line each; what the commands print and how they exit
//! is compared with the file `expected`. `UPDATE_GOLDEN=1 cargo test -p lambdactl-tests --test golden` rewrites those
//! files: read the difference before you commit it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use lambdactl_tests::{copy_tree, lambdactl, repository};

#[test]
fn every_case_prints_what_it_should() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut cases: Vec<_> = fs::read_dir(repository().join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("commands").exists())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for case in &cases {
        let got = run_case(case);
        let file = case.join("expected");
        if update {
            fs::write(&file, &got).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != got {
            wrong.push(format!("{}:\n{got}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "not as expected (UPDATE_GOLDEN=1 rewrites):\n{}", wrong.join("\n"));
}

/// Runs a case's commands one after the other in a copy of its folder.
fn run_case(case: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    copy_tree(case, folder.path());
    for file in ["commands", "expected"] {
        let _ = fs::remove_file(folder.path().join(file));
    }
    let mut transcript = String::new();
    for line in fs::read_to_string(case.join("commands")).unwrap().lines().filter(|line| !line.is_empty()) {
        let ran = lambdactl(folder.path())
            .args(line.split_whitespace())
            .env("TOKEN", "s3cret")
            .env("AWS_ACCOUNT_ID", "123456789012")
            .run();
        writeln!(transcript, "$ lambdactl {line}\n{}", without_fingerprints(ran.stdout.trim_end())).unwrap();
        // Log lines have times and request ids.
        let mut lines: Vec<&str> = ran
            .stderr
            .trim_end()
            .lines()
            .filter(|line| !line.contains(" DEBUG ") && !line.contains(" INFO "))
            .collect();
        // Functions are worked on at a time: their progress comes in any order.
        if lines.iter().all(|line| line.ends_with(": creating") || line.ends_with(": created")) {
            lines.sort_unstable();
        }
        for line in lines {
            writeln!(transcript, "! {line}").unwrap();
        }
        writeln!(transcript, "exit {}\n", ran.code).unwrap();
    }
    assert!(!transcript.contains("s3cret"), "{transcript}");
    transcript
}

/// Fingerprints of secrets are of one run: `#` and six digits become `#……`.
fn without_fingerprints(text: &str) -> String {
    let mut parts = text.split('#');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_one = part.len() >= 6 && part.as_bytes()[..6].iter().all(u8::is_ascii_hexdigit);
        result += "#";
        result += if is_one { "……" } else { "" };
        result += if is_one { &part[6..] } else { part };
    }
    result
}

#[test]
fn every_example_is_valid_plans_and_applies_to_nothing_left() {
    let mut any = false;
    for entry in fs::read_dir(repository().join("examples")).unwrap() {
        let example = entry.unwrap().path();
        if !example.is_dir() {
            continue;
        }
        any = true;
        let folder = tempfile::tempdir().unwrap();
        copy_tree(&example, folder.path());
        let run = |arguments: &[&str]| {
            let environment = lambdactl(folder.path()).args(arguments).env("TOKEN", "s3cret").env("STAGE", "test");
            environment.run().exits(0)
        };
        run(&["validate", "-f", "."]);
        let planned = run(&["plan", "-f", ".", "--local", "--format", "json"]).json();
        let functions = planned["functions"].as_array().unwrap().len();
        assert!(functions > 0, "{}", example.display());
        assert_eq!(planned["summary"]["create"], functions, "{}", example.display());
        let applied = run(&["apply", "-f", ".", "--local", "--yes", "--format", "json"]).json();
        assert_eq!(applied["summary"]["applied"], functions, "{}", example.display());
        run(&["plan", "-f", ".", "--local", "--detailed-exitcode"]);
        // Formatted as `fmt` would, and the same again when it is imported.
        run(&["fmt", "--check", "-f", "."]);
        let region = planned["region"].as_str().unwrap();
        let import = ["import", "--local", "--region", region, "--show-values", "--download-code", "code"];
        for file in ["imported.yaml", "imported.toml", "imported.json"] {
            run(&[&import[..], &["--out", file]].concat());
            let again = run(&["plan", "-f", file, "--local", "--format", "json"]).json();
            assert_eq!(again["summary"]["unchanged"], functions, "{}: {file}: {again}", example.display());
        }
    }
    assert!(any);
}

#[test]
fn schema_file_is_what_the_command_prints() {
    let file = repository().join("schemas/lambda.schema.json");
    let printed = lambdactl(repository()).args(["schema"]).run().exits(0).stdout;
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, &printed).unwrap();
    }
    assert!(
        fs::read_to_string(&file).unwrap_or_default() == printed,
        "schemas/lambda.schema.json is old: UPDATE_GOLDEN=1 rewrites it"
    );
}
