use std::path::PathBuf;
use std::time::Duration;

use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use lambdactl_package::read_file;
use lambdactl_schema::operations::{Quota, Service};
use lambdactl_schema::partitions;
use reqwest::Certificate;

use crate::address::{is_region, without_query, without_userinfo};
use crate::endpoint::{Variant, endpoint, endpoint_of_iam};
use crate::error::ConnectError;
use crate::profiles::{self, Kept};
use crate::transport::{InProcess, Transport};

/// Bytes of a file of certificates: the largest bundles have some hundred kilobytes.
const LARGEST_BUNDLE: u64 = 16 << 20;

/// What the user said about the account to work with; the rest comes from the environment and the shared
/// configuration files, as in the AWS CLI.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The region, from the manifest or a flag.
    pub region: Option<String>,
    /// The profile, from the flag: it wins over credentials of the environment.
    pub profile: Option<String>,
    /// A role to take on with those credentials, and the external id that it asks for.
    pub role: Option<Role>,
    /// What the environment says of region and profile, where it is not empty.
    pub environment: Environment,
    /// One address for every service.
    pub endpoint_url: Option<String>,
    /// PEM file of the certificates to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// The pace to keep.
    pub rates: Rates,
    /// How long a server may be silent before it is given up; without it a minute. Each call has limits of its own besides.
    pub silence: Option<Duration>,
}

/// A role that is taken on for the calls of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// The external id that its trust policy asks for.
    pub external_id: Option<String>,
}

/// What the environment says beside what aws-config reads of it. CI servers set variables that are empty, which means nothing.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub region: Option<String>,
    /// `AWS_DEFAULT_PROFILE`, else `AWS_PROFILE`.
    pub profile: Option<String>,
    /// The shared files of settings and of credentials.
    pub files: Vec<PathBuf>,
}

/// Requests a second; 0 for no limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Of GetFunction.
    pub get_function: f64,
    /// Of GetPolicy.
    pub get_policy: f64,
    /// Of all other calls of the Lambda API together.
    pub control: f64,
    /// Of the tagging API's GetResources.
    pub tagging: f64,
}

impl Default for Rates {
    /// The service's quotas.
    fn default() -> Self {
        Self {
            get_function: Quota::GetFunction.rate(),
            get_policy: Quota::GetPolicy.rate(),
            control: Quota::Control.rate(),
            tagging: Quota::Tagging.rate(),
        }
    }
}

/// Where calls go and who signs them.
pub struct Connection {
    pub(crate) region: String,
    pub(crate) lambda: String,
    pub(crate) sts: String,
    pub(crate) tagging: String,
    pub(crate) cloudwatch: String,
    pub(crate) ecr: Option<String>,
    pub(crate) s3: String,
    pub(crate) iam: String,
    pub(crate) ec2: String,
    pub(crate) kms: String,
    pub(crate) sqs: String,
    pub(crate) ssm: String,
    pub(crate) secrets_manager: String,
    pub(crate) cloudformation: String,
    /// Whether buckets are part of the path: where the endpoint is the user's own.
    pub(crate) s3_path_style: bool,
    pub(crate) credentials: Kept,
    pub(crate) rates: Rates,
    pub(crate) http: Transport,
}

impl Connection {
    /// Makes a connection to an emulator on this machine, which takes any credentials.
    pub fn local(endpoint_url: &str, region: &str) -> Result<Self, ConnectError> {
        // A proxy has no way to this machine's own addresses.
        let http = http_client(None, |builder| builder.no_proxy())?;
        Self::to_emulator(endpoint_url, region, Transport::Network(http))
    }

    /// Makes a connection to an emulator in this process, whose addresses begin with `endpoint_url`: nothing goes over a
    /// network, and nobody else on the machine can take part.
    pub fn in_process(endpoint_url: &str, region: &str, answer: InProcess) -> Result<Self, ConnectError> {
        Self::to_emulator(endpoint_url, region, Transport::InProcess(answer))
    }

    fn to_emulator(endpoint_url: &str, region: &str, http: Transport) -> Result<Self, ConnectError> {
        if !is_region(region) {
            return Err(ConnectError::BadRegion(region.to_owned()));
        }
        Ok(Self {
            region: region.to_owned(),
            lambda: endpoint_url.to_owned(),
            sts: endpoint_url.to_owned(),
            tagging: endpoint_url.to_owned(),
            cloudwatch: endpoint_url.to_owned(),
            // There are no images on this machine.
            ecr: None,
            s3: endpoint_url.to_owned(),
            iam: endpoint_url.to_owned(),
            ec2: endpoint_url.to_owned(),
            kms: endpoint_url.to_owned(),
            sqs: endpoint_url.to_owned(),
            ssm: endpoint_url.to_owned(),
            secrets_manager: endpoint_url.to_owned(),
            cloudformation: endpoint_url.to_owned(),
            s3_path_style: true,
            credentials: Kept::new(SharedCredentialsProvider::new(Credentials::new(
                "local", "local", None, None, "local",
            ))),
            rates: Rates { get_function: 0.0, get_policy: 0.0, control: 0.0, tagging: 0.0 },
            http,
        })
    }

