//! Updates while something is in the way: a call that is refused, a service that is still busy, a version that takes its time,
//! others who do the same. The account ends as the manifest says, and until then a plan says what is left.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use lambdactl_tests::http::{Recorder, answer};
use lambdactl_tests::python::write_manifest;
use lambdactl_tests::{Emulator, Ran, lambdactl, repository};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/lambda-role";
const SETTINGS: &str = "PUT configuration";
const CODE: &str = "PUT code";
const VERSION: &str = "POST versions";

/// A server that keeps functions, with a manifest for it.
struct Place {
    server: Emulator,
    folder: tempfile::TempDir,
}

impl Place {
    fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        let place = Self { server: Emulator::start_with(arguments), folder };
        place.code("one");
        place
    }

    fn address(&self) -> &str {
        self.server.endpoint.trim_start_matches("http://")
    }

    fn code(&self, text: &str) {
        fs::write(self.folder.path().join("src/app.py"), format!("def handler(e, c): return '{text}'\n")).unwrap();
    }

    fn write(&self, functions: &[Value]) {
        write_manifest(self.folder.path(), &json!({ "region": "us-east-1", "functions": functions }));
    }

    fn run_at(&self, endpoint: &str, arguments: &[&str]) -> Ran {
        lambdactl(self.folder.path()).args(arguments).args(["--rate", "0"]).against(endpoint).run()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_at(&self.server.endpoint, arguments)
    }

    /// What a plan under `--update` shows of the one function.
    fn paths(&self) -> Vec<String> {
        let plan = self.run(&["plan", "--update", "--format", "json"]).exits(0).json();
        let changes = plan["functions"][0]["changes"].as_array().unwrap().iter();
        changes.map(|change| change["path"].as_str().unwrap().to_owned()).collect()
    }

    /// The numbers of a function's published versions.
    fn versions(&self, name: &str) -> Vec<String> {
        let request = self.request("GET", &format!("/2015-03-31/functions/{name}/versions"), "lambda", 0);
        let answer: Value = serde_json::from_str(&lambdactl_tests::http::exchange(self.address(), &request)).unwrap();
        let numbers = answer["Versions"].as_array().unwrap().iter().map(|version| version["Version"].as_str().unwrap());
        numbers.filter(|number| *number != "$LATEST").map(str::to_owned).collect()
    }

    /// Puts an archive into the bucket.
    fn put(&self, key: &str) {
        let archive = fs::read(repository().join("tests/rules/L044/app.zip")).unwrap();
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let head = self.request("PUT", &format!("/my-bucket/{key}"), "s3", archive.len());
        stream.write_all(&[head.as_bytes(), &archive].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    fn request(&self, method: &str, path: &str, service: &str, length: usize) -> String {
        let scope = format!("test/20261126/us-east-1/{service}/aws4_request");
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {length}\r\nConnection: close\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0\r\n\r\n",
            self.address()
        )
    }
}

fn function(name: &str, code: Value, more: &Value) -> Value {
    let mut function = json!({ "FunctionName": name, "Role": ROLE, "Code": code });
    let members = function.as_object_mut().unwrap();
    if members["Code"].get("ImageUri").is_some() {
        members.insert("PackageType".into(), json!("Image"));
    } else {
        members.extend([("Runtime".into(), json!("python3.13")), ("Handler".into(), json!("app.handler"))]);
    }
    members.extend(more.as_object().unwrap().clone());
    function
}

fn image(tag: &str) -> Value {
    json!({ "ImageUri": format!("123456789012.dkr.ecr.us-east-1.amazonaws.com/app:{tag}") })
}

/// The method and the last part of the path of a call that changes a function; nothing for others.
fn change(request: &str) -> Option<String> {
    let mut words = request.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    let is_change = method != "GET" && path.starts_with("/20") && !path.contains("/tags/");
    is_change.then(|| format!("{method} {}", path.rsplit('/').next().unwrap_or_default()))
}

fn changes(server: &Recorder) -> Vec<String> {
    server.lines().iter().filter_map(|line| change(line)).collect()
}

/// Stands in front of a server, and gives the first call of this kind another answer.
fn refusing_once(address: &str, call: &'static str, refusal: String) -> Recorder {
    let refuses = AtomicBool::new(true);
    Recorder::between(address, move |request, ask| {
        if change(request).as_deref() == Some(call) && refuses.swap(false, Ordering::Relaxed) {
            return refusal.clone();
        }
        ask()
    })
}

