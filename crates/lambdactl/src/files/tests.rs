use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn new_file_is_never_written_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    check_new(&path).unwrap();
    write_new(&path, "one", Secrecy::Secret).unwrap();
    assert!(check_new(&path).unwrap_err().to_string().contains("is there already"));
    let error = write_new(&path, "two", Secrecy::Open).unwrap_err();
    assert!(error.to_string().contains("is there already"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "one");
    assert_eq!(names(folder.path()), ["a.yaml"]);
    #[cfg(unix)]
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn place_that_cannot_be_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for (name, expected) in [
        ("", "it names a folder"),
        ("sub/", "it names a folder"),
        ("no/where", "there is no folder"),
        ("file/below", "is not a folder"),
        ("..", "it names a folder"),
        (&"x".repeat(300), "cannot write"),
    ] {
        let path = folder.path().join(name);
        for written in [write_new(&path, "x", Secrecy::Open), write(&path, "x", Secrecy::Open)] {
            let error = written.unwrap_err();
            assert!(error.to_string().contains(expected), "{name}: {error:#}");
            let said = format!("{error:#}").replace(&*folder.path().to_string_lossy(), "");
            assert!(!said.contains(".tmp"), "the passing file is nobody's business: {said}");
        }
    }
    assert_eq!(names(folder.path()), ["file"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn link_in_the_place_is_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, link) = (folder.path().join("victim"), folder.path().join("plan"));
        fs::write(&victim, "mine").unwrap();
        symlink(&victim, &link).unwrap();
        assert!(write_new(&link, "new", Secrecy::Secret).is_err());
        write(&link, "new", Secrecy::Secret).unwrap();
        assert_eq!(
            (fs::read_to_string(&victim).unwrap(), fs::read_to_string(&link).unwrap()),
            ("mine".into(), "new".into())
        );
        assert!(link.symlink_metadata().unwrap().is_file());
        assert_eq!(mode(&link), 0o600);
        let dangling = folder.path().join("dangling");
        symlink(folder.path().join("nowhere"), &dangling).unwrap();
        assert!(check_new(&dangling).is_err() && write_new(&dangling, "x", Secrecy::Open).is_err());
        assert_eq!(names(folder.path()), ["dangling", "plan", "victim"]);
    }

    #[test]
    fn rewritten_file_keeps_its_mode_and_its_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.yaml"), folder.path().join("lambda.yaml"));
        fs::write(&file, "before").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.yaml", &link).unwrap();
        rewrite(&link, "after").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!((fs::read_to_string(&file).unwrap(), mode(&file)), ("after".into(), 0o640));
        assert_eq!(names(folder.path()), ["lambda.yaml", "real.yaml"]);
    }

    #[test]
    fn open_file_has_the_mode_of_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, other) = (folder.path().join("ours"), folder.path().join("other"));
        write(&ours, "x", Secrecy::Open).unwrap();
        fs::write(&other, "x").unwrap();
        assert_eq!(mode(&ours), mode(&other));
    }

    #[test]
    fn streams_are_written_to_as_they_are() {
        write(Path::new("/dev/null"), "x", Secrecy::Secret).unwrap();
        write_new(Path::new("/dev/null"), "x", Secrecy::Secret).unwrap();
        assert!(!Path::new("/dev/null").symlink_metadata().unwrap().is_file());
        #[cfg(target_os = "linux")]
        assert!(write(Path::new("/dev/full"), "x", Secrecy::Open).is_err());
    }

    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert!(format!("{:#}", read(&path, 4).unwrap_err()).contains("more than 4 bytes"));
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [&pipe, Path::new("/dev/zero"), folder.path()] {
            assert!(format!("{:#}", read(path, 5).unwrap_err()).contains("not a regular file"));
        }
    }

    #[test]
    fn variables_come_back_from_the_shell_as_they_were() {
        let values: BTreeMap<String, String> = [
            "plain",
            "",
            "'",
            "'\\''",
            "a'b\"c",
            "$(touch pwned)",
            "`id`",
            "${HOME}",
            "line\nend\n",
            "\r\n",
            "\\",
            "!x",
            "# no",
            "\u{1b}[31m",
            "ü\u{202e}",
            "-n",
            "a;b&c|d>e",
            "~",
            "*",
        ]
        .iter()
        .enumerate()
        .map(|(index, value)| (format!("LAMBDA_V{index}"), (*value).to_owned()))
        .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        write_variables(&path, &values).unwrap();
        assert_eq!(mode(&path), 0o600);
        for shell in ["sh", "dash", "bash"] {
            for (name, value) in &values {
                let script = format!("set -a; . ./env; set +a; exec printenv {name}");
                let output =
                    std::process::Command::new(shell).current_dir(folder.path()).args(["-c", &script]).output();
                let Ok(output) = output else { continue };
                assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{value}\n"), "{shell} {name}");
            }
        }
        assert_eq!(names(folder.path()), ["env"]);
    }
}
