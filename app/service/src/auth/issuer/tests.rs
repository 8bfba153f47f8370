use async_trait::async_trait;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

use super::*;
use crate::auth::fetch::{FetchError, KeySource};
use crate::auth::jwt::peek;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A signing key with its entry in a key set.
struct Signer {
    algorithm: Algorithm,
    private: EncodingKey,
    public: Vec<u8>,
    jwk: Value,
}

fn ed25519(id: &str) -> Signer {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let public = pair.public_key().as_ref().to_vec();
    let private = EncodingKey::from_ed_der(pair.to_pkcs8().expect("encoded").as_ref());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": URL_SAFE_NO_PAD.encode(&public)});
    Signer { algorithm: Algorithm::EdDSA, private, public, jwk }
}

fn p256(id: &str) -> Signer {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let public = pair.public_key().as_ref().to_vec();
    let (x, y) = public[1..].split_at(32);
    let jwk = json!({"kty": "EC", "crv": "P-256", "kid": id,
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)});
    let private = EncodingKey::from_ec_der(pair.to_pkcs8v1().expect("encoded").as_ref());
    Signer { algorithm: Algorithm::ES256, private, public, jwk }
}

struct Fixed(Value);

#[async_trait]
impl KeySource for Fixed {
    async fn fetch(&self) -> Result<Vec<u8>, FetchError> {
        Ok(self.0.to_string().into_bytes())
    }
}

fn issuer(signers: &[&Signer], algorithms: &[Algorithm]) -> Issuer {
    let jwks = signers.iter().map(|signer| signer.jwk.clone()).collect::<Vec<_>>();
    let source = Arc::new(Fixed(json!({"keys": jwks})));
    let keys = RemoteKeys::new("https://issuer".to_owned(), algorithms.to_vec(), source);
    Issuer {
        name: "https://issuer".to_owned(),
        audience: "todo".to_owned(),
        algorithms: algorithms.to_vec(),
        keys: Keys::Remote(Arc::new(keys)),
    }
}

fn token(algorithm: Algorithm, id: &str, key: &EncodingKey) -> String {
    let header = Header { kid: Some(id.to_owned()), ..Header::new(algorithm) };
    let claims = json!({"iss": "https://issuer", "aud": "todo", "sub": "u-1", "exp": 1_000});
    encode(&header, &claims, key).expect("signed")
}

async fn accepted(issuer: &Issuer, token: &str) -> bool {
    let Ok(unverified) = peek(token) else { return false };
    issuer.verify(token, &unverified, NOW).await.is_ok()
}

#[tokio::test]
async fn keys_of_each_type_verify_their_own_tokens_alone() {
    let (ed, ec) = (ed25519("ed"), p256("ec"));
    let issuer = issuer(&[&ed, &ec], &[Algorithm::EdDSA, Algorithm::ES256]);
    for (signer, id) in [(&ed, "ed"), (&ec, "ec")] {
        assert!(accepted(&issuer, &token(signer.algorithm, id, &signer.private)).await, "{id}");
    }
    assert!(!accepted(&issuer, &token(ec.algorithm, "ed", &ec.private)).await, "the id of another type");
    assert!(!accepted(&issuer, &token(ed.algorithm, "ed", &ed25519("ed").private)).await, "another key");
}

#[tokio::test]
async fn an_algorithm_that_the_settings_do_not_name_is_refused_though_the_set_has_its_key() {
    let (ed, ec) = (ed25519("ed"), p256("ec"));
    let issuer = issuer(&[&ed, &ec], &[Algorithm::EdDSA]);
    assert!(accepted(&issuer, &token(ed.algorithm, "ed", &ed.private)).await);
    assert!(!accepted(&issuer, &token(ec.algorithm, "ec", &ec.private)).await);
}

/// A public key is known to everybody: it must never be taken for the secret of an HMAC.
#[tokio::test]
async fn a_public_key_is_no_hmac_secret() {
    let (ed, ec) = (ed25519("ed"), p256("ec"));
    let issuer = issuer(&[&ed, &ec], &[Algorithm::EdDSA, Algorithm::ES256]);
    for (signer, id) in [(&ed, "ed"), (&ec, "ec")] {
        for secret in [signer.public.clone(), signer.jwk.to_string().into_bytes()] {
            let forged = token(Algorithm::HS256, id, &EncodingKey::from_secret(&secret));
            assert!(!accepted(&issuer, &forged).await, "{id}");
        }
    }
}

/// Signatures of the wrong form must be refused, not panic.
#[tokio::test]
async fn signatures_of_a_wrong_form_are_refused() {
    let ec = p256("ec");
    let issuer = issuer(&[&ec], &[Algorithm::ES256]);
    let good = token(ec.algorithm, "ec", &ec.private);
    let (signed, _) = good.rsplit_once('.').expect("three parts");
    for signature in ["", "AA", "!!", &URL_SAFE_NO_PAD.encode([0; 64]), &URL_SAFE_NO_PAD.encode([255; 1000])]
    {
        assert!(!accepted(&issuer, &format!("{signed}.{signature}")).await, "{signature}");
    }
    // The key itself is sound: what is refused above is the signature.
    assert!(
        UnparsedPublicKey::new(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED, &ec.public).as_ref().len()
            == 65
    );
}
