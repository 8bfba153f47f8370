//! `DELETE /v1/auth/tokens/{id}`

use axum::extract::{Path, State};
use http::StatusCode;
use uuid::Uuid;

use crate::http::App;
use crate::http::caller::Caller;
use crate::http::problem::Problem;

/// Deletes a personal API token. It is refused at once by the replica that answers, by others within 10 seconds.
#[utoipa::path(
    delete, path = "/v1/auth/tokens/{id}", tag = "auth", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 204, description = "deleted"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "no valid token"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "`insufficient_scope`: asked with a personal API token"),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "no such token"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "the database or the issuer of the token is away"),
    ),
)]
pub(crate) async fn delete_token(
    State(app): State<App>,
    Caller(user_id): Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: Uuid = id.parse().map_err(|_| Problem::not_found())?;
    if !app.personal_tokens.delete(user_id, id).await? {
        return Err(Problem::not_found());
    }
    app.authenticator.forget(user_id);
    Ok(StatusCode::NO_CONTENT)
}
