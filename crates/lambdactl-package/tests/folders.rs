//! The archive of a folder depends on what is in it, and on nothing else; what cannot be packaged says why.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_package::{check_names, read, read_file};
use lambdactl_schema::ArchiveSource;
use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::write::SimpleFileOptions;

fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn packaged(folder: &Path) -> Result<Vec<u8>, String> {
    read(&ArchiveSource::folder(folder.to_owned())).map_err(|error| error.to_string())
}

fn names(zip: &[u8]) -> Vec<String> {
    let archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    archive.file_names().map(|name| name.unwrap().into_owned()).collect()
}

/// Makes a folder whose entries were written in an order, at a time and with modes that do not matter.
fn sample(files: &[(&str, &str)], age: u64, mode: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        write(folder.path(), name, content);
        let path = folder.path().join(name);
        let executable = if name.ends_with(".sh") { 0o111 } else { 0 };
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode | (executable & 0o100))).unwrap();
        let _ = executable;
        let time = SystemTime::now() - Duration::from_secs(age);
        File::options().write(true).open(&path).or_else(|_| File::open(&path)).unwrap().set_modified(time).unwrap();
    }
    folder
}

/// Seconds since the beginning of 1972.
fn before_1980() -> u64 {
    let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    since_1970 - 2 * 365 * 24 * 60 * 60
}

#[test]
fn same_folder_is_the_same_archive_everywhere() {
    let mut files = [
        ("app.py", "print('hello')\n".repeat(100)),
        ("lib/Ümlaut name.txt", "ü".to_owned()),
        ("lib/deep/er/x", String::new()),
        ("run.sh", "#!/bin/sh\n".to_owned()),
    ];
    let as_text = |files: &[(&'static str, String); 4]| files.each_ref().map(|(name, text)| (*name, text.clone()));
    let borrowed = |files: &[(&'static str, String); 4]| {
        let files = as_text(files);
        files.to_vec()
    };
    let make = |files: Vec<(&'static str, String)>, age, mode| {
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        packaged(sample(&files, age, mode).path()).unwrap()
    };
    let one = make(borrowed(&files), 0, 0o644);
    files.reverse();
    let other = make(borrowed(&files), 1_000_000_000, 0o600);
    assert!(one == other, "another order, time and mask");
    // Zip archives know no time before 1980.
    assert!(one == make(borrowed(&files), before_1980(), 0o644), "files of the seventies");
    // A change of this digest would show every packaged function as changed: it belongs into the changelog.
    assert_eq!(STANDARD.encode(Sha256::digest(&one)), "ar4W0XqjMSn5GBb08r1/7Y4J7CeWmoFNijImJHYKhmw=");
    assert_eq!(names(&one), ["app.py", "lib/deep/er/x", "lib/Ümlaut name.txt", "run.sh"]);
    let mut archive = ZipArchive::new(Cursor::new(&one[..])).unwrap();
    let mode = |archive: &mut ZipArchive<_>, name: &str| archive.by_name(name).unwrap().unix_mode().unwrap() & 0o777;
    assert_eq!(mode(&mut archive, "app.py"), 0o644);
    #[cfg(unix)]
    assert_eq!(mode(&mut archive, "run.sh"), 0o755);
    let mut text = String::new();
    archive.by_name("app.py").unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "print('hello')\n".repeat(100));
}

#[test]
fn program_is_packaged_as_bootstrap() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "app", "\x7fELF");
    let zip = read(&ArchiveSource::Program(folder.path().join("app"))).unwrap();
    assert_eq!(names(&zip), ["bootstrap"]);
    let mut archive = ZipArchive::new(Cursor::new(&zip[..])).unwrap();
    assert_eq!(archive.by_name("bootstrap").unwrap().unix_mode().unwrap() & 0o777, 0o755);
}

#[test]
fn ignore_files_leave_out_what_they_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["app.py", "a.log", "keep.log", "tests/t.py", "lib/b.log", "lib/c.log", "lib/x.pyc", ".hidden"] {
        write(folder.path(), name, "x");
    }
    write(folder.path(), ".git/HEAD", "x");
    write(folder.path(), ".lambdactl/functions.redb", "x");
    write(folder.path(), ".lambdaignore", "# logs\n*.log\n!keep.log\n/tests/\n");
    write(folder.path(), "lib/.lambdaignore", "!b.log\n*.pyc\n");
    assert_eq!(names(&packaged(folder.path()).unwrap()), [".hidden", "app.py", "keep.log", "lib/b.log"]);
    write(folder.path(), ".lambdaignore", "*\n");
    fs::remove_file(folder.path().join("lib/.lambdaignore")).unwrap();
    assert!(packaged(folder.path()).unwrap_err().ends_with("has no files to package"));
}

