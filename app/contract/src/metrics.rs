//! Metric names, as registered by the application and read by rules and dashboards.

/// Histogram, seconds: duration of HTTP requests by `method`, `route` and `status`.
pub const HTTP_REQUEST_DURATION: &str = "http_server_request_duration_seconds";
/// Gauge, seconds: age of the oldest outbox row that is not published yet; 0 with none.
pub const OUTBOX_AGE: &str = "todo_outbox_oldest_age_seconds";
/// Counter: outbox rows published, by `topic`. Exposed with the suffix `_total`.
pub const OUTBOX_PUBLISHED: &str = "todo_outbox_published";
/// Counter: events consumed, by `consumer` and `outcome` (`applied`, `duplicate`, `dead_lettered`). Exposed with
/// the suffix `_total`.
pub const EVENTS_CONSUMED: &str = "todo_events_consumed";
