//! `POST /v1/auth/sign-in`

use axum::Json;
use axum::extract::State;

use domain::account::{PASSWORD_MAX, email_address};

use super::bodies::SignIn;
use super::{Session, check_enabled, session};
use crate::http::App;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

/// Gives a token for an e-mail address and its password.
#[utoipa::path(
    post, path = "/v1/auth/sign-in", tag = "auth", request_body = SignIn, security(()),
    responses(
        (status = 200, body = Session),
        (status = 400, body = Problem, content_type = "application/problem+json",
            description = "invalid input"),
        (status = 401, body = Problem, content_type = "application/problem+json",
            description = "the address or the password is wrong"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "`local_accounts_disabled`"),
        (status = 415, body = Problem, content_type = "application/problem+json",
            description = "the body is no JSON"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "the database is away, or too many sign-ins at once"),
    ),
)]
pub(crate) async fn sign_in(State(app): State<App>, mut fields: Fields) -> Result<Json<Session>, Problem> {
    check_enabled(&app)?;
    let (email, password) = (fields.text("email")?, fields.text("password")?);
    fields.finish()?;
    // The answer does not tell whether the address is known, and takes the same time.
    let known = match email_address(&email) {
        Ok(email) if password.chars().count() <= PASSWORD_MAX => app.accounts.by_email(&email).await?,
        _ => None,
    };
    let (account, hash) = known.unzip();
    let matches = app.0.passwords.verify(password, hash).await?;
    match account.filter(|_| matches) {
        Some(account) => Ok(Json(session(&app, account))),
        None => Err(Problem::unauthorized("the address or the password is wrong")),
    }
}
