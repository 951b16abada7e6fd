//! The GitHub Action, the GitLab template, the pre-commit hooks and the release's packing: their steps are run as scripts.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use lambdactl_tests::github::{GitHub, Runner, path_with};
use lambdactl_tests::{Emulator, binary, copy_tree, lambdactl, repository};
use serde_json::{Value, json};

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(repository().join(path)).unwrap()).unwrap()
}

/// A checkout with a manifest, and what a runner on GitHub would give to the action.
fn runner<'a>(workspace: &'a Path, github: &GitHub, endpoint: &str) -> Runner<'a> {
    let event = workspace.join("event.json");
    fs::write(&event, json!({ "pull_request": { "number": 7 } }).to_string()).unwrap();
    let text = |text: &str| text.to_owned();
    let mut environment = BTreeMap::from([
        (text("PATH"), path_with(binary().parent().unwrap())),
        (text("RUNNER_TEMP"), workspace.join("temp").display().to_string()),
        (text("GITHUB_API_URL"), github.address.clone()),
        (text("GITHUB_SERVER_URL"), github.address.clone()),
        (text("GITHUB_REPOSITORY"), text("team/shop")),
        (text("GITHUB_EVENT_PATH"), event.display().to_string()),
        (text("GITHUB_STEP_SUMMARY"), workspace.join("summary.md").display().to_string()),
        (text("GITHUB_ACTION_PATH"), repository().display().to_string()),
        (text("GITHUB_PATH"), workspace.join("path").display().to_string()),
        (text("AWS_ENDPOINT_URL"), text(endpoint)),
        (text("AWS_ACCESS_KEY_ID"), text("test")),
        (text("AWS_SECRET_ACCESS_KEY"), text("test")),
        (text("TOKEN"), text("s3cret")),
    ]);
    environment.extend(std::env::var("HOME").map(|home| (text("HOME"), home)));
    fs::create_dir_all(workspace.join("temp")).unwrap();
    let contexts = [
        ("github.token", text("t0ken")),
        ("github.action_ref", text("v0.1.0")),
        ("github.action_repository", text("lambdactl/lambdactl")),
    ];
    let contexts = contexts.map(|(name, value)| (name.to_owned(), value)).into();
    Runner { action: yaml("action.yml"), workspace, contexts, environment }
}

const MANIFEST: &str = r#"version: 1
region: us-west-2
functions:
  - FunctionName: orders
    Runtime: python3.13
    Role: arn:aws:iam::123456789012:role/r
    Handler: app.handler
    Code: {S3Bucket: my-bucket, S3Key: k}
    Environment: {Variables: {TOKEN: "${env:TOKEN}"}}
"#;

#[test]
fn action_plans_comments_once_and_applies() {
    let workspace = tempfile::tempdir().unwrap();
    let (github, emulator) = (GitHub::start(), Emulator::start());
    fs::create_dir(workspace.path().join("shop")).unwrap();
    fs::write(workspace.path().join("shop/lambda.yaml"), MANIFEST).unwrap();
    let runner = runner(workspace.path(), &github, &emulator.endpoint);
    github.kept.lock().unwrap().comments = (0..120).map(|index| format!("comment {index}")).collect();
    let inputs = [("version", "none"), ("file", "shop/lambda.yaml\n")];

    let planned = runner.run(&inputs);
    assert!(planned.succeeded, "{}", planned.log);
    assert_eq!(planned.outputs["has-changes"], "true");
    let summary: Value = serde_json::from_str(&planned.outputs["summary"]).unwrap();
    assert_eq!(summary["create"], 1);
    let comment = github.kept.lock().unwrap().comments.last().unwrap().clone();
    let command = lambdactl(workspace.path()).args(["plan", "-f", "shop/lambda.yaml", "--format", "markdown"]);
    let printed = command.env("TOKEN", "s3cret").against(&emulator.endpoint).run().exits(0).stdout;
    assert_eq!(comment, printed);
    assert!(comment.starts_with("<!-- lambdactl-plan -->\n") && comment.contains("+ orders"), "{comment}");
    assert!(fs::read_to_string(workspace.path().join("summary.md")).unwrap().contains(&comment));

    let applied = runner.run(&[inputs[0], inputs[1], ("command", "apply")]);
    assert!(applied.succeeded, "{}", applied.log);
    let summary: Value = serde_json::from_str(&applied.outputs["summary"]).unwrap();
    assert_eq!(summary["applied"], 1);
    let report: Value = serde_json::from_slice(&fs::read(&applied.outputs["json"]).unwrap()).unwrap();
    assert_eq!(report["functions"][0]["status"], "applied");

    // Drift: the comment is replaced, not joined by another.
    fs::write(workspace.path().join("shop/lambda.yaml"), MANIFEST.replace("app.handler", "app.other")).unwrap();
    let planned = runner.run(&[inputs[0], inputs[1], ("args", " --update  --rate 0")]);
    assert!(planned.succeeded && planned.outputs["has-changes"] == "true", "{planned:?}");
    let kept = github.kept.lock().unwrap();
    assert_eq!(kept.comments.len(), 121);
    assert!(
        kept.comments[120].contains("~ orders") && !kept.comments[120].contains("+ orders"),
        "{}",
        kept.comments[120]
    );
    let everything = format!("{}{}{}", planned.log, applied.log, kept.comments[120]);
    assert!(!everything.contains("s3cret") && !everything.contains("t0ken"), "{everything}");
}

