//! Whether files have changed, by what their folder says of them: nothing is read.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files and folders that are looked at in one go. A folder of code with more is looked at when a pass is due.
const MOST: usize = 20_000;

/// How files stood at one look. Links are followed: where one leads elsewhere, it stands otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stand(Vec<(PathBuf, Option<Mark>)>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    target: PathBuf,
    modified: Option<SystemTime>,
    length: u64,
    number: u64,
}

impl Stand {
    /// Looks at files, and at everything in folders.
    pub(crate) fn of(paths: &[PathBuf]) -> Self {
        let mut marks = Vec::new();
        for path in paths {
            look(path, &mut marks);
        }
        Self(marks)
    }
}

fn look(path: &Path, marks: &mut Vec<(PathBuf, Option<Mark>)>) {
    if marks.len() >= MOST {
        return;
    }
    let metadata = std::fs::metadata(path).ok();
    let is_folder = metadata.as_ref().is_some_and(Metadata::is_dir);
    let mark = metadata.map(|metadata| Mark {
        target: path.canonicalize().unwrap_or_default(),
        // A folder's own time changes with what is created in it, such as the state of an emulated account.
        modified: metadata.modified().ok().filter(|_| !is_folder),
        length: if is_folder { 0 } else { metadata.len() },
        number: number(&metadata),
    });
    marks.push((path.to_owned(), mark));
    if !is_folder {
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else { return };
    let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    entries.sort_unstable();
    for entry in entries {
        let is_own = entry.file_name().is_some_and(|name| name == ".lambdactl" || name == ".git");
        // A link within a folder may lead anywhere, also up again.
        let is_link = std::fs::symlink_metadata(&entry).is_ok_and(|metadata| metadata.is_symlink());
        match (is_own, is_link) {
            (true, _) => {}
            (false, true) => {
                marks.push((entry.clone(), std::fs::metadata(&entry).ok().map(|metadata| of_link(&entry, &metadata))))
            }
            (false, false) => look(&entry, marks),
        }
    }
}

fn of_link(path: &Path, metadata: &Metadata) -> Mark {
    Mark {
        target: path.canonicalize().unwrap_or_default(),
        modified: metadata.modified().ok(),
        length: metadata.len(),
        number: number(metadata),
    }
}

/// What tells a file that was put in another one's place from it.
#[cfg(unix)]
fn number(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_change_is_seen_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("src")).expect("a folder");
        fs::write(at("src/app.py"), "one").expect("a file");
        fs::write(at("lambda.yaml"), "a: 1").expect("a file");
        let paths = [at("lambda.yaml"), at("src"), at("missing.yaml")];
        let look = || Stand::of(&paths);
        let before = look();
        assert_eq!(look(), before);
        fs::write(at("lambda.yaml"), "a: 10").expect("a file");
        let after = look();
        assert_ne!(after, before);
        // An editor that writes beside and renames leaves another file of the same length.
        fs::write(at("beside"), "a: 20").expect("a file");
        fs::rename(at("beside"), at("lambda.yaml")).expect("a rename");
        assert_ne!(look(), after);
        let before = look();
        fs::create_dir(at("src/.git")).expect("a folder");
        fs::write(at("src/.git/index"), "").expect("a file");
        assert_eq!(look(), before, "git's own files are not packaged");
        fs::write(at("src/new.py"), "").expect("a file");
        assert_ne!(look(), before);
        let before = look();
        fs::write(at("missing.yaml"), "").expect("a file");
        assert_ne!(look(), before);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_elsewhere_is_a_change_and_one_that_leads_up_ends() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["one", "two"] {
            fs::create_dir(at(name)).expect("a folder");
            fs::write(at(name).join("lambda.yaml"), "a: 1").expect("a file");
        }
        symlink("one", at("current")).expect("a link");
        symlink("..", at("one/up")).expect("a link");
        let paths = [at("current/lambda.yaml"), at("one")];
        let before = Stand::of(&paths);
        symlink("two", at("next")).expect("a link");
        fs::rename(at("next"), at("current")).expect("a rename");
        assert_ne!(Stand::of(&paths), before);
    }
}
