//! Profiles of the shared AWS configuration files, chosen as the AWS CLI chooses them.

use std::path::{Path, PathBuf};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_types::region::Region;
use lambdactl_package::read_file;
use tokio::sync::Mutex;

use crate::error::{CallError, ConnectError, root_cause};

/// Bytes of a configuration file that are looked through at most.
const LARGEST: u64 = 4 << 20;

/// Makes sure that a profile is in one of the files, and says which were looked through where it is not.
pub(crate) fn check(profile: &str, files: &[PathBuf]) -> Result<(), ConnectError> {
    // Everybody has this one, with or without a section.
    if profile == "default" || files.iter().any(|file| names(file).iter().any(|name| name == profile)) {
        return Ok(());
    }
    let files = files.iter().map(|file| file.display().to_string()).collect();
    Err(ConnectError::NoProfile { profile: profile.to_owned(), files })
}

/// Returns the credentials of a profile that was named on the command line: those of the environment are not looked at, and
/// where the profile has none, those of the machine are (as in the AWS CLI).
pub(crate) fn credentials(profile: &str, region: &str) -> SharedCredentialsProvider {
    let config = config(region);
    let chain = CredentialsProviderChain::first_try("Profile", of_profile(profile, &config))
        .or_else("EcsContainer", EcsCredentialsProvider::builder().configure(&config).build())
        .or_else("Ec2InstanceMetadata", ImdsCredentialsProvider::builder().configure(&config).build());
    SharedCredentialsProvider::new(chain)
}

fn config(region: &str) -> ProviderConfig {
    ProviderConfig::without_region().with_region(Some(Region::new(region.to_owned())))
}

fn of_profile(profile: &str, config: &ProviderConfig) -> ProfileFileCredentialsProvider {
    ProfileFileCredentialsProvider::builder().configure(config).profile_name(profile).build()
}

/// Credentials that are kept until shortly before they expire: a role is assumed once, not for every request.
pub(crate) struct Kept {
    provider: SharedCredentialsProvider,
    /// The profile that was chosen, and what would read it alone.
    profile: Option<(String, ProfileFileCredentialsProvider)>,
    /// The role that is taken on.
    role: Option<String>,
    kept: Mutex<Option<Credentials>>,
}

impl Kept {
    pub(crate) fn new(provider: SharedCredentialsProvider) -> Self {
        Self { provider, profile: None, role: None, kept: Mutex::default() }
    }

    /// Names the profile that was chosen: where nothing has credentials, what is wrong with it is the cause.
    pub(crate) fn of(self, profile: Option<&String>, region: &str) -> Self {
        let profile = profile.map(|profile| (profile.clone(), of_profile(profile, &config(region))));
        Self { profile, ..self }
    }

    /// Names the role that is taken on.
    pub(crate) fn of_role(self, role: &str) -> Self {
        Self { role: Some(role.to_owned()), ..self }
    }

    /// Returns credentials that hold for some minutes. Whoever comes while they are fetched waits for them.
    pub(crate) async fn get(&self) -> Result<Credentials, CallError> {
        /// The AWS SDKs fetch new ones within this time before the end.
        const MARGIN: std::time::Duration = std::time::Duration::from_secs(5 * 60);
        let mut kept = self.kept.lock().await;
        let is_good = |credentials: &Credentials| {
            credentials.expiry().is_none_or(|expiry| expiry > std::time::SystemTime::now() + MARGIN)
        };
        if let Some(credentials) = kept.as_ref().filter(|credentials| is_good(credentials)) {
            return Ok(credentials.clone());
        }
        let credentials = match self.provider.provide_credentials().await {
            Ok(credentials) => credentials,
            Err(error) => return Err(CallError::Credentials { reason: self.reason(&error).await }),
        };
        *kept = Some(credentials.clone());
        Ok(credentials)
    }
}

impl Kept {
    async fn reason(&self, error: &CredentialsError) -> String {
        let chain = root_cause(error);
        if let Some(role) = &self.role {
            return format!("the role {role} was not taken on: {chain}");
        }
        let Some((profile, provider)) = &self.profile else { return chain };
        // The chain says of a profile that it had nothing, and not why.
        let of_profile = match error {
            CredentialsError::CredentialsNotLoaded(_) => provider.provide_credentials().await.err(),
            _ => None,
        };
        match of_profile {
            Some(error) => {
                let cause = root_cause(&error);
                // A profile without any key that is about credentials: the library speaks of its own features then.
                let is_nothing = cause.trim().is_empty() || cause.contains("was not enabled");
                let cause = if is_nothing { "it has no credentials" } else { &cause };
                format!("profile `{profile}`: {cause}")
            }
            None => format!("profile `{profile}`: {chain}"),
        }
    }
}

/// The names of the profiles in a file: `[NAME]` in the file of credentials, `[profile NAME]` in that of settings.
fn names(file: &Path) -> Vec<String> {
    let Ok(bytes) = read_file(file, LARGEST) else { return Vec::new() };
    names_in(&String::from_utf8_lossy(&bytes))
}

fn names_in(text: &str) -> Vec<String> {
    let section = |line: &str| {
        let name = line.trim().strip_prefix('[')?.split(']').next()?.trim();
        let name = match name.split_once(char::is_whitespace) {
            Some(("profile", name)) => name.trim(),
            // Another kind of section, such as `sso-session`, or a name with a space of the file of credentials.
            Some(("sso-session" | "services", _)) => return None,
            _ => name,
        };
        Some(name.trim_matches(['"', '\'']).to_owned())
    };
    text.lines().filter_map(section).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_of_both_files_name_profiles() {
        let text = "# [profile none]\n[default]\nregion = x\n[profile second]\n [ profile \"my own\" ]\n[sso-session s]\n[plain]\n";
        assert_eq!(names_in(text), ["default", "second", "my own", "plain"]);
    }

    #[test]
    fn missing_profile_is_named_with_the_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let (config, credentials) = (folder.path().join("config"), folder.path().join("credentials"));
        std::fs::write(&config, "[profile one]\n").expect("a file");
        let files = [config, credentials];
        assert!(check("one", &files).is_ok() && check("default", &files).is_ok());
        let error = check("nosuch", &files).expect_err("none").to_string();
        assert!(error.contains("`nosuch`") && error.contains("config") && error.contains("credentials"), "{error}");
    }
}
