//! Users of another issuer: the platform has no accounts of its own.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Patch, PatchParams};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::platform::BRING_UP;
use crate::support::poll::{eventually, seconds};
use crate::support::story::Story;
use crate::support::todo::User;

const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "todo";
const SECRET: &str = "partner";
const FIRST_KEY: &str = "e2e-throw-away-key-of-the-partner-1";
const SECOND_KEY: &str = "e2e-throw-away-key-of-the-partner-2";

#[tokio::test]
#[ignore = "needs a cluster: hack/test.sh starts one"]
async fn users_of_another_issuer_come_in_and_follow_its_new_key() -> Result<()> {
    Story::run("accepts", async |story| {
        share_key(story, FIRST_KEY).await?;
        let issuer = json!({ "issuer": ISSUER, "audience": AUDIENCE,
            "sharedSecretRef": { "name": SECRET, "key": "hmac" } });
        let auth = json!({ "local": { "enabled": false }, "issuers": [issuer] });
        story.create_platform(json!({ "profile": "local", "auth": auth })).await?;
        story.ready(BRING_UP).await?;
        let base = story.base_url().await?;
        come_in(&base).await?;
        story.note("a token of the issuer is accepted, others are not");
        share_key(story, SECOND_KEY).await?;
        let mark =
            json!({ "metadata": { "annotations": { "todoplatform.dev/reconcile-requested-at": "key-2" } } });
        story.patch_platform(mark).await?;
        eventually("the new key was seen", seconds(30), async || {
            let handled = story.status().await?.last_handled_reconcile_at;
            ensure!(handled.as_deref() == Some("key-2"), "lastHandledReconcileAt is {handled:?}");
            Ok(())
        })
        .await?;
        story.ready(BRING_UP).await?;
        follow_the_key(&base).await?;
        story.note("the new key counts and the old one does not");
        Ok(())
    })
    .await
}

async fn share_key(story: &Story, key: &str) -> Result<()> {
    let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": SECRET },
        "stringData": { "hmac": key } });
    let params = PatchParams::apply("e2e").force();
    story.api::<Secret>().patch(SECRET, &params, &Patch::Apply(&secret)).await?;
    Ok(())
}

/// Somebody with a token of the issuer, signed with this key.
fn somebody(base: &str, audience: &str, key: &str) -> Result<User> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = json!({ "iss": ISSUER, "aud": audience, "sub": "partner|1", "iat": now, "exp": now + 900 });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&json!({ "alg": "HS256", "typ": "JWT" })), part(&claims));
    let tag = Hmac::<Sha256>::new_from_slice(key.as_bytes())?.chain_update(&signed).finalize().into_bytes();
    User::with_token(base.to_owned(), format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)))
}

/// A token of the issuer makes tasks; one for others or with another key does not, and nobody can sign up.
async fn come_in(base: &str) -> Result<()> {
    somebody(base, AUDIENCE, FIRST_KEY)?.create_task("Greet the partner").await?;
    for (audience, key) in [("another", FIRST_KEY), (AUDIENCE, SECOND_KEY)] {
        refused(&somebody(base, audience, key)?).await?;
    }
    let account = json!({ "email": "e2e@example.com", "password": "correct horse battery", "name": "E2E" });
    let nobody = User::with_token(base.to_owned(), String::new())?;
    let answer = nobody.call(Method::POST, "/v1/auth/sign-up", &[], &account).await?;
    answer.expect_problem(StatusCode::FORBIDDEN, "local_accounts_disabled").map(drop)
}

async fn refused(user: &User) -> Result<()> {
    let answer = user.call(Method::GET, "/v1/tasks", &[], &Value::Null).await?;
    answer.expect_problem(StatusCode::UNAUTHORIZED, "unauthorized").map(drop)
}

/// The same person with a token of the new key finds the tasks of before.
async fn follow_the_key(base: &str) -> Result<()> {
    eventually("only the new key counts", seconds(30), async || {
        let titles = somebody(base, AUDIENCE, SECOND_KEY)?.titles().await?;
        ensure!(titles == ["Greet the partner"], "the tasks are {titles:?}");
        refused(&somebody(base, AUDIENCE, FIRST_KEY)?).await
    })
    .await
}
