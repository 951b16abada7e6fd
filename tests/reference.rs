//! Writes the reference pages from the code, and the picture in the README from a run.
//!
//! `UPDATE_GOLDEN=1 cargo test -p lambdactl-tests --test reference` rewrites them; without it the test says which are old.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use lambdactl_emulator::{Emulation, emulation};
use lambdactl_schema::{Operation, members, preflight, rules};
use lambdactl_tests::{copy_tree, lambdactl, repository};
use serde_json::Value;

/// Compares a file with what it should be, or writes it.
fn check(path: &str, wanted: &str, old: &mut Vec<String>) {
    let file = repository().join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, wanted).unwrap();
    } else if fs::read_to_string(&file).unwrap_or_default() != wanted {
        old.push(path.to_owned());
    }
}

fn printed(arguments: &[&str]) -> String {
    let ran = lambdactl(repository()).args(arguments).run().exits(0);
    // The help ends with what a terminal would not show.
    ran.stdout.lines().map(|line| format!("{}\n", line.trim_end())).collect::<String>().trim_end().to_owned() + "\n"
}

const MADE: &str = "<!-- Made from the code by tests/reference.rs; UPDATE_GOLDEN=1 rewrites it. -->\n\n";

#[test]
fn pages_are_what_the_code_says() {
    let mut old = Vec::new();
    check("docs/reference/cli.md", &commands(), &mut old);
    check("docs/reference/members.md", &members_page(), &mut old);
    check("docs/reference/rules.md", &rules_page(), &mut old);
    check("docs/reference/operations.md", &operations_page(), &mut old);
    check("docs/reference/exit-codes.md", &exit_codes(), &mut old);
    check("docs/reference/json.md", &json_page(), &mut old);
    assert!(old.is_empty(), "old (UPDATE_GOLDEN=1 rewrites them): {old:?}");
}

fn commands() -> String {
    let overview = printed(&["--help"]);
    let mut text = format!("# Commands\n\n{MADE}```text\n{overview}```\n");
    let listed = overview.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for name in names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        let help = printed(&[name, "--help"]);
        // The common options are the same everywhere, and stand above.
        let own = help.split("Common options:\n").next().unwrap();
        let rest = help.split("Common options:\n").nth(1).and_then(|rest| rest.split_once("\nManifest options:\n"));
        let manifest = rest.map(|(_, rest)| format!("Manifest options:\n{rest}")).unwrap_or_default();
        // What the emulator knows stands below its options.
        let known = help.find("\nOperations:\n").map(|at| &help[at..]).unwrap_or_default();
        let own = if known.is_empty() { own.to_owned() } else { own.trim_end().to_owned() + "\n" };
        write!(text, "\n## {name}\n\n```text\n{}```\n", format!("{own}{manifest}{known}").trim_end().to_owned() + "\n")
            .unwrap();
    }
    text
}

fn members_page() -> String {
    let mut text = format!("# Members\n\n{MADE}What `lambdactl explain MEMBER` says.\n\n## Members of a function\n");
    let all = members();
    let page = |of_function: bool, text: &mut String| {
        for member in all.iter().filter(|member| member.of_function == of_function) {
            // The keys of defaults and functions are those of a function.
            let is_repeated = !of_function && ["defaults", "functions"].contains(&member.path[0].as_str());
            if is_repeated && member.path.len() > 1 {
                continue;
            }
            let level = "#".repeat((member.path.len() + 2).min(6));
            let explained = printed(&["explain", &member.name()]);
            write!(text, "\n{level} {}\n\n```text\n{explained}```\n", member.name()).unwrap();
        }
    };
    page(true, &mut text);
    text.push_str("\n## Keys of a manifest\n");
    page(false, &mut text);
    text
}

fn rules_page() -> String {
    let mut text = format!(
        "# Rules\n\n{MADE}What `lambdactl validate` checks, and behind that what `plan --verify` finds in an account. Codes do not change.\n\n\
         | code | severity | about |\n|---|---|---|\n"
    );
    let all = || rules::ALL.iter().chain(preflight::ALL);
    for rule in all() {
        writeln!(
            text,
            "| [{0}](#{1}) | {2} | {3} |",
            rule.code,
            rule.code.to_lowercase(),
            rule.severity.as_str(),
            rule.title
        )
        .unwrap();
    }
    for rule in all() {
        write!(text, "\n## {}\n\n```text\n{}```\n", rule.code, printed(&["explain", rule.code])).unwrap();
    }
    text
}

/// The rows of operations, and what the emulator's routes say of each.
fn operations_page() -> String {
    let mut text = format!(
        "# Operations\n\n{MADE}The operations of AWS that `lambdactl` calls or that its emulator (`lambdactl emulator`, `--local`) \
         answers. *Permission* is what IAM calls it. *Emulator*: \"yes\" where later answers are those of an account in which it \
         was done; \"accepted\" where it is checked, kept and answered, and nothing else comes of it; \"no\" where it is refused as \
         unknown.\n"
    );
    let mut service = None;
    for operation in Operation::ALL.iter().copied() {
        let row = operation.row();
        if service.replace(row.service) != Some(row.service) {
            let title = row.service.title();
            write!(text, "\n## {title}\n\n| operation | request | permission | emulator |\n|---|---|---|---|\n")
                .unwrap();
        }
        let actions: Vec<String> = operation.actions().iter().map(|action| format!("`{action}`")).collect();
        let actions = if actions.is_empty() { "none".to_owned() } else { actions.join(", ") };
        let emulated = match emulation(operation) {
            Emulation::Whole => "yes".to_owned(),
            Emulation::Accepted(but) => format!("accepted: {but}"),
            Emulation::Missing => "no".to_owned(),
        };
        writeln!(text, "| {operation} | `{} {}` | {actions} | {emulated} |", row.method.as_str(), row.path).unwrap();
    }
    text
}

