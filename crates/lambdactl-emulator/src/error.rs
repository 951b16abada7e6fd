//! What can go wrong with the emulator itself; errors that it answers to a client are
//! `service_error`.

use std::net::SocketAddr;
use std::path::PathBuf;

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
    /// The server task ended with an error.
    #[error("the server failed")]
    Serve(#[source] std::io::Error),
    /// A file or folder of the state could not be read or written.
    #[error("cannot access {path}")]
    File {
        /// File or folder.
        path: PathBuf,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// Another process kept the state open for longer than `EmulatorOptions::lock_wait`.
    #[error("{path} is in use by another lambdactl; stop that one, or give this one another data folder")]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The database could not be opened, read or written.
    #[error("the function store failed")]
    Store(#[source] Box<redb::Error>),
    /// A stored function could not be read back.
    #[error("the stored record of function {name} is damaged")]
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
