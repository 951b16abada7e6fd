//! What a function is, beside how it is set: whether it works, whose it is, what could be read of it. For each state what is
//! planned, what apply reports, what is sent, and what a person reads.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use lambdactl_tests::http::{Recorder, answer, not_found};
use lambdactl_tests::{Emulator, Ran, lambdactl};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:worker";
const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-role";
/// An archive with one file.
const ZIP: &str = "UEsDBBQAAAAAAAAAIQBDvrfoAQAAAAEAAAAEAAAAYS5weWFQSwECFAMUAAAAAAAAACEAQ7636AEAAAABAAAABAAAAAAAAAAAAAAApAEAAAAAYS5weVBLBQYAAAAAAQABADIAAAAjAAAAAAA=";
const REASON: &str = "No addresses left in subnet-0a1.";

/// A function of an account, as a server plays it.
#[derive(Clone)]
struct Played {
    state: Option<&'static str>,
    last_update: Option<&'static str>,
    /// What a function that is being set up, or updated, becomes once it was looked at twice.
    becomes: &'static str,
    tags: Option<Value>,
    /// What else its configuration says.
    more: Value,
    /// Whether code signing configurations can be listed, and the resource policy read.
    closed: Option<&'static str>,
    looks: usize,
    is_there: bool,
}

impl Played {
    fn new() -> Self {
        Self {
            state: Some("Active"),
            last_update: Some("Successful"),
            becomes: "Active",
            tags: Some(json!({ "lambdactl:manifest": "payments" })),
            more: json!({}),
            closed: None,
            looks: 0,
            is_there: true,
        }
    }

    fn configuration(&self) -> Value {
        let mut configuration = json!({
            "FunctionName": "worker", "FunctionArn": ARN, "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
            "Timeout": 3, "MemorySize": 128, "PackageType": "Zip", "Version": "$LATEST", "RevisionId": "r",
            "CodeSha256": "same", "CodeSize": 1,
        });
        let members = configuration.as_object_mut().unwrap();
        members.extend(self.more.as_object().unwrap().clone());
        if let Some(state) = self.state {
            members.insert("State".into(), json!(state));
            if matches!(state, "Failed" | "Pending") {
                members.insert("StateReasonCode".into(), json!("SubnetOutOfIPAddresses"));
                members.insert("StateReason".into(), json!(REASON));
            }
        }
        if let Some(last_update) = self.last_update {
            members.insert("LastUpdateStatus".into(), json!(last_update));
            if last_update == "Failed" {
                members.insert("LastUpdateStatusReasonCode".into(), json!("InvalidSubnet"));
                members.insert("LastUpdateStatusReason".into(), json!("subnet-0dead is gone"));
            }
        }
        configuration
    }

    /// Answers a request of a client.
    fn answer(&mut self, method: &str, path: &str) -> String {
        let ok = |body: Value| answer("200 OK", "", &body.to_string());
        let refused = || {
            let body = r#"{"Type":"User","message":"not authorized to perform it"}"#;
            answer("403 Forbidden", "x-amzn-errortype: AccessDeniedException\r\n", body)
        };
        let of_function = path.strip_prefix("/2015-03-31/functions/worker");
        match (method, of_function) {
            ("GET", Some("")) if !self.is_there => not_found(),
            ("GET", Some("")) => {
                let body = ok(match &self.tags {
                    Some(tags) => json!({ "Configuration": self.configuration(), "Code": {}, "Tags": tags }),
                    None => json!({
                        "Configuration": self.configuration(), "Code": {},
                        "TagsError": { "ErrorCode": "AccessDeniedException",
                            "Message": "not authorized to perform: lambda:ListTags" }
                    }),
                });
                self.looks += 1;
                if self.looks >= 2 {
                    if self.state == Some("Pending") {
                        self.state = Some(self.becomes);
                    }
                    if self.last_update == Some("InProgress") {
                        self.last_update = Some("Successful");
                    }
                }
                body
            }
            ("PUT", Some("/configuration" | "/code")) => {
                (self.state, self.last_update) = (Some("Active"), Some("Successful"));
                ok(self.configuration())
            }
            ("DELETE", Some("")) => {
                self.is_there = false;
                answer("204 No Content", "", "")
            }
            ("POST", None) if path == "/2015-03-31/functions" => {
                *self = Self { tags: self.tags.clone(), ..Self::new() };
                answer("201 Created", "", &self.configuration().to_string())
            }
            ("GET", Some("/policy")) if self.closed == Some("policy") => refused(),
            ("GET", _) if path.contains("code-signing-configs") && self.closed == Some("code signing") => refused(),
            ("GET", _) if path.contains("code-signing-configs") => ok(json!({ "CodeSigningConfigs": [] })),
            ("GET", Some(rest)) if rest.starts_with("/versions") => ok(json!({ "Versions": [] })),
            ("GET", Some(rest)) if rest.starts_with("/aliases") => ok(json!({ "Aliases": [] })),
            ("GET", _) if path.contains("/urls") => ok(json!({ "FunctionUrlConfigs": [] })),
            ("GET", _) if path.contains("event-source-mappings") => ok(json!({ "EventSourceMappings": [] })),
            _ => not_found(),
        }
    }
}