#[test]
fn patterns_mean_what_they_mean_to_git() {
    let all =
        ["a.py", "b.py", "build/x.py", "docs/a.py", "lib/a.py", "lib/build/x.py", "lib/docs/deep/a.py", "lib/b.txt"];
    // The patterns, and what is left of the files: as `git ls-files --others --exclude-per-directory` has it.
    let cases: [(&str, &[&str]); 16] = [
        ("a.py\n", &["b.py", "build/x.py", "lib/b.txt", "lib/build/x.py"]),
        ("/a.py\n", &all[1..]),
        ("build\n", &["a.py", "b.py", "docs/a.py", "lib/a.py", "lib/b.txt", "lib/docs/deep/a.py"]),
        ("build/\n", &["a.py", "b.py", "docs/a.py", "lib/a.py", "lib/b.txt", "lib/docs/deep/a.py"]),
        ("/build/\n", &["a.py", "b.py", "docs/a.py", "lib/a.py", "lib/b.txt", "lib/build/x.py", "lib/docs/deep/a.py"]),
        ("lib/build\n", &["a.py", "b.py", "build/x.py", "docs/a.py", "lib/a.py", "lib/b.txt", "lib/docs/deep/a.py"]),
        ("a.py/\n", &all),
        ("*.py\n", &["lib/b.txt"]),
        (
            "lib/*.py\n",
            &["a.py", "b.py", "build/x.py", "docs/a.py", "lib/b.txt", "lib/build/x.py", "lib/docs/deep/a.py"],
        ),
        ("lib/**\n", &["a.py", "b.py", "build/x.py", "docs/a.py"]),
        ("**/docs/**/a.py\n", &["a.py", "b.py", "build/x.py", "lib/a.py", "lib/b.txt", "lib/build/x.py"]),
        ("?.py\n!b.py\n", &["b.py", "lib/b.txt"]),
        // What is in a folder that is left out cannot be taken back, what is left out by itself can.
        ("lib/\n!lib/a.py\n", &["a.py", "b.py", "build/x.py", "docs/a.py"]),
        ("lib/*\n!lib/a.py\n", &["a.py", "b.py", "build/x.py", "docs/a.py", "lib/a.py"]),
        ("[ab].py\n", &["build/x.py", "lib/b.txt", "lib/build/x.py"]),
        (
            "# a.py\n\n  \n\\#x\nb.py  \r\n",
            &["a.py", "build/x.py", "docs/a.py", "lib/a.py", "lib/b.txt", "lib/build/x.py", "lib/docs/deep/a.py"],
        ),
    ];
    for (patterns, left) in cases {
        let folder = tempfile::tempdir().unwrap();
        all.iter().for_each(|name| write(folder.path(), name, "x"));
        write(folder.path(), ".lambdaignore", patterns);
        let mut left: Vec<&str> = left.to_vec();
        left.sort_unstable();
        assert_eq!(names(&packaged(folder.path()).unwrap()), left, "{patterns:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_folder_only() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret", "x");
    let fresh = || {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "lib/a.py", "x");
        folder
    };
    let folder = fresh();
    symlink("lib", folder.path().join("same")).unwrap();
    symlink("lib/a.py", folder.path().join("b.py")).unwrap();
    assert_eq!(names(&packaged(folder.path()).unwrap()), ["b.py", "lib/a.py", "same/a.py"]);

    for (target, expected) in [
        (outside.path().join("secret"), "is a link that leads out of the folder"),
        (outside.path().to_owned(), "is a link that leads out of the folder"),
        ("../..".into(), "is a link that leads out of the folder"),
        (".".into(), "is a link to a folder that it is in"),
        ("nowhere".into(), "No such file or directory (os error 2)"),
        ("link".into(), "Too many levels of symbolic links (os error 40)"),
    ] {
        let folder = fresh();
        symlink(&target, folder.path().join("link")).unwrap();
        let error = packaged(folder.path()).unwrap_err();
        assert!(error.ends_with(expected) && error.contains("link"), "{target:?}: {error}");
        write(folder.path(), ".lambdaignore", "/link\n");
        assert_eq!(names(&packaged(folder.path()).unwrap()), ["lib/a.py"], "left out, it does no harm");
        // Nor does it below a folder that is left out.
        fs::create_dir(folder.path().join("tests")).unwrap();
        fs::rename(folder.path().join("link"), folder.path().join("tests/link")).unwrap();
        write(folder.path(), ".lambdaignore", "tests/\n");
        assert_eq!(names(&packaged(folder.path()).unwrap()), ["lib/a.py"], "below one that is left out");
    }
}

