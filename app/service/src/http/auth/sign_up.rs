//! `POST /v1/auth/sign-up`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::account::{Account, NewAccount};

use super::{Session, check_enabled, session};
use crate::http::fields::Fields;
use crate::http::problem::Problem;
use crate::http::{App, now};

/// Body of a sign-up.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body for OpenAPI; the body is read field by field")]
#[schema(example = json!({"email": "ann@example.com", "password": "correct horse", "name": "Ann"}))]
pub(crate) struct SignUp {
    /// Unique, whatever the case of its letters.
    #[schema(max_length = 254)]
    email: String,
    #[schema(min_length = 8, max_length = 128)]
    password: String,
    #[schema(max_length = 255)]
    name: Option<String>,
}

/// Makes an account and signs it in.
#[utoipa::path(
    post, path = "/v1/auth/sign-up", tag = "auth", request_body = SignUp, security(()),
    responses(
        (status = 201, body = Session),
        (status = 403, description = "Local accounts are off."),
        (status = 409, description = "The address belongs to another account."),
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
    let account = Account { id: Uuid::now_v7(), email: new.email, name: new.name, created_at: now() };
    let hash = app.0.passwords.hash(new.password).await?;
    app.accounts.create(&account, &hash).await?;
    Ok((StatusCode::CREATED, Json(session(&app, account))))
}
