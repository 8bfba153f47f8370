//! PostgreSQL: tasks, accounts, audit log, and the outbox with its relay.

mod accounts;
mod audit;
mod error;
pub mod housekeeping;
mod identities;
pub mod migrations;
mod moment;
mod outbox;
mod personal_tokens;
pub mod relay;
mod reminders;
mod rows;
pub mod schema;
mod tags;
mod tasks;
mod transaction;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Executor;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use uuid::Uuid;

use domain::ports::StoreError;

use error::failed_to;
use outbox::Signal;
use transaction::Tx;

/// Longest wait for a connection of the pool before a request is answered 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Times that a transaction is tried that lost against another one.
const ATTEMPTS: usize = 3;
/// Connections are replaced after this time, so that a failover or a rebalanced pooler is followed.
const MAX_LIFETIME: Duration = Duration::from_mins(30);
/// Idle connections are closed after this time: a database that scales to zero counts them.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// The store of the serving roles. Clones share the pool.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    signal: Arc<Signal>,
}

impl Store {
    /// A store that connects when it is first used. The pool holds 4 connections per core, from 4 to 32.
    #[must_use]
    pub fn new(options: PgConnectOptions) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let size = u32::try_from(cores.saturating_mul(4).clamp(4, 32)).unwrap_or(32);
        Self { pool: pool(options, size), signal: Arc::default() }
    }

    /// Begins a transaction fenced to `user_id`: as role `todo_app`, under the row-level security policies. One
    /// round trip.
    async fn begin_as(&self, user_id: Uuid) -> Result<Tx, StoreError> {
        self.begin_with(&fence(user_id)).await.map_err(failed_to("begin a transaction"))
    }

    /// The same with the user's task locked, if there is one: still one round trip. What the transaction reads from here
    /// on it reads in snapshots that were taken after the lock was granted. A statement that locks and reads at once
    /// would see the row as it is and all that is joined to it as it was.
    async fn begin_locked(&self, user_id: Uuid, task_id: Uuid) -> Result<Tx, sqlx::Error> {
        let lock = format!("SELECT FROM tasks WHERE id = '{task_id}' AND user_id = '{user_id}' FOR UPDATE");
        self.begin_with(&format!("{}; {lock}", fence(user_id))).await
    }

    /// Begins a transaction of the application itself, outside any user's fence.
    async fn begin(&self) -> Result<Tx, StoreError> {
        let begun = self.begin_with("BEGIN; SET LOCAL statement_timeout = '10s'").await;
        begun.map_err(failed_to("begin a transaction"))
    }

    /// Runs one reading statement outside a transaction and the fence: its own owner check is the wall, because the
    /// fence would halve the throughput of reads (`app/docs/adr/0001`). Repeated on connections that the server closed
    /// meanwhile.
    async fn read<T, F: Future<Output = Result<T, sqlx::Error>>>(
        &self,
        operation: &'static str,
        statement: impl Fn(PgPool) -> F,
    ) -> Result<T, StoreError> {
        let mut repeats = 2;
        loop {
            match statement(self.pool.clone()).await {
                Err(error) if repeats > 0 && error::is_closed_connection(&error) => repeats -= 1,
                done => return done.map_err(failed_to(operation)),
            }
        }
    }

    /// Begins a transaction. A pooled connection that the server closed meanwhile is found out here, where a new
    /// attempt is safe: nothing was executed yet.
    async fn begin_with(&self, statement: &str) -> Result<Tx, sqlx::Error> {
        let mut attempts = self.pool.options().get_max_connections();
        loop {
            match Tx::begin(&self.pool, statement).await {
                Err(error) if attempts > 0 && error::is_closed_connection(&error) => attempts -= 1,
                begun => return begun,
            }
        }
    }
}

/// Repeats what lost against another transaction: it was rolled back.
async fn contended<T, F: Future<Output = Result<T, StoreError>>>(
    attempt: impl Fn() -> F,
) -> Result<T, StoreError> {
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(StoreError::Contended(_)) => {}
            done => return done,
        }
    }
    attempt().await
}

/// The statements that begin a transaction fenced to a user.
fn fence(user_id: Uuid) -> String {
    format!(
        "BEGIN; SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '3s'; SET LOCAL ROLE todo_app; \
         SET LOCAL todo.user_id = '{user_id}'"
    )
}

fn pool(options: PgConnectOptions, size: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(size)
        .min_connections(0)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(IDLE_TIMEOUT)
        .max_lifetime(MAX_LIFETIME)
        .test_before_acquire(false)
        // Reads are no transactions: their limit is the session's.
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute("SET statement_timeout = '10s'").await.map(|_| ()) })
        })
        .connect_lazy_with(options)
}
