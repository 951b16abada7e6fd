//! Makes zip archives of folders and programs, the same bytes on every machine.
//!
//! Guarantees: an archive depends on the names, contents and executable bits of the files, and on nothing else: not on
//! times, owners, umasks, the order of a folder's entries or the processor. A file that changes while it is read, or a
//! link that leads out of the folder, is an error. Only regular files are read, and never more of them than they said.
//!
//! What it never does: change a file, follow a link out of the folder, or hold more than one folder in memory.
//!
//! Start at [`read`].

mod bounded;

mod archive;
mod error;
mod listing;
mod own;
mod walk;

pub use archive::{check_names, read, unusable_name};
pub use bounded::{ReadError, open, read_file};
pub use error::PackageError;
pub use listing::{Difference, Listed, differences, list};
