//! Tags of a task.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use domain::ports::StoreError;
use domain::task::Task;

use crate::store::error::failed_to;
use crate::store::moment::Moment;

/// The lock waits for a tag that is being renamed or deleted and looks at its name again.
const LINK: &str = "WITH found AS (\
     SELECT id, user_id FROM tags WHERE user_id = $2 AND name = ANY($3) ORDER BY id FOR KEY SHARE), \
     linked AS (INSERT INTO task_tags (task_id, tag_id, user_id) \
     SELECT $1, id, user_id FROM found ON CONFLICT DO NOTHING) \
     SELECT count(*) FROM found";
/// In the order of names, so that two requests with the same new tags do not wait for each other in a circle.
const MAKE: &str = "INSERT INTO tags (id, user_id, name, created_at) \
     SELECT n.id, $1, n.name, $2 FROM unnest($3::uuid[], $4::text[]) AS n (id, name) ORDER BY n.name \
     ON CONFLICT ON CONSTRAINT tags_user_name_key DO NOTHING";
const UNLINK: &str = "DELETE FROM task_tags WHERE task_id = $1 AND user_id = $2 \
     AND tag_id NOT IN (SELECT id FROM tags WHERE user_id = $2 AND name = ANY($3))";

/// Links the task's tags. Tags that do not exist are made first; the second look sees those that another request made
/// meanwhile.
pub(super) async fn link(connection: &mut PgConnection, task: &Task) -> Result<(), StoreError> {
    if link_existing(connection, task).await? {
        return Ok(());
    }
    let ids: Vec<Uuid> = task.tags.iter().map(|_| Uuid::now_v7()).collect();
    sqlx::query(MAKE)
        .bind(task.user_id)
        .bind(Moment(task.updated_at))
        .bind(ids)
        .bind(&task.tags)
        .execute(&mut *connection)
        .await
        .map_err(failed_to("make tags"))?;
    if link_existing(connection, task).await? {
        return Ok(());
    }
    Err(StoreError::Contended("failed to link tags: one was renamed or deleted meanwhile".to_owned()))
}

/// Removes links to tags that the task no longer has.
pub(super) async fn unlink(connection: &mut PgConnection, task: &Task) -> Result<(), StoreError> {
    let unlinked = sqlx::query(UNLINK).bind(task.id).bind(task.user_id).bind(&task.tags).execute(connection);
    unlinked.await.map(|_| ()).map_err(failed_to("unlink tags"))
}

/// Whether all tags exist.
async fn link_existing(connection: &mut PgConnection, task: &Task) -> Result<bool, StoreError> {
    let found: i64 = sqlx::query_scalar(LINK)
        .bind(task.id)
        .bind(task.user_id)
        .bind(&task.tags)
        .fetch_one(connection)
        .await
        .map_err(failed_to("link tags"))?;
    Ok(usize::try_from(found).is_ok_and(|found| found == task.tags.len()))
}