#[test]
fn what_a_refused_call_left_undone_is_seen_and_done_by_the_next_apply() {
    let place = Place::new(&[]);
    place.put("one.zip");
    place.put("two.zip");
    let object = |key: &str| json!({ "S3Bucket": "my-bucket", "S3Key": key });
    let timeout = "/Timeout";
    for (index, (before, after, call, left)) in [
        (json!("./src"), json!("./src"), CODE, vec!["/Code/CodeSha256"]),
        (json!("./src"), json!("./src"), SETTINGS, vec![timeout, "/Code/CodeSha256"]),
        (image("1"), image("2"), CODE, vec!["/Code/ImageUri"]),
        (image("1"), image("2"), SETTINGS, vec![timeout, "/Code/ImageUri"]),
        // The tag that says which object the code is of must not be there before the code is.
        (object("one.zip"), object("two.zip"), CODE, vec!["/Code/S3Key"]),
        (object("one.zip"), object("two.zip"), SETTINGS, vec![timeout, "/Code/S3Key"]),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("f{index}");
        place.code("one");
        place.write(&[function(&name, before, &json!({}))]);
        place.run(&["apply", "--yes", "--quiet"]).exits(0);
        place.code("two");
        place.write(&[function(&name, after.clone(), &json!({ "Timeout": 9 }))]);
        let body = r#"{"Type":"User","message":"It is not to be."}"#;
        let refusal = answer("400 Bad Request", "x-amzn-errortype: InvalidParameterValueException\r\n", body);
        let proxy = refusing_once(place.address(), call, refusal);
        let failed = place.run_at(&proxy.endpoint, &["apply", "--yes", "--update", "--format", "json"]).exits(1).json();
        let message = failed["functions"][0]["error"]["message"].as_str().unwrap();
        assert!(message.contains("It is not to be."), "{after} {call}: {message}");
        assert_eq!(place.paths(), left, "{after} {call}");
        place.run(&["plan", "--detailed-exitcode"]).exits(2);
        place.run(&["apply", "--yes", "--update", "--quiet"]).exits(0);
        assert_eq!(place.paths(), [""; 0], "{after} {call}");
    }
}

#[test]
fn busy_service_is_waited_for_between_the_calls_and_before_the_first() {
    // What comes before the service is done with the last change is refused.
    let place = Place::new(&["--updating", "1s"]);
    let busy = || {
        let message = "The operation cannot be performed at this time. An update is in progress for resource: arn:x";
        let body = json!({ "Type": "User", "message": message }).to_string();
        answer("409 Conflict", "x-amzn-errortype: ResourceConflictException\r\n", &body)
    };
    for (name, before, after) in [("image", image("1"), image("2")), ("zip", json!("./src"), json!("./src"))] {
        place.code("one");
        place.write(&[function(name, before, &json!({ "Publish": true }))]);
        place.run(&["apply", "--yes", "--quiet"]).exits(0);
        place.code("two");
        place.write(&[function(name, after, &json!({ "Publish": true, "Timeout": 9 }))]);
        let proxy = refusing_once(place.address(), SETTINGS, busy());
        place.run_at(&proxy.endpoint, &["apply", "--yes", "--update", "--quiet"]).exits(0);
        assert_eq!(changes(&proxy), [SETTINGS, SETTINGS, CODE, VERSION], "{name}");
        assert_eq!(place.versions(name), ["1", "2"], "{name}");
        assert_eq!(place.paths(), [""; 0], "{name}");
    }
}

