//! What a manifest of somebody else can reach on the machine that reads it.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use lambdactl_manifest::{Input, ReadOptions, Reading, read};

const HEAD: &str =
    "functions:\n- FunctionName: f\n  Runtime: python3.13\n  Handler: a.b\n  Role: arn:aws:iam::123456789012:role/r\n";
const S3: &str = "  Code: {S3Bucket: abc, S3Key: k}\n";

/// A folder `app` with a manifest, beside files that it must not read.
fn repository(members: &str) -> tempfile::TempDir {
    let top = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = top.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(".git/config", "AUTHORIZATION: basic TOK3N");
    write("app/.git/config", "AUTHORIZATION: basic TOK3N");
    write("outside/secret.txt", "TOK3N");
    write("outside/src/app.py", "x");
    write("app/note.txt", "a note\n");
    write("app/src/app.py", "x");
    write("app/lambda.yaml", &format!("{HEAD}{members}"));
    top
}

fn read_in(top: &Path, options: ReadOptions) -> Reading {
    let started = Instant::now();
    let inputs = vec![Input::Path(top.join("app/lambda.yaml"))];
    let reading = read(&ReadOptions { inputs, ..options });
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    assert!(!format!("{:?}", reading.diagnostics).contains("TOK3N"), "{:?}", reading.diagnostics);
    reading
}

fn error_of(members: &str) -> String {
    let top = repository(members);
    let reading = read_in(top.path(), ReadOptions::default());
    assert!(!reading.is_valid(), "{members}");
    reading.diagnostics.iter().map(|found| found.message.clone()).collect::<Vec<_>>().join("\n")
}

#[test]
fn references_read_files_below_the_manifest_only() {
    let description = |reference: &str| format!("{S3}  Description: 'x ${{file:{reference}}}'\n");
    for path in
        ["../outside/secret.txt", "../.git/config", "../nowhere", "/etc/hostname", "/proc/self/environ", "/dev/zero"]
    {
        let error = error_of(&description(path));
        assert_eq!(error, format!("cannot read `${{file:{path}}}`: it is outside of the manifest's folder"));
    }
    assert!(error_of(&description(".git/config")).ends_with("it belongs to the repository's `.git`"));
    assert!(error_of(&description("src")).ends_with("it is not a regular file"));
    // Also where the value would be a secret, and in the head.
    error_of(&format!("{S3}  Environment: {{Variables: {{AB: '${{file:../outside/secret.txt}}'}}}}\n"));
    error_of(&format!("{S3}---\nname: '${{file:../outside/secret.txt}}'\nfunctions: []\n"));

    let top = repository(&description("note.txt"));
    let reading = read_in(top.path(), ReadOptions::default());
    assert_eq!(reading.desired.functions[0].request.description.as_deref(), Some("x a note"));
    let top = repository(&description("../outside/secret.txt"));
    let allowed_folders = vec![top.path().join("outside")];
    let reading = read_in(top.path(), ReadOptions { allowed_folders, ..ReadOptions::default() });
    assert_eq!(reading.desired.functions[0].request.description.as_deref(), Some("x TOK3N"));
}

#[test]
fn credentials_of_the_machine_are_never_resolved() {
    let environment: BTreeMap<String, String> =
        ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
            .map(|name| (name.to_owned(), "TOK3N".to_owned()))
            .into();
    for name in environment.keys() {
        for member in [
            format!("Description: '${{env:{name}}}'"),
            format!("Description: 'x${{env:{name}:-default}}'"),
            format!("Tags: {{a: '${{env:{name}}}'}}"),
            format!("Environment: {{Variables: {{AB: '${{env:{name}}}'}}}}"),
        ] {
            let top = repository(&format!("{S3}  {member}\n"));
            let reading =
                read_in(top.path(), ReadOptions { environment: environment.clone(), ..ReadOptions::default() });
            let messages: Vec<_> = reading.diagnostics.iter().map(|found| found.message.as_str()).collect();
            let wanted = format!("`${{env:{name}}}` is never resolved: it holds credentials of whoever runs lambdactl");
            assert_eq!(messages, [wanted], "{member}");
        }
    }
}

