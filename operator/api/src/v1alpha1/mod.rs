//! Group `todoplatform.dev`, version `v1alpha1`.

mod auth;
mod database;
mod image;
mod lifecycle;
mod messaging;
mod platform;
mod status;
mod workload;

pub use auth::*;
pub use database::*;
pub use image::*;
pub use lifecycle::*;
pub use messaging::*;
pub use platform::*;
pub use status::*;
pub use workload::*;

/// Reference to one key of a Secret in the platform's namespace.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, kube::KubeSchema,
)]
pub struct SecretKeyRef {
    /// Name of the Secret, in the namespace of the platform.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// Key inside the Secret's `data`.
    #[schemars(length(min = 1, max = 253))]
    pub key: String,
}

/// Reference to a Secret in the platform's namespace.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, kube::KubeSchema,
)]
pub struct SecretRef {
    /// Name of the Secret, in the namespace of the platform.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
}
