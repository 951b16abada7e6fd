use lambdactl_schema::{Artifacts, Origins};

/// What the manifests say about all of their functions.
pub(crate) struct Head {
    pub(crate) name: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) update: bool,
    pub(crate) artifacts: Option<Artifacts>,
    /// Which of these references brought in, by their pointers in the manifest.
    pub(crate) origins: Origins,
}
