//! `GET /docs/`: the OpenAPI document as a page (Swagger UI). Everything comes from this process.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};
use utoipa_swagger_ui::{Config, SwaggerUi};

use contract::http::{DOCS_PATH, OPENAPI_PATH};

use super::problem::Problem;

/// Nothing from elsewhere, no script in the page itself, in nobody's frame. Swagger UI draws icons from `data:` and sets
/// styles on elements.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Its routes.
pub(super) fn routes() -> Router {
    let config = Config::from(OPENAPI_PATH).persist_authorization(false).try_it_out_enabled(true);
    Router::from(SwaggerUi::new(DOCS_PATH).config(config)).route_layer(from_fn(protect))
}

async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        return Problem::not_found().into_response();
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // The files change with the release.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}
