//! The user of a request.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use uuid::Uuid;

use super::problem::Problem;
use super::{App, now};

/// The verified user behind the bearer token (RFC 6750).
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller(pub(super) Uuid);

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| Problem::unauthorized("send the header authorization: Bearer <token>"))?;
        let user = app.tokens.verify(token, now());
        let user = user.ok_or_else(|| Problem::unauthorized("the token is invalid or has expired"))?;
        app.0.limits.admit(user)?;
        Ok(Self(user))
    }
}
