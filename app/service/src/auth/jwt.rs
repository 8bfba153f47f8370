//! JSON Web Tokens (RFC 7519, RFC 8725).

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

use super::fault::Fault;

/// What a token says of itself: enough to find the key that must have signed it, and to be trusted for nothing else.
pub(super) struct Unverified {
    pub(super) issuer: String,
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
}

#[derive(Deserialize)]
struct IssuerClaim {
    iss: String,
}

/// Claims of a verified token.
#[derive(Deserialize)]
pub(super) struct Claims {
    pub(super) sub: String,
    /// Seconds of Unix time, with a fraction where the issuer likes.
    exp: f64,
    nbf: Option<f64>,
    email: Option<Value>,
    name: Option<Value>,
}

/// What a token must say: signed with exactly this algorithm by exactly this issuer, for the audience if there is one.
pub(super) struct Expected<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) issuer: &'a str,
    pub(super) audience: Option<&'a str>,
    pub(super) leeway: SignedDuration,
}

/// Reads header and issuer. Refuses `crit`: no extension is understood here (RFC 7515 §4.1.11). An unknown `alg`,
/// `none` among them, cannot be read.
pub(super) fn peek(token: &str) -> Result<Unverified, Fault> {
    let header = decode_header(token)?;
    if header.crit.is_some() {
        return Err(Fault::Critical);
    }
    let claims: IssuerClaim = insecure_decode_claims(token)?;
    Ok(Unverified { issuer: claims.iss, algorithm: header.alg, key_id: header.kid })
}

/// Verifies signature and claims.
pub(super) fn verify(
    token: &str,
    key: &DecodingKey,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Claims, Fault> {
    let mut validation = Validation::new(expected.algorithm);
    validation.set_issuer(&[expected.issuer]);
    validation.set_required_spec_claims(&["iss", "sub", "exp"]);
    if let Some(audience) = expected.audience {
        validation.set_audience(&[audience]);
        validation.required_spec_claims.insert("aud".to_owned());
    }
    // Times are compared below: the clock is an argument here, and a token ends at `exp`, not after it.
    validation.validate_exp = false;
    let claims: Claims = decode(token, key, &validation)?.claims;
    claims.check_times(now, expected.leeway)?;
    Ok(claims)
}

impl Claims {
    fn check_times(&self, now: Timestamp, leeway: SignedDuration) -> Result<(), Fault> {
        let (now, leeway) = (now.as_duration().as_secs_f64(), leeway.as_secs_f64());
        if now >= self.exp + leeway {
            return Err(Fault::Expired);
        }
        match self.nbf {
            Some(nbf) if now < nbf - leeway => Err(Fault::Early),
            _ => Ok(()),
        }
    }

    /// When the token stops being accepted.
    pub(super) fn expires_at(&self, leeway: SignedDuration) -> Timestamp {
        let end = SignedDuration::try_from_secs_f64(self.exp).ok();
        let end = end.and_then(|end| Timestamp::from_duration(end.saturating_add(leeway)).ok());
        end.unwrap_or(Timestamp::MAX)
    }

    /// The `email` claim, if it is a string.
    pub(super) fn email(&self) -> Option<&str> {
        self.email.as_ref().and_then(Value::as_str)
    }

    /// The `name` claim, if it is a string.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_ref().and_then(Value::as_str)
    }
}
