//! Writes a task and the event about it in one statement; tags, reminders and series follow where there are any.

use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::query::Query;
use uuid::Uuid;

use domain::event::{Event, EventType, bucket};
use domain::ports::StoreError;
use domain::task::{Due, Recurrence, Task, fire_at};

use crate::store::error::{constraint, failed_to};
use crate::store::moment::{Day, Local, Moment};

/// A second successor of the same task is not stored, and neither is its event.
const INSERT: &str = "WITH task AS (\
     INSERT INTO tasks (id, user_id, title, description, priority, due_date, due_local, due_zone, due_at, overdue_at, \
     series_id, occurrence, depth, completed, completed_at, deleted_at, version, updated_at, predecessor_id, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $22, $23) \
     ON CONFLICT ON CONSTRAINT tasks_predecessor_key DO NOTHING RETURNING id, user_id) \
     INSERT INTO outbox (id, bucket, user_id, task_id, envelope) SELECT $19, $20, user_id, id, $21 FROM task";
const UPDATE: &str = "WITH task AS (\
     UPDATE tasks SET title = $3, description = $4, priority = $5, due_date = $6, due_local = $7, due_zone = $8, \
     due_at = $9, overdue_at = $10, series_id = $11, occurrence = $12, depth = $13, completed = $14, \
     completed_at = $15, deleted_at = $16, version = $17, updated_at = $18 \
     WHERE id = $1 AND user_id = $2 RETURNING id, user_id) \
     INSERT INTO outbox (id, bucket, user_id, task_id, envelope) SELECT $19, $20, user_id, id, $21 FROM task";
const DELETE: &str = "WITH task AS (DELETE FROM tasks WHERE id = $1 AND user_id = $2 RETURNING id, user_id) \
     INSERT INTO outbox (id, bucket, user_id, task_id, envelope) SELECT $3, $4, user_id, id, $5 FROM task";
const SERIES: &str = "INSERT INTO series (id, user_id, rule, zone, first_local, anchor) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT (id) DO NOTHING";
const CLEAR_REMINDERS: &str = "DELETE FROM reminders WHERE task_id = $1 AND user_id = $2";
const REMINDERS: &str = "INSERT INTO reminders (task_id, user_id, minutes_before, fire_at) \
     SELECT $1, $2, r.minutes, r.fire_at FROM unnest($3::integer[], $4::timestamptz[]) AS r (minutes, fire_at)";

type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Stores a new task with its series, tags, reminders and event. `false` if its predecessor has a successor already.
pub(super) async fn insert(connection: &mut PgConnection, task: &Task) -> Result<bool, StoreError> {
    if let Some(recurrence) = &task.recurrence {
        series(connection, task.user_id, recurrence).await?;
    }
    let event = Event::new(EventType::TaskCreated, Uuid::now_v7(), task);
    let statement = bind(INSERT, task, &event)?.bind(task.predecessor_id).bind(Moment(task.created_at));
    let inserted = match statement.execute(&mut *connection).await {
        Ok(inserted) => inserted.rows_affected() == 1,
        Err(error) if constraint(&error) == Some("tasks_user_id_fkey") => return Err(StoreError::NoSuchUser),
        Err(error) => return Err(failed_to("create a task")(error)),
    };
    if inserted && !task.tags.is_empty() {
        super::tags::link(connection, task).await?;
    }
    if inserted && !task.reminders.is_empty() {
        reminders(connection, task).await?;
    }
    Ok(inserted)
}

