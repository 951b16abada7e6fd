//! The way of requests to who answers them.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::{Request, Response};

/// What answers requests inside this process.
pub type InProcess = Arc<dyn Fn(http::Request<Vec<u8>>) -> BoxFuture<'static, http::Response<Vec<u8>>> + Send + Sync>;

/// The way of requests.
pub(crate) enum Transport {
    Network(reqwest::Client),
    InProcess(InProcess),
}

impl Transport {
    /// Sends a request and returns the answer, whose body may be still on its way.
    pub(crate) async fn execute(&self, request: Request) -> Result<Response, reqwest::Error> {
        match self {
            Self::Network(client) => client.execute(request).await,
            Self::InProcess(answer) => {
                let request: http::Request<reqwest::Body> = request.try_into()?;
                // Bodies that are streams are for files, and what is sent here is in memory.
                let request = request.map(|body| body.as_bytes().unwrap_or_default().to_vec());
                Ok(answer(request).await.into())
            }
        }
    }
}
