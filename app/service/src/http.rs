//! The HTTP API. One operation per file; every refusal is a problem document (RFC 9457).

mod audit;
mod auth;
mod caller;
mod conditional;
mod cursor;
mod fields;
mod limits;
mod openapi;
mod params;
mod password;
mod probes;
mod problem;
mod recurrence;
mod reminders;
mod request;
mod server;
mod tags;
mod tasks;
mod ui;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use tower_http::cors::CorsLayer;

use domain::identity::{Erasure, PersonalTokens};
use domain::ports::{Accounts, AuditTrail, Reminders, Tags, Tasks};

use crate::auth::Authenticator;

pub use limits::LimitSettings;
pub use openapi::document as openapi_document;
pub use probes::{Probes, Readiness};
pub use request::RequestMetrics;
pub use server::{ServeError, bind, serve};

use limits::Limits;
use password::Passwords;
use problem::Problem;

/// Longest body of a request.
const BODY_LIMIT_BYTES: usize = 128 * 1024;

/// Who may send how much.
#[derive(Clone, Debug, Default)]
pub struct EdgeSettings {
    /// Requests per minute.
    pub limits: LimitSettings,
    /// Origins whose pages may call the API; none without CORS.
    pub allowed_origins: Vec<HeaderValue>,
}

/// What the API is made of.
pub struct Parts {
    /// Tasks.
    pub tasks: Arc<dyn Tasks>,
    /// Tags.
    pub tags: Arc<dyn Tags>,
    /// Reminders across tasks.
    pub reminders: Arc<dyn Reminders>,
    /// Accounts.
    pub accounts: Arc<dyn Accounts>,
    /// The audit log.
    pub audit: Arc<dyn AuditTrail>,
    /// The end of accounts.
    pub erasure: Arc<dyn Erasure>,
    /// Personal API tokens.
    pub personal_tokens: Arc<dyn PersonalTokens>,
    /// Finds the user of a token, and issues tokens of own accounts.
    pub authenticator: Authenticator,
    /// Whether accounts of this application may sign up and in.
    pub local_accounts: bool,
    /// Limits and browsers.
    pub edge: EdgeSettings,
    /// Whether the schema fits this release; until then every request is refused with the reason.
    pub schema: Readiness,
}

#[derive(Clone)]
struct App(Arc<Inner>);

struct Inner {
    parts: Parts,
    passwords: Passwords,
    limits: Limits,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}

/// The routes of `todo api`, probes included. Registers the metrics of requests.
pub fn api(parts: Parts, readiness: Readiness, mut registry: Registry) -> Router {
    let metrics = RequestMetrics::register(&mut registry);
    let (limits, browsers) = (Limits::new(parts.edge.limits), browsers(&parts.edge.allowed_origins));
    let app = App(Arc::new(Inner { parts, passwords: Passwords::new(), limits }));
    let by_address = || from_fn_with_state(app.clone(), limits::by_address);
    let routes = Router::new()
        .route("/v1/auth/sign-up", post(auth::sign_up::sign_up).route_layer(by_address()))
        .route("/v1/auth/sign-in", post(auth::sign_in::sign_in).route_layer(by_address()))
        .route("/v1/auth/me", get(auth::me::me).delete(auth::erase::erase_me))
        .route(
            "/v1/auth/tokens",
            post(auth::tokens::create::create_token).get(auth::tokens::list::list_tokens),
        )
        .route("/v1/auth/tokens/{id}", delete(auth::tokens::delete::delete_token))
        .route("/v1/tasks", post(tasks::create::create_task).get(tasks::list::list_tasks))
        .route(
            "/v1/tasks/{id}",
            get(tasks::get::get_task).patch(tasks::patch::patch_task).delete(tasks::delete::delete_task),
        )
        .route("/v1/tasks/{id}/reopen", post(tasks::reopen::reopen_task))
        .route("/v1/tasks/{id}/restore", post(tasks::restore::restore_task))
        .route("/v1/tasks/{id}/complete", post(tasks::complete::complete_task))
        .route("/v1/tags", get(tags::list::list_tags))
        .route("/v1/tags/{id}", patch(tags::rename::rename_tag).delete(tags::delete::delete_tag))
        .route("/v1/reminders", get(reminders::list_reminders))
        .route("/v1/recurrence/preview", get(recurrence::preview_recurrence))
        .route("/v1/audit", get(audit::list_audit))
        .route_layer(from_fn_with_state(app.clone(), refuse_without_schema))
        .route(contract::http::OPENAPI_PATH, get(openapi::serve_document))
        .route_layer(from_fn_with_state(app.clone(), limits::announce))
        .with_state(app)
        .merge(ui::routes())
        .merge(Probes::new(readiness, registry).routes());
    finish(routes, browsers, metrics)
}

/// The routes of a role that serves only probes and metrics.
pub fn probes(readiness: Readiness, mut registry: Registry) -> Router {
    let metrics = RequestMetrics::register(&mut registry);
    finish(Probes::new(readiness, registry).routes(), None, metrics)
}

/// One clear refusal instead of an error per statement.
async fn refuse_without_schema(State(app): State<App>, request: Request, next: Next) -> Response {
    match (app.schema)() {
        Ok(()) => next.run(request).await,
        Err(reason) => Problem::unavailable(&reason).into_response(),
    }
}

fn finish(routes: Router, browsers: Option<CorsLayer>, metrics: RequestMetrics) -> Router {
    let routes =
        routes.fallback(async || Problem::not_found()).method_not_allowed_fallback(method_not_allowed);
    // Layers are outside of both fallbacks: a browser asks with OPTIONS first.
    let routes = match browsers {
        Some(browsers) => routes.layer(browsers),
        None => routes,
    };
    routes
        .layer(from_fn(conditional::respond))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(from_fn_with_state(metrics, request::observe))
}

/// `OPTIONS` tells the methods of a resource in `allow`, and so does the refusal of any other.
async fn method_not_allowed(method: Method) -> Response {
    match method {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => Problem::method_not_allowed().into_response(),
    }
}

/// What pages of other origins may do. Without credentials: tokens are sent by scripts, not by browsers.
fn browsers(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let exposed = ["etag", "location", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id"];
    let allowed = ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"];
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(origins.to_vec())
            .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
            .allow_headers(allowed.map(HeaderName::from_static))
            .expose_headers(exposed.map(HeaderName::from_static))
            .max_age(Duration::from_mins(10))
    })
}

/// The time with the precision of the store, so that an answer equals what is read later.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
