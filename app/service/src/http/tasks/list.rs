//! `GET /v1/tasks`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use domain::query::{TaskQuery, flag};

use super::TaskBody;
use crate::http::caller::TaskReader;
use crate::http::cursor::{decode_task_key, encode_task_key};
use crate::http::params::Params;
use crate::http::problem::Problem;
use crate::http::{App, now};

/// A page of tasks.
#[derive(Serialize, ToSchema)]
pub(crate) struct TaskPage {
    items: Vec<TaskBody>,
    /// Pass it as `cursor`, with the same other parameters, to get the next page; null on the last one.
    next_cursor: Option<String>,
    /// How many tasks all pages have; only with `include_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    total: Option<u64>,
}

/// Tasks that pass all filters.
///
/// `search`: each word must begin a word of the title or the description, in any case; words are split as PostgreSQL's
/// parser does it. A search without letters or digits finds nothing; an empty one is no filter. By relevance only the
/// newest 1000 matches are listed: a word in the title counts more than one in the description.
///
/// `due_before` and `due_after` include the instant. Of a date, `due_before` includes the whole day and `due_after`
/// starts with it, both in UTC. They compare with `due_at`.
///
/// `sort`: `created`, `updated` and `relevance` start with the newest or best, `due`, `priority` and `title` with the
/// first, P1 and A. Tasks without a due date are last in both orders. Titles compare in lower case by code points.
#[utoipa::path(
    get, path = "/v1/tasks", tag = "tasks", security(("bearer" = []), ("personal_token" = ["tasks:read"])),
    params(
        ("search" = Option<String>, Query, description = "Beginnings of words; default: no filter", max_length = 200,
            example = "bud rep"),
        ("completed" = Option<bool>, Query, description = "Whether tasks are done"),
        ("priority" = Option<String>, Query, description = "P1, P2, P3 or P4; or High, Medium, Low for P2, P3, P4",
            example = "P1"),
        ("tag" = Option<String>, Query, description = "Name of a tag, in any case", example = "work"),
        ("due_before" = Option<String>, Query, description = "Instant (RFC 3339) or date", example = "2026-02-10"),
        ("due_after" = Option<String>, Query, description = "Instant (RFC 3339) or date",
            example = "2026-02-03T09:00:00Z"),
        ("has_reminder" = Option<bool>, Query, description = "Whether tasks have reminders"),
        ("is_overdue" = Option<bool>, Query, description = "Whether tasks are open and past due"),
        ("recurring" = Option<bool>, Query, description = "Whether tasks repeat"),
        ("deleted" = Option<bool>, Query, description = "True: the deleted tasks, which can be restored; default false"),
        ("sort" = Option<String>, Query,
            description = "created, updated, due, priority, title or relevance; default: relevance with search, else \
                created"),
        ("order" = Option<String>, Query, description = "asc or desc; the default depends on sort"),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 10", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("include_total" = Option<bool>, Query, description = "Whether to count all tasks that pass; default false"),
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
    let mut query = TaskQuery::read(now(), |name| params.take(name))?;
    let cursor = params.take("cursor");
    let counts = params.take("include_total").map(|text| flag("include_total", &text)).transpose()?;
    params.finish()?;
    query.page.after = cursor.map(|cursor| decode_task_key(user_id, &query, &cursor)).transpose()?;
    let page = app.tasks.list(user_id, &query).await?;
    let total = if counts == Some(true) { Some(app.tasks.count(user_id, &query).await?) } else { None };
    let next_cursor = page.next.map(|key| encode_task_key(user_id, &query, &key));
    let items = page.items.into_iter().map(|task| TaskBody::new(task, query.now)).collect();
    Ok(Json(TaskPage { items, next_cursor, total }))
}