#[test]
fn service_that_says_nothing_of_states_is_not_waited_for() {
    let place = Place::new(&[]);
    let silent = Recorder::between(place.address(), |_, ask| {
        // Other names of the same length, which nobody knows.
        ask().replace(r#""State":"#, r#""Stage":"#).replace("LastUpdateStatus", "LastUpdateUntold")
    });
    for timeout in [3, 9] {
        place.code(&format!("{timeout}"));
        place.write(&[function("worker", json!("./src"), &json!({ "Publish": true, "Timeout": timeout }))]);
        let arguments = ["apply", "--yes", "--update", "--format", "json"];
        let applied = place.run_at(&silent.endpoint, &arguments).exits(0).json();
        assert_eq!(applied["functions"][0]["status"], "applied", "{applied}");
        let planned = place.run_at(&silent.endpoint, &["plan", "--detailed-exitcode", "--format", "json"]).exits(0);
        assert_eq!(planned.json()["functions"][0]["state"], Value::Null);
    }
    assert_eq!(place.versions("worker"), ["1", "2"]);
}

#[test]
fn version_that_takes_its_time_holds_up_no_other_function() {
    const COUNT: usize = 6;
    let place = Place::new(&[]);
    let functions = |timeout: u32| -> Vec<Value> {
        let more = json!({ "Publish": true, "Timeout": timeout });
        (0..COUNT).map(|index| function(&format!("f{index}"), json!("./src"), &more)).collect()
    };
    place.write(&functions(3));
    place.run(&["apply", "--yes", "--quiet"]).exits(0);
    place.write(&functions(9));
    // No version is answered before all are asked for. Half a minute is for those who wait in vain.
    let asked = Arc::new((Mutex::new(0), Condvar::new()));
    let gave_up = Arc::new(AtomicUsize::new(0));
    let proxy = Recorder::between(place.address(), {
        let (asked, gave_up) = (Arc::clone(&asked), Arc::clone(&gave_up));
        move |request, ask| {
            if change(request).as_deref() == Some(VERSION) {
                let (count, all) = &*asked;
                let mut count = count.lock().unwrap();
                *count += 1;
                all.notify_all();
                let waited = all.wait_timeout_while(count, Duration::from_secs(30), |count| *count < COUNT).unwrap();
                gave_up.fetch_add(usize::from(waited.1.timed_out()), Ordering::Relaxed);
            }
            ask()
        }
    });
    place.run_at(&proxy.endpoint, &["apply", "--yes", "--update", "--quiet"]).exits(0);
    assert_eq!(gave_up.load(Ordering::Relaxed), 0, "{:?}", changes(&proxy));
    for index in 0..COUNT {
        assert_eq!(place.versions(&format!("f{index}")), ["1", "2"]);
    }
}

#[test]
fn three_applies_at_a_time_make_one_change_and_one_version() {
    let place = Place::new(&["--updating", "50ms"]);
    let publishing =
        |timeout: u32| [function("worker", json!("./src"), &json!({ "Publish": true, "Timeout": timeout }))];
    let recorder = Recorder::in_front_of(place.address());
    let all_at_once = || {
        let begin = || {
            let arguments = ["apply", "--yes", "--update", "--rate", "0", "--format", "json"];
            lambdactl(place.folder.path()).args(arguments).against(&recorder.endpoint).spawn()
        };
        let children = [begin(), begin(), begin()];
        children.map(|child| child.wait_with_output().unwrap())
    };
    for (timeout, changed, versions) in [(3, "POST functions", &["1"][..]), (9, SETTINGS, &["1", "2"])] {
        recorder.clear();
        place.write(&publishing(timeout));
        let outputs = all_at_once();
        for output in &outputs {
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            let row = &report["functions"][0];
            // Whoever comes second finds it done, or leaves it to the first.
            let code = row["error"]["code"].as_str().unwrap_or_default();
            assert!(
                ["applied", "unchanged"].contains(&row["status"].as_str().unwrap())
                    || ["Moved", "ResourceConflictException", "Conflict"].contains(&code),
                "{row}"
            );
        }
        assert!(outputs.iter().any(|output| output.status.success()), "{outputs:?}");
        let kinds: BTreeSet<String> = changes(&recorder).into_iter().collect();
        assert!(kinds.contains(changed), "{kinds:?}");
        place.run(&["apply", "--yes", "--update", "--quiet"]).exits(0);
        assert_eq!(place.versions("worker"), versions);
        assert_eq!(place.paths(), [""; 0]);
    }
}

#[test]
fn replacement_waits_until_the_function_is_gone() {
    let place = Place::new(&[]);
    place.write(&[function("worker", image("1"), &json!({}))]);
    place.run(&["apply", "--yes", "--quiet"]).exits(0);
    place.write(&[function("worker", json!("./src"), &json!({}))]);
    let refused = place.run(&["apply", "--yes", "--update", "--format", "json"]).exits(1).json();
    assert_eq!(refused["functions"][0]["error"]["code"], "NeedsReplacement");

    // The function is still to be seen for a while, and its name is taken.
    const LOOKS: usize = 3;
    struct Gone {
        last: String,
        looks: usize,
        is_deleted: bool,
    }
    let gone = Mutex::new(Gone { last: String::new(), looks: 0, is_deleted: false });
    let proxy = Recorder::between(place.address(), move |request, ask| {
        let mut gone = gone.lock().unwrap();
        let is_left = gone.is_deleted && gone.looks < LOOKS;
        if request.starts_with("GET /2015-03-31/functions/worker ") {
            if is_left {
                gone.looks += 1;
                return gone.last.clone();
            }
            gone.last = ask();
            return gone.last.clone();
        }
        if request.starts_with("POST /2015-03-31/functions ") && is_left {
            let body = r#"{"Type":"User","message":"Function already exist: worker"}"#;
            return answer("409 Conflict", "x-amzn-errortype: ResourceConflictException\r\n", body);
        }
        gone.is_deleted |= request.starts_with("DELETE ");
        ask()
    });
    let arguments = ["apply", "--yes", "--replace", "worker", "--format", "json"];
    let replaced = place.run_at(&proxy.endpoint, &arguments).exits(0).json();
    assert_eq!(replaced["functions"][0]["status"], "applied", "{replaced}");
    assert_eq!(changes(&proxy), ["DELETE worker", "POST functions"]);
    assert_eq!(place.paths(), [""; 0]);
}
