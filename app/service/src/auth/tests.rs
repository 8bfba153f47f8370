use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use domain::account::Account;
use domain::identity::{PersonalToken, Room, Scope, TokenHash};
use domain::ports::StoreError;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const SHARED: &str = "a secret that two services share";
const USER: Uuid = Uuid::from_u128(7);

/// One user, one personal token, and who was admitted.
#[derive(Default)]
struct World {
    reads: AtomicU32,
    gone: Mutex<bool>,
    admitted: Mutex<Vec<(Identity, Account)>>,
    personal: Mutex<Option<(TokenHash, PersonalToken)>>,
}

#[async_trait]
impl Identities for World {
    async fn admit(&self, identity: &Identity, newcomer: &Account) -> Result<Uuid, StoreError> {
        self.admitted.lock().expect("a lock").push((identity.clone(), newcomer.clone()));
        Ok(USER)
    }

    async fn exists(&self, user_id: Uuid) -> Result<bool, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(user_id == USER && !*self.gone.lock().expect("a lock"))
    }
}

#[async_trait]
impl PersonalTokens for World {
    async fn create(&self, _: Uuid, _: &PersonalToken, _: TokenHash) -> Result<Room, StoreError> {
        Ok(Room::Full)
    }

    async fn list(&self, _: Uuid) -> Result<Vec<PersonalToken>, StoreError> {
        Ok(Vec::new())
    }

    async fn delete(&self, _: Uuid, _: Uuid) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn redeem(
        &self,
        hash: TokenHash,
        _: Timestamp,
    ) -> Result<Option<(Uuid, PersonalToken)>, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let known = self.personal.lock().expect("a lock").clone();
        Ok(known.filter(|(known, _)| *known == hash).map(|(_, token)| (USER, token)))
    }
}

fn authenticator(world: &Arc<World>) -> Authenticator {
    let issuer = IssuerSettings {
        issuer: "https://other".to_owned(),
        audience: "todo".to_owned(),
        algorithms: vec![Algorithm::HS256],
        keys: KeysFrom::Secret(SHARED.to_owned()),
    };
    Authenticator::new(Tokens::new(SECRET), vec![issuer], world.clone(), world.clone())
        .expect("no client needed")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token made by hand, so that it may be wrong in any way.
fn forged(header: &Value, claims: &Value, secret: &str) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    let tag = mac.chain_update(signed.as_bytes()).finalize().into_bytes();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn own(changes: &Value) -> Value {
    merged(json!({"iss": ISSUER, "sub": USER, "iat": 0, "exp": 1_000}), changes)
}

fn foreign(changes: &Value) -> Value {
    merged(json!({"iss": "https://other", "aud": "todo", "sub": "u-1", "exp": 1_000}), changes)
}

/// Null takes a member away.
fn merged(mut base: Value, changes: &Value) -> Value {
    let members = base.as_object_mut().expect("an object");
    members.extend(changes.as_object().expect("an object").clone());
    members.retain(|_, value| !value.is_null());
    base
}

fn hs256() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

async fn fault(token: &str, now: i64) -> Option<Fault> {
    match authenticator(&Arc::default()).authenticate(token, at(now)).await {
        Ok(_) => None,
        Err(Refusal::Invalid(fault)) => Some(fault),
        Err(other) => unreachable!("{other}"),
    }
}

#[tokio::test]
async fn an_own_token_is_good_for_a_day() {
    let authenticator = authenticator(&Arc::default());
    let token = authenticator.issue(USER, at(0));
    let access = authenticator.authenticate(&token, at(LIFETIME_SECONDS - 1)).await.expect("good");
    assert_eq!(access, Access { user_id: USER, grant: Grant::Session });
    assert!(matches!(fault(&token, LIFETIME_SECONDS).await, Some(Fault::Expired)));
}

#[tokio::test]
async fn another_key_a_changed_claim_and_a_cut_tag_are_refused() {
    let token = forged(&hs256(), &own(&json!({})), SECRET);
    assert!(fault(&token, 1).await.is_none());
    let (signed, tag) = token.rsplit_once('.').expect("three parts");
    let (head, _) = signed.split_once('.').expect("two parts");
    for refused in [
        forged(&hs256(), &own(&json!({})), SHARED),
        format!("{head}.{}.{tag}", part(&own(&json!({"exp": 2_000})))),
        token[..token.len() - 1].to_owned(),
        format!("{token}A"),
        format!("{signed}."),
        signed.to_owned(),
        format!("{token}.{tag}"),
        String::new(),
        "..".to_owned(),
        "x".repeat(TOKEN_MAX_BYTES + 1),
    ] {
        assert!(fault(&refused, 1).await.is_some(), "{refused}");
    }
}

#[tokio::test]
async fn the_algorithm_is_that_of_the_key_and_never_that_of_the_token() {
    for alg in ["none", "None", "NONE", "hs256", "HS384", "HS512", "RS256", "ES256", "EdDSA", ""] {
        let header = json!({"alg": alg, "typ": "JWT"});
        for (claims, secret) in [(own(&json!({})), SECRET), (foreign(&json!({})), SHARED)] {
            let token = forged(&header, &claims, secret);
            assert!(fault(&token, 1).await.is_some(), "{alg}");
            let (signed, _) = token.rsplit_once('.').expect("three parts");
            assert!(fault(&format!("{signed}."), 1).await.is_some(), "{alg} without a signature");
        }
    }
    let header = json!({"typ": "JWT"});
    assert!(fault(&forged(&header, &own(&json!({})), SECRET), 1).await.is_some(), "without alg");
}

#[tokio::test]
async fn critical_header_fields_are_not_understood() {
    for crit in [json!(["exp"]), json!(["b64"]), json!([]), json!("exp")] {
        let header = json!({"alg": "HS256", "crit": crit, "b64": true});
        assert!(fault(&forged(&header, &own(&json!({})), SECRET), 1).await.is_some(), "{crit}");
    }
}

#[tokio::test]
async fn keys_in_the_header_are_ignored() {
    let key = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode("the key of an attacker, 32 bytes!")});
    let header =
        json!({"alg": "HS256", "jwk": key, "jku": "https://attacker.example.com/keys", "kid": "../x"});
    let token = forged(&header, &own(&json!({})), "the key of an attacker, 32 bytes!");
    assert!(fault(&token, 1).await.is_some());
}

