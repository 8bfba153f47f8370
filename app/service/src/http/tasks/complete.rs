//! `POST /v1/tasks/{id}/complete`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use domain::change::Change;

use super::body::answered;
use super::preconditions::Preconditions;
use super::{TaskBody, TaskId, change};
use crate::http::App;
use crate::http::caller::TaskWriter;
use crate::http::problem::Problem;

/// Completes a task. Repeating it changes nothing. A task that repeats gets its next occurrence.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/complete", tag = "tasks", security(("bearer" = []), ("personal_token" = ["tasks:write"])),
    params(
        ("id" = uuid::Uuid, Path),
        ("if-match" = Option<String>, Header, description = "`etag` that the task must have"),
        ("idempotency-key" = Option<String>, Header, description = "Makes the request safe to repeat for a day"),
    ),
    responses(
        (status = 200, body = TaskBody, headers(("etag" = String, description = "Version of the task"))),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn complete_task(
    State(app): State<App>,
    TaskWriter(user_id): TaskWriter,
    TaskId(id): TaskId,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    let answer = change(&app, user_id, id, Change::Complete, preconditions).await?;
    Ok(answered(StatusCode::OK, answer))
}
