//! Files that commands write for people to keep.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Whoever may read other files here.
    Open,
    /// Only the user: it holds values of environment variables.
    Secret,
}

impl Secrecy {
    pub(crate) fn of(has_values: bool) -> Self {
        if has_values { Self::Secret } else { Self::Open }
    }
}

/// Writes a file that must not exist yet.
pub(crate) fn write_new(path: &Path, content: impl AsRef<[u8]>, secrecy: Secrecy) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secrecy == Secrecy::Secret {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = secrecy;
    let mut file = options.open(path).with_context(|| format!("cannot create {}", path.display()))?;
    file.write_all(content.as_ref()).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes variables for `set -a; . FILE; set +a`: whatever is in a value, the shell takes it as it is.
pub(crate) fn write_variables(path: &Path, values: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let quoted = |value: &str| value.replace('\'', r"'\''");
    let lines: String = values.iter().map(|(name, value)| format!("{name}='{}'\n", quoted(value))).collect();
    write_new(path, &lines, Secrecy::Secret)
}
