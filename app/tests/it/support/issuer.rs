//! Another issuer of tokens: its keys, and the loopback server of its key set.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
    RsaPublicKeyComponents,
};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Platform;

/// The `aud` claim of the tokens.
pub(crate) const AUDIENCE: &str = "todo";

/// A signing key with its entry in a key set.
#[derive(Clone)]
pub(crate) struct Signer {
    pub(crate) id: &'static str,
    pub(crate) algorithm: Algorithm,
    key: EncodingKey,
    pub(crate) jwk: Value,
    /// The public key as its issuer may publish it elsewhere.
    pub(crate) public: Vec<u8>,
}

impl Signer {
    pub(crate) fn ed25519(id: &'static str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        let public = pair.public_key().as_ref().to_vec();
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "kid": id, "x": URL_SAFE_NO_PAD.encode(&public)});
        let key = EncodingKey::from_ed_der(pair.to_pkcs8().expect("encoded").as_ref());
        Self { id, algorithm: Algorithm::EdDSA, key, jwk, public }
    }

    pub(crate) fn p256(id: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let public = pair.public_key().as_ref().to_vec();
        let (x, y) = public[1..].split_at(32);
        let jwk = json!({"kty": "EC", "crv": "P-256", "kid": id, "alg": "ES256", "use": "sig",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)});
        let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().expect("encoded").as_ref());
        Self { id, algorithm: Algorithm::ES256, key, jwk, public }
    }

    pub(crate) fn rsa(id: &'static str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let parts = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let jwk = json!({"kty": "RSA", "kid": id, "use": "sig",
            "n": URL_SAFE_NO_PAD.encode(parts.n), "e": URL_SAFE_NO_PAD.encode(parts.e)});
        let public = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key());
        let public = public.expect("encoded").as_ref().to_vec();
        let private = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&pair).expect("encoded");
        // The key itself (PKCS #1) stands behind 26 bytes that say its type.
        let key = EncodingKey::from_rsa_der(&private.as_ref()[26..]);
        Self { id, algorithm: Algorithm::RS256, key, jwk, public }
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.to_owned()), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.key).expect("signed")
    }
}

/// What the server of the key set answers.
#[derive(Clone)]
pub(crate) enum Answer {
    Keys(Vec<Value>),
    Text(String),
    Failure,
    Redirect(String),
}

/// An issuer with a server of its own.
#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) url: String,
    answer: Arc<Mutex<Answer>>,
    requests: Arc<AtomicU32>,
}

impl Issuer {
    /// Serves the keys of the signers.
    pub(crate) async fn start(signers: &[&Signer]) -> Self {
        Self::start_at("127.0.0.1:0", signers).await
    }

    /// The same at a known address.
    pub(crate) async fn start_at(address: &str, signers: &[&Signer]) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let answer = Arc::new(Mutex::new(Answer::Keys(keys(signers))));
        let issuer = Self { url, answer, requests: Arc::default() };
        let routes = Router::new().route("/api/auth/jwks", get(serve)).with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        issuer
    }

    /// Serves the keys of these signers from now on.
    pub(crate) fn rotate(&self, signers: &[&Signer]) {
        self.answer(Answer::Keys(keys(signers)));
    }

    pub(crate) fn answer(&self, answer: Answer) {
        *self.answer.lock().expect("a lock") = answer;
    }

    /// How often the key set was fetched.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Good claims of a subject.
    pub(crate) fn claims(&self, subject: &str) -> Value {
        claims(&self.url, subject)
    }

    /// The environment of an API that accepts this issuer.
    pub(crate) fn variables(&self, platform: &Platform, algorithms: &[&str]) -> Vec<(&'static str, String)> {
        let mut variables = platform.variables("127.0.0.1:1");
        variables.push((contract::env::AUTH_ISSUERS, setting(&self.url, algorithms)));
        variables
    }
}

fn keys(signers: &[&Signer]) -> Vec<Value> {
    signers.iter().map(|signer| signer.jwk.clone()).collect()
}

/// The setting of one issuer, laid out as Better Auth does it.
pub(crate) fn setting(url: &str, algorithms: &[&str]) -> String {
    let jwks = format!("{url}/api/auth/jwks");
    json!([{"issuer": url, "audience": AUDIENCE, "algorithms": algorithms, "jwksUrl": jwks}]).to_string()
}

/// Good claims of a subject; no two are the same, so that no token is remembered from before.
pub(crate) fn claims(issuer: &str, subject: &str) -> Value {
    let exp = jiff::Timestamp::now().as_second() + 900;
    let jti = uuid::Uuid::now_v7();
    json!({"iss": issuer, "aud": AUDIENCE, "sub": subject, "exp": exp, "jti": jti})
}

async fn serve(State(issuer): State<Issuer>) -> Response {
    issuer.requests.fetch_add(1, Ordering::Relaxed);
    let answer = issuer.answer.lock().expect("a lock").clone();
    match answer {
        Answer::Keys(keys) => Json(json!({"keys": keys})).into_response(),
        Answer::Text(text) => text.into_response(),
        Answer::Failure => StatusCode::BAD_GATEWAY.into_response(),
        Answer::Redirect(to) => (StatusCode::FOUND, [("location", to)]).into_response(),
    }
}
