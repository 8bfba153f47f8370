//! `GET /v1/reminders`

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::Invalid;
use domain::page::{PageRequest, limit};
use domain::ports::{Reminder, ReminderQuery};
use domain::query::{from, until};

use super::App;
use super::caller::TaskReader;
use super::cursor::{Listing, decode_reminder_key, encode_reminder_key};
use super::params::Params;
use super::problem::Problem;
use super::tasks::DueBody;

/// A reminder of an open task.
#[derive(Serialize, ToSchema)]
#[schema(as = UpcomingReminder, example = json!({
    "task_id": "01a21149-e987-7622-b123-77c6b8809e26", "title": "Weekly standup", "minutes_before": 30,
    "fire_at": "2026-02-10T07:30:00Z", "due": {"local": "2026-02-10T09:00:00", "zone": "Europe/Berlin"}}))]
pub(super) struct UpcomingBody {
    task_id: Uuid,
    /// Of the task.
    title: String,
    /// Minutes before `due`; of a date, before its start in its zone.
    minutes_before: u16,
    #[schema(value_type = String, format = DateTime)]
    fire_at: Timestamp,
    /// Of the task.
    due: DueBody,
}

/// A page of reminders, soonest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ReminderPage {
    items: Vec<UpcomingBody>,
    /// Pass it as `cursor`, with the same `after` and `before`, to get the next page; null on the last one.
    next_cursor: Option<String>,
}

impl From<Reminder> for UpcomingBody {
    fn from(reminder: Reminder) -> Self {
        Self {
            task_id: reminder.task_id,
            title: reminder.title,
            minutes_before: reminder.minutes_before,
            fire_at: reminder.fire_at,
            due: reminder.due.into(),
        }
    }
}

/// Reminders of the caller's open tasks, soonest first; those of completed, deleted and undated tasks do not fire.
///
/// `after` and `before` include the instant. Of a date, `before` includes the whole day and `after` starts with it, both
/// in UTC. Without `after` past reminders are listed too.
#[utoipa::path(
    get, path = "/v1/reminders", tag = "reminders",
    security(("bearer" = []), ("personal_token" = ["tasks:read"])),
    params(
        ("after" = Option<String>, Query, description = "Instant (RFC 3339) or date", example = "2026-02-10T00:00:00Z"),
        ("before" = Option<String>, Query, description = "Instant (RFC 3339) or date", example = "2026-02-10"),
        ("limit" = Option<u32>, Query, description = "1 to 100, default 10", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, body = ReminderPage),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn list_reminders(
    State(app): State<App>,
    TaskReader(user_id): TaskReader,
    mut params: Params,
) -> Result<Json<ReminderPage>, Problem> {
    let from = params.take("after").map(|text| from("after", &text)).transpose()?;
    let until = params.take("before").map(|text| until("before", &text)).transpose()?;
    if until.zip(from).is_some_and(|(until, from)| until < from) {
        return Err(Invalid::input("before", "must not be earlier than after").into());
    }
    let limit = limit(params.take("limit").as_deref())?;
    let listing = Listing::new(user_id, "reminders", format!("{from:?} {until:?}").as_bytes());
    let after = params.take("cursor").map(|cursor| decode_reminder_key(listing, &cursor)).transpose()?;
    params.finish()?;
    let page = app
        .reminders
        .list(user_id, &ReminderQuery { from, until, page: PageRequest { after, limit } })
        .await?;
    let next_cursor = page.next.map(|key| encode_reminder_key(listing, key));
    Ok(Json(ReminderPage { items: page.items.into_iter().map(UpcomingBody::from).collect(), next_cursor }))
}
