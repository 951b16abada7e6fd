//! What ARCHITECTURE.md promises about the crates, as far as their dependencies and imports show it.
#![allow(clippy::unwrap_used, missing_docs)]

mod circles;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use lambdactl_tests::repository;

/// The crates that a crate is built with, tests apart.
fn dependencies(of: &str) -> Vec<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(repository()).args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none"]);
    let output = tree.args(["--format", "{p}", "--package", of]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn schema_and_diff_have_nothing_to_do_io_with() {
    for name in ["lambdactl-schema", "lambdactl-diff", "lambdactl-convert", "lambdactl-page"] {
        let dependencies = dependencies(name);
        assert!(dependencies.contains(&"serde_json".to_owned()), "{dependencies:?}");
        for forbidden in
            ["tokio", "mio", "socket2", "hyper", "reqwest", "rustls", "aws-config", "redb", "tempfile", "zip"]
        {
            assert!(!dependencies.contains(&forbidden.to_owned()), "{name} depends on {forbidden}");
        }
    }
}

#[test]
fn one_crate_talks_to_aws_and_one_prints() {
    for name in
        ["lambdactl-package", "lambdactl-manifest", "lambdactl-write", "lambdactl-convert", "lambdactl-emulator"]
    {
        let dependencies = dependencies(name);
        for forbidden in ["reqwest", "aws-config", "aws-sigv4", "clap", "anstream", "indicatif"] {
            assert!(!dependencies.contains(&forbidden.to_owned()), "{name} depends on {forbidden}");
        }
    }
    let apply = dependencies("lambdactl-apply");
    assert!(!apply.contains(&"clap".to_owned()) && !apply.contains(&"anstream".to_owned()));
}

/// Nobody prints around the gate, and nobody writes a file in its place. Tests within the files come last, and may.
#[test]
fn one_module_prints_and_one_writes() {
    let mut folders = vec![repository().join("crates/lambdactl/src")];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(repository().join("crates/lambdactl/src")).unwrap().display().to_string();
            if path.extension().is_none_or(|kind| kind != "rs") || name.ends_with("tests.rs") {
                continue;
            }
            looked_at += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for (pattern, allowed) in [
                ("println!", ""),
                ("print!(", ""),
                ("anstream::std", "output.rs"),
                ("io::stdout()", "output.rs"),
                // The last resort goes around a lock.
                ("io::stderr()", "output.rs panics.rs render/progress.rs"),
                ("of_gate(", "text.rs"),
                ("fs::write(", ""),
                ("File::create", ""),
                ("OpenOptions", "files.rs"),
                ("std::env::", "environment.rs main.rs"),
            ] {
                assert!(!code.contains(pattern) || allowed.split(' ').any(|file| file == name), "{name}: {pattern}");
            }
        }
    }
    assert!(looked_at > 40);
}

/// What a plan and an apply do for one location is for commands, loops and controllers alike.
#[test]
fn sessions_print_nothing_and_read_no_environment() {
    let dependencies = dependencies("lambdactl-reconcile");
    for forbidden in ["clap", "anstream", "indicatif", "lambdactl-emulator", "lambdactl-manifest"] {
        assert!(!dependencies.contains(&forbidden.to_owned()), "lambdactl-reconcile depends on {forbidden}");
    }
    let mut looked_at = 0;
    for entry in std::fs::read_dir(repository().join("crates/lambdactl-reconcile/src")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        looked_at += 1;
        for forbidden in ["std::env", "println!", "print!(", "stdin", "stdout", "stderr"] {
            assert!(!text.contains(forbidden), "{forbidden}");
        }
    }
    assert!(looked_at >= 3);
}

/// Types stand below, work above, the entry on top.
#[test]
fn modules_of_a_crate_form_no_circles() {
    let mut looked_at = 0;
    let mut problems = String::new();
    for path in std::fs::read_dir(repository().join("crates")).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut sources = BTreeMap::new();
        read(&path.join("src"), "", &mut sources);
        let imports = circles::imports(&sources);
        let missed: Vec<&String> =
            sources.keys().filter(|file| !imports.contains_key(*file) && !file.ends_with("tests.rs")).collect();
        assert!(missed.is_empty(), "{name}: no module declares {missed:?}");
        assert!(imports.values().any(|others| !others.is_empty()), "{name}: no file imports another one");
        looked_at += imports.len();
        let circles = circles::circles(&imports);
        for circle in circles {
            problems += &format!("the files of a circle in {name}, and what each imports of it:\n");
            for file in &circle {
                let others: Vec<&str> = imports[file].intersection(&circle).map(String::as_str).collect();
                problems += &format!("  {file}: {}\n", others.join(", "));
            }
        }
    }
    assert!(problems.is_empty(), "{problems}");
    assert!(looked_at > 200, "{looked_at}");
}

/// Reads the Rust files of a folder, by their paths below `src`.
fn read(folder: &Path, below: &str, sources: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read(&entry.path(), &format!("{name}/"), sources);
        } else if name.ends_with(".rs") {
            sources.insert(name, std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}
