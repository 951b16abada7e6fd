//! Folders as code, from the manifest to what other people's programs read.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

use lambdactl_tests::http::Recorder;
use lambdactl_tests::python::{Peer, Python};
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

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

/// A manifest whose archives go to S3, in a folder with a package of this many bytes that do not compress.
fn with_artifacts(bytes: usize) -> tempfile::TempDir {
    let folder = folder();
    let manifest = format!(
        "artifacts: {{bucket: my-bucket, prefix: lambda/}}\n{}",
        MANIFEST.replace("role/r", "role/lambda-role")
    );
    fs::write(folder.path().join("lambda.yaml"), manifest).unwrap();
    // Xorshift: the same bytes every time.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let noise = (0..bytes / 8).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    fs::write(folder.path().join("src/noise"), noise.collect::<Vec<u8>>()).unwrap();
    folder
}

/// Counts the requests to S3 by what they do.
fn sent(recorder: &Recorder, method: &str, holds: &str) -> usize {
    let lines = recorder.lines();
    lines
        .iter()
        .filter(|line| line.starts_with(&format!("{method} /my-bucket/lambda/")) && line.contains(holds))
        .count()
}

#[test]
fn archives_go_to_s3_once_and_are_what_the_functions_have() {
    let Some(python) = Python::provision() else { return };
    let moto = Peer::moto(&python);
    python.run("peer.py", &["prepare", &format!("http://{}", moto.address)], &Value::Null);
    let emulator = Emulator::start();
    for (address, bytes) in
        [(moto.address.as_str(), 1000), (emulator.endpoint.trim_start_matches("http://"), 17_000_000)]
    {
        let folder = with_artifacts(bytes);
        let recorder = Recorder::in_front_of(address);
        let run = |arguments: &[&str]| {
            lambdactl(folder.path()).args(arguments).args(["--format", "json"]).against(&recorder.endpoint).run()
        };
        let plan = run(&["plan"]).exits(0).json();
        let changes = plan["functions"][0]["changes"].as_array().unwrap();
        let change = |path: &str| &changes.iter().find(|change| change["path"] == path).unwrap()["after"];
        assert_eq!(change("/Code/S3Bucket"), "my-bucket");
        let key = change("/Code/S3Key").as_str().unwrap().to_owned();
        assert!(key.starts_with("lambda/") && key.ends_with(".zip") && key.len() == 7 + 64 + 4, "{key}");

        run(&["apply", "--yes"]).exits(0);
        let parts = if bytes > 16 << 20 { 2 } else { 0 };
        assert_eq!(sent(&recorder, "PUT", "partNumber="), parts);
        assert_eq!(sent(&recorder, "PUT", "") - parts, if parts == 0 { 2 } else { 1 }, "{:?}", recorder.lines());
        let creates = recorder.requests();
        let creates = creates.iter().filter(|request| request.starts_with("POST /2015-03-31/functions"));
        assert!(creates.clone().count() == 2 && creates.clone().all(|request| !request.contains("ZipFile")));
        run(&["plan", "--detailed-exitcode"]).exits(0);

        // Another function with the same code: what is there is not sent again.
        recorder.clear();
        let path = folder.path().join("lambda.yaml");
        let manifest = fs::read_to_string(&path).unwrap();
        fs::write(&path, manifest.replace("FunctionName: f,", "FunctionName: g,")).unwrap();
        run(&["apply", "--yes"]).exits(0);
        assert_eq!((sent(&recorder, "HEAD", ""), sent(&recorder, "PUT", "")), (1, 0));
        fs::write(folder.path().join("src/app.py"), "changed").unwrap();
        let updated = run(&["apply", "--yes", "--update"]).exits(0).json();
        assert_eq!(updated["functions"][0]["action"], "update");
        run(&["plan", "--detailed-exitcode"]).exits(0);
    }
    // A bucket that is not there.
    let folder = with_artifacts(1000);
    let path = folder.path().join("lambda.yaml");
    fs::write(
        &path,
        fs::read_to_string(&path)
            .unwrap()
            .replace("my-bucket", "no-such-bucket")
            .replace("FunctionName: f,", "FunctionName: h,"),
    )
    .unwrap();
    let ran = lambdactl(folder.path())
        .args(["apply", "--yes", "--format", "json"])
        .against(&format!("http://{}", moto.address))
        .run()
        .exits(1)
        .json();
    assert!(ran["functions"][0]["error"]["message"].as_str().unwrap().contains("NoSuchBucket"), "{ran}");
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

#[test]
fn change_of_code_is_shown_by_files_and_sizes() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("src");
    fs::create_dir(&source).unwrap();
    fs::write(
        folder.path().join("lambda.yaml"),
        "functions:\n  - {FunctionName: f, Runtime: python3.13, Handler: app.handler, \
         Role: 'arn:aws:iam::123456789012:role/r', Code: ./src}\n",
    )
    .unwrap();
    let run = |arguments: &[&str]| lambdactl(folder.path()).args(arguments).args(["--local"]).run().exits(0).stdout;
    let write = |name: &str, text: &str| fs::write(source.join(name), text).unwrap();
    write("app.py", "def handler(event, context): pass\n");
    write("old.py", "x");
    let listed = run(&["plan", "-v"]);
    for line in ["package: 2 files, 35 bytes unpacked", "  app.py  34", "  old.py  1"] {
        assert!(listed.contains(line), "{line}: {listed}");
    }
    assert!(!run(&["plan"]).contains("package:"));
    run(&["apply", "--yes", "--quiet"]);

    write("app.py", "def handler(event, context): return 1\n");
    write("new.py", "yz");
    fs::remove_file(source.join("old.py")).unwrap();
    let plain = run(&["plan", "--update"]);
    assert!(plain.contains("note: the code changed: an archive of ") && !plain.contains("code: ~"), "{plain}");
    let compared = run(&["plan", "--update", "--code-diff"]);
    for line in ["code: ~ app.py, 34 → 38 bytes", "code: + new.py, 2 bytes", "code: - old.py, 1 bytes"] {
        assert!(compared.contains(line), "{line}: {compared}");
    }
    let json: Value = serde_json::from_str(&run(&["plan", "--code-diff", "--format", "json"])).unwrap();
    assert!(json["functions"][0]["notes"].to_string().contains("code: + new.py"), "{json}");
    assert!(run(&["plan", "--code-diff", "--format", "markdown"]).contains("code: - old.py"));
    run(&["apply", "--yes", "--quiet", "--update"]);
    assert!(run(&["plan", "--code-diff"]).contains("The account is as the manifest says.\n"));
}

