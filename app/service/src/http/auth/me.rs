//! `GET /v1/auth/me`

use axum::Json;
use axum::extract::State;

use super::User;
use crate::http::App;
use crate::http::caller::AnyCaller;
use crate::http::problem::Problem;

/// The account of the token. Every token may ask, whatever its scopes.
#[utoipa::path(
    get, path = "/v1/auth/me", tag = "auth", security(("bearer" = []), ("personal_token" = [])),
    responses(
        (status = 200, body = User),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "no valid token"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "`issuer_unavailable`: the keys of the token's issuer were never received"),
    ),
)]
pub(crate) async fn me(State(app): State<App>, AnyCaller(user_id): AnyCaller) -> Result<Json<User>, Problem> {
    match app.accounts.by_id(user_id).await? {
        Some(account) => Ok(Json(account.into())),
        None => Err(Problem::unauthorized("the account of the token does not exist")),
    }
}