    /// Finds region, endpoints and credentials. Credentials are fetched with the first call.
    pub async fn resolve(settings: &Settings) -> Result<Self, ConnectError> {
        let environment = &settings.environment;
        let chosen = settings.profile.as_ref().or(environment.profile.as_ref());
        if let Some(profile) = chosen {
            profiles::check(profile, &environment.files)?;
        }
        let profile = chosen.map_or("default", String::as_str);
        // Named in any case: an empty AWS_PROFILE would be a profile without a name.
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).profile_name(profile);
        let region = settings.region.as_ref().or(environment.region.as_ref());
        loader = match region {
            Some(region) => loader.region(Region::new(region.clone())),
            // An empty AWS_REGION would be a region without a name.
            None => {
                let of_profile = ProfileFileRegionProvider::builder().profile_name(profile).build();
                loader.region(RegionProviderChain::first_try(of_profile).or_else(ImdsRegionProvider::builder().build()))
            }
        };
        if let Some(endpoint_url) = settings.endpoint_url.as_ref().filter(|address| !address.is_empty()) {
            loader = loader.endpoint_url(endpoint_url);
        }
        let config = loader.load().await;
        let region = config.region().ok_or(ConnectError::NoRegion)?.to_string();
        if !is_region(&region) {
            return Err(ConnectError::BadRegion(region));
        }
        let variant =
            Variant { fips: config.use_fips().unwrap_or(false), dual_stack: config.use_dual_stack().unwrap_or(false) };
        let custom = |service_id| custom_endpoint(&config, settings, service_id);
        let address = |service: &str, service_id| match custom(service_id) {
            Some(address) => checked(&address, variant),
            None => Ok(endpoint(service, &region, variant)),
        };
        Ok(Self {
            lambda: address("lambda", "Lambda")?,
            sts: address("sts", "STS")?,
            tagging: address("tagging", "Resource Groups Tagging API")?,
            cloudwatch: address("monitoring", "CloudWatch")?,
            // Its plain address has a name of its own (AWS documentation of endpoints).
            ecr: Some(address(if variant.fips || variant.dual_stack { "ecr" } else { "api.ecr" }, "ECR")?),
            s3: address("s3", "S3")?,
            iam: match custom("IAM") {
                Some(address) => checked(&address, variant)?,
                None => endpoint_of_iam(&region, variant),
            },
            ec2: address("ec2", "EC2")?,
            kms: address("kms", "KMS")?,
            sqs: address("sqs", "SQS")?,
            ssm: address("ssm", "SSM")?,
            secrets_manager: address("secretsmanager", "Secrets Manager")?,
            cloudformation: address("cloudformation", "CloudFormation")?,
            s3_path_style: custom("S3").is_some(),
            credentials: {
                let own = match &settings.profile {
                    Some(profile) => profiles::credentials(profile, &region),
                    None => config.credentials_provider().unwrap_or_else(no_credentials),
                };
                match &settings.role {
                    Some(role) => Kept::new(assumed(role, own, &config).await).of_role(&role.arn),
                    None => Kept::new(own).of(chosen, &region),
                }
            },
            rates: settings.rates,
            http: Transport::Network(http_client(settings.ca_bundle.as_ref(), |builder| match settings.silence {
                Some(silence) => builder.read_timeout(silence),
                None => builder,
            })?),
            region,
        })
    }

    /// Returns the address of a service. Where there is no registry of one's own to ask, nobody asks it.
    pub(crate) fn address(&self, service: Service) -> &str {
        match service {
            Service::Lambda => &self.lambda,
            Service::Sts => &self.sts,
            Service::Tagging => &self.tagging,
            Service::CloudWatch => &self.cloudwatch,
            Service::Ecr => self.ecr.as_deref().unwrap_or(&self.lambda),
            Service::S3 => &self.s3,
            Service::Iam => &self.iam,
            Service::Ec2 => &self.ec2,
            Service::Kms => &self.kms,
            Service::Sqs => &self.sqs,
            Service::Ssm => &self.ssm,
            Service::SecretsManager => &self.secrets_manager,
            Service::CloudFormation => &self.cloudformation,
        }
    }

    /// Returns the region that a service's requests are signed for.
    pub(crate) fn signing_region(&self, service: Service) -> &str {
        match service {
            Service::Iam => partitions::of(&self.region).iam.region,
            _ => &self.region,
        }
    }

    /// Returns the address of the Lambda API.
    pub fn endpoint(&self) -> &str {
        &self.lambda
    }

    /// Returns the region.
    pub fn region(&self) -> &str {
        &self.region
    }
}

