//! Tags of the caller. A tag of another user is as absent as one that never was.

pub(super) mod delete;
pub(super) mod list;
pub(super) mod rename;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use domain::ports::Tag;

/// A tag.
#[derive(Serialize, ToSchema)]
#[schema(as = Tag, example = json!({
    "id": "01a21149-e987-7622-b123-77c6b8809e28", "name": "work", "task_count": 12,
    "created_at": "2026-02-09T12:00:00Z"}))]
pub(super) struct TagBody {
    id: Uuid,
    /// In lower case; unique.
    name: String,
    /// Tasks that carry it and are not deleted.
    task_count: u64,
    /// When it was first used.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Tag> for TagBody {
    fn from(tag: Tag) -> Self {
        Self { id: tag.id, name: tag.name, task_count: tag.task_count, created_at: tag.created_at }
    }
}
