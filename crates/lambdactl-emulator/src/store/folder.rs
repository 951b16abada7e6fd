//! A folder for its owner alone: what the emulator keeps there holds values of environment variables.
//!
//! The folder is opened once, without following a link, and what is in it is reached through that opened folder: what
//! becomes of its path later changes nothing.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};

use crate::error::{EmulatorError, Unsafe, at, refused};

const FOLDER_MODE: Mode = Mode::RWXU;
const FILE_MODE: Mode = Mode::RUSR.union(Mode::WUSR);
/// Without [`OFlags::NOFOLLOW`] a link would decide where values are written.
const FOLDER_FLAGS: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const FILE_FLAGS: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC);

/// An opened folder that only its owner can enter.
pub(crate) struct Folder {
    path: PathBuf,
    handle: OwnedFd,
}

impl Folder {
    /// Opens or creates a folder, and those above it that are missing.
    pub(crate) fn open(path: &Path) -> Result<Self, EmulatorError> {
        // A slash at the end of a path makes the system follow a link; this leaves it out.
        let path: PathBuf = path.components().collect();
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(at(parent))?;
        }
        Self::in_folder(CWD, &path, path.clone())
    }

    /// Opens or creates a folder in this one.
    pub(crate) fn folder(&self, name: &str) -> Result<Self, EmulatorError> {
        Self::in_folder(&self.handle, Path::new(name), self.path.join(name))
    }

    fn in_folder(above: impl std::os::fd::AsFd, name: &Path, path: PathBuf) -> Result<Self, EmulatorError> {
        match rustix::fs::mkdirat(&above, name, FOLDER_MODE) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(at(&path)(error.into())),
        }
        let handle = match rustix::fs::openat(&above, name, FOLDER_FLAGS, Mode::empty()) {
            Ok(handle) => handle,
            Err(error) => {
                let found = rustix::fs::statat(&above, name, AtFlags::SYMLINK_NOFOLLOW).ok().map(|found| kind(&found));
                return Err(match found {
                    Some(FileType::Symlink) => refused(&path, Unsafe::Link),
                    Some(FileType::Directory) | None => at(&path)(error.into()),
                    Some(_) => refused(&path, Unsafe::NoFolder),
                });
            }
        };
        let folder = Folder { path, handle };
        let found = rustix::fs::fstat(&folder.handle).map_err(|error| at(&folder.path)(error.into()))?;
        if !is_own(&found) {
            return Err(refused(&folder.path, Unsafe::AnotherUsers));
        }
        // Such as /tmp: users share it, and to close it to the others would break their programs.
        if Mode::from_raw_mode(found.st_mode).contains(Mode::SVTX) {
            return Err(refused(&folder.path, Unsafe::Shared));
        }
        if Mode::from_raw_mode(found.st_mode) != FOLDER_MODE {
            rustix::fs::fchmod(&folder.handle, FOLDER_MODE).map_err(|error| at(&folder.path)(error.into()))?;
        }
        Ok(folder)
    }

    /// Returns the path of a file, for messages.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the names of what is in the folder.
    pub(crate) fn names(&self) -> Result<Vec<String>, EmulatorError> {
        let failed = |error: rustix::io::Errno| at(&self.path)(error.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Whether there is a file. One that exists is its owner's alone afterwards; what is no file of this user is refused.
    pub(crate) fn has(&self, name: &str) -> Result<bool, EmulatorError> {
        let path = self.path_of(name);
        let found = match rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => found,
            Err(rustix::io::Errno::NOENT) => return Ok(false),
            Err(error) => return Err(at(&path)(error.into())),
        };
        let problem = match kind(&found) {
            FileType::Symlink => Some(Unsafe::Link),
            FileType::RegularFile if !is_own(&found) => Some(Unsafe::AnotherUsers),
            // What is written here would be written there.
            FileType::RegularFile if found.st_nlink > 1 => Some(Unsafe::TwoNames),
            FileType::RegularFile => None,
            _ => Some(Unsafe::NoFile),
        };
        if let Some(problem) = problem {
            return Err(refused(&path, problem));
        }
        if Mode::from_raw_mode(found.st_mode) != FILE_MODE {
            // Nobody else can put a link in its place meanwhile: the folder is closed to others by now.
            rustix::fs::chmodat(&self.handle, name, FILE_MODE, AtFlags::empty())
                .map_err(|error| at(&path)(error.into()))?;
        }
        Ok(true)
    }

    /// Opens a file for reading and writing, and creates it when it is missing.
    pub(crate) fn open_file(&self, name: &str) -> Result<File, EmulatorError> {
        self.has(name)?;
        // Another process may create it at the same moment, which is as good.
        self.file(name, OFlags::RDWR | OFlags::CREATE)
    }

    /// Creates a file that must not exist.
    pub(crate) fn create_file(&self, name: &str) -> Result<File, EmulatorError> {
        self.file(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL)
    }

    fn file(&self, name: &str, flags: OFlags) -> Result<File, EmulatorError> {
        rustix::fs::openat(&self.handle, name, flags | FILE_FLAGS, FILE_MODE)
            .map(File::from)
            .map_err(|error| at(&self.path_of(name))(error.into()))
    }

    /// Returns what is in a file, or nothing where there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, EmulatorError> {
        if !self.has(name)? {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.file(name, OFlags::RDONLY)?.read_to_end(&mut bytes).map_err(at(&self.path_of(name)))?;
        Ok(Some(bytes))
    }

    /// Gives a file its final name. Returns once that is on the disk.
    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), EmulatorError> {
        rustix::fs::renameat(&self.handle, from, &self.handle, to)
            .and_then(|()| rustix::fs::fsync(&self.handle))
            .map_err(|error| at(&self.path_of(to))(error.into()))
    }

    /// Removes a file, or a link itself, where there is one.
    pub(crate) fn remove(&self, name: &str) -> Result<(), EmulatorError> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()).map_err(io::Error::from) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(at(&self.path_of(name))(error)),
            _ => Ok(()),
        }
    }
}

fn kind(found: &Stat) -> FileType {
    FileType::from_raw_mode(found.st_mode)
}

fn is_own(found: &Stat) -> bool {
    found.st_uid == rustix::process::geteuid().as_raw()
}
