//! Golden cases of the rules: every folder under `rules/` is named after a rule and holds neighbours on both sides of it.
//!
//! `accepted.*` does not break the rule, `refused.*` does; `flags`, where it is there, has further arguments, and what
//! `validate` prints for the refused ones is compared with `expected`. `UPDATE_GOLDEN=1` rewrites that file.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

use lambdactl_schema::rules;
use lambdactl_tests::{lambdactl, repository};

#[test]
fn every_rule_has_neighbours_that_it_takes_and_refuses() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut wrong = Vec::new();
    for rule in rules::ALL {
        let folder = repository().join("tests/rules").join(rule.code);
        let accepted = manifests(&folder, "accepted");
        let refused = manifests(&folder, "refused");
        assert!(!accepted.is_empty() && !refused.is_empty(), "{} needs accepted.* and refused.*", folder.display());
        for manifest in &accepted {
            let found = codes(&folder, manifest);
            // A neighbour may break nothing else either.
            assert!(found.is_empty(), "{}: {} breaks {found:?}", rule.code, manifest.display());
        }
        let mut printed = String::new();
        for manifest in &refused {
            let found = codes(&folder, manifest);
            assert!(!found.is_empty(), "{}: {} breaks nothing", rule.code, manifest.display());
            assert!(
                found.iter().all(|code| code == rule.code),
                "{}: {} breaks {found:?}",
                rule.code,
                manifest.display()
            );
            printed += &validate(&folder, manifest, "human").0;
        }
        let file = folder.join("expected");
        if update {
            fs::write(&file, &printed).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != printed {
            wrong.push(format!("{}:\n{printed}", rule.code));
        }
    }
    assert!(wrong.is_empty(), "not as expected (UPDATE_GOLDEN=1 rewrites):\n{}", wrong.join("\n"));
}

#[test]
fn every_folder_is_a_rule() {
    for folder in fs::read_dir(repository().join("tests/rules")).unwrap() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        assert!(rules::by_code(&name).is_some(), "{name} is no rule");
    }
}

fn manifests(folder: &Path, stem: &str) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| PathBuf::from(entry.unwrap().file_name())).collect())
        .unwrap_or_default();
    // A folder of manifests is a case like a file.
    found.retain(|name: &PathBuf| name.file_stem().is_some_and(|own| own.to_string_lossy().starts_with(stem)));
    found.sort();
    found
}

/// Runs `validate` by the day of the runtime calendar, so that time changes nothing.
fn validate(folder: &Path, manifest: &Path, format: &str) -> (String, i32) {
    let flags = fs::read_to_string(folder.join("flags")).unwrap_or_default();
    let manifest = manifest.to_str().unwrap();
    let mut arguments = vec!["validate", "-f", manifest, "--format", format];
    arguments.extend(flags.split_whitespace());
    if !flags.contains("--as-of") {
        arguments.extend(["--as-of", "2026-10-20"]);
    }
    let ran = lambdactl(folder).args(arguments).run();
    assert_eq!(ran.stderr, "", "{}", folder.display());
    (ran.stdout, ran.code)
}

fn codes(folder: &Path, manifest: &Path) -> Vec<String> {
    let (printed, code) = validate(folder, manifest, "json");
    let report: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(code, i32::from(report["valid"] != true), "{}", folder.display());
    let diagnostics = report["diagnostics"].as_array().unwrap();
    diagnostics.iter().map(|diagnostic| diagnostic["code"].as_str().unwrap().to_owned()).collect()
}
