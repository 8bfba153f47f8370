//! `DELETE /v1/tags/{id}`

use axum::extract::State;
use http::StatusCode;

use crate::http::caller::TaskWriter;
use crate::http::problem::Problem;
use crate::http::tasks::TaskId as TagId;
use crate::http::{App, now};

/// Deletes a tag and removes it from all tasks.
///
/// Each task that carries the tag and is not deleted changes: it gets a new version (and entity tag), `updated_at` and
/// an event `todo.task.updated.v1`. A tag on more than 10000 tasks is not deleted (409 `tag_in_use`).
#[utoipa::path(
    delete, path = "/v1/tags/{id}", tag = "tags",
    security(("bearer" = []), ("personal_token" = ["tasks:write"])), params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = 409, description = "`tag_in_use`: more than 10000 tasks have the tag."),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_tag(
    State(app): State<App>,
    TaskWriter(user_id): TaskWriter,
    TagId(id): TagId,
) -> Result<StatusCode, Problem> {
    let deleted = app.tags.delete(user_id, id, now()).await?;
    if deleted { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}
