use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{Cursor, Seek, Write};
use std::path::Path;

use lambdactl_schema::{ArchiveSource, limits};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::bounded::{ReadError, read_file};
use crate::error::PackageError;
use crate::own;
use crate::walk::{Found, check_size, files, unreadable};

/// The name that runtimes of one's own start (AWS documentation).
const BOOTSTRAP: &str = "bootstrap";

/// Reads an archive, or makes it.
pub fn read(source: &ArchiveSource) -> Result<Vec<u8>, PackageError> {
    match source {
        // What is larger unpacks to more than a function may have.
        ArchiveSource::File(path) => read_file(path, limits::UNZIPPED_BYTES).map_err(not_read(path)),
        ArchiveSource::Folder { path, manifest } => {
            let packed = packed(&files(path, manifest.as_deref())?)?;
            packed.ok_or_else(|| PackageError::Empty { path: path.clone() })
        }
        ArchiveSource::Program(path) => {
            let metadata = fs::metadata(path).map_err(unreadable(path))?;
            if !metadata.is_file() {
                return Err(PackageError::Special { path: path.clone() });
            }
            check_size(path, metadata.len())?;
            let mut zip = writer(Vec::new());
            let bytes = read_unchanged(path, &metadata, |path| read_file(path, metadata.len()))?;
            add(&mut zip, BOOTSTRAP, &bytes, true)?;
            Ok(zip.finish()?.into_inner())
        }
    }
}

/// Checks the names in an archive that was made elsewhere: none may lead out of the folder that it is unpacked in.
/// Returns the first that does.
pub fn check_names(archive: &ZipArchive<Cursor<&[u8]>>) -> Option<String> {
    let climbs = |name: &str| {
        name.starts_with(['/', '\\'])
            || name.split(['/', '\\']).any(|part| part == "..")
            || name.get(1..3) == Some(":\\")
    };
    // What cannot be read as a name leads nowhere.
    archive.file_names().filter_map(Result::ok).find(|name| climbs(name)).map(|name| name.into_owned())
}

/// Checks the names in an archive as those of a folder's files are: returns the first that cannot be used, and why.
pub fn unusable_name(archive: &ZipArchive<Cursor<&[u8]>>) -> Option<(String, &'static str)> {
    archive.file_names().find_map(|name| match name {
        Ok(name) => crate::walk::unusable(&name).map(|what| (name.into_owned(), what)),
        Err(_) => Some((String::new(), "whose name cannot be read")),
    })
}

/// Packages files; nothing where none is left.
fn packed(files: &BTreeMap<String, Found>) -> Result<Option<Vec<u8>>, PackageError> {
    let mut zip = writer(Vec::new());
    let mut any = false;
    for (name, Found { path, metadata, is_asked_for }) in files {
        let bytes = read_unchanged(path, metadata, |path| read_file(path, metadata.len()))?;
        if *is_asked_for || !own::is_ours(&bytes) {
            let executable = is_executable(metadata, &bytes);
            add(&mut zip, name, &bytes, executable)?;
            any = true;
        }
    }
    Ok(if any { Some(zip.finish()?.into_inner()) } else { None })
}

fn writer(bytes: Vec<u8>) -> ZipWriter<Cursor<Vec<u8>>> {
    ZipWriter::new(Cursor::new(bytes))
}

/// Adds a file. Level, time and mode are fixed, so that only name, content and executable bit count.
fn add<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    name: &str,
    bytes: &[u8],
    executable: bool,
) -> Result<(), PackageError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .unix_permissions(if executable { 0o755 } else { 0o644 });
    zip.start_file(name, options)?;
    zip.write_all(bytes).map_err(zip::result::ZipError::from)?;
    Ok(())
}

/// Reads a file that must be the same before and after.
fn read_unchanged(
    path: &Path,
    before: &Metadata,
    read: impl FnOnce(&Path) -> Result<Vec<u8>, ReadError>,
) -> Result<Vec<u8>, PackageError> {
    let bytes = match read(path) {
        Err(ReadError::TooLarge { .. }) => return Err(PackageError::Changed { path: path.to_owned() }),
        read => read.map_err(not_read(path))?,
    };
    let after = fs::metadata(path).map_err(unreadable(path))?;
    let same = before.len() == after.len() && before.modified().ok() == after.modified().ok();
    if !same || bytes.len() as u64 != after.len() {
        return Err(PackageError::Changed { path: path.to_owned() });
    }
    Ok(bytes)
}

fn not_read(path: &Path) -> impl FnOnce(ReadError) -> PackageError {
    let path = path.to_owned();
    move |error| match error {
        ReadError::Io(source) => PackageError::Unreadable { path, source },
        ReadError::NotRegular => PackageError::Special { path },
        ReadError::TooLarge { most } => PackageError::TooLarge { path, bytes: most + 1, most },
    }
}

/// Whether its owner may execute it: no umask takes that bit away.
#[cfg(unix)]
fn is_executable(metadata: &Metadata, _: &[u8]) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

/// There is no such bit: what Linux could start is taken to be meant for it.
#[cfg(not(unix))]
fn is_executable(_: &Metadata, bytes: &[u8]) -> bool {
    can_be_started(bytes)
}

/// Whether Linux can start a file by its first bytes: a script that names its interpreter, or a program (ELF).
#[cfg(any(test, not(unix)))]
fn can_be_started(bytes: &[u8]) -> bool {
    bytes.starts_with(b"#!") || bytes.starts_with(b"\x7fELF")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_can_start_is_told_by_its_first_bytes() {
        for (bytes, expected) in [
            (&b"#!/bin/sh\n"[..], true),
            (b"\x7fELF\x02\x01", true),
            (b"def handler(event, context): pass\n", false),
            (b" #!/bin/sh", false),
            (b"", false),
        ] {
            assert_eq!(can_be_started(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn file_that_changes_while_it_is_read_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.py");
        fs::write(&path, "one").expect("a file");
        let metadata = fs::metadata(&path).expect("a file");
        assert_eq!(read_unchanged(&path, &metadata, |path| read_file(path, 3)).expect("no change"), b"one");
        let changing = |path: &Path| {
            let bytes = read_file(path, 3);
            fs::write(path, "another")?;
            bytes
        };
        let error = read_unchanged(&path, &metadata, changing).expect_err("a change");
        assert!(error.to_string().ends_with("changed while it was read"), "{error}");
        // One that grows as it is read has no end.
        let error = read_unchanged(&path, &metadata, |path| read_file(path, 3)).expect_err("a change");
        assert!(error.to_string().ends_with("changed while it was read"), "{error}");
    }
}
