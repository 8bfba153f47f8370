//! What every request gets: an id, a log line and a measurement.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tracing::{Instrument, debug, info, info_span};
use uuid::Uuid;

/// Header of the request id, in both directions.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from a client.
const REQUEST_ID_MAX: usize = 128;
/// Upper bounds of the duration histogram, in seconds (OpenTelemetry's advice for HTTP servers).
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

tokio::task_local! {
    static CURRENT: Arc<str>;
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: Arc<str>,
    status: u16,
}

/// Durations of requests by method, route and status.
#[derive(Clone)]
pub struct RequestMetrics(Family<RequestLabels, Histogram, fn() -> Histogram>);

impl RequestMetrics {
    /// Registers the histogram.
    pub fn register(registry: &mut Registry) -> Self {
        let family = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        registry.register(
            contract::metrics::HTTP_REQUEST_DURATION,
            "Duration of HTTP requests",
            family.clone(),
        );
        Self(family)
    }
}

/// Id of the request that this task serves; empty outside a request.
pub(super) fn current_id() -> String {
    CURRENT.try_with(ToString::to_string).unwrap_or_default()
}

/// The outermost layer.
pub(super) async fn observe(State(metrics): State<RequestMetrics>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&request);
    let method = method_label(request.method());
    let path = request.uri().path().to_owned();
    let route: Arc<str> =
        request.extensions().get::<MatchedPath>().map_or("unmatched", |matched| matched.as_str()).into();
    let span = info_span!("request", request_id = %id, method, path);
    let mut response = CURRENT.scope(id.clone(), next.run(request).instrument(span.clone())).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, seconds) = (response.status().as_u16(), started.elapsed().as_secs_f64());
    span.in_scope(|| log(&route, status, seconds));
    metrics.0.get_or_create(&RequestLabels { method, route, status }).observe(seconds);
    response
}

fn log(route: &str, status: u16, seconds: f64) {
    // Probes and scrapes come every few seconds and say nothing.
    if route.starts_with("/v1/") || status >= 400 {
        info!(route, status, seconds, "request served");
    } else {
        debug!(route, status, seconds, "request served");
    }
}

/// The client's id if it is short and harmless in logs, else a new one.
fn request_id(request: &Request) -> Arc<str> {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match given.filter(|id| is_harmless(id)) {
        Some(id) => id.into(),
        None => Uuid::now_v7().to_string().into(),
    }
}

fn is_harmless(id: &str) -> bool {
    (1..=REQUEST_ID_MAX).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
}

/// Unknown methods share one label: a client must not make up time series.
fn method_label(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_short_and_harmless_id_is_taken_over() {
        assert!(is_harmless("0190-abc_DEF.1:2"));
        for id in ["", "a b", "a\"b", "ü", &"x".repeat(129)] {
            assert!(!is_harmless(id), "{id:?} was taken over");
        }
    }

    #[test]
    fn a_made_up_method_gets_no_label_of_its_own() {
        let method: Method = "BREW".parse().expect("a token");
        assert_eq!(method_label(&method), "_OTHER");
    }
}
