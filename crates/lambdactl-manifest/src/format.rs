use std::path::Path;

/// The languages of manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `*.yaml` and `*.yml`.
    Yaml,
    /// `*.toml`.
    Toml,
    /// `*.json`.
    Json,
}

impl Format {
    /// Returns the language that a file's name says, if it says one.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}
