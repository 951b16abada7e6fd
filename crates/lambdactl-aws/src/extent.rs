use std::collections::BTreeSet;

/// What is read beyond what a comparison needs.
#[derive(Clone, Debug, Default)]
pub struct Extent {
    /// The account, where it was asked for already ([`check_account`](crate::check_account)).
    pub account: Option<String>,
    /// Code signing configurations that the manifest does not declare: for those who would take them away.
    pub code_signing: bool,
    /// What would be lost with these functions.
    pub attachments: Vec<String>,
    /// The names that all manifests together declare, also those of functions that were not chosen.
    pub declared: BTreeSet<String>,
    /// The functions that carry the manifest's tag and are not declared, and what would be lost with them.
    pub undeclared: bool,
    /// Whether each function can be used, which lists do not say.
    pub health: bool,
    /// Versions of functions whose manifest says how many stay.
    pub old_versions: bool,
    /// Versions of layers whose manifest says how many stay.
    pub old_layer_versions: bool,
    /// Aliases and event source mappings of every function, whatever its manifest names.
    pub overview: bool,
}
