//! What is in an archive, as far as a function's handler and its first start depend on it.

use std::io::{Read, Seek};

use zip::ZipArchive;

/// Names that are kept of an archive: a thousand functions may have large ones.
const MOST: usize = 50_000;

/// What is in an archive.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The names of files that a handler can be in, in order. Nothing of an archive with more files than are kept.
    names: Option<Vec<String>>,
    /// The first file that a function may not read, by the archive's modes.
    pub(crate) unreadable: Option<String>,
    /// Whether there is a `bootstrap` in its root that cannot be started.
    pub(crate) has_dead_bootstrap: bool,
}

impl Contents {
    /// Reads the list of entries; nothing is unpacked.
    pub(crate) fn of<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Self {
        let mut contents = Self { names: Some(Vec::new()), ..Self::default() };
        for index in 0..archive.len() {
            // What cannot be read is the service's to judge.
            let Ok(entry) = archive.by_index_raw(index) else { continue };
            if entry.is_dir() {
                continue;
            }
            let Ok(name) = entry.name() else { continue };
            let name = name.into_owned();
            // Archives that know no modes are unpacked readable.
            let mode = entry.unix_mode().unwrap_or_default();
            if mode & 0o777 != 0 && mode & 0o004 == 0 && contents.unreadable.is_none() {
                contents.unreadable = Some(name.clone());
            }
            contents.has_dead_bootstrap |= name == "bootstrap" && mode & 0o111 == 0;
            if can_be_a_handler(&name) {
                contents.keep(name);
            }
        }
        if let Some(names) = &mut contents.names {
            names.sort_unstable();
        }
        contents
    }

    fn keep(&mut self, name: String) {
        if let Some(names) = &mut self.names {
            names.push(name);
            if names.len() > MOST {
                self.names = None;
            }
        }
    }

    /// Whether all names are known.
    pub(crate) fn is_known(&self) -> bool {
        self.names.is_some()
    }

    /// Whether there is a file of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.as_ref().is_some_and(|names| names.binary_search_by(|other| other.as_str().cmp(name)).is_ok())
    }

    /// Whether there is a file whose name begins and ends so.
    pub(crate) fn has_between(&self, start: &str, end: &str) -> bool {
        self.names.iter().flatten().any(|name| name.starts_with(start) && name.ends_with(end))
    }

    /// Returns the folder in which there is a file of this name, where it is not in the root.
    pub(crate) fn folder_with(&self, name: &str) -> Option<&str> {
        let below = |other: &'_ String| -> Option<usize> {
            let rest = other.len().checked_sub(name.len() + 1)?;
            (other.ends_with(name) && other.as_bytes()[rest] == b'/').then_some(rest)
        };
        self.names.iter().flatten().find_map(|other| below(other).map(|end| &other[..end]))
    }
}

/// Whether a handler can be in a file of this name.
fn can_be_a_handler(name: &str) -> bool {
    const ENDS: [&str; 12] =
        [".py", ".pyc", ".so", ".js", ".mjs", ".cjs", ".node", ".json", ".rb", ".class", ".jar", ".dll"];
    // What a package manager put there is found by its own rules.
    let is_dependency = name.contains("node_modules/") && name.matches('/').count() > 3;
    name == "bootstrap" || (!is_dependency && ENDS.iter().any(|end| name.ends_with(end)))
}
