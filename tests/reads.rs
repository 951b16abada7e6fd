//! How many requests a plan takes, counted by the server, and what it does where one way of reading is closed.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use lambdactl_tests::http::{Recorder, answer, not_found};
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const FUNCTION: &str = "Runtime: python3.13, Handler: app.handler, \
                        Role: 'arn:aws:iam::123456789012:role/r', Code: {S3Bucket: my-bucket, S3Key: app.zip}";

/// Writes a manifest of functions with tags, which no list of functions has.
fn write_manifest(folder: &Path, count: usize, extra: &str) {
    let mut manifest = String::from("region: us-east-1\nfunctions:\n");
    for index in 0..count {
        writeln!(manifest, "  - {{FunctionName: function-{index}, {FUNCTION}, Tags: {{n: '{index}'}}{extra}}}")
            .unwrap();
    }
    fs::write(folder.join("lambda.yaml"), manifest).unwrap();
}

/// The same with a name, whose tag the functions carry.
fn write_named(folder: &Path, name: &str, count: usize) {
    write_manifest(folder, count, "");
    let path = folder.join("lambda.yaml");
    fs::write(&path, format!("name: {name}\n{}", fs::read_to_string(&path).unwrap())).unwrap();
}

/// Creates functions without quotas, and serves them as an account.
fn account_of(folder: &Path, count: usize, arguments: &[&str]) -> Emulator {
    write_manifest(folder, count, "");
    lambdactl(folder).args(["apply", "--yes", "--local", "--format", "json"]).run().exits(0);
    let data = folder.join(".lambdactl");
    Emulator::start_with(&[&["--data", data.to_str().unwrap()], arguments].concat())
}

fn plan(folder: &Path, endpoint: &str) -> Ran {
    lambdactl(folder).args(["plan", "--detailed-exitcode", "--format", "json"]).against(endpoint).run()
}

fn total(requests: &Value) -> u64 {
    let rows = requests.as_object().unwrap().values();
    rows.map(|row| row["answered"].as_u64().unwrap() + row["throttled"].as_u64().unwrap()).sum()
}

#[test]
fn thousand_functions_are_read_in_pages_within_the_quotas() {
    let folder = tempfile::tempdir().unwrap();
    let server = account_of(folder.path(), 1000, &["--quota", "aws"]);
    server.take_requests();
    let planned = plan(folder.path(), &server.endpoint).exits(0).json();
    assert_eq!(planned["summary"]["unchanged"], 1000);
    let requests = server.take_requests();
    let once = |answered: u32| json!({ "answered": answered, "throttled": 0 });
    assert_eq!(
        requests,
        json!({ "GetAccountSettings": once(1), "GetResources": once(11), "ListFunctions": once(20) }),
        "the last page of tags is full, so one more is asked for"
    );
    // Beside them one look at the object in S3 that all are made of, which the emulator does not count.
    assert_eq!(planned["api_calls"], total(&requests) + 1);

    // What the lists leave open is asked for one by one: tags that seem to differ, functions that seem to be missing.
    let manifest = fs::read_to_string(folder.path().join("lambda.yaml")).unwrap();
    let changed = manifest.replace("Tags: {n: '7'}", "Tags: {n: 'seven'}").replace("function-8,", "function-eight,");
    fs::write(folder.path().join("lambda.yaml"), changed).unwrap();
    let planned = plan(folder.path(), &server.endpoint).exits(2).json();
    assert_eq!(
        planned["summary"],
        json!({ "create": 1, "update": 0, "replace": 0, "delete": 0, "drift": 1, "unchanged": 998 })
    );
    assert_eq!(server.take_requests()["GetFunction"], once(2));
}

#[test]
fn few_functions_are_read_one_by_one_whatever_the_account_has() {
    let folder = tempfile::tempdir().unwrap();
    let server = account_of(folder.path(), 120, &[]);
    write_manifest(folder.path(), 3, "");
    server.take_requests();
    plan(folder.path(), &server.endpoint).exits(0);
    assert_eq!(server.take_requests(), json!({ "GetFunction": { "answered": 3, "throttled": 0 } }));
    // Fifty of an account of 120: three pages take less than half a second of GetFunction's quota.
    write_manifest(folder.path(), 50, "");
    plan(folder.path(), &server.endpoint).exits(0);
    let requests = server.take_requests();
    assert_eq!(requests["ListFunctions"]["answered"], 3, "{requests}");
}

