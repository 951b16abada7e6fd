//! Workflows, image and scripts of this repository: what runs is what was looked at, and with no more rights than it needs.
//! `ci/lint.sh` knows more of this; these tests need nothing that has to be installed.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::PathBuf;

use lambdactl_tests::repository;
use serde_json::Value;

fn text(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

fn workflows() -> Vec<(PathBuf, String, Value)> {
    let folder = repository().join(".github/workflows");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let workflow = serde_yaml::from_str(&text).unwrap();
            (path, text, workflow)
        })
        .collect()
}

fn steps(workflow: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let jobs = workflow["jobs"].as_object().unwrap().iter();
    jobs.flat_map(|(job, body)| body["steps"].as_array().unwrap().iter().map(move |step| (job, step)))
}

fn is_digest(text: &str, digits: usize) -> bool {
    text.len() == digits && text.chars().all(|digit| digit.is_ascii_digit() || ('a'..='f').contains(&digit))
}

#[test]
fn actions_and_images_are_used_by_their_digests_with_the_version_beside() {
    let guide = text("docs/ci.md") + &text("docs/gitops.md");
    let lines = workflows().into_iter().map(|(_, text, _)| text).collect::<String>() + &text("action.yml") + &guide;
    let mut any = 0;
    for uses in lines.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("uses: ")) {
        let (action, version) = uses.split_once(" # ").unwrap_or((uses, ""));
        let (name, revision) = action.split_once('@').unwrap();
        // The guides cannot know the digest of a release that is not out yet.
        let is_own = name == "lambdactl/lambdactl";
        assert!(is_own || is_digest(revision, 40), "{uses}: not by its digest");
        assert!(is_own || version.split('.').count() == 3 && version.starts_with('v'), "{uses}: without its version");
        any += 1;
    }
    assert!(any > 8, "{any}");
    let images = text("Dockerfile");
    for image in images.lines().filter_map(|line| line.strip_prefix("FROM ")).filter(|image| *image != "scratch") {
        let digest = image.split_once("@sha256:").unwrap_or_else(|| panic!("{image}: not by its digest")).1;
        assert!(is_digest(digest.split(' ').next().unwrap(), 64), "{image}");
    }
}

#[test]
fn jobs_have_the_rights_that_they_name_and_no_more() {
    for (path, _, workflow) in workflows() {
        let path = path.display();
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{path}: rights that every job has");
        assert!(workflow["concurrency"]["group"].is_string(), "{path}");
        for (job, body) in workflow["jobs"].as_object().unwrap() {
            let rights = body["permissions"].as_object().unwrap_or_else(|| panic!("{path}: {job} names no rights"));
            assert!(body["timeout-minutes"].is_u64() && body["runs-on"].is_string(), "{path}: {job}");
            let writes = rights.values().any(|right| right == "write");
            for step in body["steps"].as_array().unwrap() {
                let run = step["run"].as_str().unwrap_or_default();
                // Code of others, such as a build script, would have them, too.
                assert!(!writes || !run.contains("cargo"), "{path}: {job} may write and runs code of others");
                assert!(!run.contains("${{"), "{path}: {job}: a value is part of a command's text: {run}");
            }
        }
        for (job, step) in steps(&workflow) {
            if step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout@")) {
                assert_eq!(step["with"]["persist-credentials"], false, "{path}: {job}");
            }
        }
    }
}

#[test]
fn workflows_of_this_repository_run_what_is_there() {
    let mut scripts = 0;
    for (_, _, workflow) in workflows() {
        for (job, step) in steps(&workflow) {
            let run = step["run"].as_str().unwrap_or_default();
            assert!(step["uses"].is_string() != step["run"].is_string(), "{job}: {step}");
            for script in run.split_whitespace().filter(|word| word.ends_with(".sh") || word.ends_with(".ci/run")) {
                assert!(repository().join(script).is_file(), "{job}: {script}");
                scripts += 1;
            }
        }
    }
    assert_eq!(scripts, 2);
}

#[test]
fn advisories_are_asked_for_in_the_same_words_everywhere_and_each_week() {
    const CHECK: &str = "check advisories bans licenses sources";
    for file in [".github/workflows/ci.yml", "justfile", "CONTRIBUTING.md", "deny.toml"] {
        assert!(text(file).contains(CHECK), "{file}");
    }
    let workflow: Value = serde_yaml::from_str(&text(".github/workflows/ci.yml")).unwrap();
    assert!(workflow["on"]["schedule"][0]["cron"].is_string());
    assert!(workflow["jobs"]["dependencies"]["if"].is_null(), "the schedule is for this job");
    let installs =
        steps(&workflow).filter_map(|(_, step)| step["run"].as_str()).filter(|run| run.contains("cargo install"));
    for install in installs {
        assert!(install.contains("--locked") && install.contains("--version"), "{install}");
    }
}

#[test]
fn what_lints_is_pinned_by_digests_and_runs_in_ci() {
    assert!(text(".ci/run").contains("\nci/lint.sh\n"));
    let requirements = text("ci/requirements.txt");
    for program in text("ci/requirements.in").lines() {
        let (_, rest) = requirements.split_once(&format!("{program} ")).unwrap_or_else(|| panic!("{program}"));
        assert!(program.contains("==") && rest.trim_start_matches(['\\', '\n', ' ']).starts_with("--hash=sha256:"));
        let name = program.split_once("==").unwrap().0.trim_end_matches("-bin").trim_end_matches("-py");
        assert!(text("ci/lint.sh").contains(&format!("$folder/bin/{name}")), "{name}");
    }
    assert!(text("ci/lint.sh").contains("--require-hashes"));
}
