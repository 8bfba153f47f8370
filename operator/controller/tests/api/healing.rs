//! What others did is undone, and what is theirs stays.

use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use todo_operator_core::bundle::Kind;

use crate::kubelet;
use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn every_deleted_child_comes_back() {
    let world = World::ready(json!({"profile": "local"})).await;
    // A deleted claim stays until its protection is lifted, which no controller does here.
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::PersistentVolumeClaim) {
        // The password of an existing volume cannot be made again: the next test.
        for name in
            world.names(kind).await.into_iter().filter(|name| kind != Kind::Secret || name != "todo-database")
        {
            let before = world.get(kind, &name).await.expect("a child")["metadata"]["uid"].clone();
            world.delete(kind, &name).await;
            let back = eventually(|| async {
                world.get(kind, &name).await.filter(|child| child["metadata"]["uid"] != before)
            });
            assert!(back.await.is_some(), "{kind:?} {name}");
        }
    }
    world.await_condition("Ready", "True").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_lost_database_password_is_asked_for_and_not_made_up() {
    let world = World::ready(json!({"profile": "local"})).await;
    let secret = world.api(Kind::Secret).get("todo-database").await.expect("a Secret");
    world.delete(Kind::Secret, "todo-database").await;
    let message = world.await_reason("DependenciesReady", "SecretMissing").await;
    assert!(message.contains("restore the Secret"), "{message}");
    assert!(world.get(Kind::Secret, "todo-database").await.is_none());
    let metadata = json!({"name": "todo-database", "labels": secret.metadata.labels});
    let backup =
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": secret.data["data"]});
    let backup = serde_json::from_value(backup).expect("a Secret");
    world.api(Kind::Secret).create(&PostParams::default(), &backup).await.expect("a Secret");
    world.await_condition("Ready", "True").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_paused_platform_lets_go_of_what_is_to_be_retained() {
    let world = World::ready(json!({"profile": "local", "deletionPolicy": {"data": "Delete"}})).await;
    world.change(json!({"spec": {"paused": true, "deletionPolicy": {"data": "Retain"}}})).await;
    for (kind, name) in [(Kind::PersistentVolumeClaim, "todo-database-data"), (Kind::Secret, "todo-database")]
    {
        let untied = eventually(|| async {
            let object = world.get(kind, name).await?;
            object["metadata"]["ownerReferences"].is_null().then_some(())
        });
        assert!(untied.await.is_some(), "{kind:?} {name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_changed_field_is_restored_and_a_foreign_one_is_kept() {
    let world = World::ready(json!({"profile": "local"})).await;
    let image = |object: &Value| object["spec"]["template"]["spec"]["containers"][0]["image"].clone();
    let before = image(&world.get(Kind::Deployment, "todo-api").await.expect("the API"));
    let patch = json!([
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "other:1"},
        {"op": "add", "path": "/spec/template/metadata/annotations/restarted", "value": "now"},
    ]);
    let patch: Patch<()> = Patch::Json(serde_json::from_value(patch).expect("a patch"));
    let api = world.api(Kind::Deployment);
    api.patch("todo-api", &PatchParams::default(), &patch).await.expect("a patched Deployment");
    let restored = eventually(|| async {
        world.get(Kind::Deployment, "todo-api").await.filter(|object| image(object) == before)
    });
    let restored = restored.await.expect("the image is restored");
    assert_eq!(restored["spec"]["template"]["metadata"]["annotations"]["restarted"], "now");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn what_left_the_bundle_is_pruned_and_what_is_not_owned_is_not() {
    let world = World::ready(json!({"profile": "local"})).await;
    let labels =
        json!({"app.kubernetes.io/managed-by": "todo-operator", "todoplatform.dev/platform": "todo"});
    let stranger = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "todo-stranger", "labels": labels},
        "spec": {"ports": [{"port": 80}]}});
    let stranger = serde_json::from_value(stranger).expect("a Service");
    world.api(Kind::Service).create(&PostParams::default(), &stranger).await.expect("a Service");
    world.change(json!({"spec": {"consumers": {"audit": {"enabled": false}}}})).await;
    for kind in [Kind::Deployment, Kind::Service, Kind::ServiceAccount] {
        let gone = eventually(|| async { world.get(kind, "todo-audit").await.is_none().then_some(()) });
        assert!(gone.await.is_some(), "{kind:?}");
    }
    assert!(world.get(Kind::Service, "todo-stranger").await.is_some());
    assert!(world.get(Kind::Deployment, "todo-api").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn retained_objects_change_their_owner_with_the_policy() {
    let world = World::ready(json!({"profile": "local"})).await;
    let owned = |owned: bool| {
        let world = &world;
        move |kind: Kind, name: &'static str| async move {
            let as_wanted = eventually(|| async {
                let object = world.get(kind, name).await?;
                (object["metadata"]["ownerReferences"].is_array() == owned).then_some(())
            });
            assert!(as_wanted.await.is_some(), "{kind:?} {name}: owned should be {owned}");
        }
    };
    owned(false)(Kind::PersistentVolumeClaim, "todo-database-data").await;
    owned(false)(Kind::Secret, "todo-database").await;
    owned(true)(Kind::Service, "todo-api").await;
    world.change(json!({"spec": {"deletionPolicy": {"data": "Delete"}}})).await;
    owned(true)(Kind::PersistentVolumeClaim, "todo-database-data").await;
    owned(true)(Kind::Secret, "todo-database").await;
    world.change(json!({"spec": {"deletionPolicy": {"data": "Retain"}}})).await;
    owned(false)(Kind::PersistentVolumeClaim, "todo-database-data").await;
    owned(false)(Kind::Secret, "todo-database").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_missing_key_of_a_generated_secret_is_filled_and_the_others_keep_their_values() {
    let world = World::ready(json!({"profile": "local"})).await;
    let before = world.get(Kind::Secret, "todo-database").await.expect("a Secret")["data"].clone();
    let patch = Patch::Merge(json!({"data": {"username": null}}));
    world.api(Kind::Secret).patch("todo-database", &PatchParams::default(), &patch).await.expect("a patch");
    let filled = eventually(|| async {
        world.get(Kind::Secret, "todo-database").await.filter(|secret| secret["data"]["username"].is_string())
    });
    assert_eq!(filled.await.expect("the key is back")["data"], before);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn a_migration_that_failed_long_ago_is_replaced() {
    let mut world = World::new().await;
    world.create(json!({"profile": "local"})).await;
    for _ in 0..3 {
        world.visit().await;
        kubelet::settle(&world.client, &world.namespace).await.expect("running pods");
    }
    let name = world.names(Kind::Job).await.pop();
    // The third round has completed the Job; it is made anew as a failed one.
    let name = name.expect("the migration");
    world.delete(Kind::Job, &name).await;
    world.visit().await;
    let before = world.get(Kind::Job, &name).await.expect("the migration")["metadata"]["uid"].clone();
    let failed = kubelet::failed("2026-01-01T00:00:00Z");
    kubelet::patch(&world.api(Kind::Job), &name, &failed).await.expect("a failed Job");
    world.start();
    let replaced = eventually(|| async {
        world.get(Kind::Job, &name).await.filter(|job| job["metadata"]["uid"] != before)
    });
    assert!(replaced.await.is_some());
}
