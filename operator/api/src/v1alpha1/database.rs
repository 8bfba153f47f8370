//! The PostgreSQL database.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::{ResourcesSpec, SecretKeyRef, StorageSpec};

/// The PostgreSQL database: at most one member may be given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("!(has(self.embedded) && has(self.external))").message("database: give either embedded or external, not both; remove one of the two")
)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseSpec {
    /// A PostgreSQL that the operator runs in the platform's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<EmbeddedDatabase>,

    /// A PostgreSQL (version 15 or later) that exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalDatabase>,
}

/// A PostgreSQL that the operator runs: one replica with a persistent volume.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct EmbeddedDatabase {
    /// The persistent volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<StorageSpec>,

    /// Compute resources of the database pod. Default: requests of 50m CPU and 128Mi memory, a limit of 512Mi memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourcesSpec>,

    /// Image reference. It has to honour the environment of the official `postgres` image. Default: that of the
    /// operator's image catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 512))]
    pub image: Option<String>,
}

/// A PostgreSQL that exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalDatabase {
    /// Secret key with the connection URL of the serving workloads,
    /// `postgres://user:password@host:port/database?sslmode=require`. The user has to be that of the migrations. A
    /// transaction pooler works if it keeps prepared statements (PgBouncer 1.21: `max_prepared_statements`).
    pub url_secret_ref: SecretKeyRef,

    /// Secret key with the connection URL for migrations: a direct connection, because advisory locks do not survive
    /// a transaction pooler. Its user needs `CREATEROLE`, or an administrator creates the role `todo_app` and grants it
    /// to the user beforehand. Default: `urlSecretRef`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migration_url_secret_ref: Option<SecretKeyRef>,

    /// `true` for a database that is suspended while idle (Neon and similar): no probe and no timer of the platform
    /// touches it while nothing happens. Default: `false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale_to_zero: Option<bool>,
}
