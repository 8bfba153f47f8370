//! What the operator does not do, and how it says so.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;
use todo_operator_controller::reconcile;
use todo_operator_core::bundle::Kind;

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn an_object_of_somebody_else_is_not_taken_over() {
    let mut world = World::new().await;
    let foreign = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "todo-api"},
        "spec": {"ports": [{"port": 1234}]}});
    let foreign = serde_json::from_value(foreign).expect("a Service");
    world.api(Kind::Service).create(&PostParams::default(), &foreign).await.expect("a Service");
    world.create(json!({"profile": "local"})).await;
    world.start();
    world.run_pods();
    let message = world.await_reason("WorkloadsReady", "NameConflict").await;
    assert!(message.contains("Service \"todo-api\""), "{message}");
    let untouched = world.get(Kind::Service, "todo-api").await.expect("the Service");
    assert_eq!(untouched["spec"]["ports"][0]["port"], 1234);
    assert!(untouched["metadata"]["labels"].is_null());
    world.delete(Kind::Service, "todo-api").await;
    world.await_condition("Ready", "True").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_paused_platform_lists_what_it_would_do_and_does_nothing() {
    let mut world = World::new().await;
    world.create(json!({"profile": "local", "paused": true})).await;
    world.start();
    world.await_condition("Paused", "True").await;
    let pending = world.platform().await.status.expect("a status").pending_changes;
    for change in ["create Secret/todo-hash", "create StatefulSet/todo-broker", "create Deployment/todo-api"]
    {
        assert!(pending.iter().any(|one| one == change), "{change} in {pending:?}");
    }
    for kind in Kind::ALL {
        assert!(world.names(kind).await.is_empty(), "{kind:?}");
    }
    assert!(world.broker.names().is_empty());
    world.change(json!({"spec": {"paused": false}})).await;
    world.run_pods();
    world.await_condition("Ready", "True").await;
    assert!(world.platform().await.status.expect("a status").pending_changes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn an_object_that_cannot_be_decoded_says_so_in_its_status() {
    let world = World::new().await;
    world.create(json!({"profile": "local"})).await;
    // The schema keeps such an object out; one that was stored under an older schema reaches the operator.
    let mut object = world.dynamic().await;
    object.data["spec"]["profile"] = json!(7);
    reconcile(Arc::new(object), Arc::clone(&world.ctx)).await.expect("a visit");
    let (status, reason, message) = world.condition("ConfigurationValid").await.expect("a condition");
    assert_eq!((status.as_str(), reason.as_str()), ("False", "InvalidConfiguration"));
    assert!(message.contains("spec cannot be read"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_missing_secret_is_named_and_the_platform_heals_when_it_appears() {
    let mut world = World::new().await;
    let url = json!({"urlSecretRef": {"name": "neon", "key": "URL"}});
    world.create(json!({"profile": "local", "database": {"external": url}})).await;
    world.start();
    world.run_pods();
    let message = world.await_reason("DependenciesReady", "SecretMissing").await;
    assert!(message.contains("\"neon\""), "{message}");
    let secrets: Api<Secret> = Api::namespaced(world.client.clone(), &world.namespace);
    let secret = json!({"metadata": {"name": "neon"}, "stringData": {"URL": "postgres://u:hunter2@db/todo"}});
    let secret = serde_json::from_value(secret).expect("a Secret");
    secrets.create(&PostParams::default(), &secret).await.expect("a Secret");
    world.await_condition("Ready", "True").await;
    let platform = serde_json::to_string(&world.platform().await).expect("JSON");
    assert!(!platform.contains("hunter2"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_broker_that_does_not_answer_is_told_in_its_words_and_waited_for() {
    let mut world = World::new().await;
    world.broker.unreachable.store(true, Ordering::SeqCst);
    world.create(json!({"profile": "local"})).await;
    world.start();
    world.run_pods();
    let message = world.await_reason("TopicsReady", "BrokerFailing").await;
    assert!(message.contains("connection refused"), "{message}");
    world.broker.unreachable.store(false, Ordering::SeqCst);
    world.await_condition("Ready", "True").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_claim_of_another_class_is_named_and_one_that_is_adopted_keeps_its_class() {
    let mut world = World::new().await;
    let labels =
        json!({"app.kubernetes.io/managed-by": "todo-operator", "todoplatform.dev/platform": "todo"});
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "todo-broker-data", "labels": labels},
        "spec": {"storageClassName": "standard", "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}});
    let claim = serde_json::from_value(claim).expect("a claim");
    let claims = world.api(Kind::PersistentVolumeClaim);
    claims.create(&PostParams::default(), &claim).await.expect("a claim");
    let broker = json!({"embedded": {"storage": {"className": "fast"}}});
    world.create(json!({"profile": "local", "messaging": {"broker": broker}})).await;
    world.start();
    world.run_pods();
    let message = world.await_reason("ConfigurationValid", "InvalidConfiguration").await;
    assert!(
        message.contains("fast is not the class of the existing claim \"todo-broker-data\""),
        "{message}"
    );
    world.platforms().delete("todo", &DeleteParams::default()).await.expect("a deletion");
    world.create(json!({"profile": "local"})).await;
    world.await_condition("Ready", "True").await;
}