#[test]
fn images_by_tag_and_keys_of_archives_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = String::from("region: us-east-1\nfunctions:\n");
    for index in 0..60 {
        let uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app";
        let role = "Role: 'arn:aws:iam::123456789012:role/r'";
        let code = match index % 3 {
            0 => format!("PackageType: Image, Code: {{ImageUri: '{uri}:v{index}'}}"),
            1 => "Runtime: python3.13, Handler: a.b, Code: {S3Bucket: my-bucket, S3Key: a.zip}".to_owned(),
            _ => "Runtime: python3.13, Handler: a.b, Code: {S3Bucket: my-bucket, S3Key: a.zip, \
                  SourceKMSKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1'}"
                .to_owned(),
        };
        writeln!(manifest, "  - {{FunctionName: function-{index}, {role}, {code}}}").unwrap();
    }
    fs::write(folder.path().join("lambda.yaml"), manifest).unwrap();
    lambdactl(folder.path()).args(["apply", "--yes", "--local", "--format", "json"]).run().exits(0);
    let data = folder.path().join(".lambdactl");
    let server = Emulator::start_with(&["--data", data.to_str().unwrap()]);
    plan(folder.path(), &server.endpoint).exits(0);
    let requests = server.take_requests();
    assert_eq!(requests["GetFunction"]["answered"], 40, "{requests}");
    assert_eq!(requests["GetResources"]["answered"], 1, "code in S3 is compared by a tag: {requests}");
}