/// The flag first, then `AWS_ENDPOINT_URL_<SERVICE>`, then `AWS_ENDPOINT_URL`, then the profile.
fn custom_endpoint(config: &SdkConfig, settings: &Settings, service_id: &str) -> Option<String> {
    if settings.endpoint_url.as_ref().is_some_and(|address| !address.is_empty()) {
        return settings.endpoint_url.clone();
    }
    let key = ServiceConfigKey::builder()
        .service_id(service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .expect("all three parts are set");
    // Empty variables mean nothing.
    let is_said = |address: &String| !address.trim().is_empty();
    config
        .service_config()
        .and_then(|services| services.load_config(key))
        .filter(is_said)
        .or_else(|| config.endpoint_url().map(str::to_owned).filter(is_said))
}

/// Returns an endpoint as it is called: without user and password, since the signature takes the place that they would
/// have in a request.
fn checked(address: &str, variant: Variant) -> Result<String, ConnectError> {
    // What stands behind a `#` is never sent, and the path of a call would stand there.
    let is_usable =
        |url: &reqwest::Url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none();
    let url = reqwest::Url::parse(address).ok().filter(is_usable);
    match (url, variant) {
        (None, _) => Err(ConnectError::BadEndpoint(without_query(&without_userinfo(address)).to_owned())),
        (_, Variant { fips: true, .. }) => Err(ConnectError::EndpointVariant("AWS_USE_FIPS_ENDPOINT")),
        (_, Variant { dual_stack: true, .. }) => Err(ConnectError::EndpointVariant("AWS_USE_DUALSTACK_ENDPOINT")),
        (Some(mut url), _) => {
            if url.username().is_empty() && url.password().is_none() {
                return Ok(address.trim().trim_end_matches('/').to_owned());
            }
            // An address with a host can have neither.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            Ok(url.as_str().trim_end_matches('/').to_owned())
        }
    }
}

/// Returns what takes on a role with credentials of its own.
async fn assumed(role: &Role, own: SharedCredentialsProvider, config: &SdkConfig) -> SharedCredentialsProvider {
    let mut builder = AssumeRoleProvider::builder(&role.arn).session_name("lambdactl").configure(config);
    if let Some(external_id) = &role.external_id {
        builder = builder.external_id(external_id);
    }
    SharedCredentialsProvider::new(builder.build_from_provider(own).await)
}

fn no_credentials() -> SharedCredentialsProvider {
    use aws_credential_types::provider::error::CredentialsError;
    use aws_credential_types::provider::{ProvideCredentials, future};

    #[derive(Debug)]
    struct None;
    impl ProvideCredentials for None {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("no credential source is configured")))
        }
    }
    SharedCredentialsProvider::new(None)
}

fn http_client(
    ca_bundle: Option<&PathBuf>,
    adjust: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, ConnectError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("lambdactl/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        // Between two bytes, so that a large upload on a slow line is not cut off.
        .read_timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none());
    if let Some(path) = ca_bundle {
        let error = |source: Box<dyn std::error::Error + Send + Sync>| ConnectError::Certificates {
            path: path.display().to_string(),
            source,
        };
        let pem = read_file(path, LARGEST_BUNDLE).map_err(|source| error(source.into()))?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|source| error(source.into()))?;
        if certificates.is_empty() {
            return Err(error("there is no certificate in it: a PEM file has `-----BEGIN CERTIFICATE-----`".into()));
        }
        builder = builder.tls_certs_only(certificates);
    }
    adjust(builder).build().map_err(ConnectError::Http)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_taken_out_of_endpoints() {
        let endpoint = checked("http://user:pass@127.0.0.1:1/base/", Variant::default()).unwrap();
        assert_eq!(endpoint, "http://127.0.0.1:1/base");
        assert!(checked("http://host/#x", Variant::default()).is_err());
        let error = checked("user:CANARY@host", Variant::default()).unwrap_err().to_string();
        assert!(!error.contains("CANARY"), "{error}");
    }
}
