//! Publishes one bucket until it is empty.

use std::collections::BTreeMap;

use futures::future::join_all;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use domain::event::CONTENT_TYPE;
use domain::ports::{BusError, StoreError};
use domain::record::Record;

use super::Relay;
use crate::store::error::failed_to;

/// First key of the advisory locks of the relay; the second is the bucket.
const LOCK_CLASS: i32 = 0x746f_6462;
/// Rows per transaction.
const BATCH: usize = 200;

const LOCK: &str = "SELECT pg_try_advisory_xact_lock($1, $2)";
const READ: &str =
    "SELECT seq, user_id, task_id, envelope FROM outbox WHERE bucket = $1 ORDER BY seq LIMIT $2";
const DELETE: &str = "DELETE FROM outbox WHERE seq = ANY($1)";

/// Why a bucket was not emptied.
#[derive(Debug, thiserror::Error)]
pub(super) enum DrainError {
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Publish(#[from] BusError),
}

#[derive(FromRow)]
struct OutboxRow {
    seq: i64,
    user_id: Uuid,
    task_id: Uuid,
    envelope: String,
}

impl Relay {
    /// Publishes the rows of a bucket by `seq`. `false` if another relay is at it.
    pub(super) async fn drain(&self, bucket: i16) -> Result<bool, DrainError> {
        loop {
            let failed = failed_to("publish the outbox");
            let mut tx = self.pool.begin().await.map_err(&failed)?;
            // The lock is a statement of its own: rows are read in a snapshot taken after it was granted.
            let locked: bool = sqlx::query_scalar(LOCK)
                .bind(LOCK_CLASS)
                .bind(i32::from(bucket))
                .fetch_one(&mut *tx)
                .await
                .map_err(&failed)?;
            if !locked {
                return Ok(false);
            }
            let rows: Vec<OutboxRow> = sqlx::query_as(READ)
                .bind(bucket)
                .bind(i64::try_from(BATCH).unwrap_or(i64::MAX))
                .fetch_all(&mut *tx)
                .await
                .map_err(&failed)?;
            // A row that is committed from here on wakes its own process, which finds the bucket free or busy.
            let last = rows.len() < BATCH;
            let (published, outcome) = self.publish(rows).await;
            delete(&mut tx, &published).await?;
            tx.commit().await.map_err(&failed)?;
            outcome?;
            if last {
                return Ok(true);
            }
        }
    }

    /// Publishes rows, those of one task one after the other: the next is sent when the broker has the one before,
    /// so that a retry never overtakes. Returns the published `seq`s.
    async fn publish(&self, rows: Vec<OutboxRow>) -> (Vec<i64>, Result<(), BusError>) {
        let mut tasks: BTreeMap<Uuid, Vec<OutboxRow>> = BTreeMap::new();
        for row in rows {
            tasks.entry(row.task_id).or_default().push(row);
        }
        let mut published = Vec::new();
        let mut outcome = Ok(());
        for (seqs, result) in join_all(tasks.into_values().map(|rows| self.publish_task(rows))).await {
            published.extend(seqs);
            outcome = outcome.and(result);
        }
        (published, outcome)
    }

    async fn publish_task(&self, rows: Vec<OutboxRow>) -> (Vec<i64>, Result<(), BusError>) {
        let mut published = Vec::new();
        for row in rows {
            let seq = row.seq;
            if let Err(error) = self.publish_row(row).await {
                return (published, Err(error));
            }
            published.push(seq);
        }
        (published, Ok(()))
    }

    async fn publish_row(&self, row: OutboxRow) -> Result<(), BusError> {
        let sent = self.settings.topics.iter().map(|topic| self.publisher.publish(record(&row, topic)));
        for result in join_all(sent).await {
            result?;
        }
        for topic in &self.settings.topics {
            self.count(topic);
        }
        Ok(())
    }
}

fn record(row: &OutboxRow, topic: &str) -> Record {
    Record {
        topic: topic.to_owned(),
        key: Some(row.user_id.to_string().into_bytes()),
        payload: row.envelope.clone().into_bytes(),
        headers: vec![("content-type".to_owned(), CONTENT_TYPE.as_bytes().to_vec())],
    }
}

async fn delete(connection: &mut PgConnection, published: &[i64]) -> Result<(), StoreError> {
    sqlx::query(DELETE)
        .bind(published)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed_to("delete published outbox rows"))
}
