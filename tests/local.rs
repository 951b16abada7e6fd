//! The main job from end to end, against the embedded control plane.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use lambdactl_tests::{Emulator, lambdactl, lambdactl_after};

const FUNCTION: &str = "Runtime: python3.13, Handler: app.handler, \
                        Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: my-bucket, S3Key: app.zip}";

#[test]
fn thousand_functions_are_created_once_and_then_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = String::from("functions:\n");
    for index in 0..1000 {
        writeln!(manifest, "  - {{FunctionName: function-{index}, {FUNCTION}, Tags: {{n: '{index}'}}}}").unwrap();
    }
    fs::write(folder.path().join("lambda.yaml"), manifest).unwrap();
    let run = |arguments: &[&str]| lambdactl(folder.path()).args(arguments).args(["--local", "--format", "json"]).run();

    let applied = run(&["apply", "--yes"]).exits(0).json();
    assert_eq!(applied["summary"]["applied"], 1000);
    let arns: BTreeSet<_> =
        applied["functions"].as_array().unwrap().iter().map(|row| row["function_arn"].as_str().unwrap()).collect();
    assert_eq!(arns.len(), 1000);

    // A second process sees what the first one did.
    let planned = run(&["plan", "--detailed-exitcode"]).exits(0).json();
    assert_eq!(planned["summary"]["unchanged"], 1000);
    assert_eq!(planned["account"], "123456789012");
    let again = run(&["apply", "--yes"]).exits(0).json();
    assert_eq!(again["summary"]["unchanged"], 1000);
    // All of them reads: how many functions there are, each of them, because lists do not say whether they work, and the object
    // in S3 that all are made of.
    assert_eq!(again["api_calls"], 1 + 1000 + 1);
}

#[test]
fn existing_function_that_differs_is_shown_and_left_alone() {
    let server = Emulator::start();
    let folder = tempfile::tempdir().unwrap();
    let write = |timeout: u32| {
        fs::write(
            folder.path().join("lambda.yaml"),
            format!("functions: [{{FunctionName: a, Timeout: {timeout}, {FUNCTION}}}]"),
        )
        .unwrap();
    };
    let run = |arguments: &[&str]| lambdactl(folder.path()).against(&server.endpoint).args(arguments).run();
    write(5);
    run(&["apply", "--yes"]).exits(0);
    write(30);
    let planned = run(&["plan", "--format", "json", "--detailed-exitcode"]).exits(2).json();
    assert_eq!(planned["functions"][0]["action"], "drift");
    assert_eq!(
        planned["functions"][0]["changes"],
        serde_json::json!([{ "path": "/Timeout", "before": 5, "after": 30, "sensitive": false }])
    );
    let applied = run(&["apply", "--yes", "--format", "json"]).exits(0).json();
    assert_eq!(applied["functions"][0]["status"], "drift");
    // Nobody needs to agree to nothing.
    run(&["apply"]).exits(0);
    write(5);
    run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn one_failure_leaves_the_others_and_every_function_its_row() {
    let folder = tempfile::tempdir().unwrap();
    // The emulator refuses a runtime that it has never heard of, as the service does.
    let manifest = format!(
        "functions:\n- {{FunctionName: good, {FUNCTION}}}\n- {{FunctionName: bad, {}, \
         Environment: {{Variables: {{TOKEN: s3cret}}}}}}\n- {{FunctionName: other, {FUNCTION}}}\n",
        FUNCTION.replace("python3.13", "python3.99")
    );
    fs::write(folder.path().join("lambda.yaml"), manifest).unwrap();
    let ran = lambdactl(folder.path())
        .args(["apply", "--yes", "--local", "--allow-unknown", "--format", "json", "-v"])
        .run()
        .exits(1);
    assert!(!ran.stderr.contains("s3cret") && !ran.stdout.contains("s3cret"));
    let report = ran.json();
    let status: Vec<_> =
        report["functions"].as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["applied", "failed", "applied"]);
    assert_eq!(report["functions"][1]["error"]["code"], "InvalidParameterValueException");
    assert!(report["functions"][1]["error"]["message"].as_str().unwrap().contains("request id"));

    let stopped = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join("lambda.yaml"), stopped.path().join("lambda.yaml")).unwrap();
    let arguments =
        ["apply", "--yes", "--local", "--allow-unknown", "--format", "json", "--fail-fast", "--parallelism", "1"];
    let report = lambdactl(stopped.path()).args(arguments).run().exits(1).json();
    let status: Vec<_> =
        report["functions"].as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["applied", "failed", "skipped"]);
}

