//! Text of others on its way out: whatever stands in a manifest, an account, an answer or an argument, no stream has a
//! character that a terminal obeys but the program's own styles, and no line that a CI server obeys.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

use lambdactl_tests::http::{Recorder, answer, not_found};
use lambdactl_tests::{Lambdactl, Ran, lambdactl};
use serde_json::{Value, json};

/// Line ends, workflow commands, sequences of a terminal in both spellings, and letters that hide or turn others.
const EVIL: &str = "x\n::stop-commands::t\r\n  ##[group]g\u{1b}[31m\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{2028}::error::u\u{85}::warning::v\
                    \u{200b}\u{e0041}##vso[task]\t\u{7f}\u{8}</code>--> @team `x`";

/// Asserts that nothing in a stream is obeyed by anybody.
fn assert_safe(ran: &Ran, what: &str) {
    for stream in [&ran.stdout, &ran.stderr] {
        let plain = without_styles(stream);
        for letter in plain.chars() {
            let hides = matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}');
            assert!(letter == '\n' || !(letter.is_control() || hides), "{what}: {letter:?} in {stream:?}");
        }
        for line in plain.lines() {
            let line = line.trim_start();
            let own = ["::error file=", "::warning file="].iter().any(|command| line.starts_with(command));
            assert!(!line.starts_with("::") || (own && what.contains("github")), "{what}: {line}");
            assert!(!line.contains("##[") && !line.contains("##vso["), "{what}: {line}");
        }
        assert!(!stream.contains("panicked") && !stream.contains("mistake in lambdactl"), "{what}: {stream}");
    }
    assert!((0..=2).contains(&ran.code), "{what}: {ran:?}");
}

/// Takes the program's own styles away: `ESC [ … m` and nothing else. A style that others wrote would be among them, so the
/// evil text's own is looked for first.
fn without_styles(stream: &str) -> String {
    assert!(!stream.contains("g\u{1b}[31m"), "{stream:?}");
    let mut plain = String::new();
    let mut rest = stream;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain += before;
        let end = after.find(|letter: char| !letter.is_ascii_digit() && letter != ';').unwrap_or(after.len());
        assert!(after[end..].starts_with('m'), "{stream:?}");
        rest = &after[end + 1..];
    }
    plain + rest
}

fn on_runner(folder: &Path) -> Lambdactl {
    lambdactl(folder).env("GITHUB_ACTIONS", "true").env("X", EVIL).args(["--color", "always"])
}

/// Manifests with the evil text in one place each.
fn manifests() -> Vec<(&'static str, Value)> {
    let function = json!({
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "S3Bucket": "abc", "S3Key": "k" },
    });
    let with = |pointer: &'static str, key: &str, value: Value| {
        let mut manifest = json!({ "region": "us-east-1", "functions": [function] });
        manifest.pointer_mut(pointer).unwrap()[key] = value;
        (pointer, manifest)
    };
    let f = "/functions/0";
    let mut all = vec![
        with("", EVIL, json!(1)),
        with("", "name", json!(EVIL)),
        with("", "region", json!(EVIL)),
        with("", "account", json!(EVIL)),
        with("", "version", json!(EVIL)),
        with("", "defaults", json!({ EVIL: EVIL })),
        with("", "artifacts", json!({ "bucket": EVIL, "prefix": EVIL })),
        with(f, EVIL, json!(EVIL)),
        with(f, "Z", json!({ EVIL: [EVIL, { EVIL: 1 }] })),
        with(f, "Environment", json!({ "Variables": { EVIL: "v" } })),
        with(f, "Environment", json!({ EVIL: { "A": EVIL } })),
        with(f, "Tags", json!({ EVIL: EVIL })),
        with(f, "ignore", json!([EVIL, format!("/{EVIL}")])),
        with(f, "Layers", json!([EVIL])),
        with(f, "VpcConfig", json!({ "SubnetIds": [EVIL], EVIL: EVIL })),
        with(f, "Code", json!(EVIL)),
        with(f, "Code", json!({ "ZipFile": format!("fileb://{EVIL}") })),
        with(f, "Code", json!({ "ImageUri": EVIL })),
        with(f, "Description", json!("${env:X}")),
    ];
    for reference in ["${", "${env:", "${var:", "${file:", "${what:"] {
        all.push(with(f, "Description", json!(format!("{reference}{EVIL}}}"))));
    }
    for member in ["FunctionName", "Runtime", "Handler", "Role", "Description", "KMSKeyArn", "PackageType", "Timeout"] {
        all.push(with(f, member, json!(EVIL)));
    }
    all
}

/// JSON, which is YAML, too, and TOML where it can say it.
fn languages(manifest: &Value) -> Vec<(&'static str, String)> {
    let mut all = vec![("lambda.json", format!("{manifest:#}")), ("lambda.yaml", manifest.to_string())];
    all.extend(toml::to_string_pretty(manifest).ok().map(|text| ("lambda.toml", text)));
    all
}

