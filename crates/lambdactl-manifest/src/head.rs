use std::collections::BTreeSet;

use lambdactl_schema::{Artifacts, Origins};

/// What the manifests say about all of their functions.
pub(crate) struct Head {
    pub(crate) name: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) update: bool,
    pub(crate) artifacts: Option<Artifacts>,
    /// The names of the layers that are declared.
    pub(crate) layers: BTreeSet<String>,
    /// Whether there are layers besides whose names are not known.
    pub(crate) has_unknown_layers: bool,
    /// Which of these references brought in, by their pointers in the manifest.
    pub(crate) origins: Origins,
}
