//! The user of a request, and what their token allows.
//!
//! A route takes one of these extractors. [`Caller`] refuses personal API tokens, so that a route which says nothing of
//! scopes is closed to them.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use uuid::Uuid;

use domain::identity::{Access, Grant, Scope};

use super::problem::{Challenge, Problem};
use super::{App, now};
use crate::auth::Refusal;

/// The user of a token that was given for signing in, here or at another issuer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller(pub(super) Uuid);

/// The user of any token, whatever it allows: for what every token may know.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnyCaller(pub(super) Uuid);

/// The user of a token that may read tasks.
#[derive(Clone, Copy, Debug)]
pub(super) struct TaskReader(pub(super) Uuid);

/// The user of a token that may change tasks.
#[derive(Clone, Copy, Debug)]
pub(super) struct TaskWriter(pub(super) Uuid);

/// The user of a token that may read the audit log.
#[derive(Clone, Copy, Debug)]
pub(super) struct AuditReader(pub(super) Uuid);

/// The token of a request is a bearer token (RFC 6750 §2.1).
async fn access(parts: &Parts, app: &App) -> Result<Access, Problem> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(|| Problem::unauthorized("send the header authorization: Bearer <token>"))?;
    let access = app.authenticator.authenticate(token, now()).await?;
    app.0.limits.admit(access.user_id)?;
    Ok(access)
}

async fn with_scope(parts: &Parts, app: &App, needed: Scope) -> Result<Uuid, Problem> {
    let access = access(parts, app).await?;
    match access.grant {
        Grant::Personal(scopes) if !scopes.contains(&needed) => {
            Err(insufficient_scope(format!("the token needs the scope {}", needed.as_str()), Some(needed)))
        }
        _ => Ok(access.user_id),
    }
}

fn insufficient_scope(detail: String, needed: Option<Scope>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "insufficient_scope", detail)
        .with_challenge(Challenge::InsufficientScope(needed))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(_) => Self::unauthorized("the token is invalid or has expired")
                .with_challenge(Challenge::InvalidToken),
            Refusal::IssuerUnavailable(_) => {
                let detail = "the keys of the token's issuer could not be fetched; try again";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "issuer_unavailable", detail)
            }
            Refusal::Store(error) => error.into(),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let access = access(parts, app).await?;
        match access.grant {
            Grant::Session => Ok(Self(access.user_id)),
            Grant::Personal(_) => {
                Err(insufficient_scope("no personal API token may do this; sign in".to_owned(), None))
            }
        }
    }
}

impl FromRequestParts<App> for AnyCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(access(parts, app).await?.user_id))
    }
}

impl FromRequestParts<App> for TaskReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        with_scope(parts, app, Scope::TasksRead).await.map(Self)
    }
}

impl FromRequestParts<App> for TaskWriter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        with_scope(parts, app, Scope::TasksWrite).await.map(Self)
    }
}

impl FromRequestParts<App> for AuditReader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        with_scope(parts, app, Scope::AuditRead).await.map(Self)
    }
}
