use std::path::PathBuf;

use thiserror::Error;

/// Why something cannot be packaged.
#[derive(Debug, Error)]
pub enum PackageError {
    /// A file or folder cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A name that a zip archive or a Linux path cannot hold well.
    #[error("`{}` has a name that cannot be packaged: {what}", path.escape_debug())]
    Name {
        /// Which, from the folder.
        path: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A link that leads out of the folder.
    #[error("`{}` is a link that leads out of the folder", path.display())]
    LeadsOut {
        /// Which.
        path: PathBuf,
    },
    /// A link that leads back to a folder that it is in.
    #[error("`{}` is a link to a folder that it is in", path.display())]
    Loop {
        /// Which.
        path: PathBuf,
    },
    /// Neither a file nor a folder.
    #[error("`{}` is neither a file nor a folder", path.display())]
    Special {
        /// Which.
        path: PathBuf,
    },
    /// A file was another after it was read.
    #[error("`{}` changed while it was read", path.display())]
    Changed {
        /// Which.
        path: PathBuf,
    },
    /// A `.lambdaignore` that cannot be understood.
    #[error("cannot understand `{}`: {reason}", path.display())]
    Ignore {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nothing is left to package.
    #[error("`{}` has no files to package", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// More than a function may have.
    #[error("`{}` has {bytes} bytes of files or more, and a function must stay below {most}", path.display())]
    TooLarge {
        /// The folder or program.
        path: PathBuf,
        /// Its size, as far as it was looked at.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// More files than anyone means.
    #[error("`{}` has more than {most} files", path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// The limit.
        most: usize,
    },
    /// The archive cannot be written.
    #[error("cannot make a zip archive")]
    Zip(#[from] zip::result::ZipError),
}

impl PackageError {
    /// Returns what to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "check the path and its permissions, or leave it out with `.lambdaignore`",
            Self::Name { .. } => "rename it, or leave it out with `.lambdaignore`",
            Self::LeadsOut { .. } => "put a copy into the folder, or leave the link out with `.lambdaignore`",
            Self::Loop { .. } | Self::Special { .. } => "leave it out with `.lambdaignore`",
            Self::Changed { .. } => "let whatever writes it finish first, then try again",
            Self::Ignore { .. } => "its lines are patterns as in a .gitignore",
            Self::Empty { .. } => "is it the right folder, and does its `.lambdaignore` leave anything?",
            Self::TooMany { .. } | Self::TooLarge { .. } => {
                "leave out what the function does not need, or make it a container image"
            }
            Self::Zip(_) => "make the archive with another tool, and name the .zip",
        }
    }
}
