use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use lambdactl_schema::ArchiveSource;

/// What is packaged while manifests are read: many functions may share a folder, and it is packaged once.
#[derive(Default)]
pub(crate) struct Packages(Mutex<HashMap<ArchiveSource, Arc<Mutex<Option<Checked>>>>>);

/// The digest of an archive that is in order, or what is wrong with it and what to do.
pub(crate) type Checked = Result<String, (String, &'static str)>;

impl Packages {
    /// Returns the digest of an archive, which is made and checked the first time.
    pub(crate) fn checked(&self, source: &ArchiveSource, check: impl FnOnce() -> Checked) -> Checked {
        // Two paths may lead to one folder.
        let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
        let key = match source {
            ArchiveSource::File(path) => ArchiveSource::File(real(path)),
            ArchiveSource::Folder(path) => ArchiveSource::Folder(real(path)),
            ArchiveSource::Program(path) => ArchiveSource::Program(real(path)),
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
