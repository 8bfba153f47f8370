//! The database of a plan.

use todo_operator_api::v1alpha1::{ExternalDatabase, Profile, SecretKeyRef, TodoPlatformSpec};

use super::embedded::{self, Embedded, Given};
use super::problems::{ProblemKind, Problems};
use super::{resources, secrets};
use crate::gathered::Gathered;
use crate::identity::Identity;
use crate::settings::ImageCatalog;

/// The database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// Run by the operator.
    Embedded(Embedded),
    /// Exists already.
    External {
        /// URL of the serving workloads.
        url: SecretKeyRef,
        /// URL for migrations.
        migration_url: SecretKeyRef,
        /// Whether it sleeps while idle.
        scale_to_zero: bool,
        /// `host:port/name` of the migration URL: it keys the migration Job.
        target: String,
    },
}

impl Database {
    /// The word used in manifests.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Embedded(_) => "embedded",
            Self::External { .. } => "external",
        }
    }
}

/// Whether spec and profile ask for an embedded database.
pub(super) fn is_embedded(spec: &TodoPlatformSpec) -> bool {
    let given = spec.database.clone().unwrap_or_default();
    given.external.is_none() && (given.embedded.is_some() || spec.profile == Some(Profile::Local))
}

/// The database of spec and profile; `None` with a problem when there is none.
pub(super) fn plan(
    spec: &TodoPlatformSpec,
    identity: &Identity,
    gathered: &Gathered,
    images: &ImageCatalog,
    problems: &mut Problems,
) -> Option<Database> {
    let given = spec.database.clone().unwrap_or_default();
    if given.embedded.is_some() && given.external.is_some() {
        problems.add(
            ProblemKind::Invalid,
            "spec.database",
            "give either embedded or external, not both".to_owned(),
        );
    }
    if let Some(external) = &given.external {
        return Some(external_database(external, gathered, problems));
    }
    if !is_embedded(spec) {
        let message = "profile \"custom\" has no database; set database.embedded or database.external, or choose profile \"local\"";
        problems.add(ProblemKind::Invalid, "spec.database", message.to_owned());
        return None;
    }
    check_password(identity, gathered, problems);
    let spec = given.embedded.unwrap_or_default();
    let given =
        Given { image: spec.image, storage: spec.storage.as_ref(), resources: spec.resources.as_ref() };
    let claim = identity.names().claim("database");
    let defaults = (images.postgres.as_str(), &resources::DATABASE);
    let embedded = embedded::plan(&given, defaults, ("spec.database.embedded", &claim), gathered, problems);
    Some(Database::Embedded(embedded))
}

fn external_database(external: &ExternalDatabase, gathered: &Gathered, problems: &mut Problems) -> Database {
    let url = external.url_secret_ref.clone();
    let migration_url = external.migration_url_secret_ref.clone().unwrap_or_else(|| url.clone());
    check_url(&url, "spec.database.external.urlSecretRef", gathered, problems);
    if migration_url != url {
        check_url(&migration_url, "spec.database.external.migrationUrlSecretRef", gathered, problems);
    }
    let facts = gathered.secrets.get(&migration_url.name);
    let target = facts.and_then(|facts| facts.databases.get(&migration_url.key)).cloned().unwrap_or_default();
    Database::External { url, migration_url, scale_to_zero: external.scale_to_zero.unwrap_or(false), target }
}

/// The password is set when the volume is first used: a new one would not open an old volume.
fn check_password(identity: &Identity, gathered: &Gathered, problems: &mut Problems) {
    let (secret, claim) = (identity.names().database_secret(), identity.names().claim("database"));
    if gathered.claims.contains_key(&claim) && !gathered.secrets.contains_key(&secret) {
        let message = format!(
            "Secret \"{secret}\" with the password of the volume claim \"{claim}\" is gone; restore the Secret, or delete the claim as well to start with an empty database"
        );
        problems.add(ProblemKind::SecretMissing, "spec.database.embedded", message);
    }
}

fn check_url(reference: &SecretKeyRef, field: &str, gathered: &Gathered, problems: &mut Problems) {
    secrets::require(reference, field, gathered, problems);
    let SecretKeyRef { name, key } = reference;
    let facts = gathered.secrets.get(name);
    if let Some(why) = facts.and_then(|facts| facts.malformed.get(key)) {
        let message = format!(
            "key \"{key}\" of Secret \"{name}\" is not a PostgreSQL URL such as postgres://user:password@host:5432/database: {why}"
        );
        problems.add(ProblemKind::SecretInvalid, field, message);
    }
}
