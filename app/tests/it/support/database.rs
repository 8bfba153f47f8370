//! A database for one test.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::required;

static COUNTER: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) url: String,
    /// Connections of the test itself, as the user of `TEST_DATABASE_URL`.
    pub(crate) pool: PgPool,
}

impl Database {
    /// A new and empty database on the server of the test run.
    pub(crate) async fn new() -> Self {
        Self::on(&required("TEST_DATABASE_URL")).await
    }

    /// A new and empty database on a server.
    pub(crate) async fn on(server: &str) -> Self {
        let name = format!("t{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(server).await.expect("PostgreSQL answers");
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE); CREATE DATABASE {name}");
        for statement in sql.split("; ") {
            connection.execute(AssertSqlSafe(statement.to_owned())).await.expect("a database");
        }
        let url = with_database(server, &name);
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy(&url).expect("a URL");
        Self { name, url, pool }
    }

    pub(crate) fn options(&self) -> PgConnectOptions {
        self.url.parse().expect("a URL")
    }

    /// The single number that a query returns.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.expect("a number")
    }

    /// The same while the server may be away.
    pub(crate) async fn try_number(&self, sql: &'static str) -> Option<i64> {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.ok()
    }

    /// Runs a statement.
    pub(crate) async fn execute(&self, sql: impl Into<String>) {
        self.pool.execute(AssertSqlSafe(sql.into())).await.expect("executed");
    }
}

/// The URL with another database in its path.
pub(crate) fn with_database(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("a URL with a path");
    format!("{server}/{name}")
}

/// The URL with another port.
pub(crate) fn with_port(url: &str, port: &str) -> String {
    let (server, database) = url.rsplit_once('/').expect("a URL with a path");
    let (host, _) = server.rsplit_once(':').expect("a URL with a port");
    format!("{host}:{port}/{database}")
}

/// The statements that enter a user's fence.
pub(crate) fn with_user(user_id: uuid::Uuid) -> [String; 2] {
    ["SET LOCAL ROLE todo_app".to_owned(), format!("SET LOCAL todo.user_id = '{user_id}'")]
}
