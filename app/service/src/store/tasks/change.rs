//! Changes a task: lock, decide, write.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use domain::Task;
use domain::change::{Decision, Refusal, decide};
use domain::ports::{Answer, Command, StoreError};

use super::row::{TaskRow, select_task};
use super::{keys, write};
use crate::store::error::failed_to;

const READ: &str = select_task!("WHERE t.id = $1 AND t.user_id = $2");
const LOCK_SUCCESSOR: &str = "SELECT id FROM tasks WHERE predecessor_id = $1 AND user_id = $2 FOR UPDATE";

/// What a command did.
pub(super) struct Outcome {
    pub(super) answer: Answer,
    /// Whether there is something to commit.
    pub(super) changed: bool,
}

/// Makes the change within a transaction that holds the lock of the task. The key is looked up after the lock: a
/// repetition that waited for the first request finds what that did.
pub(super) async fn execute(
    connection: &mut PgConnection,
    command: &Command,
) -> Result<Option<Outcome>, StoreError> {
    let locked = read(connection, command.user_id, command.id).await?;
    if let Some(idempotency) = &command.idempotency
        && let Some(answer) = keys::replay(connection, command.user_id, idempotency).await?
    {
        return Ok(Some(Outcome { answer, changed: false }));
    }
    let Some(before) = locked else { return Ok(None) };
    let decision = match decide(&before, &command.change, command.occasion) {
        Ok(decision) => decision,
        Err(Refusal::Absent) => return Ok(None),
        Err(Refusal::Invalid(invalid)) => return Err(StoreError::Invalid(invalid)),
    };
    check_version(&before, command)?;
    write(connection, &before, &decision).await?;
    if decision.retracts {
        retract(connection, command).await?;
    }
    let answer = Answer { task: decision.task, at: command.occasion.at, replayed: false };
    record(connection, command, answer, decision.event.is_some()).await
}

async fn record(
    connection: &mut PgConnection,
    command: &Command,
    answer: Answer,
    changed: bool,
) -> Result<Option<Outcome>, StoreError> {
    let Some(idempotency) = &command.idempotency else { return Ok(Some(Outcome { answer, changed })) };
    if keys::record(connection, idempotency, &answer).await? {
        return Ok(Some(Outcome { answer, changed: true }));
    }
    // The key was used for another task meanwhile: what this request wrote is rolled back.
    let answer = keys::replay(connection, command.user_id, idempotency).await?;
    Ok(answer.map(|answer| Outcome { answer, changed: false }))
}

fn check_version(before: &Task, command: &Command) -> Result<(), StoreError> {
    match &command.expected {
        Some(versions) if !versions.contains(&before.version) => {
            Err(StoreError::VersionMismatch(before.version))
        }
        _ => Ok(()),
    }
}

async fn write(connection: &mut PgConnection, before: &Task, decision: &Decision) -> Result<(), StoreError> {
    if let Some(kind) = decision.event {
        write::update(connection, before, &decision.task, kind).await?;
    }
    if let Some(successor) = &decision.successor {
        write::insert(connection, successor).await?;
    }
    Ok(())
}

/// Removes the successor of a reopened task, unless somebody changed, completed or deleted it.
async fn retract(connection: &mut PgConnection, command: &Command) -> Result<(), StoreError> {
    let successor: Option<Uuid> = sqlx::query_scalar(LOCK_SUCCESSOR)
        .bind(command.id)
        .bind(command.user_id)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed_to("lock a successor"))?;
    let Some(id) = successor else { return Ok(()) };
    let successor = read(connection, command.user_id, id).await?;
    let Some(successor) = successor.filter(|task| task.version == 1) else { return Ok(()) };
    let at = command.occasion.at;
    let removed = Task { deleted_at: Some(at), updated_at: at, version: successor.version + 1, ..successor };
    write::remove(connection, &removed).await
}

async fn read(connection: &mut PgConnection, user_id: Uuid, id: Uuid) -> Result<Option<Task>, StoreError> {
    let row: Option<TaskRow> = sqlx::query_as(READ)
        .bind(id)
        .bind(user_id)
        .fetch_optional(connection)
        .await
        .map_err(failed_to("read a task"))?;
    row.map(Task::try_from).transpose()
}
