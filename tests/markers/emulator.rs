//! What the emulator logs, and what other programs are started with.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;

use lambdactl_tests::lambdactl;
use serde_json::json;

use crate::marks::{Search, markers};
use crate::proxy::send;
use crate::runs::run;

#[test]
fn emulator_logs_no_value_whatever_it_is_sent() {
    let markers = markers("em");
    let search = Search::new(&markers);
    for (flags, level) in [(&[][..], ""), (&["-v"], ""), (&["-vvv"], ""), (&["-vv", "--log-format", "json"], "trace")] {
        let folder = tempfile::tempdir().unwrap();
        let arguments = [&["emulator", "--port", "0", "--data", "state"], flags].concat();
        let mut child = lambdactl(folder.path()).args(arguments).env("RUST_LOG", level).spawn();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let endpoint = line.trim().rsplit(' ').next().unwrap().to_owned();
        let mut statuses = Vec::new();
        for marker in &markers {
            let value = &marker.value;
            let environment = json!({ "Variables": { "KEY": value } });
            let create = json!({
                "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
                "Code": { "S3Bucket": "abc", "S3Key": "k" }, "Environment": environment,
            });
            let functions = "/2015-03-31/functions";
            let percent: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            for (method, path, body) in [
                ("POST", functions.to_owned(), create.to_string()),
                ("POST", functions.to_owned(), create.to_string()[1..].to_owned()),
                ("POST", functions.to_owned(), create.to_string().replace("\"Variables\"", "\"Vars\"")),
                ("POST", functions.to_owned(), json!({ "Environment": value, "Runtime": value }).to_string()),
                ("PUT", format!("{functions}/f/configuration"), json!({ "Environment": environment }).to_string()),
                (
                    "PUT",
                    format!("{functions}/f/configuration"),
                    json!({ "Environment": { "Variables": [value] } }).to_string(),
                ),
                ("PUT", format!("{functions}/f/code"), json!({ "ZipFile": value }).to_string()),
                ("GET", format!("{functions}/f?Qualifier={percent}"), String::new()),
                ("GET", format!("{functions}?Marker={percent}&MaxItems={percent}"), String::new()),
                ("POST", "/nothing/here".to_owned(), json!({ "x": value }).to_string()),
                ("POST", "/".to_owned(), format!("Action={percent}&Version=2011-06-15")),
                ("PUT", "/bucket/key".to_owned(), value.clone()),
                ("DELETE", format!("{functions}/f?x={percent}"), value.clone()),
            ] {
                statuses.push(send(&endpoint, method, &path, &body).0);
            }
        }
        assert!(
            statuses.iter().any(|status| *status < 300) && statuses.iter().any(|status| *status >= 400),
            "{statuses:?}"
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let mut left = line.into_bytes();
        stdout.read_to_end(&mut left).unwrap();
        child.stderr.take().unwrap().read_to_end(&mut left).unwrap();
        assert_eq!(search.find(&left), [], "{flags:?} {level}");
    }
}

#[test]
fn programs_that_are_started_see_no_value_in_their_arguments() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("credentials.sh");
    let seen = folder.path().join("arguments.txt");
    // Its own command line, and that of whatever else lambdactl has started.
    let text = format!(
        "#!/bin/sh\nfor process in /proc/[0-9]*; do\n  if grep -qs \"^PPid:[[:space:]]*$PPID$\" $process/status; then cat $process/cmdline; fi\ndone >> {0}\n\
         cat /proc/$$/cmdline >> {0}\necho '{{\"Version\":1,\"AccessKeyId\":\"AKIDEXAMPLE\",\"SecretAccessKey\":\"x\"}}'\n",
        seen.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(
        folder.path().join("config"),
        format!("[default]\nregion = us-east-1\ncredential_process = {}\n", script.display()),
    )
    .unwrap();
    let secrets = [markers("mf"), markers("en")].concat();
    let mut variables = serde_json::Map::new();
    for marker in &secrets {
        let is_set = marker.variable.starts_with("EN_");
        let value = if is_set { format!("${{env:{}}}", marker.variable) } else { marker.value.clone() };
        variables.insert(marker.variable.clone(), json!(value));
    }
    let manifest = json!({ "functions": [{
        "FunctionName": "f", "Runtime": "python3.13", "Handler": "a.b", "Role": "arn:aws:iam::123456789012:role/r",
        "Code": { "S3Bucket": "abc", "S3Key": "k" }, "Environment": { "Variables": variables },
    }] });
    fs::write(folder.path().join("lambda.json"), manifest.to_string()).unwrap();
    let server = lambdactl_tests::Emulator::start();
    let config = folder.path().join("config");
    let environment = [("AWS_CONFIG_FILE", config.to_str().unwrap()), ("AWS_ENDPOINT_URL", &server.endpoint)];
    let left = run(folder.path(), &["apply", "--yes"], &environment, None);
    assert_eq!(left.code, Some(0), "{}", String::from_utf8_lossy(&left.stderr));
    let arguments = &left.files["arguments.txt"];
    assert!(String::from_utf8_lossy(arguments).contains("credentials.sh"));
    assert_eq!(Search::new(&secrets).find(arguments), []);
}
