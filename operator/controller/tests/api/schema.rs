//! What the API server takes and what it refuses, and in which words.

use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use todo_operator_controller::kinds;

use crate::world::World;

fn platforms(world: &World) -> Api<DynamicObject> {
    Api::namespaced_with(world.client.clone(), &world.namespace, &kinds::platform())
}

/// What the API server says to a new platform; nothing is stored.
async fn answer(world: &World, spec: &Value) -> Result<(), String> {
    let object = json!({"apiVersion": "todoplatform.dev/v1alpha1", "kind": "TodoPlatform",
        "metadata": {"name": "todo"}, "spec": spec});
    try_out(world, object).await
}

async fn try_out(world: &World, object: Value) -> Result<(), String> {
    let object: DynamicObject = serde_json::from_value(object).expect("an object");
    let parameters = PostParams { dry_run: true, ..PostParams::default() };
    let answer = platforms(world).create(&parameters, &object).await;
    answer.map(|_| ()).map_err(|error| error.to_string())
}

fn with_issuer(issuer: &Value) -> Value {
    json!({"profile": "local", "auth": {"issuers": [issuer]}})
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn every_example_is_accepted() {
    let world = World::new().await;
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let mut seen = 0;
    for entry in std::fs::read_dir(directory).expect("the examples") {
        let path = entry.expect("an example").path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a readable example");
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text).expect("YAML");
        for document in documents.into_iter().filter(|document| document["kind"] == "TodoPlatform") {
            assert_eq!(try_out(&world, document).await, Ok(()), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen} examples");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn issuers_with_fitting_keys_are_taken() {
    let world = World::new().await;
    let secret = json!({"name": "partner", "key": "key"});
    for url in [
        "https://auth.example.com/api/auth/jwks",
        "http://localhost:3000/jwks",
        "http://127.0.0.1:3000/jwks",
        "http://[::1]:3000/jwks",
        "http://auth:3000/jwks",
        "http://auth.demo.svc/jwks",
        "http://auth.demo.svc.cluster.local:80/jwks",
    ] {
        let issuer = json!({"issuer": "a", "jwksURL": url, "algorithms": ["ES256", "EdDSA"]});
        assert_eq!(answer(&world, &with_issuer(&issuer)).await, Ok(()), "{url}");
    }
    let issuer = json!({"issuer": "a", "sharedSecretRef": secret, "algorithms": ["HS256"], "audience": null});
    assert_eq!(answer(&world, &with_issuer(&issuer)).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn issuers_with_unfitting_keys_are_refused_with_the_fix() {
    let world = World::new().await;
    let secret = json!({"name": "partner", "key": "key"});
    let jwks = "https://auth.example.com/jwks";
    for (issuer, words) in [
        (json!({"issuer": "a"}), "give exactly one of jwksURL"),
        (json!({"issuer": "a", "jwksURL": jwks, "sharedSecretRef": secret}), "give exactly one of jwksURL"),
        (json!({"issuer": "a", "jwksURL": jwks, "algorithms": ["HS256"]}), "remove HS256 from algorithms"),
        (
            json!({"issuer": "a", "sharedSecretRef": secret, "algorithms": ["HS256", "EdDSA"]}),
            "verifies HS256 alone",
        ),
        (json!({"issuer": "a", "jwksURL": jwks, "algorithms": ["none"]}), "supported values"),
        (json!({"issuer": "a", "jwksURL": jwks, "algorithms": []}), "should have at least 1 items"),
        (json!({"issuer": "a", "jwksURL": jwks, "algorithms": ["ES256", "ES256"]}), "Duplicate value"),
        (json!({"jwksURL": jwks}), "issuer: Required value"),
        (json!({"issuer": "todoplatform", "jwksURL": jwks}), "issuer must not be todoplatform"),
        (json!({"issuer": "a b", "jwksURL": jwks}), "should match '^[!-~]+$'"),
    ] {
        let refusal = answer(&world, &with_issuer(&issuer)).await.expect_err("refused");
        assert!(refusal.contains(words), "{issuer}: {refusal}");
    }
    for url in [
        "http://auth.example.com/jwks",
        "http://192.0.2.7/jwks",
        "http://[2001:db8::1]/jwks",
        "http://localhost.example.com/jwks",
        "http://localhost@auth.example.com/jwks",
        "https://user:hunter2@auth.example.com/jwks",
        "ftp://auth/jwks",
        "https:///jwks",
        "https://auth.example.com/jwks#keys",
        "auth.example.com/jwks",
    ] {
        let issuer = json!({"issuer": "a", "jwksURL": url});
        let refusal = answer(&world, &with_issuer(&issuer)).await.expect_err(url);
        assert!(refusal.contains("jwksURL must be an https URL"), "{url}: {refusal}");
    }
    let issuer = |name: &str| json!({"issuer": name, "jwksURL": jwks});
    let many: Vec<Value> = ["a", "b", "c", "d", "e"].map(issuer).into();
    let refusal = answer(&world, &json!({"auth": {"issuers": many}})).await.expect_err("five");
    assert!(refusal.contains("must have at most 4 items"), "{refusal}");
    let twice = json!({"auth": {"issuers": [issuer("a"), issuer("a")]}});
    let refusal = answer(&world, &twice).await.expect_err("twice");
    assert!(refusal.contains("Duplicate value"), "{refusal}");
}

/// What the API server says to a change of the stored platform; nothing is stored.
async fn changed(world: &World, patch: Value) -> Result<(), String> {
    let parameters = PatchParams { dry_run: true, ..PatchParams::default() };
    let answer = platforms(world).patch("todo", &parameters, &Patch::Merge(patch)).await;
    answer.map(|_| ()).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_storage_class_cannot_be_set_once_there_may_be_a_volume() {
    let world = World::new().await;
    world.create(json!({"profile": "local"})).await;
    let class = json!({"storage": {"className": "fast"}});
    let broker = json!({"spec": {"messaging": {"broker": {"embedded": class}}}});
    let refusal = changed(&world, broker).await.expect_err("refused");
    assert!(refusal.contains("messaging.broker.embedded.storage.className is immutable"), "{refusal}");
    let database = json!({"spec": {"database": {"embedded": class}}});
    let refusal = changed(&world, database).await.expect_err("refused");
    assert!(refusal.contains("database.embedded.storage.className is immutable"), "{refusal}");
    let size = json!({"spec": {"database": {"embedded": {"storage": {"size": "2Gi"}}}}});
    assert_eq!(changed(&world, size).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_storage_class_is_free_while_there_is_no_embedded_server() {
    let world = World::new().await;
    let url = json!({"urlSecretRef": {"name": "neon", "key": "URL"}});
    world.create(json!({"profile": "custom", "database": {"external": url}})).await;
    let class = json!({"storage": {"className": "fast"}});
    let moved = json!({"spec": {"database": {"external": null, "embedded": class},
        "messaging": {"broker": {"embedded": class}}}});
    assert_eq!(changed(&world, moved.clone()).await, Ok(()));
    world.change(moved).await;
    let back = json!({"spec": {"database": {"external": url, "embedded": null}}});
    assert_eq!(changed(&world, back).await, Ok(()));
    let dropped = json!({"spec": {"database": {"embedded": {"storage": null}}}});
    let refusal = changed(&world, dropped).await.expect_err("refused");
    assert!(refusal.contains("database.embedded.storage.className is immutable"), "{refusal}");
}
