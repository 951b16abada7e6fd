use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::utf8_percent_encode;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::client::{Client, failed};
use crate::error::CallError;
use crate::operations::SEGMENT;

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
    /// The archive is another one than the service has described.
    #[error("what was downloaded is not the function's code: its digest is another")]
    WrongDigest,
}

impl Client {
    /// Downloads the archive of a zip function, by the link that GetFunction gives for ten minutes, and makes sure that
    /// it is the one.
    pub async fn download_code(&self, name: &str) -> Result<Vec<u8>, DownloadError> {
        let path = format!("/2015-03-31/functions/{}", utf8_percent_encode(name, SEGMENT));
        let answer = self.read("GetFunction", path).await?.ok_or(DownloadError::NoLink)?;
        let link = answer["Code"]["Location"].as_str().and_then(|link| reqwest::Url::parse(link).ok());
        let link = link.filter(|link| matches!(link.scheme(), "http" | "https")).ok_or(DownloadError::NoLink)?;
        let host = link.host_str().unwrap_or_default().to_owned();
        let error = |error: reqwest::Error| failed("GetObject", &host, &error.without_url());
        // The link carries its signature.
        let response = self.execute(reqwest::Request::new(reqwest::Method::GET, link)).await.map_err(error)?;
        if !response.status().is_success() {
            return Err(DownloadError::Refused(response.status().as_u16()));
        }
        let bytes = response.bytes().await.map_err(error)?.to_vec();
        if Some(STANDARD.encode(Sha256::digest(&bytes)).as_str()) != answer["Configuration"]["CodeSha256"].as_str() {
            return Err(DownloadError::WrongDigest);
        }
        Ok(bytes)
    }
}
