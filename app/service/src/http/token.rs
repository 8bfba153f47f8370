//! Tokens of local accounts: JWT (RFC 7519) with HS256 and nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

/// How long a token is good, in seconds: 24 h.
pub(super) const LIFETIME_SECONDS: i64 = 24 * 60 * 60;
/// Longest token that is looked at.
const TOKEN_MAX_BYTES: usize = 2048;
const ISSUER: &str = "todoplatform";

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    typ: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crit: Option<serde_json::Value>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: Uuid,
    iat: i64,
    exp: i64,
}

/// Issues and verifies tokens with one key.
#[derive(Clone)]
pub struct Tokens {
    key: Hmac<Sha256>,
}

impl Tokens {
    /// The secret's length is checked where settings are read.
    ///
    /// # Panics
    ///
    /// Never: HMAC takes keys of any length.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        let key = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        Self { key }
    }

    /// A token for a user.
    #[must_use]
    pub fn issue(&self, user_id: Uuid, now: Timestamp) -> String {
        let header = Header { alg: "HS256".to_owned(), typ: Some("JWT".to_owned()), crit: None };
        let iat = now.as_second();
        let claims = Claims { iss: ISSUER.to_owned(), sub: user_id, iat, exp: iat + LIFETIME_SECONDS };
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let tag = self.key.clone().chain_update(signed.as_bytes()).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// The user of a token that this key signed and that has not expired.
    pub(super) fn verify(&self, token: &str, now: Timestamp) -> Option<Uuid> {
        if token.len() > TOKEN_MAX_BYTES {
            return None;
        }
        let (signed, tag) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = decode(header)?;
        // The algorithm is pinned: a token cannot choose `none` or another one.
        if header.alg != "HS256" || header.crit.is_some() {
            return None;
        }
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.key.clone().chain_update(signed.as_bytes()).verify_slice(&tag).ok()?;
        let claims: Claims = decode(claims)?;
        (claims.iss == ISSUER && now.as_second() < claims.exp).then_some(claims.sub)
    }
}

fn encode(part: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(part).expect("strings and numbers only"))
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn tokens() -> Tokens {
        Tokens::new("0123456789abcdef0123456789abcdef")
    }

    fn later(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).expect("in range")
    }

    #[test]
    fn a_token_is_good_for_a_day() {
        let user = Uuid::from_u128(3);
        let token = tokens().issue(user, NOW);
        assert_eq!(tokens().verify(&token, later(LIFETIME_SECONDS - 1)), Some(user));
        assert_eq!(tokens().verify(&token, later(LIFETIME_SECONDS)), None);
    }

    #[test]
    fn another_key_a_changed_claim_and_a_cut_tag_are_refused() {
        let token = tokens().issue(Uuid::nil(), NOW);
        assert_eq!(Tokens::new("another key of the same length !").verify(&token, NOW), None);
        let (head, rest) = token.split_once('.').expect("three parts");
        let (_, tag) = rest.split_once('.').expect("three parts");
        let claims = Claims { iss: ISSUER.to_owned(), sub: Uuid::max(), iat: 0, exp: i64::MAX };
        assert_eq!(tokens().verify(&format!("{head}.{}.{tag}", encode(&claims)), NOW), None);
        assert_eq!(tokens().verify(&token[..token.len() - 1], NOW), None);
        assert_eq!(tokens().verify(&format!("{head}.{rest}."), NOW), None);
    }

    #[test]
    fn only_hs256_is_an_algorithm() {
        let claims = encode(&Claims { iss: ISSUER.to_owned(), sub: Uuid::nil(), iat: 0, exp: i64::MAX });
        for alg in ["none", "None", "HS384", "RS256", "hs256"] {
            let header = encode(&Header { alg: alg.to_owned(), typ: None, crit: None });
            let signed = format!("{header}.{claims}");
            let tag = tokens().key.chain_update(signed.as_bytes()).finalize().into_bytes();
            let tag = URL_SAFE_NO_PAD.encode(tag);
            assert_eq!(tokens().verify(&format!("{signed}.{tag}"), NOW), None, "{alg}");
            assert_eq!(tokens().verify(&format!("{signed}."), NOW), None, "{alg} without a tag");
        }
    }
}
