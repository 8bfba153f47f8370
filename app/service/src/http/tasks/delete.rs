//! `DELETE /v1/tasks/{id}`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use domain::change::Change;

use super::body::mark_replayed;
use super::preconditions::Preconditions;
use super::{TaskId, change};
use crate::http::App;
use crate::http::caller::TaskWriter;
use crate::http::problem::Problem;

/// Deletes a task. It can be restored for 30 days. A task that repeats has no next occurrence.
#[utoipa::path(
    delete, path = "/v1/tasks/{id}", tag = "tasks", security(("bearer" = []), ("personal_token" = ["tasks:write"])),
    params(
        ("id" = uuid::Uuid, Path),
        ("if-match" = Option<String>, Header, description = "`etag` that the task must have"),
        ("idempotency-key" = Option<String>, Header, description = "Makes the request safe to repeat for a day"),
    ),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_task(
    State(app): State<App>,
    TaskWriter(user_id): TaskWriter,
    TaskId(id): TaskId,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    let answer = change(&app, user_id, id, Change::Delete, preconditions).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    mark_replayed(response.headers_mut(), answer.replayed);
    Ok(response)
}
