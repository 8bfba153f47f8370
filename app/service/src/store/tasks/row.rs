//! A task as the database holds it.

use sqlx::FromRow;
use uuid::Uuid;

use domain::ports::StoreError;
use domain::recurrence::Series;
use domain::task::{Due, Recurrence, Task};

use crate::store::moment::{Day, Local, Moment};

/// A task's columns by name: a later migration may add one, and a statement that was prepared before would fail.
macro_rules! task_columns {
    () => {
        concat!(
            "t.id, t.user_id, t.title, t.description, t.priority, t.due_date, t.due_local, t.due_zone, t.due_at, ",
            "t.series_id, t.occurrence, t.depth, t.predecessor_id, t.completed, t.completed_at, t.deleted_at, ",
            "t.version, t.created_at, t.updated_at, s.rule, s.zone, s.first_local, s.anchor, ",
            "ARRAY(SELECT g.name FROM task_tags l JOIN tags g ON g.id = l.tag_id AND g.user_id = t.user_id ",
            "WHERE l.task_id = t.id AND l.user_id = t.user_id ORDER BY g.name COLLATE \"C\") AS tags, ",
            "ARRAY(SELECT r.minutes_before FROM reminders r WHERE r.task_id = t.id AND r.user_id = t.user_id ",
            "ORDER BY 1) AS reminders"
        )
    };
}
pub(in crate::store) use task_columns;

macro_rules! task_tables {
    () => {
        "tasks t LEFT JOIN series s ON s.id = t.series_id AND s.user_id = t.user_id"
    };
}
pub(in crate::store) use task_tables;

/// The series is a join, tags and reminders are arrays: one statement per page.
macro_rules! select_task {
    ($($rest:literal),+) => {
        concat!(
            "SELECT ",
            $crate::store::tasks::row::task_columns!(),
            " FROM ",
            $crate::store::tasks::row::task_tables!(),
            " ",
            $($rest),+
        )
    };
}
pub(in crate::store) use select_task;

#[derive(FromRow)]
pub(in crate::store) struct TaskRow {
    id: Uuid,
    user_id: Uuid,
    title: String,
    description: Option<String>,
    priority: String,
    #[sqlx(flatten)]
    due: DueRow,
    #[sqlx(flatten)]
    recurrence: RecurrenceRow,
    predecessor_id: Option<Uuid>,
    completed: bool,
    completed_at: Option<Moment>,
    deleted_at: Option<Moment>,
    version: i64,
    created_at: Moment,
    updated_at: Moment,
    tags: Vec<String>,
    reminders: Vec<i32>,
}

#[derive(FromRow)]
pub(in crate::store) struct DueRow {
    #[sqlx(rename = "due_date")]
    date: Option<Day>,
    #[sqlx(rename = "due_local")]
    local: Option<Local>,
    #[sqlx(rename = "due_zone")]
    zone: Option<String>,
    #[sqlx(rename = "due_at")]
    at: Option<Moment>,
}

#[derive(FromRow)]
struct RecurrenceRow {
    series_id: Option<Uuid>,
    occurrence: Option<Local>,
    depth: i32,
    rule: Option<String>,
    zone: Option<String>,
    first_local: Option<Local>,
    anchor: Option<String>,
}

impl TryFrom<TaskRow> for Task {
    type Error = StoreError;

    fn try_from(row: TaskRow) -> Result<Self, StoreError> {
        let unreadable = |column: &'static str| {
            StoreError::Rejected(format!("failed to read task \"{}\": unknown {column}", row.id))
        };
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            priority: row.priority.parse().map_err(|_| unreadable("priority"))?,
            due: row.due.read().map_err(unreadable)?,
            recurrence: row.recurrence.read().map_err(unreadable)?,
            title: row.title,
            description: row.description,
            tags: row.tags,
            reminders: row.reminders.into_iter().filter_map(|minutes| u16::try_from(minutes).ok()).collect(),
            predecessor_id: row.predecessor_id,
            completed: row.completed,
            completed_at: row.completed_at.map(|moment| moment.0),
            deleted_at: row.deleted_at.map(|moment| moment.0),
            version: row.version,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        })
    }
}

impl DueRow {
    /// The error names the column that this release does not understand.
    pub(in crate::store) fn read(self) -> Result<Option<Due>, &'static str> {
        let Some(Moment(instant)) = self.at else { return Ok(None) };
        let Some(zone) = self.zone else { return Ok(Some(Due::Instant { instant })) };
        let zone = zone.parse().map_err(|_| "due_zone")?;
        match (self.date, self.local) {
            (Some(Day(date)), _) => Ok(Some(Due::Date { date, zone })),
            (None, Some(Local(local))) => Ok(Some(Due::Local { local, zone })),
            (None, None) => Err("due_date"),
        }
    }
}

impl RecurrenceRow {
    /// The error names the column that this release does not understand.
    fn read(self) -> Result<Option<Recurrence>, &'static str> {
        let Some(series_id) = self.series_id else { return Ok(None) };
        let anchor = self.anchor.and_then(|anchor| anchor.parse().ok()).ok_or("anchor")?;
        let rule = self.rule.and_then(|rule| rule.parse().ok()).ok_or("rule")?;
        let zone = self.zone.and_then(|zone| zone.parse().ok()).ok_or("zone")?;
        let Local(first) = self.first_local.ok_or("first_local")?;
        let depth = u16::try_from(self.depth).map_err(|_| "depth")?;
        let occurrence = self.occurrence.map(|local| local.0);
        let series = Series { rule, zone, first, anchor };
        Ok(Some(Recurrence { series_id, series, occurrence, depth }))
    }
}
