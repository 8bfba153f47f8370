//! `GET /v1/audit`

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::Invalid;
use domain::page::{PageRequest, limit};
use domain::ports::AuditEntry;

use super::App;
use super::caller::AuditReader;
use super::cursor::{self, Listing};
use super::params::Params;
use super::problem::Problem;

/// An entry of the audit log.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(super) struct EntryBody {
    /// Id of the event.
    id: String,
    /// What happened, such as `todo.task.created.v1`.
    #[serde(rename = "type")]
    kind: String,
    task_id: Uuid,
    /// The task after the change.
    #[schema(value_type = Object)]
    data: serde_json::Value,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
    /// When the log took it.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
}

/// A page of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditPage {
    items: Vec<EntryBody>,
    /// Pass it as `cursor` to get the next page; null on the last one.
    next_cursor: Option<String>,
}

impl From<AuditEntry> for EntryBody {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.event_id,
            kind: entry.event_type,
            task_id: entry.task_id,
            data: entry.data,
            occurred_at: entry.occurred_at,
            recorded_at: entry.recorded_at,
        }
    }
}

/// What happened to the caller's tasks, newest first.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit", security(("bearer" = []), ("personal_token" = ["audit:read"])),
    params(
        ("limit" = Option<u32>, Query, description = "1 to 100, default 10", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = AuditPage),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn list_audit(
    State(app): State<App>,
    AuditReader(user_id): AuditReader,
    mut params: Params,
) -> Result<Json<AuditPage>, Problem> {
    let limit = limit(params.take("limit").as_deref())?;
    let after = params.take("cursor").map(|cursor| decode(user_id, &cursor)).transpose()?;
    params.finish()?;
    let page = app.audit.list(user_id, PageRequest { after, limit }).await?;
    let items = page.items.into_iter().map(EntryBody::from).collect();
    Ok(Json(AuditPage {
        items,
        next_cursor: page.next.map(|seq| listing(user_id).cursor(&seq.to_be_bytes())),
    }))
}

fn decode(user_id: Uuid, cursor: &str) -> Result<i64, Invalid> {
    let position = listing(user_id).position(cursor)?;
    position.try_into().map(i64::from_be_bytes).map_err(|_| cursor::invalid())
}

fn listing(user_id: Uuid) -> Listing {
    Listing::new(user_id, "audit", &[])
}
