//! Streams that cannot be written, files that are written, signals that come: what is done is done, and what failed is said.
#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lambdactl_tests::http::{Recorder, answer};
use lambdactl_tests::{Emulator, binary, lambdactl};
use serde_json::json;

const MANIFEST: &str = "region: us-east-1\nname: shop\nfunctions:\n  - FunctionName: a\n    Runtime: python3.13\n    \
                        Role: arn:aws:iam::123456789012:role/r\n    Handler: app.handler\n    \
                        Code: {S3Bucket: my-bucket, S3Key: app.zip}\n    Environment: {Variables: {TOKEN: s3cret}}\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lambda.yaml"), MANIFEST).unwrap();
    folder
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

const COMMANDS: &[&str] = &[
    "validate",
    "validate --format json",
    "validate --format sarif",
    "validate --format github",
    "validate --format junit",
    "plan --local",
    "plan --local --format json",
    "plan --local --format markdown",
    "plan --local --detailed-exitcode",
    "apply --local --yes --quiet",
    "apply --local --yes --quiet --format json",
    "adopt --local --yes",
    "adopt --local --yes --format json",
    "import --local",
    "convert function.json",
    "fmt -f -",
    "fmt --check",
    "iam-policy",
    "explain L013",
    "schema",
    "completions bash",
    "man",
    "version",
    "version --format json",
    "emulator --port 0",
    "--help",
    "plan --help",
    "help apply",
    "--version",
];

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let folder = folder();
    let function = json!({ "FunctionName": "a", "Runtime": "python3.13", "Role": "arn:aws:iam::123456789012:role/r", "Handler": "a.b" });
    fs::write(folder.path().join("function.json"), function.to_string()).unwrap();
    let full = Some(Path::new("/dev/full"));
    for command in COMMANDS {
        let run = lambdactl(folder.path()).args(command.split(' ')).input(MANIFEST).streams_to(full, None).run();
        assert_eq!(run.code, 1, "{command}: {run:?}");
        assert!(
            run.stderr.contains("cannot write to standard output") && run.stderr.contains("No space left"),
            "{command}: {run:?}"
        );
    }
    // The work was done all the same.
    let planned = lambdactl(folder.path()).args(["plan", "--local", "--format", "json"]).run().exits(0).json();
    assert_eq!(planned["summary"]["unchanged"], 1);
    // Lines that nobody gets to see are an error, lines of the log are not.
    lambdactl(folder.path()).args(["init", "new"]).streams_to(None, full).run().exits(1);
    lambdactl(folder.path()).args(["plan", "--local", "-vv"]).streams_to(None, full).run().exits(0);
    lambdactl(folder.path()).args(["plan", "--nothing"]).streams_to(full, full).run().exits(1);
}

#[test]
fn pipe_that_nobody_reads_is_quiet() {
    let folder = folder();
    for command in COMMANDS.iter().filter(|command| !command.starts_with("emulator") && !command.starts_with("convert"))
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = Command::new(binary())
            .current_dir(folder.path())
            .args(command.split(' '))
            .stdin(fs::File::open(folder.path().join("lambda.yaml")).unwrap())
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let code = child.wait().unwrap().code();
        let expected = match *command {
            "plan --local --detailed-exitcode" => 2,
            "fmt --check" => 1,
            _ => 0,
        };
        assert!(!said.contains("error"), "{command}: {said}");
        assert_eq!(code, Some(expected), "{command}: {said}");
    }
}

#[test]
fn closed_streams_and_strange_settings_do_no_harm() {
    let folder = folder();
    for (streams, threads) in
        [("", "0"), ("", "x"), ("", "99999999999"), (">&-", "1"), ("2>&-", ""), ("<&- >&- 2>&-", "0")]
    {
        let script = format!("exec {} plan --local {streams}", binary().display());
        let status = Command::new("sh")
            .current_dir(folder.path())
            .args(["-c", &script])
            .env("TOKIO_WORKER_THREADS", threads)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(0), "{script} {threads}");
    }
}

#[test]
fn patterns_without_end_are_errors() {
    let folder = folder();
    for pattern in ["*".repeat(100_000), "{a,".repeat(5_000), format!("{}{}", "{a,".repeat(250), "}".repeat(250))] {
        let ran = lambdactl(folder.path()).args(["plan", "--local", "--target", &pattern]).run().exits(1);
        assert!(ran.stderr.contains("--target") && !ran.stderr.contains("mistake"), "{ran:?}");
        let ran = lambdactl(folder.path()).args(["import", "--local", "--name", &pattern]).run().exits(1);
        assert!(ran.stderr.contains("--name") && !ran.stderr.contains("mistake"), "{ran:?}");
    }
}

