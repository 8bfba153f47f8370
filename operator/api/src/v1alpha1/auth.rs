//! Who may sign in.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SecretKeyRef;

/// Who may sign in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
pub struct AuthSpec {
    /// Accounts of the platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<LocalAuth>,

    /// Other issuers whose tokens the API accepts beside those of local accounts, at most four, such as a Better Auth
    /// server. Their order does not matter. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["issuer".to_string()]))]
    pub issuers: Option<Vec<IssuerSpec>>,
}

/// Accounts of the platform's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct LocalAuth {
    /// `false` closes sign-up and sign-in; tokens that were issued stay valid until they expire (24 hours). It needs
    /// an entry in `auth.issuers`, or nobody could sign in. Default: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,

    /// Secret key with the HMAC key that signs tokens (HS256), at least 32 bytes. Default: a generated key in the
    /// Secret `<name>-auth`, kept when the platform is deleted unless `deletionPolicy.data` is `Delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_secret_ref: Option<SecretKeyRef>,
}

/// An issuer of tokens (JWT, RFC 7519) whose users may use the API. A user is the pair of issuer and subject (`sub`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("has(self.jwksURL) != has(self.sharedSecretRef)").message("auth.issuers: give exactly one of jwksURL (keys of an asymmetric algorithm) and sharedSecretRef (HS256)"),
    validation = Rule::new("!has(self.algorithms) || !has(self.sharedSecretRef) || self.algorithms.all(algorithm, algorithm == 'HS256')").message("auth.issuers: a shared secret verifies HS256 alone; remove the other algorithms, or give jwksURL instead of sharedSecretRef"),
    validation = Rule::new("!has(self.algorithms) || !has(self.jwksURL) || self.algorithms.all(algorithm, algorithm != 'HS256')").message("auth.issuers: keys of a JWKS verify EdDSA, ES256 and RS256; remove HS256 from algorithms, or give sharedSecretRef instead of jwksURL"),
    validation = Rule::new("self.issuer != 'todoplatform'").message("auth.issuers: issuer must not be todoplatform, which is that of local accounts; name the issuer of the other tokens"),
    validation = Rule::new(JWKS_URL_RULE).message("auth.issuers: jwksURL must be an https URL without credentials and fragment; http is allowed for loopback and cluster-internal hosts only (names without a dot, *.svc, *.svc.cluster.local)")
)]
pub struct IssuerSpec {
    /// Value of the claim `iss`, compared byte for byte: printable ASCII without spaces. Better Auth sends its base URL.
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[!-~]+$"))]
    pub issuer: String,

    /// Value that the claim `aud` must be or contain. Default: the value of `issuer`, as Better Auth sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), regex(pattern = "^[!-~]+$"))]
    pub audience: Option<String>,

    /// Algorithms that its tokens may be signed with; a token with another one is refused. `HS256` goes with
    /// `sharedSecretRef`, the others with `jwksURL`. Default: `HS256` with a shared secret; `EdDSA` with a JWKS, which
    /// is the default of Better Auth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub algorithms: Option<Vec<SigningAlgorithm>>,

    /// URL of its public keys (JSON Web Key Set, RFC 7517), read by the API's pods; Better Auth serves them at
    /// `/api/auth/jwks`. `https`, or `http` with a loopback or cluster-internal host (a name without a dot, `*.svc`,
    /// `*.svc.cluster.local`). Excludes `sharedSecretRef`. Default: none.
    #[serde(rename = "jwksURL", default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048))]
    pub jwks_url: Option<String>,

    /// Secret key with the HMAC key that the issuer signs with (HS256): UTF-8 text of at least 32 bytes. New content
    /// restarts the pods. Excludes `jwksURL`. Default: none.
    #[serde(rename = "sharedSecretRef", default, skip_serializing_if = "Option::is_none")]
    pub shared_secret_ref: Option<SecretKeyRef>,
}

/// What is read in the clear has to stay inside the cluster. One pattern, because the API server cannot bound the cost
/// of its own functions for URLs.
const JWKS_URL_RULE: &str = "!has(self.jwksURL) || self.jwksURL.matches('^(https://([A-Za-z0-9.-]+|[[][0-9A-Fa-f:.]+[]])|http://(127([.][0-9]{1,3}){3}|[[]::1[]]|[A-Za-z0-9-]+|([A-Za-z0-9-]+[.])+svc([.]cluster[.]local)?))(:[0-9]{1,5})?([/?][!$-~]*)?$')";

/// An algorithm that signs tokens (JWA, RFC 7518 and RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum SigningAlgorithm {
    /// HMAC with SHA-256 and a shared secret.
    #[serde(rename = "HS256")]
    Hs256,
    /// Edwards curve signatures; the curve is Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA with the curve P-256 and SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
}

impl SigningAlgorithm {
    /// The word that stands in a token's header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}
