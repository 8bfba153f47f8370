//! `PATCH /v1/tasks/{id}`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use utoipa::ToSchema;

use domain::change::Change;

use super::body::answered;
use super::input::{DueInput, RecurrenceFields, ReminderInput, patch};
use super::preconditions::Preconditions;
use super::{TaskBody, TaskId, change};
use crate::http::App;
use crate::http::caller::TaskWriter;
use crate::http::fields::Fields;
use crate::http::problem::Problem;

/// New values of some fields: one that is absent stays, null clears it (RFC 7396).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body for OpenAPI; the body is read field by field")]
#[schema(example = json!({"priority": "High", "due": null, "completed": true}))]
pub(crate) struct PatchTask {
    /// Trimmed. Cannot be cleared.
    #[schema(min_length = 1, max_length = 255, nullable = false)]
    title: Option<String>,
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// P1, P2, P3 or P4; High, Medium and Low stand for P2, P3 and P4. Null is P3.
    priority: Option<String>,
    /// Replaces all tags.
    tags: Option<Vec<String>>,
    /// Moves this occurrence; the rule stays as it is.
    due: Option<DueInput>,
    /// Starts a new series; null ends it.
    recurrence: Option<RecurrenceFields>,
    /// Replaces all reminders.
    reminders: Option<Vec<ReminderInput>>,
    /// True completes and false reopens the task, with all that follows.
    #[schema(nullable = false)]
    completed: Option<bool>,
}

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
