//! `POST /v1/tasks`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::LOCATION;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::event::{Event, EventType};
use domain::task::NewTask;

use super::{TaskBody, tagged};
use crate::http::caller::TaskWriter;
use crate::http::fields::Fields;
use crate::http::problem::Problem;
use crate::http::{App, now};

/// Body of a new task.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body for OpenAPI; the body is read field by field")]
pub(crate) struct CreateTask {
    /// Trimmed.
    #[schema(min_length = 1, max_length = 255)]
    title: String,
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// P1, P2, P3 or P4; High, Medium and Low stand for P2, P3 and P4.
    #[schema(default = "P3")]
    priority: Option<String>,
}

/// Makes a task.
#[utoipa::path(
    post, path = "/v1/tasks", tag = "tasks", security(("bearer" = []), ("personal_token" = ["tasks:write"])), request_body = CreateTask,
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
    mut fields: Fields,
) -> Result<Response, Problem> {
    let title = fields.text("title")?;
    let (description, priority) = (fields.optional_text("description")?, fields.optional_text("priority")?);
    fields.finish()?;
    let task = NewTask::new(&title, description.as_deref(), priority.as_deref())?.into_task(
        Uuid::now_v7(),
        user_id,
        now(),
    );
    let event = Event::new(EventType::TaskCreated, Uuid::now_v7(), &task);
    app.tasks.create(&task, &event).await?;
    let location = format!("/v1/tasks/{}", task.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], tagged(task)).into_response())
}
