//! Folders as code, from the manifest to what other people's programs read.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

use lambdactl_tests::{Ran, lambdactl};
use serde_json::json;

const MANIFEST: &str = "region: us-east-1\nfunctions:\n  - {FunctionName: f, Runtime: python3.13, Handler: app.handler, \
                        Role: 'arn:aws:iam::123456789012:role/r', Code: ./src}\n  - {FunctionName: own, Runtime: \
                        provided.al2023, Handler: x, Role: 'arn:aws:iam::123456789012:role/r', Code: ./program}\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("src/lib")).unwrap();
    fs::write(folder.path().join("src/app.py"), "def handler(event, context):\n    return 1\n").unwrap();
    fs::write(folder.path().join("src/lib/ünicode name.txt"), "x").unwrap();
    fs::write(folder.path().join("program"), "\x7fELF").unwrap();
    fs::write(folder.path().join("lambda.yaml"), MANIFEST).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    lambdactl(folder).args(arguments).args(["--local", "--format", "json"]).run()
}

#[test]
fn packaged_folders_are_read_by_others_and_planned_as_unchanged() {
    let folder = folder();
    run(folder.path(), &["apply", "--yes"]).exits(0);
    run(folder.path(), &["plan", "--detailed-exitcode"]).exits(0);
    let zips: Vec<_> =
        fs::read_dir(folder.path().join(".lambdactl/code")).unwrap().map(|zip| zip.unwrap().path()).collect();
    assert_eq!(zips.len(), 2);
    for zip in &zips {
        let mut readers = vec![Command::new("python3")];
        readers[0].args(["-m", "zipfile", "-t"]);
        if Command::new("unzip").arg("-v").output().is_ok() {
            let mut unzip = Command::new("unzip");
            unzip.arg("-tq");
            readers.push(unzip);
        }
        for reader in &mut readers {
            if let Ok(read) = reader.arg(zip).output() {
                assert!(read.status.success(), "{reader:?}: {read:?}");
            }
        }
    }
    // The same files in another folder, written later and by another hand: nothing changes.
    let copy = self::folder();
    fs::rename(folder.path().join(".lambdactl"), copy.path().join(".lambdactl")).unwrap();
    run(copy.path(), &["plan", "--detailed-exitcode"]).exits(0);
    fs::write(copy.path().join("src/app.py"), "def handler(event, context):\n    return 2\n").unwrap();
    let plan = run(copy.path(), &["plan", "--update"]).exits(0).json();
    assert_eq!(plan["summary"]["update"], 1);
    assert_eq!(plan["functions"][0]["changes"][0]["path"], "/Code/CodeSha256");
    let applied = run(copy.path(), &["apply", "--update", "--yes"]).exits(0).json();
    assert_eq!(applied["functions"][0]["status"], "applied");
    run(copy.path(), &["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_is_wrong_with_a_folder_is_pointed_at() {
    let folder = folder();
    fs::write(folder.path().join("src/.lambdaignore"), "*\n").unwrap();
    let ran = lambdactl(folder.path()).args(["validate", "--format", "json"]).run().exits(1).json();
    let found = &ran["diagnostics"][0];
    assert_eq!((&found["code"], &found["line"], &found["function"]), (&json!("L044"), &json!(3), &json!("f")), "{ran}");
    assert!(found["message"].as_str().unwrap().ends_with("has no files to package"), "{ran}");
}
