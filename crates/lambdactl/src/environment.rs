//! Every environment variable that lambdactl itself reads. The AWS variables beyond these (credentials, profile,
//! endpoints, …) are read by aws-config, as the AWS SDKs do.

use std::collections::BTreeMap;

use lambdactl_aws::Environment;

/// Region, before the profile's.
pub(crate) const AWS_REGION: &str = "AWS_REGION";
/// Region, after [`AWS_REGION`].
pub(crate) const AWS_DEFAULT_REGION: &str = "AWS_DEFAULT_REGION";
/// PEM file of the certificates to trust instead of the system's.
pub(crate) const AWS_CA_BUNDLE: &str = "AWS_CA_BUNDLE";
/// The stage, where `--stage` does not say it.
pub(crate) const LAMBDACTL_STAGE: &str = "LAMBDACTL_STAGE";
/// The account that `--local` plays. Default: 123456789012.
pub(crate) const LOCAL_ACCOUNT: &str = "LAMBDACTL_LOCAL_ACCOUNT";

/// The profile; the first that is set counts, as in the AWS CLI.
pub(crate) const PROFILES: [&str; 2] = ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"];
/// The shared files, and where they are by themselves, from the user's folder.
const FILES: [(&str, &str); 2] =
    [("AWS_CONFIG_FILE", ".aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")];

/// Returns what the environment says of region and profile.
pub(crate) fn of_aws() -> Environment {
    let home = std::env::home_dir().unwrap_or_default();
    let file = |(variable, path): (&str, &str)| get(variable).map_or_else(|| home.join(path), Into::into);
    Environment {
        region: get(AWS_REGION).or_else(|| get(AWS_DEFAULT_REGION)),
        profile: PROFILES.into_iter().find_map(get),
        files: FILES.map(file).into(),
    }
}

/// What CI servers set that look for commands in the log of a step: GitHub (and Forgejo), Azure Pipelines, GitLab, TeamCity.
pub(crate) const READ_BY_SERVER: [&str; 4] = ["GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "TEAMCITY_VERSION"];

/// Returns a variable that is set and not empty.
pub(crate) fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the whole environment, for `${env:NAME}`. A value that is not Unicode cannot be part of a manifest.
pub(crate) fn all() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
