//! Files that commands write. Each is written beside its place under a name that nobody can guess, and renamed when it is
//! whole: a reader sees the old file or the new one, a link in its place is replaced and not followed, and nothing is left
//! behind by an error.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tempfile::{Builder, NamedTempFile};

use crate::trouble::Trouble;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Whoever may read other files here.
    Open,
    /// Only the user: it may hold a value of an environment variable, a digest, or code.
    Secret,
}

impl Secrecy {
    pub(crate) fn of(has_values: bool) -> Self {
        if has_values { Self::Secret } else { Self::Open }
    }
}

/// Writes a file that must not exist yet.
pub(crate) fn write_new(path: &Path, content: impl AsRef<[u8]>, secrecy: Secrecy) -> anyhow::Result<()> {
    let Some(place) = Place::of(path)? else { return write_stream(path, content.as_ref()) };
    place.filled(content.as_ref(), secrecy)?.persist_noclobber(path).map_err(|failed| match failed.error.kind() {
        ErrorKind::AlreadyExists => there_already(path),
        _ => anyhow::Error::new(failed.error).context(cannot_write(path)),
    })?;
    Ok(())
}

/// Writes a file, in the place of one that may be there.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>, secrecy: Secrecy) -> anyhow::Result<()> {
    let Some(place) = Place::of(path)? else { return write_stream(path, content.as_ref()) };
    place
        .filled(content.as_ref(), secrecy)?
        .persist(path)
        .map_err(|failed| failed.error)
        .with_context(|| cannot_write(path))?;
    Ok(())
}

/// Writes a file of the user's own anew; it keeps its mode and owner, and a link to it stays a link.
pub(crate) fn rewrite(path: &Path, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let path = &fs::canonicalize(path).with_context(|| cannot_write(path))?;
    let Some(place) = Place::of(path)? else { return write_stream(path, content.as_ref()) };
    let before = fs::metadata(path).with_context(|| cannot_write(path))?;
    // Whoever may not write the file must not replace it either.
    OpenOptions::new().write(true).open(path).with_context(|| cannot_write(path))?;
    let file = place.filled(content.as_ref(), Secrecy::Secret)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let now = file.as_file().metadata().with_context(|| cannot_write(path))?;
        if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
            // Only root can give a file away, and only root meets a file of somebody else that it may write.
            let _ = fchown(file.as_file(), Some(before.uid()), Some(before.gid()));
        }
    }
    file.as_file().set_permissions(before.permissions()).with_context(|| cannot_write(path))?;
    file.persist(path).map_err(|failed| failed.error).with_context(|| cannot_write(path))?;
    Ok(())
}

/// Writes variables for `set -a; . FILE; set +a`: whatever is in a value, the shell takes it as it is. The names are those
/// that `lambdactl-write` has made, letters, digits and `_`.
pub(crate) fn write_variables(path: &Path, values: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let quoted = |value: &str| value.replace('\'', r"'\''");
    let lines: String = values.iter().map(|(name, value)| format!("{name}='{}'\n", quoted(value))).collect();
    write_new(path, &lines, Secrecy::Secret)
}

/// Makes sure that a file can be made there, before any work is done for it.
pub(crate) fn check_new(path: &Path) -> anyhow::Result<()> {
    match Place::of(path)? {
        Some(_) if path.symlink_metadata().is_ok() => Err(there_already(path)),
        _ => Ok(()),
    }
}

/// The same for a file that may be there.
pub(crate) fn check(path: &Path) -> anyhow::Result<()> {
    Place::of(path).map(drop)
}

/// Reads a regular file of at most so many bytes.
pub(crate) fn read(path: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    lambdactl_manifest::read_file(path, most).with_context(|| format!("cannot read {}", path.display()))
}

/// The folder in which a file is to be, and the beginning of the name that it has until it is whole.
struct Place {
    folder: PathBuf,
    prefix: String,
    path: PathBuf,
}

impl Place {
    /// Finds the place of a file; nothing for a device or a pipe, which is written to as it is.
    fn of(path: &Path) -> anyhow::Result<Option<Self>> {
        let found = fs::metadata(path);
        let ends_open = path.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
        let (Some(name), false) = (path.file_name(), found.as_ref().is_ok_and(fs::Metadata::is_dir) || ends_open)
        else {
            bail!("cannot write {}: it names a folder, and a file is needed", path.display());
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let real = match fs::canonicalize(folder) {
            Ok(real) if real.is_dir() => real,
            Ok(_) => bail!("cannot write {}: {} is not a folder", path.display(), folder.display()),
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                bail!("cannot write {}: there is no folder {}", path.display(), folder.display())
            }
            Err(cause) => return Err(cause).with_context(|| cannot_write(path)),
        };
        // Names of streams, such as /dev/stdout, are links that must stay, whatever they lead to.
        let is_stream = ["/dev", "/proc"].iter().any(|root| real.starts_with(root)) && !real.starts_with("/dev/shm");
        if is_stream || found.is_ok_and(|found| !found.is_file()) {
            return Ok(None);
        }
        // Some file systems take no more than 255 bytes, and no name but Unicode.
        let prefix: String = format!(".{}", name.to_string_lossy()).chars().take(40).collect();
        Ok(Some(Self { folder: folder.to_owned(), prefix, path: path.to_owned() }))
    }

    /// Writes the whole content beside the place.
    fn filled(&self, content: &[u8], secrecy: Secrecy) -> anyhow::Result<NamedTempFile> {
        let mut builder = Builder::new();
        builder.prefix(&self.prefix).suffix(".tmp").rand_bytes(12);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What the user's umask leaves of it, as for any other file.
            let mode = if secrecy == Secrecy::Secret { 0o600 } else { 0o666 };
            builder.permissions(fs::Permissions::from_mode(mode));
        }
        #[cfg(not(unix))]
        let _ = secrecy;
        let written = builder.tempfile_in(&self.folder).and_then(|mut file| {
            file.write_all(content)?;
            file.as_file().sync_all()?;
            Ok(file)
        });
        written.map_err(unnamed).with_context(|| cannot_write(&self.path))
    }
}

/// Takes the passing file's name out of an error: the user has not named it.
fn unnamed(error: std::io::Error) -> std::io::Error {
    match error.raw_os_error() {
        Some(code) => std::io::Error::from_raw_os_error(code),
        None => std::io::Error::from(error.kind()),
    }
}

fn write_stream(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let written = OpenOptions::new().write(true).open(path).and_then(|mut stream| stream.write_all(content));
    match written {
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.with_context(|| cannot_write(path)),
    }
}

fn there_already(path: &Path) -> anyhow::Error {
    Trouble::new(format!("{} is there already; nothing was written", path.display())).into()
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

#[cfg(test)]
mod tests;
