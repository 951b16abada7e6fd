use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use lambdactl_schema::limits;

use crate::bounded::{ReadError, read_file};
use crate::error::PackageError;
use crate::own::LEFT_OUT;

/// The file whose patterns say what is left out.
const IGNORE_FILE: &str = ".lambdaignore";
/// Bytes of patterns that are read.
const MOST_PATTERNS: u64 = 4 << 20;
/// Files of a folder at most: a listing without an end is nobody's function.
const MOST_FILES: usize = 100_000;
/// A file to package.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) metadata: Metadata,
    /// A `!` line asks for it, whatever it is.
    pub(crate) is_asked_for: bool,
}

/// Finds the files of a folder, by their names in the archive, in the order of these. `manifest` is left out.
pub(crate) fn files(folder: &Path, manifest: Option<&Path>) -> Result<BTreeMap<String, Found>, PackageError> {
    let root = folder.canonicalize().map_err(unreadable(folder))?;
    let mut walk = Walk {
        given: folder.to_owned(),
        root: root.clone(),
        manifest: manifest.map(Path::to_owned),
        left_out: left_out(folder)?,
        inside: Vec::new(),
        ignored: Vec::new(),
        found: BTreeMap::new(),
        bytes: 0,
    };
    walk.folder(folder, &root, "")?;
    Ok(walk.found)
}

/// Refuses what a function cannot have.
pub(crate) fn check_size(path: &Path, bytes: u64) -> Result<(), PackageError> {
    if bytes >= limits::UNZIPPED_BYTES {
        return Err(PackageError::TooLarge { path: path.to_owned(), bytes, most: limits::UNZIPPED_BYTES });
    }
    Ok(())
}

pub(crate) fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> PackageError {
    let path = path.to_owned();
    move |source| PackageError::Unreadable { path, source }
}

struct Walk {
    /// The folder as it was given, for people.
    given: PathBuf,
    /// The folder without links.
    root: PathBuf,
    /// The manifest that names the folder, without links.
    manifest: Option<PathBuf>,
    /// What is left out unless a `!` line takes it back.
    left_out: Gitignore,
    /// The folders that the walk is in, without links.
    inside: Vec<PathBuf>,
    /// The patterns of these folders.
    ignored: Vec<Gitignore>,
    found: BTreeMap<String, Found>,
    /// Bytes of the files so far: a path that was meant for something smaller is not walked to its end.
    bytes: u64,
}

impl Walk {
    fn folder(&mut self, path: &Path, real: &Path, name: &str) -> Result<(), PackageError> {
        if self.inside.iter().any(|outer| outer == real) {
            return Err(PackageError::Loop { path: path.to_owned() });
        }
        self.inside.push(real.to_owned());
        self.ignored.push(self.patterns(path)?);
        for entry in fs::read_dir(path).map_err(unreadable(path))? {
            let entry = entry.map_err(unreadable(path))?;
            self.entry(&entry.path(), name)?;
        }
        self.ignored.pop();
        self.inside.pop();
        Ok(())
    }

    fn entry(&mut self, path: &Path, folder: &str) -> Result<(), PackageError> {
        let os_name = path.file_name().unwrap_or_default();
        let link = fs::symlink_metadata(path).map_err(unreadable(path))?.is_symlink();
        // What is left out is not looked at: a link that leads nowhere may be ignored.
        let metadata = fs::metadata(path);
        let is_folder = metadata.as_ref().is_ok_and(Metadata::is_dir);
        let verdict = self.verdict(path, is_folder);
        let by_default = || self.left_out.matched(path, is_folder).is_ignore();
        if verdict == Verdict::Ignored || (verdict == Verdict::Open && by_default()) {
            return Ok(());
        }
        let is_asked_for = verdict == Verdict::AskedFor;
        let metadata = metadata.map_err(unreadable(path))?;
        let name = name(os_name, folder)?;
        let real = path.canonicalize().map_err(unreadable(path))?;
        if !is_asked_for && self.manifest.as_ref() == Some(&real) {
            return Ok(());
        }
        if link && !real.starts_with(&self.root) {
            return Err(PackageError::LeadsOut { path: path.to_owned() });
        }
        if is_folder {
            self.folder(path, &real, &name)
        } else if metadata.is_file() {
            self.bytes += metadata.len();
            check_size(&self.given, self.bytes)?;
            self.found.insert(name, Found { path: path.to_owned(), metadata, is_asked_for });
            if self.found.len() > MOST_FILES {
                return Err(PackageError::TooMany { path: self.given.clone(), most: MOST_FILES });
            }
            Ok(())
        } else {
            Err(PackageError::Special { path: path.to_owned() })
        }
    }

