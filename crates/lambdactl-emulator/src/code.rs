//! The zips of functions, kept by their digest beside the records.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::error::EmulatorError;

/// An uploaded package.
pub(crate) struct Zip {
    pub(crate) bytes: Vec<u8>,
    /// SHA-256 in lower-case hex; the file's name.
    pub(crate) digest: String,
}

impl Zip {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let digest = hex(&sha256(&bytes));
        Zip { bytes, digest }
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the zips are.
pub(crate) enum CodeFiles {
    Folder(PathBuf),
    Memory(Mutex<HashMap<String, Vec<u8>>>),
}

impl CodeFiles {
    pub(crate) fn folder(path: PathBuf) -> Result<Self, EmulatorError> {
        fs::create_dir_all(&path).map_err(at(&path))?;
        Ok(CodeFiles::Folder(path))
    }

    pub(crate) fn in_memory() -> Self {
        CodeFiles::Memory(Mutex::default())
    }

    /// Keeps a zip. On return it is on the disk: a record that refers to it may be committed.
    pub(crate) fn write(&self, zip: &Zip) -> Result<(), EmulatorError> {
        let folder = match self {
            CodeFiles::Folder(folder) => folder,
            CodeFiles::Memory(zips) => {
                locked(zips).entry(zip.digest.clone()).or_insert_with(|| zip.bytes.clone());
                return Ok(());
            }
        };
        let path = zip_path(folder, &zip.digest);
        if path.exists() {
            return Ok(());
        }
        // Under its final name a file is always whole, also after a crash.
        let part = path.with_extension("part");
        let mut file = File::create(&part).map_err(at(&part))?;
        file.write_all(&zip.bytes).and_then(|()| file.sync_all()).map_err(at(&part))?;
        fs::rename(&part, &path).map_err(at(&path))?;
        sync_folder(folder)
    }

    pub(crate) fn read(&self, digest: &str) -> Result<Option<Vec<u8>>, EmulatorError> {
        match self {
            CodeFiles::Memory(zips) => Ok(locked(zips).get(digest).cloned()),
            CodeFiles::Folder(folder) => {
                let path = zip_path(folder, digest);
                match fs::read(&path) {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(at(&path)(error)),
                }
            }
        }
    }

    pub(crate) fn remove(&self, digest: &str) -> Result<(), EmulatorError> {
        match self {
            CodeFiles::Memory(zips) => {
                locked(zips).remove(digest);
                Ok(())
            }
            CodeFiles::Folder(folder) => {
                let path = zip_path(folder, digest);
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != ErrorKind::NotFound => Err(at(&path)(error)),
                    _ => Ok(()),
                }
            }
        }
    }
}

fn zip_path(folder: &Path, digest: &str) -> PathBuf {
    folder.join(format!("{digest}.zip"))
}

/// A rename is durable only once its folder is; folders cannot be opened for that on Windows.
fn sync_folder(folder: &Path) -> Result<(), EmulatorError> {
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    }
    Ok(())
}

fn locked(zips: &Mutex<HashMap<String, Vec<u8>>>) -> MutexGuard<'_, HashMap<String, Vec<u8>>> {
    zips.lock().unwrap_or_else(PoisonError::into_inner)
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> EmulatorError {
    let path = path.to_owned();
    move |source| EmulatorError::File { path, source }
}