#[tokio::test]
async fn claims_of_another_issuer_must_fit() {
    for (changes, now) in [
        (json!({"aud": "another"}), 1),
        (json!({"aud": ["another"]}), 1),
        (json!({"aud": null}), 1),
        (json!({"exp": null}), 1),
        (json!({"exp": "soon"}), 1),
        (json!({"sub": null}), 1),
        (json!({"sub": ""}), 1),
        (json!({"sub": 5}), 1),
        (json!({"sub": "x".repeat(256)}), 1),
        (json!({"sub": "a\u{0}"}), 1),
        (json!({"iss": null}), 1),
        (json!({"iss": "https://unknown"}), 1),
        (json!({"iss": ["https://other"]}), 1),
        // Another issuer cannot speak for our own accounts.
        (json!({"iss": ISSUER, "sub": USER}), 1),
        (json!({"nbf": 100}), 39),
        (json!({}), 1_060),
    ] {
        assert!(fault(&forged(&hs256(), &foreign(&changes), SHARED), now).await.is_some(), "{changes}");
    }
    for (changes, now) in [
        (json!({}), 1_059),
        (json!({"nbf": 100}), 40),
        (json!({"aud": ["another", "todo"]}), 1),
        (json!({"exp": 1_000.5}), 1),
        (json!({"email": 5, "name": {}}), 1),
    ] {
        assert!(fault(&forged(&hs256(), &foreign(&changes), SHARED), now).await.is_none(), "{changes}");
    }
}

#[tokio::test]
async fn a_subject_of_another_issuer_comes_with_its_claims() {
    let world = Arc::new(World::default());
    let claims = foreign(&json!({"email": "Ann@Example.com", "name": "Ann"}));
    let token = forged(&hs256(), &claims, SHARED);
    authenticator(&world).authenticate(&token, at(1)).await.expect("good");
    let admitted = world.admitted.lock().expect("a lock");
    let (identity, account) = &admitted[0];
    assert_eq!((identity.issuer.as_str(), identity.subject.as_str()), ("https://other", "u-1"));
    assert_eq!((account.email.as_deref(), account.name.as_deref()), (Some("ann@example.com"), Some("Ann")));
}

#[tokio::test]
async fn a_token_is_looked_at_again_after_ten_seconds() {
    let world = Arc::new(World::default());
    let authenticator = authenticator(&world);
    let token = authenticator.issue(USER, at(0));
    for second in [0, 1, 9] {
        authenticator.authenticate(&token, at(second)).await.expect("good");
    }
    assert_eq!(world.reads.load(Ordering::Relaxed), 1);
    *world.gone.lock().expect("a lock") = true;
    assert!(authenticator.authenticate(&token, at(9)).await.is_ok());
    assert!(authenticator.authenticate(&token, at(10)).await.is_err());
    *world.gone.lock().expect("a lock") = false;
    authenticator.authenticate(&token, at(10)).await.expect("good");
    *world.gone.lock().expect("a lock") = true;
    authenticator.forget(USER);
    assert!(authenticator.authenticate(&token, at(11)).await.is_err());
}

#[tokio::test]
async fn a_personal_token_has_its_scopes_and_a_malformed_one_is_not_looked_up() {
    let world = Arc::new(World::default());
    let secret = NewSecret::random();
    let about = PersonalToken::new((Uuid::nil(), at(0)), "ci", &["tasks:read".to_owned()], Some(1));
    *world.personal.lock().expect("a lock") = Some((secret.hash(), about.expect("valid")));
    let authenticator = authenticator(&world);
    let token = secret.reveal();
    let access = authenticator.authenticate(&token, at(1)).await.expect("good");
    assert_eq!(access.grant, Grant::Personal(BTreeSet::from([Scope::TasksRead])));
    assert!(authenticator.authenticate(&NewSecret::random().reveal(), at(1)).await.is_err());
    assert_eq!(world.reads.load(Ordering::Relaxed), 2);
    assert!(authenticator.authenticate("todo_pat_short", at(1)).await.is_err());
    assert_eq!(world.reads.load(Ordering::Relaxed), 2);
}
