//! The audit log: written by its consumer, read by its user.

use async_trait::async_trait;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use domain::event::Event;
use domain::page::{Page, PageRequest};
use domain::ports::{AuditEntry, AuditLog, AuditTrail, Effect, StoreError};

use super::Store;
use super::error::failed_to;
use super::moment::Moment;
use super::rows::AuditRow;

const INBOX: &str =
    "INSERT INTO inbox (consumer, source, event_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
/// Writes nothing about a user who was deleted meanwhile.
const APPEND: &str = "INSERT INTO audit_log (user_id, task_id, source, event_id, event_type, data, occurred_at) \
     SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (SELECT FROM erased_users WHERE user_id = $1)";
const LIST: &str = "SELECT seq, event_id, event_type, task_id, data, occurred_at, recorded_at FROM audit_log \
     WHERE user_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";

#[async_trait]
impl AuditLog for Store {
    async fn append(&self, consumer: &str, event: &Event) -> Result<Effect, StoreError> {
        let mut tx = self.begin_as(event.data.user_id).await?;
        let new = sqlx::query(INBOX)
            .bind(consumer)
            .bind(&event.source)
            .bind(&event.id)
            .execute(&mut *tx)
            .await
            .map_err(failed_to("write the inbox"))?;
        if new.rows_affected() == 0 {
            return Ok(Effect::Duplicate);
        }
        append(&mut tx, event).await?;
        tx.commit().await.map_err(failed_to("append to the audit log"))?;
        Ok(Effect::Applied)
    }
}

async fn append(connection: &mut PgConnection, event: &Event) -> Result<(), StoreError> {
    sqlx::query(APPEND)
        .bind(event.data.user_id)
        .bind(event.data.id)
        .bind(&event.source)
        .bind(&event.id)
        .bind(event.kind.as_str())
        .bind(Json(&event.data))
        .bind(Moment(event.time))
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed_to("append to the audit log"))
}

#[async_trait]
impl AuditTrail for Store {
    async fn list(&self, user_id: Uuid, page: PageRequest<i64>) -> Result<Page<AuditEntry, i64>, StoreError> {
        let rows: Vec<AuditRow> = self
            .read("list the audit log", async |pool| {
                let query = sqlx::query_as(LIST).bind(user_id).bind(page.after.unwrap_or(i64::MAX));
                query.bind(i64::from(page.limit) + 1).fetch_all(&pool).await
            })
            .await?;
        let entries = rows.into_iter().map(AuditEntry::from).collect();
        Ok(Page::from_rows(entries, page.limit, |entry: &AuditEntry| entry.seq))
    }
}