/// Serves a function, and keeps the requests that would change it.
fn serve(played: Played) -> Recorder {
    let played = Arc::new(Mutex::new(played));
    Recorder::start(move |request| {
        let mut words = request.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        played.lock().unwrap().answer(method, path)
    })
}

/// The methods and last parts of the requests that change something.
fn changes(server: &Recorder) -> Vec<String> {
    let of = |line: &String| {
        let mut words = line.split(' ');
        let (method, path) = (words.next()?, words.next()?);
        let is_lambda = path.starts_with("/20");
        (method != "GET" && is_lambda).then(|| format!("{method} {}", path.rsplit('/').next().unwrap_or_default()))
    };
    server.lines().iter().filter_map(of).collect()
}

fn write(folder: &Path, name: Option<&str>, more: &Value) {
    let mut function = json!({
        "FunctionName": "worker", "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
        "Code": { "ZipFile": ZIP }, "ignore": ["/Code"],
    });
    function.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut manifest = json!({ "region": "us-east-1", "functions": [function] });
    if let Some(name) = name {
        manifest["name"] = json!(name);
    }
    fs::write(folder.join("lambda.json"), manifest.to_string()).unwrap();
}

fn run(folder: &Path, server: &Recorder, arguments: &[&str]) -> Ran {
    lambdactl(folder).args(arguments).args(["--rate", "0", "--get-function-rate", "0"]).against(&server.endpoint).run()
}

/// What a cell of the table is to come to.
struct Expected {
    action: &'static str,
    /// Of a plan without flags beside those of the cell.
    plan_exit: i32,
    status: &'static str,
    apply_exit: i32,
    /// The error's code in apply's report.
    code: Option<&'static str>,
    sent: &'static [&'static str],
    /// What the plan says to people, and apply, too.
    said: &'static str,
}

fn expected(state: Option<&str>, last_update: Option<&str>, has_tags: bool, flags: &[&str]) -> Expected {
    let row =
        |action, status, sent, said| Expected { action, plan_exit: 0, status, apply_exit: 0, code: None, sent, said };
    if !has_tags {
        let row = row("drift", "failed", &[][..], "its tags could not be read");
        return Expected { plan_exit: 1, apply_exit: 1, code: Some("OwnerUnknown"), ..row };
    }
    match (state, last_update) {
        (Some("Failed"), _) if flags.contains(&"--replace") => row(
            "replace",
            "applied",
            &["DELETE worker", "POST functions"],
            "replaced because the service could not set it up",
        ),
        (Some("Failed"), _) => {
            let row =
                row("drift", "failed", &[], "could not set the function up: SubnetOutOfIPAddresses: No addresses left");
            Expected { plan_exit: 1, apply_exit: 1, code: Some("SubnetOutOfIPAddresses"), ..row }
        }
        // Once it is set up, what is left of it is an update that failed before.
        (Some("Pending"), Some("Failed")) => row("unchanged", "drift", &[], "the service is still setting it up"),
        (Some("Pending"), _) => row("unchanged", "unchanged", &[], "the service is still setting it up"),
        (_, Some("InProgress")) => row("unchanged", "unchanged", &[], "an update of it is under way"),
        (_, Some("Failed")) if flags.contains(&"--update") => row(
            "update",
            "applied",
            &["PUT configuration"],
            "its last update failed, and it serves as before: InvalidSubnet",
        ),
        (_, Some("Failed")) => row(
            "drift",
            "drift",
            &[],
            "its last update failed, and it serves as before: InvalidSubnet: subnet-0dead is gone",
        ),
        _ => row("unchanged", "unchanged", &[], "The account is as the manifest says."),
    }
}