    /// Returns the patterns of a folder's own ignore file.
    fn patterns(&self, folder: &Path) -> Result<Gitignore, PackageError> {
        let path = folder.join(IGNORE_FILE);
        let Ok(link) = fs::symlink_metadata(&path).map(|metadata| metadata.is_symlink()) else {
            return Ok(Gitignore::empty());
        };
        // It is read like the files of the folder: from inside of it.
        if link && !path.canonicalize().map_err(unreadable(&path))?.starts_with(&self.root) {
            return Err(PackageError::LeadsOut { path });
        }
        let bad = |reason: String| PackageError::Ignore { path: path.clone(), reason };
        let bytes = read_file(&path, MOST_PATTERNS).map_err(|error| match error {
            ReadError::Io(source) => PackageError::Unreadable { path: path.clone(), source },
            other => bad(other.to_string()),
        })?;
        let text = String::from_utf8(bytes).map_err(|_| bad("it is not UTF-8".to_owned()))?;
        let mut builder = GitignoreBuilder::new(folder);
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            // The line is not repeated: behind a link it may be one of another file.
            builder.add_line(None, line).map_err(|_| bad(format!("line {} is not a pattern", index + 1)))?;
        }
        builder.build().map_err(|_| bad("its patterns are more than can be looked for".to_owned()))
    }

    /// The innermost folder with a pattern for it decides.
    fn verdict(&self, path: &Path, is_folder: bool) -> Verdict {
        for patterns in self.ignored.iter().rev() {
            match patterns.matched(path, is_folder) {
                Match::Ignore(_) => return Verdict::Ignored,
                Match::Whitelist(_) => return Verdict::AskedFor,
                Match::None => {}
            }
        }
        Verdict::Open
    }
}

/// What the `.lambdaignore` files say of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ignored,
    /// By a line that begins with `!`.
    AskedFor,
    /// Nothing.
    Open,
}

/// The patterns of what is left out by itself.
fn left_out(folder: &Path) -> Result<Gitignore, PackageError> {
    let mut builder = GitignoreBuilder::new(folder);
    let bad = |_| PackageError::Ignore { path: folder.to_owned(), reason: "it has no patterns".to_owned() };
    for pattern in LEFT_OUT {
        builder.add_line(None, pattern).map_err(bad)?;
    }
    builder.build().map_err(bad)
}

/// Returns the name in the archive.
fn name(own: &std::ffi::OsStr, folder: &str) -> Result<String, PackageError> {
    let joined = |own: &str| if folder.is_empty() { own.to_owned() } else { format!("{folder}/{own}") };
    let bad = |own: &str, what| Err(PackageError::Name { path: joined(own), what });
    let Some(text) = own.to_str() else { return bad(&own.to_string_lossy(), "it is not UTF-8") };
    match unusable(text) {
        Some(what) => bad(text, what),
        None => Ok(joined(text)),
    }
}

/// Says why a name of an archive cannot be used, where it cannot.
pub(crate) fn unusable(name: &str) -> Option<&'static str> {
    if name.chars().any(char::is_control) {
        return Some("it has a control character");
    }
    name.contains('\\').then_some("it has a backslash, which some readers take for a folder")
}