#[test]
fn what_is_not_permitted_is_read_another_way() {
    let refused = |class: &str| {
        answer(
            "403 Forbidden",
            &format!("x-amzn-ErrorType: {class}\r\n"),
            r#"{"Message":"is not authorized to perform"}"#,
        )
    };
    let configuration = |index: usize| {
        format!(
            r#"{{"FunctionName":"function-{index}","FunctionArn":"arn:aws:lambda:us-east-1:123456789012:function:function-{index}","Runtime":"python3.13","Handler":"app.handler","Role":"arn:aws:iam::123456789012:role/r","Timeout":3,"MemorySize":128}}"#
        )
    };
    for (closed, expected_gets) in [("GetResources", 40), ("ListFunctions", 40), ("GetAccountSettings", 40)] {
        let folder = tempfile::tempdir().unwrap();
        write_manifest(folder.path(), 40, "");
        let gets = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let server = Recorder::start({
            let gets = std::sync::Arc::clone(&gets);
            move |request| {
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let operation = match path.as_str() {
                    "/" => "GetResources",
                    path if path.starts_with("/2016") => "GetAccountSettings",
                    path if path.starts_with("/my-bucket") => "HeadObject",
                    path if path.contains('?') => "ListFunctions",
                    _ => "GetFunction",
                };
                if operation == closed {
                    return refused("AccessDeniedException");
                }
                match operation {
                    "HeadObject" => not_found(),
                    "GetAccountSettings" => answer("200 OK", "", r#"{"AccountUsage":{"FunctionCount":40}}"#),
                    "GetResources" => answer("200 OK", "", r#"{"ResourceTagMappingList":[],"PaginationToken":""}"#),
                    "ListFunctions" => {
                        let all: Vec<String> = (0..40).map(configuration).collect();
                        answer("200 OK", "", &format!(r#"{{"Functions":[{}]}}"#, all.join(",")))
                    }
                    _ => {
                        gets.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let index: usize = path.rsplit('-').next().unwrap().parse().unwrap();
                        let body = format!(r#"{{"Configuration":{},"Tags":{{"n":"{index}"}}}}"#, configuration(index));
                        answer("200 OK", "", &body)
                    }
                }
            }
        });
        let planned = plan(folder.path(), &server.endpoint).exits(0).json();
        assert_eq!(planned["summary"]["unchanged"], 40, "{closed}");
        assert_eq!(gets.load(std::sync::atomic::Ordering::Relaxed), expected_gets, "{closed}");
    }
}

#[test]
fn list_has_no_states_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let server = account_of(folder.path(), 40, &[]);
    let planned = plan(folder.path(), &server.endpoint).exits(0).json();
    assert_eq!(planned["functions"][0]["state"], Value::Null);
    let notes = planned["notes"].to_string();
    assert!(notes.contains("whether 40 functions can be used was not read") && notes.contains("--health"), "{notes}");
    let human = lambdactl(folder.path()).args(["plan"]).against(&server.endpoint).run().exits(0).stdout;
    assert!(human.contains("The account is as the manifest says, as far as it was compared."), "{human}");

    server.take_requests();
    let arguments = ["plan", "--health", "--format", "json"];
    let planned = lambdactl(folder.path()).args(arguments).against(&server.endpoint).run().exits(0).json();
    assert_eq!((&planned["functions"][0]["state"], &planned["notes"]), (&json!("Active"), &json!([])));
    assert_eq!(server.take_requests()["GetFunction"]["answered"], 40);
}

#[test]
fn functions_of_the_manifest_that_it_no_longer_declares_are_mentioned() {
    let folder = tempfile::tempdir().unwrap();
    write_named(folder.path(), "ours", 41);
    let server = Emulator::start();
    let arguments = ["apply", "--yes", "--quiet", "--rate", "0", "--get-function-rate", "0"];
    lambdactl(folder.path()).args(arguments).against(&server.endpoint).run().exits(0);
    write_named(folder.path(), "ours", 40);
    let planned = plan(folder.path(), &server.endpoint).exits(0).json();
    let notes = planned["notes"].to_string();
    assert!(notes.contains("not declared: function-40; --prune would delete"), "{notes}");
    // Those that were only not chosen are declared.
    let arguments =
        ["plan", "--target", "function-1*", "--target", "function-2*", "--target", "function-3*", "--format", "json"];
    let planned = lambdactl(folder.path()).args(arguments).against(&server.endpoint).run().exits(0).json();
    let mentioned: Vec<&Value> =
        planned["notes"].as_array().unwrap().iter().filter(|note| note.to_string().contains("not declared")).collect();
    assert!(planned["functions"].as_array().unwrap().len() > 30, "{planned}");
    assert!(mentioned.iter().all(|note| note.to_string().contains("not declared: function-40;")), "{mentioned:?}");
}

#[test]
fn list_that_is_behind_does_not_say_whose_a_function_is() {
    let folder = tempfile::tempdir().unwrap();
    write_named(folder.path(), "theirs", 40);
    let server = Emulator::start();
    let arguments = ["apply", "--yes", "--quiet", "--rate", "0", "--get-function-rate", "0"];
    lambdactl(folder.path()).args(arguments).against(&server.endpoint).run().exits(0);
    let manifest = fs::read_to_string(folder.path().join("lambda.yaml")).unwrap();
    let manifest =
        manifest.replace("name: theirs", "name: ours").replace("Tags: {n: '7'}", "Tags: {n: '7'}, Timeout: 9");
    fs::write(folder.path().join("lambda.yaml"), manifest).unwrap();
    // The tagging API knows nothing of the owner yet.
    let proxy = Recorder::between(server.endpoint.trim_start_matches("http://"), |request, ask| {
        let answer = ask();
        if !request.contains("GetResources") {
            return answer;
        }
        answer.replace("lambdactl:manifest", "something-others:of")
    });
    let arguments = ["plan", "--update", "--format", "json"];
    let refused = lambdactl(folder.path()).args(arguments).against(&proxy.endpoint).run().exits(1);
    let planned = refused.json();
    assert_eq!(planned["functions"][7]["action"], "drift", "{}", planned["functions"][7]);
    assert!(refused.stderr.contains("belongs to the manifest `theirs`"), "{}", refused.stderr);
}

#[test]
fn import_reads_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let server = account_of(folder.path(), 120, &[]);
    server.take_requests();
    let import = ["import", "--out", "imported.yaml", "--rate", "0", "--get-function-rate", "0"];
    lambdactl(folder.path()).args(import).against(&server.endpoint).run().exits(0);
    let requests = server.take_requests();
    assert_eq!(requests["ListFunctions"]["answered"], 3, "{requests}");
    let text = fs::read_to_string(folder.path().join("imported.yaml")).unwrap();
    let imported: Value = serde_yaml::from_str(&text).unwrap();
    let names: std::collections::BTreeSet<&str> =
        imported["functions"].as_array().unwrap().iter().map(|row| row["FunctionName"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 120, "{text}");
}

#[test]
fn code_signing_that_cannot_be_read_matters_only_where_it_is_declared() {
    for (status, class) in [
        ("403 Forbidden", "AccessDeniedException"),
        // A region without the feature does not know the call.
        ("404 Not Found", "UnknownOperationException"),
    ] {
        let server = Emulator::start();
        let proxy = Recorder::between(server.endpoint.trim_start_matches("http://"), move |request, ask| {
            let path = request.split(' ').nth(1).unwrap_or_default();
            if request.starts_with("GET ") && path.contains("code-signing-config") {
                let body = r#"{"Message":"is not authorized to perform"}"#;
                return answer(status, &format!("x-amzn-ErrorType: {class}\r\n"), body);
            }
            ask()
        });
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| lambdactl(folder.path()).args(arguments).against(&proxy.endpoint).run().exits(0);
        write_manifest(folder.path(), 1, "");
        run(&["apply", "--yes", "--quiet"]);
        write_manifest(folder.path(), 1, ", Timeout: 9");
        let updated = run(&["apply", "--yes", "--update", "--format", "json"]).json();
        assert_eq!(updated["functions"][0]["status"], "applied", "{class}: {updated}");
        assert!(!updated.to_string().contains("code signing"), "{class}: {updated}");

        let said = "the code signing configuration could not be read";
        let arn = "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0";
        write_manifest(folder.path(), 1, &format!(", Timeout: 9, CodeSigningConfigArn: '{arn}'"));
        let planned = run(&["plan", "--update", "--format", "json"]).json();
        assert!(planned["functions"][0]["notes"].to_string().contains(said), "{class}: {planned}");
        assert_eq!(planned["functions"][0]["changes"], json!([]), "{class}");

        let imported = run(&["import", "--out", "imported.yaml"]);
        assert!(imported.stderr.contains(said), "{class}: {}", imported.stderr);
        let text = fs::read_to_string(folder.path().join("imported.yaml")).unwrap();
        assert!(text.contains("FunctionName: function-0") && !text.contains("CodeSigning"), "{class}: {text}");
    }
}
