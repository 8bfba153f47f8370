//! What the application needs from the world; the `service` crate implements it.

mod tags;
mod tasks;

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use crate::account::Account;
use crate::event::Event;
use crate::invalid::Invalid;
use crate::page::{Page, PageRequest};
use crate::record::{Delivery, Record};

pub use tags::{Reminder, ReminderKey, ReminderQuery, Reminders, Rename, TAGGED_MAX, Tag, Tags};
pub use tasks::{Answer, Command, Creation, Idempotency, Tasks};

/// Why a store could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store is away or overloaded: the same call may succeed later.
    #[error("{0}")]
    Unavailable(String),
    /// The transaction lost against another one and was rolled back: the same call may succeed at once.
    #[error("{0}")]
    Contended(String),
    /// Another transaction is changing the same row and takes long.
    #[error("another request is changing the same thing")]
    Busy,
    /// The user of the request no longer exists.
    #[error("the account does not exist")]
    NoSuchUser,
    /// The address belongs to another account.
    #[error("the e-mail address belongs to another account")]
    EmailTaken,
    /// The change contradicts the stored task.
    #[error("{0}")]
    Invalid(Invalid),
    /// The task is at another version than the request expects.
    #[error("the task is at version {0}")]
    VersionMismatch(i64),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The first request with this idempotency key is still at work.
    #[error("the first request with this idempotency key is still at work")]
    KeyInFlight,
    /// Another tag of the user has the name.
    #[error("another tag has this name")]
    TagExists,
    /// The tag is on more than [`TAGGED_MAX`] tasks.
    #[error("the tag is on too many tasks")]
    TagInUse,
    /// The data or the statement is at fault: the same call fails again.
    #[error("{0}")]
    Rejected(String),
}

/// Local accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Stores a new account.
    async fn create(&self, account: &Account, password_hash: &str) -> Result<(), StoreError>;
    /// The account with this address, and its password hash.
    async fn by_email(&self, email: &str) -> Result<Option<(Account, String)>, StoreError>;
    /// The account with this id.
    async fn by_id(&self, id: Uuid) -> Result<Option<Account>, StoreError>;
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Position in the log.
    pub seq: i64,
    /// Id of the event.
    pub event_id: String,
    /// What happened: the `type` attribute, as recorded.
    pub event_type: String,
    /// The task.
    pub task_id: Uuid,
    /// The `data` attribute, as recorded.
    pub data: serde_json::Value,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When the log took it.
    pub recorded_at: Timestamp,
}

/// Reads the audit log.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// A page of the user's entries, newest first.
    async fn list(&self, user_id: Uuid, page: PageRequest<i64>) -> Result<Page<AuditEntry, i64>, StoreError>;
}

/// What came of an event at a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The effect was made.
    Applied,
    /// The effect was there already.
    Duplicate,
}

/// Writes the audit log.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends the event, once per `source` and `id`: inbox row and entry are one transaction.
    async fn append(&self, consumer: &str, event: &Event) -> Result<Effect, StoreError>;
}

/// Why a record could not be published or received.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BusError {
    /// The broker did not acknowledge the record; it may have arrived all the same.
    #[error("failed to publish to \"{topic}\": {reason}")]
    Publish {
        /// Real topic name.
        topic: String,
        /// The client's message.
        reason: String,
    },
    /// The client cannot go on; a new process must take over.
    #[error("failed to receive: {0}")]
    Fatal(String),
}

/// Publishes records.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Returns once all replicas in sync have the record.
    async fn publish(&self, record: Record) -> Result<(), BusError>;
}

/// Receives records as a member of a consumer group.
#[async_trait]
pub trait Subscription: Send + Sync {
    /// The next record. Errors that the client mends itself are not returned.
    async fn receive(&self) -> Result<Delivery, BusError>;
    /// Marks the record, and those before it, as done.
    fn settle(&self, delivery: &Delivery);
    /// Waits with all partitions paused while membership of the group is kept.
    async fn hold(&self, wait: std::time::Duration) -> Result<(), BusError>;
    /// Whether the member has joined its group.
    fn joined(&self) -> bool;
}
