use std::collections::BTreeSet;

use lambdactl_schema::{Artifacts, Origins};

use lambdactl_schema::Location;

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
    /// The names of the locations, and the one that this is about.
    pub(crate) locations: Vec<String>,
    pub(crate) location: Option<String>,
    /// Which of these references brought in, by their pointers in the manifest.
    pub(crate) origins: Origins,
}

impl Head {
    /// Says where the functions are: in a location, whatever the manifest says beside it.
    pub(crate) fn settle_in(&mut self, location: &Location) {
        let Location { region, account, .. } = location;
        self.region = Some(region.clone()).filter(|region| !region.is_empty());
        self.account = account.clone().or_else(|| self.account.take());
    }
}
