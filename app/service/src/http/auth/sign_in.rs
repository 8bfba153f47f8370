//! `POST /v1/auth/sign-in`

use axum::Json;
use axum::extract::State;
use utoipa::ToSchema;

use domain::account::{PASSWORD_MAX, email_address};

use super::{Session, check_enabled, session};
use crate::http::App;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

/// Body of a sign-in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body for OpenAPI; the body is read field by field")]
#[schema(example = json!({"email": "ann@example.com", "password": "correct horse"}))]
pub(crate) struct SignIn {
    email: String,
    password: String,
}

/// Gives a token for an e-mail address and its password.
#[utoipa::path(
    post, path = "/v1/auth/sign-in", tag = "auth", request_body = SignIn, security(()),
    responses(
        (status = 200, body = Session),
        (status = 401, description = "The address or the password is wrong."),
        (status = 403, description = "Local accounts are off."),
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
