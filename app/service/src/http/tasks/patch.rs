//! `PATCH /v1/tasks/{id}`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use domain::change::Change;

use super::body::answered;
use super::input::patch;
use super::preconditions::Preconditions;
use super::schemas::PatchTask;
use super::{TaskBody, TaskId, change};
use crate::http::App;
use crate::http::caller::TaskWriter;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

/// Changes fields of a task.
#[utoipa::path(
    patch, path = "/v1/tasks/{id}", tag = "tasks", security(("bearer" = []), ("personal_token" = ["tasks:write"])), request_body = PatchTask,
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
pub(crate) async fn patch_task(
    State(app): State<App>,
    TaskWriter(user_id): TaskWriter,
    TaskId(id): TaskId,
    preconditions: Preconditions,
    fields: Fields,
) -> Result<Response, Problem> {
    let preconditions = preconditions.with_body(fields.digest());
    let wanted = Change::Patch(Box::new(patch(fields)?));
    let answer = change(&app, user_id, id, wanted, preconditions).await?;
    Ok(answered(StatusCode::OK, answer))
}
