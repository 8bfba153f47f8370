//! Tasks. Each change, its event and its idempotency key are one transaction.

mod change;
mod keys;
mod list;
pub(super) mod row;
mod tags;
mod write;

use async_trait::async_trait;
use uuid::Uuid;

use domain::event::bucket;
use domain::page::Page;
use domain::ports::{Answer, Command, Creation, StoreError, Tasks};
use domain::query::{TaskKey, TaskQuery};
use domain::task::Task;

use super::error::failed_to;
use super::{Store, contended};
use change::Outcome;
use row::{TaskRow, select_task};

const GET: &str = select_task!("WHERE t.id = $1 AND t.user_id = $2 AND t.deleted_at IS NULL");

#[async_trait]
impl Tasks for Store {
    async fn create(&self, creation: &Creation) -> Result<Answer, StoreError> {
        contended(|| self.try_create(creation)).await
    }

    async fn get(&self, user_id: Uuid, id: Uuid) -> Result<Option<Task>, StoreError> {
        let row: Option<TaskRow> = self
            .read("read a task", async |pool| {
                sqlx::query_as(GET).bind(id).bind(user_id).fetch_optional(&pool).await
            })
            .await?;
        row.map(Task::try_from).transpose()
    }

    async fn list(&self, user_id: Uuid, query: &TaskQuery) -> Result<Page<Task, TaskKey>, StoreError> {
        list::page(self, user_id, query).await
    }

    async fn count(&self, user_id: Uuid, query: &TaskQuery) -> Result<u64, StoreError> {
        list::count(self, user_id, query).await
    }

    async fn change(&self, command: &Command) -> Result<Option<Answer>, StoreError> {
        contended(|| self.try_change(command)).await
    }
}

impl Store {
    async fn try_create(&self, creation: &Creation) -> Result<Answer, StoreError> {
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
        let _wake = self.signal.wake_on_drop(bucket(task.user_id));
        tx.commit().await.map_err(failed_to("create a task"))?;
        Ok(answer)
    }

    async fn try_change(&self, command: &Command) -> Result<Option<Answer>, StoreError> {
        let begun = self.begin_locked(command.user_id, command.id).await;
        let mut tx = begun.map_err(failed_to("lock a task"))?;
        let Some(Outcome { answer, changed }) = change::execute(&mut tx, command).await? else {
            return Ok(None);
        };
        if changed {
            let _wake = self.signal.wake_on_drop(bucket(command.user_id));
            tx.commit().await.map_err(failed_to("change a task"))?;
        }
        Ok(Some(answer))
    }
}
