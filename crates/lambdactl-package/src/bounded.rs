//! The one way in for files of others: regular files only, and no more of them than was agreed to.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

use thiserror::Error;

/// Why a file cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system says so.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A folder, a device, a pipe or a socket.
    #[error("it is not a regular file")]
    NotRegular,
    /// It has more than it may.
    #[error("it has more than {most} bytes")]
    TooLarge {
        /// Bytes that it may have.
        most: u64,
    },
}

impl ReadError {
    /// Whether there is no such file.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a regular file of at most so many bytes.
///
/// Never waits for another program, as opening a pipe would, and never reads on and on: what a device or a file of the
/// kernel has says no length.
///
/// # Errors
/// Anything that is no regular file, larger or unreadable.
pub fn read_file(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let (file, metadata) = open(path)?;
    if metadata.len() > most {
        return Err(ReadError::TooLarge { most });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(ReadError::TooLarge { most });
    }
    Ok(bytes)
}

/// Opens a regular file.
///
/// # Errors
/// Anything that is no regular file or cannot be opened.
pub fn open(path: &Path) -> Result<(File, Metadata), ReadError> {
    // Opening a pipe waits for a writer, so it is looked at first; and again, for what it may have become by then.
    if !fs::metadata(path)?.is_file() {
        return Err(ReadError::NotRegular);
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(ReadError::NotRegular);
    }
    Ok((file, metadata))
}
