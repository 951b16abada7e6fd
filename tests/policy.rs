//! The policies that `lambdactl iam-policy` prints name every call that plan and apply make.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lambdactl_schema::Operation;
use lambdactl_tests::http::exchange;
use lambdactl_tests::{Emulator, Ran, copy_tree, lambdactl, repository};

const MANIFEST: &str = r#"
version: 1
name: shop
region: us-east-1
artifacts: {bucket: my-artifacts}
defaults: {Runtime: python3.13, Handler: app.handler, Role: "arn:aws:iam::123456789012:role/r", Publish: true}
functions:
  - {FunctionName: one, Code: ./src, Timeout: 5, Tags: {team: a}}
  - FunctionName: two
    Code: ./src
    EventSourceMappings:
      - {EventSourceArn: "arn:aws:sqs:us-east-1:123456789012:orders", BatchSize: 5, Tags: {team: a}}
  - {FunctionName: three, PackageType: Zip, Code: {S3Bucket: my-bucket, S3Key: three.zip}}
"#;

struct Account<'a> {
    emulator: Emulator,
    folder: &'a Path,
}

impl Account<'_> {
    fn run(&self, arguments: &str) -> Ran {
        let command = lambdactl(self.folder).args(arguments.split(' ')).env("TOKEN", "t");
        command.against(&self.emulator.endpoint).run().exits(0)
    }

    /// Creates an alarm, which no command of ours does.
    fn put_alarm(&self, name: &str) {
        let host = self.emulator.endpoint.trim_start_matches("http://");
        let body = format!("{{\"AlarmName\": \"{name}\"}}");
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nX-Amz-Target: \
             GraniteServiceVersion20100801.PutMetricAlarm\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        assert_eq!(exchange(host, &head), "");
    }

    /// Runs a command, and asserts that a policy has an action for each call that it made.
    fn assert_allowed(&self, command: &str, policy: &str) {
        self.emulator.take_requests();
        self.run(command);
        let requests = self.emulator.take_requests();
        let policy = self.run(&format!("iam-policy {policy}")).json();
        let statements = policy["Statement"].as_array().unwrap();
        let actions: BTreeSet<&str> = statements
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .filter_map(|action| action.as_str())
            .collect();
        let mut any = false;
        for (operation, _) in requests.as_object().unwrap() {
            any = true;
            let known = Operation::named(operation).unwrap_or_else(|| panic!("{operation} has no row"));
            for action in known.actions() {
                assert!(actions.contains(action.as_str()), "{command}: {action} is not in {actions:?}");
            }
        }
        assert!(any, "{command}: {requests}");
    }
}

#[test]
fn each_call_is_in_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| fs::write(folder.path().join("lambda.yaml"), text).unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/app.py"), "def handler(event, context): pass\n").unwrap();
    let account = Account { emulator: Emulator::start(), folder: folder.path() };
    write(MANIFEST);
    account.assert_allowed("plan", "--for plan");
    account.assert_allowed("apply --yes", "--for apply");
    let changed =
        MANIFEST.replace("Timeout: 5, Tags: {team: a}", "Tags: {stage: b}").replace("app.handler", "app.other");
    write(&changed);
    account.assert_allowed("plan --update", "--for plan --update");
    account.assert_allowed("apply --yes --update", "--for apply --update");
    write(&changed.replace(
        "PackageType: Zip, Code: {S3Bucket: my-bucket, S3Key: three.zip}",
        "Code: ./src, TenancyConfig: {TenantIsolationMode: PER_TENANT}",
    ));
    account.assert_allowed("plan --replace three", "--for plan --replace");
    account.assert_allowed("apply --yes --replace three", "--for apply --replace");
    write(MANIFEST.split("  - {FunctionName: two").next().unwrap());
    account.assert_allowed("plan --prune", "--for plan --prune");
    account.assert_allowed("apply --yes --prune", "--for apply --prune");
}

#[test]
fn each_call_of_day_two_is_in_its_policy() {
    let folder = tempfile::tempdir().unwrap();
    let write = |timeout: u32| {
        let manifest = format!(
            "name: shop\nregion: us-east-1\nfunctions:\n  - FunctionName: one\n    Runtime: python3.13\n    Handler: a.b\n    \
             Role: arn:aws:iam::123456789012:role/r\n    Code: {{S3Bucket: my-bucket, S3Key: k}}\n    Publish: true\n    \
             Timeout: {timeout}\n    EventSourceMappings: [{{EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:orders'}}]\n    \
             Aliases: {{live: {{FunctionVersion: published, rollout: {{steps: [{{weight: 0.1, wait: 1ms}}], alarms: [errors]}}}}}}\n"
        );
        fs::write(folder.path().join("lambda.yaml"), manifest).unwrap();
    };
    let account = Account { emulator: Emulator::start_with(&["--invoke", "echo"]), folder: folder.path() };
    account.put_alarm("errors");
    write(3);
    account.assert_allowed("apply --yes", "--for apply");
    write(9);
    account.assert_allowed("plan --update", "--for plan --update");
    account.assert_allowed("apply --yes --update", "--for apply --update");
    account.assert_allowed("status", "--for status");
    account.assert_allowed("invoke one --qualifier live", "--for invoke");
    account.assert_allowed("rollback one --alias live --to 1 --yes", "--for rollback");
    account.assert_allowed("delete one --yes", "--for delete");
    for (arguments, told) in
        [("--for status --update", "of plan and apply"), ("--for invoke --prune", "of plan and apply")]
    {
        let ran = lambdactl(folder.path()).args(["iam-policy"]).args(arguments.split(' ')).run().exits(1);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[test]
fn each_call_of_a_large_manifest_and_of_every_example_is_in_the_policy() {
    for entry in fs::read_dir(repository().join("examples")).unwrap() {
        let folder = tempfile::tempdir().unwrap();
        copy_tree(&entry.unwrap().path(), folder.path());
        let account = Account { emulator: Emulator::start(), folder: folder.path() };
        account.assert_allowed("plan", "--for plan");
        account.assert_allowed("apply --yes", "--for apply");
    }
    let folder = tempfile::tempdir().unwrap();
    let functions: String = (0..60)
        .map(|index| format!("  - {{FunctionName: f{index}, Code: {{S3Bucket: my-bucket, S3Key: k}}}}\n"))
        .collect();
    let head = MANIFEST.split("functions:").next().unwrap();
    fs::write(folder.path().join("lambda.yaml"), format!("{head}functions:\n{functions}")).unwrap();
    let account = Account { emulator: Emulator::start(), folder: folder.path() };
    account.run("apply --yes --rate 0 --get-function-rate 0");
    account.assert_allowed("plan", "--for plan");
}
