//! Tasks. A change and its outbox row are one statement.

use async_trait::async_trait;
use sqlx::PgConnection;
use uuid::Uuid;

use domain::event::{Event, EventType, bucket};
use domain::page::{Page, PageRequest};
use domain::ports::{Change, StoreError, TaskKey, Tasks};
use domain::task::Task;

use super::Store;
use super::error::{constraint, failed_to};
use super::moment::Moment;
use super::rows::TaskRow;

const INSERT: &str = "WITH task AS (\
     INSERT INTO tasks (id, user_id, title, description, priority, version, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id, user_id) \
     INSERT INTO outbox (id, bucket, user_id, task_id, envelope) SELECT $8, $9, user_id, id, $10 FROM task";
/// A task's columns by name: a later migration may add one, and a statement that was prepared before would fail.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, title, description, priority, completed, completed_at, version, created_at, ",
            "updated_at FROM tasks ",
            $rest
        )
    };
}

const GET: &str = select!("WHERE id = $1 AND user_id = $2");
const LOCK: &str = select!("WHERE id = $1 AND user_id = $2 FOR UPDATE");
const LIST: &str = select!("WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2");
const LIST_AFTER: &str =
    select!("WHERE user_id = $1 AND (created_at, id) < ($3, $4) ORDER BY created_at DESC, id DESC LIMIT $2");
const COMPLETE: &str = "WITH task AS (\
     UPDATE tasks SET completed = true, completed_at = $3, updated_at = $3, version = $4 \
     WHERE id = $1 AND user_id = $2 RETURNING id, user_id) \
     INSERT INTO outbox (id, bucket, user_id, task_id, envelope) SELECT $5, $6, user_id, id, $7 FROM task";

#[async_trait]
impl Tasks for Store {
    async fn create(&self, task: &Task, event: &Event) -> Result<(), StoreError> {
        let mut tx = self.begin_as(task.user_id).await?;
        insert(&mut tx, task, event).await?;
        tx.commit().await.map_err(failed_to("create a task"))?;
        self.signal.wake(bucket(task.user_id));
        Ok(())
    }

    async fn get(&self, user_id: Uuid, id: Uuid) -> Result<Option<Task>, StoreError> {
        let row: Option<TaskRow> = self
            .read("read a task", async |pool| {
                sqlx::query_as(GET).bind(id).bind(user_id).fetch_optional(&pool).await
            })
            .await?;
        row.map(Task::try_from).transpose()
    }

    async fn list(
        &self,
        user_id: Uuid,
        page: PageRequest<TaskKey>,
    ) -> Result<Page<Task, TaskKey>, StoreError> {
        let rows: Vec<TaskRow> = self
            .read("list tasks", async |pool| {
                let query = match page.after {
                    None => sqlx::query_as(LIST).bind(user_id).bind(i64::from(page.limit) + 1),
                    Some(key) => sqlx::query_as(LIST_AFTER)
                        .bind(user_id)
                        .bind(i64::from(page.limit) + 1)
                        .bind(Moment(key.created_at))
                        .bind(key.id),
                };
                query.fetch_all(&pool).await
            })
            .await?;
        let tasks = rows.into_iter().map(Task::try_from).collect::<Result<_, _>>()?;
        Ok(Page::from_rows(tasks, page.limit, |task: &Task| TaskKey {
            created_at: task.created_at,
            id: task.id,
        }))
    }

    async fn complete(&self, user_id: Uuid, id: Uuid, change: Change) -> Result<Option<Task>, StoreError> {
        let mut tx = self.begin_as(user_id).await?;
        let row: Option<TaskRow> = sqlx::query_as(LOCK)
            .bind(id)
            .bind(user_id)
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed_to("lock a task"))?;
        let Some(task) = row.map(Task::try_from).transpose()? else { return Ok(None) };
        let Some(done) = task.completed(change.at) else { return Ok(Some(task)) };
        update_completed(&mut tx, &done, change.event_id).await?;
        tx.commit().await.map_err(failed_to("complete a task"))?;
        self.signal.wake(bucket(user_id));
        Ok(Some(done))
    }
}

async fn insert(connection: &mut PgConnection, task: &Task, event: &Event) -> Result<(), StoreError> {
    let inserted = sqlx::query(INSERT)
        .bind(task.id)
        .bind(task.user_id)
        .bind(&task.title)
        .bind(&task.description)
        .bind(task.priority.as_str())
        .bind(task.version)
        .bind(Moment(task.created_at))
        .bind(event_id(event)?)
        .bind(bucket(task.user_id))
        .bind(event.encode())
        .execute(connection)
        .await;
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if constraint(&error) == Some("tasks_user_id_fkey") => Err(StoreError::NoSuchUser),
        Err(error) => Err(failed_to("create a task")(error)),
    }
}

async fn update_completed(
    connection: &mut PgConnection,
    done: &Task,
    event_id: Uuid,
) -> Result<(), StoreError> {
    let event = Event::new(EventType::TaskCompleted, event_id, done);
    sqlx::query(COMPLETE)
        .bind(done.id)
        .bind(done.user_id)
        .bind(Moment(done.updated_at))
        .bind(done.version)
        .bind(event_id)
        .bind(bucket(done.user_id))
        .bind(event.encode())
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed_to("complete a task"))
}

fn event_id(event: &Event) -> Result<Uuid, StoreError> {
    event.id.parse().map_err(|_| StoreError::Rejected(format!("failed to read event id \"{}\"", event.id)))
}