#[test]
fn action_says_what_went_wrong() {
    let workspace = tempfile::tempdir().unwrap();
    let github = GitHub::start();
    let runner = runner(workspace.path(), &github, "http://127.0.0.1:9");
    let manifest = workspace.path().join("lambda.yaml");

    fs::write(&manifest, MANIFEST.replace("Handler", "Handlr")).unwrap();
    let ran = runner.run(&[("version", "none")]);
    assert!(!ran.succeeded && ran.log.contains("::error file=lambda.yaml,line=7"), "{}", ran.log);
    // An older plan must not stand there as if it were this one.
    let comment = github.kept.lock().unwrap().comments.pop().unwrap();
    assert!(comment.starts_with("<!-- lambdactl-plan -->\n### lambdactl plan failed"), "{comment}");

    // Nobody listens there.
    fs::write(&manifest, MANIFEST).unwrap();
    let ran = runner.run(&[("version", "none"), ("comment-key", "shop")]);
    assert!(!ran.succeeded && ran.outputs["has-changes"] == "false", "{ran:?}");
    let comment = github.kept.lock().unwrap().comments.pop().unwrap();
    assert!(comment.starts_with("<!-- lambdactl-plan shop -->\n### lambdactl plan failed"), "{comment}");
    assert!(comment.contains("cannot connect to http://127.0.0.1:9"), "{comment}");

    github.kept.lock().unwrap().forbids = true;
    let ran = runner.run(&[("version", "none")]);
    assert!(
        ran.log.contains("::warning::lambdactl: the comment could not be written: GitHub answered 403"),
        "{}",
        ran.log
    );
}

#[test]
fn release_is_packed_and_the_action_installs_it_only_when_it_is_the_one() {
    let workspace = tempfile::tempdir().unwrap();
    copy_tree(&repository().join("ci"), &workspace.path().join("ci"));
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(repository().join(file), workspace.path().join(file)).unwrap();
    }
    // What a release has is small; a build for tests is not, and this one stands in for it.
    let built = workspace.path().join("built");
    fs::create_dir(&built).unwrap();
    let program = format!("#!/bin/sh\nexec '{}' \"$@\"\n", binary().display());
    fs::write(built.join("lambdactl"), program).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(built.join("lambdactl")).status().unwrap().success());
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let pack =
        Command::new("ci/pack.sh").args(["v0.1.0", &target, "built"]).current_dir(workspace.path()).output().unwrap();
    assert!(pack.status.success(), "{pack:?}");
    let name = format!("lambdactl-v0.1.0-{target}.tar.gz");
    let archive = workspace.path().join("dist").join(&name);
    let listed = Command::new("tar").arg("-tzf").arg(&archive).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    for file in ["./lambdactl", "./man/lambdactl-plan.1", "./completions/lambdactl.zsh", "./LICENSE-MIT"] {
        assert!(listed.lines().any(|line| line == file), "{file}: {listed}");
    }

    let github = GitHub::start();
    let sum = Command::new("sha256sum").arg(&name).current_dir(workspace.path().join("dist")).output().unwrap().stdout;
    let at = |file: &str| format!("/lambdactl/lambdactl/releases/download/v0.1.0/{file}");
    let bytes = fs::read(&archive).unwrap();
    github.kept.lock().unwrap().files = BTreeMap::from([(at(&name), bytes.clone()), (at("SHA256SUMS"), sum)]);
    let mut runner = runner(workspace.path(), &github, "http://127.0.0.1:9");
    fs::write(workspace.path().join("lambda.yaml"), MANIFEST).unwrap();
    // A machine may have a GitHub CLI, and GitHub itself knows nothing of this release.
    fs::write(built.join("gh"), "#!/bin/sh\necho \"$GH_TOKEN $*\" >> gh\n").unwrap();
    assert!(Command::new("chmod").arg("+x").arg(built.join("gh")).status().unwrap().success());
    let path = format!("{}:{}", built.display(), runner.environment["PATH"]);
    runner.environment.insert("PATH".to_owned(), path);
    let setup = |runner: &Runner<'_>| runner.run(&[("command", "validate")]);
    let ran = setup(&runner);
    assert!(ran.succeeded, "{}", ran.log);
    let path = fs::read_to_string(workspace.path().join("path")).unwrap();
    let installed = Command::new(Path::new(path.trim()).join("lambdactl")).arg("--version").output().unwrap();
    assert!(String::from_utf8(installed.stdout).unwrap().starts_with("lambdactl "));
    let asked = fs::read_to_string(Path::new(path.trim()).parent().unwrap().join("gh")).unwrap();
    assert!(asked.contains(&format!("t0ken attestation verify {name} --repo lambdactl/lambdactl ")), "{asked}");

    let mut other = bytes;
    other.push(0);
    github.kept.lock().unwrap().files.insert(at(&name), other);
    let ran = setup(&runner);
    assert!(!ran.succeeded && ran.log.contains("is not what SHA256SUMS says; nothing was installed"), "{}", ran.log);
    runner.contexts.insert("github.action_ref".to_owned(), "main".to_owned());
    assert!(setup(&runner).log.contains("'main' is no release"));
}

