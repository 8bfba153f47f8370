//! Tags of a task.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use domain::ports::StoreError;
use domain::task::Task;

use crate::store::error::{constraint, failed_to};
use crate::store::moment::Moment;

/// A tag that is being renamed is waited for, and has the name no more.
const LINK: &str = "INSERT INTO task_tags (task_id, tag_id, user_id) \
     SELECT $1, id, user_id FROM tags WHERE user_id = $2 AND name = ANY($3) FOR KEY SHARE ON CONFLICT DO NOTHING";
/// In the order of names, so that two requests with the same new tags do not wait for each other in a circle.
const MAKE: &str = "INSERT INTO tags (id, user_id, name, created_at) \
     SELECT n.id, $1, n.name, $2 FROM unnest($3::uuid[], $4::text[]) AS n (id, name) ORDER BY n.name \
     ON CONFLICT ON CONSTRAINT tags_user_name_key DO NOTHING";
const UNLINK: &str = "DELETE FROM task_tags WHERE task_id = $1 AND user_id = $2 \
     AND tag_id NOT IN (SELECT id FROM tags WHERE user_id = $2 AND name = ANY($3))";

/// Links the task's tags. Tags that do not exist are made first; the second look sees those that another request made
/// meanwhile.
pub(super) async fn link(connection: &mut PgConnection, task: &Task) -> Result<(), StoreError> {
    let wanted = u64::try_from(task.tags.len()).unwrap_or(u64::MAX);
    if link_existing(connection, task).await? == wanted {
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
    link_existing(connection, task).await.map(|_| ())
}

/// Removes links to tags that the task no longer has.
pub(super) async fn unlink(connection: &mut PgConnection, task: &Task) -> Result<(), StoreError> {
    let unlinked = sqlx::query(UNLINK).bind(task.id).bind(task.user_id).bind(&task.tags).execute(connection);
    unlinked.await.map(|_| ()).map_err(failed_to("unlink tags"))
}

async fn link_existing(connection: &mut PgConnection, task: &Task) -> Result<u64, StoreError> {
    let linked =
        sqlx::query(LINK).bind(task.id).bind(task.user_id).bind(&task.tags).execute(connection).await;
    match linked {
        Ok(linked) => Ok(linked.rows_affected()),
        // The tag was deleted between the look and the link: the same request will make it anew.
        Err(error) if constraint(&error) == Some("task_tags_tag_id_fkey") => {
            Err(StoreError::Unavailable("failed to link a tag: it was deleted meanwhile".to_owned()))
        }
        Err(error) => Err(failed_to("link tags")(error)),
    }
}
