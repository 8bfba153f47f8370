//! JSON Web Key Sets (RFC 7517).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Shortest RSA modulus, in bytes (RFC 7518 §3.3).
const RSA_MIN_BYTES: usize = 256;
/// Length of an Ed25519 key and of a coordinate on P-256, in bytes.
const POINT_BYTES: usize = 32;

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    decoding: Arc<DecodingKey>,
}

/// The keys of a set that may verify signatures, each with the one algorithm that it is for.
pub(super) struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a set. Keys for other purposes or algorithms, and such that cannot be read, are left out.
    pub(super) fn parse(bytes: &[u8], algorithms: &[Algorithm]) -> Result<Self, serde_json::Error> {
        let document: Document = serde_json::from_slice(bytes)?;
        let keys = document.keys.into_iter().filter_map(key);
        Ok(Self(keys.filter(|key| algorithms.contains(&key.algorithm)).collect()))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The key of this id and algorithm. A token without `kid` gets the only key of its algorithm.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Arc<DecodingKey>> {
        let mut fitting = self.0.iter().filter(|key| key.algorithm == algorithm);
        let key = match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        };
        key.map(|key| Arc::clone(&key.decoding))
    }
}

fn key(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let algorithm = algorithm(&jwk)?;
    let common = &jwk.common;
    let signs = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature));
    let verifies = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
    let named = common.key_algorithm.is_none_or(|named| named == algorithm.into());
    let decoding = Arc::new(DecodingKey::from_jwk(&jwk).ok()?);
    (signs && verifies && named).then(|| Key { id: jwk.common.key_id, algorithm, decoding })
}

/// The one algorithm for this type of key.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    let length = |part: &str| URL_SAFE_NO_PAD.decode(part).map_or(0, |bytes| bytes.len());
    match &jwk.algorithm {
        AlgorithmParameters::RSA(key) if length(&key.n) >= RSA_MIN_BYTES => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(key)
            if key.curve == EllipticCurve::P256
                && length(&key.x) == POINT_BYTES
                && length(&key.y) == POINT_BYTES =>
        {
            Some(Algorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key)
            if key.curve == EllipticCurve::Ed25519 && length(&key.x) == POINT_BYTES =>
        {
            Some(Algorithm::EdDSA)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALL: [Algorithm; 3] = [Algorithm::EdDSA, Algorithm::ES256, Algorithm::RS256];

    fn ed(extra: &Value) -> Value {
        let mut key =
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": URL_SAFE_NO_PAD.encode([7; 32])});
        key.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        key
    }

    fn set(keys: &[Value]) -> KeySet {
        KeySet::parse(json!({"keys": keys}).to_string().as_bytes(), &ALL).expect("a set")
    }

    #[test]
    fn keys_for_another_purpose_type_or_algorithm_are_left_out() {
        for extra in [
            json!({"use": "enc"}),
            json!({"alg": "ES256"}),
            json!({"alg": "made up"}),
            json!({"key_ops": ["sign"]}),
            json!({"crv": "X25519"}),
            json!({"x": "short"}),
            json!({"kid": 5}),
            json!({"kty": "oct", "k": "c2VjcmV0"}),
            json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode([1; 128]), "e": "AQAB"}),
            json!({"kty": "EC", "crv": "P-384", "y": URL_SAFE_NO_PAD.encode([7; 32])}),
        ] {
            let set = set(&[ed(&extra), ed(&json!({"kid": "good"}))]);
            assert_eq!(set.len(), 1, "{extra}");
            assert!(set.find(Some("good"), Algorithm::EdDSA).is_some(), "{extra}");
        }
        let verifying = json!({"use": "sig", "alg": "EdDSA", "key_ops": ["verify"]});
        assert_eq!(set(&[ed(&verifying)]).len(), 1);
    }

    #[test]
    fn only_algorithms_of_the_issuer_count() {
        let text = json!({"keys": [ed(&json!({}))]}).to_string();
        let set = KeySet::parse(text.as_bytes(), &[Algorithm::ES256]).expect("a set");
        assert_eq!(set.len(), 0);
    }

    #[test]
    fn a_token_without_key_id_gets_the_only_key_of_its_algorithm() {
        let (one, two) = (set(&[ed(&json!({}))]), set(&[ed(&json!({})), ed(&json!({"kid": "b"}))]));
        assert!(one.find(None, Algorithm::EdDSA).is_some());
        assert!(two.find(None, Algorithm::EdDSA).is_none());
        assert!(one.find(None, Algorithm::ES256).is_none());
        assert!(one.find(Some("b"), Algorithm::EdDSA).is_none());
    }

    #[test]
    fn what_is_no_set_is_an_error() {
        for text in ["", "[]", "{}", "{\"keys\": {}}", "<html>"] {
            assert!(KeySet::parse(text.as_bytes(), &ALL).is_err(), "{text:?}");
        }
    }
}
