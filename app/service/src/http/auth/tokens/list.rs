//! `GET /v1/auth/tokens`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::TokenBody;
use crate::http::App;
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// The personal API tokens of a user: at most 50.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenList {
    items: Vec<TokenBody>,
}

/// The caller's personal API tokens, newest first. Expired ones stay until the next one is made.
#[utoipa::path(
    get, path = "/v1/auth/tokens", tag = "auth",
    responses(
        (status = 200, body = TokenList),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "no valid token"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "`insufficient_scope`: asked with a personal API token"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "the database or the issuer of the token is away"),
    ),
)]
pub(crate) async fn list_tokens(
    State(app): State<App>,
    Caller(user_id): Caller,
) -> Result<Json<TokenList>, Problem> {
    let tokens = app.personal_tokens.list(user_id).await?;
    Ok(Json(TokenList { items: tokens.into_iter().map(TokenBody::from).collect() }))
}