#[test]
fn nothing_in_a_manifest_is_obeyed() {
    let commands: &[&[&str]] = &[
        &["validate"],
        &["validate", "--format", "json"],
        &["validate", "--format", "sarif"],
        &["validate", "--format", "github"],
        &["validate", "--format", "junit"],
        &["plan", "--local", "--allow-unknown", "-vv", "--markdown", "comment.md", "--html", "page.html"],
        &["plan", "--local", "--allow-unknown", "--format", "markdown", "-vv", "--log-format", "json"],
        &["plan", "--local", "--allow-unknown", "--format", "json"],
        &["apply", "--local", "--allow-unknown", "--yes", "-vv"],
        &["iam-policy", "--allow-unknown"],
        &["adopt", "--local", "--allow-unknown", "--yes"],
        &["fmt", "--check"],
        &["convert", "lambda.json", "--out", "converted.yaml"],
    ];
    for (place, manifest) in manifests() {
        for (index, (name, text)) in languages(&manifest).into_iter().enumerate() {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), text).unwrap();
            // Language by language the same is read; commands that differ by what they print only go by one of them.
            for command in commands.iter().skip(index).step_by(if index == 0 { 1 } else { 4 }) {
                if command[0] == "convert" && name != "lambda.json" {
                    continue;
                }
                let ran = on_runner(folder.path()).args(*command).run();
                assert_safe(&ran, &format!("{place} of {name}: {command:?}"));
            }
            let comment = fs::read_to_string(folder.path().join("comment.md")).unwrap_or_default();
            assert!(!comment.chars().any(|letter| letter.is_control() && letter != '\n'), "{comment:?}");
            let page = fs::read_to_string(folder.path().join("page.html")).unwrap_or_default();
            assert!(!page.chars().any(|letter| letter.is_control() && letter != '\n'), "{page:?}");
        }
    }
}

#[test]
fn lines_of_a_value_that_changes_are_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |description: &str| {
        let manifest = json!({ "functions": [{
            "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
            "Code": { "S3Bucket": "abc", "S3Key": "k" }, "Description": description,
        }] });
        fs::write(folder.path().join("lambda.json"), manifest.to_string()).unwrap();
    };
    write("one\n::stop-commands::same\ntwo");
    on_runner(folder.path()).args(["apply", "--local", "--yes"]).run().exits(0);
    write(&format!("one\n::stop-commands::same\n{EVIL}"));
    for format in ["human", "markdown", "json"] {
        let ran = on_runner(folder.path()).args(["plan", "--local", "--format", format]).run().exits(0);
        assert!(ran.stdout.contains("stop-commands"), "the lines are there: {ran:?}");
        assert_safe(&ran, format);
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_and_comments_are_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let name = EVIL.replace(['/', '\n', '\r'], "\n").chars().take(90).collect::<String>();
    let file = format!("{name}.yaml");
    let function =
        "FunctionName: f\n  Handler: a.b\n  Role: arn:aws:iam::123456789012:role/r\n  Code: {S3Bucket: abc, S3Key: k}";
    let comment = "python3.9 # ::add-mask::e ##[set-output name=x;]y \u{202e}\u{e0041}";
    for text in [
        format!("functions:\n- {function}\n  Runtime: {comment}\n"),
        "a: [".into(),
        format!("functions:\n- {function}\n  Runtme: x\n"),
    ] {
        fs::write(folder.path().join(&file), &text).unwrap();
        for command in ["validate", "plan", "apply", "adopt", "fmt", "iam-policy", "convert"] {
            let ran = on_runner(folder.path()).args([command, file.as_str()]).run();
            assert_safe(&ran, command);
        }
        for format in ["json", "sarif", "github", "junit"] {
            assert_safe(&on_runner(folder.path()).args(["validate", "--format", format, &file]).run(), format);
        }
    }
    let saved = on_runner(folder.path()).args(["apply", "nowhere", &file]).run().exits(1);
    assert_safe(&saved, "apply of two files");
}

