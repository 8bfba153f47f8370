//! Numbered SQL, forward and back, applied by `todo migrate`.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::error::describe;
use super::schema::version_of;

/// Longest wait for the server to accept the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Advisory lock that lets one migration run at a time ("todo" in ASCII).
const LOCK_KEY: i64 = 0x746f_646f;

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// 1, 2, 3 …
    pub version: i32,
    /// What it does.
    pub name: &'static str,
    /// Oldest release, by the version that it needs, which still works after this step: pods of the release before
    /// serve until they are replaced.
    pub serves: i32,
    up: &'static str,
    down: &'static str,
}

/// All steps, in order.
pub const MIGRATIONS: [Migration; 3] = [
    Migration {
        version: 1,
        name: "baseline",
        serves: 1,
        up: include_str!("../../migrations/0001_baseline.up.sql"),
        down: include_str!("../../migrations/0001_baseline.down.sql"),
    },
    Migration {
        version: 2,
        name: "tasks",
        serves: 1,
        up: include_str!("../../migrations/0002_tasks.up.sql"),
        down: include_str!("../../migrations/0002_tasks.down.sql"),
    },
    Migration {
        version: 3,
        name: "identities",
        serves: 1,
        up: include_str!("../../migrations/0003_identities.up.sql"),
        down: include_str!("../../migrations/0003_identities.down.sql"),
    },
];

/// The version that this executable needs.
pub const LATEST: i32 = MIGRATIONS[MIGRATIONS.len() - 1].version;

const CREATE_VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_version (\
     version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";
const ADD_SERVES: &str =
    "ALTER TABLE schema_version ADD COLUMN IF NOT EXISTS serves integer NOT NULL DEFAULT 1";

/// Why the schema could not be brought to the wanted version. Messages are one line and never hold the password.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The server did not accept a connection.
    #[error("failed to connect to \"{server}\": {reason}")]
    Connect {
        /// `host:port/database`.
        server: String,
        /// The innermost cause.
        reason: String,
    },
    /// The lock or the version table could not be used.
    #[error("failed to {operation}: {reason}")]
    Prepare {
        /// What was tried.
        operation: &'static str,
        /// The server's message.
        reason: String,
    },
    /// A step failed; it was rolled back.
    #[error("failed to {direction} migration \"{version} {name}\": {reason}")]
    Step {
        /// `apply` or `revert`.
        direction: &'static str,
        /// Its number.
        version: i32,
        /// Its name.
        name: &'static str,
        /// The server's message.
        reason: String,
    },
    /// There is no such version.
    #[error("failed to migrate to version {0}: this release knows versions 0 to {LATEST}")]
    UnknownVersion(i32),
}

/// What a run did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Lines such as `applied 1 baseline`, in order.
    pub steps: Vec<String>,
    /// The version that the schema has now; above [`LATEST`] after a newer release.
    pub version: i32,
}

/// Brings the schema to `target`, [`LATEST`] without one. Runs at the same time wait for each other; a schema of a
/// newer release stays as it is.
pub async fn migrate(options: PgConnectOptions, target: Option<i32>) -> Result<Migrated, MigrationError> {
    let goal = target.unwrap_or(LATEST);
    if !(0..=LATEST).contains(&goal) {
        return Err(MigrationError::UnknownVersion(goal));
    }
    let mut connection = connect(&options).await?;
    prepare(&mut connection, "lock the schema", "SELECT pg_advisory_lock($1)", Some(LOCK_KEY)).await?;
    prepare(&mut connection, "create the version table", CREATE_VERSIONS, None).await?;
    prepare(&mut connection, "extend the version table", ADD_SERVES, None).await?;
    let migrated = run(&mut connection, goal, target.is_some()).await;
    // Ends the session and with it the lock, also after a failed step.
    connection.close().await.ok();
    migrated
}

async fn run(connection: &mut PgConnection, goal: i32, may_revert: bool) -> Result<Migrated, MigrationError> {
    let mut migrated = Migrated::default();
    let current = version_of(connection).await.map_err(|error| MigrationError::Prepare {
        operation: "read the schema version",
        reason: describe(&error),
    })?;
    for step in MIGRATIONS.iter().filter(|step| step.version > current && step.version <= goal) {
        apply(connection, step, "apply").await?;
        migrated.steps.push(format!("applied {} {}", step.version, step.name));
    }
    for step in
        MIGRATIONS.iter().rev().filter(|step| may_revert && step.version <= current && step.version > goal)
    {
        apply(connection, step, "revert").await?;
        migrated.steps.push(format!("reverted {} {}", step.version, step.name));
    }
    migrated.version = if may_revert { goal } else { current.max(goal) };
    Ok(migrated)
}

async fn apply(
    connection: &mut PgConnection,
    step: &Migration,
    direction: &'static str,
) -> Result<(), MigrationError> {
    let (sql, record) = match direction {
        "apply" => (step.up, "INSERT INTO schema_version (version, name, serves) VALUES ($1, $2, $3)"),
        _ => (step.down, "DELETE FROM schema_version WHERE version = $1 AND name = $2 AND serves = $3"),
    };
    let failed = |error: sqlx::Error| MigrationError::Step {
        direction,
        version: step.version,
        name: step.name,
        reason: describe(&error),
    };
    let mut tx = connection.begin().await.map_err(failed)?;
    tx.execute(sqlx::raw_sql(sql)).await.map_err(failed)?;
    let record = sqlx::query(record).bind(step.version).bind(step.name).bind(step.serves);
    record.execute(&mut *tx).await.map_err(failed)?;
    tx.commit().await.map_err(failed)
}

async fn prepare(
    connection: &mut PgConnection,
    operation: &'static str,
    sql: &str,
    argument: Option<i64>,
) -> Result<(), MigrationError> {
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    if let Some(argument) = argument {
        query = query.bind(argument);
    }
    query
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(|error| MigrationError::Prepare { operation, reason: describe(&error) })
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, MigrationError> {
    let failed = |reason: String| MigrationError::Connect { server: server(options), reason };
    match tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(options)).await {
        Ok(connected) => connected.map_err(|error| failed(describe(&error))),
        Err(_) => Err(failed(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()))),
    }
}

/// `host:port/database`, without the credentials.
pub(super) fn server(options: &PgConnectOptions) -> String {
    format!("{}:{}/{}", options.get_host(), options.get_port(), options.get_database().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_from_one_without_gaps() {
        let versions: Vec<i32> = MIGRATIONS.iter().map(|step| step.version).collect();
        assert_eq!(versions, (1..=LATEST).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_refused_connection_names_the_server_and_not_the_password() {
        let options = "postgres://todo:s3cret@127.0.0.1:1/todo".parse().expect("a URL");
        let error = migrate(options, None).await.expect_err("nothing listens on port 1").to_string();
        assert!(
            error.starts_with("failed to connect to \"127.0.0.1:1/todo\": Connection refused"),
            "{error}"
        );
        assert!(!error.contains("s3cret") && !error.contains('\n'));
    }
}
