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
            // There are no images on this machine.
            ecr: None,
            s3: endpoint_url.to_owned(),
            s3_path_style: true,
            credentials: SharedCredentialsProvider::new(Credentials::new("local", "local", None, None, "local")),
            rates: Rates { get_function: 0.0, control: 0.0, tagging: 0.0 },
            http,
        })
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

/// Whether a text can be a region: it becomes a part of host names and of signatures.
pub(crate) fn is_region(text: &str) -> bool {
    (1..=63).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
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

/// Returns an endpoint as it is shown: a query may hold a key.
pub(crate) fn shown(endpoint: &str) -> String {
    without_query(&without_userinfo(endpoint)).to_owned()
}

fn without_query(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or(address)
}

/// Returns a text without the users and passwords of the addresses in it.
pub(crate) fn without_userinfo(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        result.push_str(before);
        // A password that was not encoded may hold any of the characters that end a host.
        let word = after.split([' ', '\t', '\n', '\r', '"', '\'', '`', '<', '>']).next().unwrap_or_default();
        let host = word.rfind('@').map_or(0, |at| at + 1);
        rest = &after[host..];
    }
    result.push_str(rest);
    // An address whose scheme was forgotten.
    match result.split_once('@') {
        Some((before, host)) if !before.contains([' ', '/']) && before.contains(':') => host.to_owned(),
        _ => result,
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
        let pem = read_pem(path).map_err(|source| error(source.into()))?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|source| error(source.into()))?;
        if certificates.is_empty() {
            return Err(error("there is no certificate in it: a PEM file has `-----BEGIN CERTIFICATE-----`".into()));
        }
        builder = builder.tls_certs_only(certificates);
    }
    adjust(builder).build().map_err(ConnectError::Http)
}

/// Reads a file of certificates. The largest bundles have some hundred kilobytes; a device has no end.
fn read_pem(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read;

    const LARGEST: u64 = 16 << 20;
    // Opening a pipe waits for somebody to write into it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    let mut pem = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut pem)?;
    if pem.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it has more than 16 MB, and cannot be a list of certificates"));
    }
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_secrets() {
        for (address, expected) in [
            ("http://user:pass@127.0.0.1:1/base", "http://127.0.0.1:1/base"),
            ("http://user:p@ss/w?rd@127.0.0.1:1", "http://127.0.0.1:1"),
            ("https://host/base?key=CANARY#x", "https://host/base"),
            ("http://[::1]:4566", "http://[::1]:4566"),
            ("ftp://user:pass@host", "ftp://host"),
            ("user:pass@host:80", "host:80"),
        ] {
            assert_eq!(shown(address), expected);
        }
        let words = "proxy http://a:b@c:1 and \"https://d:e@f\" fail";
        assert_eq!(without_userinfo(words), "proxy http://c:1 and \"https://f\" fail");
        assert_eq!(without_userinfo("mail a@b.c: no address"), "mail a@b.c: no address");
    }

    #[test]
    fn users_are_taken_out_of_endpoints() {
        let endpoint = checked("http://user:pass@127.0.0.1:1/base/", Variant::default()).unwrap();
        assert_eq!(endpoint, "http://127.0.0.1:1/base");
        assert!(checked("http://host/#x", Variant::default()).is_err());
        let error = checked("user:CANARY@host", Variant::default()).unwrap_err().to_string();
        assert!(!error.contains("CANARY"), "{error}");
    }

    #[test]
    fn regions_are_words() {
        for region in ["us-east-1", "eu-isoe-west-1", "local"] {
            assert!(is_region(region));
        }
        for region in ["", "us-east-1\n", "us east", "a.b", "x/../y", "user:pass@host", "é"] {
            assert!(!is_region(region), "{region}");
        }
    }
}
