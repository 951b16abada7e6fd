//! What is in an archive, file by file, and how two archives differ.

use std::collections::BTreeMap;
use std::io::Cursor;

use zip::ZipArchive;

use crate::error::PackageError;

/// A file of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Bytes once it is unpacked.
    pub size: u64,
    /// The checksum of its content.
    crc32: u32,
    /// Whether it may be executed.
    is_executable: bool,
}

/// How a file of one archive is in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Only the new archive has it.
    Added(Listed),
    /// Only the old archive has it.
    Removed(Listed),
    /// Both have it, with another content or mode: the old one and the new one.
    Changed(Listed, Listed),
}

/// Lists the files of an archive by name, from its directory: nothing is unpacked. Names that cannot be read are left out.
///
/// # Errors
/// What is no zip archive.
pub fn list(zip: &[u8]) -> Result<BTreeMap<String, Listed>, PackageError> {
    let mut archive = ZipArchive::new(Cursor::new(zip))?;
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index)?;
        if entry.is_dir() {
            continue;
        }
        let Ok(name) = entry.name().map(|name| name.into_owned()) else { continue };
        let is_executable = entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
        files.insert(name, Listed { size: entry.size(), crc32: entry.crc32(), is_executable });
    }
    Ok(files)
}

/// Returns how the files of a new archive differ from those of an old one, by name.
pub fn differences(old: &BTreeMap<String, Listed>, new: &BTreeMap<String, Listed>) -> BTreeMap<String, Difference> {
    let removed = old.iter().filter(|(name, _)| !new.contains_key(*name));
    let removed = removed.map(|(name, file)| (name.clone(), Difference::Removed(*file)));
    let there = new.iter().filter_map(|(name, file)| match old.get(name) {
        None => Some((name.clone(), Difference::Added(*file))),
        Some(before) if before != file => Some((name.clone(), Difference::Changed(*before, *file))),
        Some(_) => None,
    });
    removed.chain(there).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &str, u32)]) -> BTreeMap<String, Listed> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content, mode) in files {
            zip.start_file(*name, SimpleFileOptions::default().unix_permissions(*mode)).expect("an entry");
            zip.write_all(content.as_bytes()).expect("a content");
        }
        list(&zip.finish().expect("an archive").into_inner()).expect("an archive")
    }

    #[test]
    fn archives_differ_by_names_contents_and_modes() {
        let old =
            archive(&[("same", "x", 0o644), ("content", "x", 0o644), ("mode", "x", 0o644), ("gone", "xyz", 0o644)]);
        let new = archive(&[("same", "x", 0o600), ("content", "y", 0o644), ("mode", "x", 0o755), ("new", "x", 0o644)]);
        let found = differences(&old, &new);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["content", "gone", "mode", "new"]);
        assert!(matches!(found["gone"], Difference::Removed(Listed { size: 3, .. })));
        assert!(matches!(found["new"], Difference::Added(Listed { size: 1, .. })));
        assert!(
            matches!(found["content"], Difference::Changed(..)) && matches!(found["mode"], Difference::Changed(..))
        );
        assert_eq!(differences(&old, &old), BTreeMap::new());
        assert!(list(b"no archive").is_err());
    }
}
