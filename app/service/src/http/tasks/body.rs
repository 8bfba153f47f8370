//! A task as clients see it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::{ETAG, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::{Timestamp, civil};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::Task;
use domain::ports::Answer;
use domain::task::{Due, Recurrence, Warning, fire_at, warnings};

/// Tells that an answer repeats what an earlier request with the same key did.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A task.
#[derive(Serialize, ToSchema)]
#[schema(as = Task, example = json!({
    "id": "01a21149-e987-7622-b123-77c6b8809e26", "title": "Weekly standup", "description": null, "priority": "P1",
    "tags": ["meetings", "work"], "due": {"local": "2026-02-10T09:00:00", "zone": "Europe/Berlin"},
    "due_at": "2026-02-10T08:00:00Z", "is_overdue": false,
    "recurrence": {"rule": "weekly", "zone": "Europe/Berlin", "anchor": "due",
        "series_id": "01a21149-e987-7622-b123-77c6b8809e27", "occurrence": "2026-02-10T09:00:00", "depth": 0},
    "reminders": [{"minutes_before": 30, "fire_at": "2026-02-10T07:30:00Z"}], "predecessor_id": null,
    "completed": false, "completed_at": null, "deleted_at": null, "version": 1,
    "created_at": "2026-02-09T12:00:00Z", "updated_at": "2026-02-09T12:00:00Z"}))]
pub(in crate::http) struct TaskBody {
    id: Uuid,
    title: String,
    description: Option<String>,
    /// P1 (urgent) to P4 (low).
    #[schema(value_type = String, pattern = "^P[1-4]$")]
    priority: &'static str,
    /// In lower case, sorted.
    tags: Vec<String>,
    due: Option<DueBody>,
    /// The instant of `due`: of a date, its start in its zone. Tasks are sorted and filtered by it.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// Whether the task is open and `due` has passed; a date passes at its end.
    is_overdue: bool,
    recurrence: Option<RecurrenceBody>,
    reminders: Vec<ReminderBody>,
    /// The task whose completion made this one.
    predecessor_id: Option<Uuid>,
    completed: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Timestamp>,
    /// 1 at creation, one more with each change; the entity tag.
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Remarks about the change that this answers, if there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<WarningBody>,
}

/// A date, a local time or an instant.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Due)]
pub(in crate::http) enum DueBody {
    /// A whole day in a zone.
    Date {
        #[schema(value_type = String, format = Date)]
        date: civil::Date,
        zone: String,
    },
    /// A time of a clock on a wall.
    Local {
        #[schema(value_type = String)]
        local: civil::DateTime,
        zone: String,
    },
    /// A point in time.
    Instant {
        #[schema(value_type = String, format = DateTime)]
        instant: Timestamp,
    },
}

/// How a task repeats.
#[derive(Serialize, ToSchema)]
#[schema(as = Recurrence)]
struct RecurrenceBody {
    rule: String,
    /// IANA name of the zone whose wall clock the rule follows.
    zone: String,
    /// `due` or `completion`.
    anchor: &'static str,
    /// The same for all occurrences until the rule is changed, or until a task without a due date gets its first.
    series_id: Uuid,
    /// The occurrence that the task stands for, wherever its due date was moved.
    #[schema(value_type = Option<String>)]
    occurrence: Option<civil::DateTime>,
    /// Occurrences before this one.
    depth: u16,
}

/// A reminder.
#[derive(Serialize, ToSchema)]
#[schema(as = Reminder)]
struct ReminderBody {
    minutes_before: u16,
    /// Null without a due date.
    #[schema(value_type = Option<String>, format = DateTime)]
    fire_at: Option<Timestamp>,
}

/// A remark about an accepted change.
#[derive(Serialize, ToSchema)]
#[schema(as = Warning)]
struct WarningBody {
    /// `due_in_past`, `reminder_in_past`, `reminder_without_due`, `recurrence_without_due` or
    /// `recurrence_depth_reached`.
    code: &'static str,
    field: &'static str,
    detail: &'static str,
}

impl TaskBody {
    /// The task as it is at `now`.
    pub(in crate::http) fn new(task: Task, now: Timestamp) -> Self {
        let reminder = |minutes_before: &u16| ReminderBody {
            minutes_before: *minutes_before,
            fire_at: fire_at(task.due.as_ref(), *minutes_before),
        };
        Self {
            reminders: task.reminders.iter().map(reminder).collect(),
            due_at: task.due.as_ref().map(Due::at),
            is_overdue: task.is_overdue(now),
            due: task.due.map(DueBody::from),
            recurrence: task.recurrence.map(RecurrenceBody::from),
            id: task.id,
            title: task.title,
            description: task.description,
            priority: task.priority.as_str(),
            tags: task.tags,
            predecessor_id: task.predecessor_id,
            completed: task.completed,
            completed_at: task.completed_at,
            deleted_at: task.deleted_at,
            version: task.version,
            created_at: task.created_at,
            updated_at: task.updated_at,
            warnings: Vec::new(),
        }
    }

    fn with_warnings(self, warnings: Vec<Warning>) -> Self {
        let warnings =
            warnings.into_iter().map(|Warning { code, field, detail }| WarningBody { code, field, detail });
        Self { warnings: warnings.collect(), ..self }
    }
}

impl From<Due> for DueBody {
    fn from(due: Due) -> Self {
        match due {
            Due::Date { date, zone } => Self::Date { date, zone: zone.to_string() },
            Due::Local { local, zone } => Self::Local { local, zone: zone.to_string() },
            Due::Instant { instant } => Self::Instant { instant },
        }
    }
}

impl From<Recurrence> for RecurrenceBody {
    fn from(recurrence: Recurrence) -> Self {
        Self {
            rule: recurrence.series.rule.to_string(),
            zone: recurrence.series.zone.to_string(),
            anchor: recurrence.series.anchor.as_str(),
            series_id: recurrence.series_id,
            occurrence: recurrence.occurrence,
            depth: recurrence.depth,
        }
    }
}

/// One task with its strong entity tag (RFC 9110 §8.8.3).
pub(super) fn tagged(task: Task, now: Timestamp) -> Response {
    ([(ETAG, entity_tag(task.version))], Json(TaskBody::new(task, now))).into_response()
}

/// The answer to a change: the task, remarks, and whether it repeats an earlier answer.
pub(super) fn answered(status: StatusCode, answer: Answer) -> Response {
    let warnings = warnings(&answer.task, answer.at);
    let mut headers = HeaderMap::new();
    headers.insert(ETAG, entity_tag(answer.task.version));
    mark_replayed(&mut headers, answer.replayed);
    let body = TaskBody::new(answer.task, answer.at).with_warnings(warnings);
    (status, headers, Json(body)).into_response()
}

/// Says that nothing new was done.
pub(super) fn mark_replayed(headers: &mut HeaderMap, replayed: bool) {
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
}

fn entity_tag(version: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits and quotes")
}
