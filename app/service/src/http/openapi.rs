//! The OpenAPI document: generated from the operations, completed with what all of them share, and served.

mod bodies;
mod parameters;
mod responses;

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use serde_json::Value;
use sha2::{Digest, Sha256};
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
    tags(
        (name = "auth", description = "Accounts and tokens."),
        (name = "tasks", description = "Tasks of the caller."),
        (name = "tags", description = "Tags of the caller's tasks."),
        (name = "reminders", description = "Reminders of the caller's tasks."),
        (name = "recurrence", description = "Rules by which tasks repeat."),
        (name = "audit", description = "What happened to the caller's tasks."),
    ),
    components(schemas(super::problem::Problem)),
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

/// The OpenAPI 3.1 document of the API, with two spaces of indentation.
///
/// # Panics
///
/// Never: the document has only texts as keys.
#[must_use]
pub fn document() -> String {
    serde_json::to_string_pretty(&completed()).expect("the keys are texts")
}

fn completed() -> Value {
    let mut document = serde_json::to_value(Document::openapi()).expect("the keys are texts");
    parameters::complete(&mut document);
    responses::complete(&mut document);
    bodies::close(&mut document);
    document
}

/// What is sent, made once, and its entity tag.
static SERVED: LazyLock<(Bytes, HeaderValue)> = LazyLock::new(|| {
    let text = completed().to_string();
    let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..12]);
    let tag = HeaderValue::try_from(format!("\"{digest}\"")).expect("letters, digits and quotes");
    (Bytes::from(text), tag)
});

pub(super) async fn serve_document() -> Response {
    let (text, tag) = &*SERVED;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("public, no-cache")),
        (ETAG, tag.clone()),
    ];
    (headers, text.clone()).into_response()
}

#[cfg(test)]
#[path = "openapi/tests.rs"]
mod tests;