/// The comments of the one place where exit codes are.
fn exit_codes() -> String {
    let source = fs::read_to_string(repository().join("crates/lambdactl/src/exit.rs")).unwrap();
    let mut text = format!("# Exit codes\n\n{MADE}| code | means |\n|---|---|\n");
    for line in source.lines().filter_map(|line| line.strip_prefix("    /// ")) {
        let (code, meaning) = line.split_once(": ").unwrap();
        writeln!(text, "| {code} | {meaning} |").unwrap();
    }
    text
}

/// A folder with the sample that the page and the picture show: something to create, to update and to leave alone.
fn sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_tree(&repository().join("tests/cases/import"), folder.path());
    run(folder.path(), "apply --local --yes --quiet");
    let manifest = fs::read_to_string(folder.path().join("lambda.yaml")).unwrap();
    let changed = manifest.replace("MemorySize: 1024", "MemorySize: 2048").replace("team: shop}", "team: orders}")
        + "  - FunctionName: refunds\n    Timeout: 60\n    Environment: {Variables: {TOKEN: \"${env:TOKEN}\"}}\n";
    fs::write(folder.path().join("lambda.yaml"), changed).unwrap();
    folder
}

fn run(folder: &Path, arguments: &str) -> String {
    lambdactl(folder).args(arguments.split(' ')).env("TOKEN", "t").run().stdout
}

fn json_page() -> String {
    let folder = sample();
    let manifest = fs::read_to_string(folder.path().join("lambda.yaml")).unwrap();
    fs::write(folder.path().join("wrong.yaml"), manifest.replacen("Timeout", "Timout", 1)).unwrap();
    let mut text = format!(
        "# JSON\n\n{MADE}What the commands print with `--format json`, here with line breaks. `format_version` changes when a member \
         goes away or means something else; members are added without that. Lines and columns begin at 1; paths are JSON \
         pointers; where `sensitive` is true, `before` and `after` are null.\n"
    );
    for (arguments, about) in [
        (
            "validate -f wrong.yaml",
            "Every mistake, with its place. `severity` is `error` or `warning`; `help` and `function` may be null.",
        ),
        (
            "plan --local --update",
            "Every function of the manifest. `action` is `create`, `update`, `replace`, `delete`, `drift` or `unchanged`; `drift` is a difference that apply will leave alone. What stands beside a function is in its `changes`: a thing that comes or goes is one change at its path, whole (`/Aliases/live`), one that differs has a change for each member (`/Aliases/live/FunctionVersion`), and `/versions` has the numbers of old versions that go. Every layer of the manifest has its row, too: `action` is `create` (a version is published), `drift`, `delete` (old versions go) or `unchanged`, `version` the newest one, or null. What there is to say of a layer stands in `notes`.",
        ),
        (
            "apply --local --yes --update",
            "Every function of the plan, whatever happened. `status` is `applied`, `unchanged`, `drift`, `failed` or `skipped`; `error` has a `code` and a `message` where something kept apply from it. The `version` of a layer is the newest one by then, or null.",
        ),
        ("adopt --local --yes", "Every declared function. `status` is `adopted`, `owned`, `missing` or `failed`."),
        ("version", "What this build is and knows."),
    ] {
        let printed = run(folder.path(), &format!("{arguments} --format json"));
        let mut value: Value = serde_json::from_str(&printed).unwrap();
        if arguments == "version" {
            // The page is the same on every machine.
            value["target"] = "x86_64-unknown-linux-musl".into();
        }
        let command = arguments.replace(" --local", "").replace(" -f wrong.yaml", "");
        write!(
            text,
            "\n## {}\n\n{about}\n\n`lambdactl {command} --format json`:\n\n```json\n{value:#}\n```\n",
            command.split(' ').next().unwrap()
        )
        .unwrap();
    }
    text
}

#[test]
fn picture_is_a_run() {
    let folder = sample();
    let mut terminal = String::new();
    for arguments in ["plan --local --update", "apply --local --update --yes"] {
        let shown = arguments.replace(" --local", "");
        // The plan is shown once.
        let output = run(folder.path(), &format!("{arguments} --color always"));
        let output = if arguments.starts_with("apply") {
            output.rsplit_once("requests.\n\n").map_or("", |(_, end)| end)
        } else {
            &output
        };
        write!(terminal, "\u{1b}[1m$ lambdactl {shown}\u{1b}[0m\n{output}\n").unwrap();
    }
    let picture = anstyle_svg::Term::new().render_svg(&terminal);
    let mut old = Vec::new();
    check("docs/images/terminal.svg", &picture, &mut old);
    assert!(old.is_empty(), "old (UPDATE_GOLDEN=1 rewrites it): {old:?}\n{terminal}");
}
