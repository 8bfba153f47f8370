//! Refusals as problem documents (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use domain::Invalid;
use domain::identity::Scope;
use domain::ports::{StoreError, TAGGED_MAX};

use super::request;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What the header `www-authenticate` says (RFC 6750 §3).
#[derive(Clone, Copy, Debug)]
pub(super) enum Challenge {
    /// A bearer token is needed.
    Bearer,
    /// The token is not accepted.
    InvalidToken,
    /// The token is accepted, but not for this: it needs the scope, or no personal API token is enough.
    InsufficientScope(Option<Scope>),
}

/// A refused request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// The status code.
    #[serde(serialize_with = "status_code")]
    #[schema(value_type = u16)]
    status: StatusCode,
    /// Reason phrase of the status.
    title: &'static str,
    /// Stable word for programs.
    code: &'static str,
    /// Sentence for people.
    detail: String,
    /// The field or parameter at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Id of the request in the logs; also in the header `x-request-id`.
    request_id: String,
    #[serde(skip)]
    challenge: Option<Challenge>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or_default();
        let request_id = request::current_id();
        Self { status, title, code, detail: detail.into(), field: None, request_id, challenge: None }
    }

    pub(super) fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    pub(super) fn with_field(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), ..self }
    }

    pub(super) fn unauthorized(detail: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail).with_challenge(Challenge::Bearer)
    }

    /// Says how to authenticate.
    pub(super) fn with_challenge(self, challenge: Challenge) -> Self {
        Self { challenge: Some(challenge), ..self }
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such resource")
    }

    pub(super) fn method_not_allowed() -> Self {
        let detail = "the resource does not support this method; see the header allow";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    pub(super) fn unavailable(detail: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }

    pub(super) fn internal() -> Self {
        let detail = "the request could not be processed; the log knows more under the request id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "processing_error", detail)
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        Self::bad_request(invalid.code, invalid.detail).with_field(&invalid.field)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(reason) | StoreError::Contended(reason) => {
                tracing::warn!(reason, "the database is not available");
                Self::unavailable("the database is not available; try again")
            }
            StoreError::NoSuchUser => Self::unauthorized("the account of the token does not exist"),
            StoreError::Invalid(invalid) => invalid.into(),
            StoreError::VersionMismatch(version) => {
                let detail = format!("the task is at version {version}: read it again and repeat the change");
                Self::new(StatusCode::PRECONDITION_FAILED, "precondition_failed", detail)
                    .with_field("if-match")
            }
            StoreError::Busy => {
                let detail = "another request is changing the same thing; try again";
                Self::new(StatusCode::CONFLICT, "busy", detail)
            }
            StoreError::KeyReused => {
                let detail = "the key was used for another request: make a new one for each request";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail)
                    .with_field("idempotency-key")
            }
            StoreError::KeyInFlight => {
                let detail = "the first request with this key is still at work; repeat it later";
                Self::new(StatusCode::CONFLICT, "idempotency_key_in_flight", detail)
                    .with_field("idempotency-key")
            }
            StoreError::EmailTaken => {
                Self::new(StatusCode::CONFLICT, "email_taken", "the address belongs to another account")
                    .with_field("email")
            }
            StoreError::TagExists => {
                Self::new(StatusCode::CONFLICT, "tag_exists", "another tag has this name").with_field("name")
            }
            StoreError::TagInUse => {
                let detail =
                    format!("the tag is on more than {TAGGED_MAX} tasks: remove it from some of them first");
                Self::new(StatusCode::CONFLICT, "tag_in_use", detail)
            }
            StoreError::Rejected(reason) => {
                tracing::error!(reason, "the database rejected a statement");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status;
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, MEDIA_TYPE);
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, challenge.header());
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl Challenge {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Bearer => "Bearer",
            Self::InvalidToken => "Bearer error=\"invalid_token\"",
            Self::InsufficientScope(None) => "Bearer error=\"insufficient_scope\"",
            Self::InsufficientScope(Some(Scope::TasksRead)) => {
                "Bearer error=\"insufficient_scope\", scope=\"tasks:read\""
            }
            Self::InsufficientScope(Some(Scope::TasksWrite)) => {
                "Bearer error=\"insufficient_scope\", scope=\"tasks:write\""
            }
            Self::InsufficientScope(Some(Scope::AuditRead)) => {
                "Bearer error=\"insufficient_scope\", scope=\"audit:read\""
            }
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn status_code<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
