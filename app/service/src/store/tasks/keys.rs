//! Idempotency keys: a key and the change that it stands for are one transaction.

use sqlx::FromRow;
use sqlx::postgres::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use domain::ports::{Answer, Idempotency, StoreError};
use domain::task::Task;

use crate::store::error::{constraint, failed_to, is_lock_timeout};
use crate::store::moment::Moment;

const RECORD: &str = "INSERT INTO idempotency_keys (user_id, key, fingerprint, answer, created_at) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
const READ: &str =
    "SELECT fingerprint, answer, created_at FROM idempotency_keys WHERE user_id = $1 AND key = $2";

#[derive(FromRow)]
struct KeyRow {
    fingerprint: Vec<u8>,
    answer: Json<Task>,
    created_at: Moment,
}

/// Records what the key did. `false` if the key was used before. Waits for a request with the same key that is at work.
pub(super) async fn record(
    connection: &mut PgConnection,
    idempotency: &Idempotency,
    answer: &Answer,
) -> Result<bool, StoreError> {
    let recorded = sqlx::query(RECORD)
        .bind(answer.task.user_id)
        .bind(&idempotency.key)
        .bind(idempotency.fingerprint.as_slice())
        .bind(Json(&answer.task))
        .bind(Moment(answer.at))
        .execute(connection)
        .await;
    match recorded {
        Ok(recorded) => Ok(recorded.rows_affected() == 1),
        Err(error) if is_lock_timeout(&error) => Err(StoreError::KeyInFlight),
        Err(error) if constraint(&error) == Some("idempotency_keys_user_id_fkey") => {
            Err(StoreError::NoSuchUser)
        }
        Err(error) => Err(failed_to("record an idempotency key")(error)),
    }
}

/// What the key did before, if it was used.
pub(super) async fn replay(
    connection: &mut PgConnection,
    user_id: Uuid,
    idempotency: &Idempotency,
) -> Result<Option<Answer>, StoreError> {
    let row: Option<KeyRow> = sqlx::query_as(READ)
        .bind(user_id)
        .bind(&idempotency.key)
        .fetch_optional(connection)
        .await
        .map_err(failed_to("read an idempotency key"))?;
    let Some(row) = row else { return Ok(None) };
    if row.fingerprint != idempotency.fingerprint {
        return Err(StoreError::KeyReused);
    }
    Ok(Some(Answer { task: row.answer.0, at: row.created_at.0, replayed: true }))
}
