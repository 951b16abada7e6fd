//! The server of the loop: a page for people, health for supervisors, metrics for Prometheus.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use lambdactl_emulator::{Foreign, Gate, Limits, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::continuous::board::Board;
use crate::continuous::metrics::{self, Times};
use crate::continuous::page;

/// Connections at a time: supervisors and scrapers are few.
const CONNECTIONS: usize = 64;

/// What is served.
#[derive(Clone)]
pub(crate) struct Served {
    pub(crate) board: Arc<Board>,
    pub(crate) times: Arc<Times>,
}

/// Listens, and serves from then on.
pub(crate) async fn listen(address: &str, names: &[String], served: Served) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let address = listener.local_addr().context("cannot listen")?;
    let gate = Gate { takes_addresses: !address.ip().is_loopback(), takes_tls: true, names: names.to_vec() };
    let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
    tokio::spawn(async move {
        // It serves until the process ends.
        let (_for_ever, stop) = oneshot::channel();
        serve(listener, router(served, gate), limits, stop).await;
    });
    Ok(address)
}

fn router(served: Served, gate: Gate) -> Router {
    let guard = move |request: Request, next: Next| {
        let refusal = gate.refusal(request.uri(), request.headers());
        async move {
            let words = match refusal {
                None => return next.run(request).await,
                Some(Foreign::Host) => {
                    "this name is not one of the server's: ask by its address, or pass --allow-host NAME\n"
                }
                Some(Foreign::Origin) => "web pages of other origins are not answered\n",
            };
            (StatusCode::FORBIDDEN, words).into_response()
        }
    };
    Router::new()
        .route("/", get(status_page))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(of_metrics))
        .layer(middleware::from_fn(guard))
        .layer(middleware::map_response(with_headers))
        .with_state(served)
}

async fn status_page(State(served): State<Served>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, lambdactl_page::content_security_policy()),
    ];
    (headers, page::made(&served.board)).into_response()
}

async fn healthz(State(served): State<Served>) -> Response {
    verdict(served.board.is_alive(), "no pass has ended for too long\n")
}

async fn readyz(State(served): State<Served>) -> Response {
    verdict(served.board.is_ready(), "no pass over every location has ended well yet\n")
}

fn verdict(is_good: bool, trouble: &'static str) -> Response {
    match is_good {
        true => (StatusCode::OK, "ok\n").into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, trouble).into_response(),
    }
}

async fn of_metrics(State(served): State<Served>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], metrics::written(&served.board, &served.times)).into_response()
}

/// Nothing of what is served is to be kept, framed or taken for something else.
async fn with_headers(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
