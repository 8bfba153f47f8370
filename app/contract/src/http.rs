//! Ports and paths that probes, Services and scrapers use.

/// Name of the service port in pods and Services.
pub const PORT_NAME: &str = "http";
/// TCP port of every role that serves HTTP.
pub const PORT: u16 = 8080;
/// Liveness: 200 while the process can make progress; touches nothing outside the process.
pub const LIVENESS_PATH: &str = "/healthz";
/// Readiness: 200 when requests (or records) are worth sending; 503 while starting and while draining.
pub const READINESS_PATH: &str = "/readyz";
/// Metrics in the OpenMetrics text format.
pub const METRICS_PATH: &str = "/metrics";
/// The OpenAPI 3.1 document.
pub const OPENAPI_PATH: &str = "/openapi.json";
/// The OpenAPI document as a page.
pub const DOCS_PATH: &str = "/docs";
