//! The folder of the state: for its owner alone, whatever is found there.
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use common::{FUNCTIONS, Service, zip_function};
use lambdactl_emulator::{Emulator, EmulatorError, EmulatorOptions, Unsafe};
use reqwest::StatusCode;

fn options(data: &Path) -> EmulatorOptions {
    EmulatorOptions { data: Some(data.to_owned()), lock_wait: Duration::from_millis(200), ..Default::default() }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("exists").permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

/// Every path below a folder, the folder itself included.
fn all(path: &Path) -> Vec<std::path::PathBuf> {
    let mut found = vec![path.to_owned()];
    if path.is_dir() {
        found.extend(fs::read_dir(path).expect("a folder").flat_map(|entry| all(&entry.expect("an entry").path())));
    }
    found
}

fn assert_private(data: &Path) {
    let paths = all(data);
    assert!(paths.len() >= 5, "{paths:?}");
    for path in paths {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
}

async fn refusal(data: &Path) -> (Unsafe, String) {
    match Emulator::start(options(data)).await {
        Err(error) => {
            let text = error.to_string();
            match error {
                EmulatorError::Unsafe { problem, .. } => (problem, text),
                other => panic!("{other:?}"),
            }
        }
        Ok(_) => panic!("it started"),
    }
}

#[tokio::test]
async fn new_folder_is_private_and_out_of_git() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("a/b/state");
    let service = Service::start(options(&data)).await;
    service.created(&zip_function("resize")).await;
    assert_private(&data);
    assert_eq!(fs::read_to_string(data.join(".gitignore")).expect("exists"), "*\n");
}

#[tokio::test]
async fn modes_that_are_found_are_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("state");
    let service = Service::start(options(&data)).await;
    service.created(&zip_function("resize")).await;
    service.emulator.stop().await.expect("stops");
    for path in all(&data) {
        set_mode(&path, if path.is_dir() { 0o2777 } else { 0o666 });
    }
    let service = Service::start(options(&data)).await;
    assert_private(&data);
    assert_eq!(service.get(&format!("{FUNCTIONS}/resize")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn folder_that_others_made_ready_becomes_private() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("state");
    fs::create_dir_all(data.join("code")).expect("made");
    fs::write(data.join("functions.redb"), "").expect("written");
    fs::write(data.join("code/0.part"), "half").expect("written");
    for (name, mode) in [("", 0o777), ("code", 0o777), ("functions.redb", 0o666), ("code/0.part", 0o666)] {
        set_mode(&data.join(name), mode);
    }
    let service = Service::start(options(&data)).await;
    service.created(&zip_function("resize")).await;
    assert_private(&data);
    assert!(!data.join("code/0.part").exists(), "what was left half done is gone");
}

#[tokio::test]
async fn folder_that_its_owner_cannot_write_becomes_usable() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("state");
    fs::create_dir(&data).expect("made");
    set_mode(&data, 0o500);
    Service::start(options(&data)).await.created(&zip_function("resize")).await;
    assert_private(&data);
}

#[tokio::test]
async fn links_are_refused_and_nothing_is_written_behind_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let victim = folder.path().join("victim");
    fs::create_dir(&victim).expect("made");
    set_mode(&victim, 0o755);
    let data = folder.path().join("state");

    symlink(&victim, &data).expect("linked");
    let with_slash = folder.path().join("state/");
    for path in [&data, &with_slash, &folder.path().join("state/.")] {
        let (problem, text) = refusal(path).await;
        assert_eq!(problem, Unsafe::Link, "{text}");
        assert!(text.contains("is a link") && text.contains("remove it"), "{text}");
    }
    fs::remove_file(&data).expect("removed");
    symlink(folder.path().join("nowhere"), &data).expect("linked");
    assert_eq!(refusal(&data).await.0, Unsafe::Link, "a dangling one");
    fs::remove_file(&data).expect("removed");
    symlink(&data, &data).expect("linked");
    assert_eq!(refusal(&data).await.0, Unsafe::Link, "one to itself");
    fs::remove_file(&data).expect("removed");

    let file = victim.join("file");
    for name in ["code", "functions.redb", ".gitignore"] {
        for target in [&victim, &file, &folder.path().join("nowhere")] {
            fs::create_dir(&data).expect("made");
            symlink(target, data.join(name)).expect("linked");
            assert_eq!(refusal(&data).await.0, Unsafe::Link, "{name} to {}", target.display());
            fs::remove_dir_all(&data).expect("removed");
        }
        fs::write(&file, "").expect("written");
    }
    fs::create_dir_all(data.join("code")).expect("made");
    symlink(&file, data.join("code/0.zip")).expect("linked");
    assert_eq!(refusal(&data).await.0, Unsafe::Link);

    assert!(!folder.path().join("nowhere").exists());
    assert_eq!(fs::read_dir(&victim).expect("a folder").count(), 1);
    assert_eq!((fs::read(&file).expect("exists"), mode(&victim)), (Vec::new(), 0o755));
}

