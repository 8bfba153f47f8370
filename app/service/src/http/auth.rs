//! Accounts and their tokens.

mod bodies;
pub(super) mod erase;
pub(super) mod me;
pub(super) mod sign_in;
pub(super) mod sign_up;
pub(super) mod tokens;

use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::account::Account;

use super::problem::Problem;
use super::{App, now};
use crate::auth::LIFETIME_SECONDS;

/// An account.
#[derive(Serialize, ToSchema)]
pub(super) struct User {
    id: Uuid,
    /// Null for a user of another issuer that told none, or one that another account has.
    #[schema(example = "ann@example.com")]
    email: Option<String>,
    #[schema(example = "Ann")]
    name: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A token and whom it stands for.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the token expires.
    expires_in: i64,
    user: User,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        Self { id: account.id, email: account.email, name: account.name, created_at: account.created_at }
    }
}

fn session(app: &App, account: Account) -> Session {
    let access_token = app.authenticator.issue(account.id, now());
    Session { access_token, token_type: "Bearer", expires_in: LIFETIME_SECONDS, user: account.into() }
}

fn check_enabled(app: &App) -> Result<(), Problem> {
    if app.local_accounts {
        return Ok(());
    }
    let detail = "accounts of this application are switched off";
    Err(Problem::new(StatusCode::FORBIDDEN, "local_accounts_disabled", detail))
}
