//! What every answer says to caches and browsers, and 304 for what the client already has (RFC 9110 §13).

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

/// Answers are the user's own: only what can be revalidated is kept, and by nobody but the client.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A layer of all routes.
pub(super) async fn respond(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = if is_read { request.headers().get(IF_NONE_MATCH).cloned() } else { None };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let can_be_kept = is_read && headers.contains_key(ETAG);
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, if can_be_kept { REVALIDATE } else { NO_STORE });
        headers.append(VARY, HeaderValue::from_static("authorization"));
    }
    match known {
        Some(known) if response.status() == StatusCode::OK && matches(&known, response.headers()) => {
            not_modified(response)
        }
        _ => response,
    }
}

/// Weak comparison (RFC 9110 §8.8.3.2) with the entity tag of the answer.
fn matches(known: &HeaderValue, headers: &HeaderMap) -> bool {
    let Some(tag) = headers.get(ETAG).and_then(|tag| tag.to_str().ok()) else { return false };
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let known = known.to_str().unwrap_or_default();
    known.trim() == "*" || known.split(',').any(|known| strong(known) == strong(tag))
}

fn not_modified(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.body_mut() = Body::empty();
    response.headers_mut().remove(CONTENT_TYPE);
    response.headers_mut().remove(CONTENT_LENGTH);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_tag_matches_whether_weak_or_strong() {
        let headers = HeaderMap::from_iter([(ETAG, HeaderValue::from_static("\"3\""))]);
        for known in ["\"3\"", "W/\"3\"", "\"1\", \"3\"", "*"] {
            assert!(matches(&HeaderValue::from_static(known), &headers), "{known}");
        }
        for unknown in ["\"2\"", "3", "", "\"33\""] {
            assert!(!matches(&HeaderValue::from_static(unknown), &headers), "{unknown}");
        }
        assert!(!matches(&HeaderValue::from_static("*"), &HeaderMap::new()));
    }
}