#[test]
fn arguments_are_not_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lambda.yaml"), "functions: {}").unwrap();
    let cases: &[&[&str]] = &[
        &[EVIL],
        &["plan", EVIL],
        &["plan", &format!("--{EVIL}")],
        &["plan", "--format", EVIL],
        &["plan", "--var", EVIL],
        &["plan", "--as-of", EVIL],
        &["plan", "--local", "--target", EVIL],
        &["plan", "--local", "--target", "[\n::error::"],
        &["plan", "--local", "--replace", EVIL],
        &["plan", "--region", EVIL],
        &["plan", "--profile", EVIL],
        &["plan", "--endpoint-url", EVIL],
        &["plan", "--local", "--out", &format!("nowhere/{EVIL}")],
        &["plan", "--rate", EVIL],
        &["apply", "--timeout", EVIL],
        &["apply", EVIL],
        &["validate", "-f", EVIL],
        &["import", "--local", "--name", EVIL],
        &["import", "--tag", EVIL],
        &["import", "--out", EVIL],
        &["import", "--out", &format!("{EVIL}.yaml"), "--env-file", &format!("nowhere/{EVIL}")],
        &["convert", EVIL],
        &["explain", EVIL],
        &["init", &format!("below/{}", EVIL.replace('/', ""))],
        &["completions", EVIL],
        &["man", "--dir", &format!("lambda.yaml/{EVIL}")],
        &["schema", "--format", EVIL],
        &["emulator", "--fault", EVIL],
        &["emulator", "--data", &format!("lambda.yaml/{EVIL}")],
    ];
    for case in cases {
        let ran = on_runner(folder.path()).args(*case).run();
        assert_safe(&ran, &format!("{case:?}"));
        // A folder can have such a name, and a plan of nothing asks nobody whether there is such a region.
        let is_harmless = case[0] == "init" || case.get(1).is_some_and(|flag| ["--region", "--profile"].contains(flag));
        assert!(ran.code == 1 || is_harmless, "{case:?}: {ran:?}");
    }
    #[cfg(unix)]
    {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let bytes = OsStr::from_bytes(b"x\xff\n::error::\x1b[31m");
        for before in [vec![], vec!["plan"], vec!["plan", "--target"], vec!["validate", "-f"], vec!["init"]] {
            let ran = on_runner(folder.path()).args(&before).args([bytes]).run();
            assert_safe(&ran, &format!("{before:?}"));
        }
    }
}

#[test]
fn nothing_that_a_service_says_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = json!({ "name": "n", "functions": [{
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "S3Bucket": "abc", "S3Key": "k" },
    }] });
    fs::write(folder.path().join("lambda.json"), manifest.to_string()).unwrap();
    let found = json!({
        "FunctionName": "f", "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f", "Runtime": EVIL, "Handler": EVIL,
        "Role": EVIL, "Description": EVIL, "State": "Failed", "StateReason": EVIL, "StateReasonCode": EVIL, "RevisionId": EVIL,
        "Environment": { "Variables": { EVIL: EVIL } }, "PackageType": "Zip", "CodeSha256": EVIL, "LastUpdateStatus": EVIL,
    });
    let named = |name: &str| {
        let mut found = found.clone();
        found["FunctionName"] = json!(name);
        found
    };
    let error = answer(
        "400 Bad Request",
        "x-amzn-errortype: InvalidParameterValueException\r\n",
        &json!({ "message": EVIL }).to_string(),
    );
    let tags = json!({ EVIL: EVIL, "lambdactl:manifest": EVIL });
    let whole = json!({ "Configuration": found, "Code": { "Location": EVIL }, "Tags": tags }).to_string();
    let list = json!({ "Functions": [named("f"), named(EVIL), named("../../x")] }).to_string();
    let servers: Vec<Recorder> = vec![
        Recorder::start({
            let error = error.clone();
            move |_| error.clone()
        }),
        Recorder::start(move |request| if request.starts_with("GET") { not_found() } else { error.clone() }),
        Recorder::start(move |request| {
            let is_list = request.lines().next().is_some_and(|line| {
                line.contains("/functions?") || line.contains("/functions/ ") || line.contains("/functions ")
            });
            answer("200 OK", "", if is_list { &list } else { &whole })
        }),
    ];
    for server in &servers {
        for command in [
            &["plan"][..],
            &["plan", "--format", "markdown"],
            &["plan", "--format", "json"],
            &["apply", "--yes", "--timeout", "3s", "-vv"],
            &["apply", "--yes", "--timeout", "3s", "--update", "--format", "json", "--log-format", "json", "-v"],
            &["adopt", "--yes"],
            &["import", "--out", "o.yaml", "--env-file", "o.env", "--download-code", "code"],
        ] {
            let ran = on_runner(folder.path()).against(&server.endpoint).args(command).run();
            assert_safe(&ran, &format!("{command:?}"));
            for name in ["o.yaml", "o.env"] {
                let _ = fs::remove_file(folder.path().join(name));
            }
        }
    }
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| name == "lambda.json" || name == "code"), "{names:?}");
}

#[test]
fn document_is_not_printed_where_it_would_be_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let text = "# ##[group]x\nfunctions: {}\n";
    let plain = lambdactl(folder.path()).args(["fmt", "-f", "-"]).input(text).run().exits(0);
    assert_eq!(plain.stdout, text);
    let refused = on_runner(folder.path()).args(["fmt", "-f", "-"]).input(text).run().exits(1);
    assert!(
        refused.stdout.is_empty() && refused.stderr.contains("what a CI server would take for a command"),
        "{refused:?}"
    );
    let file = folder.path().join("out.yaml");
    fs::write(&file, "").unwrap();
    on_runner(folder.path()).args(["fmt", "-f", "-"]).input(text).streams_to(Some(&file), None).run().exits(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}
