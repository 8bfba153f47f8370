//! Tokens of our own accounts: HS256 and nothing else.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use serde::Serialize;
use uuid::Uuid;

use super::fault::Fault;
use super::jwt::{Expected, verify};

/// How long a token is good, in seconds: 24 h.
pub const LIFETIME_SECONDS: i64 = 24 * 60 * 60;
/// The `iss` claim of our own tokens.
pub const ISSUER: &str = contract::auth::LOCAL_ISSUER;

#[derive(Serialize)]
struct OwnClaims {
    iss: &'static str,
    sub: Uuid,
    iat: i64,
    exp: i64,
}

/// Issues and verifies tokens with one key.
#[derive(Clone)]
pub struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl Tokens {
    /// The secret's length is checked where settings are read.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        let secret = secret.as_bytes();
        Self { signing: EncodingKey::from_secret(secret), verifying: DecodingKey::from_secret(secret) }
    }

    /// A token for a user.
    ///
    /// # Panics
    ///
    /// Never: HMAC signs with keys of any length.
    #[must_use]
    pub fn issue(&self, user_id: Uuid, now: Timestamp) -> String {
        let iat = now.as_second();
        let claims = OwnClaims { iss: ISSUER, sub: user_id, iat, exp: iat + LIFETIME_SECONDS };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signing).expect("HMAC signs with any key")
    }

    /// The user of a token that this key signed, and when it ends. No leeway: we set `exp` ourselves.
    pub(super) fn verify(&self, token: &str, now: Timestamp) -> Result<(Uuid, Timestamp), Fault> {
        let leeway = SignedDuration::ZERO;
        let expected = Expected { algorithm: Algorithm::HS256, issuer: ISSUER, audience: None, leeway };
        let claims = verify(token, &self.verifying, &expected, now)?;
        let user_id = claims.sub.parse().map_err(|_| Fault::Subject)?;
        Ok((user_id, claims.expires_at(leeway)))
    }
}
