//! The scripts of the action one by one, with programs around them that do what nobody hopes for.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use lambdactl_tests::github::path_with;
use lambdactl_tests::{binary, repository};
use tempfile::TempDir;

/// A folder for a run, with programs of the test's own in front of the machine's.
struct Run {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

struct Ended {
    succeeded: bool,
    stdout: String,
    log: Vec<u8>,
}

impl Run {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "temp"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self { folder, environment: Vec::new() }
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.at("bin").join(name);
        fs::write(&path, format!("#!/usr/bin/env bash\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.environment.push((name, value.into()));
    }

    fn script(&self, name: &str) -> Ended {
        for file in ["output", "summary.md", "path"] {
            fs::write(self.at(file), "").unwrap();
        }
        let mut command = Command::new("bash");
        command.arg(repository().join("action").join(name)).current_dir(self.folder.path()).env_clear();
        command.env("PATH", path_with(&self.at("bin"))).env("FOLDER", self.folder.path());
        command.env("RUNNER_TEMP", self.at("temp")).env("GITHUB_OUTPUT", self.at("output"));
        command.env("GITHUB_STEP_SUMMARY", self.at("summary.md")).env("GITHUB_PATH", self.at("path"));
        let ran = command.envs(self.environment.iter().map(|(name, value)| (name, value))).output().unwrap();
        let stdout = String::from_utf8_lossy(&ran.stdout).into_owned();
        Ended { succeeded: ran.status.success(), stdout, log: [ran.stdout, b"\n".to_vec(), ran.stderr].concat() }
    }

    fn output(&self, name: &str) -> String {
        let outputs = fs::read_to_string(self.at("output")).unwrap();
        let of = |line: &str| line.split_once('=').filter(|(own, _)| *own == name).map(|(_, value)| value.to_owned());
        outputs.lines().find_map(of).unwrap_or_default()
    }
}

impl Ended {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.log).into_owned()
    }

    /// The lines that the runner takes for commands, as it reads them.
    fn commands(&self) -> Vec<String> {
        let text = self.text();
        let lines = text.split(['\n', '\r']);
        // What is no text is read as characters that stand for it, which may be taken for blanks some day.
        let is_blank = |character: char| !character.is_ascii_graphic();
        let is_command = |line: &&str| line.trim_start_matches(is_blank).starts_with("::") || line.contains("##[");
        lines.filter(is_command).map(str::to_owned).collect()
    }
}

const HOSTILE: &str = r#"printf 'a\r::stop-commands::a\n::add-mask::b\n \t::set-output name=x::c\n\xc2\xa0\xe2\x80\x83::d\n\xff::e\n\0::f\n' >&2
printf '##[add-mask]g\nx ##[group]##[error]h\n:::i\n::error::j\narn:aws:iam::123456789012:role/r\n\n::k' >&2"#;

#[test]
fn nothing_that_lambdactl_repeats_is_a_command_for_the_runner() {
    for script in ["validate.sh", "plan.sh", "apply.sh"] {
        for code in [0, 1] {
            let run = Run::new();
            run.program("lambdactl", &format!("{HOSTILE}\nexit {code}"));
            let ended = run.script(script);
            assert_eq!(ended.succeeded, code == 0, "{script}: {}", ended.text());
            assert_eq!(ended.commands(), Vec::<String>::new(), "{script}");
            let text = ended.text();
            assert!(
                text.contains("arn:aws:iam::123456789012:role/r\n") && text.contains(": :error::j"),
                "{script}: {text}"
            );
            assert!(text.contains(": :k\n"), "{script}: {text}");
        }
    }
}

#[test]
fn marks_of_validate_are_commands_and_nothing_else_of_it() {
    let run = Run::new();
    let own = "::error file=a,line=1,title=L001::no: %0A::x";
    run.program(
        "lambdactl",
        &format!("echo '{own} ##[group]y'; echo '::warning file=b::w'\n{}", HOSTILE.replace(" >&2", "")),
    );
    let ended = run.script("validate.sh");
    let expected = [format!("{own} ## [group]y"), "::warning file=b::w".to_owned()];
    assert_eq!(ended.commands(), expected, "{}", ended.text());
    assert!(ended.stdout.contains(": :error::j\n"), "a mark has a file: {}", ended.stdout);
}