#[cfg(unix)]
#[test]
fn what_cannot_be_packaged_says_why() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::UnixListener;
    let error_of = |make: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.py", "x");
        make(folder.path());
        packaged(folder.path()).unwrap_err()
    };
    let newline = error_of(&|folder| write(folder, "a\nb.py", "x"));
    assert_eq!(newline, "`a\\nb.py` has a name that cannot be packaged: it has a control character");
    let backslash = error_of(&|folder| write(folder, "lib/a\\b.py", "x"));
    assert!(backslash.contains("has a backslash"), "{backslash}");
    let bytes = error_of(&|folder| fs::write(folder.join(OsStr::from_bytes(b"a\xff")), "x").unwrap());
    assert!(bytes.ends_with("it is not UTF-8"), "{bytes}");
    let socket = error_of(&|folder| drop(UnixListener::bind(folder.join("socket")).unwrap()));
    assert!(socket.ends_with("is neither a file nor a folder"), "{socket}");
    // A file with holes takes no room.
    let large = error_of(&|folder| File::create(folder.join("large")).unwrap().set_len(262_144_000).unwrap());
    assert!(large.contains("has 262144001 bytes of files"), "{large}");
    let closed = error_of(&|folder| {
        let path = folder.join("closed");
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
        if fs::read(&path).is_ok() {
            // The superuser may read everything: something else that cannot be read stands in.
            fs::remove_file(&path).unwrap();
            std::os::unix::fs::symlink("gone", &path).unwrap();
        }
    });
    assert!(closed.starts_with("cannot read `") && closed.contains("closed"), "{closed}");
}

#[test]
fn archives_that_climb_are_noticed() {
    for (name, climbs) in [("a/b", false), ("a/..b", false), ("../b", true), ("a/../../b", true), ("/etc/passwd", true)]
    {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let archive = ZipArchive::new(Cursor::new(&bytes[..])).unwrap();
        assert_eq!(check_names(&archive).is_some(), climbs, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn patterns_come_from_inside_and_are_not_repeated() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret", "[z-a]hunter2\n");
    let with = |make: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.py", "x");
        make(&folder.path().join(".lambdaignore"));
        packaged(folder.path()).map(|zip| names(&zip))
    };
    for target in [outside.path().join("secret"), "/dev/zero".into(), "/etc/hostname".into()] {
        let error = with(&|path| symlink(&target, path).unwrap()).unwrap_err();
        assert!(error.ends_with("is a link that leads out of the folder"), "{error}");
    }
    assert!(with(&|path| symlink("nowhere", path).unwrap()).is_err());
    assert!(with(&|path| fs::create_dir(path).unwrap()).unwrap_err().ends_with("it is not a regular file"));
    assert!(with(&|path| make_pipe(path)).unwrap_err().ends_with("it is not a regular file"));
    let large = with(&|path| File::create(path).unwrap().set_len(1 << 33).unwrap()).unwrap_err();
    assert!(large.contains("it has more than"), "{large}");
    let bad = with(&|path| fs::write(path, "a\n[z-a]hunter2\n").unwrap()).unwrap_err();
    assert!(bad.ends_with("line 2 is not a pattern") && !bad.contains("hunter2"), "{bad}");
    assert!(with(&|path| fs::write(path, b"\xff").unwrap()).unwrap_err().ends_with("it is not UTF-8"));
    let inside = with(&|path| {
        fs::write(path.with_file_name("rules"), "rules\n").unwrap();
        symlink("rules", path).unwrap();
    });
    assert_eq!(inside.unwrap(), ["a.py"]);
}

#[cfg(unix)]
#[test]
fn only_regular_files_are_read_and_never_more_than_agreed() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    make_pipe(&pipe);
    let special = [pipe, "/dev/zero".into(), "/dev/urandom".into(), folder.path().to_owned()];
    for path in special {
        assert!(read_file(&path, 10).is_err_and(|error| error.to_string() == "it is not a regular file"), "{path:?}");
        for source in [ArchiveSource::File(path.clone()), ArchiveSource::Program(path.clone())] {
            let error = read(&source).unwrap_err().to_string();
            assert!(error.ends_with("is neither a file nor a folder"), "{error}");
        }
    }
    let path = folder.path().join("file");
    fs::write(&path, "12345").unwrap();
    assert_eq!(read_file(&path, 5).unwrap(), b"12345");
    assert_eq!(read_file(&path, 4).unwrap_err().to_string(), "it has more than 4 bytes");
    assert!(read_file(&folder.path().join("none"), 4).unwrap_err().is_not_found());
    File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert!(read(&ArchiveSource::File(path)).unwrap_err().to_string().contains("bytes of files or more"));
    // A file of the kernel has no length.
    #[cfg(target_os = "linux")]
    assert_eq!(read_file(Path::new("/proc/self/status"), 4).unwrap_err().to_string(), "it has more than 4 bytes");
}