#[test]
fn gitlab_jobs_run() {
    let workspace = tempfile::tempdir().unwrap();
    fs::write(workspace.path().join("lambda.yaml"), MANIFEST.replace("orders", "${var:name}")).unwrap();
    let emulator = Emulator::start();
    let template = yaml("ci/lambdactl.gitlab-ci.yml");
    let run = |job: &str| {
        let lines = |of: &Value| -> Vec<String> {
            of.as_array().into_iter().flatten().map(|line| line.as_str().unwrap().to_owned()).collect()
        };
        let base = template[job]["extends"].as_str().map(|base| lines(&template[base]["before_script"]));
        let script = [base.unwrap_or_default(), lines(&template[job]["script"])].concat().join("\n");
        let mut command = Command::new("bash");
        command.args(["-e", "-c", &script]).current_dir(workspace.path());
        command.env_clear().env("PATH", path_with(binary().parent().unwrap())).env("TOKEN", "s3cret");
        for (name, value) in template["variables"].as_object().unwrap() {
            command.env(name, value.as_str().unwrap());
        }
        // One list for all three jobs, in which nothing is a pattern of files.
        command.env("LAMBDACTL_ARGS", "--update --var name=orders --target ??????");
        fs::write(workspace.path().join("sixsix"), "").unwrap();
        command.env("AWS_ENDPOINT_URL", &emulator.endpoint);
        let ran = command.env("AWS_ACCESS_KEY_ID", "t").env("AWS_SECRET_ACCESS_KEY", "t").output().unwrap();
        assert!(ran.status.success(), "{job}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    };
    let ids = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID";
    let rules = template["lambdactl-plan"]["rules"].as_array().unwrap();
    assert!(rules.iter().all(|rule| rule["if"].as_str().unwrap().contains(ids)), "forks are planned");
    run("lambdactl-validate");
    assert!(fs::read_to_string(workspace.path().join("lambdactl-validate.xml")).unwrap().contains("<testsuite"));
    run("lambdactl-plan");
    assert!(fs::read_to_string(workspace.path().join("lambdactl-plan.md")).unwrap().contains("+ orders"));
    assert!(run("lambdactl-apply").contains("1 created"));
}

#[test]
fn hooks_run_on_the_files_that_they_are_for() {
    let workspace = tempfile::tempdir().unwrap();
    fs::write(workspace.path().join("lambda.yaml"), MANIFEST.replace("Handler: app", "Handler:   app")).unwrap();
    for hook in yaml(".pre-commit-hooks.yaml").as_array().unwrap() {
        let entry = hook["entry"].as_str().unwrap().strip_prefix("lambdactl ").unwrap();
        lambdactl(workspace.path()).args(entry.split(' ')).env("TOKEN", "t").run().exits(0);
        assert_eq!(hook["pass_filenames"], false);
    }
    assert!(fs::read_to_string(workspace.path().join("lambda.yaml")).unwrap().contains("Handler: app"));
}
