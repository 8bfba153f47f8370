//! `POST /v1/tasks`

use axum::extract::State;
use axum::response::Response;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use uuid::Uuid;

use domain::ports::Creation;

use super::TaskBody;
use super::body::answered;
use super::input::draft;
use super::preconditions::Preconditions;
use super::schemas::CreateTask;
use crate::http::caller::TaskWriter;
use crate::http::fields::Fields;
use crate::http::problem::Problem;
use crate::http::{App, now};

/// Makes a task.
#[utoipa::path(
    post, path = "/v1/tasks", tag = "tasks", security(("bearer" = []), ("personal_token" = ["tasks:write"])), request_body = CreateTask,
    params(("idempotency-key" = Option<String>, Header,
        description = "Makes the request safe to repeat for a day: 1 to 255 printable ASCII characters")),
    responses(
        (status = 201, body = TaskBody, headers(
            ("location" = String, description = "Path of the task"),
            ("etag" = String, description = "Version of the task"))),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_task(
    State(app): State<App>,
    TaskWriter(user_id): TaskWriter,
    preconditions: Preconditions,
    fields: Fields,
) -> Result<Response, Problem> {
    let idempotency = preconditions.with_body(fields.digest()).idempotency;
    let task = draft(fields)?.into_task(Uuid::now_v7(), user_id, Uuid::now_v7(), now())?;
    let answer = app.tasks.create(&Creation { task, idempotency }).await?;
    let location = format!("/v1/tasks/{}", answer.task.id);
    let mut response = answered(StatusCode::CREATED, answer);
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(&location).expect("a path of ASCII"));
    Ok(response)
}
