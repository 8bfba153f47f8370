//! Liveness, readiness and metrics. Nothing here touches the database or the broker.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use contract::http::{LIVENESS_PATH, METRICS_PATH, READINESS_PATH};

/// Says whether work is worth sending; the error is the reason why not. Must answer from memory.
pub type Readiness = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// What probes and scrapes see.
#[derive(Clone)]
pub struct Probes {
    readiness: Readiness,
    registry: Arc<Registry>,
}

impl Probes {
    /// Takes the registry with all metrics of the process.
    #[must_use]
    pub fn new(readiness: Readiness, registry: Registry) -> Self {
        Self { readiness, registry: Arc::new(registry) }
    }

    /// Their routes.
    pub fn routes(self) -> Router {
        Router::new()
            .route(LIVENESS_PATH, get(async || "ok\n"))
            .route(READINESS_PATH, get(ready))
            .route(METRICS_PATH, get(metrics))
            .with_state(self)
    }
}

async fn ready(State(probes): State<Probes>) -> Response {
    match (probes.readiness)() {
        Ok(()) => "ready\n".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")).into_response(),
    }
}

async fn metrics(State(probes): State<Probes>) -> Response {
    let mut text = String::new();
    if encode(&mut text, &probes.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}
