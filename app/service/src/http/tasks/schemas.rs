//! Bodies of requests as OpenAPI describes them: they are read field by field.
#![expect(dead_code, reason = "only the descriptions are used")]

use utoipa::ToSchema;

/// Body of a new task.
#[derive(ToSchema)]
#[schema(example = json!({"title": "Weekly standup", "priority": "P1",
    "tags": ["work", "meetings"], "due": {"local": "2026-02-10T09:00", "zone": "Europe/Berlin"},
    "recurrence": {"rule": "weekly"}, "reminders": [{"minutes_before": 30}]}))]
pub(crate) struct CreateTask {
    /// Trimmed.
    #[schema(min_length = 1, max_length = 255)]
    title: String,
    #[schema(max_length = 1000)]
    description: Option<String>,
    /// P1, P2, P3 or P4; High, Medium and Low stand for P2, P3 and P4.
    #[schema(default = "P3")]
    priority: Option<String>,
    /// At most 10 different ones of 1 to 50 characters; trimmed and in lower case. Made if they do not exist.
    tags: Option<Vec<String>>,
    due: Option<DueInput>,
    recurrence: Option<RecurrenceFields>,
    /// At most 10 different ones.
    reminders: Option<Vec<ReminderInput>>,
}

/// New values of some fields: one that is absent stays, null clears it (RFC 7396).
#[derive(ToSchema)]
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

/// When a task is due: exactly one of `date`, `local` and `instant`.
#[derive(ToSchema)]
#[schema(min_properties = 1, max_properties = 2,
    example = json!({"local": "2026-02-10T09:00", "zone": "Europe/Berlin"}))]
pub(crate) struct DueInput {
    /// A whole day, as 2026-02-10.
    #[schema(format = Date, min_length = 10, max_length = 10)]
    date: Option<String>,
    /// A time of a clock on a wall, as 2026-02-10T09:00, without an offset. Needs `zone`.
    #[schema(min_length = 13, max_length = 32)]
    local: Option<String>,
    /// IANA name such as Europe/Berlin, for `date` (default UTC) and `local`.
    #[schema(min_length = 1, max_length = 64)]
    zone: Option<String>,
    /// A point in time with an offset (RFC 3339), as 2026-02-10T09:00:00Z.
    #[schema(format = DateTime, max_length = 64)]
    instant: Option<String>,
}

/// How a task repeats. Sending it again starts a new series.
#[derive(ToSchema)]
#[schema(as = RecurrenceInput, example = json!({"rule": "weekly"}))]
pub(crate) struct RecurrenceFields {
    /// `daily`, `weekly` or `monthly`, a cron expression with 5 fields, or an RRULE (RFC 5545).
    #[schema(min_length = 1, max_length = 255)]
    rule: String,
    /// IANA name. Default: the zone of `due`, else UTC.
    #[schema(min_length = 1, max_length = 64)]
    zone: Option<String>,
    /// From where the next occurrence counts.
    #[schema(default = "due", pattern = "^(due|completion)$")]
    anchor: Option<String>,
}

/// A reminder.
#[derive(ToSchema)]
pub(crate) struct ReminderInput {
    /// Minutes before `due`.
    #[schema(default = 60, minimum = 0, maximum = 10080)]
    minutes_before: Option<u16>,
}
