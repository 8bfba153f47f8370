//! Tags of a user. Renaming or deleting one changes its tasks.

mod change;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use domain::event::bucket;
use domain::page::{Page, PageRequest};
use domain::ports::{Rename, StoreError, Tag, Tags};

use super::Store;
use super::error::{constraint, failed_to};
use super::moment::Moment;
use change::{bump, lock};

/// The links less those of deleted tasks: deleted tasks are few, and links are counted in an index alone.
macro_rules! select_tag {
    ($rest:literal) => {
        concat!(
            "SELECT g.id, g.name, g.created_at, (SELECT count(*) FROM task_tags l WHERE l.tag_id = g.id) - ",
            "(SELECT count(*) FROM tasks t JOIN task_tags l ON l.task_id = t.id AND l.tag_id = g.id AND l.user_id = t.user_id ",
            "WHERE t.user_id = g.user_id AND t.deleted_at IS NOT NULL) AS task_count FROM tags g ",
            $rest
        )
    };
}

const LIST: &str =
    select_tag!("WHERE g.user_id = $1 AND ($2::text IS NULL OR g.name > $2) ORDER BY g.name LIMIT $3");
const GET: &str = select_tag!("WHERE g.id = $1 AND g.user_id = $2");
const RENAME: &str = "UPDATE tags SET name = $3 WHERE id = $1 AND user_id = $2";
const DELETE: &str = "DELETE FROM tags WHERE id = $1 AND user_id = $2";

#[derive(FromRow)]
struct TagRow {
    id: Uuid,
    name: String,
    created_at: Moment,
    task_count: i64,
}

impl From<TagRow> for Tag {
    fn from(row: TagRow) -> Self {
        let task_count = u64::try_from(row.task_count).unwrap_or(0);
        Self { id: row.id, name: row.name, task_count, created_at: row.created_at.0 }
    }
}

#[async_trait]
impl Tags for Store {
    async fn list(&self, user_id: Uuid, page: PageRequest<String>) -> Result<Page<Tag, String>, StoreError> {
        let rows: Vec<TagRow> = self
            .read("list tags", async |pool| {
                let query = sqlx::query_as(LIST).bind(user_id).bind(&page.after);
                query.bind(i64::from(page.limit) + 1).fetch_all(&pool).await
            })
            .await?;
        let tags = rows.into_iter().map(Tag::from).collect();
        Ok(Page::from_rows(tags, page.limit, |tag: &Tag| tag.name.clone()))
    }

    async fn rename(&self, rename: &Rename) -> Result<Option<Tag>, StoreError> {
        let Rename { user_id, id, ref name, at } = *rename;
        let mut tx = self.begin_as(user_id).await?;
        let Some(tagged) = lock(&mut tx, user_id, id).await? else { return Ok(None) };
        let changes = tagged.name != *name;
        if changes {
            let renamed = sqlx::query(RENAME).bind(id).bind(user_id).bind(name).execute(&mut *tx).await;
            renamed.map_err(|error| match constraint(&error) {
                Some("tags_user_name_key") => StoreError::TagExists,
                _ => failed_to("rename a tag")(error),
            })?;
            bump(&mut tx, user_id, &tagged.tasks, at).await?;
        }
        let row: TagRow = sqlx::query_as(GET)
            .bind(id)
            .bind(user_id)
            .fetch_one(&mut *tx)
            .await
            .map_err(failed_to("read a tag"))?;
        let _wake = self.signal.wake_on_drop(bucket(user_id));
        tx.commit().await.map_err(failed_to("rename a tag"))?;
        Ok(Some(row.into()))
    }

    async fn delete(&self, user_id: Uuid, id: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        let mut tx = self.begin_as(user_id).await?;
        let Some(tagged) = lock(&mut tx, user_id, id).await? else { return Ok(false) };
        let deleted = sqlx::query(DELETE).bind(id).bind(user_id).execute(&mut *tx).await;
        deleted.map_err(failed_to("delete a tag"))?;
        bump(&mut tx, user_id, &tagged.tasks, at).await?;
        let _wake = self.signal.wake_on_drop(bucket(user_id));
        tx.commit().await.map_err(failed_to("delete a tag"))?;
        Ok(true)
    }
}