#[test]
fn files_with_values_or_digests_are_the_users_alone() {
    let folder = folder();
    let run = |line: &str| {
        let script = format!("umask 000; exec {} {line}", binary().display());
        let output = Command::new("sh").current_dir(folder.path()).args(["-c", &script]).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
    };
    run("apply --local --yes");
    run("plan --local --out a.plan --markdown a.md --html a.html");
    run("import --local --out b.yaml --env-file b.env");
    run("import --local --out c.yaml --show-values");
    run("man --dir pages");
    run("init new");
    for (name, expected) in [
        ("a.plan", 0o600),
        ("b.env", 0o600),
        ("c.yaml", 0o600),
        ("a.md", 0o666),
        ("a.html", 0o666),
        ("b.yaml", 0o666),
        ("pages/lambdactl-plan.1", 0o666),
        ("new/lambda.yaml", 0o666),
        ("new/schemas/lambda.schema.json", 0o666),
    ] {
        assert_eq!(mode(&folder.path().join(name)), expected, "{name}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("b.env")).unwrap(), "LAMBDA_TOKEN='s3cret'\n");
    // An older and wider file gives way to a narrow one, a link to a file.
    fs::set_permissions(folder.path().join("a.plan"), fs::Permissions::from_mode(0o644)).unwrap();
    let victim = folder.path().join("victim");
    fs::write(&victim, "mine").unwrap();
    fs::remove_file(folder.path().join("a.md")).unwrap();
    symlink(&victim, folder.path().join("a.md")).unwrap();
    run("plan --local --out a.plan --markdown a.md --html a.html");
    assert_eq!(mode(&folder.path().join("a.plan")), 0o600);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
    // fmt keeps what the user has: mode and link.
    let real = folder.path().join("real.yaml");
    let unordered = MANIFEST.replace("region: us-east-1\n", "") + "region: us-east-1\n";
    fs::write(&real, &unordered).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.yaml", folder.path().join("link.yaml")).unwrap();
    run("fmt link.yaml");
    assert!(folder.path().join("link.yaml").symlink_metadata().unwrap().is_symlink());
    assert_eq!(mode(&real), 0o640);
    assert_ne!(fs::read_to_string(&real).unwrap(), unordered);
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn places_that_cannot_be_files_are_named() {
    let folder = folder();
    fs::create_dir(folder.path().join("sub")).unwrap();
    let run = |line: &str| lambdactl(folder.path()).args(line.split(' ')).run();
    run("apply --local --yes").exits(0);
    for flag in [
        "plan --local --out",
        "plan --local --markdown",
        "plan --local --html",
        "import --local --format yaml --out",
        "import --local --env-file",
    ] {
        for (place, expected) in [
            ("sub", "names a folder"),
            ("sub/", "names a folder"),
            ("no/where", "there is no folder no"),
            ("lambda.yaml/x", "is not a folder"),
        ] {
            let ran = run(&format!("{flag} {place}")).exits(1);
            assert!(ran.stderr.contains(expected), "{flag} {place}: {ran:?}");
        }
        run(&format!("{flag} /dev/null")).exits(0);
        assert!(fs::metadata("/dev/null").is_ok_and(|found| !found.is_file()));
    }
    let shown = run("plan --local --markdown /dev/stdout --format json").exits(0);
    assert!(
        shown.stdout.contains("<!-- lambdactl-plan -->") && shown.stdout.contains("\"format_version\":1"),
        "{shown:?}"
    );
    let file = folder.path().join("captured");
    fs::write(&file, "").unwrap();
    lambdactl(folder.path())
        .args(["plan", "--local", "--markdown", "/dev/stdout"])
        .streams_to(Some(&file), None)
        .run()
        .exits(0);
    assert!(Path::new("/dev/stdout").symlink_metadata().unwrap().is_symlink());
}

#[test]
fn hostile_names_of_an_account_write_nothing_outside() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("work");
    fs::create_dir(&folder).unwrap();
    for name in ["../../x", "/tmp/lambdactl-x", "con", "a\nb", "a\u{0}b", &"x".repeat(100_000), ".."] {
        let configuration = json!({
            "FunctionName": name, "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f", "Runtime": "python3.13",
            "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r", "PackageType": "Zip",
            "Environment": { "Variables": { "A;touch pwned;B": "v", "PATH": "/nowhere", "X": "it's ${HOME}\n$(touch pwned)" } },
        });
        let list = json!({ "Functions": [configuration] }).to_string();
        let one = json!({ "Configuration": configuration, "Code": { "Location": "http://127.0.0.1:9/x" }, "Tags": {} })
            .to_string();
        let server = Recorder::start(move |request| {
            let line = request.lines().next().unwrap_or_default();
            answer(
                "200 OK",
                "",
                if line.contains("/functions?") || line.contains("/functions ") { &list } else { &one },
            )
        });
        let arguments = ["import", "--out", "o.yaml", "--env-file", "o.env", "--download-code", "code"];
        let ran = lambdactl(&folder).against(&server.endpoint).args(arguments).run();
        assert!(ran.code == 0 || ran.code == 1, "{ran:?}");
        assert!(!folder.join("code").exists() || fs::read_dir(folder.join("code")).unwrap().count() == 0, "{name:.40}");
        assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 1);
        if folder.join("o.env").exists() {
            let sourced = Command::new("sh")
                .current_dir(&folder)
                .args(["-c", "set -eu; set -a; . ./o.env; set +a; command -v ls"])
                .output();
            assert!(sourced.unwrap().status.success(), "{}", fs::read_to_string(folder.join("o.env")).unwrap());
            assert!(!folder.join("pwned").exists());
            fs::remove_file(folder.join("o.env")).unwrap();
        }
        let _ = fs::remove_file(folder.join("o.yaml"));
    }
}

#[test]
fn imported_values_come_back_by_way_of_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let values = json!({
        "HTTPS_PROXY": "http://127.0.0.1:9", "BASH_ENV": "/nowhere", "NODE_OPTIONS": "--nothing", "PYTHONPATH": "x", "PATH": "/opt",
        "IFS": "a", "GITHUB_TOKEN": "t", "QUOTES": "a'b\"c\\", "LINES": "one\ntwo\n", "REFERENCE": "${HOME} $${x} $HOME `id`",
    });
    let manifest = json!({ "region": "us-east-1", "functions": [{
        "FunctionName": "https", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "S3Bucket": "abc", "S3Key": "k" }, "Description": "literal ${env:HOME}: # \u{1f600}\n::x",
        "Environment": { "Variables": values },
    }] });
    let text = manifest.to_string().replace("${", "$${");
    fs::write(folder.path().join("lambda.json"), text).unwrap();
    let run = |line: &str| lambdactl(folder.path()).args(line.split(' ')).run().exits(0);
    run("apply --local --yes");
    for language in ["yaml", "toml", "json"] {
        run(&format!("import --local --out o.{language} --env-file {language}.env"));
        let file = fs::read_to_string(folder.path().join(format!("{language}.env"))).unwrap();
        assert_eq!(file.matches("\nLAMBDA_").count() + 1, 10, "{file}");
        let imported = fs::read_to_string(folder.path().join(format!("o.{language}"))).unwrap();
        assert!(imported.contains("$${env:HOME}"), "{imported}");
        for shell in ["sh", "dash", "bash"] {
            let script = format!(
                "set -a; . ./{language}.env; set +a; exec {} plan --local --detailed-exitcode -f o.{language}",
                binary().display()
            );
            let Ok(output) = Command::new(shell).current_dir(folder.path()).args(["-c", &script]).output() else {
                continue;
            };
            assert_eq!(output.status.code(), Some(0), "{shell} {language}: {output:?}");
        }
    }
}

#[test]
fn closing_terminal_lets_what_is_in_flight_finish() {
    for (before, interrupted) in [("", true), ("trap '' HUP; ", false)] {
        let emulator = Emulator::start_with(&["--pending", "2s"]);
        let folder = folder();
        let script = format!("{before}exec {} apply --yes --endpoint-url {}", binary().display(), emulator.endpoint);
        let mut child = Command::new("sh")
            .current_dir(folder.path())
            .args(["-c", &script])
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20) {
            let requests = lambdactl_tests::http::send(&emulator.endpoint, "GET", "/_emulator/requests");
            if requests.contains("CreateFunction") {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let signal = Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap();
        assert!(signal.success());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let mut report = String::new();
        child.stdout.take().unwrap().read_to_string(&mut report).unwrap();
        let code = child.wait().unwrap().code();
        assert_eq!(said.contains("interrupted: finishing"), interrupted, "{said}");
        assert!(report.contains("created") && !report.contains("failed"), "{report}{said}");
        assert!(code == Some(0) || (interrupted && code == Some(1)), "{code:?} {report}{said}");
    }
}
