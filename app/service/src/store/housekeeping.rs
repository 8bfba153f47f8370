//! Removes what has outlived its use.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Store;
use super::error::describe;

/// Shortest time between two runs.
const PAUSE: Duration = Duration::from_hours(1);
/// Rows per statement, so that no statement takes long.
const BATCH: i64 = 1000;

/// What is removed and when. Outbox and the audit entries of users who are there are no rubbish.
const RULES: [(&str, &str); 5] = [
    (
        "idempotency keys after a day",
        "DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(SELECT ctid FROM idempotency_keys \
         WHERE created_at < now() - interval '24 hours' LIMIT $1))",
    ),
    (
        "deleted tasks after 30 days",
        // The outer condition is looked at again after a wait: a task that was restored meanwhile stays.
        "DELETE FROM tasks WHERE deleted_at < now() - interval '30 days' \
         AND id IN (SELECT id FROM tasks WHERE deleted_at < now() - interval '30 days' LIMIT $1)",
    ),
    (
        "series without a task",
        "DELETE FROM series WHERE id IN (SELECT s.id FROM series s \
         WHERE NOT EXISTS (SELECT FROM tasks t WHERE t.series_id = s.id) LIMIT $1)",
    ),
    // Dead letters live for 30 days: until then an event may come again.
    (
        "inbox rows after 45 days",
        "DELETE FROM inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox \
         WHERE processed_at < now() - interval '45 days' LIMIT $1))",
    ),
    // A consumer may have been about to write one while its user was deleted.
    (
        "audit entries of deleted users",
        "DELETE FROM audit_log WHERE ctid = ANY(ARRAY(SELECT a.ctid FROM audit_log a \
         JOIN erased_users e ON e.user_id = a.user_id WHERE e.erased_at > now() - interval '2 days' LIMIT $1))",
    ),
];

impl Store {
    /// Removes what is old after a write, at most once an hour: a database that sleeps is not woken for it.
    pub async fn keep_house(&self, stop: &CancellationToken) {
        let mut last: Option<Instant> = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.signal.written() => {}
            }
            if last.is_none_or(|last| last.elapsed() >= PAUSE) {
                last = Some(Instant::now());
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.remove_old() => {}
                }
            }
        }
    }

    /// Applies every rule until nothing is left to remove. A failed one waits for the next run.
    pub async fn remove_old(&self) {
        for (what, statement) in RULES {
            match remove(&self.pool, statement).await {
                Ok(0) => {}
                Ok(rows) => info!(rows, what, "removed"),
                Err(error) => warn!(error = describe(&error), what, "not removed"),
            }
        }
    }
}

async fn remove(pool: &PgPool, statement: &'static str) -> Result<u64, sqlx::Error> {
    let mut removed = 0;
    loop {
        let rows = sqlx::query(statement).bind(BATCH).execute(pool).await?.rows_affected();
        removed += rows;
        if rows < BATCH.unsigned_abs() {
            return Ok(removed);
        }
    }
}
