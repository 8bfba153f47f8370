//! Servers that the operator runs.

use todo_operator_api::v1alpha1::{ResourcesSpec, StorageSpec};

use super::problems::Problems;
use super::resources::{self, Defaults, Resources, Storage};
use crate::gathered::Gathered;

/// A PostgreSQL or Kafka that the operator runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Image reference.
    pub image: String,
    /// Volume.
    pub storage: Storage,
    /// Resources of the container.
    pub resources: Resources,
}

/// What the spec says of a server.
pub(super) struct Given<'a> {
    pub(super) image: Option<String>,
    pub(super) storage: Option<&'a StorageSpec>,
    pub(super) resources: Option<&'a ResourcesSpec>,
}

/// A server from spec and defaults: an image, and the defaults of its container.
pub(super) fn plan(
    given: &Given<'_>,
    (image, defaults): (&str, &Defaults),
    (field, claim): (&str, &str),
    gathered: &Gathered,
    problems: &mut Problems,
) -> Embedded {
    let storage_field = format!("{field}.storage");
    Embedded {
        image: given.image.clone().unwrap_or_else(|| image.to_owned()),
        storage: resources::storage(given.storage, claim, (&storage_field, gathered), problems),
        resources: resources::plan(given.resources, defaults, &format!("{field}.resources"), problems),
    }
}
