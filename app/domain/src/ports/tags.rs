//! The store of tags and of reminders across tasks.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::page::{Page, PageRequest};
use crate::task::Due;

/// Most tasks that one request changes, when it renames or deletes a tag: each gets an event.
pub const TAGGED_MAX: usize = 10_000;

/// A tag of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// UUIDv7.
    pub id: Uuid,
    /// Unique per user.
    pub name: String,
    /// Tasks that carry it and are not deleted.
    pub task_count: u64,
    /// When it was first used.
    pub created_at: Timestamp,
}

/// A new name of a tag.
#[derive(Clone, Debug)]
pub struct Rename {
    /// Owner of the tag.
    pub user_id: Uuid,
    /// The tag.
    pub id: Uuid,
    /// From [`crate::task::tag`].
    pub name: String,
    /// Time of the change.
    pub at: Timestamp,
}

/// Tags of users. A rename or deletion is a change of each task that carries the tag and is not deleted: it gets a new
/// version and an event, all in one transaction. Tags on more than [`TAGGED_MAX`] tasks are not changed.
#[async_trait]
pub trait Tags: Send + Sync {
    /// A page of the user's tags by name.
    async fn list(&self, user_id: Uuid, page: PageRequest<String>) -> Result<Page<Tag, String>, StoreError>;
    /// Renames the tag; `None` if the user has no such tag. The same name changes nothing.
    async fn rename(&self, rename: &Rename) -> Result<Option<Tag>, StoreError>;
    /// Deletes the tag; `false` if the user has no such tag.
    async fn delete(&self, user_id: Uuid, id: Uuid, at: Timestamp) -> Result<bool, StoreError>;
}

/// A reminder that fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// The task.
    pub task_id: Uuid,
    /// Its title.
    pub title: String,
    /// Minutes before `due`.
    pub minutes_before: u16,
    /// When it fires.
    pub fire_at: Timestamp,
    /// When the task is due.
    pub due: Due,
}

/// Position in a listing of reminders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReminderKey {
    /// `fire_at` of the row.
    pub fire_at: Timestamp,
    /// Tie-break.
    pub task_id: Uuid,
    /// Second tie-break.
    pub minutes_before: u16,
}

/// A listing of reminders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReminderQuery {
    /// Those that fire at this instant or later.
    pub from: Option<Timestamp>,
    /// Those that fire at this instant or before.
    pub until: Option<Timestamp>,
    /// Where the page starts and how long it may be.
    pub page: PageRequest<ReminderKey>,
}

/// Reads reminders.
#[async_trait]
pub trait Reminders: Send + Sync {
    /// A page of the reminders of the user's open tasks, soonest first.
    async fn list(
        &self,
        user_id: Uuid,
        query: &ReminderQuery,
    ) -> Result<Page<Reminder, ReminderKey>, StoreError>;
}
