use crate::secrets::Secrets;

/// What may be done beyond creating what is missing.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// What is said about secrets.
    pub secrets: Secrets,
    /// Functions that differ are changed in place.
    pub update: bool,
    /// Functions that may be deleted and created again.
    pub replace: Vec<String>,
    /// Functions that the manifest owns and no longer declares are deleted.
    pub prune: bool,
    /// Functions are deleted even though others depend on them.
    pub force: bool,
}
