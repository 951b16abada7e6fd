//! Bad input and bad surroundings: one clear error each, exit 1, nothing sent, no secret shown.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::sync::{Arc, Mutex};

use lambdactl_tests::http::{Recorder, answer, not_found};
use lambdactl_tests::{Ran, lambdactl};

const MANIFEST: &str = "functions:\n  a: {Runtime: python3.13, Handler: app.handler, \
                        Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: my-bucket, S3Key: app.zip}, \
                        Environment: {Variables: {TOKEN: s3cret-value, SHORT: q9}}}\n";

fn plan_against(endpoint: &str, manifest: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    lambdactl(folder.path()).args(["plan", "-f", "-", "-vv"]).against(endpoint).input(manifest).run()
}

fn assert_clean(ran: &Ran) {
    for stream in [&ran.stdout, &ran.stderr] {
        assert!(!stream.contains("panicked"), "{stream}");
        assert!(!stream.contains("s3cret-value"), "{stream}");
    }
}

#[test]
fn bad_files_end_with_one_error_and_nothing_sent() {
    let server = Recorder::start(|_| not_found());
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", ")));
    }
    let duplicate = format!("{MANIFEST}{}", MANIFEST.replace("functions:\n", ""));
    let two = "functions: [{FunctionName: a}, {FunctionName: a}]";
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("lambda.yaml", b"".to_vec(), "the file is empty"),
        ("lambda.yaml", b"a: [b".to_vec(), "L002"),
        ("lambda.json", b"not json".to_vec(), "L002"),
        ("lambda.toml", b"= nothing".to_vec(), "L002"),
        ("lambda.yaml", b"functions:\n\t- a".to_vec(), "tabs"),
        ("lambda.yaml", duplicate.into_bytes(), "L003"),
        ("lambda.yaml", two.as_bytes().to_vec(), "already declared"),
        ("lambda.yaml", bomb.into_bytes(), "aliases expand"),
        ("lambda.yaml", "[".repeat(10_000).into_bytes(), "levels deep"),
        ("lambda.json", "[".repeat(10_000).into_bytes(), "L002"),
        ("lambda.yaml", b"functions:\n- \xff".to_vec(), "not UTF-8"),
        ("lambda.yaml", vec![b'#'; 50 << 20], "50 MB"),
        ("lambda.yaml", b"functions: {a: {Handler: '${env:GITHUB_TOKEN}'}}".to_vec(), "is never resolved"),
    ];
    for (name, bytes, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        for command in ["validate", "plan", "apply"] {
            let ran = lambdactl(folder.path()).args([command]).against(&server.endpoint).run().exits(1);
            assert!(format!("{}{}", ran.stdout, ran.stderr).contains(expected), "{expected}: {ran:?}");
            assert_clean(&ran);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = lambdactl(folder.path()).args(["plan", "-f", "nowhere.yaml"]).against(&server.endpoint).run().exits(1);
    assert!(ran.stderr.contains("nowhere.yaml: no such file"), "{ran:?}");
    assert_eq!(server.lines(), [] as [&str; 0]);
}

#[test]
fn surroundings_that_lack_something_say_what() {
    let folder = tempfile::tempdir().unwrap();
    let plan = || lambdactl(folder.path()).args(["plan", "-f", "-"]).input(MANIFEST);
    let ran = plan().run().exits(1);
    assert!(ran.stderr.contains("no region"), "{ran:?}");
    let ran = plan().env("AWS_REGION", "us-east-1").run().exits(1);
    assert!(ran.stderr.contains("no AWS credentials") && ran.stderr.contains("help"), "{ran:?}");
    assert!(ran.stderr.lines().count() < 6, "{ran:?}");
    let ran = plan().against("http://127.0.0.1:1").run().exits(1);
    assert!(ran.stderr.contains("cannot connect to http://127.0.0.1:1"), "{ran:?}");
    let ran = plan().against("127.0.0.1:1").run().exits(1);
    assert!(ran.stderr.contains("is not an http:// or https:// address"), "{ran:?}");
}

#[test]
fn wrong_account_is_noticed_before_anything_else() {
    let server = Recorder::start(|_| {
        answer(
            "200 OK",
            "",
            "<R><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></R>",
        )
    });
    let ran = plan_against(&server.endpoint, &format!("account: '999999999999'\n{MANIFEST}")).exits(1);
    assert!(ran.stderr.contains("999999999999") && ran.stderr.contains("123456789012"), "{ran:?}");
    assert_eq!(server.lines(), ["POST / HTTP/1.1"]);
    assert_clean(&ran);
}

#[test]
fn expired_credentials_and_foreign_servers_are_named() {
    let expired = Recorder::start(|_| {
        answer(
            "403 Forbidden",
            "x-amzn-ErrorType: ExpiredTokenException\r\nx-amzn-RequestId: abc-1\r\n",
            r#"{"message":"The security token included in the request is expired"}"#,
        )
    });
    let ran = plan_against(&expired.endpoint, MANIFEST).exits(1);
    assert!(ran.stderr.contains("ExpiredTokenException") && ran.stderr.contains("abc-1"), "{ran:?}");
    assert!(ran.stderr.contains("get new ones"), "{ran:?}");
    // One of Lambda, and beside it one of S3, where the code is: neither is sent again.
    assert_eq!(expired.lines().len(), 2);

    for (status, body, expected) in [
        ("200 OK", "<html>login</html>", "HTML"),
        ("404 Not Found", "<html></html>", "HTML"),
        ("200 OK", "", "nothing"),
        ("200 OK", "[1]", "JSON of another kind"),
    ] {
        let foreign = Recorder::start(move |_| answer(status, "", body));
        let ran = plan_against(&foreign.endpoint, MANIFEST).exits(1);
        assert!(ran.stderr.contains(expected) && ran.stderr.contains("is it a Lambda endpoint?"), "{ran:?}");
    }
}

#[test]
fn lost_answer_to_a_create_is_looked_for_before_it_is_sent_again() {
    // The answers are lost and nothing is created: sent again a few times, each time after a look.
    let server = Recorder::start(|request| if request.starts_with("POST") { String::new() } else { not_found() });
    let folder = tempfile::tempdir().unwrap();
    let apply = || lambdactl(folder.path()).args(["apply", "--yes", "-f", "-", "--format", "json"]).input(MANIFEST);
    let ran = apply().against(&server.endpoint).run().exits(1);
    assert_eq!(ran.json()["functions"][0]["error"]["code"], "NoAnswer");
    let calls: Vec<_> = server.lines().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    // The code is in S3, where it is looked at beside the rest.
    let calls: Vec<_> = calls.into_iter().filter(|method| method != "HEAD").collect();
    assert_eq!(calls.join(" "), "GET POST GET POST GET POST GET POST GET POST GET");
    assert_clean(&ran);

    // The first answer is lost after the call took effect: the function that is there decides.
    for (timeout, expected) in [(3, Ok("applied")), (7, Err("Conflict"))] {
        let posts = Arc::new(Mutex::new(0));
        let server = Recorder::start(move |request| {
            if request.starts_with("POST") {
                *posts.lock().unwrap() += 1;
                return String::new();
            }
            if *posts.lock().unwrap() == 0 {
                return not_found();
            }
            let configuration = format!(
                r#"{{"FunctionName":"a","FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:a","State":"Active","Runtime":"python3.13","Handler":"app.handler","Role":"arn:aws:iam::123456789012:role/r","Timeout":{timeout},"Environment":{{"Variables":{{"TOKEN":"s3cret-value","SHORT":"q9"}}}}}}"#
            );
            answer("200 OK", "", &format!(r#"{{"Configuration":{configuration}}}"#))
        });
        let ran = apply().against(&server.endpoint).run();
        assert_clean(&ran);
        let row = &ran.json()["functions"][0];
        match expected {
            Ok(status) => assert_eq!((row["status"].as_str(), ran.code), (Some(status), 0), "{ran:?}"),
            Err(code) => assert_eq!((row["error"]["code"].as_str(), ran.code), (Some(code), 1), "{ran:?}"),
        }
        assert_eq!(server.lines().iter().filter(|line| line.starts_with("POST")).count(), 1);
    }
}

#[test]
fn throttled_create_is_sent_again() {
    let tries = Arc::new(Mutex::new(0));
    let server = Recorder::start(move |request| {
        if !request.starts_with("POST") {
            return not_found();
        }
        let mut tries = tries.lock().unwrap();
        *tries += 1;
        if *tries < 3 {
            answer(
                "429 Too Many Requests",
                "x-amzn-ErrorType: TooManyRequestsException\r\n",
                r#"{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate exceeded"}"#,
            )
        } else {
            answer(
                "201 Created",
                "",
                r#"{"FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:a","State":"Active"}"#,
            )
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let apply = lambdactl(folder.path()).args(["apply", "--yes", "-f", "-", "--format", "json"]);
    let report = apply.against(&server.endpoint).input(MANIFEST).run().exits(0).json();
    assert_eq!(report["functions"][0]["status"], "applied");
    // A look at the function and one at its code, and three tries.
    assert_eq!(report["api_calls"], 5);
}

#[test]
fn environment_values_are_taken_out_of_the_services_error() {
    let server = Recorder::start(|request| {
        if request.starts_with("POST") {
            assert!(request.contains("s3cret-value"), "the value itself is sent");
            answer(
                "400 Bad Request",
                "x-amzn-ErrorType: InvalidParameterValueException\r\n",
                r#"{"Type":"User","message":"bad: s3cret-value and 'q9'. String measured: {\"TOKEN\":\"s3cret-value\"}"}"#,
            )
        } else {
            not_found()
        }
    });
    let folder = tempfile::tempdir().unwrap();
    for format in ["human", "json"] {
        for log in ["text", "json"] {
            let arguments = ["apply", "--yes", "-f", "-", "-vv", "--format", format, "--log-format", log];
            let ran = lambdactl(folder.path()).args(arguments).against(&server.endpoint).input(MANIFEST).run().exits(1);
            assert_clean(&ran);
            assert!(!ran.stdout.contains("q9") && ran.stdout.contains("(sensitive)"), "{ran:?}");
        }
    }
}

#[test]
fn failed_function_stops_the_wait_with_the_services_reason() {
    let created = Arc::new(Mutex::new(false));
    let server = Recorder::start(move |request| {
        let mut created = created.lock().unwrap();
        if request.starts_with("POST") {
            *created = true;
            answer(
                "201 Created",
                "",
                r#"{"FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:a","State":"Pending","StateReasonCode":"Creating"}"#,
            )
        } else if *created {
            answer(
                "200 OK",
                "",
                r#"{"Configuration":{"FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:a","State":"Failed","StateReasonCode":"SubnetOutOfIPAddresses","StateReason":"no addresses"}}"#,
            )
        } else {
            not_found()
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let apply = lambdactl(folder.path()).args(["apply", "--yes", "-f", "-"]);
    let ran = apply.against(&server.endpoint).input(MANIFEST).run().exits(1);
    assert!(ran.stdout.contains("no addresses") && ran.stdout.contains("larger or further subnets"), "{ran:?}");
}

#[test]
fn unknown_members_reach_the_service_as_they_were_written() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = Recorder::start({
        let seen = Arc::clone(&seen);
        move |request| {
            let Some((_, body)) = request.split_once("\r\n\r\n").filter(|_| request.starts_with("POST")) else {
                return not_found();
            };
            seen.lock().unwrap().push(body.to_owned());
            answer(
                "201 Created",
                "",
                r#"{"FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:a","State":"Active"}"#,
            )
        }
    });
    let folder = tempfile::tempdir().unwrap();
    // A misspelt `Environment` is an unknown member like any other, and its values are secrets all the same.
    let manifest = MANIFEST.replace("python3.13", "nodejs28.x").replace(
        "}}}\n",
        "}}, Priority: {Class: [1, 2.5, null, high]}, VpcConfig: {Gateway: true}, Enviroment: {Variables: {KEY: s3cret-value}}}\n",
    );
    let run = |arguments: &[&str]| {
        lambdactl(folder.path())
            .args(arguments)
            .args(["-f", "-"])
            .against(&server.endpoint)
            .input(manifest.as_str())
            .run()
    };
    let strict = run(&["validate"]).exits(1);
    assert_clean(&strict);
    assert_eq!(strict.stdout.matches("error[L01").count(), 4, "{}", strict.stdout);
    assert_clean(&run(&["plan", "--allow-unknown"]).exits(0));
    assert_clean(&run(&["apply", "--yes", "--no-wait", "--allow-unknown", "-vv"]).exits(0));
    let sent: serde_json::Value = serde_json::from_str(&seen.lock().unwrap()[0]).unwrap();
    assert_eq!(sent["Runtime"], "nodejs28.x");
    assert_eq!(sent["Priority"], serde_json::json!({ "Class": [1, 2.5, null, "high"] }));
    assert_eq!(sent["VpcConfig"], serde_json::json!({ "Gateway": true }));
    assert_eq!(sent["Enviroment"]["Variables"]["KEY"], "s3cret-value");
}

/// The forms in which `validate` and `plan` say something.
const VALIDATE_FORMATS: [&str; 5] = ["human", "json", "sarif", "github", "junit"];

#[test]
fn broken_manifests_show_no_value_in_any_format() {
    const VALUE: &str = "s3cr3t-one";
    for (name, text) in [
        (
            "a.json",
            r#"{"functions": [{"FunctionName": "f",
"Environment": {"Variables": {
  "A": "x}y",
  "TOKEN": "s3cr3t-one"
  "B": "s3cr3t-one"
}}}]}
"#,
        ),
        (
            "b.yaml",
            "functions:\n- FunctionName: f\n  Environment: {Variables: {A: \"}\", TOKEN: \"s3cr3t-one\" \"x\"}}\n",
        ),
        (
            "c.yaml",
            "functions:\n- FunctionName: f\n  Environment:\n    Variables:\n  # note\n      A: xx\n      TOKEN: \"s3cr3t-one\" x\n",
        ),
        (
            "d.yaml",
            "functions:\n- FunctionName: f\n  Environment:\n    Variables:\n    A: x\n    TOKEN: \"s3cr3t-one\n",
        ),
        ("e.yaml", "functions:\n- FunctionName: f\n  Environment:\n    Variabels:\n      TOKEN: \"s3cr3t-one\n"),
        (
            "f.json",
            "{\"functions\": [{\"Environment\": {\"Vars\": {\n  \"TOKEN\": \"a\"\n  \"B\": \"s3cr3t-one\"\n}}}]}\n",
        ),
        ("g.toml", "[functions.Environment.Variables]\nTOKEN = \"s3cr3t-one\n"),
        ("h.yaml", "functions:\n- FunctionName: f\n  Environment:\n    Variables:\n      TOKEN: *s3cr3t-one\n"),
        ("i.yaml", "functions:\n- FunctionName: f\n  Environment:\n    Variables:\n      TOKEN: !s3cr3t-one x\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(name), text).unwrap();
        let runs = VALIDATE_FORMATS.map(|format| vec!["validate", "--format", format]);
        for arguments in
            runs.into_iter().chain([vec!["plan", "--local"], vec!["apply", "--local", "--yes"], vec!["fmt"]])
        {
            let ran = lambdactl(folder.path()).args(arguments.iter().chain(&["-f", name])).run().exits(1);
            assert!(!format!("{ran:?}").contains(VALUE), "{ran:?}");
        }
    }
}

#[test]
fn unknown_members_and_references_are_hidden_from_comments() {
    let head = "functions:\n- FunctionName: f\n  Runtime: python3.13\n  Handler: a.b\n  \
                Role: arn:aws:iam::123456789012:role/r\n  Code: {S3Bucket: abc, S3Key: k}\n";
    let folder = tempfile::tempdir().unwrap();
    let ran = |member: &str, arguments: &[&str]| {
        fs::write(folder.path().join("a.yaml"), format!("{head}  {member}\n")).unwrap();
        lambdactl(folder.path()).args(arguments.iter().chain(&["-f", "a.yaml"])).env("SEC", "s3cret-value").run()
    };
    for member in [
        "EnvVars: {TOKEN: s3cret-value}",
        "Secrets: {TOKEN: s3cret-value}",
        "DB_PASSWORD: s3cret-value",
        "VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1], Key: s3cret-value}",
    ] {
        for format in VALIDATE_FORMATS {
            assert_clean(&ran(member, &["validate", "--format", format]).exits(1));
        }
        for format in ["human", "json", "markdown"] {
            let ran = ran(member, &["plan", "--local", "--allow-unknown", "--format", format]).exits(0);
            assert_clean(&ran);
            if format == "json" {
                let changes = ran.json()["functions"][0]["changes"].clone();
                let hidden = changes.as_array().unwrap().iter().find(|change| change["sensitive"] == true).cloned();
                assert!(
                    hidden.is_some_and(|change| change["before"].is_null() && change["after"].is_null()),
                    "{changes}"
                );
            }
        }
    }
    for member in [
        "Description: '${env:SEC}'",
        "Tags: {a: 'x ${env:SEC}'}",
        "Layers: ['arn:aws:lambda:us-east-1:123456789012:layer:${env:SEC}:1']",
    ] {
        let markdown = ran(member, &["plan", "--local", "--format", "markdown"]).exits(0);
        assert_clean(&markdown);
        assert!(markdown.stdout.contains("${env:SEC}"), "{markdown:?}");
        // A terminal and JSON show it.
        for format in ["human", "json"] {
            assert!(ran(member, &["plan", "--local", "--format", format]).exits(0).stdout.contains("s3cret-value"));
        }
    }
    for member in ["Handler: '${env:SEC} x'", "KMSKeyArn: '${env:SEC}'", "PackageType: '${env:SEC}'"] {
        for format in VALIDATE_FORMATS {
            let member =
                if member.starts_with("Handler") { member.replace("Handler", "MemorySize") } else { member.to_owned() };
            let ran = ran(&member, &["validate", "--format", format]).exits(1);
            assert_clean(&ran);
        }
    }
}

#[test]
fn plan_says_where_code_from_outside_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("app")).unwrap();
    fs::create_dir_all(folder.path().join("shared")).unwrap();
    fs::write(folder.path().join("shared/app.py"), "x").unwrap();
    fs::write(folder.path().join("out.txt"), "s3cret-value").unwrap();
    let text = "functions:\n- FunctionName: f\n  Runtime: python3.13\n  Handler: a.b\n  \
                Role: arn:aws:iam::123456789012:role/r\n  Code: ../shared\n";
    let path = folder.path().join("app/lambda.yaml");
    fs::write(&path, text).unwrap();
    let plan = |arguments: &[&str]| {
        let all = ["plan", "--local", "-f", "app/lambda.yaml"].iter().chain(arguments);
        lambdactl(folder.path()).args(all).run()
    };
    let note = "the code is packaged from outside of the manifest's folder: ../shared";
    assert!(plan(&[]).exits(0).stdout.contains(note));
    let markdown = plan(&["--format", "markdown"]).exits(0).stdout;
    assert!(markdown.contains(note) && !markdown.contains("could not be compared"), "{markdown}");
    assert_eq!(plan(&["--format", "json"]).exits(0).json()["functions"][0]["notes"][0], note);

    fs::write(&path, format!("{text}  Description: '${{file:../out.txt}}'\n")).unwrap();
    let ran = plan(&[]).exits(1);
    assert!(ran.stderr.contains("outside of the manifest's folder") && ran.stderr.contains("--allow-file"), "{ran:?}");
    assert_clean(&ran);
    assert!(plan(&["--allow-file", "."]).exits(0).stdout.contains("s3cret-value"));
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.yaml");
    fs::write(folder.path().join("lambda.yaml"), MANIFEST).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for arguments in [
        vec!["validate", "-f", "pipe.yaml"],
        vec!["fmt", "-f", "pipe.yaml"],
        vec!["convert", "pipe.yaml"],
        vec!["apply", "pipe.yaml"],
        vec!["convert", "/dev/zero"],
    ] {
        let ran = lambdactl(folder.path()).args(&arguments).run().exits(1);
        assert!(
            ran.stderr.contains("it is not a regular file") || ran.stdout.contains("it is not a regular file"),
            "{ran:?}"
        );
    }
}

#[test]
fn what_formatting_changes_is_shown_without_values() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "functions:\n- Environment:   {Variables: {TOKEN:   \"s3cret-value\"}} # s3cret-value\n  FunctionName:   f\n";
    fs::write(folder.path().join("lambda.yaml"), text).unwrap();
    let ran = lambdactl(folder.path()).args(["fmt", "--check"]).run().exits(1);
    assert_clean(&ran);
    assert!(ran.stdout.contains("+  - FunctionName: f") && ran.stdout.contains("TOKEN: ****"), "{ran:?}");
}

#[test]
fn value_whose_name_was_forgotten_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["validate", "plan", "apply"] {
        let ran =
            lambdactl(folder.path()).args([command, "--local", "--var", "NAME=x", "--var", "s3cret-value", "-f", "-"]);
        let ran = ran.input(MANIFEST).run().exits(1);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains("--var number 2 is not NAME=VALUE") && !all.contains("s3cret-value"), "{all}");
    }
}
