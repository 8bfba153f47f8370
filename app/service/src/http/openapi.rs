//! The OpenAPI document, generated from the operations.

use axum::Json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{audit, auth, recurrence, reminders, tags, tasks};

#[derive(OpenApi)]
#[openapi(
    info(title = "todo", description = "Tasks, accounts and the audit log of TodoPlatform."),
    paths(
        auth::sign_up::sign_up,
        auth::sign_in::sign_in,
        auth::me::me,
        auth::erase::erase_me,
        auth::tokens::create::create_token,
        auth::tokens::list::list_tokens,
        auth::tokens::delete::delete_token,
        tasks::create::create_task,
        tasks::list::list_tasks,
        tasks::get::get_task,
        tasks::patch::patch_task,
        tasks::delete::delete_task,
        tasks::complete::complete_task,
        tasks::reopen::reopen_task,
        tasks::restore::restore_task,
        tags::list::list_tags,
        tags::rename::rename_tag,
        tags::delete::delete_tag,
        reminders::list_reminders,
        recurrence::preview_recurrence,
        audit::list_audit,
    ),
    security(("bearer" = [])),
    modifiers(&BearerTokens),
)]
struct Document;

struct BearerTokens;

impl Modify for BearerTokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, format, description) in [
            ("bearer", "JWT", "A token of sign-in, here or at another issuer. It may do everything."),
            (
                "personal_token",
                "todo_pat_…",
                "A personal API token. It may do what its scopes say; the operations that take one name the scope.",
            ),
        ] {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format(format);
            let scheme = SecurityScheme::Http(scheme.description(Some(description)).build());
            components.add_security_scheme(name, scheme);
        }
    }
}

/// The OpenAPI 3.1 document of the API.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

pub(super) async fn serve_document() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
