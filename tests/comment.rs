//! The action's comment, by the tests in `tests/python/test_comment.py`; their waits are why each class is a test here.
#![allow(clippy::unwrap_used, missing_docs)]

use std::process::Command;

use lambdactl_tests::{python, repository};

fn passes(class: &str) {
    if !python::is_here() {
        return;
    }
    let mut command = Command::new("python3");
    command.arg(repository().join("tests/python/test_comment.py")).arg(class).env("PYTHONDONTWRITEBYTECODE", "1");
    let ran = command.current_dir(std::env::temp_dir()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    // Without a test there is nothing that could fail.
    assert!(ran.status.success() && !said.contains("Ran 0 tests"), "{said}");
}

#[test]
fn only_comments_of_the_own_author_are_changed() {
    passes("Author");
}

#[test]
fn any_byte_can_stand_in_the_comment() {
    passes("Body");
}

#[test]
fn bad_answers_of_github_are_warnings() {
    passes("Answers");
}

#[test]
fn failed_writes_of_github_are_warnings() {
    passes("Writing");
}

#[test]
fn token_goes_nowhere_else() {
    passes("Token");
}
