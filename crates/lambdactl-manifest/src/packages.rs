use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use lambdactl_package::PackageError;
use lambdactl_schema::ArchiveSource;

use crate::contents::Contents;

/// What is packaged while manifests are read: many functions may share a folder, and it is packaged once.
#[derive(Default)]
pub(crate) struct Packages(Mutex<HashMap<ArchiveSource, Arc<Mutex<Option<Checked>>>>>);

/// An archive that is in order, or what is wrong with it.
pub(crate) type Checked = Result<Digested, Broken>;

/// An archive that is in order.
#[derive(Clone, Debug)]
pub(crate) struct Digested {
    /// `base64(sha256(zip))`, as the service computes it.
    pub(crate) sha256: String,
    /// Bytes.
    pub(crate) size: u64,
    /// What is in it.
    pub(crate) contents: Arc<Contents>,
}

/// What is wrong with an archive. Several functions may have it, each under its own name for it.
#[derive(Clone, Debug)]
pub(crate) enum Broken {
    /// It cannot be read or made; the error names this path, or one below it.
    Package(Arc<PackageError>, PathBuf),
    /// What it is, as the end of a sentence that its name begins, and what to do.
    Archive(String, &'static str),
}

impl Packages {
    /// Returns what an archive is, which is made and checked the first time. Two paths may lead to one folder:
    /// `real` is the path without links.
    pub(crate) fn checked(&self, source: &ArchiveSource, real: PathBuf, check: impl FnOnce() -> Checked) -> Checked {
        let key = match source {
            ArchiveSource::File(_) => ArchiveSource::File(real),
            ArchiveSource::Folder { manifest, .. } => ArchiveSource::Folder { path: real, manifest: manifest.clone() },
            ArchiveSource::Program(_) => ArchiveSource::Program(real),
        };
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(key).or_default())
        };
        // Another thread may be at it: its result is waited for.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(check).clone()
    }
}
