//! `GET /v1/tasks`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use domain::page::{PageRequest, limit};

use super::TaskBody;
use crate::http::caller::TaskReader;
use crate::http::cursor::{decode_task_key, encode_task_key};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::{App, now};

/// A page of tasks, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskPage {
    items: Vec<TaskBody>,
    /// Pass it as `cursor` to get the next page; null on the last one.
    next_cursor: Option<String>,
}

/// The tasks, newest first.
#[utoipa::path(
    get, path = "/v1/tasks", tag = "tasks", security(("bearer" = []), ("personal_token" = ["tasks:read"])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, default 10", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = TaskPage),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_tasks(
    State(app): State<App>,
    TaskReader(user_id): TaskReader,
    mut params: Params,
) -> Result<Json<TaskPage>, Problem> {
    let limit = limit(params.take("limit").as_deref())?;
    let after = params.take("cursor").map(|cursor| decode_task_key(&cursor)).transpose()?;
    params.finish()?;
    let page = app.tasks.list(user_id, PageRequest { after, limit }).await?;
    let items = page.items.into_iter().map(|task| TaskBody::new(task, now())).collect();
    Ok(Json(TaskPage { items, next_cursor: page.next.map(encode_task_key) }))
}