#[test]
fn every_step_gets_the_same_arguments_and_no_pattern_of_files() {
    let mut run = Run::new();
    run.program("lambdactl", r#"printf '%s|' "$@" >> "$FOLDER/called"; echo >> "$FOLDER/called""#);
    run.set("LAMBDACTL_FILES", "a b.yaml\n$(touch pwned)\n");
    run.set("LAMBDACTL_ARGS", " --var a=b  --target *\t--lookup x\n;id `id` ");
    for script in ["validate.sh", "plan.sh", "apply.sh"] {
        run.script(script);
        let called = fs::read_to_string(run.at("called")).unwrap();
        let same = "-f|a b.yaml|-f|$(touch pwned)|--var|a=b|--target|*|--lookup|x|;id|`id`|";
        assert!(called.lines().last().unwrap().ends_with(same), "{script}: {called}");
    }
    assert!(!run.at("pwned").exists());
}

#[test]
fn validate_knows_the_arguments_of_plan() {
    let mut run = Run::new();
    fs::write(run.at("bin/lambdactl"), format!("#!/bin/sh\nexec '{}' \"$@\"\n", binary().display())).unwrap();
    fs::set_permissions(run.at("bin/lambdactl"), fs::Permissions::from_mode(0o755)).unwrap();
    let manifest = "functions:\n- FunctionName: \"${var:name}\"\n  Runtime: python3.99\n  Handler: a.b\n  \
                    Role: arn:aws:iam::123456789012:role/r\n  Code: {S3Bucket: abc, S3Key: k}\n";
    fs::write(run.at("lambda.yaml"), manifest).unwrap();
    run.set("LAMBDACTL_ARGS", "--local --var name=f --allow-unknown --update --as-of 2026-10-01 --target f");
    for script in ["validate.sh", "plan.sh"] {
        let ended = run.script(script);
        assert!(ended.succeeded, "{script}: {}", ended.text());
    }
    assert_eq!(run.output("has-changes"), "true");
    run.set("LAMBDACTL_ARGS", "--local --var name=f --update");
    let ended = run.script("validate.sh");
    assert!(!ended.succeeded && ended.stdout.contains("::error file=lambda.yaml,line=3"), "{}", ended.text());
}

#[test]
fn plan_that_failed_is_said_behind_a_fence_that_holds() {
    let tildes = "~".repeat(700);
    let long = "é→".repeat(20_000);
    for errors in
        ["~~~\n~~~~ \n# x", &tildes, "", "no end of line", &long, &format!("x{long}"), &format!("{long}\nend")]
    {
        let run = Run::new();
        fs::write(run.at("errors"), errors).unwrap();
        run.program("lambdactl", "cat \"$FOLDER/errors\" >&2\nprintf '\\033[31m\\x07' >&2\nexit 1");
        let ended = run.script("plan.sh");
        assert!(!ended.succeeded);
        assert_eq!(run.output("has-changes"), "false");
        // It is text: no character is cut, and no control character is left.
        let comment = String::from_utf8(fs::read(run.output("comment")).unwrap()).unwrap();
        assert!(comment.starts_with("<!-- lambdactl-plan -->\n### lambdactl plan failed\n\n~~~"), "{comment}");
        assert!(comment.chars().all(|character| character == '\n' || !character.is_control()), "{comment:?}");
        let fences: Vec<&str> = comment.lines().filter(|line| line.starts_with("~~~")).collect();
        let fence = fences[0].strip_suffix("text").unwrap();
        assert_eq!(comment.lines().last(), Some(fence));
        let inside = comment.split_once("text\n").unwrap().1.rsplit_once(fence).unwrap().0;
        assert!(!inside.contains(fence), "{comment}");
        assert!(inside.len() >= errors.len().min(19_980), "{} of {}", inside.len(), errors.len());
        assert_eq!(fs::read_to_string(run.at("summary.md")).unwrap(), comment);
    }
}

#[test]
fn plan_that_is_not_whole_says_so() {
    let run = Run::new();
    let write = r#"while [ $# -gt 0 ]; do if [ "$1" = --markdown ]; then printf '<!-- lambdactl-plan -->\nhalf\n' > "$2"; fi; shift; done"#;
    for (code, whole) in [(1, false), (101, false), (0, true), (2, true)] {
        run.program("lambdactl", &format!("{write}\necho 'no answer' >&2\nexit {code}"));
        assert_eq!(run.script("plan.sh").succeeded, whole);
        let comment = fs::read_to_string(run.output("comment")).unwrap();
        assert_eq!(
            comment.contains("half\n\n### lambdactl plan failed") && comment.contains("no answer"),
            !whole,
            "{comment}"
        );
    }
}

#[test]
fn summary_is_one_line_whatever_the_report_says() {
    let run = Run::new();
    let report = r#"{"functions":[{"name":"\"summary\":{\"x\":1}"}],"summary":{"applied":1,"failed":0},"api_calls":3}"#;
    run.program("lambdactl", &format!("cat <<'END'\n{report}\n\"summary\":{{\"forged\":1}}\nEND"));
    assert!(run.script("apply.sh").succeeded);
    assert_eq!(run.output("summary"), r#"{"applied":1,"failed":0}"#);
    assert_eq!(fs::read_to_string(run.at("output")).unwrap().lines().count(), 2);
}

/// A release in a folder, from where a curl of the test takes it.
fn release(run: &mut Run, program: &str) -> String {
    let archive = format!("lambdactl-v0.1.0-{}-unknown-linux-musl.tar.gz", std::env::consts::ARCH);
    let script = format!(
        "mkdir -p release unpacked; cd unpacked; {program}; cd ..; tar -czf release/{archive} -C unpacked .; cd release; sha256sum {archive} > SHA256SUMS"
    );
    assert!(Command::new("bash").args(["-ec", &script]).current_dir(run.folder.path()).status().unwrap().success());
    run.program(
        "curl",
        r#"printf '%s ' "$@" >> "$FOLDER/curl"
for word; do if [ "$before" = --output ]; then file=$word; fi; before=$word; done
cp "$FOLDER/release/${before##*/}" "$file""#,
    );
    run.program("gh", r#"printf '%s ' "$@" >> "$FOLDER/gh"; echo " --source-ref"; exit "${GH_CODE:-0}""#);
    run.set("LAMBDACTL_VERSION", "v0.1.0");
    run.set("ACTION_REPOSITORY", "lambdactl/lambdactl");
    archive
}

const PROGRAM: &str = "echo x > lambdactl; echo y > README.md";

fn installed(run: &Run) -> Option<String> {
    let path = fs::read_to_string(run.at("path")).unwrap();
    path.lines().next().map(str::to_owned)
}

#[test]
fn setup_asks_for_https_and_bounds_what_comes_and_verifies_where_it_is_from() {
    let mut run = Run::new();
    let archive = release(&mut run, PROGRAM);
    let ended = run.script("setup.sh");
    assert!(ended.succeeded, "{}", ended.text());
    let folder = installed(&run).unwrap();
    assert_eq!(fs::read_to_string(Path::new(&folder).join("lambdactl")).unwrap(), "x\n");
    assert!(!Path::new(&folder).join("README.md").exists(), "only the program is on the PATH");
    let private = fs::metadata(Path::new(&folder).parent().unwrap()).unwrap().permissions().mode();
    assert_eq!(private & 0o077, 0, "nobody else reads or writes the folder");
    let curl = fs::read_to_string(run.at("curl")).unwrap();
    for option in ["--proto =https", "--max-time ", "--max-filesize ", "--max-redirs ", "--fail"] {
        assert_eq!(curl.matches(option).count(), 2, "{option}: {curl}");
    }
    assert!(
        curl.contains(&format!("https://github.com/lambdactl/lambdactl/releases/download/v0.1.0/{archive} ")),
        "{curl}"
    );
    let gh = fs::read_to_string(run.at("gh")).unwrap();
    let verified = format!(
        "attestation verify {archive} --repo lambdactl/lambdactl --signer-workflow \
         lambdactl/lambdactl/.github/workflows/release.yml --source-ref refs/tags/v0.1.0 "
    );
    assert!(gh.ends_with(&verified), "{gh}");
}

#[test]
fn setup_installs_nothing_of_another_origin_and_says_where_it_cannot_know() {
    let mut run = Run::new();
    release(&mut run, PROGRAM);
    run.program("gh", r#"case "$*" in *--help*) exit 0;; esac; printf 'no\n::add-mask::x\n' >&2; exit 1"#);
    let ended = run.script("setup.sh");
    assert!(!ended.succeeded && installed(&run).is_none(), "{}", ended.text());
    let commands = ended.commands();
    assert!(commands.len() == 1 && commands[0].contains("no attestation"), "{}", ended.text());

    // An old gh, or none.
    run.program("gh", "exit 1");
    let ended = run.script("setup.sh");
    assert!(ended.succeeded && ended.stdout.contains("::notice::lambdactl: the origin of"), "{}", ended.text());
    run.program("gh", "exit 0");
    run.set("GITHUB_SERVER_URL", "https://github.example.com");
    let ended = run.script("setup.sh");
    assert!(ended.succeeded && ended.stdout.contains("has no attestations of its releases"), "{}", ended.text());
    assert!(fs::read_to_string(run.at("curl")).unwrap().contains("https://github.example.com/lambdactl/"));
}

#[test]
fn setup_refuses_versions_and_repositories_that_are_none() {
    let climbing = "v9/../../../../evil/evil/releases/download/v9.9.9";
    let versions = [
        climbing,
        "main",
        "v1",
        "v1.2",
        "1.2.3",
        "v1.2.3/..",
        "v1.2.3\n::error::x",
        "v1.2.3 x",
        "v1.2.3-",
        "v1.2.3-a..b",
    ];
    let bad_versions =
        versions.into_iter().chain(["v1.2.3?a", "v1.2.3#", "v1.2.3%2f..", "-v1.2.3", "v1.2.3-é", "$(id)"]);
    let repositories = ["evil", "a/b/c", "../x/y", "a/..", "a/b?c", "a b/c", "a/b\n::error::x", "/"];
    let cases =
        bad_versions.map(|version| (version, "o/r")).chain(repositories.map(|repository| ("v0.1.0", repository)));
    for (version, repository) in cases {
        let mut run = Run::new();
        release(&mut run, PROGRAM);
        run.set("LAMBDACTL_VERSION", version);
        run.set("ACTION_REPOSITORY", repository);
        let ended = run.script("setup.sh");
        assert!(!ended.succeeded && !run.at("curl").exists(), "{version} {repository}: {}", ended.text());
        assert_eq!(ended.commands().len(), 1, "{}", ended.text());
        assert!(ended.stdout.starts_with("::error::lambdactl: '"), "{}", ended.text());
    }
    for version in ["v0.1.0", "v10.20.30-rc.1", "v1.2.3-alpha-2.x"] {
        let mut run = Run::new();
        release(&mut run, PROGRAM);
        run.set("LAMBDACTL_VERSION", version);
        run.script("setup.sh");
        assert!(run.at("curl").exists(), "{version}");
    }
}

#[test]
fn setup_takes_the_release_of_the_commit_that_the_action_is_used_at() {
    let mut run = Run::new();
    release(&mut run, PROGRAM);
    run.set("LAMBDACTL_VERSION", "");
    run.set("ACTION_REF", "0123456789abcdef0123456789abcdef01234567");
    run.script("setup.sh");
    let expected = format!("/releases/download/v{}/", env!("CARGO_PKG_VERSION"));
    assert!(fs::read_to_string(run.at("curl")).unwrap().contains(&expected));
}

#[test]
fn setup_installs_nothing_that_is_not_in_the_checksums_or_no_program() {
    let other = "0".repeat(64);
    for sums in [
        "",
        "x",
        "# none\n",
        &format!("{other}  ARCHIVE\n"),
        "SUM  otherARCHIVE\n",
        "SUM  ARCHIVE.x\n",
        "SUM  ./ARCHIVE\n",
        "SUM  ARCHIVE\nSUM  ARCHIVE\n",
        &format!("SUM  ARCHIVE\n{other}  ARCHIVE\n"),
        "SUMSUM  ARCHIVE\n",
        " ARCHIVE\n",
    ] {
        let mut run = Run::new();
        let archive = release(&mut run, PROGRAM);
        let right = fs::read_to_string(run.at("release/SHA256SUMS")).unwrap();
        let sums = sums.replace("SUM", &right[..64]).replace("ARCHIVE", &archive);
        fs::write(run.at("release/SHA256SUMS"), &sums).unwrap();
        let ended = run.script("setup.sh");
        assert!(!ended.succeeded && installed(&run).is_none(), "{sums:?}");
        assert!(ended.stdout.contains("is not what SHA256SUMS says; nothing was installed"), "{}", ended.text());
    }
    for program in ["touch README.md", "ln -s /bin/sh lambdactl", "mkdir lambdactl", "mkfifo lambdactl"] {
        let mut run = Run::new();
        release(&mut run, program);
        let ended = run.script("setup.sh");
        assert!(!ended.succeeded && installed(&run).is_none(), "{program}: {}", ended.text());
    }
}
