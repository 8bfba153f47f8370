//! `POST /v1/auth/sign-up`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use uuid::Uuid;

use domain::account::{Account, NewAccount};

use super::bodies::SignUp;
use super::{Session, check_enabled, session};
use crate::http::fields::Fields;
use crate::http::problem::Problem;
use crate::http::{App, now};

/// Makes an account and signs it in.
#[utoipa::path(
    post, path = "/v1/auth/sign-up", tag = "auth", request_body = SignUp, security(()),
    responses(
        (status = 201, body = Session),
        (status = 400, body = Problem, content_type = "application/problem+json",
            description = "invalid input"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "`local_accounts_disabled`"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`email_taken`"),
        (status = 415, body = Problem, content_type = "application/problem+json",
            description = "the body is no JSON"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "the database is away, or too many sign-ups at once"),
    ),
)]
pub(crate) async fn sign_up(
    State(app): State<App>,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Session>), Problem> {
    check_enabled(&app)?;
    let (email, password) = (fields.text("email")?, fields.text("password")?);
    let name = fields.optional_text("name")?;
    fields.finish()?;
    let new = NewAccount::new(&email, &password, name.as_deref())?;
    let account = Account { id: Uuid::now_v7(), email: Some(new.email), name: new.name, created_at: now() };
    let hash = app.0.passwords.hash(new.password).await?;
    app.accounts.create(&account, &hash).await?;
    Ok((StatusCode::CREATED, Json(session(&app, account))))
}