/// One cell of the table: a state, an update, what cannot be read, and flags.
type Cell = (Option<&'static str>, Option<&'static str>, Option<&'static str>, &'static [&'static str]);

fn cells() -> Vec<Cell> {
    const FLAGS: [&[&str]; 3] = [&[], &["--update"], &["--replace", "worker"]];
    let mut cells = Vec::new();
    for state in [None, Some("Pending"), Some("Active"), Some("Inactive"), Some("Failed")] {
        for last_update in [None, Some("Successful"), Some("InProgress"), Some("Failed")] {
            for closed in [None, Some("tags"), Some("code signing"), Some("policy")] {
                // What only a flag makes lambdactl read is closed with that flag only.
                let is_read = |flags: &&&[&str]| match closed {
                    Some("code signing") => flags.contains(&"--update"),
                    Some("policy") => flags.contains(&"--replace"),
                    _ => true,
                };
                cells.extend(FLAGS.iter().filter(is_read).map(|flags| (state, last_update, closed, *flags)));
            }
        }
    }
    cells
}

fn check(folder: &Path, (state, last_update, closed, flags): Cell) {
    let has_tags = closed != Some("tags");
    let mut played = Played { state, last_update, closed, ..Played::new() };
    played.tags = played.tags.filter(|_| has_tags);
    let cell = format!("{state:?} {last_update:?}, closed: {closed:?}, {flags:?}");
    let Expected { action, plan_exit, status, apply_exit, code, sent, said } =
        expected(state, last_update, has_tags, flags);

    let server = serve(played.clone());
    let planned = run(folder, &server, &[&["plan", "--format", "json"], flags].concat());
    let plan = planned.json();
    assert_eq!(planned.code, plan_exit, "{cell}: {}", planned.stderr);
    assert_eq!(plan["functions"][0]["action"], action, "{cell}: {plan}");
    assert_eq!(plan["functions"][0]["state"], json!(state), "{cell}: {plan}");
    assert_eq!(plan["functions"][0]["changes"], json!([]), "{cell}: {plan}");
    let human = run(folder, &serve(played.clone()), &[&["plan", "--detailed-exitcode"], flags].concat());
    let is_empty = action == "unchanged";
    assert_eq!(human.code, if plan_exit == 1 { 1 } else { i32::from(!is_empty) * 2 }, "{cell}");
    assert!(human.stdout.contains(said), "{cell}: {}", human.stdout);
    assert_eq!(changes(&server), [""; 0], "{cell}: a plan reads only");

    let server = serve(played.clone());
    let applied = run(folder, &server, &[&["apply", "--yes", "--format", "json"], flags].concat());
    let report = applied.json();
    let row = &report["functions"][0];
    assert_eq!(applied.code, apply_exit, "{cell}: {report} {}", applied.stderr);
    assert_eq!((&row["status"], &row["action"]), (&json!(status), &json!(action)), "{cell}: {report}");
    assert_eq!(row["error"]["code"], json!(code), "{cell}: {report}");
    assert_eq!(changes(&server), sent, "{cell}");
    let human = run(folder, &serve(played), &[&["apply", "--yes", "--no-wait"], flags].concat());
    if !is_empty || !said.starts_with("The account") {
        assert!(human.stdout.contains(said), "{cell}: {}", human.stdout);
    }
}

#[test]
fn every_state_has_its_action_its_exit_code_and_its_words() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Some("payments"), &json!({}));
    let cells = cells();
    assert_eq!(cells.len(), 20 * (2 * 3 + 2));
    // Most of their time is waiting.
    std::thread::scope(|scope| {
        for some in cells.chunks(cells.len() / 4) {
            let folder = folder.path();
            scope.spawn(move || some.iter().for_each(|cell| check(folder, *cell)));
        }
    });
}