/// Stores a change of `before` with the event about it.
pub(super) async fn update(
    connection: &mut PgConnection,
    before: &Task,
    after: &Task,
    kind: EventType,
) -> Result<(), StoreError> {
    if let Some(recurrence) = after.recurrence.as_ref().filter(|_| series_id(before) != series_id(after)) {
        series(connection, after.user_id, recurrence).await?;
    }
    let event = Event::new(kind, Uuid::now_v7(), after);
    let updated = bind(UPDATE, after, &event)?.execute(&mut *connection).await;
    updated.map_err(failed_to("change a task"))?;
    if before.tags != after.tags {
        super::tags::unlink(connection, after).await?;
        super::tags::link(connection, after).await?;
    }
    if (&before.due, &before.reminders) != (&after.due, &after.reminders) {
        let cleared = sqlx::query(CLEAR_REMINDERS).bind(after.id).bind(after.user_id);
        cleared.execute(&mut *connection).await.map_err(failed_to("clear reminders"))?;
        reminders(connection, after).await?;
    }
    Ok(())
}

/// Removes a task for good, with the event that it is deleted.
pub(super) async fn remove(connection: &mut PgConnection, task: &Task) -> Result<(), StoreError> {
    let event = Event::new(EventType::TaskDeleted, Uuid::now_v7(), task);
    sqlx::query(DELETE)
        .bind(task.id)
        .bind(task.user_id)
        .bind(event_id(&event)?)
        .bind(bucket(task.user_id))
        .bind(event.encode())
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed_to("remove a task"))
}

fn bind<'q>(sql: &'static str, task: &'q Task, event: &Event) -> Result<Statement<'q>, StoreError> {
    let (date, local) = match &task.due {
        Some(Due::Date { date, .. }) => (Some(Day(*date)), None),
        Some(Due::Local { local, .. }) => (None, Some(Local(*local))),
        Some(Due::Instant { .. }) | None => (None, None),
    };
    let zone = task.due.as_ref().and_then(Due::zone).map(ToString::to_string);
    let recurrence = task.recurrence.as_ref();
    Ok(sqlx::query(sql)
        .bind(task.id)
        .bind(task.user_id)
        .bind(&task.title)
        .bind(&task.description)
        .bind(task.priority.as_str())
        .bind(date)
        .bind(local)
        .bind(zone)
        .bind(task.due.as_ref().map(|due| Moment(due.at())))
        .bind(task.due.as_ref().map(|due| Moment(due.overdue_at())))
        .bind(series_id(task))
        .bind(recurrence.and_then(|recurrence| recurrence.occurrence).map(Local))
        .bind(recurrence.map_or(0, |recurrence| i32::from(recurrence.depth)))
        .bind(task.completed)
        .bind(task.completed_at.map(Moment))
        .bind(task.deleted_at.map(Moment))
        .bind(task.version)
        .bind(Moment(task.updated_at))
        .bind(event_id(event)?)
        .bind(bucket(task.user_id))
        .bind(event.encode()))
}

async fn series(
    connection: &mut PgConnection,
    user_id: Uuid,
    recurrence: &Recurrence,
) -> Result<(), StoreError> {
    let series = &recurrence.series;
    sqlx::query(SERIES)
        .bind(recurrence.series_id)
        .bind(user_id)
        .bind(series.rule.to_string())
        .bind(series.zone.to_string())
        .bind(Local(series.first))
        .bind(series.anchor.as_str())
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(|error| match constraint(&error) {
            Some("series_user_id_fkey") => StoreError::NoSuchUser,
            _ => failed_to("store a series")(error),
        })
}

async fn reminders(connection: &mut PgConnection, task: &Task) -> Result<(), StoreError> {
    let minutes: Vec<i32> = task.reminders.iter().copied().map(i32::from).collect();
    let fire: Vec<Option<Moment>> =
        task.reminders.iter().map(|minutes| fire_at(task.due.as_ref(), *minutes).map(Moment)).collect();
    sqlx::query(REMINDERS)
        .bind(task.id)
        .bind(task.user_id)
        .bind(minutes)
        .bind(fire)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed_to("store reminders"))
}

fn series_id(task: &Task) -> Option<Uuid> {
    task.recurrence.as_ref().map(|recurrence| recurrence.series_id)
}

fn event_id(event: &Event) -> Result<Uuid, StoreError> {
    event.id.parse().map_err(|_| StoreError::Rejected(format!("failed to read event id \"{}\"", event.id)))
}
