//! Bodies of requests as OpenAPI describes them: they are read field by field.
#![expect(dead_code, reason = "only the descriptions are used")]

use utoipa::ToSchema;

/// Body of a sign-up.
#[derive(ToSchema)]
pub(crate) struct SignUp {
    /// Unique, whatever the case of its letters.
    #[schema(max_length = 254, example = "ann@example.com")]
    email: String,
    #[schema(min_length = 8, max_length = 128, example = "correct horse")]
    password: String,
    #[schema(max_length = 255, example = "Ann")]
    name: Option<String>,
}

/// Body of a sign-in.
#[derive(ToSchema)]
pub(crate) struct SignIn {
    #[schema(example = "ann@example.com")]
    email: String,
    #[schema(example = "correct horse")]
    password: String,
}

/// Body of a new personal API token.
#[derive(ToSchema)]
pub(crate) struct CreateToken {
    /// Trimmed.
    #[schema(min_length = 1, max_length = 100, example = "nightly export")]
    name: String,
    /// Of `tasks:read`, `tasks:write` and `audit:read`; none implies another.
    #[schema(min_items = 1, max_items = 3, example = json!(["tasks:read"]))]
    scopes: Vec<String>,
    #[schema(minimum = 1, maximum = 365, default = 90)]
    expires_in_days: Option<i64>,
}

/// Body of the deletion of an account that signs in here.
#[derive(ToSchema)]
pub(crate) struct EraseAccount {
    /// The password of the account.
    #[schema(example = "correct horse")]
    password: String,
}
