//! `POST /v1/auth/tokens`

use axum::Json;
use axum::extract::State;
use http::header::CACHE_CONTROL;
use http::{HeaderName, StatusCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::Invalid;
use domain::identity::{PersonalToken, Room, TOKENS_MAX};

use super::TokenBody;
use crate::auth::NewSecret;
use crate::http::auth::bodies::CreateToken;
use crate::http::caller::Caller;
use crate::http::fields::Fields;
use crate::http::problem::Problem;
use crate::http::{App, now};

/// A new personal API token.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewToken {
    /// The token. It is shown here and never again.
    #[schema(
        pattern = "^todo_pat_[0-9A-Za-z]{43}$",
        example = "todo_pat_0123456789abcdefghijABCDEFGHIJ0123456789abc"
    )]
    token: String,
    #[serde(flatten)]
    about: TokenBody,
}

/// Makes a personal API token for scripts and other clients.
#[utoipa::path(
    post, path = "/v1/auth/tokens", tag = "auth", request_body = CreateToken,
    responses(
        (status = 201, body = NewToken),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "invalid input"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "no valid token"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "`insufficient_scope`: made with a personal API token"),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`too_many_tokens`: the user has 50"),
        (status = 503, body = Problem, content_type = "application/problem+json",
            description = "the database or the issuer of the token is away"),
    ),
)]
pub(crate) async fn create_token(
    State(app): State<App>,
    Caller(user_id): Caller,
    mut fields: Fields,
) -> Result<(StatusCode, [(HeaderName, &'static str); 1], Json<NewToken>), Problem> {
    let name = fields.text("name")?;
    let scopes = scopes(&mut fields)?;
    let days = fields.optional_integer("expires_in_days")?;
    fields.finish()?;
    let token = PersonalToken::new((Uuid::now_v7(), now()), &name, &scopes, days)?;
    let secret = NewSecret::random();
    if app.personal_tokens.create(user_id, &token, secret.hash()).await? == Room::Full {
        let detail = format!("a user has at most {TOKENS_MAX} personal API tokens; delete one");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many_tokens", detail));
    }
    let body = NewToken { token: secret.reveal(), about: token.into() };
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(body)))
}

fn scopes(fields: &mut Fields) -> Result<Vec<String>, Invalid> {
    let items = fields.nullable_array("scopes")?.value();
    let items = items.ok_or_else(|| Invalid::input("scopes", "is required"))?;
    let text = |item| match item {
        Value::String(text) => Ok(text),
        _ => Err(Invalid::input("scopes", "must be an array of strings")),
    };
    items.into_iter().map(text).collect()
}