#[test]
fn code_from_outside_is_said_and_history_is_no_code() {
    let note_of = |member: &str| {
        let top = repository(&format!("  {member}\n"));
        let reading = read_in(
            top.path(),
            ReadOptions {
                environment: BTreeMap::from([("DIR".to_owned(), "../outside".to_owned())]),
                ..ReadOptions::default()
            },
        );
        assert!(reading.is_valid(), "{:#?}", reading.diagnostics);
        reading.desired.functions[0].notes.clone()
    };
    assert_eq!(note_of("Code: src"), [] as [String; 0]);
    assert_eq!(note_of("Code: ../app/src"), [] as [String; 0]);
    let said = |path: &str| [format!("the code is packaged from outside of the manifest's folder: {path}")];
    assert_eq!(note_of("Code: ../outside/src"), said("../outside/src"));
    assert_eq!(note_of("Code: '${env:DIR}/src'"), said("${env:DIR}/src"));
    for path in [".git", "../.git", ".git/config"] {
        let error = error_of(&format!("  Code: {path}\n"));
        assert_eq!(error, format!("`{path}` belongs to a repository's `.git`, which is never code"));
    }
    assert!(error_of("  Code: {ZipFile: 'fileb://../.git/config'}\n").contains("is never code"));
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_are_no_files() {
    let top = repository("");
    let pipe = top.path().join("app/pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", top.path().join("app/zero")).unwrap();
    std::os::unix::fs::symlink("../outside/src", top.path().join("app/linked")).unwrap();
    for member in [
        "Code: /dev/zero",
        "Code: zero",
        "Code: pipe",
        "Code: {ZipFile: 'fileb:///dev/zero'}",
        "Code: {ZipFile: 'fileb://pipe'}",
        "Code: {ZipFile: 'fileb:///dev/urandom'}",
        "Code: /proc/self/mem",
        "Code: /proc",
        "Code: /",
        "Code: {S3Bucket: abc, S3Key: '${file:pipe}'}",
        "Code: {S3Bucket: abc, S3Key: '${file:zero}'}",
        "Code: \"a\\0b\"",
    ] {
        for head in [HEAD.to_owned(), HEAD.replace("python3.13", "provided.al2023")] {
            fs::write(top.path().join("app/lambda.yaml"), format!("{head}  {member}\n")).unwrap();
            assert!(!read_in(top.path(), ReadOptions::default()).is_valid(), "{member}");
        }
    }
    fs::write(top.path().join("app/lambda.yaml"), format!("{HEAD}  Code: linked\n")).unwrap();
    let reading = read_in(top.path(), ReadOptions::default());
    assert_eq!(reading.desired.functions[0].notes.len(), 1, "{reading:#?}");
}

#[cfg(unix)]
#[test]
fn manifests_are_regular_files() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let message = |name: &str| {
        let inputs = vec![Input::Path(folder.path().join(name))];
        let reading = read(&ReadOptions { inputs, ..ReadOptions::default() });
        reading.diagnostics[0].message.clone()
    };
    assert!(std::process::Command::new("mkfifo").arg(folder.path().join("pipe.yaml")).status().unwrap().success());
    symlink("/dev/zero", folder.path().join("zero.json")).unwrap();
    symlink("/proc/self/environ", folder.path().join("environ.toml")).unwrap();
    assert_eq!(message("pipe.yaml"), "it is not a regular file");
    assert_eq!(message("zero.json"), "it is not a regular file");
    // What it shows of that is no line of it.
    fs::write(folder.path().join("config"), "[http]\n\textraheader = AUTHORIZATION: basic TOK3N\n").unwrap();
    for name in ["config.yaml", "config.toml", "config.json"] {
        symlink("config", folder.path().join(name)).unwrap();
        let inputs = vec![Input::Path(folder.path().join(name))];
        let reading = read(&ReadOptions { inputs, ..ReadOptions::default() });
        let source = &reading.sources[0];
        let lines: String = (1..=source.line_count()).map(|line| source.line(line).0).collect();
        assert!(!format!("{lines}{:?}", reading.diagnostics).contains("TOK3N"), "{lines}");
    }
    // A folder of manifests passes over what is no file.
    let inputs = vec![Input::Path(folder.path().to_owned())];
    assert!(!read(&ReadOptions { inputs, ..ReadOptions::default() }).is_valid());
}

