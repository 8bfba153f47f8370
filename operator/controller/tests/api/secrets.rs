//! Secrets that a platform refers to: what is asked of them, and what follows from their content.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use todo_operator_core::bundle::Kind;

use crate::world::{World, eventually};

/// Makes a Secret with one key, or gives it another value.
async fn secret(world: &World, name: &str, key: &str, value: &[u8]) {
    let mut secret = Secret::default();
    secret.metadata.name = Some(name.to_owned());
    secret.data = Some([(key.to_owned(), ByteString(value.to_vec()))].into());
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), &world.namespace);
    let parameters = PatchParams::apply("test").force();
    secrets.patch(name, &parameters, &Patch::Apply(&secret)).await.expect("a Secret");
}

fn hash(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["metadata"]["annotations"]["todoplatform.dev/config-hash"]
}

fn variable<'a>(deployment: &'a Value, name: &str) -> Option<&'a Value> {
    let variables = deployment["spec"]["template"]["spec"]["containers"][0]["env"].as_array()?;
    variables.iter().find(|variable| variable["name"] == name)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_shared_secret_is_asked_for_handed_to_the_api_and_followed() {
    let mut world = World::new().await;
    let reference = json!({"name": "partner", "key": "hmac"});
    let issuer =
        json!({"issuer": "https://auth.example.com", "audience": "todo", "sharedSecretRef": reference});
    world.create(json!({"profile": "local", "auth": {"issuers": [issuer]}})).await;
    world.start();
    world.run_pods();
    let message = world.await_reason("DependenciesReady", "SecretMissing").await;
    assert!(message.starts_with("spec.auth.issuers[0].sharedSecretRef: Secret \"partner\""), "{message}");
    secret(&world, "partner", "hmac", b"hunter2").await;
    let message = world.await_reason("DependenciesReady", "SecretInvalid").await;
    assert!(message.contains("7 bytes; at least 32"), "{message}");
    secret(&world, "partner", "hmac", &[b'x'; 32]).await;
    world.await_condition("Ready", "True").await;
    let api = world.get(Kind::Deployment, "todo-api").await.expect("the API");
    let list = variable(&api, "AUTH_ISSUERS").and_then(|variable| variable["value"].as_str());
    let expected = r#"[{"issuer":"https://auth.example.com","audience":"todo","algorithms":["HS256"],"secretVariable":"AUTH_ISSUER_SECRET_0"}]"#;
    assert_eq!(list, Some(expected));
    let source =
        variable(&api, "AUTH_ISSUER_SECRET_0").map(|variable| &variable["valueFrom"]["secretKeyRef"]);
    assert_eq!(source, Some(&reference));
    secret(&world, "partner", "hmac", &[b'y'; 32]).await;
    world
        .change(json!({"metadata": {"annotations": {"todoplatform.dev/reconcile-requested-at": "1"}}}))
        .await;
    let rolled = eventually(|| async {
        world.get(Kind::Deployment, "todo-api").await.filter(|now| hash(now) != hash(&api))
    });
    assert!(rolled.await.is_some(), "new content does not restart the pods");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_signing_key_that_is_no_text_is_named_before_a_pod_fails() {
    let mut world = World::new().await;
    secret(&world, "jwt", "key", &[0xff; 32]).await;
    let reference = json!({"name": "jwt", "key": "key"});
    world.create(json!({"profile": "local", "auth": {"local": {"signingSecretRef": reference}}})).await;
    world.start();
    world.run_pods();
    let message = world.await_reason("DependenciesReady", "SecretInvalid").await;
    assert!(message.contains("key \"key\" of Secret \"jwt\" is not UTF-8 text"), "{message}");
    assert!(world.names(Kind::Deployment).await.is_empty());
    secret(&world, "jwt", "key", "ü".repeat(16).as_bytes()).await;
    world.await_condition("Ready", "True").await;
}
