//! `GET /v1/tasks/{id}`

use axum::extract::State;
use axum::response::Response;

use super::body::tagged;
use super::{TaskBody, TaskId};
use crate::http::caller::TaskReader;
use crate::http::problem::Problem;
use crate::http::{App, now};

/// One task.
#[utoipa::path(
    get, path = "/v1/tasks/{id}", tag = "tasks", security(("bearer" = []), ("personal_token" = ["tasks:read"])), params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = TaskBody, headers(("etag" = String, description = "Version of the task"))),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_task(
    State(app): State<App>,
    TaskReader(user_id): TaskReader,
    TaskId(id): TaskId,
) -> Result<Response, Problem> {
    let task = app.tasks.get(user_id, id).await?;
    task.map(|task| tagged(task, now())).ok_or_else(Problem::not_found)
}
