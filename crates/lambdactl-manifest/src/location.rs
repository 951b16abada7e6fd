/// An account and a region that a manifest is applied to, and how lambdactl gets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// What it is called.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Its account, where the manifest says it.
    pub account: Option<String>,
    /// The role to take on there.
    pub role_arn: Option<String>,
    /// The external id that the role asks for.
    pub external_id: Option<String>,
}
