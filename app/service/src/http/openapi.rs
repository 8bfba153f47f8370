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
    modifiers(&BearerToken),
)]
struct Document;

struct BearerToken;

impl Modify for BearerToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(scheme));
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
