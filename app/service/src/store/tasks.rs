//! Tasks. Each change, its event and its idempotency key are one transaction.

mod change;
mod keys;
mod row;
mod tags;
mod write;

use async_trait::async_trait;
use uuid::Uuid;

use domain::event::bucket;
use domain::page::{Page, PageRequest};
use domain::ports::{Answer, Command, Creation, StoreError, TaskKey, Tasks};
use domain::task::Task;

use super::Store;
use super::error::{failed_to, is_lock_timeout};
use super::moment::Moment;
use change::Outcome;
use row::{TaskRow, select_task};

const GET: &str = select_task!("WHERE t.id = $1 AND t.user_id = $2 AND t.deleted_at IS NULL");
const LIST: &str = select_task!(
    "WHERE t.user_id = $1 AND t.deleted_at IS NULL ORDER BY t.created_at DESC, t.id DESC LIMIT $2"
);
const LIST_AFTER: &str = select_task!(
    "WHERE t.user_id = $1 AND t.deleted_at IS NULL AND (t.created_at, t.id) < ($3, $4) ",
    "ORDER BY t.created_at DESC, t.id DESC LIMIT $2"
);

#[async_trait]
impl Tasks for Store {
    async fn create(&self, creation: &Creation) -> Result<Answer, StoreError> {
        let task = &creation.task;
        let mut tx = self.begin_as(task.user_id).await?;
        let answer = Answer { task: task.clone(), at: task.created_at, replayed: false };
        if let Some(idempotency) = &creation.idempotency
            && !keys::record(&mut tx, idempotency, &answer).await?
        {
            let replayed = keys::replay(&mut tx, task.user_id, idempotency).await?;
            return replayed.ok_or(StoreError::KeyInFlight);
        }
        write::insert(&mut tx, task).await?;
        tx.commit().await.map_err(failed_to("create a task"))?;
        self.signal.wake(bucket(task.user_id));
        Ok(answer)
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

    async fn change(&self, command: &Command) -> Result<Option<Answer>, StoreError> {
        let begun = self.begin_locked(command.user_id, command.id).await;
        let mut tx = begun.map_err(|error| match &command.idempotency {
            Some(_) if is_lock_timeout(&error) => StoreError::KeyInFlight,
            _ => failed_to("lock a task")(error),
        })?;
        let Some(Outcome { answer, changed }) = change::execute(&mut tx, command).await? else {
            return Ok(None);
        };
        if changed {
            tx.commit().await.map_err(failed_to("change a task"))?;
            self.signal.wake(bucket(command.user_id));
        }
        Ok(Some(answer))
    }
}