#[test]
fn function_that_fails_while_apply_waits_is_reported_as_failed_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Some("payments"), &json!({}));
    let server = serve(Played { state: Some("Pending"), becomes: "Failed", ..Played::new() });
    for _ in 0..2 {
        let applied = run(folder.path(), &server, &["apply", "--yes", "--format", "json"]).exits(1).json();
        assert_eq!(applied["functions"][0]["status"], "failed");
        assert_eq!(applied["functions"][0]["error"]["code"], "SubnetOutOfIPAddresses");
    }
    let human = run(folder.path(), &server, &["apply", "--yes", "--quiet"]).exits(1);
    for words in ["use larger or further subnets", "pass --replace with its name", "1 failed"] {
        assert!(human.stdout.contains(words), "{words}: {}", human.stdout);
    }
    assert_eq!(changes(&server), [""; 0]);
}

#[test]
fn wait_that_is_not_wanted_is_left_to_the_next_apply() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Some("payments"), &json!({}));
    let server = serve(Played { state: Some("Pending"), ..Played::new() });
    let applied = run(folder.path(), &server, &["apply", "--yes", "--no-wait", "--format", "json"]).exits(0).json();
    assert_eq!(applied["functions"][0]["status"], "unchanged");
    assert_eq!(server.lines().len(), 1, "{:?}", server.lines());
    run(folder.path(), &server, &["apply", "--yes"]).exits(0);
    assert!(server.lines().len() > 2, "{:?}", server.lines());
}

#[test]
fn timeout_says_what_it_went_to() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Some("payments"), &json!({}));
    let server = serve(Played { state: Some("Pending"), becomes: "Pending", ..Played::new() });
    let arguments = ["apply", "--yes", "--timeout", "1s", "--format", "json"];
    let applied = run(folder.path(), &server, &arguments).exits(1).json();
    let error = &applied["functions"][0]["error"];
    assert_eq!(error["code"], "Timeout");
    let message = error["message"].as_str().unwrap();
    for words in ["not ready after 1 s", "the service to set the function up", REASON] {
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn new_change_goes_through_on_top_of_an_update_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Some("payments"), &json!({ "Timeout": 9, "Description": "new" }));
    let more = json!({ "Description": "new" });
    let server = serve(Played { last_update: Some("Failed"), more, ..Played::new() });
    let planned = run(folder.path(), &server, &["plan", "--format", "json"]).exits(0).json();
    assert_eq!(planned["functions"][0]["action"], "drift");
    run(folder.path(), &server, &["apply", "--yes", "--update"]).exits(0);
    assert_eq!(changes(&server), ["PUT configuration"]);
    let body = server.requests().into_iter().find(|request| request.starts_with("PUT ")).unwrap();
    assert!(body.contains(r#""Timeout":9"#) && body.contains(r#""Description":"new""#), "the whole is sent: {body}");
}

#[test]
fn guard_that_cannot_be_read_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let untold = || Played { tags: None, ..Played::new() };
    // Whose it is does not matter to a manifest without a name, that it may be protected does.
    write(folder.path(), None, &json!({ "Timeout": 9, "Tags": { "team": "a" } }));
    let server = serve(untold());
    let updated = run(folder.path(), &server, &["apply", "--yes", "--update", "--format", "json"]).exits(0).json();
    assert_eq!(updated["functions"][0]["status"], "applied");
    assert!(updated["functions"][0]["notes"][0].as_str().unwrap().contains("the tags could not be read"), "{updated}");
    write(folder.path(), None, &json!({ "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" } }));
    let server = serve(untold());
    let replaced = run(folder.path(), &server, &["apply", "--yes", "--replace", "worker", "--format", "json"]).exits(1);
    assert_eq!(replaced.json()["functions"][0]["error"]["code"], "OwnerUnknown");
    assert_eq!(changes(&server), [""; 0]);
}

