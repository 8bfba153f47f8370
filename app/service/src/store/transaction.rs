//! Transactions that end cleanly, also when their future is dropped.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor, PgPool, Postgres};
use tokio::runtime::Handle;

/// Longest time for a rollback; after it the connection is closed, which has the same effect.
const ROLLBACK_TIMEOUT: Duration = Duration::from_secs(10);

/// A transaction on a pooled connection. It counts as begun from its first byte on: what fails or is dropped after that
/// (a lock that is not granted, a client that hangs up) is rolled back before anybody else gets the connection. sqlx's
/// own transaction counts only once its first statement has succeeded.
pub(super) struct Tx(Option<PoolConnection<Postgres>>);

impl Tx {
    /// Takes a connection and runs the statements that begin the transaction.
    pub(super) async fn begin(pool: &PgPool, statements: &str) -> Result<Self, sqlx::Error> {
        let mut tx = Self(Some(pool.acquire().await?));
        tx.execute(AssertSqlSafe(statements.to_owned())).await?;
        Ok(tx)
    }

    /// Commits. An error leaves open whether it was committed.
    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.execute("COMMIT").await?;
        // Nothing to roll back: the connection goes home.
        drop(self.0.take());
        Ok(())
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.0.as_ref().expect("the connection is there until the end")
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.0.as_mut().expect("the connection is there until the end")
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(connection) = self.0.take() else { return };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(roll_back(connection))),
            Err(_) => drop(connection.detach()),
        }
    }
}

async fn roll_back(mut connection: PoolConnection<Postgres>) {
    let rolled_back = tokio::time::timeout(ROLLBACK_TIMEOUT, connection.execute("ROLLBACK")).await;
    if !matches!(rolled_back, Ok(Ok(_))) {
        drop(connection.detach());
    }
}
