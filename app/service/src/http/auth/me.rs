//! `GET /v1/auth/me`

use axum::Json;
use axum::extract::State;

use super::User;
use crate::http::App;
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// The account of the token.
#[utoipa::path(
    get, path = "/v1/auth/me", tag = "auth",
    responses(
        (status = 200, body = User),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn me(State(app): State<App>, Caller(user_id): Caller) -> Result<Json<User>, Problem> {
    match app.accounts.by_id(user_id).await? {
        Some(account) => Ok(Json(account.into())),
        None => Err(Problem::unauthorized("the account of the token does not exist")),
    }
}
