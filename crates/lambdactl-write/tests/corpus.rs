//! Every manifest of the repository that can be parsed is formatted once, and means the same afterwards.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

use lambdactl_manifest::{Format, Node, parse_text};
use lambdactl_write::{FormatError, format};

fn manifests(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            manifests(&path, found);
        } else if Format::of(&path).is_some() {
            found.push(path);
        }
    }
}

#[test]
fn formatting_is_done_once_and_changes_no_value() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["examples", "tests/cases", "tests/rules"] {
        manifests(&repository.join(folder), &mut files);
    }
    let (mut formatted, mut broken) = (0, 0);
    for file in &files {
        let Ok(text) = fs::read_to_string(file) else { continue };
        let language = Format::of(file).unwrap();
        let name = file.display().to_string();
        let values =
            |text: &str| -> Vec<_> { parse_text(&name, text, language).unwrap().iter().map(Node::to_value).collect() };
        match format(&name, &text, language) {
            Ok(once) => {
                assert_eq!(values(&once), values(&text), "{name}");
                assert_eq!(format(&name, &once, language).unwrap(), once, "{name}");
                formatted += 1;
            }
            Err(FormatError::Syntax(_)) => broken += 1,
            Err(FormatError::Meaning) => panic!("{name}"),
        }
    }
    assert!(formatted > 50 && broken > 3, "{formatted} {broken}");
}
