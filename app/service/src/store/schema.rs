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
    /// A newer release changed what this one relies on.
    #[error(
        "the schema of \"{server}\" is at version {found} and serves releases that need {oldest} or later, this release \
         needs {LATEST}: deploy a newer release, or go back with its `todo migrate --to {LATEST}`"
    )]
    TooNew {
        /// `host:port/database`.
        server: String,
        /// Its version.
        found: i32,
        /// The oldest release that it serves, by the version that it needs.
        oldest: i32,
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
    /// Succeeds if every migration that this executable needs was applied, and none that it cannot live with. A newer
    /// schema is fine as long as it says that it serves this release.
    pub async fn check_schema(&self) -> Result<(), SchemaError> {
        let server = server(&self.pool.connect_options());
        let read = |reason| SchemaError::Read { server: server.clone(), reason };
        let failed = failed_to("read the schema version");
        let mut tx = self.begin().await.map_err(read)?;
        let found = version_of(&mut tx).await.map_err(|error| read(failed(error)))?;
        if found < LATEST {
            return Err(SchemaError::TooOld { server, found });
        }
        if found == LATEST {
            return Ok(());
        }
        let oldest = sqlx::query_scalar("SELECT max(serves) FROM schema_version").fetch_one(&mut *tx).await;
        match oldest.map_err(|error| read(failed(error)))? {
            oldest if oldest > LATEST => Err(SchemaError::TooNew { server, found, oldest }),
            _ => Ok(()),
        }
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