#[test]
fn name_of_the_manifest_becomes_a_tag_that_is_not_drift() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("lambda.yaml"),
        format!("name: payments\nfunctions:\n  a: {{{FUNCTION}, Tags: {{team: x}}}}\n"),
    )
    .unwrap();
    let run = |arguments: &[&str]| lambdactl(folder.path()).args(arguments).args(["--local"]).run();
    run(&["apply", "--yes"]).exits(0);
    run(&["plan", "--detailed-exitcode"]).exits(0);
    fs::write(folder.path().join("lambda.yaml"), format!("functions:\n  a: {{{FUNCTION}, Tags: {{}}}}\n")).unwrap();
    let changes = run(&["plan", "--format", "json"]).exits(0).json()["functions"][0]["changes"].clone();
    assert_eq!(
        changes,
        serde_json::json!([{ "path": "/Tags/team", "before": "x", "after": null, "sensitive": false }])
    );
}

#[test]
fn prompt_is_needed_where_nobody_said_yes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lambda.yaml"), format!("functions:\n  a: {{{FUNCTION}}}\n")).unwrap();
    let ran = lambdactl(folder.path()).args(["apply", "--local"]).input("y\n").run().exits(1);
    assert!(ran.stderr.contains("pass --yes"), "{}", ran.stderr);
    lambdactl(folder.path()).args(["plan", "--local", "--detailed-exitcode"]).run().exits(2);
}

#[test]
fn endpoint_is_the_flags_then_the_services_then_the_general_then_the_profiles() {
    let server = Emulator::start();
    let here = server.endpoint.as_str();
    let nowhere = "http://127.0.0.1:1";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lambda.yaml"), format!("functions: [{{FunctionName: a, {FUNCTION}}}]")).unwrap();
    let config = format!(
        "[profile dev]\nregion = eu-central-1\nendpoint_url = {here}\naws_access_key_id = x\naws_secret_access_key = y\n"
    );
    fs::write(folder.path().join("config"), config).unwrap();
    let plan = || lambdactl(folder.path()).args(["plan", "--format", "json"]);

    plan().against(nowhere).env("AWS_ENDPOINT_URL_LAMBDA", here).run().exits(0);
    plan().against(nowhere).env("AWS_ENDPOINT_URL_LAMBDA", nowhere).args(["--endpoint-url", here]).run().exits(0);
    plan().against(here).env("AWS_ENDPOINT_URL_LAMBDA", nowhere).run().exits(1);
    let config = folder.path().join("config");
    let planned = plan().env("AWS_CONFIG_FILE", &config).args(["--profile", "dev"]).run().exits(0).json();
    assert_eq!(planned["region"], "eu-central-1");
    plan().env("AWS_CONFIG_FILE", &config).env("AWS_PROFILE", "dev").env("AWS_ENDPOINT_URL", nowhere).run().exits(1);
    // FIPS picks the endpoint, and so does the user.
    let both = plan().against(here).env("AWS_USE_FIPS_ENDPOINT", "true").run().exits(1);
    assert!(both.stderr.contains("AWS_USE_FIPS_ENDPOINT"), "{both:?}");
}

#[cfg(unix)]
#[test]
fn state_is_private_whatever_is_found() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let manifest = "functions: [{FunctionName: a, Runtime: python3.13, Handler: app.handler, Code: app, \
                    Role: 'arn:aws:iam::123456789012:role/r', Environment: {Variables: {TOKEN: s3cret}}}]";
    fs::write(path("lambda.yaml"), manifest).unwrap();
    fs::create_dir(path("app")).unwrap();
    fs::write(path("app/app.py"), "").unwrap();
    let run = || lambdactl_after(folder.path(), "umask 000").args(["apply", "--yes", "--local"]).run();

    std::os::unix::fs::symlink("victim", path(".lambdactl")).unwrap();
    for victim in ["dangling", "folder"] {
        let ran = run().exits(1);
        assert!(ran.stderr.contains("is a link") && ran.stderr.contains(".lambdactl"), "{victim}: {}", ran.stderr);
        let _ = fs::create_dir(path("victim"));
        assert_eq!(fs::read_dir(path("victim")).unwrap().count(), 0, "{victim}");
    }
    fs::remove_file(path(".lambdactl")).unwrap();
    fs::write(path(".lambdactl"), "a file").unwrap();
    assert!(run().exits(1).stderr.contains("is no folder"));
    fs::remove_file(path(".lambdactl")).unwrap();

    fs::create_dir(path(".lambdactl")).unwrap();
    fs::write(path(".lambdactl/functions.redb"), "").unwrap();
    for (name, mode) in [(".lambdactl", 0o777), (".lambdactl/functions.redb", 0o666)] {
        fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    run().exits(0);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for name in [".lambdactl", ".lambdactl/code"] {
        assert_eq!(mode(&path(name)), 0o700, "{name}");
        for entry in fs::read_dir(path(name)).unwrap().map(|entry| entry.unwrap().path()) {
            assert!(entry.is_dir() || mode(&entry) == 0o600, "{}", entry.display());
        }
    }
    assert_eq!(fs::read_to_string(path(".lambdactl/.gitignore")).unwrap(), "*\n");
    assert_eq!(fs::read_dir(path(".lambdactl/code")).unwrap().count(), 1);
}