#[cfg(unix)]
fn make_pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn what_may_hold_secrets_or_is_no_code_stays_out() {
    let folder = tempfile::tempdir().unwrap();
    let schema_line = "# yaml-language-server: $schema=./schemas/lambda.schema.json\nfunctions: []\n";
    for (name, content) in [
        ("app.py", "pass\n"),
        ("lambda.yaml", "functions: []\n"),
        ("nested/lambda.json", "{}"),
        ("lambda.toml", ""),
        ("prod.yaml", "functions: []\n"),
        ("elsewhere.yml", schema_line),
        ("reviewed.plan", "{\"lambdactl_saved_plan\":3,\"salt\":\"x\"}"),
        ("schemas/lambda.schema.json", "{}"),
        (".env", "TOKEN=x"),
        (".env.production", "TOKEN=x"),
        ("nested/.env", "TOKEN=x"),
        (".gitignore", "x"),
        (".DS_Store", "x"),
        (".git/config", "x"),
        // A submodule has a file of that name.
        ("vendor/tools/.git", "gitdir: ../../.git/modules/tools"),
        (".lambdactl/state.redb", "x"),
        // What only looks like one of them is code.
        ("lambda.yaml.py", "pass\n"),
        ("env", "x"),
        ("plan.json", "{\"format_version\":1}"),
        (".environment", "x"),
        ("node_modules/a/node_modules/b/index.js", "x"),
        ("vendor/tools/tool.py", "pass\n"),
    ] {
        write(folder.path(), name, content);
    }
    let source = |manifest: Option<&str>| ArchiveSource::Folder {
        path: folder.path().to_owned(),
        manifest: manifest.map(|name| folder.path().canonicalize().unwrap().join(name)),
    };
    let code = [
        ".environment",
        "app.py",
        "env",
        "lambda.yaml.py",
        "node_modules/a/node_modules/b/index.js",
        "plan.json",
        "vendor/tools/tool.py",
    ];
    assert_eq!(names(&read(&source(Some("prod.yaml"))).unwrap()), code);
    // Another file is just a file.
    assert!(names(&read(&source(None)).unwrap()).contains(&"prod.yaml".to_owned()));

    // A line that begins with `!` takes one back.
    write(folder.path(), ".lambdaignore", "!.env\n!lambda.toml\n!prod.yaml\n!reviewed.plan\n!.gitignore\nplan.json\n");
    let asked_for = names(&read(&source(Some("prod.yaml"))).unwrap());
    for name in [".env", "nested/.env", "lambda.toml", "prod.yaml", "reviewed.plan", ".gitignore"] {
        assert!(asked_for.contains(&name.to_owned()), "{name}: {asked_for:?}");
    }
    for name in [".env.production", "lambda.yaml", "plan.json", ".lambdaignore", "elsewhere.yml"] {
        assert!(!asked_for.contains(&name.to_owned()), "{name}: {asked_for:?}");
    }
}

#[test]
fn folder_with_nothing_but_manifests_is_empty() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "lambda.yaml", "functions: []\n");
    write(folder.path(), "x", "{\"lambdactl_saved_plan\":3}");
    assert!(packaged(folder.path()).unwrap_err().ends_with("has no files to package"));
}
