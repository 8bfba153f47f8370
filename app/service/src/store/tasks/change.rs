//! Changes a task: lock, decide, write.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use domain::Task;
use domain::change::{Decision, Refusal, decide};
use domain::ports::{Answer, Command, StoreError};

use super::row::{TaskRow, select_task};
use super::{keys, write};
use crate::store::error::{failed_to, is_lock_timeout};

const LOCK: &str = select_task!("WHERE t.id = $1 AND t.user_id = $2 FOR UPDATE OF t");
const LOCK_SUCCESSOR: &str = select_task!("WHERE t.predecessor_id = $1 AND t.user_id = $2 FOR UPDATE OF t");

/// What a command did.
pub(super) struct Outcome {
    pub(super) answer: Answer,
    /// Whether there is something to commit.
    pub(super) changed: bool,
}

/// Makes the change within a transaction. The key is looked up after the lock: a repetition that waited for the first
/// request finds what that did.
pub(super) async fn execute(
    connection: &mut PgConnection,
    command: &Command,
) -> Result<Option<Outcome>, StoreError> {
    let locked = lock(connection, LOCK, command.id, command).await?;
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
    let successor = lock(connection, LOCK_SUCCESSOR, command.id, command).await?;
    let Some(successor) = successor.filter(|task| task.version == 1) else { return Ok(()) };
    let at = command.occasion.at;
    let removed = Task { deleted_at: Some(at), updated_at: at, version: successor.version + 1, ..successor };
    write::remove(connection, &removed).await
}

async fn lock(
    connection: &mut PgConnection,
    statement: &'static str,
    id: Uuid,
    command: &Command,
) -> Result<Option<Task>, StoreError> {
    let row: Result<Option<TaskRow>, sqlx::Error> =
        sqlx::query_as(statement).bind(id).bind(command.user_id).fetch_optional(connection).await;
    match row {
        Ok(row) => row.map(Task::try_from).transpose(),
        Err(error) if is_lock_timeout(&error) && command.idempotency.is_some() => {
            Err(StoreError::KeyInFlight)
        }
        Err(error) => Err(failed_to("lock a task")(error)),
    }
}