/// A limit of file sizes is to a process what a full disk is, but for the text of the error.
#[cfg(unix)]
#[test]
fn full_disk_and_too_few_files_are_told_soon_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = String::from("functions:\n");
    for index in 0..60 {
        writeln!(
            manifest,
            "  - {{FunctionName: f{index}, Runtime: python3.13, Handler: a.b, Code: app{index}, Environment: \
                            {{Variables: {{VALUE: '{}'}}}}, Role: 'arn:aws:iam::123456789012:role/r'}}",
            "v".repeat(3000)
        )
        .unwrap();
        let code = folder.path().join(format!("app{index}"));
        fs::create_dir(&code).unwrap();
        fs::write(code.join("a.py"), format!("# {index}")).unwrap();
    }
    fs::write(folder.path().join("lambda.yaml"), manifest).unwrap();
    let status = |report: &serde_json::Value, status: &str| {
        report["functions"].as_array().unwrap().iter().filter(|row| row["status"] == status).count()
    };
    let mut saw = [0, 0];
    for (setup, limits, texts) in [
        // Blocks of 512 bytes; a shell that leaves the signal alone gets an error instead.
        ("trap '' XFSZ; ulimit -f", [900, 1200, 1600], ["File too large", "os error 27"]),
        ("ulimit -n", [6, 9, 16], ["Too many open files", "os error 24"]),
    ] {
        for limit in limits {
            let _ = fs::remove_dir_all(folder.path().join(".lambdactl"));
            let began = std::time::Instant::now();
            let ran = lambdactl_after(folder.path(), &format!("{setup} {limit}"))
                .args(["apply", "--yes", "--local", "--format", "json"])
                .run();
            assert!(began.elapsed().as_secs() < 45, "{setup} {limit}: {:?}", began.elapsed());
            assert!(!ran.stderr.contains("panicked") && !ran.stderr.contains("trying again"), "{}", ran.stderr);
            if ran.code != 0 {
                assert_eq!(ran.code, 1, "{ran:?}");
                saw[usize::from(setup.contains("-n"))] += 1;
                let said = format!("{}{}", ran.stdout, ran.stderr);
                assert!(texts.iter().any(|text| said.contains(text)), "{setup} {limit}: {said}");
            }
            let applied = serde_json::from_str(&ran.stdout).map_or(0, |report| status(&report, "applied"));
            let planned = lambdactl(folder.path()).args(["plan", "--local", "--format", "json"]).run().exits(0).json();
            let there = planned["summary"]["unchanged"].as_u64().unwrap();
            assert!(there >= applied as u64, "{setup} {limit}: {applied} were applied, {there} are there");
        }
    }
    assert!(saw.iter().all(|count| *count > 0), "not every kind of limit was reached: {saw:?}");
}

#[test]
fn variables_of_the_command_line_are_used_and_given_once() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "functions:\n  - {FunctionName: 'f-${var:stage}', Runtime: python3.13, Handler: a.b, \
                    Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: my-bucket, S3Key: k}}\n";
    fs::write(folder.path().join("lambda.yaml"), manifest).unwrap();
    let validate =
        |more: &[&str]| lambdactl(folder.path()).args([&["validate", "--var", "stage=a"], more].concat()).run();
    assert_eq!(validate(&[]).exits(0).stderr, "");
    let unused = validate(&["--var", "typo=s3cret"]).exits(0).stderr;
    assert!(unused.contains("--var typo: no manifest refers to it") && !unused.contains("s3cret"), "{unused}");
    // The beginning of a name is another name.
    let prefix = validate(&["--var", "stag=b"]).exits(0).stderr;
    assert!(prefix.contains("--var stag: no manifest refers to it"), "{prefix}");
    let twice = validate(&["--var", "stage=b"]).exits(1).stderr;
    assert!(twice.contains("--var stage is given twice"), "{twice}");
}
