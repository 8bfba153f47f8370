//! Whether the schema is new enough for this executable.

use sqlx::postgres::PgConnection;

use domain::ports::StoreError;

use super::Store;
use super::error::failed_to;
use super::migrations::{LATEST, server};

/// Why a role must not serve yet.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The schema misses migrations.
    #[error(
        "the schema of \"{server}\" is at version {found}, this release needs {LATEST}: run `todo migrate`"
    )]
    TooOld {
        /// `host:port/database`.
        server: String,
        /// Its version; 0 when nothing was migrated.
        found: i32,
    },
    /// The version could not be read.
    #[error("failed to read the schema version of \"{server}\": {reason}")]
    Read {
        /// `host:port/database`.
        server: String,
        /// The innermost cause.
        reason: StoreError,
    },
}

impl Store {
    /// Succeeds if every migration that this executable needs was applied. A newer schema is fine: each migration
    /// leaves the previous release working.
    pub async fn check_schema(&self) -> Result<(), SchemaError> {
        let server = server(&self.pool.connect_options());
        let read = |reason| SchemaError::Read { server: server.clone(), reason };
        let mut tx = self.begin().await.map_err(read)?;
        let found =
            version_of(&mut tx).await.map_err(|error| read(failed_to("read the schema version")(error)))?;
        if found < LATEST {
            return Err(SchemaError::TooOld { server, found });
        }
        Ok(())
    }
}

/// The highest applied version; 0 without the version table.
pub(super) async fn version_of(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    let exists: bool = sqlx::query_scalar("SELECT to_regclass('schema_version') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !exists {
        return Ok(0);
    }
    sqlx::query_scalar("SELECT COALESCE(max(version), 0) FROM schema_version").fetch_one(connection).await
}
