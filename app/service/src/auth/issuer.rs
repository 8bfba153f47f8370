//! Another issuer whose tokens are accepted.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey};
use url::Url;

use super::fault::{Fault, Refusal};
use super::fetch::{ClientError, HttpSource};
use super::jwt::{Claims, Expected, Unverified, verify};
use super::remote_keys::{KeyError, RemoteKeys};

/// How far the clocks of an issuer and of this machine may be apart: the default of jsonwebtoken, within the "few
/// minutes" of RFC 7519 §4.1.4.
pub(super) const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// An issuer, as the settings describe it.
pub struct IssuerSettings {
    /// Its `iss` claim.
    pub issuer: String,
    /// The `aud` claim that its tokens must have.
    pub audience: String,
    /// How it signs; anything else is refused, whatever a token says.
    pub algorithms: Vec<Algorithm>,
    /// Where its keys are.
    pub keys: KeysFrom,
}

/// Where the keys of an issuer come from.
pub enum KeysFrom {
    /// A secret that it shares with us (HS256).
    Secret(String),
    /// Its JSON Web Key Set.
    Url(Url),
}

pub(super) struct Issuer {
    name: String,
    audience: String,
    algorithms: Vec<Algorithm>,
    keys: Keys,
}

enum Keys {
    Secret(Arc<DecodingKey>),
    Remote(Arc<RemoteKeys>),
}

impl Issuer {
    pub(super) fn new(settings: IssuerSettings) -> Result<Self, ClientError> {
        let IssuerSettings { issuer, audience, algorithms, keys } = settings;
        let keys = match keys {
            KeysFrom::Secret(secret) => Keys::Secret(DecodingKey::from_secret(secret.as_bytes()).into()),
            KeysFrom::Url(url) => {
                let source = Arc::new(HttpSource::new(url)?);
                Keys::Remote(RemoteKeys::new(issuer.clone(), algorithms.clone(), source).into())
            }
        };
        Ok(Self { name: issuer, audience, algorithms, keys })
    }

    /// Its `iss` claim.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The claims of a token that this issuer signed for our audience. The key decides about the algorithm: it is that
    /// of the key, and the key is of one that the settings name.
    pub(super) async fn verify(
        &self,
        token: &str,
        unverified: &Unverified,
        now: Timestamp,
    ) -> Result<Claims, Refusal> {
        let algorithm = unverified.algorithm;
        if !self.algorithms.contains(&algorithm) {
            return Err(Fault::Algorithm.into());
        }
        let key = match &self.keys {
            Keys::Secret(key) => Arc::clone(key),
            Keys::Remote(keys) => {
                keys.find(unverified.key_id.as_deref(), algorithm).await.map_err(|error| match error {
                    KeyError::Unknown => Fault::UnknownKey.into(),
                    KeyError::Unavailable => Refusal::IssuerUnavailable(self.name.clone()),
                })?
            }
        };
        let (issuer, audience) = (self.name.as_str(), Some(self.audience.as_str()));
        Ok(verify(token, &key, &Expected { algorithm, issuer, audience, leeway: LEEWAY }, now)?)
    }
}

#[cfg(test)]
#[path = "issuer/tests.rs"]
mod tests;
