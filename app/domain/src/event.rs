//! Events about tasks, in the CloudEvents 1.0 envelope.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::task::Task;

/// `source` of every event of this application; with `id` it names an event (CloudEvents 1.0 §3.1).
pub const SOURCE: &str = "/todoplatform/todo";
/// Content type of the structured mode (CloudEvents Kafka binding 1.0 §3.3).
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=UTF-8";
/// Buckets of the outbox: events of one user share a bucket.
pub const BUCKETS: i16 = 16;

/// What happened to a task. The version is part of the type: fields are only ever added within a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventType {
    /// The task was made.
    #[serde(rename = "todo.task.created.v1")]
    TaskCreated,
    /// One or more fields changed.
    #[serde(rename = "todo.task.updated.v1")]
    TaskUpdated,
    /// The task was done.
    #[serde(rename = "todo.task.completed.v1")]
    TaskCompleted,
    /// The task was opened again.
    #[serde(rename = "todo.task.reopened.v1")]
    TaskReopened,
    /// The task was deleted.
    #[serde(rename = "todo.task.deleted.v1")]
    TaskDeleted,
}

impl EventType {
    /// The `type` attribute.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TaskCreated => "todo.task.created.v1",
            Self::TaskUpdated => "todo.task.updated.v1",
            Self::TaskCompleted => "todo.task.completed.v1",
            Self::TaskReopened => "todo.task.reopened.v1",
            Self::TaskDeleted => "todo.task.deleted.v1",
        }
    }
}

/// A CloudEvent about a task. Unknown attributes and data fields are ignored, so that a consumer understands the
/// producer of the next version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Always `1.0`.
    pub specversion: String,
    /// UUIDv7, minted once with the change and kept through every repetition.
    pub id: String,
    /// [`SOURCE`].
    pub source: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Id of the task.
    pub subject: String,
    /// When it happened.
    pub time: Timestamp,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// Id of the user; the key of the Kafka record (CloudEvents partitioning extension).
    pub partitionkey: String,
    /// The task after the change.
    pub data: Task,
}

/// Why bytes are not an event that this version understands. Trying again cannot help.
#[derive(Debug, thiserror::Error)]
pub enum UndecodableEvent {
    /// Not JSON, or an attribute is missing or of another type.
    #[error("failed to decode the event: {0}")]
    Decode(#[source] serde_json::Error),
    /// An envelope of another specification.
    #[error("failed to decode the event: specversion \"{0}\" is not \"1.0\"")]
    SpecVersion(String),
    /// The attributes contradict the data.
    #[error("failed to decode the event: {0} does not match its data")]
    Mismatch(&'static str),
}

impl Event {
    /// The event that `task` is now what `kind` says. `time` is the time of the change.
    #[must_use]
    pub fn new(kind: EventType, id: Uuid, task: &Task) -> Self {
        Self {
            specversion: "1.0".to_owned(),
            id: id.to_string(),
            source: SOURCE.to_owned(),
            kind,
            subject: task.id.to_string(),
            time: task.updated_at,
            datacontenttype: "application/json".to_owned(),
            partitionkey: task.user_id.to_string(),
            data: task.clone(),
        }
    }

    /// Reads an envelope in structured mode.
    pub fn decode(bytes: &[u8]) -> Result<Self, UndecodableEvent> {
        let event: Self = serde_json::from_slice(bytes).map_err(UndecodableEvent::Decode)?;
        if event.specversion != "1.0" {
            return Err(UndecodableEvent::SpecVersion(event.specversion));
        }
        if event.subject != event.data.id.to_string() {
            return Err(UndecodableEvent::Mismatch("subject"));
        }
        if event.partitionkey != event.data.user_id.to_string() {
            return Err(UndecodableEvent::Mismatch("partitionkey"));
        }
        Ok(event)
    }

    /// The envelope in structured mode.
    ///
    /// # Panics
    ///
    /// Never: an event has only string keys and finite numbers.
    #[must_use]
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("an event has only string keys and finite numbers")
    }
}

/// The outbox bucket of a user: FNV-1a of the id, so that it is the same in every process and version.
#[must_use]
pub fn bucket(user_id: Uuid) -> i16 {
    let hash = user_id.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    i16::from(hash.to_le_bytes()[0]) % BUCKETS
}

#[cfg(test)]
#[path = "event/tests.rs"]
mod tests;
