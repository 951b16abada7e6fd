//! The commands of README.md and of the guides are run, page by page, and what the guides say of the action is so.
//!
//! A page's ```` ```sh ```` blocks are one script, in an empty folder, with `lambdactl` on the PATH and an emulated Lambda as
//! AWS. A block with `title=FILE` is written to that file where it stands. What a page needs beforehand is in [`prepare`].
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lambdactl_tests::github::path_with;
use lambdactl_tests::{Emulator, binary, copy_tree, lambdactl, repository};
use serde_json::Value;

/// A block of a page: what stands behind the back quotes, and the text.
struct Block {
    info: String,
    text: String,
}

fn blocks(page: &Path) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut is_open = false;
    for line in fs::read_to_string(page).unwrap().lines() {
        match line.strip_prefix("```") {
            Some(_) if is_open => is_open = false,
            Some(info) => {
                is_open = true;
                found.push(Block { info: info.to_owned(), text: String::new() });
            }
            None if is_open => found.last_mut().unwrap().text += &format!("{line}\n"),
            None => {}
        }
    }
    assert!(!is_open, "{}", page.display());
    found
}

fn pages() -> Vec<PathBuf> {
    let guides = fs::read_dir(repository().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = guides.filter(|path| path.extension().is_some_and(|kind| kind == "md")).collect();
    pages.push(repository().join("README.md"));
    pages.sort();
    pages
}

fn case(name: &str) -> PathBuf {
    repository().join("tests/cases").join(name)
}

/// Puts into a folder what a page takes for granted.
fn prepare(page: &str, folder: &Path, endpoint: &str) {
    let run = |arguments: &[&str]| {
        lambdactl(folder).args(arguments).against(endpoint).env("TOKEN", "t").run().exits(0);
    };
    match page {
        "README" => copy_tree(&repository().join("examples"), &folder.join("examples")),
        "ci" | "gitops" | "status-page" | "plans-and-applies" => run_init(folder),
        "day-two" => {
            run_init(folder);
            day_two(folder, endpoint);
        }
        "migrating" => {
            for case_name in ["convert-lambroll", "convert-sam", "convert-serverless", "convert-terraform"] {
                copy_tree(&case(case_name), folder);
            }
            fs::remove_file(folder.join(".lambdaignore")).unwrap();
            // What is to be imported.
            let shop = folder.join("shop");
            copy_tree(&case("import"), &shop);
            let manifest = fs::read_to_string(shop.join("lambda.yaml")).unwrap();
            let manifest = manifest.replace("FunctionName: ", "FunctionName: shop-");
            fs::write(shop.join("lambda.yaml"), manifest).unwrap();
            run(&["apply", "--yes", "-f", "shop/lambda.yaml"]);
            fs::remove_dir_all(shop).unwrap();
        }
        _ => {}
    }
}

/// A manifest with a name, for pages that are not about writing one.
fn run_init(folder: &Path) {
    lambdactl(folder).args(["init"]).run().exits(0);
    let manifest = folder.join("lambda.yaml");
    let text = fs::read_to_string(&manifest).unwrap().replace("# name: my-service", "name: my-service");
    fs::write(manifest, text).unwrap();
}

/// A function with two versions and an alias on the second, which a queue feeds.
fn day_two(folder: &Path, endpoint: &str) {
    let path = folder.join("lambda.yaml");
    let written = fs::read_to_string(&path).unwrap();
    let more = "    Publish: true\n    Aliases: {live: {FunctionVersion: published}}\n    EventSourceMappings: \
                [{EventSourceArn: 'arn:aws:sqs:us-west-2:123456789012:orders'}]\n";
    for timeout in [3, 9] {
        fs::write(&path, format!("{}\n    Timeout: {timeout}\n{more}", written.trim_end())).unwrap();
        let apply = lambdactl(folder).args(["apply", "--yes", "--update", "--quiet"]).against(endpoint);
        apply.env("AWS_REGION", "us-west-2").run().exits(0);
    }
}

/// Commands that are not run as they stand, and why.
fn as_run_here(line: &str, install_root: &Path) -> Option<String> {
    if line.starts_with("cargo test") {
        // It is what runs this.
        return None;
    }
    if let Some(arguments) = line.strip_prefix("cargo run --quiet -p lambdactl -- ") {
        // The program is built already; the page's folder is no checkout.
        return Some(format!("lambdactl {arguments}"));
    }
    if line.starts_with("lambdactl reconcile ") {
        // It would go on, and its port may be somebody else's here.
        return Some(format!("{} --once", line.replace(":9464", ":0")));
    }
    if let Some(arguments) = line.strip_prefix("cargo install --locked --path ") {
        // A release build takes minutes: the same, without optimisation, and not into the user's folder.
        let (path, root) = (repository().join(arguments), install_root.display());
        return Some(format!(
            "(cd {} && cargo install --quiet --debug --locked --offline --root {root} --path {})",
            repository().display(),
            path.display()
        ));
    }
    Some(line.to_owned())
}

#[test]
fn commands_of_every_page_run() {
    let mut commands = 0;
    for page in pages() {
        let name = page.file_stem().unwrap().to_str().unwrap().to_owned();
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let emulator = Emulator::start_with(&["--invoke", "echo"]);
        prepare(&name, folder.path(), &emulator.endpoint);
        let mut script = String::new();
        for Block { info, text } in blocks(&page) {
            if let Some((_, file)) = info.split_once("title=") {
                writeln!(script, "cat > {file} <<'END_OF_FILE'\n{text}END_OF_FILE").unwrap();
            }
            if info != "sh" {
                continue;
            }
            for line in text.lines().filter_map(|line| as_run_here(line, elsewhere.path())) {
                commands += 1;
                writeln!(script, "{line}").unwrap();
            }
        }
        let mut command = Command::new("bash");
        command.args(["-euxo", "pipefail", "-c", &script]).current_dir(folder.path()).env_clear();
        for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
            .env("PATH", path_with(binary().parent().unwrap()))
            .env("AWS_ENDPOINT_URL", &emulator.endpoint)
            .env("AWS_REGION", "us-west-2")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ACCOUNT_ID", "123456789012");
        let ran = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(ran.status.success(), "{name}:\n{}\n{}", text(&ran.stdout), text(&ran.stderr));
        // What the prose promises.
        match name.as_str() {
            "migrating" => assert!(text(&ran.stdout).contains("0 to create, 3 unchanged"), "{}", text(&ran.stdout)),
            "README" => assert!(text(&ran.stdout).contains("0 to create, 1 unchanged"), "{}", text(&ran.stdout)),
            "first-manifest" => assert!(text(&ran.stdout).contains("1 deleted"), "{}", text(&ran.stdout)),
            _ => {}
        }
    }
    assert!(commands > 30, "{commands}");
}

#[test]
fn workflows_of_the_guides_use_the_action_as_it_is() {
    let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
    let action = read(&fs::read_to_string(repository().join("action.yml")).unwrap());
    let mut any = false;
    for block in pages().iter().flat_map(|page| blocks(page)).filter(|block| block.info == "yaml workflow") {
        let workflow = read(&block.text);
        for step in workflow["jobs"].as_object().unwrap().values().flat_map(|job| job["steps"].as_array().unwrap()) {
            if step["uses"].as_str().is_some_and(|uses| uses.starts_with("lambdactl/")) {
                any = true;
                for input in step["with"].as_object().unwrap().keys() {
                    assert!(action["inputs"][input].is_object(), "{input}");
                }
            }
        }
    }
    assert!(any);
    let guide = fs::read_to_string(repository().join("docs/ci.md")).unwrap();
    for member in action["inputs"].as_object().unwrap().keys().chain(action["outputs"].as_object().unwrap().keys()) {
        assert!(guide.contains(&format!("`{member}`")), "docs/ci.md says nothing of `{member}`");
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
    let reference = fs::read_dir(repository().join("docs/reference")).unwrap().map(|entry| entry.unwrap().path());
    for page in pages().into_iter().chain(top.map(|page| repository().join(page))).chain(reference) {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            assert!(page.parent().unwrap().join(path).exists(), "{}: {link}", page.display());
        }
    }
}
