//! `todo migrate`

use service::settings::{Lookup, migration_database};
use service::store::migrations;

/// Brings the schema to the wanted version and says what it did.
pub(crate) async fn run(to: Option<i32>, lookup: Lookup<'_>) -> anyhow::Result<()> {
    let migrated = migrations::migrate(migration_database(lookup)?, to).await?;
    for step in &migrated.steps {
        println!("{step}");
    }
    println!("the schema is at version {}", migrated.version);
    Ok(())
}
