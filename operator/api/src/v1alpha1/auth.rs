//! Who may sign in.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::SecretKeyRef;

/// Who may sign in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct AuthSpec {
    /// Accounts of the platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<LocalAuth>,
}

/// Accounts of the platform's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalAuth {
    /// `false` closes sign-up and sign-in; tokens that were issued stay valid until they expire (24 hours).
    /// Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,

    /// Secret key with the HMAC key that signs tokens (HS256), at least 32 bytes. Default: a generated key in the
    /// Secret `<name>-auth`, kept when the platform is deleted unless `deletionPolicy.data` is `Delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_secret_ref: Option<SecretKeyRef>,
}