#[test]
fn folder_of_two_functions_has_the_name_that_each_gives_it() {
    let second = "- FunctionName: g\n  Runtime: python3.13\n  Handler: a.b\n  Role: arn:aws:iam::123456789012:role/r\n";
    for (first, other) in [("'${env:DIR}'", "TOK3N-link"), ("TOK3N-link", "'${env:DIR}'"), ("'${env:DIR}'", "empty")] {
        let top = repository(&format!("  Code: {first}\n{second}  Code: {other}\n"));
        fs::create_dir(top.path().join("app/empty")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("empty", top.path().join("app/TOK3N-link")).unwrap();
        let environment = BTreeMap::from([("DIR".to_owned(), "TOK3N-link".to_owned())]);
        let inputs = vec![Input::Path(top.path().join("app/lambda.yaml"))];
        let reading = read(&ReadOptions { inputs, environment, ..ReadOptions::default() });
        for found in &reading.diagnostics {
            let is_by_reference = (found.path == "/functions/0/Code") == first.contains("env");
            let (named, not_named) = if is_by_reference { ("${env:DIR}", "TOK3N") } else { (other, "${env") };
            let named = if first.contains("env") || is_by_reference { named } else { first };
            assert!(found.message.contains(named) && !found.message.contains(not_named), "{found:?}");
        }
    }
}

/// What packaging says of a path that a reference brought in.
#[test]
fn packaging_names_the_reference() {
    for (path, make) in [("gone", false), ("empty", true)] {
        let top = repository("  Code: './${env:DIR}'\n");
        let value = format!("TOK3N-{path}");
        if make {
            fs::create_dir(top.path().join("app").join(&value)).unwrap();
        }
        let environment = BTreeMap::from([("DIR".to_owned(), value)]);
        let reading = read_in(top.path(), ReadOptions { environment, ..ReadOptions::default() });
        assert!(reading.diagnostics[0].message.contains("./${env:DIR}"), "{:?}", reading.diagnostics);
    }
}

#[test]
fn what_references_brought_in_is_noted_for_those_who_publish_a_plan() {
    let top = repository(&format!(
        "{S3}  Description: 'v ${{env:SHA}} ${{var:x}}'\n  Tags: {{a: '${{file:note.txt}}', b: '${{var:x}}', c: plain}}\n  \
         Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:${{env:SHA}}:1']\n  MemorySize: '${{env:SIZE:-512}}'\n  \
         Environment: {{Variables: {{AB: '${{env:SHA}}'}}}}\n"
    ));
    let reading = read_in(
        top.path(),
        ReadOptions {
            environment: BTreeMap::from([("SHA".to_owned(), "abc".to_owned())]),
            variables: BTreeMap::from([("x".to_owned(), "y".to_owned())]),
            ..ReadOptions::default()
        },
    );
    assert!(reading.is_valid(), "{:#?}", reading.diagnostics);
    let origins: Vec<_> =
        reading.desired.functions[0].origins.iter().map(|(path, origin)| format!("{path} {}", origin.text)).collect();
    assert_eq!(
        origins,
        [
            "/Description v ${env:SHA} ${var:x}",
            "/Layers/0 arn:aws:lambda:us-east-1:123456789012:layer:${env:SHA}:1",
            "/MemorySize ${env:SIZE:-…}",
            "/Tags/a ${file:note.txt}",
        ]
    );
}

/// Neither the value of a reference nor a part of it, such as the name of the file that a handler is in.
#[test]
fn doubts_name_the_reference_in_place_of_the_value() {
    let members = "  ignore: ['${env:POINTER}']\n  Code: src\n";
    for (runtime, handler) in [("python3.13", "TOK3N.handler"), ("python3.13", "TOK3N"), ("provided.al2023", "TOK3N")] {
        let top = repository(members);
        let path = top.path().join("app/lambda.yaml");
        let text = fs::read_to_string(&path).unwrap();
        let text = text.replace("a.b", "'${env:HANDLER}'").replace("python3.13", "'${env:RUNTIME}'");
        fs::write(&path, text).unwrap();
        let environment = [("HANDLER", handler), ("RUNTIME", runtime), ("POINTER", "/TOK3N/TOK3N")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let reading = read_in(top.path(), ReadOptions { environment, ..ReadOptions::default() });
        let all = format!("{:?}", reading.diagnostics);
        assert!(all.contains("${env:POINTER}"), "{all}");
        assert!(all.contains("L056") && all.contains("${env:") && !all.contains(&format!("{runtime:?}")), "{all}");
        assert!(all.contains(if runtime == "python3.13" { "${env:HANDLER}" } else { "${env:RUNTIME}" }), "{all}");
    }
}