#[test]
fn bucket_that_is_not_there_is_named_once_for_all_functions() {
    let folder = folder();
    let manifest = format!("artifacts: {{bucket: my-artifacts}}\n{MANIFEST}");
    let shared = manifest.replace(
        "Code: ./program",
        "Code: ./program}\n  - {FunctionName: g, Runtime: python3.13, Handler: \
         app.handler, Role: 'arn:aws:iam::123456789012:role/r', Code: ./src",
    );
    fs::write(folder.path().join("lambda.yaml"), shared).unwrap();
    let emulator = Emulator::start();
    let proxy = Recorder::between(emulator.endpoint.trim_start_matches("http://"), |request, ask| {
        if request.starts_with("PUT /my-artifacts/") {
            let body = "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";
            return lambdactl_tests::http::answer("404 Not Found", "", body);
        }
        ask()
    });
    let arguments = ["apply", "--yes", "--format", "json"];
    let report = lambdactl(folder.path()).args(arguments).against(&proxy.endpoint).run().exits(1).json();
    for row in report["functions"].as_array().unwrap() {
        let message = row["error"]["message"].as_str().unwrap();
        assert!(message.contains("NoSuchBucket") && message.contains("bucket `my-artifacts`"), "{message}");
    }
    let puts = proxy.lines().iter().filter(|line| line.starts_with("PUT /my-artifacts/")).count();
    assert_eq!(puts, 2, "f and g share a folder: {:?}", proxy.lines());
}