/// A server whose function has other tags, or hides them, once a plan was made.
fn retagged_after_the_plan(tags: Option<Value>) -> Recorder {
    let played = Mutex::new(Played::new());
    Recorder::start(move |request| {
        let mut words = request.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut played = played.lock().unwrap();
        if played.looks == 1 {
            played.tags.clone_from(&tags);
        }
        played.answer(method, path)
    })
}

#[test]
fn tags_that_close_between_plan_and_deletion_keep_the_function() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Some("payments"), &json!({ "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" } }));
    let server = retagged_after_the_plan(None);
    let replaced = run(folder.path(), &server, &["apply", "--yes", "--replace", "worker", "--format", "json"]).exits(1);
    assert_eq!(replaced.json()["functions"][0]["error"]["code"], "OwnerUnknown", "{}", replaced.stdout);
    assert_eq!(changes(&server), [""; 0]);
}

#[test]
fn function_that_was_protected_since_the_plan_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Some("payments"), &json!({ "TenancyConfig": { "TenantIsolationMode": "PER_TENANT" } }));
    let server =
        retagged_after_the_plan(Some(json!({ "lambdactl:manifest": "payments", "lambdactl:protect": "true" })));
    let replaced = run(folder.path(), &server, &["apply", "--yes", "--replace", "worker", "--format", "json"]).exits(1);
    assert_eq!(replaced.json()["functions"][0]["error"]["code"], "NeedsReplacement", "{}", replaced.stdout);
    assert_eq!(changes(&server), [""; 0]);
}

#[test]
fn dead_function_in_a_large_manifest_is_seen_by_each_apply_by_health_and_by_import() {
    let folder = tempfile::tempdir().unwrap();
    let functions: Vec<Value> = (0..40)
        .map(|index| {
            json!({
                "FunctionName": format!("f{index}"), "Runtime": "python3.13", "Handler": "app.handler", "Role": ROLE,
                "Code": { "ZipFile": ZIP },
            })
        })
        .collect();
    let manifest = json!({ "region": "us-east-1", "functions": functions });
    fs::write(folder.path().join("lambda.json"), manifest.to_string()).unwrap();
    let emulator = Emulator::start_with(&["--failing", "create=f7:InvalidSubnet"]);
    let run = |arguments: &[&str]| {
        lambdactl(folder.path())
            .args(arguments)
            .args(["--rate", "0", "--get-function-rate", "0"])
            .against(&emulator.endpoint)
            .run()
    };
    for _ in 0..2 {
        let report = run(&["apply", "--yes", "--format", "json"]).exits(1).json();
        assert_eq!(report["functions"][7]["error"]["code"], "InvalidSubnet", "{}", report["functions"][7]);
        assert_eq!(report["summary"]["failed"], 1);
    }
    let listed = run(&["plan", "--format", "json"]).exits(0).json();
    assert_eq!(
        (&listed["functions"][7]["state"], &listed["functions"][7]["action"]),
        (&Value::Null, &json!("unchanged"))
    );
    let looked_at = run(&["plan", "--health", "--format", "json"]).exits(1).json();
    let dead = &looked_at["functions"][7];
    assert_eq!((&dead["state"], &dead["action"]), (&json!("Failed"), &json!("drift")), "{dead}");
    let imported = run(&["import", "--out", "imported.yaml"]).exits(0);
    assert!(imported.stderr.contains("could not set it up") && imported.stderr.contains("f7"), "{}", imported.stderr);
}

#[test]
fn timeout_on_a_role_names_the_role() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), None, &json!({ "ignore": [] }));
    let emulator = Emulator::start_with(&["--role-lag", "1h"]);
    let arguments = ["apply", "--yes", "--timeout", "3s", "--format", "json"];
    let ran = lambdactl(folder.path()).args(arguments).against(&emulator.endpoint).run().exits(1);
    let report = ran.json();
    let message = report["functions"][0]["error"]["message"].as_str().unwrap();
    for words in ["not created after 3 s", "the role to be usable", ROLE, "cannot be assumed by Lambda"] {
        assert!(message.contains(words), "{words}: {message}");
    }
    assert!(
        ran.stderr.contains("worker: waiting for the role to be usable") && ran.stderr.contains(ROLE),
        "{}",
        ran.stderr
    );
}
