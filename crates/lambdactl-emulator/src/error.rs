//! What can go wrong with the emulator itself; errors that it answers to a client are
//! `service_error`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The emulator could not start, or lost its store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmulatorError {
    /// The account is not twelve digits.
    #[error("account {0:?} is not twelve digits")]
    Account(String),
    /// The address could not be bound; usually the port is taken.
    #[error("cannot listen on {address}")]
    Bind {
        /// Address that was asked for.
        address: SocketAddr,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// A file or folder of the state could not be read or written.
    #[error("cannot access {path:?}")]
    File {
        /// File or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// A file or folder of the state is not this user's own, so that values would get into another's hands.
    #[error("{path:?} {problem}, so no value is written there; remove it, or keep the functions in another folder")]
    Unsafe {
        /// File or folder.
        path: PathBuf,
        /// What is wrong with it.
        problem: Unsafe,
    },
    /// Another process kept the state open for longer than `EmulatorOptions::lock_wait`.
    #[error("{path:?} is in use by another lambdactl; stop that one, or give this one another data folder")]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The database could not be opened, read or written.
    #[error("the function store failed")]
    Store(#[source] Box<redb::Error>),
    /// The database refuses all work after an error of the system; this is that error.
    #[error("the function store failed before: {0}")]
    StoreLost(String),
    /// A stored function could not be read back.
    #[error("the stored record of function {name:?} is damaged")]
    Record {
        /// Function name.
        name: String,
        /// The parser's error.
        #[source]
        source: serde_json::Error,
    },
    /// A call arrived after the store was closed.
    #[error("the function store is closed")]
    Closed,
    /// A background task ended before its work was done.
    #[error("a background task of the emulator failed")]
    Task(#[source] tokio::task::JoinError),
}

/// Why a file or folder of the state is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsafe {
    /// It is a link.
    #[error("is a link")]
    Link,
    /// Another user owns it.
    #[error("belongs to another user")]
    AnotherUsers,
    /// Its sticky bit is set: it is made for many users.
    #[error("is a folder that users share")]
    Shared,
    /// The file has another name, too, a hard link.
    #[error("has another name elsewhere (a hard link)")]
    TwoNames,
    /// It should be a folder.
    #[error("is no folder")]
    NoFolder,
    /// It should be a file.
    #[error("is no regular file")]
    NoFile,
}

impl EmulatorError {
    /// Returns the error with its causes on one line, for the client whose request failed by it. What a record holds
    /// stays out: a parser's error repeats part of what it parsed.
    pub(crate) fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = match self {
            Self::Record { .. } => None,
            _ => std::error::Error::source(self),
        };
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }
}

/// Adds the path to an error of the system.
pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> EmulatorError + use<> {
    let path = path.to_owned();
    move |source| EmulatorError::File { path, source }
}

/// Refuses a file or folder of the state.
pub(crate) fn refused(path: &Path, problem: Unsafe) -> EmulatorError {
    EmulatorError::Unsafe { path: path.to_owned(), problem }
}
