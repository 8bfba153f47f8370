//! What happens at the end.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What happens to data and topics when the platform is deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct DeletionPolicy {
    /// Volume and password of an embedded database, and the other generated Secrets (signing key, hash key). A
    /// platform of the same name adopts what was retained. Default: `Retain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Deletion")]
    pub data: Option<Deletion>,

    /// Topics: the volume of an embedded broker, or the topics on an external one. Default: `Retain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Deletion")]
    pub topics: Option<Deletion>,
}

/// Keep or delete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Deletion {
    /// Keep it; a person deletes it.
    #[default]
    Retain,
    /// Delete it with the platform.
    Delete,
}

impl Deletion {
    /// Whether this is [`Deletion::Retain`].
    #[must_use]
    pub fn retains(self) -> bool {
        self == Self::Retain
    }
}
