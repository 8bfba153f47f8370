//! A task and its limits.

mod draft;
mod due;
mod priority;
mod reminder;
mod tags;
mod warning;

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::recurrence::Series;

pub use draft::{Draft, RecurrenceInput, description, title};
pub use due::Due;
pub use priority::Priority;
pub use reminder::{MINUTES_BEFORE_DEFAULT, MINUTES_BEFORE_MAX, REMINDERS_MAX, fire_at, reminders};
pub use tags::{TAG_MAX, TAGS_MAX, tag, tags};
pub use warning::{Warning, warnings};

/// Longest title, in characters.
pub const TITLE_MAX: usize = 255;
/// Longest description, in characters.
pub const DESCRIPTION_MAX: usize = 1000;
/// Most successors in a row: the end of a chain that nobody stops.
pub const DEPTH_MAX: u16 = 1000;

/// A task of one user. Fields that a release added have defaults, so that it reads the events of the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// UUIDv7, so that ids sort by time of creation.
    pub id: Uuid,
    /// The owner.
    pub user_id: Uuid,
    /// 1–255 characters without white space at its ends.
    pub title: String,
    /// At most 1000 characters.
    pub description: Option<String>,
    /// P1–P4.
    pub priority: Priority,
    /// At most 10 names in lower case, sorted.
    #[serde(default)]
    pub tags: Vec<String>,
    /// When it is due.
    #[serde(default)]
    pub due: Option<Due>,
    /// Minutes before the due date, sorted.
    #[serde(default)]
    pub reminders: Vec<u16>,
    /// How it repeats.
    #[serde(default)]
    pub recurrence: Option<Recurrence>,
    /// The task whose completion made this one.
    #[serde(default)]
    pub predecessor_id: Option<Uuid>,
    /// Whether it is done.
    pub completed: bool,
    /// When it was done.
    pub completed_at: Option<Timestamp>,
    /// When it was deleted; it can be restored for 30 days.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
    /// 1 at creation, one more with each change; the entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A task's place in a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recurrence {
    /// The series: one id for all its occurrences.
    pub series_id: Uuid,
    /// Rule, zone, first occurrence and anchor.
    #[serde(flatten)]
    pub series: Series,
    /// The occurrence that this task stands for, wherever its due date was moved; none while it was never due.
    pub occurrence: Option<civil::DateTime>,
    /// Completions before this task.
    pub depth: u16,
}

impl Task {
    /// Whether it is open and its due date has passed.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        !self.completed && self.due.as_ref().is_some_and(|due| due.overdue_at() <= now)
    }
}
