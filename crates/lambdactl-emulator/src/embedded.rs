use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;

use crate::emulator::{EmulatorOptions, Plane};
use crate::error::EmulatorError;
use crate::http::server;
use crate::store::records::Store;

/// A control plane inside this process, which nobody else can reach: it listens nowhere, and is asked by a call.
///
/// Clones are the same control plane.
#[derive(Clone)]
pub struct Embedded {
    service: TowerToHyperService<Router>,
    store: Arc<Store>,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Embedded").finish_non_exhaustive()
    }
}

impl Embedded {
    /// The base of the addresses that it is asked for. The name can be no host's (RFC 2606): what is sent there by
    /// mistake gets nowhere.
    pub const ENDPOINT: &str = "http://lambda.invalid";

    /// Opens the store; see [`Emulator::start`](crate::Emulator::start) for how it is shared. A port and limits of
    /// connections mean nothing here.
    ///
    /// # Errors
    ///
    /// A malformed account, a state folder that cannot be used or is in use.
    pub async fn open(options: EmulatorOptions) -> Result<Embedded, EmulatorError> {
        let plane = Plane::open(options).await?;
        let store = Arc::clone(&plane.store);
        let router = server::router(Arc::new(plane.shared(Self::ENDPOINT.to_owned())));
        Ok(Embedded { service: TowerToHyperService::new(router), store })
    }

    /// Answers a request.
    pub fn answer(&self, request: Request<Vec<u8>>) -> impl Future<Output = Response<Vec<u8>>> + Send + use<> {
        let answer = self.service.call(request.map(Body::from));
        async move {
            let (parts, body) = answer.await.unwrap_or_else(|never| match never {}).into_parts();
            match to_bytes(body, usize::MAX).await {
                Ok(bytes) => Response::from_parts(parts, bytes.into()),
                // Only a fault that was asked for breaks an answer off.
                Err(_) => {
                    let mut broken = Response::new(Vec::new());
                    *broken.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                    broken
                }
            }
        }
    }

    /// Waits for changes that are being made and closes the store; later requests fail.
    pub fn close(&self) {
        self.store.close();
    }
}
