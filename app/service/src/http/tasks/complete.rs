//! `POST /v1/tasks/{id}/complete`

use axum::extract::State;
use axum::response::Response;
use uuid::Uuid;

use domain::ports::Change;

use super::{TaskBody, TaskId, tagged};
use crate::http::caller::TaskWriter;
use crate::http::problem::Problem;
use crate::http::{App, now};

/// Completes a task. Repeating it changes nothing.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/complete", tag = "tasks", security(("bearer" = []), ("personal_token" = ["tasks:write"])), params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = TaskBody, headers(("etag" = String, description = "Version of the task"))),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn complete_task(
    State(app): State<App>,
    TaskWriter(user_id): TaskWriter,
    TaskId(id): TaskId,
) -> Result<Response, Problem> {
    let change = Change { at: now(), event_id: Uuid::now_v7() };
    let task = app.tasks.complete(user_id, id, change).await?;
    task.map(tagged).ok_or_else(Problem::not_found)
}
