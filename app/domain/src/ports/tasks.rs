//! The store of tasks.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::StoreError;
use crate::change::{Change, Occasion};
use crate::page::Page;
use crate::query::{TaskKey, TaskQuery};
use crate::task::Task;

/// Makes a request safe to repeat (draft-ietf-httpapi-idempotency-key-header).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Minted by the client, 1–255 characters; unique per user.
    pub key: String,
    /// Hash of the request: a key stands for one request only.
    pub fingerprint: [u8; 32],
}

/// A task to store.
#[derive(Clone, Debug)]
pub struct Creation {
    /// The new task.
    pub task: Task,
    /// If the request carried a key.
    pub idempotency: Option<Idempotency>,
}

/// A change to make.
#[derive(Clone, Debug)]
pub struct Command {
    /// Owner of the task.
    pub user_id: Uuid,
    /// The task.
    pub id: Uuid,
    /// What to do.
    pub change: Change,
    /// When, and with which new ids.
    pub occasion: Occasion,
    /// Versions of which the task must have one; any without.
    pub expected: Option<Vec<i64>>,
    /// If the request carried a key.
    pub idempotency: Option<Idempotency>,
}

/// What a change did, now or when its idempotency key was first used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The task after the change.
    pub task: Task,
    /// When the change was made.
    pub at: Timestamp,
    /// Whether an earlier request made it.
    pub replayed: bool,
}

/// Tasks of users. Each change, its event and its idempotency key are one transaction.
#[async_trait]
pub trait Tasks: Send + Sync {
    /// Stores a new task with the event about it.
    async fn create(&self, creation: &Creation) -> Result<Answer, StoreError>;
    /// The user's task, if there is one that is not deleted.
    async fn get(&self, user_id: Uuid, id: Uuid) -> Result<Option<Task>, StoreError>;
    /// A page of the user's tasks.
    async fn list(&self, user_id: Uuid, query: &TaskQuery) -> Result<Page<Task, TaskKey>, StoreError>;
    /// How many tasks the query selects over all its pages.
    async fn count(&self, user_id: Uuid, query: &TaskQuery) -> Result<u64, StoreError>;
    /// Makes the change that [`crate::change::decide`] decides on the locked task; `None` if the user has no such task.
    async fn change(&self, command: &Command) -> Result<Option<Answer>, StoreError>;
}