#[tokio::test]
async fn half_written_archive_that_is_a_link_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, victim) = (folder.path().join("state"), folder.path().join("victim"));
    let service = Service::start(options(&data)).await;
    fs::write(&victim, "as it was").expect("written");
    let digest = {
        use sha2::Digest;
        sha2::Sha256::digest(common::zip("")).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    symlink(&victim, data.join(format!("code/{digest}.part"))).expect("linked");
    service.created(&zip_function("resize")).await;
    assert_eq!(fs::read_to_string(&victim).expect("exists"), "as it was");
    assert_private(&data);

    // The same under its final name, while it is served.
    let archive = data.join(format!("code/{digest}.zip"));
    fs::remove_file(&archive).expect("removed");
    symlink(&victim, &archive).expect("linked");
    let answer = service.get(&format!("/code/{digest}.zip")).await;
    answer.expect_error(500, "EmulatorFailure", "is a link");
}

#[tokio::test]
async fn what_is_no_folder_or_no_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("state");
    fs::write(&data, "a file").expect("written");
    assert_eq!(refusal(&data).await.0, Unsafe::NoFolder);
    assert_eq!(fs::read_to_string(&data).expect("exists"), "a file");
    fs::remove_file(&data).expect("removed");
    fs::create_dir_all(data.join("functions.redb")).expect("made");
    assert_eq!(refusal(&data).await.0, Unsafe::NoFile);
    fs::remove_dir(data.join("functions.redb")).expect("removed");
    let _ = fs::remove_file(data.join(".gitignore"));
    fs::write(data.join("code"), "a file").expect("written");
    assert_eq!(refusal(&data).await.0, Unsafe::NoFolder);
}

#[tokio::test]
async fn store_with_a_second_name_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, victim) = (folder.path().join("state"), folder.path().join("victim"));
    fs::create_dir(&data).expect("made");
    fs::write(&victim, "").expect("written");
    fs::hard_link(&victim, data.join("functions.redb")).expect("linked");
    assert_eq!(refusal(&data).await.0, Unsafe::TwoNames);
    assert_eq!(fs::read(&victim).expect("exists"), b"");
}

#[tokio::test]
async fn folders_of_others_and_shared_ones_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("state");
    fs::create_dir(&data).expect("made");
    set_mode(&data, 0o1777);
    assert_eq!(refusal(&data).await.0, Unsafe::Shared);
    assert_eq!(mode(&data), 0o1777, "it is left as it is");
    set_mode(&data, 0o755);
    // Only the superuser can give a folder to someone else.
    if std::os::unix::fs::chown(&data, Some(12345), None).is_ok() {
        assert_eq!(refusal(&data).await.0, Unsafe::AnotherUsers);
        std::os::unix::fs::chown(&data, Some(0), None).expect("taken back");
        let file = data.join("functions.redb");
        fs::write(&file, "").expect("written");
        std::os::unix::fs::chown(&file, Some(12345), None).expect("given");
        assert_eq!(refusal(&data).await.0, Unsafe::AnotherUsers);
    }
}

#[tokio::test]
async fn folder_with_other_things_keeps_them_in_git() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("notes.txt"), "").expect("written");
    set_mode(&folder.path().join("notes.txt"), 0o644);
    let _service = Service::start(options(folder.path())).await;
    assert!(!folder.path().join(".gitignore").exists());
    assert_eq!(mode(&folder.path().join("notes.txt")), 0o644, "other things are left alone");
}

#[tokio::test]
async fn own_gitignore_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(".gitignore"), "code\n").expect("written");
    let _service = Service::start(options(folder.path())).await;
    assert_eq!(fs::read_to_string(folder.path().join(".gitignore")).expect("exists"), "code\n");
}

#[tokio::test]
async fn failure_of_the_machine_says_its_cause_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("state");
    let service = Service::start(options(&data)).await;
    service.created(&common::image_function("kept")).await;
    // Nothing can be created in a folder that was removed.
    fs::remove_dir(data.join("code")).expect("removed");
    let answer = service.create(&zip_function("resize")).await;
    answer.expect_error(500, "EmulatorFailure", "No such file or directory");
    answer.expect_error(500, "EmulatorFailure", "code");
    assert_eq!(service.get(&format!("{FUNCTIONS}/resize")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(service.get(&format!("{FUNCTIONS}/kept")).await.status, StatusCode::OK);
}
