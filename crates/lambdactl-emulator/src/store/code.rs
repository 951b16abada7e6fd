//! The zips of functions, kept by their digest beside the records.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::error::{EmulatorError, at};
use crate::store::folder::Folder;

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
    Folder(Folder),
    Memory(Mutex<HashMap<String, Vec<u8>>>),
}

impl CodeFiles {
    /// Takes a folder that may hold zips already: each is its owner's alone afterwards. What a write left half done goes.
    pub(crate) fn folder(folder: Folder) -> Result<Self, EmulatorError> {
        for name in folder.names()? {
            if name.ends_with(".zip") {
                folder.has(&name)?;
            } else if name.ends_with(".part") {
                folder.remove(&name)?;
            }
        }
        Ok(CodeFiles::Folder(folder))
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
        let name = zip_name(&zip.digest);
        if folder.has(&name)? {
            return Ok(());
        }
        // Under its final name a file is always whole, also after a crash.
        let part = format!("{}.part", zip.digest);
        folder.remove(&part)?;
        let mut file = folder.create_file(&part)?;
        let written = file.write_all(&zip.bytes).and_then(|()| file.sync_all());
        if let Err(error) = written {
            // On a full disk its space is wanted; that the write failed counts for more than that this does.
            let _ = folder.remove(&part);
            return Err(at(&folder.path_of(&part))(error));
        }
        folder.rename(&part, &name)
    }

    pub(crate) fn read(&self, digest: &str) -> Result<Option<Vec<u8>>, EmulatorError> {
        match self {
            CodeFiles::Memory(zips) => Ok(locked(zips).get(digest).cloned()),
            CodeFiles::Folder(folder) => folder.read(&zip_name(digest)),
        }
    }

    pub(crate) fn remove(&self, digest: &str) -> Result<(), EmulatorError> {
        match self {
            CodeFiles::Memory(zips) => {
                locked(zips).remove(digest);
                Ok(())
            }
            CodeFiles::Folder(folder) => folder.remove(&zip_name(digest)),
        }
    }
}

fn zip_name(digest: &str) -> String {
    format!("{digest}.zip")
}

fn locked(zips: &Mutex<HashMap<String, Vec<u8>>>) -> MutexGuard<'_, HashMap<String, Vec<u8>>> {
    zips.lock().unwrap_or_else(PoisonError::into_inner)
}
