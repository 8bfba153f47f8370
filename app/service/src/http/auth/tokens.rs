//! Personal API tokens of the caller.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::identity::{PersonalToken, Scope};

/// A personal API token, without the token itself.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonalToken)]
pub(crate) struct TokenBody {
    id: Uuid,
    #[schema(example = "nightly export")]
    name: String,
    /// What it allows.
    #[schema(value_type = Vec<String>, example = json!(["tasks:read"]))]
    scopes: Vec<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The minute of its last use; null if it was never used.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
}

impl From<PersonalToken> for TokenBody {
    fn from(token: PersonalToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            scopes: token.scopes.into_iter().map(Scope::as_str).collect(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
        }
    }
}
