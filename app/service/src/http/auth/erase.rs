//! `DELETE /v1/auth/me`

use axum::extract::{FromRequest, Request, State};
use http::StatusCode;

use super::bodies::EraseAccount;
use crate::http::App;
use crate::http::caller::Caller;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

/// Deletes the caller's account with everything of theirs, for good.
///
/// An account that signs in here must send its password; a user of another issuer needs no body. All tokens of the
/// account end. Events that were published before stay in the broker until its retention ends.
#[utoipa::path(
    delete, path = "/v1/auth/me", tag = "auth", request_body(content = Option<EraseAccount>),
    responses(
        (status = 204, description = "deleted"),
        (status = 400, body = Problem, content_type = "application/problem+json",
            description = "the password is missing"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "no valid token"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "`wrong_password`, or `insufficient_scope`: asked with a personal API token"),
        (status = 415, body = Problem, content_type = "application/problem+json",
            description = "the account has a password and the body is no JSON"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "the database or the issuer of the token is away"),
    ),
)]
pub(crate) async fn erase_me(
    State(app): State<App>,
    Caller(user_id): Caller,
    request: Request,
) -> Result<StatusCode, Problem> {
    let hash = app.erasure.password_hash(user_id).await?;
    let hash = hash.ok_or_else(|| Problem::unauthorized("the account of the token does not exist"))?;
    if let Some(hash) = hash {
        let mut fields = Fields::from_request(request, &app).await?;
        let password = fields.text("password")?;
        fields.finish()?;
        if !app.0.passwords.verify(password, Some(hash)).await? {
            let detail = "the password is wrong";
            return Err(Problem::new(StatusCode::FORBIDDEN, "wrong_password", detail).with_field("password"));
        }
    }
    app.erasure.erase(user_id).await?;
    app.authenticator.forget(user_id);
    Ok(StatusCode::NO_CONTENT)
}
