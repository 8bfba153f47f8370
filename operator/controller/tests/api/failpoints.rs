//! The operator dies right before or right after each of its writes, and a new process finishes the work.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use todo_operator_controller::reconcile;
use todo_operator_core::bundle::Kind;

use crate::kubelet;
use crate::wire::Cut;
use crate::world::World;

/// Visits of a bring-up, with a margin.
const VISITS: usize = 12;

/// The end of a bring-up: objects without what differs between runs, and numbers of creations and deletions.
#[derive(Debug, PartialEq)]
struct End {
    objects: BTreeMap<String, Value>,
    created: usize,
    deleted: usize,
}

/// Visits until the platform is ready or the wire breaks; whether it broke.
async fn bring_up(world: &World) -> bool {
    let mut visits = 0..VISITS;
    while visits.next().is_some() {
        let object = Arc::new(world.dynamic().await);
        tokio::select! {
            visited = reconcile(object, Arc::clone(&world.ctx)) => visited.map(|_| ()).expect("a visit"),
            () = world.wire.broken.notified() => return true,
        }
        kubelet::settle(&world.client, &world.namespace).await.expect("running pods");
        if world.condition("Ready").await.is_some_and(|(status, ..)| status == "True") {
            return false;
        }
    }
    assert!(!visits.is_empty(), "not ready after {VISITS} visits: {:#?}", world.platform().await.status);
    false
}

/// Creations and deletions so far.
fn counts(world: &World) -> (usize, usize) {
    (world.wire.created(), world.wire.deleted())
}

async fn end(world: &World, (created, deleted): (usize, usize)) -> End {
    let mut objects = BTreeMap::new();
    for kind in Kind::ALL {
        for name in world.names(kind).await {
            let object = world.get(kind, &name).await.expect("a listed object");
            objects.insert(format!("{kind:?}/{name}"), essence(&object, kind, &world.namespace));
        }
    }
    End { objects, created, deleted }
}

/// Labels and spec, with the namespace of the run replaced; values of Secrets and addresses of Services are random.
fn essence(object: &Value, kind: Kind, namespace: &str) -> Value {
    let spec = match kind {
        Kind::Secret => {
            json!(object["data"].as_object().map(|data| data.keys().cloned().collect::<Vec<_>>()))
        }
        Kind::Service => object["spec"]["ports"].clone(),
        Kind::Job => object["spec"]["template"]["spec"].clone(),
        _ => object["spec"].clone(),
    };
    let owners = object["metadata"]["ownerReferences"].as_array().map_or(0, Vec::len);
    let essence = json!({"labels": object["metadata"]["labels"], "owners": owners, "spec": spec}).to_string();
    let essence =
        without_hashes(&serde_json::from_str(&essence.replace(namespace, "NAMESPACE")).expect("JSON"));
    serde_json::from_str(&essence.to_string()).expect("JSON")
}

/// Hashes under a random key and ids that depend on the namespace differ between runs.
fn without_hashes(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(key, _)| !key.ends_with("-hash"));
            let kept = kept.filter(|(_, field)| field["name"] != "CLUSTER_ID");
            Value::Object(kept.map(|(key, field)| (key.clone(), without_hashes(field))).collect())
        }
        Value::Array(items) => {
            let kept = items.iter().filter(|item| item["name"] != "CLUSTER_ID");
            Value::Array(kept.map(without_hashes).collect())
        }
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Kubernetes API server: hack/test.sh starts one"]
async fn dying_around_any_write_changes_neither_the_end_nor_the_number_of_creations() {
    let world = World::new().await;
    world.create(json!({"profile": "local"})).await;
    assert!(!bring_up(&world).await);
    let writes = world.wire.writes().len();
    let reference = end(&world, counts(&world)).await;
    assert!(reference.created >= 19, "{reference:#?}");
    for number in 1..=writes {
        for cut in [Cut::Before(number), Cut::After(number)] {
            let mut world = World::new().await;
            world.create(json!({"profile": "local"})).await;
            world.wire.cut(cut);
            assert!(bring_up(&world).await, "{cut:?} was never reached");
            let before = counts(&world);
            world.restart().await;
            assert!(!bring_up(&world).await);
            let after = counts(&world);
            let seen = end(&world, (before.0 + after.0, before.1 + after.1)).await;
            assert_eq!(seen, reference, "{cut:?}");
        }
    }
}
