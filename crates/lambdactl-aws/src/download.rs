use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambdactl_schema::{Call, Operation, Subject};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::client::Client;
use crate::error::{CallError, failed};
use crate::exchange::Broken;

/// Bytes that an archive may have: the service takes 250 MB of code, unpacked.
const LARGEST: usize = 256 << 20;

/// How long a download may take: 256 MB at 3.5 Mbit/s.
const LONGEST: Duration = Duration::from_secs(600);

/// Why a function's archive could not be had. The link to it, which is as good as a password, is in none of these.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The service gave no link that leads anywhere.
    #[error("the service gave no link to the code")]
    NoLink,
    /// The place that the link leads to did not give it.
    #[error("the code could not be downloaded: status {0}")]
    Refused(u16),
    /// The archive does not end where the service's own limit is.
    #[error("the code was not downloaded: it has more than {} MB, which no function's code has", LARGEST >> 20)]
    TooLarge,
    /// The archive is another one than the service has described.
    #[error("what was downloaded is not the function's code: its digest is another")]
    WrongDigest,
}

impl Client {
    /// Downloads the archive of a zip function, by the link that GetFunction gives for ten minutes, and makes sure that
    /// it is the one.
    pub async fn download_code(&self, name: &str) -> Result<Vec<u8>, DownloadError> {
        let answer = self
            .read(Call::new(Operation::GetFunction, Subject::function(name)))
            .await?
            .ok_or(DownloadError::NoLink)?;
        let link = answer["Code"]["Location"].as_str().and_then(|link| reqwest::Url::parse(link).ok());
        let link = link.filter(|link| matches!(link.scheme(), "http" | "https")).ok_or(DownloadError::NoLink)?;
        let host = link.host_str().unwrap_or_default().to_owned();
        // The link carries its signature.
        let request = reqwest::Request::new(reqwest::Method::GET, link);
        let received = match self.exchange(request, LARGEST, LONGEST).await {
            Ok(received) => received,
            Err(Broken::TooLong(_)) => return Err(DownloadError::TooLarge),
            Err(broken) => return Err(failed(Operation::GetObject, &host, broken).into()),
        };
        if !(200..300).contains(&received.status) {
            return Err(DownloadError::Refused(received.status));
        }
        let bytes = received.body;
        if Some(STANDARD.encode(Sha256::digest(&bytes)).as_str()) != answer["Configuration"]["CodeSha256"].as_str() {
            return Err(DownloadError::WrongDigest);
        }
        Ok(bytes)
    }
}
