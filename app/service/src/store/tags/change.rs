//! The tasks of a tag: locked, then changed with it.

use jiff::Timestamp;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use domain::event::{Event, EventType, bucket};
use domain::ports::{StoreError, TAGGED_MAX};
use domain::task::Task;

use crate::store::error::failed_to;
use crate::store::moment::Moment;
use crate::store::tasks::row::{TaskRow, select_task};

/// Tasks per statement.
const BATCH: usize = 500;

const LOCK_TASKS: &str = "SELECT t.id FROM tasks t JOIN task_tags l ON l.task_id = t.id \
     WHERE l.tag_id = $1 AND t.user_id = $2 AND t.deleted_at IS NULL ORDER BY t.id LIMIT $3 FOR UPDATE OF t";
const LOCK_TAG: &str = "SELECT name FROM tags WHERE id = $1 AND user_id = $2 FOR UPDATE";
const READ: &str = select_task!("WHERE t.id = ANY($1) AND t.user_id = $2 ORDER BY t.id");
const BUMP: &str = "WITH changed AS (\
     UPDATE tasks SET version = version + 1, updated_at = $4 WHERE id = ANY($2) AND user_id = $1) \
     INSERT INTO outbox (id, bucket, user_id, task_id, envelope) SELECT e.id, $3, $1, e.task_id, e.envelope \
     FROM unnest($5::uuid[], $2::uuid[], $6::text[]) AS e (id, task_id, envelope)";

/// A locked tag.
pub(super) struct Tagged {
    pub(super) name: String,
    /// The tasks that carry it and are not deleted, locked as well.
    pub(super) tasks: Vec<Uuid>,
}

/// Locks a tag with its tasks; `None` if the user has no such tag. Tasks first, as every change of a task does it, so
/// that nobody waits in a circle; then the tag, which keeps new tasks away from it; then those that came meanwhile.
pub(super) async fn lock(
    connection: &mut PgConnection,
    user_id: Uuid,
    id: Uuid,
) -> Result<Option<Tagged>, StoreError> {
    lock_tasks(connection, user_id, id).await?;
    let name: Option<String> = sqlx::query_scalar(LOCK_TAG)
        .bind(id)
        .bind(user_id)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed_to("lock a tag"))?;
    let Some(name) = name else { return Ok(None) };
    let tasks = lock_tasks(connection, user_id, id).await?;
    Ok(Some(Tagged { name, tasks }))
}

async fn lock_tasks(connection: &mut PgConnection, user_id: Uuid, id: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let tasks: Vec<Uuid> = sqlx::query_scalar(LOCK_TASKS)
        .bind(id)
        .bind(user_id)
        .bind(i64::try_from(TAGGED_MAX).unwrap_or(i64::MAX).saturating_add(1))
        .fetch_all(connection)
        .await
        .map_err(failed_to("lock the tasks of a tag"))?;
    if tasks.len() > TAGGED_MAX { Err(StoreError::TagInUse) } else { Ok(tasks) }
}

/// Gives each task a new version and an event with its state as it is in the transaction.
pub(super) async fn bump(
    connection: &mut PgConnection,
    user_id: Uuid,
    tasks: &[Uuid],
    at: Timestamp,
) -> Result<(), StoreError> {
    for batch in tasks.chunks(BATCH) {
        let rows: Vec<TaskRow> = sqlx::query_as(READ)
            .bind(batch)
            .bind(user_id)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed_to("read the tasks of a tag"))?;
        let changed = rows.into_iter().map(|row| {
            Task::try_from(row).map(|task| Task { version: task.version + 1, updated_at: at, ..task })
        });
        write(connection, user_id, &changed.collect::<Result<Vec<_>, _>>()?, at).await?;
    }
    Ok(())
}

async fn write(
    connection: &mut PgConnection,
    user_id: Uuid,
    tasks: &[Task],
    at: Timestamp,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = tasks.iter().map(|task| task.id).collect();
    let event_ids: Vec<Uuid> = tasks.iter().map(|_| Uuid::now_v7()).collect();
    let events = tasks.iter().zip(&event_ids);
    let envelopes: Vec<String> =
        events.map(|(task, id)| Event::new(EventType::TaskUpdated, *id, task).encode()).collect();
    sqlx::query(BUMP)
        .bind(user_id)
        .bind(ids)
        .bind(bucket(user_id))
        .bind(Moment(at))
        .bind(event_ids)
        .bind(envelopes)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed_to("change the tasks of a tag"))
}
