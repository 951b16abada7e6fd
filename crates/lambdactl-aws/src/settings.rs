use std::path::PathBuf;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use reqwest::Certificate;

use crate::endpoint::{Variant, endpoint};
use crate::error::ConnectError;
use crate::pace::{CONTROL_RATE, GET_FUNCTION_RATE, TAGGING_RATE};
use crate::transport::{InProcess, Transport};

/// What the user said about the account to work with; the rest comes from the environment and the shared
/// configuration files, as in the AWS CLI.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The region, from the manifest or a flag.
    pub region: Option<String>,
    /// The profile.
    pub profile: Option<String>,
    /// One address for every service.
    pub endpoint_url: Option<String>,
    /// PEM file of the certificates to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// The pace to keep.
    pub rates: Rates,
}

/// Requests a second; 0 for no limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Of GetFunction.
    pub get_function: f64,
    /// Of all other calls of the Lambda API together.
    pub control: f64,
    /// Of the tagging API's GetResources.
    pub tagging: f64,
}

impl Default for Rates {
    /// The service's quotas.
    fn default() -> Self {
        Self { get_function: GET_FUNCTION_RATE, control: CONTROL_RATE, tagging: TAGGING_RATE }
    }
}

/// Where calls go and who signs them.
pub struct Connection {
    pub(crate) region: String,
    pub(crate) lambda: String,
    pub(crate) sts: String,
    pub(crate) tagging: String,
    pub(crate) ecr: Option<String>,
    pub(crate) s3: String,
    /// Whether buckets are part of the path: where the endpoint is the user's own.
    pub(crate) s3_path_style: bool,
    pub(crate) credentials: SharedCredentialsProvider,
    pub(crate) rates: Rates,
    pub(crate) http: Transport,
}

impl Connection {
    /// Makes a connection to an emulator on this machine, which takes any credentials.
    pub fn local(endpoint_url: &str, region: &str) -> Result<Self, ConnectError> {
        // A proxy has no way to this machine's own addresses.
        let http = http_client(None, |builder| builder.no_proxy())?;
        Ok(Self::to_emulator(endpoint_url, region, Transport::Network(http)))
    }

    /// Makes a connection to an emulator in this process, whose addresses begin with `endpoint_url`: nothing goes over a
    /// network, and nobody else on the machine can take part.
    pub fn in_process(endpoint_url: &str, region: &str, answer: InProcess) -> Self {
        Self::to_emulator(endpoint_url, region, Transport::InProcess(answer))
    }

    fn to_emulator(endpoint_url: &str, region: &str, http: Transport) -> Self {
        Self {
            region: region.to_owned(),
            lambda: endpoint_url.to_owned(),
            sts: endpoint_url.to_owned(),
            tagging: endpoint_url.to_owned(),
            // There are no images on this machine.
            ecr: None,
            s3: endpoint_url.to_owned(),
            s3_path_style: true,
            credentials: SharedCredentialsProvider::new(Credentials::new("local", "local", None, None, "local")),
            rates: Rates { get_function: 0.0, control: 0.0, tagging: 0.0 },
            http,
        }
    }

    /// Finds region, endpoints and credentials. Credentials are fetched with the first call.
    pub async fn resolve(settings: &Settings) -> Result<Self, ConnectError> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint_url) = &settings.endpoint_url {
            loader = loader.endpoint_url(endpoint_url);
        }
        let config = loader.load().await;
        let region = config.region().ok_or(ConnectError::NoRegion)?.to_string();
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
            // Its plain address has a name of its own (AWS documentation of endpoints).
            ecr: Some(address(if variant.fips || variant.dual_stack { "ecr" } else { "api.ecr" }, "ECR")?),
            s3: address("s3", "S3")?,
            s3_path_style: custom("S3").is_some(),
            credentials: config.credentials_provider().unwrap_or_else(no_credentials),
            rates: settings.rates,
            http: Transport::Network(http_client(settings.ca_bundle.as_ref(), |builder| builder)?),
            region,
        })
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
    if settings.endpoint_url.is_some() {
        return settings.endpoint_url.clone();
    }
    let key = ServiceConfigKey::builder()
        .service_id(service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .expect("all three parts are set");
    config
        .service_config()
        .and_then(|services| services.load_config(key))
        .or_else(|| config.endpoint_url().map(str::to_owned))
}

fn checked(address: &str, variant: Variant) -> Result<String, ConnectError> {
    let url =
        reqwest::Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match (url, variant) {
        (None, _) => Err(ConnectError::BadEndpoint(address.to_owned())),
        (_, Variant { fips: true, .. }) => Err(ConnectError::EndpointVariant("AWS_USE_FIPS_ENDPOINT")),
        (_, Variant { dual_stack: true, .. }) => Err(ConnectError::EndpointVariant("AWS_USE_DUALSTACK_ENDPOINT")),
        (Some(_), _) => Ok(address.trim_end_matches('/').to_owned()),
    }
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
        let pem = std::fs::read(path).map_err(|source| error(source.into()))?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|source| error(source.into()))?;
        builder = builder.tls_certs_only(certificates);
    }
    adjust(builder).build().map_err(ConnectError::Http)
}
