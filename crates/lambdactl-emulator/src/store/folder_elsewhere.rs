//! The same where files have no modes and no owners' numbers: who can read a folder follows from the one above it.
//! Links are refused here, too.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::{EmulatorError, Unsafe, at, refused};

/// A folder of the emulator.
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens or creates a folder, and those above it that are missing.
    pub(crate) fn open(path: &Path) -> Result<Self, EmulatorError> {
        let path: PathBuf = path.components().collect();
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => Err(refused(&path, Unsafe::Link)),
            Ok(found) if !found.is_dir() => Err(refused(&path, Unsafe::NoFolder)),
            Ok(_) => Ok(Folder { path }),
            Err(_) => fs::create_dir_all(&path).map_err(at(&path)).map(|()| Folder { path }),
        }
    }

    /// Opens or creates a folder in this one.
    pub(crate) fn folder(&self, name: &str) -> Result<Self, EmulatorError> {
        Self::open(&self.path.join(name))
    }

    /// Returns the path of a file, for messages.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the names of what is in the folder.
    pub(crate) fn names(&self) -> Result<Vec<String>, EmulatorError> {
        let entries = fs::read_dir(&self.path).map_err(at(&self.path))?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect::<io::Result<_>>().map_err(at(&self.path))
    }

    /// Whether there is a file. What is none is refused.
    pub(crate) fn has(&self, name: &str) -> Result<bool, EmulatorError> {
        let path = self.path_of(name);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_symlink() => Err(refused(&path, Unsafe::Link)),
            Ok(found) if !found.is_file() => Err(refused(&path, Unsafe::NoFile)),
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(at(&path)(error)),
        }
    }

    /// Opens a file for reading and writing, and creates it when it is missing.
    pub(crate) fn open_file(&self, name: &str) -> Result<File, EmulatorError> {
        self.has(name)?;
        let path = self.path_of(name);
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(at(&path))
    }

    /// Creates a file that must not exist.
    pub(crate) fn create_file(&self, name: &str) -> Result<File, EmulatorError> {
        let path = self.path_of(name);
        OpenOptions::new().write(true).create_new(true).open(&path).map_err(at(&path))
    }

    /// Returns what is in a file, or nothing where there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, EmulatorError> {
        let path = self.path_of(name);
        if self.has(name)? { fs::read(&path).map(Some).map_err(at(&path)) } else { Ok(None) }
    }

    /// Gives a file its final name. Folders cannot be opened to be synced here.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), EmulatorError> {
        fs::rename(self.path_of(from), self.path_of(to)).map_err(at(&self.path_of(to)))
    }

    /// Removes a file where there is one.
    pub(crate) fn remove(&self, name: &str) -> Result<(), EmulatorError> {
        match fs::remove_file(self.path_of(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(at(&self.path_of(name))(error)),
            _ => Ok(()),
        }
    }
}
